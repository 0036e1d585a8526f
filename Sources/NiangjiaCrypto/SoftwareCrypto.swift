import CCrypto
import CZstd
import Foundation
import NiangjiaCore

/// Chinese national algorithms in software, over OpenSSL's libcrypto: SM3, HMAC-SM3, SM4-CTR with HMAC-SM3 (encrypt, then MAC).
///
/// **Not a certified module.** A certified device takes its place behind ``CryptoProvider``.
///
/// What `seal` returns: a version byte (1), the key's generation (2 bytes), a random nonce (16), the ciphertext, and a MAC (32) over
/// all of that, the purpose and the context.
public final class SoftwareCrypto: CryptoProvider {
    static let version: UInt8 = 1
    static let headLength = 3
    static let nonceLength = 16
    /// Bytes that sealing adds.
    public static let overhead = headLength + nonceLength + Digester.length
    /// What ``expand(_:)`` makes at most: 64 MiB.
    public static let expandedLimit = 64 << 20

    /// By purpose, then generation.
    private let sealKeys: [KeyPurpose: [Int: SealKey]]
    private let newest: [KeyPurpose: Int]
    private let macKeys: [KeyPurpose: MacKey]
    private let tools = Pool<Tools>()
    let passwords = PasswordThreads()
    let passwordCost: Int
    public let keyChecks: [KeyCheck]

    /// A provider with the keys of a ring.
    ///
    /// - Parameter passwordCost: log2 of scrypt's N for passwords that are set from now on, 10…18. A tenth of a second is what keeps a
    ///   stolen store's passwords; tests that sign in a thousand times take less.
    /// - Throws: `configuration` when the system's libcrypto was built without SM3 or SM4.
    public init(_ ring: KeyRing, passwordCost: Int = SoftwareCrypto.passwordCost) throws {
        self.passwordCost = passwordCost
        try SoftwareCrypto.checkLibrary()
        let digester = Digester()
        var sealKeys: [KeyPurpose: [Int: SealKey]] = [:]
        var macKeys: [KeyPurpose: MacKey] = [:]
        var newest: [KeyPurpose: Int] = [:]
        keyChecks = ring.checks
        for key in ring.keys.sorted(by: { $0.generation < $1.generation }) {
            let name = key.purpose.rawValue
            sealKeys[key.purpose, default: [:]][key.generation] = SealKey(
                master: key.secret, label: name, isKept: true, digester)
            macKeys[key.purpose] = MacKey(
                SealKey.expand(MacKey(key.secret), "niangjia 1 keyed digest " + name, digester))
            newest[key.purpose] = key.generation
        }
        self.sealKeys = sealKeys
        self.macKeys = macKeys
        self.newest = newest
    }

    private static func checkLibrary() throws {
        let digest = EVP_MD_fetch(nil, "SM3", nil)
        let cipher = EVP_CIPHER_fetch(nil, "SM4-CTR", nil)
        defer {
            EVP_MD_free(digest)
            EVP_CIPHER_free(cipher)
        }
        guard digest != nil, cipher != nil else {
            throw NiangjiaError(
                .configuration, zh: "系统的 OpenSSL 不含国密算法 SM3、SM4:请安装发行版自带的 libssl3。",
                en: "The system's OpenSSL lacks SM3 or SM4: install the distribution's libssl3.")
        }
    }

    // MARK: Digests

    public func digest(_ bytes: [UInt8]) -> [UInt8] {
        tools.with { tools in bytes.withUnsafeBytes { tools.digester.digest($0) } }
    }

    public func digest(pieces: () throws -> [UInt8]) rethrows -> [UInt8] {
        // A digester of its own: reading may take long, and others wait for those that are shared.
        try Digester().digest(pieces: pieces)
    }

    public func mac(_ bytes: [UInt8], purpose: KeyPurpose) -> [UInt8] {
        // A ring has a key for each purpose: `KeyRing` makes and checks that.
        guard let key = macKeys[purpose] else { return [] }
        return tools.with { tools in
            tools.digester.mac(key) { add in bytes.withUnsafeBytes { add($0) } }
        }
    }

