import Testing

@testable import LuaSandbox

@Suite struct FirstTests {
    @Test func aBatchIsJudged() async throws {
        let verdict = try await Sandbox.assess(
            "return grant(settings.value * facts.subject.n, {units = 1})", columns: [Sandbox.int("facts.subject.n", 3)],
            settings: ["value": 50])
        #expect(verdict.failure == nil)
        #expect(verdict.kind == .grant)
        #expect(verdict.amount == 150)
        #expect(verdict.units == 1)
    }
}
