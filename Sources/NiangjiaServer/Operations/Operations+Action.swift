import NiangjiaCore

extension Operations {
    static let actionOperations: [Operation] = [
        Operation("action.list", .signIn, reach: .open, listActions),
        Operation("action.run", .signIn, reach: .part, runAction),
        Operation("action.waiting", .signIn, reach: .part, waitingActions),
        Operation("action.show", .signIn, reach: .part, showAction),
        Operation("action.confirm", .signIn, reach: .part, confirmAction),
        Operation("role.set", .permission(.propose), setRole),
        Operation("role.list", .anyOf([.propose, .seeAccounts]), listRoles),
        Operation("case.stage", .signIn, reach: .own, moveCase),
        Operation("case.unseal", .signIn, reach: .own, unseal),
    ]

    /// The account as it stands towards a program's plugin.
    private static func caller(_ call: Call, plugin: String) async throws -> Caller {
        let account = try signedIn(call)
        return try await call.host.store.read { try Caller.of(account, plugin: plugin, in: $0) }
    }

    /// The account as whoever confirms an action: looked at anew in each snapshot or transaction.
    private static func second(_ call: Call) throws -> ActionRoom.CallerOf {
        let account = try signedIn(call)
        return { plugin, reader in
            try Caller.of(Access.current(account, in: reader), plugin: plugin, in: reader)
        }
    }

    /// The actions of a program, with who may ask for them and what they take.
    private static func listActions(_ call: Call) async throws {
        let (program, bundle) = try await program(call)
        let manifest = bundle.plugins[program.plugin]?.manifest
        let actions = (manifest?.actions ?? [:]).sorted { $0.key < $1.key }
        call.output.table(
            ["动作", "谁可办", "输入", "复核", "每日"], en: ["action", "by", "input", "confirmed by", "daily"],
            actions.map { name, action in
                [
                    name, action.by.joined(separator: " "), action.input.map(\.name).joined(separator: " "),
                    action.confirmBy.joined(separator: " "), action.daily ?? "",
                ]
            })
        call.output.answer(
            .list(
                actions.map { name, action in
                    [
                        "action": .text(name), "by": .list(action.by.map { .text($0) }),
                        "input": .list(action.input.map { .text($0.name) }),
                        "answers": .list(action.answers.map { .text($0.name) }),
                        "confirm_by": .list(action.confirmBy.map { .text($0) }),
                        "daily": action.daily.map { .text($0) } ?? .null,
                    ]
                }))
    }

    private static func runAction(_ call: Call) async throws {
        let (program, bundle) = try await program(call)
        let name = try call.arguments.text("action")
        let caller = try await caller(call, plugin: program.plugin)
        guard let plugin = bundle.plugins[program.plugin], let definition = plugin.manifest.actions[name] else {
            throw NiangjiaError(
                .notFound, zh: "项目 \(program.id) 没有动作 \(name)。", en: "The program \(program.id) has no action \(name).",
                place: "/action")
        }
        let given = call.arguments.value["input"].map ?? [:]
        let input = try await call.host.store.read {
            try FormInput.resolve(given, definition.input, of: program.plugin, at: "/input", in: $0)
        }
        do {
            let outcome = try await call.host.actions.run(program: program.id, action: name, input: input, by: caller)
            tell(outcome, plugin.manifest, definition.answers, call)
        } catch let error as NiangjiaError { throw lined(error, bundle) }
    }

    /// An error whose place names a path of a manifest (`plugins/x/plugin.yaml: messages.hello`), with the line where it stands.
    private static func lined(_ error: NiangjiaError, _ bundle: Bundle) -> NiangjiaError {
        guard let place = error.place, let file = place.firstRange(of: #/plugins/[a-z0-9-]+/plugin\.yaml: /#) else {
            return error
        }
        let name = String(place[file].dropLast(2))
        let path = place[file.upperBound...].prefix { $0 != ")" && $0 != " " }
        let plugin = name.split(separator: "/")[1]
        guard let line = ManifestText(bundle.files[name] ?? [], plugin: String(plugin)).line(String(path)) else {
            return error
        }
        var lined = error
        lined.place = place[..<file.lowerBound] + "\(name):\(line): " + place[file.upperBound...]
        return lined
    }

