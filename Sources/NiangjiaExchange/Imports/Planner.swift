import NiangjiaCore

/// What the store holds about a batch of drafts.
struct Existing: Sendable {
    struct Taken: Sendable {
        var digest: [UInt8]
        var before: Int64
        var after: Int64
    }
    var rows: [SQLValue: [SQLValue]] = [:]
    /// By person.
    var memberships: [Int64: [[SQLValue]]] = [:]
    /// By person and organisation, what a death ended, as it was before: of those whom a row brings back.
    var beforeDeath: [Int64: [SQLValue: [SQLValue]]] = [:]
    /// Persons that rows name, by the hash of their number.
    var people: [[UInt8]: [SQLValue]] = [:]
    /// The hashes of numbers' old forms that somebody may be registered under.
    var oldForms: [OldForm: [UInt8]] = [:]
    var facilities: [Int64: Set<String>] = [:]
    var taken: [String: Taken] = [:]

    /// What a row's entity is found by.
    func lookups(of draft: Draft) -> [SQLValue] {
        let old = draft.oldForm.flatMap { oldForms[$0] }.map { SQLValue.blob($0) }
        return [draft.lookup, draft.otherLookup, old ?? .null].filter { $0 != .null }
    }

    /// The hashes under which somebody whom a row names may be registered, the complete number's first.
    func macs(of link: Draft.Link) -> [[UInt8]] {
        [link.mac, link.otherMac, link.oldForm.flatMap { oldForms[$0] }].compactMap { $0 }
    }
}

/// What a row needs written.
struct Planned: Sendable {
    struct Replacement: Sendable {
        var table: Table
        var old: [SQLValue]
        var new: [SQLValue]
        /// The row of `import_row` that tells of it.
        var key: String
    }
    struct Insert: Sendable {
        var table: Table
        var values: [SQLValue]
        var key: String?
    }
    var draft: Draft
    var outcome: RowOutcome
    var replacements: [Replacement] = []
    var inserts: [Insert] = []
    /// Old path and new path of an organisation that moved.
    var movedPath: (from: String, to: String)?
    var facilities: (station: Int64, set: [String], had: Set<String>)?
    /// The person whom another part of the city has, where the row enters them as this part's: whoever is over both decides.
    var transfer: Int64?
    var entity: Int64 = 0
}

/// Compares drafts with the store and decides what becomes of each. Runs no statement but its look-ups.
struct Planner: Sendable {
    let kind: ImportKind
    let table: Table
    private let places: [String: Int]
    private let membershipPlaces: [String: Int]
    private let roles: [Role]

    /// Where a new row's column comes from.
    private enum Role: Sendable {
        case id, revision, validFrom, recordedAt
        case given(otherwise: SQLValue)
    }
    /// The column by which the register finds a row.
    let lookupColumn: String
    /// A condition that belongs to every look-up of the register: `plugin = 'x' AND `.
    let scope: String
    let batch: Int64?
    /// Whether this delivery was begun before: rows of it may have been taken.
    let pass: DeliveryPass
    let context: ChangeContext
    let validFrom: CivilDate
    var references: References
    let reach: ImportReach

    private static let parameters = 500

    init(
        kind: ImportKind, register: Register, batch: Int64?, pass: DeliveryPass, context: ChangeContext,
        validFrom: CivilDate,
        references: References, reach: OrganizationScope
    ) {
        self.kind = kind
        table = register.table
        lookupColumn = register.lookup
        scope = register.scope
        self.batch = batch
        self.pass = pass
        self.context = context
        self.validFrom = validFrom
        self.references = references
        self.reach = ImportReach(reach, references)
        func index(_ table: Table) -> [String: Int] {
            Dictionary(uniqueKeysWithValues: table.columns.enumerated().map { ($1.name, $0) })
        }
        places = index(register.table)
        membershipPlaces = index(PeopleSchema.membership)
        let name = register.table.name
        roles = register.table.columns.map { column in
            switch column.name {
            case "id": .id
            case "revision": .revision
            case "valid_from": .validFrom
            case "recorded_at": .recordedAt
            default: .given(otherwise: Planner.defaults[name]?[column.name] ?? column.defaultValue ?? .null)
            }
        }
    }

