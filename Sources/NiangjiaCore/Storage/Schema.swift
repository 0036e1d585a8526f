/// What a column holds.
public enum ColumnType: Sendable, Hashable {
    /// 64-bit integer: ids, fen, basis points, days since 1970, milliseconds, counts.
    case int
    /// 0 or 1.
    case bool
    case text
    case blob
}

/// A column. Columns are NOT NULL unless said otherwise.
public struct Column: Sendable, Hashable {
    /// Lower case with underscores; the same in every engine.
    public var name: String
    /// What it holds; a driver maps it to its engine's type.
    public var type: ColumnType
    /// Whether it may hold null.
    public var nullable: Bool
    /// A SQL condition, in the dialect both engines share.
    public var check: String?
    /// What an added column holds in rows that were there before; also its default.
    public var defaultValue: SQLValue?
    /// The version of the schema that brought it. One that came later than its table is nullable or has a default.
    public var since: Int

    public init(
        _ name: String, _ type: ColumnType, nullable: Bool = false, check: String? = nil, default: SQLValue? = nil,
        since: Int = 1
    ) {
        self.name = name
        self.type = type
        self.nullable = nullable
        self.check = check
        defaultValue = `default`
        self.since = since
    }
}

/// A table with its keys and indexes.
public struct Table: Sendable, Hashable {
    /// Lower case with underscores, singular.
    public var name: String
    /// The version of the schema that brought it.
    public var since: Int
    /// All that there are today, in the order in which rows are read and written.
    public var columns: [Column]
    /// The primary key. A single integer column becomes SQLite's row id.
    public var key: [String]
    /// Column lists that are unique; a condition makes it a partial index (`"state <> 'void'"`).
    public var uniques: [Index]
    /// Column lists by which rows are found.
    public var indexes: [Index]
    /// Conditions over several columns.
    public var checks: [String]
    /// Whether each statement that writes to the table adds to ``changeCount``.
    public var countsChanges: Bool
    /// How `audit verify` learns that a row isn't what the host wrote. Every table of the store says so; a test asks.
    public var proof: Proof?

    /// Columns of an index in order, and for which rows it is kept.
    public struct Index: Sendable, Hashable, ExpressibleByArrayLiteral {
        /// In the order of the index.
        public var columns: [String]
        /// A SQL condition of the shared dialect; nil: every row.
        public var condition: String?
        /// The versions of the schema that have it.
        public var versions: VersionSpan
        public init(_ columns: [String], where condition: String? = nil, since: Int = 1, until: Int? = nil) {
            self.columns = columns
            self.condition = condition
            versions = VersionSpan(since: since, until: until)
        }
        public init(arrayLiteral elements: String...) { self.init(elements) }
    }

    public init(
        _ name: String, key: [String], since: Int = 1, proof: Proof? = nil, _ columns: [Column],
        unique uniques: [Index] = [], index indexes: [Index] = [], checks: [String] = [], countsChanges: Bool = false
    ) {
        self.name = name
        self.since = since
        self.key = key
        self.columns = columns
        self.uniques = uniques
        self.indexes = indexes
        self.checks = checks
        self.countsChanges = countsChanges
        self.proof = proof
    }

    /// One row: how many statements have written to tables whose changes are counted. The driver counts, so that none is forgotten;
    /// while the number stands still, so do the rows.
    public static let changeCount = Table(
        "change_count", key: ["id"], proof: .open("a count for runs"), [Column("id", .int), Column("changes", .int)])
}

/// A query under a name: rows that lie in several tables are read as if they lay in one.
public struct View: Sendable, Hashable {
    /// Lower case with underscores, singular; no table has it.
    public var name: String
    /// SQL of the shared dialect. Inner joins, or several of them by UNION ALL with columns of equal types, so that engines put it
    /// into the queries that use it.
    public var query: String
    /// The versions of the schema that have it so.
    public var versions: VersionSpan

    public init(_ name: String, since: Int = 1, until: Int? = nil, _ query: String) {
        self.name = name
        self.query = query
        versions = VersionSpan(since: since, until: until)
    }
}

/// A statement that the engine itself runs after rows of a table have changed, whoever changed them.
public struct Trigger: Sendable, Hashable {
    /// After what it runs.
    public enum Event: Sendable, Hashable {
        /// A new row.
        case insert
        /// Of a statement that sets one of these columns; empty: any.
        case update(of: [String])
        /// A row that is no more.
        case delete
    }

    /// Lower case with underscores; no other trigger has it.
    public var name: String
    /// Whose rows it follows.
    public var table: String
    /// What must have happened to a row.
    public var event: Event
    /// A SQL condition over the columns of OLD and NEW; nil: always.
    public var condition: String?
    /// One statement of the shared dialect, over the columns of OLD and NEW. How it is hung on is the driver's.
    public var statement: String
    /// The versions of the schema that have it so.
    public var versions: VersionSpan

    /// A trigger under its name, on a table.
    public init(
        _ name: String, on table: String, _ event: Event, where condition: String? = nil, since: Int = 1,
        until: Int? = nil, _ statement: String
    ) {
        versions = VersionSpan(since: since, until: until)
        self.name = name
        self.table = table
        self.event = event
        self.condition = condition
        self.statement = statement
    }
}

extension StoreReader {
    /// How many statements have written to tables whose changes are counted (``Table/changeCount``).
    public func changeCount() throws -> Int64 { try integer("SELECT changes FROM change_count WHERE id = 1") ?? 0 }
}
