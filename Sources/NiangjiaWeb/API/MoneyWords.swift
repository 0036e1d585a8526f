import NiangjiaCore

/// Money in HTTP answers stands twice: as an integer in fen under a name that ends in `_fen`, and as text in yuan beside it.
enum MoneyWords {
    private static let ending = "_fen"

    /// The name under which an amount stands in yuan: `amount` beside `amount_fen`, `gains_yuan` where `gains` is something else.
    static func name(beside name: String, taken: (String) -> Bool) -> String? {
        guard name.hasSuffix(ending), name.count > ending.count else { return nil }
        let short = String(name.dropLast(ending.count))
        return taken(short) ? short + "_yuan" : short
    }

    /// A value with every amount spelled in yuan beside its fen.
    static func spelled(_ value: Value) -> Value { holdsMoney(value) ? spelt(value) : value }

    /// Whether there is an amount in it at all: most answers are left as they are.
    private static func holdsMoney(_ value: Value) -> Bool {
        switch value {
        case .list(let items): items.contains(where: holdsMoney)
        case .map(let members): members.contains { $0.key.hasSuffix(ending) || holdsMoney($0.value) }
        default: false
        }
    }

    /// An amount in yuan, or amounts in a list or by name; nil for what is none of it.
    private static func yuan(_ value: Value) -> Value? {
        switch value {
        case .int(let fen): return .text(Money(fen: fen).yuan)
        case .null: return .null
        case .list(let items):
            let all = items.compactMap(yuan)
            return all.count == items.count ? .list(all) : nil
        case .map(let members):
            let all = members.compactMapValues(yuan)
            return all.count == members.count ? .map(all) : nil
        default: return nil
        }
    }

    private static func spelt(_ value: Value) -> Value {
        switch value {
        case .list(let items): return .list(items.map(spelt))
        case .map(let members):
            var all = members.mapValues(spelt)
            for (key, one) in members {
                guard let name = name(beside: key, taken: { members[$0] != nil }) else { continue }
                all[name] = yuan(one)
            }
            return .map(all)
        default: return value
        }
    }
}
