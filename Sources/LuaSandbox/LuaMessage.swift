import Foundation

/// Errors of Lua itself come in English. The ones that authors meet are said in zh-CN here; the rest stay as they are.
enum LuaMessage {
    /// The zh-CN of a message of Lua, or nil where none is known.
    static func zh(_ message: String) -> String? {
        for (pattern, text) in attempts {
            guard message.hasPrefix(pattern) else { continue }
            return text + details(message.dropFirst(pattern.count))
        }
        if message.hasPrefix("attempt to compare") {
            return "不能比较" + details(message.dropFirst("attempt to compare".count))
        }
        for (part, text) in others where message.contains(part) { return text + "(\(message))" }
        return nil
    }

    private static let attempts = [
        ("attempt to index a", "不能从中取值:"), ("attempt to call a", "不能当作函数调用:"),
        ("attempt to perform arithmetic on a", "不能用来计算:"), ("attempt to concatenate a", "不能用来连接:"),
        ("attempt to get length of a", "没有长度:"), ("attempt to perform bitwise operation on a", "不能做位运算:"),
    ]

    private static let others = [
        ("divide by zero", "除数为零"), ("'n//0'", "除数为零"), ("'n%", "除数为零"),
        ("unexpected symbol", "语法错误:此处不应有这个符号"), ("expected near", "语法错误:缺少符号"),
        ("expected (to close", "语法错误:没有结束"), ("unfinished", "语法错误:文本没有结束"), ("malformed number", "语法错误:数字有误"),
        ("stack overflow", "调用嵌套过深"), ("undefined variable", "未定义的变量"), ("'for'", "for 循环的起止应为整数"),
    ]

    /// " nil value (field 'limit')" → "limit 是 nil". Names stay as the author wrote them.
    private static func details(_ rest: Substring) -> String {
        var text = rest
        if text.hasPrefix("n ") { text = text.dropFirst(2) }
        text = text.drop { $0 == " " }
        guard let space = text.range(of: " value") else { return text.isEmpty ? "" : "(\(text))" }
        let type = text[..<space.lowerBound]
        let after = text[space.upperBound...]
        if let open = after.firstIndex(of: "'"), let close = after[after.index(after: open)...].firstIndex(of: "'") {
            return "\(after[after.index(after: open)..<close]) 是 \(type)"
        }
        return "这里是 \(type)"
    }
}
