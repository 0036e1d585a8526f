/// `not_own`: who writes a row must not belong to the organisation that it is about. A judge doesn't score the own unit.
struct NotOwn {
    let manifest: Manifest
    let caller: Caller

    func check(
        _ path: String, _ fields: [String: Value], _ record: RecordDefinition, kind: String, in reader: any StoreReader
    ) throws {
        let place = manifest.place("records.\(kind).not_own")
        guard let text = try follow(path, fields, record.fields, in: reader) else { return }
        guard let organization = ID<Organization>(text) else {
            throw NiangjiaError(
                .configuration, zh: "not_own 的路径 \(path) 不是单位", en: "\(path) of not_own leads to no organisation",
                place: place)
        }
        guard let person = caller.actor.person else {
            throw NiangjiaError(
                .forbidden, zh: "登记 \(kind) 的账号须关联本人,以便回避本单位",
                en: "the account that writes \(kind) must be a person's, so that the own unit can be told", place: place
            )
        }
        let path = try self.path(of: organization, in: reader)
        var own = try reader.all(
            "SELECT m.organization FROM membership m WHERE m.person = $1 AND \(Membership.binds)", [.id(person)]
        ) { $0.id(0, Organization.self) }
        own += try reader.all("SELECT employer FROM person WHERE id = $1 AND employer IS NOT NULL", [.id(person)]) {
            $0.id(0, Organization.self)
        }
        for belongs in own where try self.path(of: belongs, in: reader).hasPrefix(path) {
            throw NiangjiaError(
                .forbidden, zh: "这是您所在单位的,请回避", en: "this is your own unit's: somebody else must do it", place: place)
        }
    }

    private func path(of organization: ID<Organization>, in reader: any StoreReader) throws -> String {
        try reader.first("SELECT path FROM organization WHERE id = $1", [.id(organization)]) { $0.text(0) } ?? "?"
    }

    /// Follows a path through references to rows of the plugin; the text of the reference where it ends.
    private func follow(_ path: String, _ fields: [String: Value], _ types: [Field], in reader: any StoreReader) throws
        -> String?
    {
        var (values, types) = (fields, types)
        let steps = path.split(separator: ".").map(String.init)
        for (n, step) in steps.enumerated() {
            let text = values[step]?.text
            if n == steps.count - 1 { return text }
            guard let text, case .reference(let kind) = types.first(where: { $0.name == step })?.type else {
                return nil
            }
            if let next = manifest.records[kind], let id = ID<Record>(text) {
                guard let row = try RecordRows.load(id, plugin: manifest.id, kind: kind, in: reader) else { return nil }
                (values, types) = (row.body, next.fields)
            } else if let person = ID<Person>(text) {
                let employer = try reader.first("SELECT employer FROM person WHERE id = $1", [.id(person)]) {
                    $0.idOrNil(0, Organization.self)
                }
                values = ["employer": employer.flatMap { $0 }.map { .text($0.text) } ?? .null]
                types = []
            } else {
                return nil
            }
        }
        return nil
    }
}
