import NiangjiaCore
import Testing

@testable import NiangjiaExchange

/// Files as clerks keep them: cells merged over rows, columns that need another one, old numbers, days yet to come.
@Suite("What a clerk's file says and doesn't say") struct ClerksFileTests {
    /// A workbook of texts whose ranges are merged as a spreadsheet stores them.
    private func workbook(_ rows: [[String]], merged: [String], in folder: TestFolder, _ name: String) throws -> String
    {
        let path = folder.path + "/" + name
        let written = rows.enumerated().map { number, row in
            let cells = row.enumerated().map { column, text in
                "<c r=\"\(SheetRow.letters(column))\(number + 1)\" t=\"inlineStr\"><is><t>\(text)</t></is></c>"
            }
            return "<row r=\"\(number + 1)\">\(cells.joined())</row>"
        }
        let ranges = merged.map { "<mergeCell ref=\"\($0)\"/>" }.joined()
        try pack(
            path,
            [
                ("xl/workbook.xml", "<workbook><sheets><sheet name=\"会员\" sheetId=\"1\"/></sheets></workbook>"),
                (
                    "xl/worksheets/sheet1.xml",
                    "<worksheet><sheetData>\(written.joined())</sheetData><mergeCells>\(ranges)</mergeCells></worksheet>"
                ),
            ])
        return path
    }

    // MARK: merged cells

