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
                ofStep: row.int(1), of: row.id(0), at: row.int(2), (3...7).map { row.text($0) },
                (8...9).map { row.textOrNil($0) }, crypto)
        }
    }

    /// The same of a step that is being written: actor, role, action, the states that it leaves and comes to; level and note.
    static func digest(
        ofStep n: Int64, of id: ID<CaseFile>, at: Int64, _ texts: [String], _ more: [String?],
        _ crypto: any CryptoProvider
    ) -> String {
        digest(
            [.int(id.rawValue), .int(n), .int(at)] + texts.map { .text($0) }
                + more.map { $0.map { .text($0) } ?? .null }, crypto)
    }

    // MARK: decisions

    /// The decisions of one writing, in the order of their ids: their number, and a digest of what doesn't change any more. What lies
    /// outside of its terms' reach, or under another series' number than theirs, isn't among them.
    static func decisions(
        from: Int64, to: Int64, _ terms: inout KnownTerms, _ crypto: any CryptoProvider, in reader: any StoreReader
    ) throws -> (count: Int64, digest: String) {
        var digest = DecisionsDigest()
        // The case or the run of the first: others may have written in between.
        var owner: Int64?
        try reader.forEach(
            """
            SELECT id, terms, series_id, subject, ordinal, household, case_id, line, call, row, home_organization,
            serving_organization FROM decision_own WHERE id >= $1 AND id <= $2 ORDER BY id
            """, [.int(from), .int(to)]
        ) { row in
            let (id, caseID) = (row.int(0), row.intOrNil(6))
            guard let common = try terms.of(id, row.int(1), in: reader), common.number == row.intOrNil(2) else {
                return true
            }
            let own = caseID ?? common.run ?? 0
            if id == from { owner = own }
            guard own == owner else { return true }
            let decision = DecisionsDigest.Row(
                id: id, subject: row.int(3), ordinal: row.intOrNil(4), household: row.intOrNil(5),
                line: row.intOrNil(7), call: row.intOrNil(8), row: row.intOrNil(9), home: row.intOrNil(10),
                serving: row.intOrNil(11))
            digest.add(decision, digest.number(of: common.values, caseID: caseID))
            return true
        }
        return (digest.count, digest.text(crypto))
    }

    /// Terms that decisions were found under, each read once.
    struct KnownTerms {
        struct Common {
            var last: Int64
            var values: DecisionRows.Terms
            var run: Int64?
            /// The number of their series; nil: it has none.
            var number: Int64?
            /// The last decision that was found under them.
            var reached: Int64
        }

        private var known: [Int64: Common] = [:]

        /// The terms of a decision, where they reach over it.
        mutating func of(_ decision: Int64, _ terms: Int64, in reader: any StoreReader) throws -> Common? {
            guard var common = try known[terms] ?? read(terms, in: reader), terms <= decision, decision <= common.last
            else { return nil }
            common.reached = max(common.reached, decision)
            known[terms] = common
            return common
        }

        private func read(_ terms: Int64, in reader: any StoreReader) throws -> Common? {
            let table = DecisionsSchema.decisionTerms
            let names = table.columns.map { "t.\($0.name)" }.joined(separator: ", ")
            return try reader.first(
                """
                SELECT \(names), (SELECT s.id FROM decision_series s WHERE s.series = t.series
                AND s.subject_kind = t.subject_kind) FROM decision_terms t WHERE t.id = $1
                """, [.int(terms)]
            ) { row in
                let values = RegisterHistory.values(table, from: row)
                let run = table.columns.firstIndex { $0.name == "run" }
                return Common(
                    last: row.int(1), values: Array(values.dropFirst(2)), run: run.flatMap { row.intOrNil($0) },
                    number: row.intOrNil(values.count), reached: 0)
            }
        }

        /// The terms that no decision was found under, or that reach beyond the last one that was.
        func wrong(in reader: any StoreReader) throws -> [Int64] {
            try reader.all("SELECT id FROM decision_terms ORDER BY id") { $0.int(0) }.filter { id in
                known[id].map { $0.reached != $0.last } ?? true
            }
        }
    }

    /// In the transaction that writes decisions: all of one case or one run, which no other transaction writes for meanwhile.
    static func commit(
        toDecisions ids: [ID<Decision>], about: String, _ change: ChangeContext, in writer: any StoreWriter
    ) throws {
        guard let from = ids.map(\.rawValue).min(), let to = ids.map(\.rawValue).max() else { return }
        var terms = KnownTerms()
        let made = try decisions(from: from, to: to, &terms, change.crypto, in: writer)
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
    ///
    /// - Parameter misplaced: packs that don't hold what they are found by.
    static func verify(
        in reader: any StoreReader, crypto: any CryptoProvider, misplaced: [Int64]
    ) throws -> RowsReport {
        var report = RowsReport()
        // The newest word of the chain about each account.
        var accounts: [String: (value: Value, isDisabled: Bool)] = [:]
        var isErased = false
        var terms = KnownTerms()
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
                try verifyDecisions(about, body, &terms, crypto, &report, in: reader)
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
        for pack in misplaced {
            let name = ID<Decision>(rawValue: pack).text
            report.faults.add(
                zh: "核定包 \(name) 的索引与内容不符,其中的核定可能查不到",
                en: "the pack \(name) doesn't hold what it is found by: decisions in it may not be found")
        }
        // Rows that nobody committed to are left over; where events were erased, nobody can count.
        guard !isErased else { return report }
        for id in try terms.wrong(in: reader) {
            let name = ID<Decision>(rawValue: id).text
            report.faults.add(
                zh: "核定条款 \(name) 与采用它的核定不符", en: "the terms \(name) aren't those of the decisions under them")
        }
        // What lies outside of its terms counts too: nobody wrote it.
        let decisions = try reader.integer("SELECT COUNT(*) FROM decision_own") ?? 0
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
        _ about: String, _ body: Value, _ terms: inout KnownTerms, _ crypto: any CryptoProvider,
        _ report: inout RowsReport, in reader: any StoreReader
    ) throws {
        guard let from = body["from"].text.flatMap({ ID<Decision>($0) }),
            let to = body["to"].text.flatMap({ ID<Decision>($0) }), let count = body["count"].int
        else { return report.faults.add(zh: "事件有误:\(about)", en: "a wrong event: \(about)") }
        report.decisions += count
        let found = try decisions(from: from.rawValue, to: to.rawValue, &terms, crypto, in: reader)
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
