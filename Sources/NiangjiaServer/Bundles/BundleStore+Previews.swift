import NiangjiaCore

extension BundleStore {
    /// The forms that must be previewed before a proposal is approved, each with the preview that was made of this very content.
    func neededPreviews(of entry: BundleEntry) async throws -> [(need: Previews.Need, made: Previews.Made?)] {
        let new = try await bundle(digest: entry.digest)
        let old = if let parent = entry.parent { try await bundle(digest: parent) } else { Optional<Bundle>.none }
        let today = clock.now().date
        return try await store.read { reader in
            // A preview from before what is in force became so says nothing of the change that is approved now.
            let since = try reader.first("SELECT since FROM active_bundle WHERE name = 'city'", []) { $0.instant(0) }
            return try Previews.needed(from: old, to: new, today: today, in: reader).map { need in
                let since = since ?? Instant(milliseconds: 0)
                return (need, try Previews.newest(need, bundle: entry.digest, since: since, in: reader))
            }
        }
    }

    /// The commands that make the previews which a proposal still lacks, and what to do first where a plugin of them was read by
    /// nobody but who wrote it: a preview of which no money was told isn't one that an approval rests on.
    func missingPreviews(of entry: BundleEntry) async throws -> (commands: [String], first: LocalText?) {
        let missing = try await neededPreviews(of: entry).filter { $0.made == nil }.map(\.need)
        let commands = missing.map { need in
            "niangjia program preview \(need.program) --form \(need.form) --bundle \(entry.digest.prefix(12))"
                + (need.asOf.map { " --as-of \($0)" } ?? "")
        }
        let bundle = try await bundle(digest: entry.digest)
        let plugins = missing.compactMap { bundle.programs[$0.program]?.plugin }
        return (commands, Unread.beforeApproval(try await unread(in: bundle).intersection(plugins), entry.digest))
    }

    /// The previews on which the approval of a proposal rests, by `program/form`.
    ///
    /// - Parameter despiteFailures: whether the approver said that it comes into force though the rule failed for somebody.
    /// - Throws: `conflict` where a program that the proposal opens or changes hasn't been previewed with this very content, or the
    ///   rule failed in a preview.
    func previews(of entry: BundleEntry, despiteFailures: Bool) async throws -> [String: Previews.Made] {
        let old = if let parent = entry.parent { try await bundle(digest: parent) } else { Optional<Bundle>.none }
        let new = try await bundle(digest: entry.digest)
        try await store.read { try BundleStore.checkRemovals(from: old, to: new, in: $0) }
        let missing = try await missingPreviews(of: entry)
        guard missing.commands.isEmpty else {
            let commands = missing.commands.joined(separator: "\n  ")
            let (zh, en) = missing.first.map { ("\n" + $0.zh, "\n" + $0.en) } ?? ("", "")
            throw NiangjiaError(
                .conflict, zh: "批准之前须先按这一版内容试算(谁会受影响、要多少钱):\n  \(commands)\(zh)",
                en:
                    "Preview this very content before it is approved (whom it concerns, what it costs):\n  \(commands)\(en)"
            )
        }
        let found = Dictionary(
            uniqueKeysWithValues: try await neededPreviews(of: entry).compactMap { need, made in
                made.map { ("\(need.program)/\(need.form)", $0) }
            })
        let failed = found.filter { $0.value.totals.failed > 0 }.keys.sorted()
        guard failed.isEmpty || despiteFailures else { throw BundleStore.failures(of: failed, entry) }
        return found
    }

    /// A rule that fails is wrong, whatever else it does: it takes a word to bring it into force.
    private static func failures(of forms: [String], _ entry: BundleEntry) -> NiangjiaError {
        let (list, bundle) = (forms.joined(separator: ", "), entry.digest.prefix(12))
        return NiangjiaError(
            .conflict,
            zh:
                "试算 \(list) 时规则出错(不是拒绝):请撤回,由作者补上用例、改正后重新提交。仍要批准:niangjia config approve \(bundle) --despite-failures",
            en:
                "The rule failed in the preview of \(list) (those are no refusals): withdraw it, and have its author add a test, mend it and propose it again. To approve it all the same: niangjia config approve \(bundle) --despite-failures"
        )
    }

