import Testing

@testable import NiangjiaCore

@Suite("Figures of a report")
struct FigureTests {
    @Test(
        "the vectors of counting units and words",
        arguments: [
            (.count(46_417), "", "46417"), (.count(1_206_900), "万", "约120.7万"), (.count(10_973), "~2", "近11000"),
            (.count(5_123), "~2", "5100余"), (.count(27_540), "", "27540"),
            (.money(Money(fen: 9_703_000_000)), "~2万元", "9700余万元"), (.ratio(9_796, of: 10_000), "%", "97.96%"),
            (.ratio(97_964, of: 100_000), "%", "97.96%"), (.ratio(95, of: 89), "%", "106.74%"),
            (.money(Money(fen: 10_000)), "", "100元"), (.money(Money(fen: 3_723_000_000)), "万元", "3723万元"),
        ] as [(Quantity, String, String)])
    func vectors(_ quantity: Quantity, _ format: String, _ text: String) throws {
        #expect(try Figure.print(quantity, format: format).text == text)
    }

    @Test(
        "precision, scales and signs",
        arguments: [
            (.count(9_999), "万", "9999"), (.count(10_000), "万", "1万"), (.count(120_000), "万", "12万"),
            (.count(27_049), "万", "约2.7万"), (.money(Money(fen: 33_015)), "万元", "330.15元"),
            (.money(Money(fen: 1_234_567)), "万元", "约1.23万元"), (.money(Money(fen: 37_100_000_000)), "亿元", "3.71亿元"),
            (.money(Money(fen: -5_000_000)), "万元", "-5万元"), (.ratio(1, of: 3), "%", "33.33%"),
            (.ratio(2, of: 3), "%", "66.67%"),
            (.ratio(1, of: 1), "%", "100%"), (.ratio(176_500, of: 2), "元", "882.5元"), (.ratio(35, of: 10), "天", "3.5天"),
            (.count(11_000), "~2", "11000"), (.count(7), "~2", "7"), (.count(149), "~1", "100余"),
            (.money(Money(fen: 9_700_000_050)), "~2万元", "9700余万元"),
        ] as [(Quantity, String, String)])
    func scales(_ quantity: Quantity, _ format: String, _ text: String) throws {
        #expect(try Figure.print(quantity, format: format).text == text)
    }

    @Test("a figure that is rounded up too far is cut down instead")
    func nearIsNear() throws {
        // 1,600 to one digit would be 2,000: 25 % too high for 近.
        #expect(try Figure.print(.count(1_600), format: "~1").text == "1000余")
        // 1,960 is 2 % below 2,000.
        #expect(try Figure.print(.count(1_960), format: "~1").text == "近2000")
    }

    @Test("nothing to divide by prints a dash with a note, never 0 % or 100 %")
    func zeroDenominator() throws {
        for format in ["%", "元", "天"] {
            let printed = try Figure.print(.ratio(0, of: 0), format: format)
            #expect(printed.text == "—")
            #expect(printed.note != nil)
        }
    }

    @Test("a word that the sentence has already isn't said twice")
    func wordOnce() throws {
        #expect(try Figure.print(.count(1_206_900), format: "万", hasWord: true).text == "120.7万")
    }

    @Test("a format that can't be is an error")
    func wrongFormat() {
        #expect(throws: NiangjiaError.self) { try Figure.print(.count(3), format: "万元") }
        #expect(throws: NiangjiaError.self) { try Figure.print(.text("六有"), format: "%") }
        #expect(throws: NiangjiaError.self) { try Figure.print(.count(3), format: "~0") }
    }

    @Test("a metric in a table is told in full, with its parts by what they are called")
    func inFull() {
        #expect(MetricValue(.money(Money(fen: 128_000))).text(of: "M21", .zh) == "1,280.00元")
        #expect(MetricValue(.ratio(1, of: 8)).text(of: "M03", .en) == "12.5%")
        #expect(MetricValue(.ratio(0, of: 0)).text(of: "M03", .zh) == "—")
        let parts = MetricValue(parts: ["times": .count(3_000), "amount": .money(.zero)])
        #expect(parts.text(of: "M25", .zh) == "人次 3000 · 金额 0.00元")
        #expect(parts.text(of: "M20", .en) == "times (households) 3,000 · amount 0 yuan")
        #expect(MetricValue(.count(2), parts: ["n": .count(1)]).text(of: "M41", .zh) == "2 (样本 1)")
    }

    @Test(
        "English figures are in full, with digits in threes",
        arguments: [
            (.count(1_206_900), "万", "1,206,900"), (.money(Money(fen: 3_723_000_000)), "万元", "37,230,000 yuan"),
            (.money(Money(fen: 33_015)), "万元", "330.15 yuan"), (.ratio(95, of: 89), "%", "106.74%"),
            (.average(35, of: 10), "天", "3.5 days"), (.date(CivilDate("2026-12-31")!), "y年m月", "December 2026"),
            (.count(2025), "y", "2025"), (.ratio(0, of: 0), "%", "—"), (.few, "", "fewer than 5"),
            (.count(-1_234), "", "-1,234"),
        ] as [(Quantity, String, String)])
    func english(_ quantity: Quantity, _ format: String, _ text: String) throws {
        #expect(try Figure.english(quantity, format: format).text == text)
    }

    @Test("Units, the host's own groups and what is too few to be told are no Chinese to programs and English readers")
    func words() {
        for unit in Set(MetricCatalogue.all.map(\.unit)) {
            #expect(ReportUnits.word(unit, .en).allSatisfy { $0.isASCII }, "\(unit)")
            #expect(ReportUnits.word(unit, .zh) == unit)
        }
        #expect(FigureParts.title("是/未填", of: "x", .en) == "yes/not filled in")
        #expect(FigureParts.title("是/未填", of: "x", .zh) == "是/未填")
        // What the city wrote stays.
        #expect(FigureParts.title("重大/否", of: "x", .en) == "重大/no")
        #expect(Quantity.few.json == ["under": 5])
    }
}
