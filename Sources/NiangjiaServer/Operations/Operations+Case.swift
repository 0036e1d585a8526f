import NiangjiaCore

extension Operations {
    static let caseOperations: [Operation] = [
        Operation(
            "case.submit", .anyOf([.submitOwn, .submitForUnit, .submitForOthers, .deliver]), reach: .own,
            devices: .scanning, submit),
        Operation(
            "file.add", .anyOf([.submitOwn, .submitForUnit, .submitForOthers, .deliver]), reach: .selfOnly, addFile),
        Operation("case.list", .anyOf([.seeOwn, .seeCases]), reach: .own, listCases),
        Operation("case.show", .anyOf([.seeOwn, .seeCases]), reach: .own, showCase),
        Operation("case.deliver", .anyOf([.deliver, .seeOwn]), reach: .part, devices: .handingOver, deliver),
        Operation("case.advance", .anyOf(CaseAction.anyPermission), reach: .own, advance),
    ]

    /// Takes a file of this machine in as evidence and answers the name that a form's file field takes. Over HTTP the file comes
    /// in the request itself.
    private static func addFile(_ call: Call) async throws {
        let (path, account) = (try call.arguments.text("path"), try signedIn(call))
        // Until a case names them, files are nobody's: one account can't fill the disk with them.
        let waiting = try await call.host.store.read { reader in
            try reader.integer(
                "SELECT COUNT(*) FROM evidence WHERE added_by = $1 AND references_count = 0", [.text(account.id)])
        }
        guard (waiting ?? 0) < EvidenceFiles.mostWaiting else {
            throw NiangjiaError(
                .conflict, zh: "已上传 \(waiting ?? 0) 个还没有用于申请的附件:请先提交申请。",
                en: "\(waiting ?? 0) files of yours wait for a case: file it first.", place: "/file")
        }
        let content = try await FormInput.content(ofFile: path, named: "file")
        let kept = try await call.host.evidence.keep(content, by: account.id)
        call.output.line("附件 \(kept.name)", en: "file \(kept.name)")
        call.output.answer([
            "file": .text(kept.name), "size": .int(Int64(kept.size)), "media_type": .text(kept.type.rawValue),
        ])
    }

    /// Channels, and the permission that each takes.
    static let channels: [String: Permission] = Dictionary(
        uniqueKeysWithValues: CaseChannel.allCases.map { channel in
            let permission: Permission =
                switch channel {
                case .member, .person: .submitOwn
                case .unit: .submitForUnit
                case .clerk: .submitForOthers
                case .scan, .keeper: .deliver
                }
            return (channel.rawValue, permission)
        })

    /// The channel by which an account hands in, and the permission that it takes.
    private static func channel(_ asked: String?, _ account: Account) throws -> (name: String, permission: Permission) {
        if let asked {
            guard let permission = channels[asked] else {
                throw NiangjiaError(
                    .invalid, zh: "没有渠道 \(asked)。", en: "There is no channel \(asked).", place: "/channel")
            }
            guard account.may(permission) else { throw Access.forbidden(permission) }
            return (asked, permission)
        }
        for (name, permission) in [
            ("clerk", Permission.submitForOthers), ("unit", .submitForUnit), ("scan", .deliver), ("member", .submitOwn),
        ] where account.may(permission) { return (name, permission) }
        throw Access.forbidden(.submitOwn)
    }

    private static func submit(_ call: Call) async throws {
        let account = try signedIn(call)
        let (channel, permission) = try channel(try call.arguments.optionalText("channel"), account)
        let (program, bundle) = try await program(call)
        let form = try call.arguments.text("form")
        guard let definition = bundle.plugins[program.plugin]?.manifest.forms[form] else {
            throw NiangjiaError(
                .notFound, zh: "项目 \(program.id) 没有表单 \(form)。", en: "The program \(program.id) has no form \(form).",
                place: "/form")
        }
        var submission = Submission(program: program.id, form: form, channel: channel)
        submission.applicant = try applicant(call, account, permission)
        let arguments = call.arguments
        let given = try await FormInput.addFiles(
            arguments.value["files"].map ?? [:], to: arguments.value["fields"].map ?? [:], by: account, call.host)
        let unit = try arguments.optionalText("unit")
        let serving = try arguments.optionalText("serving")
        let resolved = try await call.host.store.glance { reader in
            (
                place: try FilingPlace(unit: unit, serving: serving, channel: channel, by: account, in: reader),
                fields: try FormInput.resolve(given, definition.fields, of: program.plugin, in: reader)
            )
        }
        submission.unit = resolved.place.unit
        submission.serving = resolved.place.serving
        submission.fields = resolved.fields
        try checkPlace(submission)
        let actor = try account.actor(for: permission)
        let entry = try await call.host.corridor.enter(submission, by: actor, in: bundle)
        if actor.role == Role.member.rawValue {
            try await noteNamed(submission.fields, definition, by: submission.applicant, call)
        }
        let receipt = try await file(entry, definition, actor, call.host)
        // Who may be told the values of a reason is asked only where there are any.
        var filter: FactFilter?
        if receipt.lines.contains(where: { !($0.outcome?.params ?? $0.judgement.params).isEmpty }) {
            let record = try await call.host.store.read { try Cases.load(receipt.id, in: $0) }
            let view = try await CaseView(of: record, for: account, on: call.host)
            filter = try await FactFilter(of: record, view, for: account, call.host)
        }
        tell(receipt, filter, bundle, program, call)
    }

