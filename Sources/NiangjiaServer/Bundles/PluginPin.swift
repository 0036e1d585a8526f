import NiangjiaConfig
import NiangjiaCore

/// A version of a plugin that somebody other than its author trusts: its digest stands for it from then on.
public struct PluginPin: Hashable, Sendable {
    /// The plugin's id.
    public var plugin: String
    /// The version that the digest stands for.
    public var version: String
    /// Hexadecimal SM3 over manifest and source.
    public var digest: String
    /// The bundle in which it was looked at.
    public var bundle: String
    /// Who proposed it, and who trusts it.
    public var author: String
    /// Another person.
    public var approvedBy: String
    /// When they signed for it.
    public var approvedAt: Instant

    static let columns = "plugin, version, digest, bundle, author, approved_by, approved_at"

    init(
        plugin: String, version: String, digest: String, bundle: String, author: String, approvedBy: String,
        approvedAt: Instant
    ) {
        self.plugin = plugin
        self.version = version
        self.digest = digest
        self.bundle = bundle
        self.author = author
        self.approvedBy = approvedBy
        self.approvedAt = approvedAt
    }

    init(_ row: any StoreRow) {
        self.init(
            plugin: row.text(0), version: row.text(1), digest: row.text(2), bundle: row.text(3), author: row.text(4),
            approvedBy: row.text(5), approvedAt: row.instant(6))
    }

    /// For `--json`.
    public var value: Value {
        [
            "plugin": .text(plugin), "version": .text(version), "digest": .text(digest), "bundle": .text(bundle),
            "author": .text(author), "approved_by": .text(approvedBy), "approved_at": .text(approvedAt.description),
        ]
    }

    /// `1.10.0` comes after `1.9.3`.
    static func isOlder(_ a: String, than b: String) -> Bool {
        func numbers(_ text: String) -> [Int64] { text.split(separator: ".").map { Int64($0) ?? 0 } }
        return numbers(a).lexicographicallyPrecedes(numbers(b))
    }
}

/// Pins in the store.
enum PluginPins {
    /// All of them, the newest first.
    static func all(of plugin: String? = nil, in reader: any StoreReader) throws -> [PluginPin] {
        let filter = plugin == nil ? "" : " WHERE plugin = $1"
        return try reader.all(
            "SELECT \(PluginPin.columns) FROM plugin_pin\(filter) ORDER BY approved_at DESC, plugin",
            plugin.map { [.text($0)] } ?? []
        ) { PluginPin($0) }
    }

    /// Refuses a version that is older than one already trusted, and a trusted version with another content. The very content of an
    /// older version that was approved before may come back: what it does is known, and a newer version may be the mistake.
    ///
    /// - Returns: for what comes back, which newer version it takes the place of.
    @discardableResult
    static func check(_ plugin: Plugin, in reader: any StoreReader) throws -> LocalText? {
        let (id, version) = (plugin.manifest.id, plugin.manifest.version)
        let place = "plugins/\(id)/plugin.yaml"
        let pins = try all(of: id, in: reader)
        if let same = pins.first(where: { $0.version == version }), same.digest != plugin.digest {
            let standing = try standing(of: same, in: reader)
            throw NiangjiaError(
                .conflict,
                zh:
                    "插件 \(id) \(version) \(standing.zh)(摘要 \(same.digest.prefix(12))),现在内容不同(\(plugin.digest.prefix(12))):改了内容就要升 version。",
                en:
                    "\(id) \(version) \(standing.en) (digest \(same.digest.prefix(12))) and its content is another now (\(plugin.digest.prefix(12))): raise version with every change.",
                place: place)
        }
        let newest = pins.max { PluginPin.isOlder($0.version, than: $1.version) }
        guard let newest, PluginPin.isOlder(version, than: newest.version) else { return nil }
        if let pin = pins.first(where: { $0.version == version }), try wasApproved(pin, in: reader) {
            return LocalText(
                zh: "插件 \(id) 用回较旧的版本 \(version)(这一内容批准过;最新的是 \(newest.version))",
                en:
                    "plugin \(id) goes back to \(version), whose content was approved before (the newest is \(newest.version))"
            )
        }
        let standing = try standing(of: newest, in: reader)
        throw NiangjiaError(
            .conflict,
            zh:
                "插件 \(id) 的版本 \(version) 比 \(newest.version) 旧,后者\(standing.zh):没有批准过的内容不能用旧版本号。要恢复批准过的内容:niangjia config revert 那一版;新的内容请以更高的版本号提交。",
            en:
                "\(id) \(version) is older than \(newest.version), which \(standing.en): content that was never approved can't have an older version. To restore what was approved: niangjia config revert to that bundle; new content takes a higher version.",
            place: place)
    }

