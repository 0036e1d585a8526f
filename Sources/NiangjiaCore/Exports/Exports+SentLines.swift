/// A payment that was sent before a restore, of which the store has no entitlement.
public struct SentLine: Sendable, Hashable {
    /// The batch that sent it, and its number there.
    public var batch: ID<PayBatch>
    /// Its number in the batch.
    public var n: Int
    /// The export's number.
    public var seq: Int64
    /// The program.
    public var program: String
    /// What was sent.
    public var amount: Money
    /// The entitlement as it was called before the restore; nil where only the bank's answer told of it.
    public var entitlement: ID<Entitlement>?
}

/// Payments that were sent before a restore and wait for the entitlement that is made anew.
extension Exports {
    /// Those that nobody has settled yet, in their order.
    public static func openLines(in reader: any StoreReader) throws -> [SentLine] {
        try reader.all(
            "SELECT batch, n, seq, program, amount, entitlement FROM sent_line WHERE state = 'open' ORDER BY seq, n", []
        ) {
            SentLine(
                batch: $0.id(0), n: Int($0.int(1)), seq: $0.int(2), program: $0.text(3), amount: $0.money(4),
                entitlement: $0.idOrNil(5))
        }
    }

    /// Whether something was sent before the restore that may have been this and is still unsettled: for this very entitlement,
    /// whatever its amount or account was then, or to the account, of that amount, for the program. It isn't sent again until a
    /// person has said what it was.
    static func isSent(
        _ entitlement: ID<Entitlement>, program: String, mac: [UInt8], amount: Money, in reader: any StoreReader
    ) throws -> Bool {
        try reader.integer(
            """
            SELECT 1 FROM sent_line WHERE state = 'open' AND (entitlement = $4
            OR account_mac = $1 AND program = $2 AND amount = $3) LIMIT 1
            """, [.blob(mac), .text(program), .money(amount), .id(entitlement)]) == 1
    }

    /// The bank's answers but for those about payments that were sent before a restore and are nobody's here: these are no fault
    /// of the file's.
    static func answerable(
        _ results: [BankResult], about batch: ID<PayBatch>, _ stored: [Batches.StoredLine],
        _ crypto: any CryptoProvider, in reader: any StoreReader
    ) throws -> [BankResult] {
        guard let first = results.map(\.n).min(), let last = results.map(\.n).max() else { return [] }
        let known = try reader.all(
            "SELECT n, account_mac, amount FROM sent_line WHERE batch = $1 AND n BETWEEN $2 AND $3",
            [.id(batch), .int(Int64(first)), .int(Int64(last))]
        ) { (n: Int($0.int(0)), mac: $0.blob(1), amount: $0.money(2)) }
        guard !known.isEmpty else { return results }
        let own = Set(stored.map(\.n))
        let others = Dictionary(known.map { ($0.n, $0) }, uniquingKeysWith: { first, _ in first })
        return results.filter { result in
            guard !own.contains(result.n), let other = others[result.n], other.amount == result.amount else {
                return true
            }
            return other.mac != PersonIdentifiers.mac(bankCard: result.account, crypto)
        }
    }

    /// Finds by account and amount what an export paid of which only the bank tells: approved entitlements of its program, each
    /// once. What could be two of them is left to a person.
    public static func identify(
        _ sent: inout SentExport, _ crypto: any CryptoProvider, in reader: any StoreReader
    ) throws {
        struct Key: Hashable {
            var mac: [UInt8]
            var amount: Money
        }
        var found: [Key: [Entitlement]] = [:]
        for one in try Entitlements.rows(
            "WHERE program = $1 AND state IN ('approved', 'batched') AND kind = 'money' ORDER BY id",
            [.text(sent.program)], in: reader)
        {
            guard let account = try PayeeAccounts.account(of: one.payee, in: reader, crypto) else { continue }
            let key = Key(mac: PersonIdentifiers.mac(bankCard: account.number, crypto), amount: one.amount)
            found[key, default: []].append(one)
        }
        for n in sent.lines.indices {
            let mac = PersonIdentifiers.mac(bankCard: sent.lines[n].account.number, crypto)
            let key = Key(mac: mac, amount: sent.lines[n].amount)
            guard let ones = found[key], ones.count == 1 else { continue }
            found[key] = []
            let last = try Payments.of(ones[0].id, in: reader).last { $0.revision == ones[0].revision }
            sent.lines[n].identity = SentExport.Identity(
                payment: last?.id ?? ID(rawValue: 0), entitlement: ones[0].id, ordinal: 1, revision: ones[0].revision,
                attempt: last?.attempt ?? 1)
        }
    }

