import NiangjiaCore

/// JSON Schema (draft 2020-12) of shapes, for editors: the same table that checks the files.
extension Shape {
    var jsonSchema: Value {
        switch self {
        case .scalar(let scalar): return scalar.jsonSchema
        case .object(let object): return object.jsonSchema
        case .table(let key, let value):
            var schema: [String: Value] = ["type": "object", "additionalProperties": value.jsonSchema]
            if let pattern = key.pattern { schema["propertyNames"] = ["pattern": .text(pattern)] }
            return .map(schema)
        case .list(let item, let count):
            return [
                "type": "array", "items": item.jsonSchema, "minItems": .int(Int64(count.lowerBound)),
                "maxItems": .int(Int64(count.upperBound)),
            ]
        case .either(let shapes): return ["anyOf": .list(shapes.map(\.jsonSchema))]
        case .fieldType: return ["$ref": "#/$defs/fieldType"]
        case .fields: return ["$ref": "#/$defs/fields"]
        case .free: return [:]
        }
    }
}

extension ObjectShape {
    var jsonSchema: Value {
        var properties: [String: Value] = [:]
        for key in keys {
            var schema = key.shape.jsonSchema.map ?? [:]
            schema["title"] = .text(key.title.zh)
            schema["description"] = .text(ObjectShape.description(key))
            properties[key.name] = .map(schema)
        }
        var schema: [String: Value] = [
            "type": "object", "properties": .map(properties), "additionalProperties": false,
        ]
        let required = keys.filter(\.isRequired).map { Value.text($0.name) }
        if !required.isEmpty { schema["required"] = .list(required) }
        return .map(schema)
    }

    private static func description(_ key: Key) -> String {
        guard let doc = key.doc else { return "\(key.title.zh)\n\(key.title.en)" }
        return "\(key.title.zh): \(doc.zh)\n\(key.title.en): \(doc.en)"
    }
}

extension Scalar {
    /// A regular expression (ECMA 262) that every such text fits; nil where none is needed.
    var pattern: String? {
        switch self {
        case .identifier: "^[a-z0-9][a-z0-9_-]*$"
        case .name: "^[a-z][a-z0-9_]*$"
        case .reasonCode: "^[A-Z_][A-Z0-9_]*$"
        case .money: "^-?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\\.[0-9]{1,2})?元?$"
        case .rate: "^-?[0-9]+(\\.[0-9]{1,2})? ?[%\u{FF05}]$"
        case .date: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
        case .instant: "^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}"
        case .moment: "^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}.*)?$"
        case .duration: "^[0-9]+(h|d|wd)$"
        case .clock: "^[0-9]{2}:[0-9]{2}$"
        case .unionCode: "^[0-9A-Za-z-]{1,32}$"
        case .path: "^[a-z][a-z0-9_.\\[\\]-]*$"
        case .formName: "^[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)?$"
        case .version: "^[0-9]+\\.[0-9]+\\.[0-9]+$"
        case .address: ":[0-9]+$"
        case .point: "^-?[0-9.]+, *-?[0-9.]+$"
        case .text, .integer, .boolean, .choice: nil
        }
    }

    /// Editors read scalars by YAML's own rules, so a code may reach them as a number.
    var jsonSchema: Value {
        switch self {
        case .text(let max): return ["type": ["string", "number", "boolean"], "maxLength": .int(Int64(max))]
        case .integer(let range):
            return ["type": "integer", "minimum": .int(range.lowerBound), "maximum": .int(range.upperBound)]
        case .boolean: return ["enum": [true, false, "是", "否"]]
        case .money(let range):
            var number: [String: Value] = ["type": "number"]
            if range.lowerBound >= 0 { number["minimum"] = .int(range.lowerBound / 100) }
            return ["anyOf": [.map(number), ["type": "string", "pattern": .text(pattern ?? "")]]]
        case .choice(let choices):
            return [
                "enum": .list(choices.map { .text($0.word) }),
                "enumDescriptions": .list(choices.map { .text("\($0.meaning.zh) \($0.meaning.en)") }),
            ]
        case .unionCode, .identifier:
            return ["type": ["string", "integer"], "pattern": .text(pattern ?? "")]
        default: return ["type": "string", "pattern": .text(pattern ?? "")]
        }
    }
}

extension FieldType {
    /// The schema of a setting of this type as a program writes it.
    func settingSchema(_ field: Field) -> Value {
        switch self {
        case .nullable(let inner): return ["anyOf": [inner.settingSchema(field), ["type": "null"]]]
        case .list(let inner):
            var schema: [String: Value] = ["type": "array", "items": inner.settingSchema(Field(field.name, inner))]
            if let least = field.minimum { schema["minItems"] = .int(least) }
            if let most = field.maximum { schema["maxItems"] = .int(most) }
            return .map(schema)
        case .object(let members): return FieldType.settingsSchema(members, isPartial: false)
        default: return SettingReader.scalar(self, field)?.jsonSchema ?? [:]
        }
    }

    /// The schema of a table of settings; a partial one (by organisation, from a date on) requires none.
    static func settingsSchema(_ fields: [Field], isPartial: Bool) -> Value {
        var properties: [String: Value] = [:]
        for field in fields {
            var schema = field.type.settingSchema(field).map ?? [:]
            if let title = field.title {
                schema["title"] = .text(title.zh)
                schema["description"] = .text("\(title.zh)\n\(title.en)")
            }
            properties[field.name] = .map(schema)
        }
        var schema: [String: Value] = [
            "type": "object", "properties": .map(properties), "additionalProperties": false,
        ]
        let required = fields.filter { field in
            if case .nullable = field.type { return false }
            return !field.isOptional
        }
        if !isPartial, !required.isEmpty { schema["required"] = .list(required.map { .text($0.name) }) }
        return .map(schema)
    }
}
