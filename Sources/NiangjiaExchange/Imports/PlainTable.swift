import NiangjiaCore

/// A file whose rows don't become register rows: its titles are found and its cells named as for any import, and whoever asked for
/// it reads them.
struct PlainTable {
    /// A row with its cells by field.
    struct Row {
        var row: SheetRow
        var columns: [String: Int]
        var mapping: ImportMapping

        /// A cell, trimmed and in half width; empty where the file has no such column and the mapping no constant.
        func text(_ field: String) -> String {
            let raw = columns[field].map { TextFolding.halfWidth(row[$0]) } ?? mapping.constants[field] ?? ""
            // An apostrophe is how spreadsheets mark text.
            let cell = raw.hasPrefix("'") ? String(raw.dropFirst()) : raw
            return mapping.values[field]?[cell] ?? cell
        }

        /// Refuses a row with a character that nobody sees and no text of ours holds, as imports of registers do.
        func refuseUnseen() throws(NiangjiaError) {
            for column in columns.values.sorted() {
                guard let found = TextFolding.refused(in: row[column]) else { continue }
                throw NiangjiaError(
                    .invalid, zh: "单元格中有看不见的控制字符 \(found),请删去",
                    en: "the cell holds a control character, \(found): remove it", place: row.place(column: column))
            }
        }

        /// Where a cell stands.
        func place(_ field: String) -> String { row.place(column: columns[field]) }
    }

    var rows: [Row]
    /// Titles that nothing is read from.
    var unused: [String]

    /// Most rows of such a file.
    static let mostRows = 1_000_000

    /// Reads a file as a mapping of its kind says.
    static func read(_ path: String, _ mapping: ImportMapping) throws -> PlainTable {
        let source = try TableFile.open(path, sheet: mapping.sheet)
        let fields = ImportField.fields(of: mapping.kind)
        var first: [SheetRow] = []
        while first.count < max(ImportHeader.searched, mapping.headerRow ?? 0), let row = try source.next() {
            first.append(row)
        }
        let header = try ImportHeader.find(in: first, mapping: mapping, fields: fields)
        var table = PlainTable(rows: [], unused: header.unused)
        func add(_ row: SheetRow) throws {
            guard row.number > header.row, !row.isBlank else { return }
            guard table.rows.count < mostRows else {
                throw NiangjiaError(.invalid, zh: "超过 \(mostRows) 行", en: "more than \(mostRows) rows", place: path)
            }
            table.rows.append(Row(row: row.asStored, columns: header.columns, mapping: mapping))
        }
        for row in first { try add(row) }
        while let row = try source.next() { try add(row) }
        return table
    }

    static func notARegister(_ kind: ImportKind) -> NiangjiaError {
        let command = kind == .dues ? "niangjia dues import" : "niangjia report import"
        return NiangjiaError(
            .invalid, zh: "\(kind) 不是登记册,请用 \(command)。", en: "\(kind) is no register: use \(command).", place: "/kind")
    }
}

/// What can't be read in a row.
public struct TableFault: Hashable, Sendable {
    /// `file:line` or `sheet!B12`.
    public var place: String
    /// In words.
    public var message: LocalText
}

/// The tax bureau's file of union dues (税务代收工会经费).
public enum DuesFile {
    /// Reads it; rows that can't be read are told and left out.
    public static func read(
        _ path: String, _ mapping: ImportMapping = ImportMapping(.dues)
    ) throws -> (lines: [TaxLine], faults: [TableFault]) {
        var lines: [TaxLine] = []
        var faults: [TableFault] = []
        for row in try PlainTable.read(path, mapping).rows {
            do {
                lines.append(try line(row))
            } catch let error as NiangjiaError {
                faults.append(TableFault(place: error.place ?? row.place("amount"), message: error.message))
            }
        }
        return (lines, faults)
    }

