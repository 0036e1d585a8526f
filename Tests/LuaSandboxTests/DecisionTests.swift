import Testing

@testable import LuaSandbox

@Suite struct DecisionTests {
    @Test(
        arguments: [
            ("grant()", .grant, 0, nil, .null), ("grant({rank = 2})", .grant, 0, nil, ["rank": 2]),
            ("grant(5)", .grant, 5, nil, .null),
            (
                "grant(5, {units = 1, rank = -3, keeps = {a = 1}, parts = {x = 7, y = -2}})", .grant, 5, nil,
                ["units": 1, "rank": -3, "keeps": ["a": 1], "parts": ["x": 7, "y": -2]]
            ),
            ("limit(3, 'CAPPED', {days = 4}, {units = 2})", .limit, 3, "CAPPED", ["units": 2]),
            ("refuse('NO')", .refuse, 0, "NO", .null),
            ("incomplete('MISSING')", .incomplete, 0, "MISSING", .null), ("review('LOOK')", .review, 0, "LOOK", .null),
            ("grant(5):at_most(5, 'CAP')", .grant, 5, nil, .null),
            ("grant(5):at_most(4, 'CAP')", .limit, 4, "CAP", .null),
            ("grant(5):at_most(0, 'CAP')", .refuse, 0, "CAP", .null),
            ("grant(5):at_most(-1, 'CAP')", .refuse, 0, "CAP", .null),
            ("grant(0):at_most(0, 'CAP')", .refuse, 0, "CAP", .null),
            ("limit(5, 'A'):at_most(9, 'B')", .limit, 5, "A", .null),
            ("limit(5, 'A'):at_most(2, 'B'):at_most(1, 'C')", .limit, 1, "C", .null),
            ("refuse('A'):at_most(0, 'B')", .refuse, 0, "A", .null),
            ("grant(90, {units = 3, rank = 1}):at_most(70, 'CAP')", .limit, 60, "CAP", ["units": 2, "rank": 1]),
            ("grant(90, {units = 3}):at_most(29, 'CAP')", .refuse, 0, "CAP", .null),
            (
                "grant(100, {parts = {50, 50}, keeps = {k = true}}):at_most(33, 'CAP')", .limit, 33, "CAP",
                ["parts": [17, 16], "keeps": ["k": true]]
            ),
            ("grant(10, {parts = {b = 4, a = 6}}):at_most(5, 'CAP')", .limit, 5, "CAP", ["parts": ["a": 3, "b": 2]]),
        ] as [(String, ScriptVerdict.Kind, Int64, String?, ScriptValue)])
    func decisions(
        _ expression: String, _ kind: ScriptVerdict.Kind, _ amount: Int64, _ code: String?, _ options: ScriptValue
    ) async throws {
        let verdict = try await Sandbox.assess("return \(expression)")
        #expect(verdict.failure == nil)
        #expect(verdict.kind == kind)
        #expect(verdict.amount == amount)
        #expect(verdict.code == code)
        #expect(verdict.options == options)
    }

    @Test func paramsTravel() async throws {
        let verdict = try await Sandbox.assess("return refuse('MIN', {last = '2026-07-15', days = 15})")
        #expect(verdict.params == ["last": "2026-07-15", "days": 15])
    }

    @Test(arguments: [
        ("assess.x", "return nil", "returned no decision"),
        ("assess.x", "return 5", "must return a decision, got integer"),
        ("assess.x", "return revoke('A')", "may not return revoke"), ("recheck.x", "return grant(1)", "nil or revoke"),
        ("assess.x", "return {}", "got table"), ("assess.x", "return facts", "got table"),
    ])
    func wrongResults(_ function: String, _ body: String, _ words: String) async throws {
        let verdict = try await Sandbox.judge(
            Sandbox.source("function program.\(function)(facts)\n\(body)\nend"), function: function,
            columns: [Sandbox.int("facts.a", 1)])
        #expect(verdict.failure?.kind == .badOutput)
        #expect(verdict.failure?.en.contains(words) == true)
    }

    @Test func rechecks() async throws {
        let source = Sandbox.source(
            "function program.recheck.x(facts)\n if facts.n > 2 then return revoke('ABSENT', {count = facts.n}, {keep = 7}) end\nend"
        )
        let call = ScriptCall(function: "recheck.x", rows: 2, columns: [Sandbox.int("facts.n", 1, 3)])
        let rows = try await Sandbox.pool.call(call, on: source).rows
        #expect(rows.map(\.kind) == [.none, .revoke])
        #expect(rows[1].keep == 7)
        #expect(rows[1].params == ["count": 3])
    }

    @Test func aMissingFunctionIsSaid() async throws {
        let source = Sandbox.source("function program.assess.x() return grant() end")
        let error = await Sandbox.error { _ = try await Sandbox.judge(source, function: "assess.y") }
        guard case .script(let failure) = error else { throw error ?? .busy }
        #expect(failure.kind == .noSuchFunction)
        #expect(failure.en.contains("program.assess.y"))
    }
}
