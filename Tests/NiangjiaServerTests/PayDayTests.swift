import Testing

@testable import NiangjiaCore
@testable import NiangjiaServer

/// When a program's money may move (`pay.from`).
@Suite("Days of payment") struct PayDayTests {
    @Test("Nothing is put into a batch before its form's day")
    func notBefore() async throws {
        let city = try await TestCityHost(
            programs: ["stay-2026": FiledPreviewTests.program(2026)], files: FiledPreviewTests.plugin,
            at: "2026-07-10T09:00:00+08:00")
        let receipt = try await city.corridor.submit(
            Submission(
                program: "stay-2026", form: "ask", applicant: try await city.person(), fields: ["nights": 2],
                channel: "clerk"), by: Actor(account: "clerk", role: "clerk"))
        _ = try await city.corridor.act(
            .approve, on: receipt.id, by: Actor(account: "reviewer", role: "reviewer:city"))
        let today = city.clock.now().date
        func build(_ days: [String: CivilDate]) async throws -> BuiltBatch {
            let change = city.corridor.change(by: .host)
            return try await city.store.write(.interactive) { writer in
                try Batches.build(
                    program: "stay-2026", remark: "",
                    accountOf: { _, _ in BankAccount(number: "6200990100000000016", holder: "测", bank: nil) },
                    notBefore: days, change, in: writer)
            }
        }
        let early = await #expect(throws: NiangjiaError.self) { try await build(["ask": today + 1]) }
        #expect(early?.code == .conflict && early?.message.zh.contains("\(today + 1) 之前不付的 1 笔") == true)
        #expect(try await build(["ask": today, "other": today + 1]).count == 1)
        try await city.close()
    }
}
