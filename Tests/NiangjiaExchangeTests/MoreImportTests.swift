import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaExchange

@Suite struct HouseholdAndStationImportTests {
    static let households = """
        档案号,困难类别,户主身份证号,家庭人口,家庭年收入(元),是否单亲,所属工会代码,建档日期
        K001,深度困难,990101198506120016,3,"12,000.50",是,99010101,2023年7月1日
        K002,相对困难,990101199003070023,4,24000,否,99010101,2023/7/2
        """

    @Test func theHeadIsLinked() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        try await city.take(.person, PersonImportTests.people, "p.csv")
        let summary = try await city.take(.household, Self.households, "h.csv")
        #expect(summary.count(.new) == 2)
        #expect(try await city.count("SELECT yearly_income FROM household WHERE number = 'K001'") == 1_200_050)
        #expect(
            try await city.texts(
                "SELECT h.number FROM person p JOIN household h ON p.household = h.id WHERE p.name = '张三' AND p.household_role = 'head'"
            ) == ["K001"])
        let again = try await city.take(
            .household, Self.households + "\nK003,深度困难,990103200002290049,1,0,否,,\n", "h2.csv")
        #expect(again.count(.unchanged) == 2)
        #expect(again.issues.map(\.code) == ["PERSON_UNKNOWN"])
        // A member of the family names the file.
        let member = try await city.take(
            .person, "姓名,身份证号,家庭档案号,与户主关系\n张小,990101201112030119,K001,子女\n李某,99010120080901005X,K999,子女\n", "m.csv")
        #expect(member.count(.new) == 1)
        #expect(member.issues.map(\.code) == ["HOUSEHOLD_UNKNOWN"])
    }

    @Test("A control character that nobody sees is refused with its cell, in whatever column; the other rows are taken")
    func controls() async throws {
        let city = try TestCity()
        let summary = try await city.take(
            .organization,
            "工会代码,工会名称,上级代码,层级\n990100,示范市总工会,,市级\n990101,一\u{7}区总工会,990100,区县\n990102,二区总工会,990100,区县\n990103,三区总工会,990100,区\u{1}县\n"
        )
        let found = summary.issues.filter { $0.code == "CHARACTER" }
        #expect(found.count == 2 && found[0].message.zh.contains("U+0007") && found[1].message.zh.contains("U+0001"))
        #expect(Set(found.map(\.place)).count == 2)
        #expect(try await city.texts("SELECT code FROM organization ORDER BY code") == ["990100", "990102"])
        #expect(TextFolding.refused(in: "张 三\t(甲)·€") == nil && TextFolding.refused(in: "a\u{2066}b") == "U+2066")
    }

    @Test func stationsKeepTheirSourcePoint() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let text = """
            站点编号,站点名称,所属工会代码,纬度,经度,坐标系,开放时间,设施,状态
            S1,人民路驿站,99010101,36.015616,106.246695,高德,周一至周五 9:30-17:00;周六 9:00-12:00,饮水机、微波炉、空调,开放
            S2,车站驿站,99010101,36.015800,106.242500,GPS,24小时,饮水机,开放
            S3,坏驿站,99010101,106.2425,36.0158,GPS,24小时,,开放
            S4,坏驿站,99010101,36.0158,106.2425,,24小时,,开放
            S5,坏驿站,99010101,36.0158,106.2425,GPS,9点到17点,水床,开放
            """
        let summary = try await city.take(.station, text)
        #expect(summary.count(.new) == 2)
        #expect(summary.issues.map(\.code) == ["COORDINATE_SWAPPED", "FRAME", "HOURS", "WORD"])
        #expect(try await city.texts("SELECT source_frame FROM station ORDER BY code") == ["gcj02", "wgs84"])
        try #require(summary.count(.new) == 2)
        let points = try await city.store.read {
            try $0.all("SELECT latitude, longitude FROM station ORDER BY code") { ($0.int(0), $0.int(1)) }
        }
        // The first lies where the second does, once its shift is taken off.
        try #require(points.count == 2)
        #expect(abs(points[0].0 - points[1].0) < 10)
        #expect(abs(points[0].1 - points[1].1) < 10)
        let hours = try await city.texts("SELECT hours FROM station ORDER BY code")
        let weekly = try OpeningHours(try Value(json: hours[0]))
        #expect(weekly.isOpen(at: try #require(Instant("2026-05-12T09:30:00"))))
        #expect(weekly.isOpen(at: try #require(Instant("2026-05-16T11:59:00"))))
        #expect(!weekly.isOpen(at: try #require(Instant("2026-05-17T11:00:00"))))
        #expect(
            try await city.texts("SELECT code FROM station_facility ORDER BY station, code") == [
                "aircon", "microwave", "water", "water",
            ])
        // The same numbers under another frame would be the place of a station that is there.
        let suspect = try await city.take(.station, "站点编号,站点名称,纬度,经度,坐标系\nS9,新驿站,36.015616,106.246695,GPS\n", "g.csv")
        #expect(suspect.count(.new) == 1)
        #expect(suspect.issues.map(\.code) == ["FRAME_SUSPECT"])
        let fewer = try await city.take(
            .station, "站点编号,站点名称,纬度,经度,坐标系,设施\nS1,人民路驿站,36.015616,106.246695,高德,饮水机、雨伞\n", "s.csv")
        #expect(fewer.count(.changed) == 1)
        #expect(
            try await city.texts("SELECT code FROM station_facility WHERE state = 'removed'")
                == ["aircon", "microwave"].sorted())
    }

    @Test func openingsAreBookedOnce() async throws {
        let city = try TestCity()
        let booked = Guarded<[FundOpening]>([])
        func take(_ amount: String, _ name: String) async throws -> ImportSummary {
            var job = try city.job(.fundOpening, "资金项目,年度,资金来源,用途,金额(元)\ncooling-2026,2026,工会经费,夏送清凉,\(amount)\n", name)
            job.batch = "2026"
            job.source = "openings"
            job.takeOpening = { opening, _ in booked.withLock { $0.append(opening) } }
            return try await city.importer().take(job)
        }
        #expect(try await take("520000.00", "f.csv").count(.new) == 1)
        #expect(try await take("520000.00", "f.csv").count(.unchanged) == 1)
        #expect(try await take("1.00", "g.csv").issues.map(\.code) == ["OPENING_TAKEN"])
        #expect(booked.withLock { $0 }.map(\.amount) == [Money(fen: 52_000_000)])
        #expect(booked.withLock { $0 }.map(\.source) == ["union_budget"])
    }

    @Test func recordsOfAPlugin() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        try await city.take(.person, PersonImportTests.people, "p.csv")
        var record = RecordDefinition(
            key: ["code"],
            fields: [
                Field("code", .string, title: LocalText(zh: "项目编号", en: "code")), Field("name", .string),
                Field("budget", .money),
                Field("from", .date), Field("leader", .reference("person"), isOptional: true),
                Field("union", .reference("organization"), isOptional: true),
                Field("level", .oneOf(["a", "b"])),
            ])
        record.isImported = true
        let kind = ImportKind.record(plugin: "projects", record: "project")
        func take(_ text: String, _ name: String) async throws -> ImportSummary {
            var job = try city.job(kind, text, name)
            job.record = record
            return try await city.importer().take(job)
        }
        let text =
            "项目编号,name,budget,from,leader,union,level\nA1,高铁,100.50,2026-1-5,990101198506120016,99010101,a\nA2,隧道,1,2026-1-5,,,c\n"
        let summary = try await take(text, "r.csv")
        #expect(summary.count(.new) == 1)
        #expect(summary.issues.map(\.message.zh) == ["level“c”应为:a、b"])
        let body = try Value(json: try #require(try await city.texts("SELECT body FROM record").first))
        #expect(body["budget"] == 10_050)
        #expect(body["from"] == "2026-01-05")
        #expect(body["leader"].text.flatMap { ID<Person>($0) } != nil)
        #expect(body["union"].text.flatMap { ID<Organization>($0) } != nil)
        #expect(try await take(text, "r2.csv").count(.unchanged) == 1)
        #expect(try await take(text.replacing("100.50", with: "200"), "r3.csv").count(.changed) == 1)
        record.isImported = false
        await #expect(throws: NiangjiaError.self) { try await take(text, "r4.csv") }
    }
}

