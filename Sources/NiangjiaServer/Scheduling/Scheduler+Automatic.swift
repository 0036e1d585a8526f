import NiangjiaCore

/// Programs that decide for those who never applied (免申即享), once a day where their file says so.
extension Scheduler {
    /// A due row for each of today, once.
    func planAutomatic() async throws {
        guard let bundle = try? await host.bundles.active() else { return }
        let context = host.context("scheduler")
        let today = context.today
        let due = bundle.programs.values.filter { $0.status == .open }.flatMap { program in
            bundle.batchForms(of: program.id).compactMap { form -> (String, Instant)? in
                let rules = program.rules(for: form)
                guard rules.season.contains(today), let minutes = Scheduler.minutes(rules.automatic) else { return nil }
                return ("\(program.id)/\(form)/\(today)", Instant(today, minutes: minutes))
            }
        }
        guard !due.isEmpty else { return }
        try await host.store.write(.batch) { writer in
            for (subject, instant) in due {
                let known = try writer.integer(
                    "SELECT COUNT(*) FROM job WHERE kind = 'automatic' AND subject = $1", [.text(subject)])
                guard known == 0 else { continue }
                try Jobs.schedule(.automatic, subject, at: instant, context, in: writer)
            }
        }
    }

    /// `06:30` as minutes of the day.
    static func minutes(_ time: String?) -> Int? {
        let parts = (time ?? "").split(separator: ":").compactMap { Int($0) }
        guard parts.count == 2, (0..<24).contains(parts[0]), (0..<60).contains(parts[1]) else { return nil }
        return parts[0] * 60 + parts[1]
    }

    /// Decides for who never applied. A day that was missed is not made up: today's finds the same people.
    func decideAutomatically(_ job: Job) async throws {
        let parts = job.subject.split(separator: "/").map(String.init)
        guard parts.count == 3, CivilDate(parts[2]) == host.clock.now().date else { return }
        let bundle = try await host.bundles.active()
        // What was taken back from the file since is not done.
        guard let program = bundle.programs[parts[0]], program.status == .open,
            bundle.batchForms(of: parts[0]).contains(parts[1]), program.rules(for: parts[1]).automatic != nil
        else { return }
        let report = try await host.corridor.decide(program: parts[0], form: parts[1], by: .host, automatic: true)
        let granted = report.totals.granted + report.totals.limited
        say(
            LocalText(
                zh: "免申即享 \(parts[0])/\(parts[1]):核准 \(granted) 人、\(report.totals.amount) 元(\(report.run))",
                en:
                    "decided unasked \(parts[0])/\(parts[1]): \(granted) granted, \(report.totals.amount) yuan (\(report.run))"
            )
        )
    }
}
