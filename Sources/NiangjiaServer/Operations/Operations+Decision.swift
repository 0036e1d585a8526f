import NiangjiaCore

extension Operations {
    static let decisionOperations: [Operation] = [
        Operation("decision.list", .anyOf([.seeCases, .seeJournal, .seeOwn]), listDecisions),
        Operation("decision.show", .anyOf([.seeCases, .seeJournal, .seeOwn]), showDecision),
        Operation("decision.explain", .anyOf([.seeCases, .seeJournal, .seeOwn]), explain),
        Operation("decision.replay", .anyOf([.seeJournal, .preview]), replay),
    ]

    private static func listDecisions(_ call: Call) async throws {
        let account = try signedIn(call)
        let program = try call.arguments.optionalText("program")
        let limit = try call.arguments.limit(otherwise: 50)
        let result = try call.arguments.optionalText("result")
        let results = Outcome.Result.allCases.map(\.rawValue)
        if let result, !results.contains(result) {
            let words = results.joined(separator: " ")
            throw NiangjiaError(
                .invalid, zh: "没有结果“\(result)”。可用:\(words)", en: "There is no result “\(result)”. There are: \(words)",
                place: "/result")
        }
        let hasPerson = try call.arguments.optionalText("person") != nil
        let person = hasPerson ? try call.arguments.id("person", Person.self) : nil
        let ofCase = try call.arguments.optionalText("case").map { _ in try call.arguments.id("case", CaseFile.self) }
        let after = try call.arguments.optionalID("after", Decision.self)
        let found = try await call.host.store.read { reader -> [Decisions.Row] in
            let rights = try CaseRights(account, in: reader)
            var subject = person.map { SubjectRef(.person, $0.rawValue) }
            if !account.may(.seeCases), !account.may(.seeJournal) {
                // Others' are as if they weren't there.
                if let person, person != account.person { throw CaseRights.missing(person.text) }
                guard let own = account.person else { return [] }
                subject = SubjectRef(.person, own.rawValue)
            }
            return try Decisions.list(program: program, subject: subject, after: after, limit: 20_000, in: reader).lazy
                .filter { result == nil || $0.outcome.result.rawValue == result }
                .filter { ofCase == nil || $0.caseID == ofCase }
                .filter { (try? rights.maySee($0)) ?? false }.prefix(limit).map { $0 }
        }
        call.output.table(
            ["核定", "项目", "对象", "日期", "结果", "金额(元)", "原因"],
            en: ["decision", "program", "subject", "date", "result", "yuan", "reason"],
            found.map {
                [
                    $0.id.text, $0.program, $0.subject.description, $0.onDate.description, $0.outcome.result.rawValue,
                    $0.outcome.amount.description, $0.outcome.code ?? "",
                ]
            })
        call.output.answer(.list(found.map(value)))
    }

    static func value(_ row: Decisions.Row) -> Value {
        [
            "decision": .text(row.id.text), "program": .text(row.program), "form": .text(row.form),
            "subject": .text(row.subject.description), "case": row.caseID.map { .text($0.text) } ?? .null,
            "run": row.run.map { .text($0.text) } ?? .null, "on": .text(row.onDate.description),
            "decided_at": .text(row.decidedAt.description), "outcome": .text(row.outcome.result.rawValue),
            "amount_fen": .int(row.outcome.amount.fen), "assessed_fen": .int(row.assessed.fen),
            "stacked_fen": .int(row.outcome.stacked.fen), "code": row.outcome.code.map { .text($0) } ?? .null,
            "state": .text(row.state),
        ]
    }

    static func visibleDecision(_ call: Call) async throws -> Decisions.Row {
        let (id, account) = (try call.arguments.id("decision", Decision.self), try signedIn(call))
        return try await call.host.store.read { reader in
            guard let row = try? Decisions.load(id, in: reader), try CaseRights(account, in: reader).maySee(row) else {
                throw CaseRights.missing(id.text)
            }
            return row
        }
    }

    private static func showDecision(_ call: Call) async throws {
        let row = try await visibleDecision(call)
        let shown = value(row)
        for key in (shown.map ?? [:]).keys.sorted() {
            call.output.line("\(key): \(shown[key].text ?? shown[key].json)")
        }
        call.output.answer(shown)
    }

