import NiangjiaCore

/// A row of a table file: cells as text, dates as `YYYY-MM-DD`.
public struct SheetRow: Sendable, Hashable {
    /// The file's name, or the sheet's in a workbook.
    public var table: String
    /// The row's number in the sheet, or the line on which it begins in a text file; from 1.
    public var number: Int
    public var cells: [String]
    /// Whether the spreadsheet hides it.
    public var isHidden: Bool
    /// Whether it comes from a workbook: its cells have letters.
    public var isSheet: Bool
    /// Columns whose value stands in a row above, merged down into this one.
    public var merged: [Int] = []

    public init(table: String, number: Int, cells: [String], isHidden: Bool = false, isSheet: Bool = false) {
        self.table = table
        self.number = number
        self.cells = cells
        self.isHidden = isHidden
        self.isSheet = isSheet
    }

    /// The cell in a column from 0; empty beyond the row's end.
    public subscript(column: Int) -> String { column < cells.count ? cells[column] : "" }

    /// The row as the workbook stores it, without what is merged into it: an amount that stands once is one amount.
    var asStored: SheetRow {
        var row = self
        for column in merged { row.cells[column] = "" }
        row.merged = []
        return row
    }

    public var isBlank: Bool { cells.allSatisfy { $0.allSatisfy(\.isWhitespace) } }

    /// `sheet!B12`, or `file:line` for text files.
    public func place(column: Int?) -> String {
        guard isSheet else { return "\(table):\(number)" }
        return column.map { "\(table)!\(SheetRow.letters($0))\(number)" } ?? "\(table)!\(number)"
    }

    /// A, B, … Z, AA, … for columns from 0.
    static func letters(_ column: Int) -> String {
        var left = column + 1
        var text = ""
        while left > 0 {
            let digit = (left - 1) % 26
            text = String(Character(Unicode.Scalar(UInt8(65 + digit)))) + text
            left = (left - 1) / 26
        }
        return text
    }

    /// The column of a cell's name: `B12` is 1.
    static func column(_ reference: some StringProtocol) -> Int? {
        var column = 0
        for byte in reference.utf8 {
            guard (0x41...0x5A).contains(byte) else { break }
            column = column * 26 + Int(byte - 0x40)
            if column > 20_000 { return nil }
        }
        return column > 0 ? column - 1 : nil
    }
}

/// A table file that is read row by row.
public protocol RowSource: AnyObject {
    /// The next row, blank ones too; nil at the end.
    func next() throws(NiangjiaError) -> SheetRow?
    /// What a person should be told about the file as a whole.
    var remarks: [LocalText] { get }
}

/// Opens a table file by its content: a workbook (xlsx) or a text with separators.
public enum TableFile {
    /// - Parameters:
    ///   - sheet: the sheet's name in a workbook; nil takes the first visible one.
    ///   - encoding: nil detects it.
    ///   - name: what whoever handed it in called it, for places; nil: as it lies here.
    public static func open(
        _ path: String, sheet: String? = nil, encoding: TextEncoding? = nil, named name: String? = nil
    ) throws(NiangjiaError) -> any RowSource {
        let file = try ByteFile(reading: path)
        let head = try file.read(8)
        file.close()
        if head.starts(with: [0x50, 0x4B, 0x03, 0x04]) { return try XLSXReader(path: path, sheet: sheet) }
        if head.starts(with: [0xD0, 0xCF, 0x11, 0xE0]) {
            throw NiangjiaError(
                .invalid, zh: "这是旧版 .xls 或加密的工作簿,请另存为 .xlsx 或 CSV 后再导入",
                en: "this is an old .xls or an encrypted workbook; save it as .xlsx or CSV", place: path)
        }
        return try CSVReader(path: path, encoding: encoding, named: name)
    }

    /// The last part of a path.
    static func name(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}
