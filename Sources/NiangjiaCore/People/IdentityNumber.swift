/// Which document a number belongs to. A number is read by its document, never by its first digit (domain: 9… may be a
/// foreign permanent resident's card).
public enum IdentityDocument: String, Sendable, Hashable, CaseIterable {
    /// 居民身份证, GB 11643.
    case residentID = "resident_id"
    /// 港澳台居民居住证: as GB 11643, area code 810000, 820000 or 830000.
    case hmtResidence = "hk_macao_tw_permit"
    /// 护照.
    case passport
    /// 外国人永久居留身份证: 18 digits since 2023, 3 letters and 12 digits before.
    case foreignPermanent = "foreign_permanent_resident"

    /// The document's name for people.
    public var title: LocalText {
        switch self {
        case .residentID: LocalText(zh: "居民身份证", en: "resident identity card")
        case .hmtResidence: LocalText(zh: "港澳台居民居住证", en: "residence permit for Hong Kong, Macao and Taiwan residents")
        case .passport: LocalText(zh: "护照", en: "passport")
        case .foreignPermanent: LocalText(zh: "外国人永久居留身份证", en: "foreign permanent resident ID card")
        }
    }
}

/// A person's sex as an identity document tells it.
public enum Sex: String, Sendable, Hashable, CaseIterable {
    case male
    case female
}

/// The number of an identity document, checked and normalised.
///
/// GB 11643-1999: 6 area + 8 birth date + 3 sequence (odd is male) + 1 check by ISO 7064 MOD 11-2.
public struct IdentityNumber: Hashable, Sendable {
    /// What a number is worth.
    public enum Standing: Hashable, Sendable {
        /// Complete; may be a key. Warnings may still ask for a look.
        case complete
        /// A first-generation number of 15 digits: kept, to be completed, never a key.
        case toBeCompleted
    }

    /// Which document it belongs to.
    public var document: IdentityDocument
    /// Half-width, upper case, without spaces.
    public var text: String
    /// Whether it may be a key.
    public var standing: Standing
    /// From the number, where it holds one.
    public var birthDate: CivilDate?
    /// From the number, where it holds it.
    public var sex: Sex?
    /// The six digits of first registration, where the number begins with them.
    public var area: String?

    /// Checks a number as typed.
    ///
    /// - Parameters:
    ///   - today: dates of birth after it are refused.
    ///   - areas: the area codes that are known; one outside is a warning, for old codes live on in numbers. Nil asks nothing.
    /// - Returns: the number, nil when it can't be kept, and what was found.
    public static func check(
        _ typed: String, document: IdentityDocument, today: CivilDate, areas: Set<String>? = nil
    ) -> (number: IdentityNumber?, findings: [Finding]) {
        var findings: [Finding] = []
        let folded = TextFolding.halfWidth(typed)
        if let damage = SpreadsheetDamage.scientific(folded) { return (nil, [damage]) }
        let text = String(folded.filter { $0 != " " && $0 != "-" && $0 != "'" }).uppercased()
        if text.isEmpty {
            return (nil, [Finding(.error, "ID_EMPTY", zh: "缺少证件号码", en: "the document number is missing")])
        }
        if text != typed {
            findings.append(Finding(.note, "ID_NORMALIZED", zh: "证件号码已规范为半角大写", en: "the number was normalised"))
        }
        switch document {
        case .residentID, .hmtResidence:
            return resident(text, document: document, today: today, areas: areas, findings: findings)
        case .passport:
            guard (5...17).contains(text.utf8.count), text.utf8.allSatisfy(isLetterOrDigit) else {
                return (
                    nil,
                    findings + [
                        Finding(
                            .error, "ID_FORM", zh: "护照号码应为 5–17 位字母或数字",
                            en: "a passport number is 5 to 17 letters or digits")
                    ]
                )
            }
            return (IdentityNumber(document: document, text: text, standing: .complete), findings)
        case .foreignPermanent:
            return foreign(text, today: today, findings: findings)
        }
    }

