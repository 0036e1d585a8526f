import Foundation
import NiangjiaCore
import NiangjiaCrypto
import NiangjiaSQLite

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
        for taken in [target.path, target.path + ".damaged"] where FileManager.default.fileExists(atPath: taken) {
            throw NiangjiaError(
                .conflict, zh: "已有这个文件,不会覆盖。", en: "There is such a file; none is written over.", place: taken)
        }
        let crypto = call.host.crypto
        let head = try await call.host.store.read { try Chain.head(in: $0) }
        try await copy(call.host.store, to: target.path, crypto, call.output.language)
        let (digest, size) = try await offPool { () throws -> (String, Int) in
            let bytes = try Data(contentsOf: target, options: .alwaysMapped)
            return (Hex.text(crypto.digest([UInt8](bytes))), bytes.count)
        }
        let isChinese = call.output.language == .zh
        let beside = target.deletingLastPathComponent().path
        for name in LeftBackups.names(in: beside) {
            let words = LeftBackups.words("\(beside)/\(name)")
            call.output.line("提示 \(words.zh)", en: "note: \(words.en)")
        }
        call.output.line(
            isChinese
                ? "已备份:\(target.path)(\(size >> 10) KB,SM3 \(digest))"
                : "Backed up: \(target.path) (\(size >> 10) KB, SM3 \(digest))")
        if let head {
            call.output.line(isChinese ? "备份开始时的链头:\(head.printed)" : "The chain's head when it began: \(head.printed)")
        }
        call.output.line(
            isChinese
                ? "恢复:停止服务,niangjia restore --data \(folder.path) \(target.path),再运行 niangjia doctor 和 niangjia audit verify --head。"
                : "To restore: stop the server, niangjia restore --data \(folder.path) \(target.path), then niangjia doctor and niangjia audit verify --head."
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
    /// Copies the store and has the copy prove itself: its events, books and rows are recomputed. Throws `store` where something is wrong.
    private static func copy(
        _ store: SQLiteStore, to target: String, _ crypto: any CryptoProvider, _ language: Language
    ) async throws {
        let faults: [String]
        do {
            faults = try await store.backup(to: target) { reader in
                do {
                    return try Audit.verify(in: reader, crypto: crypto).faults.map { $0[language] }
                } catch let refusal as NiangjiaError { return [refusal.message[language]] }
            }
        } catch StoreError.damaged(let reason) {
            throw NiangjiaError(
                .store, zh: "数据库已损坏,无法备份:请恢复最近一份完好的备份。",
                en: "The store is damaged and can't be copied: restore the last backup that is sound.", place: target,
                cause: reason)
        } catch let error as StoreError {
            throw NiangjiaError(
                .store, zh: "备份没有写成:请检查路径、权限和磁盘空间。",
                en: "The backup could not be written: check path, rights and space.", place: target,
                cause: "\(error)")
        }
        guard let first = faults.first else { return }
        throw NiangjiaError(
            .store,
            zh:
                "数据库已损坏,这不是可用的备份。发现 \(faults.count) 处问题,如:\(first)。能读出的内容另存为 \(target).damaged。请保留以前的备份,并运行 niangjia doctor 和 niangjia audit verify。",
            en:
                "The store is damaged, and this is no backup. \(faults.count) faults were found, one of them: \(first). What could be read lies in \(target).damaged. Keep the earlier backups, and run niangjia doctor and niangjia audit verify.",
            place: target, cause: faults.prefix(100).joined(separator: "; "))
    }
}
