import NiangjiaCore

// Heads of households, facilities: what a row changes beside its own register row.
extension Planner {
    /// Makes a person the head of the row's household.
    func head(_ old: [SQLValue], _ person: Int64, _ planned: inout Planned) throws {
        let table = PeopleSchema.person
        var new = old
        new[place("household", table)] = .int(planned.entity)
        new[place("household_role", table)] = .text("head")
        guard new != old else { return }
        new[place("valid_from", table)] = .date(validFrom)
        planned.replacements.append(
            .init(table: table, old: old, new: new, key: "\(planned.draft.key)\u{1E}p\(person)"))
    }

    /// The cell is the whole list: what it doesn't name has been removed.
    func facilities(_ planned: inout Planned, _ existing: Existing) {
        guard let wanted = planned.draft.facilities else { return }
        let had = existing.facilities[planned.entity] ?? []
        if had != Set(wanted) { planned.facilities = (planned.entity, wanted, had) }
    }

    /// Writes what a batch of rows needs, at the moment of its transaction. Throws ``Race`` when one of them has changed meanwhile.
    func write(_ plans: [Planned], _ context: ChangeContext, in writer: any StoreWriter) throws {
        var told: [Told] = []
        for plan in plans {
            for change in plan.replacements {
                guard
                    try RegisterHistory.replace(change.table, change.old, with: change.new, at: context.now, in: writer)
                else { throw Race() }
                try Death.follow(change.table, from: change.old, to: change.new, context, in: writer)
                guard case .int(let revision) = change.old[place("revision", change.table)],
                    case .int(let entity) = change.old[0]
                else { continue }
                let after = try reached(change, revision + 1, in: writer)
                told.append(Told(plan: plan, key: change.key, entity: entity, before: revision, after: after))
            }
            if let (from, to) = plan.movedPath { try Planner.movePaths(from: from, to: to, in: writer) }
        }
        let (plans, asked) = (plans.filter { $0.transfer == nil }, plans.filter { $0.transfer != nil })
        for plan in asked { told += try ask(plan, context, in: writer) }
        // What makes room for an insert (a membership that is left) has been written above.
        for name in Set(plans.flatMap { $0.inserts.map(\.table.name) }).sorted(by: >) {
            var table: Table?
            var values: [SQLValue] = []
            for plan in plans {
                for var insert in plan.inserts where insert.table.name == name {
                    table = insert.table
                    insert.values[place("recorded_at", insert.table)] = .instant(context.now)
                    if let key = insert.key {
                        let revision = try revision(of: &insert, in: writer)
                        told.append(Told(plan: plan, key: key, entity: plan.entity, before: 0, after: revision))
                    }
                    values += insert.values
                }
            }
            if let table { try writer.insert(into: name, columns: table.columns.map(\.name), values: values) }
        }
        for plan in plans { told += try writeFacilities(plan, in: writer) }
        try tell(told, in: writer)
    }

    /// What the row of `import_row` says that a change came to. Where somebody else changed the row between two passes of this import,
    /// it stays what the earlier pass came to: undoing must not take their change back with its own.
    private func reached(_ change: Planned.Replacement, _ revision: Int64, in reader: any StoreReader) throws -> Int64 {
        guard pass != .first, let batch else { return revision }
        let known = try reader.integer(
            "SELECT after_revision FROM import_row WHERE import_batch = $1 AND row_key = $2 AND is_undone = 0",
            [.int(batch), .text(change.key)])
        guard let known, try !RegisterHistory.isStill(at: known, change.table, change.old, in: reader) else {
            return revision
        }
        return known
    }

    /// The revision that a row is made with. Somebody may have had a membership before that an undoing took away.
    private func revision(of insert: inout Planned.Insert, in reader: any StoreReader) throws -> Int64 {
        guard insert.table.key != ["id"] else { return 1 }
        let revision = try RegisterHistory.firstRevision(insert.table, insert.values, in: reader)
        insert.values[place("revision", insert.table)] = .int(revision)
        return revision
    }

    /// What lies below an organisation goes along when its path changes.
    static func movePaths(from: String, to: String, in writer: any StoreWriter) throws {
        try writer.execute(
            "UPDATE organization SET path = $1 || substr(path, $2) WHERE substr(path, 1, $3) = $4 AND path <> $5",
            [.text(to), .int(Int64(from.count + 1)), .int(Int64(from.count)), .text(from), .text(from)])
    }