@Suite struct ImportLifeTests {
    @Test func theSameDeliveryIsTakenOnceAndMended() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        func take(_ text: String) async throws -> ImportSummary {
            var job = try city.job(.person, text, "p.csv")
            job.batch = "2026-07"
            return try await city.importer().take(job)
        }
        let first = try await take("姓名,身份证号,所属工会代码\n张三,990101198506120016,99010101\n李四,990101199003070024,99010101\n")
        #expect(first.count(.new) == 1)
        #expect(first.count(.refused) == 1)
        let second = try await take(
            "姓名,身份证号,所属工会代码,职业\n张三,990101198506120016,99010101,快递员\n李四,990101199003070023,99010101,骑手\n")
        #expect(second.count(.changed) == 1)
        #expect(second.count(.new) == 1)
        #expect(second.batch == first.batch)
        #expect(try await city.count("SELECT count(*) FROM import_batch WHERE kind = 'person'") == 1)
        // Undone, the delivery takes back both of its passes.
        let undone = try await city.importer().undo(try #require(first.batch))
        #expect(undone.removed + undone.restored == 2 || undone.removed == 2)
        #expect(try await city.count("SELECT count(*) FROM person") == 0)
        #expect(try await city.count("SELECT count(*) FROM membership") == 0)
        await #expect(throws: NiangjiaError.self) { try await city.importer().undo(try #require(first.batch)) }
        #expect(try await take("姓名,身份证号\n张三,990101198506120016\n").count(.new) == 1)
    }

