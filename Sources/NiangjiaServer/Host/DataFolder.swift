import Foundation
import NiangjiaCore

/// A city's data folder: `config/ plugins/ store/ files/ run/ exports/ backup/ VERSION LOCK`, readable by its owner only.
///
/// The keys lie outside it: a copy of the folder is worth nothing without them.
public struct DataFolder: Sendable, Hashable {
    /// The layout that this binary writes and reads.
    public static let version = 1
    static let folders = [
        "config", "plugins", "store", "files", "run", "run/incoming", "run/imports", "exports", "exports/outbox",
        "backup",
    ]

    /// Absolute, without a slash at the end.
    public let path: String
    /// Where the key ring lies.
    public let keyFile: String

    /// - Parameter keys: the key file; nil: `NIANGJIA_KEYS`, or `<data>.keys` beside the folder.
    public init(
        _ path: String, keys: String? = nil, environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.path = URL(fileURLWithPath: path).standardizedFileURL.path
        keyFile = keys ?? environment["NIANGJIA_KEYS"] ?? (self.path + ".keys")
    }

    public var store: String { path + "/store/niangjia.sqlite" }
    public var socket: String { path + "/run/niangjia.sock" }
    public var exports: String { path + "/exports" }
    public var files: String { path + "/files" }
    /// Bodies of requests while they come in; nothing here outlives a start of the server.
    var incoming: String { path + "/run/incoming" }
    /// Files of imports that wait for a word.
    var imports: String { path + "/run/imports" }
    public var backup: String { path + "/backup" }
    /// Only a demo city has one: how far its clock stands from the machine's.
    var demoClock: String { path + "/DEMO" }

    /// Whether there is a city here.
    public var exists: Bool { FileManager.default.fileExists(atPath: path + "/VERSION") }

    /// Makes the folders. What is there already stays.
    public func create() throws {
        let manager = FileManager.default
        do {
            for folder in [""] + DataFolder.folders.map({ "/" + $0 }) {
                try manager.createDirectory(
                    atPath: path + folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            }
            try manager.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
            if !exists { try Data("\(DataFolder.version)\n".utf8).write(to: URL(fileURLWithPath: path + "/VERSION")) }
        } catch {
            throw NiangjiaError(
                .store, zh: "无法建立数据文件夹:请检查路径和写权限。",
                en: "The data folder can't be made: check the path and the right to write.", place: path,
                cause: "\(error)")
        }
    }

    /// Beside the keys: the number of the last export.
    var exportMark: String { keyFile + ".exported" }

    /// Whether a host has worked here, though what tells a city may be gone.
    var wasCity: Bool {
        [path + "/LOCK", exports + "/sent/CITY"].contains { FileManager.default.fileExists(atPath: $0) }
    }

    /// Refuses a folder that is none, that somebody else owns, or that a newer binary has written.
    public func check() throws {
        for (part, use) in [
            (path + "/VERSION", R_OK), (path + "/store", R_OK | W_OK), (store, R_OK | W_OK), (keyFile, R_OK),
            (exportMark, R_OK),
        ] {
            if let refusal = Ownership.refusal(of: part, to: use) { throw refusal }
        }
        guard exists, let text = try? String(contentsOfFile: path + "/VERSION", encoding: .utf8),
            let found = Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
        else { throw wasCity ? withoutVersion : isNone }
        guard found <= DataFolder.version else {
            throw NiangjiaError(
                .store, zh: "数据由更新版本(\(found))写入,本程序只认识到 \(DataFolder.version):请升级程序。",
                en:
                    "The data were written by a newer version (\(found)) than this program knows (\(DataFolder.version)).",
                place: path)
        }
    }

    private var isNone: NiangjiaError {
        NiangjiaError(
            .notFound, zh: "这里没有娘家数据:先运行 niangjia init \(path),或 niangjia demo --data \(path)。",
            en: "There is no city here: run niangjia init \(path), or niangjia demo --data \(path).", place: path)
    }

    /// Said of a city's folder that has lost the file by which it is known; nothing new is made over it.
    var withoutVersion: NiangjiaError {
        NiangjiaError(
            .store,
            zh: "这里有一个城市的数据,但缺 VERSION 文件:请从副本放回这个文件(内容是数据版本,现为 \(DataFolder.version)),并核对别的文件是否齐全。不会在它上面新建。",
            en:
                "A city's data are here, but the file VERSION is gone: put it back from a copy (it holds the data's version, now \(DataFolder.version)), and see whether all else is there. Nothing new is made over it.",
            place: path)
    }

    /// Refuses a city whose store isn't there, or is empty: only `init`, `demo` and `restore` put one in its place. Throws `store`.
    func checkStore() throws {
        var status = stat()
        guard stat(store, &status) == 0, status.st_size > 0 else {
            throw NiangjiaError(
                .store,
                zh: "这个城市的数据库不见了,或是空的:磁盘挂载了吗?确实丢失的,用 niangjia restore 恢复最近的备份;不要手工放回:旁边留下的日志会混进去。没有新建。",
                en:
                    "The city's store is gone, or empty: is its disk mounted? Where it is lost, put the last backup back with niangjia restore, never by hand: a log that was left beside it would mix with it. None was made anew.",
                place: store)
        }
    }

    /// Makes an empty folder for bodies that come in: what a stopped server was receiving is nobody's.
    func clearIncoming() throws {
        try? FileManager.default.removeItem(atPath: incoming)
        do {
            try FileManager.default.createDirectory(
                atPath: incoming, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw NiangjiaError(
                .store, zh: "无法建立 run/incoming:请检查写权限。", en: "run/incoming can't be made: check the right to write.",
                place: incoming, cause: "\(error)")
        }
    }

    /// Writes one configuration file: complete or not at all.
    func writeConfiguration(_ name: String, _ bytes: [UInt8]) throws {
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name), options: .atomic)
        } catch {
            throw NiangjiaError(
                .store, zh: "无法写入配置文件。", en: "The configuration file can't be written.", place: name, cause: "\(error)")
        }
    }
}
