import NiangjiaCore

extension Operation {
    /// Whose records an operation reads or changes.
    public enum Reach: String, Hashable, Sendable, CaseIterable {
        /// Nobody's: settings, counts, and what anybody may repeat (draws).
        case open
        /// The caller's own account.
        case selfOnly = "self"
        /// Somebody's own, their case or what was decided about them; for whoever may see others', those in their part of the city.
        case own
        /// What lies in the account's part of the city.
        case part
        /// The whole city: an account that is bound to a part of it is refused.
        case city

        /// For people.
        public var title: LocalText {
            switch self {
            case .open: LocalText(zh: "不涉及个人", en: "nobody's")
            case .selfOnly: LocalText(zh: "本账号", en: "the account itself")
            case .own: LocalText(zh: "本人,或所辖范围", en: "one's own, or one's part of the city")
            case .part: LocalText(zh: "所辖范围", en: "one's part of the city")
            case .city: LocalText(zh: "全市(不得限于某个组织)", en: "the whole city, unbound accounts only")
            }
        }
    }

<<<<<<< HEAD
    /// Whose records this one reads or changes. Enforced for ``Reach/city`` before the operation runs; for ``Reach/own`` and
    /// ``Reach/part`` by what reads the records (``CaseRights``, ``OrganizationScope``), which the access matrix tries out.
    public var reach: Reach { Operation.reaches[name] ?? .city }

    /// What isn't named is for the whole city only: previews and comparisons too, whose totals are the whole city's.
    private static let reaches: [String: Reach] = [
        "account.login": .selfOnly, "account.logout": .selfOnly, "account.password": .selfOnly,
        "account.sessions": .selfOnly, "account.sessions.end": .selfOnly,
        "account.totp.enrol": .selfOnly, "account.totp.confirm": .selfOnly, "account.totp.remove": .selfOnly,
        "program.mine": .selfOnly, "person.data": .selfOnly, "person.code": .selfOnly,
        "batch.confirm": .own, "visit.add": .part,
        "supplier.dispute": .part, "grant.report": .part, "fund.sharing_confirm": .part, "fund.sharing_list": .part,
        "register.import": .part, "import.begin": .part, "import.put": .part, "import.show": .part,
        "import.confirm": .part, "import.jobs": .part, "import.list": .part, "import.undo": .part,
        "action.list": .open, "action.run": .part, "action.waiting": .part, "action.show": .part,
        "action.confirm": .part,
        "case.submit": .own, "file.add": .selfOnly, "case.list": .own, "case.show": .own, "case.evidence": .own,
        "case.evidence_file": .own, "case.deliver": .part,
        "case.advance": .own, "case.stage": .own, "case.unseal": .own,
        "decision.list": .own, "decision.show": .own, "decision.explain": .own, "decision.replay": .own,
        "decision.withdraw": .part,
        "person.find": .part, "person.show": .part, "organization.list": .part, "program.unasked": .part,
        "program.waiting": .part,
        "plugin.try": .part, "plugin.fixture": .part,
        "organization.find": .open, "record.list": .open,
        "program.list": .open, "program.show": .open, "place.list": .open, "draw.list": .open, "draw.show": .open,
        "draw.verify": .open, "station.near": .open, "health": .open, "check": .open, "doctor": .open, "backup": .open,
        "keys.show": .open, "keys.check": .open,
        "config.log": .open, "config.show": .open, "config.diff": .open, "config.export": .open, "audit.verify": .open,
        "audit.head": .open,
        "fund.balance": .open, "fund.verify": .open, "report": .open, "account.add": .city,
    ]

=======
>>>>>>> 997c3dce0034d26eeb87fde6d6308ac3b643eff4
    /// Refuses an account that is bound to a part of the city what concerns all of it.
    func checkReach(of account: Account?) throws {
        guard reach == .city, let account, account.scope != nil else { return }
        throw NiangjiaError(
            .forbidden, zh: "这项操作涉及全市,限于某个组织的账号不能办理。",
            en: "This concerns the whole city: an account that is bound to a part of it can't do it.")
    }
}
