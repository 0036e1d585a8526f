import NiangjiaCore

/// JSON Schemas (draft 2020-12) of all files that people write, generated from the tables that check them.
public enum ConfigSchemas {
    /// File name → text, ending in a newline: what `docs/reference/schemas/` holds.
    public static let all: [String: String] = Dictionary(
        uniqueKeysWithValues: files.map { name, title, shape in
            ("\(name).schema.json", text(schema(name, title, shape)))
        })

    static let files: [(name: String, title: String, shape: Shape)] = [
        ("niangjia", "城市设置 config/niangjia.yaml", CityFile.shape),
        ("program", "服务方案 config/programs/*.yaml", ProgramShape.file),
        ("funds", "资金 config/funds.yaml", FundsFile.shape),
        ("stacking", "叠加与互斥 config/stacking.yaml", StackingFile.shape),
        ("calendar", "工作日历 config/calendar/*.yaml", CalendarFile.shape),
        ("facilities", "站点设施与标准 config/facilities.yaml", FacilitiesFile.shape),
        ("mapping", "导入映射 config/mappings/*.yaml", MappingFile.shape),
        ("plugin", "插件 plugins/*/plugin.yaml", ManifestShape.file),
    ]

    /// The schema of program files in a city: settings are completed and checked by the plugin that the file names.
    public static func program(plugins: [Manifest]) -> String {
        var root = schema("program", "服务方案 config/programs/*.yaml", ProgramShape.file)
        root["allOf"] = .list(plugins.sorted { $0.id < $1.id }.map { settings(of: $0) })
        return text(root)
    }

    private static func settings(of manifest: Manifest) -> Value {
        let whole = FieldType.settingsSchema(manifest.settings, isPartial: false)
        let part = FieldType.settingsSchema(manifest.settings, isPartial: true)
        let changes: Value = ["items": ["properties": ["settings": part]]]
        let byOrganization: Value = ["additionalProperties": part]
        let names = manifest.forms.keys.sorted().map { Value.text($0) }
        let form: Value = ["properties": ["settings": part, "changes": changes, "by_organization": byOrganization]]
        return [
            "if": ["required": ["plugin"], "properties": ["plugin": ["const": .text(manifest.id)]]],
            "then": [
                "properties": [
                    "settings": whole, "changes": changes, "by_organization": byOrganization,
                    "forms": ["propertyNames": ["enum": .list(names)], "additionalProperties": form],
                ]
            ],
        ]
    }

    private static func schema(_ name: String, _ title: String, _ shape: Shape) -> [String: Value] {
        var root = shape.jsonSchema.map ?? [:]
        root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        root["$id"] = .text("\(name).schema.json")
        root["title"] = .text(title)
        if case .object(let object) = shape, object.keys.contains(where: { $0.name == "forms" && name == "plugin" }) {
            root["$defs"] = fieldDefinitions
        }
        return root
    }

    private static let fieldDefinitions: Value = {
        let words =
            FieldTypeReader.words.map { Value.text($0.name) } + FieldType.registers.sorted().map { Value.text($0) }
        return [
            "fields": [
                "type": "object", "propertyNames": ["pattern": .text(Scalar.name.pattern ?? "")],
                "additionalProperties": ["$ref": "#/$defs/fieldType"],
            ],
            "fieldType": [
                "description":
                    "类型: 一个词、“类型 | null”、{type: array, items: …} 或字段表\nA type: a word, “type | null”, {type: array, items: …}, or fields",
                "anyOf": [
                    ["enum": .list(words)], ["type": "string", "pattern": "^[a-z][a-z0-9_-]*( \\| null)?$"],
                    ["type": "object"],
                ],
            ],
        ]
    }()

    /// Indented, keys in code point order, a newline at the end: generated files compare by bytes.
    static func text(_ root: [String: Value]) -> String {
        var out = ""
        write(.map(root), indent: "", to: &out)
        return out + "\n"
    }

    private static func write(_ value: Value, indent: String, to out: inout String) {
        let inner = indent + "  "
        switch value {
        case .map(let members) where !members.isEmpty:
            let keys = members.keys.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
            for (index, key) in keys.enumerated() {
                out += (index == 0 ? "{\n" : ",\n") + inner + Value.text(key).json + ": "
                write(members[key] ?? .null, indent: inner, to: &out)
            }
            out += "\n\(indent)}"
        case .list(let items) where items.contains { $0.map != nil || $0.list != nil }:
            for (index, item) in items.enumerated() {
                out += (index == 0 ? "[\n" : ",\n") + inner
                write(item, indent: inner, to: &out)
            }
            out += "\n\(indent)]"
        default: out += value.json
        }
    }
}
