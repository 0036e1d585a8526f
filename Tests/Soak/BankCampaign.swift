import Foundation
import NiangjiaCore
import NiangjiaTesting

/// A transfer is a function of its number: whoever looks at the books later knows what it should be.
struct Transfer: Sendable {
    var number: Int
    var from: Int
    var to: Int
    var amount: Money

    init(number: Int, seed: UInt64, accounts: Int) {
        var dice = Dice(seed: seed &+ UInt64(number) &* 0xD129_0D3E_FAB1_6F4B)
        self.number = number
        from = dice.below(accounts)
        to = (from + 1 + dice.below(accounts - 1)) % accounts
        amount = Money(fen: Int64(1 + dice.below(9_000)))
    }

    static func line(_ account: Int) -> String { "account-\(account)" }

    var entries: [EntrySet.Entry] {
        [
            .init(.line(Transfer.line(from), .available), -amount),
            .init(.line(Transfer.line(to), .available), amount),
        ]
    }

    /// Books it once, whoever asks how often; answers with the voucher's id, or `refused` when the money isn't there.
    func book(_ context: ChangeContext, in writer: any StoreWriter) throws -> Value {
        let body = Array("\(from) \(to) \(amount.fen)".utf8)
        return try Idempotency.once(key: "t\(number)", account: "bank", body: body, context, in: writer) {
            guard try Ledger.balance(of: .line(Transfer.line(from), .available), in: writer) >= amount else {
                return "refused"
            }
            let set = EntrySet(.transfer, entries, memo: "调剂", about: "t\(number)")
            return .text(try Ledger.post(set, context, in: writer).text)
        }.value
    }
}

/// Writers, accounts, random kills: every snapshot sums to zero, nothing is negative, everything acknowledged is there, once.
struct BankCampaign: Sendable {
    var writers = 16
    var accounts = 50
    var transfers: Int
    var kills: Int
    var seed: UInt64
    /// The executable whose `child-bank` is killed.
    var probe: String

    static let opening = Money(fen: 20_000)

    func run() async throws -> Findings {
        var findings = Findings("The bank test: \(writers) writers, \(accounts) accounts, kill -9", seed: seed)
        let folder = try TemporaryFolder()
        let books = try SoakBooks(folder: folder.path)
        try await books.open((0..<accounts).map(Transfer.line), each: BankCampaign.opening)
        try await books.store.close()
        var dice = Dice(seed: seed)
        var answers: [Int: String] = [:]
        var heads: [ChainHead] = []
        var (killed, starts, snapshots, first) = (0, 0, 0, 0)
        while first < transfers {
            let child = try KilledChild(
                executable: probe,
                arguments: ["child-bank", folder.path] + [first, transfers, accounts, writers].map { String($0) } + [
                    String(seed)
                ])
            starts += 1
            var lines: [String] = []
            if killed < kills {
                lines += child.lines(atLeast: 1 + dice.below(transfers / (kills + 1)))
                usleep(UInt32(dice.below(4_000)))
                if child.isRunning { killed += 1 }
                lines += child.kill()
            } else {
                while case let more = child.lines(atLeast: 500), !more.isEmpty { lines += more }
            }
            for line in lines {
                let words = line.split(separator: " ").map(String.init)
                switch words.first {
                case "ack":
                    guard words.count == 3, let number = Int(words[1]) else { continue }
                    let before = answers.updateValue(words[2], forKey: number)
                    findings.require(
                        before == nil || before == words[2], "transfer \(number) was answered twice, differently")
                case "head":
                    snapshots += 1
                    if let head = try? Value(json: words[1]) { heads = [ChainHead(head)].compactMap { $0 } }
                default: findings.require(false, line)
                }
            }
            let before = first
            while answers[first] != nil { first += 1 }
            findings.require(first > before || killed <= kills, "a child did nothing")
            try await check(folder.path, answers, heads, isLast: first >= transfers, &findings)
            guard findings.faults.isEmpty else { break }
        }
        findings.add("transfers", transfers)
        findings.add("booked", answers.values.count { $0 != "refused" })
        findings.add("refused for want of money", answers.values.count { $0 == "refused" })
        findings.add("processes started", starts)
        findings.add("killed with SIGKILL", killed)
        findings.add("snapshots that summed to zero", snapshots)
        return findings
    }

