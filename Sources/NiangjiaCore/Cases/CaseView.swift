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
    /// What the caller may see of what was filled in: the form's fields, and each stage with its own.
    public func shownFields(in reader: any StoreReader) throws -> (fields: [String: Value], stages: [Value]) {
        guard let form else { return (fields, []) }
        var shown = fields
        for field in form.fields {
            let isSubject = hidesSubject && ActionReader.names(form.subject, field.name)
            if try isSubject || !mayRead(field, in: reader) { shown[field.name] = nil }
        }
        let list = try entries.map { entry -> Value in
            let declared = form.stage(entry.stage)?.fields ?? []
            let visible = try declared.filter { try mayRead($0, in: reader) }.map(\.name)
            return [
                "stage": .text(entry.stage), "at": .text(entry.at.description), "role": .text(entry.role),
                "is_whole": .bool(entry.isWhole), "fields": .map(entry.fields.filter { visible.contains($0.key) }),
            ]
        }
        return (shown, list)
    }
}
