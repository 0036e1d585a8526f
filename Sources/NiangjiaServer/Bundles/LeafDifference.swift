import NiangjiaCore

/// The leaves in which two YAML values differ.
struct LeafDifference {
    struct Leaf: Hashable {
        var path: String
        var old: LocalText?
        var new: LocalText?

        /// `value 50.00元 → 60.00元`
        func words(_ prefix: String = "") -> LocalText {
            LocalText(
                zh: "\(prefix)\(path) \(old?.zh ?? "-") → \(new?.zh ?? "-")",
                en: "\(prefix)\(path) \(old?.en ?? "-") → \(new?.en ?? "-")")
        }
    }

    /// Whose settings they are, if anybody's.
    var plugin: Plugin?

    /// By these an entry of a list is known, before all others.
    private static let names = ["id", "line", "code", "name", "program", "level", "add", "from", "date"]
    /// Amounts that the host's own files write in yuan.
    private static let amounts: Set<String> = ["amount", "each_max", "year_cap", "over"]

    func of(_ old: Value, _ new: Value, at path: [String]) -> [Leaf] {
        if old == new { return [] }
        if old.map != nil || new.map != nil, old.list == nil, new.list == nil, isOpen(old), isOpen(new) {
            let (before, after) = (old.map ?? [:], new.map ?? [:])
            return Set(before.keys).union(after.keys).sorted().flatMap {
                of(before[$0] ?? .null, after[$0] ?? .null, at: path + [$0])
            }
        }
        if let (before, after) = entries(old, new) {
            let leaves = Set(before.keys).union(after.keys).sorted().flatMap {
                of(before[$0] ?? .null, after[$0] ?? .null, at: path + ["[\($0)]"])
            }
            // The same entries in another order: an order means something.
            if !leaves.isEmpty { return leaves }
        }
        return [Leaf(path: shown(path), old: words(old, path), new: words(new, path))]
    }

    /// A map, or nothing at all: what is compared key by key.
    private func isOpen(_ value: Value) -> Bool { value.isNull || value.map != nil }

    /// Two lists of maps by what their entries are called: by the first word that tells the entries of either apart, else by their
    /// places; nil where they have neither.
    private func entries(_ old: Value, _ new: Value) -> (old: [String: Value], new: [String: Value])? {
        guard let before = maps(old), let after = maps(new), !(before.isEmpty && after.isEmpty) else { return nil }
        let all = before + after
        let others = Set(all.flatMap { $0.map?.keys.sorted() ?? [] }).subtracting(LeafDifference.names).sorted()
        for key in LeafDifference.names + others {
            let isName = LeafDifference.names.contains(key)
            // A rate or a span of time is no name.
            guard isName || all.allSatisfy({ $0[key].text?.first?.isLetter == true }) else { continue }
            guard let old = named(before, key), let new = named(after, key) else { continue }
            // A word of no list in common tells nothing of what became of what.
            if isName || !Set(old.keys).isDisjoint(with: new.keys) { return (old, new) }
        }
        guard before.count == after.count else { return nil }
        func placed(_ items: [Value]) -> [String: Value] {
            Dictionary(uniqueKeysWithValues: items.enumerated().map { ("\($0.offset + 1)", $0.element) })
        }
        return (placed(before), placed(after))
    }

    /// The entries of a list of maps; nil where it is something else.
    private func maps(_ value: Value) -> [Value]? {
        if value.isNull { return [] }
        guard let items = value.list, items.allSatisfy({ $0.map != nil }) else { return nil }
        return items
    }

    private func named(_ items: [Value], _ key: String) -> [String: Value]? {
        let found = items.map { $0[key] }
        let texts = found.map { $0.text ?? $0.json }
        guard !found.contains(.null), Set(texts).count == texts.count else { return nil }
        return Dictionary(uniqueKeysWithValues: zip(texts, items))
    }

    private func shown(_ path: [String]) -> String {
        var steps = path[...]
        if steps.first == "settings" { steps = steps.dropFirst() }
        return steps.reduce("") { $0.isEmpty ? $1 : $1.hasPrefix("[") ? $0 + $1 : $0 + "." + $1 }
    }

    private func words(_ value: Value, _ path: [String]) -> LocalText? {
        if value.isNull { return nil }
        let key = path.last ?? ""
        let type = type(at: path)
        let isAmount = type == .money || type == .nullable(.money) || LeafDifference.amounts.contains(key)
        let text = value.text ?? value.json
        guard isAmount, let money = Money(yuan: text.hasSuffix("元") ? String(text.dropLast()) : text) else {
            return LocalText(zh: text, en: text)
        }
        return LocalText(zh: money.yuan + "元", en: money.yuan + " yuan")
    }

    /// The type of a setting, or of what lies in one; nil for what is none of the plugin's.
    private func type(at path: [String]) -> FieldType? {
        // `settings.value`, `changes[2026-07-15].settings.value`, `by_organization.990102.value`
        let start =
            path.lastIndex(of: "settings").map { $0 + 1 } ?? path.lastIndex(of: "by_organization").map { $0 + 2 }
        guard let start, start < path.count,
            let setting = plugin?.manifest.settings.first(where: { $0.name == path[start] })
        else { return nil }
        return path.dropFirst(start + 1).reduce(setting.type) { type, step in
            switch type {
            case .list(let item), .nullable(.list(let item)): step.hasPrefix("[") ? item : nil
            case .object(let fields), .nullable(.object(let fields)): fields.first { $0.name == step }?.type
            default: nil
            }
        }
    }
}
