import Dispatch
import NiangjiaCore

/// What a closure throws in these suites.
private struct Deliberate: Error {}

extension StoreConformance {
    func uniqueKeys() async throws {
        try await on { store in
            try await store.write(.interactive) { writer in
                try writer.execute("INSERT INTO item (id) VALUES (1)", [])
                try writer.execute("INSERT INTO slot (owner, ordinal, state) VALUES ('a', 1, 'live')", [])
                try writer.execute("INSERT INTO slot (owner, ordinal, state) VALUES ('a', 2, 'void')", [])
                try writer.execute("INSERT INTO slot (owner, ordinal, state) VALUES ('a', 3, 'void')", [])
            }
            let taken = [
                ("INSERT INTO item (id) VALUES (1)", "item"),
                ("INSERT INTO slot (owner, ordinal, state) VALUES ('a', 2, 'void')", "slot"),
                // A second live one: the index is partial.
                ("INSERT INTO slot (owner, ordinal, state) VALUES ('a', 4, 'live')", "slot"),
                ("UPDATE slot SET state = 'live' WHERE ordinal = 2", "slot"),
            ]
            for (sql, table) in taken {
                let error = try await failure(sql) { try await store.write(.interactive) { try $0.execute(sql, []) } }
                guard case .duplicate(let place) = error, place.contains(table) else {
                    throw ConformanceFailure(description: "\(sql): \(error)")
                }
            }
            let inserted = try await store.write(.interactive) { writer in
                try writer.execute(
                    """
                    INSERT INTO slot (owner, ordinal, state) VALUES ('a', 5, 'live') \
                    ON CONFLICT (owner) WHERE state = 'live' DO NOTHING
                    """, [])
            }
            try expect(inserted, is: 0, "rows of an insert that met a conflict")
        }
    }

    func throwingClosure() async throws {
        try await on { store in
            do {
                try await store.write(.interactive) { writer in
                    try writer.execute("INSERT INTO trace (id, label) VALUES (1, 'a')", [])
                    try writer.insert(into: "trace", columns: ["id", "label"], values: [.int(2), .text("b")])
                    throw Deliberate()
                }
                throw ConformanceFailure(description: "the closure's error was swallowed")
            } catch is Deliberate {}
            try expect(try await store.read { try $0.count("trace") }, is: 0, "rows left behind")
        }
    }

    func failingMember() async throws {
        try await on { store in
            let outcomes = await withTaskGroup(of: (Int64, Bool).self) { group in
                for number in Int64(0)..<60 {
                    group.addTask {
                        do {
                            try await store.write(number % 2 == 0 ? .interactive : .batch) { writer in
                                // Each third takes a key that the second one of it has: some fail after they wrote.
                                try writer.execute(
                                    "INSERT INTO trace (id, label) VALUES ($1, $2)",
                                    [.int(1000 + number), .text("before")])
                                try writer.execute(
                                    "INSERT INTO trace (id, label) VALUES ($1, $2)",
                                    [.int(number % 3 == 0 ? 1 : number + 1), .text("key")])
                            }
                            return (number, true)
                        } catch { return (number, false) }
                    }
                }
                return await group.reduce(into: [Int64: Bool]()) { $0[$1.0] = $1.1 }
            }
            let kept = outcomes.filter(\.value).keys.sorted()
            try expect(kept.filter { $0 % 3 == 0 }.count, is: 1, "winners of the one key")
            try expect(kept.filter { $0 % 3 != 0 }.count, is: 40, "the others")
            let found = try await store.read { reader in
                try reader.all("SELECT id - 1000 FROM trace WHERE label = 'before' ORDER BY id") { $0.int(0) }
            }
            try expect(found, is: kept, "rows of those that were acknowledged")
        }
    }

