import NiangjiaCore

/// What a script knows of a value before any case comes.
indirect enum ScriptShape: Sendable {
    /// Nothing is known; anything may be asked of it.
    case open
    /// Its name where the manifest declares its members one by one (`facts.subject`, else empty), its members, and how to say
    /// that another isn't there.
    case table(String, [String: ScriptShape], LocalText)
    case list(ScriptShape)
    /// One of some words.
    case words([String])
    /// A rate in basis points.
    case rate
    /// An integer that whoever fills a form may make as large as they like, and its field's path in the manifest.
    case unbounded(String)
    /// One of some amounts that settings hold, by their paths: `value`, `tiers[].amount`.
    case amount([String])

    /// - Parameter path: where the type stands in the manifest, for what people type into forms.
    init(_ type: FieldType, at path: String? = nil) {
        self =
            switch type {
            case .nullable(let inner): ScriptShape(inner, at: path)
            case .list(let inner): .list(ScriptShape(inner, at: path.map { $0 + ".items" }))
            case .object(let fields):
                .table("", ScriptShape.members(fields, at: path), LocalText(zh: "这里没有", en: "here is no"))
            case .oneOf(let words): .words(words)
            case .rate: .rate
            default: .open
            }
    }

    /// What a setting is: its amounts are known by where they stand.
    init(setting type: FieldType, at path: String) {
        self =
            switch type {
            case .money: .amount([path])
            case .nullable(let inner): ScriptShape(setting: inner, at: path)
            case .list(let inner): .list(ScriptShape(setting: inner, at: path + "[]"))
            case .object(let fields):
                .table(
                    "", ScriptShape.settings(fields, below: path + "."), LocalText(zh: "这里没有", en: "here is no"))
            default: ScriptShape(type)
            }
    }

    static func settings(_ fields: [Field], below path: String = "") -> [String: ScriptShape] {
        Dictionary(
            fields.map { ($0.name, ScriptShape(setting: $0.type, at: path + $0.name)) },
            uniquingKeysWith: { first, _ in first })
    }

    /// The paths of the amounts among members, where any of them may be meant.
    static func amounts(of members: [String: ScriptShape]) -> [String] {
        members.values.flatMap { shape -> [String] in
            if case .amount(let paths) = shape { paths } else { [] }
        }.sorted()
    }

    static func members(_ fields: [Field], at path: String? = nil) -> [String: ScriptShape] {
        let shapes = fields.map { field -> (String, ScriptShape) in
            let own = path.map { "\($0).\(field.name)" }
            if field.type == .integer, field.maximum == nil, let own { return (field.name, .unbounded(own)) }
            return (field.name, ScriptShape(field.type, at: own))
        }
        return Dictionary(shapes, uniquingKeysWith: { first, _ in first })
    }

    /// What either may have.
    func merged(_ other: ScriptShape) -> ScriptShape {
        switch (self, other) {
        case (.table(let name, let a, let words), .table(_, let b, _)):
            .table(name, a.merging(b) { $0.merged($1) }, words)
        case (.words(let a), .words(let b)): .words(a + b.filter { !a.contains($0) })
        default: .open
        }
    }
}

/// What the manifest says about the three arguments of a function.
struct ScriptShapes {
    let manifest: Manifest

    var settings: ScriptShape {
        .table(
            "settings", ScriptShape.settings(manifest.settings),
            LocalText(zh: "settings 中没有声明", en: "settings doesn't declare"))
    }

    var context: ScriptShape {
        var names = APITable.entries.filter { $0.section == .context && $0.places.contains(.assess) }.compactMap {
            $0.name.split(separator: ".").dropFirst().first.map(String.init)
        }
        if !manifest.actions.isEmpty || manifest.forms.values.contains(where: { $0.recheck != nil }) {
            names += ["today", "now", "actor"]
        }
        let words = LocalText(zh: "context 中没有", en: "context has no")
        var members = Dictionary(names.map { ($0, ScriptShape.open) }, uniquingKeysWith: { first, _ in first })
        members["season"] = .table(
            "", ["from": .open, "to": .open], LocalText(zh: "context.season 中没有", en: "context.season has no"))
        return .table("", members, words)
    }

