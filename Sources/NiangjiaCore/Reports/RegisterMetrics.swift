/// Metrics of unions, members, stations and hardship files: states as of a day, from the registers.
enum RegisterMetrics {
    /// Occupations of new forms of employment (新就业形态).
    static let newForm = "('courier', 'rider', 'truck_driver', 'ride_hail', 'domestic', 'livestream')"

    /// A membership that stands on the day of `$1`: joined by then, and left later or not at all.
    static let standing = """
        (m.joined_on IS NULL OR m.joined_on <= $1) AND (m.left_on IS NULL OR m.left_on > $1)
        AND (m.status = 'active' OR (m.status IN ('left', 'lapsed', 'deceased') AND m.left_on IS NOT NULL))
        """

    /// Whether a register holds anything of a kind at all: what was never entered is a gap of the report, not a zero.
    static func isKept(_ table: String, _ condition: String, _ reader: any StoreReader) throws -> Bool {
        try reader.integer("SELECT 1 FROM \(table) WHERE \(condition) LIMIT 1") != nil
    }

    // MARK: unions and members

    static func unions(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard try isKept("organization", "level = 'basic' AND credit_code IS NOT NULL", reader) else { return nil }
        let count = try reader.integer(
            """
            SELECT COUNT(*) FROM organization WHERE level = 'basic' AND status = 'active' AND credit_code IS NOT NULL
            AND (founded_on IS NULL OR founded_on <= $1)
            """, [.date(request.asOf)])
        return MetricValue(.count(count ?? 0))
    }

    static func members(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard try isKept("person", "verified = 1", reader) else { return nil }
        return MetricValue(.count(try memberCount(reader, request)))
    }

    private static func memberCount(_ reader: any StoreReader, _ request: ReportRequest) throws -> Int64 {
        try reader.integer(
            """
            SELECT COUNT(DISTINCT m.person) FROM membership m JOIN person p ON p.id = m.person
            WHERE \(standing) AND p.verified = 1 AND p.status <> 'merged'
            """, [.date(request.asOf)]) ?? 0
    }

    static func memberRate(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard let total = request.number("member_total"), try isKept("person", "verified = 1", reader) else {
            return nil
        }
        return MetricValue(.ratio(try memberCount(reader, request), of: total))
    }

    static func newFormUnions(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard try isKept("person", "occupation IS NOT NULL", reader) else { return nil }
        let count = try reader.integer(
            """
            SELECT COUNT(DISTINCT m.organization) FROM membership m JOIN person p ON p.id = m.person
            JOIN organization o ON o.id = m.organization
            WHERE \(standing) AND p.occupation IN \(newForm) AND o.status = 'active'
            """, [.date(request.asOf)])
        return MetricValue(.count(count ?? 0))
    }

    static func newFormMembers(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard try isKept("person", "occupation IS NOT NULL", reader) else { return nil }
        let from = """
            FROM membership m JOIN person p ON p.id = m.person
            WHERE \(standing) AND p.occupation IN \(newForm) AND p.status <> 'merged'
            """
        let all = try reader.integer("SELECT COUNT(DISTINCT m.person) \(from)", [.date(request.asOf)])
        let new = try reader.integer(
            "SELECT COUNT(DISTINCT m.person) \(from) AND m.joined_on >= $2",
            [.date(request.asOf), .date(request.period.from)])
        return MetricValue(.count(all ?? 0), parts: ["new": .count(new ?? 0)])
    }

    static func federations(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard try isKept("organization", "level = 'federation'", reader) else { return nil }
        let count = try reader.integer(
            """
            SELECT COUNT(*) FROM organization WHERE level = 'federation' AND status = 'active'
            AND (founded_on IS NULL OR founded_on <= $1)
            """, [.date(request.asOf)])
        // A company is counted once, however many of its unions and of a federation's levels know it.
        let companies = try reader.integer(
            """
            SELECT COUNT(DISTINCT o.employer_credit_code) FROM organization o JOIN organization f
            ON substr(o.path, 1, length(f.path)) = f.path AND o.id <> f.id
            WHERE f.level = 'federation' AND f.status = 'active' AND o.status = 'active'
            AND o.employer_credit_code IS NOT NULL
            """)
        return MetricValue(parts: ["fed": .count(count ?? 0), "companies": .count(companies ?? 0)])
    }

    // MARK: stations

    static func stations(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard try isKept("station", "kind = 'outdoor' AND accepted_on IS NOT NULL", reader) else { return nil }
        let count = try reader.integer(
            "SELECT COUNT(*) FROM station WHERE kind = 'outdoor' AND status = 'open' AND accepted_on <= $1",
            [.date(request.asOf)])
        return MetricValue(.count(count ?? 0))
    }

