/// A line of the tax bureau's file as it was read.
public struct TaxLine: Hashable, Sendable {
    /// The bureau's own number (流水号, 电子税票号); nil where the file has none.
    public var serial: String?
    /// The payer's unified social credit code.
    public var creditCode: String
    /// The payer's name, as the bureau writes it.
    public var payer: String
    /// `2026-03` or `2026-01..2026-03`.
    public var period: String
    /// Total wages; nil where the file doesn't tell.
    public var payroll: Money?
    /// What was to be paid, as the file says; nil: by the agreement's rate.
    public var due: Money?
    /// What came in; negative: taken back.
    public var amount: Money
    /// The day on which it came in.
    public var receivedOn: CivilDate
    /// The serial number of the line that a negative one takes back.
    public var reverses: String?
    /// Where it stands: `file:line`, `sheet!A7`.
    public var place: String

    /// A line with what every file tells.
    public init(
        serial: String? = nil, creditCode: String, payer: String = "", period: String, payroll: Money? = nil,
        due: Money? = nil, amount: Money, receivedOn: CivilDate, reverses: String? = nil, place: String
    ) {
        self.serial = serial
        self.creditCode = creditCode
        self.payer = payer
        self.period = period
        self.payroll = payroll
        self.due = due
        self.amount = amount
        self.receivedOn = receivedOn
        self.reverses = reverses
        self.place = place
    }
}

/// What reconciling a file found about one of its lines.
public struct DuesFinding: Hashable, Sendable {
    /// Stable: `UNKNOWN_CODE`, `NO_UNION`, `AMBIGUOUS`, `CHANGED`, `UNMATCHED`, `TAKEN_BACK`, `OTHER_CODE`, `UNDER_WAY`,
    /// `NO_MONEY`, `NO_AGREEMENT`, `RATE`, `ZERO`, `AMOUNT`, `FUTURE`.
    public var code: String
    /// Where the line stands.
    public var place: String
    /// In words.
    public var text: LocalText

    init(_ code: String, _ place: String, zh: String, en: String) {
        self.code = code
        self.place = place
        text = LocalText(zh: zh, en: en)
    }
}

/// What taking a file did.
public struct DuesImport: Hashable, Sendable {
    /// Lines of the file.
    public var lines = 0
    /// Booked and split.
    public var booked = 0
    /// The sum of what was booked, split or in suspense (fen).
    public var amount = Money.zero
    /// Known already from an earlier file.
    public var resent = 0
    /// Came in for somebody unknown.
    public var suspended = 0
    /// Negative lines of the file that found what they take back.
    public var reversed = 0
    /// Negative lines of the file that wait for it. Booked, suspended, reversed, waiting, resent and refused are all its lines.
    public var waiting = 0
    /// Negative lines of earlier files that found it now.
    public var reversedEarlier = 0
    /// Not taken.
    public var refused = 0
    /// What a person should look at.
    public var findings: [DuesFinding] = []
}
