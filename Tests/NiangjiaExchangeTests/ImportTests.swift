import NiangjiaCore
import Testing

@testable import NiangjiaExchange

@Suite struct OrganizationImportTests {
    @Test func parentsMayStandBelow() async throws {
        let city = try TestCity()
        let summary = try await city.take(.organization, TestCity.unions)
        #expect(summary.count(.new) == 4)
        #expect(summary.issues.isEmpty)
        #expect(
            try await city.texts("SELECT path FROM organization ORDER BY code") == [
                "990100/", "990100/990101/", "990100/990101/99010101/", "990100/990101/99010102/",
            ])
        #expect(
            try await city.count(
                "SELECT count(*) FROM organization a JOIN organization b ON a.parent = b.id WHERE b.code = '990101'")
                == 2)
        // The same again changes nothing.
        let again = try await city.take(.organization, TestCity.unions + "\n", "again.csv")
        #expect(again.count(.unchanged) == 4)
    }

    @Test func movingASubtreeMovesItsPaths() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let moved = try await city.take(
            .organization, "工会代码,工会名称,上级代码,层级\n990102,东区总工会,990100,区县\n990101,示范区总工会,990102,区县\n", "m.csv")
        #expect(moved.count(.new) == 1)
        #expect(moved.count(.changed) == 1)
        #expect(
            try await city.texts("SELECT path FROM organization WHERE code = '99010101'") == [
                "990100/990102/990101/99010101/"
            ])
        let loop = try await city.take(.organization, "工会代码,工会名称,上级代码,层级\n990102,东区总工会,99010101,区县\n", "l.csv")
        #expect(loop.issues.map(\.code) == ["PARENT_LOOP"])
        let orphan = try await city.take(.organization, "工会代码,工会名称,上级代码,层级\n990199,某工会,123,区县\n", "o.csv")
        #expect(orphan.issues.map(\.code) == ["PARENT_UNKNOWN"])
    }

    @Test("What a file says beside a union that it moves, of others below that one, lies where they lie then")
    func movingBesideOthers() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let title = "工会代码,工会名称,上级代码,层级\n"
        try await city.take(.organization, title + "990102,东区总工会,990100,区县\n", "above.csv")
        // The new one and the one that gets another name lie below the one that moves; their union above isn't in the file.
        let rows = "990101,示范区总工会,990102,区县\n9901010101,新建工会,99010101,基层\n99010102,改名工会,,基层\n"
        let moved = try await city.take(.organization, title + rows, "moved.csv")
        #expect((moved.count(.new), moved.count(.changed)) == (1, 2))
        let below = "SELECT path FROM organization WHERE code IN ('99010101', '99010102', '9901010101') ORDER BY code"
        #expect(
            try await city.texts(below) == [
                "990100/990102/990101/99010101/", "990100/990102/990101/99010101/9901010101/",
                "990100/990102/990101/99010102/",
            ])
    }

    @Test func aWrongCreditCodeWaitsForAConfirmation() async throws {
        let city = try TestCity()
        let text = "工会代码,工会名称,层级,统一社会信用代码\n99,示范工会,基层,81990101MC00000129\n98,坏码工会,基层,81990101MI00000128\n"
        let first = try await city.take(.organization, text)
        #expect(first.count(.conflicting) == 1)
        #expect(first.count(.refused) == 1)
        #expect(first.issues.map(\.code) == ["USCC_CHECK", "USCC_FORM"])
        #expect(first.issues[0].place == "in.csv:2")
        // The clerk confirms in the result file and mends the other, and hands that file in.
        let path = try #require(first.resultFile)
        let mended = String(decoding: try city.folder.bytes(path).dropFirst(3), as: UTF8.self)
            .replacing("81990101MC00000129,", with: "81990101MC00000129,是").replacing(
                "81990101MI00000128", with: "81990101MC00000128")
        let second = try await city.take(.organization, mended, "mended.csv")
        #expect(second.count(.new) == 2)
        #expect(second.remarks.isEmpty)
        // Nothing was held back: no file is left, and a file is never its own result.
        #expect(second.resultFile == nil)
        #expect(throws: (any Error).self) { try city.folder.bytes(path) }
        var same = try city.job(.organization, text, "same.csv")
        same.resultFile = same.file
        let job = same
        await #expect(throws: NiangjiaError.self) { try await city.importer().check(job) }
        #expect(try city.folder.bytes(same.file).count == text.utf8.count)
        #expect(try await city.texts("SELECT code FROM organization WHERE code_confirmed = 1") == ["99"])
    }
}

