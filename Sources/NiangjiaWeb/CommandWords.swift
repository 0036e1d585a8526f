import NiangjiaCore

/// What texts say in commands, said in requests: whoever asks over HTTP has no command line.
///
/// `niangjia config propose` becomes `POST /api/v1/config/proposals`; what is left to the city's own machine is said to be so; an
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
            let operation = words.prefix(count).joined(separator: ".")
            let route = Routes.all.first { $0.operation == operation }
            guard route != nil || OffHTTP.reasons[operation] != nil else { continue }
            rest = rest[ends[count - 1]...]
            dropArguments(&rest)
            return route.map { "\($0.method.rawValue) \($0.path)" } ?? atHost[language]
        }
        rest = rest[(ends.first ?? rest.startIndex)...]
        dropArguments(&rest)
        return atHost[language]
    }

    private static let atHost = LocalText(zh: "由管理员在主机上办理", en: "by an administrator, at the host")

    /// Arguments: options with their values, ids, placeholders.
    private static func dropArguments(_ rest: inout Substring) {
        var isValue = false
        while rest.first == " " {
            let token = rest.dropFirst().prefix { !" ,。;:()、,;()”".contains($0) }
            let plain = token.hasSuffix(".") ? token.dropLast() : token
            guard !plain.isEmpty, isValue || isArgument(plain) else { return }
            isValue = plain.hasPrefix("--") && plain != "--propose" && plain != "--confirm"
            rest = rest[plain.endIndex...]
        }
    }

    private static func isArgument(_ token: Substring) -> Bool {
        if token.hasPrefix("--") || token.hasPrefix("…") || token.contains("…") { return true }
        if token.contains(where: \.isNumber) { return true }
        if token.allSatisfy(\.isASCII) { return token.allSatisfy { $0.isUppercase || $0 == "_" } }
        return token.count <= 5
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
