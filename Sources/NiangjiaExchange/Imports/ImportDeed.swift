import NiangjiaCore

/// A file as it was handed in: an auditor who holds one can tell whether it is this.
struct HandedIn: Sendable {
    /// As whoever handed it in called it (``FileName``); nil: nobody said.
    var name: String?
    /// Bytes.
    var size: Int64
    /// SM3 (GB/T 32905) of its content, as any tool reckons it.
    var digest: [UInt8]

    init(_ job: ImportJob, _ crypto: any CryptoProvider) throws {
        name = FileName.plain(job.fileName ?? job.file)
        let file = try ByteFile(reading: job.file)
        defer { file.close() }
        var size: Int64 = 0
        digest = try crypto.digest(pieces: {
            let piece = try file.read(1 << 20)
            size += Int64(piece.count)
            return piece
        })
        self.size = size
    }
}

/// What somebody did with an import: the rows of `import_deed`.
extension ImportDeed {
    /// Notes that somebody begins to take a file or to undo an import, in the transaction that begins it.
    static func begin(
        _ batch: Int64, _ kind: Kind, file: HandedIn? = nil, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        try writer.insert(
            into: "import_deed",
            columns: [
                "id", "import_batch", "deed", "actor", "begun_at", "file_name", "file_size", "file_digest",
            ],
            values: [
                .id(context.ids.next(ImportDeed.self)), .int(batch), .text(kind.rawValue), .text(context.actor),
                .instant(context.now),
                .optional(file?.name), .optional(file?.size), file.map { .blob($0.digest) } ?? .null,
            ])
    }

    /// Notes that what was begun has ended, what was killed on the way before with it.
    static func end(_ batch: Int64, _ context: ChangeContext, in writer: any StoreWriter) throws {
        try writer.execute(
            "UPDATE import_deed SET ended_at = $1 WHERE import_batch = $2 AND ended_at IS NULL",
            [.instant(context.now), .int(batch)])
    }
}
