/// The one description of the tables, from which each engine's driver emits its own DDL.
///
/// It says how things are today, and of each thing since which version it is so; what is gone stays described with the version that
/// took it away. The steps from version to version follow from that, so that nothing has to be said twice.
public struct Schema: Sendable {
    /// In the order in which they are made.
    public var tables: [Table]
    /// One under another's name is what became of it.
    public var views: [View]
    /// The same of triggers.
    public var triggers: [Trigger]
    /// What each version is, from 1.
    public var versions: [Version]

    public init(tables: [Table], views: [View] = [], triggers: [Trigger] = [], versions: [Version]) {
        self.tables = tables
        self.views = views
        self.triggers = triggers
        self.versions = versions
    }

    /// A version by itself.
    public struct Version: Sendable, Hashable {
        /// Why, in a few words.
        public var title: String
        /// SQL of the shared dialect that fills what the version brought: run with its tables and columns there, and before its
        /// indexes, views and triggers are. It writes to no sealed table: nobody seals while a store is migrated.
        public var fills: [String]

        public init(_ title: String, fills: [String] = []) {
            self.title = title
            self.fills = fills
        }
    }
}

/// From which version of the schema on something is as it is described, and before which one it ended.
public struct VersionSpan: Sendable, Hashable {
    /// The first version with it, from 1.
    public var since: Int
    /// The first version without it; nil: it is there today.
    public var until: Int?

    public init(since: Int, until: Int? = nil) {
        self.since = since
        self.until = until
    }

    func has(_ version: Int) -> Bool { since <= version && version < until ?? .max }
}

extension Table {
    /// As a version of the schema had it.
    func asOf(_ version: Int) -> Table {
        var table = self
        table.columns.removeAll { $0.since > version }
        table.uniques.removeAll { !$0.versions.has(version) }
        table.indexes.removeAll { !$0.versions.has(version) }
        return table
    }
}

extension Schema {
    /// All versions in order; a new store takes all of them, an old one those that it lacks.
    ///
    /// What a version's steps were never changes by what a later one brings: their fingerprints are in every store.
    public var migrations: [Migration] {
        versions.enumerated().map { index, version in
            Migration(version: index + 1, title: version.title, steps: steps(to: index + 1, fills: version.fills))
        }
    }

    private func steps(to version: Int, fills: [String]) -> [MigrationStep] {
        let before = tables.filter { $0.since < version }
        var steps: [MigrationStep] = []
        // What reads a table goes first and comes last.
        steps += triggers.filter { $0.versions.until == version }.map { .dropTrigger($0.name) }
        steps += views.filter { $0.versions.until == version }.reversed().map { .dropView($0.name) }
        for table in before {
            let ended = (table.uniques + table.indexes).filter { $0.versions.until == version }
            steps += ended.map { .dropIndex(table: table.name, $0) }
        }
        steps += tables.filter { $0.since == version }.map { .create($0.asOf(version)) }
        for table in before {
            steps += table.columns.filter { $0.since == version }.map { .addColumn(table: table.name, $0) }
        }
        steps += fills.map { .run($0) }
        for table in before {
            for (indexes, unique) in [(table.uniques, true), (table.indexes, false)] {
                steps += indexes.filter { $0.versions.since == version }.map {
                    .addIndex(table: table.name, $0, unique: unique)
                }
            }
        }
        steps += views.filter { $0.versions.since == version }.map { .createView($0) }
        steps += triggers.filter { $0.versions.since == version }.map { .createTrigger($0) }
        return steps
    }

