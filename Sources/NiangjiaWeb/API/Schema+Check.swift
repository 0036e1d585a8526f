import NiangjiaCore

/// Whether a value has a shape. The first thing that is wrong is told with its place, a JSON pointer (RFC 6901).
extension Schema {
    /// Throws `invalid` for a value that is of another shape.
    func check(_ value: Value, at pointer: String) throws {
        switch self {
        case .named(_, let inner), .told(let inner, _, _): try inner.check(value, at: pointer)
        case .nullable(let inner): if !value.isNull { try inner.check(value, at: pointer) }
        case .text(let format, let least, let most): try Schema.check(value, format, least, most, at: pointer)
        case .integer(let range):
            guard let number = value.int else {
                throw Schema.wrong(pointer, Schema.words(range, zh: "整数", en: "an integer"))
            }
            guard range.contains(number) else { throw Schema.wrong(pointer, Schema.told(range)) }
        case .number(let range):
            let degrees = value.text.flatMap { DecimalText.number($0) } ?? value.int.map(Double.init)
            guard let degrees, degrees >= Double(range.lowerBound),
                degrees <= Double(range.upperBound)
            else { throw Schema.wrong(pointer, Schema.words(range, zh: "数", en: "a number")) }
        case .flag:
            guard value.bool != nil else {
                throw Schema.wrong(pointer, LocalText(zh: "true 或 false", en: "true or false"))
            }
        case .list(let item, let most):
            guard let items = value.list else { throw Schema.wrong(pointer, LocalText(zh: "数组", en: "an array")) }
            try Schema.checkCount(items.count, most, at: pointer)
            for (n, one) in items.enumerated() { try item.check(one, at: "\(pointer)/\(n)") }
        case .object(let members): try Schema.check(value, members, at: pointer)
        case .dictionary(let item, let most):
            guard let found = value.map else { throw Schema.wrong(pointer, Schema.object) }
            try Schema.checkCount(found.count, most, at: pointer)
            for (name, one) in found.sorted(by: { $0.key < $1.key }) {
                let place = "\(pointer)/\(Schema.escaped(name))"
                // What isn't allowed is not repeated.
                guard Schema.isKey(name) else { throw Schema.wrong(pointer, Schema.key) }
                try item.check(one, at: place)
            }
        case .anything, .reference: return
        case .union(let shapes):
            guard let shape = shapes.first(where: { $0.isOfKind(value) }) else {
                throw Schema.wrong(
                    pointer,
                    LocalText(
                        zh: "文本、整数、true 或 false,嵌套不再更深", en: "text, an integer, true or false, and nested no deeper"))
            }
            try shape.check(value, at: pointer)
        }
    }

    /// A text of a query or a path as the value that it spells.
    func read(_ text: String) -> Value {
        switch bare {
        case .integer:
            // `+7` and `007` are spellings that the document doesn't know.
            guard let number = Int64(text), String(number) == text else { return .text(text) }
            return .int(number)
        case .flag: return text == "true" ? true : text == "false" ? false : .text(text)
        default: return .text(text)
        }
    }

    private static func check(
        _ value: Value, _ format: TextFormat, _ least: Int, _ most: Int?, at pointer: String
    ) throws {
        guard let text = value.text, format.matches(text) else { throw wrong(pointer, format.words) }
        let count = text.unicodeScalars.count
        guard count >= least, count <= most ?? .max else {
            throw wrong(
                pointer,
                LocalText(
                    zh: "\(least) 至 \(most ?? 0) 个字符", en: "\(least) to \(most ?? 0) characters long"))
        }
    }

    private static func check(_ value: Value, _ members: [Member], at pointer: String) throws {
        guard let found = value.map else { throw wrong(pointer, object) }
        let strangers = found.keys.filter { name in !members.contains { $0.name == name } }
        if let stranger = strangers.min() {
            throw NiangjiaError(
                .invalid, zh: "不认识的键 \(stranger.prefix(100))。", en: "Unknown key \(stranger.prefix(100)).",
                place: "\(pointer)/\(escaped(stranger))")
        }
        for member in members {
            let place = "\(pointer)/\(escaped(member.name))"
            guard let one = found[member.name] else {
                guard member.isRequired else { continue }
                throw NiangjiaError(
                    .invalid, zh: "缺少 \(member.name)。", en: "\(member.name) is missing.", place: place)
            }
            try member.schema.check(one, at: place)
        }
    }

    /// Whether a value is of the kind that a shape has, whatever it holds.
    private func isOfKind(_ value: Value) -> Bool {
        switch (bare, value) {
        case (.text, .text), (.integer, .int), (.flag, .bool), (.list, .list), (.object, .map), (.dictionary, .map):
            true
        default: false
        }
    }

    private static func checkCount(_ count: Int, _ most: Int?, at pointer: String) throws {
        guard count <= most ?? .max else {
            throw wrong(pointer, LocalText(zh: "最多 \(most ?? 0) 项", en: "\(most ?? 0) items at most"))
        }
    }

    private static let object = LocalText(zh: "一个 JSON 对象", en: "a JSON object")
    private static let key = LocalText(
        zh: "JSON 对象,键为 1 至 200 个字符,不含控制字符", en: "an object with keys of 1 to 200 characters without control characters"
    )

    /// The JSON pointer of what could not be read, as far as it can be told: "" is the whole body.
    static func place(of fault: JSONFault) -> String {
        guard fault.path.allSatisfy(isKey) else { return "" }
        return fault.path.map { "/" + escaped($0) }.joined()
    }

    /// The longest key of a free object, in characters.
    static let longestKey = 200

    private static func isKey(_ name: String) -> Bool {
        (1...longestKey).contains(name.unicodeScalars.count) && TextFormat.line.matches(name)
    }

    private static func words(_ range: ClosedRange<Int64>, zh: String, en: String) -> LocalText {
        range == exact ? LocalText(zh: zh, en: en) : told(range, zh, en)
    }

    private static func told(_ range: ClosedRange<Int64>, _ zh: String = "整数", _ en: String = "an integer") -> LocalText
    {
        LocalText(
            zh: "\(range.lowerBound) 至 \(range.upperBound) 的\(zh)",
            en: "\(en) from \(range.lowerBound) to \(range.upperBound)")
    }

    /// A name within a JSON pointer.
    private static func escaped(_ name: String) -> String {
        JSONPointer.escaped(String(name.prefix(100)))
    }

    private static func wrong(_ pointer: String, _ what: LocalText) -> NiangjiaError {
        let shown =
            pointer.isEmpty ? LocalText(zh: "正文", en: "The body") : LocalText(both: String(pointer.dropFirst()))
        return NiangjiaError(
            .invalid, zh: "\(shown.zh) 须为\(what.zh)。", en: "\(shown.en) must be \(what.en).", place: pointer)
    }
}

extension LocalText {
    fileprivate init(both text: String) { self.init(zh: text, en: text) }
}
