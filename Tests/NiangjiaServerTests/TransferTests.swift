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
        /// A union below 990101, zhao's.
        var union: String
    }

    private func counties() async throws -> Counties {
        let city = try await TestCity()
        try await city.importPeople()
        let scope = try await city.host.store.read { try Lookup.anyOrganization("990101", in: $0) }
        _ = try await city.host.access.add(
            Account(id: "zhao", display: "zhao", roles: [RoleGrant(.clerk)], scope: scope), password: TestCity.password,
            by: "admin")
        let crypto = city.host.crypto
        let found = try await city.host.store.read { reader in
            try reader.first(
                """
                SELECT p.id, p.id_sealed, p.name FROM person p JOIN membership m ON m.person = p.id AND m.is_primary = 1
                AND m.status = 'active' JOIN organization o ON o.id = m.organization
                WHERE o.path LIKE '990100/990102/%' AND p.id_type = 'resident_id' ORDER BY p.id LIMIT 1
                """, []
            ) { row in
                let id = row.id(0, Person.self)
                let number = try PersonIdentifiers.open(
                    row.blob(1), table: "person", row: id.rawValue, column: "id_sealed", crypto)
                return (id, number, row.text(2))
            }
        }
        let (person, number, name) = try #require(found)
        let union = try await city.host.store.read { reader in
            try reader.first(
                "SELECT code FROM organization WHERE path LIKE '990100/990101/%' AND level = 'basic' ORDER BY code", []
            ) { $0.text(0) }
        }
        return Counties(city: city, person: person, number: number, name: name, union: try #require(union))
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
}
