import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// A slip of the keyboard in an amount is told before anybody waits for money that `each_max` never lets through.
@Suite struct ProgramAmountsTests {
    private struct Said: Hashable, CustomStringConvertible {
        var path: String
        var severity: String
        var description: String { "\(path) \(severity)" }
    }

    private func check(_ city: TestCity) async throws -> [(said: Said, place: String, text: String)] {
        let answer = try #require(try await city.run("check", [:], as: nil).answer)
        #expect(answer["ok"] == true)
        return (answer["problems"].list ?? []).map { problem in
            (
                Said(path: problem["path"].text ?? "", severity: problem["severity"].text ?? ""),
                problem["place"].text ?? "", problem["message"]["zh-CN"].text ?? ""
            )
        }
    }

    private static func program(_ name: String) -> String { "config/programs/\(name).yaml" }

    @Test(
        "Amounts beyond each_max are told with their place: plain, by organisation, from a day on, in tables, of a form"
    )
    func beyond() async throws {
        let city = try await TestCity()
        #expect(try await check(city).isEmpty)
        let cooling = Self.program("summer-cooling-2026")
        try city.edit(cooling, "value: 50 ", "value: 500 ")
        try city.edit(cooling, "990102: {value: 40}", "990102: {value: 300}")
        try city.edit(cooling, "\nforms:", "\nchanges: [{from: 2026-07-15, settings: {value: 260}}]\nforms:")
        try city.edit(cooling, "supply_month: 500", "supply_month: 600")
        try city.edit(
            Self.program("hazard-report-2026"), "severity: major, amount: 200", "severity: major, amount: 201")
        try city.edit(Self.program("ticket-2027"), "from: 600, pay: 300", "from: 600, pay: 350")
        try city.edit(Self.program("skill-competition-2026"), "place: 1, amount: 3000", "place: 1, amount: 30000")
        try city.edit(Self.program("mutual-aid-2026"), "fee: 60", "fee: 160")
        let found = try await check(city)
        let paths = [
            "settings.value", "by_organization.990102.value", "changes[0].settings.value", "settings.supply_month",
            "settings.rewards[0].amount", "settings.tiers[3].pay", "settings.awards[0].amount", "settings.fee",
        ]
        #expect(Set(found.map(\.said)) == Set(paths.map { Said(path: $0, severity: "warning") }))
        #expect(found.count == paths.count)
        let value = try #require(found.first { $0.said.path == "settings.value" })
        #expect(value.place.hasPrefix("\(cooling):22:10"))
        #expect(value.text.contains("package") && value.text.contains("500.00") && value.text.contains("200.00"))
        try await city.host.close()
    }

    @Test("What a known cap keeps within it is no mistake; nor is what is computed, or what isn't granted")
    func within() async throws {
        let city = try await TestCity()
        let tuition = Self.program("tuition-2026")
        try city.edit(tuition, "on_file: 5000", "on_file: 20000")
        let cooling = Self.program("summer-cooling-2026")
        try city.edit(cooling, "site_cap: 20000", "site_cap: 30000")
        try city.edit(cooling, "supply_season_cap: 2000", "supply_season_cap: 9000")
        try city.edit(cooling, "per_head: 20 ", "per_head: 25000 ")
        #expect(try await check(city).isEmpty)
        // A form's own amount counts for it in the place of the program's.
        try city.edit(cooling, "package: {review: [basic]}", "package: {review: [basic], settings: {value: 201}}")
        #expect(try await check(city).map(\.said.path) == ["forms.package.settings.value"])
        try city.edit(cooling, "settings: {value: 201}", "pay: {each_max: 300}, settings: {value: 201}")
        #expect(try await check(city).isEmpty)
        try city.edit(tuition, "cap: 10000", "cap: 30000")
        let paths = try await check(city).map(\.said.path)
        #expect(paths == ["settings.tiers[3].on_file", "settings.tiers[4].on_file"])
        try await city.host.close()
    }
}
