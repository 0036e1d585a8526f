import NiangjiaCore

/// A word that a key accepts, and what it means.
struct Choice: Hashable, Sendable {
    var word: String
    var meaning: LocalText
    init(_ word: String, _ zh: String, _ en: String) {
        self.word = word
        meaning = LocalText(zh: zh, en: en)
    }
}

/// How a scalar is read. The schema decides, never YAML: `010`, `12:30` and `no` are what was typed.
enum Scalar: Hashable, Sendable {
    /// Any text up to a number of characters.
    case text(max: Int)
    /// `[a-z][a-z0-9-]*`, and underscores: ids of programs, plugins, fund lines.
    case identifier
    /// A name that Lua can write after a dot.
    case name
    /// `MIN_INTERVAL`
    case reasonCode
    case integer(ClosedRange<Int64>)
    case boolean
    /// Bounds in fen.
    case money(ClosedRange<Int64>)
    /// Bounds in basis points.
    case rate(ClosedRange<Int64>)
    case date
    case instant
    /// A date or an instant.
    case moment
    /// `24h`, `3d`, `3wd`
    case duration
    /// `21:00`
    case clock
    /// A union's or an area's code.
    case unionCode
    /// `a.b`, `record[key].field`
    case path
    /// `form` or `plugin/form`
    case formName
    /// `1.0.0`
    case version
    /// `127.0.0.1:8080`
    case address
    /// Latitude and longitude, WGS-84: `36.0161,106.2425`
    case point
    case choice([Choice])

    static let anyInteger = Scalar.integer(-1_000_000_000_000...1_000_000_000_000)
    static func count(_ max: Int64) -> Scalar { .integer(0...max) }
    /// Ten billion yuan: beyond it is a slip.
    static let largestFen: Int64 = 1_000_000_000_000
    static let amount = Scalar.money(0...largestFen)
    static let share = Scalar.rate(0...10_000)
    static let anyRate = Scalar.rate(0...1_000_000)
}

extension Scalar {
    /// What a scalar node says: integers for integer, money (fen) and rate (basis points), text for the rest.
    func read(_ node: YAMLNode) -> Result<Value, ScalarFault> {
        guard case .scalar(let raw, _) = node.content else { return .failure(ScalarFault(expectation)) }
        if node.isNull { return .failure(ScalarFault(LocalText(zh: "没有填写", en: "is empty"), isWhole: true)) }
        return read(raw)
    }

    func read(_ raw: String) -> Result<Value, ScalarFault> {
        let wrong = Result<Value, ScalarFault>.failure(ScalarFault(expectation))
        switch self {
        case .text(let max):
            guard raw.count <= max else {
                return .failure(ScalarFault(LocalText(zh: "超过 \(max) 字", en: "is longer than \(max) characters")))
            }
            return raw.allSatisfy { $0 == " " } ? wrong : .success(.text(raw))
        case .integer(let range): return Scalar.bounded(Scalar.integer(raw), in: range, or: expectation) { "\($0)" }
        case .money(let range):
            let typed = raw.allSatisfy(\.isASCII) || raw.hasSuffix("元") ? Money(yuan: raw)?.fen : nil
            return Scalar.bounded(typed, in: range, or: expectation) { Money(fen: $0).yuan }
        case .rate(let range):
            return Scalar.bounded(Rate(percent: raw)?.basisPoints, in: range, or: expectation) {
                Rate(basisPoints: $0).description
            }
        case .boolean:
            switch raw {
            case "true", "是": return .success(.bool(true))
            case "false", "否": return .success(.bool(false))
            default: return wrong
            }
        case .choice(let choices):
            if choices.contains(where: { $0.word == raw }) { return .success(.text(raw)) }
            let hint = Suggestion.nearest(to: raw, among: choices.map(\.word))
            guard let hint else { return wrong }
            return .failure(
                ScalarFault(
                    LocalText(zh: expectation.zh + ",是不是 \(hint)?", en: expectation.en + "; did you mean \(hint)?")))
        case .moment, .instant:
            if self == .moment, CivilDate(raw) != nil { return .success(.text(raw)) }
            return Instant(raw) != nil ? .success(.text(raw)) : wrong
        case .point: return Scalar.point(raw).map { .success($0) } ?? wrong
        default: return matches(raw) ? .success(.text(raw)) : wrong
        }
    }

    private static func bounded(
        _ number: Int64?, in range: ClosedRange<Int64>, or expectation: LocalText, _ words: (Int64) -> String
    ) -> Result<Value, ScalarFault> {
        guard let number else { return .failure(ScalarFault(expectation)) }
        if range.contains(number) { return .success(.int(number)) }
        let (low, high) = (words(range.lowerBound), words(range.upperBound))
        return .failure(
            ScalarFault(LocalText(zh: "不在范围内,应为 \(low) 到 \(high)", en: "is out of range; it must be \(low) to \(high)"))
        )
    }

