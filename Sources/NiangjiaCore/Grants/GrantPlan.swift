/// A grant that is paid in instalments (建会补助, 站点建设补贴), as `grants` in `config/funds.yaml` has it.
public struct GrantPlan: Hashable, Sendable {
    /// A part of the grant, and what must be there before it is paid.
    public struct Instalment: Hashable, Sendable {
        /// Of the whole; the last one gets what rounding leaves.
        public var rate: Rate
        /// How long after the approval it falls due.
        public var afterDays: Int
        /// Whether it waits until the report on the use of the one before is accepted.
        public var needsReport: Bool

        /// An instalment; the first needs no report.
        public init(rate: Rate, afterDays: Int = 0, needsReport: Bool = false) {
            self.rate = rate
            self.afterDays = afterDays
            self.needsReport = needsReport
        }
    }

    /// `startup`
    public var id: String
    /// What people call it.
    public var title: LocalText
    /// The lines that pay, in order: the next pays what one lacks.
    public var lines: [String]
    /// The most that one grant may be.
    public var most: Money
    /// Levels of organisations that may have one; empty: any but suppliers, who are paid for what they deliver, and union groups.
    public var levels: [String]
    /// In order.
    public var instalments: [Instalment]
    /// Until when the money must be used, in days from the approval.
    public var useWithinDays: Int?
    /// Who closes within so many months pays back the part of the months that were left.
    public var keepMonths: Int?

    /// A plan with its instalments.
    public init(id: String, title: LocalText, lines: [String], most: Money, instalments: [Instalment]) {
        self.id = id
        self.title = title
        self.lines = lines
        self.most = most
        levels = []
        self.instalments = instalments
    }

    /// Whether an organisation of a level may have one.
    func isFor(_ level: String) -> Bool {
        levels.isEmpty ? level != "supplier" && level != "group" : levels.contains(level)
    }

    /// What each instalment is of an amount: rounded down, the rest to the last.
    public func parts(of amount: Money) -> [Money] {
        var parts = instalments.map {
            Money(fen: DuesAgreement.floor(amount.fen, $0.rate.basisPoints, 10_000))
        }
        if let last = parts.indices.last { parts[last] += amount - parts.reduce(.zero, +) }
        return parts
    }
}
