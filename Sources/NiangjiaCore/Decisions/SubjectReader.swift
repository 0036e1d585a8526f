/// Reads subjects with the declared facts, in key order, by ids or page by page: one text of SQL for one case and a million.
struct SubjectReader {
    /// Which subjects to read.
    enum Selection {
        case ids([Int64])
        /// The next `limit` subjects after an id that pass the filter.
        case page(after: Int64, limit: Int, filter: [String: [Value]])
    }

    /// A subject as it stands.
    struct Row: Sendable {
        var id: Int64
        var revision: Int64
        var validFrom: CivilDate
        var home: Int64?
        var household: Int64?
        var householdRevision: Int64
        /// In the order of ``facts``.
        var values: [SQLValue]
    }

    let kind: SubjectKind
    /// The declared facts: the subject's own, then the household's.
    let facts: [FactDefinition]
    private let select: String

    /// A reader of a subject kind with named facts. Throws when a name is not in the catalogue.
    init(kind: SubjectKind, subjectFacts: [String], householdFacts: [String]) throws(NiangjiaError) {
        var found: [FactDefinition] = []
        for (names, group) in [(subjectFacts, kind), (householdFacts, .household)] {
            for name in names {
                guard let fact = FactCatalogue.fact(name, of: group) else {
                    throw NiangjiaError(
                        .configuration, zh: "没有事实 \(group.rawValue).\(name)",
                        en: "there is no fact \(group.rawValue).\(name)")
                }
                found.append(fact)
            }
        }
        self.kind = kind
        facts = found
        select = try SubjectReader.select(kind, found, readsHousehold: !householdFacts.isEmpty)
    }

    private static let primary = "m.is_primary = 1 AND m.status IN ('active', 'reserved', 'transferring')"

    private static func select(_ kind: SubjectKind, _ facts: [FactDefinition], readsHousehold: Bool)
        throws(NiangjiaError) -> String
    {
        let joins = Set(facts.map(\.join))
        let columns = facts.map { ", " + $0.sql }.joined()
        switch kind {
        case .person:
            var from = " FROM person s LEFT JOIN membership m ON m.person = s.id AND " + primary
            if joins.contains(.home) { from += " LEFT JOIN organization o ON o.id = m.organization" }
            if joins.contains(.employer) { from += " LEFT JOIN organization e ON e.id = s.employer" }
            let readsRevision = readsHousehold || joins.contains(.household)
            if readsRevision { from += " LEFT JOIN household h ON h.id = s.household" }
            let revision = readsRevision ? "h.revision" : "0"
            return "SELECT s.id, s.revision, s.valid_from, m.organization, s.household, \(revision)" + columns + from
        case .household:
            return "SELECT s.id, s.revision, s.valid_from, s.organization, s.id, s.revision" + columns
                + " FROM household s LEFT JOIN household h ON h.id = s.id"
        case .organization:
            return "SELECT s.id, s.revision, s.valid_from, s.id, NULL, 0" + columns + " FROM organization s"
        case .station:
            return "SELECT s.id, s.revision, s.valid_from, s.organization, NULL, 0" + columns + " FROM station s"
        case .record:
            return "SELECT s.id, s.revision, s.valid_from, s.organization, NULL, 0 FROM record s"
        case .nobody:
            throw NiangjiaError(.configuration, zh: "没有对象可读", en: "there is no subject to read")
        }
    }

    /// Reads the selection in key order.
    func read(_ selection: Selection, in reader: any StoreReader) throws -> [Row] {
        switch selection {
        case .ids(let ids):
            var rows: [Row] = []
            for id in ids.sorted() {
                rows += try reader.all(select + " WHERE s.id = $1", [.int(id)], row(from:))
            }
            return rows
        case .page(let after, let limit, let filter):
            var arguments: [SQLValue] = [.int(after), .int(Int64(limit))]
            var conditions = ["s.id > $1"]
            if kind == .person { conditions.append("s.status = 'active'") }
            for name in filter.keys.sorted() {
                conditions.append(try condition(name, filter[name] ?? [], &arguments))
            }
            let sql = select + " WHERE " + conditions.joined(separator: " AND ") + " ORDER BY s.id LIMIT $2"
            return try reader.all(sql, arguments, row(from:))
        }
    }

    private func condition(_ name: String, _ accepted: [Value], _ arguments: inout [SQLValue]) throws(NiangjiaError)
        -> String
    {
        guard let fact = FactCatalogue.fact(name, of: kind),
            facts.contains(fact) || fact.join == .none || fact.join == .membership
        else {
            throw NiangjiaError(
                .configuration, zh: "population.where 的 \(name) 须同时列入 facts",
                en: "declare \(name) of population.where as a fact")
        }
        var places: [String] = []
        for value in accepted {
            switch value {
            case .int(let n): arguments.append(.int(n))
            case .bool(let b): arguments.append(.bool(b))
            case .text(let text) where fact.kind == .date: arguments.append(.date(CivilDate(text)))
            case .text(let text): arguments.append(.text(text))
            default: continue
            }
            places.append("$\(arguments.count)")
        }
        return places.isEmpty ? "1 = 0" : fact.sql + " IN (" + places.joined(separator: ", ") + ")"
    }

    private func row(from row: any StoreRow) -> Row {
        var values: [SQLValue] = []
        values.reserveCapacity(facts.count)
        for (n, fact) in facts.enumerated() {
            let column = n + 6
            if row.isNull(column) {
                values.append(.null)
            } else {
                values.append(fact.kind == .text ? .text(row.text(column)) : .int(row.int(column)))
            }
        }
        return Row(
            id: row.int(0), revision: row.int(1), validFrom: row.date(2), home: row.intOrNil(3),
            household: row.intOrNil(4), householdRevision: row.int(5), values: values)
    }
}
