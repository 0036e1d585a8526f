/// What the chain holds of the journal: for each call and block a digest of its bytes and one of the columns beside them.
///
/// The bytes themselves lie outside the chain under keys of their own. Where the event of a call was lawfully erased, its key
/// must be gone too.
extension Journal {
    static let callKind = "journal.call"
    static let judgedKind = "run.judged"
    static let appliedKind = "run.block"

    /// What authenticates the sealed columns of a block: they belong to this block and no other.
    static func linesContext(_ run: ID<Run>, _ block: Int64) -> [UInt8] {
        Array("run_block.lines/\(run.text)/\(block)".utf8)
    }

    static func outcomesContext(_ run: ID<Run>, _ block: Int64) -> [UInt8] {
        Array("run_block.outcomes/\(run.text)/\(block)".utf8)
    }

    static func commit(
        to call: JournaledCall, _ id: ID<Call>, _ digest: [UInt8], _ change: ChangeContext, in writer: any StoreWriter
    ) throws {
        let body: Value = ["digest": .text(Hex.text(digest)), "row": .text(call.digest(change.crypto))]
        try change.record(callKind, about: id.text, body: body, in: writer)
    }

    static func commit(
        toJudged block: JournaledBlock, _ run: ID<Run>, _ number: Int64, _ digest: [UInt8], _ change: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let body: Value = [
            "block": .int(number), "digest": .text(Hex.text(digest)), "row": .text(block.digest(change.crypto)),
        ]
        try change.record(judgedKind, about: run.text, body: body, in: writer)
    }

    /// In the transaction that applies a block: its outcomes will not change any more.
    static func commit(
        toApplied run: ID<Run>, _ number: Int64, _ change: ChangeContext, in writer: any StoreWriter
    ) throws {
        let found = try writer.first(
            "SELECT digest, outcomes FROM run_block WHERE run = $1 AND block = $2", [.id(run), .int(number)]
        ) { (digest: $0.blob(0), outcomes: $0.blob(1)) }
        let body: Value = [
            "block": .int(number), "digest": .text(Hex.text(found?.digest ?? [])),
            "outcomes": .text(Hex.text(change.crypto.digest(found?.outcomes ?? []))),
        ]
        try change.record(appliedKind, about: run.text, body: body, in: writer)
    }
}

extension Journal {
    /// Erases the facts of calls for good, as the law may demand: keys, bytes and digests go, and with them the body of the
    /// chain's event (its digest could be guessed from). That it was done, and on which grounds, is an event of its own.
    ///
    /// Throws `not_found` for a call that the chain doesn't know.
    public static func erase(
        calls: [ID<Call>], grounds: String, _ change: ChangeContext, in writer: any StoreWriter
    ) throws {
        let sequence = try calls.map { id in
            let seq = try writer.integer(
                "SELECT seq FROM chain_event WHERE about = $1 AND kind = '\(callKind)'", [.text(id.text)])
            guard let seq else { throw NiangjiaError(.notFound, zh: "没有调用 \(id)", en: "there is no call \(id)") }
            try writer.execute(
                "UPDATE call SET wrapped_key = NULL, bytes = $1, digest = $1 WHERE id = $2", [.blob([]), .id(id)])
            return seq
        }
        try Chain.erase(
            sequence, grounds: grounds, actor: change.actor, at: change.now, ids: change.ids, crypto: change.crypto,
            in: writer)
    }
}

/// The columns of `call` beside its bytes.
struct JournaledCall {
    var at: Instant
    var program: String
    var plugin: String
    var pluginDigest: String
    var bundle: String
    var function: String
    var engine: String
    var caseID: ID<CaseFile>?

    func digest(_ crypto: any CryptoProvider) -> String {
        let columns: Value = [
            .int(at.milliseconds), .text(program), .text(plugin), .text(pluginDigest), .text(bundle), .text(function),
            .text(engine), caseID.map { .int($0.rawValue) } ?? .null,
        ]
        return Hex.text(crypto.digest(Array(columns.json.utf8)))
    }
}

/// The columns of `run_block` that are settled when it has been judged.
struct JournaledBlock {
    var first: Int64
    var last: Int64
    var count: Int64
    /// Sealed.
    var lines: [UInt8]

    func digest(_ crypto: any CryptoProvider) -> String {
        let columns: Value = [.int(first), .int(last), .int(count), .text(Hex.text(crypto.digest(lines)))]
        return Hex.text(crypto.digest(Array(columns.json.utf8)))
    }
}
