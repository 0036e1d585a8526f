import Foundation
import NiangjiaCore
import NiangjiaCrypto
import NiangjiaExchange
import NiangjiaSQLite
import NiangjiaTesting

/// One payment batch as large as a batch may be, through the commands that a treasurer types: built and checked, approved by another
/// person, exported in the bank's template, answered line by line, the failures reissued. Each command is a process of its own, with
/// its time and its peak memory.
struct BatchCampaign: Sendable {
    /// At most ``Batches/largestBatch``.
    var lines: Int
    /// How many of them the bank refuses, and how many it doesn't tell at first.
    var failing = 214
    var untold = 86
    var seed: UInt64
    /// The `niangjia` binary.
    var binary: String

    private static let program = "tuition-2026"

    func run() async throws -> Findings {
        var findings = Findings("A payment batch of \(lines) lines, through the commands", seed: seed)
        #if DEBUG
            findings.add("build", "debug: slower than a release by several times")
        #endif
        let folder = try TemporaryFolder()
        let city = BatchCity(folder: folder, binary: binary)
        findings.require(try city.run("demo", "--members", "1000", "--stations", "48").status == 0, "no demo city")
        try await city.entitle(lines, program: BatchCampaign.program)

        let built = try measure("built and checked", city, &findings, "batch", "build", BatchCampaign.program)
        guard let batch = built["batch"].text else { return findings }
        findings.require(built["count"].int == Int64(lines), "built \(built["count"].int ?? 0) lines")
        findings.require(built["passed"].bool == true, "the check found \(built["findings"].list?.count ?? 0) faults")
        _ = try measure("approved", city, &findings, as: "payer", "batch", "approve", batch)
        let exported = try measure("exported", city, &findings, as: "payer", "batch", "export", batch)
        findings.require(exported["count"].int == Int64(lines), "exported \(exported["count"].int ?? 0) lines")
        let sent = try city.sentLines()
        findings.require(sent.count == lines, "the bank's files have \(sent.count) lines")
        findings.add("files for the bank", try city.bankFiles().count)
        findings.require(
            try city.run("batch", "export", batch, "--as", "payer").status == 1, "a batch was exported twice")
        try await answer(batch, sent, city, &findings)
        try reissue(batch, city, &findings)
        try await city.entitle(lines, program: BatchCampaign.program)
        try await city.work(as: 901, BatchCampaign.program) { try await $0.measure(&findings) }
        let books = try measure("the books verified", city, &findings, "fund", "verify")
        findings.require(books["ok"].bool == true, "the books: \(books["faults"].list?.first?["en"].text ?? "")")
        let chain = try measure("the chain verified", city, &findings, "audit", "verify")
        findings.require(chain["ok"].bool == true, "the chain is broken")
        return findings
    }

    /// The bank's answers: one with an altered account is refused as a whole; then all but a few lines, then the rest.
    private func answer(
        _ batch: String, _ sent: [BatchCity.Line], _ city: BatchCity, _ findings: inout Findings
    ) async throws {
        var dice = Dice(seed: seed)
        var order = Array(0..<sent.count)
        for n in 0..<min(failing + untold, sent.count) { order.swapAt(n, n + dice.below(sent.count - n)) }
        let (failed, late) = (Set(order[..<failing]), Set(order[failing..<(failing + untold)]))
        var altered = sent
        altered[dice.below(sent.count)].account = "6200990000000000000"
        try city.write(altered, failing: failed, leaving: [], to: "altered.txt")
        let refused = try city.run("batch", "result", batch, city.folder.file("altered.txt"), "--as", "treasurer")
        findings.require(refused.status != 0, "a file with an altered account was taken")
        let after = try city.states(batch)
        findings.require(after == ["exported": lines], "a refused file changed something: \(after)")

        try city.write(sent, failing: failed, leaving: late, to: "first.txt")
        let first = try measure("answered", city, &findings, "batch", "result", batch, city.folder.file("first.txt"))
        let counts = ["paid", "failed", "unknown"].map { Int(first[$0].int ?? -1) }
        findings.require(counts == [lines - failing - untold, failing, untold], "the first answer: \(counts)")
        findings.require(counts.reduce(0, +) == lines, "paid, failed and unknown are \(counts.reduce(0, +))")
        try city.write(
            sent.enumerated().filter { late.contains($0.offset) }.map(\.element), failing: [], leaving: [],
            to: "rest.txt")
        let rest = try measure(
            "the rest answered", city, &findings, "batch", "result", batch, city.folder.file("rest.txt"))
        let all = ["paid", "failed", "unknown"].map { Int(rest[$0].int ?? -1) }
        findings.require(all == [lines - failing, failing, 0], "both answers: \(all)")
        findings.add("paid", all[0])
        findings.add("failed", all[1])
    }

