/// What is guessed at: each has locks of its own.
enum GuessedAt: String, Sendable {
    /// Passwords and codes of an account, by the name that was typed.
    case signIn = "sign_in"
    /// The code with which goods are collected, by whom they are for.
    case pickUp = "pick_up"
    /// The codes that people show to a device, by the device.
    case scan

    /// What a wrong guess is thrown as; anything else that is thrown counts for nothing. Whoever is signed in hears it of their own
    /// password or code as a mistake in what they sent: their sign-in hasn't ended.
    var wrong: Set<NiangjiaError.Code> {
        self == .signIn ? [.unauthenticated, .wrongPassword, .wrongCode] : [.wrongCode]
    }
}

/// Wrong passwords in a row, by the name that was typed: a name that nobody has is locked like any other, in the same words and at
/// the same price, so that nobody learns from it which accounts there are.
///
/// They are counted by name and client, which locks that client out for longer and longer, and by name for all strangers together:
/// addresses from which nobody has signed in to the account. What strangers do locks out strangers only, and shortly.
extension Access {
    /// Names that are remembered; beyond it those that were typed longest ago are forgotten.
    static let mostFailing: Int64 = 100_000

    /// One count of failures, and the lock that it makes.
    struct FailureCount: Sendable {
        var key: [UInt8]
        var limit: Int64
        /// Whether each lock is twice as long as the one before; else the count begins anew after it.
        var doubles: Bool

        /// How long the lock after so many failures lasts (milliseconds); nil: there is none yet.
        func lock(after failures: Int64) -> Int64? {
            guard failures >= limit else { return nil }
            guard doubles else { return Access.lockLength }
            return min(Access.lockLength << min(failures - limit, 9), Access.longestLock)
        }
    }

    /// The counts that an attempt stands in.
    private func counts(
        _ name: String, _ client: SignInClient, _ what: GuessedAt, in reader: any StoreReader
    ) throws -> [FailureCount] {
        guard what == .signIn else {
            // Whoever hands out types it in: what is locked is what waits to be collected.
            let limit = what == .scan ? Access.scanLimit : Access.failureLimit
            return [FailureCount(key: key("\(what.rawValue)/\(name)"), limit: limit, doubles: true)]
        }
        let own = FailureCount(
            key: key("sign_in/\(client.text)\n\(name)"), limit: Access.failureLimit, doubles: true)
        guard case .address = client else { return [own] }
        let known = try reader.integer(
            "SELECT COUNT(*) FROM known_client WHERE account = $1 AND client_mac = $2",
            [.text(name), .blob(clientKey(client, name))])
        guard known == 0 else { return [own] }
        return [own, FailureCount(key: key("sign_in_any/\(name)"), limit: Access.strangerLimit, doubles: false)]
    }

    /// Tries a password or a code of a name, one attempt of a client after the other. Each is counted before it is looked at, so that
    /// it counts even where the host ends meanwhile, and forgotten where it was right.
    ///
    /// - Throws: `locked_out` where no password of the name is looked at now, which counts for nothing; what `body` throws, after
    ///   an attempt that failed for another reason than a wrong password was given back.
    func attempt<Result: Sendable>(
        _ name: String, from client: SignInClient, _ now: Instant, _ body: () async throws -> Result
    ) async throws -> Result {
        try await turns.take(name, from: client) { try await attemptAlone(name, client, .signIn, now, body) }
    }

    /// Tries the code that somebody shows who collects goods: five wrong ones in a row lock what waits for them, as wrong passwords lock
    /// an account. A right one forgets the wrong ones.
    ///
    /// - Parameter whom: The person and program, or the case.
    /// - Throws: `locked_out` where no code is looked at now; what `body` throws.
    public func collecting<Result: Sendable>(
        _ whom: String, _ body: () async throws -> Result
    ) async throws -> Result {
        try await turns.take("\(GuessedAt.pickUp.rawValue)/\(whom)", from: .local) {
            try await attemptAlone(whom, .local, .pickUp, clock.now(), body)
        }
    }

