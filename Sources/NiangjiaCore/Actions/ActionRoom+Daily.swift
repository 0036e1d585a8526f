extension ActionRoom {
    /// One due row for the next time of each daily action of the programs that are open.
    public func planDaily(_ context: ChangeContext) async throws {
        guard let bundle = try? await corridor.bundles.active() else { return }
        var wanted: [(subject: String, at: Instant)] = []
        for program in bundle.programs.values where [.open, .closedToNew].contains(program.status) {
            for (name, action) in bundle.plugins[program.plugin]?.manifest.actions ?? [:] {
                guard let minutes = action.daily.flatMap(ActionRoom.minutes) else { continue }
                let today = Instant(context.today, minutes: minutes)
                let next = today > context.now ? today : Instant(context.today + 1, minutes: minutes)
                wanted.append(("\(program.id)/\(name)", next))
            }
        }
        guard !wanted.isEmpty else { return }
        let due = wanted.sorted { $0.subject < $1.subject }
        try await corridor.store.write(.batch) { writer in
            for (subject, at) in due {
                let waiting = try writer.integer(
                    "SELECT COUNT(*) FROM job WHERE kind = 'daily_action' AND subject = $1 AND state = 'due'",
                    [.text(subject)])
                guard waiting == 0 else { continue }
                try Jobs.schedule(.dailyAction, subject, at: at, context, in: writer)
            }
        }
    }

    /// `07:00` as minutes of the day.
    private static func minutes(_ clock: String) -> Int? {
        let parts = clock.split(separator: ":").compactMap { Int($0) }
        return parts.count == 2 ? parts[0] * 60 + parts[1] : nil
    }
}
