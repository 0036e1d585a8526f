import Testing

@testable import LuaSandbox

/// How a script sees rows, settings and documents.
@Suite struct FactsTests {
    @Test func everyKindOfColumn() async throws {
        let columns = [
            Sandbox.int("facts.subject.income", 250_000, nil, -5),
            ScriptColumn("facts.subject.member", .booleans([true, false, true])),
            Sandbox.date("facts.subject.joined_on", 0, 20_650, nil),
            Sandbox.text("facts.subject.exposure", "outdoor", nil, "户外"),
            ScriptColumn(
                "facts.application.children",
                .documents(ScriptDictionary([[["name": "a", "age": 7], ["name": "b", "age": .null]], nil, []])),
                isStrict: true),
            ScriptColumn("facts.application.proof", .opaques(ScriptDictionary(["file-1", nil, "file-2"]))),
            ScriptColumn("facts.look.cover.last", .group(rows: 3), absent: [false, true, false]),
            Sandbox.date("facts.look.cover.last.covered_to", 1, 2, 3), Sandbox.int("facts.look.cover.count", 1, 0, 2),
            ScriptColumn("context.waived", .group(rows: 3), isOpen: true),
            ScriptColumn("context.waived.LATE", .booleans([true, false, false])),
        ]
        let lua = """
            function program.assess.x(facts, settings, context)
              local s, a, last = facts.subject, facts.application, facts.look.cover.last
              return grant(0, {keeps = {
                income = s.income, member = s.member, joined = s.joined_on, exposure = s.exposure,
                children = a.children and #a.children, second = a.children and a.children[2] and (a.children[2].age == nil),
                same = a.children == a.children, proof = a.proof, has = a.proof ~= nil, kind = type(a.proof),
                last = last and last.covered_to, count = facts.look.cover.count,
                late = context.waived.LATE, other = context.waived.OTHER == nil, value = settings.value}})
            end
            """
        let call = ScriptCall(
            function: "assess.x", rows: 3, settings: [["value": 1], ["value": 2]], settingsIndexes: [1, 0, 1],
            columns: columns)
        let rows = try await Sandbox.pool.call(call, on: Sandbox.source(lua)).rows
        #expect(rows.map(\.failure) == [nil, nil, nil])
        #expect(
            rows[0].keeps == [
                "income": 250_000, "member": true, "joined": "1970-01-01", "exposure": "outdoor", "children": 2,
                "second": true,
                "same": true, "proof": .opaque("file-1"), "has": true, "kind": "opaque", "last": "1970-01-02",
                "count": 1,
                "late": true, "other": true, "value": 2,
            ])
        #expect(
            rows[1].keeps == [
                "member": false, "joined": "2026-07-16", "same": true, "has": false, "kind": "nil", "count": 0,
                "late": false,
                "other": true, "value": 1,
            ])
        #expect(
            rows[2].keeps == [
                "income": -5, "member": true, "exposure": "户外", "children": 0, "same": true, "proof": .opaque("file-2"),
                "has": true, "kind": "opaque", "last": "1970-01-04", "count": 2, "late": false, "other": true,
                "value": 2,
            ])
    }

    @Test(arguments: [
        ("facts.subject.incom", "facts.subject.incom is not declared; did you mean income?"),
        ("facts.household", "facts.household is not declared"),
        ("settings.valu", "settings.valu is not declared; did you mean value?"),
        ("settings.limt", "did you mean limit?"), ("context.today", "context.today is not declared"),
        ("facts.application.children[1].nam", "facts.application.children.nam is not declared; did you mean name?"),
        ("list.pluck(facts.application.children, 'agee')", "did you mean age?"), ("facts[1]", "facts is read by name"),
    ])
    func undeclaredFieldsAreNamed(_ expression: String, _ words: String) async throws {
        let verdict = try await Sandbox.assess(
            "local v = \(expression)\nreturn grant(0)",
            columns: [
                Sandbox.int("facts.subject.income", 1), Sandbox.int("context.on", 1),
                ScriptColumn(
                    "facts.application.children", .documents(ScriptDictionary([[["name": "a", "age": .null]]])),
                    isStrict: true),
            ], settings: ["value": 1, "limit": .null])
        #expect(verdict.failure?.en.contains(words) == true, "\(String(describing: verdict.failure))")
        #expect(verdict.failure?.zh.contains("没有声明") == true || verdict.failure?.zh.contains("按名") == true)
        #expect(verdict.failure?.line == 2)
    }

    @Test func absentSettingsReadAsNil() async throws {
        let verdict = try await Sandbox.assess(
            "return grant(settings.limit == nil and settings.open.anything == nil and 1 or 0)",
            settings: ["limit": .null, "open": [:]])
        #expect(verdict.amount == 1)
    }

    @Test(arguments: [
        "for k in pairs(facts) do end", "return grant(#facts.subject)", "for i in ipairs(facts) do end",
        "return grant(facts + 1)",
    ])
    func groupsAreNoTables(_ statement: String) async throws {
        let verdict = try await Sandbox.assess(statement, columns: [Sandbox.int("facts.subject.income", 1)])
        #expect(verdict.failure?.line == 2)
    }

    @Test func settingsAreWalkedThrough() async throws {
        let verdict = try await Sandbox.assess(
            """
            local n = 0
            for i, v in ipairs(settings.list) do n = n + i * v end
            for k, v in pairs(settings.map) do n = n * 10 + v end
            return grant(n + #settings.list)
            """, settings: ["list": [1, 2], "map": ["b": 2, "a": 1]])
        #expect(verdict.amount == 514)
    }

    @Test func aRowKeptPastItsCallIsDead() async throws {
        // Only a script whose checks are off can keep one at all.
        let source = Sandbox.source(
            """
            local kept = {}
            function program.assess.x(facts)
              local old = kept[1]
              kept[1] = facts.subject
              if old then return grant(old.n) end
              return grant(facts.subject.n)
            end
            """, unchecked: true)
        var configuration = PoolConfiguration()
        configuration.verifyRows = 0
        let pool = WorkerPool(configuration: configuration)
        let call = ScriptCall(function: "assess.x", rows: 2, columns: [Sandbox.int("facts.subject.n", 1, 2)])
        let first = try await pool.call(call, on: source)
        #expect(first.rows[0].amount == 1)
        #expect(first.rows[1].failure?.en == "this row is over: it cannot be read any more")
        #expect(first.rows[1].failure?.line == 5)
        // And past its batch.
        let second = try await pool.call(call, on: source)
        #expect(second.rows[0].failure?.en == "this row is over: it cannot be read any more")
    }
}
