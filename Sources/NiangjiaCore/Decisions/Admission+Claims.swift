/// What may exist once (`unique`), held from submission.
extension Admission {
    /// A claim that a line must hold: unique combinations of the manifest's rules, of other forms that name this one, and the
    /// city's exclusions.
    struct Claim: Sendable {
        var held: UniqueClaim
        var reason: String
        /// Whether a second one is shown to reviewers (`flag`).
        var isFlagged = false
        /// Whether it names something of the line's own element (a receipt's number), which no other line of its application may name
        /// either. What it doesn't, the application's lines claim together: their household, the applicant, the unit.
        var isOfElement = false
    }

    /// The claims of a line. A path through a list (`tickets.number`) makes one for each element.
    func claims(for line: IntakeLine, household: Int64?, intake: Intake, in reader: any StoreReader) throws -> [Claim] {
        try claims(of: FormPath(context, line, household: household, intake: intake), in: reader)
    }

    private func claims(of path: FormPath, in reader: any StoreReader) throws -> [Claim] {
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
                    let name = "\(pluginID)/\(formName)#\(n)"
                    let series = isOwn ? context.program.series : nil
                    let isOfElement = [rule.per, rule.with].contains { $0.map(path.isOfElement) ?? false }
                    found += try held(by: rule, name, path, of: series, in: reader).map {
                        Claim(held: $0, reason: rule.reason, isFlagged: rule.isFlagged, isOfElement: isOfElement)
                    }
                }
            }
        }
        for (n, exclusion) in context.bundle.stacking.exclusions.enumerated()
        where exclusion.of.contains(context.qualifiedName) {
            guard let value = try values(of: exclusion.per, path, in: reader).first else { continue }
            let held = UniqueClaim(
                rule: "exclusion#\(n)", [value], within: exclusion.within, on: path.onDate,
                season: context.rules.season, isShared: true, crypto)
            found.append(Claim(held: held, reason: exclusion.reason))
        }
        return found
    }

    /// What must be unique: `per` and `with` element by element where both go through the same list, or each of `nights`, in the
    /// window of the date.
    private func held(
        by rule: UniqueRule, _ name: String, _ path: FormPath, of series: String?, in reader: any StoreReader
    ) throws -> [UniqueClaim] {
        let pers = try values(of: rule.per, path, in: reader)
        let nights = try rule.nights.map { try days(of: $0, path, in: reader) }
        let withs = try rule.with.map { try values(of: $0, path, in: reader) } ?? []
        let dates = try rule.datedBy.map { try path.values($0, in: reader).compactMap(\.date) } ?? []
        return pers.enumerated().flatMap { n, per -> [UniqueClaim] in
            let date = dates.isEmpty ? path.onDate : dates.count == pers.count ? dates[n] : dates[0]
            let others = nights ?? (withs.count == pers.count ? [withs[n]] : withs.isEmpty ? [.null] : withs)
            return others.map {
                UniqueClaim(
                    rule: name, [per, $0], within: rule.within, on: date, season: context.rules.season, of: series,
                    crypto)
            }
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

    /// Takes the claims of a case's lines, each line's all or none. A line is refused of which somebody else holds one, or that names twice
    /// what may exist once, itself or after another line that gives.
    ///
    /// - Throws: ``StaleFacts`` where somebody was quicker.
    func takeAll(
        for lines: inout [JudgedLine], intake: Intake, caseID: ID<CaseFile>, _ change: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        var named = HeldClaims<Bool>()
        for n in lines.indices {
            let (line, household) = (lines[n].intake, lines[n].gathered.household)
            let claims = try claims(for: line, household: household, intake: intake, in: writer)
            if let claim = try firstHeld(of: claims, besides: named, butBy: caseID, in: writer) {
                if claim.isFlagged { try flag(claim, caseID, change, in: writer) }
                lines[n].judgement = Judgement(.refuse, code: claim.reason)
                lines[n].source = .host
                continue
            }
            try take(claims, for: line, of: caseID, at: change.now, in: writer)
            guard lines[n].judgement.gives else { continue }
            for claim in claims where claim.isOfElement { named.insert(claim.held, by: true) }
        }
    }

    /// Frees what the lines of a case have just claimed (``takeAll(for:intake:caseID:_:in:)``), but for those that it is left with.
    func keepClaims(
        of lines: [JudgedLine], _ parties: Parties, caseID: ID<CaseFile>, _ change: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        // The row of what several lines claim doesn't say which: those that are left claim theirs again.
        try writer.execute("DELETE FROM unique_claim WHERE case_id = $1", [.id(caseID)])
        for line in lines {
            let claims = try claims(of: FormPath(context, line, parties), in: writer)
            try take(claims, for: line.intake, of: caseID, at: change.now, in: writer)
        }
    }

    /// The first claim of a line that somebody else holds, or that is named already: by those given, or by the line itself.
    private func firstHeld(
        of claims: [Claim], besides named: HeldClaims<Bool>, butBy caseID: ID<CaseFile>, in reader: any StoreReader
    ) throws -> Claim? {
        var named = named
        for claim in claims {
            if try named.isHeld(claim.held) || isHeld(claim, butBy: caseID, in: reader) { return claim }
            named.insert(claim.held, by: true)
        }
        return nil
    }

    private func take(
        _ claims: [Claim], for line: IntakeLine, of caseID: ID<CaseFile>, at now: Instant, in writer: any StoreWriter
    ) throws {
        let owner = UniqueClaim.Owner(form: context.qualifiedName, caseID: caseID, line: line.line)
        for claim in claims {
            // Whoever was quicker is seen by the next attempt, which hears the reason.
            guard try take(claim, owner, at: now, in: writer) else { throw StaleFacts(lines: []) }
        }
    }

    /// Tells reviewers of both cases that each other's application named the same: a step of each, which nobody else is shown.
    private func flag(_ claim: Claim, _ id: ID<CaseFile>, _ change: ChangeContext, in writer: any StoreWriter) throws {
        let owners = try claim.held.owners(in: writer).map(\.caseID)
        // Nobody's: the application itself names it twice.
        let other: ID<CaseFile>? = owners.first { $0 != id } ?? owners.first ?? id
        for (one, another) in [(id, other), (other, id)] {
            guard let one else { continue }
            try Cases.flag(one, claim.reason + " " + (another.map { $0.text } ?? "-"), change, in: writer)
            if one == another { break }
        }
    }

    /// Takes a claim for a line of a case, or a decision of a run. False when somebody else holds it.
    func take(_ claim: Claim, _ owner: UniqueClaim.Owner, at now: Instant, in writer: any StoreWriter) throws -> Bool {
        try claim.held.take(owner, at: now, in: writer) { hinders(claim, $0, own: owner.caseID) }
    }

    /// Whether somebody holds a claim already whom it excludes: another case than the one named, or a decision.
    func isHeld(_ claim: Claim, butBy own: ID<CaseFile>? = nil, in reader: any StoreReader) throws -> Bool {
        try claim.held.owners(in: reader).contains { hinders(claim, $0, own: own) }
    }

    /// Whether somebody holds a claim who is none of the applications that are looked back at.
    func isHeldByOthers(_ claim: Claim, in reader: any StoreReader) throws -> Bool {
        try claim.held.owners(in: reader).contains {
            try hinders(claim, $0, own: nil) && !context.view.takesAnew($0.caseID, in: reader)
        }
    }

    private func hinders(_ claim: Claim, _ owner: UniqueClaim.Owner, own: ID<CaseFile>?) -> Bool {
        if claim.held.isShared, owner.form == context.qualifiedName { return false }
        return own == nil || owner.caseID != own
    }
}
