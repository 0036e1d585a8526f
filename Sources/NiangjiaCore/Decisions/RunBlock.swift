/// A judged block of a run, ready to be written: compressed and sealed before the writer's turn comes.
struct RunBlock: Sendable {
    var number: Int64
    var lines: BlockLines
    var judgements: Judgements
    var alreadyDecided: Int
    var engine: String?
    /// The bytes of request and reply, sealed under the wrapped key, and their commitment.
    var bytes: [UInt8]
    var key: [UInt8]
    var digest: [UInt8]
    var sealedLines: [UInt8]

    /// Seals a judged block of a run.
    init(_ block: Sweep.Block, run: ID<Run>, number: Int64, crypto: any CryptoProvider) throws {
        self.number = number
        lines = block.lines
        judgements = block.judgements
        alreadyDecided = block.alreadyDecided
        engine = block.reply?.engine
        let request = block.reply?.requestBytes ?? []
        let reply = block.reply?.replyBytes ?? []
        let sealed = try Journal.seal(request, reply, context: "run/\(run.text)/\(number)", crypto: crypto)
        (bytes, key, digest) = (sealed.bytes, sealed.key, sealed.digest)
        sealedLines = try crypto.seal(
            try crypto.compress(block.lines.bytes), purpose: .sensitive, context: Journal.linesContext(run, number))
    }

    /// Writes the block, once. False when it is there already.
    func insert(run: ID<Run>, isApplied: Bool, _ change: ChangeContext, in writer: any StoreWriter) throws -> Bool {
        let inserted = try writer.execute(
            """
            INSERT INTO run_block (run, block, first_subject, last_subject, count, bytes, wrapped_key, lines, digest, state) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING
            """,
            [
                .id(run), .int(number), .int(lines.first), .int(lines.last), .int(Int64(lines.count)), .blob(bytes),
                .blob(key), .blob(sealedLines), .blob(digest),
                .text((isApplied ? BlockHead.State.applied : .judged).rawValue),
            ])
        guard inserted == 1 else { return false }
        try Journal.commit(
            toJudged: JournaledBlock(
                first: lines.first, last: lines.last, count: Int64(lines.count), lines: sealedLines),
            run, number, digest, change, in: writer)
        try writer.execute(
            "UPDATE run SET blocks = $1, considered = considered + $2, engine = COALESCE($3, engine), state = 'judging' WHERE id = $4",
            [.int(number + 1), .int(Int64(lines.count)), .optional(engine), .id(run)])
        return true
    }

    /// What is kept of a block between judging and applying.
    struct Kept: Sendable {
        var lines: BlockLines
        var judgements: Judgements
        /// Once settled.
        var settled: SettledBlock?
    }

    /// Reads a block back: the rule's word comes from the journaled reply itself.
    static func load(
        _ number: Int64, run: ID<Run>, context: FormContext, corridor: Corridor, in reader: any StoreReader
    ) throws -> Kept {
        let crypto = corridor.crypto
        let found = try reader.first(
            "SELECT lines, bytes, wrapped_key, outcomes FROM run_block WHERE run = $1 AND block = $2",
            [.id(run), .int(number)]
        ) { ($0.blob(0), $0.blob(1), $0.blobOrNil(2), $0.blobOrNil(3)) }
        guard let (sealedLines, bytes, key, sealedOutcomes) = found, let key else { throw NumberReader.damaged }
        let lines = try BlockLines(
            bytes: try crypto.expand(
                try crypto.open(sealedLines, purpose: .sensitive, context: Journal.linesContext(run, number))))
        let reply = try Journal.open(bytes, key: key, context: "run/\(run.text)/\(number)", crypto: crypto).reply
        let said =
            reply.isEmpty
            ? nil
            : try corridor.judge.judgements(reply, plugin: context.plugin, function: "assess." + context.form.name)
                .checked(for: context.form)
        let settled = try sealedOutcomes.map { sealed in
            try SettledBlock(
                bytes: try crypto.expand(
                    try crypto.open(sealed, purpose: .sensitive, context: Journal.outcomesContext(run, number))))
        }
        return Kept(lines: lines, judgements: Sweep.Block.judgements(lines, said), settled: settled)
    }

    /// Keeps what settle made of a block, so that a killed run applies the very same.
    static func keep(
        _ settled: SettledBlock, of number: Int64, run: ID<Run>, crypto: any CryptoProvider, in writer: any StoreWriter
    ) throws {
        let sealed = try crypto.seal(
            try crypto.compress(settled.bytes), purpose: .sensitive, context: Journal.outcomesContext(run, number))
        try writer.execute(
            "UPDATE run_block SET outcomes = $1 WHERE run = $2 AND block = $3",
            [.blob(sealed), .id(run), .int(number)])
    }
}
