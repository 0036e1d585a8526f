import NiangjiaConfig
import NiangjiaCore
import NiangjiaPlugins

/// The text of a manifest, for the places of what stands in it.
struct ManifestText: Sendable {
    private let document: YAMLDocument?

    init(_ bytes: [UInt8], plugin id: String) {
        document = try? YAMLDocument(bytes, file: "plugins/\(id)/plugin.yaml")
    }

    /// The line of a path of keys; nil where nothing stands there.
    var line: @Sendable (String) -> Int? {
        let root = document?.root
        return { root?.at(path: $0)?.start.line }
    }
}

extension ConfigProblem {
    /// What a check of a script found, among what was found in the files.
    init(_ problem: PluginProblem) {
        self.init(
            file: problem.file, line: problem.line ?? 0, column: problem.line == nil ? 0 : 1, path: "",
            message: LocalText(zh: problem.text(.zh), en: problem.text(.en)),
            severity: problem.severity == .error ? .error : .warning)
    }
}

/// Words that programs set and that no fact ever is, where the rule compares the two.
enum ProgramWords {
    /// Looks through the program files of one plugin. `files` are those of a data folder by their paths.
    static func problems(
        in files: [String: [UInt8]], plugin: String, _ vocabularies: [SettingVocabulary]
    ) -> [ConfigProblem] {
        let merged = Dictionary(grouping: vocabularies, by: \.path).map { path, all in
            SettingVocabulary(path: path, words: Array(Set(all.flatMap(\.words))).sorted())
        }
        guard !merged.isEmpty else { return [] }
        return files.keys.sorted().filter { $0.hasPrefix("config/programs/") }.flatMap { path -> [ConfigProblem] in
            guard let document = try? YAMLDocument(files[path] ?? [], file: path),
                document.root["plugin"]?.text == plugin
            else { return [] }
            return problems(in: document, merged)
        }
    }

    private static func problems(in document: YAMLDocument, _ vocabularies: [SettingVocabulary]) -> [ConfigProblem] {
        let root = document.root
        var tables = ["settings"]
        tables += (root["by_organization"]?.members ?? []).map { "by_organization.\($0.key.text ?? "")" }
        tables += (root["changes"]?.items ?? []).indices.map { "changes[\($0)].settings" }
        for member in root["forms"]?.members ?? [] { tables.append("forms.\(member.key.text ?? "").settings") }
        var found: [ConfigProblem] = []
        for table in tables {
            guard let node = root.at(path: table), let settings = YAMLDocument.value(of: node).map else { continue }
            for vocabulary in vocabularies {
                for (path, word) in vocabulary.strangers(in: settings) {
                    let at = "\(table).\(path)"
                    let mark = root.at(path: at)?.start ?? node.start
                    let words = vocabulary.message(word)
                    found.append(
                        ConfigProblem(
                            file: document.file, line: mark.line, column: mark.column, path: at,
                            message: LocalText(zh: "\(path): \(words.zh)", en: "\(path): \(words.en)"),
                            severity: .warning))
                }
            }
        }
        return found
    }
}