    @Test func whatIsInUseStaysTakenAndCanBeUndoneLater() async throws {
        let city = try TestCity()
        let unions = try await city.take(.organization, TestCity.unions)
        let batch = try #require(unions.batch)
        try await city.take(
            .person,
            "姓名,身份证号,所属工会代码\n张三,990101198506120016,99010101\n李四,990101199003070023,99010102\n", "p.csv")
        let none = try await city.importer().undo(batch)
        #expect(none.removed == 0 && none.keptCount == 4)
        #expect(none.kept.contains { $0.reason.zh == "已被 1 条会籍使用" })
        #expect(none.kept.contains { $0.reason.zh == "已被 2 条下级组织使用" })
        #expect(try await city.texts("SELECT state FROM import_batch WHERE kind = 'organization'") == ["taken"])
        #expect(try await city.count("SELECT count(*) FROM chain_event WHERE kind = 'import.undone'") == 0)
        try await city.store.write(.batch) { writer in
            try writer.execute("DELETE FROM membership", [])
            try writer.execute("DELETE FROM person", [])
        }
        // No longer in use, the whole import goes, whichever rows have to go first.
        var left = none.keptCount
        for _ in 0..<3 where left > 0 { left = try await city.importer().undo(batch).keptCount }
        #expect(left == 0)
        #expect(try await city.count("SELECT count(*) FROM organization") == 0)
    }

    @Test("An import keeps which files it was: name without path, size, SM3, and who; undoing it too")
    func whichFileItWas() async throws {
        let city = try TestCity()
        let text = TestCity.unions + String(repeating: "\n", count: 1_100_000)
        var job = try city.job(.organization, text, "in.csv")
        job.fileName = "C:\\导入\\../工会\u{202E}\u{0007}名单.csv"
        let taken = try await city.importer().take(job)
        let deeds = {
            try await city.store.read { reader in
                try reader.all(
                    "SELECT deed, actor, file_name, file_size, file_digest, ended_at FROM import_deed ORDER BY id", []
                ) { row in
                    Deed(
                        deed: row.text(0), actor: row.text(1), name: row.textOrNil(2), size: row.intOrNil(3),
                        digest: row.blobOrNil(4), isEnded: row.intOrNil(5) != nil)
                }
            }
        }
        let file = Deed(
            deed: "taken", actor: "clerk", name: "工会名单.csv", size: Int64(text.utf8.count),
            digest: city.crypto.digest(Array(text.utf8)), isEnded: true)
        #expect(try await deeds() == [file])
        _ = try await city.importer().undo(try #require(taken.batch))
        #expect(
            try await deeds() == [
                file, Deed(deed: "undone", actor: "clerk", name: nil, size: nil, digest: nil, isEnded: true),
            ])
    }

