import NiangjiaCore

/// Reads the words of a test as the manifest types them.
enum TestValues {
    /// References become ids; amounts may stay text, the corridor reads them.
    static func fields(_ values: Value, _ fields: [Field], _ city: TestCity, at path: String) throws(TestFileFault)
        -> [String: Value]
    {
        var found: [String: Value] = [:]
        for (name, value) in (values.map ?? [:]).sorted(by: { $0.key < $1.key }) {
            let at = "\(path).\(name)"
            // An unknown field goes in as it is: the corridor says what is wrong with it.
            guard let field = fields.first(where: { $0.name == name }) else {
                found[name] = value
                continue
            }
            found[name] = try typed(value, field.type, city, at: at)
        }
        return found
    }

    static func typed(_ value: Value, _ type: FieldType, _ city: TestCity, at path: String) throws(TestFileFault)
        -> Value
    {
        switch type {
        case .nullable(let inner): return value.isNull ? .null : try typed(value, inner, city, at: path)
        case .list(let element):
            guard let items = value.list else { throw TestFileFault(path, zh: "应为列表", en: "a list is expected") }
            var typed: [Value] = []
            for (n, item) in items.enumerated() {
                typed.append(try self.typed(item, element, city, at: "\(path)[\(n)]"))
            }
            return .list(typed)
        case .object(let fields): return .map(try self.fields(value, fields, city, at: path))
        case .integer: return try scalar(value, path, "整数", "an integer") { Int64($0).map { .int($0) } }
        case .boolean:
            return try scalar(value, path, "true 或 false", "true or false") {
                $0 == "true" ? .bool(true) : $0 == "false" ? .bool(false) : nil
            }
        case .money: return try scalar(value, path, "金额", "an amount") { Money(yuan: $0).map { .int($0.fen) } }
        case .rate: return try scalar(value, path, "比例", "a rate") { Rate(percent: $0).map { .int($0.basisPoints) } }
        case .reference(let register):
            return try scalar(value, path, "given 中的名字", "a name under given") {
                city.reference($0, register).map { .text($0) }
            }
        default: return value
        }
    }

    private static func scalar(_ value: Value, _ path: String, _ zh: String, _ en: String, _ read: (String) -> Value?)
        throws(TestFileFault)
        -> Value
    {
        guard let text = value.text, let found = read(text) else {
            throw TestFileFault(path, zh: "应为\(zh)", en: "\(en) is expected")
        }
        return found
    }
}
