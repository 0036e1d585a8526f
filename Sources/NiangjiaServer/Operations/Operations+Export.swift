import NiangjiaCore
import NiangjiaExchange

extension Operations {
    static func exportBatch(_ call: Call) async throws {
        let id = try call.arguments.id("batch", PayBatch.self)
        let bundle = try await call.host.bundles.active()
        let format = try BankFiles.format(try call.arguments.optionalText("template"), in: bundle)
        let (context, folder) = (call.context, call.host.folder.exports)
        let crypto = call.host.crypto
        let again = call.arguments.flag("again")
        try await ExportStanding.check(call.host)
        // The files are made before the money is in transit: what the bank's template can't hold stops the export.
        let (export, files, first) = try await call.host.store.write(.interactive) { writer in
            let first = try BankFiles.written(id, in: writer)
            if let first, !again { throw first.refusal }
            // Handed over, but killed before the file was written: the same lines, on the day of the handing over.
            let state = try Batches.load(id, in: writer)
            let export =
                state.state == .exported || state.state == .settled
                ? try Batches.lines(of: id, in: writer, crypto)
                : try Batches.export(
                    id, forbidden: try BatchRights.handlers(of: id, in: writer),
                    accountOf: { try PayeeAccounts.account(of: $0, in: $1, crypto) }, context, in: writer)
            let files = try BankFiles.files(export, format, on: state.exportedAt?.date ?? context.today)
            if let first {
                guard crypto.digest(files.flatMap(\.bytes)) == first.digest else { throw first.differs }
                try context.record("batch.file_again", about: id.text, body: .map([:]), in: writer)
            }
            return (export, files, first)
        }
        // What leaves stands in the ledger beside the store before there is a file to send.
        let sent = try await writeDown(id, call.host)
        for file in files { try BankFiles.put(file.bytes, name: file.name, in: folder) }
        let digest = crypto.digest(files.flatMap(\.bytes))
        if first == nil {
            try await call.host.store.write(.interactive) { writer in
                let names = files.map(\.name).joined(separator: ", ")
                try Batches.fileWritten(id, name: names, digest: digest, context, in: writer)
            }
        }
        // The chain's head stands on the sheet that leaves with the file (D5); a lost file doesn't change the sheet.
        if first == nil {
            let sheet = BankFiles.sheet(
                export, number: sent.seq, files: files.map(\.name), digest: hexadecimal(digest), head: sent.head)
            try BankFiles.put(Array(sheet.utf8), name: "\(export.title)-交接单.txt", in: folder)
        }
        tell(export, files.map(\.name), sent, digest: hexadecimal(digest), isFirst: first == nil, call)
    }

    private static func tell(
        _ export: BatchExport, _ files: [String], _ sent: SentExport, digest: String, isFirst: Bool, _ call: Call
    ) {
        let folder = call.host.folder.exports
        call.output.line(
            "批次 \(export.title) \(isFirst ? "已导出" : "已按原样再次写出,文件与首次相同"):\(export.count) 笔,\(export.total) 元。",
            en:
                "Batch \(export.title) is \(isFirst ? "written" : "written again, the same files as at first"): \(export.count) payments, \(export.total) yuan."
        )
        for file in files { call.output.line("  \(folder)/\(file)") }
        call.output.line("  文件摘要(SM3) \(digest)", en: "  digest of the files (SM3) \(digest)")
        if isFirst {
            call.output.line(
                "  导出序号 \(sent.seq)  链头(请抄写保存):\(sent.head)",
                en: "  export \(sent.seq), the chain's head (write both down): \(sent.head)")
        }
        call.output.answer([
            "batch": .text(export.batch.text), "number": .text(export.title), "count": .int(Int64(export.count)),
            "total_fen": .int(export.total.fen), "files": .list(files.map { .text($0) }),
            "digest": .text(digest), "head": isFirst ? .text(sent.head) : .null,
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
        if ledger.numbers().contains(number) { return try ledger.read(number, crypto) }
        let sent = try await host.store.read { try Exports.sent(number, head: head, in: $0, crypto) }
        try ledger.write(sent, of: name, crypto)
        return sent
    }
}
