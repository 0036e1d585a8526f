import NiangjiaCore

extension BundleStore {
    /// The previews on which the approval of a proposal rests, by `program/form`.
    ///
    /// - Throws: `conflict` where a program that the proposal opens or changes hasn't been previewed with this very content.
    func previews(of entry: BundleEntry) async throws -> [String: Previews.Made] {
        let new = try await bundle(digest: entry.digest)
        let old = if let parent = entry.parent { try await bundle(digest: parent) } else { Optional<Bundle>.none }
        let found = try await store.read { reader in
            try Previews.needed(from: old, to: new, in: reader).map { need in
                (need, try Previews.newest(need, bundle: entry.digest, in: reader))
            }
        }
        let missing = found.filter { $0.1 == nil }.map(\.0)
        guard missing.isEmpty else {
            let commands = missing.map {
                "niangjia program preview \($0.program) --form \($0.form) --bundle \(entry.digest.prefix(12))"
            }.joined(separator: "\n  ")
            throw NiangjiaError(
                .conflict, zh: "批准之前须先按这一版内容试算(谁会受影响、要多少钱):\n  \(commands)",
                en: "Preview this very content before it is approved (whom it concerns, what it costs):\n  \(commands)",
                place: missing.map { "\($0.program)/\($0.form)" }.joined(separator: ", "))
        }
        return Dictionary(
            uniqueKeysWithValues: found.compactMap { need, made in made.map { ("\(need.program)/\(need.form)", $0) } })
    }

    /// Keeps the previews with the proposal that they allow to be approved.
    func keep(_ previews: [String: Previews.Made], of digest: String) async throws {
        let text = Value.map(previews.mapValues(\.value)).json
        try await store.write(.interactive) { writer in
            try writer.execute(
                "UPDATE bundle SET previews = $2 WHERE digest = $1 AND state = 'proposed'",
                [.text(digest), .text(text)])
        }
    }

    /// What an event about a bundle says: its digest, and the previews that it was approved on.
    static func body(_ digest: String, _ more: [String: Value] = [:], in reader: any StoreReader) throws -> Value {
        let previews = try reader.first("SELECT previews FROM bundle WHERE digest = $1", [.text(digest)]) { $0.text(0) }
        var members = more
        members["digest"] = .text(digest)
        let hashes = try previews.map { try Value(json: $0) }?.map ?? [:]
        if !hashes.isEmpty { members["previews"] = .map(hashes.mapValues { $0["content_hash"] }) }
        return .map(members)
    }
}

extension Previews.Made {
    /// For the store, `--json` and the API.
    var value: Value {
        [
            "content_hash": .text(contentHash), "by": .text(account), "at": .text(at.description),
            "as_of": .text(asOf.description), "considered": .int(Int64(considered)), "granted": .int(Int64(granted)),
            "amount_fen": .int(amount.fen),
        ]
    }
}
