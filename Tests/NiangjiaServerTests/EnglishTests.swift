import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// Whoever asks for English is answered in English: what stays Chinese is the city's own (names, policies, its texts for people).
@Suite struct EnglishTests {
    /// Runs of Chinese characters in a text.
    private static func chinese(_ text: String) -> [String] {
        text.unicodeScalars.split { !(0x4E00...0x9FFF).contains($0.value) }.map { String(String.UnicodeScalarView($0)) }
    }

    /// What the city's own data hold.
    private func data(of city: TestCity) async throws -> String {
        let texts = try await city.host.store.read { reader in
            [
                "SELECT name FROM organization", "SELECT name FROM person", "SELECT name || address FROM station",
                "SELECT memo FROM ledger_entry", "SELECT policy FROM bundle",
            ].flatMap { sql in (try? reader.all(sql) { $0.textOrNil(0) ?? "" }) ?? [] }
        }
        let policies = try await city.host.bundles.active().programs.values.map(\.policy)
        return (texts + policies).joined(separator: "\n")
    }

    @Test("The common commands print no Chinese of their own when they are asked for English")
    func operations() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        for id in ["clerk", "county", "treasurer", "auditor", "member"] {
            try await city.add(
                id,
                [
                    "clerk": Role.clerk, "county": .reviewer, "treasurer": .treasurer, "auditor": .auditor,
                    "member": .member,
                ][id] ?? .clerk)
        }
        let person = try await city.host.store.read { reader in
            try #require(
                try reader.first(
                    "SELECT person FROM membership WHERE is_primary = 1 AND status = 'active' ORDER BY person"
                ) { $0.id(0, Person.self) })
        }
        try city.edit("config/programs/summer-cooling-2026.yaml", "value: 50", "value: 60")
        let submit: Value = [
            "program": "summer-cooling-2026", "form": "package", "applicant": .text(person.text), "fields": [:],
        ]
        let filed = try await city.run("case.submit", submit, as: "clerk", in: .en)
        let id = try #require(filed.answer?["case"])
        var said: [(String, [String])] = [("case.submit", filed.lines)]
        let asked: [(String, Value, String?)] = [
            ("check", [:], nil), ("doctor", [:], nil), ("config.diff", [:], nil), ("config.propose", [:], "office"),
            ("config.log", [:], nil), ("config.show", [:], nil), ("program.list", [:], nil),
            ("program.show", ["program": "summer-cooling-2026"], nil),
            ("program.show", ["program": "mutual-aid-2026"], nil),
            ("program.preview", ["program": "summer-cooling-2026"], "office"),
            ("program.preview", ["all": true], "office"),
            ("program.diff", ["program": "summer-cooling-2026", "form": "package"], "office"),
            ("program.decide", ["program": "summer-cooling-2026"], "office"),
            ("program.runs", [:], "office"), ("case.show", ["case": id], "clerk"), ("case.list", [:], "clerk"),
            ("decision.list", ["program": "summer-cooling-2026", "limit": 3], "office"),
            ("place.list", ["program": "training-2026"], "office"), ("draw.list", [:], "office"),
            ("fund.balance", [:], "treasurer"), ("fund.verify", [:], nil), ("fund.claims", [:], "treasurer"),
            ("batch.list", [:], "treasurer"), ("audit.verify", [:], nil), ("audit.head", [:], nil),
            ("report", ["from": "2026-01-01", "to": "2026-12-31"], nil),
            ("report", ["from": "2026-01-01", "to": "2026-12-31", "gaps": true], nil),
            ("dues.suspense", [:], "treasurer"), ("dues.statement", ["year": 2026], "treasurer"),
            ("grant.list", [:], "treasurer"), ("fund.sharing_list", [:], "treasurer"),
            ("fund.sharing", ["from": "2026-01-01", "to": "2026-03-31"], "treasurer"),
            ("organization.list", [:], "office"), ("import.list", [:], "office"),
            ("action.list", ["program": "skill-competition-2026"], "clerk"), ("role.list", [:], "office"),
            ("account.list", [:], "admin"),
        ]
        for (operation, arguments, account) in asked {
            do {
                said.append((operation, try await city.run(operation, arguments, as: account, in: .en).lines))
            } catch let error as NiangjiaError {
                Issue.record("\(operation): \(error)")
            }
        }
        let decision = try await city.host.store.read { reader in
            try reader.first("SELECT id FROM decision WHERE run IS NOT NULL ORDER BY id") { $0.id(0, Decision.self) }
        }
        if let decision {
            for operation in ["decision.explain", "decision.show"] {
                said.append(
                    (
                        operation,
                        try await city.run(operation, ["decision": .text(decision.text)], as: "office", in: .en).lines
                    ))
            }
        }
        let own = try await data(of: city)
        for (operation, lines) in said {
            #expect(
                !lines.isEmpty || ["batch.list", "config.propose"].contains(operation), "\(operation) said nothing")
            for line in lines {
                let foreign = Self.chinese(line).filter { !own.contains($0) }
                #expect(foreign.isEmpty, "\(operation): \(line)")
            }
        }
        try await city.host.close()
    }
}
