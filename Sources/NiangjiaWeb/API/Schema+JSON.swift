import NiangjiaCore

/// A shape as JSON Schema (2020-12) tells it, which is what OpenAPI 3.1 speaks.
extension Schema {
    /// For whom a shape is described. A request has no member and no word that the document doesn't know; an answer may have more of
    /// both tomorrow, and a client that was generated from the document of today goes on.
    enum Side { case request, answer }

    func json(_ side: Side) -> Value { .map(jsonMembers(side)) }

    private func jsonMembers(_ side: Side) -> [String: Value] {
        switch self {
        case .text(let format, let least, let most):
            var members: [String: Value] = ["type": "string"]
            members["pattern"] = format.pattern.map { .text($0) }
            members["format"] = format.formatName.map { .text($0) }
            if case .word(let words) = format { members.merge(Schema.json(words, side)) { $1 } }
            if least > 0 { members["minLength"] = .int(Int64(least)) }
            members["maxLength"] = most.map { .int(Int64($0)) }
            return members
        case .integer(let range):
            return [
                "type": "integer", "format": "int64", "minimum": .int(range.lowerBound),
                "maximum": .int(range.upperBound),
            ]
        case .number(let range):
            return ["type": "number", "minimum": .int(range.lowerBound), "maximum": .int(range.upperBound)]
        case .flag: return ["type": "boolean"]
        case .list(let item, let most):
            var members: [String: Value] = ["type": "array", "items": item.json(side)]
            members["maxItems"] = most.map { .int(Int64($0)) }
            return members
        case .object(let members): return Schema.json(members, side)
        case .dictionary(let item, let most):
            var members: [String: Value] = [
                "type": "object", "additionalProperties": item.json(side), "propertyNames": Schema.keyJSON,
            ]
            members["maxProperties"] = most.map { .int(Int64($0)) }
            return members
        case .nullable(let inner): return Schema.nullable(inner.jsonMembers(side))
        case .named(let name, _), .reference(let name): return ["$ref": .text("#/components/schemas/\(name)")]
        case .anything: return [:]
        case .union(let shapes): return ["anyOf": .list(shapes.map { $0.json(side) })]
        case .told(let inner, let words, let example):
            var members = inner.jsonMembers(side)
            members["description"] = .text(
                [words.both, members["description"]?.text].compactMap(\.self).joined(separator: " "))
            if let example { members["examples"] = [example] }
            return members
        }
    }

    /// The words that there are: a request has one of them. Of an answer it is said so that no generated client refuses a new one.
    private static func json(_ words: [String], _ side: Side) -> [String: Value] {
        let list = Value.list(words.map { .text($0) })
        return side == .request
            ? ["enum": list] : ["x-extensible-enum": list, "description": "今后还会有别的词 More words may come"]
    }

    private static func json(_ members: [Member], _ side: Side) -> [String: Value] {
        let all = members + members.compactMap { spelled($0, beside: members) }
        var properties: [String: Value] = [:]
        for member in all { properties[member.name] = member.schema.json(side) }
        let required = all.filter(\.isRequired).map(\.name)
        var json: [String: Value] = ["type": "object", "properties": .map(properties)]
        if side == .request { json["additionalProperties"] = false }
        if !required.isEmpty { json["required"] = .list(required.map { .text($0) }) }
        return json
    }

    /// An amount of money is answered twice: `amount_fen` as an integer, `amount` as text in yuan (`MoneyWords`).
    private static func spelled(_ member: Member, beside others: [Member]) -> Member? {
        guard let name = MoneyWords.name(beside: member.name, taken: { name in others.contains { $0.name == name } })
        else { return nil }
        let schema: Schema
        switch member.schema.bare {
        case .integer: schema = .text(.yuan)
        case .nullable(let inner):
            guard case .integer = inner.bare else { return nil }
            schema = .nullable(.text(.yuan))
        case .dictionary(let inner, let most):
            guard case .integer = inner.bare else { return nil }
            schema = .dictionary(.text(.yuan), most: most)
        default: return nil
        }
        return Member(name: name, schema: schema, isRequired: member.isRequired)
    }

    private static func nullable(_ members: [String: Value]) -> [String: Value] {
        if case .list(let shapes)? = members["anyOf"] { return ["anyOf": .list(shapes + [["type": "null"]])] }
        guard case .text(let type)? = members["type"], members["enum"] == nil else {
            return ["anyOf": [.map(members), ["type": "null"]]]
        }
        return members.merging(["type": [.text(type), "null"]]) { $1 }
    }

    static let keyJSON: Value = [
        "type": "string", "minLength": 1, "maxLength": .int(Int64(longestKey)),
        "pattern": TextFormat.line.pattern.map { .text($0) } ?? .null,
    ]

    /// Every component that the shape names, itself included.
    func components(_ side: Side, into found: inout [String: Value]) {
        switch self {
        case .named(let name, let inner):
            guard found[name] == nil else { return }
            found[name] = inner.json(side)
            inner.components(side, into: &found)
        case .told(let inner, _, _), .nullable(let inner), .list(let inner, _), .dictionary(let inner, _):
            inner.components(side, into: &found)
        case .object(let members): for member in members { member.schema.components(side, into: &found) }
        case .union(let shapes): for shape in shapes { shape.components(side, into: &found) }
        case .anything, .text, .integer, .number, .flag, .reference: return
        }
    }
}

extension LocalText {
    /// Both languages in one line, Chinese first.
    var both: String { zh == en ? zh : "\(zh) \(en)" }
}
