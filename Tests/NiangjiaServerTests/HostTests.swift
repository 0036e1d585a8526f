import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

@Suite struct HostTests {
    @Test("The folder has one owner; whoever comes second is told which process")
    func lock() async throws {
        let city = try await TestCity(approved: false)
        do {
            _ = try await CityHost.open(city.folder, clock: city.clock)
            Issue.record("two hosts of one folder")
        } catch let error as NiangjiaError {
            #expect(error.code == .locked)
            #expect(error.message.zh.contains("进程 \(getpid())"))
        }
        try await city.host.close()
    }

    @Test("The host refuses to book when time has gone back")
    func time() async throws {
        let city = try await TestCity(approved: false)
        let folder = city.folder
        try await city.host.close()
        let early = FixedClock(city.clock.now() + -3_600_000)
        // The lock goes with the last reference of the host that holds it: another process stands for it here.
        let copy = DataFolder(city.temporary.file("copy"), keys: folder.keyFile)
        try FileManager.default.copyItem(atPath: folder.path, toPath: copy.path)
        #expect(await code { _ = try await CityHost.open(copy, clock: early) } == .store)
        let again = try await CityHost.open(copy, clock: city.clock)
        try await again.close()
    }

    @Test("Each start leases another host number, so that no id is made twice")
    func hostNumbers() async throws {
        let city = try await TestCity(approved: false)
        try await city.host.close()
        var seen: Set<Int64> = []
        for n in 0..<3 {
            let copy = DataFolder(city.temporary.file("n\(n)"), keys: city.folder.keyFile)
            let from = n == 0 ? city.folder.path : city.temporary.file("n\(n - 1)")
            try FileManager.default.copyItem(atPath: from, toPath: copy.path)
            let host = try await CityHost.open(copy, clock: city.clock)
            #expect(seen.insert(host.ids.next(CaseFile.self).rawValue).inserted)
            try await host.close()
        }
    }

    @Test("The data folder is its owner's alone")
    func modes() async throws {
        let city = try await TestCity(approved: false)
        for path in [
            city.folder.path, city.folder.path + "/store", city.folder.path + "/files", city.folder.path + "/run",
        ] {
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
            #expect(mode?.intValue == 0o700, "\(path)")
        }
        #expect(!city.folder.keyFile.hasPrefix(city.folder.path + "/"))
        try await city.host.close()
    }

    @Test("Evidence is sealed on the disk, shared by content, kept while somebody names it")
    func evidence() async throws {
        let city = try await TestCity(approved: false)
        let content = Array("%PDF-1.4 a diagnosis".utf8)
        let name = try await city.host.evidence.add(content, by: "office")
        #expect(try await city.host.evidence.add(content, by: "office") == name)
        #expect(try await city.host.evidence.content(name) == content)
        let stored = try Data(contentsOf: URL(fileURLWithPath: "\(city.folder.files)/\(name.prefix(2))/\(name)"))
        #expect(stored.range(of: Data("diagnosis".utf8)) == nil)
        #expect(await code { _ = try await city.host.evidence.add(Array("MZ".utf8), by: "office") } == .invalid)

        try await city.host.store.write(.interactive) { writer in
            try EvidenceFiles.refer(to: name, owner: "c-1", label: "proof", by: "office", in: writer)
            try EvidenceFiles.refer(to: name, owner: "c-1", label: "proof", by: "office", in: writer)
        }
        city.clock.advance(milliseconds: EvidenceFiles.sweepAfter + 1)
        #expect(try await city.host.evidence.sweep() == 0)
        let lonely = try await city.host.evidence.add(content + [0x20], by: "office")
        city.clock.advance(milliseconds: EvidenceFiles.sweepAfter + 1)
        #expect(try await city.host.evidence.sweep() == 1)
        #expect(await code { _ = try await city.host.evidence.content(lonely) } == .notFound)
        #expect(try await city.host.evidence.content(name) == content)
        try await city.host.close()
    }

