/// Pools with a yearly backstop: mutual aid (医疗互助) pays from the members' fees, then from what the city promised (兜底).
public enum Pool {
    /// Draws from a line's backstop what its available money lacks for a need; less where the backstop ends. Returns what was
    /// drawn.
    @discardableResult
    public static func draw(
        _ line: String, need: Money, about: String, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> Money {
        let pool = try Ledger.balance(of: .line(line, .available), in: writer)
        guard need > pool else { return .zero }
        let promised = try Ledger.balance(of: .line(line, .backstop), in: writer)
        let drawn = min(need - pool, promised)
        guard drawn > .zero else { return .zero }
        try Ledger.book(
            EntrySet(
                .backstopDraw, moving: [line: drawn], from: .backstop, to: .available, memo: "动用兜底 \(line)",
                about: about), context, in: writer)
        return drawn
    }

    /// Gives back to its source what the year's backstop has left (失效). Returns how much that was.
    @discardableResult
    public static func lapse(_ line: String, _ context: ChangeContext, in writer: any StoreWriter) throws -> Money {
        guard let source = try Ledger.line(line, in: writer)?.backstop?.source else { return .zero }
        let left = try Ledger.balance(of: .line(line, .backstop), in: writer)
        guard left > .zero else { return .zero }
        let entries = [EntrySet.Entry(.line(line, .backstop), -left), .init(.source(source), left)]
        try Ledger.book(
            EntrySet(.backstopLapse, entries, memo: "兜底额度年末失效 \(line)", about: "line/\(line)"), context, in: writer)
        return left
    }
}
