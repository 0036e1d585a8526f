extension Access {
    /// Adds an account.
    ///
    /// Roles that are kept apart (system administrator, security officer, auditor) never meet in one person: neither in one
    /// account nor in several accounts of one person.
    /// - Throws: `invalid` for a malformed name, a short password or roles that don't go together; `conflict` for a taken name.
    public func add(_ account: Account, password: String, by actor: String) async throws -> Account {
        try Access.check(account, password)
        let sealed = try KeptPassword.seal(
            try await crypto.passwordHash(password), of: account.id, hasFactor: false, crypto)
        let now = clock.now()
        let context = ChangeContext(now: now, actor: actor, ids: ids, crypto: crypto)
        let roles = Value.list(account.roles.map { .text($0.description) }).json
        return try await store.write(.interactive) { writer in
            guard try Access.account(account.id, in: writer) == nil else {
                throw NiangjiaError(
                    .conflict, zh: "账号 \(account.id) 已存在。", en: "There is an account \(account.id) already.")
            }
            try Access.checkApart(account, in: writer)
            try writer.execute(
                """
                INSERT INTO account (id, display, roles, scope, person, password_sealed, created_at, created_by)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                """,
                [
                    .text(account.id), .text(account.display), .text(roles), .id(account.scope), .id(account.person),
                    .blob(sealed), .instant(now), .text(actor),
                ])
            try context.record("access.account_added", about: account.id, body: account.value, in: writer)
            return account
        }
    }

    /// Ends an account and every session of it.
    ///
    /// - Throws: `notFound` for an account that is not in use; `conflict` for the last system administrator in use: nobody could
    ///   give accounts any more.
    public func disable(_ id: String, by actor: String) async throws {
        let context = ChangeContext(now: clock.now(), actor: actor, ids: ids, crypto: crypto)
        try await store.write(.interactive) { writer in
            guard try Access.end(id, in: AccessSchema.account, as: "disabled", in: writer) else {
                throw NiangjiaError(.notFound, zh: "没有在用的账号 \(id)。", en: "There is no active account \(id).")
            }
            try Access.checkAdministrated(without: id, in: writer)
            try writer.execute("DELETE FROM session WHERE account = $1", [.text(id)])
            try context.record("access.account_disabled", about: id, body: ["account": .text(id)], in: writer)
        }
    }

    /// Refuses a change that left nobody who may give accounts; who was none doesn't matter.
    private static func checkAdministrated(without id: String, in reader: any StoreReader) throws {
        guard try isAdministrated(without: id, in: reader) else {
            throw NiangjiaError(
                .conflict, zh: "\(id) 是最后一个在用的系统管理员,不能停用:先由他添加另一个(niangjia account add … --role system_admin)。",
                en:
                    "\(id) is the last system administrator in use: add another first (niangjia account add … --role system_admin)."
            )
        }
    }

    /// Whether an account may go: it is no system administrator, or another one is in use.
    static func isAdministrated(without id: String, in reader: any StoreReader) throws -> Bool {
        guard try account(id, in: reader)?.has(.systemAdmin) == true else { return true }
        let others = try reader.all(
            "SELECT \(Account.columns) FROM account WHERE state = 'active' AND id <> $1", [.text(id)]
        ) { Account($0) }
        return others.contains { $0.has(.systemAdmin) }
    }

    /// All accounts by name.
    public func list() async throws -> [Account] {
        try await store.read { reader in
            try reader.all("SELECT \(Account.columns) FROM account ORDER BY id") { Account($0) }
        }
    }

    /// Whether no account was ever added: the first one, a system administrator, is added without a sign-in.
    ///
    /// - Throws: `store` where accounts were added and none is left: removing their rows makes nobody an administrator.
    public func isUnfounded() async throws -> Bool {
        try await store.read { reader in
            guard try reader.integer("SELECT COUNT(*) FROM account") == 0 else { return false }
            let added = try reader.first(
                "SELECT seq FROM chain_event WHERE kind = 'access.account_added' LIMIT 1", []
            ) { $0.int(0) }
            guard added == nil else {
                throw NiangjiaError(
                    .store, zh: "这个城市添加过账号,现在一个也没有了:请恢复完好的备份(niangjia restore)。没有添加。",
                    en: "Accounts were added to this city, and none is left: restore a sound backup. None was added.")
            }
            return true
        }
    }

    /// An account by name; nil when there is none.
    public static func account(_ id: String, in reader: any StoreReader) throws -> Account? {
        try reader.first("SELECT \(Account.columns) FROM account WHERE id = $1", [.text(id)]) { Account($0) }
    }

    /// A signed-in account as it stands in this snapshot or transaction: what was taken from it since it signed in, or since its
    /// request came, is gone.
    ///
    /// - Throws: `unauthenticated` when it has been disabled.
    public static func current(_ account: Account, in reader: any StoreReader) throws -> Account {
        guard account.device == nil else { return account }
        guard let stored = try self.account(account.id, in: reader), stored.isActive else { throw sessionEnded }
        var current = account
        // Roles that rest until there is a second factor stay away.
        current.roles = account.roles.filter(stored.roles.contains)
        (current.scope, current.person) = (stored.scope, stored.person)
        return current
    }

    /// What whoever isn't signed in any more hears.
    static let sessionEnded = NiangjiaError(
        .unauthenticated, zh: "登录已失效,请重新登录。", en: "The sign-in has ended: sign in again.")

    /// Whether two accounts are two people: what needs a second person asks this.
    ///
    /// Two accounts of one person are one; accounts that name no person count by their names.
    public static func areTwoPeople(_ a: String, _ b: String, in reader: any StoreReader) throws -> Bool {
        guard a != b else { return false }
        guard let first = try account(a, in: reader)?.person, let second = try account(b, in: reader)?.person else {
            return true
        }
        return first != second
    }

    /// Whether a name can be an account's or a device's: 2 to 32 of a–z, 0–9 and these marks.
    static func isName(_ name: String, marks: String) -> Bool {
        (2...32).contains(name.utf8.count)
            && name.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || marks.utf8.contains($0)
            }
    }

    /// Ends an account or a device that is in use. False: there is none of that name.
    static func end(_ id: String, in table: Table, as state: String, in writer: any StoreWriter) throws -> Bool {
        try writer.execute(
            "UPDATE \(table.name) SET state = $2, version = version + 1 WHERE id = $1 AND state = 'active'",
            [.text(id), .text(state)]) == 1
    }

    private static func check(_ account: Account, _ password: String) throws {
        guard isName(account.id, marks: ".-_") else {
            throw NiangjiaError(
                .invalid, zh: "账号名须为 2 至 32 个小写字母、数字或 . - _。",
                en: "An account's name is 2 to 32 lower-case letters, digits or . - _.", place: "/account")
        }
        guard !account.roles.isEmpty else {
            throw NiangjiaError(.invalid, zh: "账号至少要有一个角色。", en: "An account needs a role.", place: "/roles")
        }
        guard password.count >= passwordLength else {
            throw NiangjiaError(
                .invalid, zh: "密码至少 \(passwordLength) 个字符。",
                en: "A password has at least \(passwordLength) characters.", place: "/password")
        }
    }

    private static func checkApart(_ account: Account, in reader: any StoreReader) throws {
        let own = Set(account.roles.map(\.role)).intersection(Role.keptApart)
        var apart = own
        if !own.isEmpty {
            let others = try reader.all("SELECT \(Account.columns) FROM account WHERE state = 'active'", []) {
                Account($0)
            }
            for other in others where account.isOf(other) {
                apart.formUnion(Set(other.roles.map(\.role)).intersection(Role.keptApart))
            }
        }
        guard apart.count <= 1 else {
            let names = apart.sorted { $0.rawValue < $1.rawValue }
            throw NiangjiaError(
                .invalid, zh: "系统管理员、安全管理员、审计员必须是不同的人(\(names.map(\.title.zh).joined(separator: "、")))。",
                en: "System administrator, security officer and auditor are never one person.", place: "/roles")
        }
    }
}