    /// PostgreSQL ends a transaction at its first error: going on after one works on no engine.
    func catchingClosure() async throws {
        try await on { store in
            for goesOn in [true, false] {
                let error = try await failure("a swallowed error") {
                    try await store.write(.interactive) { writer in
                        try writer.execute("INSERT INTO trace (id, label) VALUES (1, 'first')", [])
                        do {
                            try writer.execute("INSERT INTO trace (id, label) VALUES (1, 'again')", [])
                        } catch is StoreError {}
                        if goesOn { try writer.execute("INSERT INTO trace (id, label) VALUES (3, 'third')", []) }
                    }
                }
                if !goesOn, case .duplicate = error {
                } else if goesOn, case .statement = error {
                } else {
                    throw ConformanceFailure(description: "swallowed: \(error)")
                }
            }
            do {
                try await store.write(.interactive) { writer in
                    try writer.execute("INSERT INTO trace (id, label) VALUES (1, 'first')", [])
                    // What a loop's body throws is no statement's failure.
                    do {
                        try writer.forEach("SELECT id FROM trace", []) { _ in throw Deliberate() }
                    } catch is Deliberate {}
                    try writer.execute("INSERT INTO trace (id, label) VALUES (2, 'second')", [])
                }
            }
            let ids = try await store.read { try $0.all("SELECT id FROM trace ORDER BY id") { $0.int(0) } }
            try expect(ids, is: [1, 2], "rows")
        }
    }

    func snapshot() async throws {
        try await on { store in
            try await store.write(.interactive) { try $0.execute("INSERT INTO item (id, amount) VALUES (1, 10)", []) }
            let readerStarted = DispatchSemaphore(value: 0)
            let written = DispatchSemaphore(value: 0)
            async let seen = store.read { reader -> [Int64?] in
                let first = try reader.integer("SELECT amount FROM item WHERE id = 1")
                readerStarted.signal()
                guard written.wait(timeout: .now() + 300) == .success else {
                    throw ConformanceFailure(description: "the writer waited for the reader")
                }
                return [first, try reader.integer("SELECT amount FROM item WHERE id = 1")]
            }
            await onDispatch { readerStarted.wait() }
            try await store.write(.interactive) { try $0.execute("UPDATE item SET amount = 20 WHERE id = 1", []) }
            let after = try await store.read { try $0.integer("SELECT amount FROM item WHERE id = 1") }
            written.signal()
            try expect(try await seen, is: [10, 10], "what the older snapshot saw")
            try expect(after, is: 20, "what a read after the write saw")
        }
    }

