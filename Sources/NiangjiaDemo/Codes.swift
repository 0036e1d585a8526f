import NiangjiaCore

/// Numbers that look right and belong to nobody: area codes 9901xx are in no edition of GB/T 2260.
enum Codes {
    /// An ID number (GB 11643). `sequence` is 0…499; sex takes the last bit, so that one (day, sequence) is one person.
    static func identityNumber(area: String, birth: CivilDate, sequence: Int, isMale: Bool) -> String {
        let (year, month, day) = birth.parts
        let body =
            area + padded(year, 4) + padded(month, 2) + padded(day, 2) + padded(sequence * 2 + (isMale ? 1 : 0), 3)
        return body + String(IdentityNumber.checkCharacter(body) ?? "0")
    }

    /// A credit code (GB 32100) with an organisation code (GB 11714) inside. `kind` is `81`, `89`, `91`, `12` ….
    static func creditCode(kind: String, area: String, letters: String, number: Int) -> String {
        let organization = letters + padded(number, 6)
        let body = kind + area + organization + String(CreditCode.organizationCheck(organization) ?? "0")
        return body + String(CreditCode.checkCharacter(body) ?? "0")
    }

    /// A card number of 19 digits that passes Luhn's check; issuer 620000 is nobody's.
    static func card(_ number: Int) -> String {
        let body = "620000" + padded(number, 12)
        var sum = 0
        for (offset, byte) in body.utf8.reversed().enumerated() {
            let digit = Int(byte - 0x30)
            sum += offset % 2 == 0 ? (digit * 2 > 9 ? digit * 2 - 9 : digit * 2) : digit
        }
        return body + String((10 - sum % 10) % 10)
    }

    /// A mobile number. Numbers of 11 digits in 140 are given to nobody: that block is for machines, with 13 digits.
    static func mobile(_ number: Int) -> String { "140" + padded(number, 8) }

    /// A number with zeros before it.
    static func padded(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return text.utf8.count >= width ? text : String(repeating: "0", count: width - text.utf8.count) + text
    }
}
