/// Accounts, sign-ins and sessions.
///
/// A password is checked outside the store's transactions: its hash is memory-hard and slow on purpose.
public struct Access: Sendable {
    /// Where accounts, roles and sessions are.
    public let store: any Store
    /// What hashes passwords and digests events.
    public let crypto: any CryptoProvider
    /// By which sessions end and locks are lifted.
    public let clock: any Clock
    /// Where the ids of new rows come from.
    public let ids: IDSource
    let turns = SignInTurns()

    /// A session ends after this time, used or not (milliseconds).
    public static let sessionLength: Int64 = 12 * 3_600_000
    /// A session that nobody has used for so long ends (milliseconds).
    public static let idleLength: Int64 = 2 * 3_600_000
    /// After so many wrong passwords in a row from one client an account is locked for that client.
    public static let failureLimit: Int64 = 5
    /// After so many from whichever addresses it is locked for all from which nobody has signed in to it yet.
    public static let strangerLimit: Int64 = 10
    /// After so many wrong codes in a row a device is stopped.
    public static let scanLimit: Int64 = 20
    /// How long the first lock lasts (milliseconds); each further wrong password of the client doubles it. What is refused unseen
    /// doesn't. The lock of ``strangerLimit`` is never longer.
    public static let lockLength: Int64 = 5 * 60_000
    /// The longest lock (milliseconds).
    static let longestLock: Int64 = 86_400_000
    /// Wrong passwords are forgotten when none has been tried for so long (milliseconds).
    static let failureWindow: Int64 = 86_400_000
    /// The shortest password, in characters.
    public static let passwordLength = 10

    /// Over a store that holds ``AccessSchema``.
    public init(store: any Store, crypto: any CryptoProvider, clock: any Clock, ids: IDSource) {
        self.store = store
        self.crypto = crypto
        self.clock = clock
        self.ids = ids
    }

    /// Signs somebody in.
    ///
    /// - Parameters:
    ///   - code: of the second factor, or a recovery code; only an account that has one needs it.
    ///   - needing: roles that rest until the account has a second factor: it may sign in and enrol, and nothing else.
    ///   - client: from where it is tried; a lock that failures from elsewhere made doesn't hold for all.
    /// - Throws: `unauthenticated` in the same words for an unknown account, a wrong password and a disabled account;
    ///   `second_factor_required` after the right password where a code is missing; `locked_out` while the account is locked;
    ///   `unreadable` where the account's password or second factor was put there by somebody else than this system.
    public func signIn(
        _ account: String, password: String, code: String? = nil, needing: Set<Role> = [],
        from client: SignInClient = .current
    ) async throws -> SignIn {
        let now = clock.now()
        return try await attempt(account, from: client, now) {
            let kept = try await store.read { try KeptPassword.of(account, in: $0) }
            // An unknown account costs the same time as a known one.
            guard try await crypto.passwordMatches(password, kept?.hash(crypto)), let kept, kept.isActive
            else { throw Access.wrongPassword }
            guard !kept.hasFactor || code != nil else { throw Access.codeNeeded }
            return try await open(account, code: code, needing: needing, client, now)
        }
    }

    /// Opens a session for an account whose password was right.
    private func open(
        _ account: String, code: String?, needing: Set<Role>, _ client: SignInClient, _ now: Instant
    ) async throws -> SignIn {
        let token = token("nj_", of: account)
        let (crypto, mac) = (crypto, crypto.mac(Array(token.utf8), purpose: .session))
        let context = ChangeContext(now: now, actor: account, ids: ids, crypto: crypto)
        let expires = now + Access.sessionLength
        let (signedIn, isLimited) = try await store.write(.interactive) { writer in
            // Looked at again: whether a code is asked for is decided here.
            let kept = try KeptPassword.of(account, in: writer)
            _ = try kept?.hash(crypto)
            let hasFactor = kept?.hasFactor == true
            if hasFactor, try !Access.use(code ?? "", of: account, at: now, crypto, in: writer) {
                throw Access.wrongCode
            }
            let changed = try writer.execute(
                "UPDATE account SET signed_in_at = $2 WHERE id = $1 AND state = 'active'",
                [.text(account), .instant(now)])
            guard changed == 1, var account = try Access.account(account, in: writer) else {
                throw Access.wrongPassword
            }
            account.session = OpenSession.id(mac)
            try remember(client, of: account.id, at: now, in: writer)
            let isLimited = !hasFactor && account.roles.contains { needing.contains($0.role) }
            try writer.execute("DELETE FROM session WHERE expires_at <= $1", [.instant(now)])
            try writer.execute(
                """
                INSERT INTO session (token_mac, account, created_at, last_used_at, expires_at, is_limited)
                VALUES ($1, $2, $3, $3, $4, $5)
                """,
                [.blob(mac), .text(account.id), .instant(now), .instant(expires), .int(isLimited ? 1 : 0)])
            try context.record("access.signed_in", about: account.id, body: ["account": .text(account.id)], in: writer)
            return (isLimited ? account.resting : account, isLimited)
        }
        return SignIn(token: token, account: signedIn, expires: expires, isLimited: isLimited)
    }

