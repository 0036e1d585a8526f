/// An account of the ledger, and what booking has to know of it: read once, before anything is written.
struct LedgerAccount: Identified {
    static let idPrefix = "la"

    var id: Int64
    /// Whose money it holds: its line's source, or what it is the contra account of; nil where its line isn't set up.
    var source: String?
    /// Of its line; nil for a source's account.
    var lineState: LineState?
    /// Whether somebody fills its line up.
    var hasBackstop: Bool
}

extension Ledger {
    /// An entry, and the account that it moves.
    struct Move {
        var entry: EntrySet.Entry
        var account: LedgerAccount
    }

    /// A set's entries as they are booked, in the order of their accounts: joined by account, without zeros.
    static func moves(of set: EntrySet, in reader: any StoreReader) throws -> [Move] {
        try balanced(set).map { Move(entry: $0, account: try account($0.account, in: reader)) }
    }

    /// Throws `not_found` for an account that isn't there.
    private static func account(_ code: AccountCode, in reader: any StoreReader) throws -> LedgerAccount {
        let found = try reader.first(
            """
            SELECT a.id, l.source, l.state, l.backstop_source FROM ledger_account a LEFT JOIN fund_line l ON l.id = a.line
            WHERE a.code = $1
            """, [.text(code.rawValue)]
        ) { row in
            LedgerAccount(
                id: row.int(0), source: code.source ?? row.textOrNil(1),
                lineState: row.textOrNil(2).flatMap { LineState(rawValue: $0) }, hasBackstop: !row.isNull(3))
        }
        if let found { return found }
        if let line = code.line, try LineState.of(line, in: reader) == nil { throw noLine(line) }
        throw NiangjiaError(
            .notFound, zh: "没有这个账户:\(code)。请先在 funds.yaml 里设立这个资金项目。",
            en: "There is no account \(code): set the line up in funds.yaml first.")
    }
}