    /// Opens the books as a restart would, and compares them with what had been acknowledged.
    private func check(
        _ folder: String, _ answers: [Int: String], _ heads: [ChainHead], isLast: Bool, _ findings: inout Findings
    ) async throws {
        let books = try SoakBooks(folder: folder)
        for fault in try await books.faults(against: heads) { findings.require(false, fault) }
        let (kept, booked) = try await books.store.read { reader in
            var kept: [String: String] = [:]
            try reader.forEach("SELECT key, answer FROM idempotency WHERE account = 'bank'", []) {
                kept[$0.text(0)] = try Value(json: $0.text(1)).text ?? ""
                return true
            }
            var booked: [String: [Booked]] = [:]
            try reader.forEach(
                """
                SELECT s.about, s.id, a.code, e.amount FROM entry_set s JOIN entry e ON e.entry_set = s.id
                JOIN ledger_account a ON a.id = e.account WHERE s.kind = 'transfer'
                """, []
            ) {
                booked[$0.text(0), default: []].append(
                    Booked(set: $0.id(1, EntrySet.self).text, account: $0.text(2), fen: $0.int(3)))
                return true
            }
            return (kept, booked)
        }
        for (number, answer) in answers {
            findings.require(
                kept["t\(number)"] == answer, "transfer \(number) was acknowledged as \(answer) and is not there")
        }
        findings.require(
            kept.values.count { $0 != "refused" } == booked.count,
            "\(booked.count) transfers are booked, not those answered")
        for (key, answer) in kept {
            guard let number = Int(key.dropFirst()) else { continue }
            let transfer = Transfer(number: number, seed: seed, accounts: accounts)
            let expected =
                answer == "refused"
                ? [] : transfer.entries.map { Booked(set: answer, account: $0.account.rawValue, fen: $0.amount.fen) }
            findings.require(
                Set(booked[key] ?? []) == Set(expected) && booked[key]?.count ?? 0 == expected.count,
                "transfer \(number) is not booked once as it was asked for")
        }
        if isLast {
            findings.require(kept.count == transfers, "\(kept.count) of \(transfers) transfers are there")
            for fault in try await books.store.integrityProblems() { findings.require(false, fault) }
        }
        try await books.store.close()
    }

    private struct Booked: Hashable, Sendable {
        var set: String
        var account: String
        var fen: Int64
    }
}

/// The process that is killed: `child-bank FOLDER FIRST TOTAL ACCOUNTS WRITERS SEED`.
enum BankChild {
    static func run(_ folder: String, _ numbers: [Int], seed: UInt64) async throws {
        let (first, total, accounts, writers) = (numbers[0], numbers[1], numbers[2], numbers[3])
        let books = try SoakBooks(folder: folder)
        let isDone = Guarded(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !isDone.withLock({ $0 }) {
                    try await watch(books)
                    try await Task.sleep(for: .milliseconds(3))
                }
            }
            try await withThrowingTaskGroup(of: Void.self) { tellers in
                for teller in 0..<writers {
                    tellers.addTask {
                        for number in stride(from: first + teller, to: total, by: writers) {
                            let transfer = Transfer(number: number, seed: seed, accounts: accounts)
                            let lane: WriteLane = number % 8 == 0 ? .batch : .interactive
                            let answer = try await books.write(as: "teller-\(teller)", lane) {
                                try transfer.book($0, in: $1)
                            }
                            say("ack \(number) \(answer.text ?? "?")")
                        }
                    }
                }
                try await tellers.waitForAll()
            }
            isDone.withLock { $0 = true }
            try await group.waitForAll()
        }
        try await books.store.close()
    }

    /// One snapshot: whatever moment it is of, it sums to zero and nothing is below what it may be.
    private static func watch(_ books: SoakBooks) async throws {
        let line = try await books.store.read { reader -> String in
            let sum = try reader.integer("SELECT sum(balance) FROM ledger_account") ?? 0
            let entries = try reader.integer("SELECT sum(amount) FROM entry") ?? 0
            let below = try reader.integer("SELECT count(*) FROM ledger_account WHERE balance < floor") ?? 0
            guard sum == 0, entries == 0, below == 0 else {
                return "a snapshot sums to \(sum) and \(entries) fen, \(below) accounts are below their floor"
            }
            return try Chain.head(in: reader).map { "head \($0.value.json)" } ?? "the chain is empty"
        }
        say(line)
    }
}
