import NiangjiaCore

/// Subjects in words, for whoever may see them: what lies in the account's part of the tree.
struct SubjectNames: Sendable {
    struct Named: Sendable {
        var name: String
        var union: String
    }

    let account: Account
    /// Why names are shown in full; nil: masked.
    let reason: String?

    /// Names and unions; subjects outside the account's part of the tree have none.
    private func read(_ subjects: [(subject: SubjectRef, home: ID<Organization>?)], in reader: any StoreReader) throws
        -> [SubjectRef: Named]
    {
        guard let scope = try OrganizationScope.of(account.scope, in: reader) else { return [:] }
        var unions: [ID<Organization>: (code: String, path: String)] = [:]
        var found: [SubjectRef: Named] = [:]
        // Id 0 is whoever isn't told: the subject of a sealed application.
        for (subject, home) in subjects where subject.id != 0 {
            if let home, unions[home] == nil {
                unions[home] = try reader.first("SELECT code, path FROM organization WHERE id = $1", [.id(home)]) {
                    ($0.text(0), $0.text(1))
                }
            }
            let union = home.flatMap { unions[$0] }
            guard scope.prefix.isEmpty || union.map({ scope.contains(path: $0.path) }) == true else { continue }
            found[subject] = Named(name: try name(subject, in: reader), union: union?.code ?? "-")
        }
        return found
    }

    func name(_ subject: SubjectRef, in reader: any StoreReader) throws -> String {
        let column = subject.kind == .household ? "number" : "name"
        guard [.person, .household, .organization, .station].contains(subject.kind) else { return "" }
        let sql = "SELECT \(column) FROM \(subject.kind.rawValue) WHERE id = $1"
        let name = try reader.first(sql, [.int(subject.id)]) { $0.text(0) } ?? ""
        return subject.kind == .person && reason == nil ? Masking.name(name) : name
    }

    /// Reads names, and writes down that they were read before anybody sees them.
    func told(
        _ subjects: [(subject: SubjectRef, home: ID<Organization>?)], of what: String, _ call: Call
    ) async throws -> [SubjectRef: Named] {
        let context = call.context
        let found = try await call.host.store.read { try read(subjects, in: $0) }
        guard !found.isEmpty else { return found }
        try await call.host.store.write(.interactive) { try log(what, count: found.count, context, in: $0) }
        return found
    }

    /// Writes down that single people's outcomes were read.
    private func log(_ what: String, count: Int, _ context: ChangeContext, in writer: any StoreWriter) throws {
        let fields = reason == nil ? "name(masked),outcome" : "name,outcome"
        try AccessLog.note(fields, about: what, by: account.id, reason: reason ?? "-", context, in: writer)
        try context.record(
            "access.list", about: what,
            body: ["fields": .text(fields), "reason": .text(reason ?? "-"), "count": .int(Int64(count))], in: writer)
    }
}
