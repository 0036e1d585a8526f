import NiangjiaCore
import Testing

@Suite struct MoneyTests {
    @Test(
        arguments: [
            ("50", 5000), ("50.5", 5050), ("50.00", 5000), ("50元", 5000), ("1,280.00", 128_000), ("-3.20", -320),
            ("0", 0),
        ] as [(String, Int64)])
    func readsWhatPeopleWrite(_ text: String, _ fen: Int64) {
        #expect(Money(yuan: text)?.fen == fen)
    }

    @Test(arguments: ["", "五十", "50.001", "1,28", "12,3456", "1e3", "50.", ".5", "--1", "99999999999999999999"])
    func refusesWhatIsNoAmount(_ text: String) { #expect(Money(yuan: text) == nil) }

    @Test func writesForBanksAndForPeople() {
        #expect(Money(fen: 128_000_005).yuan == "1280000.05")
        #expect("\(Money(fen: 128_000_005))" == "1,280,000.05")
        #expect("\(Money(fen: -100))" == "-1.00")
        #expect(Money(fen: 5).yuan == "0.05")
    }

    @Test func ratesRoundHalfUpOnce() {
        // 1,000.05 yuan at 30 % is 300.015 yuan (M6 of the mutual-aid vectors).
        #expect(Rate(percent: "30%")?.of(Money(fen: 100_005)).fen == 30_002)
        #expect(Rate(basisPoints: 3000).of(Money(fen: -100_005)).fen == -30_002)
        #expect(Rate(percent: "12.5%")?.basisPoints == 1250)
        #expect(Rate(percent: "12.555%") == nil)
        // As the schemas take it, and as an input method for Chinese types it.
        #expect(Rate(percent: "50\u{FF05}")?.basisPoints == 5000)
        #expect(Rate(basisPoints: 10_000).of(Money(fen: .max)).fen == .max)
    }
}

@Suite struct CivilDateTests {
    @Test func everyDayOfFourCenturiesGoesThereAndBack() {
        var date = CivilDate("1899-12-31")!
        for _ in 0..<146_097 {
            let next = date + 1
            let (year, month, day) = next.parts
            #expect(CivilDate(year: year, month: month, day: day) == next)
            #expect(next > date)
            date = next
        }
        #expect(date.description == "2299-12-31")
    }

    @Test func monthsEndWhereTheMonthEnds() {
        #expect(CivilDate("2024-01-31")!.adding(months: 1).description == "2024-02-29")
        #expect(CivilDate("2023-01-31")!.adding(months: 1).description == "2023-02-28")
        #expect(CivilDate("2024-03-31")!.adding(months: -13).description == "2023-02-28")
        #expect(CivilDate("2026-11-22")!.weekday == 7)
    }

    @Test(arguments: ["2026-02-29", "2026-13-01", "2026-1-01", "20260101", "2026-01-01 ", "0000-01-01"])
    func refusesWhatIsNoDay(_ text: String) { #expect(CivilDate(text) == nil) }

    @Test func instantsAreShanghaiTime() {
        let instant = Instant("2026-07-15T00:30:00+08:00")!
        #expect(instant.date.description == "2026-07-15")
        #expect(instant.minuteOfDay == 30)
        #expect(instant.description == "2026-07-15T00:30:00.000+08:00")
        #expect(Instant("2026-07-15 00:30")! == instant)
        #expect(Instant("2026-07-15T00:30:00Z") == nil)
        #expect(Instant(CivilDate("2026-07-16")!) == Instant("2026-07-15T24:00:00+08:00"))
    }
}

@Suite struct IDTests {
    @Test func textGoesThereAndBackAndFindsSlips() {
        let ids = IDSource(host: 3, clock: FixedClock(Instant("2026-07-15T08:00:00+08:00")!))
        var seen: Set<ID<Person>> = []
        for _ in 0..<10_000 { seen.insert(ids.next()) }
        #expect(seen.count == 10_000)
        let id = seen.first!
        #expect(ID<Person>(id.text) == id)
        #expect(ID<Person>(id.text.uppercased()) == id)
        #expect(ID<Organization>(id.text) == nil)
        var wrong = Array(id.text)
        wrong.swapAt(5, 6)
        if wrong != Array(id.text) { #expect(ID<Person>(String(wrong)) == nil) }
    }

    @Test func idsRiseWhenTheClockGoesBack() {
        let clock = FixedClock(Instant("2026-07-15T08:00:00+08:00")!)
        let ids = IDSource(host: 0, clock: clock)
        let first: ID<Person> = ids.next()
        clock.advance(milliseconds: -86_400_000)
        let second: ID<Person> = ids.next()
        #expect(second > first)
    }
}

@Suite struct JSONTests {
    @Test func canonicalTextIsOneForOneValue() throws {
        let value: Value = ["b": [1, true, nil, "中\n\"文"], "a": ["x": -5]]
        #expect(value.json == #"{"a":{"x":-5},"b":[1,true,null,"中\n\"文"]}"#)
        #expect(try Value(json: value.json) == value)
    }

    @Test(arguments: [
        "1.5", "1e3", "01", "[1,]", "{\"a\":1,\"a\":2}", "\"\\ud800\"", "nul", "", "1 2", "99999999999999999999",
        "\"\u{01}\"",
    ])
    func refuses(_ text: String) { #expect(throws: JSONFault.self) { try Value(json: text) } }

    @Test func refusesDepth() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: JSONFault.self) { try Value(json: deep) }
    }
}
