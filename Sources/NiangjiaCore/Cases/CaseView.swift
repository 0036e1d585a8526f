/// Who may see a case, and what of it: members their own, staff what lies in their part of the city, and whoever its form gives a
/// part to. The subject of a sealed case is seen by nobody but those whom `sealed.but` names, who say why.
public struct CaseView: Sendable {
    let caller: Caller
    /// Its form as the bundle has it; nil where the bundle has none of the name.
    public let form: FormDefinition?
    let record: CaseRecord
    let fields: [String: Value]
    let stages: [String: Value]
    let entries: [StageEntry]

    public init(
        _ record: CaseRecord, form: FormDefinition?, fields: [String: Value], entries: [StageEntry], for caller: Caller
    ) {
        self.record = record
        self.form = form
        self.fields = fields
        self.caller = caller
        self.entries = entries
        stages = CaseStages.facts(entries)
    }

    private var check: RoleCheck { RoleCheck(caller, fields: fields, stages: stages) }

    /// Whether the case is the caller's own.
    public var isOwn: Bool {
        record.filer == caller.actor.account || (caller.actor.person != nil && caller.actor.person == record.applicant)
    }

    /// Whether the caller may know of the case at all.
    public func maySee(in reader: any StoreReader) throws -> Bool {
        if caller.isHost || isOwn { return true }
        if caller.permissions.contains(.seeCases) || caller.permissions.contains(.seeJournal) {
            for organization in [record.home, record.serving, record.unit] where organization != nil {
                if try caller.scope.contains(organization, in: reader) { return true }
            }
            if try caller.scope.contains(nil, in: reader) { return true }
        }
        return try hasPart(in: reader)
    }

    /// Whether the form gives the caller something to do: a stage, a word when it is late, a sealed name.
    public func hasPart(in reader: any StoreReader) throws -> Bool {
        guard let form else { return false }
        let roles = form.stages.flatMap { $0.by + $0.late } + (form.sealed?.but ?? [])
        let apart = roles.filter { !["anyone", "person", "member"].contains($0) }
        if try check.may(apart, record: record, in: reader) { return true }
        return try form.stages.compactMap(\.all).contains { try check.isNamed(at: $0, in: reader) }
    }

    /// Whether the subject is hidden from the caller as it stands.
    public var hidesSubject: Bool { record.isSealed && !isOwn }

    /// Whether the caller may unseal the subject, saying why.
    public func mayUnseal(in reader: any StoreReader) throws -> Bool {
        try check.may(form?.sealed?.but ?? [], record: record, in: reader)
    }

    /// Whether the caller may read a field: its `read` names the caller, or it names nobody.
    public func mayRead(_ field: Field, in reader: any StoreReader) throws -> Bool {
        if field.read.isEmpty || caller.isHost || isOwn { return true }
        return try check.may(field.read, record: record, in: reader)
    }
}

extension CaseView {
    /// Something that was filled in and that the caller may not read.
    public struct KeptField: Sendable {
        /// As the form declares it, with who may.
        public var field: Field
        /// The stage at which it was handed in; nil: with the application.
        public var stage: String?
        /// What it holds.
        public var value: Value
        /// `application.bill`, `stages.checked.report`.
        public var label: String { (stage.map { "stages.\($0)" } ?? "application") + ".\(field.name)" }
    }

    /// What was filled in that the caller may not read. Of a case that hides its subject from the caller, nothing.
    public func keptFields(in reader: any StoreReader) throws -> [KeptField] {
        guard let form, !hidesSubject else { return [] }
        func kept(_ declared: [Field], _ values: [String: Value], _ stage: String?) throws -> [KeptField] {
            try declared.compactMap { field in
                guard let value = values[field.name], !value.isNull, try !mayRead(field, in: reader) else { return nil }
                return KeptField(field: field, stage: stage, value: value)
            }
        }
        let later = try entries.flatMap { try kept(form.stage($0.stage)?.fields ?? [], $0.fields, $0.stage) }
        return try kept(form.fields, fields, nil) + later
    }

    /// What the caller may see of what was filled in: the form's fields, and each stage with its own. Files of a case that hides its
    /// subject stand by their place in it: the name by which a file is kept is the same in every case of whoever sent it.
    ///
    /// - Parameter isStored: files by the names by which they are kept, for whoever reads them on the caller's behalf.
    public func shownFields(isStored: Bool = false, in reader: any StoreReader) throws -> (
        fields: [String: Value], stages: [Value]
    ) {
        guard let form else { return (fields, []) }
        var shown = fields
        let isPlaced = hidesSubject && !isStored
        for field in form.fields {
            let isSubject = hidesSubject && ActionReader.names(form.subject, field.name)
            if try isSubject || !mayRead(field, in: reader) { shown[field.name] = nil }
        }
        let list = try entries.map { entry -> Value in
            let declared = form.stage(entry.stage)?.fields ?? []
            let visible = try declared.filter { try mayRead($0, in: reader) }.map(\.name)
            var filled = entry.fields.filter { visible.contains($0.key) }
            if isPlaced { filled = CaseView.placed(filled, declared, under: "stages.\(entry.stage).") }
            return [
                "stage": .text(entry.stage), "at": .text(entry.at.description), "role": .text(entry.role),
                "is_whole": .bool(entry.isWhole), "fields": .map(filled),
            ]
        }
        return (isPlaced ? CaseView.placed(shown, form.fields, under: "") : shown, list)
    }

    /// Values with each file by its place, `children.0.proof`.
    private static func placed(_ values: [String: Value], _ fields: [Field], under path: String) -> [String: Value] {
        var placed = values
        for field in fields {
            placed[field.name] = values[field.name].map { self.placed($0, field.type, at: path + field.name) }
        }
        return placed
    }

    private static func placed(_ value: Value, _ type: FieldType, at path: String) -> Value {
        switch (type, value) {
        case (.file, .text): .text(path)
        case (.nullable(let inner), _): placed(value, inner, at: path)
        case (.list(let inner), .list(let items)):
            .list(items.enumerated().map { placed($0.element, inner, at: "\(path).\($0.offset)") })
        case (.object(let fields), .map(let members)): .map(placed(members, fields, under: path + "."))
        default: value
        }
    }
}
