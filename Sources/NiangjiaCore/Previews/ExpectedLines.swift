/// What fund lines count with where a bundle is tried that isn't in force: as its approval would leave them.
struct ExpectedLines: Sendable {
    /// Budget and backstop by line.
    private var totals: [String: Money] = [:]
    /// Lines of which the bundle says nothing new: openings and additions that came from files stay.
    private var unchanged: Set<String> = []

    init(_ wanted: FundsSettings, inForce: FundsSettings) {
        for line in wanted.lines where totals[line.id] == nil {
            totals[line.id] = line.amount + (wanted.backstop(of: line)?.yearCap ?? .zero)
            if wanted.isUnchanged(line, since: inForce) { unchanged.insert(line.id) }
        }
    }

    /// What may be granted from each line after the approval; a line that it opens has all that it says.
    ///
    /// Throws `not_found` for a line that neither stands nor would be opened.
    func available(of lines: [String], in reader: any StoreReader) throws -> [String: Money] {
        var found: [String: Money] = [:]
        for line in lines {
            guard let known = try Ledger.line(line, in: reader) else {
                guard let total = totals[line] else { throw Ledger.noLine(line) }
                found[line] = total
                continue
            }
            let now = known.amount + (known.backstop?.yearCap ?? .zero)
            let then = unchanged.contains(line) ? now : totals[line] ?? now
            found[line] = try Ledger.available(lines: [line], in: reader)[line, default: .zero] + then - now
        }
        return found
    }
}

extension FundsSettings {
    /// Who fills a line up.
    public func backstop(of line: Line) -> Backstop? { backstops.first { $0.line == line.id } }

    /// Whether other settings say the same of a line.
    public func isUnchanged(_ line: Line, since old: FundsSettings) -> Bool {
        old.lines.first { $0.id == line.id } == line && old.backstop(of: line) == backstop(of: line)
    }
}
