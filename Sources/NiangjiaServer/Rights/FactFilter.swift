import NiangjiaCore

/// What of the facts behind a decision an account is told: members what they filled in and what is their own, everybody else what ``FactRights`` gives
/// them about subjects in their part of the city.
struct FactFilter: Sendable {
    private let rights: FactRights
    private let form: FormDefinition?
    private let kind: SubjectKind
    /// The decision is about the account's own person; or came of their own application, and is about whom they speak for.
    private var isOwn: Bool
    private let isApplicant: Bool
    /// Whom the account speaks for.
    private let own: OwnPeople
    /// The application names people for whom the account doesn't speak.
    private let namesOthers: Bool
    /// The account knows what the case says: it filed it, or files at that desk, or the form gives it a part in it.
    private let knowsCase: Bool
    /// The subject's home lies in the account's part of the city: what registers, households and earlier decisions say is for there.
    private let isInScope: Bool
    /// What was filled in lies there: at home, or where it is served or asked for.
    private let seesFilled: Bool
    private let hidesSubject: Bool
    /// Fields that the form keeps from the account, by path, with the roles that may read them.
    private let unread: [String: [String]]

    /// For what was decided about a subject, with its union then, and the case that it came of.
    init(
        _ subject: SubjectRef, home: ID<Organization>?, form: FormDefinition?, record: CaseRecord?,
        for account: Account, _ host: Host
    ) async throws {
        let view: CaseView? = if let record { try await CaseView(of: record, for: account, on: host) } else { nil }
        let read = try await host.store.read { reader in
            let scope = try OrganizationScope.of(account.scope, in: reader)
            let unread = try view.map { try FactFilter.unread(form, $0, in: reader) } ?? [:]
            let own = try OwnPeople(account.person, in: reader)
            return (
                isInScope: try scope?.contains(home, in: reader) ?? false, unread: unread, own: own,
                knowsCase: try record.map { try CaseRights(account, in: reader).filed($0) } ?? false,
                namesOthers: try record.map { try FactFilter.names(others: own, $0, form, host, in: reader) } ?? false
            )
        }
        rights = FactRights(account: account)
        self.form = form
        kind = subject.kind
        isApplicant = account.person != nil && record?.applicant == account.person
        (own, namesOthers) = (read.own, read.namesOthers)
        isOwn = FactFilter.isOwn(subject, isApplicant, read.own, account)
        (knowsCase, isInScope, seesFilled) = (read.knowsCase, read.isInScope, read.isInScope)
        hidesSubject = view?.hidesSubject ?? false
        unread = read.unread
    }

    /// For a case as it is shown: whoever works on it where it is served, or where it was filed, sees what was filled in as those of
    /// the home union do, and so does whoever the form gives a part. What the registers say is for the home union alone: whoever files
    /// is the serving one.
    init(of record: CaseRecord, _ view: CaseView, for account: Account, _ host: Host) async throws {
        let places = [record.serving, record.unit]
        (isInScope, seesFilled, unread, knowsCase, own, namesOthers) = try await host.store.read { reader in
            let scope = try OrganizationScope.of(account.scope, in: reader)
            let isHome = try scope?.contains(record.home, in: reader) ?? false
            let own = try OwnPeople(account.person, in: reader)
            return (
                isHome, try isHome || places.contains { try scope?.contains($0, in: reader) ?? false },
                try FactFilter.unread(view.form, view, in: reader),
                try CaseRights(account, in: reader).filed(record) || view.hasPart(in: reader), own,
                try FactFilter.names(others: own, record, view.form, host, in: reader)
            )
        }
        rights = FactRights(account: account)
        form = view.form
        kind = record.lines.first?.subject.kind ?? .nobody
        isApplicant = account.person != nil && record.applicant == account.person
        isOwn = isApplicant && record.lines.map(\.subject).allSatisfy(own.speaksFor)
        hidesSubject = view.hidesSubject
    }

    /// The same of another subject of the case.
    func about(_ subject: SubjectRef) -> FactFilter {
        var filter = self
        filter.isOwn = FactFilter.isOwn(subject, isApplicant, own, rights.account)
        return filter
    }