    /// Only what failed may be paid again, and once.
    private func reissue(_ batch: String, _ city: BatchCity, _ findings: inout Findings) throws {
        let shown = try measure("shown", city, &findings, "batch", "show", batch)
        let rows = shown["lines"].list ?? []
        let failed = rows.filter { $0["state"].text == "failed" }.compactMap { $0["payment"].text }
        findings.require(failed.count == failing, "\(failed.count) lines are shown as failed")
        let paid = rows.first { $0["state"].text == "paid" }?["payment"].text ?? ""
        func again(_ payment: String) throws -> Int32 {
            try city.run("batch", "reissue", payment, "--reason", "soak", "--as", "treasurer").status
        }
        findings.require(try again(paid) == 1, "a paid line was reissued")
        let start = ContinuousClock.now
        for payment in failed { findings.require(try again(payment) == 0, "a failed line was not reissued") }
        let took = Int(start.duration(to: .now) / .milliseconds(1))
        findings.add("reissued", failed.count)
        findings.add("reissued: milliseconds each", took / max(1, failed.count))
        findings.require(try again(failed.first ?? "") == 1, "a line was reissued twice")
        let next = try measure("the next batch", city, &findings, "batch", "build", BatchCampaign.program)
        findings.require(next["count"].int == Int64(failing), "the next batch has \(next["count"].int ?? 0) lines")
    }

    /// Runs a command that has to succeed, notes its time and memory, and reads its answer.
    private func measure(
        _ name: String, _ city: BatchCity, _ findings: inout Findings, as account: String = "treasurer",
        _ arguments: String...
    ) throws -> Value {
        let ended = try city.run(all: arguments + ["--json", "--as", account])
        findings.require(ended.status == 0, "\(name): status \(ended.status): \(ended.errors.suffix(300))")
        findings.add("\(name): milliseconds", Int(ended.seconds * 1_000))
        findings.add("\(name): peak memory (MiB)", ended.peak >> 10)
        return (try? Value(json: ended.output.trimmingCharacters(in: .whitespacesAndNewlines))) ?? .null
    }
}

/// The demo's city, with a great many people who are to be paid.
struct BatchCity {
    let folder: TemporaryFolder
    let binary: String
    private var city: String { folder.file("city") }

    func run(_ arguments: String...) throws -> MeasuredRun { try run(all: arguments) }

    func run(all arguments: [String]) throws -> MeasuredRun {
        try MeasuredRun.run(
            binary, arguments + ["--data", city],
            environment: ["NIANGJIA_SESSIONS": folder.file("sessions.json"), "SWIFT_BACKTRACE": "enable=no"],
            in: folder.path)
    }

    /// Enters people with cards and an approved entitlement of one yuan and a few fen each, as a run does.
    func entitle(_ count: Int, program: String) async throws {
        try await work(as: 900, program) { try await enter(count, $0) }
    }

    /// Opens the city's store as another host, after everything that has been booked, and closes it.
    ///
    /// - Parameter host: not the host's own number: its ids and these never meet.
    func work(as host: Int, _ program: String, _ body: (BatchWaits) async throws -> Void) async throws {
        let crypto = try SoftwareCrypto(KeyRing(file: city + ".keys"))
        let store = try SQLiteStore.open(
            path: city + "/store/niangjia.sqlite", migrations: NiangjiaSchema.migrations,
            beforeCommit: { try Chain.seal(in: $0, crypto: crypto) })
        let booked = try await store.read { try $0.integer("SELECT max(booked_at) FROM entry_set") ?? 0 }
        let clock = FixedClock(Instant(milliseconds: booked + 1))
        try await body(
            BatchWaits(
                store: store, ids: IDSource(host: host, clock: clock), clock: clock, crypto: crypto, program: program))
        try await store.close()
    }

