import Foundation
import NiangjiaCore
import NiangjiaExchange

/// A report of the books as a file: the ending of its name says which kind.
enum FundTableFile {
    /// Writes `.csv`, `.xlsx` or `.json`, whole or not at all. Throws `invalid` for another ending.
    static func write(_ table: FundTable, to path: String, _ language: Language) throws {
        let header = table.columns.map { $0.title[language] }
        switch (path as NSString).pathExtension.lowercased() {
        case "csv":
            let file = try CSVWriter(path: path)
            try file.write(header)
            for row in table.rows { try file.write(table.cells(of: row, language)) }
            try file.finish()
        case "xlsx":
            let numbers = Set(table.columns.indices.filter { table.columns[$0].isMoney })
            let file = try XLSXWriter(
                path: path, sheet: String(sheetName(table, language)), header: header, numbers: numbers)
            for row in table.rows { try file.write(table.cells(of: row, language)) }
            try file.finish()
        case "json":
            let file = try ByteFile(writing: path)
            try file.write(Array((table.value(language).json + "\n").utf8))
            try file.finish()
        default:
            throw NiangjiaError(
                .invalid, zh: "文件名须以 .csv、.xlsx 或 .json 结尾。", en: "The file's name must end in .csv, .xlsx or .json.",
                place: path)
        }
    }

    /// A sheet's name has 31 characters at most and none of a few.
    private static func sheetName(_ table: FundTable, _ language: Language) -> Substring {
        table.title[language].split(separator: " ")[0].filter { !"[]:*?/\\".contains($0) }.prefix(31)[...]
    }
}
