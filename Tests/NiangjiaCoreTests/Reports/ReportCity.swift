import NiangjiaCore
import NiangjiaCrypto
import NiangjiaSQLite
import NiangjiaTesting
import Testing

/// A small city on a real SQLite file, of which every figure of the report is known by hand.
struct ReportCity {
    let folder: TemporaryFolder
    let store: SQLiteStore
    static let period = DateRange(from: CivilDate("2026-01-01")!, to: CivilDate("2026-12-31")!)

    init() async throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore.open(path: folder.file("city.db"), migrations: NiangjiaSchema.migrations)
        try await store.write(.batch) { writer in
            try ReportCity.unions(writer)
            try ReportCity.people(writer)
            try ReportCity.stations(writer)
            try ReportCity.households(writer)
            try ReportCity.lines(writer)
            try ReportCity.given(writer)
        }
    }

    func report(_ inputs: [String: Quantity] = [:], period: DateRange = ReportCity.period) async throws -> YearReport {
        try await store.read { try YearReport.make(ReportRequest(period: period, inputs: inputs), in: $0) }
    }

    func number(_ sql: String) async throws -> Int64 { try await store.read { try $0.integer(sql) ?? 0 } }

    static func day(_ text: String) -> SQLValue { .date(CivilDate(text)) }
    static func at(_ text: String) -> SQLValue { .instant(CivilDate(text).map { Instant($0, minutes: 600) }) }

    /// One row, by column.
    private static func put(_ table: String, _ row: [String: SQLValue], _ writer: any StoreWriter) throws {
        let columns = row.keys.sorted()
        try writer.insert(into: table, columns: columns, values: columns.compactMap { row[$0] })
    }

    private static let version: [String: SQLValue] = [
        "revision": .int(1), "valid_from": .int(20_000), "recorded_at": .int(1),
    ]

    private static func unions(_ writer: any StoreWriter) throws {
        let rows: [(Int64, String, String, String, String?, String)] = [
            (1, "990100", "990100/", "city", "89990100MC0000039Q", "active"),
            (2, "990101", "990100/990101/", "county", nil, "active"),
            (3, "990102", "990100/990102/", "county", nil, "active"),
            (4, "99010101", "990100/990101/99010101/", "basic", "81990101MC00000128", "active"),
            (5, "99010201", "990100/990102/99010201/", "basic", "81990102MC0000020H", "active"),
            (6, "99010202", "990100/990102/99010202/", "basic", nil, "active"),
            (7, "99010102", "990100/990101/99010102/", "basic", "81990101MC00000390", "dissolved"),
            (8, "990100F1", "990100/990100F1/", "federation", nil, "active"),
            (9, "990100F1A", "990100/990100F1/990100F1A/", "basic", "89990100MC0000039Q", "active"),
        ]
        for (id, code, path, level, credit, status) in rows {
            var row = version
            row.merge(
                [
                    "id": .int(id), "code": .text(code), "name": .text(code), "path": .text(path),
                    "level": .text(level),
                    "credit_code": .optional(credit), "status": .text(status),
                    "employer_credit_code": id == 9 ? .text("91990101MA000004XR") : .null,
                ]) { $1 }
            try put("organization", row, writer)
        }
    }

    private static func people(_ writer: any StoreWriter) throws {
        // id, occupation, verified, union, member status, joined, left
        let rows: [(Int64, String, Bool, Int64, String, String, String?)] = [
            (1, "factory", true, 4, "active", "2020-03-01", nil), (2, "rider", true, 9, "active", "2026-02-10", nil),
            (3, "courier", true, 9, "active", "2024-02-10", nil), (4, "office", false, 4, "active", "2019-01-01", nil),
            (5, "factory", true, 5, "left", "2018-01-01", "2026-05-01"),
            (6, "factory", true, 5, "active", "2027-01-05", nil),
            (7, "factory", true, 5, "active", "2021-07-01", nil),
        ]
        for (id, occupation, verified, union, status, joined, left) in rows {
            var person = version
            person.merge(
                [
                    "id": .int(id), "name": .text("样"), "id_type": .text("resident_id"),
                    "occupation": .text(occupation),
                    "verified": .bool(verified), "status": .text("active"),
                ]) { $1 }
            try put("person", person, writer)
            var member = version
            member.merge(
                [
                    "person": .int(id), "organization": .int(union), "status": .text(status), "is_primary": .int(1),
                    "joined_on": day(joined), "left_on": left.map { day($0) } ?? .null,
                ]) { $1 }
            try put("membership", member, writer)
        }
        // A second union of the rider's: still one person.
        var second = version
        second.merge(
            [
                "person": .int(2), "organization": .int(5), "status": .text("active"), "is_primary": .int(0),
                "joined_on": day("2026-03-01"),
            ]) { $1 }
        try put("membership", second, writer)
    }

    private static func stations(_ writer: any StoreWriter) throws {
        let rows: [(Int64, String, String?)] = [
            (1, "open", "2025-04-01"), (2, "open", "2026-04-01"), (3, "building", nil), (4, "closed", "2026-02-01"),
        ]
        for (id, status, accepted) in rows {
            var row = version
            row.merge(
                [
                    "id": .int(id), "code": .text("Z\(id)"), "name": .text("站"), "kind": .text("outdoor"),
                    "latitude": .int(0),
                    "longitude": .int(0), "source_latitude": .int(0), "source_longitude": .int(0),
                    "source_frame": .text("wgs84"), "status": .text(status),
                    "accepted_on": accepted.map { day($0) } ?? .null,
                ]) { $1 }
            try put("station", row, writer)
        }
        // Person 1 (county 990101) at a station of 990102, twice at home; a counter's 40; one last year.
        let visits: [(Int64, Int64?, String, Int64, String, Int64)] = [
            (1, 1, "scan", 1, "2026-07-01", 5), (2, 1, "scan", 1, "2026-07-02", 4), (3, 7, "scan", 1, "2026-07-02", 5),
            (4, nil, "counter", 40, "2026-07-03", 5), (5, 7, "scan", 1, "2025-07-03", 5),
        ]
        for (id, person, kind, count, on, union) in visits {
            try put(
                "visit",
                [
                    "id": .int(id), "station": .int(1), "person": .optional(person), "kind": .text(kind), "at": at(on),
                    "day": day(on), "count": .int(count), "organization": .int(union),
                ], writer)
        }
    }

    private static func households(_ writer: any StoreWriter) throws {
        let rows: [(Int64, String, String, String?, String?)] = [
            (1, "deep", "open", "2024-01-01", nil), (2, "relative", "open", "2026-03-01", nil),
            (3, "relative", "monitoring", "2023-01-01", "2026-06-01"), (4, "temporary", "applied", nil, nil),
            (5, "none", "closed", "2020-01-01", "2025-06-01"),
        ]
        for (id, kind, status, opened, exited) in rows {
            var row = version
            row.merge(
                [
                    "id": .int(id), "number": .text("K\(id)"), "hardship_class": .text(kind),
                    "file_status": .text(status),
                    "opened_on": opened.map { day($0) } ?? .null, "exited_on": exited.map { day($0) } ?? .null,
                ]) { $1 }
            try put("household", row, writer)
        }
    }

    private static func lines(_ writer: any StoreWriter) throws {
        for (id, source) in [("tuition-2026", "union_budget"), ("gifts-2026", "donation"), ("pool-2026", "fees")] {
            try put(
                "fund_line",
                [
                    "id": .text(id), "year": .int(2026), "source": .text(source), "purpose": .text(id),
                    "amount": .int(0),
                ], writer)
        }
    }

    /// What one decision gave: id, plugin, form, subject (kind, id), household, home and serving union, units.
    private struct Given {
        var id: Int64
        var plugin: String
        var form: String
        var kind = "person"
        var subject: Int64
        var household: Int64?
        var home: Int64?
        var serving: Int64?
        var units: Int64?
        var entitled = "money"
        var state = "paid"
        var amount: Int64
        var paidOn: String?
        var line = "tuition-2026"
        var split: [(String, Int64)] = []
    }

    private static func given(_ writer: any StoreWriter) throws {
        let all = [
            Given(
                id: 1, plugin: "tuition", form: "apply", subject: 11, household: 1, amount: 500_000,
                paidOn: "2026-09-10"),
            Given(
                id: 2, plugin: "tuition", form: "apply", subject: 12, household: 1, amount: 300_000,
                paidOn: "2026-09-10",
                split: [("tuition-2026", 100_000), ("gifts-2026", 200_000)]),
            Given(
                id: 3, plugin: "tuition", form: "apply", subject: 13, household: 2, amount: 400_000,
                paidOn: "2026-09-12"),
            // Decided this year, paid in the next: belongs to the next.
            Given(
                id: 4, plugin: "tuition", form: "apply", subject: 14, household: 2, amount: 70_000, paidOn: "2027-01-03"
            ),
            Given(
                id: 5, plugin: "tuition", form: "apply", subject: 15, household: 2, state: "failed", amount: 80_000,
                paidOn: nil),
            Given(
                id: 6, plugin: "summer-cooling", form: "package", subject: 1, home: 4, serving: 3, units: 1,
                entitled: "goods", state: "delivered", amount: 5_000),
            Given(
                id: 7, plugin: "summer-cooling", form: "package", subject: 1, home: 4, serving: 2, units: 1,
                entitled: "goods", state: "delivered", amount: 5_000),
            Given(
                id: 8, plugin: "summer-cooling", form: "site_visit", kind: "organization", subject: 4, units: 640,
                entitled: "goods", state: "delivered", amount: 1_280_000),
            Given(
                id: 9, plugin: "summer-cooling", form: "package", subject: 7, units: 1, entitled: "goods",
                state: "approved", amount: 5_000),
            Given(
                id: 10, plugin: "mutual-aid", form: "enrol", subject: 1, entitled: "fee", amount: 6_000,
                line: "pool-2026"),
            Given(
                id: 11, plugin: "mutual-aid", form: "enrol", subject: 7, entitled: "fee", amount: 6_000,
                line: "pool-2026"),
            Given(
                id: 12, plugin: "mutual-aid", form: "claim", subject: 1, amount: 33_015, paidOn: "2026-05-02",
                line: "pool-2026"),
            Given(
                id: 13, plugin: "mutual-aid", form: "claim", subject: 1, amount: 203_333, paidOn: "2026-06-02",
                line: "pool-2026"),
        ]
        for one in all { try put(one, writer) }
        try pool(writer)
    }

    private static func put(_ one: Given, _ writer: any StoreWriter) throws {
        try writer.insertDecision(
            [
                "id": .int(one.id), "program": .text(one.plugin + "-2026"), "series": .text(one.plugin),
                "plugin": .text(one.plugin), "form": .text(one.form), "subject_kind": .text(one.kind),
                "subject": .int(one.subject), "household": .optional(one.household), "ordinal": .int(one.id),
                "case_id": .int(one.id), "on_date": day("2026-07-01"), "decided_at": at("2026-07-02"),
                "result": .text("granted"), "assessed": .int(one.amount), "amount": .int(one.amount),
                "units": .optional(one.units), "home_organization": .optional(one.home),
                "serving_organization": .optional(one.serving), "state": .text("standing"),
            ])
        try writer.insertEntitlement(
            [
                "id": .int(one.id), "decision": .int(one.id), "case_id": .int(one.id), "kind": .text(one.entitled),
                "payee_kind": .text("person"), "payee": .int(one.subject), "amount": .int(one.amount),
                "fund_line": .text(one.line), "is_split": .bool(!one.split.isEmpty),
                "program": .text(one.plugin + "-2026"),
                "series": .text(one.plugin), "on_date": day("2026-07-01"), "state": .text(one.state),
            ])
        for (n, part) in one.split.enumerated() {
            try put(
                "entitlement_split",
                [
                    "entitlement": .int(one.id), "n": .int(Int64(n)), "fund_line": .text(part.0),
                    "amount": .int(part.1),
                    "claimed": .int(0), "recovered": .int(0),
                ], writer)
        }
        if one.entitled == "fee" {
            try put(
                "case_file",
                [
                    "id": .int(one.id), "program": .text("mutual-aid-2026"), "series": .text("mutual-aid"),
                    "plugin": .text("mutual-aid"), "form": .text("enrol"), "plugin_digest": .text(""),
                    "bundle": .text(""),
                    "filer": .text("unit"), "unit": .int(4), "channel": .text("unit"), "submitted_at": .int(0),
                    "on_date": .int(0),
                    "state": .text("approved"), "fields": .blob([]), "updated_at": .int(0),
                ], writer)
        }
        guard one.entitled == "money" else { return }
        try put(
            "payment",
            [
                "id": .int(one.id), "entitlement": .int(one.id), "ordinal": .int(1), "revision": .int(1),
                "attempt": .int(1),
                "amount": .int(one.amount), "state": .text(one.paidOn == nil ? "failed" : "paid"), "made_at": .int(0),
                "resolved_at": one.paidOn.map { at($0) } ?? .null,
            ], writer)
    }

    /// What the pool's accounts saw: fees in, claims out, a draw on the backstop, and a fee of the year before.
    private static func pool(_ writer: any StoreWriter) throws {
        for (id, stage) in [(1, "available"), (2, "paid"), (3, "backstop"), (4, "in_transit"), (5, "due")] {
            try put(
                "ledger_account",
                [
                    "id": .int(Int64(id)), "code": .text("line/pool-2026/\(stage)"), "line": .text("pool-2026"),
                    "stage": .text(stage),
                ], writer)
        }
        let sets: [(Int64, String, String, [(Int64, Int64)])] = [
            (1, "fee_received", "2025-12-20", [(5, -6_000), (1, 6_000)]),
            (2, "fee_received", "2026-01-10", [(5, -12_000), (1, 12_000)]),
            (3, "backstop_draw", "2026-05-01", [(3, -224_348), (1, 224_348)]),
            (4, "paid", "2026-05-02", [(4, -33_015), (2, 33_015)]),
            (5, "paid", "2026-06-02", [(4, -203_333), (2, 203_333)]),
        ]
        for (id, kind, on, entries) in sets {
            try put(
                "entry_set",
                [
                    "id": .int(id), "kind": .text(kind), "year": .int(2026), "voucher": .int(id), "booked_at": at(on),
                    "booked_on": day(on), "effective_on": day(on), "actor": .text("treasurer"), "memo": .text(""),
                    "about": .text("pool"),
                ], writer)
            for (n, entry) in entries.enumerated() {
                try put(
                    "entry",
                    [
                        "entry_set": .int(id), "n": .int(Int64(n)), "account": .int(entry.0), "amount": .int(entry.1),
                    ], writer)
            }
        }
    }
}
