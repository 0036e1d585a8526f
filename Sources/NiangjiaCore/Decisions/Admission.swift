/// What the host itself asks of an application before and beside the rule: windows, claims, exclusions.
struct Admission {
    let context: FormContext
    let crypto: any CryptoProvider

    /// Throws when the program takes no applications, or none by this channel.
    func admit(channel: String) throws(NiangjiaError) {
        let name = context.program.id
        switch context.program.status {
        case .open: break
        case .closedToNew:
            throw NiangjiaError(.conflict, zh: "项目 \(name) 已停止受理新申请", en: "program \(name) takes no new applications")
        case .suspended: throw NiangjiaError(.conflict, zh: "项目 \(name) 已暂停", en: "program \(name) is suspended")
        case .ended: throw NiangjiaError(.conflict, zh: "项目 \(name) 已结束", en: "program \(name) has ended")
        }
        let by = context.form.by
        guard by.contains(channel) || by.contains("anyone") || (by.contains("person") && channel == "member") else {
            throw NiangjiaError(
                .forbidden, zh: "这张表不接受以“\(channel)”方式提交", en: "this form is not open to \(channel)",
                place: by.joined(separator: ", "))
        }
        guard !context.form.isJudgedAfterSeason else {
            throw NiangjiaError(.configuration, zh: "尚不支持 judge_after", en: "judge_after is not supported yet")
        }
    }

    /// Throws when somebody hands in for another whom they don't stand for: a member for themself, a unit's clerk for the unit.
    func admit(_ submission: Submission, by actor: Actor, in reader: any StoreReader) throws {
        if actor.role == "member", submission.applicant != actor.person {
            throw NiangjiaError(
                .forbidden, zh: "只能为自己申请;代他人办理请到工会窗口", en: "apply for yourself; a clerk files for somebody else",
                place: "/applicant")
        }
        if actor.role == "unit", let scope = actor.scope, submission.unit != scope {
            let path = "SELECT path FROM organization WHERE id = $1"
            let own = try reader.first(path, [.id(scope)]) { $0.text(0) } ?? "?"
            let unit = try submission.unit.flatMap { unit in try reader.first(path, [.id(unit)]) { $0.text(0) } }
            guard unit?.hasPrefix(own) == true else {
                throw NiangjiaError(.forbidden, zh: "只能为本单位办理", en: "only for your own unit", place: "/unit")
            }
        }
    }

    /// Throws when a child that is applied for isn't in the applicant's household file: one doesn't apply for somebody else's.
    func checkChildren(_ intake: Intake, in reader: any StoreReader) throws {
        guard let applicant = intake.applicant, case .path(let path) = context.form.subject,
            FormContext.referenceType(at: path, in: context.form.fields) == "child"
        else { return }
        let household = "SELECT household FROM person WHERE id = $1"
        let own = try reader.integer(household, [.id(applicant)])
        for line in intake.lines {
            guard let own, try reader.integer(household, [.int(line.subject.id)]) == own else {
                let field = path.split(separator: ".").first.map(String.init) ?? path
                throw NiangjiaError(
                    .invalid, zh: "这名子女不在申请人的家庭档案中,请先更新家庭成员", en: "the child isn't in the applicant's household file",
                    place: "/\(field)/\(line.line)")
            }
        }
    }

    /// The host's own refusal when a form is for members and the applicant is none.
    func membershipReason(_ intake: Intake, in reader: any StoreReader) throws -> String? {
        let by = context.form.by
        guard by.contains("member"), !by.contains("person"), !by.contains("anyone"), let applicant = intake.applicant
        else {
            return nil
        }
        let active = try reader.integer(
            "SELECT COUNT(*) FROM membership WHERE person = $1 AND status IN ('active', 'reserved', 'transferring')",
            [.id(applicant)])
        return (active ?? 0) > 0 ? nil : HostReason.notMember
    }

    /// The host's own refusal when something lies outside its windows.
    func windowReason(_ intake: Intake) -> String? {
        let inSeason = context.rules.season.contains(intake.onDate)
        return inSeason && context.rules.apply.contains(intake.submittedAt) ? nil : HostReason.outOfSeason
    }

    /// A claim that a line must hold: unique combinations of the manifest's rules, of other forms that name this one, and the
    /// city's exclusions.
    struct Claim: Sendable {
        var rule: String
        var key: [UInt8]
        var reason: String
        /// Exclusions let cases of the same form share a claim.
        var isExclusion: Bool
    }

