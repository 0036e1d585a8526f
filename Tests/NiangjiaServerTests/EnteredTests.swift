import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// What is entered of exports that the store doesn't know, and what is never taken for one (decision 0072).
@Suite("Exports that are entered", .serialized) struct EnteredTests {
    private static let program: Value = ["program": "tuition-2026"]

    /// The bank's answer about people whom nobody has sent anything.
    private func forged(_ city: TestCity, _ ones: [Entitlement]) async throws -> Value {
        let crypto = city.host.crypto
        let accounts = try await city.host.store.read { reader in
            try ones.map { try PayeeAccounts.account(of: $0.payee, in: reader, crypto) }
        }
        let lines = zip(accounts, ones).enumerated().map { n, pair in
            "\(n + 1)|\(pair.0?.number ?? "")|\(pair.0?.holder ?? "")|\(pair.1.amount.yuan)|00|成功\r"
        }
        let file = try city.write(lines, "forged.txt")
        return ["file": .text(file), "program": "tuition-2026", "batch": "2026-0005", "on": "2026-07-15"]
    }

    private func states(_ ones: [Entitlement], _ host: CityHost) async throws -> Set<Entitlement.State> {
        try await host.store.read { reader in Set(try ones.map { try Entitlements.load($0.id, in: reader).state }) }
    }

    @Test("A store that knows all that has left takes no export from a bank's answer, from nobody")
    func healthy() async throws {
        let city = try await TestCity()
        let ones = try await city.entitle(2)
        let answer = try await forged(city, ones)
        for account in ["treasurer", "payer"] {
            #expect(await code { _ = try await city.run("batch.entered", answer, as: account) } == .conflict)
        }
        #expect(try await states(ones, city.host) == [.approved])
        #expect(try await city.host.store.read { try $0.integer("SELECT COUNT(*) FROM pay_batch") } == 0)
        try await city.pay("tuition-2026")
        #expect(await code { _ = try await city.run("batch.entered", answer, as: "treasurer") } == .conflict)
        try await city.expectSound()
        try await city.host.close()
    }

    @Test(
        "Sent with another amount before the restore: not paid once more, but told of, until it is put right and matched"
    )
    func otherAmount() async throws {
        let city = try await TestCity()
        let ones = try await city.entitle(3)
        let backup = city.temporary.file("backup.sqlite")
        _ = try await city.run("backup", ["file": .text(backup)], as: nil)
        @Sendable func cut(_ host: CityHost) async throws {
            let context = host.context("test")
            _ = try await host.store.write(.interactive) { writer in
                for one in ones {
                    try Entitlements.clawBack(
                        one.id, keeping: Money(fen: 30_000), reason: "更正", about: "test", context, in: writer)
                }
            }
        }
        try await cut(city.host)
        let built = try await city.run("batch.build", Self.program, as: "treasurer").answer
        let batch: Value = ["batch": built?["batch"] ?? .null]
        _ = try await city.run("batch.approve", batch, as: "payer")
        let sheet = try #require(try await city.run("batch.export", batch, as: "payer").answer)
        let again = try await restored(city, from: backup)
        let unlock: Value = ["number": sheet["export"], "head": sheet["head"]]
        #expect(try await again.run("batch.entered", unlock, as: "treasurer").answer?["ok"].bool == true)
        #expect(try await states(ones, again) == [.approved])

        let refused = await #expect(throws: NiangjiaError.self) {
            try await again.run("batch.build", Self.program, as: "treasurer")
        }
        #expect(refused?.message.zh.contains(ones[0].id.text) == true)
        // Whoever else is paid goes out; whoever waits is told of.
        let other = try #require(try await more(again, 1, beyond: 3).first)
        let next = try await again.run("batch.build", Self.program, as: "treasurer")
        #expect(next.answer?["count"].int == 1 && next.answer?["total_fen"].int == 50_000)
        #expect(next.answer?["sent_before"].list?.compactMap { $0["entitlement"].text } == ones.map(\.id.text))
        #expect(next.lines.contains { $0.contains("batch entered --lines") })
        #expect(try await states([other], again) == [.batched])

