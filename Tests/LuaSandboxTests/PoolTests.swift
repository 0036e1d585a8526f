import Foundation
import Testing

@testable import LuaSandbox

@Suite struct PoolTests {
    @Test func aReplayGivesTheSameBytesInAFreshWorker() async throws {
        let first = try await Sandbox.pool.call(PluginTests.coolingCall(rows: 500), on: PluginTests.cooling)
        let pool = WorkerPool()
        let again = try await pool.replay(requestBytes: first.requestBytes, on: PluginTests.cooling)
        #expect(again.replyBytes == first.replyBytes)
        #expect(again.rows == first.rows)
        #expect(try ScriptVerdict.decode(first.replyBytes) == Array(first.rows))
    }

    @Test func requestsAreAFunctionOfTheirContent() throws {
        let one = ScriptDictionary(["b", "a", nil, "b"])
        let other = ScriptDictionary(entries: ["unused", "a", "b"], indexes: [2, 1, .max, 2])
        func call(_ texts: ScriptDictionary<String>, _ hidden: Int64) -> ScriptCall {
            ScriptCall(
                function: "assess.x", rows: 4, settings: [["b": 1, "a": ["y": 1, "x": 2]]],
                columns: [
                    ScriptColumn("facts.t", .texts(texts)),
                    ScriptColumn("facts.n", .integers([1, hidden, 3, 4]), absent: [false, true, false, false]),
                    ScriptColumn(
                        "facts.m", .booleans([true, hidden > 0, true, false]), absent: [false, true, false, false]),
                ])
        }
        #expect(try call(one, 2).encoded() == call(other, -99).encoded())
        #expect(
            try ScriptCall(
                function: "f", rows: 2, columns: [ScriptColumn("facts.n", .integers([1, 2]), absent: [false, false])]
            ).encoded()
                == ScriptCall(function: "f", rows: 2, columns: [ScriptColumn("facts.n", .integers([1, 2]))]).encoded())
    }

    @Test func textsThatUnicodeTakesForOneKeepTheirBytes() async throws {
        let composed = "\u{e9}"
        let decomposed = "e\u{301}"
        #expect(composed == decomposed)
        let call = ScriptCall(
            function: "assess.x", rows: 2,
            columns: [ScriptColumn("facts.t", .texts(ScriptDictionary([composed, decomposed])))])
        let source = Sandbox.source("function program.assess.x(facts) return grant(#facts.t) end")
        #expect(try await Sandbox.pool.call(call, on: source).rows.map(\.amount) == [2, 3])
    }

    @Test func valuesSurviveTheirBytes() throws {
        let value: ScriptValue = [
            "null": .null, "bools": [true, false], "ints": [0, -1, 9_223_372_036_854_775_807, .int(.min)], "text": "户外",
            "empty": [:],
            "file": .opaque("f-1"), "nested": [["a": [1, ["b": .null]]]],
        ]
        #expect(try ScriptValue(encoded: value.encoded) == value)
        for length in 0..<value.encoded.count {
            #expect(throws: ScriptError.self) { try ScriptValue(encoded: Array(value.encoded.prefix(length))) }
        }
    }

    @Test func hiddenStateIsFound() async throws {
        // Past the loader's checks, so that the second judgement has something to find.
        let source = Sandbox.source(
            "local seen = 0\nfunction program.assess.x(facts)\n seen = seen + 1\n return grant(seen)\nend",
            unchecked: true)
        let call = ScriptCall(function: "assess.x", rows: 3, columns: [Sandbox.int("facts.n", 1, 2, 3)])
        #expect(await Sandbox.error { _ = try await Sandbox.pool.call(call, on: source) } == .nondeterministic(row: 2))
        let one = ScriptCall(function: "assess.x", rows: 1, columns: [Sandbox.int("facts.n", 1)])
        let pool = WorkerPool()
        #expect(try await pool.call(one, on: source).rows[0].amount == 1)
        #expect(pool.workerProcesses.count == 1)
        #expect(await Sandbox.error { _ = try await pool.call(one, on: source) } == .nondeterministic(row: 0))
    }

    @Test func oneRowInAThousandIsJudgedAgain() async throws {
        let source = Sandbox.source(
            "local seen = {}\nfunction program.assess.x(facts)\n if facts.n == 999 then return grant(#seen) end\n seen[#seen + 1] = 1\n return grant(0)\nend",
            unchecked: true)
        let call = ScriptCall(
            function: "assess.x", rows: 1_500,
            columns: [ScriptColumn("facts.n", .integers((0..<1_500).map { Int64($0) }))])
        #expect(
            await Sandbox.error { _ = try await Sandbox.pool.call(call, on: source) } == .nondeterministic(row: 999))
    }

    @Test func whatASecondJudgementDidIsGoneBeforeTheNext() async throws {
        // Agrees with the first row that is judged again; with the second only in a state that remembers having judged that one.
        let source = Sandbox.source(
            """
            local seen = 0
            function program.assess.x(facts)
              seen = seen + 1
              return grant((seen == 2 or seen == 2000) and 7 or 0)
            end
            """, unchecked: true)
        let call = ScriptCall(
            function: "assess.x", rows: 2_500,
            columns: [ScriptColumn("facts.n", .integers((0..<2_500).map { Int64($0) }))])
        #expect(
            await Sandbox.error { _ = try await Sandbox.pool.call(call, on: source) } == .nondeterministic(row: 1_999))
    }

    @Test func aScriptTooLargeToBeKeptIsJudgedAgainAllTheSame() async throws {
        // More memory when it is loaded than a state that is rewound has room for.
        let source = Sandbox.source(
            """
            local names = {}
            for n = 1, 20000 do names[n] = "name of number " .. n end
            function program.assess.x(facts) return grant(#names[facts.n]) end
            """)
        let call = ScriptCall(
            function: "assess.x", rows: 3_000,
            columns: [ScriptColumn("facts.n", .integers((0..<3_000).map { Int64($0) + 1 }))])
        let reply = try await Sandbox.pool.call(call, on: source)
        #expect(reply.rows[0].amount == 16 && reply.rows[2_999].amount == 19)
    }

    @Test func largeRowsJudgedAgainLeaveNothingBehind() async throws {
        // Each row makes more than a state that is rewound has room for, and drops it.
        let source = Sandbox.source(
            """
            function program.assess.x(facts)
              local made = {}
              for n = 1, 3000 do made[n] = {n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n} end
              return grant(#made + facts.n)
            end
            """)
        var configuration = PoolConfiguration()
        configuration.verifyEvery = 2
        let pool = WorkerPool(configuration: configuration)
        let call = ScriptCall(
            function: "assess.x", rows: 60,
            columns: [ScriptColumn("facts.n", .integers((0..<60).map { Int64($0) }))])
        let reply = try await pool.call(call, on: source)
        #expect(reply.rows.indices.allSatisfy { reply.rows[$0].amount == Int64(3_000 + $0) })
    }

    @Test func workersPreparedAheadTakeTheFirstSourceThatComes() async throws {
        var configuration = PoolConfiguration()
        configuration.batchWorkers = 1
        let pool = WorkerPool(configuration: configuration)
        pool.prepare(.batch)
        while pool.workerProcesses.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        let prepared = pool.workerProcesses
        #expect(prepared.count == 1)
        let call = ScriptCall(function: "assess.x", rows: 1, columns: [])
        for amount in [1, 2] {
            let source = Sandbox.source("function program.assess.x() return grant(\(amount)) end")
            #expect(try await pool.call(call, on: source, lane: .batch).rows[0].amount == Int64(amount))
            // The second source gets a worker of its own.
            #expect((pool.workerProcesses == prepared) == (amount == 1))
        }
    }

    @Test func aPreparedWorkerThatDiedIsReplaced() async throws {
        var configuration = PoolConfiguration()
        configuration.batchWorkers = 1
        let pool = WorkerPool(configuration: configuration)
        pool.prepare(.batch)
        while pool.workerProcesses.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        kill(try #require(pool.workerProcesses.first), SIGKILL)
        let call = ScriptCall(function: "assess.x", rows: 1, columns: [])
        let source = Sandbox.source("function program.assess.x() return grant(5) end")
        #expect(try await pool.call(call, on: source, lane: .batch).rows[0].amount == 5)
    }

    @Test func largestBatchesGoRound() async throws {
        let rows = 4_096
        let texts = ScriptDictionary((0..<rows).map { Optional("text of row \($0)") })
        let call = ScriptCall(
            function: "assess.x", rows: rows,
            columns: [
                ScriptColumn("facts.t", .texts(texts)),
                ScriptColumn("facts.n", .integers((0..<rows).map { Int64($0) << 40 })),
            ])
        let source = Sandbox.source(
            "function program.assess.x(facts) return grant(facts.n, {keeps = {t = facts.t}}) end")
        let reply = try await Sandbox.pool.call(call, on: source, lane: .batch)
        #expect(
            reply.rows.indices.allSatisfy {
                reply.rows[$0].amount == Int64($0) << 40 && reply.rows[$0].keeps["t"] == .text("text of row \($0)")
            })
    }

    @Test func wrongCallsAreSaid() async throws {
        for columns in [
            [Sandbox.int("facts.n", 1, 2)], [Sandbox.int("elsewhere.n", 1)], [Sandbox.int("facts", 1)],
            [Sandbox.int("", 1)],
        ] {
            let call = ScriptCall(function: "assess.x", rows: 1, columns: columns)
            let source = Sandbox.source("function program.assess.x() return grant(1) end")
            #expect(await Sandbox.error { _ = try await Sandbox.pool.call(call, on: source) } != nil)
        }
        let garbage = await Sandbox.error {
            _ = try await Sandbox.pool.replay(requestBytes: [1, 2, 3], on: Sandbox.source(""))
        }
        guard case .invalidCall = garbage else { return #expect(garbage == nil) }
    }

    @Test func aFullQueueIsBusyAndShutdownAnswersEverybody() async throws {
        var configuration = PoolConfiguration()
        configuration.interactiveWorkers = 1
        configuration.queueLimit = 2
        let pool = WorkerPool(configuration: configuration)
        var source = Sandbox.source("function program.assess.x() while true do end end")
        source.limits.rowInstructions = .max / 2
        let slow = source
        let call = ScriptCall(function: "assess.x", rows: 1, columns: [])
        let errors = await withTaskGroup(of: ScriptError?.self) { group in
            for _ in 0..<10 {
                group.addTask { await Sandbox.error { _ = try await pool.call(call, on: slow) } }
            }
            try? await Task.sleep(for: .milliseconds(300))
            pool.shutdown()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(errors.contains(.busy))
        #expect(errors.contains(.shutDown))
        #expect(await Sandbox.error { _ = try await pool.call(call, on: slow) } == .shutDown)
    }

    @Test func workersEndWhenIdle() async throws {
        var configuration = PoolConfiguration()
        configuration.idleMilliseconds = 1_000
        let pool = WorkerPool(configuration: configuration)
        // On a busy machine a worker may be gone again before anybody looks: then the next one is seen.
        var seen: Int32?
        while seen == nil {
            _ = try await pool.load(Sandbox.source(""))
            seen = pool.workerProcesses.first
        }
        let process = try #require(seen)
        while !pool.workerProcesses.isEmpty { try await Task.sleep(for: .milliseconds(50)) }
        #expect(!FileManager.default.fileExists(atPath: "/proc/\(process)"))
    }

    @Test func aWorkerIsConfined() async throws {
        let pool = WorkerPool()
        _ = try await pool.load(Sandbox.source(""))
        let process = try #require(pool.workerProcesses.first)
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        #expect(status.contains("Seccomp:\t2"))
        #expect(status.contains("NoNewPrivs:\t1"))
        #expect(status.contains("Threads:\t1"))
        if getuid() == 0 {
            #expect(status.contains("Uid:\t65534\t65534\t65534\t65534"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd") == ["0"])
            #expect(try Data(contentsOf: URL(fileURLWithPath: "/proc/\(process)/environ")).isEmpty)
        }
    }

    /// A script that owns its process still can't get out of it.
    @Test(arguments: [
        "open", "create", "environment", "socket", "connect", "fork", "thread", "exec", "signal", "trace", "memory",
        "execute", "map", "share",
        "write", "read", "descriptor", "limit", "user", "ring", "handler", "sleep",
    ])
    func aConfinedProcessIsKilledWhenItTries(_ what: String) throws {
        let (reason, status) = try probe(what)
        #expect(reason == .uncaughtSignal)
        #expect(status == SIGSYS)
    }

    @Test func aConfinedProcessThatTriesNothingEnds() throws {
        let (reason, status) = try probe("nothing")
        #expect(reason == .exit)
        #expect(status == 0)
    }

    private func probe(_ what: String) throws -> (Process.TerminationReason, Int32) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: WorkerLauncher.default.executable)
        process.arguments = ["--probe", what]
        try process.run()
        process.waitUntilExit()
        return (process.terminationReason, process.terminationStatus)
    }

    /// A batch's worker gives way to whoever waits for an answer; the kernel is told so.
    @Test func aBatchGivesWayToPeople() async throws {
        let own = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
        for (lane, policy, nice) in [
            (ScriptLane.interactive, 0, own), (.batch, 3 as Int32, min(own + 5, 19)),
        ] {
            let pool = WorkerPool()
            _ = try await pool.load(Sandbox.source(""), lane: lane)
            let process = try #require(pool.workerProcesses.first)
            let stat = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
            // Behind the name in parentheses: state is the third field, nice the 19th, policy (3: SCHED_BATCH) the 41st.
            let fields = try #require(stat.split(separator: ")").last).split(separator: " ").map { Int32($0) ?? 0 }
            #expect(fields[16] == nice)
            #expect(fields[38] == policy)
            pool.shutdown()
        }
    }

    @Test func workersAreReplacedNowAndThen() async throws {
        var configuration = PoolConfiguration()
        configuration.callsPerWorker = 3
        let pool = WorkerPool(configuration: configuration)
        let source = Sandbox.source("function program.assess.x() return grant(1) end")
        var seen: Set<Int32> = []
        for _ in 0..<9 {
            _ = try await pool.call(ScriptCall(function: "assess.x", rows: 1, columns: []), on: source)
            seen.formUnion(pool.workerProcesses)
        }
        #expect(seen.count == 3)
    }

    @Test func impossibleAnswersAreNotBelieved() {
        func verdict(
            _ kind: ScriptVerdict.Kind, _ amount: Int64 = 0, _ code: String? = nil, _ options: ScriptValue = .null
        ) -> ScriptVerdict {
            ScriptVerdict(
                kind: kind, amount: amount, code: code, params: .null, options: options, instructions: 0, failure: nil)
        }
        #expect(verdict(.grant, 5).isPossible(in: "assess.x"))
        #expect(verdict(.limit, 5, "A", ["parts": [2, 3]]).isPossible(in: "assess.x"))
        #expect(verdict(.none).isPossible(in: "recheck.x"))
        #expect(!verdict(.none).isPossible(in: "assess.x"))
        #expect(!verdict(.grant, 5, "A").isPossible(in: "assess.x"))
        #expect(!verdict(.grant, 5).isPossible(in: "recheck.x"))
        #expect(!verdict(.refuse).isPossible(in: "assess.x"))
        #expect(!verdict(.refuse, 0, "free text").isPossible(in: "assess.x"))
        #expect(!verdict(.refuse, 1, "A").isPossible(in: "assess.x"))
        #expect(!verdict(.grant, 5, nil, ["parts": [.int(.max), .int(.max)]]).isPossible(in: "assess.x"))
        #expect(!verdict(.grant, 5, nil, ["parts": ["a": 4]]).isPossible(in: "assess.x"))
        #expect(!verdict(.failed).isPossible(in: "assess.x"))
    }

    @Test func callsAtOnceUseWorkersAtOnce() async throws {
        var configuration = PoolConfiguration()
        configuration.batchWorkers = 2
        let pool = WorkerPool(configuration: configuration)
        let source = Sandbox.source(
            "function program.assess.x(facts) local n = 0 for i = 1, 100000 do n = n + i end return grant(n) end")
        let call = ScriptCall(
            function: "assess.x", rows: 200, columns: [ScriptColumn("facts.n", .integers((0..<200).map { Int64($0) }))])
        _ = try await pool.call(call, on: source, lane: .batch)
        #expect(pool.workerProcesses.count == 1)
        let replies = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<6 { group.addTask { try await pool.call(call, on: source, lane: .batch).replyBytes } }
            return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
        }
        #expect(pool.workerProcesses.count == 2)
        #expect(replies.count == 1)
    }

    @Test func scriptsShareAFewWorkers() async throws {
        var configuration = PoolConfiguration()
        configuration.interactiveWorkers = 2
        let pool = WorkerPool(configuration: configuration)
        let sources = (1...7).map { Sandbox.source("function program.assess.x() return grant(\($0)) end") }
        let call = ScriptCall(function: "assess.x", rows: 1, columns: [])
        let sums = try await withThrowingTaskGroup(of: Int64.self) { group in
            for round in 0..<70 {
                let source = sources[round % sources.count]
                group.addTask { try await pool.call(call, on: source).rows[0].amount }
            }
            return try await group.reduce(into: 0) { $0 += $1 }
        }
        #expect(sums == 280)
        #expect(pool.workerProcesses.count <= 2)
    }

    @Test func aProgramThatIsNoWorkerIsRefused() async throws {
        for path in ["/nonexistent/niangjia", "/bin/true", "/bin/cat"] {
            let pool = WorkerPool(configuration: PoolConfiguration(launcher: WorkerLauncher(executable: path)))
            let error = await Sandbox.error { _ = try await pool.load(Sandbox.source("")) }
            guard case .unavailable = error else {
                Issue.record("\(path): \(String(describing: error))")
                continue
            }
        }
    }

    @Test func theEngineIsNamed() {
        #expect(ScriptEngine.identity.hasPrefix("Lua 5.4."))
        #expect(ScriptEngine.identity.hasSuffix("; engine 3; wire 1"))
    }
}
