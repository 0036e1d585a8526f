import NiangjiaCore

extension EvidenceFiles {
    /// How long after its files were named a case is there, if it ever is (milliseconds).
    static let filingTime: Int64 = 3_600_000

    /// Names files as an owner's before what names them is there, and does the work that writes it: a crash between leaves a file too
    /// many, never a case without its file. Where the work is refused, what was named for it is taken back. Neither decides anything,
    /// however often it is done: the key of a request that is refused is given back.
    ///
    /// - Parameter files: where the owner names each (`children/0/proof`), and its name.
    /// - Throws: what ``refer(to:owner:label:by:in:)`` throws, and what the work throws.
    func naming<Result: Sendable>(
        _ files: [(label: String, name: String)], of owner: String, by account: String,
        _ work: () async throws -> Result
    ) async throws -> Result {
        guard !files.isEmpty else { return try await work() }
        let store = store
        let added = try await Idempotency.$current.withValue(nil) {
            try await store.write(.interactive) { writer in
                try files.filter {
                    try EvidenceFiles.refer(to: $0.name, owner: owner, label: $0.label, by: account, in: writer)
                }.map(\.name)
            }
        }
        do {
            return try await work()
        } catch {
            // Of what failed half-way nobody can say that it had no effect.
            if HostWeb.hadNoEffect(NiangjiaError(error)) {
                let now = clock.now()
                try? await Idempotency.$current.withValue(nil) {
                    try await store.write(.interactive) { writer in
                        for name in added {
                            guard let digest = bytes(hexadecimal: name) else { continue }
                            try EvidenceFiles.takeBack(digest, of: owner, at: now, in: writer)
                        }
                    }
                }
            }
            throw error
        }
    }

    private static func takeBack(_ digest: [UInt8], of owner: String, at now: Instant, in writer: any StoreWriter)
        throws
    {
        let gone = try writer.execute(
            "DELETE FROM evidence_reference WHERE digest = $1 AND owner = $2", [.blob(digest), .text(owner)])
        guard gone == 1 else { return }
        try writer.execute(
            """
            UPDATE evidence SET references_count = references_count - 1,
            unreferenced_at = CASE WHEN references_count = 1 THEN $2 ELSE NULL END WHERE digest = $1
            """, [.blob(digest), .instant(now)])
    }

    /// Takes back what was named for filings of more than a day ago of which no case has come: the host ended meanwhile.
    static func takeBackFilings(before: Instant, at now: Instant, in writer: any StoreWriter) throws {
        let waiting = try writer.all(
            """
            SELECT r.digest, r.owner, e.added_by FROM evidence_reference r JOIN evidence e ON e.digest = r.digest
            WHERE r.owner >= 'filing:' AND r.owner < 'filing;'
            """, []
        ) { (digest: $0.blob(0), owner: $0.text(1), account: $0.text(2)) }
        for one in waiting {
            guard let id = ID<CaseFile>(one.owner.dropFirst("filing:".count)), id.madeAt <= before else { continue }
            // Who filed a case just then may have named it in that one: it stays.
            let filed = try writer.integer(
                "SELECT COUNT(*) FROM case_file WHERE filer = $1 AND submitted_at >= $2 AND submitted_at <= $3",
                [.text(one.account), .instant(id.madeAt), .instant(id.madeAt + filingTime)])
            if filed == 0 { try takeBack(one.digest, of: one.owner, at: now, in: writer) }
        }
    }
}
