/// Table of evidence files: scans and photographs that people hand in.
public enum FilesSchema {
    /// A file lies sealed in the data folder under its digest; the row that names it is written after the file is on the disk.
    public static let evidence = Table(
        "evidence", key: ["digest"], proof: .told("its name is its digest"),
        [
            // SM3 of the content, keyed, so that the name in the folder tells nobody what is in it.
            Column("digest", .blob), Column("size", .int), Column("media_type", .text), Column("added_at", .int),
            Column("added_by", .text),
            // How many rows name it; a file that none names is removed by the sweep.
            Column("references_count", .int, default: .int(0)), Column("unreferenced_at", .int, nullable: true),
            // The content alone, keyed, whoever added it; null: added before it was kept.
            Column("content_mac", .blob, nullable: true),
        ], index: [.init(["content_mac"], where: "content_mac IS NOT NULL")])

    /// Who names a file.
    public static let reference = Table(
        "evidence_reference", key: ["digest", "owner"], proof: .open("a name beside a digest"),
        [Column("digest", .blob), Column("owner", .text), Column("name", .text)], index: [["owner"]])

    /// In the order in which they are made.
    public static let tables = [evidence, reference]
}
