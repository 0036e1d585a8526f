import Foundation
import NiangjiaCore
import NiangjiaPlugins
import LuaSandbox

/// What a city's only run decided, as the reference's three tables have it: a decision for each member, a transfer for each grant,
/// and what the fund and the payable account hold.
struct Export {
    let folder: String
    let database: String

    func run() async throws {
        let city = try BenchCity(folder: folder)
        let found = try await city.store.read { reader in
            try reader.first("SELECT id, program FROM run ORDER BY id DESC LIMIT 1") {
                ($0.id(0, Run.self), $0.text(1))
            }
        }
        guard let (run, program) = found else { throw StoreError.statement("the city has no run") }
        let pool = WorkerPool()
        let corridor = Corridor(
            store: city.store, judge: LuaJudge(pool: pool), clock: city.clock, ids: city.ids, crypto: city.crypto,
            bundles: OneBundle(bundle: Measure.bundle(facts: program.hasSuffix("14") ? "14" : "5")))
        var sql = "BEGIN;\n"
        try await corridor.forEachOutcome(of: run) { subject, outcome in
            let reason = (outcome.code ?? (outcome.stands ? "ok" : "?")).lowercased()
            sql +=
                "INSERT INTO decision VALUES('summer_cooling','2026',\(subject.id),\(outcome.stands ? 1 : 0),"
                + "'\(reason)',\(outcome.stands ? outcome.amount.fen : 0));\n"
        }
        // Transfers are what is held for people, not what the run says of itself.
        sql += try await city.store.read { reader in
            var transfers = ""
            try reader.forEach("SELECT payee, amount FROM entitlement WHERE state IN ('held', 'approved')", []) { row in
                transfers +=
                    "INSERT INTO transfer(debit_account,credit_account,amount_fen,idem_key) VALUES(1,2,\(row.int(1)),"
                    + "'summer_cooling:2026:\(row.int(0))');\n"
                return true
            }
            return transfers
        }
        let (left, held) = try await city.store.read { reader in
            (
                try Ledger.balance(of: .line("cooling-2026", .available), in: reader),
                try Ledger.balance(of: .line("cooling-2026", .held), in: reader)
            )
        }
        sql +=
            "UPDATE account SET balance_fen=\(left.fen) WHERE id=1; UPDATE account SET balance_fen=\(held.fen) WHERE id=2;\nCOMMIT;\n"
        try await city.store.close()
        pool.shutdown()
        try load(sql)
    }

    /// Hands the statements to SQLite's own command.
    private func load(_ sql: String) throws {
        let command = Process()
        command.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        command.arguments = ["sqlite3", "-bail", database]
        let input = Pipe()
        command.standardInput = input
        try command.run()
        try input.fileHandleForWriting.write(contentsOf: Data(sql.utf8))
        try input.fileHandleForWriting.close()
        command.waitUntilExit()
        guard command.terminationStatus == 0 else { throw StoreError.statement("sqlite3 refused the export") }
    }
}