    /// What waits for a second person, as far as the account may be that one.
    private static func waitingActions(_ call: Call) async throws {
        let found = try await call.host.actions.waiting(
            after: try call.arguments.optionalID("after"), limit: try call.arguments.limit(otherwise: 50),
            by: try second(call))
        if found.isEmpty {
            call.output.line("没有等待您复核的动作。", en: "No action waits for you to confirm it.")
        } else {
            call.output.table(
                ["动作记录", "项目", "动作", "提出人", "提出时间"], en: ["run", "program", "action", "asked by", "at"],
                found.map { [$0.id.text, $0.program, $0.action, $0.askedBy, $0.at.description] })
            call.output.line(
                "先看 niangjia action show 编号,再 niangjia action confirm 编号",
                en: "Look first, niangjia action show RUN, and then: niangjia action confirm RUN")
        }
        call.output.answer(
            .list(
                found.map {
                    [
                        "run": .text($0.id.text), "program": .text($0.program), "action": .text($0.action),
                        "by": .text($0.askedBy), "at": .text($0.at.description),
                    ]
                }))
    }

    /// What an action that waits would do, with the money that it moves, before a second person says yes.
    private static func showAction(_ call: Call) async throws {
        let id = try call.arguments.id("run", ActionRun.self)
        let pending = try await call.host.actions.pending(id, by: try second(call))
        let told = try await call.host.store.read { try ActionWords(pending, in: $0) }
        told.lines.forEach { call.output.line($0[call.output.language]) }
        call.output.line("复核:niangjia action confirm \(id)", en: "To agree: niangjia action confirm \(id)")
        call.output.answer(told.value)
    }

    private static func confirmAction(_ call: Call) async throws {
        let id = try call.arguments.id("run", ActionRun.self)
        let caller = try second(call)
        let agrees = !call.arguments.flag("refuse")
        if agrees {
            let pending = try await call.host.actions.pending(id, by: caller)
            let told = try await call.host.store.read { try ActionWords(pending, in: $0) }
            told.lines.forEach { call.output.line($0[call.output.language]) }
        }
        let outcome = try await call.host.actions.confirm(id, agrees: agrees, by: caller)
        tell(outcome, nil, [], call)
    }

    private static func tell(_ outcome: ActionOutcome, _ manifest: Manifest?, _ answers: [Field], _ call: Call) {
        let words = outcome.code.map { ReasonText.text($0, outcome.params, plugin: manifest, stacking: nil) }
        switch outcome.state {
        case .done:
            call.output.line(
                "已办理 \(outcome.id)(\(outcome.proposals.count) 项)",
                en: "done: \(outcome.id) (\(outcome.proposals.count) things)")
        case .waiting:
            call.output.line(
                "待复核 \(outcome.id):另一人先看 niangjia action show \(outcome.id),再 niangjia action confirm \(outcome.id)",
                en:
                    "\(outcome.id) waits for a second person, who looks first, niangjia action show \(outcome.id), and then: niangjia action confirm \(outcome.id)"
            )
        case .refused:
            call.output.line(
                "未办理:\(words?.zh ?? outcome.code ?? "不同意")",
                en: "not done: \(words?.en ?? outcome.code ?? "not agreed")")
        }
        for (name, value) in outcome.answer.sorted(by: { $0.key < $1.key }) {
            call.output.line("  \(name): \(value.text ?? value.json)")
        }
        call.output.answer([
            "run": .text(outcome.id.text), "state": .text(outcome.state.rawValue),
            "answer": .map(FormMoney.answered(outcome.answer, answers)),
            "code": outcome.code.map { .text($0) } ?? .null,
            "text": words.map { ["zh-CN": .text($0.zh), "en": .text($0.en)] } ?? .null,
            "proposals": .list(outcome.proposals.map { .text($0) }), "host_calls": .int(Int64(outcome.hostCalls)),
        ])
    }