@Suite struct PersonImportTests {
    static let people = """
        2026年会员名册,,,,,
        姓名,身份证号,手机号码,银行卡号,所属工会代码,职业
        张 三,990101198506120016,13800001234,4111111111111111,99010101,快递员
        阿不都热合曼•买买提,９９０１０１１９９００３０７００２３,,,99010101,骑手
        欧阳娜娜,99010119861001001x,13800001235,,99010102,
        """

    @Test func personsAreEncryptedFromTheFirstRow() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let summary = try await city.take(.person, Self.people)
        #expect(summary.count(.new) == 3)
        #expect(summary.corrected == 3)
        #expect(summary.issues.isEmpty)
        #expect(try await city.texts("SELECT name FROM person ORDER BY name") == ["张三", "欧阳娜娜", "阿不都热合曼·买买提"])
        #expect(try await city.count("SELECT count(*) FROM membership WHERE status = 'active' AND is_primary = 1") == 3)
        #expect(
            try await city.texts("SELECT sex FROM person WHERE birth_date = $1", [.date(CivilDate("1990-03-07"))]) == [
                "female"
            ])

        let mac = PersonIdentifiers.mac(idNumber: "990101198506120016", document: "resident_id", city.crypto)
        let (id, sealed, card) = try #require(
            try await city.store.read {
                try $0.first("SELECT id, id_sealed, card_sealed FROM person WHERE id_mac = $1", [.blob(mac)]) {
                    ($0.int(0), $0.blob(1), $0.blob(2))
                }
            })
        #expect(
            try PersonIdentifiers.open(sealed, table: "person", row: id, column: "id_sealed", city.crypto)
                == "990101198506120016")
        #expect(
            try PersonIdentifiers.open(card, table: "person", row: id, column: "card_sealed", city.crypto)
                == "4111111111111111")
        try await city.store.close()
        // No file of the store holds a number in the clear.
        for name in ["niangjia.db", "niangjia.db-wal"] {
            guard let bytes = try? city.folder.bytes(city.folder.path + "/" + name) else { continue }
            let text = String(decoding: bytes, as: Unicode.ASCII.self)
            #expect(!text.contains("990101198506120016"))
            #expect(!text.contains("13800001234"))
            #expect(!text.contains("4111111111111111"))
        }
    }

    @Test func aCheckWritesNothing() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let summary = try await city.importer().check(try city.job(.person, Self.people, "p.csv"))
        #expect(summary.count(.new) == 3)
        #expect(summary.batch == nil)
        #expect(try await city.count("SELECT count(*) FROM person") == 0)
        #expect(try await city.count("SELECT count(*) FROM import_batch WHERE kind = 'person'") == 0)
    }

    @Test func badRowsAreToldAndGoodOnesTaken() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let text = """
            姓名,证件号码,手机号码,所属工会代码,银行卡号
            甲一,990101198506120017,,99010101,
            甲二,6.40402E+17,,99010101,
            甲三,990101199003070023,1380000,99010101,
            甲四,990103200002290049,,88888888,
            甲五,990101850613001,,99010101,
            甲六,990101198506120016,,99010101,4111111111111112
            甲七,99010119861001001X,,99010101,
            甲八,99010119861001001X,,99010101,
            ,,,,
            """
        let summary = try await city.take(.person, text)
        #expect(summary.rows == 8)
        #expect(summary.count(.refused) == 6)
        #expect(summary.count(.new) == 2)
        #expect(summary.warned == 1)
        #expect(
            summary.issues.map(\.code) == [
                "ID_CHECK_DIGIT", "SPREADSHEET_SCIENTIFIC", "MOBILE_FORM", "UNION_UNKNOWN", "ID_15", "CARD_CHECK",
                "REPEATED",
            ])
        #expect(summary.issues[6].message.zh == "与第 8 行重复")
        #expect(try await city.count("SELECT count(*) FROM person WHERE id_type = 'incomplete'") == 1)
        let reader = try CSVReader(path: try #require(summary.resultFile))
        var rows: [[String]] = []
        while let row = try reader.next() { rows.append(row.cells) }
        #expect(rows.count == 7)
        #expect(rows[0] == ["姓名", "证件号码", "手机号码", "所属工会代码", "银行卡号", "确认", "行号", "结果", "原因", "原因(英文)"])
        #expect(rows[1][7] == "拒绝")
        #expect(rows[1][8].contains("校验位"))
    }

    @Test func changesKeepBothTimes() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        try await city.take(.person, Self.people)
        var mapping = ImportMapping(.person)
        mapping.validFrom = CivilDate("2024-11-01")
        let file = try city.folder.file(
            "n.csv", "姓名,身份证号,手机号,职业\n张三,990101198506120016,13900009999,货车司机\n欧阳娜娜,99010119861001001X,,\n")
        let summary = try await city.importer().take(ImportJob(file: file, mapping: mapping))
        #expect(summary.count(.changed) == 1)
        #expect(summary.count(.unchanged) == 1)
        #expect(try await city.count("SELECT revision FROM person WHERE name = '张三'") == 2)
        #expect(
            try await city.count("SELECT valid_from FROM person WHERE name = '张三'")
                == Int64(CivilDate("2024-11-01")!.days))
        let body = try #require(try await city.texts("SELECT body FROM register_history WHERE kind = 'person'").first)
        #expect(body.contains("\"occupation\":\"courier\""))
        #expect(try await city.count("SELECT count(*) FROM register_history WHERE replaced_at > recorded_at") == 1)
    }

    @Test func aDifferentNameOrAnotherUnionWaits() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        try await city.take(.person, Self.people)
        let text = "姓名,身份证号,所属工会代码,确认\n张三丰,990101198506120016,99010101,\n欧阳娜娜,99010119861001001X,99010101,\n"
        let summary = try await city.take(.person, text, "c.csv")
        #expect(summary.count(.conflicting) == 2)
        #expect(summary.issues.map(\.code) == ["NAME_DIFFERS", "MEMBER_ELSEWHERE"])
        #expect(summary.issues[0].message.zh.contains("张*"))
        #expect(summary.issues[1].message.zh.contains("99010102"))
        let confirmed = try await city.take(.person, text.replacing("99010101,\n", with: "99010101,是\n"), "d.csv")
        #expect(confirmed.count(.changed) == 2)
        #expect(try await city.count("SELECT count(*) FROM membership WHERE status = 'active'") == 3)
        #expect(try await city.count("SELECT count(*) FROM membership WHERE status = 'left'") == 1)
    }

    @Test func workbooksNameTheirCells() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let path = city.folder.path + "/p.xlsx"
        let writer = try XLSXWriter(path: path, sheet: "会员", header: ["序号", "姓名", "身份证号", "所属工会代码"], numbers: [2])
        try writer.write(["1", "张三", "990101198506120016", "99010101"])
        try writer.finish()
        let summary = try await city.importer().check(ImportJob(file: path, mapping: ImportMapping(.person)))
        #expect(summary.issues.map(\.place) == ["会员!C2"])
        #expect(summary.issues.map(\.code) == ["SPREADSHEET_SCIENTIFIC"])
        #expect(summary.remarks.map(\.zh) == ["未使用的列:序号"])
    }

    @Test func missingColumnsAreNamed() async throws {
        let city = try TestCity()
        do {
            _ = try await city.importer().check(try city.job(.person, "姓名,手机\n张三,1\n"))
            Issue.record("there is no identity number")
        } catch let error as NiangjiaError {
            #expect(error.message.zh.contains("证件号码"))
            #expect(error.place == "in.csv:1")
        }
    }
}
