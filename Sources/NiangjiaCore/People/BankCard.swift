/// A bank card or account number.
public enum BankCard {
    /// Checks a number as typed: 12 to 19 digits with a right check digit (ISO/IEC 7812-1, Luhn). Company accounts have none:
    /// without `luhn` the check digit is not asked for. The number is nil when it can't be kept.
    public static func check(_ typed: String, luhn: Bool = true) -> (number: String?, findings: [Finding]) {
        let folded = TextFolding.halfWidth(typed)
        if let damage = SpreadsheetDamage.scientific(folded) { return (nil, [damage]) }
        let text = String(folded.filter { $0 != " " && $0 != "-" && $0 != "'" })
        var findings: [Finding] = []
        if text != typed {
            findings.append(
                Finding(.note, "CARD_NORMALIZED", zh: "卡号已去掉空格", en: "spaces were taken out of the card number"))
        }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), (luhn ? 12...19 : 8...32).contains(text.utf8.count)
        else {
            return (
                nil,
                findings + [
                    Finding(.error, "CARD_FORM", zh: "银行卡号应为 12–19 位数字", en: "a card number is 12 to 19 digits")
                ]
            )
        }
        if luhn, !passesLuhn(text) {
            let damage = SpreadsheetDamage.zeroTail(text)
            return (
                nil,
                findings + [
                    damage
                        ?? Finding(
                            .error, "CARD_CHECK", zh: "银行卡号校验位不符,请核对", en: "the check digit of the card number is wrong"
                        )
                ]
            )
        }
        return (text, findings)
    }

    /// Whether digits pass Luhn's check.
    public static func passesLuhn(_ digits: some StringProtocol) -> Bool {
        guard !digits.isEmpty else { return false }
        var sum = 0
        for (offset, byte) in digits.utf8.reversed().enumerated() {
            guard (0x30...0x39).contains(byte) else { return false }
            let digit = Int(byte - 0x30)
            let doubled = digit * 2
            sum += offset % 2 == 0 ? digit : doubled > 9 ? doubled - 9 : doubled
        }
        return sum % 10 == 0
    }
}
