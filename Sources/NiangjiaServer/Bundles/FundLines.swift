import NiangjiaCore

/// The fund lines of an approved bundle and the ledger's.
enum FundLines {
    /// Opens lines that the configuration has gained and books budgets that it has changed. A line that it says nothing new about
    /// stays as it is: openings and additions that came from files are not undone by an unrelated change.
    static func bring(
        from old: FundsSettings, to new: FundsSettings, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        for line in new.lines {
            let backstop = new.backstops.first { $0.line == line.id }
            let known = try Ledger.line(line.id, in: writer)
            let isUnchanged =
                old.lines.first { $0.id == line.id } == line && old.backstops.first { $0.line == line.id } == backstop
            if isUnchanged, known != nil { continue }
            try Ledger.open(
                FundLine(
                    id: line.id, year: line.year, source: line.source, purpose: line.purpose, amount: line.amount,
                    carriesOver: line.carryOver, organization: known?.organization,
                    backstop: backstop.map { .init(source: $0.from, yearCap: $0.yearCap) }), context, in: writer)
        }
    }
}
