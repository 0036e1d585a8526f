/// Due times of Core's own: places, rechecks, goods that nobody collects. The scheduler takes the rows; what is done about them,
/// and what was missed while the host was down, stands here.
extension Corridor {
    /// Sees to it that what recurs every day has its next due row. What was missed while the host was down is one row, done late
    /// as of now: the days between would find the same.
    public func planDue() async throws {
        let bundle = try await bundles.active()
        let now = clock.now()
        var wanted: [(kind: JobKind, subject: String, body: Value, at: Instant)] = []
        for program in bundle.programs.values.sorted(by: { $0.id < $1.id }) where program.status != .suspended {
            for form in bundle.plugins[program.plugin]?.manifest.forms.values.sorted(by: { $0.name < $1.name }) ?? [] {
                let body: Value = ["program": .text(program.id), "form": .text(form.name)]
                let subject = program.id + "/" + form.name
                if let recheck = form.recheck {
                    wanted.append((.recheck, subject, body, Corridor.next(recheck.daily, after: now)))
                }
                if form.delivery?.withinDays != nil || form.delivery?.until != nil {
                    wanted.append((.lapse, subject, body, Corridor.next("00:30", after: now)))
                }
            }
        }
        let (pools, due) = try await store.read { reader in
            (
                try reader.all("SELECT key FROM counter WHERE kind = 'places' AND waiting > 0 ORDER BY key") {
                    $0.text(0)
                },
                Set(
                    try reader.all("SELECT kind, subject FROM job WHERE state = 'due'") {
                        $0.text(0) + " " + $0.text(1)
                    })
            )
        }
        // Places that were added to a record meanwhile go to who waits.
        wanted += pools.map { (.promote, $0, .map([:]), Corridor.next("01:00", after: now)) }
        let missing = wanted.filter { !due.contains($0.kind.rawValue + " " + $0.subject) }
        guard !missing.isEmpty else { return }
        try await store.write(.batch) { writer in
            let change = self.change(by: .host)
            for row in missing {
                try Jobs.schedule(row.kind, row.subject, at: row.at, body: row.body, change, in: writer)
            }
        }
    }

    /// The next moment at a time of day (`21:00`, Shanghai).
    static func next(_ clock: String, after now: Instant) -> Instant {
        let pieces = clock.split(separator: ":").compactMap { Int($0) }
        let minutes = pieces.count == 2 ? pieces[0] * 60 + pieces[1] : 0
        let today = Instant(now.date, minutes: minutes)
        return today > now ? today : Instant(now.date + 1, minutes: minutes)
    }

    /// Does a due job of Core's own. Returns whether it is finished; else it stays due and goes on in the next round. Throws for
    /// a kind that isn't Core's.
    public func perform(_ job: Job) async throws -> Bool {
        let (program, form) = (job.body["program"].text ?? "", job.body["form"].text ?? "")
        // Neither is planned again before the program goes on.
        if [.lapse, .recheck].contains(job.kind), try await isSuspended(program) { return true }
        switch job.kind {
        case .noticeEnd: _ = try await endNotices()
        case .promote: try await promote(pool: job.subject)
        case .allot:
            guard try await !putOff(job, whileSuspended: program) else { return false }
            return try await allot(program: program, form: form)
        case .lapse: try await lapseDeliveries(program: program, form: form)
        case .recheck: return try await recheck(job, program: program, form: form)
        case .stageDue: return try await stageDue(job)
        case .death: return try await giveBack(job)
        case .bundleEffective, .evidenceSweep, .automatic, .dailyAction:
            throw NiangjiaError(.internal, zh: "不是核心的任务", en: "not a job of Core's", cause: job.kind.rawValue)
        }
        return true
    }

    /// A slice of a day's recheck. The row remembers as of when it is done and how far it has come.
    private func recheck(_ job: Job, program: String, form: String) async throws -> Bool {
        let moment = job.body["at"].text.flatMap { Instant($0) } ?? clock.now()
        let after = job.body["after"].text.flatMap { ID<Decision>($0) }
        let report = try await recheck(program: program, form: form, after: after, at: moment)
        var totals = job.body["totals"].map ?? [:]
        for (name, count) in [
            ("considered", report.considered), ("revoked", report.revoked), ("failed", report.failed),
        ] { totals[name] = .int((totals[name]?.int ?? 0) + Int64(count)) }
        let body: Value = [
            "program": .text(program), "form": .text(form), "at": .text(moment.description),
            "after": report.last.map { .text($0.text) } ?? .null, "totals": .map(totals),
        ]
        let isDone = report.last == nil
        let tells = isDone && totals["considered"]?.int != 0
        try await store.write(.batch) { writer in
            try writer.execute(
                "UPDATE job SET body = $1 WHERE id = $2 AND state = 'due'", [.text(body.json), .id(job.id)])
            if tells {
                try self.change(by: .host).record("recheck.done", about: job.id.text, body: body, in: writer)
            }
        }
        return isDone
    }

    /// Does everything that has fallen due by now, Core's own jobs and notices, and plans what recurs: for whoever has no
    /// scheduler (plugin tests).
    public func performDue() async throws {
        _ = try await endNotices()
        // Each round may make others due at once: an allotment frees places, a recheck promotes.
        for _ in 0..<50 {
            let now = clock.now()
            let own = JobKind.allCases.filter {
                ![.bundleEffective, .evidenceSweep, .automatic, .dailyAction].contains($0)
            }
            let jobs = try await store.read { try Jobs.due(at: now, limit: 100, in: $0) }.filter {
                own.contains($0.kind)
            }
            guard !jobs.isEmpty else { break }
            for job in jobs where try await perform(job) {
                _ = try await store.write(.batch) { try Jobs.finish(job, now: now, in: $0) }
            }
        }
        try await serveQueues()
        _ = try await closeFulfilled()
        try await planDue()
    }
}
