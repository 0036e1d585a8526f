import NiangjiaCore
import NiangjiaExchange

/// What is asked of an export.
struct AskedExport: Sendable {
    var batch: ID<PayBatch>
    /// The same files as at first.
    var again: Bool
    /// The bank's template.
    var format: BankFormat
    /// Whether the same request was cut off before, and goes on.
    var goesOn: Bool
}

/// A batch and its files for the bank, made beside other people's writes: what the bank's template can't hold stops the export, and
/// so does a batch that has changed by the time its money is put in transit. Of two who export at once one hears that it was done.
struct LeavingBatch: Sendable {
    let export: BatchExport
    let files: [BankFile]
    /// SM3 of the files, one after another.
    let digest: [UInt8]
    /// Whether it leaves now, or left when the same was asked before and cut off.
    let isFirst: Bool
    /// Nil: it is out already.
    private let prepared: PreparedExport?
    /// Whether nothing was written for it yet.
    private let isUnwritten: Bool

    /// Reads it, and refuses what must not leave, or not once more.
    init(_ asked: AskedExport, knowsDeaths: Bool, _ context: ChangeContext, in reader: any StoreReader) throws {
        let crypto = context.crypto
        let batch = try Batches.load(asked.batch, in: reader)
        let isOut = batch.state == .exported || batch.state == .settled
        let isResumed = isOut && asked.goesOn && batch.exportedBy == context.actor
        let first = WrittenFile(of: batch)
        guard !isOut || asked.again || isResumed else { throw first?.refusal ?? Batches.alreadyExported(batch) }
        guard try !Exports.isFromAnswer(batch.id, in: reader) else { throw BankFiles.isAnswered }
        prepared =
            isOut
            ? nil
            : try Batches.prepareExport(
                batch.id, accountOf: { try PayeeAccounts.account(of: $0, in: $1, crypto) }, knowsDeaths: knowsDeaths,
                context, in: reader)
        export = try prepared?.export ?? Batches.lines(of: batch.id, in: reader, crypto)
        files = try BankFiles.files(export, asked.format, on: batch.exportedAt?.date ?? context.today)
        digest = crypto.digest(files.flatMap(\.bytes))
        if let first, digest != first.digest { throw first.differs }
        isFirst = !isOut || isResumed && !asked.again
        isUnwritten = first == nil && batch.state != .settled
    }

    /// Puts its money in transit and notes its files, in one transaction.
    func enter(_ context: ChangeContext, in writer: any StoreWriter) throws {
        if let prepared {
            try Batches.handOver(prepared, context, in: writer)
        } else if !isFirst {
            try context.record("batch.file_again", about: export.batch.text, body: .map([:]), in: writer)
        }
        guard isUnwritten else { return }
        let names = files.map(\.name).joined(separator: ", ")
        try Batches.fileMade(export.batch, name: names, digest: digest, context, in: writer)
    }
}
