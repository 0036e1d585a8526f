/// One-time codes by time (RFC 6238 with HMAC-SHA-1, 30 seconds, 6 digits): what authenticator programs on telephones show.
public enum OneTimeCode {
    /// How long a code stands, in milliseconds.
    public static let period: Int64 = 30_000
    /// Digits of a code.
    public static let digits = 6
    /// How many periods a telephone's clock may be off, either way.
    public static let tolerance: Int64 = 1
    /// Bytes of a secret: as many as the hash gives (RFC 4226, section 4).
    public static let secretLength = 20

    /// The number of the period that a moment lies in.
    public static func step(at moment: Instant) -> Int64 { moment.milliseconds / period }

    /// The code of a period.
    public static func code(_ secret: [UInt8], step: Int64, _ crypto: any CryptoProvider) -> String {
        let counter = (0..<8).map { UInt8(truncatingIfNeeded: step >> (56 - 8 * $0)) }
        let hash = crypto.hmacSHA1(counter, key: secret)
        guard hash.count == 20 else { return "" }
        let offset = Int(hash[19] & 0x0F)
        let number = hash[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let text = String(number % 1_000_000)
        return String(repeating: "0", count: digits - text.count) + text
    }

    /// The period for which a code is right, no earlier than after the last one that was used; nil for a wrong code.
    public static func match(
        _ code: String, _ secret: [UInt8], at moment: Instant, after last: Int64, _ crypto: any CryptoProvider
    ) -> Int64? {
        let now = step(at: moment)
        return (now - tolerance...now + tolerance).first {
            $0 > last && same(self.code(secret, step: $0, crypto), code)
        }
    }

    /// Compares without telling by the time where two texts differ.
    static func same(_ a: String, _ b: String) -> Bool {
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// Base32 without padding (RFC 4648): how a secret is typed into a telephone.
    public static func base32(_ bytes: [UInt8]) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        var out = ""
        var (bits, count) = (0, 0)
        for byte in bytes {
            bits = (bits << 8 | Int(byte)) & 0xFFFF
            count += 8
            while count >= 5 {
                out.append(letters[(bits >> (count - 5)) & 31])
                count -= 5
            }
        }
        if count > 0 { out.append(letters[(bits << (5 - count)) & 31]) }
        return out
    }
}