    /// The check character of GB 11643 for 17 digits; nil when they are not 17 digits.
    public static func checkCharacter(_ digits: some StringProtocol) -> Character? {
        let bytes = Array(digits.utf8)
        guard bytes.count == 17, bytes.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let sum = zip(bytes, weights).reduce(0) { $0 + Int($1.0 - 0x30) * $1.1 }
        return Character(Unicode.Scalar(marks[sum % 11]))
    }

    private static let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    private static let marks = Array("10X98765432".utf8)

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
    }

    private static func resident(
        _ text: String, document: IdentityDocument, today: CivilDate, areas: Set<String>?, findings: [Finding]
    ) -> (IdentityNumber?, [Finding]) {
        var findings = findings
        let bytes = Array(text.utf8)
        func refuse(_ code: String, _ zh: String, _ en: String) -> (IdentityNumber?, [Finding]) {
            (nil, findings + [Finding(.error, code, zh: zh, en: en)])
        }
        if bytes.count == 15, bytes.allSatisfy({ (0x30...0x39).contains($0) }), document == .residentID {
            return firstGeneration(text, bytes, today: today, findings: findings)
        }
        guard bytes.count == 18 else {
            return refuse(
                "ID_LENGTH", "证件号码应为 18 位,现为 \(text.count) 位", "the number must have 18 characters, not \(text.count)")
        }
        guard let expected = checkCharacter(text.prefix(17)) else {
            return refuse("ID_FORM", "证件号码的前 17 位必须是数字", "the first 17 characters must be digits")
        }
        guard Character(Unicode.Scalar(bytes[17])) == expected else {
            if let damage = SpreadsheetDamage.zeroTail(text) { return (nil, findings + [damage]) }
            return refuse("ID_CHECK_DIGIT", "证件号码校验位不符,请核对", "the check digit of the number is wrong")
        }
        guard let born = date(of: text.dropFirst(6).prefix(8)) else {
            return refuse("ID_BIRTH_DATE", "证件号码中的出生日期不存在", "the date of birth in the number does not exist")
        }
        guard born <= today else {
            return refuse("ID_BIRTH_FUTURE", "证件号码中的出生日期在今天之后", "the date of birth in the number lies in the future")
        }
        let area = String(text.prefix(6))
        let isHMT = ["810000", "820000", "830000"].contains(area)
        if document == .hmtResidence, !isHMT {
            return refuse(
                "ID_DOCUMENT", "港澳台居民居住证的号码以 810000、820000 或 830000 开头",
                "the number does not belong to this kind of document")
        }
        findings += areaFindings(area, isHMT: isHMT, document: document, areas: areas)
        return (
            IdentityNumber(
                document: document, text: text, standing: .complete, birthDate: born, sex: sex(bytes[16]), area: area),
            findings
        )
    }

    /// A 15-digit number: born in 19YY, without a check character.
    private static func firstGeneration(
        _ text: String, _ bytes: [UInt8], today: CivilDate, findings: [Finding]
    ) -> (IdentityNumber?, [Finding]) {
        guard let born = date(of: "19" + text.dropFirst(6).prefix(6)), born <= today else {
            return (
                nil,
                findings + [
                    Finding(
                        .error, "ID_BIRTH_DATE", zh: "证件号码中的出生日期不存在",
                        en: "the date of birth in the number does not exist")
                ]
            )
        }
        let number = IdentityNumber(
            document: .residentID, text: text, standing: .toBeCompleted, birthDate: born, sex: sex(bytes[14]),
            area: String(text.prefix(6)))
        let told = Finding(
            .warning, "ID_15", zh: "15 位旧号码,待补全为 18 位,不能作为查找依据",
            en: "an old 15-digit number: to be completed, never a key")
        return (number, findings + [told])
    }

    private static func areaFindings(
        _ area: String, isHMT: Bool, document: IdentityDocument, areas: Set<String>?
    ) -> [Finding] {
        if document == .residentID, isHMT {
            return [
                Finding(
                    .warning, "ID_DOCUMENT", zh: "号码像是港澳台居民居住证,请核对证件类型",
                    en: "the number looks like a residence permit; check the document type")
            ]
        }
        if let areas, document == .residentID, !areas.contains(area) {
            return [
                Finding(
                    .warning, "ID_AREA", zh: "地区码 \(area) 不在现行代码表中(旧码仍可使用)",
                    en: "area code \(area) is not in the present table (old codes stay valid)")
            ]
        }
        return []
    }

    private static func foreign(
        _ text: String, today: CivilDate, findings: [Finding]
    ) -> (IdentityNumber?, [Finding]) {
        let bytes = Array(text.utf8)
        if bytes.count == 15 {
            let isOld =
                bytes.prefix(3).allSatisfy { (0x41...0x5A).contains($0) }
                && bytes.dropFirst(3).allSatisfy { (0x30...0x39).contains($0) }
            if isOld { return (IdentityNumber(document: .foreignPermanent, text: text, standing: .complete), findings) }
        }
        guard bytes.count == 18, bytes[0] == UInt8(ascii: "9"), let expected = checkCharacter(text.prefix(17)),
            Character(Unicode.Scalar(bytes[17])) == expected, let born = date(of: text.dropFirst(6).prefix(8)),
            born <= today
        else {
            return (
                nil,
                findings + [
                    Finding(
                        .error, "ID_FORM", zh: "外国人永久居留身份证号码不正确",
                        en: "not a number of a foreign permanent resident ID card")
                ]
            )
        }
        return (
            IdentityNumber(
                document: .foreignPermanent, text: text, standing: .complete, birthDate: born, sex: sex(bytes[16])),
            findings
        )
    }

    private static func sex(_ digit: UInt8) -> Sex { (digit - 0x30) % 2 == 1 ? .male : .female }

    private static func date(of digits: some StringProtocol) -> CivilDate? {
        guard let number = Int(digits) else { return nil }
        return CivilDate(year: number / 10_000, month: number / 100 % 100, day: number % 100)
    }

    private init(
        document: IdentityDocument, text: String, standing: Standing, birthDate: CivilDate? = nil, sex: Sex? = nil,
        area: String? = nil
    ) {
        self.document = document
        self.text = text
        self.standing = standing
        self.birthDate = birthDate
        self.sex = sex
        self.area = area
    }
}

