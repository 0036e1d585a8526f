/// What is guessed at: each has locks of its own.
enum GuessedAt: String, Sendable {
    /// Passwords and codes of an account, by the name that was typed.
    case signIn = "sign_in"
    /// The code with which goods are collected, by whom they are for.
    case pickUp = "pick_up"

    /// What a wrong guess is thrown as; anything else that is thrown counts for nothing.
    var wrong: NiangjiaError.Code { self == .signIn ? .unauthenticated : .wrongCode }
}

/// Wrong passwords in a row, by the name that was typed: a name that nobody has is locked like any other, in the same words and at
/// the same price, so that nobody learns from it which accounts there are.
extension Access {
    /// Names that are remembered; beyond it those that were typed longest ago are forgotten.
    static let mostFailing: Int64 = 100_000

    /// Until when a name is locked; nil: it isn't.
    func lockedUntil(_ name: String, _ what: GuessedAt = .signIn, at now: Instant) async throws -> Instant? {
        let key = failureKey(name, what)
        let until = try await store.read { reader in
            try reader.first("SELECT locked_until FROM sign_in_failure WHERE name_mac = $1", [.blob(key)]) {
                $0.instantOrNil(0)
            }
        }
        guard let until = until ?? nil, until > now else { return nil }
        return until
    }

    /// Tries a password or a code of a name, one attempt after the other. Each is counted before it is looked at, so that it counts
    /// even where the host ends meanwhile; `body` forgets it where it was right.
    ///
    /// - Throws: `locked_out` where no password of the name is looked at now, which counts for nothing; what `body` throws, after
    ///   an attempt that failed for another reason than a wrong password was given back.
    func attempt<Result: Sendable>(
        _ name: String, _ now: Instant, of what: GuessedAt = .signIn, _ body: () async throws -> Result
    ) async throws -> Result {
        try await turns.take("\(what.rawValue)/\(name)") { try await attemptAlone(name, what, now, body) }
    }

    /// Tries the code that somebody shows who collects goods: five wrong ones in a row lock what waits for them, as wrong passwords lock
    /// an account. A right one forgets the wrong ones.
    ///
    /// - Parameter whom: The person and program, or the case.
    /// - Throws: `locked_out` where no code is looked at now; what `body` throws.
    public func collecting<Result: Sendable>(
        _ whom: String, _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        try await attempt(whom, clock.now(), of: .pickUp) {
            let result = try await body()
            try await store.write(.interactive) { try clearFailures(whom, .pickUp, in: $0) }
            return result
        }
    }

    private func attemptAlone<Result: Sendable>(
        _ name: String, _ what: GuessedAt, _ now: Instant, _ body: () async throws -> Result
    ) async throws -> Result {
        if let until = try await lockedUntil(name, what, at: now) {
            throw Access.lockedOut(what, until: until, at: now)
        }
        let count = try await store.write(.interactive) { try counted(name, what, now, in: $0) }
        do {
            return try await body()
        } catch let error as NiangjiaError where error.code == what.wrong {
            if count >= Access.failureLimit { try await noteLock(name, what, count, now) }
            throw error
        } catch {
            try? await store.write(.interactive) { (writer) throws in try giveBack(name, what, in: writer) }
            throw error
        }
    }

    /// Counts an attempt; the fifth locks the name until it has turned out right, each after a lock for twice as long.
    private func counted(
        _ name: String, _ what: GuessedAt, _ now: Instant, in writer: any StoreWriter
    ) throws -> Int64 {
        let key = failureKey(name, what)
        let changed = try writer.execute(
            """
            INSERT INTO sign_in_failure (name_mac, failures, at) VALUES ($1, 1, $2)
            ON CONFLICT (name_mac) DO UPDATE SET at = $2,
            failures = CASE WHEN sign_in_failure.at < $3 THEN 1 ELSE sign_in_failure.failures + 1 END
            WHERE sign_in_failure.locked_until IS NULL OR sign_in_failure.locked_until <= $2
            """, [.blob(key), .instant(now), .instant(now + -Access.failureWindow)])
        let found = try writer.first(
            "SELECT failures, locked_until FROM sign_in_failure WHERE name_mac = $1", [.blob(key)]
        ) { (failures: $0.int(0), until: $0.instantOrNil(1)) }
        guard let found, changed == 1 else {
            throw Access.lockedOut(what, until: found?.until ?? now, at: now)
        }
        guard found.failures >= Access.failureLimit else {
            try Access.forgetFailures(in: writer)
            return found.failures
        }
        let doublings = min(found.failures - Access.failureLimit, 9)
        let until = now + min(Access.lockLength << doublings, Access.longestLock)
        try writer.execute(
            "UPDATE sign_in_failure SET locked_until = $2 WHERE name_mac = $1", [.blob(key), .instant(until)])
        return found.failures
    }

    /// Takes an attempt back that was not wrong: the lock that it made is lifted with it.
    private func giveBack(_ name: String, _ what: GuessedAt, in writer: any StoreWriter) throws {
        try writer.execute(
            "UPDATE sign_in_failure SET failures = failures - 1, locked_until = NULL WHERE name_mac = $1 AND failures > 0",
            [.blob(failureKey(name, what))])
    }

    private func noteLock(_ name: String, _ what: GuessedAt, _ failures: Int64, _ now: Instant) async throws {
        let context = ChangeContext(now: now, actor: what.rawValue, ids: ids, crypto: crypto)
        try await store.write(.interactive) { writer in
            guard what == .signIn else {
                let body: Value = ["failures": .int(failures)]
                return try context.record("delivery.locked", about: name, body: body, in: writer)
            }
            // What was typed as a name may be a password: only names of accounts are written down.
            let isKnown = try Access.account(name, in: writer) != nil
            let about = isKnown ? name : "unknown"
            try context.record(
                "access.locked", about: about, body: ["account": .text(about), "failures": .int(failures)], in: writer)
        }
    }

    /// Forgets the wrong passwords of a name that has signed in.
    func clearFailures(_ name: String, _ what: GuessedAt = .signIn, in writer: any StoreWriter) throws {
        try writer.execute("DELETE FROM sign_in_failure WHERE name_mac = $1", [.blob(failureKey(name, what))])
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

    private func failureKey(_ name: String, _ what: GuessedAt) -> [UInt8] {
        crypto.mac(Array("\(what.rawValue)/\(name)".utf8), purpose: .lookup)
    }

    /// Said while a name is locked.
    static func lockedOut(_ what: GuessedAt = .signIn, until: Instant, at now: Instant) -> NiangjiaError {
        let minutes = (until - now + 59_999) / 60_000
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
