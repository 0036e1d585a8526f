import NiangjiaCore

/// The chain and the journal, read by whoever audits. Auditors may see every fact of every form, in the whole city: nothing is kept
/// from them here but whom a sealed case hides.
extension Operations {
    static let journalOperations: [Operation] = [
        Operation("audit.events", .permission(.audit), listEvents),
        Operation("audit.event", .permission(.audit), showEvent),
        Operation("audit.calls", .permission(.audit), listCalls),
        Operation("audit.blocks", .permission(.audit), listBlocks),
    ]

    /// What a look at an event is a look at.
    private static let looked: Set<String> = ["event"]

    /// Events of the chain, the newest first. Asked for by what they are about, or one at a time, they are a look at whose they are;
    /// by account at the person behind it. Every list of many is one look that names nobody, as is one in which nobody is found.
    private static func listEvents(_ call: Call) async throws {
        let filter = try eventFilter(call)
        let (limit, account) = (try call.arguments.limit(otherwise: 50), try signedIn(call))
        let after = try call.arguments.optionalID("after", ChainEvent.self)
        let (found, actor) = try await call.host.store.read { reader in
            let found = try Chain.events(filter, after: after, limit: limit, in: reader)
            let actor = try filter.actor.flatMap { try Access.account($0, in: reader) }
            // Misspelt, it would look as if nobody had done anything.
            if found.isEmpty, after == nil, actor == nil, let name = filter.actor { try checkActor(name, in: reader) }
            return (found, actor?.person?.text)
        }
        let isOfOne = filter.about != nil || found.count <= 1
        var whom = isOfOne ? Set(found.compactMap(\.whom)) : []
        if let actor { whom.insert(actor) }
        if let own = account.person?.text { whom.remove(own) }
        for one in whom.sorted() { try await note(looked, about: one, reason: .auditEvents, call) }
        if whom.isEmpty || !isOfOne { try await note(looked, about: "audit events", reason: .auditEvents, call) }
        call.output.table(
            ["号", "时间", "事件", "谁", "对象", "内容"], en: ["no.", "when", "event", "who", "about", "says"],
            found.map {
                [
                    "\($0.seq)", $0.at.description, $0.kind, $0.actor, $0.about,
                    $0.isErased ? call.output.word("(已依法删除)", "(lawfully erased)") : $0.body.json,
                ]
            })
        tellMore(found.last?.id.text, found.count == limit, call)
        call.output.answer(.list(found.map(\.value)))
    }

    private static func eventFilter(_ call: Call) throws -> EventFilter {
        var filter = EventFilter()
        filter.kind = try call.arguments.optionalText("kind")
        filter.about = try call.arguments.optionalText("about")
        filter.actor = try call.arguments.optionalText("actor")
        let (from, to) = (try call.arguments.date("from"), try call.arguments.date("to"))
        if let from, let to, from > to {
            throw NiangjiaError(.invalid, zh: "from 晚于 to。", en: "from lies after to.", place: "/from")
        }
        filter.from = from.map { Instant($0) }
        filter.until = to.map { Instant($0 + 1) }
        return filter
    }

    /// Refuses a name that is no account's, and under which nothing was done.
    private static func checkActor(_ actor: String, in reader: any StoreReader) throws {
        let known = try reader.integer("SELECT 1 FROM chain_event WHERE actor = $1 LIMIT 1", [.text(actor)])
        guard known == nil else { return }
        throw NiangjiaError(
            .notFound, zh: "没有账号 \(actor)。", en: "There is no account \(actor).", place: "/actor")
    }

    private static func showEvent(_ call: Call) async throws {
        guard let seq = try call.arguments.integer("seq") else {
            throw NiangjiaError(.invalid, zh: "缺少 seq。", en: "seq is missing.", place: "/seq")
        }
        let event = try await call.host.store.read { try Chain.event(seq, in: $0) }
        let own = try signedIn(call).person?.text
        let whom = event.whom.flatMap { $0 == own ? nil : $0 } ?? "audit events"
        try await note(looked, about: whom, reason: .auditEvent, call)
        let shown = event.value
        for key in (shown.map ?? [:]).keys.sorted() {
            call.output.line("\(key): \(shown[key].text ?? shown[key].json)")
        }
        call.output.answer(shown)
    }

    /// Heads of the journal's calls, the newest first: what was asked of which rule, and the digest that the chain holds.
    private static func listCalls(_ call: Call) async throws {
        let (limit, program) = (try call.arguments.limit(otherwise: 50), try await filteredProgram(call))
        let caseID = try call.arguments.optionalID("case", CaseFile.self)
        let after = try call.arguments.optionalID("after", NiangjiaCore.Call.self)
        let found = try await call.host.store.read { reader in
            if let caseID, try reader.integer("SELECT 1 FROM case_file WHERE id = $1", [.id(caseID)]) == nil {
                throw CaseRights.missing(caseID.text)
            }
            return try Journal.calls(of: program, for: caseID, after: after, limit: limit, in: reader)
        }
        call.output.table(
            ["规则调用", "时间", "项目", "函数", "申请", "摘要"], en: ["call", "when", "program", "function", "case", "digest"],
            found.map {
                [
                    $0.id.text, $0.at.description, $0.program, $0.function, $0.caseID?.text ?? "-",
                    $0.isErased
                        ? call.output.word("(已依法删除)", "(lawfully erased)")
                        : $0.digest.map { String($0.prefix(16)) } ?? "-",
                ]
            })
        tellMore(found.last?.id.text, found.count == limit, call)
        call.output.answer(.list(found.map(value)))
    }

    private static func value(_ one: CallHead) -> Value {
        [
            "call": .text(one.id.text), "at": .text(one.at.description), "program": .text(one.program),
            "plugin": .text(one.plugin), "plugin_digest": .text(one.pluginDigest), "bundle": .text(one.bundle),
            "function": .text(one.function), "engine": .text(one.engine),
            "case": one.caseID.map { .text($0.text) } ?? .null, "digest": one.digest.map { .text($0) } ?? .null,
            "erased": .bool(one.isErased),
        ]
    }

    /// Heads of the blocks of a run.
    private static func listBlocks(_ call: Call) async throws {
        let run = try call.arguments.id("run", Run.self)
        let (after, limit) = (try call.arguments.integer("after"), try call.arguments.limit())
        let found = try await call.host.store.read { try Journal.blocks(of: run, after: after, limit: limit, in: $0) }
        call.output.table(
            ["块", "对象数", "状态", "摘要"], en: ["block", "subjects", "state", "digest"],
            found.map {
                [
                    "\($0.block)", "\($0.count)", $0.state,
                    $0.digest ?? call.output.word("(已依法删除)", "(lawfully erased)"),
                ]
            })
        call.output.answer(
            .list(
                found.map {
                    [
                        "block": .int($0.block), "count": .int($0.count), "state": .text($0.state),
                        "digest": $0.digest.map { .text($0) } ?? .null, "erased": .bool($0.digest == nil),
                    ]
                }))
    }
}
