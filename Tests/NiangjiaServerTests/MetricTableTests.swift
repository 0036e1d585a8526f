import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

@Suite("The year report's own description") struct MetricTableTests {
    @Test("docs/reference/metrics.md is what the catalogue says")
    func document() throws {
        let path = TestCity.root + "/docs/reference/metrics.md"
        if ProcessInfo.processInfo.environment["NIANGJIA_UPDATE"] == "1" {
            try MetricTable.markdown.write(toFile: path, atomically: true, encoding: .utf8)
        } else {
            #expect(try String(contentsOfFile: path, encoding: .utf8) == MetricTable.markdown)
        }
    }

    @Test("M01 to M54 and S01 to S42 are all there, once each")
    func complete() {
        func numbered(_ letter: String, _ count: Int) -> [String] {
            (1...count).map { letter + ($0 < 10 ? "0" : "") + "\($0)" }
        }
        #expect(MetricCatalogue.all.map(\.id) == numbered("M", 54))
        #expect(SentenceCatalogue.all.map(\.id) == numbered("S", 42))
        // Whatever may be entered belongs to a metric that says why, or to one that a program counts.
        for name in ToldFigures.names { #expect(MetricCatalogue.metric(String(name.prefix(3))) != nil, "\(name)") }
        for id in MetricCatalogue.outside.keys {
            #expect(ToldFigures.names.contains { $0.hasPrefix(id + ".") }, "\(id)")
        }
    }

    @Test("Each sentence has the same figures in both languages")
    func languages() throws {
        for form in SentenceCatalogue.all {
            for text in form.texts {
                let (zh, en) = (
                    try SentenceTemplate(text.zh).names.sorted(), try SentenceTemplate(text.en).names.sorted()
                )
                #expect(zh == en, "\(form.id)")
            }
        }
    }

    @Test(
        "The table tells each figure in its own unit: no percent beside days, no unit beside an amount; English has it all"
    )
    func units() async throws {
        let city = try await TestCity()
        let range: [String: Value] = ["from": "2026-01-01", "to": "2026-12-31", "metrics": true]
        try await city.importPeople()
        let told = try await city.run("report", .map(range), as: nil)
        let rows = told.lines.flatMap { $0.split(separator: "\n").map(String.init) }.filter { $0.hasPrefix("M") }
        #expect(!rows.isEmpty)
        for row in rows {
            let words = row.split(separator: " ").map(String.init)
            #expect(words.last != "%" && words.last != "万元", "\(row)")
            #expect(words.last?.contains("/") != true || row.contains("÷"), "\(row)")
            #expect(!(row.contains("%") && words.last == "天"), "\(row)")
        }
        #expect(!told.lines.contains { $0.contains("persons") || $0.contains("times ") })
        try await city.host.close()
    }

    @Test(
        "A figure that is typed and can't be used is refused, with its place and the reason",
        arguments: [
            ("station_target=abc", "应为不小于零的整数"), ("station_target=-3", "应为不小于零的整数"), ("base_year=25", "应为年份"),
            ("since=昨天", "应为日期或年份"), ("backstop=300000", "应为金额"), ("stations_target=40", "没有 stations_target 这一项"),
            ("M36.cases=4", "report import"), ("40", "名称=数值"), ("member_total=3.5", "应为不小于零的整数"),
        ])
    func inputs(_ typed: String, _ reason: String) async throws {
        let city = try await TestCity()
        do {
            _ = try await city.run(
                "report",
                ["from": "2026-01-01", "to": "2026-12-31", "inputs": ["standard=六有", .text(typed)]], as: nil)
            Issue.record("taken: \(typed)")
        } catch let error as NiangjiaError {
            #expect(error.code == .invalid && error.place == "/inputs/1", "\(error)")
            #expect(error.message.zh.contains(reason), "\(error.message.zh)")
        }
        try await city.host.close()
    }
}
