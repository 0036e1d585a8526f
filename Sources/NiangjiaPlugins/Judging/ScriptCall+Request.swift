import LuaSandbox
import NiangjiaCore

/// From Core's facts to what a script reads: columns stay columns, and what the manifest says of their types decides what of a
/// document a script may see (files and free text only as present or not, references as rows with `ref`).
extension ScriptCall {
    init(_ request: JudgeRequest) {
        let types = ScriptTypes(
            manifest: request.plugin.manifest, function: request.function, rows: request.facts.count)
        let names = request.plugin.manifest.settings.map(\.name)
        self.init(
            function: request.function, rows: request.facts.count,
            settings: request.settings.map { ScriptCall.settings($0, declared: names) },
            settingsIndexes: request.settings.count == 1
                ? [] : request.settingsIndex.map { UInt16(truncatingIfNeeded: $0) },
            columns: request.facts.columns.map { types.column($0) })
    }

    /// Declared settings that a program leaves out read as nil; any other name is the author's mistake.
    static func settings(_ document: Value, declared: [String]) -> ScriptValue {
        guard case .map(var members) = ScriptValue(document) else { return .map([:]) }
        for name in declared where members[name] == nil { members[name] = .null }
        return .map(members)
    }
}

/// What the manifest says of the documents that a function reads.
struct ScriptTypes {
    private let manifest: Manifest
    private let form: FormDefinition?

    private let rows: Int

    init(manifest: Manifest, function: String, rows: Int) {
        self.manifest = manifest
        self.rows = rows
        form = function.split(separator: ".").last.flatMap { manifest.forms[String($0)] }
    }

    func column(_ column: FactColumn) -> ScriptColumn {
        let absent = column.nulls ?? []
        func cells<Cell>(_ values: [Cell]) -> [Cell?] {
            absent.isEmpty ? values : zip(values, absent).map { $1 ? nil : $0 }
        }
        switch column.storage {
        case .integers(let values): return ScriptColumn(column.path, .integers(values), absent: absent)
        case .booleans(let values): return ScriptColumn(column.path, .booleans(values), absent: absent)
        case .dates(let values): return ScriptColumn(column.path, .dates(values), absent: absent)
        case .texts(let values): return ScriptColumn(column.path, .texts(.init(cells(values))))
        case .packed(let texts):
            let packed = ScriptTexts(
                bytes: texts.bytes, ends: texts.ends, indexes: texts.indexes, hasAbsent: texts.hasAbsent)
            return ScriptColumn(column.path, .packed(packed))
        case .references(let prefix, let values):
            return ScriptColumn(column.path, .references(prefix: prefix, values), absent: absent)
        case .repeated(let value, let kind): return repeated(value, kind, column.path)
        case .opaque(let values):
            // Present or not is all that a script learns.
            return ScriptColumn(column.path, .opaques(.init(cells(values).map { $0 == true ? "+" : nil })))
        case .documents(let values):
            let shape = shape(of: column.path)
            let documents = cells(values).map { $0.map { shape?.script($0) ?? ScriptValue($0) } }
            return ScriptColumn(column.path, .documents(.init(documents)), isStrict: shape != nil)
        }
    }

    /// A value that stands in every row, as the same cells one by one would be handed over.
    private func repeated(_ value: Value, _ kind: FactColumn.Kind, _ path: String) -> ScriptColumn {
        let shape = kind == .document ? shape(of: path) : nil
        let (script, repeated): (ScriptValue, ScriptColumn.Repeated) =
            switch kind {
            case .integer: (value.int.map { .int($0) } ?? .null, .integer)
            case .boolean: (ScriptValue(value), .boolean)
            case .date: (value.date.map { .int(Int64($0.days)) } ?? .null, .date)
            case .text: (ScriptValue(value), .text)
            case .document: (value.isNull ? .null : shape?.script(value) ?? ScriptValue(value), .document)
            case .opaque: (value == .bool(true) ? .opaque("+") : .null, .opaque)
            }
        return ScriptColumn(path, .repeated(script, as: repeated, rows: rows), isStrict: shape != nil)
    }