    func claims(for line: IntakeLine, _ gathered: GatheredLine, intake: Intake) -> [Claim] {
        var found: [Claim] = []
        for pluginID in context.bundle.plugins.keys.sorted() {
            guard let manifest = context.bundle.plugins[pluginID]?.manifest else { continue }
            for formName in manifest.forms.keys.sorted() {
                for (n, rule) in (manifest.forms[formName]?.unique ?? []).enumerated() {
                    let forms = rule.of.isEmpty ? [formName] : rule.of
                    let names = forms.map { $0.contains("/") ? $0 : pluginID + "/" + $0 }
                    guard names.contains(context.qualifiedName) else { continue }
                    let date = rule.datedBy.flatMap { intake.fields[$0]?.date } ?? intake.onDate
                    guard let value = value(of: rule.per, line, gathered, intake) else { continue }
                    let with = rule.with.flatMap { self.value(of: $0, line, gathered, intake) } ?? .null
                    let window = windowKey(rule.within, on: date)
                    let key: Value = [value, with, .text(window)]
                    found.append(
                        Claim(
                            rule: "\(pluginID)/\(formName)#\(n)", key: mac(key), reason: rule.reason, isExclusion: false
                        ))
                }
            }
        }
        for (n, exclusion) in context.bundle.stacking.exclusions.enumerated()
        where exclusion.of.contains(context.qualifiedName) {
            guard let value = value(of: exclusion.per, line, gathered, intake) else { continue }
            let key: Value = [value, .text(windowKey(exclusion.within, on: intake.onDate))]
            found.append(Claim(rule: "exclusion#\(n)", key: mac(key), reason: exclusion.reason, isExclusion: true))
        }
        return found
    }

    private func mac(_ key: Value) -> [UInt8] { crypto.mac(Array(key.json.utf8), purpose: .lookup) }

    /// Names the window that a date falls in; a season is named by its series and first day.
    private func windowKey(_ window: LookDefinition.Window, on date: CivilDate) -> String {
        switch window {
        case .days, .months, .ever: return "ever"
        case .season: return "season \(context.rules.season.from)"
        default:
            return LookReader.window(window, on: date, season: context.rules.season).map { "\($0)" } ?? "ever"
        }
    }

    private func value(of path: String, _ line: IntakeLine, _ gathered: GatheredLine, _ intake: Intake) -> Value? {
        if path == "subject" { return .text(line.subject.description) }
        if path == "household" {
            return gathered.household.map { .text(ID<Household>(rawValue: $0).text) }
        }
        let direct = Value.map(intake.fields).at(path: path)
        if !direct.isNull { return direct }
        let inner = path.split(separator: ".").dropFirst().joined(separator: ".")
        let element = line.element.at(path: inner.isEmpty ? path : inner)
        if !element.isNull { return element }
        // A name that is no field of this form names its subject by role (`child`, `pupil`).
        return FormContext.referenceType(at: path, in: context.form.fields) == nil
            ? .text(line.subject.description) : nil
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

    /// Whether somebody holds a claim already whom it excludes.
    func isHeld(_ claim: Claim, in reader: any StoreReader) throws -> Bool {
        try holder(of: claim, in: reader).map { !isShared(claim, with: $0.form) } ?? false
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

extension Admission {
    /// Whether a standing decision of another form excludes this one: the reason.
    func exclusion(for line: GatheredLine, in reader: any StoreReader) throws -> String? {
        for exclusion in context.bundle.stacking.exclusions where exclusion.of.contains(context.qualifiedName) {
            let window = LookReader.window(exclusion.within, on: line.onDate, season: context.rules.season)
            let stands = try standing(
                of: exclusion.of.filter { $0 != context.qualifiedName }, per: exclusion.per, line, window: window,
                in: reader)
            if stands.count > 0 { return exclusion.reason }
        }
        return nil
    }

    /// The stacking caps that a line draws on, with what is drawn already.
    func caps(for line: GatheredLine, in reader: any StoreReader) throws -> [SettleLine.Cap] {
        try context.bundle.stacking.sharedCaps.filter { $0.of.contains(context.qualifiedName) }.map { cap in
            let window = LookReader.window(cap.within, on: line.onDate, season: context.rules.season)
            let stands = try standing(of: cap.of, per: cap.per, line, window: window, in: reader)
            let holder = cap.per == "household" ? "h\(line.household ?? 0)" : line.subject.description
            return SettleLine.Cap(
                key: "\(cap.name)/\(holder)/\(window.map { "\($0)" } ?? "")", cap: cap.cap, used: stands.amount,
                reason: cap.reason)
        }
    }

    private func standing(
        of forms: [String], per: String, _ line: GatheredLine, window: DateRange?, in reader: any StoreReader
    ) throws -> (count: Int, amount: Money) {
        let byHousehold = per == "household"
        guard !byHousehold || line.household != nil else { return (0, .zero) }
        let column = byHousehold ? "household = $1" : "subject = $1 AND subject_kind = $4"
        let sql =
            "SELECT plugin, form, amount, queued FROM decision WHERE \(column) AND on_date >= $2 AND on_date <= $3 "
            + "AND state = 'standing'"
        var arguments: [SQLValue] = [
            .int(byHousehold ? line.household ?? 0 : line.subject.id), .date(window?.from ?? CivilDate(days: .min / 2)),
            .date(window?.to ?? CivilDate(days: .max / 2)),
        ]
        if !byHousehold { arguments.append(.text(line.subject.kind.rawValue)) }
        var found = (count: 0, amount: Money.zero)
        try reader.forEach(sql, arguments) { row in
            guard forms.contains(row.text(0) + "/" + row.text(1)) else { return true }
            found.count += 1
            found.amount += row.money(2) + row.money(3)
            return true
        }
        return found
    }
}
