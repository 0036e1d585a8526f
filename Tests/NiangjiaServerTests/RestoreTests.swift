import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

@Suite("A backup from before yesterday's export: nothing is paid twice", .serialized) struct RestoreTests {
    private static let program: Value = ["program": "tuition-2026"]

    private func grant(_ city: CityHost, _ amounts: [Int64], _ crypto: any CryptoProvider) async throws
        -> [ID<Entitlement>]
    {
        let context = city.context("test")
        return try await city.store.write(.interactive) { writer in
            let people = try writer.all(
                "SELECT id FROM person WHERE card_sealed IS NOT NULL ORDER BY id LIMIT \(amounts.count)", []
            ) { $0.id(0, Person.self) }
            let new = zip(people, amounts).map { person, amount in
                NewEntitlement(
                    decision: context.ids.next(), caseID: nil, kind: .money, payee: .person(person),
                    shares: [Outcome.Split(line: "tuition-2026", amount: Money(fen: amount))], program: "tuition-2026",
                    series: "tuition", on: context.today)
            }
            let ids = try Entitlements.hold(new, about: "test", context, in: writer)
            try Entitlements.approve(ids, about: "test", context, in: writer)
            return ids
        }
    }

    /// Runs an operation on a host that was opened again.
    private func run(_ host: CityHost, _ operation: String, _ arguments: Value, as id: String?) async throws
        -> CollectingSink
    {
        let sink = CollectingSink()
        let account: Account? =
            if let id { try await host.access.signIn(id, password: TestCity.password).account } else { nil }
        try await Operations.perform(operation, arguments, on: host, as: account, output: Output(sink))
        return sink
    }

    private func export(_ host: CityHost) async throws -> Value {
        let built = try await run(host, "batch.build", Self.program, as: "treasurer")
        let batch: Value = ["batch": built.answer?["batch"] ?? .null]
        _ = try await run(host, "batch.approve", batch, as: "payer")
        return try #require(try await run(host, "batch.export", batch, as: "payer").answer)
    }

    private func city() async throws -> TestCity {
        let city = try await TestCity()
        try await city.importPeople()
        try await city.add("treasurer", .treasurer)
        try await city.add("payer", .payer)
        return city
    }

    /// The city as another process finds it: this one's lock goes only with its last reference.
    private func left(_ city: TestCity) async throws -> DataFolder {
        try await city.host.close()
        let folder = DataFolder(city.temporary.file("left"), environment: [:])
        let manager = FileManager.default
        try manager.copyItem(atPath: city.folder.path, toPath: folder.path)
        for suffix in ["", ".exported"] where manager.fileExists(atPath: city.folder.keyFile + suffix) {
            try manager.copyItem(atPath: city.folder.keyFile + suffix, toPath: folder.keyFile + suffix)
        }
        return folder
    }

    private func books(_ host: CityHost) async throws -> Value? {
        try await run(host, "fund.verify", [:], as: nil).answer?["ok"]
    }

    /// Once approved, twice granted after the restore: what the two exports paid, and what was paid twice.
    private func paidTwice(_ host: CityHost) async throws -> Int64? {
        try await host.store.read {
            try $0.integer(
                """
                SELECT COUNT(*) FROM (SELECT 1 FROM payment WHERE state IN ('exported', 'paid')
                GROUP BY entitlement, revision HAVING COUNT(*) > 1)
                """)
        }
    }

