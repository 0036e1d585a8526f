/// An amount of money in **fen** (分, 1/100 yuan), signed 64-bit. Never a floating-point number.
public struct Money: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The amount in fen.
    public var fen: Int64

    /// An amount of `fen` fen.
    public init(fen: Int64) { self.fen = fen }

    /// Nothing.
    public static let zero = Money(fen: 0)

    /// Whether an amount is smaller.
    public static func < (a: Money, b: Money) -> Bool { a.fen < b.fen }
    /// The sum; traps beyond 64 bits, as every sum here.
    public static func + (a: Money, b: Money) -> Money { Money(fen: a.fen + b.fen) }
    /// The difference.
    public static func - (a: Money, b: Money) -> Money { Money(fen: a.fen - b.fen) }
    /// The same amount with the other sign.
    public static prefix func - (a: Money) -> Money { Money(fen: -a.fen) }
    /// Adds to an amount.
    public static func += (a: inout Money, b: Money) { a.fen += b.fen }
    /// Takes from an amount.
    public static func -= (a: inout Money, b: Money) { a.fen -= b.fen }

    /// Reads an amount as people write it: `50`, `50.5`, `50.00`, `1,280.00`, `50元`, `-3.20`.
    ///
    /// Returns nil when the text is no amount, has more than two decimals, or does not fit 64 bits.
    public init?(yuan text: some StringProtocol) {
        var rest = Substring(text).drop(while: { $0 == " " })
        while rest.last == " " { rest.removeLast() }
        if rest.hasSuffix("元") { rest.removeLast() }
        let negative = rest.first == "-"
        if negative { rest.removeFirst() }
        let pieces = rest.split(separator: ".", omittingEmptySubsequences: false)
        guard pieces.count <= 2, let whole = Money.digits(pieces[0]) else { return nil }
        var fraction: Int64 = 0
        if pieces.count == 2 {
            let decimals = pieces[1]
            guard (1...2).contains(decimals.count), decimals.allSatisfy({ $0.isASCII && $0.isNumber }),
                let parsed = Int64(decimals)
            else { return nil }
            fraction = decimals.count == 1 ? parsed * 10 : parsed
        }
        let (scaled, overflow) = whole.multipliedReportingOverflow(by: 100)
        let (sum, overflow2) = scaled.addingReportingOverflow(fraction)
        guard !overflow, !overflow2 else { return nil }
        fen = negative ? -sum : sum
    }

    /// Whole yuan: digits only, or groups of three after commas.
    private static func digits(_ text: Substring) -> Int64? {
        let groups = text.split(separator: ",", omittingEmptySubsequences: false)
        guard let first = groups.first, !first.isEmpty,
            groups.count == 1 || (first.count <= 3 && groups.dropFirst().allSatisfy { $0.count == 3 })
        else { return nil }
        let joined = groups.joined()
        guard joined.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return Int64(joined)
    }

    /// The amount in yuan with two decimals and no separator, as bank files want it: `1280.00`.
    public var yuan: String {
        let magnitude = fen.magnitude
        let cents = magnitude % 100
        return (fen < 0 ? "-" : "") + "\(magnitude / 100)." + (cents < 10 ? "0" : "") + "\(cents)"
    }

    /// The amount for people: `1,280.00`.
    public var description: String {
        let plain = yuan
        let negative = plain.hasPrefix("-")
        let body = negative ? plain.dropFirst() : plain[...]
        let dot = body.firstIndex(of: ".") ?? body.endIndex
        var grouped = ""
        for (offset, digit) in body[..<dot].reversed().enumerated() {
            if offset > 0, offset % 3 == 0 { grouped.append(",") }
            grouped.append(digit)
        }
        return (negative ? "-" : "") + String(grouped.reversed()) + body[dot...]
    }
}

/// A rate in **basis points** (万分之一; 10,000 = 100 %).
public struct Rate: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The rate in basis points.
    public var basisPoints: Int64

    public init(basisPoints: Int64) { self.basisPoints = basisPoints }

    /// Whether a rate is smaller.
    public static func < (a: Rate, b: Rate) -> Bool { a.basisPoints < b.basisPoints }

    /// Reads `30%`, `30.5%`, `0.25%`; two decimals of a percent at most. Nil for anything else.
    public init?(percent text: some StringProtocol) {
        var rest = Substring(text)
        while rest.last == " " { rest.removeLast() }
        guard rest.hasSuffix("%") || rest.hasSuffix("\u{FF05}") else { return nil }
        rest.removeLast()
        while rest.last == " " { rest.removeLast() }
        guard !rest.contains("元"), let money = Money(yuan: rest) else { return nil }
        basisPoints = money.fen
    }

    /// This share of an amount, rounded half-up once (half away from zero).
    public func of(_ amount: Money) -> Money {
        let product = amount.fen.multipliedFullWidth(by: basisPoints)
        let (quotient, remainder) = (10_000 as Int64).dividingFullWidth(product)
        let roundsUp = remainder.magnitude * 2 >= 10_000
        return Money(fen: roundsUp ? quotient + (remainder < 0 ? -1 : 1) : quotient)
    }

    /// A percentage: `80%`, `12.5%`.
    public var description: String {
        let text = Money(fen: basisPoints).yuan
        if text.hasSuffix(".00") { return text.dropLast(3) + "%" }
        return text + "%"
    }
}
