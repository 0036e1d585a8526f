import NiangjiaCore

/// One transaction's worth of an undo.
struct Undo {
    let kind: ImportKind
    let batch: Int64
    let scope: OrganizationScope
    let context: ChangeContext
    private let writer: any StoreWriter

    init(
        kind: ImportKind, batch: ID<ImportBatch>, scope: OrganizationScope, context: ChangeContext,
        in writer: any StoreWriter
    ) {
        (self.kind, self.batch, self.scope, self.context) = (kind, batch.rawValue, scope, context)
        self.writer = writer
    }

    private struct Row {
        var key: String
        var number: Int
        var entity: Int64
        var before: Int64
        var after: Int64
    }

    /// Undoes the next rows in falling order of their keys; the last key, nil at the end.
    func step(below: String?) throws -> (UndoSummary, String?) {
        try ImportBatch.State.undoing.check(batch, in: writer)
        let sql = """
            SELECT row_key, row_number, entity, before_revision, after_revision FROM import_row \
            WHERE import_batch = $1 AND is_undone = 0
            """
        let make: (any StoreRow) -> Row = {
            Row(key: $0.text(0), number: Int($0.int(1)), entity: $0.int(2), before: $0.int(3), after: $0.int(4))
        }
        let limit = 500
        let page =
            if let below {
                try writer.all(
                    sql + " AND row_key < $2 ORDER BY row_key DESC LIMIT \(limit)", [.int(batch), .text(below)], make)
            } else {
                try writer.all(sql + " ORDER BY row_key DESC LIMIT \(limit)", [.int(batch)], make)
            }
        let groups = Undo.inOrder(page, isLast: page.count < limit)
        var summary = UndoSummary()
        for group in groups {
            let found = try group.map(find)
            // What a row of the file made of a person and of their memberships is taken back whole or stays: in part it would leave a
            // member who has died, or somebody alive whose memberships have ended. It is looked at before any of it is taken back,
            // for with a membership goes the right to the person.
            let isHeld = kind == .person && found.contains { !$0.isFree }
            for (row, found) in zip(group, found) {
                let reason = isHeld || !found.isFree ? Undo.isChanged : try undo(row, found, &summary)
                if let reason {
                    summary.keptCount += 1
                    summary.kept.append(.init(row: row.number, reason: reason))
                } else {
                    try writer.execute(
                        "UPDATE import_row SET is_undone = 1 WHERE import_batch = $1 AND row_key = $2",
                        [.int(batch), .text(row.key)])
                }
            }
        }
        return (summary, groups.joined().map(\.key).min())
    }

    /// What a row tells of, as the register has it.
    private struct Found {
        var table: Table
        /// Nil where it is gone.
        var current: [SQLValue]?
        /// Whether it is what the import made of it, and its person within reach.
        var isFree = true
    }

    private func find(_ row: Row) throws -> Found {
        let (table, condition, keys) = place(row)
        var found = Found(table: table)
        // Transfers and facilities are no rows of registers.
        guard Undo.transfer(row) == nil, Undo.mark("f", of: row) == nil else { return found }
        found.current = try writer.first(
            "SELECT \(Planner.list(table)) FROM \(table.name) WHERE \(condition)", keys
        ) { RegisterHistory.values(table, from: $0) }
        guard let current = found.current else { return found }
        found.isFree = try RegisterHistory.isStill(at: row.after, table, current, in: writer)
        if found.isFree, table.name == "person",
            let union = try Membership.union(of: ID(rawValue: row.entity), in: writer)
        {
            found.isFree = try scope.contains(union, in: writer)
        }
        return found
    }

    /// What belongs to one row of the file stays together. Its own entity comes last, for what was done beside it uses it; of that,
    /// what goes comes before what returns: a person must have left the new union before the old one takes them back. A group that
    /// the page may have cut waits for the next.
    private static func inOrder(_ page: [Row], isLast: Bool) -> [[Row]] {
        func group(_ row: Row) -> Substring { row.key.prefix { $0 != "\u{1E}" } }
        var rows = page
        if !isLast, let last = page.last {
            let whole = page.filter { group($0) != group(last) }
            if !whole.isEmpty { rows = whole }
        }
        var groups: [[Row]] = []
        for row in rows {
            if let open = groups.last?.first, group(open) == group(row) {
                groups[groups.count - 1].append(row)
            } else {
                groups.append([row])
            }
        }
        return groups.map { group in
            let beside = group.filter { $0.key.contains("\u{1E}") }
            return beside.filter { $0.before == 0 } + beside.filter { $0.before != 0 }
                + group.filter { !$0.key.contains("\u{1E}") }
        }
    }

