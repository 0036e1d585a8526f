extension Corridor {
    /// What a program's decisions would come to under the bundle in force, compared with what stands.
    ///
    /// The rule is asked again on the facts that were journaled when each decision was made: what has changed about a person
    /// since doesn't change history. Only what was granted is looked at; whoever was refused is decided again by a run or an
    /// application. Nothing is written.
    public func correction(
        program: String, since: CivilDate? = nil, progress: @Sendable (Int, Int) -> Void = { _, _ in }
    ) async throws -> CorrectionDraft {
        let bundle = try await bundles.active()
        guard bundle.programs[program] != nil else {
            throw NiangjiaError(.notFound, zh: "没有项目 \(program)", en: "there is no program \(program)")
        }
        var draft = CorrectionDraft(program: program, bundle: bundle.digest, since: since)
        let standing = try await store.read { try Corrected.of(program, since: since, in: $0) }
        var comparison = CorrectionComparison()
        var start = 0
        while start < standing.count {
            let first = standing[start]
            let end = standing[start...].firstIndex { $0.form != first.form || $0.source != first.source }
            let members = Array(standing[start..<(end ?? standing.count)])
            start += members.count
            let context = try FormContext(bundle: bundle, program: program, form: first.form)
            try await compare(members, context, &comparison, &draft)
            progress(start, standing.count)
        }
        draft.lines.sort { ($0.decision, $0.entitlement) < ($1.decision, $1.entitlement) }
        let needs = draft.lines.flatMap { line in line.steps.map { (line.form, $0) } }
        draft.missing = try await store.read { try CorrectionFunds.missing(for: needs, of: program, bundle, in: $0) }
        return draft
    }

    /// Decisions that one call judged.
    private func compare(
        _ members: [Corrected], _ context: FormContext, _ comparison: inout CorrectionComparison,
        _ draft: inout CorrectionDraft
    ) async throws {
        draft.considered += members.count
        let crypto = crypto
        guard let source = members.first?.source,
            let entry = try await store.read({ try source.entry(crypto, in: $0) })
        else {
            draft.gaps += members.map { CorrectionGap(decision: $0.id, subject: $0.subject, reason: .erased) }
            return
        }
        let settings = try await store.read { reader in
            var paths = OrganizationPaths()
            var table = SettingsTable(rules: context.rules)
            for one in members {
                table.append(on: one.onDate, path: try paths.codes(of: one.organization, in: reader))
            }
            return table
        }
        let rows = Dictionary(zip(members.map(\.row), settings.index), uniquingKeysWith: { first, _ in first })
        let reply = try await judge.rejudge(
            entry.requestBytes, settings: settings.documents, settingsOf: rows, plugin: context.plugin,
            calendar: context.bundle.calendar)
        let (found, after) = try await store.read { [comparison, draft] reader in
            var (next, found) = (comparison, draft)
            for one in members {
                guard reply.judgements.indices.contains(one.row) else { throw NumberReader.damaged }
                let judged = reply.judgements[one.row].checked(for: context.form)
                try next.compare(one, judged, context, crypto, &found, in: reader)
            }
            return (found, next)
        }
        (draft, comparison) = (found, after)
    }
}

/// A decision that may be corrected, as it stands.
struct Corrected: Sendable {
    /// Where the journal has its call.
    enum Source: Hashable, Sendable {
        case call(ID<Call>)
        case block(ID<Run>, Int64)
        case none

        /// The call; nil where its facts were erased, or the host decided without a rule.
        func entry(_ crypto: any CryptoProvider, in reader: any StoreReader) throws -> Journal.Entry? {
            do {
                switch self {
                case .call(let call): return try Journal.entry(call: call, row: 0, crypto: crypto, in: reader)
                case .block(let run, let block):
                    return try Journal.entry(run: run, block: block, row: 0, crypto: crypto, in: reader)
                case .none: return nil
                }
            } catch let error as NiangjiaError where error.code == .notFound { return nil }
        }
    }

    var id: ID<Decision>
    var revision: Int64
    var form: String
    var subject: SubjectRef
    var household: Int64?
    var source: Source
    var row: Int
    var onDate: CivilDate
    var assessed: Money
    var amount: Money
    var queued: Money
    var kept: Money?
    var code: String?
    var home: Int64?
    /// Whose settings hold.
    var organization: Int64?
    var isStanding: Bool

    /// What stands of it, as its own row says, with what waits for money.
    var stands: Money { kept ?? amount + queued }

    static func of(_ program: String, since: CivilDate?, in reader: any StoreReader) throws -> [Corrected] {
        try reader.all(
            """
            SELECT d.id, d.revision, d.form, d.subject_kind, d.subject, d.household, d.call, d.run, d.block, d.row, d.on_date,
            d.assessed, d.amount, d.queued, d.kept, d.code, d.home_organization,
            COALESCE(d.serving_organization, c.unit, d.home_organization), d.state
            FROM decision d LEFT JOIN case_file c ON c.id = d.case_id
            WHERE d.program = $1 AND d.on_date >= $2 AND d.state IN ('standing', 'annulled')
            ORDER BY d.form, d.run, d.block, d.call, d.id
            """, [.text(program), .date(since ?? CivilDate(days: 0))]
        ) { row in
            var source = Source.none
            if let call = row.idOrNil(6, Call.self) {
                source = .call(call)
            } else if let run = row.idOrNil(7, Run.self), let block = row.intOrNil(8), !row.isNull(9) {
                source = .block(run, block)
            }
            return Corrected(
                id: row.id(0), revision: row.int(1), form: row.text(2),
                subject: SubjectRef(SubjectKind(rawValue: row.text(3)) ?? .nobody, row.int(4)),
                household: row.intOrNil(5), source: source, row: Int(row.intOrNil(9) ?? 0), onDate: row.date(10),
                assessed: row.money(11), amount: row.money(12), queued: row.money(13),
                kept: row.intOrNil(14).map { Money(fen: $0) }, code: row.textOrNil(15), home: row.intOrNil(16),
                organization: row.intOrNil(17), isStanding: row.text(18) == "standing")
        }
    }

    /// The line as caps see it.
    var line: GatheredLine {
        GatheredLine(
            subject: subject, household: household, home: home, serving: nil, onDate: onDate,
            submittedAt: Instant(onDate), missing: [], row: nil, revisions: FactRevisions())
    }
}