    private static func explain(_ call: Call) async throws {
        let explanation: Explanation
        if let program = try call.arguments.optionalText("program") {
            return try await tell(explainRun(program, call), call)
        }
        let text = try call.arguments.text("decision")
        if let caseID = ID<CaseFile>(text) {
            let account = try signedIn(call)
            let record = try await call.host.store.read { reader in
                guard let record = try? Cases.load(caseID, in: reader),
                    try CaseRights(account, in: reader).maySee(record)
                else { throw CaseRights.missing(text) }
                return record
            }
            explanation = try await Explanation.of(record, for: account, call.host)
        } else {
            explanation = try await Explanation.of(visibleDecision(call), for: signedIn(call), call.host)
        }
        try await tell(explanation, call)
    }

    /// Tells why; where that tells what not everybody may know, the look is written down first.
    private static func tell(_ explanation: Explanation, _ call: Call) async throws {
        try await note(explanation.told.looked, about: explanation.about, reason: "decision explain", call)
        explanation.lines(call.output.language).forEach { call.output.line($0) }
        call.output.answer(explanation.value(call.output.language))
    }

    /// What a program decided about a person: refused in a batch, they have no decision of their own to name.
    private static func explainRun(_ program: String, _ call: Call) async throws -> Explanation {
        let account = try signedIn(call)
        let isNamed = try call.arguments.optionalText("person") != nil
        let named = isNamed ? try call.arguments.id("person", Person.self) : account.person
        guard let person = named else {
            throw NiangjiaError(.invalid, zh: "请写明人员编号。", en: "Name the person.", place: "/person")
        }
        return try await Explanation.of(program: program, person: person, for: account, call.host)
    }

    /// Sends the journaled bytes to a fresh worker and compares what comes back, byte by byte.
    private static func replay(_ call: Call) async throws {
        let row = try await visibleDecision(call)
        let crypto = call.host.crypto
        let entry = try await call.host.store.read { try Journal.entry(of: row.id, crypto: crypto, in: $0) }
        let bundle = try await call.host.bundles.bundle(digest: entry.bundle)
        guard let plugin = bundle.plugins.values.first(where: { $0.digest == entry.pluginDigest }) else {
            throw NiangjiaError(
                .store, zh: "存档中没有当时的插件。", en: "The plugin of that time is not in the stored bundle.",
                cause: entry.pluginDigest)
        }
        let reply = try await call.host.judge.replay(
            entry.requestBytes, answered: entry.replyBytes, plugin: plugin, calendar: bundle.calendar)
        let isSame = reply.replyBytes == entry.replyBytes
        let isSameEngine = reply.engine == entry.engine
        if !isSame { call.output.foundWrong() }
        let (before, after) = (
            hexadecimal(crypto.digest(entry.replyBytes)), hexadecimal(crypto.digest(reply.replyBytes))
        )
        call.output.line(
            "重演 \(row.id):\(plugin.manifest.id) \(plugin.manifest.version)(\(plugin.digest.prefix(12))),\(entry.function),第 \(entry.row) 行",
            en:
                "replay of \(row.id): \(plugin.manifest.id) \(plugin.manifest.version) (\(plugin.digest.prefix(12))), \(entry.function), row \(entry.row)"
        )
        call.output.line(
            "  当时 \(entry.replyBytes.count) 字节 SM3 \(before)  引擎 \(entry.engine)",
            en: "  then \(entry.replyBytes.count) bytes SM3 \(before)  engine \(entry.engine)")
        call.output.line(
            "  现在 \(reply.replyBytes.count) 字节 SM3 \(after)  引擎 \(reply.engine)",
            en: "  now \(reply.replyBytes.count) bytes SM3 \(after)  engine \(reply.engine)")
        call.output.line(
            isSame ? "  逐字节相同。" : isSameEngine ? "  不同:请立即停止核定并查明。" : "  不同:引擎版本不同,两个结果如上;只有同一引擎才保证逐字节相同。",
            en: isSame
                ? "  the same to the byte."
                : isSameEngine
                    ? "  different: stop deciding at once and find out why."
                    : "  different: another engine; both results stand above. Only the same engine promises the same bytes."
        )
        call.output.answer([
            "decision": .text(row.id.text), "same": .bool(isSame), "same_engine": .bool(isSameEngine),
            "engine_then": .text(entry.engine), "engine_now": .text(reply.engine), "digest_then": .text(before),
            "digest_now": .text(after), "bytes": .int(Int64(entry.replyBytes.count)), "row": .int(Int64(entry.row)),
            "plugin": [
                "id": .text(plugin.manifest.id), "version": .text(plugin.manifest.version),
                "digest": .text(plugin.digest),
            ],
        ])
    }
}