    /// Gives an account a role that a plugin names, or takes it away.
    private static func setRole(_ call: Call) async throws {
        let plugin = try call.arguments.text("plugin")
        let (role, account) = (try call.arguments.text("role"), try call.arguments.text("account"))
        let isHeld = !call.arguments.flag("end")
        let bundle = try await call.host.bundles.active()
        guard let manifest = bundle.plugins[plugin]?.manifest else {
            throw NiangjiaError(.notFound, zh: "没有插件 \(plugin)。", en: "There is no plugin \(plugin).", place: "/plugin")
        }
        let context = call.context
        let holds = try await call.host.store.write(.interactive) { writer in
            try PluginRoles.set(
                role, of: manifest, for: account, held: isHeld, needsSecond: bundle.city.approval != .demo, context,
                in: writer)
        }
        if isHeld, !holds {
            call.output.line(
                "\(plugin) 的 \(role) 看得到对别人保密的内容,须两人授予:另一人再运行 niangjia role give \(plugin) \(role) \(account) 后,\(account) 才担任。",
                en:
                    "\(role) of \(plugin) opens what is kept from others, and two people give it: \(account) holds it once another person runs niangjia role give \(plugin) \(role) \(account) too."
            )
            return call.output.answer([
                "plugin": .text(plugin), "role": .text(role), "account": .text(account), "held": false,
                "proposed": true,
            ])
        }
        call.output.line(
            isHeld ? "\(account) 现为 \(plugin) 的 \(role)" : "\(account) 不再是 \(plugin) 的 \(role)",
            en: isHeld ? "\(account) is \(role) of \(plugin) now" : "\(account) is no longer \(role) of \(plugin)")
        call.output.answer([
            "plugin": .text(plugin), "role": .text(role), "account": .text(account), "held": .bool(isHeld),
            "proposed": false,
        ])
    }

    private static func listRoles(_ call: Call) async throws {
        let plugins = try await call.host.bundles.active().plugins
        let rows = try await call.host.store.read { reader in
            try plugins.keys.sorted().flatMap { id in
                try (plugins[id]?.manifest.roles.keys.sorted() ?? []).map { role in
                    (
                        id, role, try PluginRoles.holders(of: role, plugin: id, in: reader),
                        try PluginRoles.proposed(of: role, plugin: id, in: reader)
                    )
                }
            }
        }
        call.output.table(
            ["插件", "角色", "账号", "待第二人授予"], en: ["plugin", "role", "accounts", "given by one person"],
            rows.map { [$0.0, $0.1, $0.2.joined(separator: " "), $0.3.joined(separator: " ")] })
        call.output.answer(
            .list(
                rows.map {
                    [
                        "plugin": .text($0.0), "role": .text($0.1), "accounts": .list($0.2.map { .text($0) }),
                        "proposed": .list($0.3.map { .text($0) }),
                    ]
                }))
    }

