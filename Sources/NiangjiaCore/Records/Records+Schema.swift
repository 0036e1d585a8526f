/// Tables of what plugins own (typed records) and of imports.
public enum RecordsSchema {
    /// A row of a record table that a plugin declares in its manifest. It belongs to no union; what is decided of one belongs to the
    /// union of whoever applies.
    public static let record = Table(
        "record", key: ["id"],
        proof: .open("registers keep their own history; what a decision read of them is in its call"),
        [
            Column("id", .int), Column("plugin", .text), Column("kind", .text),
            // The key's values as a canonical JSON list.
            Column("key", .text), Column("revision", .int), Column("valid_from", .int), Column("recorded_at", .int),
            Column("body", .text),
            // standing, removed
            Column("state", .text, default: .text("standing")),
        ], unique: [["plugin", "kind", "key"]], countsChanges: true)

    /// One import: a file handed in, checked, taken, perhaps undone.
    public static let importBatch = Table(
        "import_batch", key: ["id"], proof: .open("how a register was filled"),
        [
            Column("id", .int), Column("kind", .text), Column("source", .text), Column("batch", .text),
            // SM3 of the file that was taken last.
            Column("file_digest", .blob), Column("actor", .text), Column("started_at", .int),
            Column("finished_at", .int, nullable: true),
            // checked, taking, taken, undone
            Column("state", .text), Column("rows_done", .int, default: .int(0)),
            Column("counts", .text, default: .text("{}")),
        ], unique: [["kind", "source", "batch"]])

    /// An import that comes in several steps: said, sent, checked, confirmed. Its file lies in the data folder while it waits.
    public static let importJob = Table(
        "import_job", key: ["id"], proof: .open("how a register was filled"),
        [
            Column("id", .int), Column("version", .int, default: .int(1)), Column("account", .text),
            // What was said of it, as JSON: kind, name, mapping, source …
            Column("request", .text),
            // waiting, checking, checked, taking, taken, failed
            Column("state", .text), Column("made_at", .int), Column("changed_at", .int),
            Column("rows_total", .int, nullable: true), Column("findings", .text, nullable: true),
            Column("import_batch", .int, nullable: true), Column("failure", .text, nullable: true),
        ], index: [["account"], ["state"]])

    /// What an import did to a row's entity; `before_revision` 0 means that it made it.
    public static let importRow = Table(
        "import_row", key: ["import_batch", "row_key"], proof: .open("how a register was filled"),
        [
            Column("import_batch", .int), Column("row_key", .text), Column("row_number", .int), Column("entity", .int),
            Column("content_digest", .blob), Column("before_revision", .int), Column("after_revision", .int),
            // Undone: the entity is as it was, and who did both is still told.
            Column("is_undone", .bool, default: .bool(false)),
        ], index: [["entity"]])

    /// Who took a file into an import, or undid it: second persons are asked for by it (decision 0049), and auditors ask which file
    /// it was.
    public static let importDeed = Table(
        "import_deed", key: ["id"], proof: .sealed(zh: "导入经手", en: "handling of an import", id: "deed"),
        [
            Column("id", .int), Column("import_batch", .int),
            // taken, undone
            Column("deed", .text), Column("actor", .text), Column("begun_at", .int),
            // null: under way, or killed on the way
            Column("ended_at", .int, nullable: true),
            // The file as whoever handed it in called it, its size (bytes) and SM3; null of an undoing.
            Column("file_name", .text, nullable: true), Column("file_size", .int, nullable: true),
            Column("file_digest", .blob, nullable: true),
        ], index: [["import_batch"]])
}

/// A row of a plugin's record table.
public enum Record: Identified { public static let idPrefix = "r" }
/// An import that comes in several steps.
public enum StagedImport: Identified {
    /// `up-…`.
    public static let idPrefix = "up"

    /// Which step it has come to: it waits for its file, for somebody's word, or is at work.
    public enum State: String, Sendable, CaseIterable { case waiting, checking, checked, taking, taken, failed }
}
/// Somebody's handling of an import: taking it, undoing it.
public enum ImportDeed: Identified {
    /// `deed-…`.
    public static let idPrefix = "deed"

    /// What somebody did with an import.
    public enum Kind: String, Sendable, CaseIterable { case taken, undone }
}
/// One import of a file.
public enum ImportBatch: Identified {
    /// `imp-…`.
    public static let idPrefix = "imp"

    /// What is being done with an import, or was.
    public enum State: String, Sendable, CaseIterable { case taking, taken, undoing, undone }
}
