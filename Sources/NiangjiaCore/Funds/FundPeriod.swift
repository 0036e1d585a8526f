/// A month or a year of the books: `2026-07`, `2026`.
public struct FundPeriod: Hashable, Sendable, CustomStringConvertible {
    /// As people write it.
    public let description: String
    /// The first and last day.
    public let days: DateRange
    /// The year that it lies in.
    public let year: Int
    /// Whether it is a whole year: budget lines end with it.
    public let isYear: Bool

    /// Reads `2026` or `2026-07`; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard (1...2).contains(parts.count), let year = parts[0], text.count == (parts.count == 1 ? 4 : 7),
            (2000...2100).contains(year)
        else { return nil }
        isYear = parts.count == 1
        guard let month = isYear ? 1 : parts[1], (1...12).contains(month),
            let from = CivilDate(year: year, month: month, day: 1),
            let next = isYear || month == 12
                ? CivilDate(year: year + 1, month: 1, day: 1) : CivilDate(year: year, month: month + 1, day: 1)
        else { return nil }
        description = text
        self.year = year
        days = DateRange(from: from, to: next + -1)
    }
}

/// What closing a period would do, and did.
public struct PeriodClosing: Sendable {
    /// What becomes of a hold: it falls, or goes on in the next year.
    public enum Fate: String, Sendable, CaseIterable { case lapsed, carried }

    /// A hold that is open at the end of its line's year, or what waits for money of the line (`queued`).
    public struct Hold: Sendable, Hashable {
        /// The entitlement, and what it is.
        public var entitlement: ID<Entitlement>
        /// Its program.
        public var program: String
        /// Its state.
        public var state: Entitlement.State
        /// What is queued, or what is held of it on the lines that the closing is about: those of its year and of earlier ones.
        public var amount: Money
        /// The day for which it was decided.
        public var on: CivilDate
        /// Whether it may lapse: what is still being reviewed or is with the bank, what is owed (``Entitlement/isDebt(in:)``), was
        /// granted since, or is partly a later year's money is carried in any case. Nobody decides about what is queued: it lapses
        /// where none of the lines that it waits for goes on.
        public var mayLapse: Bool
        /// Whether it does.
        public var lapses: Bool
        /// What is held on each line.
        var shares: [String: Money] = [:]
    }

    /// Money that was claimed back and is not there yet.
    public struct Claim: Sendable, Hashable {
        /// The entitlement that was claimed back.
        public var entitlement: ID<Entitlement>
        /// Its program.
        public var program: String
        /// What is outstanding.
        public var amount: Money
    }

    /// What is left on a line of the year, or of an earlier one.
    public struct Rest: Sendable, Hashable {
        /// The line.
        public var line: String
        /// Free money.
        public var available: Money
        /// What lapses of what its backstop still promised.
        public var backstop: Money
        /// What goes back to the backstop first of what is free, lapsing holds included: as far as it was drawn from there.
        public var returned: Money
        /// Whether an unused backstop lapses.
        var isPromiseOver: Bool
        /// Whether it goes into the next year.
        public var carries: Bool
    }

    /// The period.
    public var period: FundPeriod
    /// The day on which its lapses take effect: its last one, or the first open day where that is closed already.
    public var lapsesOn: CivilDate
    /// Years that are over with it and whose lines nobody has ended yet; for a month.
    public var openYears: [Int] = []
    /// The first day that is open before it: the periods from there on are closed with it. nil: nothing before it is open.
    public var openSince: CivilDate?
    /// Claims that are still open on lines of the year: they stay open, and what comes in is booked in the period that is open then.
    public var claims: [Claim] = []
    /// Open holds; only a year has any.
    public var holds: [Hold] = []
    /// Lines of the year, and of earlier ones that have something left.
    public var rests: [Rest] = []

    /// What lapses of free money, holds included.
    public var lapsed: Money {
        holds.filter { $0.lapses && $0.state != .queued }.reduce(.zero) { $0 + $1.amount }
            + rests.filter { !$0.carries }.reduce(.zero) { $0 + $1.available }
    }
}
