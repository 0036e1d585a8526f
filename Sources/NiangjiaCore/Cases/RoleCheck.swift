/// Who may do what a manifest's `by` says: roles of the host, roles of the plugin, and whoever a path names (`own.…`).
struct RoleCheck {
    let caller: Caller
    /// The fields of the case or form in question, its stages under `stages`.
    let fields: Value

    init(_ caller: Caller, fields: Value) {
        self.caller = caller
        self.fields = fields
    }

    init(_ caller: Caller, fields: [String: Value], stages: [String: Value]) {
        self.init(caller, fields: .map(fields.merging(["stages": .map(stages)]) { own, _ in own }))
    }

    /// Whether one of the roles is the caller's. `record` is the case; nil where the matter is no case.
    func may(_ roles: [String], record: CaseRecord?, in reader: any StoreReader) throws -> Bool {
        if caller.isHost { return true }
        for role in roles {
            if role.hasPrefix("own.") {
                if try isNamed(at: String(role.dropFirst(4)), in: reader) { return true }
            } else if ["anyone", "person", "member"].contains(role) {
                guard caller.roles.contains(role) else { continue }
                if record.map(isOwn) ?? true { return true }
            } else if caller.roles.contains(role) {
                if try record.map({ try isInScope($0, in: reader) }) ?? true { return true }
            }
        }
        return false
    }

    private func isOwn(_ record: CaseRecord) -> Bool {
        record.filer == caller.actor.account || (caller.actor.person != nil && caller.actor.person == record.applicant)
    }

    /// A case belongs to the part of the city that serves it, that its unit or its applicant is of.
    private func isInScope(_ record: CaseRecord, in reader: any StoreReader) throws -> Bool {
        for organization in [record.serving, record.unit, record.home] where organization != nil {
            if try caller.scope.contains(organization, in: reader) { return true }
        }
        return try caller.scope.contains(nil, in: reader)
    }

    /// Whether a path names the caller's person, or an organisation that the caller stands for. Whoever was named in a stage is no
    /// longer, once the plugin's roles were taken from them.
    func isNamed(at path: String, in reader: any StoreReader) throws -> Bool {
        if caller.isRelieved, path.hasPrefix("stages.") { return false }
        return try RoleCheck.references(at: path, in: fields).contains { text in
            if let person = ID<Person>(text) { return person == caller.actor.person }
            if let organization = ID<Organization>(text) {
                guard caller.actor.scope != nil, caller.roles.contains("unit") else { return false }
                return try caller.scope.contains(organization, in: reader)
            }
            return false
        }
    }

    /// The references at a path, through lists: `judges.person` names everybody in the list.
    static func references(at path: String, in value: Value) -> [String] {
        var found = [value]
        for step in path.split(separator: ".") {
            found = found.flatMap { value -> [Value] in
                let next = value[String(step)]
                return next.list ?? [next]
            }
        }
        return found.flatMap { $0.list ?? [$0] }.compactMap { $0.text ?? $0["ref"].text }
    }
}
