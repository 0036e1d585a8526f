/// An account as it stands.
public struct Account: Hashable, Sendable {
    /// What is typed at sign-in: 2 to 32 of a–z, 0–9, `.`, `-`, `_`.
    public var id: String
    /// What others see: name, and office.
    public var display: String
    /// In the order in which they were given.
    public var roles: [RoleGrant]
    /// The organisation whose subtree the account sees and acts in; nil: the whole city.
    public var scope: ID<Organization>?
    /// Who is behind it; two accounts of one person are one person.
    public var person: ID<Person>?
    /// False once it has been disabled.
    public var isActive: Bool
    /// The device that stands behind it, where it is no person's.
    public var device: Device?
    /// Whether it may enrol a second factor and nothing else: its roles need one that it hasn't got.
    public var mustEnrol = false
    /// The sign-in by which it asks (``OpenSession/id``); nil where it was read from the store, and for a device.
    public var session: String?

    /// An active account, not yet stored.
    public init(
        id: String, display: String, roles: [RoleGrant], scope: ID<Organization>? = nil, person: ID<Person>? = nil
    ) {
        self.id = id
        self.display = display
        self.roles = roles
        self.scope = scope
        self.person = person
        isActive = true
        device = nil
    }

    /// Whether any of its roles may do something.
    public func may(_ permission: Permission) -> Bool { role(for: permission) != nil }

    /// The role by which it may.
    public func role(for permission: Permission) -> RoleGrant? {
        let allowed = permission.roles
        return roles.first { allowed.contains($0.role) }
    }

    /// The same account without its roles: what it is until it has the second factor that they need.
    var resting: Account {
        var account = self
        account.roles = []
        account.mustEnrol = true
        return account
    }

    /// Whether it has a role.
    public func has(_ role: Role) -> Bool { roles.contains { $0.role == role } }

    /// Who acts, in one of the account's roles: what the corridor and the cases write down.
    public func actor(_ grant: RoleGrant) -> Actor {
        Actor(account: id, role: grant.description, person: person, scope: scope)
    }

    /// The actor for a permission.
    ///
    /// - Throws: `forbidden` when none of its roles may.
    public func actor(for permission: Permission) throws -> Actor {
        guard let grant = role(for: permission) else { throw Access.forbidden(permission) }
        return actor(grant)
    }

    /// For lists: no hash, no token.
    public var value: Value {
        [
            "account": .text(id), "display": .text(display), "roles": .list(roles.map { .text($0.description) }),
            "scope": scope.map { .text($0.text) } ?? .null, "person": person.map { .text($0.text) } ?? .null,
            "state": .text(isActive ? "active" : "disabled"),
        ]
    }
}

extension Actor {
    /// Whether the role in which somebody acts may do something. The host has none.
    func may(_ permission: Permission) -> Bool {
        Role(rawValue: String(role.prefix { $0 != ":" })).map(permission.roles.contains) ?? false
    }
}

extension Account {
    static let columns = "id, display, roles, scope, person, state"

    init(_ row: any StoreRow) {
        let texts = (try? Value(json: row.text(2)))?.list ?? []
        self.init(
            id: row.text(0), display: row.text(1), roles: texts.compactMap { $0.text.flatMap { RoleGrant($0) } },
            scope: row.idOrNil(3), person: row.idOrNil(4))
        isActive = row.text(5) == "active"
    }
}

/// What a sign-in hands out. The token is shown once and kept nowhere.
public struct SignIn: Hashable, Sendable {
    /// What is sent with every request: 256 random bits, and a keyed hash of whose they are.
    public var token: String
    /// Whose it is.
    public var account: Account
    /// When it ends, used or not.
    public var expires: Instant
    /// Whether the account's roles rest until it has a second factor.
    public var isLimited = false
}
