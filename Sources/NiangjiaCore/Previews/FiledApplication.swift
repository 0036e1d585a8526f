/// A form that is handled application by application has no population: the applications of a year stand in its place, judged and
/// settled anew as if the rules, with the settings of the day that is asked about, had held when each was handed in (decision 0078).
///
/// What was filled in is as it was and the register as it is now. What the applications were given counts against none of them: money,
/// places, shared caps and what may exist once are taken anew, in the order in which they came.
extension Corridor {
    /// How many applications are judged in one message at most.
    private static let filedAtOnce: Int64 = 500

    func judgeFiled(
        _ given: FormContext, until date: CivilDate, _ options: Forecast.Options,
        progress: @Sendable (SweepProgress) -> Void
    ) async throws -> ForecastBuilder {
        let span = FiledSpan(until: min(date, clock.now().date))
        var context = given
        context.view.dimensions = options.dimensions
        context.view.looksBack = FiledSet(given.program, given.form.name, span.days, in: given.bundle)
        var builder = try ForecastBuilder(context, asOf: date, options, corridor: self)
        let filed = try FiledReader(context, asOf: date, self)
        let total = try await store.read { try filed.count(in: $0) }
        let claimed = Guarded(ClaimsTaken())
        var last = ID<CaseFile>(rawValue: 0)
        while true {
            try Task.checkCancellation()
            let applications = try await store.read { [last] in
                try filed.next(after: last, limit: Corridor.filedAtOnce, in: $0)
            }
            guard let newest = applications.last else { return builder }
            last = newest.record.id
            let judged = try await judge(applications, of: filed)
            let page = try await store.read { reader in
                try claimed.withLock { try filed.page(applications, judged, &$0, in: reader) }
            }
            try await builder.take(page)
            progress(SweepProgress(phase: .judging, done: builder.seen, total: total, totals: builder.wanted))
        }
    }

    /// The lines of applications with what the rule says of each, by application; none where it can't be asked.
    private func judge(_ applications: [FiledApplication], of filed: FiledReader) async throws -> [[FiledLine]] {
        var found = [[FiledLine]](repeating: [], count: applications.count)
        let byYear = Dictionary(grouping: applications.indices) { applications[$0].years }
        for (years, members) in byYear.sorted(by: { $0.key < $1.key }) {
            let context = filed.contexts[years]
            let (read, gathered) = try await store.read { reader in
                try filed.gather(members.map { (place: $0, intake: applications[$0].intake) }, context, in: reader)
            }
            guard let gathered else { continue }
            let reply: JudgeReply? =
                gathered.facts.count == 0
                ? nil
                : try await judge.judge(
                    JudgeRequest(
                        plugin: context.plugin, function: "assess." + context.form.name, settings: gathered.settings,
                        settingsIndex: gathered.settingsIndex, facts: gathered.facts,
                        calendar: context.bundle.calendar), lane: .batch)
            for (row, facts) in zip(read, gathered.lines) {
                let judgement =
                    facts.row.flatMap { reply?.judgements[$0].checked(for: context.form) }
                    ?? Judgement(.incomplete, code: HostReason.missingFact)
                found[row.place].append(
                    FiledLine(
                        judged: JudgedLine(
                            intake: row.line, gathered: facts, judgement: judgement, source: .host), texts: row.texts))
            }
        }
        return found
    }
}

/// An application, and how its form reads it now.
struct FiledApplication: Sendable {
    var record: CaseRecord
    /// What was filled in.
    var fields: [String: Value]
    /// nil: the form asks for something that wasn't filled in, a record that it names was removed, or it can't be read.
    var intake: Intake?
    /// The field for which it can't be judged by the form and the records as they are now.
    var lack: String?
    /// By how many years the rules are moved back to hold when it was handed in.
    var years: Int
}

/// A line of an application with what the rule says of it now.
struct FiledLine: Sendable {
    var judged: JudgedLine
    var texts: [Dimension: String]
}

/// What earlier applications have taken that may exist once, and which of them.
struct ClaimsTaken: Sendable {
    /// An application; with the line of it whose own a claim is.
    private struct Owner: Equatable {
        var id: ID<CaseFile>
        var line: Int?
    }
    private var held = HeldClaims<Owner>()

