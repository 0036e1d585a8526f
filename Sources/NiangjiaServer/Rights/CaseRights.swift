import NiangjiaCore

/// Who may see which case and which decision: members their own, everybody else what lies in their part of the city.
struct CaseRights {
    let account: Account
    let scope: OrganizationScope?
    let reader: any StoreReader

    init(_ account: Account, in reader: any StoreReader) throws {
        self.account = account
        self.reader = reader
        scope = try OrganizationScope.of(account.scope, in: reader)
    }

    func maySee(_ record: CaseRecord) throws -> Bool {
        if isOwn(record) { return true }
        guard account.may(.seeCases) || account.may(.seeJournal) else { return try isOfDesk(record) }
        return try isInScope(record.home) || isInScope(record.serving) || isInScope(record.unit)
    }

    /// Whether it was filed at the desk where the account files too, so that it may go on with it.
    func isOfDesk(_ record: CaseRecord) throws -> Bool {
        try FilingDesk.isServed(by: scope, may: account.may, record, in: reader)
    }

    /// Whether the account knows what was filled in without being told: it filed it, or files at that desk.
    func filed(_ record: CaseRecord) throws -> Bool { try record.filer == account.id || isOfDesk(record) }

    /// The steps of a case as the account is told them. What another case names too is for reviewers, and which one that is for whoever
    /// may see it: the message never tells of somebody else.
    func steps(of id: ID<CaseFile>) throws -> [CaseStep] {
        let seesFlags = account.may(.reviewCases) || account.may(.seeJournal)
        return try Cases.steps(of: id, in: reader).compactMap { step in
            guard step.action == Cases.flagAction else { return step }
            guard seesFlags else { return nil }
            guard let (reason, other) = Cases.flagged(step), try !maySee(Cases.load(other, in: reader)) else {
                return step
            }
            var told = step
            told.note = reason + " -"
            return told
        }
    }

    /// Whether a case says nothing of whom it is about, or who filed it.
    func hidesSubject(_ record: CaseRecord) -> Bool { record.isSealed && !isOwn(record) }

    func isOwn(_ record: CaseRecord) -> Bool {
        record.filer == account.id || (account.person != nil && account.person == record.applicant)
    }

    func maySee(_ decision: Decisions.Row) throws -> Bool {
        if let person = account.person, decision.subject == SubjectRef(.person, person.rawValue) { return true }
        if let caseID = decision.caseID {
            let record = try Cases.load(caseID, in: reader)
            // Whom a sealed case is about stands on its decisions: staff see the case, which hides it.
            return try maySee(record) && (!record.isSealed || isOwn(record))
        }
        guard account.may(.seeJournal) || account.may(.seeCases) else { return false }
        return try isInScope(decision.home) || isInScope(decision.serving)
    }

    /// What a run decided about a person: theirs, and whoever's part of the tree they belong to.
    func maySee(_ line: Decisions.RunLine, of person: ID<Person>) throws -> Bool {
        if account.person == person { return true }
        guard account.may(.seeJournal) || account.may(.seeCases) else { return false }
        return try isInScope(line.home)
    }

    /// Whether everything in the city is open to the account: what belongs to no part of the tree is its alone.
    private func isInScope(_ organization: ID<Organization>?) throws -> Bool {
        guard let scope else { return false }
        return try scope.contains(organization, in: reader)
    }

    /// What somebody hears who may not see it: the same as when it doesn't exist.
    static func missing(_ what: String) -> NiangjiaError {
        NiangjiaError(.notFound, zh: "没有这份申请或核定:\(what)", en: "There is no such case or decision: \(what)")
    }
}

extension CaseRecord {
    /// Whom a look at it is a look at, as the log names them: its applicant, who hears of it even where it is about others, and each whom
    /// it is about. Whom a sealed one is about the log doesn't tell; one that is about more than `manySubjects` it names once, and each
    /// of them finds the look through the case (`Operations.ownData`).
    ///
    /// - Parameter subject: The one of them whom the look is about; nil: all.
    func looked(at subject: SubjectRef? = nil) -> [String] {
        guard !isSealed else { return [id.text] }
        let subjects = (subject.map { [$0] } ?? lines.map(\.subject)).filter { $0.kind != .nobody }
        let applicant = self.applicant.map { [$0.text] } ?? []
        if subject == nil, Set(subjects).count > CaseRecord.manySubjects { return [id.text] + applicant }
        let whom = Set(subjects.map(\.description) + applicant)
        return whom.isEmpty ? [id.text] : whom.sorted()
    }

    /// Up to how many subjects of a case a look names each: every name is a write that others wait for.
    static let manySubjects = 20
}
