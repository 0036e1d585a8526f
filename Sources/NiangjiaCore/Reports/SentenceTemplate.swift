/// A sentence of the report with places for figures: `实现覆盖{M09.cover|%}`.
public struct SentenceTemplate: Hashable, Sendable {
    enum Piece: Hashable, Sendable {
        case words(String)
        /// `{name|format}`: a metric (`M07`), a part of one (`M20.times`), or an input (`base_year`). `{name|<other}` is there where it
        /// is less than the other.
        case place(name: String, format: String)
    }

    let pieces: [Piece]

    /// Reads a template. Throws `configuration` where a brace is left open.
    public init(_ text: String) throws {
        var found: [Piece] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            if open > rest.startIndex { found.append(.words(String(rest[..<open]))) }
            guard let close = rest[open...].firstIndex(of: "}") else {
                throw NiangjiaError(.configuration, zh: "模板中的“{”没有闭合", en: "a brace of the template isn't closed")
            }
            let inside = rest[rest.index(after: open)..<close].split(
                separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
            found.append(.place(name: String(inside[0]), format: inside.count == 2 ? String(inside[1]) : ""))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { found.append(.words(String(rest))) }
        pieces = found
    }

    /// The names that it needs.
    public var names: [String] {
        pieces.compactMap { if case .place(let name, _) = $0 { name } else { nil } }
    }

    /// Fills the template. Returns the names that are missing where some are: a sentence is complete or not there.
    func fill(_ value: (String) -> Quantity?, in language: Language = .zh) throws
        -> (text: String?, missing: [String], notes: [LocalText])
    {
        let missing = pieces.compactMap { SentenceTemplate.missing($0, value) }
        guard missing.isEmpty else { return (nil, missing, []) }
        var text = ""
        var notes: [LocalText] = []
        for piece in pieces {
            switch piece {
            case .words(let words): text += words
            case .place(let name, let format):
                guard let quantity = value(name) else { continue }
                let hasWord = ["约", "近", "超过"].contains { text.hasSuffix($0) }
                let plain = format.hasPrefix("<") ? "" : format
                let printed =
                    language == .zh
                    ? try Figure.print(quantity, format: plain, hasWord: hasWord)
                    : try Figure.english(quantity, format: plain)
                text += printed.text
                if let note = printed.note { notes.append(note) }
            }
        }
        // "served 1 times"
        if language == .en { text = text.replacing(" 1 times", with: " once") }
        return (text, [], notes)
    }

    /// The name of a place that can't be filled; nil: it can, or is none.
    private static func missing(_ piece: Piece, _ value: (String) -> Quantity?) -> String? {
        guard case .place(let name, let format) = piece else { return nil }
        guard let found = value(name) else { return name }
        guard format.hasPrefix("<") else { return nil }
        guard case .count(let count) = found, case .count(let bound)? = value(String(format.dropFirst())), count < bound
        else { return name }
        return nil
    }
}
