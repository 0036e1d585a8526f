/// Union dues: what the tax bureau collected, split by agreement, kept for each level, and returned.
///
/// One line of the bureau's file is taken once, however often it is sent. Each day's lines are one voucher; a payer's part of it
/// stands on `dues_line` and `dues_share`.
public enum Dues {
    /// Takes the lines of a file: books what is known, keeps what isn't in suspense, matches what is taken back.
    ///
    /// Nothing is half taken: it is one transaction. Throws `configuration` where no line can be booked for want of an agreement.
    public static func take(
        _ lines: [TaxLine], file: String, agreements: [DuesAgreement], _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws -> DuesImport {
        guard !agreements.isEmpty else {
            throw NiangjiaError(
                .configuration, zh: "config/funds.yaml 里没有经费分成协议(dues)。",
                en: "config/funds.yaml has no agreement on dues.", place: "config/funds.yaml")
        }
        var taking = DuesTaking(agreements: agreements, file: file, context: context)
        var seen: [String: Int] = [:]
        for line in lines {
            let plain = DuesTaking.plainKey(line)
            let count = seen[plain, default: 0] + 1
            seen[plain] = count
            try taking.take(line, key: line.serial.map { "s:\($0)" } ?? "\(plain):\(count)", in: writer)
        }
        // A negative line may come before what it takes back.
        try taking.matchWaiting(in: writer)
        try taking.book(in: writer)
        taking.result.lines = lines.count
        taking.result.waiting = taking.negatives.count - taking.result.reversed
        let body: Value = [
            "file": .text(file), "lines": .int(Int64(lines.count)), "booked": .int(Int64(taking.result.booked)),
            "resent": .int(Int64(taking.result.resent)), "suspense": .int(Int64(taking.result.suspended)),
            "amount": .int(taking.result.amount.fen), "findings": .int(Int64(taking.result.findings.count)),
        ]
        try context.record("dues.imported", about: "dues", body: body, in: writer)
        return taking.result
    }
}

/// A file on its way into the books.
struct DuesTaking {
    let agreements: [DuesAgreement]
    let file: String
    let context: ChangeContext
    var result = DuesImport()
    /// In the order of booking: what comes in, what is free to go up, what goes back. Each rests on the one before.
    enum Phase: Int, CaseIterable { case receipt, release, takenBack }

    /// By phase and day: what moves on each account.
    private var moves: [Phase: [CivilDate: [AccountCode: Money]]] = [:]
    /// By line: what is booked at the end and not on its balance yet.
    private(set) var pending: [String: Money] = [:]
    /// The negative lines of this file, which are matched when all others are there.
    var negatives: Set<ID<DuesLine>> = []

    init(agreements: [DuesAgreement], file: String, context: ChangeContext) {
        self.agreements = agreements
        self.file = file
        self.context = context
    }

    /// Ten thousand million yuan: no payer's month is more, and no file of such lines comes near what the ledger may hold.
    static let largestAmount = Money(fen: 1_000_000_000_000)

    static func plainKey(_ line: TaxLine) -> String {
        "p:\(line.creditCode)|\(line.period)|\(line.amount.fen)|\(line.receivedOn)"
    }

    /// Whether a line may be booked at all; what is wrong with it becomes a finding.
    private mutating func checks(_ line: TaxLine) -> Bool {
        guard line.amount != .zero else {
            refuse("ZERO", line, zh: "金额为零,未入账", en: "the amount is nothing; not booked")
            return false
        }
        if let odd = [line.amount, line.payroll ?? .zero, line.due ?? .zero].first(where: {
            $0.fen.magnitude > DuesTaking.largestAmount.fen.magnitude
        }) {
            refuse(
                "AMOUNT", line, zh: "金额 \(odd) 元超过一行的上限 \(DuesTaking.largestAmount) 元,未入账;请核对文件",
                en:
                    "\(odd) yuan are more than a line may be (\(DuesTaking.largestAmount)); not booked: look at the file"
            )
            return false
        }
        guard line.receivedOn <= context.today else {
            refuse(
                "FUTURE", line, zh: "入库日期 \(line.receivedOn) 在今天之后,未入账;请核对文件,到账后再导入",
                en:
                    "the day of receipt, \(line.receivedOn), is still to come; not booked: look at the file, import it when the money is there"
            )
            return false
        }
        return true
    }

