import CXlsxWriter
import NiangjiaCore

/// Writes a workbook row by row with flat memory. Every cell is text, so that identity numbers keep their digits; only columns
/// named as numbers become numbers.
public final class XLSXWriter {
    private let book: UnsafeMutablePointer<lxw_workbook>
    private var sheet: UnsafeMutablePointer<lxw_worksheet>
    private let file: ByteFile
    private let path: String
    private let numbers: Set<Int>
    private let bold: UnsafeMutablePointer<lxw_format>?
    private var row: UInt32 = 0
    private var isOpen = true

    /// One at a time keeps the library silent.
    private static let silence = Guarded(())

    /// The most rows of a sheet, by the format.
    static let mostRows: UInt32 = 1_048_576

    /// - Parameters:
    ///   - numbers: columns from 0 whose cells are decimal numbers.
    ///   - temporary: the folder for the parts while they grow; nil is the system's.
    public init(path: String, sheet title: String, header: [String], numbers: Set<Int> = [], temporary: String? = nil)
        throws(NiangjiaError)
    {
        // Made before the library opens it: only its owner may read it, from the first byte on.
        let file = try ByteFile(writing: path)
        var options = lxw_workbook_options()
        options.constant_memory = 1
        let made: UnsafeMutablePointer<lxw_workbook>? =
            if let temporary {
                temporary.withCString { folder in
                    options.tmpdir = UnsafeMutablePointer(mutating: folder)
                    return workbook_new_opt(file.openName, &options)
                }
            } else {
                workbook_new_opt(file.openName, &options)
            }
        guard let book = made, let sheet = workbook_add_worksheet(book, title) else {
            throw NiangjiaError(.invalid, zh: "无法写入工作簿", en: "can't write the workbook", place: path)
        }
        self.book = book
        self.sheet = sheet
        self.file = file
        self.path = path
        self.numbers = numbers
        bold = workbook_add_format(book)
        if let bold { format_set_bold(bold) }
        worksheet_freeze_panes(sheet, 1, 0)
        for (column, name) in header.enumerated() {
            worksheet_set_column(sheet, UInt16(column), UInt16(column), max(10, Double(name.count) * 2.2 + 2), nil)
            worksheet_write_string(sheet, 0, UInt16(column), name, bold)
        }
        row = 1
    }

    deinit { if isOpen { _ = close() } }

    /// Writes the file. What goes wrong is in the code: the library would print it as well, with the file's path, among whatever
    /// the service says.
    private func close() -> lxw_error {
        XLSXWriter.silence.withLock { _ in niangjia_workbook_close(book) }
    }

    /// Writes one row.
    public func write(_ cells: [String]) throws(NiangjiaError) {
        guard row < XLSXWriter.mostRows else {
            throw NiangjiaError(
                .invalid, zh: "超过一个工作表的行数上限,请改用 CSV", en: "more rows than a sheet holds; use CSV", place: path)
        }
        for (column, cell) in cells.enumerated() where !cell.isEmpty {
            if numbers.contains(column), let value = Double(cell) {
                worksheet_write_number(sheet, row, UInt16(column), value, nil)
            } else {
                guard worksheet_write_string(sheet, row, UInt16(column), cell, nil) == LXW_NO_ERROR else {
                    throw NiangjiaError(
                        .invalid, zh: "单元格文本过长", en: "a cell's text is too long", place: "\(path):\(row + 1)")
                }
            }
        }
        row += 1
    }

    /// Completes the file.
    public func finish() throws(NiangjiaError) {
        isOpen = false
        let code = close()
        guard code == LXW_NO_ERROR else {
            throw NiangjiaError(
                .invalid, zh: "写入工作簿失败(磁盘可能已满)", en: "writing the workbook failed (is the disk full?)", place: path,
                cause: "libxlsxwriter \(code.rawValue)")
        }
        try file.finish()
    }
}
