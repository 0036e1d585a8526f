import NiangjiaCore

/// Money in forms as it stands everywhere else: answered in fen under a name that ends in `_fen` (HTTP spells it in yuan beside),
/// taken as text in yuan, or in fen under the name under which it was answered. What was answered can be sent back and means the same.
enum FormMoney {
    /// The name under which a field's fen stand; nil where another field of the form has it.
    private static func name(_ field: Field, _ fields: [Field]) -> String? {
        guard isMoney(field.type) else { return nil }
        let name = field.name + "_fen"
        return fields.contains { $0.name == name } ? nil : name
    }

    private static func isMoney(_ type: FieldType) -> Bool {
        switch type {
        case .money: true
        case .nullable(let inner), .list(let inner): isMoney(inner)
        default: false
        }
    }

    /// Values as they are answered: every amount, in lists and objects too, by its field's declared type.
    static func answered(_ values: [String: Value], _ fields: [Field]) -> [String: Value] {
        var told: [String: Value] = [:]
        for (key, value) in values {
            guard let field = fields.first(where: { $0.name == key }) else {
                told[key] = value
                continue
            }
            if let name = name(field, fields) {
                told[name] = value
            } else {
                told[key] = answered(value, field.type)
            }
        }
        return told
    }

    private static func answered(_ value: Value, _ type: FieldType) -> Value {
        switch (type, value) {
        // Where another field has the name in fen, an amount stands in yuan, as it is written.
        case (.money, .int(let fen)): .text(Money(fen: fen).yuan)
        case (.nullable(let inner), _): answered(value, inner)
        case (.list(let inner), .list(let items)): .list(items.map { answered($0, inner) })
        case (.object(let fields), .map(let members)): .map(answered(members, fields))
        default: value
        }
    }

    /// Takes the fen that stand beside an amount, or in its place, out of what was given.
    ///
    /// - Returns: what was given without them, and the amounts of fields that were given in fen alone.
    /// - Throws: `invalid` where both are given and differ, or fen are no integer.
    static func taken(_ given: [String: Value], _ fields: [Field], at pointer: String) throws -> (
        rest: [String: Value], inFen: [String: Value]
    ) {
        var (rest, inFen) = (given, [String: Value]())
        for field in fields {
            guard let name = name(field, fields), let fen = rest.removeValue(forKey: name), !fen.isNull else {
                continue
            }
            let place = "\(pointer)/\(JSONPointer.escaped(name))"
            guard isFen(fen) else {
                throw NiangjiaError(
                    .invalid, zh: "\(name) 须为以分为单位的整数。", en: "\(name) must be an integer in fen.", place: place)
            }
            guard let spelled = rest[field.name], !spelled.isNull else {
                rest[field.name] = nil
                inFen[field.name] = fen
                continue
            }
            // An amount that can't be read is refused for what it is.
            guard let read = read(spelled), read != fen else { continue }
            throw NiangjiaError(
                .invalid, zh: "\(field.name) 与 \(name) 不是同一金额:请只写一个。",
                en: "\(field.name) and \(name) aren't the same amount: give one of them.", place: place)
        }
        return (rest, inFen)
    }

    private static func isFen(_ value: Value) -> Bool {
        switch value {
        case .int, .null: true
        case .list(let items): items.allSatisfy(isFen)
        default: false
        }
    }

    /// What is written in yuan as fen; nil where it is no amount.
    private static func read(_ value: Value) -> Value? {
        switch value {
        case .null: return .null
        case .text(let text): return Money(yuan: text).map { .int($0.fen) }
        case .list(let items):
            let read = items.compactMap(read)
            return read.count == items.count ? .list(read) : nil
        default: return nil
        }
    }
}