    private struct Deed: Equatable {
        var deed, actor: String
        var name: String?
        var size: Int64?
        var digest: [UInt8]?
        var isEnded: Bool
    }

    @Test("What was undone in part is taken again as if it were new, and undone again to where it was")
    func takenAgainAfterAPartialUndo() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        func take(_ text: String, _ batch: String) async throws -> ImportSummary {
            var job = try city.job(.person, text, "\(batch).csv")
            job.batch = batch
            return try await city.importer().take(job)
        }
        let title = "姓名,身份证号,职业\n"
        _ = try await take(title + "张三,990101198506120016,快递员\n李四,990101199003070023,快递员\n", "1")
        let text = title + "张三,990101198506120016,骑手\n李四,990101199003070023,骑手\n"
        let second = try await take(text, "2")
        _ = try await take(title + "李四,990101199003070023,货车司机\n", "3")
        let undone = try await city.importer().undo(try #require(second.batch))
        #expect(undone.restored == 1 && undone.keptCount == 1)
        let jobs = "SELECT occupation FROM person ORDER BY name"
        let before = try await city.texts(jobs)
        let again = try await take(text, "2")
        #expect(again.batch == second.batch && again.count(.changed) >= 1)
        #expect(try await city.texts(jobs) != before)
        #expect(try await city.count("SELECT COUNT(*) FROM import_row WHERE is_undone = 1") == 0)
        _ = try await city.importer().undo(try #require(second.batch))
        #expect(try await city.texts(jobs)[0] == before[0])
    }

    @Test func aWorkbookToMendKeepsEveryDigit() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let text = "姓名,身份证号,所属工会代码,银行卡号\n李四,990101199003070024,99010101,6222020200112230019\n"
        var job = try city.job(.person, text, "p.csv")
        job.resultFile = city.folder.path + "/mend.xlsx"
        let path = try #require(try await city.importer().take(job).resultFile)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600, "only its owner reads identity numbers")
        let rows = try TableFile.open(path, sheet: nil, encoding: nil)
        _ = try rows.next()
        let row = try #require(try rows.next())
        #expect(row[1] == "990101199003070024")
        #expect(row[3] == "6222020200112230019")
        #expect(row[6] == "拒绝")
    }

