import NiangjiaTesting
import Testing

@testable import NiangjiaCore

/// Figures that plugins define: what they count, and what they never tell.
@Suite struct OwnMetricTests {
    /// A plugin of the report's city with figures.
    private static func bundle(
        _ plugin: String, _ form: FormDefinition, _ metrics: [String: MetricDefinition]
    ) -> Bundle {
        var manifest = Manifest(id: plugin, version: "1.0.0", api: 1, title: LocalText(zh: plugin, en: plugin))
        manifest.forms[form.name] = form
        manifest.records["class"] = RecordDefinition(
            key: ["room", "term"], fields: [Field("room", .reference("station")), Field("term", .string)])
        manifest.metrics = metrics
        var bundle = Bundle(
            digest: "", city: CitySettings(name: LocalText(zh: "示例", en: "Sample"), organization: "990100"))
        bundle.plugins[plugin] = Plugin(manifest: manifest, source: [], digest: "")
        return bundle
    }

    private static func metric(
        _ of: String, at: String? = nil, count: String? = nil, sum: String? = nil, by: [String] = []
    ) -> MetricDefinition {
        var metric = MetricDefinition(of: of)
        (metric.at, metric.count, metric.sum, metric.by) = (at, count, sum, by)
        return metric
    }

    private func report(
        _ city: ReportCity, _ bundle: Bundle, fields: [Int64: Value] = [:]
    ) async throws -> (told: [String: MetricValue], gaps: [String: String]) {
        var request = ReportRequest(period: ReportCity.period)
        request.own = OwnMetric.all(of: bundle)
        request.fields = { id, _, _ in fields[id.rawValue] ?? .map([:]) }
        let report = try await city.store.read { [request] in try YearReport.make(request, in: $0) }
        return (
            Dictionary(uniqueKeysWithValues: report.own.map { ($0.metric.name, $0.value) }),
            Dictionary(report.gaps.map { ($0.id, $0.reason.zh) }) { first, _ in first }
        )
    }

    private static var apply: FormDefinition {
        var form = FormDefinition(name: "apply")
        form.by = ["member", "batch"]
        form.fields = [
            Field("stage", .oneOf(["junior", "senior"])), Field("school", .string), Field("note", .text),
            Field("friend", .reference("person")), Field("cost", .money), Field("hours", .integer, isOptional: true),
            Field("secret", .boolean, read: ["clerk"]),
            Field("room", .reference("station"), isOptional: true),
            Field("class", .reference("class"), isOptional: true),
        ]
        form.keeps = [Field("own_share", .money)]
        form.gives.kind = ["": .money]
        return form
    }

    @Test("What was paid: cases, persons, households and the amount, by the bank's day")
    func paid() async throws {
        let city = try await ReportCity()
        let told = try await report(
            city,
            Self.bundle(
                "tuition", Self.apply,
                [
                    "cases": Self.metric("apply", at: "paid", count: "cases"),
                    "persons": Self.metric("apply", at: "paid", count: "persons"),
                    "households": Self.metric("apply", at: "paid", count: "households"),
                    "amount": Self.metric("apply", at: "paid", sum: "decision.amount"),
                ])
        ).told.mapValues(\.main)
        #expect(told["cases"] == .count(3) && told["persons"] == .count(3) && told["households"] == .count(2))
        #expect(told["amount"] == .money(Money(fen: 1_200_000)))
    }

    @Test("What came back of earlier periods lessens what was paid in this one, of this form, and is said")
    func sentBack() async throws {
        let city = try await ReportCity()
        try await city.store.write(.batch) { writer in
            let sql = "UPDATE payment SET paid_at = $1, state = 'returned', resolved_at = $2 WHERE id = $3"
            // Of last year's, of this year's own, and of another form of another plugin's.
            try writer.execute(sql, [ReportCity.at("2025-12-20"), ReportCity.at("2026-01-20"), .int(2)])
            try writer.execute(sql, [ReportCity.at("2026-09-12"), ReportCity.at("2026-09-20"), .int(3)])
            try writer.execute(sql, [ReportCity.at("2025-12-20"), ReportCity.at("2026-01-20"), .int(12)])
        }
        let told = try await report(
            city,
            Self.bundle(
                "tuition", Self.apply,
                [
                    "amount": Self.metric("apply", at: "paid", sum: "decision.amount"),
                    "cases": Self.metric("apply", at: "paid", count: "cases"),
                ])
        ).told
        #expect(told["amount"]?.main == .money(Money(fen: 500_000 - 300_000)))
        #expect(told["amount"]?.notes.contains { $0.zh.contains("退回") && $0.zh.contains("3,000.00") } == true)
        #expect(told["cases"]?.main == .count(1) && told["cases"]?.notes.isEmpty == true)
        var other = Self.apply
        other.name = "claim"
        let claims = try await report(
            city,
            Self.bundle("mutual-aid", other, ["amount": Self.metric("claim", at: "paid", sum: "decision.amount")])
        ).told["amount"]
        #expect(claims?.main == .money(Money(fen: 203_333 - 33_015)))
    }