    private func enter(_ count: Int, _ work: BatchWaits) async throws {
        let (store, context, program) = (work.store, work.context("treasurer"), work.program)
        try await store.write(.batch) { writer in
            guard let line = try Ledger.line(program, in: writer) else { return }
            let money = Money(fen: Int64(count) * 200)
            let entries: [EntrySet.Entry] = [
                .init(.source(line.source), -money), .init(.line(line.id, .available), money),
            ]
            try Ledger.post(
                EntrySet(.transfer, entries, memo: "soak", about: "soak"), context, in: writer)
        }
        for first in stride(from: 0, to: count, by: 10_000) {
            let numbers = first..<min(first + 10_000, count)
            try await store.write(.batch) { writer in
                let people = try BatchCity.people(numbers, context, in: writer)
                let new = zip(people, numbers).map { person, n in
                    NewEntitlement(
                        decision: context.ids.next(), caseID: nil, kind: .money, payee: .person(person),
                        shares: [.init(line: program, amount: Money(fen: Int64(100 + n % 100)))], program: program,
                        series: "tuition", on: context.today)
                }
                let ids = try Entitlements.hold(new, about: "soak", context, in: writer)
                try Entitlements.approve(ids, about: "soak", context, in: writer)
            }
        }
    }

    private static func people(
        _ numbers: Range<Int>, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> [ID<Person>] {
        let ids = numbers.map { _ in context.ids.next(Person.self) }
        let rows = try zip(ids, numbers).flatMap { id, n -> [SQLValue] in
            let digits = "6200991" + String(String(10_000_000_000 + n).suffix(11))
            let card = (0...9).map { digits + String($0) }.first { BankCard.passesLuhn($0) } ?? digits
            return [
                .id(id), .int(1), .int(0), .instant(context.now), .text("样例"), .text("incomplete"),
                .blob(PersonIdentifiers.mac(bankCard: card, context.crypto)),
                .blob(
                    try PersonIdentifiers.seal(
                        card, table: "person", row: id.rawValue, column: "card_sealed", context.crypto)),
                .text("样例\(n)"), .text("示范银行"),
            ]
        }
        try writer.insert(
            into: "person",
            columns: [
                "id", "revision", "valid_from", "recorded_at", "name", "id_type", "card_mac", "card_sealed",
                "card_holder", "bank_name",
            ], values: rows)
        return ids
    }

    // MARK: the bank

    /// A line as the bank got it.
    struct Line {
        var number: Int
        var account: String
        var holder: String
        var amount: String
    }

    /// The files of the newest batch, in their order.
    func bankFiles() throws -> [String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: city + "/exports")
        let batches = names.filter { $0.hasPrefix("DF") }.sorted()
        // `DF20260803004.txt`, or `DF20260803004-02.txt` where one file is too small.
        let last = batches.map { $0.prefix(13) }.max() ?? ""
        return batches.filter { $0.hasPrefix(last) }
    }

    /// What the bank reads in them.
    func sentLines() throws -> [Line] {
        var lines: [Line] = []
        for name in try bankFiles() {
            let bytes = FileManager.default.contents(atPath: "\(city)/exports/\(name)") ?? Data()
            // The digits and bars are ASCII in GB18030; the names are not looked at.
            for row in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
                let cells = row.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
                guard cells.count > 3, let number = Int(cells[0]) else { continue }
                lines.append(Line(number: number, account: cells[1], holder: "", amount: cells[3]))
            }
        }
        return lines
    }

    /// The bank's file about these lines, but for some that it leaves out.
    func write(_ lines: [Line], failing: Set<Int>, leaving: Set<Int>, to name: String) throws {
        var text = ""
        for (n, line) in lines.enumerated() where !leaving.contains(n) {
            text += "\(line.number)|\(line.account)|\(line.holder)|\(line.amount)|"
            text += failing.contains(n) ? "01|账户状态异常\r\n" : "00|成功\r\n"
        }
        try text.write(toFile: folder.file(name), atomically: true, encoding: .utf8)
    }

    /// How many lines of a batch are in which state.
    func states(_ batch: String) throws -> [String: Int] {
        let shown = try run("batch", "show", batch, "--json", "--as", "treasurer").output
        let rows = try Value(json: shown.trimmingCharacters(in: .whitespacesAndNewlines))["lines"].list ?? []
        return Dictionary(grouping: rows) { $0["state"].text ?? "" }.mapValues(\.count)
    }
}
