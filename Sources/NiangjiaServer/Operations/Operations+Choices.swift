import NiangjiaConfig
import NiangjiaCore

/// What a form's fields may be filled in with, for whoever fills them in: members and unit clerks see no register, and still have to
/// name a union or a class.
extension Operations {
    /// Organisations by a part of their name, or the beginning of their code. Code, name and level are public; nothing else is told.
    static func findOrganizations(_ call: Call) async throws {
        let text = try call.arguments.text("text")
        guard text.filter({ !$0.isWhitespace }).count >= 2 else {
            throw NiangjiaError(
                .invalid, zh: "请写明至少两个字。", en: "Write two characters at least.", place: "/text")
        }
        let (limit, after) = (try call.arguments.limit(otherwise: 50), try call.arguments.optionalText("after"))
        let found = try await call.host.store.read { reader in
            try OrganizationName.find(text, after: after, limit: limit, in: reader)
        }
        call.output.table(
            ["代码", "名称", "层级"], en: ["code", "name", "level"], found.map { [$0.code, $0.name, $0.level] })
        call.output.answer(.list(found.map(\.value)))
    }

    /// The rows of a record table that a form's field names, by what the field takes. A table that is about people, or keeps
    /// something to itself, is nobody's list.
    static func listChoices(_ call: Call) async throws {
        let (program, bundle) = try await program(call)
        let table = try call.arguments.text("table")
        guard let manifest = bundle.plugins[program.plugin]?.manifest, let record = manifest.records[table],
            Choices.isNamed(table, in: manifest), record.isPublic
        else {
            throw NiangjiaError(
                .notFound, zh: "项目 \(program.id) 没有可供填写的登记 \(table)。",
                en: "The program \(program.id) has no \(table) that its forms may name.", place: "/table")
        }
        let (limit, after) = (
            try call.arguments.limit(otherwise: 50), try call.arguments.optionalID("after", Record.self)
        )
        let rows = try await call.host.store.read { reader in
            try RecordRows.standing(plugin: program.plugin, kind: table, after: after, limit: limit, in: reader).map {
                try Choices.value($0, record, in: reader)
            }
        }
        let codes = try await call.host.store.read { reader in
            try rows.map { row in
                try record.fields.map { try Choices.code(row["fields"][$0.name], $0.type, in: reader) }
            }
        }
        call.output.table(
            [table] + record.fields.map { $0.title?.zh ?? $0.name },
            en: [table] + record.fields.map { $0.title?.en ?? $0.name },
            zip(rows, codes).map { row, codes in
                [row["value"].text ?? ""] + codes.map { $0.isNull ? "" : $0.text ?? $0.json }
            })
        call.output.answer(.list(rows))
    }
}

/// What may be told of a plugin's record tables to whoever fills in its forms.
private enum Choices {
    /// Whether a field of a form takes rows of a table.
    static func isNamed(_ table: String, in manifest: Manifest) -> Bool {
        manifest.forms.values.contains { form in form.fields.contains { names($0.type, table) } }
    }

    private static func names(_ type: FieldType, _ table: String) -> Bool {
        switch type {
        case .reference(let name): name == table
        case .list(let inner), .nullable(let inner): names(inner, table)
        case .object(let fields): fields.contains { names($0.type, table) }
        default: false
        }
    }

    /// A place as people write it, by its code; anything else as it is.
    static func code(_ value: Value, _ type: FieldType, in reader: any StoreReader) throws -> Value {
        let table = { (name: String, id: SQLValue) throws in
            try reader.first("SELECT code FROM \(name) WHERE id = $1", [id]) { Value.text($0.text(0)) } ?? value
        }
        switch (type, value) {
        case (.nullable(let inner), _): return try code(value, inner, in: reader)
        case (.reference("station"), .text(let text)):
            return try ID<Station>(text).map { try table("station", .id($0)) } ?? value
        case (.reference("organization"), .text(let text)):
            return try ID<Organization>(text).map { try table("organization", .id($0)) } ?? value
        default: return value
        }
    }

    /// A row: a key of one part names it in a form as people write it, a place by its code; any other is named by its id.
    static func value(_ row: RecordRows.Row, _ record: RecordDefinition, in reader: any StoreReader) throws -> Value {
        let parts = try Value(json: row.key).list ?? []
        let type = record.fields.first { [$0.name] == record.key }?.type ?? .string
        let name = parts.count == 1 ? try code(parts[0], type, in: reader).text ?? row.id.text : row.id.text
        // What an earlier version of the plugin kept, and this one doesn't declare, was never said to be public.
        let declared = Set(record.fields.map(\.name))
        let fields = row.body.filter { declared.contains($0.key) }
        return [
            "record": .text(row.id.text), "value": .text(name),
            "fields": .map(FormMoney.answered(fields, record.fields)),
        ]
    }
}

/// What anybody may know of an organisation.
struct OrganizationName: Sendable {
    var code: String
    var name: String
    var level: String

    var value: Value { ["code": .text(code), "name": .text(name), "level": .text(level)] }

    private init(_ row: any StoreRow) {
        code = row.text(0)
        name = row.text(1)
        level = row.text(2)
    }

    /// An organisation by its id.
    static func of(_ id: ID<Organization>, in reader: any StoreReader) throws -> OrganizationName? {
        try reader.first("SELECT code, name, level FROM organization WHERE id = $1", [.id(id)], OrganizationName.init)
    }

    /// Those that stand, whose name holds a text or whose code begins with it, by code.
    static func find(_ text: String, after: String?, limit: Int, in reader: any StoreReader) throws
        -> [OrganizationName]
    {
        let escaped = text.reduce(into: "") { $0 += "%_!".contains($1) ? "!\($1)" : "\($1)" }
        return try reader.all(
            """
            SELECT code, name, level FROM organization WHERE status NOT IN ('merged', 'dissolved') AND code > $2
            AND (lower(name) LIKE lower($1) ESCAPE '!' OR substr(code, 1, length($3)) = $3) ORDER BY code LIMIT $4
            """, [.text("%\(escaped)%"), .text(after ?? ""), .text(text), .int(Int64(limit))], OrganizationName.init)
    }
}
