/// Canonical JSON of values (RFC 8259; keys sorted by code point, no spaces, integers only), and its strict reader.
extension Value {
    /// The canonical JSON text: equal values give equal bytes.
    public var json: String { String(decoding: jsonBytes, as: UTF8.self) }

    /// The canonical JSON text in UTF-8.
    public var jsonBytes: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(512)
        write(to: &out)
        return out
    }

    private func write(to out: inout [UInt8]) {
        switch self {
        case .null: out.append(contentsOf: "null".utf8)
        case .bool(let b): out.append(contentsOf: (b ? "true" : "false").utf8)
        case .int(let n): out.append(contentsOf: String(n).utf8)
        case .text(let s): Value.quote(s, to: &out)
        case .list(let items):
            out.append(UInt8(ascii: "["))
            var isFirst = true
            for item in items {
                if !isFirst { out.append(UInt8(ascii: ",")) }
                isFirst = false
                item.write(to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .map(let members):
            out.append(UInt8(ascii: "{"))
            var isFirst = true
            for (key, value) in members.sorted(by: { Value.precedes($0.key, $1.key) }) {
                if !isFirst { out.append(UInt8(ascii: ",")) }
                isFirst = false
                Value.quote(key, to: &out)
                out.append(UInt8(ascii: ":"))
                value.write(to: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    /// Bytes of UTF-8 stand in the order of code points.
    private static func precedes(_ a: String, _ b: String) -> Bool {
        var (a, b) = (a, b)
        return a.withUTF8 { a in
            b.withUTF8 { b in
                for at in 0..<min(a.count, b.count) where a[at] != b[at] { return a[at] < b[at] }
                return a.count < b.count
            }
        }
    }

    private static func quote(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { bytes in
            // What needs no escape, mostly all of it, is taken at once.
            var start = 0
            for at in bytes.indices where bytes[at] < 0x20 || bytes[at] == 0x22 || bytes[at] == 0x5C {
                out.append(contentsOf: bytes[start..<at])
                escape(bytes[at], to: &out)
                start = at + 1
            }
            out.append(contentsOf: bytes[start...])
        }
        out.append(UInt8(ascii: "\""))
    }

    private static func escape(_ byte: UInt8, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x22, 0x5C: out.append(byte)
        case 0x0A: out.append(UInt8(ascii: "n"))
        case 0x0D: out.append(UInt8(ascii: "r"))
        case 0x09: out.append(UInt8(ascii: "t"))
        default:
            let hex = String(byte, radix: 16)
            out.append(contentsOf: "u00".utf8)
            if hex.utf8.count == 1 { out.append(UInt8(ascii: "0")) }
            out.append(contentsOf: hex.utf8)
        }
    }

    /// Reads JSON. Refuses what JSON allows and this system doesn't: floats, integers beyond 64 bits, duplicate keys, lone
    /// surrogates, depth over 64. The error names the byte offset.
    public init(json text: some StringProtocol) throws(JSONFault) {
        var reader = JSONReader(bytes: Array(text.utf8))
        self = try reader.document()
    }

    /// Reads JSON from UTF-8 bytes; see ``init(json:)``.
    ///
    /// - Parameter takesZeros: whether `20.0` is the integer 20, as JSON Schema has it and as programs write that know floats only.
    public init(jsonBytes bytes: [UInt8], takesZeros: Bool = false) throws(JSONFault) {
        var reader = JSONReader(bytes: bytes)
        reader.takesZeros = takesZeros
        self = try reader.document()
    }
}

/// Why a JSON text was refused, and where.
public struct JSONFault: Error, Hashable, Sendable {
    /// Byte offset into the text.
    public var offset: Int
    /// What is wrong, zh-CN and English.
    public var message: LocalText
    /// Where in the value: the names of members and numbers of items on the way; empty: the whole of it.
    public var path: [String] = []

    fileprivate func within(_ name: String) -> JSONFault {
        JSONFault(offset: offset, message: message, path: [name] + path)
    }
}

private struct JSONReader {
    let bytes: [UInt8]
    var at = 0
    /// Whether a fraction of nothing but zeros is let pass.
    var takesZeros = false

    init(bytes: [UInt8]) { self.bytes = bytes }

    func fault(_ zh: String, _ en: String) -> JSONFault { JSONFault(offset: at, message: LocalText(zh: zh, en: en)) }

    mutating func document() throws(JSONFault) -> Value {
        let value = try element(depth: 0)
        skipSpace()
        guard at == bytes.count else { throw fault("JSON 后有多余内容", "text after the JSON value") }
        return value
    }

    mutating func skipSpace() {
        while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x09 || bytes[at] == 0x0A || bytes[at] == 0x0D {
            at += 1
        }
    }

    mutating func element(depth: Int) throws(JSONFault) -> Value {
        guard depth <= 64 else { throw fault("嵌套超过 64 层", "nested deeper than 64") }
        skipSpace()
        guard at < bytes.count else { throw fault("JSON 不完整", "the JSON text ends early") }
        switch bytes[at] {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    mutating func word(_ text: StaticString, _ value: Value) throws(JSONFault) -> Value {
        let expected = Array(text.description.utf8)
        guard bytes[at...].starts(with: expected) else { throw fault("不认识的 JSON 内容", "unknown JSON token") }
        at += expected.count
        return value
    }

    mutating func number() throws(JSONFault) -> Value {
        let start = at
        if at < bytes.count, bytes[at] == UInt8(ascii: "-") { at += 1 }
        let digits = at
        while at < bytes.count, (0x30...0x39).contains(bytes[at]) { at += 1 }
        guard at > digits else { throw fault("不认识的 JSON 内容", "unknown JSON token") }
        let end = at
        if takesZeros, bytes[at...].starts(with: [UInt8(ascii: "."), UInt8(ascii: "0")]) {
            at += 1
            while at < bytes.count, bytes[at] == UInt8(ascii: "0") { at += 1 }
        }
        if at > end, at < bytes.count, (0x30...0x39).contains(bytes[at]) { at = end }
        if at < bytes.count, [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(bytes[at]) {
            throw fault("只接受整数,金额请用文本(如 \"50.00\")", "integers only; write money as text, like \"50.00\"")
        }
        guard end - digits == 1 || bytes[digits] != 0x30 else { throw fault("整数不能以 0 开头", "leading zero") }
        guard let n = Int64(String(decoding: bytes[start..<end], as: UTF8.self)) else {
            throw fault("整数超出 64 位", "the integer does not fit 64 bits")
        }
        return .int(n)
    }

    mutating func array(depth: Int) throws(JSONFault) -> Value {
        at += 1
        var items: [Value] = []
        skipSpace()
        if at < bytes.count, bytes[at] == UInt8(ascii: "]") {
            at += 1
            return .list(items)
        }
        while true {
            do { items.append(try element(depth: depth + 1)) } catch { throw error.within("\(items.count)") }
            if try separator(closing: UInt8(ascii: "]")) { return .list(items) }
        }
    }

    mutating func object(depth: Int) throws(JSONFault) -> Value {
        at += 1
        var members: [String: Value] = [:]
        skipSpace()
        if at < bytes.count, bytes[at] == UInt8(ascii: "}") {
            at += 1
            return .map(members)
        }
        while true {
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw fault("缺少键名", "a key is missing") }
            let key = try string()
            guard members[key] == nil else { throw fault("重复的键 \(key)", "duplicate key \(key)").within(key) }
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: ":") else { throw fault("缺少冒号", "a colon is missing") }
            at += 1
            do { members[key] = try element(depth: depth + 1) } catch { throw error.within(key) }
            if try separator(closing: UInt8(ascii: "}")) { return .map(members) }
        }
    }

    /// Takes a comma (false) or the closing bracket (true).
    mutating func separator(closing: UInt8) throws(JSONFault) -> Bool {
        skipSpace()
        guard at < bytes.count else { throw fault("JSON 不完整", "the JSON text ends early") }
        defer { at += 1 }
        if bytes[at] == closing { return true }
        guard bytes[at] == UInt8(ascii: ",") else { throw fault("缺少逗号", "a comma is missing") }
        return false
    }

    mutating func string() throws(JSONFault) -> String {
        at += 1
        var out: [UInt8] = []
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") {
                at += 1
                guard let text = String(validating: out, as: UTF8.self) else {
                    throw fault("不是合法的 UTF-8", "invalid UTF-8")
                }
                return text
            }
            guard byte >= 0x20 else { throw fault("文本中有控制字符", "control character in a text") }
            if byte == UInt8(ascii: "\\") {
                try escape(into: &out)
            } else {
                out.append(byte)
                at += 1
            }
        }
        throw fault("文本没有结束引号", "the text has no closing quote")
    }

    mutating func escape(into out: inout [UInt8]) throws(JSONFault) {
        at += 1
        guard at < bytes.count else { throw fault("JSON 不完整", "the JSON text ends early") }
        let letter = bytes[at]
        at += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(letter)
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0C)
        case UInt8(ascii: "n"): out.append(0x0A)
        case UInt8(ascii: "r"): out.append(0x0D)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "u"):
            var code = UInt32(try hex())
            if (0xD800...0xDBFF).contains(code) {
                guard at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") else {
                    throw fault("不成对的代理码位", "lone surrogate")
                }
                at += 2
                let low = UInt32(try hex())
                guard (0xDC00...0xDFFF).contains(low) else { throw fault("不成对的代理码位", "lone surrogate") }
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw fault("不成对的代理码位", "lone surrogate") }
            out.append(contentsOf: Array(String(Character(scalar)).utf8))
        default: throw fault("不认识的转义", "unknown escape")
        }
    }

    mutating func hex() throws(JSONFault) -> UInt16 {
        guard at + 4 <= bytes.count, let code = UInt16(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16)
        else { throw fault("\\u 后须有四位十六进制数", "four hexadecimal digits must follow \\u") }
        at += 4
        return code
    }
}
