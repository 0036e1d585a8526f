import Testing

@testable import NiangjiaCore

private let today = CivilDate("2026-11-22")!

@Suite struct IdentityNumberTests {
    /// The vectors of the domain reference (GB 11643-1999): number, birth date, sex.
    @Test(arguments: [
        ("11010519491231002X", "1949-12-31", Sex.female), ("440524188001010014", "1880-01-01", .male),
        ("990101198506120016", "1985-06-12", .male), ("990101199003070023", "1990-03-07", .female),
        ("990103200002290049", "2000-02-29", .female), ("99010119861001001X", "1986-10-01", .male),
        ("99010119861001001x", "1986-10-01", .male), ("99010120080901005X", "2008-09-01", .male),
        ("990101201112030119", "2011-12-03", .male), ("990101198506120016", "1985-06-12", .male),
    ])
    func valid(_ typed: String, _ born: String, _ sex: Sex) {
        let (number, findings) = IdentityNumber.check(typed, document: .residentID, today: today)
        #expect(number?.birthDate == CivilDate(born))
        #expect(number?.sex == sex)
        #expect(number?.standing == .complete)
        #expect(number?.text == typed.uppercased())
        #expect(findings.worst != .error)
    }

    @Test(arguments: [
        ("990101198506120017", "ID_CHECK_DIGIT"), ("99010119850230001X", "ID_BIRTH_DATE"),
        ("99010119850612001", "ID_LENGTH"),
        ("99010119850612O016", "ID_FORM"), ("", "ID_EMPTY"), ("6.40402E+17", "SPREADSHEET_SCIENTIFIC"),
        ("9.90101198506120E+17", "SPREADSHEET_SCIENTIFIC"), ("990101198506120000", "SPREADSHEET_ZEROS"),
    ])
    func refused(_ typed: String, _ code: String) {
        let (number, findings) = IdentityNumber.check(typed, document: .residentID, today: today)
        #expect(number == nil)
        #expect(findings.filter { $0.severity == .error }.map(\.code) == [code])
    }

    @Test func fullWidthIsStoredHalfWidth() {
        let (number, findings) = IdentityNumber.check("９９０１０１１９８５０６１２００１６", document: .residentID, today: today)
        #expect(number?.text == "990101198506120016")
        #expect(findings.map(\.code) == ["ID_NORMALIZED"])
    }

    @Test func oldNumbersAreToBeCompleted() {
        let (number, findings) = IdentityNumber.check("990101850612001", document: .residentID, today: today)
        #expect(number?.standing == .toBeCompleted)
        #expect(number?.birthDate == CivilDate("1985-06-12"))
        #expect(findings.worst == .warning)
    }

    @Test func futureBirthIsRefused() {
        let (number, findings) = IdentityNumber.check(
            "990101201112030119", document: .residentID, today: CivilDate("2011-12-02")!)
        #expect(number == nil)
        #expect(findings.map(\.code) == ["ID_BIRTH_FUTURE"])
    }

    @Test func unknownAreaIsAWarning() {
        let (number, findings) = IdentityNumber.check(
            "990101198506120016", document: .residentID, today: today, areas: ["990102"])
        #expect(number != nil)
        #expect(findings.map(\.code) == ["ID_AREA"])
        #expect(findings.worst == .warning)
    }

    @Test func theDocumentDecidesHowANumberIsRead() {
        #expect(IdentityNumber.check("E12345678", document: .passport, today: today).number?.text == "E12345678")
        #expect(IdentityNumber.check("E12345678", document: .residentID, today: today).number == nil)
        #expect(IdentityNumber.check("990101198506120016", document: .hmtResidence, today: today).number == nil)
        let hongKong = "81000019900307002" + String(IdentityNumber.checkCharacter("81000019900307002")!)
        #expect(IdentityNumber.check(hongKong, document: .hmtResidence, today: today).number?.sex == .female)
        #expect(
            IdentityNumber.check(hongKong, document: .residentID, today: today).findings.map(\.code) == ["ID_DOCUMENT"])
        #expect(IdentityNumber.check("USA123456789012", document: .foreignPermanent, today: today).number != nil)
    }
}

