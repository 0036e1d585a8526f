/// A form over everybody in scope, block by block in key order: gather and judge, the half that decide, preview and diff share.
///
/// While a block is judged the next ones are read and encoded; blocks come in order all the same.
struct Sweep: Sendable {
    /// Rows that are judged in one message, and kept in one journal block.
    static let blockSize = 4096
    /// Blocks that are judged or wait for it at a time: as many as there are workers, and one more read ahead.
    static let blocksAhead = 3

    let corridor: Corridor
    let context: FormContext
    let asOf: CivilDate

    /// One judged block.
    struct Block: Sendable {
        var lines: BlockLines
        /// What the rule said of each row of the facts; nil where no line had facts.
        var reply: JudgeReply?
        /// Subjects that an earlier run of this form decided for this very date.
        var alreadyDecided: Int
        /// By what the lines are told apart.
        var groups: [Dimension: FactTexts] = [:]

        /// What the rule or the host says of each line.
        var judgements: Judgements { Block.judgements(lines, reply?.judgements) }

        /// The rule's word where it was asked, the host's where it set a line aside.
        static func judgements(_ lines: BlockLines, _ said: Judgements?) -> Judgements {
            var judgements = ruled(lines, said)
            for (line, judgement) in lines.hosts {
                judgements.indexes[line] = UInt32(judgements.distinct.count)
                judgements.distinct.append(judgement)
            }
            return judgements
        }

        private static func ruled(_ lines: BlockLines, _ said: Judgements?) -> Judgements {
            if lines.rows == nil, let said, said.count == lines.count { return said }
            let distinct = (said?.distinct ?? []) + [Judgement(.incomplete, code: HostReason.missingFact)]
            let none = UInt32(distinct.count - 1)
            return Judgements(
                distinct: distinct,
                indexes: (0..<lines.count).map { line in
                    guard let said, let row = lines.row(line), row < said.count else { return none }
                    return said.indexes[row]
                })
        }
    }

    /// Judges block after block from a subject on and hands each over in key order.
    func forEach(after start: Int64, _ body: (Block) async throws -> Void) async throws {
        let gatherer = try Gatherer(context)
        let found = Guarded(OrganizationPaths(asOf: context.view.history ? asOf : nil))
        var waiting: [Task<Block, any Error>] = []
        var reading: Task<GatheredBlock?, any Error>? = read(after: start, gatherer, found)
        defer {
            reading?.cancel()
            for task in waiting { task.cancel() }
        }
        while true {
            while waiting.count < Sweep.blocksAhead, let next = reading {
                guard let gathered = try await next.value else {
                    reading = nil
                    break
                }
                reading = read(after: gathered.lines.last, gatherer, found)
                waiting.append(Task { try await self.judge(gathered) })
            }
            guard !waiting.isEmpty else { return }
            try Task.checkCancellation()
            try await body(try await waiting.removeFirst().value)
        }
    }

    private func read(
        after last: Int64, _ gatherer: Gatherer, _ paths: Guarded<OrganizationPaths>
    ) -> Task<GatheredBlock?, any Error> {
        Task {
            try await corridor.store.read { reader in
                var known = paths.withLock { $0 }
                let block = try gatherer.block(
                    after: last, limit: Sweep.blockSize, on: asOf, paths: &known, in: reader)
                paths.withLock { $0 = known }
                return block
            }
        }
    }

    private func judge(_ gathered: GatheredBlock) async throws -> Block {
        var reply: JudgeReply?
        if gathered.facts.count > 0 {
            reply = try await corridor.judge.judge(
                JudgeRequest(
                    plugin: context.plugin, function: "assess." + context.form.name, settings: gathered.settings,
                    settingsIndex: gathered.settingsIndex, facts: gathered.facts,
                    calendar: context.bundle.calendar), lane: .batch)
        }
        return Block(
            lines: gathered.lines, reply: reply?.checked(for: context.form), alreadyDecided: gathered.alreadyDecided,
            groups: gathered.groups)
    }
}

