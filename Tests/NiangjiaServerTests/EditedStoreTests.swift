import Foundation
import NiangjiaCore
import NiangjiaSQLite
import Testing

@testable import NiangjiaServer

/// What somebody who can write the store's file, or the folder beside it, leaves there.
@Suite("What was edited beside the host is named", .serialized) struct EditedStoreTests {
    private func command(
        _ operation: String, _ arguments: Value = [:], in folder: DataFolder
    ) async -> (status: NiangjiaServer.ExitStatus, sink: CollectingSink) {
        let sink = CollectingSink()
        return (await Runner.run(operation, arguments, in: folder, as: .none, to: sink), sink)
    }

    /// A city that nobody works on: a copy of one that was closed.
    private func left(_ city: TestCity) async throws -> DataFolder {
        try await city.host.close()
        let folder = DataFolder(city.temporary.file("left"), environment: [:])
        try FileManager.default.copyItem(atPath: city.folder.path, toPath: folder.path)
        try FileManager.default.copyItem(atPath: city.folder.keyFile, toPath: folder.keyFile)
        return folder
    }

    @Test("A planted trigger opens nothing, is no backup, and comes back with none")
    func trigger() async throws {
        let city = try await TestCity(approved: false)
        let backup = city.temporary.file("backup.sqlite")
        _ = try await city.run("backup", ["file": .text(backup)], as: nil)
        let sql = "CREATE TRIGGER evil AFTER INSERT ON session BEGIN UPDATE visit SET count = 50; END"
        // Under a host that is at work.
        try await city.host.store.write(.interactive) { try $0.execute(sql, []) }
        let verified = try await city.run("audit.verify", [:], as: nil)
        #expect(verified.answer?["ok"].bool == false && verified.lines.contains { $0.contains("多出触发器 evil") })
        let doctor = try await city.run("doctor", [:], as: nil)
        #expect(doctor.answer?["ok"].bool == false && doctor.lines.contains { $0.contains("evil") })
        let copy = city.temporary.file("copy.sqlite")
        #expect(await code { _ = try await city.run("backup", ["file": .text(copy)], as: nil) } == .store)
        let folder = try await left(city)
        for operation in ["doctor", "audit.verify", "account.list"] {
            let told = await command(operation, in: folder)
            #expect(told.status == .wrong && told.sink.failure?.code == "store", "\(operation)")
        }
        do {
            _ = try await Restore.run(folder, from: copy + ".damaged")
            Issue.record("a store with a planted trigger was restored")
        } catch let error as NiangjiaError {
            #expect(error.code == .store && error.message.zh.contains("多出触发器 evil"), "\(error.message.zh)")
        }
        _ = try await Restore.run(folder, from: backup)
        #expect(await command("audit.verify", in: folder).status == .ok)
    }

