import NiangjiaCore

/// Lists of cases, and what waits for whom.
extension Operations {
    static func listCases(_ call: Call) async throws {
        let account = try signedIn(call)
        let program = try await filteredProgram(call)
        let state = try call.arguments.optionalText("state").map { text -> CaseState in
            guard let state = CaseState(rawValue: text) else {
                let names = CaseState.allCases.map(\.rawValue).joined(separator: " ")
                throw NiangjiaError(
                    .invalid, zh: "没有状态 \(text):\(names)", en: "No state \(text): \(names)", place: "/state")
            }
            return state
        }
        let limit = try call.arguments.limit(otherwise: 50)
        let after = try call.arguments.optionalID("after", CaseFile.self)
        let onlyWaiting = call.arguments.flag("queue")
        let person = try call.arguments.optionalID("person", Person.self)
        let unit = try call.arguments.optionalText("unit")
        let bundle = try await call.host.bundles.active()
        let found = try await call.host.store.read { reader -> [ListedCase] in
            let rights = try CaseRights(account, in: reader)
            let desk = account.may(.submitForUnit) ? rights.scope : nil
            let party = account.may(.seeCases) ? nil : Cases.Party(account, desk: desk)
            let under = try unit.map { try Lookup.organization($0, within: rights.scope, at: "/unit", in: reader) }
            let part = try under.flatMap { try OrganizationScope.of($0, in: reader) }
            var (found, last) = ([CaseRecord](), after)
            // What lies elsewhere is passed over, and more is looked at until the page is full.
            while found.count < limit {
                let page = try Cases.list(
                    program: program, state: state, party: party, person: person, part: part, after: last,
                    limit: 500, in: reader)
                found += try page.filter { record in
                    guard try rights.maySee(record), try !onlyWaiting || waits(record, rights) else { return false }
                    // A sealed case isn't found by whom it hides.
                    return person == nil && unit == nil || !rights.hidesSubject(record)
                }
                guard page.count == 500, let end = page.last else { break }
                last = end.id
            }
            return try ListedCase.told(Array(found.prefix(limit)), rights, bundle, in: reader)
        }
        // Names beside cases are looked at like those of a waiting list: once for the list; asked for by somebody's id, at them.
        if found.contains(where: \.isLogged) {
            let list = [program, "case list"].compactMap(\.self).joined(separator: " ")
            try await note(["name(masked)"], about: person?.text ?? list, reason: .caseList, call)
        }
        call.output.table(
            ["申请", "项目", "表单", "姓名", "工会", "状态", "审核级", "提交", "金额(元)"],
            en: ["case", "program", "form", "name", "union", "state", "review", "filed", "yuan"],
            found.map { one in
                let record = one.record
                return [
                    record.id.text, record.program, record.form, one.name ?? "-", one.union ?? "-",
                    record.state.title[call.output.language], record.level ?? "-",
                    record.submittedAt.date.description, one.amount.description,
                ]
            })
        tellMore(found.last?.record.id.text, found.count == limit, call)
        call.output.answer(.list(found.map(\.value)))
    }

    /// Whether a case waits for what an account does: a review of its level, or a correction of its own case or its desk's.
    private static func waits(_ record: CaseRecord, _ rights: CaseRights) throws -> Bool {
        switch record.state {
        case .returned: try rights.isOwn(record) || rights.isOfDesk(record)
        case .inCheck, .manual, .underNotice:
            rights.account.roles.contains { grant in
                grant.role == .reviewer
                    && (record.state == .underNotice
                        ? record.objection == .open : record.level == nil || grant.level == record.level)
            }
        default: false
        }
    }

    static func summary(_ record: CaseRecord) -> Value {
        [
            "case": .text(record.id.text), "version": .int(record.version), "program": .text(record.program),
            "form": .text(record.form), "state": .text(record.state.rawValue),
            "state_text": ["zh-CN": .text(record.state.title.zh), "en": .text(record.state.title.en)],
            "level": record.level.map { .text($0) } ?? .null, "submitted_at": .text(record.submittedAt.description),
            "on": .text(record.onDate.description), "amount_fen": .int(record.judgedAmount.fen),
            "notice": record.notice.map { ["from": .text($0.from.description), "to": .text($0.to.description)] }
                ?? .null,
            "stage": record.stage.map { .text($0) } ?? .null, "due": record.due.map { .text($0.description) } ?? .null,
        ]
    }
}

/// A case in a list, with whom it is about as far as that may be told.
private struct ListedCase: Sendable {
    var record: CaseRecord
    /// What it was decided to come to; what the rule would grant while it isn't decided.
    var amount: Money
    var applicant: ID<Person>?
    var subjects: [SubjectRef] = []
    /// Of the applicant, masked; without one, of the first whom it is about.
    var name: String?
    /// The code of the home union.
    var union: String?
    /// Whether somebody else is named.
    var isLogged = false

    static func told(
        _ records: [CaseRecord], _ rights: CaseRights, _ bundle: NiangjiaCore.Bundle, in reader: any StoreReader
    ) throws -> [ListedCase] {
        let facts = FactRights(account: rights.account)
        let names = SubjectNames(account: rights.account, reason: nil)
        var unions: [ID<Organization>: String] = [:]
        return try records.map { record in
            var told = ListedCase(record: record, amount: try Decisions.amount(of: record, in: reader))
            let form = bundle.plugins[record.plugin]?.manifest.forms[record.form]
            guard !rights.hidesSubject(record), rights.isOwn(record) || facts.mayKnow(whoAppliesBy: form) else {
                return told
            }
            told.applicant = record.applicant
            told.subjects = record.lines.map(\.subject).filter { $0.kind != .nobody }
            let who = record.applicant.map { SubjectRef(.person, $0.rawValue) } ?? told.subjects.first
            told.name = try who.map { try names.name($0, in: reader) }
            told.isLogged = !rights.isOwn(record) && [.person, .household].contains(who?.kind)
            if let home = record.home {
                if unions[home] == nil {
                    unions[home] = try reader.first("SELECT code FROM organization WHERE id = $1", [.id(home)]) {
                        $0.text(0)
                    }
                }
                told.union = unions[home]
            }
            return told
        }
    }

    var value: Value {
        guard case .map(var members) = Operations.summary(record) else { return .null }
        members["amount_fen"] = .int(amount.fen)
        members["applicant"] = applicant.map { .text($0.text) } ?? .null
        members["subjects"] = .list(subjects.map { .text($0.description) })
        members["name"] = name.map { .text($0) } ?? .null
        members["union"] = union.map { .text($0) } ?? .null
        return .map(members)
    }
}
