import CCrypto
import NiangjiaCore

/// SM3 (GB/T 32905) and HMAC-SM3 with contexts that are kept: fetching an algorithm costs more than hashing a short text.
final class Digester {
    static let blockLength = 64
    static let length = 32
    private let context: OpaquePointer
    private let algorithm: OpaquePointer

    init() {
        // Both exist in every OpenSSL 3 built with SM3, which `SoftwareCrypto.init` has checked.
        algorithm = EVP_MD_fetch(nil, "SM3", nil)
        context = EVP_MD_CTX_new()
    }

    deinit {
        EVP_MD_CTX_free(context)
        EVP_MD_free(algorithm)
    }

    /// SM3 of parts, one after the other.
    func digest(_ parts: UnsafeRawBufferPointer...) -> [UInt8] {
        EVP_DigestInit_ex2(context, algorithm, nil)
        for part in parts { EVP_DigestUpdate(context, part.baseAddress, part.count) }
        return finish()
    }

    /// SM3 of pieces until one is empty.
    func digest(pieces: () throws -> [UInt8]) rethrows -> [UInt8] {
        EVP_DigestInit_ex2(context, algorithm, nil)
        while true {
            let piece = try pieces()
            if piece.isEmpty { return finish() }
            piece.withUnsafeBytes { _ = EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
        }
    }

    /// HMAC-SM3 (RFC 2104) of what `feed` adds, from a key's prepared states.
    func mac(_ key: MacKey, _ feed: ((UnsafeRawBufferPointer) -> Void) -> Void) -> [UInt8] {
        EVP_MD_CTX_copy_ex(context, key.inner)
        feed { EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
        let inner = finish()
        EVP_MD_CTX_copy_ex(context, key.outer)
        EVP_DigestUpdate(context, inner, inner.count)
        return finish()
    }

    private func finish() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Digester.length) { buffer, count in
            EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
            count = Digester.length
        }
    }
}

/// A key of HMAC-SM3 with both of its pads hashed already. Its states are copied, never changed.
final class MacKey: @unchecked Sendable {
    let inner: OpaquePointer
    let outer: OpaquePointer

    /// `key` is at most a block (64 bytes) long.
    init(_ key: [UInt8]) {
        let padded = key + [UInt8](repeating: 0, count: Digester.blockLength - key.count)
        func state(_ pad: UInt8) -> OpaquePointer {
            let algorithm: OpaquePointer = EVP_MD_fetch(nil, "SM3", nil)
            let context: OpaquePointer = EVP_MD_CTX_new()
            EVP_DigestInit_ex2(context, algorithm, nil)
            EVP_DigestUpdate(context, padded.map { $0 ^ pad }, padded.count)
            EVP_MD_free(algorithm)
            return context
        }
        inner = state(0x36)
        outer = state(0x5C)
    }

    deinit {
        EVP_MD_CTX_free(inner)
        EVP_MD_CTX_free(outer)
    }
}

/// SM4 in counter mode (GB/T 32907, GB/T 17964), which encrypts and decrypts alike.
final class Counter {
    private let context: OpaquePointer
    private let algorithm: OpaquePointer
    /// The key whose schedule the context holds: setting it up costs more than a short field.
    private var current: ObjectIdentifier?

    init() {
        algorithm = EVP_CIPHER_fetch(nil, "SM4-CTR", nil)
        context = EVP_CIPHER_CTX_new()
        EVP_EncryptInit_ex2(context, algorithm, nil, nil, nil)
    }

    deinit {
        EVP_CIPHER_CTX_free(context)
        EVP_CIPHER_free(algorithm)
    }

    /// Writes as many bytes as `input` has to `output`. False when OpenSSL refuses.
    func apply(
        _ key: SealKey, nonce: UnsafePointer<UInt8>, _ input: UnsafeRawBufferPointer,
        to output: UnsafeMutablePointer<UInt8>
    )
        -> Bool
    {
        let isSet: Int32
        if key.isKept && current == ObjectIdentifier(key) {
            isSet = EVP_EncryptInit_ex2(context, nil, nil, nonce, nil)
        } else {
            isSet = EVP_EncryptInit_ex2(context, nil, key.cipherKey, nonce, nil)
            current = key.isKept ? ObjectIdentifier(key) : nil
        }
        guard isSet == 1 else { return false }
        var written: Int32 = 0
        var done = 0
        // Lengths are 32-bit in OpenSSL.
        while done < input.count {
            let count = min(input.count - done, 1 << 30)
            let start = input.baseAddress?.advanced(by: done).assumingMemoryBound(to: UInt8.self)
            guard EVP_EncryptUpdate(context, output + done, &written, start, Int32(count)) == 1 else { return false }
            done += Int(written)
        }
        return true
    }
}

/// What one master key becomes: separate keys for encrypting and for authenticating.
final class SealKey: Sendable {
    /// 16 bytes, SM4.
    let cipherKey: [UInt8]
    let macKey: MacKey
    /// Whether the provider holds it for ever; only then may its identity stand for it.
    let isKept: Bool

    /// HKDF-SM3's expand step (RFC 5869 with one block of output for each label).
    init(master: [UInt8], label: String, isKept: Bool, _ digester: Digester) {
        let key = MacKey(master)
        cipherKey = Array(SealKey.expand(key, "niangjia 1 encrypt " + label, digester).prefix(16))
        macKey = MacKey(SealKey.expand(key, "niangjia 1 authenticate " + label, digester))
        self.isKept = isKept
    }

    /// Keys as they are given, for checks against published vectors.
    init(cipherKey: [UInt8], macKey: MacKey) {
        self.cipherKey = cipherKey
        self.macKey = macKey
        isKept = false
    }

    static func expand(_ key: MacKey, _ label: String, _ digester: Digester) -> [UInt8] {
        digester.mac(key) { add in
            let info = Array(label.utf8) + [1]
            info.withUnsafeBytes { add($0) }
        }
    }
}
