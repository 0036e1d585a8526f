import NiangjiaCrypto
import NiangjiaSQLite
import NiangjiaTesting
import Testing

@testable import NiangjiaCore

/// A snapshot of a store whose events are sealed in a transaction of their own.
private final class SealedLater: StoreReader {
    private let reader: any StoreReader

    init(_ reader: any StoreReader) { self.reader = reader }

    var isSealedAtOnce: Bool { false }

    func forEach(_ sql: String, _ arguments: [SQLValue], _ body: (any StoreRow) throws -> Bool) throws {
        try reader.forEach(sql, arguments, body)
    }

    func columns(_ sql: String, _ arguments: [SQLValue], _ kinds: [CellColumn.Kind]) throws -> [CellColumn] {
        try reader.columns(sql, arguments, kinds)
    }
}

/// The chain in a real store, sealed by its hook before COMMIT.
@Suite struct ChainTests {
    static let migrations = [Migration(version: 1, title: "chain", steps: ChainSchema.tables.map { .create($0) })]

    let folder: TemporaryFolder
    let store: SQLiteStore
    let crypto: SoftwareCrypto
    let ids: IDSource
    let now = Instant(milliseconds: 1_784_000_000_000)

    init() throws {
        folder = try TemporaryFolder()
        let crypto = try SoftwareCrypto(KeyRing(created: now))
        self.crypto = crypto
        ids = IDSource(host: 1, clock: FixedClock(now))
        store = try SQLiteStore.open(
            path: folder.file("store.sqlite"),
            migrations: ChainTests.migrations,
            beforeCommit: { try Chain.seal(in: $0, crypto: crypto) })
    }

    private func append(_ count: Int) async throws {
        for number in 0..<count {
            let event = ChainEvent(
                kind: "case.submitted", actor: "clerk", about: "case-\(number)", body: ["number": .int(Int64(number))])
            try await store.write(.interactive) { [now, ids, crypto] in
                try Chain.append(event, at: now, ids: ids, crypto: crypto, in: $0)
            }
        }
    }

    private func verify(_ head: ChainHead? = nil) async throws -> ChainReport {
        try await store.read { [crypto] in try Chain.verify(in: $0, crypto: crypto, against: head) }
    }

    private func head() async throws -> ChainHead? { try await store.read { try Chain.head(in: $0) } }

    /// Does what somebody with the database in hand could do.
    private func tamper(_ statements: String...) async throws {
        try await store.write(.interactive) { writer in
            for sql in statements { try writer.execute(sql, []) }
        }
    }

    @Test func emptyChain() async throws {
        #expect(try await head() == nil)
        #expect(try await verify() == ChainReport(count: 0, erased: 0, unsealed: 0, firstBreak: nil))
        let alien = ChainHead(seq: 3, digest: [UInt8](repeating: 1, count: 32))
        #expect(try await verify(alien).firstBreak == .init(events: 1...3, reason: .truncated))
    }

