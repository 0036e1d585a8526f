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
    private enum Phase: Int, CaseIterable { case receipt, release, takenBack }

    /// By phase and day: what moves on each account.
    private var moves: [Phase: [CivilDate: [AccountCode: Money]]] = [:]
    /// By line: what is booked at the end and not on its balance yet.
    private var pending: [String: Money] = [:]

    init(agreements: [DuesAgreement], file: String, context: ChangeContext) {
        self.agreements = agreements
        self.file = file
        self.context = context
    }

    static func plainKey(_ line: TaxLine) -> String {
        "p:\(line.creditCode)|\(line.period)|\(line.amount.fen)|\(line.receivedOn)"
    }

    mutating func take(_ line: TaxLine, key: String, in writer: any StoreWriter) throws {
        guard line.amount != .zero else {
            return refuse("ZERO", line, zh: "金额为零,未入账", en: "the amount is nothing; not booked")
        }
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

    // MARK: negative lines

    /// A negative line waits until all others of its file are there: it may come before what it takes back.
    private mutating func takeBack(_ line: TaxLine, _ key: String, in writer: any StoreWriter) throws {
        _ = try store(line, key, line.amount, nil, state: "unmatched", in: writer)
    }

    /// Looks for what negative lines take back, those of earlier files as well.
    mutating func matchWaiting(in writer: any StoreWriter) throws {
        let waiting = try writer.all("SELECT id FROM dues_line WHERE state = 'unmatched' ORDER BY id") {
            $0.id(0, DuesLine.self)
        }
        for id in waiting {
            guard let line = try DuesRow.load(id, in: writer), try !match(line, in: writer) else { continue }
            guard result.findings.last?.place != line.place || result.findings.last?.code != "NO_MONEY" else {
                continue
            }
            result.findings.append(
                DuesFinding(
                    "UNMATCHED", line.place,
                    zh: "负数行 \(line.amount) 元没有找到对应的原缴费(\(line.reversesSerial ?? line.creditCode)),未入账",
                    en: "what the negative line of \(line.amount) yuan takes back is not known; not booked"))
        }
    }

    /// Finds the line that a negative one takes back: by the serial number that it names, else the newest of the same payer, period
    /// and amount that nothing was taken from.
    private mutating func match(_ line: DuesRow, in writer: any StoreWriter) throws -> Bool {
        let original: DuesRow? =
            if let serial = line.reversesSerial {
                try DuesRow.first("serial = $1 AND amount > 0", [.text(serial)], in: writer)
            } else {
                try DuesRow.first(
                    "credit_code = $1 AND period = $2 AND amount = $3 AND reversed = 0 AND state <> 'unmatched'",
                    [.text(line.creditCode), .text(line.period), .money(-line.amount)], in: writer)
            }
        guard let original, original.reversed + (-line.amount) <= original.amount else { return false }
        let rows = try DuesShares.takenBack(original, by: -line.amount, in: writer)
        let suspense = agreements.agreement(on: original.receivedOn, level: nil)?.suspenseLine
        let needs: [(line: String, amount: Money)] =
            original.state == "suspense"
            ? suspense.map { [($0, line.amount)] } ?? [] : rows.map { ($0.fundLine, $0.amount) }
        for need in needs {
            let there = try Ledger.balance(of: .line(need.line, .available), in: writer)
            guard there + pending[need.line, default: .zero] + need.amount >= .zero else {
                result.findings.append(
                    DuesFinding(
                        "NO_MONEY", line.place, zh: "\(need.line) 已拨出,余额不足以退 \(-need.amount) 元,暂不入账",
                        en: "\(need.line) has been paid out and lacks \(-need.amount) yuan; not booked yet"))
                return false
            }
        }
        let day = max(line.receivedOn, original.receivedOn)
        for need in needs { move(need.amount, need.line, on: day, .takenBack) }
        try DuesShares.store(rows, of: line.id, from: 1, in: writer)
        try writer.execute(
            "UPDATE dues_line SET state = $1, reverses = $2, organization = $3 WHERE id = $4",
            [.text(original.state), .id(original.id), .id(original.organization), .id(line.id)])
        try writer.execute(
            "UPDATE dues_line SET reversed = reversed + $1 WHERE id = $2 AND reversed + $1 <= amount",
            [.money(-line.amount), .id(original.id)])
        result.reversed += 1
        result.amount += line.amount
        return true
    }

    // MARK: writing

    private func store(
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

    private mutating func move(_ amount: Money, _ line: String, on day: CivilDate, _ phase: Phase = .receipt) {
        moves[phase, default: [:]][day, default: [:]][.line(line, .available), default: .zero] += amount
        pending[line, default: .zero] += amount
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
