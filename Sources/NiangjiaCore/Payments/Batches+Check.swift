/// What a batch was found to be, and as of which version of it.
public struct InspectedBatch: Sendable {
    /// The batch as it was read.
    public var batch: PayBatch
    /// What was found.
    public var check: BatchCheck
}

/// The check of a batch: read beside other people's writes, noted in a moment if the batch is still the same.
extension Batches {
    /// Compares count and sum with the lines and the entitlements, looks for duplicates, and asks `luhn` about each account
    /// number. Changes nothing. Throws `conflict` for a batch that is past its check.
    public static func inspect(
        _ id: ID<PayBatch>, luhn: (String) -> Bool, _ crypto: any CryptoProvider, in reader: any StoreReader
    ) throws -> InspectedBatch {
        let batch = try load(id, in: reader)
        guard [.building, .built, .checked].contains(batch.state) else { throw wrongState(batch) }
        let stored = try storedLines(of: id, in: reader)
        let total = stored.reduce(Money.zero) { $0 + $1.amount }
        var findings = try sumFindings(of: batch, stored.count, total, in: reader)
        var firstWith: [[UInt8]: StoredLine] = [:]
        var seen: Set<ID<Entitlement>> = []
        for line in stored { findings += try lineFindings(of: line, in: id, luhn: luhn, crypto, &firstWith, &seen) }
        findings += try deceased(in: id, in: reader).map(deceasedFinding)
        return InspectedBatch(
            batch: batch, check: BatchCheck(count: stored.count, total: total, findings: findings))
    }

    /// Inspects a batch that was built: it is `checked` unless a finding blocks it. In one transaction.
    public static func check(
        _ id: ID<PayBatch>, luhn: (String) -> Bool, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> BatchCheck {
        let inspected = try inspect(id, luhn: luhn, context.crypto, in: writer)
        guard inspected.batch.state != .building else { throw wrongState(inspected.batch) }
        return try note(inspected, context, in: writer)
    }

    /// The same, reading the lines beside other people's writes. Throws `conflict` where the batch has changed meanwhile.
    public static func check(
        _ id: ID<PayBatch>, luhn: @escaping @Sendable (String) -> Bool, _ context: ChangeContext, in store: any Store
    ) async throws -> BatchCheck {
        let inspected = try await store.read { try inspect(id, luhn: luhn, context.crypto, in: $0) }
        guard inspected.batch.state != .building else { throw wrongState(inspected.batch) }
        return try await store.write(.batch) { writer in
            try refuseChanged(inspected.batch, in: writer)
            return try note(inspected, context, in: writer)
        }
    }

    /// Throws `conflict` where a batch isn't any more what was read: what was found of it, or written from it, is of another.
    static func refuseChanged(_ read: PayBatch, in reader: any StoreReader) throws {
        let now = try load(read.id, in: reader)
        guard now.version != read.version else { return }
        guard now.state == read.state else { throw wrongState(now) }
        throw NiangjiaError(
            .conflict, zh: "批次 \(now.title) 刚刚被别人改过,没有办理:请重新办理。",
            en: "Batch \(now.title) has just been changed by somebody else; nothing was done: do it again.")
    }

    /// Writes down what was found of a batch that is built by now.
    static func note(
        _ inspected: InspectedBatch, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> BatchCheck {
        let (batch, check) = (try load(inspected.batch.id, in: writer), inspected.check)
        if check.isPassed, batch.state == .built { try move(batch, to: .checked, in: writer) }
        let body: Value = [
            "passed": .bool(check.isPassed), "findings": .int(Int64(check.findings.count)),
            "count": .int(Int64(check.count)), "total": .int(check.total.fen),
        ]
        try context.record("batch.checked", about: batch.id.text, body: body, in: writer)
        return check
    }

    /// What blocks a batch, as a refusal.
    static func failedCheck(_ inspected: InspectedBatch) -> NiangjiaError {
        let (batch, blocking) = (inspected.batch, inspected.check.findings.filter(\.blocks))
        func told(_ language: Language, _ separator: String) -> String {
            blocking.prefix(3).map { $0.text[language] }.joined(separator: separator)
        }
        return NiangjiaError(
            .conflict,
            zh:
                "批次 \(batch.title) 没有通过检查(\(blocking.count) 项):\(told(.zh, ";"))。请先取出这些笔:niangjia batch refresh \(batch.id)。",
            en:
                "Batch \(batch.title) doesn't pass its check (\(blocking.count) findings): \(told(.en, "; ")). Take those lines out first: niangjia batch refresh \(batch.id)."
        )
    }

    private static func sumFindings(
        of batch: PayBatch, _ count: Int, _ total: Money, in reader: any StoreReader
    ) throws -> [BatchCheck.Finding] {
        let entitled = try reader.integer(
            """
            SELECT sum(e.amount) FROM payment p JOIN unfolded_entitlement e ON e.id = p.entitlement
            WHERE p.batch = $1 AND p.state = 'batched' AND e.state = 'batched' AND e.revision = p.revision
            """, [.id(batch.id)])
        guard count != batch.count || total != batch.total || entitled != total.fen else { return [] }
        let text = LocalText(
            zh: "笔数或金额不符:\(count) 笔 \(total) 元,批次登记 \(batch.count) 笔 \(batch.total) 元",
            en: "count or sum differ: \(count) lines, \(total) yuan; entered \(batch.count), \(batch.total)")
        return [.init(code: "SUM", n: nil, text: text, blocks: true)]
    }

    private static func lineFindings(
        of line: StoredLine, in batch: ID<PayBatch>, luhn: (String) -> Bool, _ crypto: any CryptoProvider,
        _ firstWith: inout [[UInt8]: StoredLine], _ seen: inout Set<ID<Entitlement>>
    ) throws -> [BatchCheck.Finding] {
        var found: [BatchCheck.Finding] = []
        func add(_ code: String, blocks: Bool, zh: String, en: String) {
            let text = LocalText(zh: "第 \(line.n) 笔:" + zh, en: "line \(line.n): " + en)
            found.append(.init(code: code, n: line.n, text: text, blocks: blocks))
        }
        if !seen.insert(line.payment.entitlement).inserted {
            add("DUPLICATE_PAYMENT", blocks: true, zh: "同一笔待遇出现两次", en: "the same entitlement twice")
        }
        if line.holder.isEmpty { add("ACCOUNT_NAME", blocks: true, zh: "缺户名", en: "no account holder") }
        do {
            if !luhn(try open(line, of: batch, crypto).account.number) {
                add("LUHN", blocks: false, zh: "卡号校验位不对", en: "the card number's check digit is wrong")
            }
        } catch let error as NiangjiaError where error.code == .unreadable {
            // Damaged or edited past the host: it goes to no bank, and the others needn't wait for it.
            add("ACCOUNT_UNREADABLE", blocks: true, zh: "账号打不开", en: "the account can't be opened")
        }
        if let first = firstWith[line.accountMAC] {
            let sameHolder = first.holder == line.holder
            add(
                "SHARED_ACCOUNT", blocks: !sameHolder,
                zh: "与第 \(first.n) 笔账号相同" + (sameHolder ? "" : ",户名不同"),
                en: "same account as line \(first.n)" + (sameHolder ? "" : ", another holder"))
        } else {
            firstWith[line.accountMAC] = line
        }
        return found
    }
}
