import Foundation
import NiangjiaSQLite
import Testing

@testable import NiangjiaCore
@testable import NiangjiaServer

/// What members, clerks and auditors need after a decision: why, and the proof that it is still what was decided.
@Suite struct AuditorTests {
    /// A city whose summer cooling has been decided over everybody.
    private func decidedCity() async throws -> TestCity {
        let city = try await TestCity()
        try await city.importPeople()
        let decided = try await city.run(
            "program.decide", ["program": "summer-cooling-2026", "form": "package"], as: "office")
        #expect((decided.answer?["refused"].int ?? 0) > 0)
        return city
    }

    /// Somebody whom the run considered and gave nothing: no decision row names them.
    private func refused(_ city: TestCity) async throws -> (person: ID<Person>, line: Decisions.RunLine) {
        let people = try await city.host.store.read { reader in
            try reader.all(
                """
                SELECT id FROM person p WHERE NOT EXISTS
                (SELECT 1 FROM decision d WHERE d.subject_kind = 'person' AND d.subject = p.id) ORDER BY id LIMIT 50
                """
            ) { $0.id(0, Person.self) }
        }
        for person in people {
            let line = try await city.host.corridor.runLine(program: "summer-cooling-2026", person: person)
            if let line, line.row != nil { return (person, line) }
        }
        throw NiangjiaError(.notFound, zh: "没有不符合条件的人", en: "nobody was refused")
    }

