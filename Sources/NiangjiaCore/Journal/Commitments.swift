/// What the chain holds of rows that are facts about a decision: who reviewed a case, what was decided, what an account may do.
/// Each event commits to its row's content (SM3), so that a row changed beside the host is found and named.
enum Commitments {
    static let decisionsKind = "decision.made"

    // MARK: steps of cases

    static let stepColumns = "case_id, n, at, actor, role, action, from_state, to_state, level, note"

    /// The digest of a step as it lies in the store.
    static func step(_ id: ID<CaseFile>, _ n: Int64, _ crypto: any CryptoProvider, in reader: any StoreReader) throws
        -> String?
    {
        try reader.first(
            "SELECT \(stepColumns) FROM case_step WHERE case_id = $1 AND n = $2", [.id(id), .int(n)]
        ) { row in
            digest(
                [.int(row.int(0)), .int(row.int(1)), .int(row.int(2))] + (3...7).map { .text(row.text($0)) }
                    + (8...9).map { row.textOrNil($0).map { .text($0) } ?? .null }, crypto)
        }
    }

    // MARK: decisions

    /// The decisions of one writing, in the order of their ids: their number, and a digest of what doesn't change any more.
    static func decisions(
        from: Int64, to: Int64, _ crypto: any CryptoProvider, in reader: any StoreReader
    ) throws -> (count: Int64, digest: String) {
        var digest = DecisionsDigest()
        try reader.forEach(
            """
            SELECT r.id, t.program, t.series, t.subject_kind, r.subject, r.case_id, r.line, t.run, t.on_date, t.result,
            t.assessed, t.amount, t.code, t.entitled, t.payee_kind, t.fund_line, t.entitled_state, r.ordinal, r.household,
            r.call, r.row, r.home_organization, r.serving_organization, t.stacked
            FROM decision_own r JOIN decision_terms t ON t.id = r.terms AND r.id >= t.id AND r.id <= t.last
            WHERE r.id >= $1 AND r.id <= $2
            AND COALESCE(r.case_id, t.run, 0) = (SELECT COALESCE(case_id, run, 0) FROM decision WHERE id = $1) ORDER BY r.id
            """, [.int(from), .int(to)]
        ) { row in
            let said = DecisionsDigest.Said(
                program: row.text(1), series: row.text(2), subjectKind: row.text(3), caseID: row.intOrNil(5),
                run: row.intOrNil(7), onDate: row.int(8), result: row.text(9), assessed: row.int(10),
                amount: row.int(11), stacked: row.int(23), code: row.textOrNil(12),
                entitled: FoldedEntitlement(row, at: 13))
            let own = DecisionsDigest.Row(
                id: row.int(0), subject: row.int(4), ordinal: row.intOrNil(17), household: row.intOrNil(18),
                line: row.intOrNil(6), call: row.intOrNil(19), row: row.intOrNil(20), home: row.intOrNil(21),
                serving: row.intOrNil(22))
            digest.add(own, digest.number(of: said))
            return true
        }
        return (digest.count, digest.text(crypto))
    }

    /// In the transaction that writes decisions: all of one case or one run, which no other transaction writes for meanwhile.
    static func commit(
        toDecisions ids: [ID<Decision>], about: String, _ change: ChangeContext, in writer: any StoreWriter
    ) throws {
        guard let from = ids.map(\.rawValue).min(), let to = ids.map(\.rawValue).max() else { return }
        let made = try decisions(from: from, to: to, change.crypto, in: writer)
        try commit(from, to, made.count, made.digest, about: about, change, in: writer)
    }

    /// The same for decisions that were just written from columns: their digest is taken on the way, nothing is read again.
    static func commit(
        to digest: DecisionsDigest, _ ids: [ID<Decision>], about: String, _ change: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        guard let from = ids.first?.rawValue, let to = ids.last?.rawValue else { return }
        try commit(from, to, digest.count, digest.text(change.crypto), about: about, change, in: writer)
    }

    private static func commit(
        _ from: Int64, _ to: Int64, _ count: Int64, _ digest: String, about: String, _ change: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let body: Value = [
            "from": .text(ID<Decision>(rawValue: from).text), "to": .text(ID<Decision>(rawValue: to).text),
            "count": .int(count), "digest": .text(digest),
        ]
        try change.record(decisionsKind, about: about, body: body, in: writer)
    }

    private static func digest(_ values: [Value], _ crypto: any CryptoProvider) -> String {
        Hex.text(crypto.digest(Array(Value.list(values).json.utf8)))
    }
}

/// What comparing cases, decisions and accounts with the chain found.
public struct RowsReport: Sendable, Hashable {
    /// Steps of cases that the chain tells of.
    public var steps = 0
    /// Decisions that the chain tells of.
    public var decisions: Int64 = 0
    /// Accounts in the store.
    public var accounts = 0
    /// What is wrong.
    public var faults = Faults()
}

