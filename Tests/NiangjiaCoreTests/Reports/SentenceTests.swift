import Testing

@testable import NiangjiaCore

@Suite("Sentences of a report")
struct SentenceTests {
    private func text(_ id: String, _ values: [String: Quantity]) throws -> String? {
        let form = try #require(SentenceCatalogue.all.first { $0.id == id })
        return try SentenceTemplate(form.texts[0].zh).fill { values[$0] }.text
    }

    /// The figures that the reports print, and the sentences in which they print them.
    @Test("the reports' own figures give the reports' own sentences")
    func acceptance() throws {
        #expect(
            try text("S08", ["M16.start": .count(27_540), "M16.end": .count(415), "M17": .count(27_125)])
                == "全市建档困难职工由27540户下降到415户,27125户实现解困脱困。")
        let fourth = try text(
            "S04",
            [
                "M07": .count(95), "M08": .ratio(95, of: 89), "M09.cover": .ratio(91, of: 100),
                "M09.overlap": .ratio(1, of: 3),
            ])
        #expect(fourth == "全市已建成工会户外劳动者服务站点95个,完成今年建设任务的106.74%,实现“15分钟服务圈”覆盖91%、交叉覆盖33.33%。")
        let nineteenth = try text(
            "S19",
            [
                "years": .count(3), "M33.projects": .count(58), "M33.persons": .count(38_077),
                "M33.amount": .money(Money(fen: 3_723_000_000)),
            ])
        #expect(nineteenth == "连续3年开展“暖心留工助发展”行动,向春节期间不停工的58个重点项目38077名务工人员发放补贴3723万元。")
        #expect(
            try text(
                "S26", ["M20.persontimes": .count(120_000), "M41": .ratio(9_796, of: 10_000), "M41.n": .count(10_000)])
                == "帮扶救助困难职工12万人次,职工群众满意率达97.96%(有效问卷10000份)。")
    }

    @Test("the word before a figure is used, not doubled")
    func words() throws {
        let first = try text(
            "S01",
            [
                "asof": .date(CivilDate("2021-09-30")!), "M01": .count(11_494), "M02": .count(1_206_900),
                "base_year": .count(2020), "M03": .ratio(1_206_900, of: 1_609_000),
            ])
        #expect(first == "截至2021年9月,全市各级工会线上实名制录入基层组织11494家,录入会员约120.7万人,占2020年会员总数的75.01%。")
    }

    @Test("a sentence without one of its figures is not there, and tells what is missing")
    func missing() throws {
        let filled = try SentenceTemplate("发放{M21|万元},惠及{M20.households}户。").fill { $0 == "M21" ? .money(.zero) : nil }
        #expect(filled.text == nil)
        #expect(filled.missing == ["M20.households"])
    }

    @Test("a sentence says of a figure that it fell where it did, and else how it was at either end")
    func fell() throws {
        let form = try #require(SentenceCatalogue.all.first { $0.id == "S08" })
        func told(_ start: Int64, _ end: Int64) throws -> [String?] {
            let values: [String: Quantity] = ["M16.start": .count(start), "M16.end": .count(end), "M17": .count(1)]
            return try form.texts.map { try SentenceTemplate($0.zh).fill { values[$0] }.text }
        }
        #expect(try told(60, 59)[0] == "全市建档困难职工由60户下降到59户,1户实现解困脱困。")
        #expect(try told(60, 60) == [nil, "全市建档困难职工期初60户、期末60户,1户实现解困脱困。"])
        #expect(try told(60, 61)[0] == nil)
    }

    @Test("every template can be read, and names metrics that are in the catalogue")
    func templates() throws {
        #expect(SentenceCatalogue.all.map(\.id) == (1...42).map { $0 < 10 ? "S0\($0)" : "S\($0)" })
        #expect(MetricCatalogue.all.map(\.id) == (1...54).map { $0 < 10 ? "M0\($0)" : "M\($0)" })
        for form in SentenceCatalogue.all {
            for template in form.texts {
                for name in try SentenceTemplate(template.zh).names where name.hasPrefix("M") {
                    #expect(MetricCatalogue.metric(String(name.prefix(3))) != nil, "\(form.id): \(name)")
                }
            }
            for text in form.texts {
                for metric in SentenceForm.metrics(text) { #expect(MetricCatalogue.metric(metric) != nil) }
            }
        }
        #expect(throws: NiangjiaError.self) { try SentenceTemplate("共{M01家") }
    }

    @Test("every sentence can be told in both languages, whatever its figures: no format that they can't have")
    func everySentence() throws {
        for form in SentenceCatalogue.all {
            for text in form.texts {
                let template = try SentenceTemplate(text.zh)
                var values: [String: Quantity] = ["asof": .date(CivilDate("2026-12-31")!), "standard": .text("六有")]
                for case .place(let name, let format) in template.pieces where values[name] == nil {
                    values[name] =
                        switch format {
                        case "%": .ratio(9_796, of: 10_000)
                        case "天": .average(33, of: 10)
                        case "万元": .money(Money(fen: 1_234_567_89))
                        case "y": .count(2021)
                        case "<M16.start": .count(415)
                        default: .count(1_206_900)
                        }
                }
                let (zh, en) = (
                    try template.fill { values[$0] }.text,
                    try SentenceTemplate(text.en).fill({ values[$0] }, in: .en).text
                )
                #expect(zh?.hasSuffix("。") == true && zh?.contains("{") == false, "\(form.id)")
                #expect(en?.hasSuffix(".") == true && en?.contains("{") == false, "\(form.id)")
                let isChinese = en?.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }
                #expect(isChinese == (form.id == "S06"), "only the standard's own name: \(en ?? "")")
            }
        }
    }
}