    /// Takes all for a line of an application, or none: returns the first that another holds, or that the line itself makes twice.
    mutating func take(
        _ wanted: [Admission.Claim], for id: ID<CaseFile>, line: Int, isHeld: (Admission.Claim) throws -> Bool
    ) rethrows -> Admission.Claim? {
        func owner(_ claim: Admission.Claim) -> Owner { Owner(id: id, line: claim.isOfElement ? line : nil) }
        var new = HeldClaims<Bool>()
        for claim in wanted where !claim.held.isShared {
            if try held.isHeld(claim.held, butBy: owner(claim)) || new.isHeld(claim.held) || isHeld(claim) {
                return claim
            }
            new.insert(claim.held, by: true)
        }
        for claim in wanted where !claim.held.isShared { held.insert(claim.held, by: owner(claim)) }
        return nil
    }
}

/// Reads the applications of a span of days.
struct FiledReader: Sendable {
    /// The form as if its rules had held so many years before, by years.
    let contexts: [FormContext]
    private let filed: FiledSet
    /// What people are told apart by, which no rule is shown.
    private let telling: FormContext
    private let kind: SubjectKind
    private let corridor: Corridor
    private var crypto: any CryptoProvider { corridor.crypto }

    /// A year's applications stand in the season before this one, or in one that began the year before that.
    private static let mostYears = 3

    init(_ context: FormContext, asOf date: CivilDate, _ corridor: Corridor) throws {
        guard let filed = context.view.looksBack else {
            throw NiangjiaError(.internal, zh: "程序内部错误。", en: "A fault of the host itself.", cause: "no applications")
        }
        self.filed = filed
        self.corridor = corridor
        kind = try context.subjectKind()
        telling = context
        var judging = context
        judging.view.dimensions = []
        contexts = (0...FiledReader.mostYears).map { judging.moved(back: $0, settingsOn: date) }
    }

    /// How many lines there are.
    func count(in reader: any StoreReader) throws -> Int {
        let sql =
            "SELECT COUNT(*) FROM case_line WHERE case_id IN (SELECT id FROM case_file WHERE \(filed.condition))"
        return Int(try reader.integer(sql, filed.arguments) ?? 0)
    }

    /// The next applications in the order in which they came.
    func next(after last: ID<CaseFile>, limit: Int64, in reader: any StoreReader) throws -> [FiledApplication] {
        let ids = try reader.all(
            "SELECT id FROM case_file WHERE \(filed.condition) AND id > $\(filed.next) ORDER BY id LIMIT $\(filed.next + 1)",
            filed.arguments + [.id(last), .int(limit)]
        ) { $0.id(0, CaseFile.self) }
        return try ids.map { try read($0, in: reader) }
    }

    private func read(_ id: ID<CaseFile>, in reader: any StoreReader) throws -> FiledApplication {
        var application = FiledApplication(record: try Cases.load(id, in: reader), fields: [:], intake: nil, years: 0)
        let record = application.record
        // What can't be read of one application, or is no longer what its form asks for, is no reason to show nothing of the others.
        do {
            application.fields = try Cases.fields(of: id, crypto: crypto, in: reader)
            let entries = record.stage == nil ? [] : try CaseStages.entries(of: id, crypto: crypto, in: reader)
            // In the year in which it would have been in time; where there is none, as the rules stand.
            for (years, context) in contexts.enumerated() {
                let intake = try Intake(of: record, fields: application.fields, entries, context)
                let admission = Admission(context: context, crypto: crypto)
                let isInTime = admission.windowReason(intake) == nil
                if isInTime || years == 0 { (application.intake, application.years) = (intake, years) }
                guard isInTime else { continue }
                // Who names a record that was removed since is sent back, and is given nothing.
                try admission.checkRecords(intake, in: reader)
                break
            }
        } catch let error as NiangjiaError {
            application.intake = nil
            let steps = (error.place ?? "").split(separator: "/").map(String.init)
            application.lack = steps.first == "fields" ? steps.dropFirst().first : nil
        }
        return application
    }

    /// A line that was read: of which application, and by what it is told apart.
    struct Row: Sendable {
        var place: Int
        var line: IntakeLine
        var texts: [Dimension: String]
    }

    /// Gathers the facts of several applications at once; those of which that fails are left out.
    func gather(
        _ applications: [(place: Int, intake: Intake?)], _ context: FormContext, in reader: any StoreReader
    ) throws -> (rows: [Row], gathered: Gathered?) {
        let (gatherer, teller) = (try Gatherer(context), try Gatherer(telling))
        func read(_ chosen: [(place: Int, intake: Intake?)]) throws -> (rows: [Row], gathered: Gathered?) {
            var (rows, subjects, intakes): ([Row], [SubjectReader.Row], [Intake]) = ([], [], [])
            for application in chosen {
                guard let intake = application.intake else { continue }
                let told = try teller.subjects(of: intake, in: reader)
                for (n, row) in try gatherer.subjects(of: intake, in: reader).enumerated() {
                    let texts = teller.dimensions.compactMapValues { place -> String? in
                        guard case .text(let text) = told[n].values[place] else { return nil }
                        return text
                    }
                    rows.append(Row(place: application.place, line: intake.lines[n], texts: texts))
                    subjects.append(row)
                    intakes.append(intake)
                }
            }
            guard !rows.isEmpty else { return ([], nil) }
            return (rows, try gatherer.gather(subjects, intakes: intakes, lineOf: { rows[$0].line }, in: reader))
        }
        do { return try read(applications) } catch is NiangjiaError {
            return try read(
                applications.filter { one in
                    do {
                        _ = try read([one])
                        return true
                    } catch is NiangjiaError { return false }
                })
        }
    }

