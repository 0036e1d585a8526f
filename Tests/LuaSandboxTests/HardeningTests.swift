import Foundation
import Testing

@testable import LuaSandbox

/// What the engine does about the linked Lua's own faults, about chance, and about machines that can't confine.
@Suite struct HardeningTests {
    @Test func theLinkedLuaIsTried() {
        let faults = ScriptEngine.knownFaults
        #expect(!faults.contains(.unseededHashes))
        if ScriptEngine.identity.hasPrefix("Lua 5.4.4;") {
            #expect(faults.contains(.bitwiseConstants))
            #expect(faults.contains(.comparisonAsIndex))
            #expect(faults.contains(.constantEnvironment))
        }
        for fault in ScriptEngineFault.allCases { #expect(!fault.zh.isEmpty && !fault.en.isEmpty) }
    }

    private static let manyConstants = "{" + (0..<300).map { "'k\($0)'" }.joined(separator: ", ") + "}"

    @Test func whatALuaMiscompilesIsRefusedInItsPlace() async throws {
        let bitwise = Sandbox.source(
            "function program.assess.x()\n  local t = \(Self.manyConstants)\n  return grant(1 ~ (2 or 3))\nend")
        let index = Sandbox.source(
            "local t = {[true] = 1, [false] = 2}\nfunction program.assess.x(facts)\n\n  return grant(t[facts.n < 2])\nend"
        )
        if ScriptEngine.knownFaults.contains(.bitwiseConstants) {
            let failure = try #require(await Sandbox.loadFailure(bitwise))
            #expect(failure.line == 3)
            #expect(failure.en.contains("255 constants"))
            #expect(failure.zh.contains("255"))
        } else {
            #expect(try await Sandbox.judge(bitwise).amount == 3)
        }
        if ScriptEngine.knownFaults.contains(.comparisonAsIndex) {
            let failure = try #require(await Sandbox.loadFailure(index))
            #expect(failure.line == 4)
            #expect(failure.en.contains("into a local first"))
        }
    }

    @Test func whatItCompilesWellIsNotRefused() async throws {
        let source = Sandbox.source(
            """
            local names = \(Self.manyConstants)
            local t = {[true] = 1, [false] = 2}
            local function bits(a) return 1 ~ (a or 3) end
            function program.assess.x(facts)
              local few = facts.n < 2
              local both = {facts.n < 2, not few, few == (facts.n <= 3), few and facts.n > 7 or facts.n >= 1}
              return grant(t[few] * 100 + bits(2) * 10 + (both[3] and 1 or 0) + #names * 1000)
            end
            """)
        #expect(try await Sandbox.judge(source, columns: [Sandbox.int("facts.n", 1)]).amount == 300_131)
    }

    /// Beyond 255 constants Lua reaches globals by other instructions.
    @Test func globalsOfLargeFunctionsAreReadAndNeverWritten() async throws {
        func body(_ statement: String) -> ScriptSource {
            Sandbox.source(
                "function program.assess.x()\n  local t = \(Self.manyConstants)\n  \(statement)\n  return grant(math.max(#t, money.rate(7, 1)))\nend"
            )
        }
        #expect(try await Sandbox.judge(body("local n = list.has(t, 'k7')")).amount == 300)
        for statement in [
            "counter = 1", "counter = (other or 0) + list.total({1})", "grant = nil", "function helper() end",
            "t, counter = {}, 2",
        ] {
            let failure = try #require(await Sandbox.loadFailure(body(statement)), "\(statement)")
            #expect(failure.line == 3, "\(statement): \(failure)")
            #expect(failure.en.contains("cannot be written"), "\(statement): \(failure)")
        }
    }

    @Test func closingIsNotAvailable() async throws {
        let failure = try #require(
            await Sandbox.loadFailure(Sandbox.source("function program.assess.x()\n  local x <close> = nil\nend")))
        #expect(failure.kind == .refusedByLoader)
        #expect(failure.line == 2)
    }