    public func hmacSHA1(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 20) { out, count in
            var length: UInt32 = 0
            HMAC(EVP_sha1(), key, Int32(key.count), bytes, bytes.count, out.baseAddress, &length)
            count = Int(length)
        }
    }

    // MARK: Sealing

    public func seal(_ plain: [UInt8], purpose: KeyPurpose, context: [UInt8]) throws -> [UInt8] {
        guard let generation = newest[purpose], let key = sealKeys[purpose]?[generation] else {
            throw SoftwareCrypto.unreadable("no key for \(purpose.rawValue)")
        }
        return try seal(plain, key, generation: generation, context)
    }

    public func open(_ sealed: [UInt8], purpose: KeyPurpose, context: [UInt8]) throws -> [UInt8] {
        guard sealed.count >= SoftwareCrypto.overhead, sealed[0] == SoftwareCrypto.version else {
            throw SoftwareCrypto.unreadable("not sealed by this provider")
        }
        let generation = Int(sealed[1]) << 8 | Int(sealed[2])
        guard let key = sealKeys[purpose]?[generation] else {
            throw SoftwareCrypto.unreadable("no key \(generation) for \(purpose.rawValue)")
        }
        return try open(sealed, key, context)
    }

    public func sealWithOwnKey(_ plain: [UInt8], context: [UInt8]) throws -> (sealed: [UInt8], wrappedKey: [UInt8]) {
        let master = random(32)
        let key = tools.with { SealKey(master: master, label: "own", isKept: false, $0.digester) }
        let sealed = try seal(plain, key, generation: 0, context)
        return (sealed, try seal(master, purpose: .wrapping, context: context))
    }

    public func open(_ sealed: [UInt8], wrappedKey: [UInt8], context: [UInt8]) throws -> [UInt8] {
        guard sealed.count >= SoftwareCrypto.overhead, sealed[0] == SoftwareCrypto.version else {
            throw SoftwareCrypto.unreadable("not sealed by this provider")
        }
        let master = try open(wrappedKey, purpose: .wrapping, context: context)
        guard master.count == 32 else { throw SoftwareCrypto.unreadable("not a wrapped key") }
        let key = tools.with { SealKey(master: master, label: "own", isKept: false, $0.digester) }
        return try open(sealed, key, context)
    }

    private func seal(_ plain: [UInt8], _ key: SealKey, generation: Int, _ context: [UInt8]) throws -> [UInt8] {
        let head = SoftwareCrypto.headLength
        let body = head + SoftwareCrypto.nonceLength
        let total = plain.count + SoftwareCrypto.overhead
        return try tools.with { tools in
            var isDone = false
            let sealed = [UInt8](unsafeUninitializedCapacity: total) { out, count in
                guard let start = out.baseAddress else { return }
                out[0] = SoftwareCrypto.version
                out[1] = UInt8(truncatingIfNeeded: generation >> 8)
                out[2] = UInt8(truncatingIfNeeded: generation)
                tools.random.fill(start + head, SoftwareCrypto.nonceLength)
                isDone = plain.withUnsafeBytes { tools.counter.apply(key, nonce: start + head, $0, to: start + body) }
                let covered = UnsafeRawBufferPointer(start: start, count: body + plain.count)
                let tag = SoftwareCrypto.tag(covered, context, key, tools.digester)
                for (index, byte) in tag.enumerated() { out[body + plain.count + index] = byte }
                count = total
            }
            guard isDone else { throw SoftwareCrypto.unreadable("libcrypto refused to encrypt") }
            return sealed
        }
    }

    private func open(_ sealed: [UInt8], _ key: SealKey, _ context: [UInt8]) throws -> [UInt8] {
        let body = SoftwareCrypto.headLength + SoftwareCrypto.nonceLength
        let length = sealed.count - SoftwareCrypto.overhead
        return try tools.with { tools in
            try sealed.withUnsafeBytes { bytes in
                let covered = UnsafeRawBufferPointer(rebasing: bytes[..<(body + length)])
                let tag = SoftwareCrypto.tag(covered, context, key, tools.digester)
                guard CRYPTO_memcmp(tag, bytes.baseAddress?.advanced(by: body + length), tag.count) == 0 else {
                    throw SoftwareCrypto.unreadable("altered, moved, or sealed by another key")
                }
                var isDone = false
                let plain = [UInt8](unsafeUninitializedCapacity: length) { out, count in
                    guard length > 0, let start = out.baseAddress, let source = bytes.baseAddress else {
                        isDone = length == 0
                        return
                    }
                    let nonce = source.advanced(by: SoftwareCrypto.headLength).assumingMemoryBound(to: UInt8.self)
                    isDone = tools.counter.apply(
                        key, nonce: nonce, UnsafeRawBufferPointer(rebasing: bytes[body..<(body + length)]), to: start)
                    count = length
                }
                guard isDone else { throw SoftwareCrypto.unreadable("libcrypto refused to decrypt") }
                return plain
            }
        }
    }

    /// The context's length stands before it, so that no part of it can pass for sealed bytes.
    private static func tag(
        _ covered: UnsafeRawBufferPointer, _ context: [UInt8], _ key: SealKey, _ digester: Digester
    ) -> [UInt8] {
        digester.mac(key.macKey) { add in
            withUnsafeBytes(of: UInt64(context.count).bigEndian) { add($0) }
            context.withUnsafeBytes { add($0) }
            add(covered)
        }
    }

    static func unreadable(_ cause: String) -> NiangjiaError {
        NiangjiaError(
            .unreadable, zh: "加密内容无法读取:内容被改动、被移动,或密钥已销毁。",
            en: "Encrypted content cannot be read: it was altered or moved, or its key is gone.", cause: cause)
    }

    // MARK: Random, compression

    public func random(_ count: Int) -> [UInt8] {
        // Keys and tokens are drawn one by one; salts come from what was drawn for many.
        count < 32 ? tools.with { $0.random.take(count) } : secureRandom(count)
    }

    public func compress(_ bytes: [UInt8]) throws -> [UInt8] {
        let bound = ZSTD_compressBound(bytes.count)
        return try tools.with { tools in
            var written = 0
            let out = [UInt8](unsafeUninitializedCapacity: bound) { out, count in
                written = bytes.withUnsafeBytes {
                    ZSTD_compressCCtx(tools.compressor, out.baseAddress, bound, $0.baseAddress, $0.count, 1)
                }
                count = ZSTD_isError(written) == 0 ? written : 0
            }
            guard ZSTD_isError(written) == 0 else {
                throw SoftwareCrypto.unreadable("zstd: \(String(cString: ZSTD_getErrorName(written)))")
            }
            return out
        }
    }

    public func expand(_ bytes: [UInt8]) throws -> [UInt8] {
        let size = bytes.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
        // The two highest numbers say "unknown" and "no frame"; both lie beyond the limit.
        guard size <= UInt64(SoftwareCrypto.expandedLimit) else {
            throw SoftwareCrypto.unreadable("zstd: no frame, no size, or beyond \(SoftwareCrypto.expandedLimit) bytes")
        }
        return try tools.with { tools in
            var written = 0
            let out = [UInt8](unsafeUninitializedCapacity: Int(size)) { out, count in
                written = bytes.withUnsafeBytes {
                    ZSTD_decompressDCtx(tools.expander, out.baseAddress, Int(size), $0.baseAddress, $0.count)
                }
                count = ZSTD_isError(written) == 0 ? written : 0
            }
            guard ZSTD_isError(written) == 0, written == Int(size) else {
                throw SoftwareCrypto.unreadable("zstd: damaged")
            }
            return out
        }
    }
}

