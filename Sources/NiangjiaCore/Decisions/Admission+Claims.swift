/// What may exist once (`unique`), held from submission.
extension Admission {
    /// A claim that a line must hold: unique combinations of the manifest's rules, of other forms that name this one, and the
    /// city's exclusions.
    struct Claim: Sendable {
        var rule: String
        var key: [UInt8]
        var reason: String
        /// Exclusions let cases of the same form share a claim.
        var isExclusion: Bool
        /// Whether a second one is shown to reviewers (`flag`).
        var isFlagged = false
    }

    /// The claims of a line. A path through a list (`tickets.number`) makes one for each element.
    func claims(for line: IntakeLine, _ gathered: GatheredLine, intake: Intake, in reader: any StoreReader) throws
        -> [Claim]
    {
        let path = FormPath(context, line, household: gathered.household, intake: intake)
        var found: [Claim] = []
        for pluginID in context.bundle.plugins.keys.sorted() {
            guard let manifest = context.bundle.plugins[pluginID]?.manifest else { continue }
            for formName in manifest.forms.keys.sorted() {
                for (n, rule) in (manifest.forms[formName]?.unique ?? []).enumerated() {
                    let forms = rule.of.isEmpty ? [formName] : rule.of
                    // Forms of one plugin are of one series wherever they are used; others are only held together by the day.
                    let isOwn = forms.allSatisfy { !$0.contains("/") || $0.hasPrefix(pluginID + "/") }
                    let names = forms.map { $0.contains("/") ? $0 : pluginID + "/" + $0 }
                    guard names.contains(context.qualifiedName) else { continue }
                    for key in try keys(of: rule, path, of: isOwn ? context.program.series : nil, in: reader) {
                        found.append(
                            Claim(
                                rule: "\(pluginID)/\(formName)#\(n)", key: mac(key), reason: rule.reason,
                                isExclusion: false, isFlagged: rule.isFlagged))
                    }
                }
            }
        }
        for (n, exclusion) in context.bundle.stacking.exclusions.enumerated()
        where exclusion.of.contains(context.qualifiedName) {
            guard let value = try values(of: exclusion.per, path, in: reader).first else { continue }
            let key: Value = [value, .text(windowKey(exclusion.within, on: intake.onDate, of: nil))]
            found.append(Claim(rule: "exclusion#\(n)", key: mac(key), reason: exclusion.reason, isExclusion: true))
        }
        return found
    }

    /// What must be unique: `per` and `with` element by element where both go through the same list, or each of `nights`, and the
    /// window of the date.
    private func keys(
        of rule: UniqueRule, _ path: FormPath, of series: String?, in reader: any StoreReader
    ) throws -> [Value] {
        let pers = try values(of: rule.per, path, in: reader)
        let nights = try rule.nights.map { try days(of: $0, path, in: reader) }
        let withs = try rule.with.map { try values(of: $0, path, in: reader) } ?? []
        let dates = try rule.datedBy.map { try path.values($0, in: reader).compactMap(\.date) } ?? []
        return pers.enumerated().flatMap { n, per -> [Value] in
            let date = dates.isEmpty ? path.onDate : dates.count == pers.count ? dates[n] : dates[0]
            let window: Value = .text(windowKey(rule.within, on: date, of: series))
            if let nights { return nights.map { [per, $0, window] } }
            if withs.count == pers.count { return [[per, withs[n], window]] }
            return withs.isEmpty ? [[per, .null, window]] : withs.map { [per, $0, window] }
        }
    }

    private func days(of nights: UniqueRule.Nights, _ path: FormPath, in reader: any StoreReader) throws -> [Value] {
        guard let first = try path.values(nights.from, in: reader).compactMap(\.date).first,
            let last = try path.values(nights.to, in: reader).compactMap(\.date).first
        else { return [] }
        return UniqueRule.Nights.days(from: first, to: last).map { .text($0.description) }
    }

    /// Values as they are compared: a number typed in full width or with spaces is the same number.
    private func values(of path: String, _ form: FormPath, in reader: any StoreReader) throws -> [Value] {
        let isKnown = ["subject", "household", "applicant", "season_start", "submitted_on"].contains {
            path.hasPrefix($0)
        }
        guard isKnown || form.isField(path) || path.contains("[") || path.hasPrefix("settings.") else {
            // A name that is no field of this form names its subject by role (`child`, `pupil`).
            return [.text(form.line.subject.description)]
        }
        let found = try form.values(path, in: reader)
        // Who belongs to no household is one of their own.
        if path == "household", found.isEmpty, form.line.subject.kind == .person {
            return [.text(form.line.subject.description)]
        }
        return found.map { value in
            guard let text = value.text, ID<Record>(text) == nil, ID<Person>(text) == nil else { return value }
            return .text(TextFolding.halfWidth(text).filter { !$0.isWhitespace }.uppercased())
        }
    }

