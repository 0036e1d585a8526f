/// Who may do what with a case: applicant, filer, reviewers of different levels and payer are different people (不相容岗位).
enum ReviewRights {
    static func check(_ action: CaseAction, _ record: CaseRecord, _ actor: Actor, in reader: any StoreReader) throws {
        if actor == .host { return }
        switch action {
        case .withdraw, .resubmit:
            guard actor.account == record.filer || (actor.person != nil && actor.person == record.applicant) else {
                throw forbidden("只有申请人或代办人可以这样做", "only the applicant or who filed it may do this")
            }
        case .object: return
        case .approve, .sendBack, .reject, .resolveObjection, .waive:
            try reviewer(of: record, actor, in: reader)
        case .clawBack:
            guard ["treasurer", "program_admin"].contains(actor.role) else {
                throw forbidden("只有财务人员可以追回", "only a treasurer may claw back")
            }
            try independent(of: record, actor, in: reader)
        }
    }

    private static func reviewer(of record: CaseRecord, _ actor: Actor, in reader: any StoreReader) throws {
        let level = record.level ?? "city"
        guard actor.role == "reviewer:\(level)" || actor.role == "reviewer" else {
            throw forbidden("这份申请等待“\(level)”级审核", "the case waits for the level \(level)")
        }
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

    /// Not the applicant, not the filer, nobody of the household, and nobody who has approved at another level: people, not
    /// accounts.
    private static func independent(of record: CaseRecord, _ actor: Actor, in reader: any StoreReader) throws {
        let own = try AccountPersons.expand([actor.account], in: reader)
        if own.contains(record.filer) || (actor.person != nil && actor.person == record.applicant) {
            throw forbidden("申请人和代办人不能审核自己的申请", "who applied or filed can't review")
        }
        if let applicant = record.applicant, let person = actor.person {
            let related = try reader.integer(
                "SELECT COUNT(*) FROM person a JOIN person b ON b.household = a.household WHERE a.id = $1 AND b.id = $2",
                [.id(applicant), .id(person)])
            if (related ?? 0) > 0 { throw forbidden("亲属不能审核", "a relative can't review") }
        }
        let approvers = try reader.all(
            "SELECT actor FROM case_step WHERE case_id = $1 AND action = 'approve'", [.id(record.id)]
        ) { $0.text(0) }
        if !own.isDisjoint(with: approvers) {
            throw forbidden("同一人不能在两级审核同一份申请", "one person can't review at two levels")
        }
    }

    private static func forbidden(_ zh: String, _ en: String) -> NiangjiaError {
        NiangjiaError(.forbidden, zh: zh, en: en)
    }
}
