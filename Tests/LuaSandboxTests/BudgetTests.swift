import Glibc
import Testing

@testable import LuaSandbox

/// What a hostile or broken script can't do.
@Suite struct BudgetTests {
    @Test(
        arguments: [
            ("while true do end", .budgetInstructions),
            ("local function f() return f() end return f()", .budgetInstructions),
            ("for i = 1, math.maxinteger do local t = {} end", .budgetInstructions),
            ("table.sort({3, 2, 1}, function() while true do end end)", .budgetInstructions),
            ("('x'):gsub('', function() while true do end end)", .budgetInstructions),
            (
                "local s = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'; return s:find('a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b')",
                .budgetInstructions
            ),
            ("local s = 'x'; for i = 1, 17 do s = s .. s end; return s:find('(.-)(.-)(.-)(.-)y')", .budgetInstructions),
            ("local s = 'x'; while true do s = s .. s end", .budgetMemory),
            ("local t = {}; t.t = t; return grant(0, {keeps = t})", .scriptError),
            (
                "local t = {}; local top = t; for i = 1, 100000 do t.x = {}; t = t.x end; return grant(0, {keeps = top})",
                .scriptError
            ),
            ("local t = {}; for i = 1, 50000 do t[i] = i end; return grant(0, {keeps = {t}})", .scriptError),
            ("local s = 'x'; for i = 1, 20 do s = s .. s end; return grant(0, {keeps = {s = s}})", .scriptError),
            ("local function f(n) return 1 + f(n + 1) end return f(1)", .budgetMemory),
            ("local function f() table.sort({2, 1}, f) end f()", .scriptError),
            ("return ('x'):find(('('):reverse() .. ('%(')) or error('x')", .scriptError),
            ("string.format('%99999d', 1)", .scriptError), ("error({'not text'})", .scriptError),
            ("error(facts)", .scriptError), ("error(nil)", .scriptError),
            ("local s = ('%s'):format(facts) .. error", .scriptError),
            ("grant(1).at_most(facts, 1, 'A')", .scriptError), ("grant(1).at_most(grant, 1, 'A')", .scriptError),
            ("table.concat({1, {}, 3})", .scriptError), ("table.insert({}, math.mininteger, 1)", .scriptError),
            ("math.mininteger // 0", .refusedByLoader),
            ("local x = 0; return 1 // x", .scriptError), ("local x = 0; return 1 % x", .scriptError),
            ("return math.abs(math.mininteger)", .scriptError),
        ] as [(String, ScriptFailure.Kind)])
    func isStopped(_ body: String, _ kind: ScriptFailure.Kind) async throws {
        let source = Sandbox.source("function program.assess.x(facts, settings, context)\n\(body)\nend")
        if kind == .refusedByLoader {
            #expect(await Sandbox.loadFailure(source) != nil)
            return
        }
        let verdict = try await Sandbox.judge(source)
        #expect(verdict.failure?.kind == kind, "\(verdict)")
        // The same worker, or its successor, still judges.
        #expect(try await Sandbox.assess("return grant(7)").amount == 7)
    }

    @Test(arguments: [
        "t = {t}", "t[#t + 1] = 'x' .. #t", "t['k' .. tostring(#t)] = t; t[#t + 1] = 1",
        "local function f(n) return 1 + f(n) end f(1)",
    ])
    func slowGrowthMeetsTheMemoryBudget(_ statement: String) async throws {
        var source = Sandbox.source("function program.assess.x()\nlocal t = {}\nwhile true do \(statement) end\nend")
        source.limits.rowInstructions = .max / 2
        source.limits.memoryBytes = 4 << 20
        let verdict = try await Sandbox.judge(source)
        #expect(verdict.failure?.kind == .budgetMemory, "\(verdict)")
    }

    @Test func whereMemoryIsUsedUpAnAuthorsTestIsToldTheLine() async throws {
        let lua = """
            function program.assess.x(facts)
              local s = 'x'
              for i = 1, 60 do
                s = s .. s
              end
              return grant(facts.n)
            end
            """
        var source = Sandbox.source(lua)
        source.countsLines = true
        let verdict = try await Sandbox.judge(source)
        #expect(verdict.failure?.kind == .budgetMemory && verdict.failure?.line == 4, "\(verdict)")
    }