    /// The line paid this entitlement, which was approved anew: it counts as sent with that batch.
    ///
    /// Throws `conflict` unless the entitlement is approved, of the line's program, amount and account, and the line open.
    public static func match(
        _ batch: ID<PayBatch>, n: Int, to entitlement: ID<Entitlement>, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let one = try Entitlements.load(entitlement, in: writer)
        let line = try openLines(in: writer).first { $0.batch == batch && $0.n == n }
        guard let line, one.state == .approved, one.kind == .money, one.program == line.program,
            let account = try PayeeAccounts.account(of: one.payee, in: writer, context.crypto)
        else { throw Entitlements.wrongState(one) }
        let mac = PersonIdentifiers.mac(bankCard: account.number, context.crypto)
        try refuse(one, unlessSent: line, to: mac, in: writer)
        try settle(batch, n, as: "matched", note: entitlement.text, context, in: writer)
        let payment = try Batches.waitingPayment(for: one, context, in: writer)
        try Payments.move(payment, of: one, by: .entered(in: batch), context, in: writer)
        try writer.insert(
            into: "pay_line", columns: Batches.lineColumns,
            values: Batches.newLine(n, of: batch, payment, account, mac, "", .exported, context))
        let digest = Batches.digest(try Batches.storedLines(of: batch, in: writer), context.crypto)
        try writer.execute(
            """
            UPDATE pay_batch SET state = 'exported', line_count = line_count + 1, total = total + $1, digest = $2,
            version = version + 1 WHERE id = $3 AND state IN ('exported', 'settled')
            """, [.money(line.amount), .blob(digest), .id(batch)])
        try Ledger.book(
            EntrySet(
                .export, moving: Entitlements.byLine([one]), from: .held, to: .inTransit, memo: "恢复前已发 \(entitlement)",
                about: batch.text), details: Entitlements.summary([one]), context, in: writer)
    }

    /// The bank answers for the account and the amount that were sent: another's would be refused for ever.
    private static func refuse(
        _ one: Entitlement, unlessSent line: SentLine, to mac: [UInt8], in reader: any StoreReader
    ) throws {
        guard one.amount == line.amount else {
            throw NiangjiaError(
                .conflict,
                zh: "这一笔发出的是 \(line.amount) 元,待遇 \(one.id) 现为 \(one.amount) 元:先更正待遇的金额再核对;另有所付的写明原因(--reason)。",
                en:
                    "\(line.amount) yuan were sent, \(one.id) is \(one.amount) now: correct its amount first; where it paid something else, say so (--reason)."
            )
        }
        let isSame = try reader.integer(
            "SELECT 1 FROM sent_line WHERE batch = $1 AND n = $2 AND account_mac = $3",
            [.id(line.batch), .int(Int64(line.n)), .blob(mac)])
        guard isSame == 1 else {
            throw NiangjiaError(
                .conflict, zh: "这一笔发往的账号不是收款人现在登记的账号:先把登记的账号更正为当时的,再核对;不是付给这个人的,请核对另一笔。",
                en:
                    "It was sent to another account than the payee's register has now: put the account of then into the register first, or look for another line."
            )
        }
    }

    /// The line paid something else: nothing waits for it any more.
    public static func waive(
        _ batch: ID<PayBatch>, n: Int, reason: String, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        try settle(batch, n, as: "waived", note: reason, context, in: writer)
    }

    private static func settle(
        _ batch: ID<PayBatch>, _ n: Int, as state: String, note: String, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let changed = try writer.execute(
            """
            UPDATE sent_line SET state = $1, settled_by = $2, settled_at = $3, note = $4
            WHERE batch = $5 AND n = $6 AND state = 'open'
            """,
            [
                .text(state), .text(context.actor), .instant(context.now), .text(note), .id(batch), .int(Int64(n)),
            ])
        guard changed == 1 else {
            throw NiangjiaError(.conflict, zh: "没有这一笔待核对的付款。", en: "There is no such payment to settle.")
        }
        try context.record(
            "sent_line.\(state)", about: batch.text, body: ["n": .int(Int64(n)), "note": .text(note)], in: writer)
    }
}
