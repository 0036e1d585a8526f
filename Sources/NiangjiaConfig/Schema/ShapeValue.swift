import NiangjiaCore

/// A checked node as a value, read along its shape: integers and booleans where the shape says so, money in fen, rates in basis
/// points, and the text that was typed everywhere else.
enum ShapeValue {
    static func value(_ node: YAMLNode, _ shape: Shape) -> Value {
        switch shape {
        case .scalar(let scalar):
            if node.isNull { return .null }
            if case .success(let value) = scalar.read(node) { return value }
            return Reading.plain(node)
        case .object(let object):
            return map(node) { name in object[name]?.shape ?? .free }
        case .table(_, let value): return map(node) { _ in value }
        case .list(let item, _): return .list(node.items.map { value($0, item) })
        case .either(let shapes): return value(node, shapes.first { $0.accepts(node) } ?? .free)
        case .fieldType, .fields, .free: return Reading.plain(node)
        }
    }

    private static func map(_ node: YAMLNode, _ shape: (String) -> Shape) -> Value {
        guard node.isMapping else { return Reading.plain(node) }
        var found: [String: Value] = [:]
        for member in node.members {
            let name = member.key.text ?? ""
            found[name] = value(member.value, shape(name))
        }
        return .map(found)
    }
}