    /// Reads what a batch of drafts meets.
    func load(_ drafts: [Draft], in reader: any StoreReader) throws -> Existing {
        var found = Existing()
        let at = place(lookupColumn, table)
        found.oldForms = try oldForms(of: drafts, in: reader)
        try Planner.each(
            drafts.flatMap { found.lookups(of: $0) },
            "SELECT \(Planner.list(table)) FROM \(table.name) WHERE \(scope)\(lookupColumn) IN", reader
        ) { row in
            let values = RegisterHistory.values(table, from: row)
            found.rows[values[at]] = values
        }
        found.taken = try loadTaken(drafts, in: reader).taken
        let ids = found.rows.values.map { $0[0] }
        let links = drafts.flatMap { $0.links.flatMap { found.macs(of: $0) } }.map(SQLValue.blob)
        if !links.isEmpty {
            let person = PeopleSchema.person
            let mac = place("id_mac", person)
            try Planner.each(links, "SELECT \(Planner.list(person)) FROM person WHERE id_mac IN", reader) { row in
                let values = RegisterHistory.values(person, from: row)
                if case .blob(let bytes) = values[mac] { found.people[bytes] = values }
            }
        }
        let members = (kind == .person ? ids : []) + found.people.values.map { $0[0] }
        let tellsMembership = drafts.contains { $0.membership != nil || $0.tellsLife || tellsDeath($0) }
        if !reach.isWholeCity || (kind == .person && tellsMembership) {
            let table = PeopleSchema.membership
            try Planner.each(members, "SELECT \(Planner.list(table)) FROM membership WHERE person IN", reader) { row in
                found.memberships[row.int(0), default: []].append(RegisterHistory.values(table, from: row))
            }
        }
        try loadBeforeDeath(drafts, &found, in: reader)
        if kind == .station {
            try Planner.each(
                ids, "SELECT station, code FROM station_facility WHERE state <> 'removed' AND station IN", reader
            ) { row in
                found.facilities[row.int(0), default: []].insert(row.text(1))
            }
        }
        return found
    }

    /// Reads what an earlier pass of this import has taken.
    func loadTaken(_ drafts: [Draft], in reader: any StoreReader) throws -> Existing {
        var found = Existing()
        guard let batch else { return found }
        // Memberships and heads have keys of their own behind the row's: only those that will be written again are asked for.
        let keys = drafts.map(\.key).filter { !$0.isEmpty }
        let sql = """
            SELECT row_key, content_digest, before_revision, after_revision FROM import_row \
            WHERE import_batch = \(batch) AND is_undone = 0 AND row_key
            """
        try Planner.each(keys.map { .text($0) }, sql + " IN", reader) { row in
            found.taken[row.text(0)] = .init(digest: row.blob(1), before: row.int(2), after: row.int(3))
        }
        return found
    }

    static func list(_ table: Table) -> String { table.columns.map(\.name).joined(separator: ", ") }

    static func each(
        _ values: [SQLValue], _ sql: String, _ reader: any StoreReader, _ body: (any StoreRow) -> Void
    ) throws {
        var start = 0
        while start < values.count {
            let part = values[start..<min(start + parameters, values.count)]
            start += parameters
            let marks = (1...part.count).map { "$\($0)" }.joined(separator: ", ")
            try reader.forEach("\(sql) (\(marks))", Array(part)) { row in
                body(row)
                return true
            }
        }
    }

    func place(_ name: String, _ table: Table) -> Int {
        if table.name == self.table.name { return places[name] ?? 0 }
        if table.name == "membership" { return membershipPlaces[name] ?? 0 }
        return table.columns.firstIndex { $0.name == name } ?? 0
    }

