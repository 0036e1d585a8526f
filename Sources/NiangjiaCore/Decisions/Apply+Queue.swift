/// What there is no money for is owed in order (`short: queue`, decision 0082).
extension Applier {
    /// Queues what applied outcomes leave to wait; the lines of a case in their order.
    func queue(
        _ lines: [JudgedLine], _ applied: inout [AppliedLine], caseID: ID<CaseFile>?, parties: Parties, about: String,
        in writer: any StoreWriter
    ) throws {
        for n in applied.indices where applied[n].outcome.queued > .zero {
            let rests = try rests(
                applied[n].decision, lines[n], applied[n].outcome, run: run?.id, caseID: caseID, parties: parties,
                in: writer)
            applied[n].entitlements += try Entitlements.queue(rests, about: about, change, in: writer)
        }
    }

    /// Queues what the outcomes of a run's block leave to wait.
    func queue(
        _ rows: BlockRows, _ ids: [ID<Decision>], _ lines: BlockLines, run: ID<Run>, about: String,
        in writer: any StoreWriter
    ) throws {
        guard rows.settled.outcomes.contains(where: { $0.queued > .zero }) else { return }
        let parties = Parties(applicant: nil, unit: nil, fields: [:])
        var rests: [NewEntitlement] = []
        for (position, n) in rows.lines.enumerated() where rows.settled[n].queued > .zero {
            rests += try self.rests(
                ids[position], rows.judged(n, of: lines), rows.settled[n], run: run, caseID: nil, parties: parties,
                in: writer)
        }
        _ = try Entitlements.queue(rests, about: about, change, in: writer)
    }

    /// What an outcome leaves to wait for money: a rest of each part, as a further revision of what is held of it already.
    private func rests(
        _ decision: ID<Decision>, _ line: JudgedLine, _ outcome: Outcome, run: ID<Run>?, caseID: ID<CaseFile>?,
        parties: Parties, in reader: any StoreReader
    ) throws -> [NewEntitlement] {
        let gives = context.form.gives
        let turn = try turn(of: line, run: run, in: reader)
        let held = outcome.amount > .zero ? try Entitlements.of(decision, in: reader) : []
        var made: [NewEntitlement] = []
        for (part, amount) in Applier.rests(of: line.judgement, outcome) where amount > .zero {
            guard let kind = Entitlement.Kind(rawValue: gives.kind(of: part).rawValue) else { continue }
            var new = NewEntitlement(
                decision: decision, caseID: caseID, caseLine: line.intake.line, part: part, kind: kind,
                payee: try payee(of: part, kind: kind, line, parties: parties, in: reader),
                shares: context.rules.funding.map { .init(line: $0.line, amount: .zero) },
                program: context.program.id, series: context.program.series, on: line.gathered.onDate)
            new.rest = QueuedRest(amount: amount, form: context.form.name, turn: turn)
            if let first = held.first(where: { $0.part == part }) { new.revise(first.id, as: 2) }
            made.append(new)
        }
        return made
    }

    /// What waits of each part: what it has of the whole grant less what it has of the money that is there, so that both together are
    /// what the part would have been given at once. Where cutting to the fen held more of a part than that, the others wait for so
    /// much less.
    static func rests(of judgement: Judgement, _ outcome: Outcome) -> [(part: String, amount: Money)] {
        let whole = parts(of: judgement, cutTo: outcome.amount + outcome.queued)
        let held = parts(of: judgement, cutTo: outcome.amount)
        let rests = zip(whole, held).map { (part: $0.0, amount: $0.1 - $1.1) }
        var surplus = rests.reduce(Money.zero) { $0 + max(.zero, -$1.amount) }
        return rests.map { part, amount in
            let less = max(.zero, min(surplus, amount))
            surplus -= less
            return (part, max(.zero, amount) - less)
        }
    }

    /// When a line's turn comes: whoever was decided first, and of a run by rank and as settle drew for equals.
    private func turn(of line: JudgedLine, run: ID<Run>?, in reader: any StoreReader) throws -> QueuedRest.Turn {
        let rank = line.judgement.rank ?? .max
        guard let run else { return .init(since: change.now, rank: rank, drawn: "") }
        let ties = try context.ties(of: run, change.crypto, in: reader)
        return .init(since: run.madeAt, rank: rank, drawn: ties.key(line.gathered.subject).text)
    }
}
