extension Ledger {
    /// Sets up every line of `config/funds.yaml`, or brings it to its changed budget. Called in the transaction that makes a
    /// bundle active; what `open` throws leaves the old bundle in force.
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
