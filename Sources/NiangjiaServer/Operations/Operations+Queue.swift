import NiangjiaCore

/// Lists of cases, and what waits for whom.
extension Operations {
    static func listCases(_ call: Call) async throws {
        let account = try signedIn(call)
        let program = try call.arguments.optionalText("program")
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
        let applicant = account.may(.seeCases) ? nil : account.person
        let found = try await call.host.store.read { reader -> [CaseRecord] in
            let rights = try CaseRights(account, in: reader)
            var (found, last) = ([CaseRecord](), after)
            // What lies elsewhere is passed over, and more is looked at until the page is full.
            while found.count < limit {
                let page = try Cases.list(
                    program: program, state: state, applicant: applicant, after: last, limit: 500, in: reader)
                found += try page.filter { try rights.maySee($0) && (!onlyWaiting || waits($0, for: account)) }
                guard page.count == 500, let end = page.last else { break }
                last = end.id
            }
            return found
        }
        call.output.table(
            ["申请", "项目", "表单", "状态", "审核级", "提交", "金额(元)"],
            en: ["case", "program", "form", "state", "review", "filed", "yuan"],
            found.prefix(limit).map {
                [
                    $0.id.text, $0.program, $0.form, $0.state.title[call.output.language], $0.level ?? "-",
                    $0.submittedAt.date.description,
                    $0.judgedAmount.description,
                ]
            })
        tellMore(found.prefix(limit).last?.id.text, found.count >= limit, call)
        call.output.answer(.list(found.prefix(limit).map(summary)))
    }

    /// Whether a case waits for what an account does: a review of its level, or a correction of its own case.
    private static func waits(_ record: CaseRecord, for account: Account) -> Bool {
        switch record.state {
        case .returned: record.filer == account.id || record.applicant != nil && record.applicant == account.person
        case .inCheck, .manual, .underNotice:
            account.roles.contains { grant in
                grant.role == .reviewer
                    && (record.state == .underNotice
                        ? record.objection == "open" : record.level == nil || grant.level == record.level)
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
