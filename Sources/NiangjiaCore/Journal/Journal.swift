/// The journal: for every applied call the very bytes that went to the engine and came back, compressed and sealed under a key of
/// their own (decision 0077). Destroying that key erases the facts and leaves the commitment.
public enum Journal {
    /// A journaled call, opened.
    public struct Entry: Sendable {
        /// The program's id.
        public var program: String
        /// The digest of the plugin's files that judged, as hexadecimal text.
        public var pluginDigest: String
        /// The digest of the bundle that was active.
        public var bundle: String
        /// The script's function: `assess.<form>`, `recheck.<form>`.
        public var function: String
        /// The engine that answered: Lua release, engine build, wire version. The same bytes are promised for the same engine.
        public var engine: String
        /// When it was asked; of a run, when the run began.
        public var at: Instant
        /// What went to the engine, as wire-format.md has it.
        public var requestBytes: [UInt8]
        /// What came back, in the same format.
        public var replyBytes: [UInt8]
        /// The row of the decision that was asked for.
        public var row: Int
    }

    /// Request and reply as one sealed piece under one wrapped key, and the commitment that the chain holds: SM3 over the piece
    /// before it was sealed (compressed: a quarter of the bytes, and they say the same).
    static func seal(_ request: [UInt8], _ reply: [UInt8], context: String, crypto: any CryptoProvider) throws
        -> (bytes: [UInt8], key: [UInt8], digest: [UInt8])
    {
        let joined = SealedPair.join(try crypto.compress(request), try crypto.compress(reply))
        let (sealed, key) = try crypto.sealWithOwnKey(joined, context: Array(context.utf8))
        return (sealed, key, crypto.digest(joined))
    }

    /// The commitment to a sealed piece, taken anew. Throws when it can't be opened, or holds no request and reply.
    static func digest(ofSealed sealed: [UInt8], key: [UInt8], context: String, crypto: any CryptoProvider) throws
        -> [UInt8]
    {
        let joined = try crypto.open(sealed, wrappedKey: key, context: Array(context.utf8))
        let (request, reply) = try SealedPair.part(joined)
        _ = (try crypto.expand(request), try crypto.expand(reply))
        return crypto.digest(joined)
    }

    static func open(_ sealed: [UInt8], key: [UInt8], context: String, crypto: any CryptoProvider) throws -> (
        request: [UInt8], reply: [UInt8]
    ) {
        let joined = try crypto.open(sealed, wrappedKey: key, context: Array(context.utf8))
        let (request, reply) = try SealedPair.part(joined)
        return (try crypto.expand(request), try crypto.expand(reply))
    }

