/// The numbered record of what has left for the bank, and the guard that a restored store stands under.
///
/// The store alone can't know that it is older than yesterday: each export also stands in a ledger beside the store, and its
/// number on the printed sheet. A store whose own record ends before theirs exports nothing (decision 0039).
public enum Exports {
    /// The number of the last export; 0 before the first.
    public static func last(in reader: any StoreReader) throws -> Int64 {
        try reader.integer("SELECT MAX(seq) FROM export_log") ?? 0
    }

    /// The export's number of a batch; nil when it wasn't exported.
    public static func number(of batch: ID<PayBatch>, in reader: any StoreReader) throws -> Int64? {
        try reader.integer("SELECT seq FROM export_log WHERE batch = $1", [.id(batch)])
    }

    /// Whether only a bank's answer told of an export, entered after a restore.
    public static func isFromAnswer(_ batch: ID<PayBatch>, in reader: any StoreReader) throws -> Bool {
        try reader.integer("SELECT 1 FROM export_log WHERE batch = $1 AND source = 'answer'", [.id(batch)]) == 1
    }

    /// Numbers an export in the transaction that hands it over.
    static func append(
        _ batch: ID<PayBatch>, digest: [UInt8], count: Int, total: Money, at: Instant, source: String,
        in writer: any StoreWriter
    ) throws {
        try writer.execute(
            """
            INSERT INTO export_log (seq, batch, digest, line_count, total, exported_at, source)
            VALUES ((SELECT COALESCE(MAX(seq), 0) + 1 FROM export_log), $1, $2, $3, $4, $5, $6)
            """,
            [.id(batch), .blob(digest), .int(Int64(count)), .money(total), .instant(at), .text(source)])
    }

    /// What ties the store to its folder; nil before the store was first opened by a host.
    public static func nonce(in reader: any StoreReader) throws -> String? {
        try reader.first("SELECT nonce FROM export_guard WHERE id = 1", []) { $0.text(0) }
    }

    /// Names a new store; one that has its name keeps it.
    public static func name(_ nonce: String, at now: Instant, in writer: any StoreWriter) throws {
        try writer.execute(
            "INSERT INTO export_guard (id, nonce, since) VALUES (1, $1, $2) ON CONFLICT DO NOTHING",
            [.text(nonce), .instant(now)])
    }

    /// Whether the store was restored and is still to learn what was exported since its backup.
    public static func isRestored(in reader: any StoreReader) throws -> Bool {
        try reader.first("SELECT state FROM export_guard WHERE id = 1", []) { $0.text(0) } == "restored"
    }

    /// Marks a store as restored from a backup.
    public static func markRestored(
        from file: String, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        try name(Hex.text(context.crypto.random(8)), at: context.now, in: writer)
        try writer.execute(
            "UPDATE export_guard SET state = 'restored', since = $1 WHERE id = 1", [.instant(context.now)])
        try context.record("store.restored", about: "", body: ["digest": .text(file)], in: writer)
    }

    /// Lets a restored store export again: what was exported since its backup has been entered.
    ///
    /// - Parameter head: the head of the last sheet, as whoever unlocks it read it there.
    public static func release(head: String, _ context: ChangeContext, in writer: any StoreWriter) throws {
        try writer.execute("UPDATE export_guard SET state = 'open', since = $1 WHERE id = 1", [.instant(context.now)])
        try context.record(
            "exports.entered", about: "", body: ["last": .int(try last(in: writer)), "head": .text(head)], in: writer)
    }

    static let restored = NiangjiaError(
        .conflict, zh: "数据库是从备份恢复的:先补登此后的导出(niangjia batch entered),在此之前不导出。",
        en:
            "The store was restored from a backup: enter what was exported since (niangjia batch entered) before any export."
    )

    /// What an export sent, from the store itself.
    public static func sent(
        _ seq: Int64, head: String, in reader: any StoreReader, _ crypto: any CryptoProvider
    ) throws -> SentExport {
        let found = try reader.first("SELECT batch, exported_at FROM export_log WHERE seq = $1", [.int(seq)]) {
            (batch: $0.id(0, PayBatch.self), at: $0.instant(1))
        }
        guard let found else {
            throw NiangjiaError(.notFound, zh: "没有第 \(seq) 号导出。", en: "There is no export \(seq).")
        }
        let batch = try Batches.load(found.batch, in: reader)
        let lines = try Batches.storedLines(of: batch.id, in: reader).map { line in
            let open = try Batches.open(line, of: batch.id, crypto)
            return SentExport.Line(
                n: line.n,
                identity: SentExport.Identity(
                    payment: line.payment.id, entitlement: line.payment.entitlement, ordinal: line.payment.ordinal,
                    revision: line.payment.revision, attempt: line.payment.attempt), account: open.account,
                amount: line.amount, remark: line.remark)
        }
        return SentExport(
            seq: seq, batch: batch.id, year: batch.year, number: batch.number, program: batch.program,
            exportedAt: found.at, head: head, lines: lines)
    }
}
