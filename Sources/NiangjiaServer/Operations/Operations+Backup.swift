import Foundation
import NiangjiaCore
import NiangjiaCrypto

extension Operations {
    /// Copies the store as of one moment while work goes on, and says by what the copy is known later: its digest and the
    /// chain's head. Keys, evidence files and configuration lie beside the store and are copied as files.
    static func backup(_ call: Call) async throws {
        let target = URL(fileURLWithPath: try call.arguments.text("file")).standardizedFileURL
        let folder = call.host.folder
        let real = target.deletingLastPathComponent().resolvingSymlinksInPath().path + "/"
        let inside = URL(fileURLWithPath: folder.path).resolvingSymlinksInPath().path
        guard !real.hasPrefix(inside + "/") || real.hasPrefix(inside + "/backup/") else {
            throw NiangjiaError(
                .invalid, zh: "备份不要放在数据文件夹里(backup/ 除外):最好放到另一块磁盘。",
                en: "A backup lies outside the city's folder (or in its backup/), best on another disk.",
                place: target.path)
        }
        guard !FileManager.default.fileExists(atPath: target.path) else {
            throw NiangjiaError(
                .conflict, zh: "已有这个文件,不会覆盖。", en: "There is such a file; none is written over.", place: target.path)
        }
        let head = try await call.host.store.read { try Chain.head(in: $0) }
        do {
            try await call.host.store.backup(to: target.path)
        } catch let error as StoreError {
            throw NiangjiaError(
                .store, zh: "备份没有写成:请检查路径、权限和磁盘空间。",
                en: "The backup could not be written: check path, rights and space.", place: target.path,
                cause: "\(error)")
        }
        let crypto = call.host.crypto
        let (digest, size) = try await offPool { () throws -> (String, Int) in
            let bytes = try Data(contentsOf: target, options: .alwaysMapped)
            return (hexadecimal(crypto.digest([UInt8](bytes))), bytes.count)
        }
        let isChinese = call.output.language == .zh
        call.output.line(
            isChinese
                ? "已备份:\(target.path)(\(size >> 10) KB,SM3 \(digest))"
                : "Backed up: \(target.path) (\(size >> 10) KB, SM3 \(digest))")
        if let head {
            call.output.line(isChinese ? "备份开始时的链头:\(head.printed)" : "The chain's head when it began: \(head.printed)")
        }
        call.output.line(
            isChinese
                ? "恢复:停止服务,niangjia restore --data \(folder.path) \(target.path),再运行 doctor 和 audit verify --head。"
                : "To restore: stop the server, niangjia restore --data \(folder.path) \(target.path), then doctor and audit verify --head."
        )
        call.output.line(
            isChinese
                ? "另需备份:密钥 \(folder.keyFile)(与数据分开保管),附件 \(folder.files),config/ 与 plugins/。"
                : "Also keep: the keys \(folder.keyFile) (apart from the data), \(folder.files), config/ and plugins/.")
        call.output.answer([
            "file": .text(target.path), "bytes": .int(Int64(size)), "sm3": .text(digest),
            "head": head.map { .text($0.printed) } ?? .null,
        ])
    }
}
