import NiangjiaCore
import Testing

/// What times claim that may not overlap (`unique: {nights: …}`).
@Suite("Nights that are claimed once") struct NightsTests {
    private func days(_ from: String, _ to: String) throws -> [String] {
        let (first, last) = (try #require(CivilDate(from)), try #require(CivilDate(to)))
        return UniqueRule.Nights.days(from: first, to: last).map(\.description)
    }

    @Test("Each night but none of the last day; a visit of a day is that day's; days the wrong way round are none")
    func days() throws {
        #expect(try days("2026-02-27", "2026-03-02") == ["2026-02-27", "2026-02-28", "2026-03-01"])
        #expect(try days("2026-03-02", "2026-03-02") == ["2026-03-02"])
        #expect(try days("2026-03-02", "2026-03-01").isEmpty)
    }

    @Test("However late the last day is said to be, three years are claimed")
    func most() throws {
        #expect(try days("2026-01-01", "9999-12-31").count == UniqueRule.Nights.most)
        #expect(try days("2026-01-01", "9999-12-31").last == "2028-12-31")
    }
}
