/// The facts of many rows, column by column, as rules read them: `facts.subject.exposure`, `context.on` …
public struct FactTable: Sendable {
    /// One for each path that the rule may read.
    public var columns: [FactColumn]
    /// The number of rows; every column has as many.
    public var count: Int

    public init(count: Int, columns: [FactColumn] = []) {
        self.count = count
        self.columns = columns
    }

    /// The value in a row of a column found by its path; null where the path or the value is absent.
    public func value(_ path: String, row: Int) -> Value {
        columns.first { $0.path == path }?.value(at: row) ?? .null
    }
}

/// One column of facts.
public struct FactColumn: Sendable {
    /// Typed storage; a null row holds any filler.
    public enum Storage: Sendable {
        case integers([Int64])
        case booleans([Bool])
        /// Days since 1970; rules see `YYYY-MM-DD`.
        case dates([Int32])
        case texts([String])
        /// Lists, maps and references.
        case documents([Value])
        /// Files and free text: present or not.
        case opaque([Bool])
        /// Distinct texts, as a batch reads them.
        case packed(FactTexts)
        /// Ids of one kind; rules see their text (`p-…`).
        case references(prefix: String, [Int64])
        /// The same in every row.
        case repeated(Value, as: Kind)
    }

    /// What a value that stands in every row is.
    public enum Kind: Sendable { case integer, boolean, date, text, document, opaque }

    /// Dotted, from a root: `facts.…` or `context.…`.
    public var path: String
    /// The values, one for each row.
    public var storage: Storage
    /// Which rows are null; nil: none.
    public var nulls: [Bool]?

    public init(_ path: String, _ storage: Storage, nulls: [Bool]? = nil) {
        self.path = path
        self.storage = storage
        self.nulls = nulls?.contains(true) == true ? nulls : nil
    }

    /// The value in a row.
    public func value(at row: Int) -> Value {
        if let nulls, nulls[row] { return .null }
        switch storage {
        case .integers(let values): return .int(values[row])
        case .booleans(let values): return .bool(values[row])
        case .dates(let values): return .text(CivilDate(days: values[row]).description)
        case .texts(let values): return .text(values[row])
        case .documents(let values): return values[row]
        case .opaque(let values): return .bool(values[row])
        case .packed(let texts): return texts.text(texts.indexes[row]).map { .text($0) } ?? .null
        case .references(let prefix, let values): return .text(IDText.encode(prefix: prefix, number: values[row]))
        case .repeated(let value, _): return value
        }
    }
}