/// What one thread at a time works with.
final class Tools: Poolable {
    let digester = Digester()
    let counter = Counter()
    let random = RandomStock()
    let compressor: OpaquePointer = ZSTD_createCCtx()
    let expander: OpaquePointer = ZSTD_createDCtx()

    deinit {
        ZSTD_freeCCtx(compressor)
        ZSTD_freeDCtx(expander)
    }
}

/// Random bytes drawn from the system's generator for many salts and nonces at once; each is given away once.
final class RandomStock {
    private static let size = 4_096
    private var bytes: [UInt8] = []
    private var used = 0

    /// Puts fresh bytes somewhere, at most ``size``.
    func fill(_ place: UnsafeMutablePointer<UInt8>, _ count: Int) {
        if used + count > bytes.count {
            bytes = secureRandom(RandomStock.size)
            used = 0
        }
        bytes.withUnsafeMutableBufferPointer { stock in
            guard let start = stock.baseAddress?.advanced(by: used) else { return }
            place.update(from: start, count: count)
            start.update(repeating: 0, count: count)
        }
        used += count
    }

    func take(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { out, written in
            if let start = out.baseAddress { fill(start, count) }
            written = count
        }
    }
}

/// Something that is made without arguments and reused.
protocol Poolable: AnyObject { init() }

/// Lends each caller an object nobody else is using.
final class Pool<Item: Poolable>: Sendable {
    private struct Idle: @unchecked Sendable { var items: [Item] = [] }
    private struct Lent: @unchecked Sendable { var item: Item? }
    private let idle = Guarded(Idle())

    func with<Result>(_ body: (Item) throws -> Result) rethrows -> Result {
        let item = idle.withLock { Lent(item: $0.items.popLast()) }.item ?? Item()
        let lent = Lent(item: item)
        defer { idle.withLock { idle in if let item = lent.item { idle.items.append(item) } } }
        return try body(item)
    }
}