    /// What became of a pinned version: whoever trusts a digest alone has brought nothing into force.
    private static func standing(of pin: PluginPin, in reader: any StoreReader) throws -> LocalText {
        guard try !wasApproved(pin, in: reader) else { return LocalText(zh: "已经批准过", en: "was approved already") }
        return LocalText(
            zh: "已由 \(pin.approvedBy) 认可这一内容,但含有它的配置没有批准过",
            en: "has been trusted by \(pin.approvedBy), though no bundle that holds it was ever approved")
    }

    /// Whether a bundle with a pinned version was ever approved: one that was taken back before its day has lost that state, the chain
    /// knows of it.
    private static func wasApproved(_ pin: PluginPin, in reader: any StoreReader) throws -> Bool {
        let approved = [BundleEntry.State.approved, .active, .retired].map { "'\($0.rawValue)'" }
        return try reader.first(
            """
            SELECT 1 FROM bundle b JOIN bundle_member m ON m.bundle = b.digest
            JOIN bundle_member p ON p.path = m.path AND p.file = m.file
            WHERE p.bundle = $1 AND p.path = $2 AND (b.state IN (\(approved.joined(separator: ", "))) OR EXISTS (
              SELECT 1 FROM chain_event e WHERE e.about = b.digest AND e.kind IN ('bundle.approved', 'bundle.activated')))
            LIMIT 1
            """, [.text(pin.bundle), .text("plugins/\(pin.plugin)/plugin.yaml")]
        ) { _ in true } != nil
    }

    /// Writes a pin; one that says the same already stays as it is. The table's key decides between two at once.
    static func write(_ pin: PluginPin, _ context: ChangeContext, in writer: any StoreWriter) throws {
        let added = try writer.execute(
            """
            INSERT INTO plugin_pin (\(PluginPin.columns)) VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (plugin, version) DO NOTHING
            """,
            [
                .text(pin.plugin), .text(pin.version), .text(pin.digest), .text(pin.bundle), .text(pin.author),
                .text(pin.approvedBy), .instant(pin.approvedAt),
            ])
        guard added == 1 else { return }
        try context.record(
            "plugin.approved", about: pin.plugin,
            body: ["version": .text(pin.version), "digest": .text(pin.digest), "bundle": .text(pin.bundle)], in: writer)
    }
}

extension BundleStore {
    /// Refuses plugins of a bundle that must not come into force: older and never approved, or changed under the same version.
    ///
    /// - Returns: which go back to an older version.
    @discardableResult
    func checkVersions(of bundle: Bundle) async throws -> [LocalText] {
        let plugins = bundle.plugins.values.sorted { $0.manifest.id < $1.manifest.id }
        return try await store.read { reader in
            try plugins.compactMap { try PluginPins.check($0, in: reader) }
        }
    }

    /// What a proposal would be refused for, as `check` tells it: all plugins of it at once. Nothing where no second person is asked for.
    func versionProblems(of bundle: Bundle) async throws -> [ConfigProblem] {
        guard let active = try await activeIfAny(), active.city.approval != .demo else { return [] }
        let plugins = bundle.plugins.values.sorted { $0.manifest.id < $1.manifest.id }
        return try await store.read { reader in
            try plugins.compactMap { plugin in
                do { try PluginPins.check(plugin, in: reader) } catch let error as NiangjiaError
                    where error.code == .conflict
                {
                    let id = plugin.manifest.id
                    let file = "plugins/\(id)/plugin.yaml"
                    let line = ManifestText(bundle.files[file] ?? [], plugin: id).line("version") ?? 0
                    return ConfigProblem(
                        file: file, line: line, column: line > 0 ? 1 : 0, path: "version", message: error.message,
                        severity: .error)
                }
                return nil
            }
        }
    }

    /// Fund lines in use that a bundle changes in what can't change, with their places.
    func fundProblems(of bundle: Bundle) async throws -> [ConfigProblem] {
        let old = try await activeIfAny()?.funds ?? FundsSettings()
        return try await store.read { try FundLines.problems(of: bundle, since: old, in: $0) }
    }

