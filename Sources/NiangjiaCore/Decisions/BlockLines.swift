/// The lines of a judged block between judging and applying: what settle and apply need, without the facts themselves.
struct BlockLines {
    private let values: [Value]

    init(_ lines: [JudgedLine]) {
        values = lines.map { line in
            let facts = line.gathered
            var members: [String: Value] = [
                "k": .text(facts.subject.kind.rawValue), "i": .int(facts.subject.id),
                "d": .int(Int64(facts.onDate.days)),
                "t": .int(facts.submittedAt.milliseconds), "j": line.judgement.value, "v": .text(facts.revisions.json),
            ]
            members["h"] = facts.household.map { .int($0) }
            members["o"] = facts.home.map { .int($0) }
            members["r"] = facts.row.map { .int(Int64($0)) }
            return .map(members)
        }
    }

    var json: String { Value.list(values).json }

    init(json: String) throws { values = try Value(json: json).list ?? [] }

    func lines(run: ID<Run>, block: Int64) throws -> [JudgedLine] {
        try values.enumerated().map { n, value in
            guard let kind = value["k"].text.flatMap(SubjectKind.init(rawValue:)), let id = value["i"].int,
                let judgement = Judgement(value["j"]),
                let revisions = value["v"].text.flatMap(FactRevisions.init(json:))
            else { throw NiangjiaError(.store, zh: "核定记录已损坏", en: "a block of the run is damaged") }
            let subject = SubjectRef(kind, id)
            let row = value["r"].int.map { Int($0) }
            let facts = GatheredLine(
                subject: subject, household: value["h"].int, home: value["o"].int, serving: nil,
                onDate: CivilDate(days: Int32(value["d"].int ?? 0)),
                submittedAt: Instant(milliseconds: value["t"].int ?? 0),
                missing: [], row: row, revisions: revisions)
            return JudgedLine(
                intake: IntakeLine(line: n, subject: subject, element: .null), gathered: facts, judgement: judgement,
                source: row.map { .run(run, block: block, row: $0) } ?? .host)
        }
    }
}

extension Outcome {
    /// The outcome as a value, for the run's own keeping.
    var value: Value {
        var members: [String: Value] = [
            "r": .text(result.rawValue), "a": .int(amount.fen), "q": .int(queued.fen), "p": .map(params),
            "s": .list(splits.map { .list([.text($0.line), .int($0.amount.fen)]) }),
        ]
        members["c"] = code.map { .text($0) }
        return .map(members)
    }

    init(value: Value) {
        self.init(
            value["r"].text.flatMap(Result.init(rawValue:)) ?? .failed, Money(fen: value["a"].int ?? 0),
            code: value["c"].text, params: value["p"].map ?? [:])
        queued = Money(fen: value["q"].int ?? 0)
        splits = (value["s"].list ?? []).map {
            Split(line: $0.list?.first?.text ?? "", amount: Money(fen: $0.list?.last?.int ?? 0))
        }
    }
}