    @Test("Restored by command: no export until what has left since is entered; then only the rest is paid")
    func byCommand() async throws {
        let city = try await city()
        let host = city.host
        _ = try await grant(host, [50_000], host.crypto)
        let first = try await export(host)
        #expect(first["export"].int == 1)
        let known = try await grant(host, [60_000, 60_000], host.crypto)
        let backup = city.temporary.file("backup.sqlite")
        _ = try await run(host, "backup", ["file": .text(backup)], as: nil)
        // After the backup: what was approved is exported, and something that the backup doesn't know of, too.
        let second = try await export(host)
        _ = try await grant(host, [70_000], host.crypto)
        let third = try await export(host)
        #expect(third["export"].int == 3)
        let head = try #require(third["head"].text)
        let folder = try await left(city)

        let told = try await Restore.run(folder, from: backup)
        #expect(told.contains { $0.contains("batch entered") })
        let again = try await CityHost.open(folder, clock: city.clock)
        // Two clerks at once, with the batch that the backup still holds as approved: both are refused.
        let built = try await run(again, "batch.build", Self.program, as: "treasurer")
        let batch: Value = ["batch": built.answer?["batch"] ?? .null]
        _ = try await run(again, "batch.approve", batch, as: "payer")
        for _ in 0..<2 {
            #expect(await code { _ = try await run(again, "batch.export", batch, as: "payer") } == .conflict)
        }
        // The sheet alone doesn't unlock it, nor does an older one.
        func unlock(_ number: Int64, _ head: String) -> Value { ["number": .int(number), "head": .text(head)] }
        let early = try await run(again, "batch.entered", [:], as: "treasurer")
        // The ledger has both exports: they are entered at once, and only the sheet is wanted.
        #expect(early.failure == nil && early.answer?["missing"].list?.isEmpty == true)
        #expect(early.answer?["entered"].list?.map { $0["matched"].int } == [2, 0])
        #expect(early.answer?["entered"].list?.map { $0["unmatched"].int } == [0, 1])
        #expect(early.answer?["ok"].bool == false)
        for (number, wrong) in [(2, second["head"].text ?? ""), (3, first["head"].text ?? ""), (4, head)] {
            #expect(
                await code { _ = try await run(again, "batch.entered", unlock(Int64(number), wrong), as: "payer") }
                    != nil)
        }
        #expect(try await run(again, "batch.entered", unlock(3, head), as: "payer").answer?["ok"].bool == true)
        let left = try await again.store.read { reader in try known.map { try Entitlements.load($0, in: reader).state }
        }
        #expect(left == [.exported, .exported])
        #expect(try await books(again)?.bool == true)

