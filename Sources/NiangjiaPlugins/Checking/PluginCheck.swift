import LuaSandbox
import NiangjiaCore

/// Something that is wrong, or looks wrong, with a plugin.
public struct PluginProblem: Hashable, Sendable {
    public enum Severity: String, Hashable, Sendable { case error, warning }
    public var severity: Severity
    /// `plugins/tuition/main.lua`
    public var file: String
    /// From 1; nil where no line is to blame.
    public var line: Int?
    public var message: LocalText
    /// What to write in the manifest, where that mends it.
    public var fix: PluginFix?

    /// `plugins/tuition/main.lua:12`
    public var place: String { line.map { "\(file):\($0)" } ?? file }

    /// What is wrong, and what to write where.
    public func text(_ language: Language) -> String {
        guard let fix else { return message[language] }
        let advice =
            fix.line.isEmpty
            ? LocalText(zh: "请从 \(fix.place) 删去", en: "take it out of \(fix.place)")
            : LocalText(zh: "请在 \(fix.place) 写 \(fix.line)", en: "write at \(fix.place): \(fix.line)")
        return message[language] + (language == .zh ? "。" : ". ") + advice[language]
    }
}

/// What a check of a plugin found.
public struct PluginCheckReport: Sendable {
    public var problems: [PluginProblem]
    /// Lines of `main.lua` that are neither empty nor comment.
    public var lines: Int
    /// `assess.package`, `recheck.enrol`; empty where the script can't be loaded.
    public var functions: [String]
    /// Words that the program's settings may hold.
    public var vocabularies: [SettingVocabulary] = []
    /// Amounts of the program's settings that the rule grants as they are.
    public var grants: [GrantedSetting] = []
    public var isFine: Bool { !problems.contains { $0.severity == .error } }
}

/// Checks a plugin's script against its manifest: that a worker loads it, that each form has its functions, that every reason it
/// gives is worded. The manifest itself is checked where it is read.
public struct PluginCheck: Sendable {
    private let pool: WorkerPool

    public init(pool: WorkerPool) { self.pool = pool }

    /// Checks one plugin. Throws only when workers can't be had; what is wrong with the plugin is in the report.
    /// - Parameter manifestLine: the line in `plugin.yaml` of a path of keys; nil where nothing stands there.
    public func check(_ plugin: Plugin, manifestLine: @escaping @Sendable (String) -> Int? = { _ in nil }) async throws
        -> PluginCheckReport
    {
        let id = plugin.manifest.id
        var scan = SourceScan(plugin, manifestLine)
        var report = PluginCheckReport(problems: [], lines: scan.lines, functions: [])
        if let line = RuleText.firstBadLine(plugin.source) {
            scan.add(.error, line, zh: RuleText.words.zh, en: RuleText.words.en)
            report.problems = scan.problems
            return report
        }
        scan.checkLanguage()
        do throws(ScriptError) {
            report.functions = try await pool.load(ScriptSource(bytes: plugin.source)).functions
        } catch {
            guard case .script(let failure) = error else { throw NiangjiaError(error, plugin: id) }
            // Where the slip is known, what the parser made of it afterwards only misleads.
            if !scan.problems.contains(where: { $0.severity == .error && ($0.line ?? 0) <= failure.line ?? .max }) {
                scan.add(.error, failure.line, zh: failure.zh, en: failure.en)
            }
            report.problems = scan.problems
            return report
        }
        scan.checkFunctions(report.functions)
        scan.checkReasons()
        scan.checkParameters()
        scan.checkMessages()
        scan.checkFactors()
        scan.checkStatements()
        scan.checkAmounts()
        scan.checkNothing()
        scan.checkNames()
        scan.checkNecessity()
        scan.checkRepeats()
        report.vocabularies = scan.vocabularies
        report.grants = scan.grants.map(\.setting)
        report.problems = scan.problems.sorted {
            ($0.file, $0.line ?? .max, $0.message.zh) < ($1.file, $1.line ?? .max, $1.message.zh)
        }
        return report
    }
}

/// What the source alone tells, held against the manifest.
struct SourceScan {
    let manifest: Manifest
    let tokens: [LuaToken]
    private let script: String
    private let manifestFile: String
    let manifestLines: ManifestLines
    let lines: Int
    private(set) var problems: [PluginProblem] = []
    var uses: ScriptUses
    var vocabularies: [SettingVocabulary] = []
    /// With the index of the constructor that grants it.
    var grants: [(at: Int, setting: GrantedSetting)] = []

    /// Which argument of a constructor is its reason code.
    static let codeArgument = [
        "refuse": 0, "incomplete": 0, "review": 0, "revoke": 0, "fail": 0, "limit": 1, "at_most": 1,
    ]

    init(_ plugin: Plugin, _ manifestLine: @escaping @Sendable (String) -> Int?) {
        manifest = plugin.manifest
        tokens = LuaLexer.tokens(plugin.source)
        uses = ScriptUses(tokens: tokens)
        manifestLines = ManifestLines(manifest: plugin.manifest, line: manifestLine)
        script = "plugins/\(manifest.id)/main.lua"
        manifestFile = "plugins/\(manifest.id)/plugin.yaml"
        lines = Set(tokens.map(\.line)).count
    }

