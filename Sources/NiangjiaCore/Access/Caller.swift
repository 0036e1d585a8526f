/// Somebody who asks for something that a manifest gives to roles: an account with the roles that it has, those of the host
/// and those that the plugin names.
public struct Caller: Hashable, Sendable {
    /// Under whose name it is written down.
    public var actor: Actor
    /// In the words of manifests: anyone, person, member, unit, clerk, keeper, and roles of the plugin.
    public var roles: Set<String>
    /// What the account may do by itself.
    public var permissions: Set<Permission>
    /// The part of the city that it sees.
    public var scope: OrganizationScope
    /// Whether roles of the plugin were taken from the person and none is left: what stages gave them ended with it.
    public var isRelieved = false

    public init(actor: Actor, roles: Set<String>, permissions: Set<Permission>, scope: OrganizationScope) {
        self.actor = actor
        self.roles = roles
        self.permissions = permissions
        self.scope = scope
    }

    /// The host itself, at a deadline or in a daily action.
    public static let host = Caller(actor: .host, roles: [], permissions: [], scope: OrganizationScope.wholeCity)

    var isHost: Bool { actor == .host }

    /// An account as it stands towards a plugin.
    public static func of(_ account: Account, plugin: String, in reader: any StoreReader) throws -> Caller {
        var roles: Set<String> = ["anyone"]
        for grant in account.roles {
            switch grant.role {
            case .member: roles.formUnion(["member", "person"])
            case .unit, .clerk, .keeper: roles.insert(grant.role.rawValue)
            default: continue
            }
        }
        let held = try PluginRoles.held(by: account.id, of: plugin, in: reader)
        roles.formUnion(held)
        // Nobody but an account of the whole city is let in where its organisation is gone.
        let scope = try OrganizationScope.of(account.scope, in: reader) ?? OrganizationScope.nothing
        let first = held.sorted().first ?? account.roles.first?.description ?? "anyone"
        let actor = Actor(account: account.id, role: first, person: account.person, scope: account.scope)
        var caller = Caller(
            actor: actor, roles: roles, permissions: Set(Permission.allCases.filter(account.may)), scope: scope)
        caller.isRelieved = try held.isEmpty && PluginRoles.wereTaken(from: account.id, of: plugin, in: reader)
        return caller
    }
}

/// How an account stands towards a role of a plugin.
enum RoleState: String {
    case held
    /// One person has given it, and it takes a second.
    case proposed
    /// The same, after it was taken: that stands until two people give it back.
    case reproposed
    /// Taken back before a second person gave it.
    case withdrawn
    /// Taken from who held it.
    case ended

    /// Whether it waits for a second person.
    var isProposal: Bool { self == .proposed || self == .reproposed }
    /// Whether it was held once and isn't any more.
    var wasTaken: Bool { self == .ended || self == .reproposed }
    /// What it is once somebody takes the role away.
    var taken: RoleState { self == .proposed || self == .withdrawn ? .withdrawn : .ended }

    init(stored text: String) throws(NiangjiaError) {
        guard let state = RoleState(rawValue: text) else {
            throw NiangjiaError(
                .store, zh: "未知的插件角色状态", en: "unknown state of a plugin's role", cause: text)
        }
        self = state
    }
}

/// Who holds a role that a plugin names (评委, 律师 …).
public enum PluginRoles {
    /// The roles of a plugin that an account holds.
    public static func held(by account: String, of plugin: String, in reader: any StoreReader) throws -> Set<String> {
        Set(
            try reader.all(
                "SELECT role FROM role_holder WHERE account = $1 AND plugin = $2 AND state = 'held'",
                [.text(account), .text(plugin)]
            ) { $0.text(0) })
    }

    /// Whether a person held roles of a plugin, under any of their accounts, and holds none any more. What one person only proposed
    /// takes nothing away, and gives nothing back.
    static func wereTaken(from account: String, of plugin: String, in reader: any StoreReader) throws -> Bool {
        var hasEnded = false
        for one in try AccountPersons.expand([account], in: reader) {
            let states = try reader.all(
                "SELECT state FROM role_holder WHERE account = $1 AND plugin = $2", [.text(one), .text(plugin)]
            ) { try RoleState(stored: $0.text(0)) }
            if states.contains(.held) { return false }
            hasEnded = hasEnded || states.contains(where: \.wasTaken)
        }
        return hasEnded
    }

