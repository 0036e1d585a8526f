/// That somebody has died: a fact about the person, whatever they were a member of.
///
/// `person.status` says it, and `died_on` the day where it is known. Populations, applications, handovers and messages ask for that
/// and for nothing else; memberships end with it. What was granted before stays owed: it is the heirs'.
public enum Death {
    /// What `person.status`, and the membership that ended so, say of whoever has died.
    public static let status = Person.Status.deceased.rawValue

    /// Whether the register says that somebody has died. Of whom it doesn't know nothing is said.
    public static func isTold(of person: ID<Person>, in reader: any StoreReader) throws -> Bool {
        try reader.integer(
            "SELECT 1 FROM person WHERE id = $1 AND status = $2", [.id(person), .text(status)]) == 1
    }

    /// A row of `membership` as a death leaves it: it ended on the day, unless its holder had left before.
    ///
    /// - Parameter isGiven: whether the day was told; else a day that is known already stays.
    public static func end(_ membership: [SQLValue], on day: CivilDate, isGiven: Bool) -> [SQLValue] {
        var ended = membership
        guard ![.text("left"), .text("lapsed")].contains(ended[place("status")]) else { return membership }
        if isGiven || ended[place("status")] != .text(status) { ended[place("left_on")] = .date(day) }
        ended[place("status")] = .text(status)
        return ended
    }

    /// A row of `membership` as it was before a death ended it; nil where it ended otherwise, or something else of it was changed with
    /// the death or since.
    public static func before(_ membership: [SQLValue], in reader: any StoreReader) throws -> [SQLValue]? {
        let table = PeopleSchema.membership
        let (kind, entity) = RegisterHistory.subject(of: membership, in: table)
        let earlier = try reader.all(
            """
            SELECT body FROM register_history WHERE kind = $1 AND entity = $2 AND is_undone = 0 ORDER BY revision DESC
            """, [.text(kind), .int(entity)]
        ) { try RegisterHistory.values(table, body: $0.text(0)) }
        var later = membership
        for version in earlier {
            guard case .int(let day) = later[place("left_on")] else { return nil }
            var ended = end(version, on: CivilDate(days: Int32(clamping: day)), isGiven: true)
            for name in ["revision", "valid_from", "recorded_at"] { ended[place(name)] = later[place(name)] }
            guard ended == later else { return nil }
            guard version[place("status")] == .text(status) else { return version }
            // The day of a death that had been told.
            later = version
        }
        return nil
    }

    private static func place(_ name: String) -> Int {
        PeopleSchema.membership.columns.firstIndex { $0.name == name } ?? 0
    }

    /// Whoever writes a new version of a register's row says so here: where it tells of a death, what the person holds and can't use
    /// any more is given back.
    public static func follow(
        _ table: Table, from old: [SQLValue], to new: [SQLValue], _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        guard table.name == PeopleSchema.person.name,
            let state = table.columns.firstIndex(where: { $0.name == "status" }), new[state] == .text(status),
            old[state] != new[state], case .int(let id) = new[0]
        else { return }
        try Jobs.schedule(.death, ID<Person>(rawValue: id).text, at: context.now, context, in: writer)
    }

    /// Enters a death beside an import: in the person's row, and in those of their memberships. Without a day it is that of today.
    ///
    /// Throws `conflict` where somebody else is changing one of the rows.
    static func enter(
        _ person: ID<Person>, on told: CivilDate?, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let day = told ?? context.today
        for (table, key) in [(PeopleSchema.person, "id"), (PeopleSchema.membership, "person")] {
            let names = table.columns.map(\.name)
            let rows = try writer.all(
                "SELECT \(names.joined(separator: ", ")) FROM \(table.name) WHERE \(key) = $1", [.id(person)]
            ) { RegisterHistory.values(table, from: $0) }
            for row in rows {
                var new = row
                if key == "id" {
                    RegisterHistory.set(&new, "status", .text(status), table)
                    if let told { RegisterHistory.set(&new, "died_on", .date(told), table) }
                } else {
                    new = end(row, on: day, isGiven: told != nil)
                }
                guard new != row else { continue }
                RegisterHistory.set(&new, "valid_from", .date(day), table)
                guard try RegisterHistory.replace(table, row, with: new, at: context.now, in: writer) else {
                    throw NiangjiaError(
                        .conflict, zh: "资料正被他人修改,请再试。", en: "Somebody else is changing this: try again.")
                }
                try follow(table, from: row, to: new, context, in: writer)
            }
        }
    }
}
