import Foundation
import NiangjiaCore
import NiangjiaExchange

extension Operations {
    static func exportBatch(_ call: Call) async throws {
        let id = try call.arguments.id("batch", PayBatch.self)
        let bundle = try await call.host.bundles.active()
        let format = try BankFiles.format(try call.arguments.optionalText("template"), in: bundle)
        let (context, folder) = (call.context, call.host.folder.exports)
        try await ExportStanding.check(call.host)
        // Read here: the store's own threads know no task.
        let goesOn = Idempotency.current?.cutOffSince != nil
        let asked = AskedExport(batch: id, again: call.arguments.flag("again"), format: format, goesOn: goesOn)
        let known = try await call.host.store.read { try Batches.load(id, in: $0) }
        // What the bank has already may be written again.
        if !asked.again, known.exportedAt == nil { try await checkRunning(id, call) }
        let knowsDeaths = call.arguments.flag("deceased_checked")
        let leaving = try await call.host.store.read {
            try LeavingBatch(asked, knowsDeaths: knowsDeaths, context, in: $0)
        }
        try await call.host.store.write(.batch) { try leaving.enter(context, in: $0) }
        // What leaves stands in the ledger beside the store before there is a file to send.
        let sent = try await writeDown(id, call.host)
        for file in leaving.files { try BankFiles.put(file.bytes, name: file.name, in: folder) }
        let (export, names, digest) = (leaving.export, leaving.files.map(\.name), Hex.text(leaving.digest))
        // The chain's head stands on the sheet that leaves with the file (decision 0011); a lost file doesn't change it.
        let sheet = "\(export.title)-交接单.txt"
        if leaving.isFirst || !FileManager.default.fileExists(atPath: "\(folder)/\(sheet)") {
            let text = BankFiles.sheet(export, number: sent.seq, files: names, digest: digest, head: sent.head)
            try BankFiles.put(Array(text.utf8), name: sheet, in: folder)
        }
        // All of it has left; its lines follow with people's writes between them.
        try await Batches.follow(id, context, in: call.host.store)
        let head = leaving.isFirst ? sent.head : nil
        tell(export, names, digest, sent, head, isFirst: leaving.isFirst, call)
    }

    private static func tell(
        _ export: BatchExport, _ files: [String], _ digest: String, _ sent: SentExport, _ head: String?, isFirst: Bool,
        _ call: Call
    ) {
        call.output.line(
            "批次 \(export.title) \(isFirst ? "已导出" : "已按原样再次写出,文件与首次相同"):\(export.count) 笔,\(export.total) 元。",
            en:
                "Batch \(export.title) is \(isFirst ? "written" : "written again, the same files as at first"): \(export.count) payments, \(export.total) yuan."
        )
        for name in files { call.output.line("  \(call.host.folder.exports)/\(name)") }
        call.output.line("  文件摘要(SM3) \(digest)", en: "  digest of the files (SM3) \(digest)")
        if let head {
            call.output.line(
                "  导出序号 \(sent.seq)  链头(请抄写保存):\(head)",
                en: "  export \(sent.seq), the chain's head (write both down): \(head)")
        }
        call.output.answer([
            "batch": .text(export.batch.text), "number": .text(export.title), "count": .int(Int64(export.count)),
            "total_fen": .int(export.total.fen), "files": .list(files.map { .text($0) }),
            "digest": .text(digest), "head": head.map { .text($0) } ?? .null,
            "export": .int(sent.seq),
            "again": .bool(!isFirst),
        ])
    }

    /// Writes an export into the ledger beside the store, once; what was written before a kill stays as it was.
    private static func writeDown(_ id: ID<PayBatch>, _ host: Host) async throws -> SentExport {
        let (ledger, crypto) = (ExportLedger(host.folder), host.crypto)
        let (number, name, head) = try await host.store.read { reader in
            (
                try Exports.number(of: id, in: reader) ?? 0, try Exports.nonce(in: reader) ?? "",
                try Chain.head(in: reader)?.printed ?? ""
            )
        }
        if ledger.numbers().contains(number) {
            try ledger.note(number, for: name)
            return try ledger.read(number, crypto)
        }
        let sent = try await host.store.read { try Exports.sent(number, head: head, in: $0, crypto) }
        try ledger.write(sent, of: name, crypto)
        return sent
    }
}
