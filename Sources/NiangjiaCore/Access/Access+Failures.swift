/// Wrong passwords in a row, by the name that was typed: a name that nobody has is locked like any other, in the same words and at
/// the same price, so that nobody learns from it which accounts there are.
extension Access {
    /// Names that are remembered; beyond it those that were typed longest ago are forgotten.
    static let mostFailing: Int64 = 100_000

    /// Until when a name is locked; nil: it isn't.
    func lockedUntil(_ name: String, at now: Instant) async throws -> Instant? {
        let key = failureKey(name)
        let until = try await store.read { reader in
            try reader.first("SELECT locked_until FROM sign_in_failure WHERE name_mac = $1", [.blob(key)]) {
                $0.instantOrNil(0)
            }
        }
        guard let until = until ?? nil, until > now else { return nil }
        return until
    }

    /// Counts a wrong password or code.
    func recordFailure(_ name: String, _ now: Instant) async throws {
        let key = failureKey(name)
        let context = ChangeContext(now: now, actor: "sign_in", ids: ids, crypto: crypto)
        try await store.write(.interactive) { writer in
            try writer.execute(
                """
                INSERT INTO sign_in_failure (name_mac, failures, at) VALUES ($1, 1, $2)
                ON CONFLICT (name_mac) DO UPDATE SET failures = sign_in_failure.failures + 1, at = $2
                """, [.blob(key), .instant(now)])
            let failures =
                try writer.integer("SELECT failures FROM sign_in_failure WHERE name_mac = $1", [.blob(key)]) ?? 0
            guard failures >= Access.failureLimit else { return try Access.forgetFailures(in: writer) }
            let doublings = min(failures - Access.failureLimit, 9)
            let until = now + min(Access.lockLength << doublings, 86_400_000)
            try writer.execute(
                "UPDATE sign_in_failure SET locked_until = $2 WHERE name_mac = $1", [.blob(key), .instant(until)])
            // What was typed as a name may be a password: only names of accounts are written down.
            let isKnown = try Access.account(name, in: writer) != nil
            let about = isKnown ? name : "unknown"
            try context.record(
                "access.locked", about: about, body: ["account": .text(about), "failures": .int(failures)], in: writer)
        }
    }

    /// Forgets the wrong passwords of a name that has signed in.
    func clearFailures(_ name: String, in writer: any StoreWriter) throws {
        try writer.execute("DELETE FROM sign_in_failure WHERE name_mac = $1", [.blob(failureKey(name))])
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

    private func failureKey(_ name: String) -> [UInt8] { crypto.mac(Array("sign_in/\(name)".utf8), purpose: .lookup) }

    /// Said while a name is locked.
    static func lockedOut(until: Instant, at now: Instant) -> NiangjiaError {
        let minutes = (until - now + 59_999) / 60_000
        return NiangjiaError(
            "locked_out", zh: "密码连续输错,账号已锁定至 \(until):请约 \(minutes) 分钟后再试。",
            en:
                "Too many wrong passwords: the account is locked until \(until); try again in about \(minutes) minutes.",
            retryAfter: (until - now + 999) / 1_000)
    }

    /// A hash that no password matches, as costly to try as any: for names that nobody has.
    func nobodysHash() async throws -> String {
        if let hash = nobody.withLock({ $0 }) { return hash }
        let hash = try await crypto.passwordHash(Hex.text(crypto.random(32)))
        nobody.withLock { $0 = hash }
        return hash
    }
}