    /// Looks at the code that was shown to a device beside a person's id. ``scanLimit`` wrong ones in a row stop the device: whoever goes
    /// through ids with its key finds nobody. An id that nobody has is a wrong code like any other.
    ///
    /// - Throws: `wrong_code`; `locked_out` while the device is stopped.
    public func scan(_ code: String, of person: ID<Person>, by device: Device) async throws {
        let now = clock.now()
        try await turns.take("\(GuessedAt.scan.rawValue)/\(device.id)", from: .local) {
            try await attemptAlone(device.id, .local, .scan, now) {
                guard ShownCode.isRight(code, of: person, on: now.date, crypto) else {
                    throw NiangjiaError(
                        .wrongCode, zh: "出示码不对:请本人打开当天的出示码再扫。",
                        en: "The code is wrong: it is the person's own of this very day.", place: "/code")
                }
            }
        }
    }

    private func attemptAlone<Result: Sendable>(
        _ name: String, _ client: SignInClient, _ what: GuessedAt, _ now: Instant, _ body: () async throws -> Result
    ) async throws -> Result {
        // Most of a flood finds a lock, and costs no commit.
        let counts = try await store.read { reader -> [FailureCount] in
            let counts = try self.counts(name, client, what, in: reader)
            for count in counts { try Access.checkUnlocked(count, what, now, in: reader) }
            return counts
        }
        let isLocking = try await tally { writer in
            try counts.reduce(false) { try Access.count($1, what, now, in: writer) || $0 }
        }
        do {
            let result = try await body()
            // It was right: that a count stays one too high is no reason to say otherwise.
            try? await tally { writer in
                for count in counts { try Access.forgive(count, all: count.doubles, in: writer) }
            }
            return result
        } catch let error as NiangjiaError where what.wrong.contains(error.code) {
            if isLocking { try await noteLock(name, what, now) }
            throw error
        } catch {
            try? await tally { writer in
                for count in counts { try Access.forgive(count, all: false, in: writer) }
            }
            throw error
        }
    }