    @Test func undoRestoresAndKeepsWhatWasChangedSince() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        try await city.take(.person, PersonImportTests.people, "p.csv")
        let second = try await city.take(
            .person,
            "姓名,身份证号,所属工会代码,职业,确认\n张三,990101198506120016,99010101,货车司机,\n欧阳娜娜,99010119861001001X,99010101,环卫工,是\n新人,990103200002290049,99010101,骑手,\n",
            "q.csv")
        #expect(second.count(.changed) == 2)
        try await city.take(.person, "姓名,身份证号,职业\n张三,990101198506120016,网约车司机\n", "r.csv")
        let undone = try await city.importer().undo(try #require(second.batch))
        #expect(undone.removed == 2)
        #expect(undone.restored == 2)
        #expect(undone.kept.map(\.row) == [2])
        #expect(undone.kept.map(\.reason.zh) == ["此后已被修改"])
        #expect(try await city.texts("SELECT occupation FROM person WHERE name = '张三'") == ["ride_hail"])
        #expect(try await city.count("SELECT count(*) FROM person WHERE name = '新人'") == 0)
        #expect(
            try await city.count(
                "SELECT count(*) FROM person WHERE name = '欧阳娜娜' AND occupation IS NULL AND revision = 3") == 1)
        #expect(
            try await city.texts(
                "SELECT o.code FROM membership m JOIN organization o ON o.id = m.organization JOIN person p ON p.id = m.person WHERE p.name = '欧阳娜娜' AND m.status = 'active'"
            ) == ["99010102"])
    }

    private static let unionsOfMembers = """
        SELECT o.code FROM membership m JOIN organization o ON o.id = m.organization WHERE m.status = 'active'
        """

    @Test("Who has joined another union by a later file stays when the file that brought them is undone")
    func undoKeepsWhoHasJoinedSince() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let title = "姓名,身份证号,所属工会代码,确认\n"
        let rows = "张三,990101198506120016,,\n李四,990101199003070023,99010101,\n欧阳娜娜,99010119861001001X,99010101,\n"
        let first = try await city.take(.person, title + rows, "p.csv")
        let later = "张三,990101198506120016,99010102,\n李四,990101199003070023,99010102,是\n"
        #expect(try await city.take(.person, title + later, "q.csv").count(.refused) == 0)
        let undone = try await city.importer().undo(try #require(first.batch))
        #expect(undone.kept.map(\.reason.zh) == ["已被 1 条会籍使用", "已被 1 条会籍使用"])
        #expect(try await city.texts("SELECT name FROM person ORDER BY id") == ["张三", "李四"])
        #expect(try await city.texts(Self.unionsOfMembers) == ["99010102", "99010102"])
    }

    @Test("A membership that ended doesn't come back over the one that somebody has by now")
    func undoDoesNotMeetATakenMembership() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let title = "姓名,身份证号,所属工会代码,会籍状态\n"
        try await city.take(.person, title + "李四,990101199003070023,99010101,\n", "p.csv")
        let left = try await city.take(.person, title + "李四,990101199003070023,99010101,已退会\n", "q.csv")
        #expect(left.count(.changed) == 1)
        try await city.take(.person, title + "李四,990101199003070023,99010102,\n", "r.csv")
        let undone = try await city.importer().undo(try #require(left.batch))
        #expect(undone.kept.map(\.reason.zh) == ["原来的编号或会籍已被占用"])
        #expect(try await city.texts(Self.unionsOfMembers) == ["99010102"])
    }

    @Test("What lies below a union that was moved comes back with it")
    func undoMovesWhatLiesBelow() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let title = "工会代码,工会名称,上级代码,层级\n"
        try await city.take(.organization, title + "990102,示范县总工会,990100,区县\n", "above.csv")
        let paths = "SELECT path FROM organization ORDER BY code"
        let before = try await city.texts(paths)
        let moved = try await city.take(.organization, title + "990101,示范区总工会,990102,区县\n", "moved.csv")
        #expect(try await city.texts(paths).contains("990100/990102/990101/99010101/"))
        _ = try await city.importer().undo(try #require(moved.batch))
        #expect(try await city.texts(paths) == before)
    }

    @Test func fiftyThousandRows() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let path = city.folder.path + "/many.csv"
        let writer = try CSVWriter(path: path, encoding: .gb18030)
        try writer.write(["姓名", "身份证号", "手机号", "所属工会代码"])
        for index in 0..<50_000 { try writer.write(["测试员", number(index), "138\(10_000_000 + index)", "99010101"]) }
        try writer.finish()
        let job = ImportJob(file: path, mapping: ImportMapping(.person))
        let told = Guarded<[ImportProgress]>([])
        let summary = try await city.importer().take(job, total: 50_000) { progress in
            told.withLock { $0.append(progress) }
        }
        #expect(summary.count(.new) == 50_000)
        #expect(try await city.count("SELECT count(*) FROM person p JOIN membership m ON m.person = p.id") == 50_000)
        #expect(told.withLock { $0.last?.rowsDone } == 50_000)
        #expect(told.withLock { $0.last?.rowsTotal } == 50_000)
        #expect(try await city.importer().take(job).count(.unchanged) == 50_000)
    }
}

