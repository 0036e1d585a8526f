import CCrypto
import Foundation
import NiangjiaCore
import NiangjiaTesting
import Testing

@testable import NiangjiaCrypto

@Suite struct SoftwareCryptoTests {
    let created = Instant(milliseconds: 1_784_000_000_000)
    let ring: KeyRing
    let crypto: SoftwareCrypto

    init() throws {
        ring = KeyRing(created: created)
        crypto = try SoftwareCrypto(ring)
    }

    @Test func sm3() {
        // GB/T 32905-2016, appendix A.1 and A.2.
        #expect(
            hexText(crypto.digest(Array("abc".utf8)))
                == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")
        let second = String(repeating: "abcd", count: 16)
        #expect(
            hexText(crypto.digest(Array(second.utf8)))
                == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732")
        #expect(crypto.digest([]).count == 32)
    }

    /// GB/T 32907's vector: counter mode over zeros shows the block cipher's answer to the counter block itself.
    @Test func sm4() throws {
        let block = try #require(hexBytes("0123456789abcdeffedcba9876543210"))
        let counter = Counter()
        let key = SealKey(cipherKey: block, macKey: MacKey([1]))
        var out = [UInt8](repeating: 0, count: 16)
        let zeros = [UInt8](repeating: 0, count: 16)
        let isDone = zeros.withUnsafeBytes { counter.apply(key, nonce: block, $0, to: &out) }
        #expect(isDone)
        #expect(hexText(out) == "681edf34d206965e86b3e94f536e4246")
    }

    /// Our HMAC against OpenSSL's own.
    @Test(arguments: [0, 1, 31, 55, 56, 64, 65, 1000])
    func hmac(_ length: Int) {
        let key = Array(UInt8(1)...32)
        let message = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let ours = Digester().mac(MacKey(key)) { add in message.withUnsafeBytes { add($0) } }
        var theirs = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 0
        HMAC(EVP_sm3(), key, Int32(key.count), message, message.count, &theirs, &count)
        #expect(ours == theirs)
    }

    @Test(arguments: [0, 1, 15, 16, 17, 18, 4096, 1_000_003])
    func sealAndOpen(_ length: Int) throws {
        let plain = crypto.random(length)
        let context = Array("person.id_number:7".utf8)
        let sealed = try crypto.seal(plain, purpose: .personal, context: context)
        #expect(sealed.count == length + SoftwareCrypto.overhead)
        #expect(try crypto.open(sealed, purpose: .personal, context: context) == plain)
        #expect(try crypto.seal(plain, purpose: .personal, context: context) != sealed)
    }

