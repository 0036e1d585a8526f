/// How union dues (工会经费, 2 % of payroll) are split among the levels: one agreement for a span of time (`dues` in
/// `config/funds.yaml`). Which of them holds is a matter of the day on which the money came in.
public struct DuesAgreement: Hashable, Sendable {
    /// A level's share, the line on which it is kept, and to whom it is passed on.
    public struct Share: Hashable, Sendable {
        /// basic, county, city, province, national; `basic` is what is returned to the payer's own union.
        public var level: String
        /// Of the whole amount.
        public var rate: Rate
        /// The fund line on which it stands.
        public var line: String
        /// The code of the union to which it is paid; nil: it stays on its line. The basic share goes to the payer's union.
        public var payTo: String?

        /// A level's share of the dues.
        public init(level: String, rate: Rate, line: String, payTo: String? = nil) {
            self.level = level
            self.rate = rate
            self.line = line
            self.payTo = payTo
        }
    }

    /// A sector federation that has a share of what the companies below it get back.
    public struct Federation: Hashable, Sendable {
        /// The federation's code.
        public var organization: String
        /// Of the basic share.
        public var rate: Rate

        /// A federation's share, by agreement.
        public init(organization: String, rate: Rate) {
            self.organization = organization
            self.rate = rate
        }
    }

    /// From the first to the last day on which money that comes in is split like this.
    public var valid: DateRange
    /// The levels of payers' unions that it is for (`basic`, `federation` …); empty: all that no other agreement names.
    public var levels: [String]
    /// Of payroll; 2 %.
    public var rate: Rate
    /// Whether the tax bureau collects the upper shares only and the basic one stays with the union from the beginning.
    public var collectsUpperOnly = false
    /// In the order of the file.
    public var shares: [Share]
    /// The level that gets what rounding down leaves.
    public var remainderTo: String
    /// Where money of payers stands whom nobody knows.
    public var suspenseLine: String
    /// Where the upper shares of small payers wait for the end of the year; nil: they don't.
    public var heldLine: String?
    /// Who pays less than this in a year gets everything back; nil: nobody does.
    public var smallPayerBelow: Money?
    /// Sector federations with a share of their companies' return.
    public var federations: [Federation]

    /// An agreement without federations, small payers or a choice of levels.
    public init(
        valid: DateRange, rate: Rate, shares: [Share], remainderTo: String = "basic", suspenseLine: String
    ) {
        self.valid = valid
        levels = []
        self.rate = rate
        self.shares = shares
        self.remainderTo = remainderTo
        self.suspenseLine = suspenseLine
        federations = []
    }

    /// What the bureau is to collect on a payroll: rounded half up once.
    public func due(on payroll: Money) -> Money {
        guard collectsUpperOnly else { return rate.of(payroll) }
        let upper = shares.filter { $0.level != "basic" }.reduce(0) { $0 + $1.rate.basisPoints }
        // The rate of a rate, with no rounding between.
        return Money(fen: Figure.divided(payroll.fen, times: rate.basisPoints * upper, by: 100_000_000))
    }

    /// The shares of what the bureau collects.
    private var collected: [Share] { collectsUpperOnly ? shares.filter { $0.level != "basic" } : shares }

    /// Every level's part of an amount: rounded down each, what is left over to one of them; a negative amount is the mirror of a
    /// positive one. The parts always sum to the amount.
    public func split(_ amount: Money) -> [(level: String, amount: Money)] {
        let magnitude = Int64(clamping: amount.fen.magnitude)
        let sign: Int64 = amount.fen < 0 ? -1 : 1
        let whole = max(1, collected.reduce(0) { $0 + $1.rate.basisPoints })
        var parts = collected.map { (level: $0.level, fen: DuesAgreement.floor(magnitude, $0.rate.basisPoints, whole)) }
        let rest = magnitude - parts.reduce(0) { $0 + $1.fen }
        if let place = parts.firstIndex(where: { $0.level == remainderTo }) ?? parts.indices.first {
            parts[place].fen += rest
        }
        return parts.map { ($0.level, Money(fen: $0.fen * sign)) }
    }

    /// `value · part ÷ whole`, rounded down, for values from 0.
    static func floor(_ value: Int64, _ part: Int64, _ whole: Int64) -> Int64 {
        whole.dividingFullWidth(value.multipliedFullWidth(by: part)).quotient
    }

    /// A level's share.
    func share(_ level: String) -> Share? { shares.first { $0.level == level } }

    /// Every line that it books on.
    public var lines: [String] { shares.map(\.line) + [suspenseLine] + (heldLine.map { [$0] } ?? []) }
}

extension [DuesAgreement] {
    /// The agreement for money that came in on a day from a payer whose union is of a level: one that names the level before one
    /// for all.
    func agreement(on day: CivilDate, level: String?) -> DuesAgreement? {
        let valid = filter { $0.valid.contains(day) }
        return valid.first { level.map($0.levels.contains) ?? false } ?? valid.first { $0.levels.isEmpty }
    }
}
