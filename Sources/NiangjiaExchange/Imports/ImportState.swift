import NiangjiaCore

/// Taking and undoing go in many transactions, and each asks in its own whether it is still its turn: an undoing that begins stops
/// the taking, and of two undoings one says how it ended.
extension ImportBatch.State {
    /// Throws `conflict` unless this is what is being done with an import.
    func check(_ batch: Int64, in reader: any StoreReader) throws {
        let state = try reader.first("SELECT state FROM import_batch WHERE id = $1", [.int(batch)]) { $0.text(0) }
        guard state != rawValue else { return }
        throw NiangjiaError(
            .conflict, zh: "这次导入同时被另一人导入或撤销,本次到此为止:用 niangjia import list 查看它现在的状态。",
            en:
                "Somebody else takes or undoes this import at the same time; this one stops here: niangjia import list shows how it stands."
        )
    }

    /// Says that this is what is being done with it from now on.
    func begin(_ batch: Int64, in writer: any StoreWriter) throws {
        try writer.execute("UPDATE import_batch SET state = $1 WHERE id = $2", [.text(rawValue), .int(batch)])
    }
}
