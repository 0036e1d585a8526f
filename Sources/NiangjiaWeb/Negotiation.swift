import HTTPTypes
import NiangjiaCore

/// What a request says it takes (RFC 9110 §12): languages and media types, each with its weight.
enum Negotiation {
    /// A choice of a header, with its weight in thousandths.
    private struct Choice {
        var name: String
        var weight: Int
    }

    /// The language that somebody likes best; Chinese where nothing is said, or nothing that is spoken here. What is no list of
    /// languages is nothing said (RFC 9110 §12.5.4 lets a server go on); `en_US` is what some clients write for `en-US`.
    static func language(_ header: String?) -> Language {
        guard let header else { return .zh }
        let wanted = choices(header.replacing("_", with: "-"))
        func weight(_ language: Language) -> Int {
            let tag = language == .zh ? "zh" : "en"
            let own = wanted.filter { $0.name == tag || $0.name.hasPrefix(tag + "-") }
            return own.map(\.weight).max() ?? wanted.first { $0.name == "*" }?.weight ?? 0
        }
        return weight(.en) > weight(.zh) ? .en : .zh
    }

    /// Whether a media type is among what somebody takes; everything is where nothing is said.
    static func accepts(_ type: String, _ header: String?) -> Bool {
        guard let header, !header.isEmpty else { return true }
        let main = type.split(separator: "/").first.map(String.init) ?? type
        // What is named more closely counts more.
        for name in [type, main + "/*", "*/*"] {
            let found = choices(header).filter { $0.name == name }
            if let weight = found.map(\.weight).max() { return weight > 0 }
        }
        return false
    }

    /// The media type of a body without its parameters, in lower case; nil where none is named.
    static func mediaType(_ header: String?) -> String? {
        header.map { String($0.prefix { $0 != ";" }).lowercased().filter { $0 != " " } }
    }

    /// Whether a body's type names no other encoding than UTF-8.
    static func isUTF8(_ header: String?) -> Bool {
        (header ?? "").lowercased().split(separator: ";").dropFirst().allSatisfy { parameter in
            let parts = parameter.filter { !" \t\"".contains($0) }.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return parts.first != "charset" || ["utf-8", "utf8", "us-ascii"].contains(parts.last)
        }
    }

    private static func choices(_ header: String) -> [Choice] {
        header.lowercased().split(separator: ",").prefix(50).map { part in
            let pieces = part.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            let quality = pieces.dropFirst().first { $0.hasPrefix("q=") }.map { $0.dropFirst(2) }
            return Choice(name: String(pieces.first ?? ""), weight: quality.map { thousandths($0) } ?? 1000)
        }
    }

    /// `0.8` as 800; what is no weight counts in full.
    private static func thousandths(_ text: Substring) -> Int {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = Int(parts[0]), (0...1).contains(whole) else { return 1000 }
        guard whole == 0, parts.count == 2 else { return whole * 1000 }
        let digits = parts[1].prefix(3)
        guard let number = Int(digits), number >= 0 else { return 1000 }
        return number * [1000, 100, 10, 1][digits.count]
    }
}
