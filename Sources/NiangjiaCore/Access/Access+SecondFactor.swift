/// The second factor: what an account shows besides its password.
extension Access {
    /// How many codes stand in for a lost telephone.
    public static let recoveryCodes = 10

    /// What an enrolment hands out; it is shown once.
    public struct Enrolment: Sendable, Hashable {
        /// What is typed into the telephone (base32).
        public var secret: String
        /// The same as an address that an authenticator reads from a picture.
        public var address: String
    }

    /// What an account hears whose roles rest until it has a second factor, whatever it asks for. It has a code of its own: a client
    /// brings whoever hears it to the enrolment, and can do nothing for whom a role is missing.
    public static let enrolFirst = NiangjiaError(
        "must_enrol", zh: "您的角色须用动态口令:请先启用(niangjia account totp enrol),再重新登录。",
        en: "Your roles take a second factor: enrol one first (niangjia account totp enrol), then sign in again.")

    /// Makes a secret for an account. It counts once ``confirmFactor(_:code:)`` has seen a code of it; one that waits is replaced.
    ///
    /// - Parameter password: the account's: a session that somebody got hold of is not enough to keep its owner out.
    /// - Throws: `wrong_password`, which counts as one at sign-in; `conflict` where the account has a second factor already.
    public func enrolFactor(_ account: String, password: String, issuer: String) async throws -> Enrolment {
        try await attempt(account, from: .signedIn, clock.now()) {
            guard try await isPassword(password, of: account) else { throw Access.wrongPresentPassword }
        }
        let secret = crypto.random(OneTimeCode.secretLength)
        let sealed = try crypto.seal(secret, purpose: .sensitive, context: Access.factorContext(account))
        let now = clock.now()
        try await store.write(.interactive) { writer in
            let changed = try writer.execute(
                """
                INSERT INTO second_factor (account, secret, state, last_step, created_at) VALUES ($1, $2, 'waiting', 0, $3)
                ON CONFLICT (account) DO UPDATE SET secret = $2, created_at = $3 WHERE second_factor.state = 'waiting'
                """, [.text(account), .blob(sealed), .instant(now)])
            guard changed == 1 else {
                throw NiangjiaError(
                    .conflict, zh: "账号 \(account) 已有动态口令:先移除(niangjia account totp remove)。",
                    en: "The account \(account) has a second factor: remove it first (niangjia account totp remove).")
            }
        }
        let text = OneTimeCode.base32(secret)
        let label = Access.percentEncoded("\(issuer):\(account)")
        let address =
            "otpauth://totp/\(label)?secret=\(text)&issuer=\(Access.percentEncoded(issuer))&period=30&digits=6"
        return Enrolment(secret: text, address: address)
    }

    /// Takes the first code of a secret: from now on the account signs in with one. Its other sign-ins end.
    ///
    /// - Returns: recovery codes, shown once.
    /// - Throws: `wrong_code`, which counts as a wrong password at sign-in; `not_found` where no enrolment waits.
    public func confirmFactor(_ account: String, code: String) async throws -> [String] {
        let recovery = (0..<Access.recoveryCodes).map { _ in Access.recoveryCode(crypto.random(10)) }
        let context = ChangeContext(now: clock.now(), actor: account, ids: ids, crypto: crypto)
        try await attempt(account, from: .signedIn, context.now) {
            try await store.write(.interactive) { writer in
                try Access.confirm(account, typed: code, recovery, context, in: writer)
            }
        }
        return recovery
    }

    private static func confirm(
        _ account: String, typed: String, _ recovery: [String], _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        guard let found = try factor(of: account, in: writer), found.state == "waiting" else {
            throw NiangjiaError(
                .notFound, zh: "没有等待确认的动态口令:先运行 niangjia account totp enrol。",
                en: "No second factor waits to be confirmed: niangjia account totp enrol first.")
        }
        let secret = try found.secret(context.crypto)
        guard let step = OneTimeCode.match(typed, secret, at: context.now, after: 0, context.crypto) else {
            throw wrongOwnCode
        }
        try changingFactor(of: account, context.crypto, in: writer) {
            try writer.execute(
                "UPDATE second_factor SET state = 'active', last_step = $2 WHERE account = $1",
                [.text(account), .int(step)])
        }
        try writer.execute("DELETE FROM recovery_code WHERE account = $1", [.text(account)])
        for one in recovery {
            try writer.execute(
                "INSERT INTO recovery_code (account, code_mac) VALUES ($1, $2)",
                [.text(account), .blob(mac(recovery: one, of: account, context.crypto))])
        }
        try writer.execute("DELETE FROM session WHERE account = $1", [.text(account)])
        try context.record("access.factor_confirmed", about: account, body: ["account": .text(account)], in: writer)
    }

