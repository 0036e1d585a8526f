/// Tables of bundles: all configuration and plugin files by digest, kept for ever, and one active pointer (decision 0009).
public enum BundlesSchema {
    /// A file by the digest of its content: bundles share what they have in common.
    public static let file = Table(
        "bundle_file", key: ["digest"], proof: .told("its name is its digest, which is recomputed"),
        [Column("digest", .blob), Column("content", .blob)])

    /// A proposal: who brought some content, who decided about it, and what came of it. The same content may be proposed again, after
    /// another was in force: that is a row of its own, and what the row before it says stays.
    public static let bundle = Table(
        "bundle", key: ["digest", "n"], proof: .sealed(zh: "配置版本", en: "bundle"),
        [
            // Hexadecimal SM3 over the sorted list of (path, digest of the file).
            Column("digest", .text),
            // Which time this content was proposed, from 1.
            Column("n", .int, default: .int(1)), Column("parent", .text, nullable: true),
            Column("proposed_by", .text), Column("proposed_at", .int), Column("policy", .text, nullable: true),
            // The day from which it may become active; null: at once.
            Column("effective_on", .int, nullable: true),
            Column("decided_by", .text, nullable: true), Column("decided_at", .int, nullable: true),
            // proposed, approved (waits for its day), active, retired, declined, withdrawn, stale
            Column("state", .text), Column("summary", .text, default: .text("[]")),
            // The previews on which its approval rests: program/form and the hash of what was previewed.
            Column("previews", .text, default: .text("{}")),
            // 1: the folder held these files when they were proposed; 0: somebody asked for them otherwise.
            Column("from_folder", .int, default: .int(0)),
        ],
        // Of one content at most one proposal waits or is in force.
        unique: [.init(["digest"], where: "state IN ('proposed', 'approved', 'active')")], index: [["state"]])

    /// Which files a bundle is made of.
    public static let member = Table(
        "bundle_member", key: ["bundle", "path"], proof: .sealed(zh: "配置文件", en: "file of bundle"),
        [Column("bundle", .text), Column("path", .text), Column("file", .blob)])

    /// The one pointer, moved by compare-and-swap on its version.
    public static let pointer = Table(
        "active_bundle", key: ["name"], proof: .sealed(zh: "生效配置", en: "active bundle"),
        [
            Column("name", .text), Column("version", .int), Column("digest", .text), Column("since", .int),
            Column("by", .text),
            // The bundle in force that the folder was last one with: a change of the folder is a change of that one.
            Column("folder", .text, nullable: true),
        ])

    /// Versions of plugins that somebody other than their author trusts: one digest for each, for ever.
    public static let pin = Table(
        "plugin_pin", key: ["plugin", "version"], proof: .sealed(zh: "插件批准", en: "approved plugin"),
        [
            // Hexadecimal SM3 over manifest and source; the bundle in which it was looked at.
            Column("plugin", .text), Column("version", .text), Column("digest", .text), Column("bundle", .text),
            Column("author", .text), Column("approved_by", .text), Column("approved_at", .int),
        ])

    /// In the order in which they are made.
    public static let tables = [file, bundle, member, pointer, pin]
}
