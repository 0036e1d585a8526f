/// Holds what an action proposes against the manifest and against its caller, and has judged what a rule must judge.
struct StepPreparer {
    let corridor: Corridor
    let asking: ActionRoom.Asking
    let run: ActionRoom.Run
    let isLast: Bool

    private var manifest: Manifest { asking.manifest }

    func step(_ proposal: ActionProposal) async throws -> ActionStep {
        let arguments = HostArguments(proposal.name, proposal.arguments)
        if asking.caller.isHost, !["notify.send", "case.move", "case.revoke"].contains(proposal.name) {
            throw NiangjiaError(
                .forbidden, zh: "每日动作只能通知、转阶段或取消", en: "a daily action may only notify, move or revoke",
                place: manifest.place("actions.\(asking.name).daily"))
        }
        switch proposal.name {
        case "record.put": return try await put(arguments)
        case "record.remove": return try await remove(arguments)
        case "case.open": return try await open(arguments)
        case "case.move": return try await move(arguments)
        case "case.revoke": return try await revoke(arguments)
        case "notify.send": return try await notify(arguments)
        default: throw arguments.unknown
        }
    }

    // MARK: records

    private func writable(_ kind: String) async throws -> RecordDefinition {
        let record = try manifest.record(named: kind)
        let check = RoleCheck(asking.caller, fields: asking.input, stages: [:])
        guard try await corridor.store.read({ try check.may(record.by, record: nil, in: $0) }) else {
            let by = RoleWords.list(record.by, manifest)
            throw NiangjiaError(
                .forbidden, zh: "\(kind) 由\(by.zh)登记", en: "\(kind) is written by \(by.en)",
                place: manifest.place("records.\(kind).by"))
        }
        return record
    }

    private func put(_ arguments: HostArguments) async throws -> ActionStep {
        try arguments.expect(2)
        let kind = try arguments.text(0, "kind")
        let record = try await writable(kind)
        let fields = try StepPreparer.fields(try arguments.map(1, "fields"), record.fields, at: "/fields")
        if let path = record.notOwn {
            let (manifest, caller) = (manifest, asking.caller)
            try await corridor.store.read { reader in
                try NotOwn(manifest: manifest, caller: caller).check(path, fields, record, kind: kind, in: reader)
            }
        }
        return .put(kind: kind, fields: fields)
    }

    private func remove(_ arguments: HostArguments) async throws -> ActionStep {
        try arguments.expect(2)
        let kind = try arguments.text(0, "kind")
        let record = try await writable(kind)
        guard !record.isOnce else {
            throw NiangjiaError(
                .forbidden, zh: "\(kind) 登记后不能删除(once)", en: "\(kind) is written once and never removed",
                place: manifest.place("records.\(kind).once"))
        }
        return .remove(kind: kind, key: try ActionReader.key(arguments[1], record, arguments))
    }

    /// Fields by their types: references as text, free text and files only as they were read, into a field as strict.
    static func fields(_ given: [String: ActionValue], _ fields: [Field], at place: String) throws(NiangjiaError)
        -> [String: Value]
    {
        var open: [String: Value] = [:]
        for (name, value) in given where value != .null {
            let field = fields.first { $0.name == name }
            open[name] = try opened(value, field, field?.type, at: "\(place)/\(JSONPointer.escaped(name))")
        }
        return try FieldCheck.check(open, against: fields, at: place)
    }

