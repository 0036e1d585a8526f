/// A reading of somebody's data that the access log holds: a look, as whoever asks for it calls it.
public enum AccessEntry: Identified { public static let idPrefix = "look" }

/// The log of who read whose data, and why: what a member is told of looks at their own, and an auditor of everybody's.
public enum AccessLog {
    /// The reason of whoever looks at their own data.
    public static let own = "-"

    /// Writes a reading down, in the transaction that reads or before anything is told. What the chain says of it is the caller's
    /// to record.
    ///
    /// - Parameters:
    ///   - fields: What was read: names of fields, joined by commas.
    ///   - about: Whose or what: a person's or a case's id, or the name of a list.
    ///   - reason: What the host calls it, or what a person wrote.
    public static func note(
        _ fields: String, about: String, by account: String, reason: String, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        try writer.insert(
            into: AccessSchema.accessLog.name, columns: ["id", "at", "account", "about", "fields", "reason"],
            values: [
                .id(context.ids.next(AccessEntry.self)), .instant(context.now), .text(account), .text(about),
                .text(fields),
                .text(reason),
            ])
    }
}