    /// Digits only: no `010`, `1_000`, `0x10`, `1e3`.
    static func integer(_ raw: String) -> Int64? {
        let digits = raw.hasPrefix("-") ? raw.dropFirst() : raw[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            digits.utf8.count == 1 || digits.utf8.first != 0x30
        else { return nil }
        return Int64(raw)
    }

    private func matches(_ raw: String) -> Bool {
        let bytes = Array(raw.utf8)
        func all(_ allowed: (UInt8) -> Bool) -> Bool {
            !bytes.isEmpty && bytes.count <= 96 && bytes.allSatisfy(allowed)
        }
        func isLower(_ b: UInt8) -> Bool { (0x61...0x7A).contains(b) }
        func isDigit(_ b: UInt8) -> Bool { (0x30...0x39).contains(b) }
        switch self {
        case .identifier:
            return all { isLower($0) || isDigit($0) || $0 == 0x2D || $0 == 0x5F }
                && (isLower(bytes[0]) || isDigit(bytes[0]))
        case .name: return all { isLower($0) || isDigit($0) || $0 == 0x5F } && isLower(bytes[0])
        case .reasonCode: return all { (0x41...0x5A).contains($0) || isDigit($0) || $0 == 0x5F } && !isDigit(bytes[0])
        case .date: return CivilDate(raw) != nil
        case .duration: return Duration(raw) != nil
        case .clock:
            return bytes.count == 5 && Instant("2000-01-01T" + raw) != nil && raw != "24:00"
        case .unionCode:
            return all { isDigit($0) || (0x41...0x5A).contains($0) || isLower($0) || $0 == 0x2D } && bytes.count <= 32
        case .path:
            return all { isLower($0) || isDigit($0) || [0x5F, 0x2E, 0x5B, 0x5D, 0x2D].contains($0) }
                && isLower(bytes[0])
                && !raw.hasSuffix(".") && !raw.contains("..")
        case .formName:
            let parts = raw.split(separator: "/", omittingEmptySubsequences: false)
            return (1...2).contains(parts.count)
                && parts.allSatisfy { part in
                    if case .success = Scalar.identifier.read(String(part)) { true } else { false }
                }
        case .version:
            let parts = raw.split(separator: ".", omittingEmptySubsequences: false)
            return parts.count == 3 && parts.allSatisfy { Scalar.integer(String($0)).map { $0 >= 0 } ?? false }
        case .address:
            guard let colon = raw.lastIndex(of: ":"), colon > raw.startIndex,
                let port = Scalar.integer(String(raw[raw.index(after: colon)...]))
            else { return false }
            return (0...65_535).contains(port)
        default: return false
        }
    }

    /// Degrees with up to seven decimals, as `{lat, lon}` in microdegrees: rules measure in those, half up.
    private static func point(_ raw: String) -> Value? {
        let parts = raw.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let numbers = parts.compactMap { degrees($0.drop { $0 == " " }) }
        guard numbers.count == 2, numbers[0].magnitude <= 900_000_000, numbers[1].magnitude <= 1_800_000_000 else {
            return nil
        }
        return ["lat": .int(microdegrees(numbers[0])), "lon": .int(microdegrees(numbers[1]))]
    }

    /// From 1e-7 degree, rounded half away from zero.
    private static func microdegrees(_ tenth: Int64) -> Int64 { (tenth + (tenth < 0 ? -5 : 5)) / 10 }

    private static func degrees(_ raw: Substring) -> Int64? {
        let parts = raw.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let whole = Scalar.integer(String(parts[0])), whole.magnitude <= 180 else {
            return nil
        }
        let decimals = parts.count == 2 ? String(parts[1]) : ""
        guard decimals.utf8.count <= 7, decimals.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let fraction = Int64(decimals + String(repeating: "0", count: 7 - decimals.utf8.count)) ?? 0
        return whole * 10_000_000 + (raw.hasPrefix("-") ? -fraction : fraction)
    }
}

/// Why a scalar was refused: continues “五十” …
struct ScalarFault: Error {
    var message: LocalText
    /// The message stands alone, without the text that was typed.
    var isWhole = false
    init(_ message: LocalText, isWhole: Bool = false) {
        self.message = message
        self.isWhole = isWhole
    }
}

/// `24h`, `3d` (civil days) or `3wd` (working days).
struct Duration: Hashable, Sendable {
    enum Unit: String, Hashable, Sendable { case hours = "h", days = "d", workingDays = "wd" }
    var count: Int64
    var unit: Unit

    init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Scalar.integer(String(digits)), (0...100_000).contains(count),
            let unit = Unit(rawValue: String(text.dropFirst(digits.count)))
        else { return nil }
        self.count = count
        self.unit = unit
    }
}
