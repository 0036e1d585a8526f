/// How a table's rows are proven to be what the host wrote (``Audit/verify(in:crypto:against:)``).
public enum Proof: Sendable, Hashable {
    /// Each transaction that writes a row commits in the chain to how it left it (``RowSeals``).
    case sealed(Sealing)
    /// Events of the chain tell what has to be in the rows: says which, or what is compared.
    case told(String)
    /// Nothing proves them: says why that is enough.
    case open(String)

    /// The same as ``sealed(_:)``: what a row is, the prefix of its first key column's ids, columns that are left out, and how rows
    /// are that were only inserted.
    static func sealed(
        zh: String, en: String, id: String? = nil, except: [String] = [], asMade: String? = nil
    ) -> Proof {
        .sealed(Sealing(title: LocalText(zh: zh, en: en), idPrefix: id, except: except, asMade: asMade))
    }

    /// What is sealed of a table's rows.
    public struct Sealing: Sendable, Hashable {
        /// What a row is, as findings call it.
        public var title: LocalText
        /// The prefix of the ids in the first column of the key; nil: it holds no ids.
        public var idPrefix: String?
        /// Columns that change without a seal; something else proves them, or nothing has to.
        public var except: [String]
        /// A condition that rows meet while they are as they were inserted: other events tell of these, and only what is changed
        /// afterwards is sealed. nil: each is sealed from its first writing.
        public var asMade: String?
    }
}

extension Table {
    /// What is sealed of the rows; nil: nothing is.
    public var sealing: Proof.Sealing? {
        if case .sealed(let sealing) = proof { return sealing }
        return nil
    }

    /// The columns whose every change is sealed, in the table's order; the key is always among them.
    public var sealedColumns: [Column] {
        guard let sealing else { return [] }
        return columns.filter { !sealing.except.contains($0.name) }
    }

    /// What a sealed column holds in rows that were there before it; nil: it is as old as its table, or null in them. While a row
    /// holds that, its seal says nothing of the column: seals from before it and from after it agree.
    func valueBefore(_ column: Column) -> SQLValue? { column.since > since ? column.defaultValue : nil }
}