    private static func isOwn(_ subject: SubjectRef, _ isApplicant: Bool, _ own: OwnPeople, _ account: Account) -> Bool
    {
        isApplicant && own.speaksFor(subject)
            || account.person.map { subject == SubjectRef(.person, $0.rawValue) } ?? false
    }

    private static func names(
        others own: OwnPeople, _ record: CaseRecord, _ form: FormDefinition?, _ host: Host, in reader: any StoreReader
    ) throws -> Bool {
        guard let form, form.fields.contains(where: \.type.namesPeople) else { return false }
        let fields = try Cases.fields(of: record.id, crypto: host.crypto, in: reader)
        return form.peopleNamed(in: fields).contains { !own.speaksFor($0) }
    }

    private static func unread(_ form: FormDefinition?, _ view: CaseView, in reader: any StoreReader) throws
        -> [String: [String]]
    {
        var found: [String: [String]] = [:]
        for field in form?.fields ?? [] where try !view.mayRead(field, in: reader) {
            found["application.\(field.name)"] = field.read
            if form?.isSubject(field.name) == true { found["line"] = field.read }
        }
        for stage in form?.stages ?? [] {
            for field in stage.fields where try !view.mayRead(field, in: reader) {
                found["stages.\(stage.name).\(field.name)"] = field.read
            }
        }
        return found
    }

    /// Facts as an account is told them.
    struct Told: Sendable {
        /// What it is told.
        var facts = Value.map([:])
        /// What of it is not for everybody: telling it is a look, and is written down.
        var looked: Set<String> = []
        /// What it isn't told, by path, with the permissions or roles that it takes.
        var leftOut: [String: [String]] = [:]
        /// What a member isn't told because it counts what others received as well.
        var shared: Set<String> = []

        /// What else is told with it.
        mutating func add(_ other: Told) {
            looked.formUnion(other.looked)
            leftOut.merge(other.leftOut) { own, _ in own }
            shared.formUnion(other.shared)
        }
    }

    /// What of some facts the account is told.
    func told(_ facts: Value) -> Told {
        var told = Told()
        if isOwn || isApplicant {
            told.facts = ofMember(facts, &told)
        } else if case .map(let shown)? = part(facts, [], &told) {
            told.facts = .map(shown)
        }
        return told
    }

    /// What a member filled in, and what registers and earlier decisions say of whom they speak for. Whoever they name is somebody
    /// else: of them a member is told nothing that they didn't write themselves.
    private func ofMember(_ facts: Value, _ told: inout Told) -> Value {
        var members: [String: Value] = [:]
        for (name, value) in facts.map ?? [:] {
            if ["application", "line", "stages"].contains(name) {
                members[name] = filled(value, [name], &told)
            } else {
                members[name] = isOwn ? value : ofOthers(value, [name], &told)
            }
        }
        return isOwn ? withoutShared(members, &told) : .map(members)
    }

    /// What was filled in, with what registers say only of whom the account speaks for.
    private func filled(_ value: Value, _ path: [String], _ told: inout Told) -> Value {
        if let items = value.list { return .list(items.map { filled($0, path, &told) }) }
        guard let members = value.map else { return value }
        let text = members["ref"]?.text ?? ""
        let named =
            ID<Person>(text).map { SubjectRef(.person, $0.rawValue) }
            ?? ID<Household>(text).map { SubjectRef(.household, $0.rawValue) }
        let isOther = named.map { !own.speaksFor($0) } ?? false
        var shown: [String: Value] = [:]
        for (name, member) in members {
            shown[name] =
                isOther && name != "ref"
                ? ofOthers(member, path + [name], &told) : filled(member, path + [name], &told)
        }
        return .map(shown)
    }

    /// What registers say of others: as whoever works on the case is told it, and nobody else.
    private func ofOthers(_ value: Value, _ path: [String], _ told: inout Told) -> Value? {
        if rights.account.may(.seeCases) { return part(value, path, &told) }
        if path.last == "ref" { return value }
        guard let members = value.map else {
            told.leftOut[path.joined(separator: ".")] = [Permission.seeCases.rawValue]
            return nil
        }
        var shown: [String: Value] = [:]
        for name in members.keys.sorted() {
            shown[name] = members[name].flatMap { ofOthers($0, path + [name], &told) }
        }
        return shown.isEmpty ? nil : .map(shown)
    }

