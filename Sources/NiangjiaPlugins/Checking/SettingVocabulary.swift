import NiangjiaCore

/// The words that a setting may hold, as the rule itself tells: it compares them with a fact whose words are known.
public struct SettingVocabulary: Hashable, Sendable {
    /// `exposures[]`, `tiers[].class`, `mode`
    public var path: String
    /// What the fact may be.
    public var words: [String]

    /// - Parameters:
    ///   - path: `exposures[]`, `tiers[].class`, `mode`.
    ///   - words: What the fact may be.
    public init(path: String, words: [String]) {
        self.path = path
        self.words = words
    }

    /// What stands in settings and no fact ever is, with its place below `settings` (`exposures[1]`).
    public func strangers(in settings: [String: Value]) -> [(path: String, word: String)] {
        let pieces = path.split(separator: ".").map(String.init)
        guard let first = pieces.first else { return [] }
        let name = first.hasSuffix("[]") ? String(first.dropLast(2)) : first
        guard let value = settings[name] else { return [] }
        let items: [(String, Value)] =
            first.hasSuffix("[]")
            ? (value.list ?? []).enumerated().map { ("\(name)[\($0.offset)]", $0.element) } : [(name, value)]
        return items.compactMap { path, item in
            let (at, found) = pieces.count > 1 ? ("\(path).\(pieces[1])", item[pieces[1]]) : (path, item)
            guard let word = found.text, !words.contains(word) else { return nil }
            return (at, word)
        }
    }

    /// How to say that a word never comes.
    public func message(_ word: String) -> LocalText {
        let near = Nearest.to(word, among: words)
        let list = words.joined(separator: ", ")
        return LocalText(
            zh: "规则拿它和事实比较,事实不会是 \(word)" + (near.map { ",是不是 \($0)?" } ?? "") + ";可能是: \(list)",
            en: "the rule compares it with a fact that is never \(word)" + (near.map { "; did you mean \($0)?" } ?? "")
                + "; it may be: \(list)")
    }
}

extension SourceScan {
    /// `list.has(settings.exposures, facts.subject.exposure)`, `list.pick(settings.tiers, "class", home.hardship_class)`.
    mutating func noteVocabulary(_ n: Int, _ scope: NameScope) {
        guard tokens[safe: n + 1]?.text == ".", let function = tokens[safe: n + 2], tokens[safe: n + 3]?.text == "(",
            let setting = setting(at: n + 4, scope), tokens[safe: n + 7]?.text == ","
        else { return }
        switch function.text {
        case "has", "rank": noteWords("\(setting)[]", at: n + 8, scope)
        case "pick":
            guard let field = tokens[safe: n + 8], field.kind == .text, tokens[safe: n + 9]?.text == "," else { return }
            noteWords("\(setting)[].\(field.text)", at: n + 10, scope)
        default: break
        }
    }

    /// `settings.mode == facts.…`: a setting that is compared with one of some words.
    mutating func noteSetting(at n: Int, _ words: [String], _ scope: NameScope) {
        guard let setting = setting(at: n, scope), tokens[safe: n + 3]?.text != "." else { return }
        vocabularies.append(SettingVocabulary(path: setting, words: words))
    }

    /// The name of the setting that is read at an index.
    private func setting(at n: Int, _ scope: NameScope) -> String? {
        guard let start = tokens[safe: n], start.kind == .name,
            case .table("settings", _, _)? = scope.names[start.text],
            tokens[safe: n + 1]?.text == ".", let name = tokens[safe: n + 2], name.kind == .name
        else { return nil }
        return name.text
    }

    private mutating func noteWords(_ path: String, at n: Int, _ scope: NameScope) {
        guard let name = tokens[safe: n], let shape = scope.names[name.text],
            case .words(let words) = walk(n, shape, scope, report: false).shape
        else { return }
        vocabularies.append(SettingVocabulary(path: path, words: words))
    }
}
