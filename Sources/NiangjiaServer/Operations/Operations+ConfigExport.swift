import Foundation
import NiangjiaConfig
import NiangjiaCore

/// Writing what is in force back into a folder: the very bytes that were approved, comments and order with them.
extension Operations {
    /// Writes the bundle in force into the city's folder, or another. What a file there says otherwise is never lost: without
    /// `replace` nothing is written at all, with it the old file is put aside in the exports.
    static func exportConfiguration(_ call: Call) async throws {
        let folder = call.host.folder
        let target = try call.arguments.optionalText("to") ?? folder.path
        let bundle = try await call.host.bundles.active()
        let stamp = call.host.clock.now().description.filter { $0.isNumber }.prefix(14)
        let writing = ConfigurationWriting(
            files: bundle.files, folder: URL(fileURLWithPath: target).standardizedFileURL.path,
            aside: "\(folder.exports)/config-\(stamp)-\(bundle.digest.prefix(8))")
        let plan = try await offPool { try writing.plan() }
        guard call.arguments.flag("replace") || plan.replaced.isEmpty && plan.removed.isEmpty else {
            throw writing.differs(plan)
        }
        try await offPool { try writing.write(plan) }
        let isActive = try await call.host.bundles.look(at: folder).isActive
        tell(plan, writing, bundle.digest, isActive, call)
    }

    private static func tell(
        _ plan: ConfigurationWriting.Plan, _ writing: ConfigurationWriting, _ digest: String, _ isActive: Bool,
        _ call: Call
    ) {
        for (paths, zh, en) in [
            (plan.added, "新增", "written"), (plan.replaced, "替换", "replaced"), (plan.removed, "移走", "moved away"),
        ] {
            paths.forEach { call.output.line("  \(zh) \($0)", en: "  \(en) \($0)") }
        }
        call.output.line(
            "生效中的配置 \(digest.prefix(12)) 已写入 \(writing.folder):新增 \(plan.added.count),替换 \(plan.replaced.count),移走 \(plan.removed.count),相同 \(plan.same)。",
            en:
                "What is in force, \(digest.prefix(12)), is in \(writing.folder): \(plan.added.count) written, \(plan.replaced.count) replaced, \(plan.removed.count) moved away, \(plan.same) alike."
        )
        let isAside = !plan.replaced.isEmpty || !plan.removed.isEmpty
        if isAside {
            call.output.line("原来的文件在 \(writing.aside)。", en: "The files that were there lie in \(writing.aside).")
        }
        call.output.answer([
            "digest": .text(digest), "folder": .text(writing.folder), "written": .list(plan.added.map { .text($0) }),
            "replaced": .list(plan.replaced.map { .text($0) }), "moved_away": .list(plan.removed.map { .text($0) }),
            "alike": .int(Int64(plan.same)), "aside": isAside ? .text(writing.aside) : .null,
            "folder_is_active": .bool(isActive),
        ])
    }
}

/// A bundle's files on their way into a folder.
struct ConfigurationWriting: Sendable {
    /// Path with `/` → bytes.
    let files: [String: [UInt8]]
    /// Absolute.
    let folder: String
    /// Where files go that others take the place of.
    let aside: String

    struct Plan: Sendable {
        var added: [String] = []
        var replaced: [String] = []
        /// What the bundle doesn't have.
        var removed: [String] = []
        var same = 0
    }

    /// What writing would do.
    ///
    /// - Throws: `conflict` where a link stands on the way: what it leads to belongs to somebody else.
    func plan() throws -> Plan {
        if let link = files.keys.sorted().lazy.compactMap({ isNoPlain($0) }).first {
            throw NiangjiaError(
                .conflict, zh: "这里是链接或别的东西,不是普通文件或文件夹:请先移走。",
                en: "Here is a link, or something else that is no plain file or folder: move it away first.",
                place: link)
        }
        let there = try ConfigFolder.files(in: folder)
        var plan = Plan()
        for path in files.keys.sorted() {
            switch there[path] {
            case nil: plan.added.append(path)
            case files[path]: plan.same += 1
            default: plan.replaced.append(path)
            }
        }
        plan.removed = there.keys.filter { files[$0] == nil }.sorted()
        return plan
    }

    /// The first step of a path that is there and is neither a folder nor, at its end, a regular file.
    private func isNoPlain(_ path: String) -> String? {
        let steps = path.split(separator: "/").map(String.init)
        guard !steps.contains(".."), !path.hasPrefix("/") else { return path }
        var whole = folder
        for (n, step) in steps.enumerated() {
            whole += "/" + step
            // Not followed: a link is a link.
            guard let type = (try? FileManager.default.attributesOfItem(atPath: whole))?[.type] as? FileAttributeType
            else { return nil }
            guard type == (n == steps.count - 1 ? .typeRegular : .typeDirectory) else { return whole }
        }
        return nil
    }

    /// Why nothing is written: somebody's files say something else.
    func differs(_ plan: Plan) -> NiangjiaError {
        func named(_ paths: [String], _ mark: String) -> String {
            paths.prefix(5).joined(separator: mark) + (paths.count > 5 ? " …" : "")
        }
        let (zh, en) = (named(plan.replaced + plan.removed, "、"), named(plan.replaced + plan.removed, ", "))
        return NiangjiaError(
            .conflict,
            zh:
                "文件夹里有 \(plan.replaced.count) 个文件与生效中的不同,另有 \(plan.removed.count) 个文件不在生效中的配置里(\(zh)),什么也没有写。niangjia config diff 列出不同;加 --replace 写入,原来的文件移到 exports/。",
            en:
                "\(plan.replaced.count) files of the folder differ from what is in force, and it has \(plan.removed.count) that aren't in it (\(en)): nothing was written. niangjia config diff tells what differs; --replace writes, and puts the old files into exports/.",
            place: folder)
    }

    /// Writes it. What is replaced is put aside first; what has been written stays complete wherever this is cut off, and asking again
    /// does the rest.
    func write(_ plan: Plan) throws {
        do {
            for path in plan.replaced + plan.removed {
                try makeFolder(of: aside + "/" + path, mode: 0o700)
                try FileManager.default.copyItem(atPath: folder + "/" + path, toPath: aside + "/" + path)
            }
            for path in plan.added + plan.replaced {
                try makeFolder(of: folder + "/" + path, mode: 0o755)
                let bytes = Data(files[path] ?? [])
                try bytes.write(to: URL(fileURLWithPath: folder + "/" + path), options: .atomic)
            }
            for path in plan.removed { try FileManager.default.removeItem(atPath: folder + "/" + path) }
        } catch {
            throw NiangjiaError(
                .store, zh: "没有写完:请检查写权限和磁盘空间,再运行一次。",
                en: "Not all was written: check the right to write and the space on the disk, and run it again.",
                place: folder, cause: "\(error)")
        }
    }

    private func makeFolder(of path: String, mode: Int) throws {
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true,
            attributes: [.posixPermissions: mode])
    }
}
