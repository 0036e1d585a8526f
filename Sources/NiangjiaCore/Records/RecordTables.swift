/// Record tables as many lines read them: each is read once, and its rows are found by what their fields hold.
final class RecordTables {
    /// A table's standing rows in the order of their ids, and where those lie that hold a value in a field.
    private final class Kept {
        let rows: [RecordRows.Row]
        private var places: [String: [Value: [Int]]] = [:]

        init(_ rows: [RecordRows.Row]) { self.rows = rows }

        /// The rows whose field holds one of some values.
        func places(_ field: String, _ accepted: [Value]) -> [Int] {
            let known = places[field] ?? Dictionary(grouping: rows.indices) { rows[$0].body[field] ?? .null }
            places[field] = known
            return Set(accepted).flatMap { known[$0] ?? [] }.sorted()
        }
    }

    let reader: any StoreReader
    /// The past day whose versions are read; nil: the rows as they stand.
    private let date: CivilDate?
    private var kept: [String: Kept] = [:]

    init(_ reader: any StoreReader, on date: CivilDate? = nil) {
        self.reader = reader
        self.date = date
    }

    /// The rows of a table whose fields have one of some values each, in the order of their ids.
    func rows(plugin: String, kind: String, where wanted: [String: [Value]]) throws -> [RecordRows.Row] {
        let table = try table(plugin, kind)
        let found = wanted.map { table.places($0.key, $0.value) }.sorted { $0.count < $1.count }
        guard let fewest = found.first else { return table.rows }
        return fewest.map { table.rows[$0] }.filter { row in
            wanted.allSatisfy { field, accepted in accepted.contains(row.body[field] ?? .null) }
        }
    }

    /// The row of a table with a key.
    func find(plugin: String, kind: String, key: String) throws -> RecordRows.Row? {
        guard let date else { return try RecordRows.find(plugin: plugin, kind: kind, key: key, in: reader) }
        guard let row = try RecordRows.any(plugin: plugin, kind: kind, key: key, in: reader) else { return nil }
        return try version(of: row.id, on: date).flatMap { $0.stands ? $0 : nil }
    }

    /// The row that a case refers to (``RecordRows/referenced(_:in:)``).
    func referenced(_ id: ID<Record>) throws -> RecordRows.Row? {
        guard let date else { return try RecordRows.referenced(id, in: reader) }
        return try version(of: id, on: date)
    }

    private func version(of id: ID<Record>, on date: CivilDate) throws -> RecordRows.Row? {
        var versions = RegisterVersions(on: date, in: reader)
        return try versions.version(RecordsSchema.record, of: id.rawValue).map(RecordRows.version)
    }

    private func table(_ plugin: String, _ kind: String) throws -> Kept {
        let name = plugin + "/" + kind
        if let known = kept[name] { return known }
        let rows =
            if let date {
                try RecordRows.standing(plugin: plugin, kind: kind, on: date, in: reader)
            } else {
                try RecordRows.standing(plugin: plugin, kind: kind, in: reader)
            }
        let made = Kept(rows)
        kept[name] = made
        return made
    }
}
