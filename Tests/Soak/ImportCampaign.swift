import Foundation
import NiangjiaCore
import NiangjiaCrypto
import NiangjiaExchange
import NiangjiaSQLite
import NiangjiaTesting

/// A city's people imported from one file: checked, taken, and taken again, each in a process of its own, for a quarter of the
/// rows and for all: memory must not follow the number of rows.
struct ImportCampaign: Sendable {
    /// What a pass may use more over four times the rows, in KiB: SQLite's caches fill, nothing else grows.
    static let growth = 96 << 10
    var rows: Int
    var seed: UInt64
    var probe: String

    func run() throws -> Findings {
        var findings = Findings("An import of \(rows) people", seed: seed)
        let small = try measure(rows / 4, &findings)
        let large = try measure(rows, &findings)
        for (pass, peak) in large {
            let before = small[pass] ?? 0
            findings.require(
                peak - before < ImportCampaign.growth, "\(pass): peak memory went from \(before) to \(peak) KiB")
        }
        return findings
    }

    private func measure(_ rows: Int, _ findings: inout Findings) throws -> [String: Int] {
        let folder = try TemporaryFolder()
        try ImportChild.write(rows, seed: seed, to: folder.file("people.csv"))
        var peaks: [String: Int] = [:]
        for pass in ["check", "take", "again"] {
            let child = try KilledChild(executable: probe, arguments: ["child-import", folder.path, pass])
            var said: [String: Int] = [:]
            while case let lines = child.lines(atLeast: 1), !lines.isEmpty {
                for line in lines {
                    let words = line.split(separator: " ")
                    if words.count == 2, let number = Int(words[1]) { said[String(words[0])] = number }
                }
            }
            let milliseconds = max(1, said["milliseconds"] ?? 0)
            let name = "\(rows) rows, \(pass == "again" ? "taken again" : pass == "take" ? "taken" : "checked")"
            let wanted = pass == "again" ? "unchanged" : "new"
            findings.require(said[wanted] == rows, "\(name): \(said)")
            findings.add("\(name): seconds", milliseconds / 1_000)
            findings.add("\(name): rows a second", rows * 1_000 / milliseconds)
            findings.add("\(name): peak memory (KiB, VmHWM)", said["peak"] ?? 0)
            peaks[pass] = said["peak"] ?? 0
        }
        return peaks
    }
}

/// `child-import FOLDER PASS`: one pass over `people.csv`.
enum ImportChild {
    /// People of a fictional area, each with a number, a phone and a card of his own, in no order.
    static func write(_ rows: Int, seed: UInt64, to path: String) throws {
        let writer = try CSVWriter(path: path)
        try writer.write(["姓名", "身份证号", "手机号", "所属工会代码", "职业", "银行卡号"])
        // Every index once, scattered: a step without a factor in common with the number of rows.
        var step = Int(seed % UInt64(rows)) | 1
        while gcd(step, rows) != 1 { step += 2 }
        for n in 0..<rows {
            let index = n * step % rows
            try writer.write([
                "测试员", number(index), "138\(10_000_000 + index)", "99010101", "快递员", card(index),
            ])
        }
        try writer.finish()
    }

    private static func gcd(_ a: Int, _ b: Int) -> Int { b == 0 ? a : gcd(b, a % b) }

    private static func number(_ index: Int) -> String {
        let date = 19_600_101 + (index / 999) % 28 + (index / 27_972) % 12 * 100 + (index / 335_664) * 10_000
        let body = "990101\(date)" + String(1_000 + index % 999 + 1).dropFirst()
        return body + String(IdentityNumber.checkCharacter(body) ?? "?")
    }

    private static func card(_ index: Int) -> String {
        let body = "621700\(1_000_000_000 + index)"
        return (0...9).lazy.map { body + String($0) }.first(where: BankCard.passesLuhn) ?? body
    }

    private static let unions = """
        工会代码,工会名称,上级代码,层级
        990101,示范区总工会,990100,区县
        99010101,示范快递工会,990101,基层
        990100,示范市总工会,,市级
        """

    static func run(_ folder: String, _ pass: String) async throws {
        let keyFile = folder + "/keys"
        let clock = MachineClock()
        if !FileManager.default.fileExists(atPath: keyFile) { try KeyRing(created: clock.now()).save(to: keyFile) }
        let crypto = try SoftwareCrypto(KeyRing(file: keyFile))
        let store = try SQLiteStore.open(
            path: folder + "/store.sqlite", migrations: NiangjiaSchema.migrations,
            beforeCommit: { try Chain.seal(in: $0, crypto: crypto) })
        let importer = Importer(
            store: store,
            context: ChangeContext(
                now: clock.now(), actor: "clerk", ids: IDSource(host: 1, clock: clock), crypto: crypto))
        let units = folder + "/units.csv"
        try Data(unions.utf8).write(to: URL(fileURLWithPath: units))
        _ = try await importer.take(ImportJob(file: units, mapping: ImportMapping(.organization)))
        let job = ImportJob(file: folder + "/people.csv", mapping: ImportMapping(.person))
        let start = ContinuousClock.now
        let summary = pass == "check" ? try await importer.check(job) : try await importer.take(job)
        print("milliseconds", Int(start.duration(to: .now) / .milliseconds(1)))
        for outcome in RowOutcome.allCases { print(outcome.rawValue, summary.count(outcome)) }
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let peak = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }.map { $0.filter(\.isNumber) }
        print("peak", peak.flatMap { Int($0) } ?? 0)
        try await store.close()
    }
}