    /// Brings a case to another stage.
    private static func moveCase(_ call: Call) async throws {
        let id = try call.arguments.id("case", CaseFile.self)
        let stage = try call.arguments.text("stage")
        let account = try signedIn(call)
        let (record, entries, fields) = try await staged(id, call)
        let bundle = try await call.host.bundles.bundle(digest: record.bundle)
        let caller = try await caller(call, plugin: record.plugin)
        let form = bundle.plugins[record.plugin]?.manifest.forms[record.form]
        let view = CaseView(record, form: form, fields: fields, entries: entries, for: caller)
        guard try await call.host.store.read({ try view.maySee(in: $0) }) else { throw CaseRights.missing(id.text) }
        let given = try await FormInput.addFiles(
            call.arguments.value["files"].map ?? [:], to: call.arguments.value["fields"].map ?? [:], by: account,
            call.host)
        let declared = form?.stages.first { $0.name == stage }?.fields ?? []
        let resolved = try await call.host.store.read {
            try FormInput.resolve(given, declared, of: record.plugin, at: "/fields", in: $0)
        }
        let files = FormInput.files(in: resolved, declared).map {
            (label: "stages/\(stage)/\($0.label)", name: $0.name)
        }
        let version = try call.arguments.integer("version")
        let state = try await call.host.evidence.naming(files, of: id.text, by: account.id) {
            try await call.host.corridor.move(id, to: stage, fields: resolved, by: caller, version: version)
        }
        try await call.host.evidence.flagRepeated(files, of: id, by: account.id)
        let after = try await call.host.store.read { try Cases.load(id, in: $0) }
        call.output.line(
            "申请 \(id):\(state.title.zh),阶段 \(after.stage ?? "-")\(after.due.map { ",期限 \($0)" } ?? "")",
            en: "case \(id): \(state.title.en), stage \(after.stage ?? "-")\(after.due.map { ", due \($0)" } ?? "")")
        call.output.answer([
            "case": .text(id.text), "version": .int(after.version), "state": .text(state.rawValue),
            "stage": after.stage.map { .text($0) } ?? .null, "due": after.due.map { .text($0.description) } ?? .null,
            "is_part": .bool(after.stage != stage),
        ])
    }

    private static func staged(_ id: ID<CaseFile>, _ call: Call) async throws -> (
        CaseRecord, [StageEntry], [String: Value]
    ) {
        let crypto = call.host.crypto
        return try await call.host.store.read { reader in
            guard let record = try? Cases.load(id, in: reader) else { throw CaseRights.missing(id.text) }
            return (
                record, try CaseStages.entries(of: id, crypto: crypto, in: reader),
                try Cases.fields(of: id, crypto: crypto, in: reader)
            )
        }
    }

    /// Tells whom a sealed case is about, to those whom its form names, who say why; it is logged.
    private static func unseal(_ call: Call) async throws {
        let id = try call.arguments.id("case", CaseFile.self)
        let reason = try call.arguments.reason()
        let (record, entries, fields) = try await staged(id, call)
        let bundle = try await call.host.bundles.bundle(digest: record.bundle)
        let caller = try await caller(call, plugin: record.plugin)
        let form = bundle.plugins[record.plugin]?.manifest.forms[record.form]
        let view = CaseView(record, form: form, fields: fields, entries: entries, for: caller)
        let context = call.context
        let subjects = record.lines.map(\.subject.description)
        try await call.host.store.write(.interactive) { writer in
            guard try view.maySee(in: writer) else { throw CaseRights.missing(id.text) }
            guard try view.mayUnseal(in: writer) else {
                let may = RoleWords.list(form?.sealed?.but ?? [], bundle.plugins[record.plugin]?.manifest)
                throw NiangjiaError(
                    .forbidden, zh: "只有\(may.zh)可以启封。", en: "Only \(may.en) may unseal this.",
                    place: "plugins/\(record.plugin)/plugin.yaml: forms.\(record.form).sealed.but")
            }
            try AccessLog.note(
                "subject", about: id.text, by: context.actor, reason: reason, context, in: writer)
            try context.record("access.unsealed", about: id.text, body: ["reason": .text(reason)], in: writer)
        }
        call.output.line(
            "申请 \(id) 的对象:\(subjects.joined(separator: "、"))(已记录)",
            en: "case \(id) is about \(subjects.joined(separator: ", ")) (logged)")
        call.output.answer([
            "case": .text(id.text), "applicant": record.applicant.map { .text($0.text) } ?? .null,
            "subjects": .list(subjects.map { .text($0) }),
        ])
    }
}
