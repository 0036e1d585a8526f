/// Ciphers, digests and keys behind one door, so that a certified device can stand in for the software (GM/T 0018).
///
/// The software provider uses SM4-CTR with HMAC-SM3 (encrypt, then MAC; separate keys) and SM3 (GB/T 32907, GB/T 32905). It is
/// **not** a certified module.
public protocol CryptoProvider: Sendable {
    /// By what its keys are known, in order of purpose, then generation.
    var keyChecks: [KeyCheck] { get }

    /// SM3 of bytes: 32 bytes.
    func digest(_ bytes: [UInt8]) -> [UInt8]

    /// SM3 of pieces, one after the other, until one is empty: of a file of any size with flat memory.
    func digest(pieces: () throws -> [UInt8]) rethrows -> [UInt8]

    /// HMAC-SM3 under a named key of the key ring: 32 bytes. For look-ups (`KeyPurpose.lookup`) and commitments.
    func mac(_ bytes: [UInt8], purpose: KeyPurpose) -> [UInt8]

    /// Encrypts and authenticates under the newest key for a purpose; the result names its key. `context` is authenticated, not
    /// stored: a ciphertext moved to another row or column is refused.
    func seal(_ plain: [UInt8], purpose: KeyPurpose, context: [UInt8]) throws -> [UInt8]

    /// Opens what ``seal(_:purpose:context:)`` made. Throws when it was altered, moved, or its key is gone (erased).
    func open(_ sealed: [UInt8], purpose: KeyPurpose, context: [UInt8]) throws -> [UInt8]

    /// Seals under a key of its own, made on the spot and returned wrapped: destroying the wrapped key erases the content
    /// (decision 0077).
    func sealWithOwnKey(_ plain: [UInt8], context: [UInt8]) throws -> (sealed: [UInt8], wrappedKey: [UInt8])

    /// Opens what ``sealWithOwnKey(_:context:)`` made.
    func open(_ sealed: [UInt8], wrappedKey: [UInt8], context: [UInt8]) throws -> [UInt8]

    /// HMAC-SHA-1 (RFC 2104) under a key of any length: 20 bytes. For one-time codes only, which telephones reckon with it.
    func hmacSHA1(_ bytes: [UInt8], key: [UInt8]) -> [UInt8]

    /// Bytes from the operating system's random source.
    func random(_ count: Int) -> [UInt8]

    /// A memory-hard hash of a password (scrypt, RFC 7914) with its salt and parameters.
    ///
    /// Slow on purpose, and never on the caller's thread. Throws `busy` when too many wait.
    func passwordHash(_ password: String) async throws -> String

    /// Whether a password matches a hash of ``passwordHash(_:)``; takes the same time either way, and for nil, which nothing matches.
    /// Throws `busy` as it does.
    func passwordMatches(_ password: String, _ hash: String?) async throws -> Bool

    /// Compresses (zstd level 1) and expands; journal blocks are compressed before they are sealed.
    func compress(_ bytes: [UInt8]) throws -> [UInt8]
    func expand(_ bytes: [UInt8]) throws -> [UInt8]
}

/// What a key is for. Keys of different purposes are never the same.
public enum KeyPurpose: String, Sendable, CaseIterable {
    /// ID numbers, bank cards, phones at rest.
    case personal
    /// Health, income and other sensitive form data.
    case sensitive
    /// Keyed hashes by which encrypted identifiers are found.
    case lookup
    /// Wraps the keys of journal blocks and cases.
    case wrapping
    /// Commitments in the chain.
    case commitment
    /// Session tokens and signed codes.
    case session

    /// Whether a newer key may take over. By the others rows are found, proved or recognised: a new one would know none of them.
    public var isRotated: Bool {
        switch self {
        case .personal, .sensitive, .wrapping: true
        case .lookup, .commitment, .session: false
        }
    }
}

extension NiangjiaError.Code {
    /// Encrypted content was altered or moved, or its key was destroyed.
    public static let unreadable: NiangjiaError.Code = "unreadable"
}
