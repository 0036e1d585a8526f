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

    /// Makes balances of lines what they would be after the approval.
    func bring(_ available: inout [String: Money], of lines: [String], in reader: any StoreReader) throws {
        for line in Set(lines) {
            guard let total = totals[line] else { continue }
            guard let known = try Ledger.line(line, in: reader) else {
                available[line] = total
                continue
            }
            if !unchanged.contains(line) {
                available[line, default: .zero] += total - known.amount - (known.backstop?.yearCap ?? .zero)
            }
        }
    }

    /// Whether a line would be opened by the approval.
    func opens(_ line: String, in reader: any StoreReader) throws -> Bool {
        try totals[line] != nil && Ledger.line(line, in: reader) == nil
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