    /// Writes what was guessed. It is no part of what a request asks for: one that is refused gives its key back all the same, and sent
    /// again is refused again.
    private func tally<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreWriter) throws -> Result
    ) async throws -> Result {
        try await Idempotency.$current.withValue(nil) { try await store.write(.interactive, body) }
    }

    private static func checkUnlocked(
        _ count: FailureCount, _ what: GuessedAt, _ now: Instant, in reader: any StoreReader
    ) throws {
        // What was counted in times to come was counted by a clock that was ahead: it mustn't keep out who puts the clock right.
        let until = try reader.first(
            "SELECT locked_until FROM sign_in_failure WHERE name_mac = $1 AND at <= $2",
            [.blob(count.key), .instant(now + Lease.clockTolerance)]
        ) { $0.instantOrNil(0) }
        guard let until = until ?? nil, until > now else { return }
        throw lockedOut(what, until: until, at: now)
    }

    /// Counts an attempt, anew where the last was long ago or in times to come. Whether it locks, until it has turned out right.
    ///
    /// - Throws: `locked_out` where somebody else's has locked meanwhile.
    private static func count(
        _ count: FailureCount, _ what: GuessedAt, _ now: Instant, in writer: any StoreWriter
    ) throws -> Bool {
        let changed = try writer.execute(
            """
            INSERT INTO sign_in_failure (name_mac, failures, at) VALUES ($1, 1, $2)
            ON CONFLICT (name_mac) DO UPDATE SET at = $2, locked_until = NULL,
            failures = CASE WHEN sign_in_failure.at NOT BETWEEN $3 AND $5
            OR ($4 = 0 AND sign_in_failure.locked_until IS NOT NULL) THEN 1 ELSE sign_in_failure.failures + 1 END
            WHERE sign_in_failure.locked_until IS NULL OR sign_in_failure.locked_until <= $2 OR sign_in_failure.at > $5
            """,
            [
                .blob(count.key), .instant(now), .instant(now + -failureWindow), .int(count.doubles ? 1 : 0),
                .instant(now + Lease.clockTolerance),
            ])
        if changed == 0 { try checkUnlocked(count, what, now, in: writer) }
        let failures = try writer.integer(
            "SELECT failures FROM sign_in_failure WHERE name_mac = $1", [.blob(count.key)])
        guard let length = count.lock(after: failures ?? 0) else {
            try forgetFailures(in: writer)
            return false
        }
        try writer.execute(
            "UPDATE sign_in_failure SET locked_until = $2 WHERE name_mac = $1",
            [.blob(count.key), .instant(now + length)])
        return true
    }

    /// Takes an attempt back that was not wrong, with the lock that it made; or all of them.
    private static func forgive(_ count: FailureCount, all: Bool, in writer: any StoreWriter) throws {
        let change =
            all
            ? "DELETE FROM sign_in_failure WHERE name_mac = $1"
            : """
            UPDATE sign_in_failure SET failures = failures - 1, locked_until = NULL WHERE name_mac = $1 AND failures > 0
            """
        try writer.execute(change, [.blob(count.key)])
    }

    private func noteLock(_ name: String, _ what: GuessedAt, _ now: Instant) async throws {
        let context = ChangeContext(now: now, actor: what.rawValue, ids: ids, crypto: crypto)
        try await tally { writer in
            switch what {
            case .signIn: break
            case .pickUp: return try context.record("delivery.locked", about: name, body: [:], in: writer)
            case .scan: return try context.record("device.stopped", about: name, body: [:], in: writer)
            }
            // What was typed as a name may be a password: only names of accounts are written down.
            let isKnown = try Access.account(name, in: writer) != nil
            let about = isKnown ? name : "unknown"
            try context.record("access.locked", about: about, body: ["account": .text(about)], in: writer)
        }
    }

    /// Keeps that an account was signed in to from an address: what strangers do locks it out no more.
    func remember(_ client: SignInClient, of account: String, at now: Instant, in writer: any StoreWriter) throws {
        guard case .address = client else { return }
        try writer.execute(
            """
            INSERT INTO known_client (account, client_mac, at) VALUES ($1, $2, $3)
            ON CONFLICT (account, client_mac) DO UPDATE SET at = $3
            """, [.text(account), .blob(clientKey(client, account)), .instant(now)])
        try writer.execute(
            """
            DELETE FROM known_client WHERE account = $1 AND client_mac NOT IN
            (SELECT client_mac FROM known_client WHERE account = $1 ORDER BY at DESC, client_mac LIMIT $2)
            """, [.text(account), .int(SignInClient.mostKnown)])
    }

    private static func forgetFailures(in writer: any StoreWriter) throws {
        let count = try writer.integer("SELECT COUNT(*) FROM sign_in_failure") ?? 0
        guard count > mostFailing else { return }
        try writer.execute(
            """
            DELETE FROM sign_in_failure WHERE name_mac IN
            (SELECT name_mac FROM sign_in_failure ORDER BY at, name_mac LIMIT $1)
            """, [.int(count - mostFailing)])
    }

    private func clientKey(_ client: SignInClient, _ account: String) -> [UInt8] {
        key("sign_in_client/\(client.text)\n\(account)")
    }

    private func key(_ text: String) -> [UInt8] { crypto.mac(Array(text.utf8), purpose: .lookup) }

    /// Said while a name is locked.
    static func lockedOut(_ what: GuessedAt = .signIn, until: Instant, at now: Instant) -> NiangjiaError {
        let minutes = (until - now + 59_999) / 60_000
        if what == .scan {
            return NiangjiaError(
                "locked_out", zh: "这台设备连续扫到无效的出示码,停用至 \(until):请约 \(minutes) 分钟后再试,其间由站点管理员用自己的账号发放。",
                en: """
                    The device met too many wrong codes and rests until \(until): try again in about \(minutes) minutes; a keeper \
                    hands over by their own account meanwhile.
                    """, retryAfter: (until - now + 999) / 1_000)
        }
        guard what == .signIn else {
            return NiangjiaError(
                "locked_out", zh: "领取码连续输错,已锁定至 \(until):请约 \(minutes) 分钟后再试。",
                en: "Too many wrong codes: locked until \(until); try again in about \(minutes) minutes.",
                retryAfter: (until - now + 999) / 1_000)
        }
        return NiangjiaError(
            "locked_out", zh: "密码连续输错,账号已锁定至 \(until):请约 \(minutes) 分钟后再试。",
            en:
                "Too many wrong passwords: the account is locked until \(until); try again in about \(minutes) minutes.",
            retryAfter: (until - now + 999) / 1_000)
    }
}
