import Foundation
import NiangjiaTesting
import Testing

@testable import NiangjiaCore
@testable import NiangjiaSQLite

@Suite struct GroupTests {
    private struct Refused: Error { var number: Int64 }

    private static let thing = Table(
        "thing", key: ["id"], proof: .sealed(zh: "东西", en: "thing"), [Column("id", .int), Column("label", .text)])

    /// Who fails in groups of 24 of which every sixth is a batch's.
    @Test(
        "Who fails in a group leaves nothing; nobody else's rows and events are lost or doubled; everybody hears their own end",
        arguments: [[], [0], [5], [7], [3, 4, 9], [0, 1, 2, 23], Array(0..<24), [22]] as [[Int64]])
    func failures(_ failing: [Int64]) async throws {
        let folder = try TemporaryFolder()
        let sealed = Guarded<[Int64]>([])
        let noted = Guarded<[[SQLValue]]>([])
        let store = try SQLiteStore.open(
            path: folder.file("store.sqlite"),
            migrations: [Migration(version: 1, title: "things", steps: [.create(GroupTests.thing)])],
            beforeCommit: { writer in
                let (events, rows) = (try writer.takeEvents().map(\.id), try writer.takeChangedRows().keys["thing"])
                sealed.withLock { $0 += events }
                noted.withLock { $0 += rows ?? [] }
            })
        // More than once: the first failure makes the groups after it careful.
        for round in Int64(0)..<2 {
            let (gate, started) = (DispatchSemaphore(value: 0), AsyncStream.makeStream(of: Void.self))
            let first = Task {
                try await store.write(.interactive) { _ in
                    // The first failure may have it run anew.
                    started.continuation.yield()
                    gate.wait()
                    gate.signal()
                }
            }
            for await _ in started.stream { break }
            let tasks = (Int64(0)..<24).map { number in
                Task<Int64?, any Error> {
                    do {
                        try await store.write(number % 6 == 5 ? .batch : .interactive) { writer in
                            let id = round * 100 + number
                            try writer.execute("INSERT INTO thing (id, label) VALUES ($1, '')", [.int(id)])
                            try writer.execute("UPDATE thing SET label = 'x' WHERE id = $1", [.int(id)])
                            let event = UnsealedEvent(
                                id: id, at: 0, kind: "k", actor: "a", about: "", bodyDigest: [], salt: [], body: "")
                            #expect(try writer.leave(event))
                            if failing.contains(number) { throw Refused(number: number) }
                        }
                        return nil
                    } catch let refused as Refused { return refused.number }
                }
            }
            while store.load.writes.interactive + store.load.writes.batch < 24 { await Task.yield() }
            gate.signal()
            try await first.value
            var refused: [Int64] = []
            for task in tasks { if let number = try await task.value { refused.append(number) } }
            #expect(refused == failing)
        }
        let expected = (Int64(0)..<2).flatMap { round in
            (Int64(0)..<24).filter { !failing.contains($0) }.map { round * 100 + $0 }
        }
        let kept = try await store.read {
            try $0.all("SELECT id FROM thing WHERE label = 'x' ORDER BY id") { $0.int(0) }
        }
        #expect(kept == expected)
        #expect(sealed.withLock { $0 }.sorted() == expected)
        #expect(noted.withLock { Set($0) } == Set(expected.map { [.int($0)] }))
        #expect(noted.withLock { $0.count } == expected.count)
        try await store.close()
    }

    @Test("Events that the hook leaves lying undo the transaction: they are nowhere else")
    func forgottenEvents() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.open(
            path: folder.file("store.sqlite"),
            migrations: [Migration(version: 1, title: "things", steps: [.create(GroupTests.thing)])],
            beforeCommit: { _ = try $0.takeChangedRows() })
        try await store.write(.interactive) { try $0.execute("INSERT INTO thing (id, label) VALUES (1, '')", []) }
        await #expect(throws: StoreError.self) {
            try await store.write(.interactive) { writer in
                try writer.execute("INSERT INTO thing (id, label) VALUES (2, '')", [])
                _ = try writer.leave(
                    UnsealedEvent(id: 1, at: 0, kind: "", actor: "", about: "", bodyDigest: [], salt: [], body: ""))
            }
        }
        #expect(try await store.glance { try $0.integer("SELECT COUNT(*) FROM thing") } == 1)
        try await store.close()
    }
}
