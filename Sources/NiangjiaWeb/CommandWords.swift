import NiangjiaCore

/// What texts say in commands, said in requests: whoever asks over HTTP has no command line.
///
/// `niangjia program end P-2026` becomes `POST /api/v1/programs/P-2026/status {"status":"ended"}`; what is left to the city's own machine is said to be so; an
/// option is called by its name alone.
enum CommandWords {
    private static let program = "niangjia "

    /// A text without commands.
    static func spelled(_ text: String, _ language: Language) -> String {
        guard text.contains(program) || text.contains("--") else { return text }
        var out = ""
        var rest = text[...]
        while let found = rest.range(of: program) {
            out += rest[..<found.lowerBound]
            rest = rest[found.upperBound...]
            out += request(&rest, language)
        }
        return withoutDashes(out + rest)
    }

    /// An answer whose texts in both languages, the host's own, are without commands.
    static func spelled(_ value: Value) -> Value { holdsCommand(value) ? spelt(value) : value }

    /// Whether there is a command in it at all: most answers are left as they are.
    private static func holdsCommand(_ value: Value) -> Bool {
        switch value {
        case .list(let items): items.contains(where: holdsCommand)
        case .map(let members):
            members["zh-CN"]?.text?.contains(program) == true || members.contains { holdsCommand($0.value) }
        default: false
        }
    }

    private static func spelt(_ value: Value) -> Value {
        switch value {
        case .list(let items): return .list(items.map(spelt))
        case .map(let members):
            guard let zh = members["zh-CN"]?.text, let en = members["en"]?.text else {
                return .map(members.mapValues(spelt))
            }
            return .map(members.merging(["zh-CN": .text(spelled(zh, .zh)), "en": .text(spelled(en, .en))]) { $1 })
        default: return value
        }
    }

    /// Takes a command with its arguments off the front, and says what to ask instead.
    private static func request(_ rest: inout Substring, _ language: Language) -> String {
        var words: [String] = []
        var ends: [Substring.Index] = []
        var at = rest.startIndex
        while words.count < 3 {
            let word = rest[at...].prefix { $0.isASCII && ($0.isLowercase || $0 == "-") }
            guard !word.isEmpty, !word.hasPrefix("-") else { break }
            words.append(String(word).replacing("-", with: "_"))
            ends.append(word.endIndex)
            guard word.endIndex < rest.endIndex, rest[word.endIndex] == " " else { break }
            at = rest.index(after: word.endIndex)
        }
        for count in stride(from: words.count, to: 0, by: -1) {
            let command = words.prefix(count).joined(separator: ".")
            let (operation, says) = others[command] ?? (command, [:])
            let route = Routes.all.first { $0.operation == operation }
            guard route != nil || OffHTTP.reasons[operation] != nil else { continue }
            rest = rest[ends[count - 1]...]
            let arguments = Arguments(&rest, of: route)
            return route.map { arguments.request($0, says) } ?? atHost[language]
        }
        rest = rest[(ends.first ?? rest.startIndex)...]
        _ = Arguments(&rest, of: nil)
        return atHost[language]
    }

    private static let atHost = LocalText(zh: "由管理员在主机上办理", en: "by an administrator, at the host")

    /// Commands that ask for an operation of another name, and what they say by their own.
    private static let others: [String: (operation: String, says: [String: Value])] = [
        "program.open": ("program.status", ["status": "open"]),
        "program.close": ("program.status", ["status": "closed_to_new"]),
        "program.suspend": ("program.status", ["status": "suspended"]),
        "program.end": ("program.status", ["status": "ended"]),
        "program.decide": ("run.start", [:]),
    ]

    /// What follows a command: ids, options with their values, placeholders.
    private struct Arguments {
        private var positions: [String] = []
        private var options: [String: String] = [:]

        /// Takes them off the front of a text, as far as it isn't prose.
        init(_ rest: inout Substring, of route: Route?) {
            var option: String?
            while rest.first == " " {
                let token = rest.dropFirst().prefix { !" \n\",。;:()、,;()”".contains($0) }
                let plain = token.hasSuffix(".") ? token.dropLast() : token
                guard !plain.isEmpty, option != nil || Self.isArgument(plain) else { return }
                rest = rest[plain.endIndex...]
                if plain.hasPrefix("--") {
                    let name = String(plain.dropFirst(2)).replacing("-", with: "_")
                    options[name] = "true"
                    option = Self.isFlag(name, of: route) ? nil : name
                } else if let name = option {
                    options[name] = String(plain)
                    option = nil
                } else {
                    positions.append(String(plain))
                }
            }
        }

        private static func isFlag(_ name: String, of route: Route?) -> Bool {
            let parameter = route?.parameters.first { $0.argument == name }
            return ["propose", "confirm", "replace"].contains(name) || parameter?.schema.bare == .flag
        }

        private static func isArgument(_ token: Substring) -> Bool {
            if token.hasPrefix("--") || token.contains("…") { return true }
            if token.contains(where: \.isNumber) { return true }
            if token.allSatisfy(\.isASCII) { return isPlaceholder(token) }
            return token.count <= 5
        }

        /// Whether it only says what belongs there.
        private static func isPlaceholder(_ token: Substring) -> Bool {
            !token.allSatisfy(\.isASCII) || token.allSatisfy { $0.isUppercase || $0 == "_" }
        }

        /// A request of the route that says the same: what is named stands in its path, its query or its body.
        func request(_ route: Route, _ says: [String: Value]) -> String {
            var (path, query, body) = (route.path, "", says)
            var positions = positions[...]
            for parameter in route.parameters {
                let named = options[parameter.argument]
                switch parameter.source {
                case .path:
                    guard let value = named ?? positions.popFirst(), !Self.isPlaceholder(value[...]) else { continue }
                    path = path.replacing("{\(parameter.name)}", with: value)
                case .query:
                    if let named { query += (query.isEmpty ? "?" : "&") + "\(parameter.name)=\(named)" }
                case .body:
                    if let named { body[parameter.name] = parameter.schema.read(named) }
                case .ifMatch, .content, .token: continue
                }
            }
            return "\(route.method.rawValue) \(path)\(query)" + (body.isEmpty ? "" : " \(Value.map(body).json)")
        }
    }

    /// `--template` → `template`
    private static func withoutDashes(_ text: String) -> String {
        var out = ""
        var rest = text[...]
        while let found = rest.range(of: "--") {
            out += rest[..<found.lowerBound]
            let name = rest[found.upperBound...].prefix { $0.isASCII && ($0.isLowercase || $0 == "-") }
            out += name.isEmpty ? "--" : String(name).replacing("-", with: "_")
            rest = rest[name.endIndex...]
        }
        return out + rest
    }
}
