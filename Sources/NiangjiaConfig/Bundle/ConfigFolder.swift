import Foundation
import NiangjiaCore

/// The files of a city's data folder that may belong to a bundle.
public enum ConfigFolder {
    /// Whether a folder is there and holds a `config/`.
    public static func isThere(_ folder: String) -> Bool {
        FileManager.default.fileExists(atPath: folder + "/config")
    }

    /// Whether a path is that of a file which a bundle reads, spelled as a folder spells it.
    public static func reads(_ path: String) -> Bool {
        ConfigFileKind(path) != nil && !ConfigFileKind.isBeside(path)
            && !path.split(separator: "/", omittingEmptySubsequences: false).contains("")
    }

    /// Every regular file under `config/` and `plugins/`: path with `/` → bytes. Links are not followed, so that no file from
    /// elsewhere gets into a bundle. Throws `configuration` when the folder can't be read or holds more than fits.
    public static func files(in folder: String, limits: ConfigLimits = ConfigLimits()) throws -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        var total = 0
        for top in ["config", "plugins"] {
            let base = URL(fileURLWithPath: folder, isDirectory: true).appendingPathComponent(top, isDirectory: true)
            guard FileManager.default.fileExists(atPath: base.path) else { continue }
            guard let paths = FileManager.default.enumerator(atPath: base.path) else {
                throw unreadable(base.path, nil)
            }
            for case let path as String in paths {
                let name = "\(top)/\(path)"
                let full = base.appendingPathComponent(path).path
                let attributes = try? FileManager.default.attributesOfItem(atPath: full)
                guard attributes?[.type] as? FileAttributeType == .typeRegular, !ConfigFileKind.isBeside(name) else {
                    continue
                }
                let size = (attributes?[.size] as? NSNumber)?.intValue ?? 0
                total += size
                guard found.count < limits.maxFiles, total <= limits.maxTotalBytes else {
                    throw NiangjiaError(
                        .configuration, zh: "config/ 和 plugins/ 中的文件过多或过大,请移走不属于配置的文件",
                        en: "config/ and plugins/ hold too much; move away what is no configuration", place: name)
                }
                do {
                    found[name] = Array(try Data(contentsOf: URL(fileURLWithPath: full)))
                } catch {
                    throw unreadable(name, "\(error)")
                }
            }
        }
        return found
    }

    /// What stands under `config/` and `plugins/` where a file of the configuration belongs, and is none: a link, a pipe, a device.
    /// None of them is ever read; each is named, so that nobody waits for what it says.
    public static func unread(in folder: String) -> [ConfigProblem] {
        var found: [String] = []
        for top in ["config", "plugins"] {
            let base = folder + "/" + top
            if type(of: base) == .typeSymbolicLink { found.append(top) }
            guard let paths = FileManager.default.enumerator(atPath: base) else { continue }
            for case let path as String in paths {
                let name = "\(top)/\(path)"
                guard let type = type(of: base + "/" + path), type != .typeRegular, type != .typeDirectory else {
                    continue
                }
                // A linked folder may hold anything; of other names only those that the configuration has.
                guard type == .typeSymbolicLink || ConfigFileKind(name) != nil, !ConfigFileKind.isBeside(name) else {
                    continue
                }
                found.append(name)
            }
        }
        return found.sorted().map { name in
            ConfigProblem(
                file: name, line: 0, column: 0, path: "",
                message: LocalText(
                    zh: "没有读取:它是链接、管道或设备,不是普通文件。请把内容复制成普通文件",
                    en: "not read: it is a link, a pipe or a device. Copy what it says into a regular file"),
                severity: .warning)
        }
    }

    private static func type(of path: String) -> FileAttributeType? {
        (try? FileManager.default.attributesOfItem(atPath: path))?[.type] as? FileAttributeType
    }

    private static func unreadable(_ path: String, _ cause: String?) -> NiangjiaError {
        NiangjiaError(
            .configuration, zh: "读不了 \(path),请检查文件权限", en: "can't read \(path); check its permissions", place: path,
            cause: cause)
    }
}
