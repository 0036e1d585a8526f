import NiangjiaCore

extension Ledger {
    /// Opens every line that a configuration asks for, as its approval does in a city, in books that have none of them yet.
    public static func open(_ funds: FundsSettings, _ context: ChangeContext, in writer: any StoreWriter) throws {
        for line in funds.lines {
            let backstop = funds.backstops.first { $0.line == line.id }
            try open(
                FundLine(
                    id: line.id, year: line.year, source: line.source, purpose: line.purpose, amount: line.amount,
                    carriesOver: line.carryOver,
                    backstop: backstop.map { FundLine.Backstop(source: $0.from, yearCap: $0.yearCap) }),
                context, in: writer)
        }
    }
}