    /// Decides about one draft. `seals` is false in a check: nothing is sealed for nothing.
    func plan(_ draft: Draft, _ existing: Existing, seals: Bool) throws -> Planned {
        var planned = Planned(draft: draft, outcome: .refused)
        if draft.findings.contains(where: { $0.finding.severity == .error }) { return planned }
        if let taken = existing.taken[draft.key], taken.digest == draft.digest, !isSpoiled(draft, existing) {
            // What it did before it was stopped is told as its own: whoever reads that nothing was new thinks the file superfluous.
            let isOwn = pass == .goingOn && taken.after != taken.before
            planned.outcome = isOwn ? (taken.before == 0 ? .new : .changed) : .unchanged
            return planned
        }
        var old = known(&planned, existing)
        if let known = old, isElsewhere(known, existing) {
            // Told like somebody whom nobody has ever heard of (decision 0069).
            if case .int(let person) = known[0] { planned.transfer = person }
            old = nil
        }
        resolveParent(&planned)
        let head = resolveLinks(&planned, existing)
        guard staysWithin(&planned, old: old, head: head, existing) else { return planned }
        if let body = planned.draft.body { planned.draft.values[place("body", table)] = .text(Value.map(body).json) }
        if let old { compareName(old, &planned) }
        householdDoubt(&planned, old: old)
        membership(&planned, old: old, existing)
        if planned.draft.findings.contains(where: { $0.finding.severity == .error }) { return planned }
        if planned.draft.worst == .unconfirmed, !draft.isConfirmed {
            planned.outcome = .conflicting
            planned.replacements = []
            planned.inserts = []
            return planned
        }
        if let old {
            try change(old, &planned, seals: seals)
        } else {
            try make(&planned, seals: seals)
        }
        if let head, case .int(let person) = head[0] { try self.head(head, person, &planned) }
        facilities(&planned, existing)
        planned.outcome =
            old == nil
            ? .new
            : planned.replacements.isEmpty && planned.inserts.isEmpty && planned.facilities == nil
                ? .unchanged : .changed
        return planned
    }

    private func add(
        _ severity: Finding.Severity, _ code: String, _ column: Int?, zh: String, en: String, _ planned: inout Planned
    ) {
        planned.draft.findings.append(CellFinding(column: column, finding: Finding(severity, code, zh: zh, en: en)))
    }

    private func resolveParent(_ planned: inout Planned) {
        guard kind == .organization, case .text(let code)? = planned.draft.values[place("code", table)] else { return }
        var path = code + "/"
        if let parent = planned.draft.parentCode {
            guard let above = references.organizations[parent] else {
                return add(
                    .error, "PARENT_UNKNOWN", nil, zh: "没有代码为 \(parent) 的上级组织",
                    en: "no organisation \(parent) above it", &planned)
            }
            if above.path.hasPrefix(code + "/") || above.path.contains("/" + code + "/") {
                return add(
                    .error, "PARENT_LOOP", nil, zh: "上级 \(parent) 在本组织之下,形成循环",
                    en: "\(parent) lies below this organisation: a loop", &planned)
            }
            planned.draft.values[place("parent", table)] = .int(above.id)
            path = above.path + code + "/"
        } else if references.organizations[code] != nil {
            return
        }
        planned.draft.values[place("path", table)] = .text(path)
    }

    /// Puts the ids of named persons into their columns; returns the household's head.
    private func resolveLinks(_ planned: inout Planned, _ existing: Existing) -> [SQLValue]? {
        var head: [SQLValue]?
        for link in planned.draft.links {
            let known = existing.macs(of: link).compactMap { existing.people[$0] }
            guard let person = known.first(where: { reach.isWholeCity || isMember($0, existing) }) else {
                add(
                    .error, "PERSON_UNKNOWN", link.cell,
                    zh: reach.isWholeCity ? "人员库中没有该证件号码,请先导入人员" : "您负责范围内的人员库中没有该证件号码,请先导入人员",
                    en: reach.isWholeCity
                        ? "nobody in the register has this number; import people first"
                        : "nobody in your part of the register has this number; import people first", &planned)
                continue
            }
            switch link.role {
            case .column(let column): planned.draft.values[column] = person[0]
            case .head: head = person
            case .field(let name):
                if case .int(let id) = person[0] { planned.draft.body?[name] = .text(ID<Person>(rawValue: id).text) }
            }
        }
        return head
    }

