/// A door or a scanner that signs in with a key of its own, for what is done at its place.
public struct Device: Hashable, Sendable {
    /// What a device is.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Lets visitors in.
        case door
        /// Scans what is handed over.
        case scanner
    }

    /// Its name: `door-3`.
    public var id: String
    /// What people call it.
    public var display: String
    /// What it is.
    public var kind: Kind
    /// The station at which it stands; nil for one that is carried around.
    public var station: ID<Station>?
    /// The organisation for which it works.
    public var scope: ID<Organization>?
    /// False once it has been revoked.
    public var isActive: Bool

    /// A device that works.
    public init(
        id: String, display: String, kind: Kind, station: ID<Station>? = nil, scope: ID<Organization>? = nil
    ) {
        self.id = id
        self.display = display
        self.kind = kind
        self.station = station
        self.scope = scope
        isActive = true
    }

    /// As whom it acts: a station keeper of its organisation, and nothing else.
    public var account: Account {
        var account = Account(
            id: "device:\(id)", display: display, roles: [RoleGrant(.keeper)], scope: scope)
        account.device = self
        return account
    }

    /// For lists.
    public var value: Value {
        [
            "device": .text(id), "display": .text(display), "kind": .text(kind.rawValue),
            "station": station.map { .text($0.text) } ?? .null, "scope": scope.map { .text($0.text) } ?? .null,
            "state": .text(isActive ? "active" : "revoked"),
        ]
    }
}

extension Device {
    /// When it handed goods over or filed an application from an instant on, the oldest first, and when it was last written down that
    /// it scanned too much; nil: not since then. By the chain's events, of which each scan that came to something has one.
    public func scans(
        since: Instant, in reader: any StoreReader
    ) throws -> (times: [Instant], limited: Instant?) {
        let times = try reader.all(
            """
            SELECT at FROM chain_event WHERE id >= $1 AND at >= $2 AND actor = $3
            AND kind IN ('money.delivery', 'case.submit') ORDER BY at
            """, [.int(IDSource.least(at: since)), .instant(since), .text(account.id)]
        ) { $0.instant(0) }
        let limited = try reader.first(
            """
            SELECT at FROM chain_event WHERE about = $1 AND kind = 'device.limited' AND at >= $2 ORDER BY at DESC
            """, [.text(id), .instant(since)]
        ) { $0.instant(0) }
        return (times, limited)
    }
}

extension Access {
    /// How a device's key begins.
    public static let deviceKeyPrefix = "njd_"

    /// Adds a device.
    ///
    /// - Returns: its key, shown once and kept nowhere: 256 random bits, and the keyed hash of whose it is.
    /// - Throws: `invalid` for a malformed name, `conflict` for a taken one.
    public func add(_ device: Device, by actor: String) async throws -> String {
        guard Access.isName(device.id, marks: "-") else {
            throw NiangjiaError(
                .invalid, zh: "设备名须为 2 至 32 个小写字母、数字或 -。",
                en: "A device's name is 2 to 32 lower-case letters, digits or -.", place: "/device")
        }
        let key = token(Access.deviceKeyPrefix, of: device.account.id)
        let mac = crypto.mac(Array(key.utf8), purpose: .session)
        let context = ChangeContext(now: clock.now(), actor: actor, ids: ids, crypto: crypto)
        try await store.write(.interactive) { writer in
            let added = try writer.execute(
                """
                INSERT INTO device (id, display, kind, key_mac, station, scope, created_at, created_by)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING
                """,
                [
                    .text(device.id), .text(device.display), .text(device.kind.rawValue), .blob(mac),
                    .id(device.station), .id(device.scope), .instant(context.now), .text(actor),
                ])
            guard added == 1 else {
                throw NiangjiaError(
                    .conflict, zh: "设备 \(device.id) 已存在。", en: "There is a device \(device.id) already.")
            }
            try context.record("access.device_added", about: device.id, body: device.value, in: writer)
        }
        return key
    }

    /// Ends a device's key.
    ///
    /// - Throws: `not_found` for a device that is not in use.
    public func revoke(device id: String, by actor: String) async throws {
        let context = ChangeContext(now: clock.now(), actor: actor, ids: ids, crypto: crypto)
        try await store.write(.interactive) { writer in
            guard try Access.end(id, in: AccessSchema.device, as: "revoked", in: writer) else {
                throw NiangjiaError(.notFound, zh: "没有在用的设备 \(id)。", en: "There is no active device \(id).")
            }
            try context.record("access.device_revoked", about: id, body: ["device": .text(id)], in: writer)
        }
    }

    /// All devices by name.
    public func devices() async throws -> [Device] {
        try await store.read { reader in
            try reader.all("SELECT \(Device.columns) FROM device ORDER BY id") { Device($0) }
        }
    }

    /// The device behind a key, as an account.
    ///
    /// - Throws: `unauthenticated` for a key that nobody has, that was given to another device, or that was revoked.
    public func authenticate(device key: String) async throws -> Account {
        let (now, mac) = (clock.now(), crypto.mac(Array(key.utf8), purpose: .session))
        let found = try await store.read { reader in
            try reader.first(
                "SELECT \(Device.columns), last_used_at FROM device WHERE key_mac = $1", [.blob(mac)]
            ) { (device: Device($0), used: $0.instantOrNil(6)) }
        }
        guard let found, isToken(key, of: found.device.account.id), found.device.isActive else {
            throw NiangjiaError(.unauthenticated, zh: "设备密钥无效。", en: "The device's key isn't valid.")
        }
        // Written every few minutes only: a request shouldn't cost a commit.
        if found.used.map({ now - $0 > 300_000 }) ?? true {
            try await store.write(.interactive) { writer in
                try writer.execute(
                    "UPDATE device SET last_used_at = $2 WHERE key_mac = $1", [.blob(mac), .instant(now)])
            }
        }
        return found.device.account
    }
}

extension Device {
    static let columns = "id, display, kind, station, scope, state"

    init(_ row: any StoreRow) {
        self.init(
            id: row.text(0), display: row.text(1), kind: Kind(rawValue: row.text(2)) ?? .scanner,
            station: row.idOrNil(3), scope: row.idOrNil(4))
        isActive = row.text(5) == "active"
    }
}