    @Test("Who was refused in a batch is told why, by the rule and the thresholds of that run, and nobody else is")
    func refusedInABatch() async throws {
        let city = try await decidedCity()
        let (person, line) = try await refused(city)
        let arguments: Value = ["program": "summer-cooling-2026", "person": .text(person.text)]
        let told = try await city.run("decision.explain", arguments, as: "office")
        #expect(told.answer?["outcome"].text == "refused")
        #expect(told.answer?["reasons"].list?.first?["code"].text == line.outcome?.code)
        #expect(told.answer?["rule"].text == "assess.package")
        #expect(told.answer?["settings"]["value"].int == 5_000 || told.answer?["settings"]["value"].int == 4_000)
        #expect(told.answer?["facts"].map?.isEmpty == false)
        #expect(told.lines.contains { $0.contains("0.00 元") && $0.contains("value") }, "thresholds in yuan")
        #expect(!told.lines.contains { $0.contains("{") && $0.contains(":integer") })
        // The member behind it is told the same; another hears that there is nothing.
        _ = try await city.host.access.add(
            Account(id: "self", display: "self", roles: [RoleGrant(.member)], person: person),
            password: TestCity.password, by: "admin")
        let own = try await city.run("decision.explain", ["program": "summer-cooling-2026"], as: "self")
        #expect(own.answer?["reasons"] == told.answer?["reasons"])
        try await city.add("stranger", .member)
        #expect(
            await code { _ = try await city.run("decision.explain", arguments, as: "stranger") } == .notFound)
        try await city.host.close()
    }

    @Test("A reason without values leaves out the clause that needs one, or says …, without a second unit")
    func reasonsInGeneral() {
        for code in ["OVER_EACH_MAX", "TOO_FEW", "BUDGET_SHORT"] {
            let text = ReasonText.general(code, plugin: nil, stacking: nil)
            for words in [text.zh, text.en] {
                #expect(!words.isEmpty && !words.contains("{") && !words.contains("…元") && !words.contains("… yuan"))
            }
        }
    }

    @Test("Who was granted in a batch is told by their decision")
    func grantedInABatch() async throws {
        let city = try await decidedCity()
        let person = try await city.host.store.read { reader in
            try reader.first(
                "SELECT subject FROM decision WHERE subject_kind = 'person' AND state = 'standing' ORDER BY id"
            ) {
                $0.id(0, Person.self)
            }
        }
        let id = try #require(person).text
        let told = try await city.run(
            "decision.explain", ["program": "summer-cooling-2026", "person": .text(id)], as: "office")
        #expect(told.answer?["outcome"].text == "granted")
        #expect(told.answer?["id"].text?.hasPrefix("d-") == true)
        try await city.host.close()
    }

    @Test(
        "An audit finds a decision's amount, a reviewer and a role that were changed beside the host, and names the row",
        arguments: [
            (
                "UPDATE decision_terms SET amount = amount + 100 WHERE id = (SELECT MAX(id) FROM decision_terms)",
                "核定 d-"
            ),
            (
                "UPDATE decision_terms SET stacked = stacked + 100 WHERE id = (SELECT MAX(id) FROM decision_terms)",
                "核定 d-"
            ),
            ("DELETE FROM decision_pack WHERE id = (SELECT MIN(id) FROM decision_pack)", "核定"),
            (
                """
                UPDATE decision_pack SET cells = CAST(substr(cells, 1, 12)
                || CASE WHEN substr(cells, 13, 1) = x'00' THEN x'01' ELSE x'00' END || substr(cells, 14) AS BLOB)
                WHERE id = (SELECT MIN(id) FROM decision_pack)
                """, "核定 d-"
            ),
            ("UPDATE decision_pack SET last_subject = first_subject", "核定包"),
            ("UPDATE decision_pack SET layer = 9223372036854775807", "核定包"),
            ("UPDATE decision_pack SET last = id - 1", "核定包"),
            ("UPDATE decision_terms SET form = 'other', keeps = '{}'", "核定 d-"),
            ("UPDATE decision_terms SET last = last + 1000000000000", "核定条款"),
            ("UPDATE decision_series SET series = 'other'", "核定"),
            (
                """
                INSERT INTO decision_terms (id, last, program, series, plugin, form, subject_kind, on_date, decided_at, result,
                assessed, amount) VALUES (1, 2, 'p', 's', 'p', 'f', 'person', 0, 0, 'granted', 1, 1)
                """, "核定条款"
            ),
            (
                """
                INSERT INTO decision_row (id, terms, series_id, subject, ordinal, state)
                SELECT 7, id, 1, 1, 99, 'standing' FROM decision_terms LIMIT 1
                """, "核定"
            ),
            ("UPDATE decision_pack SET first_household = 0, last_household = 0", "核定包"),
            ("UPDATE case_step SET actor = 'somebody' WHERE n = 1", "申请 c-"),
            ("DELETE FROM case_step", "申请 c-"),
            ("UPDATE account SET roles = '[\"system_admin\",\"program_admin\"]' WHERE id = 'office'", "账号 office"),
            ("UPDATE account SET state = 'disabled' WHERE id = 'chief'", "账号 chief"),
        ])
    func changesBesideTheHost(sql: String, named: String) async throws {
        let city = try await decidedCity()
        let unit = try await city.host.store.read { reader in
            try reader.first("SELECT code FROM organization WHERE level = 'basic' ORDER BY code") { $0.text(0) }
        }
        let filed = try await city.run(
            "case.submit",
            [
                "program": "summer-cooling-2026", "form": "site_visit", "unit": .text(unit ?? ""), "channel": "clerk",
                "fields": ["unit": .text(unit ?? ""), "headcount": 20],
            ], as: "office")
        #expect(filed.answer?["case"].text != nil)
        let whole = try await city.run("audit.verify", [:], as: nil)
        #expect(whole.answer?["ok"].bool == true, "\(whole.lines)")
        #expect((whole.answer?["covers"]["decisions"].int ?? 0) > 0)
        #expect((whole.answer?["covers"]["case_steps"].int ?? 0) > 0)
        #expect(whole.lines.contains { $0.contains("不包括") })
        try await city.host.store.write(.interactive) { try $0.execute(sql, []) }
        let broken = try await city.run("audit.verify", [:], as: nil)
        #expect(broken.answer?["ok"].bool == false)
        #expect(broken.lines.contains { $0.contains(named) }, "\(broken.lines)")
        try await city.host.close()
    }

    @Test(
        "A row of a batch changed in a copy is found offline with the printed head, and named; the untouched copy is whole"
    )
    func rowsOfACopy() async throws {
        let city = try await decidedCity()
        let head = try #require(try await city.host.store.read { try Chain.head(in: $0) }).printed
        let file = city.temporary.file("copy.sqlite")
        _ = try await city.run("backup", ["file": .text(file)], as: nil)
        try await city.host.close()
        let crypto = city.host.crypto
        func verify() async throws -> AuditReport {
            let copy = try SQLiteStore.open(path: file, migrations: NiangjiaSchema.migrations)
            let report = try await copy.read {
                try Audit.verify(in: $0, crypto: crypto, against: [try #require(ChainHead(printed: head))])
            }
            try await copy.close()
            return report
        }
        let whole = try await verify()
        #expect(whole.isSound && whole.sealed.count > 100, "\(whole.faults.map(\.zh))")
        let copy = try SQLiteStore.open(path: file, migrations: NiangjiaSchema.migrations)
        try await copy.write(.interactive) {
            try $0.execute("UPDATE fund_line SET amount = amount + 1 WHERE id = 'cooling-2026'", [])
            try $0.execute("UPDATE bundle_member SET path = 'x' WHERE path = 'config/funds.yaml'", [])
            // What a correction or a revocation would have left of decisions.
            let id = try #require(try $0.integer("SELECT MIN(id) FROM decision"))
            try DecisionRows.unpack(ID(rawValue: id), in: $0)
            try $0.execute("UPDATE decision_row SET kept = 1 WHERE id = (SELECT MIN(id) FROM decision_row)", [])
            try $0.execute(
                "UPDATE decision_row SET state = 'reversed' WHERE id = (SELECT MAX(id) FROM decision_row)", [])
        }
        try await copy.close()
        let words = try await verify().faults.map(\.zh)
        #expect(words.contains { $0.contains("预算项目 cooling-2026 与封存的内容不符(表 fund_line,最后封存于第") }, "\(words)")
        let decisions = words.filter { $0.contains("核定 d-") && $0.contains("与封存的内容不符(表 decision_row)") }
        #expect(decisions.count == 2, "\(words)")
        #expect(words.contains { $0.contains("配置文件") && $0.contains("缺失") }, "\(words)")
        #expect(words.contains { $0.contains("配置文件") && $0.contains("不是本系统写入的") }, "\(words)")
    }

    @Test("A backup is a whole store with the same chain, lies outside the city's folder, and writes over nothing")
    func backup() async throws {
        let city = try await TestCity()
        let file = city.temporary.file("copy.sqlite")
        let made = try await city.run("backup", ["file": .text(file)], as: nil)
        #expect(made.answer?["sm3"].text?.count == 64)
        let copy = try SQLiteStore.open(path: file, migrations: NiangjiaSchema.migrations)
        let head = try await copy.read { try Chain.head(in: $0) }
        #expect(head?.printed == made.answer?["head"].text)
        let crypto = city.host.crypto
        #expect(try await copy.read { try Audit.verify(in: $0, crypto: crypto).isSound })
        try await copy.close()
        #expect(await code { _ = try await city.run("backup", ["file": .text(file)], as: nil) } == .conflict)
        for name in ["store/copy.sqlite", "copy.sqlite"] {
            let inside = "\(city.folder.path)/\(name)"
            #expect(await code { _ = try await city.run("backup", ["file": .text(inside)], as: nil) } == .invalid)
            #expect(!FileManager.default.fileExists(atPath: inside))
        }
        try await city.host.close()
    }

    @Test("A store whose books were edited has no backup: the copy lies aside, and what is wrong is said")
    func backupOfEdited() async throws {
        let city = try await TestCity()
        let file = city.temporary.file("copy.sqlite")
        try await city.host.store.write(.interactive) {
            try $0.execute("UPDATE account SET state = 'disabled' WHERE id = 'chief'", [])
        }
        do {
            _ = try await city.run("backup", ["file": .text(file)], as: nil)
            Issue.record("an edited store was backed up")
        } catch let error as NiangjiaError {
            #expect(error.code == .store && error.place == file)
            #expect(error.message.zh.contains("账号 chief"), "\(error.message.zh)")
        }
        #expect(!FileManager.default.fileExists(atPath: file))
        #expect(FileManager.default.fileExists(atPath: file + ".damaged"))
        #expect(await code { _ = try await city.run("backup", ["file": .text(file)], as: nil) } == .conflict)
        try await city.host.close()
    }

    @Test("Rows to mend go into a workbook of their own each time; an unchanged file offers no undo")
    func mendFiles() async throws {
        let city = try await TestCity()
        let path = city.temporary.file("unions.csv")
        try Data("工会代码,工会名称,上级代码,层级\n990100,示范市总工会,,市级\n990199,某工会,123,区县\n".utf8)
            .write(to: URL(fileURLWithPath: path))
        func take(_ mend: String? = nil) async throws -> CollectingSink {
            try await city.run(
                "register.import",
                ["kind": "organization", "file": .text(path), "mend": mend.map { .text($0) } ?? .null], as: "office")
        }
        let first = try await take()
        #expect(first.answer?["result_file"].text?.hasSuffix("/unions-待更正.xlsx") == true)
        #expect(first.lines.contains { $0.contains("import undo") })
        let second = try await take()
        #expect(second.answer?["result_file"].text?.hasSuffix("/unions-待更正-2.xlsx") == true)
        #expect(!second.lines.contains { $0.contains("import undo") })
        #expect(try await take("csv").answer?["result_file"].text?.hasSuffix("/unions-待更正.csv") == true)
        #expect(await code { _ = try await take("pdf") } == .invalid)
        // What a killed host left is cleared by the next import; one that fails leaves nothing.
        let exports = city.folder.exports
        try Data().write(to: URL(fileURLWithPath: exports + "/.mend-1-00000000-00000000.xlsx"))
        _ = try await take()
        await #expect(throws: NiangjiaError.self) {
            try await city.run(
                "register.import", ["kind": "organization", "file": .text(path + ".none")], as: "office")
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: exports)
        #expect(!names.contains { $0.hasPrefix(".mend-") }, "\(names)")
        for name in names where name.hasSuffix(".xlsx") {
            #expect(FileManager.default.contents(atPath: "\(exports)/\(name)")?.isEmpty == false, "\(name)")
        }
        try await city.host.close()
    }
}