    private func compareName(_ old: [SQLValue], _ planned: inout Planned) {
        let at = place("name", table)
        guard kind == .person, case .text(let known) = old[at], case .text(let given)? = planned.draft.values[at],
            known != given
        else { return }
        add(
            .unconfirmed, "NAME_DIFFERS", nil, zh: "库中同一证件号码的姓名是 \(Masking.name(known)),与本行不同;确认是同一人后在“确认”列填 是",
            en: "the register has another name for this number; write 是 under 确认 when it is the same person", &planned)
    }

    /// A new version of a row that is there, when something differs.
    private func change(_ old: [SQLValue], _ planned: inout Planned, seals: Bool) throws {
        var new = old
        var isChanged = false
        for (index, value) in planned.draft.values.enumerated() {
            if let value, value != old[index] {
                new[index] = value
                isChanged = true
            }
        }
        guard case .int(let id) = old[0] else { return }
        planned.entity = id
        for secret in planned.draft.secrets {
            if holds(secret, of: id, old, new) { continue }
            isChanged = true
            if seals { new[secret.column] = try seal(secret, id) }
        }
        guard isChanged else { return }
        new[place("valid_from", table)] = .date(tellsDeath(planned.draft) ? dayOfDeath(planned.draft) : validFrom)
        if kind == .organization, case .text(let from) = old[place("path", table)],
            case .text(let to) = new[place("path", table)], from != to
        {
            planned.movedPath = (from, to)
        }
        planned.replacements.append(.init(table: table, old: old, new: new, key: planned.draft.key))
    }

    /// Whether the register holds a row's number already; an account only where it can be read.
    private func holds(_ secret: Draft.Secret, of id: Int64, _ old: [SQLValue], _ new: [SQLValue]) -> Bool {
        if let mac = secret.macColumn {
            guard new[mac] == old[mac] else { return false }
            guard secret.isAccount else { return true }
        }
        return opened(secret, of: id, old) == secret.text
    }

    private func seal(_ secret: Draft.Secret, _ id: Int64) throws -> SQLValue {
        .blob(
            try PersonIdentifiers.seal(
                secret.text, table: table.name, row: id, column: table.columns[secret.column].name, context.crypto))
    }

    /// What a register holds where neither the file nor its schema says anything.
    private static let defaults: [String: [String: SQLValue]] = [
        "person": ["id_type": .text("resident_id")], "household": ["file_status": .text("open")],
        "station": ["kind": .text("outdoor"), "status": .text("open")],
    ]

    private func make(_ planned: inout Planned, seals: Bool) throws {
        let id: Int64 =
            switch kind {
            case .person: context.ids.next(Person.self).rawValue
            case .organization: context.ids.next(Organization.self).rawValue
            case .household: context.ids.next(Household.self).rawValue
            case .station: context.ids.next(Station.self).rawValue
            case .record, .fundOpening, .dues, .figures: context.ids.next(Record.self).rawValue
            }
        planned.entity = id
        var values: [SQLValue] = []
        values.reserveCapacity(roles.count)
        for (index, role) in roles.enumerated() {
            switch role {
            case .id: values.append(.int(id))
            case .revision: values.append(.int(1))
            case .validFrom: values.append(.date(validFrom))
            case .recordedAt: values.append(.instant(context.now))
            case .given(let otherwise): values.append(planned.draft.values[index] ?? otherwise)
            }
        }
        if seals { for secret in planned.draft.secrets { values[secret.column] = try seal(secret, id) } }
        planned.inserts.insert(.init(table: table, values: values, key: planned.draft.key), at: 0)
        // A membership that was planned before the person had an id.
        for index in planned.inserts.indices where planned.inserts[index].table.name == "membership" {
            planned.inserts[index].values[0] = .int(id)
            planned.inserts[index].key = nil
        }
    }
}
