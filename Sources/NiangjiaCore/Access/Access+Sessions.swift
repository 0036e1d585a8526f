/// A sign-in that has not ended, as its owner may know it.
public struct OpenSession: Hashable, Sendable {
    /// What it is called: 16 hexadecimal digits of its token's keyed hash. Nobody signs in with them.
    public var id: String
    /// When it was opened.
    public var openedAt: Instant
    /// When it was last used, to within five minutes.
    public var lastUsedAt: Instant
    /// When it ends, used or not; unused it ends earlier (``Access/idleLength``).
    public var expires: Instant

    /// What a session is called, by its token's keyed hash.
    static func id(_ mac: [UInt8]) -> String { Hex.text(mac.prefix(8)) }
}

extension Access {
    /// The sign-ins of an account that have not ended, the newest first.
    public func sessions(of account: String) async throws -> [OpenSession] {
        let now = clock.now()
        return try await store.read { try Access.sessions(of: account, at: now, in: $0).map(\.session) }
    }

    /// Ends one sign-in of an account.
    ///
    /// - Throws: `not_found` where the account has none of that id.
    public func end(session id: String, of account: String, by actor: String) async throws {
        let ended = try await end(of: account, by: actor) { $0.id == id }
        guard ended > 0 else {
            throw NiangjiaError(
                .notFound, zh: "没有这个登录,或已经结束:\(id)", en: "There is no such sign-in, or it has ended: \(id)",
                place: "/session")
        }
    }

    /// Ends the sign-ins of an account, all but one where one is named, and tells how many there were.
    @discardableResult
    public func endSessions(of account: String, but kept: String? = nil, by actor: String) async throws -> Int {
        try await end(of: account, by: actor) { $0.id != kept }
    }

    private func end(
        of account: String, by actor: String, _ isMeant: @escaping @Sendable (OpenSession) -> Bool
    ) async throws -> Int {
        let context = ChangeContext(now: clock.now(), actor: actor, ids: ids, crypto: crypto)
        return try await store.write(.interactive) { writer in
            let meant = try Access.sessions(of: account, at: context.now, in: writer).filter { isMeant($0.session) }
            guard !meant.isEmpty else { return 0 }
            for one in meant { try writer.execute("DELETE FROM session WHERE token_mac = $1", [.blob(one.mac)]) }
            try context.record(
                "access.sessions_ended", about: account,
                body: ["account": .text(account), "count": .int(Int64(meant.count))], in: writer)
            return meant.count
        }
    }

    private static func sessions(
        of account: String, at now: Instant, in reader: any StoreReader
    ) throws -> [(mac: [UInt8], session: OpenSession)] {
        try reader.all(
            """
            SELECT token_mac, created_at, last_used_at, expires_at FROM session
            WHERE account = $1 AND expires_at > $2 AND last_used_at > $3 ORDER BY created_at DESC, token_mac
            """, [.text(account), .instant(now), .instant(now + -idleLength)]
        ) { row in
            let mac = row.blob(0)
            return (
                mac,
                OpenSession(
                    id: OpenSession.id(mac), openedAt: row.instant(1), lastUsedAt: row.instant(2),
                    expires: row.instant(3))
            )
        }
    }
}