@Suite struct SeenKeysTests {
    /// Well beyond what is kept in memory, and through every growth of the file behind it.
    @Test func everyKeyIsKnownByItsFirstRow() throws {
        let seen = SeenKeys()
        let count = SeenKeys.few * 7
        for row in 0..<count {
            #expect(try seen.note("k\(row)", row: row + 2) == nil)
            if row % 1_000 == 0 { #expect(try seen.note("k\(row / 3)", row: 1) == row / 3 + 2) }
        }
        for row in stride(from: 0, to: count, by: 97) {
            #expect(try seen.note("k\(row)", row: 1) == row + 2)
        }
    }
}

@Suite struct RegisterExportTests {
    @Test func masksUnlessAsked() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        try await city.take(.person, PersonImportTests.people, "p.csv")
        let export = RegisterExport(store: city.store, crypto: city.crypto)
        let path = city.folder.path + "/out.csv"
        #expect(try await export.write(.person, to: path) == 3)
        let text = String(decoding: try city.folder.bytes(path), as: UTF8.self)
        #expect(text.contains("张*"))
        #expect(text.contains("138****1234"))
        #expect(!text.contains("990101198506120016"))
        // In full it can be taken again and changes nothing.
        let full = city.folder.path + "/full.xlsx"
        #expect(try await export.write(.person, to: full, within: "990100/990101/", detail: .full) == 3)
        let again = try await city.importer().check(ImportJob(file: full, mapping: ImportMapping(.person)))
        #expect(again.count(.unchanged) == 3)
        #expect(again.remarks.isEmpty)
        #expect(try await export.write(.person, to: path, within: "990100/990102/") == 0)
        let units = city.folder.path + "/units.csv"
        #expect(try await export.write(.organization, to: units, encoding: .gb18030) == 4)
        #expect(
            try await city.importer().check(ImportJob(file: units, mapping: ImportMapping(.organization))).count(
                .unchanged) == 4)
    }

    @Test func degreesAreExact() {
        #expect(RegisterExport.degrees(360_156_160) == "36.0156160")
        #expect(RegisterExport.degrees(-1_278_000) == "-0.1278000")
    }
}

@Suite("The moments of an import") struct ImportMomentTests {
    @Test("Each transaction has its own: what is told late is learned late, however early the import was asked for")
    func moments() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let title = "姓名,身份证号,所属工会代码,银行卡号"
        for card in ["6222020200112230012", "6200990123456789017"] {
            let importer = city.importer()
            city.clock.advance(milliseconds: 600_000)
            let row = "\(title)\n张三,990101198506120016,99010101,\(card)\n"
            let summary = try await importer.take(try city.job(.person, row, "\(card).csv"))
            #expect(summary.count(.new) + summary.count(.changed) == 1)
            try await expectNow(city, "\(card)")
            guard summary.count(.changed) == 1 else { continue }
            city.clock.advance(milliseconds: 600_000)
            _ = try await importer.undo(try #require(summary.batch))
            try await expectNow(city, "undone")
        }
    }

    private func expectNow(_ city: TestCity, _ place: String) async throws {
        let now = city.clock.now().milliseconds
        #expect(try await city.count("SELECT recorded_at FROM person") == now, "\(place)")
        #expect(try await city.count("SELECT max(ended_at) FROM import_deed") == now, "\(place)")
        #expect(try await city.count("SELECT max(begun_at) FROM import_deed") == now, "\(place)")
        #expect(try await city.count("SELECT max(finished_at) FROM import_batch") == now, "\(place)")
    }

    @Test("A file that comes again with one row changed leaves that row below the same union")
    func sameParent() async throws {
        let city = try TestCity()
        let unions = """
            工会代码,工会名称,上级代码,层级
            990101,示范区总工会,,区县
            99010101,示范快递工会,990101,基层
            99010102,示范物流工会,990101,基层
            """
        try await city.take(.organization, unions, "u.csv")
        let parents =
            "SELECT c.code || ' ' || p.code FROM organization c JOIN organization p ON p.id = c.parent ORDER BY 1"
        let before = try await city.texts(parents)
        #expect(before == ["99010101 990101", "99010102 990101"])
        let renamed = try await city.take(
            .organization, unions.replacing("示范物流工会", with: "示范货运工会"), "u.csv")
        #expect(renamed.count(.changed) == 1 && renamed.count(.unchanged) == 2)
        #expect(renamed.changes.map { $0.cells.map(\.title.en) } == [["name"]], "\(renamed.changes)")
        #expect(try await city.texts(parents) == before)
        #expect(try await city.texts("SELECT path FROM organization ORDER BY path").last == "990101/99010102/")
    }
}
