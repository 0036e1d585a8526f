/// Where the chain ended at some moment: what leaves the machine on batch sheets and to the auditor, and proves what came before.
public struct ChainHead: Sendable, Hashable {
    /// The number of the event; the first is 1.
    public var seq: Int64
    /// Its digest: 32 bytes, or the first 10 when read from ``printed``.
    public var digest: [UInt8]

    /// Bytes of the digest in the printed form: 80 bits, short enough to type.
    static let printedLength = 10

    public init(seq: Int64, digest: [UInt8]) {
        self.seq = seq
        self.digest = digest
    }

    /// Whether a digest is the one that this head names, as far as it was printed.
    public func matches(_ other: [UInt8]) -> Bool { !digest.isEmpty && other.starts(with: digest) }

    /// For paper: `1c2-3fgh-5jkm-7npq-9rst-ab`: number, digest, two check characters (Crockford's base32: no i, l, o, u).
    public var printed: String {
        let number = Base32.digits(UInt64(bitPattern: seq))
        let digits = Base32.digits(Array(digest.prefix(ChainHead.printedLength)))
        let check = ChainHead.check(number + digits)
        let groups = stride(from: 0, to: digits.count, by: 4).map { Array(digits[$0..<min($0 + 4, digits.count)]) }
        return ([number] + groups + [check]).map(Base32.text).joined(separator: "-")
    }

    /// Reads ``printed``. Letter case, spaces and hyphens don't matter, and O/I/L are read as 0/1/1. Nil when it was mistyped.
    public init?(printed text: some StringProtocol) {
        guard let all = Base32.values(text) else { return nil }
        let digestLength = ChainHead.printedLength * 8 / 5
        guard all.count > digestLength + 2, all.count <= digestLength + 2 + 12 else { return nil }
        let body = Array(all.dropLast(2))
        guard ChainHead.check(body) == Array(all.suffix(2)) else { return nil }
        seq = Int64(body.dropLast(digestLength).reduce(UInt64(0)) { $0 << 5 | UInt64($1) })
        digest = Base32.bytes(Array(body.suffix(digestLength)))
    }

    /// Weighted sum modulo 1021, a prime below 32²: finds every single wrong character and every swap.
    private static func check(_ digits: [UInt8]) -> [UInt8] {
        let sum = digits.enumerated().reduce(0) { ($0 + Int($1.element) * ($1.offset + 2)) % 1021 }
        return [UInt8(sum >> 5), UInt8(sum & 31)]
    }

    /// For files: `{"digest":"…hex…","seq":7}`.
    public var value: Value {
        let digits = digest.flatMap { [$0 >> 4, $0 & 15] }.map { String($0, radix: 16) }.joined()
        return ["seq": .int(seq), "digest": .text(digits)]
    }

    /// Reads ``value``.
    public init?(_ value: Value) {
        guard let seq = value["seq"].int, seq > 0, let text = value["digest"].text, text.utf8.count == 64 else {
            return nil
        }
        let digits = text.compactMap { $0.isASCII ? $0.hexDigitValue : nil }
        guard digits.count == 64 else { return nil }
        self.seq = seq
        digest = stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}

/// Crockford's base32, as ids use it.
private enum Base32 {
    static func digits(_ number: UInt64) -> [UInt8] {
        var found: [UInt8] = []
        var rest = number
        repeat {
            found.append(UInt8(rest & 31))
            rest >>= 5
        } while rest > 0
        return found.reversed()
    }

    /// Five bytes become eight digits; the count is a multiple of five.
    static func digits(_ bytes: [UInt8]) -> [UInt8] {
        stride(from: 0, to: bytes.count, by: 5).flatMap { start -> [UInt8] in
            let word = bytes[start..<min(start + 5, bytes.count)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return (0..<8).map { UInt8(word >> UInt64(35 - 5 * $0) & 31) }
        }
    }

    static func bytes(_ digits: [UInt8]) -> [UInt8] {
        stride(from: 0, to: digits.count, by: 8).flatMap { start -> [UInt8] in
            let word = digits[start..<start + 8].reduce(UInt64(0)) { $0 << 5 | UInt64($1) }
            return (0..<5).map { UInt8(truncatingIfNeeded: word >> UInt64(32 - 8 * $0)) }
        }
    }

    static func text(_ digits: [UInt8]) -> String {
        String(decoding: digits.map { IDText.alphabet[Int($0)] }, as: UTF8.self)
    }

    static func values(_ text: some StringProtocol) -> [UInt8]? {
        let found = text.utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: " ") }
            .map { IDText.values[Int($0)] }
        return found.contains(255) ? nil : found
    }
}