extension Commitments {
    /// Compares every committed row with what the chain was told when it was written.
    static func verify(in reader: any StoreReader, crypto: any CryptoProvider) throws -> RowsReport {
        var report = RowsReport()
        // The newest word of the chain about each account.
        var accounts: [String: (value: Value, isDisabled: Bool)] = [:]
        var isErased = false
        try reader.forEach(
            """
            SELECT kind, about, body FROM chain_event WHERE seq IS NOT NULL
            AND (kind LIKE 'case.%' OR kind LIKE 'access.account%' OR kind = '\(decisionsKind)') ORDER BY seq
            """, []
        ) { row in
            let (kind, about) = (row.text(0), row.text(1))
            // A body that is gone was erased, or altered: the chain's own digests tell which.
            guard let body = row.textOrNil(2).flatMap({ try? Value(json: $0) }) else {
                isErased = true
                return true
            }
            if kind == decisionsKind {
                try verifyDecisions(about, body, crypto, &report, in: reader)
            } else if kind.hasPrefix("case.") {
                try verifyStep(about, body, crypto, &report, in: reader)
            } else if body["roles"].list != nil {
                accounts[about] = (body, false)
            } else if kind == "access.account_disabled" {
                accounts[about]?.isDisabled = true
            }
            return true
        }
        try verifyAccounts(accounts, &report, in: reader)
        for pack in try DecisionsSchema.packing.wrongPacks(in: reader) {
            let name = ID<Decision>(rawValue: pack).text
            report.faults.add(
                zh: "核定包 \(name) 的索引与内容不符,其中的核定可能查不到",
                en: "the pack \(name) doesn't hold what it is found by: decisions in it may not be found")
        }
        // Rows that nobody committed to are left over; where events were erased, nobody can count.
        guard !isErased else { return report }
        let decisions = try reader.integer("SELECT COUNT(*) FROM decision") ?? 0
        if decisions != report.decisions {
            report.faults.add(
                zh: "核定 \(decisions) 条,事件链记载 \(report.decisions) 条",
                en: "\(decisions) decisions, the chain tells of \(report.decisions)")
        }
        let steps = try reader.integer("SELECT COUNT(*) FROM case_step") ?? 0
        if steps != report.steps {
            report.faults.add(
                zh: "办理步骤 \(steps) 步,事件链记载 \(report.steps) 步",
                en: "\(steps) steps of cases, the chain tells of \(report.steps)")
        }
        return report
    }

    private static func verifyStep(
        _ about: String, _ body: Value, _ crypto: any CryptoProvider, _ report: inout RowsReport,
        in reader: any StoreReader
    ) throws {
        guard let n = body["n"].int, let committed = body["row"].text, let id = ID<CaseFile>(about) else { return }
        report.steps += 1
        guard try step(id, n, crypto, in: reader) != committed else { return }
        report.faults.add(
            zh: "申请 \(about) 第 \(n) 步的办理记录被改动或缺失", en: "step \(n) of case \(about) is not what was written")
    }

    private static func verifyDecisions(
        _ about: String, _ body: Value, _ crypto: any CryptoProvider, _ report: inout RowsReport,
        in reader: any StoreReader
    ) throws {
        guard let from = body["from"].text.flatMap({ ID<Decision>($0) }),
            let to = body["to"].text.flatMap({ ID<Decision>($0) }), let count = body["count"].int
        else { return report.faults.add(zh: "事件有误:\(about)", en: "a wrong event: \(about)") }
        report.decisions += count
        let found = try decisions(from: from.rawValue, to: to.rawValue, crypto, in: reader)
        guard found.count != count || found.digest != body["digest"].text else { return }
        let name = from == to ? from.text : "\(from.text) 至 \(to.text)"
        let english = from == to ? from.text : "\(from.text) to \(to.text)"
        report.faults.add(
            zh: "核定 \(name)(\(about))的对象、结果或金额被改动或缺失",
            en: "decision \(english) (\(about)): subject, outcome or amount is not what was written")
    }

    private static func verifyAccounts(
        _ told: [String: (value: Value, isDisabled: Bool)], _ report: inout RowsReport, in reader: any StoreReader
    ) throws {
        let kept = try reader.all("SELECT \(Account.columns) FROM account ORDER BY id") { Account($0) }
        report.accounts = kept.count
        for account in kept {
            guard let event = told[account.id] else {
                report.faults.add(zh: "账号 \(account.id) 没有开立记录", en: "nothing tells of the account \(account.id)")
                continue
            }
            let isSame = ["roles", "organization", "scope", "person", "display"].allSatisfy {
                account.value[$0] == event.value[$0]
            }
            if !isSame || account.isActive == event.isDisabled {
                report.faults.add(
                    zh: "账号 \(account.id) 的角色、范围或状态被改动", en: "the account \(account.id) is not as the chain tells")
            }
        }
        for id in told.keys.sorted() where !kept.contains(where: { $0.id == id }) {
            report.faults.add(zh: "账号 \(id) 缺失", en: "the account \(id) is missing")
        }
    }
}