    /// A look that counts over something shared with others (the household, a child, a ticket, a unit) would tell a member what others
    /// were given and when: only those who review see it.
    private func withoutShared(_ facts: [String: Value], _ told: inout Told) -> Value {
        var members = facts
        guard case .map(var looks)? = members["look"] else { return .map(members) }
        for name in sharedLooks where looks.removeValue(forKey: name) != nil {
            told.leftOut["look.\(name)"] = FactFilter.reviewers
            told.shared.insert("look.\(name)")
        }
        members["look"] = .map(looks)
        return .map(members)
    }

    /// Looks whose numbers aren't the account's alone.
    private var sharedLooks: [String] {
        if rights.account.may(.reviewCases) || rights.account.may(.seeJournal) { return [] }
        return (form?.facts.look ?? []).filter { $0.per != "subject" }.map(\.name)
    }

    private static let reviewers = [Permission.reviewCases.rawValue]

    private func part(_ value: Value, _ path: [String], _ told: inout Told) -> Value? {
        // What earlier decisions came to is one fact, in many numbers.
        let isWhole = path.first == "look" && path.count == 2
        if case .map(let members) = value, !isWhole {
            var shown: [String: Value] = [:]
            for name in members.keys.sorted() {
                shown[name] = members[name].flatMap { part($0, path + [name], &told) }
            }
            return shown.isEmpty && !members.isEmpty ? nil : .map(shown)
        }
        if path.last == "ref", !hidesSubject { return value }
        let text = path.joined(separator: ".")
        if let needed = keeper(of: path) {
            told.leftOut[text] = needed
            return nil
        }
        let sensitivity = sensitivity(of: path)
        guard sensitivity != .plain else { return value }
        guard isFilled(path) ? seesFilled : isInScope, rights.maySee(sensitivity) else {
            told.leftOut[text] = FactRights.needs(sensitivity).map(\.rawValue)
            return nil
        }
        told.looked.insert(text)
        return value
    }

    /// Who may see what the form itself keeps from the account; nil: it doesn't.
    private func keeper(of path: [String]) -> [String]? {
        let isAboutSubject =
            ["subject", "household", "line"].contains(path[0])
            || path[0] == "application" && path.count > 1 && form?.isSubject(path[1]) == true
        if hidesSubject, isAboutSubject { return form?.sealed?.but ?? [] }
        return unread[path[0]] ?? unread[path.prefix(2).joined(separator: ".")]
            ?? unread[path.prefix(3).joined(separator: ".")]
    }

    /// Whether somebody wrote it into the application or a stage, and it isn't what a register says of whom they name.
    private func isFilled(_ path: [String]) -> Bool {
        guard ["application", "stages", "line"].contains(path[0]) else { return false }
        return path.count <= (path[0] == "stages" ? 3 : 2)
            || FactDefinition.Sensitivity.most(of: path[path.count - 1]) == nil
    }

    private var isSensitive: Bool { form.map { $0.sensitive != nil || $0.sealed != nil } ?? true }

    /// Whether the numbers and days of a reason may be told: they come of the facts that the rule was told, and of which ones
    /// only its author knows, so that it takes the right to all of them. What counts others' too isn't told a member in a reason either.
    var tellsValues: Bool {
        if isOwn, !namesOthers { return sharedLooks.isEmpty }
        if isOwn || isApplicant, !rights.account.may(.seeCases) { return false }
        guard let form, !hidesSubject, unread.isEmpty else { return false }
        var kept = form.facts.subject.map { FactCatalogue.fact($0, of: kind)?.sensitivity ?? .personal }
        kept += form.facts.household.map { FactCatalogue.fact($0, of: .household)?.sensitivity ?? .personal }
        if !form.facts.look.isEmpty { kept.append(isSensitive ? .health : .personal) }
        if isSensitive, !knowsCase, !seesFilled || !rights.maySee(.health) { return false }
        return kept.allSatisfy { $0 == .plain || isInScope && rights.maySee($0) }
    }

    /// Whether it may be told what can be done: that names no values.
    var tellsAdvice: Bool { isOwn && !namesOthers || tellsValues }

