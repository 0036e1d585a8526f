import Foundation
import NiangjiaCore
import NiangjiaDemo
import Testing

@testable import NiangjiaServer

/// The three staged and acting programs end to end: by operations as commands run them, and over HTTP.
@Suite struct StageTests {
    /// A city with a member account, a safety officer and a stranger, and a hazard that the member has reported.
    private func reported() async throws -> (city: TestCity, person: ID<Person>, id: Value) {
        let city = try await TestCity()
        let (person, unit) = try await city.peopleWhoSeeHazards()
        try await city.add("clerk", .clerk)
        return (city, person, try await city.reportHazard(in: unit, "major"))
    }

    @Test(
        "A hazard: sealed from everybody but the officers, moved by them, its reward held and reviewed; deadlines tell once"
    )
    func hazard() async throws {
        let (city, person, id) = try await reported()
        let shown = try await city.run("case.show", ["case": id], as: "clerk").answer
        #expect(shown?["stage"].text == "reported" && shown?["state"].text == "under_way")
        #expect(shown?["is_sealed"].bool == true && shown?.json.contains(person.text) == false)
        #expect(shown?.json.contains("\"worker\"") == false)
        let decisions = try await city.run(
            "decision.list", ["program": "hazard-report-2026", "person": .text(person.text)], as: "clerk")
        #expect(decisions.answer?.list?.isEmpty == true)
        #expect(
            await NiangjiaServerTests.code {
                _ = try await city.run("case.unseal", ["case": id, "reason": "想知道"], as: "clerk")
            } == .forbidden)
        let told = try await city.run("case.unseal", ["case": id, "reason": "核实奖励"], as: "officer").answer
        #expect(told?["applicant"].text == person.text)
        let logged = try await city.host.store.read {
            try $0.integer("SELECT COUNT(*) FROM access_log WHERE reason = '核实奖励' AND account = 'officer'")
        }
        #expect(logged == 1)
        // 24 hours to assign: after that the officers are told, once.
        city.clock.set(Instant("2026-07-16T09:30:00+08:00") ?? city.clock.now())
        let scheduler = Scheduler(city.host) { _ in }
        try await scheduler.runDue()
        try await scheduler.runDue()
        let late = try await city.host.store.read { reader in
            try reader.all("SELECT recipient FROM outbox WHERE kind = 'notice'") { $0.text(0) }
        }
        #expect(late == ["account:officer"])
        #expect(
            await NiangjiaServerTests.code {
                _ = try await city.run(
                    "case.stage", ["case": id, "stage": "assigned", "fields": ["officer": .text(person.text)]],
                    as: "clerk")
            } == .forbidden)
        let moved = try await city.run(
            "case.stage", ["case": id, "stage": "assigned", "fields": ["officer": .text(person.text)]], as: "officer")
        #expect(moved.answer?["stage"].text == "assigned" && moved.answer?["due"].text != nil)
        let dismissed = try await city.run("case.stage", ["case": id, "stage": "dismissed"], as: "officer")
        #expect(dismissed.answer?["state"].text == "refused")
        let held = try await city.host.store.read {
            try Ledger.available(lines: ["safety-2026"], in: $0)["safety-2026"]
        }
        #expect(held == Money(fen: 2_000_000))
        let sound = try await city.host.store.read { try Audit.verify(in: $0, crypto: city.host.crypto) }
        #expect(sound.isSound, "\(sound.faults.map(\.zh))")
        try await city.host.close()
    }

    @Test("Two officers who move a case at once: one is told that it has moved")
    func atOnce() async throws {
        let (city, person, id) = try await reported()
        let results = await withTaskGroup(of: NiangjiaError.Code?.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    await NiangjiaServerTests.code {
                        _ = try await city.run(
                            "case.stage", ["case": id, "stage": "assigned", "fields": ["officer": .text(person.text)]],
                            as: "officer")
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.count { $0 == nil } == 1)
        #expect(results.allSatisfy { $0 == nil || $0 == .conflict })
        try await city.host.close()
    }

    @Test("A lawyer whose role is taken has no power over the cases assigned before, until it is given again")
    func relieved() async throws {
        let city = try await TestCity()
        let (person, unit) = try await city.peopleWhoSeeHazards()
        let lawyer = try await city.host.store.read { reader in
            try #require(
                try reader.first("SELECT id FROM person WHERE id <> $1 ORDER BY id", [.id(person)]) {
                    $0.id(0, Person.self)
                })
        }
        for id in ["lawyer", "lawyer-too"] {
            _ = try await city.host.access.add(
                Account(id: id, display: id, roles: [RoleGrant(.member)], person: lawyer),
                password: TestCity.password, by: "admin")
        }
        try await city.giveRole("lawyer", of: "legal-aid", to: "lawyer")
        let filed = try await city.run(
            "case.submit",
            [
                "program": "legal-aid-2026", "form": "request",
                "fields": ["employer": .text(unit), "matter": "wages", "story": "拖欠三个月"],
            ], as: "worker")
        let id = try #require(filed.answer?["case"])
        _ = try await city.run(
            "case.stage", ["case": id, "stage": "assigned", "fields": ["lawyer": .text(lawyer.text)]], as: "office")
        let unseal: Value = ["case": id, "reason": "联系当事人"]
        let accept: Value = ["case": id, "stage": "accepted"]
        let told = try await city.run("case.unseal", unseal, as: "lawyer")
        #expect(told.answer?["applicant"].text == person.text)
        _ = try await city.run(
            "role.set", ["plugin": "legal-aid", "role": "lawyer", "account": "lawyer", "end": true], as: "office")
        for account in ["lawyer", "lawyer-too"] {
            #expect(
                await NiangjiaServerTests.code { _ = try await city.run("case.unseal", unseal, as: account) }
                    == .notFound)
            #expect(
                await NiangjiaServerTests.code { _ = try await city.run("case.stage", accept, as: account) }
                    == .notFound)
        }
        try await city.giveRole("lawyer", of: "legal-aid", to: "lawyer")
        let accepted = try await city.run("case.stage", accept, as: "lawyer-too")
        #expect(accepted.answer?["stage"].text == "accepted")
        try await city.host.close()
    }
}
