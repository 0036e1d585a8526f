/// Tables of accounts and sign-ins.
public enum AccessSchema {
    /// A named account. Nothing is done under a shared name: every change is somebody's.
    public static let account = Table(
        // What it may do is compared with the access.account… events as well.
        "account", key: ["id"], proof: .sealed(zh: "账号", en: "account", except: ["signed_in_at"]),
        [
            // The name that is typed at sign-in.
            Column("id", .text), Column("version", .int, default: .int(1)), Column("display", .text),
            // A JSON list: `["clerk","reviewer:city"]`.
            Column("roles", .text),
            // The organisation whose subtree the account sees and acts in; null: the whole city.
            Column("scope", .int, nullable: true),
            Column("person", .int, nullable: true),
            // The slow hash of the password (`KeptPassword`): sealed for this account, and for whether it has a second factor.
            Column("password_sealed", .blob),
            // active, disabled
            Column("state", .text, default: .text("active")),
            Column("created_at", .int), Column("created_by", .text), Column("signed_in_at", .int, nullable: true),
        ], index: [["person"], .init(["scope"], where: "scope IS NOT NULL")])

    /// Wrong passwords in a row, by the name that was typed, whether or not there is such an account: of each client, and of all
    /// strangers together.
    public static let signInFailure = Table(
        "sign_in_failure", key: ["name_mac"], proof: .open("who failed to sign in, until it is forgotten"),
        [
            // Keyed hash of the name, and of the client where it is one's: what somebody typed there may be a password.
            Column("name_mac", .blob), Column("failures", .int),
            // Until when no password is looked at.
            Column("locked_until", .int, nullable: true), Column("at", .int),
        ], index: [["at"]])

    /// From where an account was signed in to, as keyed hashes of addresses.
    public static let knownClient = Table(
        "known_client", key: ["account", "client_mac"], proof: .open("work of the host"),
        [Column("account", .text), Column("client_mac", .blob), Column("at", .int)])

    /// A sign-in that has not ended. The token itself is nowhere: only its keyed hash is. It says whose it is, so that a row that is
    /// given to another account signs in nobody.
    public static let session = Table(
        "session", key: ["token_mac"], proof: .open("work of the host"),
        [
            Column("token_mac", .blob), Column("account", .text), Column("created_at", .int),
            Column("last_used_at", .int),
            Column("expires_at", .int),
            // 1: the account's roles need a second factor that it doesn't have yet; it may only enrol.
            Column("is_limited", .int, default: .int(0)),
        ], index: [["account"], ["expires_at"]])

    /// Each reading of masked personal data in clear, with its reason.
    public static let accessLog = Table(
        "access_log", key: ["id"], proof: .sealed(zh: "敏感信息查看记录", en: "unmasked reading"),
        [
            Column("id", .int), Column("at", .int), Column("account", .text), Column("about", .text),
            Column("fields", .text),
            Column("reason", .text),
        ], index: [["account", "at"], ["about"]])

    /// Requests that may be sent again, with the answer of the first (`Idempotency`).
    public static let idempotency = Table(
        "idempotency", key: ["account", "key"], proof: .open("work of the host"),
        [
            Column("account", .text), Column("key", .text),
            // Keyed digest of what was asked for, as hexadecimal text; the answer as JSON.
            Column("body_digest", .text), Column("answer", .text), Column("at", .int),
            // Whether anything was committed under the key: written in the transaction of the first thing that was.
            Column("has_effect", .bool, default: .int(0)),
        ])

    /// Who holds a role that a plugin names.
    public static let roleHolder = Table(
        "role_holder", key: ["plugin", "role", "account"], proof: .sealed(zh: "插件角色", en: "holder of a role"),
        [
            Column("plugin", .text), Column("role", .text), Column("account", .text),
            // held, ended, or proposed: by whom changed it last, until another person gives it too; reproposed: the same, of one that
            // has ended; withdrawn: a proposal that was taken back before anybody held the role
            Column("state", .text), Column("changed_at", .int), Column("changed_by", .text),
        ], index: [["account"]])

    /// In the order in which they are made.
    public static let tables = [
        account, signInFailure, knownClient, session, accessLog, idempotency, roleHolder, secondFactor, recoveryCode,
        device,
    ]
}
