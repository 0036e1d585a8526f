/// Record tables as many lines read them: each is read once, and its rows are found by what their fields hold.
final class RecordTables {
    /// A table's standing rows in the order of their ids, and where those lie that hold a value in a field.
    fileprivate final class Kept: Sendable {
        let rows: [RecordRows.Row]
        private let byKey: [String: Int]
        private let places = Guarded<[String: [Value: [Int]]]>([:])

        init(_ rows: [RecordRows.Row]) {
            self.rows = rows
            byKey = Dictionary(zip(rows.map(\.key), rows.indices)) { first, _ in first }
        }

        /// The rows whose field holds one of some values.
        func places(_ field: String, _ accepted: [Value]) -> [Int] {
            let known = places.withLock { places in
                let known = places[field] ?? Dictionary(grouping: rows.indices) { rows[$0].body[field] ?? .null }
                places[field] = known
                return known
            }
            return Set(accepted).flatMap { known[$0] ?? [] }.sorted()
        }

        /// The row with a key.
        func row(_ key: String) -> RecordRows.Row? { byKey[key].map { rows[$0] } }
    }

    /// Record tables as they stood on a past day: what has been read of them is read no more, by whatever comes after.
    final class Past: Sendable {
        fileprivate let date: CivilDate
        fileprivate let kept = Guarded<[String: Kept]>([:])

        init(on date: CivilDate) { self.date = date }
    }

    let reader: any StoreReader
    /// The past day whose versions are read; nil: the rows as they stand.
    private let past: Past?
    private var kept: [String: Kept] = [:]

    init(_ reader: any StoreReader, of past: Past? = nil) {
        self.reader = reader
        self.past = past
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
        guard past == nil else { return try table(plugin, kind).row(key) }
        return try RecordRows.find(plugin: plugin, kind: kind, key: key, in: reader)
    }

    /// The row that a case refers to (``RecordRows/referenced(_:in:)``).
    func referenced(_ id: ID<Record>) throws -> RecordRows.Row? {
        guard let past else { return try RecordRows.referenced(id, in: reader) }
        var versions = RegisterVersions(on: past.date, in: reader)
        return try versions.version(RecordsSchema.record, of: id.rawValue).map(RecordRows.version)
    }

    private func table(_ plugin: String, _ kind: String) throws -> Kept {
        let name = plugin + "/" + kind
        if let known = kept[name] ?? past?.kept.withLock({ $0[name] }) { return known }
        guard let past else {
            let made = Kept(try RecordRows.standing(plugin: plugin, kind: kind, in: reader))
            kept[name] = made
            return made
        }
        let made = Kept(try RecordRows.standing(plugin: plugin, kind: kind, on: past.date, in: reader))
        past.kept.withLock { $0[name] = made }
        return made
    }
}
