import NiangjiaTesting
import Testing

@testable import NiangjiaCore

@Suite("Lines that pass together or not at all", .serialized) struct TogetherTests {
    private static let files = [
        "plugins/crew/plugin.yaml": """
        id: crew
        version: 1.0.0
        api: 1
        title: {zh-CN: 班组, en: Crew}
        settings: {least: integer}
        forms:
          join:
            by: [clerk]
            fields: {people: {type: array, items: {person: member}}}
            subject: people.person
            together: {at_least: {setting: least}}
            gives: {kind: nothing}
        reasons: {}
        """,
        "plugins/crew/main.lua": """
        function program.assess.join()
          return grant()
        end
        """,
        "config/programs/crew-2026.yaml": """
        program: crew-2026
        plugin: crew
        policy: 测工发〔2026〕9号
        status: open
        organization: 990100
        series: crew
        season: {from: 2026-07-01, to: 2026-09-30}
        review: []
        settings: {least: 2}
        changes: [{from: 2026-08-01, settings: {least: 3}}]
        """,
    ]

    private func join(_ city: TestCityHost, _ count: Int) async throws -> CaseReceipt {
        var people: [Value] = []
        for _ in 0..<count { people.append(["person": .text(try await city.person(union: "99010101").text)]) }
        return try await city.corridor.submit(
            Submission(program: "crew-2026", form: "join", fields: ["people": .list(people)], channel: "clerk"),
            by: Actor(account: "clerk", role: "clerk"))
    }

    @Test("How many must pass is what the setting says on the case's date")
    func changed() async throws {
        let city = try await TestCityHost(programs: [:], files: Self.files, at: "2026-07-31T09:00:00+08:00")
        #expect(try await join(city, 1).lines.allSatisfy { $0.outcome?.code == "TOO_FEW" })
        #expect(try await join(city, 2).lines.allSatisfy { $0.outcome?.stands == true })
        city.clock.set(try #require(Instant("2026-08-01T09:00:00+08:00")))
        let few = try await join(city, 2)
        #expect(few.lines.count == 2)
        #expect(few.lines.allSatisfy { $0.outcome?.code == "TOO_FEW" && $0.outcome?.params["needed"] == 3 })
        #expect(try await join(city, 3).lines.allSatisfy { $0.outcome?.stands == true })
        try await city.close()
    }
}