    /// The plugins of a bundle whose content nobody has trusted yet, by their ids.
    func unpinned(in bundle: Bundle) async throws -> [Plugin] {
        let pinned = try await store.read { Set(try PluginPins.all(in: $0).map(\.digest)) }
        return bundle.plugins.values.filter { !pinned.contains($0.digest) }.sorted { $0.manifest.id < $1.manifest.id }
    }

    /// Those of them that aren't in force either: nobody but who wrote them is known to have read them.
    ///
    /// - Parameter active: the bundle in force, if any.
    func untried(in bundle: Bundle, beside active: Bundle?) async throws -> [Plugin] {
        try await unpinned(in: bundle).filter { active?.plugins[$0.manifest.id]?.digest != $0.digest }
    }

    /// The plugins of a bundle whose rules count as unread. Where one person is enough (`approval: demo`) there is nobody to read them.
    func unread(in bundle: Bundle) async throws -> Set<String> {
        let active = try await activeIfAny()
        guard (active ?? bundle).city.approval != .demo else { return [] }
        return Set(try await untried(in: bundle, beside: active).map(\.manifest.id))
    }

    /// Pins plugins of a proposal by somebody who is none of their authors.
    ///
    /// - Parameter only: the plugin; nil: all of the bundle.
    /// - Throws: `forbidden` for an author, and for what nobody has signed for; `conflict` for an older version, or another content.
    @discardableResult
    func pin(_ only: String? = nil, of entry: BundleEntry, by account: Account) async throws -> [PluginPin] {
        guard entry.proposedBy != BundleStore.folderAuthor else { throw BundleStore.unsigned }
        let bundle = try await bundle(digest: entry.digest)
        let plugins = bundle.plugins.values.filter { only == nil || $0.manifest.id == only }
            .sorted { $0.manifest.id < $1.manifest.id }
        let files = Dictionary(
            uniqueKeysWithValues: plugins.map { plugin -> (String, [[UInt8]]) in
                let id = plugin.manifest.id
                return (
                    id, ["main.lua", "plugin.yaml"].map { crypto.digest(bundle.files["plugins/\(id)/\($0)"] ?? []) }
                )
            })
        let context = ChangeContext(now: clock.now(), actor: account.id, ids: ids, crypto: crypto)
        return try await store.write(.interactive) { writer in
            try plugins.map { plugin in
                let id = plugin.manifest.id
                try PluginPins.check(plugin, in: writer)
                let pins = try PluginPins.all(of: id, in: writer)
                if let pin = pins.first(where: { $0.digest == plugin.digest }) { return pin }
                for author in try BundleStore.authors(of: id, files[id] ?? [], in: writer)
                where try !Access.areTwoPeople(author, account.id, in: writer) {
                    throw NiangjiaError(
                        .forbidden, zh: "插件 \(id) 由你提交:须由另一人登录批准。",
                        en: "You proposed \(id): another person must sign in to approve it.")
                }
                let pin = PluginPin(
                    plugin: id, version: plugin.manifest.version, digest: plugin.digest, bundle: entry.digest,
                    author: entry.proposedBy, approvedBy: account.id, approvedAt: context.now)
                try PluginPins.write(pin, context, in: writer)
                return pin
            }
        }
    }

    /// Everybody who proposed a bundle with this content of a plugin: whoever brought it can't be the one who trusts it.
    private static func authors(of plugin: String, _ files: [[UInt8]], in reader: any StoreReader) throws -> [String] {
        guard files.count == 2 else { return [] }
        return try reader.all(
            """
            SELECT DISTINCT b.proposed_by FROM bundle b
            JOIN bundle_member s ON s.bundle = b.digest AND s.path = $1 AND s.file = $2
            JOIN bundle_member m ON m.bundle = b.digest AND m.path = $3 AND m.file = $4
            WHERE b.proposed_by <> $5
            """,
            [
                .text("plugins/\(plugin)/main.lua"), .blob(files[0]), .text("plugins/\(plugin)/plugin.yaml"),
                .blob(files[1]), .text(folderAuthor),
            ]
        ) { $0.text(0) }
    }

    static let unsigned = NiangjiaError(
        .forbidden, zh: "这项修改还没有人署名:先由修改人运行 niangjia config propose。",
        en: "Nobody has signed for this change: whoever made it runs niangjia config propose first.")
}
