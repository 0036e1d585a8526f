/// What a suspended program (暂停) holds back: nothing of it is granted, put into a batch, sent to the bank or handed over. What the bank
/// has already goes on, and what ends a case without giving anything stays possible.
extension Corridor {
    /// Whether the configuration in force suspends a program. One that it doesn't have isn't.
    public func isSuspended(_ program: String) async throws -> Bool {
        try await bundles.active().programs[program]?.status == .suspended
    }

    /// How long a job of a suspended program rests before it is looked at again (milliseconds).
    static let suspendedRest: Int64 = 10 * 60_000

    /// Puts a job off while its program is suspended: many of them, due all the time, would stand before everybody else's. Whether
    /// it was.
    func putOff(_ job: Job, whileSuspended program: String) async throws -> Bool {
        guard try await isSuspended(program) else { return false }
        let now = clock.now()
        try await store.write(.batch) { writer in
            // What has been put off for longer meanwhile (a later stage of the same case) isn't pulled forward.
            try writer.execute(
                "UPDATE job SET due_at = $1 WHERE id = $2 AND state = 'due' AND due_at <= $3",
                [.instant(now + Corridor.suspendedRest), .id(job.id), .instant(now)])
        }
        return true
    }

    /// - Throws: `conflict` while a program is suspended.
    public func checkRunning(_ program: String) async throws {
        guard try await isSuspended(program) else { return }
        throw NiangjiaError(
            .conflict,
            zh:
                "项目 \(program) 已暂停:暂停期间不核准、不制单、不导出、不发放;申请可以退回、不予通过或撤回。恢复须先 niangjia program open \(program),再批准",
            en:
                "the program \(program) is suspended: nothing of it is granted, batched, exported or handed over meanwhile; cases may be sent back, rejected or withdrawn. Open it again first (niangjia program open \(program), and its approval)"
        )
    }
}