    @Test("What is merged over rows is read in each of them; a blank row stays blank")
    func mergedDown() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let path = try workbook(
            [
                ["示范市会员名册"], [], ["姓名", "身份证号", "所属工会代码", "会籍状态"], ["甲一", number(1), "99010101", "正常"],
                ["甲二", number(2), "", "正常"], ["甲三", number(3), "99010102", "正常"], [],
                ["甲四", number(4), "99010102", "正常"],
            ], merged: ["A1:D2", "C4:C7", "A8:B8"], in: city.folder, "merged.xlsx")
        let summary = try await city.importer().take(ImportJob(file: path, mapping: ImportMapping(.person)))
        #expect(summary.rows == 4 && summary.count(.new) == 4 && summary.issues.isEmpty)
        // What another program left hidden below the merged cell is not what the sheet shows.
        #expect(
            try await city.count(
                """
                SELECT COUNT(*) FROM membership m JOIN organization o ON o.id = m.organization WHERE o.code = '99010101'
                """) == 3)
        #expect(summary.remarks.contains { $0.zh.contains("1 处") })
    }

    @Test("Ranges behind more rows than are unpacked at once are found, wherever a piece ends")
    func mergedFarBehind() throws {
        let folder = try TestFolder()
        for padding in 0..<24 {
            let space = String(repeating: " ", count: (1 << 16) - padding)
            let rows = [("1", "A1", "7"), ("2", "B2", "1")].map {
                "<x:row r=\"\($0.0)\"><x:c r=\"\($0.1)\"><x:v>\($0.2)</x:v></x:c></x:row>"
            }.joined()
            let named = "<!-- &lt;mergeCells --><x:mergeCellsOfNone/>"
            let ranges = "<x:mergeCells count=\"1\"><x:mergeCell ref=\"A1:A2\"/></x:mergeCells><x:pageMargins/>"
            let path = folder.path + "/\(padding).xlsx"
            try pack(
                path,
                [
                    ("xl/workbook.xml", "<workbook><sheets><sheet name=\"会员\" sheetId=\"1\"/></sheets></workbook>"),
                    (
                        "xl/worksheets/sheet1.xml",
                        "<x:worksheet><x:sheetData>\(rows)</x:sheetData>\(named)\(space)\(ranges)</x:worksheet>"
                    ),
                ])
            let source = try XLSXReader(path: path)
            #expect(try source.next()?.cells == ["7"])
            #expect(try source.next()?.cells == ["7", "1"], "\(padding)")
            #expect(try source.next() == nil)
        }
    }

    @Test("An amount that is merged over rows may be one sum or one for each: it is read for neither")
    func mergedAmounts() async throws {
        let city = try TestCity()
        let households = try workbook(
            [["档案号", "困难类别", "家庭年收入"], ["K1", "深度困难", "12000"], ["K2", "深度困难", ""]], merged: ["B2:B3", "C2:C3"],
            in: city.folder, "h.xlsx")
        let summary = try await city.importer().take(ImportJob(file: households, mapping: ImportMapping(.household)))
        #expect(summary.count(.new) == 1 && summary.count(.refused) == 1)
        #expect(summary.issues.map(\.code) == ["MERGED_AMOUNT"] && summary.issues.first?.place == "会员!C3")
        let dues = try workbook(
            [
                ["统一社会信用代码", "实缴金额", "入库日期", "所属期"], ["81990101MC00000128", "100.00", "2026-03-15", "2026-03"],
                ["81990101MC00000128", "", "2026-03-15", "2026-03"],
            ], merged: ["B2:B3"], in: city.folder, "dues.xlsx")
        let read = try DuesFile.read(dues)
        #expect(read.lines.count == 1 && read.faults.map(\.place) == ["会员!B3"])
    }

    // MARK: doubts

    @Test("A membership without a union, a relation without a household file, a day of joining yet to come are told")
    func doubts() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let text = """
            姓名,身份证号,所属工会代码,会籍状态,入会日期,与户主关系
            甲一,\(number(1)),,正常,2020-01-01,
            甲二,\(number(2)),99010101,正常,2027-05-01,
            甲三,\(number(3)),,,,子女
            甲四,\(number(4)),,去世,,
            甲五,\(number(5)),99010101,,,
            """
        let summary = try await city.take(.person, text)
        func places(_ code: String) -> [String] { summary.issues.filter { $0.code == code }.map(\.place) }
        #expect(places("UNION_MISSING") == ["in.csv:2"])
        #expect(places("JOINED_FUTURE") == ["in.csv:3"])
        #expect(places("HOUSEHOLD_MISSING") == ["in.csv:4"])
        let told = summary.issues.first { $0.code == "UNION_MISSING" }?.message.zh
        #expect(told?.contains("会籍状态、入会日期") == true)
        #expect(summary.count(.refused) == 0)
    }

    @Test("Who has a household file already may be given another relation to its head without a word")
    func relations() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        try await city.take(.household, "档案号,困难类别\nK001,深度困难\n", "h.csv")
        let title = "姓名,身份证号,家庭档案号,与户主关系\n"
        try await city.take(.person, title + "张小,990101201112030119,K001,其他\n", "a.csv")
        let again = try await city.take(.person, title + "张小,990101201112030119,,子女\n", "b.csv")
        #expect(again.count(.changed) == 1 && again.issues.isEmpty)
    }

    @Test("A spreadsheet's number of a day is refused with the day that it may be")
    func serials() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let text = "姓名,身份证号,所属工会代码,入会日期\n甲一,\(number(1)),99010101,25169\n甲二,\(number(2)),99010101,昨天\n"
        let summary = try await city.take(.person, text)
        #expect(summary.issues.map(\.code) == ["DATE", "DATE"])
        #expect(summary.issues[0].message.zh.contains("1968-11-27"))
        #expect(!summary.issues[1].message.zh.contains("序号"))
    }

    // MARK: numbers of 15 digits

    private func short(_ number: String) -> String { String(number.prefix(6) + number.dropFirst(8).dropLast()) }

    private func people(_ city: TestCity) async throws -> [String] {
        try await city.texts("SELECT id_type || ' ' || name FROM person ORDER BY id")
    }

    @Test("The complete number of somebody registered with 15 digits completes it, and never the other way round")
    func completed() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let (title, full) = ("姓名,身份证号,手机号码,所属工会代码\n", number(5))
        func row(_ number: String) -> String { title + "曹某,\(number),13900002026,99010101\n" }
        let old = try await city.take(.person, row(short(full)), "old.csv")
        #expect(old.count(.new) == 1 && old.issues.map(\.code) == ["ID_15"])
        let checked = try await city.importer().check(try city.job(.person, row(full), "full.csv"))
        #expect(checked.count(.new) == 0 && checked.count(.changed) == 1)
        #expect(checked.changes.first?.cells.map(\.title.zh) == ["证件类型", "证件号码"])
        let taken = try await city.take(.person, row(full), "full.csv")
        #expect(taken.count(.changed) == 1)
        #expect(try await people(city) == ["resident_id 曹某"])
        let sealed = try #require(
            try await city.store.read { try $0.first("SELECT id, id_sealed FROM person") { ($0.int(0), $0.blob(1)) } })
        #expect(
            try PersonIdentifiers.open(sealed.1, table: "person", row: sealed.0, column: "id_sealed", city.crypto)
                == full)
        let again = try await city.take(.person, row(short(full)), "again.csv")
        #expect(again.count(.unchanged) == 1 && again.issues.isEmpty)
        #expect(try await people(city) == ["resident_id 曹某"])
        _ = try await city.importer().undo(try #require(taken.batch))
        #expect(try await people(city) == ["incomplete 曹某"])
    }

    @Test("Whether somebody has an old number is asked of the few who have one, by an index")
    func oldNumbersByIndex() async throws {
        let plan = try await TestCity().store.read { reader in
            try reader.all("EXPLAIN QUERY PLAN \(Planner.daysOfBirth) ($1, $2)", [.int(1), .int(2)]) { $0.text(3) }
        }
        #expect(
            plan.count == 1 && plan.allSatisfy { $0.hasPrefix("SEARCH person") && $0.contains("birth_date=?") },
            "\(plan)")
    }

    @Test("A head, a keeper and a record's person are found under either form of the number")
    func linksOfBothForms() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let people = "姓名,身份证号\n甲一,\(number(1))\n甲二,\(short(number(2)))\n"
        try await city.take(.person, people, "people.csv")
        let households = "档案号,困难类别,户主身份证号\nK1,深度困难,\(short(number(1)))\nK2,深度困难,\(number(2))\n"
        let taken = try await city.take(.household, households, "h.csv")
        #expect(taken.count(.new) == 2 && taken.issues.isEmpty, "\(taken.issues)")
        #expect(
            try await city.texts(
                "SELECT h.number || p.name FROM person p JOIN household h ON h.id = p.household ORDER BY h.number")
                == ["K1甲一", "K2甲二"])
        let keepers = "站点编号,站点名称,纬度,经度,坐标系,站长身份证号\nS1,人民路驿站,36.015616,106.246695,高德,\(short(number(1)))\n"
        let stations = try await city.take(.station, keepers, "s.csv")
        #expect(stations.count(.new) == 1 && stations.issues.isEmpty, "\(stations.issues)")
        #expect(
            try await city.texts("SELECT p.name FROM station s JOIN person p ON p.id = s.keeper") == ["甲一"])
        // In a record's key the two forms are one person.
        var record = RecordDefinition(
            key: ["member"], fields: [Field("member", .reference("member")), Field("score", .integer)])
        record.isImported = true
        for (number, score) in [(number(1), 1), (short(number(1)), 2)] {
            var job = try city.job(
                .record(plugin: "checks", record: "check"), "member,score\n\(number),\(score)\n", "r\(score).csv")
            job.record = record
            #expect(try await city.importer().take(job).count(score == 1 ? .new : .changed) == 1)
        }
        #expect(try await city.count("SELECT COUNT(*) FROM record") == 1)
        let none = try await city.take(.household, "档案号,困难类别,户主身份证号\nK3,深度困难,\(short(number(3)))\n", "n.csv")
        #expect(none.count(.refused) == 1 && none.issues.map(\.code) == ["PERSON_UNKNOWN"])
    }

    @Test(
        "Under another name it waits for a word; twice in a file it is refused; who was registered twice before is told"
    )
    func otherNames() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let (title, full) = ("姓名,身份证号,所属工会代码,确认\n", number(6))
        try await city.take(.person, title + "曹某,\(short(full)),99010101,\n", "a.csv")
        let other = try await city.take(.person, title + "曹甲,\(full),99010101,\n", "b.csv")
        #expect(other.count(.conflicting) == 1 && other.issues.map(\.code) == ["NAME_DIFFERS"])
        #expect(try await people(city) == ["incomplete 曹某"])
        let confirmed = try await city.take(.person, title + "曹甲,\(full),99010101,是\n", "c.csv")
        #expect(confirmed.count(.changed) == 1)
        #expect(try await people(city) == ["resident_id 曹甲"])
        let twice = number(7)
        let both = title + "丁某,\(twice),99010101,\n丁某,\(short(twice)),99010101,\n"
        let repeated = try await city.take(.person, both, "d.csv")
        #expect(repeated.count(.new) == 1 && repeated.issues.map(\.code).contains("REPEATED"))
        // As versions before this one left them.
        let mac = PersonIdentifiers.mac(idNumber: short(full), document: IdentityNumber.incomplete, city.crypto)
        try await city.store.write(.batch) { writer in
            try writer.execute(
                """
                INSERT INTO person (id, revision, valid_from, recorded_at, name, id_type, id_mac, birth_date)
                SELECT 1, 1, 0, 0, '曹甲', 'incomplete', $1, birth_date FROM person WHERE name = '曹甲'
                """, [.blob(mac)])
        }
        let told = try await city.take(.person, title + "曹甲,\(full),99010101,\n", "e.csv")
        #expect(told.count(.unchanged) == 1 && told.issues.map(\.code) == ["ID_TWICE"])
    }

    // MARK: what changes

    @Test("A check says who changes, and what from and to; names and numbers are masked")
    func changes() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        try await city.take(.person, PersonImportTests.people)
        let text = """
            姓名,身份证号,手机号码,所属工会代码,职业,会籍状态,退会日期
            张三,990101198506120016,13900009999,99010101,货车司机,退会,2024-09-01
            欧阳娜娜,99010119861001001X,13800001235,99010102,,正常,
            """
        let checked = try await city.importer().check(try city.job(.person, text, "c.csv"))
        let change = try #require(checked.changes.first)
        #expect(checked.changes.count == 1 && checked.changesFile == nil)
        #expect((change.place, change.who) == ("c.csv:2", "张*"))
        #expect(try await city.texts("SELECT name FROM person WHERE id = $1", [.id(ID<Person>(change.id))]) == ["张三"])
        let cells = Dictionary(uniqueKeysWithValues: change.cells.map { ($0.title.zh, "\($0.before) → \($0.after)") })
        #expect(
            cells == [
                "手机号码": "138****1234 → 139****9999", "职业": "快递员 → 货车司机", "会籍状态(99010101)": "正常 → 退会",
                "退会日期(99010101)": " → 2024-09-01",
            ])
        #expect(try await city.take(.person, text, "c.csv").changes.map(\.cells) == [change.cells])
    }

    @Test("Of many changes the first are told, and all are in a file")
    func allChanges() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        func rows(_ count: Int, _ occupation: String) -> String {
            "姓名,身份证号,职业\n" + (1...count).map { "甲某,\(number($0)),\(occupation)\n" }.joined()
        }
        try await city.take(.person, rows(25, "骑手"), "a.csv")
        func check(_ count: Int) async throws -> ImportSummary {
            var job = try city.job(.person, rows(count, "环卫工"), "b.csv")
            job.changesFile = city.folder.path + "/changes.csv"
            return try await city.importer().check(job)
        }
        #expect(try await check(ImportSummary.mostChanges).changesFile == nil)
        let many = try await check(25)
        #expect(many.changes.count == ImportSummary.mostChanges)
        let reader = try CSVReader(path: try #require(many.changesFile))
        var lines: [[String]] = []
        while let row = try reader.next() { lines.append(row.cells) }
        #expect(lines.count == 26)
        #expect(lines.last?.suffix(3) == ["职业", "外卖配送员", "环卫工人"])
    }
}
