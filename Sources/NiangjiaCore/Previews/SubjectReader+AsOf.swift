// A subject as it stood on a past day is read by the very text of SQL that reads it as it stands: in place of each table stands
// one row, the version of that day. Facts mean the same then and now.
extension SubjectReader {
    /// Reads the next subjects after an id as they stood on a day, in key order. Who has no version for that day, or didn't pass
    /// the filter then, is left out.
    func page(
        asOf date: CivilDate, after: Int64, limit: Int, filter: [String: [Value]], in reader: any StoreReader
    ) throws -> SubjectBlock {
        guard let table = RegisterVersions.table(of: kind) else {
            throw NiangjiaError(
                .invalid, zh: "这类对象没有历史资料,不能按过去的日期计算", en: "no history is kept of these subjects: choose today")
        }
        var versions = RegisterVersions(on: date, in: reader)
        let owner: [SQLValue] = records.map { [.text($0.plugin), .text($0.kind)] } ?? []
        let owned = owner.isEmpty ? "" : " AND plugin = $3 AND kind = $4"
        var last = after
        // A page whose every candidate is left out is not the end of the population.
        var rows: [SubjectBlock] = []
        while rows.isEmpty {
            let candidates = try reader.all(
                "SELECT id FROM \(table.name) WHERE id > $1\(owned) ORDER BY id LIMIT $2",
                [.int(last), .int(Int64(limit))] + owner
            ) { $0.int(0) }
            guard let end = candidates.last else { break }
            for id in candidates {
                guard let own = try versions.version(table, of: id) else { continue }
                let row = try self.row(own, table, filter, &versions, in: reader)
                if !row.ids.isEmpty { rows.append(row) }
            }
            last = end
        }
        return SubjectBlock(joining: rows, facts.map(\.cells))
    }

    /// A subject's version, if it passes the filter.
    private func row(
        _ own: [SQLValue], _ table: Table, _ filter: [String: [Value]], _ versions: inout RegisterVersions,
        in reader: any StoreReader
    ) throws -> SubjectBlock {
        var rows = VersionRows(from: from)
        rows.put(own, of: table, as: "s")
        if kind == .person {
            let member = PeopleSchema.membership
            let id = versions.value("id", own, table)
            let membership =
                if case .int(let person) = id { try versions.membership(of: person) } else { [SQLValue]?.none }
            rows.put(membership, of: member, as: "m")
            let home = membership.map { versions.value("organization", $0, member) } ?? .null
            try put(home, OrganizationsSchema.organization, "o", &versions, &rows)
            try put(versions.value("employer", own, table), OrganizationsSchema.organization, "e", &versions, &rows)
            try put(versions.value("household", own, table), HouseholdsSchema.household, "h", &versions, &rows)
        } else if kind == .household {
            rows.put(own, of: table, as: "h")
        }
        var arguments = rows.arguments
        let conditions = try conditions(filter, &arguments)
        return try block(select + rows.from + " WHERE 1 = 1" + conditions, arguments, in: reader)
    }

    private func put(
        _ key: SQLValue, _ table: Table, _ alias: String, _ versions: inout RegisterVersions, _ rows: inout VersionRows
    ) throws {
        guard rows.reads(table, alias) else { return }
        let version = if case .int(let id) = key { try versions.version(table, of: id) } else { [SQLValue]?.none }
        rows.put(version, of: table, as: alias)
    }
}

/// Single rows in the place of the tables that a query joins.
private struct VersionRows {
    private(set) var from: String
    private(set) var arguments: [SQLValue] = []

    init(from: String) { self.from = from }

    func reads(_ table: Table, _ alias: String) -> Bool {
        from.contains(" \(table.name) \(alias) ") || from.hasSuffix(" \(table.name) \(alias)")
    }

    /// Puts a version, or no row at all, in a table's place. Sealed columns are no facts and stay away.
    mutating func put(_ values: [SQLValue]?, of table: Table, as alias: String) {
        guard reads(table, alias) else { return }
        var columns: [String] = []
        for (n, column) in table.columns.enumerated() where column.type != .blob {
            arguments.append(values?[n] ?? .null)
            columns.append("$\(arguments.count) AS \(column.name)")
        }
        let row = "(SELECT \(columns.joined(separator: ", "))\(values == nil ? " WHERE 1 = 0" : "")) \(alias)"
        let name = " \(table.name) \(alias)"
        guard let range = from.firstRange(of: name + " ") ?? (from.hasSuffix(name) ? from.lastRange(of: name) : nil)
        else { return }
        let tail = from[range].hasSuffix(" \(alias) ") ? " " : ""
        from.replaceSubrange(range, with: " " + row + tail)
    }
}

extension String {
    fileprivate func lastRange(of text: String) -> Range<String.Index>? {
        hasSuffix(text) ? index(endIndex, offsetBy: -text.count)..<endIndex : nil
    }
}
