import Foundation
import NiangjiaCore

/// The file of an import's rows that were held back, to be mended and handed in again. It may be half mended already: none is
/// ever written over.
enum MendFile {
    /// Takes the first free name in the exports: `people-待更正.xlsx`, `people-待更正-2.xlsx` …
    ///
    /// - Parameter format: `xlsx` (also for nil; every cell is text, so that a spreadsheet keeps identity and card numbers), or
    ///   `csv`.
    static func claim(for file: String, _ format: String?, in folder: DataFolder) throws -> String {
        let ending = format ?? "xlsx"
        guard ["xlsx", "csv"].contains(ending) else {
            throw NiangjiaError(
                .invalid, zh: "更正文件只能是 xlsx 或 csv。", en: "A mend file is xlsx or csv.", place: "/mend")
        }
        let name = ((file as NSString).lastPathComponent as NSString).deletingPathExtension
        for number in 1...9_999 {
            let path = "\(folder.exports)/\(name)-待更正\(number == 1 ? "" : "-\(number)").\(ending)"
            let made = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            if made >= 0 {
                close(made)
                return path
            }
            guard errno == EEXIST else { break }
        }
        throw NiangjiaError(
            .store, zh: "无法在 exports 中写入更正文件。", en: "The mend file can't be written to the exports.",
            place: folder.exports)
    }

    /// Removes a claimed file that nothing was written to.
    static func dropEmpty(_ path: String) {
        let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int
        if size == 0 { unlink(path) }
    }
}
