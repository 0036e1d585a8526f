import NiangjiaCore

extension BundleStore {
    /// Proposes files as the next bundle.
    ///
    /// - Parameters:
    ///   - policy: the number of the paper that asks for the change.
    ///   - effectiveOn: the day from which it holds; nil: as soon as it is approved.
    ///   - fromFolder: whether the folder holds these changes.
    ///   - tests: what the tests of new plugins show, for whoever approves. Asked once nothing else stands against the proposal:
    ///     they take seconds.
    /// - Throws: `configuration` with every mistake; `conflict` when nothing has changed.
    public func propose(
        _ files: [String: [UInt8]], by account: String, policy: String? = nil, effectiveOn: CivilDate? = nil,
        fromFolder: Bool = true,
        tests: (_ proposed: Bundle, _ active: Bundle?) async throws -> [LocalText] = { _, _ in [] }
    ) async throws -> BundleEntry {
        let reading = try await read(files)
        guard let bundle = reading.bundle, reading.report.isUsable else {
            throw reading.report.error
                ?? NiangjiaError(.configuration, zh: "配置有误。", en: "The configuration has mistakes.")
        }
        if let problem = try await fundProblems(of: bundle).first {
            throw NiangjiaError(
                .conflict, zh: problem.message.zh, en: problem.message.en, place: problem.place)
        }
        let digest = loader.digest(of: files)
        let before = try await activeDigest()
        guard digest != before else {
            throw BundleStore.unchanged
        }
        let active = if let before { try await self.bundle(digest: before) } else { Optional<Bundle>.none }
        // What is in force says whether a second person is needed: a change can't loosen the rule that judges it.
        let needsSecond = (active ?? bundle).city.approval != .demo
        let older = needsSecond ? try await checkVersions(of: bundle) : []
        let context = ChangeContext(now: clock.now(), actor: account, ids: ids, crypto: crypto)
        if needsSecond, effectiveOn == nil {
            // What the books would refuse on approval is refused now.
            try await rehearse { try BundleStore.follow(from: active, to: bundle, context, in: $0) }
        }
        let summary =
            try BundleDifference.words(from: active, to: bundle, files: files) + older + (await tests(bundle, active))
        let proposal = Proposal(
            files: files, digest: digest, parent: before, policy: policy, effectiveOn: effectiveOn, summary: summary,
            fromFolder: fromFolder)
        try await store.write(.interactive) { writer in
            try BundleStore.keep(proposal, context, in: writer)
            guard !needsSecond else { return }
            if effectiveOn == nil {
                try BundleStore.activate(
                    digest, replacing: before, (active, bundle), context, in: writer)
            } else {
                try BundleStore.setState(
                    digest, from: .proposed, to: .approved, effectiveOn: effectiveOn, context, in: writer)
            }
        }
        return try await entry(digest)
    }

    /// Brings the books behind what comes into force: programs that go owe nothing, and fund lines are as it says.
    private static func follow(
        from old: Bundle?, to new: Bundle, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        try checkRemovals(from: old, to: new, in: writer)
        try FundLines.bring(from: old?.funds ?? FundsSettings(), to: new.funds, context, in: writer)
    }

    /// Runs a change and undoes it: throws what it would throw.
    private func rehearse(_ change: @escaping @Sendable (any StoreWriter) throws -> Void) async throws {
        struct Undone: Error {}
        do {
            try await store.write(.interactive) { writer in
                try change(writer)
                throw Undone()
            }
        } catch is Undone { return }
    }

    /// What is written of a proposal.
    private struct Proposal {
        var files: [String: [UInt8]]
        var digest: String
        var parent: String?
        var policy: String?
        var effectiveOn: CivilDate?
        var summary: [LocalText]
        var fromFolder: Bool
    }

