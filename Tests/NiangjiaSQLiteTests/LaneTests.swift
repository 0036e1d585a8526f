import Foundation
import NiangjiaCore
import NiangjiaTesting
import Testing

@testable import NiangjiaSQLite

@Suite struct LaneTests {
    @Test(
        "What people wait for is done before what batches do, whichever came first; and what waits and was committed is told"
    )
    func order() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.open(path: folder.file("store.sqlite"), migrations: StoreConformance.migrations)
        let (gate, started) = (DispatchSemaphore(value: 0), AsyncStream.makeStream(of: Void.self))
        let done = Guarded<[WriteLane]>([])
        // The writer is busy until the gate opens.
        let first = Task {
            try await store.write(.interactive) { _ in
                started.continuation.yield()
                gate.wait()
            }
        }
        for await _ in started.stream { break }
        let count = 40
        func add(_ lane: WriteLane) -> [Task<Void, any Error>] {
            (0..<count).map { _ in Task { try await store.write(lane) { _ in done.withLock { $0.append(lane) } } } }
        }
        let batches = add(.batch)
        while store.load.writes.batch < count { await Task.yield() }
        let people = add(.interactive)
        while store.load.writes.interactive < count { await Task.yield() }
        gate.signal()
        for task in [first] + batches + people { try await task.value }
        let order = done.withLock { $0 }
        #expect(order.count == 2 * count)
        #expect(order.prefix(count).allSatisfy { $0 == .interactive }, "\(order)")
        let load = store.load
        #expect(load.writes == (0, 0) && load.reads == 0)
        #expect(load.commits.writes == Int64(2 * count + 1) && load.commits.groups < load.commits.writes)
        #expect(load.commits.largest > Int64(count))
        let before = load.commits.longer
        try await store.write(.batch) { _ in Thread.sleep(forTimeInterval: 0.11) }
        #expect(zip(store.load.commits.longer, before).map { $0 - $1 }.first == 1)
        try await store.close()
    }
}
