import NiangjiaCore

extension EvidenceFiles {
    /// How the step begins by which reviewers are told that a case holds a file that another one holds; the other's id follows.
    static let sameFile = "SAME_FILE"
    /// Cases with the same file that are told, the newest.
    private static let mostTold = 20

    /// Tells the reviewers of a case, and of each other one, that both hold the same file, byte for byte: whoever handed it in. Only
    /// cases of one form that are alive are compared, since a birth certificate may well serve two programs, and no sealed ones: the
    /// same file would tell who filed them.
    static func flagRepeated(of id: ID<CaseFile>, _ change: ChangeContext, in writer: any StoreWriter) throws {
        let owners = try writer.all(
            """
            SELECT s.owner FROM evidence_reference r JOIN evidence_reference s ON s.digest = r.digest
            WHERE r.owner = $1 AND s.owner <> $1
            UNION SELECT s.owner FROM evidence_reference r JOIN evidence e ON e.digest = r.digest
            JOIN evidence o ON o.content_mac = e.content_mac JOIN evidence_reference s ON s.digest = o.digest
            WHERE r.owner = $1 AND s.owner <> $1
            """, [.text(id.text)]
        ) { $0.text(0) }
        var told = 0
        for other in owners.compactMap({ ID<CaseFile>($0) }).sorted(by: >) where told < mostTold {
            let isTold = try writer.first(
                """
                SELECT 1 FROM case_file a JOIN case_file b ON b.plugin = a.plugin AND b.form = a.form
                WHERE a.id = $1 AND b.id = $2 AND a.sealed = 0 AND b.sealed = 0
                AND b.state NOT IN ('withdrawn', 'rejected', 'refused', 'revoked', 'lapsed')
                """, [.id(id), .id(other)]
            ) { _ in true }
            guard isTold == true else { continue }
            told += 1
            for (one, another) in [(id, other), (other, id)] {
                try Cases.flag(one, "\(sameFile) \(another)", change, in: writer)
            }
        }
    }

    /// The same, of files that a case was given later.
    func flagRepeated(_ files: [(label: String, name: String)], of id: ID<CaseFile>, by account: String) async throws {
        guard !files.isEmpty else { return }
        let change = ChangeContext(now: clock.now(), actor: account, ids: ids, crypto: crypto)
        try await store.write(.interactive) { try EvidenceFiles.flagRepeated(of: id, change, in: $0) }
    }
}
