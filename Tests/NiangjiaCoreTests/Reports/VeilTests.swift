import Testing

@testable import NiangjiaCore

/// What a report tells of a few people, to whoever may not see them.
@Suite struct VeilTests {
    private func report(_ from: String, _ to: String, today: String) async throws -> YearReport {
        let city = try await ReportCity()
        let period = DateRange(from: try #require(CivilDate(from)), to: try #require(CivilDate(to)))
        var request = ReportRequest(period: period)
        request.veil = ReportVeil(nil, today: try #require(CivilDate(today)))
        return try await city.store.read { [request] in try YearReport.make(request, in: $0) }
    }

    @Test("One patient's money isn't told of a short span, in no figure and no sentence; of a year that is over it is")
    func patient() async throws {
        for (from, to, today) in [
            ("2026-06-01", "2026-06-30", "2027-02-01"), ("2026-01-01", "2026-12-31", "2026-10-01"),
        ] {
            let short = try await report(from, to, today: today)
            for id in ["M31", "M32"] {
                #expect(!short.lines.contains { $0.metric.id == id }, "\(id) \(from)")
                #expect(short.gaps.first { $0.id == id }?.reason.zh.contains("不足 5 人") == true, "\(id) \(from)")
            }
            #expect(!short.sentences.contains { ["S17", "S18"].contains($0.id) && $0.text.contains("支出") })
        }
        let official = try await report("2026-01-01", "2026-12-31", today: "2027-02-01")
        #expect(official.lines.first { $0.metric.id == "M31" }?.value.parts["persons"] == .count(1))
    }

    @Test("A campaign's money is kept like the programs it was given by, in each span, whether or not they gave in it")
    func campaign() async throws {
        let city = try await ReportCity()
        try await city.store.write(.batch) { writer in
            try writer.insert(
                into: "donation",
                columns: [
                    "id", "campaign", "reference", "amount", "fund_line", "received_on", "entered_by", "entered_at",
                ],
                values: [
                    .int(1), .text("charity-2026"), .text("1"), .int(200_000), .text("gifts-2026"),
                    ReportCity.day("2026-09-01"), .text("treasurer"), ReportCity.at("2026-09-01"),
                ])
        }
        for (from, to) in [("2026-01-01", "2026-12-31"), ("2026-09-10", "2026-09-10"), ("2026-03-01", "2026-03-02")] {
            let period = DateRange(from: try #require(CivilDate(from)), to: try #require(CivilDate(to)))
            let value = try await city.store.read { try DonationMetrics.raised($0, ReportRequest(period: period)) }
            #expect(value?.people.map(\.plugins) == [["tuition"]], "\(from)")
        }
    }

    @Test("Nobody at all is no few: what is nothing is told as nothing")
    func nobody() async throws {
        let none = try await report("2026-12-30", "2026-12-31", today: "2027-02-01")
        #expect(none.lines.first { $0.metric.id == "M31" }?.value.parts["persons"] == .count(0))
    }
}
