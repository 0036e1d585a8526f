import Foundation
import NiangjiaConfig
import NiangjiaCore

/// A city's folder before there is a host for it.
public enum City {
    /// Makes a new city: layout, keys, a copy of the template's `config/` and `plugins/`. What is there already stays.
    ///
    /// - Returns: what was done and what comes next, line by line.
    public static func create(_ folder: DataFolder, template: String?) async throws -> [LocalText] {
        guard !folder.exists else {
            throw NiangjiaError(
                .conflict, zh: "这里已经有一个城市,不会覆盖。", en: "There is a city here already; nothing was changed.",
                place: folder.path)
        }
        guard !folder.wasCity else { throw folder.withoutVersion }
        try await make(folder, template: template, clock: SystemClock())
        return [
            LocalText(zh: "已建立 \(folder.path)", en: "Made \(folder.path)"),
            LocalText(
                zh: "密钥在 \(folder.keyFile):请立即另行保管,它不在备份之内。",
                en: "The keys are in \(folder.keyFile): keep a copy elsewhere at once, no backup holds them."),
            LocalText(zh: "下一步:", en: "Next:"),
            LocalText(
                zh: "  1. niangjia account add admin --role system_admin --data \(folder.path)",
                en: "  1. niangjia account add admin --role system_admin --data \(folder.path)"),
            LocalText(
                zh: "  2. 添加提交人和批准人:niangjia account add 账号 --role program_admin --as admin(两个人)",
                en:
                    "  2. who proposes and who approves: niangjia account add ID --role program_admin --as admin (two people)"
            ),
            LocalText(
                zh: "  3. 修改 config/ 中的设置,niangjia check --data \(folder.path)",
                en: "  3. change what config/ says, niangjia check --data \(folder.path)"),
            LocalText(
                zh: "  4. niangjia config propose --as 提交人,niangjia config approve … --as 另一人",
                en: "  4. niangjia config propose --as ONE, niangjia config approve … --as ANOTHER"),
            LocalText(
                zh: "  5. 添加经办等账号,导入组织、家庭、人员、站点,niangjia serve(见管理员手册“建立一座城市”)",
                en:
                    "  5. add clerks, import organizations, households, people, stations, niangjia serve (see the administrator's manual)"
            ),
        ]
    }

    /// What `--template` says of itself.
    public static let templateHelp =
        "模板文件夹,含 config/ 与 plugins/(默认:NIANGJIA_TEMPLATE、当前文件夹、程序旁的 ../share/niangjia) A folder with config/ and plugins/ to copy."

    /// Makes a city's folder from a template, whole or not at all: it is made beside its place and moved there by one rename, so
    /// that nobody ever finds half a city, whatever ends this process.
    ///
    /// - Parameter finish: what else belongs to a whole city; it is given the folder that is being made.
    static func make(
        _ folder: DataFolder, template: String?, clock: any NiangjiaCore.Clock,
        finish: (DataFolder) throws -> Void = { _ in }
    ) async throws {
        let template = try templateFolder(template)
        let place = NewFolder(for: folder.path)
        let hadKeys = FileManager.default.fileExists(atPath: folder.keyFile)
        do {
            try place.clear()
            let new = DataFolder(place.path, keys: folder.keyFile)
            try await Host.create(new, clock: clock)
            try copy(from: template, to: new)
            try finish(new)
            try place.move()
        } catch {
            place.remove()
            // The keys of a city that never was have sealed nothing. Killed here they stay, and the next attempt takes them.
            if !hadKeys { try? FileManager.default.removeItem(atPath: folder.keyFile) }
            throw error
        }
    }

    /// The folder with `config/` and `plugins/`: the one named, `NIANGJIA_TEMPLATE`, the present folder, or one above the binary.
    static func templateFolder(_ given: String?) throws -> String {
        let binary = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        var candidates = [given ?? ProcessInfo.processInfo.environment["NIANGJIA_TEMPLATE"] ?? "."]
        if given == nil {
            var above = (binary as NSString).deletingLastPathComponent
            for _ in 0..<5 where above.count > 1 {
                candidates += [above, above + "/share/niangjia"]
                above = (above as NSString).deletingLastPathComponent
            }
        }
        let found = candidates.first {
            FileManager.default.fileExists(atPath: $0 + "/config/niangjia.yaml")
                && FileManager.default.fileExists(atPath: $0 + "/plugins")
        }
        guard let found else {
            throw NiangjiaError(
                .notFound,
                zh:
                    "找不到模板:请用 --template(或 NIANGJIA_TEMPLATE)指明含 config/ 与 plugins/ 的文件夹(例如源代码文件夹)。什么都没有建立。找过:\(candidates.joined(separator: "、"))",
                en:
                    "No template was found: name a folder with config/ and plugins/ (the source folder, say) with --template or NIANGJIA_TEMPLATE. Nothing was made. Looked in: \(candidates.joined(separator: ", "))",
                place: given)
        }
        return found
    }

    /// What belongs to authors and to no bundle: the plugins' tests and what is told about them.
    private static func authorsFiles(in template: String) -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        for path in FileManager.default.subpaths(atPath: template + "/plugins") ?? [] {
            let parts = path.split(separator: "/")
            let isTest = parts.count == 3 && parts[1] == "tests" && path.hasSuffix(".yaml")
            guard isTest || (parts.count == 2 && parts[1] == "README.md") else { continue }
            let content = FileManager.default.contents(atPath: "\(template)/plugins/\(path)")
            found["plugins/\(path)"] = content.map { [UInt8]($0) }
        }
        return found
    }

    static func copy(from template: String, to folder: DataFolder) throws {
        let files = try ConfigFolder.files(in: template).merging(authorsFiles(in: template)) { file, _ in file }
        for (path, bytes) in files {
            let target = folder.path + "/" + path
            if FileManager.default.fileExists(atPath: target) { continue }
            do {
                try FileManager.default.createDirectory(
                    atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
                try Data(bytes).write(to: URL(fileURLWithPath: target), options: .atomic)
            } catch {
                throw NiangjiaError(
                    .store, zh: "复制模板失败。", en: "The template could not be copied.", place: target, cause: "\(error)")
            }
        }
    }

    /// Writes the JSON Schemas of the configuration. Returns their files.
    public static func writeSchemas(to folder: String) throws -> [String] {
        guard !folder.hasSuffix(".json") else {
            throw NiangjiaError(
                .invalid, zh: "--out 是文件夹:每种文件写出一个 Schema,请写如 --out .schemas。",
                en: "--out is a folder, one schema is written for each kind of file: write --out .schemas, say.",
                place: folder)
        }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            return try ConfigSchemas.all.keys.sorted().map { name in
                let path = "\(folder)/\(name)"
                try Data((ConfigSchemas.all[name] ?? "").utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
                return path
            }
        } catch {
            throw NiangjiaError(.store, zh: "无法写出。", en: "They can't be written.", place: folder, cause: "\(error)")
        }
    }
}