@Suite struct CreditCodeTests {
    @Test(arguments: [
        "91350100M000100Y43", "81990101MC00000128", "81990102MC0000020H", "89990100MC0000039Q", "91990101MA000004XR",
        "81990101MC00000390",
    ])
    func valid(_ text: String) {
        let (code, findings) = CreditCode.check(text)
        #expect(code?.isUnchecked == false)
        #expect(findings.isEmpty)
    }

    @Test func theStandardsOrganizationCodeIsValid() {
        #expect(CreditCode.organizationCheck("M000100Y") == "4")
    }

    @Test func aWrongCheckMayBeConfirmed() {
        let (code, findings) = CreditCode.check("81990101MC00000129")
        #expect(code?.isUnchecked == true)
        #expect(findings.map(\.code) == ["USCC_CHECK"])
        #expect(findings.worst == .unconfirmed)
    }

    @Test func aForbiddenLetterIsAnError() {
        #expect(CreditCode.check("81990101MI00000128").code == nil)
        #expect(CreditCode.check("81990101MC0000012I").code == nil)
        #expect(CreditCode.check("81990101MC0000012").findings.map(\.code) == ["USCC_LENGTH"])
        #expect(CreditCode.check("８１990101mc00000128").code?.text == "81990101MC00000128")
    }
}

@Suite struct NumbersOfPeopleTests {
    @Test func cards() {
        #expect(BankCard.check("6200000000000000000").number == "6200000000000000000")
        #expect(BankCard.check("4111111111111111").number == "4111111111111111")
        #expect(BankCard.check("4111 1111-1111 1111").number == "4111111111111111")
        #expect(BankCard.check("4111111111111112").findings.map(\.code) == ["CARD_CHECK"])
        #expect(BankCard.check("6222000000000000000").findings.map(\.code) == ["SPREADSHEET_ZEROS"])
        #expect(BankCard.check("6.222E+18").findings.map(\.code) == ["SPREADSHEET_SCIENTIFIC"])
        #expect(BankCard.check("20001234567890", luhn: false).number != nil)
    }

    @Test func mobiles() {
        #expect(MobileNumber.check("13800001234").number == "13800001234")
        #expect(MobileNumber.check("+86 138-0000-1234").number == "13800001234")
        #expect(MobileNumber.check("１３８００００１２３４").number == "13800001234")
        #expect(MobileNumber.check("12800001234").number == nil)
        #expect(MobileNumber.check("1380000123").number == nil)
        #expect(MobileNumber.check("1.38E+10").findings.map(\.code) == ["SPREADSHEET_SCIENTIFIC"])
    }

    @Test func names() {
        for dot in ["\u{B7}", "•", "‧", "・", ".", "．"] {
            #expect(PersonName.normalized("阿不都热合曼\(dot)买买提") == "阿不都热合曼\u{B7}买买提")
        }
        #expect(PersonName.normalized(" 张  三 ") == "张三")
        #expect(PersonName.normalized("张\u{3000}三") == "张三")
        #expect(PersonName.normalized("John  F. Smith") == "John F. Smith")
        #expect(PersonName.check("㛃").name == "㛃")
        #expect(PersonName.check("𠅤明").name == "𠅤明")
        #expect(PersonName.normalized("Rene\u{301}").unicodeScalars.count == 4)
        #expect(PersonName.check("張三").name?.unicodeScalars.first == "張")
        #expect(PersonName.check("张3").name == nil)
        #expect(PersonName.check("张?").findings.map(\.code) == ["NAME_GARBLED"])
        #expect(PersonName.check("  ").findings.map(\.code) == ["NAME_EMPTY"])
    }

    @Test func masks() {
        #expect(Masking.name("张三") == "张*")
        #expect(Masking.name("李小样") == "李**")
        #expect(Masking.name("欧阳娜娜") == "欧阳**")
        #expect(Masking.name("欧阳") == "欧*")
        #expect(Masking.name("𠅤明") == "𠅤*")
        #expect(Masking.name("阿不都热合曼·买买提") == "阿**")
        #expect(Masking.name("John Smith") == "J***")
        #expect(Masking.identityNumber("990101198506120016") == "9" + String(repeating: "*", count: 16) + "6")
        #expect(Masking.mobile("13800001234") == "138****1234")
        #expect(Masking.bankCard("4111111111111111") == "**** 1111")
        #expect(Masking.mobile("123") == "***")
        #expect(Masking.address("示范市示范区人民路12号3单元") == "示范市示范区人民路***")
    }
}