    @Test func aBudgetFailsOneRowOnly() async throws {
        let lua = """
            function program.assess.x(facts)
              if facts.n == 2 then while true do end end
              if facts.n == 4 then local s = 'x' while true do s = s .. s end end
              return grant(facts.n)
            end
            """
        let call = ScriptCall(function: "assess.x", rows: 6, columns: [Sandbox.int("facts.n", 0, 1, 2, 3, 4, 5)])
        let reply = try await Sandbox.pool.call(call, on: Sandbox.source(lua))
        #expect(reply.rows.map(\.amount) == [0, 1, 0, 3, 0, 5])
        #expect(reply.rows.map { $0.failure?.kind } == [nil, nil, .budgetInstructions, nil, .budgetMemory, nil])
        #expect(reply.rows[2].failure?.line == 2)
        #expect(reply.usage.deaths == 0)
        let again = try await Sandbox.pool.call(call, on: Sandbox.source(lua))
        #expect(again.replyBytes == reply.replyBytes)
    }

    /// Who applies for many lines is not refused for want of instructions; who loops is, whatever he has read.
    @Test func aBudgetGrowsWithWhatARowReads() async throws {
        func source(_ body: String) -> ScriptSource {
            var source = Sandbox.source("function program.assess.x(facts)\n\(body)\nend")
            source.limits.rowInstructions = 20_000
            return source
        }
        let work =
            "local n = 0 for _, item in ipairs(facts.items) do for i = 1, 40 do n = n + item % 2 end end return grant(n)"
        func call(_ count: Int64) -> ScriptCall {
            let items = ScriptValue.list((0..<count).map { .int(1_000_000 + $0) })
            return ScriptCall(
                function: "assess.x", rows: 1,
                columns: [ScriptColumn("facts.items", .documents(ScriptDictionary([items])))])
        }
        let small = try await Sandbox.pool.call(call(10), on: source(work)).rows[0]
        let large = try await Sandbox.pool.call(call(2_000), on: source(work)).rows[0]
        #expect(small.failure == nil && large.failure == nil)
        #expect(large.instructions > 20_000)
        // Reading again adds nothing.
        let greedy = "local n = 0 while true do n = n + #facts.items end"
        let looping = try await Sandbox.pool.call(call(2_000), on: source(greedy))
        #expect(looping.rows[0].failure?.kind == .budgetInstructions)
        // A row that doesn't read it has the fixed part only.
        let unread = try await Sandbox.pool.call(call(2_000), on: source("for i = 1, 30000 do end return grant(1)"))
        #expect(unread.rows[0].failure?.kind == .budgetInstructions)
    }

    @Test(arguments: [
        "while true do end", "local t = {} while true do t = {t} end", "error('at load')",
        "local s = 'x' while true do s = s .. s end",
    ])
    func loadingHasBudgetsToo(_ lua: String) async throws {
        #expect(await Sandbox.loadFailure(Sandbox.source(lua)) != nil)
    }

    @Test func smallMemoryNeverKillsTheWorker() async throws {
        for memory in stride(from: 4_000 as UInt64, to: 90_000, by: 2_711) {
            var source = Sandbox.source("function program.assess.x(facts) return grant(#tostring(facts.n .. 'x')) end")
            source.limits.memoryBytes = memory
            let call = ScriptCall(function: "assess.x", rows: 1, columns: [Sandbox.int("facts.n", 12)])
            let pool = WorkerPool()
            do {
                let reply = try await pool.call(call, on: source)
                #expect(reply.rows[0].amount == 3 || reply.rows[0].failure?.kind == .budgetMemory)
                #expect(reply.usage.deaths == 0)
            } catch {
                guard case .script(let failure) = error else { throw error }
                #expect(failure.kind == .budgetMemory, "\(memory): \(failure)")
            }
            pool.shutdown()
        }
    }

