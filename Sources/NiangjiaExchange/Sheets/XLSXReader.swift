import NiangjiaCore

/// Reads a sheet of an xlsx workbook (ECMA-376) row by row; only the shared strings stay in memory.
///
/// Dates become `YYYY-MM-DD`. Numbers of 16 digits and more have lost digits in the spreadsheet: they come out in scientific
/// notation, which the checks refuse. Hidden rows are read and told. What is merged down over rows is read in each of them.
public final class XLSXReader: RowSource {
    private let book: XLSXBook
    private let sheet: XLSXBook.Sheet
    private let stream: XMLStream
    private let parser: SheetParser
    private var ready = 0
    private var hidden = 0
    private var merged: MergedCells
    private var skippedSheets: [String] = []

    /// - Parameter sheet: its name; nil takes the first visible one.
    public init(path: String, sheet wanted: String? = nil) throws(NiangjiaError) {
        let archive = try ZipArchive(path: path)
        book = try XLSXBook(archive)
        let names = book.sheets.map(\.name).joined(separator: "、")
        let chosen =
            if let wanted { book.sheets.first { $0.name == wanted } } else {
                book.sheets.first { !$0.isHidden } ?? book.sheets.first
            }
        guard let chosen, let first = try archive.entry(chosen.entry), let entry = try archive.entry(chosen.entry)
        else {
            throw NiangjiaError(
                .invalid, zh: "工作簿中没有工作表“\(wanted ?? "")”(有:\(names))",
                en: "the workbook has no sheet “\(wanted ?? "")” (it has: \(names))",
                place: path)
        }
        sheet = chosen
        skippedSheets = book.sheets.filter { $0 != chosen }.map(\.name)
        merged = try MergedCells(first, name: chosen.entry, path: path)
        stream = try XMLStream(entry: entry, name: chosen.entry, path: path)
        parser = SheetParser(book: book, table: chosen.name)
        parser.attach(to: stream)
    }

    public func next() throws(NiangjiaError) -> SheetRow? {
        while ready >= parser.rows.count {
            parser.rows.removeAll(keepingCapacity: true)
            ready = 0
            if stream.isDone { return nil }
            try stream.advance()
            if let fault = parser.fault { throw fault }
        }
        var row = parser.rows[ready]
        ready += 1
        if row.isHidden { hidden += 1 }
        merged.fill(&row)
        return row
    }

    public var remarks: [LocalText] {
        var found: [LocalText] = []
        if hidden > 0 {
            found.append(
                LocalText(
                    zh: "工作表“\(sheet.name)”有 \(hidden) 个隐藏行,也已读入",
                    en: "\(hidden) hidden rows of sheet “\(sheet.name)” were read too"))
        }
        if merged.used > 0 {
            found.append(
                LocalText(
                    zh: "工作表“\(sheet.name)”有 \(merged.used) 处跨行合并的单元格,其值已读入所盖的每一行",
                    en:
                        "\(merged.used) cells of sheet “\(sheet.name)” are merged over rows; each row was read with their value"
                ))
        }
        if !skippedSheets.isEmpty {
            let names = skippedSheets.joined(separator: "、")
            found.append(
                LocalText(
                    zh: "只读取了工作表“\(sheet.name)”,未读:\(names)", en: "only sheet “\(sheet.name)” was read, not: \(names)"))
        }
        return found
    }
}

/// Turns a sheet's XML events into rows.
private final class SheetParser {
    var rows: [SheetRow] = []
    var fault: NiangjiaError?

    private let book: XLSXBook
    private let table: String
    private var cells: [String] = []
    private var number = 0
    private var isHidden = false
    private var column = 0
    private var kind = ""
    private var style = 0
    private var text: [UInt8] = []
    private var isTaking = false
    private var phonetic = 0

    init(book: XLSXBook, table: String) {
        self.book = book
        self.table = table
    }

    func attach(to stream: XMLStream) {
        stream.onStart = { [unowned self] name, attributes in start(name, attributes) }
        stream.onEnd = { [unowned self] name in end(name) }
        stream.onText = { [unowned self] piece in
            if isTaking { text.append(contentsOf: piece.lazy.map { UInt8(bitPattern: $0) }) }
        }
    }

