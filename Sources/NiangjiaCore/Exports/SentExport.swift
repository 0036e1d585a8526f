/// What one export sent to the bank: enough for a store that doesn't know of it any more to learn that it was sent.
public struct SentExport: Sendable, Hashable {
    /// The export's number, without gaps over the life of the city.
    public var seq: Int64
    /// The batch.
    public var batch: ID<PayBatch>
    /// The batch's year and number: `2026-0007`.
    public var year: Int
    /// The batch's number within its year.
    public var number: Int64
    /// The program that it paid for.
    public var program: String
    /// When it was handed over.
    public var exportedAt: Instant
    /// The chain's head just after, as it is printed on the sheet.
    public var head: String
    /// Everything that was sent.
    public var lines: [Line]

    /// One payment.
    public struct Line: Sendable, Hashable {
        /// Its number in the batch.
        public var n: Int
        /// Nil where only the bank's own file tells of it.
        public var identity: Identity?
        /// The account and its holder.
        public var account: BankAccount
        /// What was sent.
        public var amount: Money
        /// Its remark.
        public var remark: String

        /// A line; without an identity where only the bank's own file tells of it.
        public init(n: Int, identity: Identity?, account: BankAccount, amount: Money, remark: String) {
            self.n = n
            self.identity = identity
            self.account = account
            self.amount = amount
            self.remark = remark
        }
    }

    /// What a payment never shares.
    public struct Identity: Sendable, Hashable {
        /// The payment's own id.
        public var payment: ID<Payment>
        /// What it pays.
        public var entitlement: ID<Entitlement>
        /// Its instalment, revision and attempt.
        public var ordinal: Int
        /// The entitlement's revision.
        public var revision: Int
        /// From 1; grows with confirmed failures.
        public var attempt: Int

        /// Names a payment.
        public init(payment: ID<Payment>, entitlement: ID<Entitlement>, ordinal: Int, revision: Int, attempt: Int) {
            self.payment = payment
            self.entitlement = entitlement
            self.ordinal = ordinal
            self.revision = revision
            self.attempt = attempt
        }
    }

    /// An export as a file tells of it.
    public init(
        seq: Int64, batch: ID<PayBatch>, year: Int, number: Int64, program: String, exportedAt: Instant, head: String,
        lines: [Line]
    ) {
        self.seq = seq
        self.batch = batch
        self.year = year
        self.number = number
        self.program = program
        self.exportedAt = exportedAt
        self.head = head
        self.lines = lines
    }

    /// What was sent in all.
    public var total: Money { lines.reduce(.zero) { $0 + $1.amount } }

    /// `2026-0007`.
    public var title: String { PayBatch.title(year: year, number: number) }
}

extension SentExport {
    /// For a file: it holds account numbers, and is sealed on its way there.
    public var value: Value {
        [
            "seq": .int(seq), "batch": .text(batch.text), "year": .int(Int64(year)), "number": .int(number),
            "program": .text(program), "exported_at": .int(exportedAt.milliseconds), "head": .text(head),
            "lines": .list(lines.map(\.value)),
        ]
    }

    /// Reads ``value``; nil when something is missing.
    public init?(_ value: Value) {
        guard let seq = value["seq"].int, let batch = value["batch"].text.flatMap({ ID<PayBatch>($0) }),
            let year = value["year"].int, let number = value["number"].int, let program = value["program"].text,
            let at = value["exported_at"].int, let head = value["head"].text, let list = value["lines"].list
        else { return nil }
        let lines = list.compactMap { Line($0) }
        guard lines.count == list.count else { return nil }
        self.init(
            seq: seq, batch: batch, year: Int(year), number: number, program: program,
            exportedAt: Instant(milliseconds: at), head: head, lines: lines)
    }
}

extension SentExport.Line {
    fileprivate var value: Value {
        var members: [String: Value] = [
            "n": .int(Int64(n)), "account": .text(account.number), "holder": .text(account.holder),
            "amount": .int(amount.fen), "remark": .text(remark),
        ]
        if let bank = account.bank { members["bank"] = .text(bank) }
        if let identity {
            members["payment"] = .text(identity.payment.text)
            members["entitlement"] = .text(identity.entitlement.text)
            members["try"] = .list([
                .int(Int64(identity.ordinal)), .int(Int64(identity.revision)), .int(Int64(identity.attempt)),
            ])
        }
        return .map(members)
    }

    fileprivate init?(_ value: Value) {
        guard let n = value["n"].int, let number = value["account"].text, let holder = value["holder"].text,
            let fen = value["amount"].int, let remark = value["remark"].text
        else { return nil }
        var identity: SentExport.Identity?
        if let payment = value["payment"].text.flatMap({ ID<Payment>($0) }),
            let entitlement = value["entitlement"].text.flatMap({ ID<Entitlement>($0) }),
            let attempt = value["try"].list?.compactMap(\.int), attempt.count == 3
        {
            identity = SentExport.Identity(
                payment: payment, entitlement: entitlement, ordinal: Int(attempt[0]), revision: Int(attempt[1]),
                attempt: Int(attempt[2]))
        }
        self.init(
            n: Int(n), identity: identity,
            account: BankAccount(number: number, holder: holder, bank: value["bank"].text),
            amount: Money(fen: fen), remark: remark)
    }
}
