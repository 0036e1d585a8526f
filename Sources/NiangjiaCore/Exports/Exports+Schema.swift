/// Tables of what has left for the bank, numbered without gaps, so that a store restored from an older backup is found out.
public enum ExportsSchema {
    /// Every batch that was handed over, in its order: the number stands on the printed sheet and in a ledger beside the store.
    public static let exportLog = Table(
        "export_log", key: ["seq"], proof: .sealed(zh: "导出登记", en: "export"),
        [
            Column("seq", .int), Column("batch", .int), Column("digest", .blob), Column("line_count", .int),
            Column("total", .int), Column("exported_at", .int),
            // host; after a restore: entered (from the sealed ledger), answer (from the bank's answer)
            Column("source", .text),
        ], unique: [["batch"]])

    /// One row: the name that ties the store to its folder's ledger, and whether it was restored from a backup.
    public static let exportGuard = Table(
        "export_guard", key: ["id"], proof: .sealed(zh: "导出锁", en: "guard of exports"),
        [
            Column("id", .int), Column("nonce", .text),
            // open, restored (no export until what was exported since the backup is entered)
            Column("state", .text, default: .text("open")), Column("since", .int),
        ])

    /// What an export sent, of which the restored store has no entitlement: it may be approved once more, and is not paid again.
    public static let sentLine = Table(
        "sent_line", key: ["batch", "n"], proof: .sealed(zh: "已发明细", en: "line that was sent"),
        [
            Column("batch", .int), Column("n", .int), Column("seq", .int), Column("program", .text),
            Column("account_mac", .blob), Column("amount", .int),
            // The entitlement as it was called before the restore.
            Column("entitlement", .int, nullable: true),
            // open, matched (it paid an entitlement that was made anew), waived (it paid something else)
            Column("state", .text, default: .text("open")),
            Column("settled_by", .text, nullable: true), Column("settled_at", .int, nullable: true),
            Column("note", .text, nullable: true),
        ],
        index: [
            .init(["account_mac"], where: "state = 'open'"),
            .init(["entitlement"], where: "state = 'open' AND entitlement IS NOT NULL"),
        ])

    /// In the order in which they are made.
    public static let tables = [exportLog, exportGuard, sentLine]
}
