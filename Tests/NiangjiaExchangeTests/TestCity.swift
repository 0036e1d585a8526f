import NiangjiaCore
import NiangjiaCrypto
import NiangjiaSQLite

@testable import NiangjiaExchange

/// A city's store in a folder of its own, with an importer.
struct TestCity {
    let folder: TestFolder
    let store: SQLiteStore
    let crypto: SoftwareCrypto
    let clock: FixedClock
    let ids: IDSource

    init() throws {
        folder = try TestFolder()
        let start = Instant(CivilDate(days: 20_000), minutes: 480)
        clock = FixedClock(start)
        crypto = try SoftwareCrypto(KeyRing(created: start))
        ids = IDSource(host: 1, clock: clock)
        store = try SQLiteStore.open(path: folder.path + "/niangjia.db", migrations: NiangjiaSchema.migrations)
    }

    /// An importer of the present moment; the clock moves on a minute.
    func importer() -> Importer {
        clock.advance(milliseconds: 60_000)
        return Importer(
            store: store, context: ChangeContext(now: clock.now(), actor: "clerk", ids: ids, crypto: crypto))
    }

    func job(_ kind: ImportKind, _ text: String, _ name: String = "in.csv") throws -> ImportJob {
        var job = ImportJob(file: try folder.file(name, text), mapping: ImportMapping(kind))
        job.resultFile = folder.path + "/result.csv"
        return job
    }

    @discardableResult
    func take(_ kind: ImportKind, _ text: String, _ name: String = "in.csv") async throws -> ImportSummary {
        try await importer().take(try job(kind, text, name))
    }

    func count(_ sql: String, _ arguments: [SQLValue] = []) async throws -> Int64 {
        try await store.read { try $0.integer(sql, arguments) ?? 0 }
    }

    func texts(_ sql: String, _ arguments: [SQLValue] = []) async throws -> [String] {
        try await store.read { try $0.all(sql, arguments) { $0.text(0) } }
    }

    static let unions = """
        工会代码,工会名称,上级代码,层级,统一社会信用代码
        990101,示范区总工会,990100,区县,
        99010101,示范快递工会,990101,基层,81990101MC00000128
        990100,示范市总工会,,市级,
        99010102,示范物流工会,990101,基层,
        """
}

/// A valid identity number of the fictional area, one for each index.
func number(_ index: Int) -> String {
    let body =
        "990101" + "\(19_600_101 + (index / 999) % 28 + (index / 27_972) % 12 * 100 + (index / 335_664) * 10_000)"
        + {
            let text = String(index % 999 + 1)
            return String(repeating: "0", count: 3 - text.count) + text
        }()
    return body + String(IdentityNumber.checkCharacter(body) ?? "?")
}
