import Foundation
import NiangjiaCore

/// A small validator of JSON Schema 2020-12: the keywords that the served document uses, and no other. A keyword that it doesn't
/// know is a finding, so that the document can't say more than is held. It is stricter than the document: a member or a word that the
/// document doesn't name is a finding, although answers are open for the clients that were generated from it.
public struct SchemaValidator: Sendable {
    /// The whole document, for references.
    public let document: Value

    public init(document: Value) { self.document = document }

    private static let silent: Set<String> = ["description", "examples", "contentMediaType", "contentSchema"]

    /// What is wrong with a value, each with its place; empty: nothing.
    public func problems(_ value: Value, _ schema: Value, at place: String = "") -> [String] {
        guard let members = schema.map else { return ["\(place): the schema is no object"] }
        return members.sorted { $0.key < $1.key }.flatMap { keyword, rule in
            Self.silent.contains(keyword) ? [] : problems(value, keyword, rule, schema, at: place)
        }
    }

    private func problems(_ value: Value, _ keyword: String, _ rule: Value, _ schema: Value, at place: String)
        -> [String]
    {
        switch keyword {
        case "$ref": return problems(value, resolve(rule.text ?? ""), at: place)
        case "type": return isOfType(value, rule) ? [] : ["\(place): \(value.json.prefix(80)) is no \(rule.json)"]
        case "enum": return rule.list?.contains(value) == true ? [] : ["\(place): \(value.json) isn't listed"]
        case "x-extensible-enum":
            return value.isNull || rule.list?.contains(value) == true ? [] : ["\(place): \(value.json) isn't listed"]
        case "anyOf":
            let found = (rule.list ?? []).map { problems(value, $0, at: place) }
            return found.contains { $0.isEmpty } ? [] : found.first ?? ["\(place): anyOf of nothing"]
        case "pattern", "format", "minLength", "maxLength":
            return value.text.map { text(text: $0, keyword, rule, at: place) } ?? []
        case "minimum": return value.int.map { $0 >= rule.int ?? .max } ?? true ? [] : ["\(place): below \(rule.json)"]
        case "maximum": return value.int.map { $0 <= rule.int ?? .min } ?? true ? [] : ["\(place): above \(rule.json)"]
        case "items":
            return (value.list ?? []).enumerated().flatMap { problems($1, rule, at: "\(place)/\($0)") }
        case "maxItems": return value.list?.count ?? 0 <= rule.int ?? 0 ? [] : ["\(place): too many items"]
        case "maxProperties": return value.map?.count ?? 0 <= rule.int ?? 0 ? [] : ["\(place): too many members"]
        case "required":
            guard let members = value.map else { return [] }
            return (rule.list ?? []).compactMap(\.text).filter { members[$0] == nil }.map { "\(place): no \($0)" }
        case "properties":
            let isOpen = schema.map?["additionalProperties"] == nil
            return (isOpen ? strangers(value, schema, at: place) : [])
                + (rule.map ?? [:]).flatMap { name, own in
                    value.map?[name].map { problems($0, own, at: "\(place)/\(name)") } ?? []
                }
        case "additionalProperties":
            if rule == false { return strangers(value, schema, at: place) }
            let known = Set(schema["properties"].map?.keys.map { $0 } ?? [])
            return (value.map ?? [:]).filter { !known.contains($0.key) }.flatMap { name, one in
                problems(one, rule, at: "\(place)/\(name)")
            }
        case "propertyNames":
            return (value.map ?? [:]).keys.flatMap { problems(.text($0), rule, at: "\(place)/\($0)") }
        default: return ["\(place): the validator doesn't know \(keyword)"]
        }
    }

    /// Members that the document doesn't name.
    private func strangers(_ value: Value, _ schema: Value, at place: String) -> [String] {
        let known = schema["properties"].map ?? [:]
        return (value.map ?? [:]).keys.filter { known[$0] == nil }.sorted().map {
            "\(place): \($0) isn't in the document"
        }
    }

    /// What is wrong with the head of an answer: a header that the document promises and that is missing, or is spelled otherwise, and
    /// a `Location` that it doesn't know of. Names are in lower case.
    ///
    /// - Parameter response: what the document says of the answer.
    public func problems(headers: [String: String], _ response: Value) -> [String] {
        let told = response["headers"].map ?? [:]
        var found = told.sorted { $0.key < $1.key }.flatMap { name, about -> [String] in
            guard let one = headers[name.lowercased()] else {
                return about["required"] == true ? ["no \(name)"] : []
            }
            return problems(.text(one), about["schema"], at: name)
        }
        if headers["location"] != nil, told["Location"] == nil { found.append("Location isn't in the document") }
        return found
    }

    /// A JSON pointer within the document (`#/components/…`).
    public func resolve(_ pointer: String) -> Value {
        pointer.dropFirst(2).split(separator: "/").reduce(document) { whole, step in
            whole[step.replacingOccurrences(of: "~1", with: "/").replacingOccurrences(of: "~0", with: "~")]
        }
    }

    private func isOfType(_ value: Value, _ rule: Value) -> Bool {
        let names = rule.list?.compactMap(\.text) ?? [rule.text ?? ""]
        return names.contains { name in
            switch (name, value) {
            case ("null", .null), ("boolean", .bool), ("integer", .int), ("number", .int), ("string", .text),
                ("array", .list), ("object", .map):
                true
            default: false
            }
        }
    }

    private func text(text: String, _ keyword: String, _ rule: Value, at place: String) -> [String] {
        let isFine: Bool
        switch keyword {
        case "minLength": isFine = text.unicodeScalars.count >= rule.int ?? 0
        case "maxLength": isFine = text.unicodeScalars.count <= rule.int ?? 0
        case "format":
            switch rule.text {
            case "date": isFine = CivilDate(text) != nil
            case "date-time": isFine = text.hasSuffix("+08:00") && Instant(text) != nil
            case "binary": isFine = true
            default: isFine = false
            }
        default:
            let range = NSRange(text.startIndex..., in: text)
            let expression = try? NSRegularExpression(pattern: rule.text ?? "")
            isFine = expression?.firstMatch(in: text, range: range) != nil
        }
        return isFine ? [] : ["\(place): “\(text.prefix(80))” against \(keyword) \(rule.json)"]
    }
}