    /// Whom somebody's own application names beside their own hears of it, before it is judged: what comes of it says something of them.
    /// Whom a sealed one is about the log doesn't tell.
    private static func noteNamed(
        _ fields: [String: Value], _ form: FormDefinition?, by applicant: ID<Person>?, _ call: Call
    ) async throws {
        guard let form, form.sealed == nil else { return }
        let named = form.peopleNamed(in: fields)
        guard !named.isEmpty else { return }
        let others = try await call.host.store.read { reader in
            let own = try OwnPeople(applicant, in: reader)
            return try named.filter { subject in
                guard subject.kind == .person, !own.speaksFor(subject) else { return false }
                // Of a number that is nobody's nothing is to be told to anybody.
                return try reader.integer("SELECT 1 FROM person WHERE id = $1", [.int(subject.id)]) != nil
            }
        }
        try await note(["outcome"], about: others.map(\.description).sorted(), reason: .caseFiled, call)
    }

    /// A unit clerk files for a unit; which ones are in reach was looked at when they were found.
    private static func checkPlace(_ submission: Submission) throws {
        guard submission.channel != "unit" || submission.unit != nil else {
            throw NiangjiaError(.invalid, zh: "请写明单位。", en: "Name the unit.", place: "/unit")
        }
    }

    /// Files what may come in; its evidence is named before the case is there, and given to the case afterwards.
    static func file(_ entry: Corridor.Entry, _ form: FormDefinition, _ actor: Actor, _ host: Host) async throws
        -> CaseReceipt
    {
        let files = FormInput.files(in: entry.submission.fields, form.fields)
        let owner = "filing:\(host.ids.next(CaseFile.self))"
        let receipt = try await host.evidence.naming(files, of: owner, by: actor.account) {
            try await host.corridor.submit(entry, by: actor)
        }
        if !files.isEmpty {
            let change = host.context(actor.account)
            try await host.store.write(.interactive) { writer in
                try writer.execute(
                    "UPDATE evidence_reference SET owner = $2 WHERE owner = $1", [.text(owner), .text(receipt.id.text)])
                try EvidenceFiles.flagRepeated(of: receipt.id, change, in: writer)
            }
        }
        return receipt
    }

    private static func applicant(_ call: Call, _ account: Account, _ permission: Permission) throws -> ID<Person>? {
        guard try call.arguments.optionalText("applicant") != nil else {
            return permission == .submitOwn ? account.person : nil
        }
        let applicant = try call.arguments.id("applicant", Person.self)
        guard permission != .submitOwn || applicant == account.person else {
            throw NiangjiaError(
                .forbidden, zh: "会员只能为本人申请;代办请由经办人提交。", en: "Members apply for themselves; a clerk files for others.",
                place: "/applicant")
        }
        return applicant
    }

