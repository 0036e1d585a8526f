import Testing

@testable import NiangjiaCore
@testable import NiangjiaExchange

@Suite("Undoing imports") struct UndoTests {
    private static let zhang = "990101198506120016"
    private static let li = "990101199003070023"

    /// Takes a file of people that is true from a day on.
    private func take(
        _ text: String, from day: String? = nil, batch: String? = nil, key: [String] = [], in city: TestCity
    ) async throws -> ImportSummary {
        var mapping = ImportMapping(.person)
        mapping.validFrom = day.flatMap { CivilDate($0) }
        mapping.key = key
        var job = ImportJob(file: try city.folder.file("people.csv", text), mapping: mapping)
        job.batch = batch
        // The same file again is another delivery, unless it has a name.
        job.source = batch == nil ? "\(city.clock.now())" : "file"
        return try await city.importer().take(job)
    }

    private func undo(_ taken: ImportSummary, in city: TestCity) async throws -> UndoSummary {
        try await city.importer().undo(try #require(taken.batch))
    }

    private func occupation(_ city: TestCity) async throws -> [String] {
        try await city.texts("SELECT occupation FROM person ORDER BY id")
    }

    // MARK: past days

    /// What the register says today of a person's occupation, and of their union, on a past day.
    private func past(_ day: String, in city: TestCity) async throws -> (occupation: SQLValue?, isMember: Bool) {
        try await city.store.read { reader in
            var versions = RegisterVersions(on: try #require(CivilDate(day)), in: reader)
            let person = try #require(try reader.integer("SELECT id FROM person ORDER BY id LIMIT 1"))
            let version = try versions.version(PeopleSchema.person, of: person)
            return (
                version.map { versions.value("occupation", $0, PeopleSchema.person) },
                try versions.membership(of: person) != nil
            )
        }
    }

    @Test("What an undone import said of a past day never was true")
    func pastDays() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let title = "姓名,身份证号,职业\n"
        _ = try await take(title + "张三,\(Self.zhang),快递员\n", from: "2024-09-01", in: city)
        let back = try await take(title + "张三,\(Self.zhang),货车司机\n", from: "2024-06-01", in: city)
        #expect(try await past("2024-07-01", in: city).occupation == .text("truck_driver"))
        #expect(try await undo(back, in: city).restored == 1)
        #expect(try await past("2024-07-01", in: city).occupation == nil)
        #expect(try await past("2024-09-01", in: city).occupation == .text("courier"))
        // What was learned afterwards leaves it so.
        _ = try await take(title + "张三,\(Self.zhang),环卫工\n", from: "2024-10-01", in: city)
        #expect(try await past("2024-07-01", in: city).occupation == nil)
        #expect(try await past("2024-09-15", in: city).occupation == .text("courier"))
        #expect(try await city.count("SELECT COUNT(*) FROM register_history WHERE is_undone = 1") == 1)
    }

    @Test("A membership that was undone and made again begins with the second time, and is undone again")
    func pastMemberships() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        _ = try await take("姓名,身份证号\n张三,\(Self.zhang)\n", from: "2024-01-01", in: city)
        let title = "姓名,身份证号,所属工会代码\n"
        let first = try await take(title + "张三,\(Self.zhang),99010101\n", from: "2024-06-01", in: city)
        #expect(try await past("2024-07-01", in: city).isMember)
        _ = try await undo(first, in: city)
        #expect(try await !past("2024-07-01", in: city).isMember)
        let second = try await take(title + "张三,\(Self.zhang),99010101\n", from: "2024-09-01", in: city)
        #expect(try await !past("2024-07-01", in: city).isMember)
        #expect(try await past("2024-09-01", in: city).isMember)
        #expect(try await city.count("SELECT revision FROM membership") == 2)
        #expect(try await undo(second, in: city).isComplete)
        #expect(try await city.count("SELECT COUNT(*) FROM membership") == 0)
        #expect(try await !past("2024-09-01", in: city).isMember)
    }

