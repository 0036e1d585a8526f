/// Table of messages to people: to members, and to whom a plugin's action or a stage's deadline notifies.
public enum OutboxSchema {
    /// Written in the transaction of the change that it tells of, delivered afterwards, once for each dedupe key.
    public static let outbox = Table(
        "outbox", key: ["id"],
        proof: .open("two digests a message would cost more than the decision that it tells of; nothing rests on it"),
        [
            Column("id", .int), Column("kind", .text),
            // What makes it the same message: a second row with it is refused.
            Column("dedupe", .text), Column("recipient", .text, nullable: true), Column("body", .text),
            Column("created_at", .int), Column("attempts", .int, default: .int(0)), Column("next_at", .int),
            // waiting, delivered, failed
            Column("state", .text, default: .text("waiting")), Column("delivered_at", .int, nullable: true),
            Column("error", .text, nullable: true),
        ],
        unique: [["dedupe"]], index: [.init(["next_at"], where: "state = 'waiting'")])

    /// In the order in which they are made.
    public static let tables = [outbox]
}

/// A message on its way out.
public enum OutboxMessage: Identified { public static let idPrefix = "out" }

/// Messages to people leave through here, and nothing else does: a batch's files are written by its export once it is
/// committed, and where they are missing by exporting again.
public enum Outbox {
    /// Puts a message into the outbox, in the transaction of the change it tells of. Nothing is sent to whoever has died: somebody
    /// else has their telephone now.
    ///
    /// - Returns: whether it is new; a message with the same dedupe key has been sent, or is about to be.
    @discardableResult
    public static func put(
        _ kind: String, dedupe: String, to recipient: String? = nil, body: Value, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws -> Bool {
        if let person = person(recipient), try Death.isTold(of: person, in: writer) { return false }
        let id: ID<OutboxMessage> = context.ids.next()
        return try writer.execute(
            """
            INSERT INTO outbox (id, kind, dedupe, recipient, body, created_at, next_at) VALUES ($1, $2, $3, $4, $5, $6, $6)
            ON CONFLICT (dedupe) DO NOTHING
            """,
            [.id(id), .text(kind), .text(dedupe), .optional(recipient), .text(body.json), .instant(context.now)]) == 1
    }

    /// The person whom a recipient names, as members and as parties of a case are named.
    private static func person(_ recipient: String?) -> ID<Person>? {
        recipient.flatMap { ID<Person>($0.hasPrefix("person:") ? String($0.dropFirst(7)) : $0) }
    }

    /// Messages that a clock which was ahead wrote, or put off, are sent from now on.
    public static func setBack(to now: Instant, in writer: any StoreWriter) throws {
        try writer.execute(
            "UPDATE outbox SET next_at = $1 WHERE state = 'waiting' AND next_at > $1", [.instant(now)])
    }
}
