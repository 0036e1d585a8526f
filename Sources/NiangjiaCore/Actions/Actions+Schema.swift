/// Tables of actions.
public enum ActionsSchema {
    /// Each action that was asked for: who, when, with what, and what came of it.
    public static let actionRun = Table(
        "action_run", key: ["id"], proof: .sealed(zh: "插件操作", en: "action", id: "act"),
        [
            Column("id", .int), Column("version", .int, default: .int(1)), Column("program", .text),
            Column("plugin", .text), Column("plugin_digest", .text), Column("bundle", .text), Column("name", .text),
            Column("account", .text), Column("role", .text), Column("person", .int, nullable: true),
            Column("at", .int),
            // done, waiting (for somebody to confirm), failed, refused (said so itself), dropped (whoever had to confirm it said no)
            Column("state", .text),
            // What it was given, what it proposed and what that rests on; sealed.
            Column("content", .blob), Column("code", .text, nullable: true),
            // Who said yes or no to one that waited.
            Column("confirmed_by", .text, nullable: true), Column("confirmed_at", .int, nullable: true),
            Column("host_calls", .int), Column("instructions", .int),
        ], index: [["program", "at"], ["state"]])

    static let tables = [actionRun]
}

/// One running of an action.
public enum ActionRun: Identified { public static let idPrefix = "act" }
