/// The applications that a preview looks back at: those of the year up to a day.
public struct FiledSpan: Hashable, Sendable {
    /// The days on which they were handed in, both included.
    public var days: DateRange
    /// How many there are. What is counted otherwise is what each is about: an application for three children counts three times.
    public var count = 0

    /// The year that ends with a day.
    init(until date: CivilDate) { days = DateRange(from: date.adding(months: -12) + 1, to: date) }
}

/// Applications that were judged again.
struct FiledPage: Sendable {
    var applications = 0
    /// Whom each line is about, its household and home union; 0: none, or sealed.
    var ids: [Int64] = []
    var households: [Int64] = []
    var homes: [Int64] = []
    /// By what lines are told apart otherwise.
    var texts: [Dimension: [String?]] = [:]
    var asked = SettleBlock(lines: [], indexes: [])
    /// By fund line: what had been given.
    var returned: [String: Money] = [:]
}

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
        var context = given
        context.view.dimensions = options.dimensions
        context.view.looksBack = true
        var builder = try ForecastBuilder(context, asOf: date, options, corridor: self)
        let filed = FiledReader(context, asOf: date, today: clock.now().date, crypto)
        let total = try await store.read { try filed.count(in: $0) }
        var claimed = ClaimsTaken()
        var last = ID<CaseFile>(rawValue: 0)
        while true {
            try Task.checkCancellation()
            let applications = try await store.read { [last] in
                try filed.next(after: last, limit: Corridor.filedAtOnce, in: $0)
            }
            guard let newest = applications.last else { return builder }
            last = newest.record.id
            let judged = try await judge(applications, of: filed)
            let (page, taken) = try await store.read { [claimed] reader in
                var taken = claimed
                let page = try filed.page(applications, judged, &taken, by: self, in: reader)
                return (page, taken)
            }
            claimed = taken
            try await builder.take(page)
            progress(SweepProgress(phase: .judging, done: builder.seen, total: total, totals: builder.wanted))
        }
    }

    /// The lines of applications with what the rule says of each, by application; none where it can't be asked.
    private func judge(_ applications: [FiledReader.Application], of filed: FiledReader) async throws -> [[FiledLine]] {
        var found = [[FiledLine]](repeating: [], count: applications.count)
        let byYear = Dictionary(grouping: applications.indices) { applications[$0].years }
        for (years, members) in byYear.sorted(by: { $0.key < $1.key }) {
            let context = filed.context(years)
            let gatherer = try Gatherer(context)
            let (read, gathered) = try await store.read { reader in
                try gatherer.filed(members.map { (place: $0, intake: applications[$0].intake) }, in: reader)
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

/// A line of an application with what the rule says of it now.
struct FiledLine: Sendable {
    var judged: JudgedLine
    var texts: [Dimension: String]
}

/// What earlier lines have taken that may exist once.
struct ClaimsTaken: Sendable {
    private struct Claim: Hashable {
        var rule: String
        var key: [UInt8]
    }
    private var claims: Set<Claim> = []

    /// Takes all, or none: the first that is taken already.
    mutating func take(_ wanted: [Admission.Claim]) -> Admission.Claim? {
        var new: Set<Claim> = []
        for claim in wanted where !claim.isExclusion {
            let one = Claim(rule: claim.rule, key: claim.key)
            if claims.contains(one) || !new.insert(one).inserted { return claim }
        }
        claims.formUnion(new)
        return nil
    }
}

/// Reads the applications of a span of days.
struct FiledReader: Sendable {
    private let context: FormContext
    private let asOf: CivilDate
    private let range: InstantRange
    private let crypto: any CryptoProvider

    /// An application, and how its form reads it now.
    struct Application: Sendable {
        var record: CaseRecord
        /// What was filled in.
        var fields: [String: Value]
        /// nil: the form asks for something that wasn't filled in.
        var intake: Intake?
        /// By how many years the rules are moved back to hold when it was handed in.
        var years: Int
    }

    init(_ context: FormContext, asOf date: CivilDate, today: CivilDate, _ crypto: any CryptoProvider) {
        self.context = context
        self.crypto = crypto
        asOf = date
        range = InstantRange(FiledSpan(until: min(date, today)).days)
    }

    /// The form as if its rules had held so many years before.
    func context(_ years: Int) -> FormContext { context.moved(back: years, settingsOn: asOf) }

    private static let filed =
        "FROM case_file WHERE series = $1 AND form = $2 AND submitted_at >= $3 AND submitted_at < $4 AND state <> 'withdrawn'"

    private var arguments: [SQLValue] {
        [.text(context.program.series), .text(context.form.name), .instant(range.from), .instant(range.to)]
    }

    /// How many lines there are.
    func count(in reader: any StoreReader) throws -> Int {
        let sql = "SELECT COUNT(*) FROM case_line WHERE case_id IN (SELECT id \(FiledReader.filed))"
        return Int(try reader.integer(sql, arguments) ?? 0)
    }

    /// The next applications in the order in which they came.
    func next(after last: ID<CaseFile>, limit: Int64, in reader: any StoreReader) throws -> [Application] {
        let ids = try reader.all(
            "SELECT id \(FiledReader.filed) AND id > $5 ORDER BY id LIMIT $6", arguments + [.id(last), .int(limit)]
        ) { $0.id(0, CaseFile.self) }
        return try ids.map { id in
            let record = try Cases.load(id, in: reader)
            let fields = try Cases.fields(of: id, crypto: crypto, in: reader)
            let entries = record.stage == nil ? [] : try CaseStages.entries(of: id, crypto: crypto, in: reader)
            var application = Application(record: record, fields: fields, intake: nil, years: 0)
            // In the year in which it would have been in time; where there is none, as the rules stand.
            for years in 0...FiledReader.mostYears {
                let moved = context(years)
                guard let intake = try? Intake(of: record, fields: fields, entries, moved) else { break }
                let isInTime = Admission(context: moved, crypto: crypto).windowReason(intake) == nil
                if isInTime || years == 0 { (application.intake, application.years) = (intake, years) }
                if isInTime { break }
            }
            return application
        }
    }

    /// A year's applications stand in the season before this one, or in one that began the year before that.
    private static let mostYears = 3

    /// Lines on their way to settle, in the order of the applications.
    func page(
        _ applications: [Application], _ judged: [[FiledLine]], _ claimed: inout ClaimsTaken,
        by corridor: Corridor, in reader: any StoreReader
    ) throws -> FiledPage {
        var page = FiledPage()
        page.applications = applications.count
        let kind = try context.subjectKind()
        for (application, known) in zip(applications, judged) {
            let moved = context(application.years)
            let admission = Admission(context: moved, crypto: crypto)
            let applier = Applier(context: moved, admission: admission, change: corridor.change(by: .host))
            var lines = known.map(\.judged)
            for n in lines.indices {
                guard let intake = application.intake else { break }
                if let reason = admission.windowReason(intake) {
                    lines[n].judgement = Judgement(.refuse, code: reason)
                } else if lines[n].judgement.gives {
                    let claims = try admission.claims(
                        for: lines[n].intake, lines[n].gathered, intake: intake, in: reader)
                    if let taken = claimed.take(claims) {
                        lines[n].judgement = Judgement(.refuse, code: taken.reason)
                    }
                }
            }
            var settle = try applier.settleLines(lines, fields: application.fields, in: reader)
            for n in settle.indices {
                settle[n].group?.key = application.record.id.text
                settle[n].places?.used = 0
            }
            try append(application, zip(known, settle).map { ($0, $1) }, kind, to: &page, in: reader)
        }
        page.asked.indexes = page.asked.lines.indices.map { UInt32($0) }
        page.asked.kind = kind
        return page
    }

    /// Adds an application's lines, each as it was numbered when it was handed in, so that two readings have the same rows.
    private func append(
        _ application: Application, _ lines: [(FiledLine, SettleLine)], _ kind: SubjectKind, to page: inout FiledPage,
        in reader: any StoreReader
    ) throws {
        let record = application.record
        for stored in record.lines {
            let found = lines.first { $0.0.judged.intake.line == stored.line }
            let isTold = !record.isSealed && stored.subject.kind == kind
            page.ids.append(isTold ? stored.subject.id : 0)
            page.households.append(isTold ? found?.0.judged.gathered.household ?? stored.household ?? 0 : 0)
            page.homes.append(isTold ? found?.0.judged.gathered.home ?? record.home?.rawValue ?? 0 : 0)
            for dimension in context.view.dimensions where dimension.fact(of: kind) != nil {
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

extension Gatherer {
    /// A line that was read: whose it is, and by what it is told apart.
    struct FiledRow: Sendable {
        var place: Int
        var line: IntakeLine
        var texts: [Dimension: String]
    }

    /// Gathers the facts of several applications at once. Whose subject the register no longer holds is left out.
    func filed(_ applications: [(place: Int, intake: Intake?)], in reader: any StoreReader) throws -> (
        rows: [FiledRow], gathered: Gathered?
    ) {
        var (rows, subjects, intakes): ([FiledRow], [SubjectReader.Row], [Intake]) = ([], [], [])
        for application in applications {
            guard let intake = application.intake else { continue }
            let found: [SubjectReader.Row]
            do { found = try self.subjects(of: intake, in: reader) } catch let error as NiangjiaError
                where error.code == .notFound
            { continue }
            for (line, row) in zip(intake.lines, found) {
                let texts = dimensions.compactMapValues { place -> String? in
                    guard case .text(let text) = row.values[place] else { return nil }
                    return text
                }
                rows.append(FiledRow(place: application.place, line: line, texts: texts))
                subjects.append(row)
                intakes.append(intake)
            }
        }
        guard !rows.isEmpty else { return ([], nil) }
        return (rows, try gather(subjects, intakes: intakes, lineOf: { rows[$0].line }, in: reader))
    }
}