    mutating func take(_ line: TaxLine, key: String, in writer: any StoreWriter) throws {
        guard checks(line) else { return }
        let known = try writer.first(
            "SELECT credit_code, period, amount, received_on FROM dues_line WHERE key = $1", [.text(key)]
        ) { "\($0.text(0))|\($0.text(1))|\($0.int(2))|\($0.date(3))" }
        if let known {
            guard "p:" + known == DuesTaking.plainKey(line) else {
                return refuse(
                    "CHANGED", line, zh: "流水号 \(line.serial ?? "") 以前来过,内容不同,未入账;更正须由税务发负数行",
                    en: "serial \(line.serial ?? "") came before with other content; a correction needs a negative line"
                )
            }
            result.resent += 1
            return
        }
        if line.amount < .zero { return try takeBack(line, key, in: writer) }
        let (payer, finding) = try DuesPayer.find(line.creditCode, in: writer)
        guard let agreement = agreements.agreement(on: line.receivedOn, level: payer?.level) else {
            return refuse(
                "NO_AGREEMENT", line, zh: "\(line.receivedOn) 没有有效的分成协议,未入账",
                en: "no agreement is valid on \(line.receivedOn); not booked")
        }
        let due = line.due ?? line.payroll.map { agreement.due(on: $0) } ?? line.amount
        if let payroll = line.payroll, agreement.due(on: payroll) != line.amount {
            note(
                "RATE", line, zh: "工资总额 \(payroll) 元,应缴 \(agreement.due(on: payroll)) 元,实缴 \(line.amount) 元",
                en: "payroll \(payroll), due \(agreement.due(on: payroll)), paid \(line.amount)")
        }
        let id = try store(line, key, due, payer?.id, state: payer == nil ? "suspense" : "booked", in: writer)
        result.amount += line.amount
        guard let payer else {
            if let finding { note(finding.code, line, zh: finding.text.zh, en: finding.text.en) }
            result.suspended += 1
            move(line.amount, agreement.suspenseLine, on: line.receivedOn)
            return
        }
        result.booked += 1
        let shares = try DuesShares.split(
            line.amount, of: payer, agreement, creditCode: line.creditCode, year: line.receivedOn.parts.year, in: writer
        )
        try DuesShares.store(shares, of: id, from: 1, in: writer)
        for share in shares { move(share.amount, share.fundLine, on: line.receivedOn) }
        try release(line.creditCode, agreement, on: line.receivedOn, in: writer)
    }

    /// Who has paid what isn't small any more: the shares that waited go where they belong.
    private mutating func release(
        _ code: String, _ agreement: DuesAgreement, on day: CivilDate, in writer: any StoreWriter
    ) throws {
        let year = day.parts.year
        guard let most = agreement.smallPayerBelow, try Dues.paid(by: code, in: year, writer) >= most else { return }
        for share in try DuesShares.held(code, year: year, in: writer) {
            try writer.execute(
                "UPDATE dues_share SET state = 'free', fund_line = home_line WHERE dues_line = $1 AND n = $2",
                [.int(share.line), .int(share.n)])
            move(-share.amount, share.fundLine, on: day, .release)
            move(share.amount, share.homeLine, on: day, .release)
        }
    }

    // MARK: writing

    func store(
        _ line: TaxLine, _ key: String, _ due: Money, _ organization: ID<Organization>?, state: String,
        in writer: any StoreWriter
    ) throws -> ID<DuesLine> {
        let id = context.ids.next(DuesLine.self)
        try writer.insert(
            into: "dues_line",
            columns: [
                "id", "key", "serial", "credit_code", "payer", "period", "payroll", "due", "amount", "received_on",
                "year",
                "organization", "state", "reverses_serial", "file", "place", "imported_by", "imported_at",
            ],
            values: [
                .id(id), .text(key), .optional(line.serial), .text(line.creditCode), .text(line.payer),
                .text(line.period),
                .money(line.payroll), .money(due), .money(line.amount), .date(line.receivedOn),
                .int(Int64(line.receivedOn.parts.year)), .id(organization), .text(state), .optional(line.reverses),
                .text(file), .text(line.place), .text(context.actor), .instant(context.now),
            ])
        return id
    }

    mutating func move(
        _ amount: Money, _ line: String, _ stage: AccountCode.Stage = .available, on day: CivilDate,
        _ phase: Phase = .receipt
    ) {
        moves[phase, default: [:]][day, default: [:]][.line(line, stage), default: .zero] += amount
        if stage == .available { pending[line, default: .zero] += amount }
    }

    /// One voucher for each day on which money came in or went back.
    func book(in writer: any StoreWriter) throws {
        for phase in Phase.allCases {
            for (day, amounts) in (moves[phase] ?? [:]).sorted(by: { $0.key < $1.key }) {
                let memo =
                    switch phase {
                    case .receipt: "工会经费到账 \(day)"
                    case .release: "小额缴费转为正常上解 \(day)"
                    case .takenBack: "工会经费冲回 \(day)"
                    }
                try Dues.book(amounts, memo: memo, on: day, details: ["file": .text(file)], context, in: writer)
            }
        }
    }

    private mutating func note(_ code: String, _ line: TaxLine, zh: String, en: String) {
        result.findings.append(DuesFinding(code, line.place, zh: zh, en: en))
    }

    private mutating func refuse(_ code: String, _ line: TaxLine, zh: String, en: String) {
        result.refused += 1
        note(code, line, zh: zh, en: en)
    }
}

extension Dues {
    /// Books what moved on the dues' lines; what came in, or went, stands against their source.
    static func book(
        _ amounts: [AccountCode: Money], memo: String, on day: CivilDate?, details: Value, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        var entries: [EntrySet.Entry] = []
        for (account, amount) in amounts where amount != .zero {
            guard let line = account.line, let source = try Ledger.line(line, in: writer)?.source else {
                throw Ledger.noLine(account.line ?? account.rawValue)
            }
            entries += [.init(account, amount), .init(.source(source), -amount)]
        }
        guard !entries.isEmpty else { return }
        try Ledger.book(
            EntrySet(.dues, entries, memo: memo, about: "dues", effectiveOn: day), details: details, context, in: writer
        )
    }

    /// What a payer has paid in a year, less what was taken back.
    static func paid(by code: String, in year: Int, _ reader: any StoreReader) throws -> Money {
        Money(
            fen: try reader.integer(
                "SELECT sum(amount) FROM dues_line WHERE credit_code = $1 AND year = $2 AND state = 'booked'",
                [.text(code), .int(Int64(year))]) ?? 0)
    }
}