    @Test func iteratorsMadeWhileLoadingAreRefusedByName() async throws {
        let failure = try #require(
            await Sandbox.loadFailure(
                Sandbox.source(
                    "local step = ('abc'):gmatch('.')\nfunction program.assess.x()\n  return grant(#step())\nend")
            ))
        #expect(failure.line == 2)
        #expect(failure.en.contains("step is an iterator"))
    }

    /// Lengths of tables with gaps, and which of two mistakes is told, hang on hashes: in every process the same.
    @Test func chanceHasNoHold() async throws {
        let source = Sandbox.source(
            """
            function program.assess.x(facts)
              local t = {}
              for i = 1, 60 do t['k' .. i * facts.n] = i end
              for i = 1, 60, 2 do t['k' .. i * facts.n] = nil end
              for i = 1, 97 do t[i * i % 101] = i end
              for i = 3, 97, 7 do t[i] = nil end
              for i = 1, 9 do t['m' .. i] = 1 end
              if facts.n % 2 == 0 then return refuse('A', {b = 'x', a = true, c = {}, d = 'y'}) end
              return grant(#t)
            end
            """)
        let call = ScriptCall(
            function: "assess.x", rows: 64, columns: [ScriptColumn("facts.n", .integers((1...64).map { $0 }))])
        var answers: Set<[UInt8]> = []
        for _ in 0..<6 {
            let pool = WorkerPool()
            answers.insert(try await pool.call(call, on: source).replyBytes)
            pool.shutdown()
        }
        #expect(answers.count == 1)
    }

    @Test func aSearchThatFindsNothingIsNil() async throws {
        for search in [
            "tonumber('x')", "list.rank({}, 1)", "list.step({}, 1)", "list.pick({}, 'a', 1)", "table.remove({})",
        ] {
            #expect(try await Sandbox.value("select('#', \(search))") == 1, "\(search)")
            #expect(try await Sandbox.assess("return grant(\(search))").failure?.kind == .scriptError, "\(search)")
        }
    }

    @Test func namesThatUnicodeTakesForOneFailTheirRow() async throws {
        let source = Sandbox.source(
            """
            function program.assess.x(facts)
              if facts.n == 1 then return grant(1, {keeps = {['\\u{e9}'] = 1, ['e\\u{301}'] = 2}}) end
              return grant(1)
            end
            """)
        let call = ScriptCall(function: "assess.x", rows: 3, columns: [Sandbox.int("facts.n", 0, 1, 2)])
        let rows = try await Sandbox.pool.call(call, on: source).rows
        #expect(rows.map { $0.failure?.kind } == [nil, .badOutput, nil])
    }

    @Test func aReplayKnowsTheRowsThatKilled() async throws {
        var configuration = PoolConfiguration()
        configuration.rowMilliseconds = 200
        let pool = WorkerPool(configuration: configuration)
        var source = Sandbox.source(
            "function program.assess.x(facts)\n if facts.n == 1 then while true do end end\n return grant(facts.n)\nend"
        )
        source.limits.rowInstructions = .max / 2
        let call = ScriptCall(function: "assess.x", rows: 3, columns: [Sandbox.int("facts.n", 0, 1, 2)])
        let first = try await pool.call(call, on: source)
        let dead = ScriptVerdict.deadRows(in: first.rows)
        #expect(dead == [1: .budgetTime])
        let again = try await pool.replay(requestBytes: first.requestBytes, on: source, skipping: dead)
        #expect(again.replyBytes == first.replyBytes)
        #expect(again.usage.deaths == 0)
    }

    @Test func aWaitingCallCanBeCancelled() async throws {
        var configuration = PoolConfiguration()
        configuration.interactiveWorkers = 1
        // The only worker is taken until this test ends it.
        configuration.rowMilliseconds = 600_000
        configuration.callMilliseconds = 600_000
        let pool = WorkerPool(configuration: configuration)
        var source = Sandbox.source("function program.assess.x() while true do end end")
        source.limits.rowInstructions = .max / 2
        let slow = source
        let call = ScriptCall(function: "assess.x", rows: 1, columns: [])
        let running = Task { try await pool.call(call, on: slow).rows[0].failure?.kind }
        let worker = try await Sandbox.workerInARow(of: pool)
        let waiting = Task { await Sandbox.error { _ = try await pool.call(call, on: slow) } }
        while pool.waitingCalls == 0 { try await Task.sleep(for: .milliseconds(5)) }
        waiting.cancel()
        #expect(await waiting.value == .cancelled)
        #expect(pool.waitingCalls == 0)
        let early = Task { () -> ScriptError? in
            withUnsafeCurrentTask { $0?.cancel() }
            return await Sandbox.error { _ = try await pool.call(call, on: slow) }
        }
        #expect(await early.value == .cancelled)
        // Neither took anything from the call that runs: it goes on until its worker dies, and only its row has failed.
        #expect(pool.workerProcesses == [worker])
        #expect(kill(worker, SIGKILL) == 0)
        #expect(try await running.value == .crashed)
    }

    /// Where seccomp can't be had, nothing starts, unless the exception is given; the rest of the confinement stays.
    @Test func withoutSeccompOnlyByException() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("worker-without-seccomp").path
        try FileManager.default.createSymbolicLink(
            atPath: path, withDestinationPath: WorkerLauncher.default.executable)
        let source = Sandbox.source("function program.assess.x() return grant(7) end")

        let strict = WorkerPool(configuration: PoolConfiguration(launcher: WorkerLauncher(executable: path)))
        let error = await Sandbox.error { _ = try await strict.load(source) }
        guard case .unavailable(let why) = error else { throw error ?? .busy }
        #expect(why.contains("seccomp"))

        let lenient = WorkerPool(
            configuration: PoolConfiguration(launcher: WorkerLauncher(executable: path, allowsUnconfined: true)))
        let call = ScriptCall(function: "assess.x", rows: 1, columns: [])
        #expect(try await lenient.call(call, on: source).rows[0].amount == 7)
        let process = try #require(lenient.workerProcesses.first)
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        #expect(status.contains("NoNewPrivs:\t1"))
        if getuid() == 0 { #expect(status.contains("Uid:\t65534\t65534\t65534\t65534")) }
    }
}
