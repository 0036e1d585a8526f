/// Which files of the bank's have been taken as its answer about which batch.
///
/// Two batches that pay the same people the same amounts, as every month, have lines alike: by them alone an answer fits both, and what
/// failed in one would be paid again for the other.
public enum BankAnswers {
    /// Keeps the digest of an answer with its batch, in the transaction that takes it. The same file about the same batch is a repetition
    /// and changes nothing.
    ///
    /// Throws `conflict`, naming the batch, where the file was taken for another.
    ///
    /// - Parameters:
    ///   - digest: SM3 of the file as it came.
    ///   - isAlike: whoever enters it says that the bank answered another batch in the same bytes.
    public static func keep(
        _ digest: [UInt8], of batch: ID<PayBatch>, isAlike: Bool, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let known = try writer.all("SELECT batch FROM bank_answer WHERE digest = $1 ORDER BY batch", [.blob(digest)]) {
            $0.id(0, PayBatch.self)
        }
        guard !known.contains(batch) else { return }
        if let other = known.first, !isAlike { throw try taken(for: Batches.load(other, in: writer)) }
        try writer.insert(
            into: "bank_answer", columns: ["batch", "digest", "taken_by", "taken_at", "is_alike"],
            values: [
                .id(batch), .blob(digest), .text(context.actor), .instant(context.now), .bool(!known.isEmpty),
            ])
        let alike: Value = .list(known.map { .text($0.text) })
        try context.record(
            "batch.answer", about: batch.text, body: ["digest": .text(Hex.text(digest)), "alike": alike], in: writer)
    }

    private static func taken(for other: PayBatch) -> NiangjiaError {
        NiangjiaError(
            .conflict,
            zh:
                "这份回单已登记为批次 \(other.title)(\(other.id))的结果,什么都没有登记:请核对是不是选错了文件。两个批次的回单确实逐字节相同的(向银行核实),加 --alike。",
            en: """
                This file was taken as the answer about batch \(other.title) (\(other.id)); nothing was entered. Is it the right \
                file? Where the bank did answer both in the same bytes (ask it), add --alike.
                """, place: "/batch")
    }
}