    /// Asks for a transfer in place of what a new person would get; it is undone with the import as they would be.
    private func ask(_ plan: Planned, _ context: ChangeContext, in writer: any StoreWriter) throws -> [Told] {
        guard let person = plan.transfer, let membership = plan.draft.membership, let batch else { return [] }
        let columns = PeopleSchema.membership.columns
        let wanted = Dictionary(
            uniqueKeysWithValues: membership.values.map { (columns[$0.key].name, $0.value) })
        var name = ""
        if case .text(let given)? = plan.draft.values[place("name", table)] { name = given }
        let id = try Transfers.ask(
            person, called: name, into: membership.organization, as: wanted, batch: batch, context, in: writer)
        return ["", "\u{1E}t\(id.rawValue)"].map { mark in
            Told(plan: plan, key: plan.draft.key + mark, entity: id.rawValue, before: 0, after: 1)
        }
    }

    /// What an import did to an entity.
    private struct Told {
        var plan: Planned
        var key: String
        var entity: Int64
        var before: Int64
        var after: Int64
    }

    private func tell(_ told: [Told], in writer: any StoreWriter) throws {
        guard let batch, !told.isEmpty else { return }
        let columns = [
            "import_batch", "row_key", "row_number", "entity", "content_digest", "before_revision", "after_revision",
        ]
        let rows = told.map { item -> [SQLValue] in
            [
                .int(batch), .text(item.key), .int(Int64(item.plan.draft.row.number)), .int(item.entity),
                .blob(item.plan.draft.digest), .int(item.before), .int(item.after),
            ]
        }
        guard pass != .first else {
            return try writer.insert(into: "import_row", columns: columns, values: rows.flatMap { $0 })
        }
        // What an earlier pass of this import did to the row began from its revision, not from that of now, unless it was undone.
        for row in rows {
            try writer.execute(
                "INSERT INTO import_row (\(columns.joined(separator: ", "))) VALUES ($1, $2, $3, $4, $5, $6, $7) "
                    + "ON CONFLICT (import_batch, row_key) DO UPDATE SET content_digest = excluded.content_digest, "
                    + "before_revision = CASE WHEN import_row.is_undone = 1 THEN excluded.before_revision "
                    + "ELSE import_row.before_revision END, "
                    + "entity = excluded.entity, after_revision = excluded.after_revision, is_undone = 0", row)
        }
    }

    /// Each facility of a station that was there before is told by itself, its states as numbers (``FacilityState``).
    private func writeFacilities(_ plan: Planned, in writer: any StoreWriter) throws -> [Told] {
        guard let (station, set, had) = plan.facilities else { return [] }
        let isNew = plan.inserts.contains { $0.table.name == table.name }
        var told: [Told] = []
        for code in had.subtracting(set).sorted() + set.filter({ !had.contains($0) }) {
            let state = FacilityState(isThere: set.contains(code))
            let before = try FacilityState.of(code, station: station, in: writer)
            try writer.execute(
                """
                INSERT INTO station_facility (station, code, quantity, state, checked_on) VALUES ($1, $2, 1, $3, $4) \
                ON CONFLICT (station, code) DO UPDATE SET state = excluded.state, checked_on = excluded.checked_on
                """, [.int(station), .text(code), .text(state.word), .date(context.today)])
            guard !isNew else { continue }
            told.append(
                Told(
                    plan: plan, key: "\(plan.draft.key)\u{1E}f\(code)", entity: station, before: before.rawValue,
                    after: state.rawValue))
        }
        return told
    }
}

/// The state of a station's facility, with the number by which `import_row` tells of it: facilities have no revisions.
enum FacilityState: Int64 {
    case removed
    case ok
    case broken

    init(isThere: Bool) { self = isThere ? .ok : .removed }

    /// As `station_facility` has it.
    var word: String { "\(self)" }

    /// How a facility stands; one that never was is as one that was removed.
    static func of(_ code: String, station: Int64, in reader: any StoreReader) throws -> FacilityState {
        let word = try reader.first(
            "SELECT state FROM station_facility WHERE station = $1 AND code = $2", [.int(station), .text(code)]
        ) { $0.text(0) }
        return word == ok.word ? .ok : word == broken.word ? .broken : .removed
    }
}

/// A row changed between the look-up and the write.
struct Race: Error {}
