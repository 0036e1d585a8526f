/// A form over everybody in scope, block by block in key order: gather and judge, the half that decide, preview and diff share.
struct Sweep: Sendable {
    /// Rows that are judged in one message, and kept in one journal block.
    static let blockSize = 4096

    let corridor: Corridor
    let context: FormContext
    let asOf: CivilDate

    /// One judged block.
    struct Block: Sendable {
        var firstSubject: Int64
        var lastSubject: Int64
        var lines: [JudgedLine]
        var reply: JudgeReply?
        /// Subjects that an earlier run of this form decided for this very date.
        var alreadyDecided: Int
    }

    /// Reads and judges the next block after a subject; nil at the end. `run` names the block in the journal.
    func block(after last: Int64, run: ID<Run>?, number: Int64) async throws -> Block? {
        let gatherer = try Gatherer(context)
        let found = try await corridor.store.read { reader in try self.gather(after: last, gatherer, in: reader) }
        guard let found else { return nil }
        var reply: JudgeReply?
        if found.gathered.facts.count > 0 {
            reply = try await corridor.judge.judge(
                JudgeRequest(
                    plugin: context.plugin, function: "assess." + context.form.name, settings: found.gathered.settings,
                    settingsIndex: found.gathered.settingsIndex, facts: found.gathered.facts,
                    calendar: context.bundle.calendar), lane: .batch)
        }
        let lines = found.gathered.lines.enumerated().map { n, line -> JudgedLine in
            let intake = IntakeLine(line: n, subject: line.subject, element: .null)
            guard let row = line.row, let reply, row < reply.judgements.count else {
                return JudgedLine(
                    intake: intake, gathered: line, judgement: Judgement(.incomplete, code: HostReason.missingFact),
                    source: .host)
            }
            return JudgedLine(
                intake: intake, gathered: line, judgement: reply.judgements[row].checked(for: context.form),
                source: run.map { .run($0, block: number, row: row) } ?? .host)
        }
        return Block(
            firstSubject: found.first, lastSubject: found.last, lines: lines, reply: reply,
            alreadyDecided: found.already)
    }

    private struct Found {
        var gathered: Gathered
        var first: Int64
        var last: Int64
        var already: Int
    }

    private func gather(after last: Int64, _ gatherer: Gatherer, in reader: any StoreReader) throws -> Found? {
        let rows = try gatherer.page(after: last, limit: Sweep.blockSize, in: reader)
        guard let first = rows.first, let end = rows.last else { return nil }
        if let late = rows.first(where: { $0.validFrom > asOf }) {
            throw NiangjiaError(
                .invalid,
                zh:
                    "\(asOf) 的资料没有完整保存(例如 \(SubjectRef(try context.subjectKind(), late.id)) 自 \(late.validFrom) 起才有记录),不能按这一天计算",
                en:
                    "the register for \(asOf) isn't kept in full (\(SubjectRef(try context.subjectKind(), late.id)) is recorded from \(late.validFrom) on): choose a later date"
            )
        }
        let kind = try context.subjectKind()
        let decided = Set(
            try reader.all(
                """
                SELECT subject FROM decision WHERE subject_kind = $1 AND subject >= $2 AND subject <= $3 AND series = $4 \
                AND form = $5 AND on_date = $6 AND run IS NOT NULL AND state = 'standing'
                """,
                [
                    .text(kind.rawValue), .int(first.id), .int(end.id), .text(context.program.series),
                    .text(context.form.name), .date(asOf),
                ]
            ) { $0.int(0) })
        let open = rows.filter { !decided.contains($0.id) }
        let now = Instant(asOf)
        let shared = Intake(batchOn: asOf, submittedAt: now)
        let gathered = try gatherer.gather(
            open, intakes: [shared],
            lineOf: { IntakeLine(line: $0, subject: SubjectRef(kind, open[$0].id), element: .null) }, in: reader)
        return Found(gathered: gathered, first: first.id, last: end.id, already: rows.count - open.count)
    }
}

extension Intake {
    /// What all rows of a batch share: no form was filled in, the date is the sweep's.
    init(batchOn date: CivilDate, submittedAt: Instant) {
        lines = []
        fields = [:]
        applicant = nil
        unit = nil
        serving = nil
        self.submittedAt = submittedAt
        onDate = date
        waived = []
    }
}

/// Counts of outcomes, as preview and decide print them.
public struct SweepTotals: Hashable, Sendable {
    public var considered = 0
    public var granted = 0
    public var limited = 0
    public var refused = 0
    public var review = 0
    public var waitlisted = 0
    public var incomplete = 0
    public var failed = 0
    public var alreadyDecided = 0
    public var amount = Money.zero
    public var byReason: [String: Int] = [:]

    public init() {}

    mutating func count(_ outcome: Outcome) {
        considered += 1
        switch outcome.result {
        case .granted: granted += 1
        case .limited: limited += 1
        case .refused: refused += 1
        case .review: review += 1
        case .waitlisted: waitlisted += 1
        case .incomplete: incomplete += 1
        case .failed: failed += 1
        }
        if outcome.stands { amount += outcome.amount }
        if let code = outcome.code { byReason[code, default: 0] += 1 }
    }

    /// Canonical JSON for the store.
    var json: String {
        Value.map([
            "considered": .int(Int64(considered)), "granted": .int(Int64(granted)), "limited": .int(Int64(limited)),
            "refused": .int(Int64(refused)), "review": .int(Int64(review)), "waitlisted": .int(Int64(waitlisted)),
            "incomplete": .int(Int64(incomplete)), "failed": .int(Int64(failed)),
            "already_decided": .int(Int64(alreadyDecided)), "amount_fen": .int(amount.fen),
            "by_reason": .map(byReason.mapValues { .int(Int64($0)) }),
        ]).json
    }

    init(json: String) throws {
        let value = try Value(json: json)
        func number(_ name: String) -> Int { Int(value[name].int ?? 0) }
        considered = number("considered")
        granted = number("granted")
        limited = number("limited")
        refused = number("refused")
        review = number("review")
        waitlisted = number("waitlisted")
        incomplete = number("incomplete")
        failed = number("failed")
        alreadyDecided = number("already_decided")
        amount = Money(fen: value["amount_fen"].int ?? 0)
        byReason = (value["by_reason"].map ?? [:]).compactMapValues { $0.int.map { Int($0) } }
    }
}

/// Where a sweep is, for the person who waits.
public struct SweepProgress: Sendable {
    public enum Phase: String, Sendable { case judging, settling, applying }
    public var phase: Phase
    public var done: Int
    /// How many there are in all, as far as that is known.
    public var total: Int?
    public var totals: SweepTotals
}
