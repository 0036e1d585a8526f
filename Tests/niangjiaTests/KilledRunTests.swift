import CSQLite
import Foundation
import NiangjiaCore
import NiangjiaSQLite
import Testing

/// `niangjia program decide`, killed with SIGKILL again and again, comes to the sums of a run that nobody disturbed.
@Suite("A run of the real binary, killed", .serialized) struct KilledRunTests {
    private static let arguments = [
        "program", "decide", "summer-cooling-2026", "--form", "package", "--as-of", "2026-09-01", "--as", "office",
    ]
    private static let password = ["NIANGJIA_PASSWORD": "niangjia-demo"]

    /// Numbers of a city's store, read beside the process that works on it; 0 where they can't be read yet.
    private func numbers(_ sql: String, of city: String) -> [Int64] {
        var database: OpaquePointer?
        defer { sqlite3_close_v2(database) }
        guard sqlite3_open_v2(city + "/store/niangjia.sqlite", &database, SQLITE_OPEN_READONLY, nil) == SQLITE_OK else {
            return [0]
        }
        sqlite3_busy_timeout(database, 1_000)
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        guard sqlite3_prepare_v2(database, sql, -1, &statement, nil) == SQLITE_OK,
            sqlite3_step(statement) == SQLITE_ROW
        else { return [0] }
        return (0..<sqlite3_column_count(statement)).map { sqlite3_column_int64(statement, $0) }
    }

    private static let day = CivilDate("2026-09-01")?.days ?? 0

    /// How far the first run of the day has come: blocks judged, then applied.
    private func progress(of city: String) -> Int64 {
        numbers("SELECT blocks + applied_blocks FROM run WHERE as_of = \(Self.day) ORDER BY id LIMIT 1", of: city)[0]
    }

    /// What a city's books and decisions come to.
    private func sums(_ binary: Binary, _ city: String) async throws -> [Value?] {
        func answer(_ arguments: [String]) throws -> Value? {
            try binary.run(all: arguments + ["--data", city, "--json"], environment: Self.password).value
        }
        #expect(try answer(["fund", "verify"])?["ok"].bool == true)
        #expect(try answer(["audit", "verify"])?["ok"].bool == true)
        // Decisions of runs lie packed: the host's own driver shows them.
        let store = try SQLiteStore.open(path: city + "/store/niangjia.sqlite", migrations: NiangjiaSchema.migrations)
        let decided = try await store.read { reader in
            try reader.first(
                """
                SELECT COUNT(*), COUNT(DISTINCT subject), SUM(amount), SUM(subject % 1000003) FROM decision \
                WHERE on_date = $1 AND state = 'standing'
                """, [.int(Int64(Self.day))]
            ) { row in (0..<4).map { row.int($0) } } ?? [0, 0]
        }
        try await store.close()
        #expect(decided[0] > 1_000 && decided[0] == decided[1])
        return [try answer(["fund", "balance"]), .list(decided.map { .int($0) })]
    }

    @Test("Killed at step after step, or stopped by Ctrl-C, it ends with the same sums", .timeLimit(.minutes(10)))
    func killed() async throws {
        let binary = try Binary()
        let told = try binary.run("demo", "--members", "9000", "--stations", "48", "--data", binary.city)
        #expect(told.status == 0, "\(told.errors)")
        // The year's ceiling is nearly reached by then: a higher one leaves the run something to give.
        let file = binary.city + "/config/programs/summer-cooling-2026.yaml"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let raised = text.replacingOccurrences(
            of: "persons: 5200, amount: 520000", with: "persons: 50000, amount: 900000")
        #expect(raised != text)
        try raised.write(toFile: file, atomically: true, encoding: .utf8)
        let proposed = try binary.run("config", "propose", "--as", "office", environment: Self.password)
        #expect(proposed.status == 0, "\(proposed.errors)")
        try binary.moveClock(to: "2026-09-01")
        let (other, third) = (binary.temporary.file("other"), binary.temporary.file("third"))
        for (copy, suffix) in [(other, ""), (other, ".keys"), (third, ""), (third, ".keys")] {
            try FileManager.default.copyItem(atPath: binary.city + suffix, toPath: copy + suffix)
        }
        let whole = try binary.run(all: Self.arguments + ["--json"], environment: Self.password)
        #expect(whole.status == 0, "\(whole.errors)")
        let steps = progress(of: binary.city)
        #expect(steps >= 4)

        var kills = 0
        var reached: Int64 = 0
        while kills < steps {
            let process = binary.process(Self.arguments + ["--data", other], environment: Self.password)
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            while process.isRunning, progress(of: other) <= reached { usleep(2_000) }
            guard process.isRunning else { break }
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            kills += 1
            reached = max(reached + 1, progress(of: other))
        }
        #expect(kills >= 3)
        let ended = try binary.run(all: Self.arguments + ["--json", "--data", other], environment: Self.password)
        #expect(ended.status == 0, "\(ended.errors)")
        try interrupted(binary, third)
        let expected = try await sums(binary, binary.city)
        #expect(try await sums(binary, other) == expected)
        #expect(try await sums(binary, third) == expected)
        // A third time nothing is left to do.
        let again = try binary.run(all: Self.arguments + ["--json", "--data", other], environment: Self.password).value
        #expect(again?["applied"].int == 0)
    }

    /// Ctrl-C leaves a run that the same command takes up again.
    private func interrupted(_ binary: Binary, _ city: String) throws {
        let process = binary.process(Self.arguments + ["--data", city], environment: Self.password)
        let errors = Pipe()
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        try process.run()
        while process.isRunning, progress(of: city) < 1 { usleep(2_000) }
        kill(process.processIdentifier, SIGINT)
        process.waitUntilExit()
        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == 1 && said.contains("再次运行同一命令"), "\(said)")
        let left = try binary.run(
            "program", "runs", "summer-cooling-2026", "--as", "office", "--json", "--data", city,
            environment: Self.password
        ).value?.list?.first
        #expect(left?["state"].text == "interrupted" && left?["is_ended"].bool == true)
        let ended = try binary.run(all: Self.arguments + ["--json", "--data", city], environment: Self.password)
        #expect(ended.status == 0 && ended.value?["run"].text == left?["run"].text, "\(ended.errors)")
    }
}
