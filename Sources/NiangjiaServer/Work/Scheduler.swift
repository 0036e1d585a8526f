import NiangjiaCore

/// The host's own work: one leased loop that takes rows that have fallen due, looks at the folder and empties the outbox.
public struct Scheduler: Sendable {
    /// How often it looks (milliseconds).
    public static let interval: Int64 = 2_000
    private static let leaseLength: Int64 = 30_000
    /// How often pages of facts that a change has made stale are made anew (milliseconds).
    private static let factPagesInterval: Int64 = 60_000

    let host: Host
    /// What it has to say: one line for each thing that a person should know.
    let say: @Sendable (LocalText) -> Void

    init(_ host: Host, say: @escaping @Sendable (LocalText) -> Void) {
        self.host = host
        self.say = say
    }

    /// Runs until cancelled.
    public func run() async {
        var told: [LocalText] = []
        var factPagesDue = host.clock.now()
        while !Task.isCancelled {
            do {
                let errors = try await tick()
                if host.clock.now() >= factPagesDue {
                    try await FactPages.refresh(in: host.store)
                    factPagesDue = host.clock.now() + Scheduler.factPagesInterval
                }
                if errors != told, !errors.isEmpty {
                    say(
                        LocalText(
                            zh: "配置文件夹未被采用,仍按已批准的配置运行:", en: "The folder isn't heeded; the approved bundle goes on:"))
                    errors.forEach(say)
                }
                told = errors
            } catch let error as NiangjiaError {
                say(LocalText(zh: "后台任务:\(error.message.zh)", en: "background work: \(error.message.en)"))
            } catch { say(LocalText(zh: "后台任务:\(error)", en: "background work: \(error)")) }
            try? await Task.sleep(for: .milliseconds(Scheduler.interval))
        }
    }

    /// One round. Returns the mistakes of the folder.
    func tick() async throws -> [LocalText] {
        let (holder, now) = (host.holder, host.clock.now())
        let isMine = try await host.store.write(.batch) { writer in
            try writer.execute(
                "UPDATE lease SET renewed_at = $2, until = $3 WHERE holder = $1 AND name LIKE 'host:%'",
                [.text(holder), .instant(now), .instant(now + Host.leaseLength)])
            return try Lease.take(
                "scheduler", holder: holder, now: now, milliseconds: Scheduler.leaseLength, in: writer)
        }
        guard isMine else { return [] }
        let folder = try await host.bundles.look(at: host.folder)
        let errors = folder.isBehind ? [FolderState.behind] : folder.errors
        // Notices carry their last day themselves: whatever ended while the host was down is decided now.
        _ = try await host.corridor.endNotices()
        _ = try await host.corridor.closeFulfilled()
        try await plan()
        try await planAutomatic()
        try await runDue()
        // What was done just now has its next time at once.
        try await host.corridor.planDue()
        try await OutboxDelivery(host).deliver()
        return errors
    }

    /// Daily work is a due row like any other: one for the coming night, whenever there is none.
    private func plan() async throws {
        let context = host.context("scheduler")
        let night = Instant(context.today + 1, minutes: 3 * 60)
        try await host.store.write(.batch) { writer in
            let waiting = try writer.integer("SELECT COUNT(*) FROM job WHERE kind = 'evidence_sweep' AND state = 'due'")
            guard waiting == 0 else { return }
            try Jobs.schedule(.evidenceSweep, "daily", at: night, context, in: writer)
        }
        try await host.actions.planDaily(context)
    }

    /// Does what has fallen due; a failure is put off and doesn't hold up the rest.
    func runDue() async throws {
        let now = host.clock.now()
        let jobs = try await host.store.read { reader in try Jobs.due(at: now, limit: 500, in: reader) }
        for job in jobs {
            do {
                guard try await perform(job) else { continue }
                _ = try await host.store.write(.batch) { writer in try Jobs.finish(job, now: now, in: writer) }
            } catch {
                let text = (error as? NiangjiaError)?.description ?? "\(error)"
                try await host.store.write(.batch) { writer in
                    try Jobs.postpone(job, error: text, now: now, in: writer)
                }
                say(
                    LocalText(
                        zh: "任务 \(job.kind.rawValue) \(job.subject):\(text)",
                        en: "job \(job.kind.rawValue) \(job.subject): \((error as? NiangjiaError)?.message.en ?? text)")
                )
            }
        }
    }

    /// Returns whether the job is finished; else it stays due and goes on in the next round.
    private func perform(_ job: Job) async throws -> Bool {
        switch job.kind {
        case .bundleEffective: try await host.bundles.takeEffect(job.subject)
        case .evidenceSweep:
            _ = try await host.evidence.sweep()
            let before = host.clock.now() + -Idempotency.kept
            try await host.store.write(.batch) { _ = try Idempotency.forget(before: before, in: $0) }
        case .automatic: try await decideAutomatically(job)
        case .dailyAction:
            let names = job.subject.split(separator: "/").map(String.init)
            if names.count == 2 {
                _ = try await host.actions.run(program: names[0], action: names[1], input: [:], by: .host)
            }
        case .noticeEnd, .allot, .promote, .recheck, .lapse, .stageDue: return try await host.corridor.perform(job)
        }
        return true
    }
}