    private static func keep(
        _ proposal: Proposal, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let words = Value.list(proposal.summary.map { ["zh-CN": .text($0.zh), "en": .text($0.en)] })
        // A newer proposal of the folder takes the place of one that nobody has signed for.
        try writer.execute(
            "UPDATE bundle SET state = 'declined' WHERE state = 'proposed' AND proposed_by = $1 AND digest <> $2",
            [.text(folderAuthor), .text(proposal.digest)])
        for (path, content) in proposal.files.sorted(by: { $0.key < $1.key }) {
            let file = context.crypto.digest(content)
            try writer.execute(
                "INSERT INTO bundle_file (digest, content) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING",
                [.blob(file), .blob(content)])
            try writer.execute(
                "INSERT INTO bundle_member (bundle, path, file) VALUES ($1, $2, $3) ON CONFLICT (bundle, path) DO NOTHING",
                [.text(proposal.digest), .text(path), .blob(file)])
        }
        guard let n = try place(for: proposal.digest, context, in: writer) else { return }
        try writer.execute(
            """
            INSERT INTO bundle (digest, parent, proposed_by, proposed_at, policy, effective_on, state, summary, from_folder, n)
            VALUES ($1, $2, $3, $4, $5, $6, 'proposed', $7, $8, $9)
            ON CONFLICT (digest, n) DO UPDATE SET parent = $2, proposed_by = $3, proposed_at = $4, policy = $5,
              effective_on = $6, summary = $7, from_folder = $8
            """,
            [
                .text(proposal.digest), .optional(proposal.parent), .text(context.actor), .instant(context.now),
                .optional(proposal.policy), .date(proposal.effectiveOn), .text(words.json),
                .int(proposal.fromFolder ? 1 : 0), .int(n),
            ])
        let parent: Value = proposal.parent.map { .text($0) } ?? .null
        try context.record(
            "bundle.proposed", about: proposal.digest,
            body: ["digest": .text(proposal.digest), "parent": parent, "changes": words], in: writer)
    }

    /// Which time this is that a content is proposed: what was said of it before stays as it was. Whoever signs for a change of the
    /// folder takes that very proposal as their own; what somebody proposed and waits is taken back by proposing it again. Nil where
    /// nothing is to be written: a look at the folder that was under way doesn't take somebody's name from a proposal.
    private static func place(for digest: String, _ context: ChangeContext, in writer: any StoreWriter) throws -> Int64?
    {
        let last = try writer.first(
            "SELECT n, state, proposed_by FROM bundle WHERE digest = $1 ORDER BY n DESC LIMIT 1", [.text(digest)]
        ) { (n: $0.int(0), state: BundleEntry.State(rawValue: $0.text(1)), by: $0.text(2)) }
        guard let last else { return 1 }
        switch last.state {
        // Somebody was quicker.
        case .active: throw unchanged
        case .proposed where context.actor != folderAuthor && last.by == folderAuthor: return last.n
        case .proposed?, .approved?:
            guard context.actor != folderAuthor else { return nil }
            try setState(
                digest, from: last.state ?? .proposed, to: .withdrawn, effectiveOn: nil, context, in: writer)
            return last.n + 1
        default: return last.n + 1
        }
    }

    private static let unchanged = NiangjiaError(
        .conflict, zh: "与生效中的配置相同,没有可提交的修改。", en: "Nothing differs from what is in force.")

    /// Approves a proposal, as a second person, and makes it active, or due on its day.
    ///
    /// - Parameter despiteFailures: whether it comes into force though the rule failed in a preview; the chain says so.
    /// - Throws: `forbidden` for whoever proposed it, and for a change that nobody has signed for; `conflict` when somebody else has
    ///   just approved it, another bundle has become active meanwhile, or the rule failed in a preview.
    public func approve(_ prefix: String, by account: Account, despiteFailures: Bool = false) async throws
        -> BundleEntry
    {
        _ = try account.actor(for: .approveProposal)
        let entry = try await entry(prefix)
        do {
            return try await approve(entry, by: account, despiteFailures)
        } catch let error as NiangjiaError where error.code == .conflict {
            // Whoever comes second at the same moment is told what has happened, not what it did to the check that failed.
            let now = try await self.entry(entry.digest)
            switch now.state {
            case .approved, .active: throw BundleStore.approvedAlready(now)
            case .stale: throw BundleStore.stale
            default: throw error
            }
        }
    }

