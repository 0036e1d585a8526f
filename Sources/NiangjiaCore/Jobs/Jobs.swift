/// What falls due, by kind.
public enum JobKind: String, Hashable, Sendable, CaseIterable {
    /// The public notice of a case ends.
    case noticeEnd = "notice_end"
    /// An approved bundle takes effect.
    case bundleEffective = "bundle_effective"
    /// Evidence files that nothing names are removed.
    case evidenceSweep = "evidence_sweep"
    /// A case has stayed in a stage for as long as it may.
    case stageDue = "stage_due"
    /// A plugin's daily action.
    case dailyAction = "daily_action"
    /// Entries have closed, or the season has ended: entrants are served together.
    case allot
    /// Places were given back or added: who waits is served.
    case promote
    /// A form's standing decisions are looked at again.
    case recheck
    /// Goods that nobody has come for fall.
    case lapse
    /// Somebody has died: what they hold and haven't used is given back.
    case death
    /// A program decides for those who never applied (免申即享); the subject is program, form and day.
    case automatic

    /// What happens to jobs that fell due while the host was down.
    public enum MissedRule: String, Sendable {
        /// Each is done as soon as the host is up, late.
        case doLate
        /// Only the newest of a daily kind is done: the others would find the same.
        case doNewestOnly
    }

    /// What is done about those that were missed.
    public var missedRule: MissedRule {
        switch self {
        case .noticeEnd, .bundleEffective, .allot, .promote, .stageDue, .death: .doLate
        case .evidenceSweep, .recheck, .lapse, .automatic, .dailyAction: .doNewestOnly
        }
    }
}

/// A row that has fallen due.
public struct Job: Identified {
    /// Of ids in text: `job-…`.
    public static let idPrefix = "job"
    /// The row.
    public var id: ID<Job>
    /// What is to be done.
    public var kind: JobKind
    /// What it is about, one due row for each.
    public var subject: String
    /// When it fell due.
    public var due: Instant
    /// What it needs to know.
    public var body: Value
    /// How often it has failed.
    public var attempts: Int64
}

/// Due times: rows that one leased scheduler takes.
public enum Jobs {
    /// Asks for something to be done at a time; one due row for a kind and subject, the later request moving it.
    public static func schedule(
        _ kind: JobKind, _ subject: String, at due: Instant, body: Value = .map([:]), _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let id: ID<Job> = context.ids.next()
        try writer.execute(
            """
            INSERT INTO job (id, kind, subject, due_at, body) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (kind, subject) WHERE state = 'due' DO UPDATE SET due_at = $4, body = $5
            """,
            [.id(id), .text(kind.rawValue), .text(subject), .instant(due), .text(body.json)])
    }

    /// Takes back what was asked for.
    public static func cancel(_ kind: JobKind, _ subject: String, in writer: any StoreWriter) throws {
        try writer.execute(
            "UPDATE job SET state = 'dropped' WHERE kind = $1 AND subject = $2 AND state = 'due'",
            [.text(kind.rawValue), .text(subject)])
    }

    /// What has fallen due, the earliest first.
    public static func due(at now: Instant, limit: Int, in reader: any StoreReader) throws -> [Job] {
        try reader.all(
            """
            SELECT id, kind, subject, due_at, body, attempts FROM job WHERE state = 'due' AND due_at <= $1
            ORDER BY due_at, id LIMIT $2
            """, [.instant(now), .int(Int64(limit))]
        ) { row in
            JobKind(rawValue: row.text(1)).map { kind in
                Job(
                    id: row.id(0), kind: kind, subject: row.text(2), due: row.instant(3),
                    body: (try? Value(json: row.text(4))) ?? .null, attempts: row.int(5))
            }
        }.compactMap { $0 }
    }

    /// Marks a job done. False when another process was faster.
    public static func finish(_ job: Job, now: Instant, in writer: any StoreWriter) throws -> Bool {
        try writer.execute(
            // One that was moved to a later day meanwhile isn't done.
            "UPDATE job SET state = 'done', done_at = $2 WHERE id = $1 AND state = 'due' AND due_at <= $2",
            [.id(job.id), .instant(now)])
            == 1
    }

    /// After this many tries a job is left for a person.
    public static let attemptLimit: Int64 = 8

    /// Puts a job that failed off: a minute, two, four …; after ``attemptLimit`` tries it stays failed and `doctor` says so.
    public static func postpone(_ job: Job, error: String, now: Instant, in writer: any StoreWriter) throws {
        let delay = Int64(60_000) << min(job.attempts, 7)
        let state = job.attempts + 1 >= attemptLimit ? "failed" : "due"
        try writer.execute(
            "UPDATE job SET attempts = attempts + 1, due_at = $2, error = $3, state = $4 WHERE id = $1 AND state = 'due'",
            [.id(job.id), .instant(now + delay), .text(error), .text(state)])
    }
}