    @Test func everyChangedByteIsNoticed() throws {
        let sealed = try crypto.seal(Array("990101199003078515".utf8), purpose: .personal, context: [1])
        for index in sealed.indices {
            var altered = sealed
            altered[index] ^= 1
            #expect(throws: NiangjiaError.self) { try crypto.open(altered, purpose: .personal, context: [1]) }
        }
        for length in 0..<sealed.count {
            #expect(throws: NiangjiaError.self) {
                try crypto.open(Array(sealed.prefix(length)), purpose: .personal, context: [1])
            }
        }
        #expect(throws: NiangjiaError.self) { try crypto.open(sealed + [0], purpose: .personal, context: [1]) }
    }

    @Test func movedContentIsNoticed() throws {
        let sealed = try crypto.seal([1, 2, 3], purpose: .personal, context: [9])
        #expect(throws: NiangjiaError.self) { try crypto.open(sealed, purpose: .personal, context: [8]) }
        #expect(throws: NiangjiaError.self) { try crypto.open(sealed, purpose: .sensitive, context: [9]) }
        #expect(throws: NiangjiaError.self) { try crypto.open(sealed, purpose: .personal, context: [9, 0]) }
        let other = try SoftwareCrypto(KeyRing(created: created))
        #expect(throws: NiangjiaError.self) { try other.open(sealed, purpose: .personal, context: [9]) }
    }

    @Test func ownKeys() throws {
        let plain = Array("block".utf8)
        let first = try crypto.sealWithOwnKey(plain, context: [1])
        let second = try crypto.sealWithOwnKey(plain, context: [1])
        #expect(first.wrappedKey != second.wrappedKey)
        #expect(try crypto.open(first.sealed, wrappedKey: first.wrappedKey, context: [1]) == plain)
        #expect(throws: NiangjiaError.self) {
            try crypto.open(first.sealed, wrappedKey: second.wrappedKey, context: [1])
        }
        #expect(throws: NiangjiaError.self) {
            try crypto.open(first.sealed, wrappedKey: first.wrappedKey, context: [2])
        }
        #expect(throws: NiangjiaError.self) { try crypto.open(first.sealed, wrappedKey: [], context: [1]) }
        // The key that encrypts one block never wraps or seals another purpose.
        #expect(throws: NiangjiaError.self) { try crypto.open(first.sealed, purpose: .wrapping, context: [1]) }
    }

    @Test func macsDifferByPurposeAndKey() throws {
        let text = Array("990101199003078515".utf8)
        let macs = Set(KeyPurpose.allCases.map { crypto.mac(text, purpose: $0) } + [crypto.digest(text)])
        #expect(macs.count == KeyPurpose.allCases.count + 1)
        #expect(crypto.mac(text, purpose: .lookup) == crypto.mac(text, purpose: .lookup))
        #expect(
            try SoftwareCrypto(KeyRing(created: created)).mac(text, purpose: .lookup)
                != crypto.mac(text, purpose: .lookup))
    }

    @Test func passwords() async throws {
        let hash = try await crypto.passwordHash("娘家é")
        #expect(hash.hasPrefix("$scrypt$ln=15,r=8,p=1$"))
        #expect(try await crypto.passwordMatches("娘家é", hash))
        // The same letters, composed differently by another keyboard.
        #expect(try await crypto.passwordMatches("娘家e\u{301}", hash))
        #expect(try await !crypto.passwordMatches("娘家", hash))
        #expect(try await !crypto.passwordMatches("", hash))
        #expect(try await !crypto.passwordMatches("娘家é", nil))
        #expect(try await crypto.passwordHash("娘家é") != hash)
        for wrong in [
            "", "$scrypt$", "$scrypt$ln=63,r=8,p=1$00$00", hash.replacingOccurrences(of: "ln=15", with: "ln=14"),
        ] {
            #expect(try await !crypto.passwordMatches("娘家é", wrong))
        }
    }

    @Test func scryptVector() async throws {
        // RFC 7914, section 12, third vector but for its length: N=16384, r=8, p=1, "pleaseletmein", "SodiumChloride".
        let hash =
            "$scrypt$ln=14,r=8,p=1$\(hexText(Array("SodiumChloride".utf8)))$"
            + "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
        #expect(try await crypto.passwordMatches("pleaseletmein", hash))
    }

    /// A flood of sign-ins holds no thread of the concurrency runtime: this test goes on while all of it waits.
    @Test func passwordsWaitOnThreadsOfTheirOwn() async throws {
        let threads = PasswordThreads()
        let gate = DispatchSemaphore(value: 0)
        let begun = Guarded(0)
        func add(_ count: Int) -> [Task<Void, any Error>] {
            (0..<count).map { _ in
                Task {
                    try await threads.run {
                        begun.withLock { $0 += 1 }
                        gate.wait()
                    }
                }
            }
        }
        var flood = add(PasswordThreads.threadLimit)
        while begun.withLock({ $0 }) < PasswordThreads.threadLimit { await Task.yield() }
        // More than the runtime has threads.
        flood += add(PasswordThreads.waitingLimit)
        while threads.waitingCount < PasswordThreads.waitingLimit { await Task.yield() }
        do {
            try await threads.run {}
            Issue.record("one more was taken")
        } catch let error as NiangjiaError { #expect(error.code == .busy) }
        #expect(begun.withLock { $0 } == PasswordThreads.threadLimit)
        for _ in flood { gate.signal() }
        for task in flood { try await task.value }
        #expect(begun.withLock { $0 } == flood.count)
    }

    @Test func compression() throws {
        let plain = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 / 100) }
        let small = try crypto.compress(plain)
        #expect(small.count < plain.count / 20)
        #expect(try crypto.expand(small) == plain)
        #expect(try crypto.expand(crypto.compress([])) == [])
        #expect(throws: NiangjiaError.self) { try crypto.expand(Array(small.dropLast(3))) }
        #expect(throws: NiangjiaError.self) { try crypto.expand([1, 2, 3]) }
        // 65 MiB of zeros become a few kilobytes: refused by their size before anything is expanded.
        let bomb = try crypto.compress([UInt8](repeating: 0, count: SoftwareCrypto.expandedLimit + 1))
        #expect(bomb.count < 10_000)
        #expect(throws: NiangjiaError.self) { try crypto.expand(bomb) }
    }

    @Test func manyThreadsAtOnce() async throws {
        let crypto = crypto
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    for number in 0..<2_000 {
                        let text = Array("\(worker) \(number)".utf8)
                        let purpose = KeyPurpose.allCases[number % KeyPurpose.allCases.count]
                        let sealed = try crypto.seal(text, purpose: purpose, context: text)
                        let opened = try crypto.open(sealed, purpose: purpose, context: text)
                        #expect(opened == text)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