    @Test("Places of one name are told apart by their codes, in keys of rows too; what reads the same is added up")
    func sameNames() async throws {
        let city = try await ReportCity()
        try await Self.decided(city)
        try await city.store.write(.batch) { writer in
            for (id, station) in [(1, 1), (2, 2)] as [(Int64, Int64)] {
                let room = ID<Station>(rawValue: station).text
                try writer.execute(
                    """
                    INSERT INTO record (id, plugin, kind, key, revision, valid_from, recorded_at, body)
                    VALUES ($1, 'tuition', 'class', $2, 1, $3, 1, $4)
                    """,
                    [
                        .int(id), .text(Value.list([.text(room), "秋"]).json), ReportCity.day("2026-03-01"),
                        .text((["room": .text(room), "term": "秋"] as Value).json),
                    ])
            }
        }
        func room(_ id: Int64, _ record: Int64) -> Value {
            [
                "room": .text(ID<Station>(rawValue: id).text), "class": .text(ID<Record>(rawValue: record).text),
            ]
        }
        let (told, gaps) = try await report(
            city,
            Self.bundle(
                "tuition", Self.apply,
                [
                    "rooms": Self.metric("apply", at: "submitted", count: "cases", by: ["room"]),
                    "people": Self.metric("apply", at: "submitted", count: "persons", by: ["room"]),
                    "classes": Self.metric("apply", at: "submitted", count: "cases", by: ["class"]),
                    "rows": Self.metric("class", count: "cases", by: ["room"]),
                ]), fields: [1: room(1, 1), 2: room(2, 2), 3: room(98, 1), 5: room(99, 2)])
        #expect(gaps.filter { $0.key.hasPrefix("tuition.") }.isEmpty, "\(gaps)")
        let rooms: [String: Quantity] = ["站(Z1)": .count(1), "站(Z2)": .count(1), "已不在册": .count(2)]
        #expect(told["rooms"]?.parts == rooms && told["people"]?.parts == rooms)
        #expect(told["classes"]?.parts == ["站 秋(Z1)": .count(2), "站 秋(Z2)": .count(2)])
        #expect(told["rows"]?.parts == ["站(Z1)": .count(1), "站(Z2)": .count(1)])
        #expect(OwnMetrics.title(ofGroup: "已不在册", .en) == "no longer registered")
    }

    @Test("Goods are counted where they were handed over, a person once")
    func delivered() async throws {
        var form = FormDefinition(name: "package")
        form.by = ["scan"]
        form.gives.kind = ["": .goods]
        let told = try await report(
            try await ReportCity(),
            Self.bundle(
                "summer-cooling", form,
                [
                    "packs": Self.metric("package", at: "delivered", count: "cases"),
                    "people": Self.metric("package", at: "delivered", count: "persons"),
                ])
        ).told.mapValues(\.main)
        #expect(told["packs"] == .count(2) && told["people"] == .count(1))
    }

    /// Applications 1 to 3 approved, 5 refused, and two people granted by a batch.
    private static func decided(_ city: ReportCity) async throws {
        try await city.store.write(.batch) { writer in
            for id in [1, 2, 3, 5] as [Int64] {
                try writer.insert(
                    into: "case_file",
                    columns: [
                        "id", "program", "series", "plugin", "form", "plugin_digest", "bundle", "applicant", "filer",
                        "channel", "submitted_at", "on_date", "state", "fields", "updated_at",
                    ],
                    values: [
                        .int(id), .text("tuition-2026"), .text("tuition"), .text("tuition"), .text("apply"), .text(""),
                        .text(""), .int(id), .text("m"), .text("member"), ReportCity.at("2026-08-01"),
                        ReportCity.day("2026-08-01"), .text(id == 5 ? "refused" : "approved"), .blob([]), .int(0),
                    ])
                try writer.insert(
                    into: "case_step",
                    columns: ["case_id", "n", "at", "actor", "role", "action", "from_state", "to_state"],
                    values: [
                        .int(id), .int(1), ReportCity.at("2026-08-20"), .text("a"), .text("clerk"), .text("check"),
                        .text("in_check"), .text(id == 5 ? "refused" : "approved"),
                    ])
            }
            for id in [101, 102] as [Int64] {
                try writer.insertDecision([
                    "id": .int(id), "program": .text("tuition-2026"), "series": .text("tuition"),
                    "plugin": .text("tuition"), "form": .text("apply"), "subject_kind": .text("person"),
                    "subject": .int(id), "ordinal": .int(1), "on_date": ReportCity.day("2026-08-20"),
                    "decided_at": ReportCity.at("2026-08-20"), "result": .text("granted"), "assessed": .int(100),
                    "amount": .int(100), "state": .text("standing"),
                ])
            }
        }
    }