    private static let isChanged = LocalText(zh: "此后已被修改", en: "it has been changed since")

    /// Undoes one row; the reason when it must stay.
    private func undo(_ row: Row, _ found: Found, _ summary: inout UndoSummary) throws -> LocalText? {
        if let transfer = Undo.transfer(row) {
            guard try Transfers.withdraw(transfer, context, in: writer) else { return Undo.isChanged }
            // Counted as a new person is.
            summary.removed += 1
            return nil
        }
        if let code = Undo.mark("f", of: row) {
            guard try undoFacility(String(code), row) else { return Undo.isChanged }
            summary.restored += 1
            return nil
        }
        guard let current = found.current else { return nil }
        if row.before == 0 {
            if let reason = try remove(found.table, current, row.entity) { return reason }
            summary.removed += 1
        } else {
            if let reason = try restore(found.table, current, as: row.before) { return reason }
            summary.restored += 1
        }
        return nil
    }

    /// Takes away a row that the import made; the reason when it must stay.
    private func remove(
        _ table: Table, _ current: [SQLValue], _ entity: Int64
    ) throws -> LocalText? {
        if let use = try RegisterUses.reason(entity, table, in: writer) { return use }
        switch table.name {
        case "person": if let reason = try removeMemberships(current, entity) { return reason }
        case "station": try writer.execute("DELETE FROM station_facility WHERE station = $1", [.int(entity)])
        case "record":
            // Fields of cases and of other records may name it, and cases' are sealed: nobody can look them through for each row. So
            // it goes as an action removes one, and whoever names it still finds what it was.
            return try RegisterHistory.strike(table, current, on: context.today, at: context.now, in: writer)
                ? nil : Undo.isChanged
        default: break
        }
        return try RegisterHistory.remove(table, current, at: context.now, in: writer) ? nil : Undo.isChanged
    }

    /// The memberships that somebody came with go with them; the reason when they have joined another union since, or theirs has
    /// changed.
    private func removeMemberships(
        _ person: [SQLValue], _ entity: Int64
    ) throws -> LocalText? {
        let table = PeopleSchema.membership
        let rows = try writer.all("SELECT \(Planner.list(table)) FROM membership WHERE person = $1", [.int(entity)]) {
            RegisterHistory.values(table, from: $0)
        }
        let came = try RegisterHistory.made(PeopleSchema.person, person, in: writer).at
        var (joined, isChanged) = (0, false)
        for row in rows {
            let made = try RegisterHistory.made(table, row, in: writer)
            if made.at != came { joined += 1 }
            if try !RegisterHistory.isStill(at: made.revision, table, row, in: writer) { isChanged = true }
        }
        if joined > 0 { return RegisterUses.reason("membership", joined) }
        if isChanged { return Undo.isChanged }
        for row in rows { _ = try RegisterHistory.remove(table, row, at: context.now, in: writer) }
        return nil
    }

    /// Puts a row back as it was; the reason when it must stay.
    private func restore(
        _ table: Table, _ current: [SQLValue], as revision: Int64
    ) throws -> LocalText? {
        let (kind, entity) = RegisterHistory.subject(of: current, in: table)
        guard var old = try RegisterHistory.version(table, kind: kind, entity: entity, revision: revision, in: writer)
        else {
            return LocalText(zh: "找不到以前的版本", en: "the version before isn't kept")
        }
        guard try !isTaken(table, old) else {
            return LocalText(zh: "原来的编号或会籍已被占用", en: "the number or membership that it had is taken by now")
        }
        guard table.name == "organization" else {
            guard try RegisterHistory.restore(table, current, as: old, at: context.now, in: writer) else {
                return Undo.isChanged
            }
            try Death.follow(table, from: current, to: old, context, in: writer)
            return nil
        }
        guard let path = try path(of: old), let at = table.columns.firstIndex(where: { $0.name == "path" }),
            case .text(let from) = current[at], path == from || !path.hasPrefix(from)
        else {
            return LocalText(zh: "原来的上级组织已不在,或已在本组织之下", en: "what it lay below is gone, or lies below it by now")
        }
        old[at] = .text(path)
        guard try RegisterHistory.restore(table, current, as: old, at: context.now, in: writer) else {
            return Undo.isChanged
        }
        if path != from { try Planner.movePaths(from: from, to: path, in: writer) }
        return nil
    }