extension Account {
    /// Whether one person stands behind both, as far as they tell: by the person that both name, or by the name that people read
    /// where one of them names none.
    fileprivate func isOf(_ other: Account) -> Bool {
        if let person, let others = other.person { return person == others }
        func plain(_ name: String) -> String { name.lowercased().filter { !$0.isWhitespace } }
        return plain(display) == plain(other.display)
    }
}

/// A part of the organisation tree.
public struct OrganizationScope: Hashable, Sendable {
    /// The path prefix of the subtree (`990100/990101/`); empty: the whole city.
    public var prefix: String

    /// The subtree under a path.
    public init(prefix: String) { self.prefix = prefix }

    /// Everything.
    public static let wholeCity = OrganizationScope(prefix: "")
    /// A part that nothing lies in.
    static let nothing = OrganizationScope(prefix: "-")

    /// The subtree that an account sees; an account whose organisation is gone sees nothing.
    public static func of(_ organization: ID<Organization>?, in reader: any StoreReader) throws -> OrganizationScope? {
        guard let organization else { return OrganizationScope(prefix: "") }
        return try reader.first("SELECT path FROM organization WHERE id = $1", [.id(organization)]) {
            OrganizationScope(prefix: $0.text(0))
        }
    }

    /// Whether a path lies in the subtree.
    public func contains(path: String) -> Bool { prefix.isEmpty || path.hasPrefix(prefix) }

    /// Whether an organisation lies in the subtree; nobody's belongs to the whole city only.
    public func contains(_ organization: ID<Organization>?, in reader: any StoreReader) throws -> Bool {
        if prefix.isEmpty { return true }
        guard let organization,
            let path = try reader.first(
                "SELECT path FROM organization WHERE id = $1", [.id(organization)], { $0.text(0) })
        else { return false }
        return contains(path: path)
    }
}
