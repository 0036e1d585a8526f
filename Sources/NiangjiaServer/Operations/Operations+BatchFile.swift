import Foundation
import NiangjiaCore

extension Operations {
    /// The bank's file of a batch as it was written, for whoever may hand it over; altered since, it is not given out.
    static func readBatchFile(_ call: Call) async throws {
        let id = try call.arguments.id("batch", PayBatch.self)
        let n = Int(try call.arguments.integer("n") ?? 1)
        let (context, crypto, folder) = (call.context, call.host.crypto, call.host.folder.exports)
        let written = WrittenFile(of: try await call.host.store.read { try Batches.load(id, in: $0) })
        let names = written?.name.components(separatedBy: ", ") ?? []
        guard let written, names.indices.contains(n - 1) else {
            throw NiangjiaError(
                .notFound, zh: "这个批次没有第 \(n) 个文件(尚未导出?)。",
                en: "The batch has no file \(n): it wasn't exported, perhaps.")
        }
        let contents = try await offPool {
            try names.map { name -> [UInt8] in
                guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else {
                    throw NiangjiaError(
                        .notFound, zh: "文件已不在 exports 中:请用 again 按原样重写。",
                        en: "The file is gone from the exports: export again writes the same.")
                }
                return [UInt8](data)
            }
        }
        guard crypto.digest(contents.flatMap(\.self)) == written.digest else {
            throw NiangjiaError(
                .conflict, zh: "exports 中的文件与导出时的摘要不符:请用 again 按原样重写。",
                en: "The file in the exports differs from what was exported: export again writes the same.")
        }
        try await call.host.store.write(.interactive) { writer in
            try context.record(
                "batch.file_read", about: id.text, body: ["file": .text(names[n - 1])], in: writer)
        }
        call.output.line("\(folder)/\(names[n - 1])")
        call.output.answer([
            "name": .text(names[n - 1]), "content": .text(Data(contents[n - 1]).base64EncodedString()),
        ])
    }
}