        // What was approved after the backup is approved anew: it isn't sent again until somebody says what it was.
        let anew = try await grant(again, [70_000], again.crypto)
        #expect(await code { _ = try await run(again, "batch.build", Self.program, as: "treasurer") } == .conflict)
        let open = try await run(again, "batch.entered.lines", [:], as: "treasurer").answer?.list ?? []
        #expect(open.count == 1)
        let match: Value = ["batch": open[0]["batch"], "n": open[0]["n"], "entitlement": .text(anew[0].text)]
        _ = try await run(again, "batch.entered.match", match, as: "treasurer")
        #expect(await code { _ = try await run(again, "batch.entered.match", match, as: "treasurer") } == .conflict)
        #expect(try await again.store.read { try Entitlements.load(anew[0], in: $0).state } == .exported)
        #expect(try await paidTwice(again) == 0)
        // The ledger is proof by itself: who entered from it enters the result; who had the lost file written again doesn't.
        let rewritten: Value = ["batch": second["batch"], "again": true]
        #expect(try await run(again, "batch.export", rewritten, as: "payer").answer?["again"].bool == true)
        let sentBatch = try #require(second["batch"].text.flatMap { ID<PayBatch>($0) })
        let crypto = again.crypto
        let sentLines = try await again.store.read { try Batches.lines(of: sentBatch, in: $0, crypto).lines }
        let rows = sentLines.map {
            "\($0.n)|\($0.account.number)|\($0.account.holder)|\($0.amount.yuan)|00|成功\r"
        }
        let answered: Value = ["batch": second["batch"], "file": .text(try city.write(rows, "second.txt"))]
        #expect(await code { _ = try await run(again, "batch.result", answered, as: "payer") } == .forbidden)
        #expect(try await run(again, "batch.result", answered, as: "treasurer").answer?["paid"].int == 2)
        // And life goes on, with the next number.
        _ = try await grant(again, [80_000], again.crypto)
        #expect(try await export(again)["export"].int == 4)
        #expect(try await books(again)?.bool == true)
        let audit = try await run(again, "audit.verify", [:], as: nil)
        #expect(audit.answer?["ok"].bool == true, "\(audit.lines)")
        try await again.close()
    }

    @Test("Put back by hand, with the ledger newer than the store: refused")
    func byHand() async throws {
        let city = try await city()
        let host = city.host
        _ = try await grant(host, [50_000, 50_000], host.crypto)
        let backup = city.temporary.file("backup.sqlite")
        _ = try await run(host, "backup", ["file": .text(backup)], as: nil)
        let head = try #require(try await export(host)["head"].text)
        let folder = try await left(city)
        let manager = FileManager.default
        for suffix in ["", "-wal", "-shm"] { try? manager.removeItem(atPath: folder.store + suffix) }
        try manager.copyItem(atPath: backup, toPath: folder.store)
        let again = try await CityHost.open(folder, clock: city.clock)
        #expect(await code { _ = try await export(again) } == .conflict)
        // Nothing marked it: the ledger alone enters it, and the batch that was built meanwhile goes on without what was sent.
        #expect(try await run(again, "batch.entered", [:], as: "treasurer").answer?["ok"].bool == true)
        #expect(await code { _ = try await export(again) } == .conflict)
        #expect(try await paidTwice(again) == 0)
        #expect(try await books(again)?.bool == true)
        _ = head
        try await again.close()
    }

    @Test("The ledger is lost with the folder: the bank's answer enters what it paid, the sheet unlocks")
    func ledgerLost() async throws {
        let city = try await city()
        let host = city.host
        let both = try await grant(host, [50_000, 51_000], host.crypto)
        let backup = city.temporary.file("backup.sqlite")
        _ = try await run(host, "backup", ["file": .text(backup)], as: nil)
        let exported = try await export(host)
        let id = try #require(exported["batch"].text.flatMap { ID<PayBatch>($0) })
        let crypto = host.crypto
        let sent = try await host.store.read { try Batches.lines(of: id, in: $0, crypto) }
        let answer = sent.lines.map {
            "\($0.n)|\($0.account.number)|\($0.account.holder)|\($0.amount.yuan)|00|成功\r\n"
        }
        let file = city.temporary.file("answer.txt")
        try Data(answer.joined().utf8).write(to: URL(fileURLWithPath: file))
        let folder = try await left(city)
        try FileManager.default.removeItem(atPath: folder.exports + "/sent")
        try FileManager.default.removeItem(atPath: folder.keyFile + ".exported")
        _ = try await Restore.run(folder, from: backup)
        let again = try await CityHost.open(folder, clock: city.clock)
        let unlock: Value = ["number": 1, "head": exported["head"]]
        #expect(await code { _ = try await run(again, "batch.entered", unlock, as: "treasurer") } == .conflict)
        let entered: Value = [
            "file": .text(file), "program": "tuition-2026", "batch": exported["number"], "on": "2026-07-15",
            "number": 1,
            "head": exported["head"],
        ]
        // A slip in the batch's number doesn't use up the year's numbers.
        for wrong in ["2026-999999", "2019-0001", "2026-0000"] {
            guard case .map(var slip) = entered else { return }
            slip["batch"] = .text(wrong)
            #expect(await code { _ = try await run(again, "batch.entered", .map(slip), as: "treasurer") } == .invalid)
        }
        let done = try await run(again, "batch.entered", entered, as: "treasurer").answer
        #expect(done?["ok"].bool == true && done?["entered"].list?.first?["matched"].int == 2)
        let states = try await again.store.read { reader in try both.map { try Entitlements.load($0, in: reader).state }
        }
        #expect(states == [.exported, .exported])
        // The bank's answer is taken as ever.
        let batch = try await run(again, "batch.list", [:], as: "treasurer").answer?.list?.first?["batch"] ?? .null
        let answered: Value = ["batch": batch, "file": .text(file)]
        // Who said by the bank's answer what was sent doesn't say by it what became of that; nothing of it is sent once more.
        #expect(await code { _ = try await run(again, "batch.result", answered, as: "treasurer") } == .forbidden)
        let rewritten: Value = ["batch": batch, "again": true]
        #expect(await code { _ = try await run(again, "batch.export", rewritten, as: "payer") } == .conflict)
        #expect(try await run(again, "batch.result", answered, as: "payer").answer?["paid"].int == 2)
        #expect(try await books(again)?.bool == true)
        try await again.close()
    }

    @Test(
        "The number beside the keys is noted again where a host was killed before it was: at an opening, and by --again"
    )
    func numberBesideKeys() async throws {
        let city = try await city()
        _ = try await grant(city.host, [50_000], city.host.crypto)
        let exported = try await export(city.host)
        let manager = FileManager.default
        let noted = try String(contentsOfFile: city.folder.keyFile + ".exported", encoding: .utf8)
        try manager.removeItem(atPath: city.folder.keyFile + ".exported")
        let again: Value = ["batch": exported["batch"], "again": true]
        _ = try await run(city.host, "batch.export", again, as: "payer")
        #expect(try String(contentsOfFile: city.folder.keyFile + ".exported", encoding: .utf8) == noted)

        try manager.removeItem(atPath: city.folder.keyFile + ".exported")
        let folder = try await left(city)
        _ = manager.createFile(atPath: folder.keyFile + ".exported.new", contents: Data("half".utf8))
        // A number that nothing sealed stands behind raises nothing: it would never fall again.
        _ = manager.createFile(atPath: folder.exports + "/sent/000009.sent", contents: Data("nothing".utf8))
        let host = try await CityHost.open(folder, clock: city.clock)
        #expect(try String(contentsOfFile: folder.keyFile + ".exported", encoding: .utf8) == noted)
        #expect(!manager.fileExists(atPath: folder.keyFile + ".exported.new"))
        try await host.close()
    }

    @Test(
        "A number beside the keys that can't be read counts as no lower one: nothing opens over it, and it stays as it is"
    )
    func unreadableNumber() async throws {
        let city = try await city()
        _ = try await grant(city.host, [50_000], city.host.crypto)
        _ = try await export(city.host)
        let folder = try await left(city)
        let manager = FileManager.default
        let marker = folder.exportMark
        let noted = try String(contentsOfFile: marker, encoding: .utf8)
        // A folder can't be read as a file, whoever the process runs as.
        try manager.removeItem(atPath: marker)
        try manager.createDirectory(atPath: marker, withIntermediateDirectories: false)
        #expect(await code { _ = try await CityHost.open(folder, clock: city.clock) } == .store)
        #expect(try manager.contentsOfDirectory(atPath: marker).isEmpty)
        try manager.removeItem(atPath: marker)
        let higher = noted.replacingOccurrences(of: " 1\n", with: " 7\n")
        try higher.write(toFile: marker, atomically: true, encoding: .utf8)
        let host = try await CityHost.open(folder, clock: city.clock)
        #expect(try String(contentsOfFile: marker, encoding: .utf8) == higher, "it never falls")
        try await host.close()
    }

    @Test("A batch whose lines can't follow it keeps no export from being entered")
    func besideOneThatCannotFollow() async throws {
        let city = try await city()
        let known = try await grant(city.host, [60_000, 60_000], city.host.crypto)
        let backup = city.temporary.file("backup.sqlite")
        _ = try await run(city.host, "backup", ["file": .text(backup)], as: nil)
        _ = try await export(city.host)
        let folder = try await left(city)
        _ = try await Restore.run(folder, from: backup)
        let again = try await CityHost.open(folder, clock: city.clock)
        let others = try await grant(again, [50_000, 51_000], again.crypto)
        let order = BatchOrder(program: "tuition-2026", only: others, remark: "助学")
        let context = again.context("treasurer")
        let (built, _) = try await Batches.build(order, luhn: { _ in true }, context, in: again.store)
        try await again.store.write(.batch) { writer in
            try Batches.void(built.batch, reason: "重做", lines: 1, context, in: writer)
            let broken = try Payments.of(others[1], in: writer)[0].id
            try writer.execute("UPDATE payment SET state = 'paid' WHERE id = $1", [.id(broken)])
        }
        let entered = try await run(again, "batch.entered", [:], as: "treasurer")
        #expect(entered.answer?["entered"].list?.map { $0["matched"].int } == [2], "\(entered.lines)")
        #expect(entered.lines.contains { $0.contains(built.batch.text) }, "\(entered.lines)")
        let states = try await again.store.read { reader in
            try known.map { try Entitlements.load($0, in: reader).state }
        }
        #expect(states == [.exported, .exported])
        try await again.close()
    }

    @Test("What is no backup is not restored, and a folder that is in use is left alone")
    func unsound() async throws {
        let city = try await city()
        let backup = city.temporary.file("backup.sqlite")
        _ = try await run(city.host, "backup", ["file": .text(backup)], as: nil)
        #expect(await code { _ = try await Restore.run(city.folder, from: backup) } == .locked)
        let folder = try await left(city)
        let before = try Data(contentsOf: URL(fileURLWithPath: folder.store))
        let broken = city.temporary.file("broken.sqlite")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: backup))
        for n in 8_192..<16_384 { bytes[n] = 0x5A }
        try bytes.write(to: URL(fileURLWithPath: broken))
        #expect(await code { _ = try await Restore.run(folder, from: broken) } != nil)
        #expect(await code { _ = try await Restore.run(folder, from: folder.path + "/VERSION") } != nil)
        #expect(await code { _ = try await Restore.run(folder, from: city.temporary.file("none")) } == .notFound)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.store)) == before)
    }
}
