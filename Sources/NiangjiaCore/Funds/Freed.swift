/// Whether a line's year goes on (`fund_line.state`).
enum LineState: String {
    /// Its year isn't closed.
    case open
    /// Its year is closed, and what is left of it stays.
    case carried
    /// Its year is closed, and what is left of it went back to its source.
    case closed

    /// A line's state; nil where there is no such line.
    static func of(_ line: String, in reader: any StoreReader) throws -> LineState? {
        try reader.first("SELECT state FROM fund_line WHERE id = $1", [.text(line)]) { LineState(rawValue: $0.text(0)) }
            ?? nil
    }
}

/// What becomes of money that comes free (decision 0073): what was drawn from a backstop goes back to it, and a line that has
/// ended keeps nothing.
///
/// It follows the booking that freed the money, in the same transaction and on the same day, so that nobody spends it between.
enum Freed {
    /// Bookings by which money that was granted isn't needed any more.
    private static let kinds: Set<EntrySet.Kind> = [.release, .delivery, .recovery, .returned]

    /// Follows a set that was booked.
    static func follow(
        _ set: EntrySet, _ moves: [Ledger.Move], _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        // What is drawn is drawn for what comes next.
        guard set.kind != .backstopDraw else { return }
        for (entry, account) in moves.lazy.map({ ($0.entry, $0.account) })
        where entry.amount > .zero && entry.account.stage == AccountCode.Stage.available.rawValue {
            let freed = kinds.contains(set.kind) ? entry.amount : .zero
            // Most lines go on and have no backstop: every booking comes past here, and reads no more of them.
            guard let line = entry.account.line, account.lineState == .closed || (freed > .zero && account.hasBackstop)
            else { continue }
            try settle(line, freed: freed, about: set.about, on: set.effectiveOn, context, in: writer)
        }
    }

    /// Settles what came free on lines, where their booking left it to be done: what else was to be paid from it is paid.
    static func settle(
        _ freed: [String: Money], about: String, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        for (line, amount) in freed.sorted(by: { $0.key < $1.key }) where amount >= .zero {
            try settle(line, freed: amount, about: about, on: nil, context, in: writer)
        }
    }

    private static func settle(
        _ id: String, freed: Money, about: String, on day: CivilDate?, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let found = try writer.first("SELECT state, backstop_source FROM fund_line WHERE id = $1", [.text(id)]) {
            (state: LineState(rawValue: $0.text(0)), hasBackstop: $0.textOrNil(1) != nil)
        }
        guard let found else { return }
        if freed > .zero, found.hasBackstop {
            try Backstop.giveBack(id, upTo: freed, about: about, on: day, context, in: writer)
        }
        guard found.state == .closed, let line = try Ledger.line(id, in: writer) else { return }
        try lapse(
            line, try Ledger.balance(of: .line(id, .available), in: writer), about: about, on: day, context, in: writer)
    }

    /// Sends free money of a line back to its source.
    static func lapse(
        _ line: FundLine, _ amount: Money, about: String, on day: CivilDate? = nil, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        guard amount > .zero else { return }
        let entries = [EntrySet.Entry(.line(line.id, .available), -amount), .init(.source(line.source), amount)]
        try Ledger.book(
            EntrySet(.lapse, entries, memo: "年末结余失效 \(line.id)", about: about, effectiveOn: day), context, in: writer)
    }
}