    private static func opened(_ value: ActionValue, _ field: Field?, _ type: FieldType?, at place: String)
        throws(NiangjiaError) -> Value
    {
        if case .nullable(let inner) = type { return try opened(value, field, inner, at: place) }
        let isClosed = type == .text || type == .file
        switch value {
        case .closed(let closed):
            guard let field, isClosed else {
                throw NiangjiaError(
                    .forbidden, zh: "文字和附件只能放进 text 或 file 字段",
                    en: "a text or a file goes into a text or file field only",
                    place: place)
            }
            guard closed.fits(field) else {
                throw NiangjiaError(
                    .forbidden, zh: "这一栏比原处更多人能读(read)", en: "more people may read this field than where it comes from",
                    place: place)
            }
            return closed.value
        case .plain(let plain):
            if isClosed, !plain.isNull {
                throw NiangjiaError(
                    .invalid, zh: "脚本不能写自由文本,只能照抄读到的", en: "a script writes no free text: it copies what it was given",
                    place: place)
            }
            return plain["ref"].text.map { .text($0) } ?? plain
        case .list(let items):
            var inner: FieldType?
            if case .list(let element) = type { inner = element }
            var found: [Value] = []
            for (n, item) in items.enumerated() { found.append(try opened(item, field, inner, at: "\(place)/\(n)")) }
            return .list(found)
        case .map(let members):
            if let reference = members["ref"]?.text { return .text(reference) }
            var inner: [Field] = []
            if case .object(let fields) = type { inner = fields }
            var found: [String: Value] = [:]
            for (name, member) in members {
                let field = inner.first { $0.name == name }
                found[name] = try opened(member, field, field?.type, at: "\(place)/\(name)")
            }
            return .map(found)
        }
    }

    // MARK: cases

    private func open(_ arguments: HostArguments) async throws -> ActionStep {
        try arguments.expect(3)
        let name = try arguments.text(0, "form")
        guard let form = manifest.forms[name], form.by.contains("action") else {
            throw NiangjiaError(
                .forbidden, zh: "表单 \(name) 不由动作提出(by 中没有 action)",
                en: "the form \(name) is not opened by actions (its by has no action)",
                place: manifest.place("forms.\(name).by"))
        }
        let options = try arguments.openMap(2, "options", known: ["subject", "unit"])
        var submission = Submission(program: asking.program.id, form: name, channel: "action")
        submission.fields = try StepPreparer.fields(try arguments.map(1, "fields"), form.fields, at: "/fields")
        submission.applicant = options["subject"]?.text.flatMap { ID<Person>($0) }
        submission.unit = (options["unit"] ?? options["subject"])?.text.flatMap { ID<Organization>($0) }
        submission.serving = asking.caller.actor.scope
        let entry = try await corridor.enter(submission, by: asking.caller.actor)
        return .open(try await corridor.prepare(entry, isLast: isLast))
    }

    /// A case of the plugin's own that the caller may see.
    private func own(_ id: ID<CaseFile>) async throws -> (record: CaseRecord, fields: [String: Value]) {
        let (manifest, caller, crypto) = (manifest, asking.caller, corridor.crypto)
        return try await corridor.store.read { reader in
            guard let record = try? Cases.load(id, in: reader), record.plugin == manifest.id else {
                throw NiangjiaError(.notFound, zh: "没有申请 \(id)", en: "there is no case \(id)")
            }
            let fields = try Cases.fields(of: id, crypto: crypto, in: reader)
            let entries = try CaseStages.entries(of: id, crypto: crypto, in: reader)
            let view = CaseView(
                record, form: manifest.forms[record.form], fields: fields, entries: entries, for: caller)
            guard try view.maySee(in: reader) else {
                throw NiangjiaError(
                    .forbidden, zh: "申请 \(id) 不在您负责的范围内", en: "the case \(id) is outside your part of the city")
            }
            return (record, fields.merging(["stages": .map(view.stages)]) { own, _ in own })
        }
    }

    private func move(_ arguments: HostArguments) async throws -> ActionStep {
        try arguments.expect(3)
        let id = try arguments.reference(0, "ref", CaseFile.self)
        let name = try arguments.text(1, "stage")
        let (record, _) = try await own(id)
        let declared = manifest.forms[record.form]?.stage(name)?.fields ?? []
        let fields = try StepPreparer.fields(try arguments.map(2, "fields"), declared, at: "/fields")
        return .move(
            try await corridor.prepareMove(
                id, to: name, fields: fields, by: asking.caller, version: nil, isLast: isLast))
    }