    static func approvedAlready(_ entry: BundleEntry) -> NiangjiaError {
        let (by, at) = (entry.decidedBy ?? "-", entry.decidedAt.map { "\($0)" } ?? "-")
        return NiangjiaError(
            .conflict, zh: "这一版配置已由 \(by) 批准(\(at)),现为“\(entry.state.title.zh)”,不必再批准。",
            en:
                "This bundle has just been approved by \(by), at \(at): it is \(entry.state.title.en), and nothing is left to approve."
        )
    }

    private func approve(_ entry: BundleEntry, by account: Account, _ despiteFailures: Bool) async throws
        -> BundleEntry
    {
        guard entry.state != .stale else { throw BundleStore.stale }
        guard entry.state == .proposed else {
            throw NiangjiaError(.conflict, zh: "这一版配置不在待批准状态。", en: "This bundle isn't waiting for approval.")
        }
        guard entry.parent == (try await activeDigest()) else { throw BundleStore.stale }
        guard entry.proposedBy != BundleStore.folderAuthor else { throw BundleStore.unsigned }
        let areTwo = try await store.read { reader in
            try Access.areTwoPeople(entry.proposedBy, account.id, in: reader)
        }
        guard areTwo else {
            throw NiangjiaError(
                .forbidden, zh: "提交人不能批准自己的修改:需要另一人登录。",
                en: "Whoever proposed a change can't approve it: another person must sign in.")
        }
        let previews = try await previews(of: entry, despiteFailures: despiteFailures)
        // Whoever approves a bundle trusts its plugins too: each comes into force under a pinned digest.
        try await pin(of: entry, by: account)
        try await keep(previews, of: entry)
        if let day = entry.effectiveOn, day > clock.now().date {
            try await setState(entry, to: .approved, by: account.id)
        } else {
            try await activate(entry, by: account.id)
        }
        return try await self.entry(entry.digest)
    }

    static let stale = NiangjiaError(
        .conflict,
        zh: "这一版已过时:提交之后另一版配置已生效,批准它会把那一版的修改改回去。仍然需要的修改请按现在生效的配置重新提交:niangjia config propose;项目的开办、停办等请重新办理一次。",
        en:
            "This proposal is stale: another bundle has become active since, and this one would turn its changes back. Propose what is still wanted again, on what is in force now: niangjia config propose; what opens or closes a program is asked for once more."
    )

    /// Makes an approved bundle active whose day has come.
    func takeEffect(_ digest: String) async throws {
        let entry = try await entry(digest)
        // It may have been taken back, and approved again for another day.
        guard entry.state == .approved, entry.effectiveOn.map({ $0 <= clock.now().date }) ?? true else { return }
        try await activate(entry, by: entry.decidedBy ?? "scheduler")
    }

    /// Moves the pointer, if it still stands where the proposal was made, and the proposal is the one that was looked at: the same
    /// content may have been proposed anew by somebody else meanwhile.
    func activate(_ entry: BundleEntry, by account: String) async throws {
        let context = ChangeContext(now: clock.now(), actor: account, ids: ids, crypto: crypto)
        let new = try await bundle(digest: entry.digest)
        let old = if let before = entry.parent { try await bundle(digest: before) } else { Optional<Bundle>.none }
        try await store.write(.interactive) {
            try BundleStore.check(entry, in: $0)
            try BundleStore.activate(entry.digest, replacing: entry.parent, (old, new), context, in: $0)
        }
    }

    /// Throws `conflict` unless a proposal is still the newest of its content, in the state in which it was looked at.
    private static func check(_ entry: BundleEntry, in reader: any StoreReader) throws {
        let state = try reader.first(
            "SELECT state FROM bundle WHERE digest = $1 AND n = $2", [.text(entry.digest), .int(entry.n)]
        ) { $0.text(0) }
        guard state == entry.state.rawValue else { throw changed }
    }

