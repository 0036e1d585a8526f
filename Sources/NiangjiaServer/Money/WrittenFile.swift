import NiangjiaCore

/// What was written for the bank the first time.
struct WrittenFile: Sendable {
    var at: Instant?
    var name: String
    var digest: [UInt8]

    /// nil: nothing was written for the batch yet.
    init?(of batch: PayBatch) {
        guard let digest = batch.fileDigest else { return nil }
        (at, name, self.digest) = (batch.exportedAt, batch.fileName ?? "", digest)
    }

    /// A batch is exported once.
    var refusal: NiangjiaError {
        NiangjiaError(
            .conflict,
            zh: "已导出过(\(at?.description ?? "")):\(name),摘要 \(Hex.text(digest))。文件丢失时用 --again 按原样重写。",
            en:
                "It was exported before (\(at?.description ?? "")): \(name), digest \(Hex.text(digest)). If the file is lost, --again writes the same."
        )
    }

    /// Another template, or other content: the bank may have the first file already.
    var differs: NiangjiaError {
        NiangjiaError(
            .conflict,
            zh: "现在写出的文件会与首次导出的不同(首次摘要 \(Hex.text(digest))),没有写出:请用首次的银行模板(--template)。",
            en:
                "The file would differ from the first one (digest \(Hex.text(digest))); nothing was written. Name the bank's template of the first export."
        )
    }
}