    @Test(
        "Applied, and granted: the refused are among the one and not the other; batches are granted, and never applied")
    func granted() async throws {
        let city = try await ReportCity()
        try await Self.decided(city)
        let fields: [Int64: Value] = [
            1: ["stage": "junior", "cost": 100, "hours": 3], 2: ["stage": "senior", "cost": 200],
            3: ["stage": "senior", "cost": 300, "hours": 4], 5: ["stage": "junior", "cost": 5000],
        ]
        let (told, _) = try await report(
            city,
            Self.bundle(
                "tuition", Self.apply,
                [
                    "applied": Self.metric("apply", at: "submitted", count: "persons"),
                    "helped": Self.metric("apply", at: "approved", count: "persons", by: ["stage"]),
                    "grants": Self.metric("apply", at: "approved", count: "cases"),
                    "amount": Self.metric("apply", at: "approved", sum: "decision.amount"),
                    "cost": Self.metric("apply", at: "approved", sum: "cost"),
                    "hours": Self.metric("apply", at: "approved", sum: "hours"),
                ]), fields: fields)
        #expect(told["applied"]?.main == .count(4))
        #expect(told["grants"]?.main == .count(5) && told["helped"]?.main == .count(5))
        #expect(told["helped"]?.parts == ["junior": .count(1), "senior": .count(2), "批量核定": .count(2)])
        #expect(told["amount"]?.main == .money(Money(fen: 1_200_200)))
        #expect(told["cost"]?.main == .money(Money(fen: 600)), "what the refused asked for isn't in it")
        #expect(told["hours"]?.main == .count(7) && told["hours"]?.notes.first?.zh == "另有 1 件没有填这一项")
    }

    @Test("What few typed is nobody's, in any form; few of a sealed form aren't told apart for whoever sees everybody")
    func few() async throws {
        let city = try await ReportCity()
        try await Self.decided(city)
        let typed = try await report(
            city,
            Self.bundle(
                "tuition", Self.apply,
                ["schools": Self.metric("apply", at: "submitted", count: "cases", by: ["school"])]),
            fields: [1: ["school": "张三家"], 2: ["school": "二中"], 3: ["school": "二中"], 5: ["school": "二中"]]
        ).told["schools"]
        #expect(typed?.main == .count(4) && typed?.parts.isEmpty == true && typed?.notes.isEmpty == false)
        var form = Self.apply
        form.sealed = SealedRule(but: ["clerk"])
        let sealed = try await report(
            city,
            Self.bundle(
                "tuition", form, ["stages": Self.metric("apply", at: "submitted", count: "cases", by: ["stage"])]),
            fields: [1: ["stage": "junior"]]
        ).told["stages"]
        #expect(sealed?.main == .count(4) && sealed?.parts.isEmpty == true)
    }

    @Test(
        "A figure that a bundle in force still defines so, and that may not be told or means nothing, is a gap with the reason",
        arguments: [
            (metric("apply", count: "cases", by: ["note"]), "不能用来分类"),
            (metric("apply", count: "cases", by: ["friend"]), "不能用来分类"),
            (metric("apply", count: "cases", by: ["secret"]), "只给某些人看"),
            (metric("apply", count: "cases", by: ["stgae"]), "没有栏目 stgae"),
            (metric("apply", sum: "csot"), "没有栏目 csot"), (metric("apply", sum: "note"), "不能求和"),
            (metric("apply", sum: "amount"), "decision.amount"), (metric("apply", sum: "own_share"), "keeps.own_share"),
            (metric("apply", sum: "decision.amount"), "核准以后才有"),
            (metric("apply", sum: "cost", by: ["stage"]), "by 只用于 count"),
            (metric("apply", at: "delivered", count: "cases"), "不发物品"),
            (metric("apply", at: "nostage", count: "cases"), "没有阶段"), (metric("apply"), "须写 count"),
        ])
    func wrong(_ metric: MetricDefinition, _ words: String) async throws {
        let city = try await ReportCity()
        try await Self.decided(city)
        let (told, gaps) = try await report(
            city, Self.bundle("tuition", Self.apply, ["wrong": metric]), fields: [1: ["note": "张三", "friend": "p-1"]])
        #expect(told.isEmpty)
        #expect(gaps["tuition.wrong"]?.contains(words) == true, "\(gaps["tuition.wrong"] ?? "")")
    }

    @Test("Of many none of whom names a household no number is told, nor of what nobody filled in")
    func unknown() async throws {
        let city = try await ReportCity()
        try await Self.decided(city)
        let (told, gaps) = try await report(
            city,
            Self.bundle(
                "tuition", Self.apply,
                [
                    "homes": Self.metric("apply", at: "submitted", count: "households"),
                    "hours": Self.metric("apply", at: "submitted", sum: "hours"),
                ]))
        #expect(told.isEmpty)
        #expect(gaps["tuition.homes"] == "有 4 件,都没有家庭可数" && gaps["tuition.hours"] == "有 4 件,都没有填这一项")
    }

    @Test("A form that is only decided in batches counts its grants, and says so where applications are asked for")
    func batchOnly() async throws {
        var form = Self.apply
        form.by = ["batch"]
        let city = try await ReportCity()
        try await Self.decided(city)
        let (told, gaps) = try await report(
            city,
            Self.bundle(
                "tuition", form,
                [
                    "asked": Self.metric("apply", count: "cases"),
                    "helped": Self.metric("apply", at: "approved", count: "persons"),
                ]))
        #expect(told["helped"]?.main == .count(5))
        #expect(gaps["tuition.asked"]?.contains("at: approved") == true)
    }
}