    /// What is described as no version can have it, in words for whoever wrote it; empty when nothing is.
    public var faults: [String] {
        var spans = tables.map { ($0.name, VersionSpan(since: $0.since)) }
        for table in tables {
            spans += table.columns.map { ("\(table.name).\($0.name)", VersionSpan(since: $0.since)) }
            spans += (table.uniques + table.indexes).map {
                ("\(table.name) (\($0.columns.joined(separator: ", ")))", $0.versions)
            }
        }
        spans += views.map { ($0.name, $0.versions) } + triggers.map { ($0.name, $0.versions) }
        let unknown = spans.filter { _, span in
            !(1...versions.count).contains(span.since)
                || span.until.map { $0 <= span.since || $0 > versions.count } ?? false
        }
        return unknown.map { "\($0): since \($1.since), until \($1.until ?? 0), of \(versions.count) versions" }
            + tables.flatMap(\.faultsOfAdded) + versions.flatMap(\.fills).flatMap(faults(ofFill:))
    }

    /// Words that may stand between what a statement does and the table it does it to.
    private static let between: Set<Substring> = [
        "from", "only", "or", "abort", "fail", "ignore", "replace", "rollback", "main",
    ]

    /// Wherever the verb stands: a statement may begin with `WITH`.
    private func faults(ofFill sql: String) -> [String] {
        let text = sql.lowercased()
        let words = text.split { !($0.isLetter || $0.isNumber || $0 == "_") }
        let written = words.indices.filter { ["update", "into", "delete"].contains(words[$0]) }.compactMap { verb in
            words[(verb + 1)...].first { !Schema.between.contains($0) }.map { String($0) }
        }
        return tables.filter { $0.sealing != nil && written.contains($0.name) }.map {
            "a fill writes to \($0.name), whose rows are sealed"
        }
    }
}

extension Table {
    /// Columns that can't be added to rows that are there already.
    fileprivate var faultsOfAdded: [String] {
        columns.filter { $0.since > since }.compactMap { column in
            let why: String? =
                if key.contains(column.name) {
                    "a key can't grow"
                } else if column.type == .blob, column.defaultValue != nil {
                    "an added column of bytes is nullable"
                } else if !column.nullable, column.defaultValue ?? .null == .null {
                    "nullable, or a default: rows that are there already hold nothing"
                } else if column.nullable, valueBefore(column) ?? .null != .null, sealedColumns.contains(column) {
                    "nullable, or a default, where it is sealed: of both a seal says nothing, and one could become the other"
                } else {
                    nil
                }
            return why.map { "\(name).\(column.name): \($0)" }
        }
    }
}

/// One numbered step from one version of the schema to the next. Steps are kept for ever and never edited.
///
/// Those of a version run in one transaction, together with the rows that say so: a migration that is killed leaves the version before.
public enum MigrationStep: Sendable {
    case create(Table)
    case createView(View)
    case createTrigger(Trigger)
    case addColumn(table: String, Column)
    case addIndex(table: String, Table.Index, unique: Bool)
    case dropIndex(table: String, Table.Index)
    case dropView(String)
    case dropTrigger(String)
    /// SQL of the shared dialect.
    case run(String)
}

/// A version of the schema: all its steps together.
public struct Migration: Sendable {
    /// Counts from 1, without gaps.
    public var version: Int
    /// Why, in a few words.
    public var title: String
    /// In the order in which they are run.
    public var steps: [MigrationStep]

    public init(version: Int, title: String, steps: [MigrationStep]) {
        self.version = version
        self.title = title
        self.steps = steps
    }
}

extension [Migration] {
    /// The tables as all versions together leave them.
    public var tables: [Table] {
        var tables: [Table] = []
        func change(_ name: String, _ body: (inout Table) -> Void) {
            if let at = tables.firstIndex(where: { $0.name == name }) { body(&tables[at]) }
        }
        for step in flatMap(\.steps) {
            switch step {
            case .create(let table): tables.append(table)
            case .addColumn(let name, let column): change(name) { $0.columns.append(column) }
            case .addIndex(let name, let index, unique: true): change(name) { $0.uniques.append(index) }
            case .addIndex(let name, let index, unique: false): change(name) { $0.indexes.append(index) }
            case .dropIndex(let name, let index):
                change(name) { table in
                    table.uniques.removeAll { $0 == index }
                    table.indexes.removeAll { $0 == index }
                }
            case .createView, .createTrigger, .dropView, .dropTrigger, .run: break
            }
        }
        return tables
    }
}