    static func stationTarget(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard let target = request.number("station_target"),
            try isKept("station", "kind = 'outdoor' AND accepted_on IS NOT NULL", reader)
        else { return nil }
        let count = try reader.integer(
            "SELECT COUNT(*) FROM station WHERE kind = 'outdoor' AND accepted_on >= $1 AND accepted_on <= $2",
            [.date(request.period.from), .date(request.asOf)])
        return MetricValue(.ratio(count ?? 0, of: target))
    }

    private static let inPeriod = "day >= $1 AND day <= $2"

    static func visits(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        let count = try reader.integer("SELECT SUM(count) FROM visit WHERE \(inPeriod)", days(request))
        let identified = try reader.integer(
            "SELECT COUNT(*) FROM visit WHERE \(inPeriod) AND person IS NOT NULL", days(request))
        guard let count else { return nil }
        // Counters and keepers' tallies are estimates, and say so.
        let isEstimate = count > (identified ?? 0)
        let notes =
            isEstimate ? [LocalText(zh: "含计数器和登记人次(估算)", en: "holds counters and tallies (estimated)")] : []
        var parts: [String: Quantity] = [:]
        if let since = request.since {
            let all = try reader.integer(
                "SELECT SUM(count) FROM visit WHERE \(inPeriod)", [.date(since), .date(request.asOf)])
            parts["since"] = .count(all ?? 0)
        }
        return MetricValue(.count(count), parts: parts, notes: notes, isEstimate: isEstimate)
    }

    static func visitors(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        let persons = try reader.integer(
            "SELECT COUNT(DISTINCT person) FROM visit WHERE \(inPeriod) AND person IS NOT NULL", days(request))
        let identified = try reader.integer(
            "SELECT SUM(count) FROM visit WHERE \(inPeriod) AND person IS NOT NULL", days(request))
        guard let all = try reader.integer("SELECT SUM(count) FROM visit WHERE \(inPeriod)", days(request)) else {
            return nil
        }
        return MetricValue(.count(persons ?? 0), parts: ["share": .ratio(identified ?? 0, of: all)])
    }

    // MARK: hardship files

    static func files(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard try isKept("household", "opened_on IS NOT NULL", reader) else { return nil }
        var parts: [String: Quantity] = [
            "start": .count(try fileCount(reader, on: request.period.from - 1)),
            "end": .count(try fileCount(reader, on: request.asOf)),
        ]
        for kind in ["deep", "relative", "accident"] {
            parts[kind] = .count(try fileCount(reader, on: request.asOf, kind: kind))
        }
        return MetricValue(parts["end"], parts: parts)
    }

    private static func fileCount(_ reader: any StoreReader, on day: CivilDate, kind: String? = nil) throws -> Int64 {
        try reader.integer(
            """
            SELECT COUNT(*) FROM household WHERE opened_on <= $1 AND (exited_on IS NULL OR exited_on > $1)
            AND file_status <> 'applied' \(kind == nil ? "" : "AND hardship_class = $2")
            """, [.date(day)] + (kind.map { [.text($0)] } ?? [])) ?? 0
    }

    static func exits(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard try isKept("household", "opened_on IS NOT NULL", reader) else { return nil }
        let count = try reader.integer(
            """
            SELECT COUNT(*) FROM household WHERE exited_on >= $1 AND exited_on <= $2
            AND file_status IN ('monitoring', 'closed')
            """, days(request))
        return MetricValue(.count(count ?? 0))
    }

    /// Households whose file was opened again after it had been closed or only watched, by the versions of the register.
    static func returned(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard try isKept("household", "opened_on IS NOT NULL", reader) else { return nil }
        // The version that was replaced, and the status of the one that came after it; what was undone is neither.
        let sql = """
            SELECT h.body, n.body, c.file_status, h.entity FROM register_history h
            JOIN household c ON c.id = h.entity
            LEFT JOIN register_history n ON n.kind = h.kind AND n.entity = h.entity AND n.revision = (
              SELECT MIN(x.revision) FROM register_history x
              WHERE x.kind = h.kind AND x.entity = h.entity AND x.revision > h.revision AND x.is_undone = 0)
            WHERE h.kind = 'household' AND h.is_undone = 0 AND COALESCE(n.valid_from, c.valid_from) >= $1
            AND COALESCE(n.valid_from, c.valid_from) <= $2 ORDER BY h.entity, h.revision
            """
        var back: Set<Int64> = []
        try reader.forEach(sql, days(request)) { row in
            let before = try Value(json: row.text(0))["file_status"].text
            let after = try row.textOrNil(1).map { try Value(json: $0)["file_status"].text } ?? row.text(2)
            if ["closed", "monitoring"].contains(before), after == "open" { back.insert(row.int(3)) }
            return true
        }
        return MetricValue(.count(Int64(back.count)))
    }

    static func days(_ request: ReportRequest) -> [SQLValue] { [.date(request.period.from), .date(request.asOf)] }
}
