/// A draw among the equals of a run, by the same rules as a draw of places ([Draw]): when all are judged the list is fixed and in the
/// chain, then the public value becomes known, then the run is settled in that order. While there is enough for everybody, nobody draws.
extension Allotment {
    /// The run whose equals are drawn for; nil: the places of a pool.
    public var run: ID<Run>? { ID<Run>(pool) }

    /// By what the list of a run names whom a decision is about: a token that only the host's key makes, and of which each draw has
    /// another. The list is for everybody, and a person's id is a key to what is theirs.
    public static func token(of subject: SubjectRef, in run: ID<Run>, _ crypto: any CryptoProvider) -> String {
        "e-" + Hex.text(crypto.mac(Array("draw/\(run)/\(subject)".utf8), purpose: .commitment)).prefix(20)
    }

    /// The draw whose list has somebody, and the token that they have in it; nil where a run drew for nobody or without them.
    public static func entrant(
        _ subject: SubjectRef, of run: ID<Run>, _ crypto: any CryptoProvider, in reader: any StoreReader
    ) throws -> (draw: ID<Allotted>, name: String)? {
        let name = token(of: subject, in: run, crypto)
        return try reader.first(
            "SELECT id FROM allotment WHERE pool = $1 AND replace(list, $2, '') <> list",
            [.text(run.text), .text(name + " ")]
        ) { ($0.id(0, Allotted.self), name) }
    }

    /// The draw of a run, once its list is fixed.
    static func of(_ run: ID<Run>, in reader: any StoreReader) throws -> Allotment? { try of(run.text, in: reader) }

    /// Fixes the list of a run: whoever qualifies, with the rule's rank.
    ///
    /// Throws `conflict` where the public value has served another run already: whoever knows it could see how a new list would come
    /// out.
    static func close(
        _ run: ID<Run>, _ blocks: [SettleBlock], _ context: FormContext, _ change: ChangeContext,
        in writer: any StoreWriter
    ) throws -> Allotment {
        if let known = try of(run, in: writer) { return known }
        let source = context.rules.draw?.source ?? ""
        let earlier = try writer.first(
            "SELECT id FROM allotment WHERE program = $1 AND form = $2 AND source = $3 AND pool NOT LIKE '%/%'",
            [.text(context.program.id), .text(context.form.name), .text(source)]
        ) { $0.id(0, Allotted.self) }
        if let earlier {
            throw NiangjiaError(
                .conflict, zh: "公开数值“\(source)”已用于 \(earlier):一个数值只抽一次,请在项目的 draw.source 另写一个尚未公布的,并经批准。",
                en:
                    "The public value “\(source)” has served \(earlier): one value draws once. Name another one that isn't published yet under draw.source, and have it approved.",
                place: "config/programs/\(context.program.id).yaml: draw.source")
        }
        var entrants: [Draw.Entrant] = []
        for block in blocks {
            let opened = Settle.unlimited(block)
            for row in block.indexes.indices where opened[row].stands {
                guard let subject = block.subject(row) else { continue }
                let line = block.lines[Int(block.indexes[row])]
                entrants.append(
                    Draw.Entrant(
                        name: token(of: subject, in: run, change.crypto), take: line.places?.take ?? 1,
                        rank: line.judgement.rank,
                        at: Instant(milliseconds: line.order.first ?? 0)))
            }
        }
        return try insert(
            NewAllotment(
                pool: run.text, ordering: [.rank, .drawn], count: 0, room: 0, entrants: entrants, source: source),
            context, change, in: writer)
    }

    /// Notes that a run has been settled by its draw.
    static func settled(_ run: ID<Run>, _ change: ChangeContext, in writer: any StoreWriter) throws {
        guard let draw = try of(run, in: writer), let seed = draw.seed else { return }
        let changed = try writer.execute(
            "UPDATE allotment SET state = 'settled', settled_at = $1 WHERE id = $2 AND state = 'closed'",
            [.instant(change.now), .id(draw.id)])
        guard changed == 1 else { return }
        try change.record(
            settledKind, about: draw.id.text, body: ["seed": .text(seed), "run": .text(run.text)], in: writer)
    }

    /// Repeats the order of a run's entrants and tells what became of each. Whose facts changed meanwhile was judged by itself and is
    /// left out.
    func check(_ run: ID<Run>, _ check: inout AllotmentCheck, crypto: any CryptoProvider, in reader: any StoreReader)
        throws
    {
        let outcomes = Dictionary(
            try reader.all(
                "SELECT subject_kind, subject, result, code FROM decision WHERE run = $1 AND call IS NULL", [.id(run)]
            ) { row in
                (
                    Allotment.token(
                        of: SubjectRef(SubjectKind(rawValue: row.text(0)) ?? .nobody, row.int(1)), in: run, crypto),
                    Outcome(Outcome.Result(rawValue: row.text(2)) ?? .failed, code: row.textOrNil(3))
                )
            }, uniquingKeysWith: { first, _ in first })
        // Who has gone without, by rank; no equal who comes later may have been served in full.
        var passed: Set<Int64?> = []
        for entrant in Draw.order(Draw.entrants(list) ?? [], by: ordering, seed: seed, crypto: crypto) {
            guard let outcome = outcomes[entrant.name] else { continue }
            let isShort = [HostReason.budgetShort, HostReason.quotaFull].contains(outcome.code)
            if outcome.stands, !isShort, passed.contains(entrant.rank) {
                check.faults.append(
                    LocalText(
                        zh: "\(entrant.name) 越过了抽签在前而落空的人", en: "\(entrant.name) was served before equals drawn earlier"
                    ))
            }
            if isShort { passed.insert(entrant.rank) }
            check.order.append(
                (
                    entrant, seed.map { Draw.key(entrant.name, seed: $0, crypto: crypto) },
                    outcome.stands ? .held : outcome.result == .waitlisted ? .waiting : .out
                ))
        }
    }
}
