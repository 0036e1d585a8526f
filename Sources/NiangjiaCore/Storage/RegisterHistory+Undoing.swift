/// Taking back what was written by mistake. The versions that go stay in the history, for audits, marked as what never was true: no
/// past day sees them, and what an undoing put back counts as the version that it is a copy of.
extension RegisterHistory {
    /// Puts an earlier version in a row's place, if the row still has the revision of `current`; false when it has changed
    /// meanwhile. Whatever came after that version never was true.
    public static func restore(
        _ table: Table, _ current: [SQLValue], as old: [SQLValue], at now: Instant, in writer: any StoreWriter
    ) throws -> Bool {
        guard try replace(table, current, with: old, at: now, in: writer) else { return false }
        try markUndone(table, current, after: integer(old, "revision", table), in: writer)
        return true
    }

    /// Takes a row out of its register, if it still has the revision of `current`; false when it has changed meanwhile. It never was.
    public static func remove(_ table: Table, _ current: [SQLValue], at now: Instant, in writer: any StoreWriter) throws
        -> Bool
    {
        let condition = (table.key + ["revision"]).enumerated().map { "\($1) = $\($0 + 1)" }.joined(separator: " AND ")
        let keys = (table.key + ["revision"]).map { SQLValue.int(integer(current, $0, table)) }
        guard try writer.execute("DELETE FROM \(table.name) WHERE \(condition)", keys) == 1 else { return false }
        try keep(table, current, replacedAt: now, in: writer)
        try markUndone(table, current, after: 0, in: writer)
        return true
    }

    /// Takes a row away whose place and key stay for whoever names it: it is removed from `day` on, and before that never was. False
    /// when it has changed meanwhile.
    public static func strike(
        _ table: Table, _ current: [SQLValue], on day: CivilDate, at now: Instant, in writer: any StoreWriter
    ) throws -> Bool {
        var gone = current
        set(&gone, "state", .text("removed"), table)
        set(&gone, "valid_from", .date(day), table)
        guard try replace(table, current, with: gone, at: now, in: writer) else { return false }
        try markUndone(table, current, after: 0, in: writer)
        return true
    }

    /// Whether a row is still, or again, what it was at a revision: nothing has come after it but what was undone.
    public static func isStill(
        at revision: Int64, _ table: Table, _ current: [SQLValue], in reader: any StoreReader
    ) throws -> Bool {
        let now = integer(current, "revision", table)
        guard now > revision else { return now == revision }
        let (kind, entity) = subject(of: current, in: table)
        let undone = try reader.all(
            """
            SELECT is_undone FROM register_history WHERE kind = $1 AND entity = $2 AND revision >= $3 AND revision < $4 \
            ORDER BY revision
            """, [.text(kind), .int(entity), .int(revision), .int(now)]
        ) { $0.bool(0) }
        // What follows an undone version is what was put back in its place.
        return undone.first == false && zip(undone, undone.dropFirst() + [false]).allSatisfy { $0 || $1 }
    }

    /// The revision that a new row begins with: 1, or the one behind those that a row with its key had before it was removed.
    public static func firstRevision(
        _ table: Table, _ values: [SQLValue], in reader: any StoreReader
    ) throws -> Int64 {
        let (kind, entity) = subject(of: values, in: table)
        let last = try reader.integer(
            "SELECT MAX(revision) FROM register_history WHERE kind = $1 AND entity = $2", [.text(kind), .int(entity)])
        return (last ?? 0) + 1
    }

    /// The revision with which a row was made, and when the host learned of it.
    public static func made(
        _ table: Table, _ current: [SQLValue], in reader: any StoreReader
    ) throws -> (revision: Int64, at: Int64) {
        let (kind, entity) = subject(of: current, in: table)
        return try reader.first(
            """
            SELECT revision, recorded_at FROM register_history WHERE kind = $1 AND entity = $2 ORDER BY revision LIMIT 1
            """, [.text(kind), .int(entity)]
        ) { ($0.int(0), $0.int(1)) } ?? (integer(current, "revision", table), integer(current, "recorded_at", table))
    }

    private static func markUndone(
        _ table: Table, _ last: [SQLValue], after revision: Int64, in writer: any StoreWriter
    ) throws {
        let (kind, entity) = subject(of: last, in: table)
        try writer.execute(
            """
            UPDATE register_history SET is_undone = 1 WHERE kind = $1 AND entity = $2 AND revision > $3 AND revision <= $4
            """, [.text(kind), .int(entity), .int(revision), .int(integer(last, "revision", table))])
    }
}
