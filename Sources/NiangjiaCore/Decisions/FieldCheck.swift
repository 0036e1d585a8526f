/// Checks what was handed in against the form's fields. Values come typed (money in fen, rates in basis points, dates as text);
/// every mistake is named with its JSON pointer.
public enum FieldCheck {
    /// The largest amount of a form, in fen (一千亿元), and the largest whole number: what rules multiply and hosts add up stays far
    /// within 64 bits, where Lua would wrap and a sum be lost.
    static let mostFen: Int64 = FieldType.mostFen
    static let mostNumber: Int64 = 1_000_000_000_000

    /// Throws when a field is missing, unknown or of another type. Returns the fields with absent optional ones left out.
    public static func check(_ values: [String: Value], against fields: [Field], at pointer: String = "")
        throws(NiangjiaError)
        -> [String: Value]
    {
        for name in values.keys.sorted() where !fields.contains(where: { $0.name == name }) {
            throw NiangjiaError(
                .invalid, zh: "没有名为 \(name) 的栏目,请删去", en: "there is no field \(name); remove it",
                place: pointer + "/" + JSONPointer.escaped(name))
        }
        var checked: [String: Value] = [:]
        for field in fields {
            let place = pointer + "/" + field.name
            let value = values[field.name] ?? .null
            if value.isNull {
                if field.isOptional { continue }
                if case .nullable = field.type { continue }
                let title = field.title ?? LocalText(zh: field.name, en: field.name)
                throw NiangjiaError(.invalid, zh: "缺少“\(title.zh)”", en: "\(title.en) is missing", place: place)
            }
            checked[field.name] = try check(value, field, at: place)
        }
        return checked
    }

    private static func check(_ value: Value, _ field: Field, at place: String) throws(NiangjiaError) -> Value {
        let checked = try check(value, field.type, at: place)
        if case .int(let n) = checked {
            if let least = field.minimum, n < least {
                throw NiangjiaError(.invalid, zh: "不能小于 \(least)", en: "must not be less than \(least)", place: place)
            }
            if let most = field.maximum, n > most {
                throw NiangjiaError(.invalid, zh: "不能大于 \(most)", en: "must not be more than \(most)", place: place)
            }
        }
        if case .list(let items) = checked {
            if let least = field.minimum, Int64(items.count) < least {
                throw NiangjiaError(.invalid, zh: "至少 \(least) 项", en: "at least \(least) items", place: place)
            }
            if let most = field.maximum, Int64(items.count) > most {
                throw NiangjiaError(.invalid, zh: "最多 \(most) 项", en: "at most \(most) items", place: place)
            }
        }
        return checked
    }

    /// A person's text is read as yuan or per cent; an integer is fen or basis points already.
    private static func number(_ value: Value, _ type: FieldType, at place: String) throws(NiangjiaError) -> Value {
        switch type {
        case .money:
            guard let fen = value.text.flatMap({ Money(yuan: $0)?.fen }) ?? value.int else {
                throw wrong("应为金额,如 50.00", "an amount such as 50.00 is expected", place)
            }
            return try bounded(fen, mostFen, "金额", "The amount", place)
        case .rate:
            guard let points = value.text.flatMap({ Rate(percent: $0)?.basisPoints }) ?? value.int else {
                throw wrong("应为比例,如 30%", "a rate such as 30% is expected", place)
            }
            return try bounded(points, mostNumber, "比例", "The rate", place)
        default:
            guard let number = value.int else { throw wrong("应为整数", "an integer is expected", place) }
            return try bounded(number, mostNumber, "数", "The number", place)
        }
    }

    private static func bounded(_ number: Int64, _ most: Int64, _ zh: String, _ en: String, _ place: String)
        throws(NiangjiaError) -> Value
    {
        guard number.magnitude <= most.magnitude else {
            throw wrong("\(zh)太大", "\(en) is too large", place)
        }
        return .int(number)
    }

    private static func wrong(_ zh: String, _ en: String, _ place: String) -> NiangjiaError {
        NiangjiaError(.invalid, zh: zh, en: en, place: place)
    }

    static func check(_ value: Value, _ type: FieldType, at place: String) throws(NiangjiaError) -> Value {
        switch type {
        case .text, .string, .file, .area:
            guard let text = value.text, text.utf8.count <= 20_000 else {
                throw wrong("应为文本", "a text is expected", place)
            }
            return .text(text)
        case .duration:
            guard value.text != nil else { throw wrong("应为时长,如 24h", "a duration such as 24h is expected", place) }
            return value
        case .integer, .money, .rate: return try number(value, type, at: place)
        case .boolean:
            guard value.bool != nil else { throw wrong("应为 true 或 false", "true or false is expected", place) }
            return value
        case .date:
            guard value.date != nil else {
                throw wrong("应为日期,如 2026-07-15", "a date such as 2026-07-15 is expected", place)
            }
            return value
        case .instant:
            guard let text = value.text, let instant = Instant(text) else {
                throw wrong(
                    "应为时间,如 2026-07-15T08:30:00+08:00", "an instant such as 2026-07-15T08:30:00+08:00 is expected",
                    place)
            }
            return .text(instant.description)
        case .point:
            guard let lat = value["lat"].int, let lon = value["lon"].int, abs(lat) <= 90_000_000,
                abs(lon) <= 180_000_000
            else { throw wrong("应为坐标", "a point is expected", place) }
            return value
        case .reference:
            guard value.text != nil else { throw wrong("应为编号", "an id is expected", place) }
            return value
        case .list(let element):
            guard let items = value.list, items.count <= 10_000 else {
                throw wrong("应为列表", "a list is expected", place)
            }
            var checked: [Value] = []
            for (n, item) in items.enumerated() { checked.append(try check(item, element, at: place + "/\(n)")) }
            return .list(checked)
        case .object(let fields):
            guard let members = value.map else { throw wrong("应为一组栏目", "an object is expected", place) }
            return .map(try check(members, against: fields, at: place))
        case .oneOf(let choices):
            guard let text = value.text, choices.contains(text) else {
                let list = choices.joined(separator: ", ")
                throw wrong("应为以下之一: \(list)", "one of \(list) is expected", place)
            }
            return value
        case .nullable(let inner): return value.isNull ? .null : try check(value, inner, at: place)
        }
    }
}
