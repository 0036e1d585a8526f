import NiangjiaCore

/// What the tables, indexes, views and triggers of a store are, in SQLite's own words: whatever else is in a file works along with
/// the host, and what it writes would be sealed as the host's own.
struct StoreForm: Sendable {
    private struct Key: Hashable {
        var type: String
        var name: String
    }

    private struct Made: Hashable {
        var table: String
        /// nil: SQLite made it by itself, for a key.
        var sql: String?
    }

    private let parts: [Key: Made]

    /// Forms that this process has made already, by their steps. It opens stores of one schema, and knows at most a few.
    private static let known = Guarded<[[String]: StoreForm]>([:])

    /// Whether this process needn't make what these migrations make.
    static func isMade(of migrations: [Migration]) -> Bool { known.withLock { $0[steps(of: migrations)] } != nil }

    private static func steps(of migrations: [Migration]) -> [String] {
        migrations.map { $0.steps.map(\.description).joined(separator: "\n") }
    }

    /// What migrations make of an empty store: made once in a process, in memory.
    ///
    /// - Throws: ``StoreError/statement(_:)`` where a step is wrong.
    static func of(_ migrations: [Migration]) throws -> StoreForm {
        let steps = steps(of: migrations)
        if let form = known.withLock({ $0[steps] }) { return form }
        var options = SQLiteStore.Options()
        options.writerCacheKiB = 2_048
        let connection = try Connection(path: ":memory:", role: .writer, options: options)
        defer { connection.close() }
        try connection.run("BEGIN; " + Migrator.ownTable)
        for sql in migrations.flatMap(\.steps).flatMap(\.sqliteStatements) { try connection.run(sql) }
        try connection.run("COMMIT")
        let form = StoreForm(parts: try connection.snapshot { try read($0) })
        known.withLock { $0[steps] = form }
        return form
    }

    /// What a store says of itself. SQLite's own statistics and counters are left out; nobody can make anything else of such a name
    /// without writing the description by hand, so of views and triggers none is.
    private static func read(_ reader: any StoreReader) throws -> [Key: Made] {
        let rows = try reader.all(
            #"""
            SELECT type, name, tbl_name, sql FROM sqlite_schema
            WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\' OR type NOT IN ('table', 'index')
            """#, []
        ) { (Key(type: $0.text(0), name: $0.text(1)), Made(table: $0.text(2), sql: $0.textOrNil(3))) }
        // Written by hand, two may have one name; either is one too many.
        return Dictionary(rows, uniquingKeysWith: { _, _ in Made(table: "", sql: nil) })
    }

    /// In what a store isn't of this form, by type and name; empty where it is.
    func differences(in reader: any StoreReader) throws -> [SchemaDifference] {
        let found = try StoreForm.read(reader)
        let differences = Set(found.keys).union(parts.keys).compactMap { key -> SchemaDifference? in
            guard found[key] != parts[key] else { return nil }
            let kind: SchemaDifference.Kind =
                parts[key] == nil ? .foreign : found[key] == nil ? .missing : .changed
            return SchemaDifference(kind, type: key.type, name: key.name)
        }
        return differences.sorted { ($0.type, $0.name) < ($1.type, $1.name) }
    }

    /// The same in words, both languages in one.
    func faults(in reader: any StoreReader) throws -> [String] {
        try differences(in: reader).map { "\($0.words.zh) \($0.words.en)" }
    }

    /// Throws ``StoreError/altered(_:)`` where a store isn't of this form.
    func check(_ connection: Connection) throws {
        let differences = try connection.snapshot { try self.differences(in: $0) }
        guard differences.isEmpty else { throw StoreError.altered(differences) }
    }
}