    private func revoke(_ arguments: HostArguments) async throws -> ActionStep {
        try arguments.expect(3)
        let id = try arguments.reference(0, "ref", CaseFile.self)
        let code = try arguments.text(1, "code")
        guard let reason = manifest.reasons[code] else {
            throw NiangjiaError(
                .invalid, zh: "reasons 中没有原因代码 \(code)", en: "reasons has no code \(code)",
                place: manifest.place("reasons"))
        }
        let params = try StepPreparer.params(try arguments.openMap(2, "params"), reason.placeholders, "reasons.\(code)")
        let (record, _) = try await own(id)
        // What somebody was given is not taken away by somebody who only applied.
        guard
            asking.caller.isHost || record.applicant != asking.caller.actor.person
                || asking.caller.permissions.contains(.seeCases)
        else {
            throw NiangjiaError(.forbidden, zh: "不能取消自己的申请,请撤回", en: "withdraw your own case instead")
        }
        return .revoke(id, code: code, params: params)
    }

    static func params(_ given: [String: Value], _ placeholders: [String: FieldType], _ place: String)
        throws(NiangjiaError) -> [String: Value]
    {
        for name in given.keys.sorted() where placeholders[name] == nil {
            throw NiangjiaError(
                .invalid, zh: "\(place) 没有占位符 {\(name)}", en: "\(place) has no placeholder {\(name)}")
        }
        for (name, type) in placeholders.sorted(by: { $0.key < $1.key }) {
            let value = given[name] ?? .null
            guard type == .date ? value.date != nil : value.int != nil else {
                throw NiangjiaError(
                    .invalid, zh: "\(place) 的占位符 {\(name)} 应为\(type == .date ? "日期" : "整数")",
                    en: "\(place): {\(name)} must be \(type == .date ? "a date" : "an integer")")
            }
        }
        return given
    }

    // MARK: notices

    private func notify(_ arguments: HostArguments) async throws -> ActionStep {
        try arguments.expect(3)
        let to = arguments[0].text ?? arguments[0]["ref"].text ?? ""
        let message = try arguments.text(1, "message")
        guard let text = manifest.messages[message] else {
            throw NiangjiaError(
                .invalid, zh: "messages 中没有 \(message)", en: "messages has no \(message)",
                place: manifest.place("messages"))
        }
        let placeholders = try MessageText.placeholders(text, named: message)
        let params = try StepPreparer.params(
            try arguments.openMap(2, "params"), placeholders, "messages.\(message)")
        if let leak = run.sensitive.first(where: { leak in params.values.contains(leak.value) }) {
            throw NiangjiaError(
                .forbidden, zh: "通知 \(message) 含有敏感资料(\(leak.place)),不能发出",
                en: "the notice \(message) carries sensitive data (\(leak.place)) and is not sent",
                place: manifest.place(leak.place))
        }
        // Whoever is told has a part in a case that this action has read.
        for id in run.reads.cases.keys.sorted() + (try await listed()) {
            let (record, fields) = try await own(ID(rawValue: id))
            let manifest = manifest
            let recipients = try await corridor.store.read { reader -> [String] in
                let parties = try Recipients(manifest, record, fields: fields, in: reader)
                if parties.isParty(to) { return Recipients.recipient(to).map { [$0] } ?? [] }
                return try parties.of([to])
            }
            if !recipients.isEmpty {
                return .notify(
                    ActionNotice(
                        message: message, text: text, params: params, about: record.id,
                        recipients: recipients))
            }
        }
        throw NiangjiaError(
            .forbidden, zh: "收件人不是这个动作所读申请的当事人,通知 \(message) 不能发出",
            en: "the recipient has no part in any case that the action read: the notice \(message) is not sent",
            place: manifest.place("messages.\(message)"))
    }

    /// The cases of forms that were read as lists.
    private func listed() async throws -> [Int64] {
        let (plugin, forms, program) = (manifest.id, run.reads.forms.keys.sorted(), asking.program.id)
        return try await corridor.store.read { reader in
            try forms.flatMap { form in
                try reader.all(
                    "SELECT id FROM case_file WHERE plugin = $1 AND form = $2 AND program = $3 ORDER BY id LIMIT 5000",
                    [.text(plugin), .text(form), .text(program)]
                ) { $0.int(0) }
            }
        }
    }
}
