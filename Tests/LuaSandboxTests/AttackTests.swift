import Testing

@testable import LuaSandbox

/// Every attack that we could find or invent, through real workers.
@Suite struct AttackTests {
    /// A pool whose rows may take long, so that a budget and no clock ends them.
    private static let patient = pool(rowMilliseconds: 20_000)
    private static let strict = pool(rowMilliseconds: 300)

    private static func pool(rowMilliseconds: Int) -> WorkerPool {
        var configuration = PoolConfiguration()
        configuration.rowMilliseconds = rowMilliseconds
        configuration.queueLimit = 10_000
        return WorkerPool(configuration: configuration)
    }

    @Test(arguments: Attack.all) func isStopped(_ attack: Attack) async throws {
        let pool = attack.wallMilliseconds == nil ? Self.patient : Self.strict
        let outcome = await attack.outcome(on: pool)
        #expect(!outcome.isEmpty)
        for row in outcome { #expect(attack.verdicts.contains(row), "\(attack.name): \(outcome)") }
        // The same threads still judge.
        let benign = ScriptCall(function: "assess.x", rows: 1, columns: [])
        let reply = try await pool.call(benign, on: Sandbox.source("function program.assess.x() return grant(7) end"))
        #expect(reply.rows[0].amount == 7)
    }

    @Test func thereAreManyAndEachSaysWhy() {
        #expect(Attack.all.count >= 120)
        for attack in Attack.all {
            #expect(attack.head["reason"]?.isEmpty == false, "\(attack.name)")
            #expect(!attack.verdicts.contains(""), "\(attack.name)")
        }
    }
}
