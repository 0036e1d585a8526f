/// The code that somebody shows who collects goods of a form with `delivery.code: true` (凭码领取).
///
/// It follows from the decision and a key of the city (HMAC-SM3, GB/T 32905), so that it is stored nowhere: not in the books, not
/// in the outbox, not in a copy of either. Whom the decision is about is told it; whoever hands over is not.
public enum PickUpCode {
    /// Decimal digits of a code: with five guesses before a lock, nobody finds one by trying.
    public static let digits = 8

    /// The code of a decision.
    public static func of(_ decision: ID<Decision>, _ crypto: any CryptoProvider) -> String {
        digits(of: "pick_up/\(decision.text)", crypto)
    }

    /// The digits that follow from a text and the key of the city.
    static func digits(of text: String, _ crypto: any CryptoProvider) -> String {
        let mac = crypto.mac(Array(text.utf8), purpose: .session)
        // Of 64 bits the remainder by 10⁸ is as good as even.
        let number = mac.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let text = String(number % 100_000_000)
        return String(repeating: "0", count: digits - text.count) + text
    }

    /// What was typed, without the spaces and hyphens that people put between the digits.
    static func plain(_ typed: String) -> String { typed.filter { !$0.isWhitespace && $0 != "-" } }

    /// The codes with which a case's goods may be collected now, by line; empty where none is asked for, or nothing waits.
    public static func waiting(
        of id: ID<CaseFile>, form: FormDefinition?, _ crypto: any CryptoProvider, in reader: any StoreReader
    ) throws -> [Int: String] {
        guard form?.delivery?.needsCode == true else { return [:] }
        let found = try reader.all(
            """
            SELECT DISTINCT d.line, d.id FROM entitlement e JOIN decision d ON d.id = e.decision WHERE e.case_id = $1 \
            AND e.kind = 'goods' AND e.state = 'approved'
            """, [.id(id)]
        ) { (Int($0.int(0)), of($0.id(1, Decision.self), crypto)) }
        return Dictionary(found) { first, _ in first }
    }

    /// The code with which what a decision gives may be collected now; nil where none is asked for, or nothing waits.
    public static func waiting(
        for decision: ID<Decision>, form: FormDefinition?, _ crypto: any CryptoProvider, in reader: any StoreReader
    ) throws -> String? {
        guard form?.delivery?.needsCode == true else { return nil }
        let count = try reader.integer(
            "SELECT COUNT(*) FROM entitlement WHERE decision = $1 AND kind = 'goods' AND state = 'approved'",
            [.id(decision)])
        return (count ?? 0) > 0 ? of(decision, crypto) : nil
    }
}

extension NiangjiaError.Code {
    /// The code that was shown isn't that of what waits, or of the account's second factor. Guesses are counted.
    public static let wrongCode: NiangjiaError.Code = "wrong_code"
    /// What somebody who is signed in gave as their present password isn't it. Guesses are counted.
    public static let wrongPassword: NiangjiaError.Code = "wrong_password"
}
