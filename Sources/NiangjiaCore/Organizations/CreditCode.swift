/// A unified social credit code (统一社会信用代码, GB 32100-2015) with the organisation code inside it (GB 11714).
///
/// Codes that fail the check digit have really been issued, so a failed check is a warning that a person may confirm; only a
/// wrong form is an error.
public struct CreditCode: Hashable, Sendable {
    /// 18 characters, half-width, upper case.
    public var text: String
    /// Whether a check digit failed and the record must carry the flag.
    public var isUnchecked: Bool

    /// Checks a code as typed; the code is nil when it can't be kept.
    public static func check(_ typed: String) -> (code: CreditCode?, findings: [Finding]) {
        let folded = TextFolding.halfWidth(typed)
        if let damage = SpreadsheetDamage.scientific(folded) { return (nil, [damage]) }
        let text = String(folded.filter { $0 != " " && $0 != "-" }).uppercased()
        var findings: [Finding] = []
        if text != typed {
            findings.append(Finding(.note, "USCC_NORMALIZED", zh: "信用代码已规范为半角大写", en: "the code was normalised"))
        }
        guard text.count == 18 else {
            return (
                nil,
                findings + [
                    Finding(
                        .error, "USCC_LENGTH", zh: "统一社会信用代码应为 18 位,现为 \(text.count) 位",
                        en: "a unified social credit code has 18 characters, not \(text.count)")
                ]
            )
        }
        guard let expected = checkCharacter(text.prefix(17)), let last = text.utf8.last, value(last) != nil else {
            return (
                nil,
                findings + [
                    Finding(
                        .error, "USCC_FORM", zh: "统一社会信用代码含有不允许的字符(不用 I、O、S、V、Z)",
                        en: "the code has a character that is not allowed (I, O, S, V and Z are never used)")
                ]
            )
        }
        var code = CreditCode(text: text, isUnchecked: false)
        if text.last != expected {
            code.isUnchecked = true
            findings.append(
                Finding(
                    .unconfirmed, "USCC_CHECK", zh: "统一社会信用代码校验位不符,请核对证书后确认",
                    en: "the check digit of the code is wrong; confirm it against the certificate"))
        }
        return (code, findings)
    }

    /// The check character for the first 17; nil when one of them is not of the alphabet.
    public static func checkCharacter(_ body: some StringProtocol) -> Character? {
        guard body.utf8.count == 17 else { return nil }
        var sum = 0
        var weight = 1
        for byte in body.utf8 {
            guard let digit = value(byte) else { return nil }
            sum += digit * weight
            weight = weight * 3 % 31
        }
        // The outer remainder matters: where the sum is a multiple of 31 the check is 0, not the alphabet's 32nd sign.
        return Character(Unicode.Scalar(alphabet[(31 - sum % 31) % 31]))
    }

    /// The check character of an organisation code's first 8 (GB 11714); nil when they are not letters or digits.
    public static func organizationCheck(_ body: some StringProtocol) -> Character? {
        guard body.utf8.count == 8 else { return nil }
        var sum = 0
        for (byte, weight) in zip(body.utf8, [3, 7, 9, 10, 5, 8, 4, 2]) {
            switch byte {
            case 0x30...0x39: sum += Int(byte - 0x30) * weight
            case 0x41...0x5A: sum += Int(byte - 0x41 + 10) * weight
            default: return nil
            }
        }
        switch 11 - sum % 11 {
        case 10: return "X"
        case 11: return "0"
        case let digit: return Character(String(digit))
        }
    }

    private static let alphabet = Array("0123456789ABCDEFGHJKLMNPQRTUWXY".utf8)

    private static func value(_ byte: UInt8) -> Int? { alphabet.firstIndex(of: byte) }
}
