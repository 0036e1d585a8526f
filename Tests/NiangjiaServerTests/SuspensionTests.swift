import Foundation
import NiangjiaConfig
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// What a suspended program holds back, and what goes on.
@Suite(.serialized) struct SuspensionTests {
    private func setStatus(_ city: TestCity, _ program: String, _ old: String, _ new: String) async throws {
        try city.edit("config/programs/\(program).yaml", "status: \(old)", "status: \(new)")
        try await city.approve()
    }

    private func failure(_ body: () async throws -> Void) async -> NiangjiaError? {
        do {
            try await body()
            return nil
        } catch { return error as? NiangjiaError }
    }

    private func submit(_ city: TestCity, _ person: ID<Person>) async throws -> ID<CaseFile> {
        let filed = try await city.run(
            "case.submit",
            [
                "program": "summer-cooling-2026", "form": "package", "applicant": .text(person.text),
                "channel": "clerk",
            ], as: "office")
        return try #require(filed.answer?["case"].text.flatMap { ID<CaseFile>($0) })
    }

    @Test(
        "Suspended: nothing is filed, decided, approved or handed over; cases may be sent back, rejected or withdrawn")
    func cases() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        try await city.add("keeper", .keeper)
        let people = try await city.host.store.read { reader in
            try reader.all(
                """
                SELECT p.id FROM person p JOIN membership m ON m.person = p.id AND m.status = 'active' \
                WHERE p.exposure = 'outdoor' ORDER BY p.id LIMIT 4
                """, []
            ) {
                $0.id(0, Person.self)
            }
        }
        var filed: [ID<CaseFile>] = []
        for person in people.prefix(3) { filed.append(try await submit(city, person)) }
        let cases = filed
        let level = try await city.host.store.read { try Cases.load(cases[0], in: $0).level }
        let reviewer = Actor(account: "reviewer", role: "reviewer:\(level ?? "basic")")
        _ = try await city.host.corridor.act(.approve, on: cases[0], by: reviewer)
        let corridor = city.host.corridor
        try await corridor.planDue()
        try await setStatus(city, "summer-cooling-2026", "open", "suspended")
        let deliver: Value = ["program": "summer-cooling-2026", "person": .text(people[0].text)]
        for refused in [
            await failure { _ = try await submit(city, people[3]) },
            await failure {
                _ = try await city.run(
                    "program.decide", ["program": "summer-cooling-2026", "form": "package"], as: "office")
            },
            await failure { _ = try await corridor.act(.approve, on: cases[1], by: reviewer) },
            await failure { _ = try await corridor.act(.waive("MIN_INTERVAL"), on: cases[1], by: reviewer) },
            await failure { _ = try await city.run("case.deliver", deliver, as: "keeper") },
        ] { #expect(refused?.code == .conflict && refused?.message.zh.contains("summer-cooling-2026") == true) }
        #expect(try await corridor.act(.sendBack("补正"), on: cases[1], by: reviewer) == .returned)
        #expect(try await corridor.act(.reject("不符"), on: cases[2], by: reviewer) == .rejected)
        // Goods don't lapse meanwhile.
        city.clock.set(city.clock.now() + 9 * 86_400_000)
        try await corridor.performDue()
        #expect(try await city.host.store.read { try Cases.load(cases[0], in: $0).state } == .approved)
        try await setStatus(city, "summer-cooling-2026", "suspended", "open")
        #expect(await failure { _ = try await city.run("case.deliver", deliver, as: "keeper") } == nil)
        try await city.host.close()
    }

    @Test("Suspended: no batch is built, approved or exported; what the bank has goes on")
    func money() async throws {
        let city = try await TestCity()
        _ = try await city.entitle(2)
        let built = try await city.run("batch.build", ["program": "tuition-2026"], as: "treasurer").answer
        let batch: Value = ["batch": built?["batch"] ?? .null]
        func refused(_ operation: String, _ arguments: Value, as account: String) async -> Bool {
            let error = await failure { _ = try await city.run(operation, arguments, as: account) }
            return error?.code == .conflict && error?.message.zh.contains("已暂停") == true
        }
        try await setStatus(city, "tuition-2026", "open", "suspended")
        #expect(await refused("batch.approve", batch, as: "payer"))
        #expect(await refused("batch.build", ["program": "tuition-2026"], as: "treasurer"))
        try await setStatus(city, "tuition-2026", "suspended", "open")
        _ = try await city.run("batch.approve", batch, as: "payer")
        try await setStatus(city, "tuition-2026", "open", "suspended")
        #expect(await refused("batch.export", batch, as: "payer"))
        try await setStatus(city, "tuition-2026", "suspended", "open")
        _ = try await city.run("batch.export", batch, as: "payer")
        try await setStatus(city, "tuition-2026", "open", "suspended")
        let again: Value = ["batch": built?["batch"] ?? .null, "again": true]
        #expect(await failure { _ = try await city.run("batch.export", again, as: "payer") } == nil)
        let crypto = city.host.crypto
        let id = try #require(built?["batch"].text.flatMap { ID<PayBatch>($0) })
        let lines = try await city.host.store.read { try Batches.lines(of: id, in: $0, crypto).lines }
        let file = try city.answerFile(SentBatch(id: id, lines: lines))
        let result: Value = ["batch": .text(id.text), "file": .text(file)]
        #expect(await failure { _ = try await city.run("batch.result", result, as: "treasurer") } == nil)
        try await city.host.close()
    }
}
