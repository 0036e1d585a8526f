import Foundation
import NiangjiaConfig
import NiangjiaCore
import NiangjiaPlugins

/// A plugin's folder on its author's disk.
struct PluginFolder: Sendable {
    let id: String
    let path: String

    /// - Parameters:
    ///   - name: an id (`tuition`), or a path (`plugins/tuition`).
    ///   - data: the city's folder, whose `plugins/` an id is looked for in; the present folder's comes second.
    init(_ name: String, data: String) {
        var candidates = ["\(data)/plugins/\(name)", "plugins/\(name)", name]
        if name.contains("/") || name == "." { candidates = [name, "\(data)/\(name)"] }
        let found = candidates.first { FileManager.default.fileExists(atPath: $0) } ?? candidates[0]
        path = URL(fileURLWithPath: found).standardizedFileURL.path
        id = (path as NSString).lastPathComponent
    }

    /// The city's folder around it, where the plugin lies in one.
    var city: String? {
        let above = (path as NSString).deletingLastPathComponent
        return (above as NSString).lastPathComponent == "plugins" ? (above as NSString).deletingLastPathComponent : nil
    }

    /// `plugins/<id>/plugin.yaml` and `plugins/<id>/main.lua` → content. Throws `notFound` for one that isn't there.
    func sources() throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in ["plugin.yaml", "main.lua"] {
            try expectRegular(name)
            guard let data = FileManager.default.contents(atPath: "\(path)/\(name)") else {
                throw NiangjiaError(
                    .notFound, zh: "没有 \(name)。新插件: niangjia plugin new \(id)",
                    en: "There is no \(name). A new plugin: niangjia plugin new \(id)", place: "\(path)/\(name)")
            }
            files["plugins/\(id)/\(name)"] = [UInt8](data)
        }
        return files
    }

    /// Throws `configuration` where a file is a link that leads out of the plugin's folder, a pipe or a device: no bundle reads one.
    private func expectRegular(_ name: String) throws {
        let (file, folder) = (URL(fileURLWithPath: "\(path)/\(name)"), URL(fileURLWithPath: path))
        guard FileManager.default.fileExists(atPath: file.path) else { return }
        let real = file.resolvingSymlinksInPath().path
        let type = (try? FileManager.default.attributesOfItem(atPath: real))?[.type] as? FileAttributeType
        guard real.hasPrefix(folder.resolvingSymlinksInPath().path + "/"), type == .typeRegular else {
            throw NiangjiaError(
                .configuration, zh: "没有读取 \(name):它是通到插件文件夹外的链接、管道或设备。请把内容复制成普通文件",
                en:
                    "\(name) isn't read: it is a link out of the plugin's folder, a pipe or a device. Copy what it says into a regular file",
                place: "plugins/\(id)/\(name)")
        }
    }

    /// The files under `tests/`, in order.
    func tests() throws -> [PluginTestFile] {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: path + "/tests")) ?? []).sorted()
        return try names.filter { $0.hasSuffix(".yaml") && !$0.hasPrefix(".") }.map { name in
            try expectRegular("tests/\(name)")
            let file = "plugins/\(id)/tests/\(name)"
            let bytes = FileManager.default.contents(atPath: "\(path)/tests/\(name)") ?? Data()
            return try PluginTestFile(yaml: [UInt8](bytes), path: file)
        }
    }

    /// The programs of the city around it, by their paths in the data folder.
    func programs() -> [String: [UInt8]] {
        guard let city else { return [:] }
        var files: [String: [UInt8]] = [:]
        for name in (try? FileManager.default.contentsOfDirectory(atPath: city + "/config/programs")) ?? []
        where name.hasSuffix(".yaml") && !name.hasPrefix(".") {
            let data = FileManager.default.contents(atPath: "\(city)/config/programs/\(name)")
            files["config/programs/\(name)"] = data.map { [UInt8]($0) }
        }
        return files
    }
}

extension PluginTestFile {
    /// A test file as it was typed. Throws `configuration` where it is no YAML.
    init(yaml bytes: [UInt8], path: String) throws {
        let document = try YAMLDocument(bytes, file: path)
        self.init(path: path, content: document.value(.text)) { at in
            document.root.at(path: at).map { "\($0.start.line):\($0.start.column)" }
        }
    }
}