    private static func tell(
        _ receipt: CaseReceipt, _ filter: FactFilter?, _ bundle: Bundle, _ program: Program, _ call: Call
    ) {
        call.output.line(
            "申请 \(receipt.id):\(receipt.state.title.zh)", en: "case \(receipt.id): \(receipt.state.title.en)")
        let manifest = bundle.plugins[program.plugin]?.manifest
        // Why not is told to whoever stands before a device, by their own account.
        let tellsWhy = call.account?.device == nil
        var lines: [Value] = []
        for (n, line) in receipt.lines.enumerated() {
            let code = tellsWhy ? line.outcome?.code ?? line.judgement.code : nil
            let params = line.outcome?.params ?? line.judgement.params
            let words = code.map { code in
                filter?.reason(code, params, manifest, bundle.stacking)
                    ?? ReasonText.text(code, params, plugin: manifest, stacking: bundle.stacking)
            }
            let amount = line.outcome?.amount ?? line.judgement.amount
            // Who is entered is told nothing before all are.
            let said = receipt.state == .entered ? "entered" : line.judgement.kind.rawValue
            let result = line.outcome?.result.rawValue ?? said
            if n < 20, result != "entered" {
                call.output.line(
                    "  \(n + 1). \(Explanation.word(result).zh) \(amount) 元 \(words?.zh ?? "")",
                    en: "  \(n + 1). \(Explanation.word(result).en) \(amount) yuan \(words?.en ?? "")")
            }
            lines.append([
                "line": .int(Int64(n)), "result": .text(result), "amount_fen": .int(amount.fen),
                "is_final": .bool(line.outcome != nil), "code": code.map { .text($0) } ?? .null,
                "text": words.map { ["zh-CN": .text($0.zh), "en": .text($0.en)] } ?? .null,
                "decision": line.decision.map { .text($0.text) } ?? .null,
                "missing": .list(tellsWhy ? line.missing.map { .text($0) } : []),
            ])
        }
        call.output.answer([
            "case": .text(receipt.id.text), "version": .int(receipt.version), "state": .text(receipt.state.rawValue),
            "state_text": ["zh-CN": .text(receipt.state.title.zh), "en": .text(receipt.state.title.en)],
            "lines": .list(lines),
        ])
    }

    static func visibleCase(_ call: Call) async throws -> CaseRecord {
        let (id, account) = (try call.arguments.id("case", CaseFile.self), try signedIn(call))
        let found = try await call.host.store.read { reader -> (record: CaseRecord, isSeen: Bool)? in
            guard let record = try? Cases.load(id, in: reader) else { return nil }
            return (record, try CaseRights(account, in: reader).maySee(record))
        }
        guard let found else { throw CaseRights.missing(id.text) }
        if found.isSeen { return found.record }
        // Whoever the form gives a part to sees what it is about.
        let view = try await CaseView(of: found.record, for: account, on: call.host)
        guard try await call.host.store.read({ try view.maySee(in: $0) }) else { throw CaseRights.missing(id.text) }
        return found.record
    }

    /// What a case says once it is mended.
    private struct Corrected {
        var form: FormDefinition?
        var fields: [String: Value]
        var files: [(label: String, name: String)]
    }

    /// The fields of a case with those that were corrected, and the files in them. What isn't named stays as it was.
    private static func corrected(_ record: CaseRecord, _ given: [String: Value], by account: Account, _ call: Call)
        async throws -> Corrected
    {
        let (host, id) = (call.host, record.id)
        let bundle = try await host.bundles.bundle(digest: record.bundle)
        let form = bundle.plugins[record.plugin]?.manifest.forms[record.form]
        let definition = form?.fields ?? []
        let whole = try await host.store.read { reader in
            try FormInput.correct(
                Cases.fields(of: id, crypto: host.crypto, in: reader), with: given, definition, of: record.plugin,
                in: reader)
        }
        let filled = try await FormInput.addFiles(
            call.arguments.value["files"].map ?? [:], to: whole, by: account, host)
        return Corrected(form: form, fields: filled, files: FormInput.files(in: filled, definition))
    }

    private static func version(of record: CaseRecord, _ call: Call) async throws -> String? {
        try await call.host.bundles.bundle(digest: record.bundle).plugins[record.plugin].map {
            "\($0.manifest.id) \($0.manifest.version)"
        }
    }