    /// Where an organisation lies as a version has it: what is above it may have moved since. Nil when that is gone.
    private func path(of organization: [SQLValue]) throws -> String? {
        let table = OrganizationsSchema.organization
        func value(_ name: String) -> SQLValue { organization[table.columns.firstIndex { $0.name == name } ?? 0] }
        guard case .text(let code) = value("code") else { return nil }
        guard case .int(let parent) = value("parent") else {
            if case .text(let path) = value("path") { return path }
            return nil
        }
        let above = try writer.first("SELECT path FROM organization WHERE id = $1", [.int(parent)]) { $0.text(0) }
        return above.map { $0 + code + "/" }
    }

    /// Whether a row can't come back as it was, since another has what may be there once.
    private func isTaken(_ table: Table, _ old: [SQLValue]) throws -> Bool {
        func value(_ name: String) -> SQLValue { old[table.columns.firstIndex { $0.name == name } ?? 0] }
        if table.name == "membership" {
            guard value("is_primary") == .int(1), case .text(let status) = value("status"),
                Membership.binding.contains(status), case .int(let person) = value("person")
            else { return false }
            let union = try Membership.union(of: ID(rawValue: person), in: writer)
            return union.map { .id($0) != value("organization") } ?? false
        }
        for unique in table.uniques {
            let values = unique.columns.map(value)
            guard !values.contains(.null) else { continue }
            let same = unique.columns.enumerated().map { "\($1) = $\($0 + 2)" }.joined(separator: " AND ")
            let others = try writer.integer(
                "SELECT COUNT(*) FROM \(table.name) WHERE id <> $1 AND \(same)", [value("id")] + values)
            if others != 0 { return true }
        }
        return false
    }

    /// What stands behind a letter in the mark of a row that tells of something beside its row of the file.
    private static func mark(_ letter: Character, of row: Row) -> Substring? {
        guard let at = row.key.lastIndex(of: "\u{1E}") else { return nil }
        let mark = row.key[row.key.index(after: at)...]
        return mark.first == letter ? mark.dropFirst() : nil
    }

    /// The transfer that a row tells of, if it does.
    private static func transfer(_ row: Row) -> ID<Transfer>? {
        mark("t", of: row).flatMap { Int64($0) }.map { ID(rawValue: $0) }
    }

    /// Puts a station's facility back as it was; false when it isn't any more what the import made of it.
    private func undoFacility(_ code: String, _ row: Row) throws -> Bool {
        guard let before = FacilityState(rawValue: row.before), let after = FacilityState(rawValue: row.after) else {
            return false
        }
        return try writer.execute(
            "UPDATE station_facility SET state = $1, checked_on = $2 WHERE station = $3 AND code = $4 AND state = $5",
            [.text(before.word), .date(context.today), .int(row.entity), .text(code), .text(after.word)]) == 1
    }

    /// The table and key of what a row tells of.
    private func place(_ row: Row) -> (Table, String, [SQLValue]) {
        if let organization = Undo.mark("m", of: row).flatMap({ Int64($0) }) {
            return (
                PeopleSchema.membership, "person = $1 AND organization = $2", [.int(row.entity), .int(organization)]
            )
        }
        let table =
            if Undo.mark("p", of: row) != nil { PeopleSchema.person } else {
                switch kind {
                case .person: PeopleSchema.person
                case .organization: OrganizationsSchema.organization
                case .household: HouseholdsSchema.household
                case .station: StationsSchema.station
                case .fundOpening, .dues, .figures, .record: RecordsSchema.record
                }
            }
        return (table, "id = $1", [.int(row.entity)])
    }
}