    @Test("A backup whose chain ends in what isn't this system's is refused, and restored where that is accepted")
    func foreignEnd() async throws {
        let city = try await TestCity(approved: false)
        let backup = city.temporary.file("backup.sqlite")
        _ = try await city.run("backup", ["file": .text(backup)], as: nil)
        let folder = try await left(city)
        let planted = try SQLiteStore.open(path: backup, migrations: NiangjiaSchema.migrations)
        try await planted.write(.interactive) { writer in
            try writer.execute(
                """
                INSERT INTO chain_event
                (id, seq, at, kind, actor, about, body_digest, salt, body, previous, digest, mark)
                SELECT 77, seq + 1, at, 'test.planted', 'admin', 'keeper', body_digest, salt, body, digest,
                x'0707', x'0909' FROM chain_event WHERE seq = (SELECT max(seq) FROM chain_event)
                """, [])
        }
        try await planted.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: folder.store))
        let refused = await #expect(throws: NiangjiaError.self) { try await Restore.run(folder, from: backup) }
        #expect(refused?.code == .conflict && refused?.message.zh.contains("不是本系统写入的") == true)
        #expect(refused?.message.zh.contains("--accept-foreign-end") == true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.store)) == before)
        #expect(!FileManager.default.fileExists(atPath: folder.store + ".restoring"))
        let told = try await Restore.run(folder, from: backup, acceptsForeignEnd: true)
        #expect(told.contains { $0.contains("不是本系统写入的") }, "\(told)")
        // It works again, and whoever verifies hears of it for ever.
        try await CityHost.open(folder, clock: city.clock, passwordCost: 10).close()
        let verified = await command("audit.verify", in: folder)
        #expect(
            verified.status == .wrong && verified.sink.answer?["ok"].bool == false,
            "\(String(describing: verified.sink.failure)) \(verified.sink.lines)")
    }

    @Test("A file of any version of the configuration that was changed is named; so a backup is none")
    func configuration() async throws {
        let city = try await TestCity()
        let old = try await city.host.bundles.active().digest
        let path = city.folder.path + "/config/niangjia.yaml"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try (text + "\n# another version\n").write(toFile: path, atomically: true, encoding: .utf8)
        let new = try await city.approve().digest
        #expect(old != new)
        #expect(try await city.run("audit.verify", [:], as: nil).answer?["ok"].bool == true)
        try await city.host.store.write(.interactive) { writer in
            try writer.execute(
                """
                UPDATE bundle_file SET content = $1 WHERE digest IN
                  (SELECT file FROM bundle_member WHERE bundle = $2 AND path = 'config/niangjia.yaml')
                """, [.blob(Array("name: x".utf8)), .text(old)])
        }
        let named = "配置版本 \(old.prefix(12)) 的文件 config/niangjia.yaml"
        for operation in ["audit.verify", "doctor"] {
            let told = try await city.run(operation, [:], as: nil)
            #expect(told.answer?["ok"].bool == false, "\(operation)")
            #expect(told.lines.contains { $0.contains(named) }, "\(operation): \(told.lines)")
        }
        let copy = city.temporary.file("copy.sqlite")
        #expect(await code { _ = try await city.run("backup", ["file": .text(copy)], as: nil) } == .store)
        try await city.host.store.write(.interactive) { try $0.execute("DELETE FROM bundle_file", []) }
        let gone = try await city.run("audit.verify", [:], as: nil)
        #expect(gone.lines.contains { $0.contains(named) && $0.contains("缺失") })
        try await city.host.close()
    }

    @Test("Evidence files that are gone are counted and named; with --all, those that were altered; a restore says so")
    func evidence() async throws {
        let city = try await TestCity(approved: false)
        let backup = city.temporary.file("backup.sqlite")
        var names: [String] = []
        for number in 0..<5 {
            let content = Array("%PDF-1.4 \(number)".utf8)
            names.append(try await city.host.evidence.add(content, by: "office"))
        }
        // What nothing names is swept away one day, and missed by nobody.
        let unnamed = try await city.host.evidence.add(Array("%PDF-1.4 unnamed".utf8), by: "office")
        try await city.host.store.write(.interactive) { writer in
            _ = try writer.execute(
                "UPDATE evidence SET references_count = 1 WHERE lower(hex(digest)) <> $1", [.text(unnamed)])
        }
        _ = try await city.run("backup", ["file": .text(backup)], as: nil)
        func file(_ name: String) -> String { "\(city.folder.files)/\(name.prefix(2))/\(name)" }
        #expect(try await city.run("doctor", ["all": true], as: nil).answer?["ok"].bool == true)
        var bytes = try #require(FileManager.default.contents(atPath: file(names[0])))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: file(names[0])))
        #expect(try await city.run("doctor", [:], as: nil).answer?["ok"].bool == true)
        let all = try await city.run("doctor", ["all": true], as: nil)
        #expect(all.lines.contains { $0.contains("附件内容被改动或损坏 1 个") && $0.contains(names[0]) }, "\(all.lines)")
        for name in names.dropFirst() + [unnamed] { unlink(file(name)) }
        let told = try await city.run("doctor", [:], as: nil)
        #expect(told.lines.contains { $0.contains("附件缺失 4 个") && $0.contains("…") }, "\(told.lines)")
        let folder = try await left(city)
        let restored = try await Restore.run(folder, from: backup)
        #expect(restored.contains { $0.contains("附件缺失 4 个") && $0.contains("files/") }, "\(restored)")
    }

    @Test("Cards that were exchanged stop the export, and the line and the payee are named; refreshing goes on")
    func exchangedCards() async throws {
        let city = try await TestCity()
        let all = try await city.entitle(3)
        let built = try await city.run("batch.build", ["program": "tuition-2026"], as: "treasurer")
        let batch: Value = ["batch": built.answer?["batch"] ?? .null]
        _ = try await city.run("batch.approve", batch, as: "payer")
        let (from, to) = (try #require(all[0].payee.id), try #require(all[1].payee.id))
        try await city.host.store.write(.interactive) { writer in
            try writer.execute(
                "UPDATE person SET card_sealed = (SELECT card_sealed FROM person WHERE id = $1) WHERE id = $2",
                [.int(from), .int(to)])
        }
        let payee = ID<Person>(rawValue: to).text
        let refusal = await #expect(throws: NiangjiaError.self) {
            try await city.run("batch.export", batch, as: "payer")
        }
        #expect(refusal?.code == .unreadable)
        let words = refusal?.message.zh ?? ""
        #expect(words.contains("第 2 笔,收款人 \(payee)(\(all[1].id))"), "\(words)")
        #expect(refusal?.message.zh.contains("batch refresh") == true)
        let doctor = try await city.run("doctor", [:], as: nil)
        #expect(doctor.lines.contains { $0.contains(payee) }, "\(doctor.lines)")
        let refreshed = try await city.run("batch.refresh", batch, as: "treasurer").answer
        #expect(refreshed?["dropped"].list?.map { $0["entitlement"].text } == [all[1].id.text])
        _ = try await city.run("batch.approve", batch, as: "payer")
        #expect(try await city.run("batch.export", batch, as: "payer").answer?["count"].int == 2)
        // Whoever builds the next batch hears of whom.
        let next = await #expect(throws: NiangjiaError.self) {
            try await city.run("batch.build", ["program": "tuition-2026"], as: "treasurer")
        }
        #expect(next?.code == .unreadable && next?.message.en.contains(payee) == true)
        try await city.host.close()
    }

    @Test("A head is taken as `audit head` prints it; what is wrong with another is said")
    func heads() async throws {
        let city = try await TestCity(approved: false)
        let head = try #require(try await city.host.store.read { try Chain.head(in: $0) })
        let lines = try await city.run("audit.head", [:], as: nil).lines
        let english = try await city.run("audit.head", [:], as: nil, in: .en).lines
        for given in lines + english + [head.printed, head.printed.uppercased() + "\n", head.value.json] {
            let told = try await city.run("audit.verify", ["heads": [.text(given)]], as: nil)
            #expect(told.answer?["ok"].bool == true, "\(given)")
        }
        let wrong = [
            String(head.printed.dropLast(6)): "太短", head.printed.replacingOccurrences(of: "-", with: "-*"): "“*”",
            head.printed + "0": "校验不符",
        ]
        for (given, why) in wrong {
            let refusal = await #expect(throws: NiangjiaError.self) {
                try await city.run("audit.verify", ["heads": [.text(given)]], as: nil)
            }
            #expect(refusal?.code == .invalid && refusal?.message.zh.contains(why) == true, "\(given)")
        }
        try await city.host.close()
    }

    @Test("A disk without room is told by doctor before it is full; a host on a full one isn't ready")
    func room() async throws {
        let city = try await TestCity()
        let full = HostWatch(city.host) { _ in DiskRoom(free: 0, hasFiles: true) }
        #expect(await full.readiness().parts["store"] == false)
        let noFiles = HostWatch(city.host) { _ in DiskRoom(free: 1 << 40, hasFiles: false) }
        #expect(await noFiles.readiness().parts["store"] == false)
        #expect(await HostWatch(city.host).readiness().parts["store"] == true)
        let (little, much) = (Int.max >> 2, 0)
        #expect(Operations.room(city.folder, store: little).first?.zh.contains("MB") == true)
        let found = try #require(DiskRoom(at: city.folder.path))
        #expect(Operations.room(city.folder, store: much).isEmpty == (found.free >= DiskRoom.ample && found.hasFiles))
        try await city.host.close()
    }
}
