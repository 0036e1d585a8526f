/// What happened to an account or a device, as the chain tells it.
public struct AccessEvent: Sendable, Hashable {
    /// The id of its row.
    public var id: ID<ChainEvent>
    /// When it happened.
    public var at: Instant
    /// What happened: `access.account_disabled`.
    public var kind: String
    /// Who did it.
    public var actor: String
    /// The account or device.
    public var about: String
    /// The plugin of a role that was given or taken.
    public var plugin: String?
    /// That role.
    public var role: String?

    /// What a store tells of accounts, devices, their passwords, second factors and roles, the oldest first. Sign-ins and looks are
    /// left out.
    public static func all(in reader: any StoreReader) throws -> [AccessEvent] {
        let kinds = kinds.map { "'\($0)'" }.joined(separator: ", ")
        return try reader.all(
            "SELECT id, at, kind, actor, about, body FROM chain_event WHERE kind IN (\(kinds)) ORDER BY seq", []
        ) { row in
            let body = try row.textOrNil(5).map { try Value(json: $0) } ?? .null
            return AccessEvent(
                id: row.id(0), at: row.instant(1), kind: row.text(2), actor: row.text(3), about: row.text(4),
                plugin: body["plugin"].text, role: body["role"].text)
        }
    }

    private static let kinds = [
        "access.account_added", "access.account_disabled", "access.password_changed",
        "access.factor_confirmed", "access.factor_removed", "access.device_added", "access.device_revoked",
        "access.role_given", "access.role_proposed", "access.role_taken",
    ]

    /// What it happened to: of two events of one subject the later stands. A role's proposal gives nothing, and what was taken before
    /// it stays taken.
    fileprivate var subject: [String] {
        switch kind {
        case "access.account_added", "access.account_disabled": ["account", about]
        case "access.role_given", "access.role_taken": ["role", about, plugin ?? "", role ?? ""]
        case "access.device_added", "access.device_revoked": ["device", about]
        default: [kind, about]
        }
    }
}

/// What a restored store has forgotten of who may do what, and what was done about it.
public struct ForgottenAccess: Sendable {
    /// An event that the restored store doesn't have, and whether it was done again.
    public struct Line: Sendable {
        /// What the discarded store's chain says.
        public var event: AccessEvent
        /// Whether it was applied again here.
        public var isDone: Bool
    }

    /// The oldest first.
    public var lines: [Line]
    /// Accounts whose recovery codes are void.
    public var voided: [String]
}

extension Access {
    /// Shuts a restored store against whoever was thrown out after its backup: every sign-in ends, recovery codes are void, for
    /// nobody knows which were used, and codes of the telephone up to now count as used.
    ///
    /// What takes rights away is done again: accounts that were disabled, devices that were revoked, roles of plugins that were
    /// taken, proposals among them. What gives any, and passwords and second factors, is only told: whoever could write the discarded store gains nothing.
    ///
    /// - Parameter known: what the discarded store tells, the oldest first.
    public static func shut(
        forgetting known: [AccessEvent], _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> ForgottenAccess {
        try writer.execute("DELETE FROM session", [])
        let voided = try writer.all("SELECT DISTINCT account FROM recovery_code ORDER BY account", []) { $0.text(0) }
        try writer.execute("DELETE FROM recovery_code", [])
        try writer.execute(
            "UPDATE second_factor SET last_step = $1 WHERE last_step < $1 AND state = 'active'",
            [.int(OneTimeCode.step(at: context.now) + OneTimeCode.tolerance)])
        let own = Set(try AccessEvent.all(in: writer).map(\.id))
        let forgotten = known.filter { !own.contains($0.id) }
        let last = Dictionary(forgotten.map { ($0.subject, $0.id) }, uniquingKeysWith: { $1 })
        let lines = try forgotten.map { event in
            let isLast = last[event.subject] == event.id
            return ForgottenAccess.Line(event: event, isDone: try isLast && takeAgain(event, context, in: writer))
        }
        return ForgottenAccess(lines: lines, voided: voided)
    }

    /// Does again what took a right away. False: it gave one, or there is nothing to take.
    private static func takeAgain(
        _ event: AccessEvent, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> Bool {
        let (id, body): (String, Value)
        switch event.kind {
        case "access.account_disabled":
            id = event.about
            guard try account(id, in: writer)?.isActive == true, try isAdministrated(without: id, in: writer),
                try end(id, in: AccessSchema.account, as: "disabled", in: writer)
            else { return false }
            body = ["account": .text(id)]
        case "access.device_revoked":
            id = event.about
            guard try end(id, in: AccessSchema.device, as: "revoked", in: writer) else { return false }
            body = ["device": .text(id)]
        case "access.role_taken":
            id = event.about
            let (plugin, role) = (event.plugin ?? "", event.role ?? "")
            let changed = try writer.execute(
                """
                UPDATE role_holder SET state = CASE state WHEN 'proposed' THEN 'withdrawn' ELSE 'ended' END,
                    changed_at = $4, changed_by = $5
                WHERE plugin = $1 AND role = $2 AND account = $3 AND state IN ('held', 'proposed', 'reproposed')
                """, [.text(plugin), .text(role), .text(id), .instant(context.now), .text(context.actor)])
            guard changed == 1 else { return false }
            body = ["plugin": .text(plugin), "role": .text(role), "account": .text(id)]
        default: return false
        }
        try context.record(event.kind, about: id, body: body, in: writer)
        return true
    }
}