    /// A program is ended, and all that it promised paid, delivered and decided, before its file goes: without it none of that can be done.
    ///
    /// - Throws: `conflict`, saying of each program that would go what there still is.
    static func checkRemovals(from old: Bundle?, to new: Bundle, in reader: any StoreReader) throws {
        let gone = (old?.programs.values ?? [:].values).filter { new.programs[$0.id] == nil }.sorted { $0.id < $1.id }
        let faults = try gone.compactMap { program -> (id: String, text: LocalText)? in
            let end = "niangjia program end \(program.id)"
            let left = try Unfinished.of(program.id, in: reader).words
            guard program.status == .open || left != nil else { return nil }
            let standing = program.status == .open ? LocalText(zh: "仍开放", en: "is still open") : nil
            let owing = left.map { LocalText(zh: "还有\($0.zh)", en: "still has \($0.en)") }
            let parts = [standing, owing].compactMap(\.self)
            let (zh, en) = (parts.map(\.zh).joined(separator: ","), parts.map(\.en).joined(separator: " and "))
            let settle = owing.map { _ in
                LocalText(zh: "再付清、发完,或撤销释放、办结,", en: "then pay and deliver it, or release and close it, ")
            }
            return (
                program.id,
                LocalText(
                    zh: "项目 \(program.id) \(zh),不能删除:先 \(end),\(settle?.zh ?? "")最后删除文件。",
                    en: "\(program.id) \(en): \(end) first, \(settle?.en ?? "")and remove the file at last."
                )
            )
        }
        guard let first = faults.first else { return }
        throw NiangjiaError(
            .conflict, zh: faults.map(\.text.zh).joined(separator: "\n"),
            en: faults.map(\.text.en).joined(separator: "\n"), place: "config/programs/\(first.id).yaml")
    }

    /// What was in force at the end of a day, as the chain tells; nil: nothing yet.
    func digest(on day: CivilDate) async throws -> String? {
        try await store.read { reader in
            try reader.first(
                "SELECT about FROM chain_event WHERE kind = 'bundle.activated' AND at < $1 ORDER BY id DESC LIMIT 1",
                [.instant(Instant(day + 1))]
            ) { $0.text(0) }
        }
    }

    /// Keeps the previews with the proposal that they allow to be approved.
    func keep(_ previews: [String: Previews.Made], of entry: BundleEntry) async throws {
        let text = Value.map(previews.mapValues(KeptPreview.storedValue)).json
        try await store.write(.interactive) { writer in
            try writer.execute(
                "UPDATE bundle SET previews = $2 WHERE digest = $1 AND n = $3 AND state = 'proposed'",
                [.text(entry.digest), .text(text), .int(entry.n)])
        }
    }

    /// What an event about a bundle says: its digest, and the previews that it was approved on.
    static func body(_ digest: String, _ more: [String: Value] = [:], in reader: any StoreReader) throws -> Value {
        let previews = try reader.first(
            "SELECT previews FROM bundle WHERE digest = $1 ORDER BY n DESC LIMIT 1", [.text(digest)]
        ) { $0.text(0) }
        var members = more
        members["digest"] = .text(digest)
        let made = try previews.map { try Value(json: $0) }?.map ?? [:]
        if !made.isEmpty { members["previews"] = .map(made.mapValues { $0["content_hash"] }) }
        // Only who said so has approved it.
        let failed = made.filter { ($0.value["totals"]["failed"].int ?? 0) > 0 }.keys.sorted()
        if !failed.isEmpty { members["despite_failures"] = .list(failed.map { .text($0) }) }
        return .map(members)
    }
}