/// What a spreadsheet does to long numbers: after 15 digits it keeps zeros, or writes `6.40402E+17`.
public enum SpreadsheetDamage {
    /// The finding for a number in scientific notation; nil when the text isn't one.
    public static func scientific(_ text: some StringProtocol) -> Finding? {
        let pieces = text.uppercased().split(separator: "E", omittingEmptySubsequences: false)
        guard pieces.count == 2, pieces[1].first == "+", pieces[1].count > 1,
            pieces[1].dropFirst().allSatisfy({ $0.isASCII && $0.isNumber })
        else { return nil }
        let mantissa = pieces[0].split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(mantissa.count), mantissa[0].count == 1,
            mantissa.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isNumber } })
        else { return nil }
        return Finding(
            .error, "SPREADSHEET_SCIENTIFIC",
            zh: "号码被电子表格变成了科学计数法(\(text)),末几位已丢失;请把该列设为文本格式后重新填写",
            en:
                "the spreadsheet turned the number into \(text) and lost its last digits; format the column as text and type it again"
        )
    }

    /// The finding for a number of 16 digits or more that ends in 000, whose check has already failed; nil otherwise.
    static func zeroTail(_ text: String) -> Finding? {
        guard text.utf8.count >= 16, text.hasSuffix("000") else { return nil }
        return Finding(
            .error, "SPREADSHEET_ZEROS",
            zh: "号码末尾的 000 像是被电子表格改写(超过 15 位的数字会丢失);请把该列设为文本格式后重新填写",
            en:
                "the 000 at the end looks like a spreadsheet's rounding; format the column as text and type the number again"
        )
    }
}