    @Test func eventsAreSealedWithTheirTransaction() async throws {
        try await append(20)
        let early = try #require(try await head())
        #expect(early.seq == 20)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { try await append(5) } }
            try await group.waitForAll()
        }
        let report = try await verify(early)
        #expect(report == ChainReport(count: 120, erased: 0, unsealed: 0, firstBreak: nil))
        #expect(try await head()?.seq == 120)
        // A failed transaction leaves neither an event nor a gap.
        await #expect(throws: StoreError.self) {
            try await store.write(.interactive) { [now, ids, crypto] writer in
                try Chain.append(
                    ChainEvent(kind: "x", actor: "", about: "", body: .null), at: now, ids: ids, crypto: crypto,
                    in: writer)
                try writer.execute("SELECT nonsense", [])
            }
        }
        try await append(1)
        #expect(try await verify().count == 121)
        #expect(try await head()?.seq == 121)
        try await store.close()
    }

    @Test(
        arguments: [
            ("UPDATE chain_event SET body = '{\"number\":9}' WHERE seq = 5", 5...5),
            ("UPDATE chain_event SET at = at + 1 WHERE seq = 1", 1...1),
            ("UPDATE chain_event SET actor = 'other' WHERE seq = 10", 10...10),
            ("UPDATE chain_event SET about = 'case-77' WHERE seq IN (4, 5, 6)", 4...6),
            ("UPDATE chain_event SET kind = 'case.paid' WHERE seq = 3", 3...3),
            ("UPDATE chain_event SET salt = x'00' WHERE seq = 3", 3...3),
            ("UPDATE chain_event SET digest = x'00' WHERE seq = 3", 3...4),
            ("UPDATE chain_event SET previous = x'00' WHERE seq = 3", 2...3),
            ("UPDATE chain_event SET digest = x'00', mark = x'00' WHERE seq = 3", 3...4),
        ] as [(String, ClosedRange<Int64>)])
    func alteredEvents(_ sql: String, _ range: ClosedRange<Int64>) async throws {
        try await append(10)
        try await tamper(sql)
        #expect(try await verify().firstBreak == .init(events: range, reason: .altered))
        try await store.close()
    }

    @Test func missingEvents() async throws {
        try await append(10)
        let head = try #require(try await head())
        try await tamper("DELETE FROM chain_event WHERE seq IN (4, 5)")
        #expect(try await verify().firstBreak == .init(events: 4...5, reason: .missing))
        try await tamper("DELETE FROM chain_event WHERE seq = 1")
        #expect(try await verify(head).firstBreak == .init(events: 1...1, reason: .missing))
        try await store.close()
    }

    @Test func truncationNeedsAHead() async throws {
        try await append(10)
        let head = try #require(try await head())
        try await tamper("DELETE FROM chain_event WHERE seq > 7")
        #expect(try await verify().isWhole)
        #expect(try await verify(head).firstBreak == .init(events: 8...10, reason: .truncated))
        // Filled up again, it has the length but not the digest.
        try await append(3)
        #expect(try await verify().isWhole)
        #expect(try await verify(head).firstBreak == .init(events: 1...10, reason: .rewritten))
        let printed = try #require(ChainHead(printed: head.printed))
        #expect(try await verify(printed).firstBreak == .init(events: 1...10, reason: .rewritten))
        try await store.close()
    }

    /// Whoever has database and keys writes the whole chain anew, correctly: only a head from before shows it.
    @Test func rewrittenChain() async throws {
        try await append(10)
        let head = try #require(try await head())
        try await tamper(
            "UPDATE chain_event SET actor = 'nobody' WHERE seq = 2",
            "UPDATE chain_event SET seq = NULL, previous = NULL, digest = NULL, mark = NULL")
        // The host seals nothing that it didn't leave itself.
        #expect(try await verify() == ChainReport(count: 0, erased: 0, unsealed: 10, firstBreak: nil))
        try await store.close()
        let owner = try SQLiteStore.open(path: folder.file("store.sqlite"), migrations: ChainTests.migrations)
        let (before, after) = try await owner.write(.interactive) { [crypto] writer in
            try Chain.seal(in: writer, crypto: crypto)
            return (
                try Chain.verify(in: writer, crypto: crypto),
                try Chain.verify(in: writer, crypto: crypto, against: head)
            )
        }
        #expect(before.isWhole && before.count == 10)
        #expect(after.firstBreak == .init(events: 1...10, reason: .rewritten))
        try await owner.close()
    }

    /// Who can write the file and has no keys adds an event, tied to the chain as everybody can reckon it.
    @Test(
        "An event without the host's mark is found, and the host writes nothing behind it",
        arguments: [nil, [UInt8](repeating: 9, count: 16)] as [[UInt8]?])
    func forgedEvent(_ mark: [UInt8]?) async throws {
        try await append(3)
        let head = try #require(try await head())
        let body = "{\"roles\":[\"payer\"]}"
        let bodyDigest = Chain.bodyDigest([], body, crypto)
        let link = Link(
            id: 77, at: now.milliseconds, kind: "access.account_added", actor: "admin", about: "keeper",
            bodyDigest: bodyDigest)
        let digest = link.digest(seq: 4, previous: head.digest, crypto)
        try await store.write(.interactive) { [now] writer in
            try writer.execute(
                """
                INSERT INTO chain_event (id, seq, at, kind, actor, about, body_digest, salt, body, previous, digest, mark)
                VALUES (77, 4, $1, 'access.account_added', 'admin', 'keeper', $2, x'', $3, $4, $5, $6)
                """,
                [
                    .instant(now), .blob(bodyDigest), .text(body), .blob(head.digest), .blob(digest),
                    .blob(mark ?? Chain.mark(digest, SoftwareCrypto(KeyRing(created: now)))),
                ])
        }
        #expect(try await verify(head).firstBreak == .init(events: 4...4, reason: .foreign))
        await #expect(throws: StoreError.foreign(event: 4)) { try await append(1) }
        #expect(try await verify().count == 4)
        // A restored store goes on behind it, and it is named for ever.
        try await store.close()
        let restored = try SQLiteStore.open(
            path: folder.file("store.sqlite"), migrations: ChainTests.migrations,
            beforeCommit: { [crypto] in try Chain.seal(in: $0, crypto: crypto, passesForeignEnd: true) })
        try await restored.write(.interactive) { [now, ids, crypto] in
            let event = ChainEvent(kind: "store.restored", actor: "shell", about: "", body: .null)
            try Chain.append(event, at: now, ids: ids, crypto: crypto, in: $0)
        }
        let report = try await restored.read { [crypto] in try Chain.verify(in: $0, crypto: crypto) }
        #expect(report.count == 5 && report.firstBreak == .init(events: 4...4, reason: .foreign))
        try await restored.close()
    }

    @Test("An event that another program left for the sealer isn't sealed, and is told of")
    func leftByAnother() async throws {
        try await append(2)
        try await tamper(
            """
            INSERT INTO chain_event (id, at, kind, actor, about, body_digest, salt, body)
            VALUES (1, 1, 'access.account_added', 'admin', 'keeper', x'00', x'00', '{}')
            """)
        try await append(2)
        #expect(try await verify() == ChainReport(count: 4, erased: 0, unsealed: 1, firstBreak: nil))
        let told = try await store.read { [crypto] in try Chain.foreignEnd(in: $0, crypto: crypto) }
        #expect(told == [ChainReport.outside(1)])
        // Where a sealer comes behind the transactions, it only waits.
        let (report, end) = try await store.read { [crypto] reader in
            let later = SealedLater(reader)
            return (
                try Chain.verify(in: later, crypto: crypto), try Chain.foreignEnd(in: later, crypto: crypto)
            )
        }
        #expect(report == ChainReport(count: 4, erased: 0, unsealed: 0, firstBreak: nil) && end.isEmpty)
        try await store.close()
    }

    @Test func lawfulErasure() async throws {
        try await append(10)
        let before = try #require(try await head())
        try await store.write(.interactive) { [now, ids, crypto] in
            try Chain.erase(
                [3, 4], grounds: "decision-1", actor: "officer", at: now, ids: ids, crypto: crypto, in: $0)
        }
        #expect(try await verify(before) == ChainReport(count: 11, erased: 2, unsealed: 0, firstBreak: nil))
        let left = try await store.read { reader in
            try reader.integer("SELECT count(*) FROM chain_event WHERE body LIKE '%\"number\":2%' OR body LIKE '%:3}%'")
        }
        #expect(left == 0)
        // Neither the record of an erasure nor an event that isn't there can be erased.
        for seq: Int64 in [11, 99] {
            await #expect(throws: NiangjiaError.self) {
                try await store.write(.interactive) { [now, ids, crypto] in
                    try Chain.erase([seq], grounds: "", actor: "", at: now, ids: ids, crypto: crypto, in: $0)
                }
            }
        }
        // Erased by hand: no record, no law.
        try await tamper("UPDATE chain_event SET salt = NULL, body = NULL WHERE seq = 7")
        #expect(try await verify().firstBreak == .init(events: 7...7, reason: .missing))
        try await store.close()
    }

    @Test func printedHeads() async throws {
        let digest = (0..<32).map { UInt8($0 * 37 & 255) }
        for seq: Int64 in [1, 31, 32, 1_000_000, 1 << 40] {
            let head = ChainHead(seq: seq, digest: digest)
            let printed = head.printed
            let read = try #require(ChainHead(printed: printed))
            #expect(read.seq == seq)
            #expect(read.matches(digest))
            #expect(!read.matches(digest.reversed()))
            #expect(
                ChainHead(printed: printed.uppercased().replacing("-", with: " ").replacing("0", with: "O")) == read)
            #expect(ChainHead(head.value) == head)
            // Every wrong character and every swap of neighbours is noticed.
            let characters = Array(printed)
            for index in characters.indices where characters[index] != "-" {
                for other in "0123456789abcdefghjkmnpqrstvwxyz" where other != characters[index] {
                    var wrong = characters
                    wrong[index] = other
                    #expect(ChainHead(printed: String(wrong)) == nil)
                }
                let next = index + 1
                if next < characters.count, characters[next] != "-", characters[next] != characters[index] {
                    var wrong = characters
                    wrong.swapAt(index, next)
                    #expect(ChainHead(printed: String(wrong)) == nil)
                }
            }
        }
        for text in ["", "abc", "u-2345-6789-abcd-efgh-jk"] { #expect(ChainHead(printed: text) == nil) }
        #expect(ChainHead(["seq": 1, "digest": "00"]) == nil)
    }

    /// The form of the digest is fixed for ever: chains of years must verify.
    @Test func formIsFixed() async throws {
        let fixed = FixedRandom(crypto)
        try await store.write(.interactive) { [now, ids] in
            try Chain.append(
                ChainEvent(kind: "k", actor: "a", about: "case-1", body: ["x": 1]), at: now, ids: ids, crypto: fixed,
                in: $0)
        }
        let head = try #require(try await head())
        #expect(head.value["digest"].text == "3c98c141f12f27d7bef3e41e88322d43fa07f95b7eb16717a40432b9e2ab5b8b")
    }
}

