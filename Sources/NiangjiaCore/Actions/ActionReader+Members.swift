/// People: only the facts that the action declares, only in the caller's part of the city, each reading logged.
extension ActionReader {
    func member(_ arguments: HostArguments, in reader: any StoreReader) throws -> ActionValue {
        try arguments.expect(1)
        let id = try arguments.reference(0, "ref", Person.self)
        let facts = try declared()
        guard let row = try facts.read(ids: [id.rawValue], in: reader).first else {
            throw NiangjiaError(.notFound, zh: "没有编号为 \(id) 的人", en: "there is nobody with the id \(id)")
        }
        try checkScope(of: id, home: row.home.map { ID(rawValue: $0) }, in: reader)
        let revision = try ActionReads.revision(ofPerson: id.rawValue, in: reader)
        noteRead { $0.persons[id.rawValue] = revision }
        noteAccess(id.text, definition.facts)
        return try shown(row, facts, in: reader)
    }

    func members(_ arguments: HostArguments, in reader: any StoreReader) throws -> ActionValue {
        try arguments.expect(1)
        let filter = try arguments.openMap(0, "where", known: definition.facts)
        guard !filter.isEmpty else {
            throw NiangjiaError(
                .invalid, zh: "member.find 至少要一个条件", en: "member.find needs at least one condition")
        }
        try checkRegister()
        let facts = try declared()
        var found: [ActionValue] = []
        var after: Int64 = 0
        // Page by page, so that a county finds its own without reading the city into memory.
        while found.count < 200 {
            let rows = try facts.rows(after: after, limit: 500, filter: filter.mapValues { [$0] }, in: reader)
            guard let last = rows.last else { break }
            after = last.id
            for row in rows where found.count < 200 {
                guard try caller.isHost || caller.scope.contains(row.home.map { ID(rawValue: $0) }, in: reader) else {
                    continue
                }
                noteAccess(ID<Person>(rawValue: row.id).text, definition.facts)
                found.append(try shown(row, facts, in: reader))
            }
        }
        return .list(found)
    }

    func memberships(_ arguments: HostArguments, in reader: any StoreReader) throws -> ActionValue {
        try arguments.expect(1)
        let id = try arguments.reference(0, "ref", Person.self)
        try checkScope(of: id, home: try Membership.union(of: id, in: reader), in: reader)
        let revision = try ActionReads.revision(ofPerson: id.rawValue, in: reader)
        noteRead { $0.persons[id.rawValue] = revision }
        noteAccess(id.text, ["memberships"])
        return .list(
            try reader.all(
                """
                SELECT m.organization, o.code, m.status, m.is_primary, m.joined_on FROM membership m JOIN organization o \
                ON o.id = m.organization WHERE m.person = $1 ORDER BY o.code
                """, [.id(id)]
            ) { row in
                .plain([
                    "organization": ["ref": .text(row.id(0, Organization.self).text)], "code": .text(row.text(1)),
                    "status": .text(row.text(2)), "is_primary": .bool(row.bool(3)),
                    "joined_on": row.dateOrNil(4).map { .text($0.description) } ?? .null,
                ])
            })
    }

    /// The facts that the action declares, each covered by what the plugin says its data are for.
    private func declared() throws(NiangjiaError) -> SubjectReader {
        let purposes = Set(manifest.forms.values.compactMap(\.sensitive))
        for name in definition.facts {
            guard let fact = FactCatalogue.fact(name, of: .person) else { continue }
            let isCovered =
                switch fact.sensitivity {
                case .economic: purposes.contains(.economic)
                case .health: purposes.contains(.health)
                case .plain, .personal: true
                }
            guard isCovered else {
                throw NiangjiaError(
                    .forbidden, zh: "事实 \(name) 超出本插件的用途:没有表单声明 sensitive: \(fact.sensitivity.rawValue)",
                    en:
                        "the fact \(name) is beyond the plugin's purpose: no form declares sensitive: \(fact.sensitivity.rawValue)",
                    place: manifest.place("actions.\(self.name).facts"))
            }
        }
        return try SubjectReader(kind: .person, subjectFacts: definition.facts, householdFacts: [])
    }

    private func checkRegister() throws(NiangjiaError) {
        guard caller.isHost || caller.permissions.contains(.seeRegisters) else {
            throw NiangjiaError(
                .forbidden, zh: "您没有查看会员资料的权限", en: "you may not look at the register of members",
                cause: Permission.seeRegisters.rawValue)
        }
    }

    private func checkScope(of id: ID<Person>, home: ID<Organization>?, in reader: any StoreReader) throws {
        if caller.actor.person == id || caller.isHost { return }
        try checkRegister()
        guard try caller.scope.contains(home, in: reader) else {
            let own = caller.scope.prefix.split(separator: "/").last.map(String.init) ?? "-"
            throw NiangjiaError(
                .forbidden, zh: "会员 \(id) 不在您负责的范围(\(own))内,这个动作不能替您读取",
                en:
                    "the member \(id) is outside your part of the city (\(own)): the action may not read what you may not"
            )
        }
    }

    private func shown(_ row: SubjectReader.Row, _ facts: SubjectReader, in reader: any StoreReader) throws
        -> ActionValue
    {
        var members: [String: ActionValue] = ["ref": .plain(.text(ID<Person>(rawValue: row.id).text))]
        for (fact, value) in zip(facts.facts, row.values) {
            let shown: Value =
                switch (fact.kind, value) {
                case (_, .null): .null
                case (.date, .int(let days)): .text(CivilDate(days: Int32(truncatingIfNeeded: days)).description)
                case (.boolean, .int(let n)): .bool(n != 0)
                case (_, .int(let n)): .int(n)
                case (_, .text(let text)): .text(text)
                default: .null
                }
            members[fact.name] = .plain(shown)
            if [.economic, .health].contains(fact.sensitivity) { noteSensitive(shown, "actions.\(name).facts") }
        }
        let code = try row.home.flatMap { home in
            try reader.first("SELECT code FROM organization WHERE id = $1", [.int(home)]) { $0.text(0) }
        }
        members["organization"] = .plain(code.map { .text($0) } ?? .null)
        return .map(members)
    }
}
