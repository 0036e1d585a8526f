/// Tables of places and of how they were given.
public enum PlacesSchema {
    /// A place that somebody has, waits for or has entered for. The counts of a pool stand in ``DecisionsSchema/counter``.
    public static let place = Table(
        "place", key: ["id"], proof: .sealed(zh: "名额", en: "place", id: "pl"),
        [
            Column("id", .int), Column("program", .text), Column("form", .text),
            // `program/form`, and the value of `per` after it.
            Column("pool", .text),
            // Who has it: a line of a case, or the decision of a run.
            Column("case_id", .int, nullable: true), Column("line", .int, nullable: true),
            Column("decision", .int, nullable: true),
            Column("take", .int), Column("rank", .int, nullable: true),
            // When the case was handed in.
            Column("entered_at", .int),
            // The order in which the pool serves; null until it is known.
            Column("position", .int, nullable: true),
            // See ``PlaceState``.
            Column("state", .text), Column("changed_at", .int),
        ],
        unique: [
            .init(["case_id", "line"], where: "case_id IS NOT NULL"),
            .init(["decision"], where: "decision IS NOT NULL"),
        ],
        index: [["pool", "state", "position"], ["pool", "position"]])

    /// How the places of a pool were given to all entrants at once: closed, then settled, once and for ever.
    public static let allotment = Table(
        "allotment", key: ["id"], proof: .sealed(zh: "名额分配", en: "allotment", id: "al"),
        [
            Column("id", .int), Column("program", .text), Column("form", .text), Column("pool", .text),
            Column("closed_at", .int),
            // What orders entrants: `rank,drawn`.
            Column("ordering", .text), Column("count", .int), Column("room", .int),
            // One line for each entrant, and its SM3.
            Column("list", .text), Column("entrants", .int), Column("list_digest", .blob),
            // Of a draw: the public value that was named beforehand, what it turned out to be, and the seed.
            Column("source", .text, nullable: true), Column("value", .text, nullable: true),
            Column("seed", .text, nullable: true), Column("settled_at", .int, nullable: true),
            // closed, settled
            Column("state", .text),
        ], unique: [["pool"]], index: [["program", "form"]])

    /// What was granted and fell, by a recheck, an action, a person, a death, or because nobody came for it; who was taken off a waiting list.
    public static let revocation = Table(
        "revocation", key: ["id"], proof: .sealed(zh: "撤销", en: "revocation", id: "rv"),
        [
            Column("id", .int), Column("decision", .int), Column("case_id", .int, nullable: true),
            Column("at", .int), Column("actor", .text),
            // See ``Revocation/Cause``.
            Column("cause", .text), Column("code", .text), Column("params", .text), Column("keep", .int),
            // The call in the journal that said so.
            Column("call", .int, nullable: true), Column("call_row", .int, nullable: true),
        ], index: [["decision"], ["case_id"], .init(["cause"], where: "cause IN ('withdrawn', 'mistaken')")])

    static let tables = [place, allotment, revocation]
}

/// A place of a pool, held or waited for.
public enum PlaceHold: Identified { public static let idPrefix = "pl" }
/// The giving of a pool's places to all entrants at once.
public enum Allotted: Identified { public static let idPrefix = "al" }
/// Something granted that fell.
public enum Revoked: Identified { public static let idPrefix = "rv" }

/// Where somebody stands with a pool.
public enum PlaceState: String, Hashable, Sendable, CaseIterable {
    /// Entered, and decided together with all others when entries have closed.
    case entered
    /// Has a place.
    case held
    /// On the waiting list (候补).
    case waiting
    /// Neither place nor waiting list.
    case out
    /// Given back.
    case freed
}