    /// A reason in words; a rule's own without its values where they may not be told (`…` stands for each).
    func reason(
        _ code: String, _ params: [String: Value], _ manifest: Manifest?, _ stacking: StackingSettings?
    ) -> LocalText {
        let isRules = manifest?.reasons[code] != nil
        return ReasonText.text(code, isRules && !tellsValues ? [:] : params, plugin: manifest, stacking: stacking)
    }

    /// How carefully a fact is kept. What a sensitive form asks is kept like health; what it asks otherwise, everybody sees who sees
    /// the case, and of those it names what the register says of them.
    private func sensitivity(of path: [String]) -> FactDefinition.Sensitivity {
        let name = path[path.count - 1]
        switch path[0] {
        case "subject" where path.count == 2:
            return FactCatalogue.fact(name, of: kind)?.sensitivity ?? .personal
        case "subject": return FactDefinition.Sensitivity.most(of: name) ?? .personal
        case "household": return FactCatalogue.fact(name, of: .household)?.sensitivity ?? .personal
        case "look": return isSensitive ? .health : .personal
        default:
            if isSensitive, !knowsCase { return .health }
            return path.count > 2 ? FactDefinition.Sensitivity.most(of: name) ?? .plain : .plain
        }
    }
}

extension FactFilter.Told {
    /// That facts are left out and what it takes to see them; nil where nothing is.
    var words: LocalText? {
        guard !leftOut.isEmpty else { return nil }
        let names = leftOut.keys.sorted()
        let roles = Role.allCases.filter { role in
            !permissions.isEmpty && permissions.allSatisfy { $0.roles.contains(role) }
        }
        if Set(leftOut.keys) == shared {
            return LocalText(
                zh: "另有 \(names.count) 项资料没有显示(\(names.joined(separator: "、"))):其中也有别人(如家庭其他成员)享受的情况。",
                en:
                    "\(names.count) facts are left out (\(names.joined(separator: ", "))): they count what others, of the household for one, received as well."
            )
        }
        if permissions.isEmpty {
            let keepers = needs
            return LocalText(
                zh:
                    "另有 \(names.count) 项资料没有显示(\(names.joined(separator: "、"))):限 \(keepers.joined(separator: "、")) 查看。",
                en:
                    "\(names.count) facts are left out (\(names.joined(separator: ", "))): they are for \(keepers.joined(separator: ", "))."
            )
        }
        let (zh, en) = (roles.map(\.title.zh).joined(separator: "、"), roles.map(\.title.en).joined(separator: ", "))
        return LocalText(
            zh: "另有 \(names.count) 项资料没有显示(\(names.joined(separator: "、"))):须对该对象所在的工会有权限 "
                + needs.joined(separator: "、") + (zh.isEmpty ? "" : "(\(zh))") + "。",
            en:
                "\(names.count) facts are left out (\(names.joined(separator: ", "))): for the subject's union it takes "
                + needs.joined(separator: ", ") + (en.isEmpty ? "" : " (\(en))") + ".")
    }

    /// The permissions, and the roles of the plugin, that it takes to see all.
    private var needs: [String] { Set(leftOut.values.joined()).sorted() }

    private var permissions: [Permission] { needs.compactMap { Permission(rawValue: $0) } }

    /// For `--json` and the API.
    var leftOutValue: Value {
        guard let words else { return .null }
        return [
            "facts": .list(leftOut.keys.sorted().map { .text($0) }), "needs": .list(needs.map { .text($0) }),
            "text": .text(words.zh), "text_en": .text(words.en),
        ]
    }
}

extension FormDefinition {
    /// Whether a field says whom the form is about.
    fileprivate func isSubject(_ field: String) -> Bool {
        guard case .path(let path) = subject else { return false }
        return path.prefix { $0 != "." } == field
    }
}

extension FactDefinition.Sensitivity {
    /// How carefully the most private fact of a name is kept, whatever it is about.
    fileprivate static func most(of name: String) -> Self? {
        let found = SubjectKind.allCases.compactMap { FactCatalogue.fact(name, of: $0)?.sensitivity }
        return [Self.health, .economic, .personal, .plain].first { found.contains($0) }
    }
}
