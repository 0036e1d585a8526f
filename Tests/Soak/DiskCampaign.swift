import Foundation
import NiangjiaCore
import NiangjiaTesting

/// A disk that runs full under the books: refuses cleanly, keeps nothing half, and goes on when there is room.
struct DiskCampaign: Sendable {
    /// Room in bytes.
    var room = 8 << 20
    var seed: UInt64
    var probe: String

    func run() async throws -> Findings {
        var findings = Findings("A full disk", seed: seed)
        let mounted = try await onFileSystem(&findings)
        try await withLimit(&findings)
        findings.add(
            "ran on",
            mounted
                ? "a file system of \(room >> 20) MiB, and under RLIMIT_FSIZE"
                : "RLIMIT_FSIZE only: mounting is not allowed here")
        return findings
    }

    /// On a small tmpfs of its own, where the system allows mounting one.
    private func onFileSystem(_ findings: inout Findings) async throws -> Bool {
        let folder = try TemporaryFolder()
        guard mount("niangjia-soak", folder.path, "tmpfs", 0, "size=\(room)") == 0 else { return false }
        defer { umount(folder.path) }
        // What is deleted when there is to be room again.
        try Data(count: room * 3 / 8).write(to: URL(fileURLWithPath: folder.file("ballast")))
        try await run(["child-disk", folder.path, "0"], "file system", folder.path, &findings)
        return true
    }

    private func withLimit(_ findings: inout Findings) async throws {
        let folder = try TemporaryFolder()
        try await run(["child-disk", folder.path, String(room)], "RLIMIT_FSIZE", folder.path, &findings)
    }

    private func run(_ arguments: [String], _ name: String, _ folder: String, _ findings: inout Findings) async throws {
        let child = try KilledChild(executable: probe, arguments: arguments)
        var figures: [String: Int] = [:]
        while case let lines = child.lines(atLeast: 1), !lines.isEmpty {
            for line in lines {
                let words = line.split(separator: " ")
                if words.count == 2, let number = Int(words[1]) {
                    figures[String(words[0])] = number
                } else {
                    findings.require(line == "end", "\(name): \(line)")
                }
            }
        }
        findings.add("\(name): booked until it was full", figures["booked"] ?? 0)
        findings.add("\(name): refused as full", figures["refused"] ?? 0)
        findings.add("\(name): booked when there was room again", figures["after"] ?? 0)
        findings.require((figures["booked"] ?? 0) > 0 && (figures["refused"] ?? 0) > 0, "\(name): never full")
        findings.require(figures["after"] == DiskChild.after, "\(name): didn't go on")
        // Opened again, as after a restart: exactly what was acknowledged.
        let books = try SoakBooks(folder: folder)
        for fault in try await books.faults() { findings.require(false, "\(name): \(fault)") }
        let kept = try await books.store.read {
            try $0.integer("SELECT count(*) FROM entry_set WHERE kind = 'transfer'")
        }
        let acknowledged = (figures["booked"] ?? 0) + (figures["after"] ?? 0)
        findings.require(
            kept == Int64(acknowledged), "\(name): \(kept ?? 0) transfers are there, \(acknowledged) were acknowledged")
        try await books.store.close()
    }
}

/// `child-disk FOLDER LIMIT`: books until the disk is full, sees that it is refused, makes room, and goes on.
enum DiskChild {
    static let after = 200
    static let writers = 8

    static func run(_ folder: String, limit: Int) async throws {
        signal(SIGXFSZ, SIG_IGN)
        let books = try SoakBooks(folder: folder)
        try await books.open((0..<50).map(Transfer.line), each: Money(fen: 1_000_000_000))
        if limit > 0 { setLimit(limit) }
        var (booked, refused, next) = (0, 0, 0)
        // Several at once: a group that fails as a whole has members that fit, and members that don't.
        while refused == 0, next < 1_000_000 {
            let block = next..<next + writers
            let results = await withTaskGroup(of: Bool.self) { group in
                for number in block { group.addTask { await book(number, books) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            booked += results.count { $0 }
            refused += results.count { !$0 }
            next += writers
        }
        // What came before still reads, and the next is refused as cleanly.
        for _ in 0..<5 {
            if await book(next, books) { booked += 1 } else { refused += 1 }
            next += 1
            let sum = try await books.store.read { try $0.integer("SELECT sum(balance) FROM ledger_account") }
            if sum != 0 { say("a snapshot sums to \(sum ?? 0) fen") }
        }
        say("booked \(booked)")
        say("refused \(refused)")
        if limit > 0 { setLimit(limit * 4) } else { unlink(folder + "/ballast") }
        var again = 0
        for number in next..<next + after { again += await book(number, books) ? 1 : 0 }
        say("after \(again)")
        try await books.store.close()
        say("end")
    }

    /// Whether a transfer was booked; says so when it failed for another reason than the disk's.
    private static func book(_ number: Int, _ books: SoakBooks) async -> Bool {
        let transfer = Transfer(number: number, seed: 1, accounts: 50)
        // A long memo fills the disk sooner.
        let memo = String(repeating: "调剂", count: 400)
        do {
            try await books.write { context, writer in
                _ = try Ledger.post(
                    EntrySet(.transfer, transfer.entries, memo: memo, about: "t\(number)"), context, in: writer)
            }
            return true
        } catch StoreError.full {
            return false
        } catch {
            say("transfer failed otherwise: \(error)")
            return false
        }
    }

    /// The soft limit only: it is raised again later.
    private static func setLimit(_ bytes: Int) {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        limit.rlim_cur = rlim_t(bytes)
        if setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) != 0 { say("the limit can't be set") }
    }
}
