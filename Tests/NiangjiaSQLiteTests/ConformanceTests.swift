import NiangjiaCore
import NiangjiaSQLite
import NiangjiaTesting
import Testing

/// The engine-neutral kit, on real files.
@Suite struct ConformanceTests {
    @Test(arguments: StoreConformance.suites.indices)
    func suite(_ index: Int) async throws {
        let folder = try TemporaryFolder()
        let kit = StoreConformance {
            try SQLiteStore.open(path: folder.file("store.sqlite"), migrations: StoreConformance.migrations)
        }
        let suite = StoreConformance.suites[index]
        do { try await suite.run(kit) } catch { Issue.record("\(suite.name): \(error)") }
    }
}