    /// The shape of a document column; nil where it isn't known, and missing names read as nil.
    private func shape(of path: String) -> DocumentShape? {
        let steps = path.split(separator: ".").map(String.init)
        guard let form, steps.count >= 3, steps[0] == "facts" else { return nil }
        switch (steps[1], steps.last) {
        case ("application", _): return field(steps[2], in: form.fields)
        case ("line", _): return field(steps[2], in: lineFields(of: form))
        case ("look", "last"): return last(of: steps[2], form)
        default: return nil
        }
    }

    private func field(_ name: String, in fields: [Field]) -> DocumentShape? {
        fields.first { $0.name == name }.map { DocumentShape(type: $0.type, records: manifest.records) }
    }

    private func lineFields(of form: FormDefinition) -> [Field] {
        guard case .path(let path) = form.subject, let first = path.split(separator: ".").first,
            case .list(.object(let fields)) = form.fields.first(where: { $0.name == first })?.type
        else { return [] }
        return fields
    }

    /// The last row of a look: its date, its amount and what was kept. Of another plugin's forms nothing is known here.
    private func last(of name: String, _ form: FormDefinition) -> DocumentShape? {
        guard let look = form.facts.look.first(where: { $0.name == name }) else { return nil }
        var fields = [Field("on", .date), Field("amount", .money)]
        switch look.source {
        case .decisions:
            let forms = (look.of.isEmpty ? [form.name] : look.of).map { manifest.forms[$0] }
            guard !forms.contains(nil) else { return nil }
            fields += forms.compactMap { $0 }.flatMap(\.keeps)
        case .record(let kind): fields += manifest.records[kind]?.fields ?? []
        case .visits, .cases: break
        }
        return DocumentShape(type: .object(fields), records: manifest.records)
    }
}

/// A type by which a document is handed to a script.
struct DocumentShape {
    let type: FieldType
    let records: [String: RecordDefinition]

    func script(_ value: Value) -> ScriptValue { script(value, type) }

    private func script(_ value: Value, _ type: FieldType) -> ScriptValue {
        if value.isNull { return .null }
        switch type {
        case .nullable(let inner): return script(value, inner)
        case .file, .text: return .opaque("+")
        case .list(let element): return .list((value.list ?? []).map { script($0, element) })
        case .object(let fields): return object(value, fields)
        case .reference(let name):
            guard value.map != nil else { return ["ref": ScriptValue(value)] }
            return object(value, [Field("ref", .string)] + (records[name]?.fields ?? []))
        default: return ScriptValue(value)
        }
    }

    /// Declared names only, absent ones as null.
    private func object(_ value: Value, _ fields: [Field]) -> ScriptValue {
        var members: [String: ScriptValue] = [:]
        for field in fields where members[field.name] == nil {
            members[field.name] = script(value[field.name], field.type)
        }
        return .map(members)
    }
}

extension ScriptValue {
    init(_ value: NiangjiaCore.Value) {
        switch value {
        case .null: self = .null
        case .bool(let b): self = .bool(b)
        case .int(let n): self = .int(n)
        case .text(let s): self = .text(s)
        case .list(let items): self = .list(items.map { ScriptValue($0) })
        case .map(let members): self = .map(members.mapValues { ScriptValue($0) })
        }
    }
}

extension Value {
    init(_ value: ScriptValue) {
        switch value {
        case .null: self = .null
        case .bool(let b): self = .bool(b)
        case .int(let n): self = .int(n)
        case .text(let s): self = .text(s)
        case .list(let items): self = .list(items.map { Value($0) })
        case .map(let members): self = .map(members.mapValues { Value($0) })
        case .opaque: self = .bool(true)
        }
    }
}

extension ScriptCalendar {
    /// The years that the city's calendar covers without a gap, up to the last. Without any, every question is an error.
    init(_ calendar: WorkCalendar) {
        let last = calendar.years.max()
        var first = last
        while let year = first, calendar.years.contains(year - 1) { first = year - 1 }
        let from = first.flatMap { CivilDate(year: $0, month: 1, day: 1) }
        let to = last.flatMap { CivilDate(year: $0, month: 12, day: 31) }
        let nowhere = CivilDate(year: 1, month: 1, day: 1)?.days ?? 0
        self.init(
            holidays: calendar.holidays.map(\.days), makeUpDays: calendar.makeUpDays.map(\.days),
            covered: (from?.days ?? nowhere)...(to?.days ?? nowhere))
    }
}
