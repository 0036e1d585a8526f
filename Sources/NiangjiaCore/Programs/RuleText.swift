/// What a `main.lua` may hold: text in UTF-8, without NUL, and no compiled Lua. The mark that Windows' editors write before a text
/// (EF BB BF) is passed over where it is read.
public enum RuleText {
    /// The first line, from 1, that holds what no rule may; nil: all of it is text.
    public static func firstBadLine(_ source: [UInt8]) -> Int? {
        if source.first == 0x1B { return 1 }
        guard String(validating: source, as: UTF8.self) == nil || source.contains(0) else { return nil }
        let lines = source.split(separator: 0x0A, omittingEmptySubsequences: false)
        let at = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil || $0.contains(0) }
        return (at ?? 0) + 1
    }

    /// What is said of such a line.
    public static let words = LocalText(
        zh: "这一行不是 UTF-8 文本(或含有空字节):请另存为 UTF-8",
        en: "this line is no UTF-8 text, or holds a NUL byte: save the file as UTF-8")
}
