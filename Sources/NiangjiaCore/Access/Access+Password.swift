extension Access {
    /// Gives an account another password, by its owner. Every sign-in of it ends.
    ///
    /// - Throws: `wrong_password` for a wrong old one, which counts as a wrong password at sign-in; `locked_out`
    ///   while the account is locked; `invalid` for a short new one, or the same again.
    public func changePassword(_ account: String, from old: String, to new: String) async throws {
        guard new.count >= Access.passwordLength else {
            throw NiangjiaError(
                .invalid, zh: "密码至少 \(Access.passwordLength) 个字符。",
                en: "A password has at least \(Access.passwordLength) characters.", place: "/new_password")
        }
        let now = clock.now()
        try await attempt(account, from: .signedIn, now) { try await change(account, old, new, now) }
    }

    /// Whether a password is an account's, as it stands.
    func isPassword(_ password: String, of account: String) async throws -> Bool {
        let kept = try await store.read { try KeptPassword.of(account, in: $0) }
        guard let kept, kept.isActive else { return false }
        return try await crypto.passwordMatches(password, kept.hash(crypto))
    }

    private func change(_ account: String, _ old: String, _ new: String, _ now: Instant) async throws {
        let kept = try await store.read { try KeptPassword.of(account, in: $0) }
        guard let kept, kept.isActive, try await crypto.passwordMatches(old, kept.hash(crypto)) else {
            throw Access.wrongPresentPassword
        }
        guard new != old else {
            throw NiangjiaError(
                .invalid, zh: "新密码与现在的相同,没有修改。", en: "The new password is the present one: nothing was changed.",
                place: "/new_password")
        }
        let next = try KeptPassword.seal(
            try await crypto.passwordHash(new), of: account, hasFactor: kept.hasFactor, crypto)
        let context = ChangeContext(now: now, actor: account, ids: ids, crypto: crypto)
        try await store.write(.interactive) { writer in
            // Whoever changed it meanwhile was first.
            let changed = try writer.execute(
                "UPDATE account SET password_sealed = $2 WHERE id = $1 AND password_sealed = $3 AND state = 'active'",
                [.text(account), .blob(next), .blob(kept.sealed)])
            guard changed == 1 else { throw Access.wrongPresentPassword }
            try writer.execute("DELETE FROM session WHERE account = $1", [.text(account)])
            try context.record("access.password_changed", about: account, body: ["account": .text(account)], in: writer)
        }
    }
}
