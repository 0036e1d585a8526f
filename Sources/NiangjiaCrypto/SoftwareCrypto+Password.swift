import CCrypto
import Foundation

/// Passwords: scrypt (RFC 7914) with N = 2^15 unless the provider was made with another cost, r = 8, p = 1: 32 MiB and about a
/// tenth of a second, on purpose.
///
/// Both calls wait for a thread of their own (``PasswordThreads``) and throw `busy` where too many do.
extension SoftwareCrypto {
    /// log2 of scrypt's N for passwords that are set from now on; what is kept says its own.
    public static let passwordCost = 15
    private static let blockSize = 8
    private static let lanes = 1

    /// `$scrypt$ln=15,r=8,p=1$salt$hash`, salt (16 bytes) and hash (32) in hexadecimal: later releases may raise the cost.
    public func passwordHash(_ password: String) async throws -> String {
        let salt = random(16)
        let made = try await passwords.run { [passwordCost] in
            SoftwareCrypto.scrypt(
                password, salt, costLog: passwordCost, blockSize: SoftwareCrypto.blockSize,
                lanes: SoftwareCrypto.lanes)
        }
        guard let hash = made else { throw SoftwareCrypto.unreadable("scrypt") }
        return text(salt, hash)
    }

    private func text(_ salt: [UInt8], _ hash: [UInt8]) -> String {
        "$scrypt$ln=\(passwordCost),r=\(SoftwareCrypto.blockSize),p=\(SoftwareCrypto.lanes)$\(hexText(salt))$\(hexText(hash))"
    }

    public func passwordMatches(_ password: String, _ hash: String?) async throws -> Bool {
        // No password is known to give these bytes.
        let hash = hash ?? text(random(16), random(32))
        let parts = hash.split(separator: "$", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt",
            let salt = hexBytes(parts[3]), let expected = hexBytes(parts[4]), expected.count == 32,
            let (costLog, blockSize, lanes) = SoftwareCrypto.parameters(parts[2])
        else { return false }
        let made = try await passwords.run {
            SoftwareCrypto.scrypt(password, salt, costLog: costLog, blockSize: blockSize, lanes: lanes)
        }
        guard let found = made else { return false }
        return CRYPTO_memcmp(found, expected, expected.count) == 0
    }

    /// Reads `ln=15,r=8,p=1`, within what this host is ready to spend.
    private static func parameters(_ text: String) -> (costLog: Int, blockSize: Int, lanes: Int)? {
        let fields = text.split(separator: ",").map { $0.split(separator: "=") }
        guard fields.count == 3, fields.allSatisfy({ $0.count == 2 }), fields.map({ $0[0] }) == ["ln", "r", "p"],
            let costLog = Int(fields[0][1]), let blockSize = Int(fields[1][1]), let lanes = Int(fields[2][1]),
            (10...18).contains(costLog), (1...16).contains(blockSize), (1...4).contains(lanes)
        else { return nil }
        return (costLog, blockSize, lanes)
    }

    /// The same password typed on two keyboards may be composed differently: NFC first.
    private static func scrypt(_ password: String, _ salt: [UInt8], costLog: Int, blockSize: Int, lanes: Int)
        -> [UInt8]?
    {
        let typed = Array(password.precomposedStringWithCanonicalMapping.utf8)
        var hash = [UInt8](repeating: 0, count: 32)
        let cost = UInt64(1) << UInt64(costLog)
        let memory = 2 * 128 * cost * UInt64(blockSize) + (1 << 20)
        let isDone = typed.withUnsafeBytes { bytes in
            EVP_PBE_scrypt(
                bytes.baseAddress?.assumingMemoryBound(to: CChar.self), typed.count, salt, salt.count, cost,
                UInt64(blockSize), UInt64(lanes), memory, &hash, hash.count)
        }
        return isDone == 1 ? hash : nil
    }
}
