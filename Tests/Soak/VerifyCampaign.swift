import Foundation
import NiangjiaCore
import NiangjiaTesting

/// What sealing and verifying cost in a city with many grants: all of them paid in one batch, then everything verified as an
/// auditor does. Figures of a debug build say nothing: `swift build -c release --product niangjia-soak`.
struct VerifyCampaign: Sendable {
    var grants: Int
    var seed: UInt64

    func run() async throws -> Findings {
        var findings = Findings("Verifying a city of many grants", seed: seed)
        let folder = try TemporaryFolder()
        let books = try SoakBooks(folder: folder.path)
        try await books.open(["fund"], each: Money(fen: 1_000_000_000_000))
        var took: [(String, Double)] = []
        func timed(_ name: String, _ work: () async throws -> Void) async rethrows {
            let start = ContinuousClock.now
            try await work()
            took.append((name, start.duration(to: .now) / .seconds(1)))
        }
        let count = grants
        var held: [ID<Entitlement>] = []
        try await timed("hold and approve") {
            held = try await books.write(.batch) { context, writer in
                let new = (0..<count).map { n in
                    NewEntitlement(
                        decision: context.ids.next(), caseID: nil, kind: .money,
                        payee: .person(ID(rawValue: Int64(n + 1))),
                        shares: [.init(line: "fund", amount: Money(fen: Int64(5_000 + n % 1_000)))], program: "soak",
                        series: "soak", on: context.today)
                }
                let held = try Entitlements.hold(new, about: "soak", context, in: writer)
                try Entitlements.approve(held, about: "soak", context, in: writer)
                return held
            }
        }
        let only = held
        let batch = try await pay(only, books, timed)
        let head = try await books.head()
        let crypto = books.crypto
        var report: AuditReport?
        try await timed("audit verify") {
            report = try await books.store.read {
                try Audit.verify(in: $0, crypto: crypto, against: head.map { [$0] } ?? [])
            }
        }
        findings.require(report?.isSound == true, "the books: \(report?.faults.map(\.en) ?? [])")
        findings.require(report?.sealed.rows["pay_line"] == count, "\(report?.sealed.rows ?? [:])")
        findings.add("grants paid in batch \(batch)", count)
        findings.add("sealed rows", report?.sealed.count ?? 0)
        findings.add("events", report?.chain.count ?? 0)
        let bytes = try await books.store.read { reader in
            (
                try reader.integer("SELECT sum(length(body)) FROM chain_event WHERE kind = 'rows.sealed'") ?? 0,
                try reader.integer("SELECT (SELECT * FROM pragma_page_count) * (SELECT * FROM pragma_page_size)") ?? 0
            )
        }
        findings.add("bytes of seals a grant", bytes.0 / Int64(count))
        findings.add("bytes of the store a grant", bytes.1 / Int64(count))
        for (name, seconds) in took { findings.add("\(name), seconds", String(format: "%.2f", seconds)) }
        findings.add("peak memory of the process, MiB", VerifyCampaign.peakMemory())
        try await books.store.close()
        return findings
    }

    private func pay(
        _ only: [ID<Entitlement>], _ books: SoakBooks,
        _ timed: (String, () async throws -> Void) async throws -> Void
    ) async throws -> String {
        var built: BuiltBatch?
        try await timed("batch build and check") {
            built = try await books.write(as: "payer", .batch) { context, writer in
                let built = try Batches.build(
                    program: "soak", only: only, remark: "soak",
                    accountOf: { payee, _ in
                        BankAccount(number: "990100\(1_000_000 + (payee.id ?? 0))", holder: "示例\(payee.id ?? 0)")
                    }, context, in: writer)
                _ = try Batches.check(built.batch, luhn: { _ in true }, context, in: writer)
                return built
            }
        }
        guard let batch = built?.batch else { return "" }
        try await timed("batch approve and export") {
            try await books.write(as: "second", .batch) { try Batches.approve(batch, $0, in: $1) }
            try await books.write(as: "payer", .batch) { _ = try Batches.export(batch, $0, in: $1) }
        }
        let crypto = books.crypto
        let lines = try await books.store.read { try Batches.lines(of: batch, in: $0, crypto).lines }
        let results = lines.map {
            BankResult(n: $0.n, account: $0.account.number, amount: $0.amount, isPaid: true, message: "")
        }
        try await timed("batch result") {
            try await books.write(.batch) { _ = try Batches.result(batch, results, $0, in: $1) }
        }
        return batch.text
    }

    /// The most that the process has held, as Linux tells it.
    private static func peakMemory() -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        return (line.split(separator: " ").compactMap { Int($0) }.first ?? 0) / 1_024
    }
}
