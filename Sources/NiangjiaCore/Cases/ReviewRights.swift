/// Who may do what with a case: applicant, filer, reviewers of different levels and payer are different people (不相容岗位).
enum ReviewRights {
    /// - Parameter rules: The program's, where the action asks them: who may waive what.
    static func check(
        _ action: CaseAction, _ record: CaseRecord, _ actor: Actor, rules: FormRules? = nil, in reader: any StoreReader
    ) throws {
        if actor == .host { return }
        guard action.permissions.contains(where: actor.may) else {
            guard action.permissions.contains(.reviewCases) else { throw Access.forbidden(anyOf: action.permissions) }
            throw others(than: level(of: action, record, rules))
        }
        switch action {
        case .withdraw, .resubmit:
            try party(to: record, actor, in: reader)
        case .object:
            // During public notice anybody who may object to anything may, whosever it is; an appeal is the applicant's.
            if record.state != .underNotice { try party(to: record, actor, in: reader) }
        case .waive(let code):
            guard let level = rules?.waive[code] else {
                throw forbidden("这个项目没有允许豁免 \(code)", "the program lets nobody waive \(code)")
            }
            try reviewer(of: record, at: level, actor, in: reader)
        case .approve, .sendBack, .reject, .resolveObjection:
            try reviewer(of: record, at: record.level ?? "city", actor, in: reader)
        case .retry:
            // Who may have it asked without reviewing it.
            if actor.may(.decide) { return }
            try reviewer(of: record, at: record.level ?? "city", actor, in: reader)
        case .clawBack:
            do { try independent(of: record, actor, in: reader) } catch let error as NiangjiaError {
                throw SealedFilers.refusal(error, of: record)
            }
        }
    }

    /// The level of review that an action takes, where it takes one.
    private static func level(of action: CaseAction, _ record: CaseRecord, _ rules: FormRules?) -> String {
        if case .waive(let code) = action, let level = rules?.waive[code] { return level }
        return record.level ?? "city"
    }

    private static func others(than level: String) -> NiangjiaError {
        let whose = RoleWords.level(level)
        return forbidden("要由\(whose.zh)审核人办理", "a reviewer of \(whose.en) has to do this")
    }

    private static func party(to record: CaseRecord, _ actor: Actor, in reader: any StoreReader) throws {
        if actor.account == record.filer || (actor.person != nil && actor.person == record.applicant) { return }
        guard try FilingDesk.isServed(by: actor, record, in: reader) else {
            throw forbidden(
                "只有申请人、代办人和同一片区的其他经办人可以这样做",
                "only the applicant, who filed it, and clerks of the same part of the city may do this")
        }
    }

    private static func reviewer(of record: CaseRecord, at level: String, _ actor: Actor, in reader: any StoreReader)
        throws
    {
        guard actor.role == "reviewer:\(level)" || actor.role == "reviewer" else { throw others(than: level) }
        do { try stranger(to: record, actor, in: reader) } catch let error as NiangjiaError {
            throw SealedFilers.refusal(error, of: record)
        }
    }

    /// Somebody of the level who has nothing else to do with the case.
    private static func stranger(to record: CaseRecord, _ actor: Actor, in reader: any StoreReader) throws {
        if let scope = actor.scope {
            let own =
                try reader.first("SELECT path FROM organization WHERE id = $1", [.id(scope)]) { $0.text(0) } ?? "?"
            let home = try record.home.flatMap { home in
                try reader.first("SELECT path FROM organization WHERE id = $1", [.id(home)]) { $0.text(0) }
            }
            guard let home, home.hasPrefix(own) else {
                throw forbidden("不在您负责的范围内", "outside your part of the city")
            }
        }
        try independent(of: record, actor, in: reader)
    }

    /// Not the applicant, nobody who has filed it, handed it in again or appealed, nobody of the household, and nobody who has approved
    /// it at another level or turned it down before: people, not accounts.
    private static func independent(of record: CaseRecord, _ actor: Actor, in reader: any StoreReader) throws {
        let own = try AccountPersons.expand([actor.account], in: reader)
        let filers = try reader.all(
            """
            SELECT actor FROM case_step WHERE case_id = $1 AND (action = 'resubmit' OR action = 'object' AND from_state <> $2)
            """, [.id(record.id), .text(CaseState.underNotice.rawValue)]
        ) { $0.text(0) }
        if !own.isDisjoint(with: filers + [record.filer])
            || (actor.person != nil && actor.person == record.applicant)
        {
            throw forbidden("申请人和代办人不能审核自己的申请", "who applied or filed can't review")
        }
        if let applicant = record.applicant, let person = actor.person {
            let related = try reader.integer(
                "SELECT COUNT(*) FROM person a JOIN person b ON b.household = a.household WHERE a.id = $1 AND b.id = $2",
                [.id(applicant), .id(person)])
            if (related ?? 0) > 0 { throw forbidden("亲属不能审核", "a relative can't review") }
        }
        // At its own level a reviewer looks again after a correction.
        let approvers = try reader.all(
            """
            SELECT actor FROM case_step WHERE case_id = $1 AND (action IN ('reject', 'uphold') OR \
            action = 'approve' AND COALESCE(level, '') <> $2)
            """, [.id(record.id), .text(record.level ?? "")]
        ) { $0.text(0) }
        if !own.isDisjoint(with: approvers) {
            throw forbidden("同一人不能两次审核同一份申请", "one person can't review a case twice")
        }
    }

    private static func forbidden(_ zh: String, _ en: String) -> NiangjiaError {
        NiangjiaError(.forbidden, zh: zh, en: en)
    }
}