    private static func activate(
        _ digest: String, replacing before: String?, _ contents: (old: Bundle?, new: Bundle),
        _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let pointer = try pointer(in: writer)
        guard pointer?.digest == before else {
            throw stale
        }
        if let pointer {
            let moved = try writer.execute(
                """
                UPDATE active_bundle SET digest = $2, version = version + 1, since = $3, by = $4
                WHERE name = 'city' AND version = $1
                """, [.int(pointer.version), .text(digest), .instant(context.now), .text(context.actor)])
            guard moved == 1 else {
                throw NiangjiaError(.conflict, zh: "配置刚刚被他人更换。", en: "The bundle has just been changed.")
            }
            try writer.execute(
                "UPDATE bundle SET state = 'retired' WHERE digest = $1 AND state = 'active'", [.text(pointer.digest)])
        } else {
            try writer.execute(
                "INSERT INTO active_bundle (name, version, digest, since, by) VALUES ('city', 1, $1, $2, $3)",
                [.text(digest), .instant(context.now), .text(context.actor)])
        }
        let isActive = try writer.execute(
            """
            UPDATE bundle SET state = 'active', decided_by = $2, decided_at = $3
            WHERE digest = $1 AND state IN ('proposed', 'approved')
            """, [.text(digest), .text(context.actor), .instant(context.now)])
        guard isActive == 1 else { throw changed }
        // Where the folder brought it, the folder is one with what is in force.
        try writer.execute(
            """
            UPDATE active_bundle SET folder = digest WHERE name = 'city' AND EXISTS (SELECT 1 FROM bundle b
            WHERE b.digest = active_bundle.digest AND b.state = 'active' AND b.from_folder = 1)
            """, [])
        try retireProposals(replacedBy: digest, context, in: writer)
        try follow(from: contents.old, to: contents.new, context, in: writer)
        try context.record(
            "bundle.activated", about: digest,
            body: body(digest, ["replaces": before.map { .text($0) } ?? .null], in: writer), in: writer)
    }

    private static let changed = NiangjiaError(.conflict, zh: "状态已变。", en: "Its state has changed.")

    /// What was proposed on another bundle than the one in force can't become active any more: it is said now, not found out on
    /// the day that it was to hold from.
    private static func retireProposals(
        replacedBy active: String, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let stale = try writer.all(
            """
            SELECT digest FROM bundle WHERE state IN ('proposed', 'approved') AND digest <> $1
            AND parent IS DISTINCT FROM $1 ORDER BY digest
            """, [.text(active)]
        ) { $0.text(0) }
        for digest in stale {
            try writer.execute(
                "UPDATE bundle SET state = 'stale' WHERE digest = $1 AND state IN ('proposed', 'approved')",
                [.text(digest)])
            try context.record(
                "bundle.stale", about: digest, body: ["digest": .text(digest), "active": .text(active)], in: writer)
        }
    }

    /// Takes back a proposal that waits, for approval or for its day.
    ///
    /// - Throws: `conflict` for a bundle that waits for nothing.
    public func withdraw(_ prefix: String, by account: Account) async throws -> BundleEntry {
        _ = try account.actor(for: .propose)
        let entry = try await entry(prefix)
        guard entry.state == .proposed || entry.state == .approved else {
            throw NiangjiaError(
                .conflict, zh: "这一版配置不在待批准或待生效状态,不能撤回。",
                en: "This bundle waits neither for approval nor for its day: there is nothing to withdraw.")
        }
        try await setState(entry, to: .withdrawn, by: account.id)
        return try await self.entry(entry.digest)
    }

    private func setState(_ entry: BundleEntry, to state: BundleEntry.State, by account: String) async throws {
        let context = ChangeContext(now: clock.now(), actor: account, ids: ids, crypto: crypto)
        try await store.write(.interactive) {
            try BundleStore.check(entry, in: $0)
            try BundleStore.setState(
                entry.digest, from: entry.state, to: state, effectiveOn: entry.effectiveOn, context, in: $0)
        }
    }

    private static func setState(
        _ digest: String, from: BundleEntry.State, to state: BundleEntry.State, effectiveOn: CivilDate?,
        _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let written = try writer.execute(
            "UPDATE bundle SET state = $3, decided_by = $4, decided_at = $5 WHERE digest = $1 AND state = $2",
            [
                .text(digest), .text(from.rawValue), .text(state.rawValue), .text(context.actor),
                .instant(context.now),
            ])
        guard written == 1 else { throw changed }
        if state == .approved, let effectiveOn {
            try Jobs.schedule(.bundleEffective, digest, at: Instant(effectiveOn), context, in: writer)
        }
        try context.record("bundle.\(state.rawValue)", about: digest, body: body(digest, in: writer), in: writer)
    }
}
