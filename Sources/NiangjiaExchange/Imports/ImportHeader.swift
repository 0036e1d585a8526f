import NiangjiaCore

/// Which column of a file holds which field.
struct ImportHeader: Sendable {
    /// The row that holds the titles.
    var row: Int
    /// The titles as the file writes them.
    var titles: [String]
    /// Field name → column from 0.
    var columns: [String: Int]
    /// Titles that nothing is read from.
    var unused: [String]

    /// How many rows are looked through for the titles.
    static let searched = 30

    /// Finds the titles among a file's first rows.
    ///
    /// Forms carry a heading above the titles and merge cells: an empty cell takes the text above it.
    static func find(
        in rows: [SheetRow], mapping: ImportMapping, fields: [ImportField]
    ) throws(NiangjiaError) -> ImportHeader {
        var best: ImportHeader?
        for (index, row) in rows.enumerated() {
            if let wanted = mapping.headerRow, row.number != wanted { continue }
            let above = index > 0 ? rows[index - 1] : nil
            let found = match(row, above: above, mapping: mapping, fields: fields)
            if found.columns.count > best?.columns.count ?? 0 { best = found }
        }
        let required = fields.filter { $0.isRequired && mapping.constants[$0.name] == nil }
        guard let best, !best.columns.isEmpty else {
            let titles = required.map { $0.titles.first ?? $0.name }.joined(separator: "、")
            throw NiangjiaError(
                .invalid, zh: "前 \(searched) 行中没有找到标题行(应有:\(titles))",
                en: "no row of titles among the first \(searched)",
                place: rows.first?.table)
        }
        let missing = required.filter { best.columns[$0.name] == nil }
        guard missing.isEmpty else {
            let zh = missing.map { field in
                field.name == "frame"
                    ? "坐标系(列或映射常量 frame: wgs84、gcj02、bd09)" : field.titles.prefix(3).joined(separator: "/")
            }
            throw NiangjiaError(
                .invalid,
                zh:
                    "缺少必填列:\(zh.joined(separator: ";"))。文件中的列:\(best.titles.filter { !$0.isEmpty }.joined(separator: "、"))",
                en: "required columns are missing: \(missing.map(\.name).joined(separator: ", "))",
                place: "\(rows.first?.table ?? ""):\(best.row)")
        }
        return best
    }

    private static func match(
        _ row: SheetRow, above: SheetRow?, mapping: ImportMapping, fields: [ImportField]
    ) -> ImportHeader {
        let width = max(row.cells.count, above?.cells.count ?? 0)
        let titles = (0..<width).map { column in
            let own = plain(row[column])
            return own.isEmpty ? plain(above?[column] ?? "") : own
        }
        let named = Dictionary(mapping.columns.map { (plain($0), $1) }, uniquingKeysWith: { first, _ in first })
        var builtIn: [String: String] = [:]
        for field in fields {
            for title in field.titles + [field.name] { builtIn[plain(title)] = builtIn[plain(title)] ?? field.name }
        }
        let ignored = Set(mapping.ignored.map(plain))
        var header = ImportHeader(row: row.number, titles: titles, columns: [:], unused: [])
        // What the mapping names comes before the built-in titles, wherever it stands.
        for (column, title) in titles.enumerated() {
            if let field = named[title], header.columns[field] == nil { header.columns[field] = column }
        }
        for (column, title) in titles.enumerated() where !title.isEmpty && !header.columns.values.contains(column) {
            if title == ImportField.confirmTitle {
                header.columns[ImportField.confirm] = header.columns[ImportField.confirm] ?? column
            } else if ignored.contains(title) || ImportField.resultTitles.contains(title) {
                continue
            } else if let field = builtIn[title], header.columns[field] == nil {
                header.columns[field] = column
            } else {
                header.unused.append(title)
            }
        }
        return header
    }

    /// A title without spaces, line breaks and the mark of required columns.
    static func plain(_ title: String) -> String {
        TextFolding.halfWidth(title).filter { !$0.isWhitespace && $0 != "*" }
    }
}