    private static func line(_ row: PlainTable.Row) throws -> TaxLine {
        try row.refuseUnseen()
        let typed = row.text("credit_code")
        let (code, findings) = CreditCode.check(typed)
        // A payer without a code of the new form is not lost: it waits in suspense under what the file has.
        let kept = code?.text ?? typed.uppercased()
        guard !kept.isEmpty else {
            throw fault(row, "credit_code", findings.first?.message.zh ?? "缺少信用代码", "the code is missing")
        }
        // 9.1990103E17: a spreadsheet took it for a number, and its last digits are gone.
        guard code != nil || !kept.contains(where: { $0 == "." || $0 == "+" }) else {
            throw fault(
                row, "credit_code", "“\(typed)”被表格软件当成数字改写了,请把该列设为文本后重新导出",
                "“\(typed)” was rewritten as a number: make the column text and export it again")
        }
        guard let amount = Money(yuan: row.text("amount")) else {
            throw fault(row, "amount", "“\(row.text("amount"))”不是金额", "not an amount")
        }
        guard let receivedOn = CivilDate(row.text("received_on")) else {
            throw fault(
                row, "received_on", "“\(row.text("received_on"))”不是日期,应如 2026-03-15", "not a date like 2026-03-15")
        }
        let serial = row.text("serial")
        let reverses = row.text("reverses")
        return TaxLine(
            serial: serial.isEmpty ? nil : serial, creditCode: kept, payer: row.text("payer"), period: try period(row),
            payroll: try money(row, "payroll"), due: try money(row, "due"), amount: amount, receivedOn: receivedOn,
            reverses: reverses.isEmpty ? nil : reverses, place: row.place("amount"))
    }

    private static func money(_ row: PlainTable.Row, _ field: String) throws -> Money? {
        let text = row.text(field)
        if text.isEmpty { return nil }
        guard let money = Money(yuan: text) else { throw fault(row, field, "“\(text)”不是金额", "not an amount") }
        return money
    }

    /// `2026-03` for `2026年3月`, `202603`, `2026-03-01至2026-03-31`; `2026-01..2026-03` for more months.
    private static func period(_ row: PlainTable.Row) throws -> String {
        let (from, to) = (row.text("period_from"), row.text("period_to"))
        let text = from.isEmpty ? row.text("period") : "\(from)~\(to.isEmpty ? from : to)"
        let ends = DuesFile.months(text)
        guard let first = ends.first, let last = ends.last, ends.count <= 2, first <= last else {
            throw fault(row, "period", "“\(text)”不是所属期,应如 2026-03", "“\(text)” is no period like 2026-03")
        }
        return first == last ? first : "\(first)..\(last)"
    }

    /// The months that a text names, as `2026-03`.
    static func months(_ text: String) -> [String] {
        let parts = text.split { "~至到—".contains($0) }.flatMap { part -> [Substring] in
            part.components(between: "..")
        }
        return parts.compactMap { part in
            let digits = part.split { !$0.isNumber }.map(String.init)
            let numbers: (String, String)? =
                switch digits.count {
                case 1 where digits[0].count == 6 || digits[0].count == 8:
                    (String(digits[0].prefix(4)), String(digits[0].dropFirst(4).prefix(2)))
                case 2...3 where digits[0].count == 4: (digits[0], digits[1])
                default: nil
                }
            guard let numbers, let month = Int(numbers.1), (1...12).contains(month) else { return nil }
            return "\(numbers.0)-\(month < 10 ? "0" : "")\(month)"
        }
    }

    private static func fault(_ row: PlainTable.Row, _ field: String, _ zh: String, _ en: String) -> NiangjiaError {
        NiangjiaError(.invalid, zh: zh, en: en, place: row.place(field))
    }
}

extension Substring {
    fileprivate func components(between mark: String) -> [Substring] {
        var found: [Substring] = []
        var rest = self
        while let range = rest.firstRange(of: mark) {
            found.append(rest[..<range.lowerBound])
            rest = rest[range.upperBound...]
        }
        return found + [rest]
    }
}

/// Figures from outside for the year report (填报).
public enum FiguresFile {
    /// Reads them; rows that can't be read are told and left out.
    public static func read(
        _ path: String, _ mapping: ImportMapping = ImportMapping(.figures)
    ) throws -> (figures: [ToldFigure], faults: [TableFault]) {
        var figures: [ToldFigure] = []
        var faults: [TableFault] = []
        for row in try PlainTable.read(path, mapping).rows {
            do { try row.refuseUnseen() } catch {
                faults.append(TableFault(place: error.place ?? row.place("value"), message: error.message))
                continue
            }
            guard let from = CivilDate(row.text("from")), let to = CivilDate(row.text("to")) else {
                faults.append(
                    TableFault(
                        place: row.place("from"),
                        message: LocalText(zh: "起止日期应如 2026-01-01", en: "dates are like 2026-01-01")))
                continue
            }
            let (name, value) = (row.text("name"), row.text("value"))
            guard !name.isEmpty, !value.isEmpty else {
                faults.append(
                    TableFault(
                        place: row.place("value"), message: LocalText(zh: "缺少指标或数值", en: "name or value is missing")))
                continue
            }
            figures.append(
                ToldFigure(
                    name: name, period: DateRange(from: from, to: to), value: value,
                    organization: row.text("union_code"),
                    source: row.text("source")))
        }
        return (figures, faults)
    }
}
