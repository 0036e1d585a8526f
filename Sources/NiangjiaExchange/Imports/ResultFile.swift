import Foundation
import NiangjiaCore

/// The rows that were held back, as they came, with the reasons behind: a clerk mends them in place, writes 是 under 确认 where
/// that is asked for, and hands the file in again.
final class ResultFile {
    private let writer: CSVWriter
    private let path: String
    private let width: Int
    private let confirm: Int?
    private var count = 0

    init(path: String, header: ImportHeader) throws(NiangjiaError) {
        self.path = path
        writer = try CSVWriter(path: path)
        width = header.titles.count
        confirm = header.columns[ImportField.confirm]
        var titles = header.titles.map { ImportField.resultTitles.contains($0) ? "" : $0 }
        if confirm == nil { titles.append(ImportField.confirmTitle) }
        try writer.write(titles + ["行号", "结果", "原因", "原因(英文)"])
    }

    func write(_ row: SheetRow, _ outcome: RowOutcome, _ findings: [CellFinding]) throws(NiangjiaError) {
        var cells = (0..<width).map { row[$0] }
        if confirm == nil { cells.append("") }
        func joined(_ language: Language) -> String {
            findings.map { item in
                let place = item.column.map { SheetRow.letters($0) + "列:" } ?? ""
                return (language == .zh ? place : "") + item.finding.message[language]
            }.joined(separator: "; ")
        }
        try writer.write(cells + [row.place(column: nil), outcome.title.zh, joined(.zh), joined(.en)])
        count += 1
    }

    /// Completes the file; nil, and no file, when no row was held back.
    func finish() throws(NiangjiaError) -> String? {
        try writer.finish()
        if count > 0 { return path }
        unlink(path)
        return nil
    }
}