    @Test("What is refused gives back the files that it named; what a stopped host left is given back after a day")
    func namedInVain() async throws {
        let city = try await TestCity(approved: false)
        let evidence = city.host.evidence
        let names = [
            try await evidence.add(Array("%PDF-1.4 0".utf8), by: "office"),
            try await evidence.add(Array("%PDF-1.4 1".utf8), by: "office"),
            try await evidence.add(Array("%PDF-1.4 2".utf8), by: "office"),
            try await evidence.add(Array("%PDF-1.4 3".utf8), by: "office"),
        ]
        func files(_ n: Int) -> [(label: String, name: String)] { [(label: "proof", name: names[n])] }
        func counts() async throws -> [Int64] {
            try await city.host.store.read { reader in
                try names.map { name in
                    try reader.integer(
                        "SELECT references_count FROM evidence WHERE digest = $1",
                        [.blob(bytes(hexadecimal: name) ?? [])])
                        ?? -1
                }
            }
        }
        let refusal = NiangjiaError(.conflict, zh: "不行", en: "no")
        let fault = NiangjiaError(.internal, zh: "错", en: "fault")
        try await evidence.naming(files(0), of: "c-1", by: "office") {}
        // The owner named it before: that stays.
        #expect(
            await code { try await evidence.naming(files(0), of: "c-1", by: "office") { throw refusal } } == .conflict)
        #expect(
            await code { try await evidence.naming(files(1), of: "c-1", by: "office") { throw refusal } } == .conflict)
        #expect(try await counts() == [1, 0, 0, 0])
        let filing = "filing:\(city.host.ids.next(CaseFile.self))"
        #expect(
            await code { try await evidence.naming(files(2), of: filing, by: "office") { throw fault } } == .internal)
        #expect(try await counts() == [1, 0, 1, 0], "nobody can say that it had no effect")
        city.clock.advance(milliseconds: EvidenceFiles.sweepAfter / 2)
        #expect(try await evidence.sweep() == 0)
        city.clock.advance(milliseconds: EvidenceFiles.sweepAfter / 2 + 1)
        #expect(try await evidence.sweep() == 2, "the one that was refused, and the one that never was anything's")
        #expect(try await counts() == [1, -1, 0, -1])
        city.clock.advance(milliseconds: EvidenceFiles.sweepAfter + 1)
        #expect(try await evidence.sweep() == 1)
        #expect(try await counts() == [1, -1, -1, -1])
        try await city.host.close()
    }

    @Test("The outbox delivers each message once")
    func outbox() async throws {
        let city = try await TestCity(approved: false)
        let context = city.host.context("office")
        let isNew = try await city.host.store.write(.interactive) { writer in
            [
                try Outbox.put("notice", dedupe: "c-1/approved", to: "p-1", body: ["text": "已核准"], context, in: writer),
                try Outbox.put("notice", dedupe: "c-1/approved", to: "p-1", body: ["text": "已核准"], context, in: writer),
                try Outbox.put(
                    "notice", dedupe: "c-2/approved", to: "p-2", body: ["text": "第二行\n"], context, in: writer),
            ]
        }
        #expect(isNew == [true, false, true])
        func lines() throws -> [Value] {
            let folder = city.folder.exports + "/outbox"
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(names.count == 1)
            let text = try String(contentsOfFile: "\(folder)/\(names[0])", encoding: .utf8)
            return try text.split(separator: "\n").map { try Value(json: String($0)) }
        }
        #expect(try await OutboxDelivery(city.host).deliver() == 2)
        #expect(try lines().map { $0["to"].text } == ["p-1", "p-2"])
        #expect(try await OutboxDelivery(city.host).deliver() == 0)
        // A crash before they were marked: the same file again, with what has come since.
        try await city.host.store.write(.interactive) { writer in
            try writer.execute("UPDATE outbox SET state = 'waiting'", [])
            try Outbox.put("notice", dedupe: "c-3/approved", to: "p-3", body: [:], context, in: writer)
        }
        #expect(try await OutboxDelivery(city.host).deliver() == 3)
        #expect(try lines().map { $0["to"].text } == ["p-1", "p-2", "p-3"])
        #expect(Set(try lines().map { $0["id"].text }).count == 3)
        try await city.host.close()
    }
}