    private func start(_ name: UnsafePointer<CChar>, _ attributes: XMLStream.Attributes) {
        if XMLStream.equal(name, "c") {
            kind = attributes["t"] ?? "n"
            style = attributes["s"].flatMap { Int($0) } ?? 0
            column = attributes["r"].flatMap { SheetRow.column($0) } ?? cells.count
            text.removeAll(keepingCapacity: true)
        } else if XMLStream.equal(name, "v") {
            isTaking = true
        } else if XMLStream.equal(name, "t") {
            isTaking = phonetic == 0
        } else if XMLStream.equal(name, "rPh") {
            phonetic += 1
        } else if XMLStream.equal(name, "row") {
            number = attributes["r"].flatMap { Int($0) } ?? number + 1
            isHidden = ["1", "true"].contains(attributes["hidden"])
            cells = []
        }
    }

    private func end(_ name: UnsafePointer<CChar>) {
        if XMLStream.equal(name, "v") || XMLStream.equal(name, "t") {
            isTaking = false
        } else if XMLStream.equal(name, "rPh") {
            phonetic -= 1
        } else if XMLStream.equal(name, "c") {
            guard column < 16_384 else {
                fault = NiangjiaError(.invalid, zh: "列数过多", en: "too many columns", place: table)
                return
            }
            let value = SheetNumber.text(String(decoding: text, as: UTF8.self), kind: kind, style: style, book: book)
            guard !value.isEmpty else { return }
            while cells.count <= column { cells.append("") }
            cells[column] = value
        } else if XMLStream.equal(name, "row") {
            rows.append(SheetRow(table: table, number: number, cells: cells, isHidden: isHidden, isSheet: true))
        }
    }
}

/// What a cell's stored value means to a person.
enum SheetNumber {
    static func text(_ raw: String, kind: String, style: Int, book: XLSXBook) -> String {
        switch kind {
        case "s": return Int(raw).flatMap { book.strings[$0] } ?? ""
        case "b": return raw == "1" ? "是" : "否"
        case "e": return raw
        case "d": return String(raw.prefix(raw.hasSuffix("T00:00:00") ? 10 : raw.count))
        case "n":
            let dates = book.dateStyles.indices.contains(style) ? book.dateStyles[style] : .none
            if dates != .none, let value = Double(raw), let text = date(value, dates, is1904: book.is1904) {
                return text
            }
            return number(raw)
        default: return raw
        }
    }

    /// A number as it was typed: a double's shortest text. Beyond 15 digits nobody knows what was typed.
    static func number(_ raw: String) -> String {
        let digits = raw.utf8.filter { (0x30...0x39).contains($0) }.count
        let isPlain = raw.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2D }
        if isPlain, digits <= 15 { return raw }
        guard let value = Double(raw), value.isFinite else { return raw }
        if value.magnitude >= 1e15 { return scientific(value) }
        if value == value.rounded() { return String(Int64(value)) }
        // Sixteen and seventeen digits are how 50.49 is stored, not what it is.
        return "\(value)"
    }

    private static func scientific(_ value: Double) -> String {
        var exponent = 0
        var digits = value.magnitude
        while digits >= 10 {
            digits /= 10
            exponent += 1
        }
        let text = "\((digits * 100_000).rounded() / 100_000)"
        return (value < 0 ? "-" : "") + text + "E+\(exponent)"
    }

    /// The date of a serial. In the 1900 system day 60 is the 29 February 1900 that never was: later serials count one more.
    static func date(_ serial: Double, _ style: XLSXBook.DateStyle, is1904: Bool) -> String? {
        guard serial >= 0, serial < 2_958_466 else { return nil }
        var day = Int(serial.rounded(.down))
        var minute = Int(((serial - Double(day)) * 1440).rounded())
        if minute == 1440 { (day, minute) = (day + 1, 0) }
        func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }
        let clock = "\(two(minute / 60)):\(two(minute % 60))"
        if style == .time { return clock }
        let base: CivilDate? =
            is1904 ? CivilDate(year: 1904, month: 1, day: 1) : CivilDate(year: 1899, month: 12, day: day < 60 ? 31 : 30)
        if !is1904, day == 60 { return nil }
        guard let base else { return nil }
        let date = "\(base + day)"
        return style == .dateTime && minute > 0 ? date + " " + clock : date
    }
}
