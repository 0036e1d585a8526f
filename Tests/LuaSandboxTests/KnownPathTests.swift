import Testing

@testable import LuaSandbox

/// A row that agrees with an earlier one in every fact that the rule read of it isn't judged again (paths.c). Here every row is
/// judged a second time in a fresh state all the same: one that came out differently ends the call.
@Suite struct KnownPathTests {
    static let pool: WorkerPool = {
        var configuration = PoolConfiguration()
        configuration.batchWorkers = 1
        configuration.verifyEvery = 1
        return WorkerPool(configuration: configuration)
    }()

    /// Small numbers after a fixed rule, so that rows agree often, in ever other company.
    struct Numbers {
        var state: UInt64
        mutating func below(_ count: UInt64) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % count)
        }
    }

    /// Rows of every kind of column. The dictionaries' order differs from call to call, so one text has many numbers.
    static func columns(_ numbers: inout Numbers, rows: Int) -> [ScriptColumn] {
        func cells<Cell>(_ choices: [Cell]) -> [Cell] {
            (0..<rows).map { _ in choices[numbers.below(UInt64(choices.count))] }
        }
        let absent = cells([false, false, true])
        return [
            ScriptColumn("facts.subject.occupation", .texts(ScriptDictionary(cells(["courier", "office", "", nil])))),
            ScriptColumn("facts.subject.joined_on", .dates(cells([0, 20_650, -1]))),
            ScriptColumn("facts.subject.income", .integers(cells([0, 1, -1, .max])), absent: absent),
            ScriptColumn("facts.subject.member", .booleans(cells([true, false]))),
            ScriptColumn("facts.application.proof", .opaques(ScriptDictionary(cells(["file-1", "file-2", nil])))),
            ScriptColumn(
                "facts.application.children",
                .documents(ScriptDictionary(cells([[["age": 7]], [["age": 8], ["age": 9]], [], nil]))), isStrict: true),
            ScriptColumn("facts.look.last", .group(rows: rows), absent: cells([false, true])),
            ScriptColumn("facts.look.last.count", .integers(cells([0, 1]))),
            ScriptColumn("facts.subject.person", .references(prefix: "p", cells([1, 2, 31]))),
        ]
    }

    /// Reads few facts of some rows and all of others, some twice, in an order that hangs on what it read.
    static let rule = """
        function program.assess.x(facts, settings, context)
          local s, a = facts.subject, facts.application
          if not s.member then return refuse("NOT_MEMBER") end
          if s.occupation == nil then return incomplete("NO_OCCUPATION") end
          if s.occupation == "office" then
            if s.joined_on > settings.by then return refuse("LATE", {on = s.joined_on}) end
            return grant(settings.value)
          end
          local last, sum = facts.look.last, 0
          for _, child in ipairs(a.children or {}) do sum = sum + child.age end
          if last and last.count > 0 then return limit(sum, "ONCE_BEFORE", {count = last.count}) end
          return grant(sum, {keeps = {income = s.income, person = s.person, proof = a.proof, on = s.joined_on,
            occupation = s.occupation}})
        end
        """

    @Test func everyRowComesOutAsInAFreshState() async throws {
        var numbers = Numbers(state: 1)
        for _ in 0..<6 {
            let rows = 400
            let columns = Self.columns(&numbers, rows: rows)
            let settings: [ScriptValue] = [["by": "1999-01-01", "value": 1], ["by": "2030-01-01", "value": 2]]
            let call = ScriptCall(
                function: "assess.x", rows: rows, settings: settings,
                settingsIndexes: (0..<rows).map { _ in UInt16(numbers.below(2)) }, columns: columns)
            let verdicts = try await Self.pool.call(call, on: Sandbox.source(Self.rule), lane: .batch).rows
            #expect(verdicts.count == rows)
            #expect(Set(verdicts.map(\.kind)) == [.refuse, .incomplete, .grant, .limit])
        }
    }

    /// The columns of one call aren't those of the next: what was known under the same names must not answer.
    @Test func whatANameStandsForBelongsToTheWay() async throws {
        let source = Sandbox.source(
            """
            function program.assess.x(facts) return grant(0, {keeps = {v = facts.v, open = facts.g.other == nil}}) end
            function program.assess.y(facts) return grant(1, {keeps = {v = facts.v}}) end
            """)
        func kept(_ function: String, _ column: ScriptColumn, isOpen: Bool = true) async throws -> ScriptValue {
            let group = ScriptColumn("facts.g", .group(rows: 100), isOpen: isOpen)
            let call = ScriptCall(function: function, rows: 100, columns: [column, group])
            let verdicts = try await Self.pool.call(call, on: source, lane: .batch).rows
            #expect(Set(verdicts.map { $0.keeps["v"] }).count == 1)
            if !isOpen { #expect(verdicts.allSatisfy { $0.failure != nil }) }
            return verdicts[0].keeps["v"]
        }
        let integers = ScriptColumn("facts.v", .integers(Array(repeating: 1, count: 100)))
        let dates = ScriptColumn("facts.v", .dates(Array(repeating: 1, count: 100)))
        let booleans = ScriptColumn("facts.v", .booleans(Array(repeating: true, count: 100)))
        for _ in 0..<2 {
            #expect(try await kept("assess.x", integers) == 1)
            #expect(try await kept("assess.x", dates) == "1970-01-02")
            #expect(try await kept("assess.x", booleans) == true)
            #expect(try await kept("assess.y", integers) == 1)
            for prefix in ["p", "o"] {
                let ids = ScriptColumn("facts.v", .references(prefix: prefix, Array(repeating: 1, count: 100)))
                #expect(try await kept("assess.x", ids) == .text(prefix + "-12"))
            }
            #expect(try await kept("assess.x", integers, isOpen: false) == .null)
        }
    }

    /// Rows that fail fail each for itself, and those that a budget stops end the state; nothing of that is kept.
    @Test func failuresAreNotKept() async throws {
        let source = Sandbox.source(
            """
            function program.assess.x(facts)
              if facts.n == 1 then error("no") end
              if facts.n == 2 then while true do end end
              return grant(facts.n)
            end
            """)
        let rows = 300
        let call = ScriptCall(
            function: "assess.x", rows: rows,
            columns: [ScriptColumn("facts.n", .integers((0..<rows).map { Int64($0 % 2 * ($0 % 3)) }))])
        let verdicts = try await Self.pool.call(call, on: source, lane: .batch).rows
        for (row, verdict) in verdicts.enumerated() {
            switch row % 2 * (row % 3) {
            case 0: #expect(verdict.failure == nil && verdict.amount == 0)
            case 1: #expect(verdict.failure?.kind == .scriptError)
            default: #expect(verdict.failure?.kind == .budgetInstructions)
            }
        }
    }

    /// More different facts than are kept, and documents that never come twice: what finds nothing is given up.
    @Test func moreThanIsKept() async throws {
        var configuration = PoolConfiguration()
        configuration.batchWorkers = 1
        let pool = WorkerPool(configuration: configuration)
        let source = Sandbox.source(
            """
            function program.assess.x(facts) return grant(facts.n + facts.rows[1].age, {keeps = {n = facts.n % 7}}) end
            function program.assess.y(facts) return grant(facts.n) end
            """)
        for part in 0..<8 {
            let rows = 20_000
            let ages = (0..<rows).map { Int64($0) }
            let documents = ages.map { [["age": .int($0)]] as ScriptValue }
            let call = ScriptCall(
                function: part % 2 == 0 ? "assess.x" : "assess.y", rows: rows,
                columns: [
                    ScriptColumn("facts.n", .integers(ages.map { Int64(part * rows) + $0 })),
                    ScriptColumn("facts.rows", .documents(ScriptDictionary(documents))),
                ])
            let verdicts = try await pool.call(call, on: source, lane: .batch).rows
            for row in stride(from: 0, to: rows, by: 997) {
                let n = Int64(part * rows + row)
                #expect(verdicts[row].amount == (part % 2 == 0 ? n + Int64(row) : n))
                if part % 2 == 0 { #expect(verdicts[row].keeps["n"] == .int(n % 7)) }
            }
        }
    }
}