    @Test("A record goes as an action removes one: its row stays for whoever names it, and never stood")
    func records() async throws {
        let city = try TestCity()
        var record = RecordDefinition(key: ["code"], fields: [Field("code", .string), Field("name", .string)])
        record.isImported = true
        let definition = record
        func take(_ text: String, _ day: String) async throws -> ImportSummary {
            var mapping = ImportMapping(.record(plugin: "projects", record: "project"))
            mapping.validFrom = CivilDate(day)
            var job = ImportJob(file: try city.folder.file("r.csv", "code,name\n" + text), mapping: mapping)
            job.record = definition
            job.source = day
            return try await city.importer().take(job)
        }
        func standing(_ day: String) async throws -> [String] {
            try await city.store.read { reader in
                let date = try #require(CivilDate(day))
                return try RecordRows.standing(plugin: "projects", kind: "project", on: date, in: reader)
                    .compactMap { $0.body["name"]?.text }
            }
        }
        let first = try await take("A1,高铁\nA2,隧道\n", "2024-06-01")
        #expect(try await standing("2024-07-01") == ["高铁", "隧道"])
        let used = try await city.count("SELECT id FROM record WHERE body LIKE '%隧道%'")
        try await city.store.write(.batch) { writer in
            try writer.execute(
                "INSERT INTO case_line (case_id, line, subject_kind, subject) VALUES (1, 0, 'record', $1)",
                [.int(used)])
        }
        let undone = try await undo(first, in: city)
        #expect(undone.removed == 1)
        #expect(undone.kept.map(\.reason.zh) == ["已被 1 条申请使用"])
        #expect(try await standing("2024-07-01") == ["隧道"])
        #expect(try await city.texts("SELECT state FROM record ORDER BY id") == ["removed", "standing"])
        // Who comes back has the same row.
        #expect(try await take("A1,高铁\n", "2024-08-01").count(.changed) == 1)
        #expect(try await standing("2024-07-01") == ["隧道"])
        #expect(try await standing("2024-08-01") == ["高铁", "隧道"])
        #expect(try await city.count("SELECT COUNT(*) FROM record") == 2)
    }

    // MARK: several imports of the same rows