    private static func advance(_ call: Call) async throws {
        let record = try await visibleCase(call)
        // Before anything else is said of it: what they saw is gone (RFC 9110 §13.2).
        try record.check(seen: try call.arguments.integer("version"))
        let account = try signedIn(call)
        var action = try CaseActionInput.action(call.arguments)
        var mended: Corrected?
        if case .resubmit(let given) = action {
            let corrected = try await corrected(record, given, by: account, call)
            (action, mended) = (.resubmit(corrected.fields), corrected)
        }
        var level = record.level
        if case .waive(let code) = action {
            let bundle = try await call.host.bundles.bundle(digest: record.bundle)
            level = bundle.programs[record.program]?.rules(for: record.form).waive[code]
        }
        let actor = try CaseActionInput.actor(
            account, for: action, level: level, desk: FilingDesk.permission(for: record))
        let (asked, seen, files) = (action, try call.arguments.integer("version"), mended?.files ?? [])
        let state = try await call.host.evidence.naming(files, of: record.id.text, by: account.id) {
            try await call.host.corridor.act(asked, on: record.id, by: actor, version: seen) {
                try await noteNamed(mended?.fields ?? [:], mended?.form, by: record.applicant, call)
            }
        }
        try await call.host.evidence.flagRepeated(files, of: record.id, by: account.id)
        let (after, decisions) = try await call.host.store.read { reader in
            let after = try Cases.load(record.id, in: reader)
            return (after, try after.lines.map { try Decisions.ofLine(after.id, line: $0.line, in: reader) })
        }
        call.output.line(
            "申请 \(record.id):\(CaseWords.standing(after).zh)", en: "case \(record.id): \(CaseWords.standing(after).en)")
        // Who agreed and sees it turned down, or dearer, must be told that it was the rule.
        let change = action == .approve ? AmountChanged(from: record, to: after) : nil
        if let change { call.output.line("  " + change.words.zh, en: "  " + change.words.en) }
        if after.bundle != record.bundle, let version = try await version(of: after, call) {
            call.output.line("  改按现行版本 \(version) 判定。", en: "  Judged by the version in force, \(version).")
        }
        let bundle = try await call.host.bundles.bundle(digest: after.bundle)
        let manifest = bundle.plugins[record.plugin]?.manifest
        let view = try await CaseView(of: after, for: account, on: call.host)
        let filter = try await FactFilter(of: after, view, for: account, call.host)
        for (line, decision) in zip(after.lines, decisions) where state != .returned {
            guard let code = decision?.outcome.code ?? line.judgement?.code else { continue }
            let params = decision?.outcome.params ?? line.judgement?.params ?? [:]
            let words = filter.about(line.subject).reason(code, params, manifest, bundle.stacking)
            call.output.line(
                "  \(line.line + 1). \(words.zh)(\(code))", en: "  \(line.line + 1). \(words.en) (\(code))")
        }
        guard case .map(var members) = summary(after) else { return }
        if let change { members["amount_changed"] = change.value }
        if record.isAppeal, action == .approve, state == .refused {
            let codes = zip(after.lines, decisions).compactMap { $1?.outcome.code ?? $0.judgement?.code }
            let waive = bundle.programs[record.program]?.rules(for: record.form).waive ?? [:]
            let refused = AppealRefused(codes: codes, waive: waive)
            refused.lines.forEach { call.output.line("  " + $0.zh, en: "  " + $0.en) }
            members["refused_by_rule"] = refused.value
        }
        call.output.answer(.map(members))
    }
}

/// What somebody asks to be done with a case.
enum CaseActionInput {
    private static let names = CaseAction.Name.allCases.map(\.rawValue)

    static func action(_ arguments: Arguments) throws -> CaseAction {
        let name = try arguments.text("action")
        func note() throws -> String {
            guard let note = try arguments.optionalText("note"), note.contains(where: { !$0.isWhitespace }) else {
                throw NiangjiaError(.invalid, zh: "请用说明写明理由。", en: "A note must say why.", place: "/note")
            }
            return note
        }
        switch name {
        case "approve", "pass": return .approve
        case "return": return .sendBack(try note())
        case "reject": return .reject(try note())
        case "resubmit": return .resubmit(arguments.value["fields"].map ?? [:])
        case "withdraw": return .withdraw
        case "object": return .object(try note())
        case "uphold": return .resolveObjection(upheld: true, try note())
        case "overrule": return .resolveObjection(upheld: false, try note())
        case "waive": return .waive(try note())
        case "claw_back": return .clawBack(try note())
        case "retry": return .retry
        default:
            throw NiangjiaError(
                .invalid, zh: "没有动作 \(name)。可用:\(names.joined(separator: " "))",
                en: "There is no action \(name). Actions: \(names.joined(separator: " "))", place: "/action")
        }
    }

    /// The role in which an account acts on a case: of those that open the action; a reviewer in that of the level that it takes, and
    /// who files where the case was filed in the role in which they do (`desk`); of what no desk filed a member as one.
    static func actor(_ account: Account, for action: CaseAction, level: String?, desk: Permission? = nil) throws
        -> Actor
    {
        let grants = account.roles.filter { action.isOpen(to: $0.role) }
        let isReview = action.permissions.contains(.reviewCases)
        let grant =
            grants.first { isReview && $0.role == .reviewer && $0.level == level ?? "city" }
            ?? grants.first { desk?.roles.contains($0.role) ?? ($0.role == .member) }
            ?? grants.first { $0.role != .reviewer } ?? grants.first
        guard let grant else { throw Access.forbidden(anyOf: action.permissions) }
        return account.actor(grant)
    }
}
