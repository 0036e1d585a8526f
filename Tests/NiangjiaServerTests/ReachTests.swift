import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// What somebody below the city can change, name and file for, tried on a city with the demo's people.
@Suite("What lies outside one's part", .serialized) struct ReachTests {
    private func city() async throws -> TestCity {
        let city = try await TestCity()
        try await city.importPeople()
        for (id, code) in [("zhao", "990101"), ("qian", "990102")] {
            let scope = try await city.host.store.read { try Lookup.anyOrganization(code, in: $0) }
            _ = try await city.host.access.add(
                Account(id: id, display: id, roles: [RoleGrant(.clerk)], scope: scope), password: TestCity.password,
                by: "admin")
        }
        return city
    }

    private func write(_ city: TestCity, _ name: String, _ rows: [String]) throws -> Value {
        let path = city.temporary.file(name)
        try Data((rows.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
        return .text(path)
    }

    @Test("A file changes only what lies in its importer's part, and tells nothing of the rest")
    func imports() async throws {
        let city = try await city()
        let people = city.temporary.file("files/people.csv")
        let lines = try String(contentsOfFile: people, encoding: .utf8).split(whereSeparator: \.isNewline).map(
            String.init)
        let titles = lines[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let union = try #require(titles.firstIndex(of: "所属工会编码"))
        let card = try #require(titles.firstIndex(of: "银行卡号"))
        func row(below prefix: String) throws -> [String] {
            let found = lines.dropFirst().map {
                $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            }
            return try #require(found.first { $0[union].hasPrefix(prefix) && !$0[card].isEmpty })
        }
        var (own, other) = (try row(below: "990101"), try row(below: "990102"))
        for n in [card] {
            own[n] = "6200000009000000084"
            other[n] = "6200000009000000084"
        }
        let file = try write(
            city, "cards.csv", [lines[0], own.joined(separator: ","), other.joined(separator: ",")])
        let mapping = Value.text(city.temporary.file("files/people.mapping.yaml"))
        let told = try await city.run(
            "register.import", ["kind": "person", "file": file, "mapping": mapping], as: "zhao")
        #expect(told.answer?["changed"] == 1 && told.answer?["refused"] == 1, "\(told.lines)")
        let issues = told.answer?["issues"].list ?? []
        #expect(issues.contains { $0["code"] == "OUT_OF_SCOPE" })
        #expect(!issues.map(\.json).joined().contains(other[union]))

        let names = try write(
            city, "names.csv", ["组织代码,组织名称,上级代码,层级", "\(other[union]),别家,990102,基层", "99010299,新会,990102,基层"])
        let renamed = try await city.run("register.import", ["kind": "organization", "file": names], as: "zhao")
        #expect(renamed.answer?["refused"] == 2, "\(renamed.lines)")
        #expect(
            try await city.host.store.read {
                try $0.integer("SELECT COUNT(*) FROM organization WHERE name IN ('别家', '新会')")
            } == 0)

        // Somebody else's import can be neither seen nor undone from below.
        let batch = try #require(told.answer?["import"])
        #expect(try await city.run("import.list", [:], as: "qian").answer?.list?.isEmpty == true)
        #expect(await code { _ = try await city.run("import.undo", ["import": batch], as: "qian") } == .notFound)
        #expect(try await city.run("import.undo", ["import": batch], as: "office").answer?["restored"] == 1)
        try await city.host.close()
    }

    @Test("Evidence is for whoever uploaded it: anybody else's is as if it weren't there")
    func evidence() async throws {
        let city = try await city()
        let content = Array("%PDF-1.4 a letter".utf8)
        let (mine, theirs) = (
            try await city.host.evidence.add(content, by: "zhao"), try await city.host.evidence.add(content, by: "qian")
        )
        #expect(mine != theirs)
        func refer(_ name: String, to owner: String, by account: String) async -> NiangjiaError.Code? {
            await code {
                try await city.host.store.write(.interactive) {
                    _ = try EvidenceFiles.refer(to: name, owner: owner, label: "proof", by: account, in: $0)
                }
            }
        }
        #expect(await refer(mine, to: "c-1", by: "qian") == .invalid)
        #expect(await refer(mine, to: "c-1", by: "zhao") == nil)
        // Whoever mends the same case names what is in it.
        #expect(await refer(mine, to: "c-1", by: "qian") == nil)
        try await city.host.close()
    }

    @Test("A unit and a clerk below the city file for units of their own part, whichever field names them")
    func subjects() async throws {
        let city = try await city()
        city.clock.set(try #require(Instant("2026-07-15T09:00:00+08:00")))
        let units = try await city.host.store.read { reader in
            try ["990101", "990102"].map { code in
                try reader.first(
                    "SELECT code FROM organization WHERE path LIKE $1 AND level = 'basic' ORDER BY code",
                    [.text("990100/\(code)/%")]
                ) { $0.text(0) }
            }
        }
        let (own, other) = (try #require(units[0]), try #require(units[1]))
        func file(_ unit: String, named: String) async throws -> Value? {
            try await city.run(
                "case.submit",
                [
                    "program": "summer-cooling-2026", "form": "site_visit", "channel": "clerk", "unit": .text(unit),
                    "fields": ["unit": .text(named), "headcount": 1],
                ], as: "zhao"
            ).answer
        }
        #expect(await code { _ = try await file(own, named: other) } == .forbidden)
        #expect(try await file(own, named: own)?["case"].text != nil)
        try await city.host.close()
    }
}
