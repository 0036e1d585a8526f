extension AccessSchema {
    /// The second factor of an account.
    public static let secondFactor = Table(
        "second_factor", key: ["account"], proof: .sealed(zh: "动态口令", en: "second factor", except: ["last_step"]),
        [
            Column("account", .text),
            // Sealed; the account's name is its context.
            Column("secret", .blob),
            // waiting until a code of it was given, then active
            Column("state", .text, default: .text("waiting")),
            // The period of the last code that was used: none is used twice.
            Column("last_step", .int, default: .int(0)), Column("created_at", .int),
        ])

    /// Codes that stand in for a lost telephone, each once. Only their keyed hashes are kept.
    public static let recoveryCode = Table(
        "recovery_code", key: ["account", "code_mac"], proof: .sealed(zh: "恢复码", en: "recovery code"),
        [Column("account", .text), Column("code_mac", .blob), Column("used_at", .int, nullable: true)])

    /// Doors and scanners with keys of their own. Only the keys' keyed hashes are kept.
    public static let device = Table(
        "device", key: ["id"], proof: .sealed(zh: "设备", en: "device", except: ["last_used_at", "version"]),
        [
            Column("id", .text), Column("version", .int, default: .int(1)), Column("display", .text),
            // door, scanner
            Column("kind", .text), Column("key_mac", .blob),
            Column("station", .int, nullable: true), Column("scope", .int, nullable: true),
            // active, revoked
            Column("state", .text, default: .text("active")),
            Column("created_at", .int), Column("created_by", .text), Column("last_used_at", .int, nullable: true),
        ], unique: [["key_mac"]])
}
