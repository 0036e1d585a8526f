import Foundation
import LuaSandbox
import NiangjiaConfig
import NiangjiaCore
import NiangjiaCrypto
import NiangjiaPlugins
import NiangjiaSQLite

/// What an author's commands work with, and keep warm between two runs: real workers, real stores in a temporary folder, the host's
/// own validator. No city is opened.
final class Workbench: Sendable {
    let pool: WorkerPool
    let crypto: SoftwareCrypto
    private let folder: String
    private let loader: BundleLoader
    /// An empty store of the present version, once one was made: the stores of cases are copies of it.
    private let template = Guarded<String?>(nil)

    init() throws {
        let crypto = try SoftwareCrypto(KeyRing(created: SystemClock().now()))
        self.crypto = crypto
        pool = WorkerPool()
        loader = BundleLoader(digest: { Hex.text(crypto.digest($0)) })
        folder =
            FileManager.default.temporaryDirectory.appendingPathComponent("niangjia-test-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    /// Ends the workers and takes the temporary folder away.
    func close() {
        pool.shutdown()
        try? FileManager.default.removeItem(atPath: folder)
    }

    func digest(_ bytes: [UInt8]) -> String { Hex.text(crypto.digest(bytes)) }

    /// What the tests of one plugin run on.
    func services(watch: ScriptWatch? = nil) -> TestServices {
        let loader = loader
        return TestServices(
            makeStore: { try await self.store() },
            makeBundle: { files in
                let (bundle, report) = loader.load(files: files)
                guard let bundle else {
                    throw report.error ?? NiangjiaError(.configuration, zh: "配置有误。", en: "The files have mistakes.")
                }
                return bundle
            }, judge: LuaJudge(pool: pool, watch: watch), crypto: crypto, watch: watch,
            actions: LuaActions(pool: pool, watch: watch))
    }

    /// A store of its own for a case.
    private func store() async throws -> SQLiteStore {
        let (path, crypto) = ("\(folder)/\(UUID().uuidString).sqlite", crypto)
        let made = template.withLock { $0 }
        let open: @Sendable (String) throws -> SQLiteStore = { path in
            var options = SQLiteStore.Options()
            options.readers = 1
            options.isDurable = false
            return try SQLiteStore.open(path: path, migrations: NiangjiaSchema.migrations, options: options) { writer in
                _ = try Chain.seal(in: writer, crypto: crypto)
            }
        }
        if made == nil {
            let first = "\(folder)/empty.sqlite"
            let store = try await offPool { try open(first) }
            try await store.close()
            template.withLock { $0 = first }
        }
        let from = template.withLock { $0 } ?? path
        return try await offPool {
            try FileManager.default.copyItem(atPath: from, toPath: path)
            return try open(path)
        }
    }
}
