import NiangjiaCore

/// What a text must look like, as a regular expression for the document and as a check for the server: one is as strict as the
/// other.
enum TextFormat: Hashable, Sendable {
    /// Any text: in answers only, which tell what people and files have written.
    case free
    /// One line: no control character, and none that turns the direction of writing.
    case line
    /// Several lines: line feeds and tabs too.
    case lines
    /// `2026-07-15`
    case date
    /// `2026-07-15T09:00:00+08:00`; only answered, never asked for.
    case instant
    /// An amount that somebody asks for, in yuan: `50.00`
    case money
    /// An amount in an answer, in yuan, always with its fen: `-1280.00`
    case yuan
    /// A host's id of one of these kinds: `c-01h455vb4pexk`
    case id([String])
    /// What programs, forms, actions and plugins are called: `summer-cooling-2026`
    case name
    /// Hexadecimal digits, so many at least and 64 at most: a digest or its beginning.
    case digest(Int)
    /// An account's name.
    case account
    /// A union's, a station's or a fund line's code; an id may stand for it.
    case code
    /// One of these.
    case word([String])

    /// The regular expression (ECMA-262) that a text must match; nil where `format` or `enum` says it.
    var pattern: String? {
        switch self {
        case .line: "^[^\\u0000-\\u001f\(TextFormat.refused)]*$"
        case .lines: "^[^\\u0000-\\u0008\\u000b-\\u001f\(TextFormat.refused)]*$"
        case .free, .date, .instant, .word: nil
        case .money: "^(0|[1-9][0-9]{0,11})(\\.[0-9]{1,2})?$"
        case .yuan: "^-?[0-9]+\\.[0-9]{2}$"
        case .id(let prefixes): "^(\(prefixes.joined(separator: "|")))-[0-9A-Za-z]{2,14}$"
        case .name: "^[a-z][a-z0-9_-]{0,63}$"
        case .digest(let least): "^[0-9a-f]{\(least),64}$"
        case .account: "^[a-z0-9._-]{2,32}$"
        case .code: "^[0-9A-Za-z][0-9A-Za-z_.-]{0,63}$"
        }
    }

    /// What ``TextGuard`` refuses beside control characters below the space.
    private static let refused = "\\u007f-\\u009f\\u202a-\\u202e\\u2066-\\u206f\\ufdd0-\\ufdef\\ufffe\\uffff"

    /// JSON Schema's name of the format.
    var formatName: String? {
        switch self {
        case .date: "date"
        case .instant: "date-time"
        default: nil
        }
    }

    /// What it must be, in words, for whoever wrote something else.
    var words: LocalText {
        switch self {
        case .free: LocalText(zh: "文本", en: "text")
        case .line: LocalText(zh: "一行文字,不含控制字符和改变书写方向的字符", en: "one line without control or direction characters")
        case .lines: LocalText(zh: "文字,不含控制字符和改变书写方向的字符", en: "text without control or direction characters")
        case .date: LocalText(zh: "日期,如 2026-07-15", en: "a date like 2026-07-15")
        case .instant: LocalText(zh: "时刻,如 2026-07-15T09:00:00+08:00", en: "an instant like 2026-07-15T09:00:00+08:00")
        case .money, .yuan: LocalText(zh: "以元为单位的文本,如 \"50.00\"", en: "text in yuan, like \"50.00\"")
        case .id(let prefixes):
            LocalText(
                zh: "\(prefixes.map { $0 + "-…" }.joined(separator: "、")) 形式的编号",
                en: "an id like \(prefixes.map { $0 + "-…" }.joined(separator: ", "))")
        case .name: LocalText(zh: "小写字母开头的名称,如 summer-cooling-2026", en: "a name like summer-cooling-2026")
        case .digest(let least):
            LocalText(zh: "\(least) 至 64 位十六进制数字", en: "\(least) to 64 hexadecimal digits in lower case")
        case .account: LocalText(zh: "账号名,2 至 32 个小写字母、数字或 . - _", en: "an account's name")
        case .code: LocalText(zh: "代码或编号", en: "a code or an id")
        case .word(let words):
            LocalText(zh: words.joined(separator: "、") + " 之一", en: "one of " + words.joined(separator: ", "))
        }
    }

    /// Whether a text is so.
    func matches(_ text: String) -> Bool {
        let bytes = text.utf8
        switch self {
        case .free: return true
        case .line: return text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !TextGuard.isRefused($0) }
        case .lines: return text.unicodeScalars.allSatisfy { $0 != "\r" && !TextGuard.isRefused($0) }
        case .date: return CivilDate(text) != nil
        case .instant: return Instant(text) != nil
        case .money: return TextFormat.isMoney(text)
        case .yuan: return Money(yuan: text)?.yuan == text
        case .id(let prefixes):
            return prefixes.contains { prefix in
                let digits = bytes.dropFirst(prefix.utf8.count + 1)
                return text.hasPrefix(prefix + "-") && (2...14).contains(digits.count)
                    && digits.allSatisfy(TextFormat.isAlphanumeric)
            }
        case .name:
            return (1...64).contains(bytes.count) && TextFormat.isLower(bytes.first ?? 0)
                && bytes.allSatisfy { TextFormat.isLower($0) || TextFormat.isDigit($0) || $0 == 0x2D || $0 == 0x5F }
        case .digest(let least):
            return (least...64).contains(bytes.count)
                && bytes.allSatisfy { TextFormat.isDigit($0) || (0x61...0x66).contains($0) }
        case .account:
            return (2...32).contains(bytes.count)
                && bytes.allSatisfy {
                    TextFormat.isLower($0) || TextFormat.isDigit($0) || [0x2D, 0x2E, 0x5F].contains($0)
                }
        case .code:
            return (1...64).contains(bytes.count) && TextFormat.isAlphanumeric(bytes.first ?? 0)
                && bytes.allSatisfy { TextFormat.isAlphanumeric($0) || [0x2D, 0x2E, 0x5F].contains($0) }
        case .word(let words): return words.contains(text)
        }
    }

    private static func isMoney(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ $0.utf8.allSatisfy(isDigit) }) else { return false }
        let whole = parts[0]
        guard (1...12).contains(whole.utf8.count), whole == "0" || !whole.hasPrefix("0") else { return false }
        return parts.count == 1 || (1...2).contains(parts[1].utf8.count)
    }

    private static func isLower(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLower(byte) || isDigit(byte) || (0x41...0x5A).contains(byte)
    }
}
