import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// A county enters somebody whom another county has (decision 0069).
@Suite("An import doesn't tell a county who belongs elsewhere: the city decides", .serialized) struct TransferTests {
    private struct Counties {
        var city: TestCity
        /// Somebody of 990102.
        var person: ID<Person>
        var number: String
        var name: String
        /// A union below 990101, zhao's; and theirs below 990102, qian's.
        var union: String
        var former: String
    }

    /// - Parameter exposure: How the person works, where that matters.
    private func counties(_ city: TestCity? = nil, exposure: String = "%") async throws -> Counties {
        let city = if let city { city } else { try await TestCity() }
        try await city.importPeople()
        for (id, code) in [("zhao", "990101"), ("qian", "990102")] {
            let scope = try await city.host.store.read { try Lookup.anyOrganization(code, in: $0) }
            _ = try await city.host.access.add(
                Account(id: id, display: id, roles: [RoleGrant(.clerk)], scope: scope), password: TestCity.password,
                by: "admin")
        }
        let crypto = city.host.crypto
        let found = try await city.host.store.read { reader in
            try reader.first(
                """
                SELECT p.id, p.id_sealed, p.name, o.code FROM person p JOIN membership m ON m.person = p.id
                AND m.is_primary = 1 AND m.status = 'active' JOIN organization o ON o.id = m.organization
                WHERE o.path LIKE '990100/990102/%' AND p.id_type = 'resident_id' AND p.exposure LIKE $1
                ORDER BY p.id LIMIT 1
                """, [.text(exposure)]
            ) { row in
                let id = row.id(0, Person.self)
                let number = try PersonIdentifiers.open(
                    row.blob(1), table: "person", row: id.rawValue, column: "id_sealed", crypto)
                return (id, number, row.text(2), row.text(3))
            }
        }
        let (person, number, name, former) = try #require(found)
        let union = try await city.host.store.read { reader in
            try reader.first(
                "SELECT code FROM organization WHERE path LIKE '990100/990101/%' AND level = 'basic' ORDER BY code", []
            ) { $0.text(0) }
        }
        return Counties(
            city: city, person: person, number: number, name: name, union: try #require(union), former: former)
    }

    /// A number that nobody has, with the check digit that it must have.
    private func unknown() -> String {
        let digits = Array("99010119830517998").compactMap(\.wholeNumberValue)
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
        return digits.map(String.init).joined()
            + String(Array("10X98765432")[zip(digits, weights).reduce(0) { $0 + $1.0 * $1.1 } % 11])
    }

    private func file(_ here: Counties, _ number: String, in folder: String, called name: String = "欧阳示例") throws
        -> Value
    {
        let path = here.city.temporary.file(folder)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let text = "姓名,身份证号,所属工会代码,入会日期\n\(name),\(number),\(here.union),2026-07-01\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/people.csv"))
        return .text(path + "/people.csv")
    }

    /// What an import answers, but for ids.
    private func told(_ sink: CollectingSink) -> (answer: Value, lines: [String]) {
        var members = sink.answer?.map ?? [:]
        let id = members["import"]?.text ?? "-"
        members["import"] = nil
        return (.map(members), sink.lines.map { $0.replacing(id, with: "*") })
    }

    @Test("Check, taking and undoing answer of somebody elsewhere as of somebody whom nobody has heard of")
    func alike() async throws {
        let here = try await counties()
        let city = here.city
        var answers: [[(answer: Value, lines: [String])]] = []
        for (number, folder) in [(here.number, "one"), (unknown(), "two")] {
            let arguments: Value = ["kind": "person", "file": try file(here, number, in: folder)]
            guard case .map(var checking) = arguments else { continue }
            checking["check"] = true
            let check = try await city.run("register.import", .map(checking), as: "zhao")
            let taken = try await city.run("register.import", arguments, as: "zhao")
            let again = try await city.run("register.import", arguments, as: "zhao")
            let id = try #require(taken.answer?["import"])
            let undone = try await city.run("import.undo", ["import": id], as: "zhao")
            #expect(check.answer?["new"] == 1 && taken.answer?["new"] == 1 && again.answer?["unchanged"] == 1)
            #expect(undone.answer?["removed"] == 1 && undone.answer?["state"] == "undone", "\(undone.lines)")
            answers.append([told(check), told(taken), told(again), told(undone)])
        }
        for (elsewhere, nobody) in zip(answers[0], answers[1]) {
            #expect(elsewhere.answer == nobody.answer && elsewhere.lines == nobody.lines, "\(elsewhere.lines)")
        }
        #expect(try await city.run("transfer.list", [:], as: "office").answer?.list?.isEmpty == true)
        // Nor does the head of a household, or a keeper, that a file names.
        var heads: [[String]] = []
        for (n, number) in [here.number, unknown()].enumerated() {
            let path = city.temporary.file("h\(n).csv")
            try Data("档案号,困难类别,户主身份证号,家庭人口,所属工会代码\nZ\(n),深度困难,\(number),3,\(here.union)\n".utf8).write(
                to: URL(fileURLWithPath: path))
            let sink = try await city.run(
                "register.import", ["kind": "household", "file": .text(path), "check": true], as: "zhao")
            heads.append((sink.answer?["issues"].list ?? []).map { $0["code"].text ?? "" })
        }
        #expect(heads[0] == ["PERSON_UNKNOWN"] && heads[0] == heads[1])
        try await city.host.close()
    }

    @Test("A death that another county tells is one, once the city has said so")
    func death() async throws {
        let here = try await counties()
        let city = here.city
        let path = city.temporary.file("died.csv")
        let text = "姓名,身份证号,所属工会代码,会籍状态,去世日期\n\(here.name),\(here.number),\(here.union),去世,2026-07-02\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        _ = try await city.run("register.import", ["kind": "person", "file": .text(path)], as: "zhao")
        func stands() async throws -> [String] {
            try await city.host.store.read { reader in
                try reader.all(
                    """
                    SELECT p.status || ' ' || COALESCE(p.died_on = m.left_on, 0) || ' ' || m.status
                    FROM person p JOIN membership m ON m.person = p.id WHERE p.id = $1
                    """, [.id(here.person)]
                ) { $0.text(0) }
            }
        }
        #expect(try await stands() == ["active 0 active"])
        let waiting = try #require(try await city.run("transfer.list", [:], as: "office").answer?.list)
        let id = try #require(waiting.first?["transfer"])
        _ = try await city.run("transfer.decide", ["transfer": id, "accept": true, "reason": "已核实"], as: "office")
        #expect(try await stands() == ["deceased 1 deceased"])
        try await city.host.close()
    }

    @Test("The city is told, and decides: the person moves, and nothing else of the row is taken over")
    func decided() async throws {
        let here = try await counties()
        let city = here.city
        func union() async throws -> String? {
            try await city.host.store.read { reader in
                try reader.first(
                    """
                    SELECT o.code FROM membership m JOIN organization o ON o.id = m.organization
                    WHERE m.person = $1 AND m.is_primary = 1 AND m.status = 'active'
                    """, [.id(here.person)]
                ) { $0.text(0) }
            }
        }
        let before = try await union()
        for folder in ["one", "two"] {
            let file = try file(here, here.number, in: folder)
            _ = try await city.run(
                "register.import", ["kind": "person", "file": file, "batch": .text(folder)], as: "zhao")
        }
        #expect(try await union() == before)
        #expect(await code { _ = try await city.run("transfer.list", [:], as: "zhao") } == .forbidden)
        // What was asked twice waits once.
        let waiting = try #require(try await city.run("transfer.list", [:], as: "office").answer?.list)
        #expect(waiting.count == 1 && waiting[0]["from"].text == before && waiting[0]["to"].text == here.union)
        #expect(waiting[0]["same_name"] == false && waiting[0]["by"] == "zhao")
        #expect(!waiting[0].json.contains(here.name))
        let id = waiting[0]["transfer"]
        #expect(
            await code { _ = try await city.run("transfer.decide", ["transfer": id, "reason": "核实"], as: "office") }
                == .invalid)
        _ = try await city.run(
            "transfer.decide", ["transfer": id, "accept": true, "reason": "已与原工会核实"], as: "office")
        #expect(try await union() == here.union)
        #expect(
            await code {
                _ = try await city.run(
                    "transfer.decide", ["transfer": id, "accept": false, "reason": "核实"], as: "office")
            } == .conflict)
        let name = try await city.host.store.read { reader in
            try reader.first("SELECT name FROM person WHERE id = $1", [.id(here.person)]) { $0.text(0) }
        }
        #expect(name == here.name)
        let seen = try await city.run("person.find", ["text": .text(here.number)], as: "zhao").answer?.list
        #expect(seen?.count == 1)
        #expect(try await city.run("audit.verify", [:], as: nil).answer?["ok"] != false)
        try await city.host.close()
    }

    @Test("Who comes back by a transfer keeps no day on which they left")
    func comingBack() async throws {
        let here = try await counties()
        try await move(here)
        var back = here
        (back.union, back.former) = (here.former, here.union)
        try await move(back, as: "qian")
        let stands = try await here.city.host.store.read { reader in
            try reader.all(
                """
                SELECT o.code || ' ' || m.status || ' ' || (m.left_on IS NULL) FROM membership m
                JOIN organization o ON o.id = m.organization WHERE m.person = $1 AND o.code IN ($2, $3)
                """, [.id(here.person), .text(here.former), .text(here.union)]
            ) { $0.text(0) }
        }
        #expect(Set(stands) == ["\(here.former) active 1", "\(here.union) left 0"])
        try await here.city.host.close()
    }

    /// Moves the person from the other's union to that of an account, `union`.
    private func move(_ here: Counties, as account: String = "zhao") async throws {
        let file = try file(here, here.number, in: "move-\(account)")
        _ = try await here.city.run("register.import", ["kind": "person", "file": file], as: account)
        let waiting = try await here.city.run("transfer.list", [:], as: "office").answer?.list
        _ = try await here.city.run(
            "transfer.decide",
            ["transfer": try #require(waiting?.first?["transfer"]), "accept": true, "reason": "已与原工会核实"], as: "office")
    }

    @Test("Whoever moved belongs to the new union at every door; the one that was left has no right over them any more")
    func doors() async throws {
        let program = "summer-cooling-2026"
        let city = try await TestCity(approved: false)
        let settings = "config/programs/\(program).yaml"
        try city.edit(settings, "order: [submitted]", "order: [rank, drawn]\ndraw: {source: 第2026080期}")
        try city.edit(settings, "ceiling: {persons: 5200, amount: 520000}", "ceiling: {persons: 10, amount: 520000}")
        try await city.approve()
        let here = try await counties(city, exposure: "outdoor")
        let person = Value.text(here.person.text)
        _ = await code {
            _ = try await city.run("program.decide", ["program": .text(program), "form": "package"], as: "office")
        }
        let draws = try await city.run("draw.list", ["program": .text(program)], as: "office").answer?.list
        let draw = try #require(draws?.first?["draw"])
        let doors: [(operation: String, arguments: Value)] = [
            ("person.show", ["person": person]), ("person.show", ["person": person, "reason": "核对证件号码"]),
            ("plugin.try", ["program": .text(program), "form": "package", "person": person]),
            ("draw.show", ["draw": draw, "person": person]),
        ]
        func check(_ home: String, _ other: String, in union: String) async throws {
            for (operation, arguments) in doors {
                #expect(await code { _ = try await city.run(operation, arguments, as: home) } == nil, "\(operation)")
                #expect(
                    await code { _ = try await city.run(operation, arguments, as: other) } == .notFound,
                    "\(operation) of \(other)")
            }
            let name = try await city.host.store.read { reader in
                try reader.first("SELECT name FROM organization WHERE code = $1", [.text(union)]) { $0.text(0) }
            }
            for (account, count) in [("office", 1), (home, 1), (other, 0)] {
                let found = try await city.run("person.find", ["text": .text(here.number)], as: account).answer?.list
                #expect(found?.count == count && found?.allSatisfy { $0["union"].text == name } == true, "\(account)")
            }
            let shown = try await city.run("person.show", ["person": person], as: "office").answer
            #expect(shown?["union"].text == name)
        }
        try await check("qian", "zhao", in: here.former)
        try await move(here)
        try await check("zhao", "qian", in: here.union)
        let asked = try await city.run("transfer.list", ["all": true], as: "office").answer?.list
        #expect(asked?.count == 1 && asked?.first?["from"].text == here.union)
        try await city.host.close()
    }

    @Test("The union that was left changes nothing of who moved: neither by a file nor by undoing one")
    func formerUnion() async throws {
        let here = try await counties()
        let city = here.city
        func write(_ name: String, _ job: String, to union: String) throws -> Value {
            let text = "姓名,身份证号,所属工会代码,职业\n\(here.name),\(here.number),\(union),\(job)\n"
            try Data(text.utf8).write(to: URL(fileURLWithPath: city.temporary.file(name)))
            return ["kind": "person", "file": .text(city.temporary.file(name))]
        }
        func job() async throws -> String? {
            try await city.host.store.read { reader in
                try reader.first("SELECT occupation FROM person WHERE id = $1", [.id(here.person)]) { $0.textOrNil(0) }
                    ?? nil
            }
        }
        let before = try await job()
        let word = before == "domestic" ? "货车司机" : "家政服务员"
        _ = try await city.run("register.import", try write("job.csv", word, to: here.former), as: "qian")
        let changed = try await job()
        #expect(changed != before)
        let imports = try await city.run("import.list", [:], as: "qian").answer?.list
        try await move(here)
        // Told like somebody of whom nobody has heard.
        let again = try await city.run("register.import", try write("again.csv", "快递员", to: here.former), as: "qian")
        #expect(again.answer?["new"] == 1 && again.answer?["changed"] == 0, "\(again.lines)")
        let undone = try await city.run("import.undo", ["import": try #require(imports?.first?["import"])], as: "qian")
        #expect(undone.answer?["restored"] == 0 && undone.answer?["kept"] == 1, "\(undone.lines)")
        #expect(try await job() == changed)
        // Nor does the unit that was left find them.
        let scope = try await city.host.store.read { try Lookup.anyOrganization(here.former, in: $0) }
        _ = try await city.host.access.add(
            Account(id: "unit", display: "unit", roles: [RoleGrant(.unit)], scope: scope), password: TestCity.password,
            by: "admin")
        let found = try await city.run("person.find", ["text": .text(here.number)], as: "unit")
        #expect(found.answer?.list?.isEmpty == true)
        try await city.host.close()
    }
}
