import NiangjiaConfig
import LuaSandbox
import NiangjiaCore
import NiangjiaPlugins

/// The bundles of a city: every file by digest, for ever, and one active pointer moved by compare-and-swap (decision 0009).
///
/// The folder is how people write; what is in force is what was approved. A bad folder leaves the active bundle running.
public final class BundleStore: BundleSource {
    /// Whom a change of the folder is put down to before somebody signs for it.
    public static let folderAuthor = "folder"

    let store: any Store
    let crypto: any CryptoProvider
    let clock: any Clock
    let ids: IDSource
    let loader: BundleLoader
    private let known = Guarded<[String: Bundle]>([:])
    /// Checks scripts; nil where only stored bundles are read.
    private let plugins: PluginCheck?
    /// What was found in plugins that were checked, by their digest.
    private let checked = Guarded<[String: PluginCheckReport]>([:])

    init(
        store: any Store, crypto: any CryptoProvider, clock: any Clock, ids: IDSource, workers: WorkerPool? = nil
    ) {
        plugins = workers.map { PluginCheck(pool: $0) }
        self.store = store
        self.crypto = crypto
        self.clock = clock
        self.ids = ids
        loader = BundleLoader(digest: { Hex.text(crypto.digest($0)) })
    }

    /// Checks files as `check`, boot and propose do. Codes of organisations are checked as soon as any have been imported.
    public func read(_ files: [String: [UInt8]]) async throws -> BundleReading {
        let codes = try await store.read { reader in
            Set(try reader.all("SELECT code FROM organization", []) { $0.text(0) })
        }
        var loader = loader
        if !codes.isEmpty { loader.isOrganization = { codes.contains($0) } }
        let (bundle, loaded) = loader.load(files: files)
        var report = loaded
        if let bundle {
            for plugin in bundle.plugins.values {
                report.append(contentsOf: try await problems(of: plugin, in: files, bundle))
            }
        }
        return BundleReading(bundle: bundle, report: report)
    }

    /// What is wrong with a plugin's script, and with the words and amounts that programs set for it: a rule that no worker can load must never
    /// come into force.
    private func problems(of plugin: Plugin, in files: [String: [UInt8]], _ bundle: Bundle) async throws
        -> [ConfigProblem]
    {
        guard let plugins else { return [] }
        let report: PluginCheckReport
        if let before = checked.withLock({ $0[plugin.digest] }) {
            report = before
        } else {
            let id = plugin.manifest.id
            report = try await plugins.check(
                plugin, manifestLine: ManifestText(files["plugins/\(id)/plugin.yaml"] ?? [], plugin: id).line)
            checked.withLock { $0[plugin.digest] = report }
        }
        return report.problems.map { ConfigProblem($0) }
            + ProgramWords.problems(in: files, plugin: plugin.manifest.id, report.vocabularies)
            + ProgramAmounts.problems(in: files, bundle, plugin: plugin.manifest.id, report.grants)
    }

    public func activeIfAny() async throws -> Bundle? {
        guard let digest = try await activeDigest() else { return nil }
        return try await bundle(digest: digest)
    }

    public func active() async throws -> Bundle {
        guard let bundle = try await activeIfAny() else {
            throw NiangjiaError(
                .configuration, zh: "还没有生效的配置:先运行 niangjia config propose,再由另一人 niangjia config approve。",
                en:
                    "No configuration is in force yet: niangjia config propose, then niangjia config approve by somebody else."
            )
        }
        return bundle
    }

    public func bundle(digest: String) async throws -> Bundle {
        if let bundle = known.withLock({ $0[digest] }) { return bundle }
        let rows = try await store.read { reader in
            try reader.all(
                """
                SELECT m.path, f.content FROM bundle_member m JOIN bundle_file f ON f.digest = m.file
                WHERE m.bundle = $1 ORDER BY m.path
                """, [.text(digest)]
            ) { ($0.text(0), $0.blob(1)) }
        }
        guard !rows.isEmpty else {
            throw NiangjiaError(.notFound, zh: "没有这一版配置。", en: "There is no such bundle.", cause: digest)
        }
        let files = Dictionary(uniqueKeysWithValues: rows)
        guard loader.digest(of: files) == digest else {
            throw NiangjiaError(
                .store, zh: "配置存档与摘要不符:存档可能被改动。",
                en: "A stored bundle doesn't match its digest: it may have been altered.",
                cause: digest)
        }
        guard var bundle = loader.loadApproved(files: files).bundle else {
            throw NiangjiaError(
                .configuration, zh: "存档的配置无法读取:它由另一版本的程序批准。",
                en: "A stored bundle can't be read: another version of the program approved it.", cause: digest)
        }
        bundle.digest = digest
        known.withLock { $0[digest] = bundle }
        return bundle
    }

