/// The words of a Lua source, without comments: enough to see which reason codes it names and where functions stand.
struct LuaToken: Hashable, Sendable {
    enum Kind: Hashable, Sendable { case name, text, symbol, number }
    var kind: Kind
    var text: String
    /// From 1.
    var line: Int
}

struct LuaLexer {
    private let bytes: [UInt8]
    private var at = 0
    private var line = 1

    /// The tokens of a source; a source that is no Lua gives some tokens, and the loader says what is wrong with it.
    static func tokens(_ source: [UInt8]) -> [LuaToken] {
        var lexer = LuaLexer(bytes: source)
        var found: [LuaToken] = []
        while let token = lexer.next() { found.append(token) }
        return found
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
    }

    private func peek(_ offset: Int = 0) -> UInt8 { at + offset < bytes.count ? bytes[at + offset] : 0 }

    private mutating func step() {
        if peek() == UInt8(ascii: "\n") { line += 1 }
        at += 1
    }

    private mutating func next() -> LuaToken? {
        while at < bytes.count {
            let byte = peek()
            if byte <= 0x20 {
                step()
            } else if byte == UInt8(ascii: "-"), peek(1) == UInt8(ascii: "-") {
                at += 2
                if let level = longBracket() {
                    _ = long(level)
                } else {
                    while at < bytes.count, peek() != UInt8(ascii: "\n") { at += 1 }
                }
            } else {
                return token(byte)
            }
        }
        return nil
    }

    private mutating func token(_ byte: UInt8) -> LuaToken {
        let start = line
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
            return LuaToken(kind: .text, text: quoted(byte), line: start)
        }
        if byte == UInt8(ascii: "["), let level = longBracket() {
            return LuaToken(kind: .text, text: long(level), line: start)
        }
        if LuaLexer.isWord(byte) {
            let from = at
            while LuaLexer.isWord(peek()) { at += 1 }
            let kind: LuaToken.Kind = (0x30...0x39).contains(byte) ? .number : .name
            return LuaToken(kind: kind, text: String(decoding: bytes[from..<at], as: UTF8.self), line: start)
        }
        let from = at
        at += 1
        // A character that is no ASCII stays whole: full-width punctuation is a common slip.
        if byte >= 0x80 { while peek() & 0xC0 == 0x80 { at += 1 } }
        return LuaToken(kind: .symbol, text: String(decoding: bytes[from..<at], as: UTF8.self), line: start)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == UInt8(ascii: "_")
    }

    private mutating func quoted(_ quote: UInt8) -> String {
        var out: [UInt8] = []
        at += 1
        while at < bytes.count, peek() != quote, peek() != UInt8(ascii: "\n") {
            if peek() == UInt8(ascii: "\\") { step() }
            out.append(peek())
            step()
        }
        at += 1
        return String(decoding: out, as: UTF8.self)
    }

    /// The level of a long bracket that opens here (`[[`, `[==[`), nil where none does. Moves behind it.
    private mutating func longBracket() -> Int? {
        guard peek() == UInt8(ascii: "[") else { return nil }
        var level = 0
        while peek(1 + level) == UInt8(ascii: "=") { level += 1 }
        guard peek(1 + level) == UInt8(ascii: "[") else { return nil }
        at += level + 2
        return level
    }

    private mutating func long(_ level: Int) -> String {
        var out: [UInt8] = []
        while at < bytes.count {
            if peek() == UInt8(ascii: "]"), peek(level + 1) == UInt8(ascii: "]"),
                (0..<level).allSatisfy({ peek(1 + $0) == UInt8(ascii: "=") })
            {
                at += level + 2
                break
            }
            out.append(peek())
            step()
        }
        return String(decoding: out, as: UTF8.self)
    }
}
