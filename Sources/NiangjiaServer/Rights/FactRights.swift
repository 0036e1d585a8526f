import NiangjiaCore

/// Who may see single people's outcomes in a preview: whoever has the right to every fact that the rule was told.
struct FactRights: Sendable {
    let account: Account

    /// What everybody who previews may see; what whoever keeps the registers may; what whoever reviews or audits may.
    func maySee(_ sensitivity: FactDefinition.Sensitivity) -> Bool {
        FactRights.needs(sensitivity).allSatisfy { account.may($0) }
    }

    /// What it takes to see a fact.
    static func needs(_ sensitivity: FactDefinition.Sensitivity) -> [Permission] {
        switch sensitivity {
        case .plain: [.preview]
        case .personal: [.seeRegisters]
        case .economic, .health: [.seeRegisters, .seeJournal]
        }
    }

    /// Whether names may stand beside what a form gives: the right to the registers, to every declared fact, and to what the form
    /// itself keeps from others.
    func maySeeNames(_ form: FormDefinition, of kind: SubjectKind) -> Bool {
        guard account.may(.seeRegisters) else { return false }
        if form.sensitive != nil || form.sealed != nil, !maySee(.health) { return false }
        let subject = form.facts.subject.compactMap { FactCatalogue.fact($0, of: kind) }
        let household = form.facts.household.compactMap { FactCatalogue.fact($0, of: .household) }
        return (subject + household).allSatisfy { maySee($0.sensitivity) }
    }

    /// Whether a list may say who applies by a form: that somebody does tells of an illness or of a child where the form is
    /// sensitive. Whoever checks or reviews applications opens each of them; of a form that is gone nobody knows how it was kept.
    func mayKnow(whoAppliesBy form: FormDefinition?) -> Bool {
        if let form, form.sensitive == nil { return true }
        return account.may(.checkCases) || account.may(.reviewCases) || account.may(.seeRegisters) && maySee(.health)
    }

    /// Whether small groups are no secret either: the right to names, in the whole city.
    func maySeeAll(_ form: FormDefinition, of kind: SubjectKind) -> Bool {
        account.scope == nil && maySeeNames(form, of: kind)
    }

    /// Whether single people are no secret, whatever a form asks: the right to the registers and to every fact, in the whole city.
    var maySeeEverybody: Bool { account.scope == nil && account.may(.seeRegisters) && maySee(.health) }

    /// Throws `forbidden` where names may not be told.
    func needNames(_ form: FormDefinition, of kind: SubjectKind) throws {
        guard !maySeeNames(form, of: kind) else { return }
        throw NiangjiaError(
            .forbidden, zh: "查看具体人员须有权查看该表单用到的每一项资料;没有这些权限时只能看汇总。",
            en: "Names are for whoever may see every fact that the form declares; others see totals only.")
    }
}

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
