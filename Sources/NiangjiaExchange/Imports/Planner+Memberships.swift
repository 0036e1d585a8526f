import NiangjiaCore

// What a row of people says of memberships, and of a death that ends them.
extension Planner {
    /// One primary membership at a time: joining a second union is a transfer, which a person confirms, as they do where the register
    /// says that somebody has left or died.
    func membership(_ planned: inout Planned, old: [SQLValue]?, _ existing: Existing) {
        let table = PeopleSchema.membership
        let (status, primary) = (place("status", table), place("is_primary", table))
        let organization = place("organization", table)
        var person: Int64 = 0
        if let old, case .int(let id) = old[0] { person = id }
        let known = existing.memberships[person] ?? []
        if tellsDeath(planned.draft) { end(known, &planned) }
        guard var wanted = planned.draft.membership else {
            // A death that was entered by mistake, of whom belongs to no union.
            if planned.draft.tellsLife, mayJoin(old, nil, &planned) { bringBack(old, nil, existing, &planned) }
            return
        }
        let mine = known.first { $0[organization] == .int(wanted.organization) }
        if mine == nil, wanted.values[status] == nil { wanted.values[status] = .text("active") }
        let binds = wanted.values[status].map { Membership.binding.map(SQLValue.text).contains($0) } ?? false
        if binds {
            // Both are asked before either counts: one 是 confirms all that was told.
            let joins = mayJoin(old, mine, &planned)
            let isFree = leaves(known, for: wanted.organization, &planned)
            guard joins, isFree else { return }
            bringBack(old, wanted.organization, existing, &planned)
        }
        if let mine {
            // Ended with the others.
            guard !tellsDeath(planned.draft) else { return }
            tellEnded(mine, wanted, &planned)
            var new = mine
            if binds {
                new[primary] = .int(1)
                if !isBinding(mine) { new[place("left_on", table)] = .null }
            }
            for (index, value) in wanted.values { new[index] = value }
            return replace(mine, with: new, on: validFrom, &planned)
        }
        var values: [SQLValue] = table.columns.map { $0.defaultValue ?? .null }
        values[place("person", table)] = .int(person)
        values[organization] = .int(wanted.organization)
        values[place("revision", table)] = .int(1)
        values[place("valid_from", table)] = .date(validFrom)
        values[place("recorded_at", table)] = .instant(context.now)
        values[primary] = .bool(binds || !known.contains { $0[primary] == .int(1) && isBinding($0) })
        for (index, value) in wanted.values { values[index] = value }
        planned.inserts.append(
            .init(table: table, values: values, key: key(planned, membership: .int(wanted.organization))))
    }

    /// Whether somebody may be a member of a union from now on, as far as the register says how they ended: who has died or left comes back
    /// by a person's word. A list of last year says the same as one of today.
    private func mayJoin(_ old: [SQLValue]?, _ mine: [SQLValue]?, _ planned: inout Planned) -> Bool {
        let isDead = old.map(isDead) ?? false
        let state = mine?[place("status", PeopleSchema.membership)]
        guard isDead || state.map(Planner.ended.contains) == true else { return true }
        guard planned.draft.isConfirmed else {
            planned.draft.findings.append(
                CellFinding(
                    column: nil,
                    finding: isDead
                        ? Finding(
                            .unconfirmed, "WAS_DECEASED", zh: "库中登记此人已去世;核对确系误登后在“确认”列填 是:因去世终止的会籍随之恢复,已让出的名额不恢复",
                            en:
                                "the register says that this person has died; write 是 under 确认 where that is wrong: memberships that it ended come back, places that were given back don't"
                        )
                        : Finding(
                            .unconfirmed, "REJOINS", zh: "此人在该工会的会籍已终止;确认重新入会后在“确认”列填 是",
                            en: "this person's membership of the union has ended; write 是 under 确认 when they join again"
                        )))
            return false
        }
        if isDead {
            planned.draft.values[place("status", table)] = .text("active")
            planned.draft.values[place("died_on", table)] = .null
        }
        return true
    }

    /// Ends the membership by which somebody belongs to another union. False where nobody has confirmed that.
    private func leaves(_ known: [[SQLValue]], for wanted: Int64, _ planned: inout Planned) -> Bool {
        let table = PeopleSchema.membership
        let organization = place("organization", table)
        for other in known
        where other[organization] != .int(wanted) && other[place("is_primary", table)] == .int(1) && isBinding(other) {
            guard planned.draft.isConfirmed else {
                let code = code(of: other[organization])
                planned.draft.findings.append(
                    CellFinding(
                        column: nil,
                        finding: Finding(
                            .unconfirmed, "MEMBER_ELSEWHERE", zh: "该职工现为工会 \(code) 的会员;确认转会后在“确认”列填 是",
                            en: "this person is a member of union \(code); write 是 under 确认 to transfer")))
                return false
            }
            var left = other
            left[place("status", table)] = .text("left")
            left[place("left_on", table)] = .date(context.today)
            replace(other, with: left, on: validFrom, &planned)
        }
        return true
    }

