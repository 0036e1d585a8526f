import Foundation
import NiangjiaConfig
import NiangjiaCore

extension Workshop {
    /// `plugin new`: writes a plugin that passes its own check and tests, whole or not at all.
    /// - Parameters:
    ///   - data: the city's folder, into whose `plugins/` it goes.
    ///   - forms: the names of its forms; empty: `apply`.
    public static func create(
        _ id: String, data: String, forms: [String], clock: any NiangjiaCore.Clock = SystemClock(), output: Output
    ) -> ExitStatus {
        do {
            let written = try write(id, data: data, forms: forms.isEmpty ? ["apply"] : forms, clock: clock)
            for path in written { output.line(path) }
            let next = LocalText(
                zh: "已建立。下一步: niangjia plugin test \(id),再用 niangjia plugin dev \(id) 边改边看。",
                en: "Made. Next: niangjia plugin test \(id), then niangjia plugin dev \(id) while you change it.")
            output.line(next[output.language])
            let isInCity = isCity(data)
            if !isInCity { output.line(noCity(data)[output.language]) }
            output.answer([
                "ok": true, "plugin": .text(id), "files": .list(written.map { .text($0) }), "city": .bool(isInCity),
            ])
            return .ok
        } catch {
            output.fail(Operations.describe(error))
            return .misused
        }
    }

    /// Whether a folder is a city's, or one that cities are made from.
    private static func isCity(_ data: String) -> Bool {
        DataFolder(data).exists || FileManager.default.fileExists(atPath: data + "/config/niangjia.yaml")
    }

    /// A plugin may be written without a city; who meant one must not learn of it many steps later.
    private static func noCity(_ data: String) -> LocalText {
        let path = URL(fileURLWithPath: data).standardizedFileURL.path
        return LocalText(
            zh: "注意:\(path) 里没有城市。检查和用例照样能跑,方案、试算和核定要有城市:niangjia demo --data \(path),或用 --data(NIANGJIA_DATA)指明已有的。",
            en:
                "Note: there is no city in \(path). Checks and tests run all the same; programs, previews and decisions need one: "
                + "niangjia demo --data \(path), or name yours with --data (NIANGJIA_DATA).")
    }

    private static func write(_ id: String, data: String, forms: [String], clock: any NiangjiaCore.Clock) throws
        -> [String]
    {
        try check(name: id, isForm: false)
        for form in forms { try check(name: form, isForm: true) }
        guard Set(forms).count == forms.count else {
            throw NiangjiaError(.invalid, zh: "表单名重复。", en: "A form is named twice.")
        }
        let manager = FileManager.default
        let target = "\(data)/plugins/\(id)"
        guard !manager.fileExists(atPath: target) else {
            throw NiangjiaError(
                .conflict, zh: "文件夹已经存在,不会改动它。", en: "The folder is there already; nothing was changed.",
                place: target)
        }
        let template = PluginTemplate(
            id: id, forms: forms, year: clock.now().date.parts.year, organization: organization(of: data))
        // Whoever watches the folder sees all of it or nothing.
        let making = "\(data)/plugins/.\(id)-\(UUID().uuidString.prefix(8))"
        do {
            for (path, text) in template.files {
                let file = URL(fileURLWithPath: "\(making)/\(path)")
                try manager.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: file)
            }
            try manager.moveItem(atPath: making, toPath: target)
        } catch {
            try? manager.removeItem(atPath: making)
            throw NiangjiaError(.store, zh: "无法写入。", en: "It can't be written.", place: target, cause: "\(error)")
        }
        return template.files.keys.sorted().map { "plugins/\(id)/\($0)" }
    }

    /// An id that may stand in file names, YAML and Lua.
    private static func check(name: String, isForm: Bool) throws {
        let letters = name.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == (isForm ? 0x5F : 0x2D)
        }
        let first = name.utf8.first.map { (0x61...0x7A).contains($0) } ?? false
        guard letters, first, name.utf8.count <= 40, !name.hasSuffix("-"), !PluginTemplate.luaWords.contains(name)
        else {
            throw isForm
                ? NiangjiaError(
                    .invalid, zh: "表单名 \(name) 不行:小写字母开头,只用小写字母、数字和 _,至多 40 个,且不是 Lua 的保留字。",
                    en:
                        "\(name) can't name a form: begin with a small letter; use small letters, digits and _ only, at most 40, and no word of Lua's own."
                )
                : NiangjiaError(
                    .invalid, zh: "插件编号 \(name) 不行:小写字母开头,只用小写字母、数字和 -,至多 40 个。",
                    en:
                        "\(name) can't be a plugin's id: begin with a small letter; use small letters, digits and - only, at most 40."
                )
        }
    }

    /// The code of the city around the plugin; a fictional one where there is no city yet.
    private static func organization(of data: String) -> String {
        guard let bytes = FileManager.default.contents(atPath: data + "/config/niangjia.yaml"),
            let document = try? YAMLDocument([UInt8](bytes), file: "config/niangjia.yaml")
        else { return "990100" }
        return document.root["organization"]?.text ?? "990100"
    }
}

extension PluginTemplate {
    /// Words that can't be names in a script.
    static let luaWords: Set<String> = [
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
        "not", "or", "repeat", "return", "then", "true", "until", "while",
    ]
}
