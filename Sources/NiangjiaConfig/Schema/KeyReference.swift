import NiangjiaCore

/// A key that people may write, for reference pages and `api dump`: from the same tables that check the files.
public struct KeyReference: Hashable, Sendable {
    /// `forms.<name>.gives.kind`; `[]` stands for each item of a list, `<…>` for a key of the author's own.
    public var path: String
    /// What stands there: `money`, `list of path`, `open | ended` …
    public var type: String
    public var isRequired: Bool
    public var title: LocalText
    /// What it does, where its title doesn't say it.
    public var doc: LocalText?

    /// Every key of a file kind (`plugin`, `program`, `niangjia`, `funds`, `stacking`, `calendar`, `facilities`, `mapping`) in the
    /// order of its table; empty for another name.
    public static func keys(of file: String) -> [KeyReference] {
        guard let shape = ConfigSchemas.files.first(where: { $0.name == file })?.shape else { return [] }
        var found: [KeyReference] = []
        collect(shape, "", into: &found)
        return found
    }

    private static func collect(_ shape: Shape, _ path: String, into found: inout [KeyReference]) {
        switch shape {
        case .object(let object):
            for key in object.keys {
                let at = YAMLPath.child(path, key.name)
                found.append(
                    KeyReference(
                        path: at, type: key.shape.word, isRequired: key.isRequired, title: key.title, doc: key.doc))
                // The two languages of a text need no entries of their own.
                if !key.shape.isLocalText { collect(key.shape, at, into: &found) }
            }
        case .table(let key, let value): collect(value, YAMLPath.child(path, "<\(key.word)>"), into: &found)
        case .list(let item, _): collect(item, path + "[]", into: &found)
        case .either(let shapes): for shape in shapes { collect(shape, path, into: &found) }
        case .scalar, .fieldType, .fields, .free: break
        }
    }
}

extension Shape {
    var isLocalText: Bool {
        if case .either(let shapes) = self, case .object(let object)? = shapes.last { return object["zh-CN"] != nil }
        return false
    }

    /// The type in a word.
    var word: String {
        if isLocalText { return "text in zh-CN and en" }
        switch self {
        case .scalar(let scalar): return scalar.word
        case .object: return "object"
        case .table(let key, let value): return "table of \(key.word): \(value.word)"
        case .list(let item, _): return "list of \(item.word)"
        case .either(let shapes):
            var words: [String] = []
            for word in shapes.map(\.word) where !words.contains(word) { words.append(word) }
            return words.joined(separator: " or ")
        case .fieldType: return "type"
        case .fields: return "fields"
        case .free: return "any"
        }
    }
}

extension Scalar {
    /// The type in a word.
    var word: String {
        switch self {
        case .text: "text"
        case .identifier: "id"
        case .name: "name"
        case .reasonCode: "CODE"
        case .integer: "integer"
        case .boolean: "boolean"
        case .money: "money"
        case .rate: "rate"
        case .date: "date"
        case .instant: "instant"
        case .moment: "date or instant"
        case .duration: "duration"
        case .clock: "HH:MM"
        case .unionCode: "union code"
        case .path: "path"
        case .formName: "form"
        case .version: "version"
        case .address: "address:port"
        case .point: "point"
        case .choice(let choices): choices.map(\.word).joined(separator: " | ")
        }
    }
}
