/// A budget line (`config/funds.yaml`): money of one source for one purpose in one year.
public struct FundLine: Hashable, Sendable {
    /// `cooling-2026`; never empty, without a slash.
    public var id: String
    /// The calendar year whose budget it is.
    public var year: Int
    /// Whose money it is (`fiscal`, `donation` …): sources never mix.
    public var source: String
    /// What it may be spent on, in a word (`cooling`).
    public var purpose: String
    /// What was budgeted, in fen, not negative; what is left of it stands on its accounts.
    public var amount: Money
    /// Whether what is left goes into the next year or lapses (结转).
    public var carriesOver: Bool
    /// Who fills it up; nil: nobody.
    public var backstop: Backstop?

    /// Who fills the line up when it runs out, and by how much in its year; what isn't drawn lapses.
    public struct Backstop: Hashable, Sendable {
        /// The source that promises it.
        public var source: String
        /// The most that it adds in the line's year, in fen, not negative.
        public var yearCap: Money
        public init(source: String, yearCap: Money) {
            self.source = source
            self.yearCap = yearCap
        }
    }

    public init(
        id: String, year: Int, source: String, purpose: String, amount: Money, carriesOver: Bool = false,
        backstop: Backstop? = nil
    ) {
        self.id = id
        self.year = year
        self.source = source
        self.purpose = purpose
        self.amount = amount
        self.carriesOver = carriesOver
        self.backstop = backstop
    }
}

extension Ledger {
    /// Sets up a line, or brings it to a changed budget: opening a line as it is does nothing.
    ///
    /// A budget that grew or shrank is booked as the difference (追加, 核减); `insufficient_funds` when what is to be taken
    /// away has been granted already. Year, source and purpose of a line never change (`conflict`): that is another line.
    public static func open(_ line: FundLine, _ context: ChangeContext, in writer: any StoreWriter) throws {
        guard !line.id.isEmpty, !line.id.contains("/"), line.amount >= .zero, (line.backstop?.yearCap ?? .zero) >= .zero
        else {
            throw NiangjiaError(
                .invalid, zh: "资金项目“\(line.id)”的编号或金额不对。", en: "Fund line “\(line.id)”: wrong id or amount.")
        }
        let before = try Ledger.line(line.id, in: writer)
        if before == line { return }
        if let before {
            guard before.year == line.year, before.source == line.source, before.purpose == line.purpose,
                before.backstop == nil || line.backstop == nil || before.backstop?.source == line.backstop?.source
            else {
                throw NiangjiaError(
                    .conflict, zh: "资金项目“\(line.id)”的年度、来源、用途不能改,请另设一个项目。",
                    en: "Year, source and purpose of fund line “\(line.id)” can't change: set up another line.")
            }
            try refuseMore(line, before, in: writer)
        } else {
            for stage in AccountCode.Stage.allCases { try ensure(.line(line.id, stage), context, in: writer) }
            try ensure(.source(line.source), context, in: writer)
        }
        if let backstop = line.backstop { try ensure(.source(backstop.source), context, in: writer) }
        try store(line, isNew: before == nil, in: writer)
        let backstopSource = line.backstop?.source ?? before?.backstop?.source ?? line.source
        try fund(
            .budget, line.id, .available, from: line.source, by: line.amount - (before?.amount ?? .zero),
            memo: before == nil ? "预算下达 \(line.id)" : "预算调整 \(line.id)", context, in: writer)
        try fund(
            .backstop, line.id, .backstop, from: backstopSource,
            by: (line.backstop?.yearCap ?? .zero) - (before?.backstop?.yearCap ?? .zero), memo: "兜底额度 \(line.id)",
            context, in: writer)
    }

    /// A line whose year is closed is filled no more: what came into it would lapse at once.
    private static func refuseMore(_ line: FundLine, _ before: FundLine, in reader: any StoreReader) throws {
        guard line.amount > before.amount || (line.backstop?.yearCap ?? .zero) > (before.backstop?.yearCap ?? .zero),
            try LineState.of(line.id, in: reader) == .closed
        else { return }
        throw NiangjiaError(
            .conflict, zh: "资金项目“\(line.id)”已经年结,不能再追加:请在今年另设一个项目,写进程序的 funding。",
            en:
                "The year of fund line “\(line.id)” is closed: set up another line this year and name it in the program's funding.",
            place: "config/funds.yaml: lines.\(line.id)")
    }

    private static func fund(
        _ kind: EntrySet.Kind, _ line: String, _ stage: AccountCode.Stage, from source: String, by amount: Money,
        memo: String, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        guard amount != .zero else { return }
        let entries = [EntrySet.Entry(.source(source), -amount), .init(.line(line, stage), amount)]
        try book(EntrySet(kind, entries, memo: memo, about: "line/\(line)"), context, in: writer)
    }

    private static func store(_ line: FundLine, isNew: Bool, in writer: any StoreWriter) throws {
        if isNew {
            try writer.execute(
                """
                INSERT INTO fund_line
                (id, year, source, purpose, amount, carry_over, backstop_source, backstop_cap)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                """,
                [
                    .text(line.id), .int(Int64(line.year)), .text(line.source), .text(line.purpose),
                    .money(line.amount),
                    .bool(line.carriesOver), .optional(line.backstop?.source),
                    .money(line.backstop?.yearCap ?? .zero),
                ])
        } else {
            try writer.execute(
                """
                UPDATE fund_line SET amount = $1, carry_over = $2, backstop_source = $3,
                backstop_cap = $4, version = version + 1 WHERE id = $5
                """,
                [
                    .money(line.amount), .bool(line.carriesOver),
                    .optional(line.backstop?.source), .money(line.backstop?.yearCap ?? .zero), .text(line.id),
                ])
        }
    }

    private static let lineColumns = """
        SELECT id, year, source, purpose, amount, carry_over, backstop_source, backstop_cap FROM fund_line
        """

    private static func line(from row: any StoreRow) -> FundLine {
        FundLine(
            id: row.text(0), year: Int(row.int(1)), source: row.text(2), purpose: row.text(3), amount: row.money(4),
            carriesOver: row.bool(5),
            backstop: row.textOrNil(6).map { FundLine.Backstop(source: $0, yearCap: row.money(7)) })
    }

    /// A line as it was last set up; nil when there is none.
    public static func line(_ id: String, in reader: any StoreReader) throws -> FundLine? {
        try reader.first(lineColumns + " WHERE id = $1", [.text(id)], line(from:))
    }

    /// All lines, in the order of their ids.
    public static func lines(in reader: any StoreReader) throws -> [FundLine] {
        try reader.all(lineColumns + " ORDER BY id", [], line(from:))
    }
}
