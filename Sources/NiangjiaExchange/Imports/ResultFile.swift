import Foundation
import NiangjiaCore

/// The rows that were held back, as they came, with the reasons behind: a clerk mends them in place, writes 是 under 确认 where
/// that is asked for, and hands the file in again.
///
/// A path that ends in `.xlsx` makes a workbook whose cells are all text, so that identity and card numbers keep their digits in
/// a spreadsheet; any other is separated text.
final class ResultFile {
    private enum Writer {
        case text(CSVWriter)
        case workbook(XLSXWriter)

        func write(_ cells: [String]) throws(NiangjiaError) {
            switch self {
            case .text(let writer): try writer.write(cells)
            case .workbook(let writer): try writer.write(cells)
            }
        }

        func finish() throws(NiangjiaError) {
            switch self {
            case .text(let writer): try writer.finish()
            case .workbook(let writer): try writer.finish()
            }
        }
    }

    private let writer: Writer
    private let path: String
    private let width: Int
    private let confirm: Int?
    private let most: Int
    private var count = 0

    init(path: String, header: ImportHeader) throws(NiangjiaError) {
        self.path = path
        width = header.titles.count
        confirm = header.columns[ImportField.confirm]
        var titles = header.titles.map { ImportField.resultTitles.contains($0) ? "" : $0 }
        if confirm == nil { titles.append(ImportField.confirmTitle) }
        titles += ["行号", "结果", "原因", "原因(英文)"]
        guard path.hasSuffix(".xlsx") else {
            let plain = try CSVWriter(path: path)
            try plain.write(titles)
            writer = .text(plain)
            most = .max
            return
        }
        let folder = (path as NSString).deletingLastPathComponent
        writer = .workbook(
            try XLSXWriter(path: path, sheet: "待更正", header: titles, temporary: folder.isEmpty ? nil : folder))
        most = Int(XLSXWriter.mostRows) - 1
    }

    func write(_ row: SheetRow, _ outcome: RowOutcome, _ findings: [CellFinding]) throws(NiangjiaError) {
        count += 1
        guard count <= most else { return }
        var cells = (0..<width).map { row[$0] }
        if confirm == nil { cells.append("") }
        func joined(_ language: Language) -> String {
            findings.map { item in
                let place = item.column.map { SheetRow.letters($0) + "列:" } ?? ""
                return (language == .zh ? place : "") + item.finding.message[language]
            }.joined(separator: "; ")
        }
        try writer.write(cells + [row.place(column: nil), outcome.title.zh, joined(.zh), joined(.en)])
    }

    /// Completes the file; nil, and no file, when no row was held back. The remark tells of rows that a sheet couldn't hold.
    func finish() throws(NiangjiaError) -> (path: String, remark: LocalText?)? {
        try writer.finish()
        guard count > 0 else {
            unlink(path)
            return nil
        }
        guard count > most else { return (path, nil) }
        let left = count - most
        return (
            path,
            LocalText(
                zh: "更正文件装不下的 \(left) 行没有写入:请改用 --mend csv 再导入一次",
                en: "\(left) rows don't fit into the workbook: take the file once more with --mend csv")
        )
    }
}