    /// The accounts that hold a role of a plugin, in order.
    public static func holders(of role: String, plugin: String, in reader: any StoreReader) throws -> [String] {
        try reader.all(
            "SELECT account FROM role_holder WHERE plugin = $1 AND role = $2 AND state = 'held' ORDER BY account",
            [.text(plugin), .text(role)]
        ) { $0.text(0) }
    }

    /// The accounts to which one person has given a role that takes a second, in order.
    public static func proposed(of role: String, plugin: String, in reader: any StoreReader) throws -> [String] {
        try reader.all(
            """
            SELECT account FROM role_holder WHERE plugin = $1 AND role = $2 AND state IN ('proposed', 'reproposed')
            ORDER BY account
            """,
            [.text(plugin), .text(role)]
        ) { $0.text(0) }
    }

    /// Gives an account a role, or takes it away.
    ///
    /// - Parameter needsSecond: whether nobody gives a role to themself, and one that opens what is kept from others is held only
    ///   when a second person has given it too.
    /// - Returns: whether it is held now.
    /// - Throws: `invalid` for a role that the plugin doesn't name, `notFound` for an account that isn't there, `forbidden` where whoever
    ///   gives it is its holder, or the one who gave it first.
    @discardableResult
    public static func set(
        _ role: String, of manifest: Manifest, for account: String, held: Bool, needsSecond: Bool,
        _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> Bool {
        guard manifest.roles[role] != nil else {
            throw NiangjiaError(
                .invalid,
                zh: "插件 \(manifest.id) 没有角色 \(role),有 \(manifest.roles.keys.sorted().joined(separator: "、"))",
                en:
                    "the plugin \(manifest.id) has no role \(role); it has \(manifest.roles.keys.sorted().joined(separator: ", "))",
                place: "/role")
        }
        guard try writer.integer("SELECT COUNT(*) FROM account WHERE id = $1", [.text(account)]) == 1 else {
            throw NiangjiaError(.notFound, zh: "没有账号 \(account)", en: "there is no account \(account)")
        }
        let before = try writer.first(
            "SELECT state, changed_by FROM role_holder WHERE plugin = $1 AND role = $2 AND account = $3",
            [.text(manifest.id), .text(role), .text(account)]
        ) { (state: try RoleState(stored: $0.text(0)), by: $0.text(1)) }
        let state =
            try held
            ? given(role, of: manifest, to: account, needsSecond, before, context.actor, in: writer)
            : before?.state.taken ?? .ended
        try writer.execute(
            """
            INSERT INTO role_holder (plugin, role, account, state, changed_at, changed_by) VALUES ($1, $2, $3, $4, $5, $6) \
            ON CONFLICT (plugin, role, account) DO UPDATE SET state = $4, changed_at = $5, changed_by = $6
            """,
            [
                .text(manifest.id), .text(role), .text(account), .text(state.rawValue),
                .instant(context.now), .text(context.actor),
            ])
        try context.record(
            state == .held ? "access.role_given" : held ? "access.role_proposed" : "access.role_taken", about: account,
            body: ["plugin": .text(manifest.id), "role": .text(role), "account": .text(account)], in: writer)
        return state == .held
    }

    /// The state of a role that somebody gives.
    private static func given(
        _ role: String, of manifest: Manifest, to account: String, _ needsSecond: Bool,
        _ before: (state: RoleState, by: String)?, _ actor: String, in reader: any StoreReader
    ) throws -> RoleState {
        guard needsSecond else { return .held }
        guard try Access.areTwoPeople(actor, account, in: reader) else {
            throw NiangjiaError(
                .forbidden, zh: "不能把角色授予自己:须由另一人办理。", en: "Nobody gives a role to themself: another person must.",
                place: "/account")
        }
        guard manifest.keeps(for: role), before?.state != .held else { return .held }
        guard let before, before.state.isProposal else { return before?.state == .ended ? .reproposed : .proposed }
        guard try Access.areTwoPeople(before.by, actor, in: reader) else {
            throw NiangjiaError(
                .forbidden, zh: "由你提出:须由另一人再授予一次。", en: "You gave it first: another person must give it too.",
                place: "/account")
        }
        return .held
    }
}