    /// The account behind a token.
    ///
    /// - Parameter needing: roles that rest until the account has a second factor, as they are now: a session that is older than
    ///   their rule may enrol, and nothing else, like a new one.
    /// - Throws: `unauthenticated` when the session has ended, or its account has.
    public func authenticate(
        _ token: String, needing: @Sendable () async -> Set<Role> = { [] }
    ) async throws -> Account {
        let now = clock.now()
        let mac = crypto.mac(Array(token.utf8), purpose: .session)
        let found = try await store.glance { reader in
            try reader.first(
                """
                SELECT a.id, a.display, a.roles, a.scope, a.person, a.state, s.last_used_at, s.expires_at, s.is_limited,
                f.state FROM session s JOIN account a ON a.id = s.account
                LEFT JOIN second_factor f ON f.account = a.id WHERE s.token_mac = $1
                """, [.blob(mac)]
            ) {
                (
                    account: Account($0), used: $0.instant(6), expires: $0.instant(7), isLimited: $0.bool(8),
                    hasFactor: $0.textOrNil(9) == "active"
                )
            }
        }
        guard var found, isToken(token, of: found.account.id), found.account.isActive, now < found.expires,
            now < found.used + Access.idleLength
        else { throw Access.sessionEnded }
        found.account.session = OpenSession.id(mac)
        // Written every few minutes only: a request shouldn't cost a commit.
        if now - found.used > 300_000 {
            try await store.write(.interactive) { writer in
                try writer.execute(
                    "UPDATE session SET last_used_at = $2 WHERE token_mac = $1", [.blob(mac), .instant(now)])
            }
        }
        if found.isLimited { return found.account.resting }
        if found.hasFactor || found.account.roles.isEmpty { return found.account }
        let needed = await needing()
        return found.account.roles.contains { needed.contains($0.role) } ? found.account.resting : found.account
    }

    /// Ends a session; an unknown token is nobody's and ends in silence.
    public func signOut(_ token: String) async throws {
        let mac = crypto.mac(Array(token.utf8), purpose: .session)
        try await store.write(.interactive) { writer in
            try writer.execute("DELETE FROM session WHERE token_mac = $1", [.blob(mac)])
        }
    }

    /// Ends what a clock that was ahead left behind: sign-ins, locks and used codes of times that are yet to come.
    public static func endLater(than now: Instant, in writer: any StoreWriter) throws {
        try writer.execute("DELETE FROM session WHERE last_used_at > $1", [.instant(now)])
        try writer.execute("DELETE FROM sign_in_failure WHERE at > $1", [.instant(now)])
        // Codes are of periods of half a minute; those up to now stay used.
        try writer.execute(
            "UPDATE second_factor SET last_step = $1 WHERE last_step > $1",
            [.int(now.milliseconds / OneTimeCode.period)])
    }

    /// 32 random bytes as text, and whose they are.
    func token(_ prefix: String, of account: String) -> String {
        let random = prefix + Hex.text(crypto.random(32))
        return random + owner(account, of: random)
    }

    /// Whether a token was made for an account: whoever writes another account into a session's row, or another device's key into a
    /// device's, has none for it.
    func isToken(_ token: String, of account: String) -> Bool {
        let random = String(token.dropLast(Access.ownerLength))
        return token == random + owner(account, of: random)
    }

    /// What a token ends with: the keyed hash of whose it is.
    private func owner(_ account: String, of random: String) -> String {
        let mac = crypto.mac(Array("session/\(random)/\(account)".utf8), purpose: .session)
        return String(Hex.text(mac).prefix(Access.ownerLength))
    }

    /// In hexadecimal digits.
    private static let ownerLength = 32

    static let wrongPassword = NiangjiaError(
        .unauthenticated, zh: "账号或密码不对。", en: "Wrong account or password.")

    /// Said to whoever is signed in and doesn't know the account's present password.
    static let wrongPresentPassword = NiangjiaError(
        .wrongPassword, zh: "现在的密码不对,没有修改。", en: "That isn't the present password: nothing was changed.",
        place: "/password")

    /// What somebody hears who may not do something.
    public static func forbidden(_ permission: Permission) -> NiangjiaError { forbidden(anyOf: [permission]) }

    /// What somebody hears who may do none of several things: everybody is named who may do one of them.
    public static func forbidden(anyOf permissions: [Permission]) -> NiangjiaError {
        let roles = Set(permissions.flatMap(\.roles)).sorted { $0.rawValue < $1.rawValue }
        return NiangjiaError(
            .forbidden, zh: "没有权限:需要\(roles.map(\.title.zh).joined(separator: "、"))之一。",
            en: "Not allowed: it takes one of \(roles.map(\.title.en).joined(separator: ", ")).",
            cause: permissions.map(\.rawValue).joined(separator: " "))
    }
}