/// The real provider with a salt that is always the same.
private struct FixedRandom: CryptoProvider {
    let real: SoftwareCrypto
    init(_ real: SoftwareCrypto) { self.real = real }
    var keyChecks: [KeyCheck] { real.keyChecks }
    func random(_ count: Int) -> [UInt8] { [UInt8](repeating: 7, count: count) }
    func digest(_ bytes: [UInt8]) -> [UInt8] { real.digest(bytes) }
    func digest(pieces: () throws -> [UInt8]) rethrows -> [UInt8] { try real.digest(pieces: pieces) }
    func mac(_ bytes: [UInt8], purpose: KeyPurpose) -> [UInt8] { real.mac(bytes, purpose: purpose) }
    func hmacSHA1(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] { real.hmacSHA1(bytes, key: key) }
    func seal(_ plain: [UInt8], purpose: KeyPurpose, context: [UInt8]) throws -> [UInt8] {
        try real.seal(plain, purpose: purpose, context: context)
    }
    func open(_ sealed: [UInt8], purpose: KeyPurpose, context: [UInt8]) throws -> [UInt8] {
        try real.open(sealed, purpose: purpose, context: context)
    }
    func sealWithOwnKey(_ plain: [UInt8], context: [UInt8]) throws -> (sealed: [UInt8], wrappedKey: [UInt8]) {
        try real.sealWithOwnKey(plain, context: context)
    }
    func open(_ sealed: [UInt8], wrappedKey: [UInt8], context: [UInt8]) throws -> [UInt8] {
        try real.open(sealed, wrappedKey: wrappedKey, context: context)
    }
    func passwordHash(_ password: String) async throws -> String { try await real.passwordHash(password) }
    func passwordMatches(_ password: String, _ hash: String?) async throws -> Bool {
        try await real.passwordMatches(password, hash)
    }
    func compress(_ bytes: [UInt8]) throws -> [UInt8] { try real.compress(bytes) }
    func expand(_ bytes: [UInt8]) throws -> [UInt8] { try real.expand(bytes) }
}