    private func mac(_ key: Value) -> [UInt8] { crypto.mac(Array(key.json.utf8), purpose: .lookup) }

    /// Names the window that a date falls in. A season is named by its first day, and by its series where only that shares it.
    private func windowKey(_ window: LookDefinition.Window, on date: CivilDate, of series: String?) -> String {
        switch window {
        case .days, .months, .ever: return "ever"
        case .season:
            return (["season", "\(context.rules.season.from)"] + [series].compactMap { $0 }).joined(separator: " ")
        default:
            return LookReader.window(window, on: date, season: context.rules.season).map { "\($0)" } ?? "ever"
        }
    }

    /// Takes all claims of a case's line. Returns the first that somebody else holds, or that the line itself makes twice.
    func takeAll(
        for line: JudgedLine, intake: Intake, caseID: ID<CaseFile>, _ change: ChangeContext, in writer: any StoreWriter
    ) throws -> Claim? {
        var own: Set<[UInt8]> = []
        for claim in try claims(for: line.intake, line.gathered, intake: intake, in: writer) {
            let isTwice = !claim.isExclusion && !own.insert(Array(claim.rule.utf8) + claim.key).inserted
            if try isTwice || !take(claim, caseID: caseID, line: line.intake.line, at: change.now, in: writer) {
                if claim.isFlagged { try flag(claim, caseID, change, in: writer) }
                return claim
            }
        }
        return nil
    }

    /// Tells reviewers of both cases that each other's application named the same: a step of each, which nobody else is shown.
    private func flag(_ claim: Claim, _ id: ID<CaseFile>, _ change: ChangeContext, in writer: any StoreWriter) throws {
        let other = try writer.first(
            "SELECT case_id FROM unique_claim WHERE rule = $1 AND key = $2", [.text(claim.rule), .blob(claim.key)]
        ) { $0.idOrNil(0, CaseFile.self) }
        for (one, another) in [(id, other ?? nil), (other ?? nil, id)] {
            guard let one else { continue }
            try Cases.flag(one, claim.reason + " " + (another.map { $0.text } ?? "-"), change, in: writer)
            if one == another { break }
        }
    }

    /// Takes a claim for a line of a case. False when somebody else holds it.
    func take(_ claim: Claim, caseID: ID<CaseFile>, line: Int, at now: Instant, in writer: any StoreWriter) throws
        -> Bool
    {
        let inserted = try writer.execute(
            """
            INSERT INTO unique_claim (rule, key, case_id, line, form, held_at) VALUES ($1, $2, $3, $4, $5, $6) \
            ON CONFLICT DO NOTHING
            """,
            [
                .text(claim.rule), .blob(claim.key), .id(caseID), .int(Int64(line)), .text(context.qualifiedName),
                .instant(now),
            ])
        if inserted == 1 { return true }
        return try holder(of: claim, in: writer).map { $0.caseID == caseID || isShared(claim, with: $0.form) } ?? false
    }

    /// Takes a claim for a decision of a run. False when somebody else holds it.
    func take(_ claim: Claim, decision: ID<Decision>, at now: Instant, in writer: any StoreWriter) throws -> Bool {
        let inserted = try writer.execute(
            "INSERT INTO unique_claim (rule, key, decision, form, held_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            [.text(claim.rule), .blob(claim.key), .id(decision), .text(context.qualifiedName), .instant(now)])
        if inserted == 1 { return true }
        return try holder(of: claim, in: writer).map { isShared(claim, with: $0.form) } ?? false
    }

    /// Whether somebody holds a claim already whom it excludes: another case than the one named, or a decision.
    func isHeld(_ claim: Claim, butBy own: ID<CaseFile>? = nil, in reader: any StoreReader) throws -> Bool {
        guard let holder = try holder(of: claim, in: reader), own == nil || holder.caseID != own else { return false }
        return !isShared(claim, with: holder.form)
    }

    /// Whether somebody holds a claim who is none of the applications that are looked back at.
    func isHeldByOthers(_ claim: Claim, in reader: any StoreReader) throws -> Bool {
        guard let holder = try holder(of: claim, in: reader), !isShared(claim, with: holder.form) else { return false }
        return try !context.view.takesAnew(holder.caseID, in: reader)
    }

    private func holder(of claim: Claim, in reader: any StoreReader) throws -> (caseID: ID<CaseFile>?, form: String)? {
        try reader.first(
            "SELECT case_id, form FROM unique_claim WHERE rule = $1 AND key = $2",
            [.text(claim.rule), .blob(claim.key)]
        ) { ($0.idOrNil(0, CaseFile.self), $0.text(1)) }
    }

    /// Cases of one form share an exclusion's claim: it only keeps the other forms out.
    private func isShared(_ claim: Claim, with form: String) -> Bool {
        claim.isExclusion && form == context.qualifiedName
    }
}
