import NiangjiaCore

/// How far an importer's account reaches: a row is taken only where everything that it changes lies in the account's part of the
/// organisation tree, before and after. What lies elsewhere is not described.
struct ImportReach: Sendable {
    /// Paths by organisation; nil: the whole city.
    private let paths: [Int64: String]?
    private let scope: OrganizationScope

    init(_ scope: OrganizationScope, _ references: References) {
        self.scope = scope
        paths =
            scope == .wholeCity
            ? nil : Dictionary(references.organizations.values.map { ($0.id, $0.path) }) { first, _ in first }
    }

    var isWholeCity: Bool { paths == nil }

    func contains(path: SQLValue?) -> Bool {
        guard paths != nil else { return true }
        guard case .text(let path)? = path else { return false }
        return scope.contains(path: path)
    }

    /// Nobody's belongs to the whole city only.
    func contains(organization: SQLValue?) -> Bool {
        guard let paths else { return true }
        guard case .int(let id)? = organization, let path = paths[id] else { return false }
        return scope.contains(path: path)
    }
}

extension Planner {
    /// Whether a row stays within the importer's reach; a finding where it doesn't.
    func staysWithin(_ planned: inout Planned, old: [SQLValue]?, head: [SQLValue]?, _ existing: Existing) -> Bool {
        guard !reach.isWholeCity else { return true }
        let draft = planned.draft
        func column(_ name: String, _ row: [SQLValue]) -> SQLValue { row[place(name, table)] }
        let isWithin: Bool
        switch kind {
        case .person:
            let joins = draft.membership.map { reach.contains(organization: .int($0.organization)) }
            isWithin = old.map { isMember($0, existing) && joins != false } ?? (joins == true)
        case .organization:
            let isOld = old.map { reach.contains(path: column("path", $0)) } ?? true
            let path = draft.values[place("path", table)] ?? old.map { column("path", $0) }
            isWithin = isOld && reach.contains(path: path)
        case .household, .station:
            let isOld = old.map { reach.contains(organization: column("organization", $0)) } ?? true
            let wanted = draft.values[place("organization", table)] ?? old.map { column("organization", $0) }
            isWithin =
                isOld && reach.contains(organization: wanted) && (head.map { isMember($0, existing) } ?? true)
        case .record, .fundOpening, .dues, .figures: isWithin = false
        }
        guard !isWithin else { return true }
        planned.draft.findings.append(
            CellFinding(
                column: nil,
                finding: Finding(
                    .error, "OUT_OF_SCOPE", zh: "这一行涉及的资料不都在您负责的范围内,请由所属工会或市总工会办理",
                    en:
                        "not everything that this row is about lies in your part of the city: its union or the city takes it"
                )
            ))
        return false
    }

    /// Whether a row names somebody whom the register has, and the importer's part of the city doesn't.
    func isElsewhere(_ person: [SQLValue], _ existing: Existing) -> Bool {
        kind == .person && !reach.isWholeCity && !isMember(person, existing)
    }

    /// Whether somebody's union lies within reach. Who belongs to none any more, or to none yet, stays with the one that was written
    /// of them last, so that its file can be taken again; a membership that ended gives no right over who has joined elsewhere.
    func isMember(_ person: [SQLValue], _ existing: Existing) -> Bool {
        guard case .int(let id) = person[0] else { return false }
        let table = PeopleSchema.membership
        let (primary, written) = (place("is_primary", table), place("recorded_at", table))
        func at(_ row: [SQLValue]) -> Int64 { if case .int(let instant) = row[written] { instant } else { 0 } }
        let own = (existing.memberships[id] ?? []).filter { $0[primary] == .int(1) }
        guard let home = own.first(where: isBinding) ?? own.max(by: { at($0) < at($1) }) else { return false }
        return reach.contains(organization: home[place("organization", table)])
    }

    /// Whether a row of `membership` binds.
    func isBinding(_ membership: [SQLValue]) -> Bool {
        guard case .text(let status) = membership[place("status", PeopleSchema.membership)] else { return false }
        return Membership.binding.contains(status)
    }
}