    mutating func add(
        _ severity: PluginProblem.Severity, _ line: Int?, zh: String, en: String, fix: PluginFix? = nil
    ) {
        problems.append(
            PluginProblem(severity: severity, file: script, line: line, message: LocalText(zh: zh, en: en), fix: fix))
    }

    mutating func addToManifest(
        _ severity: PluginProblem.Severity, at path: String, zh: String, en: String, fix: PluginFix? = nil
    ) {
        problems.append(
            PluginProblem(
                severity: severity, file: manifestFile, line: manifestLines.number(path),
                message: LocalText(zh: zh, en: en), fix: fix))
    }

    /// Each form and action has its functions, and each function its form or action.
    mutating func checkFunctions(_ found: [String]) {
        var wanted = manifest.forms.values.map { "assess." + $0.name }
        wanted += manifest.forms.values.filter { $0.recheck != nil }.map { "recheck." + $0.name }
        wanted += manifest.actions.keys.map { "action." + $0 }
        for name in wanted.sorted() where !found.contains(name) {
            add(
                .error, nil, zh: "缺少函数 program.\(name),清单中有它的表单或动作",
                en: "the function program.\(name) is missing: the manifest has its form or action")
        }
        for name in found where !wanted.contains(name) {
            let pieces = name.split(separator: ".").map(String.init)
            let word =
                pieces.first == "action"
                ? ("动作", "action")
                : pieces.first == "recheck" ? ("带 recheck 的表单", "form with a recheck") : ("表单", "form")
            add(
                .error, line(ofFunction: pieces), zh: "清单中没有\(word.0) \(pieces.last ?? "")",
                en: "the manifest has no \(word.1) \(pieces.last ?? "")")
        }
    }

    private func line(ofFunction pieces: [String]) -> Int? {
        let words = ["program"] + pieces.flatMap { [".", $0] }
        return tokens.indices.first { start in
            start + words.count <= tokens.count && zip(tokens[start...], words).allSatisfy { $0.text == $1 }
        }.map { tokens[$0].line }
    }

    /// Codes that the script gives are worded, and worded codes are given by somebody.
    mutating func checkReasons() {
        for token in reasonCodes() where manifest.reasons[token.text] == nil {
            let near = Nearest.to(token.text, among: manifest.reasons.keys)
            add(
                .error, token.line,
                zh: "原因代码 \(token.text) 没有在 plugin.yaml 的 reasons 中声明" + (near.map { ",是不是 \($0)?" } ?? ""),
                en: "reason \(token.text) is not declared under reasons in plugin.yaml"
                    + (near.map { "; did you mean \($0)?" } ?? ""),
                fix: near == nil ? manifestLines.reason(token.text, parameterNames(of: token)) : nil)
        }
        for token in waivedCodes() where manifest.reasons[token.text] == nil {
            add(
                .error, token.line, zh: "context.waived.\(token.text): 没有这个原因代码",
                en: "context.waived.\(token.text): there is no such reason")
        }
        let named = Set(tokens.filter { $0.kind == .text }.map(\.text))
        let unique = Set(
            manifest.forms.values.flatMap { $0.unique.map(\.reason) }
                + manifest.actions.values.flatMap { $0.unique.map(\.reason) })
        for code in manifest.reasons.keys.sorted() where !named.contains(code) && !unique.contains(code) {
            addToManifest(
                .warning, at: "reasons.\(code)", zh: "原因代码 \(code) 声明了但没有用到",
                en: "reason \(code) is declared and never given")
        }
    }

    /// The parameters that are written out beside a reason: `refuse("CODE", {days = 3})`.
    private func parameterNames(of code: LuaToken) -> [String] {
        guard let at = tokens.firstIndex(of: code), tokens[safe: at + 1]?.text == ",", tokens[safe: at + 2]?.text == "{"
        else { return [] }
        let inside = tokens[(at + 3)...].prefix { $0.text != "}" }
        return inside.indices.filter { n in
            tokens[n].kind == .name && tokens[safe: n + 1]?.text == "=" && ["{", ","].contains(tokens[n - 1].text)
        }.map { tokens[$0].text }
    }

    /// Texts that stand where a constructor takes its code.
    private func reasonCodes() -> [LuaToken] {
        var found: [LuaToken] = []
        for (n, token) in tokens.enumerated() where token.kind == .name {
            guard let position = SourceScan.codeArgument[token.text], n + 1 < tokens.count else { continue }
            // `refuse "CODE"` needs no parentheses.
            if tokens[n + 1].kind == .text, position == 0 { found.append(tokens[n + 1]) }
            guard tokens[n + 1].kind == .symbol, tokens[n + 1].text == "(" else { continue }
            var depth = 0
            var argument = 0
            for next in tokens[(n + 1)...] {
                if next.kind == .symbol, "([{".contains(next.text) { depth += 1 }
                if next.kind == .symbol, ")]}".contains(next.text) { depth -= 1 }
                if depth == 0 || argument > position { break }
                if depth == 1, next.kind == .symbol, next.text == "," { argument += 1 }
                if depth == 1, argument == position, next.kind == .text { found.append(next) }
            }
        }
        return found
    }

    private func waivedCodes() -> [LuaToken] {
        tokens.indices.dropFirst(2).filter {
            tokens[$0].kind == .name && tokens[$0 - 1].text == "." && tokens[$0 - 2].text == "waived"
        }.map { tokens[$0] }
    }
}
