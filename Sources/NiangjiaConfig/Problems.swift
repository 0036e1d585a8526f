import NiangjiaCore

/// One mistake in a file of the configuration: where it stands and what to do, in both languages.
public struct ConfigProblem: Hashable, Sendable {
    public typealias Severity = ConfigSeverity
    /// The path in the data folder, with `/`.
    public var file: String
    /// From 1; 0 where the whole file is meant.
    public var line: Int
    /// From 1, in characters; 0 where the whole file is meant.
    public var column: Int
    /// The path of keys, `forms.package.review[0]`.
    public var path: String
    /// What is wrong and what to write instead, led by the key's name (`每份金额(value): …`).
    public var message: LocalText
    public var severity: Severity

    public init(
        file: String, line: Int, column: Int, path: String, message: LocalText, severity: Severity = .error
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.path = path
        self.message = message
        self.severity = severity
    }

    /// `config/programs/x.yaml:12:10`, or the file alone.
    public var place: String { line > 0 ? "\(file):\(line):\(column)" : file }

    /// `第12行 每份金额(value): “五十” 不是金额,请写 50.00`
    public func text(_ language: Language) -> String {
        guard line > 0 else { return message[language] }
        return (language == .zh ? "第\(line)行 " : "line \(line): ") + message[language]
    }
}

/// Everything found in a file set, in the order of files and lines.
public struct ConfigReport: Hashable, Sendable {
    public private(set) var problems: [ConfigProblem]

    public init(_ problems: [ConfigProblem] = []) { self.problems = ConfigReport.ordered(problems) }

    public var errors: [ConfigProblem] { problems.filter { $0.severity == .error } }
    public var warnings: [ConfigProblem] { problems.filter { $0.severity == .warning } }
    /// Whether nothing stands in the way of using it.
    public var isUsable: Bool { !problems.contains { $0.severity == .error } }

    public mutating func append(contentsOf more: [ConfigProblem]) {
        problems = ConfigReport.ordered(problems + more)
    }

    /// The first error as an error to throw; nil when there is none.
    public var error: NiangjiaError? {
        guard let first = errors.first else { return nil }
        let more = errors.count - 1
        return NiangjiaError(
            .configuration,
            zh: first.text(.zh) + (more > 0 ? "(另有 \(more) 处)" : ""),
            en: first.text(.en) + (more > 0 ? " (and \(more) more)" : ""), place: first.place)
    }

    /// Sorted by place; what an alias repeats is said once.
    private static func ordered(_ problems: [ConfigProblem]) -> [ConfigProblem] {
        var seen: Set<ConfigProblem> = []
        return problems.filter { problem in
            var key = problem
            key.path = ""
            return seen.insert(key).inserted
        }.sorted { ($0.file, $0.line, $0.column, $0.message.zh) < ($1.file, $1.line, $1.column, $1.message.zh) }
    }
}

/// Collects the problems of one file.
final class Problems {
    let file: String
    private(set) var all: [ConfigProblem] = []

    init(file: String) { self.file = file }

    /// How many of them are errors.
    var errors: Int { all.count { $0.severity == .error } }
    var hasErrors: Bool { all.contains { $0.severity == .error } }

    func add(_ mark: YAMLMark?, _ path: String, _ message: LocalText, _ severity: ConfigProblem.Severity = .error) {
        all.append(
            ConfigProblem(
                file: file, line: mark?.line ?? 0, column: mark?.column ?? 0, path: path, message: message,
                severity: severity))
    }

    func error(_ node: YAMLNode?, _ path: String, zh: String, en: String) {
        add(node?.start, path, LocalText(zh: zh, en: en))
    }

    func warning(_ node: YAMLNode?, _ path: String, zh: String, en: String) {
        add(node?.start, path, LocalText(zh: zh, en: en), .warning)
    }
}

/// Finds what somebody most likely meant.
enum Suggestion {
    /// The candidate nearest to a word: at most a third of its letters differ.
    static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        guard word.count <= 64 else { return nil }
        let limit = max(1, word.count / 3)
        return candidates.map { ($0, distance(word.lowercased(), $0.lowercased(), limit: limit)) }
            .filter { $0.1 <= limit }.min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
    }

    /// `,是不是 season_cap?`, or what may be written where nothing is near.
    static func hint(for word: String, among candidates: [String]) -> LocalText {
        if let near = nearest(to: word, among: candidates) {
            return LocalText(zh: ",是不是 \(near)?", en: "; did you mean \(near)?")
        }
        guard !candidates.isEmpty, candidates.count <= 24 else { return LocalText(zh: "", en: "") }
        let list = Set(candidates).sorted()
        return LocalText(
            zh: ",可写: \(list.joined(separator: "、"))", en: "; may be: \(list.joined(separator: ", "))")
    }

    /// Optimal string alignment distance (a swap of neighbours counts as one), or `limit + 1` when it is larger.
    private static func distance(_ a: String, _ b: String, limit: Int) -> Int {
        let a = Array(a)
        let b = Array(b)
        guard abs(a.count - b.count) <= limit else { return limit + 1 }
        var before = [Int](repeating: 0, count: b.count + 1)
        var previous = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1] + [Int](repeating: 0, count: b.count)
            for j in 0..<b.count {
                row[j + 1] = min(previous[j + 1] + 1, row[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { row[j + 1] = min(row[j + 1], before[j - 1] + 1) }
            }
            before = previous
            previous = row
        }
        return previous[b.count]
    }
}
