/// What the host itself asks of an application before and beside the rule: windows, claims, exclusions.
struct Admission {
    let context: FormContext
    let crypto: any CryptoProvider

    /// Throws when the program takes no applications, or none by this channel.
    func admit(channel: String) throws(NiangjiaError) {
        let title = context.plugin.manifest.title
        let name = LocalText(zh: "“\(title.zh)”(\(context.program.id))", en: "“\(title.en)” (\(context.program.id))")
        switch context.program.status {
        case .open: break
        case .closedToNew:
            throw NiangjiaError(
                .conflict, zh: "项目\(name.zh)已停止受理新申请", en: "program \(name.en) takes no new applications")
        case .suspended: throw NiangjiaError(.conflict, zh: "项目\(name.zh)已暂停", en: "program \(name.en) is suspended")
        case .ended: throw NiangjiaError(.conflict, zh: "项目\(name.zh)已结束", en: "program \(name.en) has ended")
        }
        let by = context.form.by
        guard by.contains(channel) || by.contains("anyone") || (by.contains("person") && channel == "member") else {
            let manifest = context.plugin.manifest
            let (asking, open) = (RoleWords.title(channel, manifest), RoleWords.list(by, manifest))
            throw NiangjiaError(
                .forbidden, zh: "这张表不由\(asking.zh)提交,可以提交的是:\(open.zh)",
                en: "this form is not open to \(asking.en), but to \(open.en)")
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

    /// Throws when somebody who works for a part of the city hands in about what lies elsewhere: a rule's answer tells of its subject.
    /// Workers are served wherever they are members, so a clerk files for anybody; a unit files for its own people.
    ///
    /// - Parameter known: whom the case was about before; that they have left since stops nobody who mends it.
    func checkReach(
        _ intake: Intake, channel: String, by actor: Actor, known: Set<SubjectRef> = [], in reader: any StoreReader
    ) throws {
        // What a plugin's own action opens is for its script to say.
        guard actor.scope != nil, channel != "action" else { return }
        let part = try OrganizationScope.of(actor.scope, in: reader)
        for line in intake.lines where !known.contains(line.subject) {
            let sql: String
            switch line.subject.kind {
            case .organization: sql = "SELECT path FROM organization WHERE id = $1"
            case .station:
                sql = "SELECT o.path FROM station s JOIN organization o ON o.id = s.organization WHERE s.id = $1"
            case .person where channel == "unit":
                sql = """
                    SELECT o.path FROM membership m JOIN organization o ON o.id = m.organization
                    WHERE m.person = $1 AND \(Membership.binds)
                    UNION ALL SELECT o.path FROM person p JOIN organization o ON o.id = p.employer WHERE p.id = $1
                    """
            default: continue
            }
            let paths = try reader.all(sql, [.int(line.subject.id)]) { $0.text(0) }
            guard let part, paths.contains(where: part.contains(path:)) else {
                throw NiangjiaError(
                    .forbidden, zh: "申请的对象不在您负责的范围内。", en: "Whom the case is about is outside your part.",
                    place: "/fields")
            }
        }
    }

    /// Throws when a child that is applied for isn't in the applicant's household file: one doesn't apply for somebody else's.
    func checkChildren(_ intake: Intake, in reader: any StoreReader) throws {
        guard let applicant = intake.applicant, case .path(let path) = context.form.subject,
            FormContext.referenceType(at: path, in: context.form.fields) == "child"
        else { return }
        let children = try Household.of(applicant, in: reader).map { try Household.children(of: $0, in: reader) } ?? []
        for line in intake.lines {
            guard children.contains(ID(rawValue: line.subject.id)), line.subject.id != applicant.rawValue else {
                let field = path.split(separator: ".").first.map(String.init) ?? path
                throw NiangjiaError(
                    .invalid, zh: "这名子女不在申请人的家庭档案中,请先更新家庭成员", en: "the child isn't in the applicant's household file",
                    place: "/fields/\(field)/\(line.line)")
            }
        }
    }

    /// Throws when a field names a record that isn't there, or one of another table.
    func checkRecords(_ intake: Intake, in reader: any StoreReader) throws {
        for (name, value) in intake.fields {
            guard let field = context.form.fields.first(where: { $0.name == name }) else { continue }
            try checkRecords(value, field.type, at: "/fields/" + name, in: reader)
        }
    }

    /// Where a field names a record that was removed since: it decides nothing any more, neither for whom it names nor against.
    func removedRecord(_ intake: Intake, in reader: any StoreReader) throws -> String? {
        do { try checkRecords(intake, in: reader) } catch let error as NiangjiaError where error.code == .invalid {
            return error.place
        }
        return nil
    }

    private func checkRecords(_ value: Value, _ type: FieldType, at place: String, in reader: any StoreReader) throws {
        switch type {
        case .nullable(let inner): try checkRecords(value, inner, at: place, in: reader)
        case .list(let inner):
            for (n, item) in (value.list ?? []).enumerated() {
                try checkRecords(item, inner, at: "\(place)/\(n)", in: reader)
            }
        case .object(let fields):
            for field in fields {
                try checkRecords(value[field.name], field.type, at: "\(place)/\(field.name)", in: reader)
            }
        case .reference(let kind) where context.plugin.manifest.records[kind] != nil && !value.isNull:
            let known = try ID<Record>(value.text ?? "").flatMap { id in
                try RecordRows.load(id, plugin: context.plugin.manifest.id, kind: kind, in: reader)
            }
            guard known != nil else {
                throw NiangjiaError(
                    .invalid, zh: "没有这一项登记:\(kind) \(value.text ?? "")", en: "there is no \(kind) \(value.text ?? "")",
                    place: place)
            }
        default: return
        }
    }

    /// The host's own refusal of whoever has died, and when a form is for members of an applicant who is none. Of whom else the lines
    /// are about, the form says.
    func applicantReason(_ intake: Intake, in reader: any StoreReader) throws -> String? {
        guard let applicant = intake.applicant else { return nil }
        if try Death.isTold(of: applicant, in: reader) { return HostReason.deceased }
        let by = context.form.by
        guard by.contains("member"), !by.contains("person"), !by.contains("anyone") else { return nil }
        let active = try reader.integer(
            "SELECT COUNT(*) FROM membership m WHERE m.person = $1 AND \(Membership.binds)", [.id(applicant)])
        return (active ?? 0) > 0 ? nil : HostReason.notMember
    }

    /// The host's own refusal when the places that are asked for have closed (`places.closes`).
    func closedReason(_ intake: Intake, in reader: any StoreReader) throws -> String? {
        guard context.form.places?.closes != nil else { return nil }
        for line in intake.lines {
            let path = FormPath(context, line, household: nil, intake: intake)
            guard let closesAt = try context.pool(of: path, in: reader)?.closesAt else { continue }
            if closesAt <= intake.submittedAt { return HostReason.outOfSeason }
        }
        return nil
    }

    /// The host's own refusal when something lies outside its windows.
    func windowReason(_ intake: Intake) -> String? {
        let inSeason = context.rules.season.contains(intake.onDate)
        return inSeason && context.rules.apply.contains(intake.submittedAt) ? nil : HostReason.outOfSeason
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
            // Who belongs to no household is one of their own.
            let household = cap.per == "household" ? line.household.map { "h\($0)" } : nil
            let holder = household ?? line.subject.description
            return SettleLine.Cap(
                key: "\(cap.name)/\(holder)/\(window.map { "\($0)" } ?? "")", cap: cap.cap, used: stands.amount,
                reason: cap.reason)
        }
    }

    /// Whether what stands beside a line leaves it anything of what its rule grants: no other program excludes it, and its shared
    /// caps and its bill aren't drawn already.
    func leaves(_ judgement: Judgement, for line: GatheredLine, fields: [String: Value], in reader: any StoreReader)
        throws -> Bool
    {
        var settle = SettleLine(judgement: judgement)
        settle.excludedBy = try exclusion(for: line, in: reader)
        settle.caps = try caps(for: line, in: reader)
        if let bill = bill(of: line, fields: fields) { settle.caps.append(try cap(of: bill, in: reader)) }
        var state = SettleState(available: [:])
        return Settle.settle([settle], against: &state)[0].stands
    }

    private func standing(
        of forms: [String], per: String, _ line: GatheredLine, window: DateRange?, in reader: any StoreReader
    ) throws -> (count: Int, amount: Money) {
        let byHousehold = per == "household" && line.household != nil
        let column = byHousehold ? "household = $1" : "subject = $1 AND subject_kind = $4"
        let sql =
            "SELECT plugin, form, COALESCE(kept, amount + queued), case_id FROM decision WHERE \(column) AND on_date >= $2 AND on_date <= $3 "
            + "AND state = 'standing'"
        var arguments: [SQLValue] = [
            .int(byHousehold ? line.household ?? 0 : line.subject.id), .date(window?.from ?? CivilDate(days: .min / 2)),
            .date(window?.to ?? CivilDate(days: .max / 2)),
        ]
        if !byHousehold { arguments.append(.text(line.subject.kind.rawValue)) }
        var found = (count: 0, amount: Money.zero)
        try reader.forEach(sql, arguments) { row in
            guard forms.contains(row.text(0) + "/" + row.text(1)) else { return true }
            if try context.view.takesAnew(row.idOrNil(3), in: reader) { return true }
            found.count += 1
            found.amount += row.money(2)
            return true
        }
        return found
    }
}
