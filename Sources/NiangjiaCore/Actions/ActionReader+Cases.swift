/// Cases of the plugin's own forms.
extension ActionReader {
    func oneCase(_ arguments: HostArguments, in reader: any StoreReader) throws -> ActionValue {
        try arguments.expect(1)
        let id = try arguments.reference(0, "ref", CaseFile.self)
        guard let record = try? Cases.load(id, in: reader), record.plugin == manifest.id else {
            throw NiangjiaError(.notFound, zh: "没有申请 \(id)", en: "there is no case \(id)")
        }
        let (view, entries) = try view(of: record, in: reader)
        guard try view.maySee(in: reader) else {
            throw NiangjiaError(
                .forbidden, zh: "申请 \(id) 不在您负责的范围内", en: "the case \(id) is outside your part of the city")
        }
        noteRead { $0.cases[id.rawValue] = record.version }
        return try shown(record, view, entries, in: reader)
    }

    func cases(_ arguments: HostArguments, in reader: any StoreReader) throws -> ActionValue {
        try arguments.expect(3)
        let name = try arguments.text(0, "form")
        guard let form = manifest.forms[name] else {
            throw NiangjiaError(
                .invalid, zh: "清单中没有表单 \(name),有 \(manifest.forms.keys.sorted().joined(separator: "、"))",
                en: "the manifest has no form \(name); it has \(manifest.forms.keys.sorted().joined(separator: ", "))")
        }
        let own = ["state", "stage", "program"]
        let filter = try arguments.openMap(1, "where", known: own + form.fields.map(\.name))
        let options = try arguments.openMap(2, "options", known: ["limit"])
        let limit = min(max(Int(clamping: options["limit"]?.int ?? 200), 1), ActionReader.longestList)
        let sums = try ActionReads.sums(plugin: manifest.id, form: name, in: reader)
        noteRead { $0.forms[name] = sums }
        var conditions = "plugin = $1 AND form = $2 AND program = $3"
        var values: [SQLValue] = [
            .text(manifest.id), .text(name), .text(filter["program"]?.text ?? program.id),
        ]
        for column in ["state", "stage"] {
            guard let text = filter[column]?.text else { continue }
            values.append(.text(text))
            conditions += " AND \(column) = $\(values.count)"
        }
        let ids = try reader.all("SELECT id FROM case_file WHERE \(conditions) ORDER BY id LIMIT 5000", values) {
            $0.id(0, CaseFile.self)
        }
        var found: [ActionValue] = []
        let wanted = filter.filter { !own.contains($0.key) }
        for id in ids where found.count < limit {
            let record = try Cases.load(id, in: reader)
            let (view, entries) = try view(of: record, in: reader)
            // What lies elsewhere is passed over in silence: a list is of what the caller has.
            guard try view.maySee(in: reader), wanted.allSatisfy({ (view.fields[$0.key] ?? .null) == $0.value }) else {
                continue
            }
            for field in form.fields where wanted[field.name] != nil {
                guard try view.mayRead(field, in: reader) else {
                    throw ActionReader.hidden("forms.\(name).fields.\(field.name)")
                }
            }
            found.append(try shown(record, view, entries, in: reader))
        }
        return .list(found)
    }

    private func view(of record: CaseRecord, in reader: any StoreReader) throws -> (CaseView, [StageEntry]) {
        let entries = try CaseStages.entries(of: record.id, crypto: crypto, in: reader)
        let fields = try Cases.fields(of: record.id, crypto: crypto, in: reader)
        return (
            CaseView(record, form: manifest.forms[record.form], fields: fields, entries: entries, for: caller), entries
        )
    }

    private func shown(_ record: CaseRecord, _ view: CaseView, _ entries: [StageEntry], in reader: any StoreReader)
        throws -> ActionValue
    {
        var members: [String: ActionValue] = [
            "ref": .plain(.text(record.id.text)), "form": .plain(.text(record.form)),
            "program": .plain(.text(record.program)), "state": .plain(.text(record.state.rawValue)),
            "stage": .plain(record.stage.map { .text($0) } ?? .null), "on": .plain(.text(record.onDate.description)),
            "submitted_on": .plain(.text(record.submittedAt.date.description)),
            "due": .plain(record.due.map { .text($0.description) } ?? .null),
        ]
        // Whom a sealed case is about is not the action's either; it can unseal nothing.
        if !view.hidesSubject {
            members["subject"] = .plain(record.lines.first.map { .text($0.subject.description) } ?? .null)
        }
        guard let form = view.form else { return .map(members) }
        for field in form.fields where try view.mayRead(field, in: reader) && members[field.name] == nil {
            let value = view.fields[field.name] ?? .null
            if view.hidesSubject, ActionReader.names(form.subject, field.name) { continue }
            members[field.name] = ActionReader.shown(value, field.type, read: field.read)
            if form.sensitive != nil { noteSensitive(value, "forms.\(form.name).fields.\(field.name)") }
        }
        var stages: [String: ActionValue] = [:]
        for stage in form.stages {
            guard let entry = view.stages[stage.name] else {
                stages[stage.name] = .null
                continue
            }
            var fields: [String: ActionValue] = ["on": .plain(entry["on"])]
            for field in stage.fields where try view.mayRead(field, in: reader) {
                fields[field.name] =
                    stage.all == nil
                    ? ActionReader.shown(entry[field.name], field.type, read: field.read)
                    : ActionReader.shown(entry[field.name], .list(field.type), read: field.read)
            }
            stages[stage.name] = .map(fields)
        }
        members["stages"] = .map(stages)
        return .map(members)
    }

    /// Whether the form's subject is found through a field.
    static func names(_ subject: SubjectRule, _ field: String) -> Bool {
        if case .path(let path) = subject { return path.split(separator: ".").first.map(String.init) == field }
        return false
    }
}
