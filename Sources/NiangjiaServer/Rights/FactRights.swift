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

    /// How much of what a form's rule comes to may be told.
    ///
    /// - Parameter isRead: whether somebody who didn't write the rule has read it.
    func telling(
        _ form: FormDefinition, of kind: SubjectKind, in bundle: Bundle, _ plugin: String, isRead: Bool
    ) -> Telling {
        let isOpen = maySeeAll(form, of: kind)
        guard !isRead, !form.isPlain(of: kind) else { return isOpen ? .all : .many }
        return isOpen && mayKnow(form, in: bundle, plugin) ? .all : .people
    }

    /// Whether the account may know what the rule is told beside the facts that ``maySeeNames`` asks for: what earlier decisions
    /// were, and what registers say of whom an application names.
    func mayKnow(_ form: FormDefinition, in bundle: Bundle, _ plugin: String) -> Bool {
        if maySee(.health) { return true }
        guard !form.fields.contains(where: \.type.namesPeople) else { return false }
        return form.facts.look.flatMap { $0.of.isEmpty ? [form.name] : $0.of }.allSatisfy { name in
            let parts = name.split(separator: "/").map(String.init)
            let (owner, form) = parts.count == 2 ? (parts[0], parts[1]) : (plugin, name)
            // Of a form that is gone nobody knows how it was kept.
            guard let seen = bundle.plugins[owner]?.manifest.forms[form] else { return false }
            return seen.sensitive == nil && seen.sealed == nil
        }
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

extension FormDefinition {
    /// Whether its rule is told nothing but what everybody who previews may see of each subject.
    fileprivate func isPlain(of kind: SubjectKind) -> Bool {
        guard sensitive == nil, sealed == nil, fields.isEmpty, facts.look.isEmpty, facts.household.isEmpty else {
            return false
        }
        return facts.subject.allSatisfy { FactCatalogue.fact($0, of: kind)?.sensitivity == .plain }
    }
}
