import NiangjiaCore

/// Why a row was held back, or what was noticed on it.
public struct RowIssue: Sendable, Hashable {
    /// `sheet!B12` or `file:line`.
    public var place: String
    public var row: Int
    public var outcome: RowOutcome
    public var severity: Finding.Severity
    public var code: String
    public var message: LocalText
}

/// What an import did, or what a check says that it would do.
public struct ImportSummary: Sendable {
    public var kind: ImportKind
    /// The import's id; nil after a mere check.
    public var batch: ID<ImportBatch>?
    public var counts: [RowOutcome: Int] = [:]
    /// Rows in which something was put right (full-width digits, spaces, dots).
    public var corrected = 0
    /// Rows that were kept with a warning.
    public var warned = 0
    public var rows: Int { counts.values.reduce(0, +) }
    /// The first findings that matter, in the file's order; the result file has them all.
    public var issues: [RowIssue] = []
    /// What changes of what the registers hold, the first rows in the file's order; the changes file has them all.
    public var changes: [RowChange] = []
    /// What concerns the file as a whole: columns that aren't used, hidden rows, sheets not read.
    public var remarks: [LocalText] = []
    /// The file with the rows held back and the reasons; nil when there was none, or none was asked for.
    public var resultFile: String?
    /// The file with all changes; nil when there were no more than ``changes`` has, or none was asked for.
    public var changesFile: String?

    /// How many issues are kept in memory.
    public static let mostIssues = 200
    /// How many rows' changes are kept in memory.
    public static let mostChanges = 20

    public func count(_ outcome: RowOutcome) -> Int { counts[outcome, default: 0] }

    /// The counts as JSON members.
    public var value: Value {
        var members: [String: Value] = [
            "rows": .int(Int64(rows)), "corrected": .int(Int64(corrected)), "warned": .int(Int64(warned)),
        ]
        for outcome in RowOutcome.allCases { members[outcome.rawValue] = .int(Int64(count(outcome))) }
        return .map(members)
    }
}

/// How far an import is.
public struct ImportProgress: Sendable {
    public var rowsDone: Int
    /// Known when taking, after the check.
    public var rowsTotal: Int?
    public var seconds: Double
    /// Rows a second since the start.
    public var rate: Int { seconds > 0 ? Int(Double(rowsDone) / seconds) : 0 }
}

/// One file to be imported.
public struct ImportJob: Sendable {
    public var file: String
    /// What whoever handed it in called it; nil: as it lies here.
    public var fileName: String?
    public var mapping: ImportMapping
    /// Where the rows come from, as the city calls it; the same row of the same source and batch is taken once.
    public var source: String
    /// Which delivery of the source; nil names it after the file's content.
    public var batch: String?
    /// Where rows that were held back go, to be mended and handed in again; nil writes none.
    public var resultFile: String?
    /// Where the changes of all rows go, when there are more than a summary holds; nil writes none.
    public var changesFile: String?
    public var encoding: TextEncoding?
    /// The part of the city whose registers may be changed: that of the account that imports.
    public var reach = OrganizationScope.wholeCity
    /// Area codes that are known; nil asks nothing.
    public var areas: Set<String>?
    /// The plugin's definition, for records.
    public var record: RecordDefinition?
    /// Books an opening balance, for funds; runs in the import's transaction.
    public var takeOpening: (@Sendable (FundOpening, any StoreWriter) throws -> Void)?
    /// Rows in one transaction. The more, the fewer pages are written for each row; but the drafts of two batches are held at a
    /// time: of 120,000 rows, transactions of 8,000 took 418 MB and 1.7 times as long as those of 2,000 with 225 MB.
    public var batchRows = 2_000

    public init(file: String, mapping: ImportMapping, source: String? = nil) {
        self.file = file
        self.mapping = mapping
        self.source = source ?? TableFile.name(of: file)
    }
}

/// A line of a file of fund openings (期初余额).
public struct FundOpening: Hashable, Sendable {
    public var line: String
    public var year: Int
    public var source: String
    public var purpose: String
    public var amount: Money
    public var date: CivilDate
}