    /// Removes an account's second factor; its sign-ins end.
    ///
    /// - Parameter code: a code of it, by its owner; nil: by a system administrator, for somebody who has lost all of them.
    /// - Throws: `wrong_code`; `not_found` where there is none.
    public func removeFactor(_ account: String, code: String?, by actor: String) async throws {
        let context = ChangeContext(now: clock.now(), actor: actor, ids: ids, crypto: crypto)
        @Sendable func remove() async throws {
            try await store.write(.interactive) { writer in
                try Access.remove(factorOf: account, typed: code, context, in: writer)
            }
        }
        guard code != nil else { return try await remove() }
        // Guesses count as those at sign-in do.
        try await attempt(account, from: .signedIn, context.now, remove)
    }

    private static func remove(
        factorOf account: String, typed: String?, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        guard try factor(of: account, in: writer) != nil else {
            throw NiangjiaError(
                .notFound, zh: "账号 \(account) 没有动态口令。", en: "The account \(account) has no second factor.")
        }
        if let typed, try !use(typed, of: account, at: context.now, context.crypto, in: writer) { throw wrongOwnCode }
        try changingFactor(of: account, context.crypto, in: writer) {
            try writer.execute("DELETE FROM second_factor WHERE account = $1", [.text(account)])
        }
        try writer.execute("DELETE FROM recovery_code WHERE account = $1", [.text(account)])
        try writer.execute("DELETE FROM session WHERE account = $1", [.text(account)])
        try context.record(
            "access.factor_removed", about: account,
            body: ["account": .text(account), "by_owner": .bool(typed != nil)], in: writer)
    }

    /// Whether an account signs in with a second factor.
    public static func hasFactor(_ account: String, in reader: any StoreReader) throws -> Bool {
        try factor(of: account, in: reader)?.state == "active"
    }

    /// Uses up a code: one of the telephone or a recovery code. False: it is wrong, or was used before.
    static func use(
        _ code: String, of account: String, at now: Instant, _ crypto: any CryptoProvider, in writer: any StoreWriter
    ) throws -> Bool {
        guard let found = try factor(of: account, in: writer), found.state == "active" else { return false }
        let typed = code.filter { $0 != " " && $0 != "-" }.lowercased()
        if typed.utf8.count == OneTimeCode.digits {
            let secret = try found.secret(crypto)
            guard let step = OneTimeCode.match(typed, secret, at: now, after: found.lastStep, crypto) else {
                return false
            }
            return try writer.execute(
                "UPDATE second_factor SET last_step = $2 WHERE account = $1 AND last_step < $2",
                [.text(account), .int(step)]) == 1
        }
        return try writer.execute(
            "UPDATE recovery_code SET used_at = $3 WHERE account = $1 AND code_mac = $2 AND used_at IS NULL",
            [.text(account), .blob(mac(recovery: typed, of: account, crypto)), .instant(now)]) == 1
    }

    /// A second factor as it lies in the store.
    struct Factor {
        var account: String
        var sealed: [UInt8]
        var state: String
        var lastStep: Int64

        /// Throws `unreadable` where it isn't what was written for the account.
        func secret(_ crypto: any CryptoProvider) throws -> [UInt8] {
            do { return try crypto.open(sealed, purpose: .sensitive, context: factorContext(account)) } catch {
                throw KeptPassword.notAsKept(account)
            }
        }
    }

    private static func factor(of account: String, in reader: any StoreReader) throws -> Factor? {
        try reader.first("SELECT secret, state, last_step FROM second_factor WHERE account = $1", [.text(account)]) {
            Factor(account: account, sealed: $0.blob(0), state: $0.text(1), lastStep: $0.int(2))
        }
    }

    private static func factorContext(_ account: String) -> [UInt8] { Array("second_factor/\(account)".utf8) }

    private static func mac(recovery code: String, of account: String, _ crypto: any CryptoProvider) -> [UInt8] {
        let plain = code.filter { $0 != "-" }.lowercased()
        return crypto.mac(Array("recovery/\(account)/\(plain)".utf8), purpose: .session)
    }

    /// `abcd-efgh-ijkl-mnop`: 80 random bits.
    private static func recoveryCode(_ bytes: [UInt8]) -> String {
        let letters = Array(OneTimeCode.base32(bytes).lowercased())
        return stride(from: 0, to: letters.count, by: 4).map { String(letters[$0..<min($0 + 4, letters.count)]) }
            .joined(separator: "-")
    }

    private static func percentEncoded(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || [0x2D, 0x2E, 0x5F, 0x7E].contains(byte)
            let hex = String(byte, radix: 16, uppercase: true)
            return isPlain ? String(Unicode.Scalar(byte)) : "%" + (hex.count == 1 ? "0" : "") + hex
        }.joined()
    }

    static let wrongCode = NiangjiaError(
        .unauthenticated, zh: "动态口令不对,或已用过。", en: "The code is wrong, or was used before.")

    /// The same said to whoever is signed in.
    static let wrongOwnCode = NiangjiaError(
        .wrongCode, zh: wrongCode.message.zh, en: wrongCode.message.en, place: "/code")

    /// Said to whoever has shown the right password and no code.
    static let codeNeeded = NiangjiaError(
        "second_factor_required", zh: "请同时输入动态口令(手机上的 6 位数字,或一个恢复码)。",
        en: "A code is needed too: the six digits on the telephone, or a recovery code.", place: "/code")
}
