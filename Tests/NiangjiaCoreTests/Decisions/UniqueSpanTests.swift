import Testing

@testable import NiangjiaCore

/// What is too near to a date where a window goes with it (`unique: {within: {months: 6}}`).
@Suite("Days that are too near to each other") struct UniqueSpanTests {
    private static let season = DateRange(from: CivilDate(days: 0), to: CivilDate(days: 40_000))

    @Test(
        "Two days are too near exactly where the later one's window reaches the earlier one, whichever is asked about",
        arguments: [
            LookDefinition.Window.days(1), .days(7), .days(30), .months(1), .months(6), .months(12), .months(13),
        ])
    func near(_ window: LookDefinition.Window) throws {
        let start = try #require(CivilDate("2024-01-28"))
        for first in 0..<40 {
            let earlier = start + first
            let near = try #require(window.near(earlier))
            for gap in 0..<430 {
                let later = earlier + gap
                let reaches = LookReader.window(window, on: later, season: Self.season)?.contains(earlier) == true
                #expect(near.contains(later) == reaches, "\(window): \(earlier), \(later)")
                let back = try #require(window.near(later))
                #expect(back.contains(earlier) == reaches, "\(window): \(later), \(earlier)")
            }
        }
    }

    @Test("A window with edges has no days of its own")
    func edges() {
        for window in [LookDefinition.Window.ever, .season, .day, .calendarMonth, .schoolYear] {
            #expect(window.near(CivilDate(days: 20_000)) == nil)
        }
    }

    @Test("Month ends, as a look counts them")
    func monthEnds() throws {
        func near(_ date: String) throws -> String {
            let day = try #require(CivilDate(date))
            return try #require(LookDefinition.Window.months(6).near(day)).description
        }
        #expect(try near("2026-02-28") == "2025-08-29..2026-08-27")
        #expect(try near("2025-08-31") == "2025-03-01..2026-02-28")
        #expect(try near("2025-08-28") == "2025-03-01..2026-02-27")
    }

    @Test("Claims held beside the store hinder each other by their days, and nobody by their own")
    func held() throws {
        func claim(_ day: Int32, _ near: ClosedRange<Int32>?) -> UniqueClaim {
            UniqueClaim(
                rule: "x/y#0", key: [1], day: near == nil ? nil : CivilDate(days: day),
                near: near.map { DateRange(from: CivilDate(days: $0.lowerBound), to: CivilDate(days: $0.upperBound)) })
        }
        var held = HeldClaims<Int>()
        held.insert(claim(100, 94...106), by: 1)
        #expect(held.isHeld(claim(106, 100...112)) && held.isHeld(claim(94, 88...100)))
        #expect(!held.isHeld(claim(107, 101...113)) && !held.isHeld(claim(93, 87...99)))
        #expect(!held.isHeld(claim(106, 100...112), butBy: 1))
        #expect(!held.isHeld(claim(0, nil)))
        held.insert(claim(0, nil), by: 2)
        #expect(held.isHeld(claim(0, nil), butBy: 1) && !held.isHeld(claim(0, nil), butBy: 2))
    }
}
