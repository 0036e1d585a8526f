import NiangjiaConfig
import NiangjiaCore

/// One thing that differs between two bundles.
struct BundleChange: Hashable, Sendable {
    /// `config/funds.yaml`
    var file: String
    /// The path of keys; nil where the whole file is meant.
    var path: String?
    /// In an administrator's words; nil for what was not there.
    var old: LocalText?
    var new: LocalText?
    /// `summer-cooling-2026: value 50.00元 → 60.00元`
    var words: LocalText

    /// For programs, its words in a language.
    func value(_ language: Language) -> Value {
        [
            "file": .text(file), "path": path.map { .text($0) } ?? .null,
            "old": old.map { .text($0[language]) } ?? .null, "new": new.map { .text($0[language]) } ?? .null,
            "words": .text(words[language]),
        ]
    }
}

/// What differs between two bundles, in an administrator's words: every changed leaf, for whoever approves it has to see all of it.
enum BundleDifference {
    /// One line for each change.
    static func words(from old: Bundle?, to new: Bundle, files: [String: [UInt8]]) throws -> [LocalText] {
        guard let old else {
            return [LocalText(zh: "首次提交 \(files.count) 个文件", en: "the first proposal, \(files.count) files")]
        }
        return try changes(from: old.files, to: files, plugins: new.plugins).map(\.words)
    }

    /// Every change between two sets of files. Throws `configuration`, with its place, for one that can't be read: nothing can be said
    /// of what it changes.
    ///
    /// - Parameter plugins: tell which settings are money.
    static func changes(
        from old: [String: [UInt8]], to new: [String: [UInt8]], plugins: [String: Plugin]
    ) throws -> [BundleChange] {
        try Set(old.keys).union(new.keys).sorted().flatMap { path -> [BundleChange] in
            let (before, after) = (old[path], new[path])
            if before == after { return [] }
            guard path.hasSuffix(".yaml") else { return [lines(path, before, after)] }
            return try leaves(path, before, after, plugins)
        }
    }

    /// What differs in a program's own settings; of another year's where `than` is another one.
    static func program(_ id: String, than other: String, from old: Bundle, to new: Bundle) throws -> [LocalText] {
        guard id == other else {
            let (before, after) = (try file(of: other, in: old), try file(of: id, in: new))
            return LeafDifference(plugin: new.programs[id].flatMap { new.plugins[$0.plugin] })
                .of(before, after, at: []).map { $0.words() }
        }
        let prefix = "\(id): "
        return try changes(
            from: old.files.filter { $0.key.hasPrefix("config/programs/") },
            to: new.files.filter { $0.key.hasPrefix("config/programs/") }, plugins: new.plugins
        ).map(\.words).filter { $0.zh.hasPrefix(prefix) }.map {
            LocalText(zh: String($0.zh.dropFirst(prefix.count)), en: String($0.en.dropFirst(prefix.count)))
        }
    }

    /// A program's file as YAML reads it.
    private static func file(of id: String, in bundle: Bundle) throws -> Value {
        for (path, bytes) in bundle.files where path.hasPrefix("config/programs/") {
            let found = try YAMLDocument(bytes, file: path).value(.plain)
            if found["program"].text == id { return found }
        }
        return .null
    }

    /// A text that is no YAML: how many lines came and went.
    private static func lines(_ path: String, _ old: [UInt8]?, _ new: [UInt8]?) -> BundleChange {
        func split(_ bytes: [UInt8]?) -> [ArraySlice<UInt8>] { (bytes ?? []).split(separator: 10) }
        let difference = split(new).difference(from: split(old))
        let kind =
            old == nil
            ? LocalText(zh: "新增", en: "added")
            : new == nil ? LocalText(zh: "删除", en: "removed") : LocalText(zh: "修改", en: "changed")
        let count = "+\(difference.insertions.count) −\(difference.removals.count)"
        func size(_ bytes: [UInt8]?) -> LocalText? {
            bytes.map { LocalText(zh: "\($0.count) 字节", en: "\($0.count) bytes") }
        }
        return BundleChange(
            file: path, path: nil, old: size(old), new: size(new),
            words: LocalText(zh: "\(path): \(kind.zh) \(count) 行", en: "\(path): \(kind.en), \(count) lines"))
    }

    private static func leaves(
        _ path: String, _ old: [UInt8]?, _ new: [UInt8]?, _ plugins: [String: Plugin]
    ) throws -> [BundleChange] {
        func content(_ bytes: [UInt8]?) throws -> Value {
            try bytes.map { try YAMLDocument($0, file: path).value(.plain) } ?? .null
        }
        let (before, after) = (try content(old), try content(new))
        let isProgram = path.hasPrefix("config/programs/")
        let name = isProgram ? (after["program"].text ?? before["program"].text ?? path) : path
        let plugin = isProgram ? (after["plugin"].text ?? before["plugin"].text).flatMap { plugins[$0] } : nil
        var found: [BundleChange] = []
        if old == nil || new == nil {
            let (zh, en) = old == nil ? ("新增", "added") : ("删除", "removed")
            let words = LocalText(
                zh: "\(name): \(zh)\(isProgram ? "项目" : "")", en: "\(name): \(isProgram ? "program " : "")\(en)")
            found.append(BundleChange(file: path, path: nil, old: nil, new: nil, words: words))
            if new == nil { return found }
        }
        let leaves = LeafDifference(plugin: plugin).of(before, after, at: [])
        found += leaves.map { leaf in
            BundleChange(
                file: path, path: leaf.path, old: leaf.old, new: leaf.new,
                words: leaf.words("\(name): "))
        }
        if found.isEmpty {
            let words = LocalText(zh: "\(name): 仅注释或排版", en: "\(name): comments or layout only")
            found = [BundleChange(file: path, path: nil, old: nil, new: nil, words: words)]
        }
        return found
    }
}

/// Settings as people write them: money in yuan, rates in percent.
enum SettingWords {
    static func of(_ settings: [String: Value], plugin: Plugin?, _ language: Language) -> [(String, String)] {
        settings.keys.sorted().map { name in
            let type = plugin?.manifest.settings.first { $0.name == name }?.type
            return (name, of(settings[name] ?? .null, type, language))
        }
    }

    private static func of(_ value: Value, _ type: FieldType?, _ language: Language) -> String {
        switch (value, type) {
        case (.null, _): "-"
        case (.int(let fen), .money?): Money(fen: fen).yuan + (language == .zh ? "元" : " yuan")
        case (.int(let points), .rate?): Rate(basisPoints: points).description
        case (_, .nullable(let inner)?): of(value, inner, language)
        case (.list(let items), .list(let inner)?):
            "[" + items.map { of($0, inner, language) }.joined(separator: ", ") + "]"
        case (.map(let members), .object(let fields)?):
            "{"
                + fields.map { field in "\(field.name): \(of(members[field.name] ?? .null, field.type, language))" }
                .joined(separator: ", ") + "}"
        case (.text(let text), _): text
        default: value.json
        }
    }
}