    /// Lines on their way to settle, in the order of the applications.
    func page(
        _ applications: [FiledApplication], _ judged: [[FiledLine]], _ claimed: inout ClaimsTaken,
        in reader: any StoreReader
    ) throws -> FiledPage {
        var page = FiledPage()
        page.applications = applications.count
        for (application, known) in zip(applications, judged) {
            var lines: [(FiledLine, SettleLine)] = []
            do { lines = try settleLines(application, known, &claimed, in: reader) } catch is NiangjiaError {
                // As where something was not filled in: its lines are incomplete.
            }
            if let lack = application.lack { page.lacks[lack, default: 0] += 1 }
            try append(application, lines, to: &page, in: reader)
        }
        page.asked.indexes = page.asked.lines.indices.map { UInt32($0) }
        page.asked.kind = kind
        return page
    }

    private func settleLines(
        _ application: FiledApplication, _ known: [FiledLine], _ claimed: inout ClaimsTaken, in reader: any StoreReader
    ) throws -> [(FiledLine, SettleLine)] {
        guard let intake = application.intake, !known.isEmpty else { return [] }
        let context = contexts[application.years]
        let admission = Admission(context: context, crypto: crypto)
        let applier = Applier(context: context, admission: admission, change: corridor.change(by: .host))
        var lines = known.map(\.judged)
        for n in lines.indices {
            if let reason = admission.windowReason(intake) {
                lines[n].judgement = Judgement(.refuse, code: reason)
            } else if lines[n].judgement.gives {
                let wanted = try admission.claims(
                    for: lines[n].intake, household: lines[n].gathered.household, intake: intake, in: reader)
                let taken = try claimed.take(wanted, for: application.record.id, line: lines[n].intake.line) {
                    try admission.isHeldByOthers($0, in: reader)
                }
                if let taken { lines[n].judgement = Judgement(.refuse, code: taken.reason) }
            }
        }
        let record = application.record
        let parties = Parties(applicant: record.applicant, unit: record.unit, fields: application.fields)
        var settle = try applier.settleLines(lines, parties: parties, in: reader)
        for n in settle.indices {
            if let key = settle[n].group?.key { settle[n].group?.key = record.id.text + "/" + key }
            settle[n].places?.used = 0
        }
        return zip(known, settle).map { ($0, $1) }
    }

    /// Adds an application's lines, each as it was numbered when it was handed in, so that two readings have the same rows.
    private func append(
        _ application: FiledApplication, _ lines: [(FiledLine, SettleLine)], to page: inout FiledPage,
        in reader: any StoreReader
    ) throws {
        let record = application.record
        for stored in record.lines {
            let found = lines.first { $0.0.judged.intake.line == stored.line }
            let isTold = !record.isSealed && stored.subject.kind == kind
            page.ids.append(isTold ? stored.subject.id : 0)
            page.households.append(isTold ? found?.0.judged.gathered.household ?? stored.household ?? 0 : 0)
            page.homes.append(isTold ? found?.0.judged.gathered.home ?? record.home?.rawValue ?? 0 : 0)
            // Whoever handed it in stands for a sealed subject: five reports of one person are one person's.
            page.people.append(
                kind == .nobody || record.isSealed
                    ? record.applicant?.rawValue ?? record.id.rawValue : stored.subject.id)
            page.places.append(FiledPlace(application: record.id.rawValue, line: stored.line))
            for dimension in telling.view.dimensions where dimension.fact(of: kind) != nil {
                page.texts[dimension, default: []].append(isTold ? found?.0.texts[dimension] : nil)
            }
            page.asked.lines.append(
                found?.1 ?? SettleLine(judgement: Judgement(.incomplete, code: HostReason.missingFact)))
        }
        for entitlement in try Entitlements.of(record.id, in: reader)
        where entitlement.kind != .fee && entitlement.state != .released {
            page.returned.merge(Entitlements.byLine([entitlement]) { $0.amount - $0.recovered }, uniquingKeysWith: +)
        }
    }
}
