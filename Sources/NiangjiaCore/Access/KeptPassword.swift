/// What is kept of an account's password: its slow hash, sealed for this account and for whether a second factor goes with it. In
/// another account's row it is unreadable, and so it is once somebody has taken the second factor away beside the host.
struct KeptPassword: Sendable {
    /// Whose it is.
    var account: String
    /// As it lies in the store.
    var sealed: [UInt8]
    /// Whether the account is in use.
    var isActive: Bool
    /// Whether the store shows a second factor that counts.
    var hasFactor: Bool

    /// What is kept for an account; nil where there is none of that name.
    static func of(_ account: String, in reader: any StoreReader) throws -> KeptPassword? {
        try reader.first(
            """
            SELECT a.password_sealed, a.state, f.state FROM account a LEFT JOIN second_factor f ON f.account = a.id
            WHERE a.id = $1
            """, [.text(account)]
        ) {
            KeptPassword(
                account: account, sealed: $0.blob(0), isActive: $0.text(1) == "active",
                hasFactor: $0.textOrNil(2) == "active")
        }
    }

    /// Seals the hash of a password.
    static func seal(
        _ hash: String, of account: String, hasFactor: Bool, _ crypto: any CryptoProvider
    ) throws -> [UInt8] {
        try crypto.seal(Array(hash.utf8), purpose: .sensitive, context: context(account, hasFactor))
    }

    /// The hash of the password.
    ///
    /// - Throws: `unreadable` where this isn't what was kept for the account as it stands.
    func hash(_ crypto: any CryptoProvider) throws -> String {
        do {
            let hash = try crypto.open(
                sealed, purpose: .sensitive, context: KeptPassword.context(account, hasFactor))
            return String(decoding: hash, as: UTF8.self)
        } catch { throw KeptPassword.notAsKept(account) }
    }

    /// The form is fixed for ever.
    private static func context(_ account: String, _ hasFactor: Bool) -> [UInt8] {
        Array("account/\(account)/password\(hasFactor ? " and factor" : "")".utf8)
    }

    /// Said to whoever signs in to an account whose password or second factor somebody put there beside the host.
    static func notAsKept(_ account: String) -> NiangjiaError {
        NiangjiaError(
            .unreadable,
            zh: "账号 \(account) 的密码或动态口令不是本系统写入的(数据库被改动,或密钥不是本市的),不能登录:请系统管理员先运行 niangjia audit verify。",
            en:
                "The password or second factor of \(account) wasn't written by this system (the store was edited, or the keys are another city's): nobody signs in with it. A system administrator runs niangjia audit verify first."
        )
    }
}

extension Access {
    /// Changes whether an account has a second factor: its password is sealed anew for how `change` leaves it.
    static func changingFactor(
        of account: String, _ crypto: any CryptoProvider, in writer: any StoreWriter, _ change: () throws -> Void
    ) throws {
        let hash = try KeptPassword.of(account, in: writer)?.hash(crypto)
        try change()
        guard let hash else { return }
        let sealed = try KeptPassword.seal(hash, of: account, hasFactor: hasFactor(account, in: writer), crypto)
        try writer.execute(
            "UPDATE account SET password_sealed = $2 WHERE id = $1", [.text(account), .blob(sealed)])
    }

    /// Accounts in use whose password or second factor isn't what this system wrote: nobody can sign in to them.
    public func spoiledAccounts() async throws -> [NiangjiaError] {
        try await store.read { reader in
            var spoiled: [NiangjiaError] = []
            // Members have accounts, too: all in one reading.
            try reader.forEach(
                """
                SELECT a.id, a.password_sealed, f.secret, f.state FROM account a
                LEFT JOIN second_factor f ON f.account = a.id WHERE a.state = 'active' ORDER BY a.id
                """, []
            ) { row in
                let kept = KeptPassword(
                    account: row.text(0), sealed: row.blob(1), isActive: true,
                    hasFactor: row.textOrNil(3) == "active")
                do {
                    _ = try kept.hash(crypto)
                    if let secret = row.blobOrNil(2) {
                        _ = try Factor(account: kept.account, sealed: secret, state: row.text(3), lastStep: 0)
                            .secret(crypto)
                    }
                } catch let error as NiangjiaError where error.code == .unreadable { spoiled.append(error) }
                return true
            }
            return spoiled
        }
    }
}
