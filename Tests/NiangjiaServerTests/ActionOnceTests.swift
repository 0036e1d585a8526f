import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

@Suite("A plugin's action is done once, however many say yes or no at the same moment") struct ActionOnceTests {
    /// Two clerks of the city beside the one who asks, and people to give to.
    private func city() async throws -> (city: TestCity, members: [ID<Person>]) {
        let city = try await Handout.city()
        try await city.importPeople()
        for id in ["first", "second"] { try await city.add(id, .clerk) }
        let members = try await city.host.store.read { reader in
            try reader.all(
                "SELECT person FROM membership WHERE is_primary = 1 AND status = 'active' ORDER BY person LIMIT 10", []
            ) { $0.id(0, Person.self) }
        }
        try #require(members.count == 10)
        return (city, members)
    }

    /// Says yes or no from many accounts at once; what each heard, `done`, `refused` or an error's code, in order.
    private func atOnce(
        _ city: TestCity, _ run: Value, _ words: [(account: String, refuses: Bool)]
    ) async throws -> [String] {
        let host = city.host
        var accounts: [String: Account] = [:]
        for account in Set(words.map(\.account)) { accounts[account] = try await city.account(account) }
        let known = accounts
        return await withTaskGroup(of: String.self) { group in
            for word in words {
                group.addTask {
                    let sink = CollectingSink()
                    do {
                        try await Operations.perform(
                            "action.confirm", ["run": run, "refuse": .bool(word.refuses)], on: host,
                            as: known[word.account], output: Output(sink, language: .zh))
                        return sink.answer?["state"].text ?? "-"
                    } catch { return (error as? NiangjiaError)?.code.rawValue ?? "\(error)" }
                }
            }
            var heard: [String] = []
            for await one in group { heard.append(one) }
            return heard.sorted()
        }
    }

    /// How often the action's money was given, how its row stands, and what the chain says of it: kind and actor.
    private func standing(_ city: TestCity, _ run: Value) async throws -> (
        cases: Int64, row: [String], events: [String]
    ) {
        let id = try #require(run.text)
        return try await city.host.store.read { reader in
            let row = try reader.first(
                "SELECT state, confirmed_by FROM action_run WHERE id = $1",
                [.id(ID<ActionRun>(id))]
            ) { [$0.text(0), $0.textOrNil(1) ?? "-"] }
            return (
                try reader.integer("SELECT COUNT(*) FROM case_file WHERE program = 'handout-2026'") ?? 0, row ?? [],
                try reader.all(
                    "SELECT kind, actor FROM chain_event WHERE about = $1 AND kind LIKE 'action.%' ORDER BY id",
                    [.text(id)]
                ) { "\($0.text(0)) \($0.text(1))" }
            )
        }
    }

    @Test("Twenty confirmations at once by two people: one is done, the others hear that it doesn't wait any more")
    func confirmed() async throws {
        let (city, members) = try await city()
        for round in 1...5 {
            let run = try await Handout.ask(city, members[round], "10.00", as: "office")
            let words = (0..<20).map { (account: $0.isMultiple(of: 2) ? "first" : "second", refuses: false) }
            let heard = try await atOnce(city, run, words)
            #expect(heard.filter { $0 == "done" }.count == 1, "\(heard)")
            #expect(heard.filter { $0 == "conflict" }.count == 19, "\(heard)")
            let stands = try await standing(city, run)
            #expect(stands.cases == Int64(round))
            #expect(stands.row.first == "done" && stands.events == ["action.waiting office", "action.done office"])
        }
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("Yes and no at once: one of them counts, and row, chain and money say which")
    func refused() async throws {
        let (city, members) = try await city()
        var given: Int64 = 0
        for member in members {
            let run = try await Handout.ask(city, member, "10.00", as: "office")
            let heard = try await atOnce(
                city, run, (0..<8).map { (account: $0 < 4 ? "first" : "second", refuses: $0 < 4) })
            #expect(heard.filter { $0 == "conflict" }.count == 7, "\(heard)")
            let stands = try await standing(city, run)
            if heard.contains("done") {
                given += 1
                #expect(stands.row == ["done", "second"])
                #expect(stands.events == ["action.waiting office", "action.done office"])
            } else {
                #expect(heard.contains("refused") && stands.row == ["dropped", "first"])
                #expect(stands.events == ["action.waiting office", "action.dropped first"])
            }
            #expect(stands.cases == given)
        }
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("Who refused is written down; afterwards nobody confirms it, and a confirmed one isn't refused")
    func afterwards() async throws {
        let (city, members) = try await city()
        let run = try await Handout.ask(city, members[0], "10.00", as: "office")
        let refused = try await city.run("action.confirm", ["run": run, "refuse": true], as: "first")
        #expect(refused.answer?["state"] == "refused")
        #expect(await code { _ = try await city.run("action.confirm", ["run": run], as: "second") } == .conflict)
        let stands = try await standing(city, run)
        #expect(stands.cases == 0 && stands.row == ["dropped", "first"])
        #expect(stands.events == ["action.waiting office", "action.dropped first"])
        let other = try await Handout.ask(city, members[1], "10.00", as: "office")
        _ = try await city.run("action.confirm", ["run": other], as: "second")
        let no: Value = ["run": other, "refuse": true]
        #expect(await code { _ = try await city.run("action.confirm", no, as: "first") } == .conflict)
        #expect(try await standing(city, other).row == ["done", "second"])
        try await city.host.close()
    }

    @Test("State and right are looked at in the transaction: what changed after the first look counts")
    func between() async throws {
        let (city, members) = try await city()
        let host = city.host
        let run = try await Handout.ask(city, members[0], "10.00", as: "office")
        let id = try #require(run.text.flatMap { ID<ActionRun>($0) })
        let account = try await city.account("first")
        func confirm(_ second: @escaping @Sendable (any StoreReader) throws -> Account) async -> NiangjiaError.Code? {
            await code {
                _ = try await host.actions.confirm(id, agrees: true) { plugin, reader in
                    try Caller.of(second(reader), plugin: plugin, in: reader)
                }
            }
        }
        // A clerk at the first look, and none any more in the transaction.
        let relieved = await confirm { reader in
            var now = account
            if reader is any StoreWriter { now.roles = [] }
            return now
        }
        #expect(relieved == .notFound)
        // Disabled meanwhile.
        let disabled = await confirm { reader in
            guard reader is any StoreWriter else { return account }
            throw NiangjiaError(.unauthenticated, zh: "登录已失效", en: "the sign-in has ended")
        }
        #expect(disabled == .unauthenticated)
        #expect(try await standing(city, run).cases == 0)
        #expect(try await standing(city, run).row == ["waiting", "-"])
        // Ended by somebody else after the transaction has looked: nothing of it stays, as its row isn't the one that was looked at.
        let late = await confirm { reader in
            if let writer = reader as? any StoreWriter {
                try writer.execute("UPDATE action_run SET state = 'dropped' WHERE id = $1", [.id(id)])
            }
            return account
        }
        #expect(late == .conflict)
        #expect(try await standing(city, run).cases == 0)
        try await host.access.disable("first", by: "admin")
        #expect(
            await code {
                try await host.store.read { _ = try Access.current(account, in: $0) }
            } == .unauthenticated)
        try await host.close()
    }
}
