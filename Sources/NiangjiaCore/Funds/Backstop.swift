/// Lines with a yearly backstop: mutual aid (医疗互助) pays from the members' fees, then from what the city promised (兜底).
public enum Backstop {
    /// Takes from a line's backstop what its available money lacks for a need; less where the backstop ends. Returns what was
    /// taken.
    @discardableResult
    public static func cover(
        _ line: String, need: Money, about: String, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> Money {
        let free = try Ledger.balance(of: .line(line, .available), in: writer)
        guard need > free else { return .zero }
        let promised = try Ledger.balance(of: .line(line, .backstop), in: writer)
        let taken = min(need - free, promised)
        guard taken > .zero else { return .zero }
        try Ledger.book(
            EntrySet(
                .backstopDraw, moving: [line: taken], from: .backstop, to: .available, memo: "动用兜底 \(line)",
                about: about), context, in: writer)
        return taken
    }

    /// What was taken of a line's backstop and isn't back: what was promised, less what still is and what lapsed of it. Nothing
    /// for a line without one.
    static func used(_ line: String, in reader: any StoreReader) throws -> Money {
        let fen = try reader.integer(
            """
            SELECT l.backstop_cap - a.balance + COALESCE((SELECT sum(e.amount) FROM entry_set s
            JOIN entry e ON e.entry_set = s.id AND e.account = a.id
            WHERE s.about = $1 AND s.kind = 'backstop_lapse'), 0)
            FROM fund_line l JOIN ledger_account a ON a.code = $2 WHERE l.id = $3
            """, [.text(about(line)), .text(AccountCode.line(line, .backstop).rawValue), .text(line)])
        return Money(fen: fen ?? 0)
    }

    /// Gives back to a line's backstop what is free and was taken from it, up to an amount; once the year's promise is over, to
    /// the backstop's source. Returns how much that was.
    @discardableResult
    static func giveBack(
        _ line: String, upTo most: Money, about: String, on day: CivilDate? = nil, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws -> Money {
        let back = min(most, try used(line, in: writer), try Ledger.balance(of: .line(line, .available), in: writer))
        guard back > .zero else { return .zero }
        let isPromised =
            try Ledger.balance(of: .line(line, .backstop), in: writer) > .zero
            || LineState.of(line, in: writer) == .open
        try Ledger.book(
            EntrySet(
                .backstopReturn, moving: [line: back], from: .available, to: .backstop, memo: "归还兜底 \(line)",
                about: about, effectiveOn: day), context, in: writer)
        if !isPromised { try lapse(line, upTo: back, on: day, context, in: writer) }
        return back
    }

    /// Gives back to its source what the year's backstop has left (失效), up to an amount. Returns how much that was.
    @discardableResult
    public static func lapse(
        _ line: String, upTo most: Money? = nil, on day: CivilDate? = nil, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws -> Money {
        guard let source = try Ledger.line(line, in: writer)?.backstop?.source else { return .zero }
        let balance = try Ledger.balance(of: .line(line, .backstop), in: writer)
        let left = min(most ?? balance, balance)
        guard left > .zero else { return .zero }
        let entries = [EntrySet.Entry(.line(line, .backstop), -left), .init(.source(source), left)]
        try Ledger.book(
            EntrySet(.backstopLapse, entries, memo: "兜底额度年末失效 \(line)", about: about(line), effectiveOn: day), context,
            in: writer)
        return left
    }

    private static func about(_ line: String) -> String { "line/\(line)" }
}