extension JudgeReply {
    func checked(for form: FormDefinition) -> JudgeReply {
        var reply = self
        reply.judgements = judgements.checked(for: form)
        return reply
    }
}

extension Judgements {
    func checked(for form: FormDefinition) -> Judgements {
        Judgements(distinct: distinct.map { $0.checked(for: form) }, indexes: indexes)
    }
}

extension SweepGuard {
    /// Screens a block: what the host says of lines that may not have what another has is kept beside them.
    mutating func screen(_ block: inout Sweep.Block, asOf date: CivilDate, in reader: any StoreReader) throws {
        guard isNeeded else { return }
        let judgements = block.judgements
        let lines = block.lines.judged(judgements)
        for (line, screened) in try screen(lines, asOf: date, in: reader).enumerated()
        where screened.judgement != lines[line].judgement {
            block.lines.hosts.append((line, screened.judgement))
        }
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

extension Outcome {
    /// The reason under which it is counted: one that failed without a word of the rule's stands under the host's own.
    var reason: String? { code ?? (result == .failed ? HostReason.pluginFailed : nil) }
}

/// Counts of outcomes, as preview and decide print them.
public struct SweepTotals: Hashable, Sendable {
    /// Everybody who was judged.
    public var considered = 0
    /// Granted in full; with what waits for money (`short: queue`).
    public var granted = 0
    /// Granted less than the rule would give without its caps, or than it gave.
    public var limited = 0
    /// Not eligible, or turned away by the host.
    public var refused = 0
    /// For a person.
    public var review = 0
    /// Waits for money or a place, or lies beyond the ceiling.
    public var waitlisted = 0
    /// Something declared is missing.
    public var incomplete = 0
    /// The rule failed.
    public var failed = 0
    /// Left out and not among ``considered``: decided before for that date, or taken out by a person.
    public var alreadyDecided = 0
    /// What was granted in all, in fen, without what waits for money.
    public var amount = Money.zero
    /// Reason code → how many have it, those with a limited grant too.
    public var byReason: [String: Int] = [:]

    public init() {}

    mutating func count(_ outcome: Outcome, times: Int = 1) {
        guard times > 0 else { return }
        considered += times
        switch outcome.result {
        case .granted: granted += times
        case .limited: limited += times
        case .refused: refused += times
        case .review: review += times
        case .waitlisted: waitlisted += times
        case .incomplete: incomplete += times
        case .failed: failed += times
        }
        if outcome.stands { amount += Money(fen: outcome.amount.fen * Int64(times)) }
        if let reason = outcome.reason { byReason[reason, default: 0] += times }
    }

    mutating func count(_ block: SettledBlock) {
        var times = [Int](repeating: 0, count: block.outcomes.count)
        for index in block.indexes { times[Int(index)] += 1 }
        for (outcome, times) in zip(block.outcomes, times) { count(outcome, times: times) }
    }

    /// Canonical JSON for the store.
    var json: String { value.json }

    /// Every count by its name, and the amount in fen.
    public var value: Value {
        [
            "considered": .int(Int64(considered)), "granted": .int(Int64(granted)), "limited": .int(Int64(limited)),
            "refused": .int(Int64(refused)), "review": .int(Int64(review)), "waitlisted": .int(Int64(waitlisted)),
            "incomplete": .int(Int64(incomplete)), "failed": .int(Int64(failed)),
            "already_decided": .int(Int64(alreadyDecided)), "amount_fen": .int(amount.fen),
            "by_reason": .map(byReason.mapValues { .int(Int64($0)) }),
        ]
    }

    /// Reads what ``value`` wrote. Throws `invalid` for what is no JSON.
    public init(json: String) throws {
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
    /// What it is doing.
    public enum Phase: String, Sendable { case judging, applying }
    /// What it is doing.
    public var phase: Phase
    /// How many subjects it has done that with.
    public var done: Int
    /// How many there are in all, as far as that is known.
    public var total: Int?
    /// What has come of those so far.
    public var totals: SweepTotals
}