    @Test func aRowThatTakesTooLongIsKilled() async throws {
        var configuration = PoolConfiguration()
        configuration.rowMilliseconds = 200
        let pool = WorkerPool(configuration: configuration)
        var source = Sandbox.source(
            "function program.assess.x(facts)\n if facts.n == 1 then while true do end end\n return grant(facts.n)\nend"
        )
        source.limits.rowInstructions = .max / 2
        let call = ScriptCall(function: "assess.x", rows: 3, columns: [Sandbox.int("facts.n", 0, 1, 2)])
        let reply = try await pool.call(call, on: source)
        #expect(reply.rows.map { $0.failure?.kind } == [nil, .budgetTime, nil])
        #expect(reply.rows[2].amount == 2)
        #expect(reply.usage.deaths == 1)
        let hopeless = ScriptCall(function: "assess.x", rows: 4, columns: [Sandbox.int("facts.n", 1, 1, 1, 1)])
        let error = await Sandbox.error { _ = try await pool.call(hopeless, on: source) }
        guard case .abandoned(let rows, let failure) = error else { return #expect(error == nil) }
        #expect(rows == [0, 1, 2] && failure.kind == .budgetTime)
    }

    @Test(
        "A rule that loops in every row is given up after a few, with the row and the host's reason; one row of many is not"
    )
    func aLoopingRuleIsGivenUp() async throws {
        let pool = WorkerPool()
        defer { pool.shutdown() }
        let looping = Sandbox.source(
            "function program.assess.x(facts)\n  if facts.n == 1 then\n    while true do end\n  end\n  return grant(1)\nend"
        )
        let all = ScriptCall(
            function: "assess.x", rows: 200,
            columns: [ScriptColumn("facts.n", .integers(Array(repeating: 1, count: 200)))])
        let error = await Sandbox.error { _ = try await pool.call(all, on: looping, lane: .batch) }
        guard case .abandoned(let rows, let failure) = error else { return #expect(error == nil) }
        #expect(rows == [4] && failure.kind == .budgetInstructions && failure.line == 3)
        #expect(failure.zh.contains("指令预算"))
        // The worker goes on serving, and rows here and there fail by themselves.
        let some = (0..<60).map { $0 % 3 == 2 ? Int64(1) : 0 }
        let mixed = ScriptCall(function: "assess.x", rows: 60, columns: [ScriptColumn("facts.n", .integers(some))])
        let reply = try await pool.call(mixed, on: looping, lane: .batch)
        #expect(reply.rows.count { $0.failure?.kind == .budgetInstructions } == 20)
        #expect(reply.rows.count { $0.kind == .grant } == 40)
    }

    @Test func aKilledWorkerFailsOneRow() async throws {
        var configuration = PoolConfiguration()
        configuration.rowMilliseconds = 60_000
        let pool = WorkerPool(configuration: configuration)
        var source = Sandbox.source(
            "function program.assess.x(facts)\n if facts.n == 1 then while true do end end\n return grant(facts.n)\nend"
        )
        source.limits.rowInstructions = .max / 2
        let call = ScriptCall(function: "assess.x", rows: 3, columns: [Sandbox.int("facts.n", 0, 1, 2)])
        async let answer = pool.call(call, on: source)
        var victim: Int32?
        for _ in 0..<200 where victim == nil {
            try await Task.sleep(for: .milliseconds(20))
            victim = pool.workerProcesses.first
        }
        try await Task.sleep(for: .milliseconds(200))
        kill(try #require(victim), SIGKILL)
        let reply = try await answer
        #expect(reply.rows.map { $0.failure?.kind } == [nil, .crashed, nil])
        #expect(reply.rows.map(\.amount) == [0, 0, 2])
        #expect(reply.usage.deaths == 1)
    }

    @Test func anIdleWorkerThatDiesIsReplaced() async throws {
        let pool = WorkerPool()
        let source = Sandbox.source("function program.assess.x() return grant(1) end")
        let call = ScriptCall(function: "assess.x", rows: 1, columns: [])
        _ = try await pool.call(call, on: source)
        let victim = try #require(pool.workerProcesses.first)
        kill(victim, SIGKILL)
        let reply = try await pool.call(call, on: source)
        #expect(reply.rows[0].amount == 1)
        #expect(pool.workerProcesses.first != victim)
    }
}