    func activeDigest() async throws -> String? {
        try await store.glance { reader in try BundleStore.pointer(in: reader)?.digest }
    }

    /// Whether a city's folder holds anything else than what is in force.
    func differs(from folder: DataFolder) async throws -> Bool {
        try await activeDigest() != loader.digest(of: ConfigFolder.files(in: folder.path))
    }

    static func pointer(in reader: any StoreReader) throws -> (digest: String, version: Int64, folder: String?)? {
        try reader.first("SELECT digest, version, folder FROM active_bundle WHERE name = 'city'", []) {
            ($0.text(0), $0.int(1), $0.textOrNil(2))
        }
    }

    /// The folder holds what is in force: what is changed in it from now on is a change of that.
    private func noteFolder(_ digest: String) async throws {
        try await store.write(.interactive) { writer in
            _ = try writer.execute(
                "UPDATE active_bundle SET folder = $1 WHERE name = 'city' AND digest = $1", [.text(digest)])
        }
    }

    /// Every proposal, the newest first; one row for each time that a content was proposed.
    public func log() async throws -> [BundleEntry] {
        try await store.read { reader in
            try reader.all("SELECT \(BundleEntry.columns) FROM bundle ORDER BY proposed_at DESC, n DESC, digest", []) {
                BundleEntry($0)
            }
        }
    }

    /// The newest proposal of a bundle, by its digest, or by enough of the digest's beginning to be the only one.
    public func entry(_ prefix: String) async throws -> BundleEntry {
        let hits = try await log().filter { $0.digest.hasPrefix(prefix.lowercased()) }
        guard let newest = hits.max(by: { $0.n < $1.n }), prefix.count >= 4, Set(hits.map(\.digest)).count == 1 else {
            throw NiangjiaError(
                .notFound, zh: "没有以 \(prefix) 开头的唯一一版配置(至少写 4 位)。",
                en: "No single bundle begins with \(prefix) (write at least 4 digits).")
        }
        return newest
    }

    /// Looks at the folder. A valid change becomes a proposal: active at once where the bundle in force says `approval: demo`
    /// (or there is none yet and the folder says so), otherwise 待批准. What was approved otherwise is never turned back by a folder
    /// that doesn't hold it: then the folder is behind, which is said, until somebody puts it in or proposes the folder in their
    /// own name (decision 0053).
    @discardableResult
    public func look(at folder: DataFolder, as account: String = BundleStore.folderAuthor) async throws -> FolderState {
        let files = try ConfigFolder.files(in: folder.path)
        let digest = loader.digest(of: files)
        let pointer = try await store.read { try BundleStore.pointer(in: $0) }
        if pointer?.digest == digest {
            if pointer?.folder != digest { try await noteFolder(digest) }
            return FolderState(digest: digest, isActive: true, proposal: nil, errors: [])
        }
        let found = try await log().first {
            $0.digest == digest && ($0.state == .proposed || $0.state == .approved)
        }
        if let found, account == BundleStore.folderAuthor || found.proposedBy == account {
            return FolderState(digest: digest, isActive: false, proposal: found, errors: [])
        }
        if account == BundleStore.folderAuthor, let pointer, pointer.folder != pointer.digest {
            var state = FolderState(digest: digest, isActive: false, proposal: nil, errors: [])
            state.isBehind = true
            return state
        }
        let reading = try await read(files)
        guard reading.bundle != nil, reading.report.isUsable else {
            let errors = reading.report.errors.map {
                LocalText(zh: "\($0.place) \($0.text(.zh))", en: "\($0.place) \($0.text(.en))")
            }
            return FolderState(digest: digest, isActive: false, proposal: nil, errors: errors)
        }
        let entry: BundleEntry
        do { entry = try await propose(files, by: account) } catch let error as NiangjiaError
            where error.code == .conflict && account == BundleStore.folderAuthor
        {
            // Nobody is there to be refused: it stands where an administrator looks.
            let place = error.place.map { $0 + " " } ?? ""
            let words = LocalText(zh: place + error.message.zh, en: place + error.message.en)
            return FolderState(digest: digest, isActive: false, proposal: nil, errors: [words])
        }
        return FolderState(
            digest: digest, isActive: entry.state == .active, proposal: entry.state == .active ? nil : entry, errors: []
        )
    }
}
