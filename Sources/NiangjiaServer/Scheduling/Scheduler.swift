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

    /// What a round found that a person should know.
    struct Round: Sendable {
        /// Mistakes of the folder: the approved bundle goes on.
        var folder: [LocalText] = []
        /// Parts of the round that failed; the others were done, and these are tried again in the next.
        var faults: [LocalText] = []
    }

    /// Runs until cancelled.
    public func run() async {
        var told = Round()
        var factPagesDue = host.clock.now()
        while !Task.isCancelled {
            let isDue = host.clock.now() >= factPagesDue
            if isDue { factPagesDue = host.clock.now() + Scheduler.factPagesInterval }
            let round = await tick(refreshesPages: isDue)
            // The same every two seconds would tell nobody anything.
            if round.folder != told.folder, !round.folder.isEmpty {
                say(
                    LocalText(
                        zh: "配置文件夹未被采用,仍按已批准的配置运行:", en: "The folder isn't heeded; the approved bundle goes on:"))
                round.folder.forEach(say)
            }
            round.faults.filter { !told.faults.contains($0) }.forEach(say)
            told = round
            try? await Task.sleep(for: .milliseconds(Scheduler.interval))
        }
    }

    /// One round. Each part is done whatever became of the others: one case that can't be dealt with holds up no message, no job and
    /// nobody else's case.
    func tick(refreshesPages: Bool = false) async -> Round {
        var round = Round()
        func part(_ work: () async throws -> Void) async {
            do { try await work() } catch is CancellationError {} catch {
                let failure = NiangjiaError(error)
                round.faults.append(
                    LocalText(zh: "后台任务:\(failure.message.zh)", en: "background work: \(failure.message.en)"))
            }
        }
        var isMine = false
        await part { isMine = try await renew() }
        guard isMine else { return round }
        var folder: [LocalText] = []
        await part {
            let seen = try await host.bundles.look(at: host.folder)
            folder = seen.isBehind ? [FolderState.behind] : seen.errors
        }
        round.folder = folder
        // Notices carry their last day themselves: whatever ended while the host was down is decided now.
        await part { _ = try await host.corridor.endNotices() }
        await part { try await host.corridor.serveQueues() }
        await part { _ = try await host.corridor.closeFulfilled() }
        var left: [LocalText] = []
        await part { left = try await Batches.followAll(host.context("scheduler"), in: host.store) }
        round.faults += left
        await part { try await plan() }
        await part { try await planAutomatic() }
        await part { try await runDue() }
        // What was done just now has its next time at once.
        await part { try await host.corridor.planDue() }
        await part { try await OutboxDelivery(host).deliver() }
        if refreshesPages { await part { try await FactPages.refresh(in: host.store) } }
        return round
    }

    /// Renews the host's leases. Returns whether this host is the one that schedules.
    private func renew() async throws -> Bool {
        let (holder, now) = (host.holder, host.clock.now())
        return try await host.store.write(.batch) { writer in
            try writer.execute(
                "UPDATE lease SET renewed_at = $2, until = $3 WHERE holder = $1 AND name LIKE 'host:%'",
                [.text(holder), .instant(now), .instant(now + Host.leaseLength)])
            return try Lease.take(
                "scheduler", holder: holder, now: now, milliseconds: Scheduler.leaseLength, in: writer)
        }
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
            } catch is CancellationError {
                // It hasn't failed: it stays due, and goes on from where it is when the host starts again.
                say(
                    LocalText(
                        zh: "任务 \(job.kind.rawValue) \(job.subject):随服务停下,下次启动后接着办。",
                        en: "job \(job.kind.rawValue) \(job.subject): stopped with the host; it goes on at the next."))
                return
            } catch {
                let failure = NiangjiaError(error)
                try await host.store.write(.batch) { writer in
                    try Jobs.postpone(job, error: failure.description, now: now, in: writer)
                }
                say(
                    LocalText(
                        zh: "任务 \(job.kind.rawValue) \(job.subject):\(failure.description)",
                        en: "job \(job.kind.rawValue) \(job.subject): \(failure.message.en)"))
            }
        }
    }

    /// Returns whether the job is finished; else it stays due and goes on in the next round.
    private func perform(_ job: Job) async throws -> Bool {
        switch job.kind {
        case .bundleEffective: try await host.bundles.takeEffect(job.subject)
        case .evidenceSweep:
            _ = try await host.evidence.sweep()
            try await host.imports.sweep()
            let before = host.clock.now() + -Idempotency.kept
            try await host.store.write(.batch) { _ = try Idempotency.forget(before: before, in: $0) }
        case .automatic: try await decideAutomatically(job)
        case .dailyAction:
            let names = job.subject.split(separator: "/").map(String.init)
            if names.count == 2 {
                _ = try await host.actions.run(
                    program: names[0], action: names[1], input: [:], by: .host, due: job)
            }
        case .noticeEnd, .allot, .promote, .recheck, .lapse, .stageDue, .death:
            return try await host.corridor.perform(job)
        }
        return true
    }
}