    /// Writes one interactive call.
    static func write(
        _ reply: JudgeReply, id: ID<Call>, context form: FormContext, function: String, caseID: ID<CaseFile>?,
        change: ChangeContext, in writer: any StoreWriter
    ) throws {
        let sealed = try seal(reply.requestBytes, reply.replyBytes, context: "call/\(id.text)", crypto: change.crypto)
        try writer.execute(
            """
            INSERT INTO call (id, at, program, plugin, plugin_digest, bundle, function, engine, case_id, bytes, \
            wrapped_key, digest) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            [
                .id(id), .instant(change.now), .text(form.program.id), .text(form.plugin.manifest.id),
                .text(form.plugin.digest), .text(form.bundle.digest), .text(function), .text(reply.engine), .id(caseID),
                .blob(sealed.bytes), .blob(sealed.key), .blob(sealed.digest),
            ])
        try commit(
            to: JournaledCall(
                at: change.now, program: form.program.id, plugin: form.plugin.manifest.id,
                pluginDigest: form.plugin.digest, bundle: form.bundle.digest, function: function, engine: reply.engine,
                caseID: caseID), id, sealed.digest, change, in: writer)
    }

    /// The call that judged a decision. Throws `notFound` when the decision needed no rule (out of season, a taken claim), and
    /// when its facts have been lawfully erased.
    public static func entry(of decision: ID<Decision>, crypto: any CryptoProvider, in reader: any StoreReader) throws
        -> Entry
    {
        let found = try reader.first(
            "SELECT call, run, block, row FROM decision WHERE id = $1", [.id(decision)]
        ) { row in (row.idOrNil(0, Call.self), row.idOrNil(1, Run.self), row.intOrNil(2), row.intOrNil(3)) }
        guard let found else {
            throw NiangjiaError(.notFound, zh: "没有决定 \(decision)", en: "there is no decision \(decision)")
        }
        if let call = found.0 { return try entry(call: call, row: Int(found.3 ?? 0), crypto: crypto, in: reader) }
        guard let run = found.1, let block = found.2, let row = found.3 else {
            throw NiangjiaError(
                .notFound, zh: "这项决定没有经过规则计算(例如不在申请时间内)",
                en: "no rule was asked for this decision (out of season, for instance)")
        }
        return try entry(run: run, block: block, row: Int(row), crypto: crypto, in: reader)
    }

    /// A row of one call. Throws `notFound` when there is none, or its facts have been lawfully erased.
    public static func entry(call: ID<Call>, row: Int, crypto: any CryptoProvider, in reader: any StoreReader) throws
        -> Entry
    {
        let sql = """
            SELECT program, plugin_digest, bundle, function, engine, at, bytes, wrapped_key FROM call WHERE id = $1
            """
        let found = try reader.first(sql, [.id(call)]) { columns -> Entry in
            guard let key = columns.blobOrNil(7) else { throw erased }
            let (request, reply) = try open(columns.blob(6), key: key, context: "call/\(call.text)", crypto: crypto)
            return Entry(
                program: columns.text(0), pluginDigest: columns.text(1), bundle: columns.text(2),
                function: columns.text(3),
                engine: columns.text(4), at: columns.instant(5), requestBytes: request, replyBytes: reply, row: row)
        }
        guard let found else { throw NiangjiaError(.notFound, zh: "没有调用 \(call)", en: "there is no call \(call)") }
        return found
    }

    /// A row of a block of a run.
    public static func entry(
        run: ID<Run>, block: Int64, row: Int, crypto: any CryptoProvider, in reader: any StoreReader
    ) throws
        -> Entry
    {
        let sql = """
            SELECT r.program, r.plugin_digest, r.bundle, r.form, r.engine, r.started_at, b.bytes, b.wrapped_key \
            FROM run_block b JOIN run r ON r.id = b.run WHERE b.run = $1 AND b.block = $2
            """
        let found = try reader.first(sql, [.id(run), .int(block)]) { columns -> Entry in
            guard let key = columns.blobOrNil(7) else { throw erased }
            let context = "run/\(run.text)/\(block)"
            let (request, reply) = try open(columns.blob(6), key: key, context: context, crypto: crypto)
            return Entry(
                program: columns.text(0), pluginDigest: columns.text(1), bundle: columns.text(2),
                function: "assess." + columns.text(3), engine: columns.text(4), at: columns.instant(5),
                requestBytes: request, replyBytes: reply, row: row)
        }
        guard let found else {
            throw NiangjiaError(.notFound, zh: "没有这一批次的记录", en: "there is no such block")
        }
        return found
    }

    private static var erased: NiangjiaError {
        NiangjiaError(.notFound, zh: "相关数据已依法删除", en: "the facts have been lawfully erased")
    }
}

/// Two byte strings in one: the length of the first, then both.
enum SealedPair {
    static func join(_ first: [UInt8], _ second: [UInt8]) -> [UInt8] {
        var length = UInt32(first.count).littleEndian
        return withUnsafeBytes(of: &length) { Array($0) } + first + second
    }

    static func part(_ joined: [UInt8]) throws(NiangjiaError) -> ([UInt8], [UInt8]) {
        let length = joined.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard joined.count >= 4 + length else {
            throw NiangjiaError(.store, zh: "日志记录已损坏", en: "a journal record is damaged")
        }
        return (Array(joined[4..<4 + length]), Array(joined[(4 + length)...]))
    }
}
