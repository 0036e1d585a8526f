import NiangjiaCore

/// Turns rows of a file into drafts: reads, normalises and checks each cell. Pure but for the keyed hashes.
struct RowMaker: Sendable {
    let mapping: ImportMapping
    let header: ImportHeader
    let table: Table
    let today: CivilDate
    let areas: Set<String>?
    let crypto: any CryptoProvider
    var references: References
    /// The plugin's definition, for records.
    var record: RecordDefinition?

    private let direct: [Direct]
    private let columnIndex: [String: Int]
    private let words: [String: [String: String]]
    private let confirmColumn: Int?

    /// A field that goes straight into a column.
    private struct Direct: Sendable {
        var field: ImportField
        var cell: Int?
        var target: Int
        var isNullable: Bool
    }

    init(
        mapping: ImportMapping, header: ImportHeader, table: Table, fields: [ImportField], today: CivilDate,
        areas: Set<String>?, crypto: any CryptoProvider, references: References
    ) {
        self.mapping = mapping
        self.header = header
        self.table = table
        self.today = today
        self.areas = areas
        self.crypto = crypto
        self.references = references
        let index = Dictionary(uniqueKeysWithValues: table.columns.enumerated().map { ($1.name, $0) })
        columnIndex = index
        direct = fields.compactMap { field in
            guard let name = field.column, let target = index[name],
                header.columns[field.name] != nil || mapping.constants[field.name] != nil
            else { return nil }
            return Direct(
                field: field, cell: header.columns[field.name], target: target,
                isNullable: table.columns[target].nullable)
        }
        // A mapping's words are looked for as they are typed, then in half width.
        words = mapping.values.mapValues { given in
            given.merging(given.map { (TextFolding.halfWidth($0), $1) }, uniquingKeysWith: { first, _ in first })
        }
        confirmColumn = header.columns[ImportField.confirm]
    }

    /// The index of a column of the table.
    func index(_ name: String) -> Int { columnIndex[name] ?? 0 }

    /// The text of a field in a row, trimmed; the constant where the file has no such column or the cell is empty.
    func text(_ field: String, _ row: SheetRow) -> String {
        if let column = header.columns[field] {
            let typed = RowMaker.unguarded(row[column])
            let isBlank = typed.allSatisfy(\.isWhitespace)
            if !isBlank { return words[field]?[typed] ?? words[field]?[TextFolding.halfWidth(typed)] ?? typed }
        }
        return mapping.constants[field] ?? ""
    }

    func column(_ field: String) -> Int? { header.columns[field] }

    /// A cell without the apostrophe that guards formulas in files of ours.
    private static func unguarded(_ cell: String) -> String {
        guard cell.utf8.first == 0x27, let second = cell.utf8.dropFirst().first,
            [0x3D, 0x2B, 0x2D, 0x40].contains(second)
        else {
            return cell
        }
        return String(cell.dropFirst())
    }

    /// Checks a row.
    func draft(_ row: SheetRow) -> Draft {
        var draft = Draft(row: row, values: Array(repeating: nil, count: table.columns.count))
        if let confirmColumn {
            draft.isConfirmed = ["是", "Y", "y", "yes", "true", "1", "确认"].contains(
                TextFolding.halfWidth(row[confirmColumn]))
        }
        for item in direct {
            let cell = text(item.field.name, row)
            if cell.isEmpty {
                if item.field.isRequired {
                    add(
                        .error, "EMPTY", item.cell, zh: "缺少\(item.field.titles.first ?? item.field.name)",
                        en: "\(item.field.name) is missing", &draft)
                } else if mapping.emptyClears, item.isNullable, item.cell != nil {
                    draft.values[item.target] = .null
                }
                continue
            }
            if let value = read(cell, item.field, item.cell, &draft) { draft.values[item.target] = value }
        }
        switch mapping.kind {
        case .person: person(row, &draft)
        case .organization: organization(row, &draft)
        case .household: household(row, &draft)
        case .station: station(row, &draft)
        case .fundOpening:
            if case .text(let line)? = draft.values[index("line")] { (draft.key, draft.lookup) = (line, .text(line)) }
        case .dues, .figures: break
        case .record(let plugin, let kind): record(plugin, kind, row, &draft)
        }
        finish(row, &draft)
        return draft
    }

    private func finish(_ row: SheetRow, _ draft: inout Draft) {
        if !mapping.key.isEmpty {
            let joined = mapping.key.map { TextFolding.halfWidth(text($0, row)) }.joined(separator: "\u{1F}")
            draft.key =
                mapping.kind == .person
                ? RowMaker.hex(crypto.mac(Array(("key:" + joined).utf8), purpose: .lookup).prefix(16)) : joined
        }
        var content: [UInt8] = []
        for column in header.columns.values.sorted() {
            content.append(contentsOf: row[column].utf8)
            content.append(0x1F)
            if let found = TextFolding.refused(in: row[column]) {
                add(
                    .error, "CHARACTER", column, zh: "单元格中有看不见的控制字符 \(found),请删去",
                    en: "the cell holds a control character, \(found): remove it", &draft)
            }
        }
        draft.digest = Array(crypto.mac(content, purpose: .lookup).prefix(16))
    }