    /// Says that a row without a state leaves a membership ended.
    private func tellEnded(_ mine: [SQLValue], _ wanted: Draft.Membership, _ planned: inout Planned) {
        let status = place("status", PeopleSchema.membership)
        guard wanted.values[status] == nil, Planner.ended.contains(mine[status]) else { return }
        planned.draft.findings.append(
            CellFinding(
                column: nil,
                finding: Finding(
                    .warning, "MEMBERSHIP_ENDED", zh: "此人在该工会的会籍已终止,本行没有会籍状态,会籍不变;重新入会请填写会籍状态",
                    en: "this person's membership of the union has ended, and stays so: the row has no 会籍状态")))
    }

    /// The states of a membership that nobody comes back from by a list alone.
    private static let ended: [SQLValue] = [.text("left"), .text("lapsed"), .text(Death.status)]

    private func replace(
        _ old: [SQLValue], with wanted: [SQLValue], on day: CivilDate, _ planned: inout Planned
    ) {
        let table = PeopleSchema.membership
        guard wanted != old else { return }
        var new = wanted
        new[place("valid_from", table)] = .date(day)
        planned.replacements.append(
            .init(
                table: table, old: old, new: new, key: key(planned, membership: old[place("organization", table)])))
    }

    private func key(_ planned: Planned, membership organization: SQLValue) -> String {
        guard case .int(let id) = organization else { return planned.draft.key }
        return "\(planned.draft.key)\u{1E}m\(id)"
    }

    private func code(of organization: SQLValue) -> String {
        guard case .int(let id) = organization else { return "?" }
        return references.organizations.values.first { $0.id == id }?.code ?? "?"
    }
}

// A death.
extension Planner {
    /// Whether a row tells that somebody has died.
    func tellsDeath(_ draft: Draft) -> Bool {
        kind == .person && draft.values[place("status", table)] == .text(Death.status)
    }

    /// The day of the death that a row tells of: without one, that from which the file holds.
    func dayOfDeath(_ draft: Draft) -> CivilDate {
        guard case .int(let days)? = draft.values[place("died_on", table)] else { return validFrom }
        return CivilDate(days: Int32(clamping: days))
    }

    /// Reads what deaths ended of those whom rows bring back.
    func loadBeforeDeath(_ drafts: [Draft], _ found: inout Existing, in reader: any StoreReader) throws {
        guard kind == .person else { return }
        let status = place("status", PeopleSchema.membership)
        for draft in drafts where draft.isConfirmed && !tellsDeath(draft) {
            for lookup in found.lookups(of: draft) {
                guard let person = found.rows[lookup], isDead(person), case .int(let id) = person[0] else { continue }
                for one in found.memberships[id] ?? [] where one[status] == .text(Death.status) {
                    let organization = one[place("organization", PeopleSchema.membership)]
                    found.beforeDeath[id, default: [:]][organization] = try Death.before(one, in: reader)
                }
            }
        }
    }

    private func isDead(_ person: [SQLValue]) -> Bool { person[place("status", table)] == .text(Death.status) }

    /// Somebody was entered as dead by mistake: the memberships that this ended are what they were, beside the one that the row is about. Where
    /// they belong to its union now, the union to which they belonged before stays ended.
    private func bringBack(_ old: [SQLValue]?, _ wanted: Int64?, _ existing: Existing, _ planned: inout Planned) {
        guard let old, isDead(old), case .int(let person) = old[0] else { return }
        let table = PeopleSchema.membership
        let (status, left) = (place("status", table), place("left_on", table))
        func isPrimary(_ one: [SQLValue]) -> Bool { one[place("is_primary", table)] == .int(1) && isBinding(one) }
        let known = existing.memberships[person] ?? []
        let belongs = wanted != nil || known.contains(where: isPrimary)
        for one in known {
            let organization = one[place("organization", table)]
            guard let before = existing.beforeDeath[person]?[organization], wanted.map({ .int($0) }) != organization,
                !belongs || !isPrimary(before)
            else { continue }
            var back = one
            (back[status], back[left]) = (before[status], before[left])
            replace(one, with: back, on: validFrom, &planned)
        }
    }

    /// Ends whatever memberships somebody had on the day of their death.
    private func end(_ known: [[SQLValue]], _ planned: inout Planned) {
        let day = dayOfDeath(planned.draft)
        let isGiven = planned.draft.values[place("died_on", table)] != nil
        for membership in known {
            replace(membership, with: Death.end(membership, on: day, isGiven: isGiven), on: day, &planned)
        }
    }
}
