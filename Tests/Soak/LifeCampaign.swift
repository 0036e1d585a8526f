import Foundation
import NiangjiaCore
import NiangjiaTesting

/// Payments through their whole life, killed at every step of it: at most one payment for each entitlement's revision reaches
/// the bank without failing there, and in the end everybody is paid and nothing is unresolved.
struct LifeCampaign: Sendable {
    /// Each step is killed so often just after it began, and so often just after it was done.
    var kills: Int
    var people = 12
    var seed: UInt64
    var probe: String

    static let steps = [
        "hold", "approve", "correct", "build", "check", "second", "export", "send", "result", "reissue",
    ]

    func run() async throws -> Findings {
        var findings = Findings("A payment's life, kill -9 at every step", seed: seed)
        let folder = try TemporaryFolder()
        let books = try SoakBooks(folder: folder.path)
        try await books.open(["fund"], each: Money(fen: 100_000_000_000))
        try await books.store.close()
        var dice = Dice(seed: seed)
        var bank = Bank()
        var (round, killed, missed) = (0, 0, 0)
        for _ in 0..<kills {
            for step in LifeCampaign.steps {
                for moment in ["begin", "done"] {
                    // The second time a step comes by is the attempt after a reissue.
                    let occurrence =
                        ["build", "check", "second", "export", "send", "result"].contains(step) ? 1 + dice.below(2) : 1
                    let wasKilled = try live(
                        round, in: folder.path, killAt: "\(moment) \(step)", occurrence: occurrence,
                        after: UInt32(dice.below(moment == "begin" ? 3_000 : 300)), &bank, &findings)
                    killed += wasKilled ? 1 : 0
                    missed += wasKilled ? 0 : 1
                    _ = try live(round, in: folder.path, killAt: nil, occurrence: 0, after: 0, &bank, &findings)
                    try await check(round, in: folder.path, bank, &findings)
                    round += 1
                    guard findings.faults.isEmpty else { return findings }
                }
            }
        }
        findings.add("steps", LifeCampaign.steps.joined(separator: ", "))
        findings.add("killed with SIGKILL", killed)
        findings.add("ended before the kill", missed)
        findings.add("entitlements", round * people)
        findings.add("lines that the bank got", bank.lines.count)
        findings.add("files sent again after a crash", bank.sentAgain)
        findings.add("paid by the bank", bank.lines.values.count { $0.isPaid })
        return findings
    }

    /// What the bank received: it takes each batch once, however often its file comes.
    private struct Bank {
        struct Line { var entitlement: String; var isPaid: Bool; var fen: String }
        var lines: [String: Line] = [:]
        var batches: Set<String> = []
        var sentAgain = 0
        private var file: [String: Line] = [:]

        mutating func receive(_ words: [String]) {
            switch words[0] {
            case "line": file[words[1]] = Line(entitlement: words[2], isPaid: words[4] == "pays", fen: words[3])
            case "sent":
                if batches.insert(words[1]).inserted { lines.merge(file) { $1 } } else { sentAgain += 1 }
                file = [:]
            default: file = [:]
            }
        }
    }

    private func live(
        _ round: Int, in folder: String, killAt moment: String?, occurrence: Int, after delay: UInt32,
        _ bank: inout Bank,
        _ findings: inout Findings
    ) throws -> Bool {
        let child = try KilledChild(
            executable: probe, arguments: ["child-life", folder, String(round), String(people)])
        var seen = 0
        var isKilled = false
        var lines: [String] = []
        while !isKilled, case let more = child.lines(atLeast: 1), !more.isEmpty {
            lines += more
            seen += more.count { $0 == moment }
            if moment != nil, seen >= occurrence {
                usleep(delay)
                isKilled = child.isRunning
                lines += child.kill()
            }
        }
        bank.receive(["start"])
        for line in lines {
            let words = line.split(separator: " ").map(String.init)
            if words[0] == "fault" { findings.require(false, line) } else { bank.receive(words) }
        }
        findings.require(isKilled || lines.last == "end", "round \(round) didn't come to its end: \(lines.last ?? "")")
        return isKilled
    }

    private func check(_ round: Int, in folder: String, _ bank: Bank, _ findings: inout Findings) async throws {
        let books = try SoakBooks(folder: folder)
        for fault in try await books.faults() { findings.require(false, fault) }
        let (open, rows) = try await books.store.read { reader in
            (
                try reader.integer("SELECT count(*) FROM payment WHERE state IN ('waiting', 'batched', 'exported')")
                    ?? 0,
                try reader.all(
                    "SELECT id, amount, state, revision FROM entitlement WHERE program = $1", [.text("p\(round)")]
                ) {
                    (id: $0.id(0, Entitlement.self).text, fen: $0.int(1), state: $0.text(2), revision: $0.int(3))
                }
            )
        }
        findings.require(open == 0, "\(open) payments are unresolved")
        findings.require(rows.count == people, "round \(round): \(rows.count) entitlements of \(people)")
        findings.require(rows.count { $0.revision == 2 } == 1, "round \(round): not one correction")
        let paid = Dictionary(grouping: bank.lines.values.filter(\.isPaid), by: \.entitlement)
        for row in rows {
            findings.require(row.state == "paid", "\(row.id) is \(row.state)")
            let lines = paid[row.id] ?? []
            findings.require(lines.count == 1, "the bank paid \(row.id) \(lines.count) times")
            findings.require(
                lines.first?.fen == String(row.fen),
                "the bank paid \(row.id) \(lines.first?.fen ?? "") fen, not \(row.fen)")
        }
        try await books.store.close()
    }
}