    @Test("Once what a later import changed is undone, the earlier one can be undone too")
    func laterThenEarlier() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        _ = try await take("姓名,身份证号,职业\n张三,\(Self.zhang),快递员\n", in: city)
        let first = try await take("姓名,身份证号,职业\n张三,\(Self.zhang),骑手\n", in: city)
        let second = try await take("姓名,身份证号,手机号\n张三,\(Self.zhang),13900009999\n", in: city)
        #expect(try await undo(first, in: city).kept.map(\.reason.zh) == ["此后已被修改"])
        #expect(try await undo(second, in: city).isComplete)
        #expect(try await city.count("SELECT COUNT(*) FROM person WHERE mobile_mac IS NULL") == 1)
        let third = try await take("姓名,身份证号,职业\n张三,\(Self.zhang),货车司机\n", in: city)
        #expect(try await undo(first, in: city).keptCount == 1)
        #expect(try await undo(third, in: city).isComplete)
        #expect(try await undo(first, in: city).isComplete)
        #expect(try await occupation(city) == ["courier"])
    }

    @Test("A delivery that is taken again behind somebody else's change doesn't take that back with its own")
    func takenAgainBehindAnother() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        _ = try await take("姓名,身份证号,职业\n张三,\(Self.zhang),快递员\n", in: city)
        let title = "姓名,身份证号,职业\n"
        _ = try await take(title + "张三,\(Self.zhang),骑手\n", batch: "7", in: city)
        _ = try await take("姓名,身份证号,手机号\n张三,\(Self.zhang),13900009999\n", in: city)
        let again = try await take(title + "张三,\(Self.zhang),货车司机\n", batch: "7", in: city)
        #expect(again.count(.changed) == 1)
        #expect(try await undo(again, in: city).kept.map(\.reason.zh) == ["此后已被修改"])
        #expect(try await city.count("SELECT COUNT(*) FROM person WHERE mobile_mac IS NOT NULL") == 1)
        #expect(try await occupation(city) == ["truck_driver"])
    }

    @Test("Rows of one file about the same person are undone together, in whatever order their keys come")
    func twiceInOneFile() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let words = ["快递员", "骑手", "货车司机", "环卫工", "家政服务员"]
        let rows = words.map { "张三,\(Self.zhang),\($0)\n" }.joined()
        let taken = try await take("姓名,身份证号,职业\n" + rows, key: ["occupation"], in: city)
        #expect((taken.count(.new), taken.count(.changed)) == (1, words.count - 1))
        let undone = try await undo(taken, in: city)
        #expect(undone.isComplete && undone.removed == 1 && undone.restored == words.count - 1)
        #expect(try await city.count("SELECT COUNT(*) FROM person") == 0)
    }

    @Test(
        "A death is undone whole or not at all, whichever of its rows has been changed since",
        arguments: [("手机号", "13900009999"), ("所属工会代码,会员证号", "99010101,A7")])
    func deaths(columns: String, cells: String) async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let standing = """
            SELECT p.status || ' ' || m.status FROM person p JOIN membership m ON m.person = p.id
            """
        _ = try await take("姓名,身份证号,所属工会代码\n张三,\(Self.zhang),99010101\n", in: city)
        let died = try await take("姓名,身份证号,会籍状态\n张三,\(Self.zhang),去世\n", in: city)
        let later = try await take("姓名,身份证号,\(columns)\n张三,\(Self.zhang),\(cells)\n", in: city)
        #expect(later.count(.changed) == 1)
        let kept = try await undo(died, in: city)
        #expect(kept.restored == 0 && kept.kept.map(\.reason.zh) == ["此后已被修改", "此后已被修改"])
        #expect(try await city.texts(standing) == ["deceased deceased"])
        #expect(try await undo(later, in: city).isComplete)
        let undone = try await undo(died, in: city)
        #expect(undone.isComplete && undone.restored == 2)
        #expect(try await city.texts(standing) == ["active active"])
    }

    @Test("Who was entered with a new membership stays as entered once that has been changed by somebody else")
    func newMemberships() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let standing = """
            SELECT p.status || ' ' || m.status || ' ' || COALESCE(m.number, '-') \
            FROM person p JOIN membership m ON m.person = p.id ORDER BY m.organization
            """
        _ = try await take("姓名,身份证号,所属工会代码,会籍状态\n张三,\(Self.zhang),99010101,去世\n", in: city)
        let before = try await city.texts(standing)
        let title = "姓名,身份证号,所属工会代码,会籍状态,确认\n"
        let back = try await take(title + "张三,\(Self.zhang),99010102,正常,是\n", in: city)
        let alive = try await city.texts(standing)
        #expect(alive.count == 2 && alive.contains("active active -"))
        let later = try await take("姓名,身份证号,所属工会代码,会员证号\n张三,\(Self.zhang),99010102,A7\n", in: city)
        #expect(later.count(.changed) == 1)
        // Taken back without their membership, they would be a member who has died.
        let changed = try await city.texts(standing)
        let kept = try await undo(back, in: city)
        #expect(kept.restored + kept.removed == 0 && Set(kept.kept.map(\.reason.zh)) == ["此后已被修改"])
        #expect(try await city.texts(standing) == changed)
        #expect(try await undo(later, in: city).isComplete)
        #expect(try await undo(back, in: city).isComplete)
        #expect(try await city.texts(standing) == before)
    }

    @Test("Household files go with the word that somebody is their head, in one undoing")
    func households() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        _ = try await take("姓名,身份证号\n张三,\(Self.zhang)\n李四,\(Self.li)\n", in: city)
        let title = "档案号,困难类别,户主身份证号,家庭人口,所属工会代码\n"
        let rows = "K1,深度困难,\(Self.zhang),3,99010101\nK2,相对困难,\(Self.li),2,99010101\n"
        let taken = try await city.take(.household, title + rows, "h.csv")
        #expect(taken.count(.new) == 2)
        let undone = try await undo(taken, in: city)
        #expect(undone.isComplete && undone.removed == 2 && undone.restored == 2, "\(undone.kept)")
        #expect(try await city.count("SELECT COUNT(*) FROM person WHERE household IS NULL") == 2)
    }

    @Test("Facilities that a list took away or added come back as they were, broken ones broken")
    func facilities() async throws {
        let city = try TestCity()
        let title = "站点编号,站点名称,纬度,经度,坐标系,设施\n"
        func take(_ facilities: String, _ name: String) async throws -> ImportSummary {
            try await city.take(.station, title + "S1,人民路驿站,36.015616,106.246695,高德,\(facilities)\n", name)
        }
        let first = try await take("饮水机、微波炉、空调", "1.csv")
        try await city.store.write(.batch) { writer in
            try writer.execute("UPDATE station_facility SET state = 'broken' WHERE code = 'aircon'", [])
        }
        let states = "SELECT code || ' ' || state FROM station_facility WHERE state <> 'removed' ORDER BY code"
        let before = try await city.texts(states)
        let second = try await take("饮水机、雨伞", "2.csv")
        #expect(second.count(.changed) == 1)
        #expect(try await city.texts(states) != before)
        #expect(try await undo(second, in: city).isComplete)
        #expect(try await city.texts(states) == before)
        #expect(try await undo(first, in: city).isComplete)
        #expect(try await city.count("SELECT COUNT(*) FROM station_facility") == 0)
    }

    // MARK: what has been done with it since

    @Test("A union that comes back as it was lies where what is above it lies by now")
    func movedAbove() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let title = "工会代码,工会名称,上级代码,层级\n"
        try await city.take(.organization, title + "990102,示范县总工会,990100,区县\n", "above.csv")
        let named = try await city.take(.organization, title + "99010101,改名工会,990101,基层\n", "named.csv")
        try await city.take(.organization, title + "990101,示范区总工会,990102,区县\n", "moved.csv")
        #expect(try await undo(named, in: city).restored == 1)
        let now = "SELECT name || ' ' || path FROM organization WHERE code = '99010101'"
        #expect(try await city.texts(now) == ["示范快递工会 990100/990102/990101/99010101/"])
    }

    @Test("A union stays that an account, a transfer or a budget line names")
    func namedElsewhere() async throws {
        let city = try TestCity()
        let taken = try await city.take(.organization, "工会代码,工会名称,上级代码,层级\n990100,示范市总工会,,市级\n")
        let union = try await city.count("SELECT id FROM organization")
        try await city.store.write(.batch) { writer in
            try writer.execute(
                """
                INSERT INTO account (id, display, roles, scope, password_sealed, created_at, created_by)
                VALUES ('unit', 'unit', '[]', $1, x'00', 0, 'admin')
                """, [.int(union)])
        }
        #expect(try await undo(taken, in: city).kept.map(\.reason.zh) == ["已被 1 条账号使用"])
        try await city.store.write(.batch) { try $0.execute("DELETE FROM account", []) }
        #expect(try await undo(taken, in: city).isComplete)
    }

    @Test("Whether an application names what an import made is found by an index")
    func usesByIndex() async throws {
        let city = try TestCity()
        for (register, uses) in RegisterUses.indexed {
            for (name, condition) in uses where name == "case_file" {
                let plan = try await city.store.read { reader in
                    try reader.all("EXPLAIN QUERY PLAN SELECT COUNT(*) FROM \(name) WHERE \(condition)", [.int(1)]) {
                        $0.text(3)
                    }
                }
                #expect(plan.allSatisfy { $0.hasPrefix("SEARCH") }, "\(register): \(plan)")
            }
        }
    }

    // MARK: at the same time

    @Test("Two undoings at once take each row back once, and one of them says how it ended")
    func twoAtOnce() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let rows = (0..<1_500).map { "测试员,\(number($0)),99010101\n" }.joined()
        let taken = try await take("姓名,身份证号,所属工会代码\n" + rows, in: city)
        let batch = try #require(taken.batch)
        let (one, other) = (city.importer(), city.importer())
        async let first = try? one.undo(batch)
        async let second = try? other.undo(batch)
        let ended = await [first, second].compactMap { $0 }
        #expect(ended.count == 1)
        #expect(try await city.count("SELECT COUNT(*) FROM person") == 0)
        #expect(try await city.count("SELECT COUNT(*) FROM chain_event WHERE kind = 'import.undone'") == 1)
        #expect(
            try await city.texts("SELECT state FROM import_batch WHERE kind = 'person' AND batch LIKE '%#undone-%'")
                == ["undone"])
    }

    @Test("An undoing that begins stops the taking of the same file, and nothing of it is left")
    func stopsTheTaking() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let rows = (0..<20_000).map { "测试员,\(number($0)),99010101\n" }.joined()
        let file = try city.folder.file("many.csv", "姓名,身份证号,所属工会代码\n" + rows)
        var job = ImportJob(file: file, mapping: ImportMapping(.person))
        job.batchRows = 200
        let (importer, waiting) = (city.importer(), job)
        let taking = Task { try await importer.take(waiting) }
        var begun: ID<ImportBatch>?
        while begun == nil {
            begun = try await city.store.read { reader in
                try reader.first("SELECT id FROM import_batch WHERE kind = 'person' AND rows_done > 0") { $0.id(0) }
            }
        }
        let undone = try await city.importer().undo(try #require(begun))
        #expect(undone.isComplete)
        if case .failure(let error) = await taking.result { #expect((error as? NiangjiaError)?.code == .conflict) }
        #expect(try await city.count("SELECT COUNT(*) FROM person") == 0)
        #expect(try await city.texts("SELECT state FROM import_batch WHERE kind = 'person'") == ["undone"])
    }

    @Test("A delivery whose undoing was killed isn't taken before the undoing is done")
    func notWhileUndoing() async throws {
        let city = try TestCity()
        try await city.take(.organization, TestCity.unions)
        let text = "姓名,身份证号\n张三,\(Self.zhang)\n"
        let taken = try await take(text, batch: "7", in: city)
        try await city.store.write(.batch) { writer in
            try writer.execute("UPDATE import_batch SET state = 'undoing' WHERE kind = 'person'", [])
        }
        let error = await #expect(throws: NiangjiaError.self) { try await take(text, batch: "7", in: city) }
        #expect(error?.code == .conflict)
        #expect(try await undo(taken, in: city).removed == 1)
        #expect(try await take(text, batch: "7", in: city).count(.new) == 1)
    }
}