    func add(
        _ severity: Finding.Severity, _ code: String, _ column: Int?, zh: String, en: String, _ draft: inout Draft
    ) {
        draft.findings.append(CellFinding(column: column, finding: Finding(severity, code, zh: zh, en: en)))
    }

    func add(_ findings: [Finding], _ column: Int?, _ draft: inout Draft) {
        draft.findings.append(contentsOf: findings.map { CellFinding(column: column, finding: $0) })
    }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Reads a cell by its field's kind; nil with a finding when it can't be.
    func read(_ cell: String, _ field: ImportField, _ column: Int?, _ draft: inout Draft) -> SQLValue? {
        let title = field.titles.first ?? field.name
        switch field.kind {
        case .personName:
            let (name, findings) = PersonName.check(cell)
            add(findings, column, &draft)
            return name.map { .text($0) }
        case .text, .special:
            let plain = TextFolding.nfc(TextFolding.halfWidth(cell))
            if let damage = SpreadsheetDamage.scientific(plain) {
                add([damage], column, &draft)
                return nil
            }
            guard plain.utf8.count <= 2000, !plain.unicodeScalars.contains("\u{FFFD}") else {
                add(.error, "TEXT", column, zh: "\(title)过长或有乱码", en: "\(field.name) is too long or garbled", &draft)
                return nil
            }
            return .text(plain)
        case .date:
            guard let date = CellText.date(cell) else {
                let hint = RowMaker.serialHint(cell)
                add(
                    .error, "DATE", column, zh: "\(title)“\(cell)”不是日期,请写 2026-07-01\(hint.zh)",
                    en: "“\(cell)” is no date; write 2026-07-01\(hint.en)", &draft)
                return nil
            }
            return .date(date)
        case .bool:
            guard let flag = CellText.bool(cell) else {
                add(
                    .error, "BOOL", column, zh: "\(title)“\(cell)”应为 是 或 否", en: "“\(cell)” should be yes or no", &draft
                )
                return nil
            }
            return .bool(flag)
        case .integer:
            guard let number = Int64(TextFolding.halfWidth(cell)), (0...1_000_000_000_000).contains(number) else {
                add(
                    .error, "INTEGER", column, zh: "\(title)“\(cell)”应为非负整数", en: "“\(cell)” is no whole number", &draft
                )
                return nil
            }
            return .int(number)
        case .money:
            guard isAlone(column, draft.row, &draft) else { return nil }
            guard let money = Money(yuan: TextFolding.halfWidth(cell)), money.fen >= 0 else {
                add(
                    .error, "MONEY", column, zh: "\(title)“\(cell)”不是金额,请写 50.00",
                    en: "“\(cell)” is no amount; write 50.00", &draft)
                return nil
            }
            return .money(money)
        case .word(let known):
            return word(cell, known, title, column, &draft).map { .text($0) }
        }
    }

    /// The code of a word; codes of the vocabulary are taken as they are.
    func word(_ cell: String, _ known: [String: String], _ title: String, _ column: Int?, _ draft: inout Draft)
        -> String?
    {
        let plain = TextFolding.halfWidth(cell)
        if let code = known[plain] { return code }
        // A mapping's own code is taken too, when it looks like one: cities extend the vocabularies.
        let looksLikeCode = plain.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F
        }
        if looksLikeCode { return plain }
        let words = known.keys.sorted().joined(separator: "、")
        add(
            .error, "WORD", column, zh: "\(title)“\(cell)”不在可选值中:\(words);或在映射文件的 values 中写明",
            en: "“\(cell)” is not a known value; name it under values in the mapping", &draft)
        return nil
    }
}

/// Dates and yes/no as people write them.
enum CellText {
    /// `2026-07-01`, `2026/7/1`, `2026.7.1`, `2026年7月1日`, `20260701`; a time behind the date is dropped.
    static func date(_ text: String) -> CivilDate? {
        let plain = TextFolding.halfWidth(text)
        if plain.count == 8, let number = Int(plain) {
            return CivilDate(year: number / 10_000, month: number / 100 % 100, day: number % 100)
        }
        let head = plain.prefix { $0 != " " && $0 != "T" }
        let parts = head.split { "-/.年月日".contains($0) }.map { Int($0) }
        guard parts.count == 3, let year = parts[0], let month = parts[1], let day = parts[2], year > 1800 else {
            return nil
        }
        return CivilDate(year: year, month: month, day: day)
    }

    static func bool(_ text: String) -> Bool? {
        switch TextFolding.halfWidth(text).lowercased() {
        case "是", "y", "yes", "true", "1", "√", "有": true
        case "否", "n", "no", "false", "0", "×", "无": false
        default: nil
        }
    }
}