    func lanes() async throws {
        try await on { store in
            let started = DispatchSemaphore(value: 0)
            let goOn = DispatchSemaphore(value: 0)
            async let blocker: Void = store.write(.interactive) { _ in
                started.signal()
                _ = goOn.wait(timeout: .now() + 300)
            }
            await onDispatch { started.wait() }
            // Counted just before each joins its queue: on a busy machine a task may start late.
            let joining = Guarded(0)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in Int64(0)..<20 {
                    let lane: WriteLane = number < 10 ? .batch : .interactive
                    group.addTask {
                        joining.withLock { $0 += 1 }
                        try await store.write(lane) { writer in
                            let next = (try writer.count("trace") ?? 0) + 1
                            try writer.execute(
                                "INSERT INTO trace (id, label) VALUES ($1, $2)",
                                [.int(next), .text(lane == .batch ? "batch" : "interactive")])
                        }
                    }
                    // The ten batch members are queued for certain before the first interactive one.
                    if number == 9 { try await untilJoined(10, joining) }
                }
                try await untilJoined(20, joining)
                goOn.signal()
                try await group.waitForAll()
            }
            try await blocker
            let order = try await store.read { try $0.all("SELECT label FROM trace ORDER BY id") { $0.text(0) } }
            let expected = Array(repeating: "interactive", count: 10) + Array(repeating: "batch", count: 10)
            try expect(order, is: expected, "order")
        }
    }

    private func untilJoined(_ count: Int, _ joining: Guarded<Int>) async throws {
        while joining.withLock({ $0 }) < count { try await Task.sleep(for: .milliseconds(20)) }
        try await Task.sleep(for: .milliseconds(200))
    }

    /// While people keep writing, a batch gets on: twenty members within the time of two thousand interactive writes.
    func batchShare() async throws {
        try await on { store in
            let stop = Guarded(false)
            let interactive = try await withThrowingTaskGroup(of: Int.self) { group in
                for worker in Int64(0)..<8 {
                    group.addTask {
                        var done = 0
                        while !stop.withLock({ $0 }), done < 20_000 {
                            let id = worker * 1_000_000 + Int64(done)
                            try await store.write(.interactive) {
                                try $0.execute("INSERT INTO item (id) VALUES ($1)", [.int(id)])
                            }
                            done += 1
                        }
                        return done
                    }
                }
                for number in Int64(0)..<20 {
                    try await store.write(.batch) {
                        try $0.execute("INSERT INTO trace (id, label) VALUES ($1, '')", [.int(number)])
                    }
                }
                stop.withLock { $0 = true }
                return try await group.reduce(0, +)
            }
            guard interactive < 8 * 20_000 else { throw ConformanceFailure(description: "the batch was starved") }
        }
    }

    func conditionalUpdates() async throws {
        try await on { store in
            try await store.write(.interactive) { writer in
                for id in Int64(1)...5 {
                    try writer.execute("INSERT INTO item (id, amount) VALUES ($1, 0)", [.int(id)])
                }
            }
            let taken = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<30 {
                    group.addTask {
                        try await store.write(.interactive) { writer in
                            try writer.execute(
                                "UPDATE item SET amount = amount + $2 WHERE id = $1 AND amount + $2 <= $3",
                                [.int(1), .int(10), .int(75)])
                        }
                    }
                }
                return try await group.reduce(0, +)
            }
            try expect(taken, is: 7, "places taken of seven")
            let counts = try await store.write(.interactive) { writer in
                [
                    try writer.execute("UPDATE item SET amount = 1 WHERE id > 1", []),
                    try writer.execute("DELETE FROM item WHERE id > 3", []),
                    try writer.execute("DELETE FROM item WHERE id > 3", []),
                    try writer.execute(
                        "WITH x AS (SELECT 1 AS n) UPDATE item SET amount = 2 WHERE id = (SELECT n FROM x)", []),
                ]
            }
            try expect(counts, is: [4, 2, 0, 1], "row counts")
        }
    }

    func concurrentWriters() async throws {
        try await on { store in
            try await store.write(.interactive) { try $0.execute("INSERT INTO item (id, amount) VALUES (1, 0)", []) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writerNumber in 0..<100 {
                    group.addTask {
                        for _ in 0..<10 {
                            try await store.write(writerNumber % 2 == 0 ? .interactive : .batch) { writer in
                                let amount = try writer.integer("SELECT amount FROM item WHERE id = 1") ?? -1
                                try writer.execute("UPDATE item SET amount = $1 WHERE id = 1", [.int(amount + 1)])
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let amount = try await store.read { try $0.integer("SELECT amount FROM item WHERE id = 1") }
            try expect(amount, is: 1000, "counter")
        }
    }

    func endedSessions() async throws {
        try await on { store in
            let kept = Guarded<Kept?>(nil)
            try await store.write(.interactive) { writer in kept.withLock { $0 = Kept(writer: writer) } }
            _ = try await failure("a writer after its closure") {
                try await store.write(.interactive) { _ in
                    let old = kept.withLock { $0 }
                    try old?.writer.execute("INSERT INTO trace (id, label) VALUES (1, '')", [])
                }
            }
            try expect(try await store.read { try $0.count("trace") }, is: 0, "rows")
        }
    }

    func closing() async throws {
        let store = try await make()
        try await store.write(.interactive) { try $0.execute("INSERT INTO trace (id, label) VALUES (1, '')", []) }
        try await store.close()
        let write = try await failure("a write after close") { try await store.write(.interactive) { _ in } }
        let read = try await failure("a read after close") { try await store.read { _ in } }
        try expect([write, read], is: [.closed, .closed], "errors")
        try await store.close()
    }

    /// Waits without holding one of Swift's own threads.
    private func onDispatch(_ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                body()
                continuation.resume()
            }
        }
    }
}

/// A writer that outlives its closure, which is what the suite is about.
private struct Kept: @unchecked Sendable { var writer: any StoreWriter }