    /// The facts of a form; of all of them together where none is named.
    func facts(_ form: FormDefinition?) -> ScriptShape {
        guard let form else {
            let all = manifest.forms.values.sorted { $0.name < $1.name }.map { facts($0) }
            return all.dropFirst().reduce(all.first ?? .open) { $0.merged($1) }
        }
        func group(_ path: String, _ name: String, _ members: [String: ScriptShape]) -> ScriptShape {
            .table(path, members, LocalText(zh: "\(name) 中没有声明", en: "\(name) doesn't declare"))
        }
        var subject: [String: ScriptShape] = ["ref": .open]
        for name in form.facts.subject {
            let part = String(name.prefix { $0 != "." })
            subject[part] = part == name ? words(name, [.person, .organization, .station, .household]) : .open
        }
        let household = Dictionary(
            form.facts.household.map { ($0, words($0, [.household])) }, uniquingKeysWith: { first, _ in first })
        let looks = Dictionary(
            form.facts.look.map { ($0.name, look($0, form)) }, uniquingKeysWith: { first, _ in first })
        let fields = ScriptShape.members(form.fields, at: "forms.\(form.name).fields")
        return .table(
            "facts",
            [
                "application": group("facts.application", "fields", fields), "line": line(form),
                "subject": group("facts.subject", "facts.subject", subject),
                "household": group("facts.household", "facts.household", household),
                "look": group("facts.look", "facts.look", looks), "stages": stages(form),
            ], LocalText(zh: "facts 中没有", en: "facts has no"))
    }

    private func stages(_ form: FormDefinition) -> ScriptShape {
        let names = LocalText(zh: "表单没有阶段", en: "the form has no stage")
        let stages = form.stages.map { stage in
            let fields =
                stage.all == nil
                ? ScriptShape.members(stage.fields) : stage.fields.reduce(into: [:]) { $0[$1.name] = .open }
            let words = LocalText(zh: "阶段 \(stage.name) 没有字段", en: "the stage \(stage.name) has no field")
            return (stage.name, ScriptShape.table("", fields.merging(["on": .open]) { own, _ in own }, words))
        }
        return .table("", Dictionary(stages, uniquingKeysWith: { first, _ in first }), names)
    }

    /// What an action is given.
    func input(_ action: ActionDefinition) -> ScriptShape {
        var members: [String: ScriptShape] = [:]
        for field in action.input { members[field.name] = ScriptShape(field.type) }
        return .table("", members, LocalText(zh: "input 中没有声明", en: "input doesn't declare"))
    }

    private func words(_ name: String, _ kinds: [SubjectKind]) -> ScriptShape {
        let all = kinds.compactMap { FactCatalogue.fact(name, of: $0) }
        guard !all.isEmpty, all.allSatisfy({ !$0.values.isEmpty }) else { return .open }
        return .words(Array(Set(all.flatMap(\.values))).sorted())
    }

    /// The element of the array that the subject's path goes through.
    private func line(_ form: FormDefinition) -> ScriptShape {
        guard case .path(let path) = form.subject, let first = path.split(separator: ".").first,
            case .list(let row) = form.fields.first(where: { $0.name == first })?.type
        else { return .open }
        return ScriptShape(row, at: "forms.\(form.name).fields.\(first).items")
    }

    private func look(_ look: LookDefinition, _ form: FormDefinition) -> ScriptShape {
        let path = "facts.look.\(look.name)"
        func table(_ path: String, _ members: [String: ScriptShape]) -> ScriptShape {
            .table(path, members, LocalText(zh: "\(path) 中没有", en: "\(path) has no"))
        }
        var members = Dictionary(
            ["count", "amount", "first_on", "last_on"].map { ($0, ScriptShape.open) },
            uniquingKeysWith: { first, _ in first })
        if let (kept, summed) = fields(of: look, form) {
            var last = ScriptShape.members(kept)
            for name in ["on", "amount"] { last[name] = .open }
            members["last"] = table(path + ".last", last)
            members["sum"] = table(
                path + ".sum", ScriptShape.members(summed.filter { ScriptShapes.isCounted($0.type) }))
        } else {
            members["last"] = .open
            members["sum"] = .open
        }
        return table(path, members)
    }

    /// What the last row of a look has, and what of all rows is summed; nil where another plugin says it.
    private func fields(of look: LookDefinition, _ form: FormDefinition) -> (last: [Field], sum: [Field])? {
        let names = look.of.isEmpty ? [form.name] : look.of
        let forms = names.map {
            manifest.forms[$0.hasPrefix(manifest.id + "/") ? String($0.dropFirst(manifest.id.count + 1)) : $0]
        }
        switch look.source {
        case .visits, .cases: return ([], [])
        case .record(let name): return manifest.records[name].map { ($0.fields, $0.fields) }
        case .decisions:
            guard forms.allSatisfy({ $0 != nil }) else { return nil }
            let found = forms.compactMap { $0 }
            return (found.flatMap(\.keeps), found.flatMap(\.keeps))
        }
    }

    private static func isCounted(_ type: FieldType) -> Bool {
        switch type {
        case .integer, .money: true
        case .nullable(let inner): isCounted(inner)
        default: false
        }
    }
}
