/// A report of the books as rows: the terminal, CSV, xlsx and JSON all show the same.
public struct FundTable: Sendable, Hashable {
    /// A column.
    public struct Column: Sendable, Hashable {
        /// Its name in JSON; money ends in `_fen`.
        public var name: String
        /// What people read.
        public var title: LocalText
        /// What people read instead of stable words, by these; empty: the text as it is.
        public var words: [String: LocalText]

        /// Whether it holds money.
        public var isMoney: Bool { name.hasSuffix("_fen") }

        init(_ name: String, zh: String, en: String, words: [String: LocalText] = [:]) {
            self.name = name
            self.words = words
            title = LocalText(zh: zh, en: en)
        }
    }

    /// What it is called.
    public var title: LocalText
    /// In the order in which they are shown.
    public var columns: [Column]
    /// One value a column: text, integers, null for what is not known.
    public var rows: [[Value]]

    /// A row's cells as people read them: money in yuan, nothing for what isn't known.
    public func cells(of row: [Value], _ language: Language = .zh) -> [String] {
        zip(columns, row).map { column, value in
            if column.isMoney, let fen = value.int { return Money(fen: fen).yuan }
            return value.text.map { column.words[$0]?[language] ?? $0 } ?? value.int.map(String.init) ?? ""
        }
    }

    /// For `--json`.
    public var value: Value {
        .list(rows.map { row in .map(Dictionary(uniqueKeysWithValues: zip(columns.map(\.name), row))) })
    }
}
