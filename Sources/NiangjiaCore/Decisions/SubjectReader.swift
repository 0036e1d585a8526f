/// Reads subjects with the declared facts, in key order, by ids or page by page: one text of SQL for one case and a million.
struct SubjectReader {
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
    let select: String
    /// Expressions for revision, home and the household's revision, whose sums tell whether anything has changed.
    private let watched: [String]
    /// The tables that are read, joined.
    let from: String
    /// What is joined, for the facts that are declared and for those that only choose the population.
    let joins: Set<FactDefinition.Join>
    /// Of which plugin's table a population of records is.
    let records: (plugin: String, kind: String)?

    /// A reader of a subject kind with named facts. Throws when a name is not in the catalogue.
    ///
    /// - Parameter filter: facts by which the population may be chosen besides; they aren't read.
    init(
        kind: SubjectKind, subjectFacts: [String], householdFacts: [String], filter: [String] = [],
        records: (plugin: String, kind: String)? = nil
    ) throws(NiangjiaError) {
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
        self.records = records
        facts = found
        let chosenBy = filter.compactMap { FactCatalogue.fact($0, of: kind) }
        joins = Set((found + chosenBy).map(\.join))
        let (keys, from) = try SubjectReader.keys(kind, joins, readsHousehold: !householdFacts.isEmpty)
        select = "SELECT " + (keys + found.map(\.sql)).joined(separator: ", ")
        watched = [keys[1], keys[3], keys[5]]
        self.from = from
    }

    /// Id, revision, first day, home, household, the household's revision; and the tables.
    private static func keys(_ kind: SubjectKind, _ joins: Set<FactDefinition.Join>, readsHousehold: Bool)
        throws(NiangjiaError) -> (keys: [String], from: String)
    {
        let common = ["s.id", "s.revision", "s.valid_from"]
        switch kind {
        case .person:
            var from = " FROM person s LEFT JOIN membership m ON m.person = s.id AND " + Membership.isPrimary
            if joins.contains(.home) { from += " LEFT JOIN organization o ON o.id = m.organization" }
            if joins.contains(.employer) { from += " LEFT JOIN organization e ON e.id = s.employer" }
            let readsRevision = readsHousehold || joins.contains(.household)
            if readsRevision { from += " LEFT JOIN household h ON h.id = s.household" }
            // A membership has a revision of its own: whoever moves to another union has changed.
            let keys = [
                "s.id", "s.revision + COALESCE(m.revision, 0)", "s.valid_from", "m.organization", "s.household",
            ]
            return (keys + [readsRevision ? "COALESCE(h.revision, 0)" : "0"], from)
        case .household:
            return (
                common + ["s.organization", "s.id", "s.revision"],
                " FROM household s LEFT JOIN household h ON h.id = s.id"
            )
        case .organization: return (common + ["s.id", "NULL", "0"], " FROM organization s")
        case .station: return (common + ["s.organization", "NULL", "0"], " FROM station s")
        // A record belongs to no union: who applies for it does.
        case .record: return (common + ["NULL", "NULL", "0"], " FROM record s")
        case .nobody:
            throw NiangjiaError(.configuration, zh: "没有对象可读", en: "there is no subject to read")
        }
    }

    /// Reads subjects by their ids, in key order.
    func read(ids: [Int64], in reader: any StoreReader) throws -> [Row] {
        var rows: [Row] = []
        for id in ids.sorted() {
            rows += try reader.all(select + from + " WHERE s.id = $1", [.int(id)], row(from:))
        }
        return rows
    }

    /// Reads the next subjects after an id that pass a filter, in key order.
    func rows(after: Int64, limit: Int, filter: [String: [Value]], in reader: any StoreReader) throws -> [Row] {
        var arguments: [SQLValue] = [.int(after), .int(Int64(limit))]
        let conditions = try conditions(filter, &arguments)
        return try reader.all(
            select + from + " WHERE s.id > $1" + conditions + " ORDER BY s.id LIMIT $2", arguments, row(from:))
    }

    /// The most that a population can be: of a whole register its rows, counted without looking at any.
    func most(filter: [String: [Value]], in reader: any StoreReader) throws -> Int64 {
        guard filter.isEmpty, records == nil else { return try count(filter: filter, after: .min, in: reader) }
        return try reader.integer("SELECT COUNT(*) FROM \(kind.rawValue)") ?? 0
    }

    /// Counts the population after a subject.
    func count(filter: [String: [Value]], after: Int64, in reader: any StoreReader) throws -> Int64 {
        var arguments: [SQLValue] = [.int(after)]
        let conditions = try conditions(filter, &arguments)
        return try reader.integer("SELECT COUNT(*)" + from + " WHERE s.id > $1" + conditions, arguments) ?? 0
    }

    /// The sums by which a block is known to stand as it was read: the same conditions, one pass, no rows handed over
    /// (decision 0010).
    func sums(after: Int64, upTo last: Int64, filter: [String: [Value]], in reader: any StoreReader) throws -> BlockSums
    {
        var arguments: [SQLValue] = [.int(after), .int(last)]
        let conditions = try conditions(filter, &arguments)
        // Ids are 63 bits long: a sum of them would overflow, so homes are summed by their remainders, as ``SubjectBlock`` does.
        let sums = zip(watched, ["", " % \(BlockSums.modulus)", ""]).map { "COALESCE(SUM((\($0))\($1)), 0)" }
            .joined(separator: ", ")
        let sql = "SELECT COUNT(*), " + sums + from + " WHERE s.id > $1 AND s.id <= $2" + conditions
        return try reader.first(sql, arguments) {
            BlockSums(count: $0.int(0), revisions: $0.int(1), homes: $0.int(2), households: $0.int(3))
        } ?? BlockSums()
    }

    func conditions(_ filter: [String: [Value]], _ arguments: inout [SQLValue]) throws -> String {
        var conditions = ""
        if kind == .person { conditions += " AND s.status = 'active'" }
        if let records {
            arguments += [.text(records.plugin), .text(records.kind)]
            let last = arguments.count
            conditions += " AND s.plugin = $\(last - 1) AND s.kind = $\(last) AND s.state = 'standing'"
        }
        for name in filter.keys.sorted() {
            conditions += " AND " + (try condition(name, filter[name] ?? [], &arguments))
        }
        return conditions
    }

    private func condition(_ name: String, _ accepted: [Value], _ arguments: inout [SQLValue]) throws(NiangjiaError)
        -> String
    {
        guard let fact = FactCatalogue.fact(name, of: kind) else {
            throw NiangjiaError(
                .configuration, zh: "没有可供选取(population.where)的事实 \(name)",
                en: "there is no fact \(name) for population.where")
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
