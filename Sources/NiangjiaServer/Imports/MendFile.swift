import Foundation
import NiangjiaCore

/// The file of an import's rows that were held back, to be mended and handed in again, or of what it changes. It grows under a hidden name and gets the
/// one that people see once it is complete. Another may be half mended already: none is ever written over.
struct MendFile {
    /// Where it grows; nobody else knows of it.
    let unfinished: String
    private let exports: String
    private let name: String
    private let title: String
    private let ending: String

    /// What hidden names begin with.
    private static let prefix = ".mend-"

    /// - Parameters:
    ///   - file: whose rows they are: `people.csv` leads to `people-待更正.xlsx`, `people-待更正-2.xlsx` …
    ///   - format: `xlsx` (also for nil; every cell is text, so that a spreadsheet keeps identity and card numbers), or `csv`.
    ///   - title: what stands behind the name of the file.
    /// - Throws: `invalid` for another format.
    init(for file: String, _ format: String?, titled title: String = "待更正", on host: Host) throws {
        ending = format ?? "xlsx"
        guard ["xlsx", "csv"].contains(ending) else {
            throw NiangjiaError(
                .invalid, zh: "更正文件只能是 xlsx 或 csv。", en: "A mend file is xlsx or csv.", place: "/mend")
        }
        name = ((file as NSString).lastPathComponent as NSString).deletingPathExtension
        self.title = title
        exports = host.folder.exports
        let own = MendFile.prefix + host.holder
        MendFile.clear(exports, except: own)
        unfinished = "\(exports)/\(own)-\(Hex.text(host.crypto.random(4))).\(ending)"
    }

    /// Gives the complete file the first free name, and answers it.
    func finish() throws -> String {
        for number in 1...9_999 {
            let path = "\(exports)/\(name)-\(title)\(number == 1 ? "" : "-\(number)").\(ending)"
            if link(unfinished, path) == 0 {
                unlink(unfinished)
                return path
            }
            guard errno == EEXIST else { break }
        }
        throw NiangjiaError(
            .store, zh: "无法在 exports 中写入“\(title)”文件。", en: "The file of rows can't be written to the exports.",
            place: exports, cause: String(cString: strerror(errno)))
    }

    /// Removes what was not finished.
    func drop() { unlink(unfinished) }

    /// Removes what hosts left that were killed: the folder has one host at a time.
    private static func clear(_ exports: String, except own: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: exports)) ?? []
        for name in names where name.hasPrefix(prefix) && !name.hasPrefix(own + "-") { unlink("\(exports)/\(name)") }
    }
}