        // The line names what it was for; it is matched once the amount is put right.
        let open = try await again.run("batch.entered.lines", [:], as: "treasurer").answer?.list ?? []
        #expect(open.compactMap { $0["entitlement"].text } == ones.map(\.id.text))
        func match(_ line: Value) -> Value {
            ["batch": line["batch"], "n": line["n"], "entitlement": line["entitlement"]]
        }
        #expect(
            await code { _ = try await again.run("batch.entered.match", match(open[0]), as: "treasurer") } == .conflict)
        try await cut(again)
        for line in open { _ = try await again.run("batch.entered.match", match(line), as: "treasurer") }
        #expect(try await states(ones, again) == [.exported])
        #expect(try await again.run("fund.verify", [:], as: nil).answer?["ok"].bool == true)
        try await again.close()
    }

    @Test("A line is matched only to somebody who has the account that it was sent to")
    func otherAccount() async throws {
        let city = try await TestCity()
        _ = try await city.entitle(1)
        let backup = city.temporary.file("backup.sqlite")
        _ = try await city.run("backup", ["file": .text(backup)], as: nil)
        let two = try await more(city.host, 2, beyond: 1)
        let built = try await city.run("batch.build", Self.program, as: "treasurer").answer
        let batch: Value = ["batch": built?["batch"] ?? .null]
        _ = try await city.run("batch.approve", batch, as: "payer")
        let sheet = try #require(try await city.run("batch.export", batch, as: "payer").answer)
        let again = try await restored(city, from: backup)
        _ = try await again.run(
            "batch.entered", ["number": sheet["export"], "head": sheet["head"]], as: "treasurer")
        // Both are approved anew, under other names; each line is of one of them.
        let anew = try await more(again, 2, beyond: 1)
        let open = try await again.run("batch.entered.lines", [:], as: "treasurer").answer?.list ?? []
        #expect(open.compactMap { $0["entitlement"].text } == two.map(\.id.text))
        func match(_ line: Value, _ one: Entitlement) -> Value {
            ["batch": line["batch"], "n": line["n"], "entitlement": .text(one.id.text)]
        }
        let wrong = match(open[0], anew[1])
        #expect(await code { _ = try await again.run("batch.entered.match", wrong, as: "treasurer") } == .conflict)
        for (line, one) in zip(open, anew) {
            _ = try await again.run("batch.entered.match", match(line, one), as: "treasurer")
        }
        #expect(try await states(anew, again) == [.exported])
        try await again.close()
    }

    /// Further approved entitlements of people of the demo city, after the first so many.
    private func more(_ host: CityHost, _ count: Int, beyond: Int) async throws -> [Entitlement] {
        let context = host.context("test")
        return try await host.store.write(.interactive) { writer in
            let people = try writer.all(
                "SELECT id FROM person WHERE card_sealed IS NOT NULL ORDER BY id LIMIT \(count) OFFSET \(beyond)", []
            ) { $0.id(0, Person.self) }
            let new = people.map { person in
                NewEntitlement(
                    decision: context.ids.next(), caseID: nil, kind: .money, payee: .person(person),
                    shares: [Outcome.Split(line: "tuition-2026", amount: Money(fen: 50_000))],
                    program: "tuition-2026", series: "tuition", on: context.today)
            }
            let ids = try Entitlements.hold(new, about: "test", context, in: writer)
            try Entitlements.approve(ids, about: "test", context, in: writer)
            return try ids.map { try Entitlements.load($0, in: writer) }
        }
    }

    /// The city after its store was put back from a backup, as another process finds it.
    private func restored(_ city: TestCity, from backup: String) async throws -> CityHost {
        try await city.host.close()
        let folder = DataFolder(city.temporary.file("left"), environment: [:])
        let manager = FileManager.default
        try manager.copyItem(atPath: city.folder.path, toPath: folder.path)
        for suffix in ["", ".exported"] where manager.fileExists(atPath: city.folder.keyFile + suffix) {
            try manager.copyItem(atPath: city.folder.keyFile + suffix, toPath: folder.keyFile + suffix)
        }
        _ = try await Restore.run(folder, from: backup)
        return try await CityHost.open(folder, clock: city.clock)
    }
}

extension CityHost {
    /// Runs an operation on a host that was opened again.
    fileprivate func run(_ operation: String, _ arguments: Value, as id: String?) async throws -> CollectingSink {
        let sink = CollectingSink()
        let account: Account? =
            if let id { try await access.signIn(id, password: TestCity.password).account } else { nil }
        try await Operations.perform(operation, arguments, on: self, as: account, output: Output(sink))
        return sink
    }
}
