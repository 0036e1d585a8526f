import NiangjiaConfig
import NiangjiaCore

/// One thing that differs between two bundles.
struct BundleChange: Hashable, Sendable {
    /// `config/funds.yaml`
    var file: String
    /// The path of keys; nil where the whole file is meant.
    var path: String?
    /// In an administrator's words; nil for what was not there.
    var old: String?
    var new: String?
    /// `summer-cooling-2026: value 50.00元 → 60.00元`
    var words: String

    var value: Value {
        [
            "file": .text(file), "path": path.map { .text($0) } ?? .null, "old": old.map { .text($0) } ?? .null,
            "new": new.map { .text($0) } ?? .null, "words": .text(words),
        ]
    }
}

/// What differs between two bundles, in an administrator's words: every changed leaf, for whoever approves it has to see all of it.
enum BundleDifference {
    /// One line for each change.
    static func words(from old: Bundle?, to new: Bundle, files: [String: [UInt8]]) -> [String] {
        guard let old else { return ["首次提交 \(files.count) 个文件"] }
        return changes(from: old.files, to: files, plugins: new.plugins).map(\.words)
    }

    /// Every change between two sets of files.
    ///
    /// - Parameter plugins: tell which settings are money.
    static func changes(
        from old: [String: [UInt8]], to new: [String: [UInt8]], plugins: [String: Plugin]
    ) -> [BundleChange] {
        Set(old.keys).union(new.keys).sorted().flatMap { path -> [BundleChange] in
            let (before, after) = (old[path], new[path])
            if before == after { return [] }
            guard path.hasSuffix(".yaml") else { return [lines(path, before, after)] }
            return leaves(path, before, after, plugins)
        }
    }

    /// What differs in a program's own settings.
    static func program(_ id: String, from old: Bundle, to new: Bundle) -> [String] {
        let prefix = "\(id): "
        return changes(
            from: old.files.filter { $0.key.hasPrefix("config/programs/") },
            to: new.files.filter { $0.key.hasPrefix("config/programs/") }, plugins: new.plugins
        ).map(\.words).filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }

    /// A text that is no YAML: how many lines came and went.
    private static func lines(_ path: String, _ old: [UInt8]?, _ new: [UInt8]?) -> BundleChange {
        func split(_ bytes: [UInt8]?) -> [ArraySlice<UInt8>] { (bytes ?? []).split(separator: 10) }
        let difference = split(new).difference(from: split(old))
        let kind = old == nil ? "新增" : new == nil ? "删除" : "修改"
        let count = "+\(difference.insertions.count) −\(difference.removals.count) 行"
        return BundleChange(
            file: path, path: nil, old: old.map { "\($0.count) 字节" }, new: new.map { "\($0.count) 字节" },
            words: "\(path): \(kind) \(count)")
    }

    private static func leaves(
        _ path: String, _ old: [UInt8]?, _ new: [UInt8]?, _ plugins: [String: Plugin]
    ) -> [BundleChange] {
        func content(_ bytes: [UInt8]?) -> Value {
            bytes.flatMap { try? YAMLDocument($0, file: path).value(.plain) } ?? .null
        }
        let (before, after) = (content(old), content(new))
        let isProgram = path.hasPrefix("config/programs/")
        let name = isProgram ? (after["program"].text ?? before["program"].text ?? path) : path
        let plugin = isProgram ? (after["plugin"].text ?? before["plugin"].text).flatMap { plugins[$0] } : nil
        var found: [BundleChange] = []
        if old == nil || new == nil {
            let word = (old == nil ? "新增" : "删除") + (isProgram ? "项目" : "")
            found.append(BundleChange(file: path, path: nil, old: nil, new: nil, words: "\(name): \(word)"))
            if new == nil { return found }
        }
        let leaves = LeafDifference(plugin: plugin).of(before, after, at: [])
        found += leaves.map { leaf in
            let text = "\(leaf.path) \(leaf.old ?? "-") → \(leaf.new ?? "-")"
            return BundleChange(file: path, path: leaf.path, old: leaf.old, new: leaf.new, words: "\(name): \(text)")
        }
        if found.isEmpty {
            found = [BundleChange(file: path, path: nil, old: nil, new: nil, words: "\(name): 仅注释或排版")]
        }
        return found
    }
}

/// The leaves in which two YAML values differ.
struct LeafDifference {
    struct Leaf: Hashable {
        var path: String
        var old: String?
        var new: String?
    }

    /// Whose settings they are, if anybody's.
    var plugin: Plugin?

    /// By these an entry of a list is known.
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
        if let before = entries(old), let after = entries(new), !(before.isEmpty && after.isEmpty) {
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

    /// A list of maps by what its entries are called; nil where they have no names of their own.
    private func entries(_ value: Value) -> [String: Value]? {
        if value.isNull { return [:] }
        guard let items = value.list, items.allSatisfy({ $0.map != nil }) else { return nil }
        for key in LeafDifference.names {
            let found = items.map { $0[key] }
            let texts = found.map { $0.text ?? $0.json }
            if !found.contains(.null), Set(texts).count == texts.count {
                return Dictionary(uniqueKeysWithValues: zip(texts, items))
            }
        }
        return nil
    }

    private func shown(_ path: [String]) -> String {
        var steps = path[...]
        if steps.first == "settings" { steps = steps.dropFirst() }
        return steps.reduce("") { $0.isEmpty ? $1 : $1.hasPrefix("[") ? $0 + $1 : $0 + "." + $1 }
    }

    private func words(_ value: Value, _ path: [String]) -> String? {
        if value.isNull { return nil }
        let key = path.last ?? ""
        let type = plugin?.manifest.settings.first { $0.name == key }?.type
        let isAmount = type == .money || type == .nullable(.money) || LeafDifference.amounts.contains(key)
        let text = value.text ?? value.json
        guard isAmount, let money = Money(yuan: text.hasSuffix("元") ? String(text.dropLast()) : text) else {
            return text
        }
        return money.yuan + "元"
    }
}

/// Settings as people write them: money in yuan, rates in percent.
enum SettingWords {
    static func of(_ settings: [String: Value], plugin: Plugin?) -> [(String, String)] {
        settings.keys.sorted().map { ($0, of(settings[$0] ?? .null, $0, plugin)) }
    }

    static func of(_ value: Value, _ key: String, _ plugin: Plugin?) -> String {
        let type = plugin?.manifest.settings.first { $0.name == key }?.type
        return of(value, type)
    }

    static func of(_ value: Value, _ type: FieldType?) -> String {
        switch (value, type) {
        case (.null, _): "-"
        case (.int(let fen), .money?): Money(fen: fen).yuan + "元"
        case (.int(let points), .rate?): Rate(basisPoints: points).description
        case (_, .nullable(let inner)?): of(value, inner)
        case (.list(let items), .list(let inner)?): "[" + items.map { of($0, inner) }.joined(separator: ", ") + "]"
        case (.map(let members), .object(let fields)?):
            "{"
                + fields.map { field in "\(field.name): \(of(members[field.name] ?? .null, field.type))" }
                .joined(separator: ", ") + "}"
        case (.text(let text), _): text
        default: value.json
        }
    }
}
