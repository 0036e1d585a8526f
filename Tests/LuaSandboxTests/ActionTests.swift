import Testing

@testable import LuaSandbox

/// Actions through real workers: questions, answers, proposals, budgets.
@Suite struct ActionTests {
    private func act(
        _ body: String, limit: Int = 64,
        _ tell: @escaping @Sendable (ScriptQuestion) -> ScriptTelling = { _ in .value(7) }
    ) async throws -> ScriptActionReply {
        let lua = "function program.action.x(input, settings, context)\n\(body)\nend"
        var action = ScriptAction(
            function: "action.x", input: ["n": 3, "note": .opaque("t1"), "gone": .null], settings: ["top": 5],
            context: ["on": "2026-07-15"])
        action.callLimit = limit
        return try await Sandbox.pool.act(action, on: Sandbox.source(lua), answering: tell)
    }

    @Test("An action reads its input, asks, proposes and answers; its use is reported")
    func whole() async throws {
        let reply = try await act(
            """
            local row = record.get("score", {"a", input.n})
            record.put("score", {code = "a", points = row + settings.top, note = input.note})
            case.move("c-1", "judged", {on = context.on})
            return answer {total = row, known = input.gone == nil}
            """
        ) { question in
            #expect(question == ScriptQuestion(name: "record.get", arguments: ["score", ["a", 3]]))
            return .value(40)
        }
        #expect(reply.result == .answer(["total": 40, "known": true]))
        #expect(reply.hostCalls == 1)
        #expect(reply.usage.instructions > 0 && reply.usage.peakBytes > 0)
        #expect(
            reply.proposals == [
                ScriptProposal(
                    name: "record.put", line: 3,
                    arguments: ["score", ["code": "a", "points": 45, "note": .opaque("t1")]]),
                ScriptProposal(name: "case.move", line: 4, arguments: ["c-1", "judged", ["on": "2026-07-15"]]),
            ])
    }

    @Test("A refusal is an error at the author's line, in the host's words; what was proposed before it is gone")
    func refused() async throws {
        let reply = try await act("record.put('s', {})\nlocal row = member.get('p-1')\nreturn answer {}") { _ in
            .refusal(zh: "不在您负责的范围内", en: "outside your part of the city")
        }
        guard case .failed(let failure) = reply.result else { return #expect(Bool(false)) }
        #expect(failure.kind == .scriptError && failure.line == 3)
        #expect(failure.zh == "不在您负责的范围内" && failure.en == "outside your part of the city")
        #expect(reply.proposals.isEmpty)
    }

    @Test("One call more than allowed ends the action for good; fail drops the proposals")
    func limits() async throws {
        let over = try await act("for i = 1, 4 do fund.available() end return answer {}", limit: 3)
        guard case .failed(let failure) = over.result else { return #expect(Bool(false)) }
        #expect(failure.kind == .budgetHostCalls)
        #expect(over.hostCalls == 3)
        let failed = try await act("notify.send('subject', 'M', {}) return fail('TOO_LATE', {days = 3})")
        #expect(failed.result == .fail(code: "TOO_LATE", params: ["days": 3]))
        #expect(failed.proposals.isEmpty)
    }

    @Test("A script that goes another way with the same answers is found when a fresh state goes through it again")
    func differs() async throws {
        let lua = """
            local seen = {0}
            function program.action.x()
              seen[1] = seen[1] + 1
              return answer {n = record.get("r", seen[1])}
            end
            """
        let source = Sandbox.source(lua, unchecked: true)
        let action = ScriptAction(function: "action.x")
        // In a state's first call the fresh one counts alike; in its second it doesn't. Others use the pool too, so a state
        // may be new several times.
        var error: ScriptError?
        for _ in 0..<50 where error == nil {
            error = await Sandbox.error { _ = try await Sandbox.pool.act(action, on: source) { _ in .value(1) } }
        }
        #expect(error == .nondeterministic(row: 0))
    }

    @Test("An action that never ends fails, and nothing else does")
    func endless() async throws {
        let reply = try await act("record.get('r', 'a') while true do end")
        guard case .failed(let failure) = reply.result else { return #expect(Bool(false)) }
        #expect(failure.kind == .budgetInstructions)
        #expect(try await act("return answer {n = 1}").result == .answer(["n": 1]))
        let unknown = try await Sandbox.pool.act(ScriptAction(function: "action.y"), on: Sandbox.source("")) { _ in
            .value(1)
        }
        guard case .failed(let missing) = unknown.result else { return #expect(Bool(false)) }
        #expect(missing.kind == .noSuchFunction)
    }
}
