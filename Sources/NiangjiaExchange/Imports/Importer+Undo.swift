import NiangjiaCore

/// What undoing an import did.
public struct UndoSummary: Sendable {
    /// Rows that went back to what they were.
    public var restored = 0
    /// Rows that the import had made and that are gone again.
    public var removed = 0
    /// Rows that stay, because somebody changed or used them since.
    public var kept: [RowKept] = []
    public var keptCount = 0

    /// Whether anything is left of the import: what is in use can be undone later, when it is no longer.
    public var isComplete: Bool { keptCount == 0 }

    public struct RowKept: Sendable, Hashable {
        /// The row's number in the file.
        public var row: Int
        public var reason: LocalText
    }
}

extension Importer {
    private static let openingsAreBooked = NiangjiaError(
        .conflict,
        zh: "期初余额已入账,不能撤销:把 config/funds.yaml 中的金额改成应有的数,niangjia config propose 并由另一人批准,差额随即入账。",
        en:
            "Openings are booked and can't be undone: put the right amount into config/funds.yaml, niangjia config propose, and have it approved; the difference is booked."
    )

    /// Undoes an import: rows that it changed get the version before, rows that it made go. What has been changed or used since
    /// stays and is told, and the import stays taken for it: it can be undone again. A killed undo goes on where it was.
    ///
    /// - Parameter scope: The part of the city whose people may be changed back: whoever has joined a union outside of it since stays.
    public func undo(_ batch: ID<ImportBatch>, within scope: OrganizationScope = .wholeCity) async throws -> UndoSummary
    {
        let number = batch.rawValue
        let context = context
        let kind = try await store.write(.interactive) { writer -> String? in
            let known = try writer.first("SELECT kind, state FROM import_batch WHERE id = $1", [.int(number)]) {
                ($0.text(0), $0.text(1))
            }
            guard let (kind, state) = known, state != "undone" else { return nil }
            // Refused in the transaction that would begin it: the import stays taken.
            guard ImportKind(kind) != .fundOpening else { throw Importer.openingsAreBooked }
            try writer.execute("UPDATE import_batch SET state = 'undoing' WHERE id = $1", [.int(number)])
            try ImportDeed.begin(number, .undone, context, in: writer)
            return kind
        }
        guard let kind, let parsed = ImportKind(kind) else {
            throw NiangjiaError(.notFound, zh: "没有这次导入,或已撤销", en: "there is no such import, or it has been undone")
        }
        var summary = UndoSummary()
        // Newest first would need an index: memberships and heads (behind U+001E) sort right behind the row that they belong to, and go first.
        var below: String?
        while true {
            let from = below
            let (part, last) = try await store.write(.batch) { writer in
                try Undo(kind: parsed, batch: number, scope: scope, context: context).step(below: from, in: writer)
            }
            summary.restored += part.restored
            summary.removed += part.removed
            summary.keptCount += part.keptCount
            summary.kept += part.kept.prefix(max(0, 200 - summary.kept.count))
            guard let last else { break }
            below = last
        }
        let isComplete = summary.isComplete
        let counts: Value = [
            "restored": .int(Int64(summary.restored)), "removed": .int(Int64(summary.removed)),
            "kept": .int(Int64(summary.keptCount)),
        ]
        try await store.write(.batch) { writer in
            try ImportDeed.end(number, context, in: writer)
            guard isComplete else {
                try writer.execute("UPDATE import_batch SET state = 'taken' WHERE id = $1", [.int(number)])
                guard counts["restored"].int != 0 || counts["removed"].int != 0 else { return }
                return try context.record("import.partly_undone", about: batch.text, body: counts, in: writer)
            }
            // The name is free again, so that the same delivery may be taken once more.
            try writer.execute(
                "UPDATE import_batch SET state = 'undone', batch = batch || $1, finished_at = $2 WHERE id = $3",
                [.text("#undone-" + batch.text), .instant(context.now), .int(number)])
            try context.record("import.undone", about: batch.text, body: counts, in: writer)
        }
        await copyFacts()
        return summary
    }
}

/// One transaction's worth of an undo.
private struct Undo {
    let kind: ImportKind
    let batch: Int64
    let scope: OrganizationScope
    let context: ChangeContext

    private struct Row {
        var key: String
        var number: Int
        var entity: Int64
        var before: Int64
        var after: Int64
    }

    /// Undoes the next rows in falling order of their keys; the last key, nil at the end.
    func step(below: String?, in writer: any StoreWriter) throws -> (UndoSummary, String?) {
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
        let rows = Undo.inOrder(page, isLast: page.count < limit)
        var summary = UndoSummary()
        for row in rows {
            let reason = try undo(row, &summary, in: writer)
            if let reason {
                summary.keptCount += 1
                summary.kept.append(.init(row: row.number, reason: reason))
            } else {
                try writer.execute(
                    "UPDATE import_row SET is_undone = 1 WHERE import_batch = $1 AND row_key = $2",
                    [.int(batch), .text(row.key)])
            }
        }
        return (summary, rows.map(\.key).min())
    }

    /// What belongs to one row of the file stays together, and what goes comes before what returns: a person must have left the
    /// new union before the old one takes them back. A group that the page may have cut waits for the next.
    private static func inOrder(_ page: [Row], isLast: Bool) -> [Row] {
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
        return groups.flatMap { group in group.filter { $0.before == 0 } + group.filter { $0.before != 0 } }
    }

    /// Undoes one row; the reason when it must stay.
    private func undo(_ row: Row, _ summary: inout UndoSummary, in writer: any StoreWriter) throws -> LocalText? {
        if let transfer = Undo.transfer(row) {
            guard try Transfers.withdraw(transfer, context, in: writer) else {
                return LocalText(zh: "此后已被修改", en: "it has been changed since")
            }
            // Counted as a new person is.
            summary.removed += 1
            return nil
        }
        let (table, condition, keys) = place(row)
        let current = try writer.first(
            "SELECT \(Planner.list(table)) FROM \(table.name) WHERE \(condition)", keys
        ) { RegisterHistory.values(table, from: $0) }
        guard let current else { return nil }
        guard current[table.columns.firstIndex { $0.name == "revision" } ?? 0] == .int(row.after) else {
            return LocalText(zh: "此后已被修改", en: "it has been changed since")
        }
        if table.name == "person", let union = try Membership.union(of: ID(rawValue: row.entity), in: writer),
            try !scope.contains(union, in: writer)
        {
            return LocalText(zh: "此后已被修改", en: "it has been changed since")
        }
        if row.before == 0 {
            if let use = try use(of: row.entity, table, in: writer) { return use }
            if table.name == "person" { try removeMemberships(row.entity, in: writer) }
            if table.name == "station" {
                try writer.execute("DELETE FROM station_facility WHERE station = $1", [.int(row.entity)])
            }
            guard try RegisterHistory.remove(table, current, at: context.now, in: writer) else {
                return LocalText(zh: "此后已被修改", en: "it has been changed since")
            }
            summary.removed += 1
            return nil
        }
        if let reason = try restore(table, current, as: row.before, in: writer) { return reason }
        summary.restored += 1
        return nil
    }

    /// Puts a row back as it was; the reason when it must stay.
    private func restore(
        _ table: Table, _ current: [SQLValue], as revision: Int64, in writer: any StoreWriter
    ) throws -> LocalText? {
        let (kind, entity) = RegisterHistory.subject(of: current, in: table)
        guard let old = try RegisterHistory.version(table, kind: kind, entity: entity, revision: revision, in: writer)
        else {
            return LocalText(zh: "找不到以前的版本", en: "the version before isn't kept")
        }
        guard try !isTaken(table, old, in: writer) else {
            return LocalText(zh: "原来的编号或会籍已被占用", en: "the number or membership that it had is taken by now")
        }
        guard try RegisterHistory.replace(table, current, with: old, at: context.now, in: writer) else {
            return LocalText(zh: "此后已被修改", en: "it has been changed since")
        }
        if table.name == "organization", let path = table.columns.firstIndex(where: { $0.name == "path" }),
            case .text(let from) = current[path], case .text(let to) = old[path], from != to
        {
            try Planner.movePaths(from: from, to: to, in: writer)
        }
        return nil
    }

    /// Whether a row can't come back as it was, since another has what may be there once.
    private func isTaken(_ table: Table, _ old: [SQLValue], in writer: any StoreWriter) throws -> Bool {
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

    /// The transfer that a row tells of, if it does.
    private static func transfer(_ row: Row) -> ID<Transfer>? {
        let mark = row.key.lastIndex(of: "\u{1E}").map { row.key[row.key.index(after: $0)...] } ?? ""
        return mark.first == "t" ? Int64(mark.dropFirst()).map { ID(rawValue: $0) } : nil
    }

    /// The table and key of what a row tells of.
    private func place(_ row: Row) -> (Table, String, [SQLValue]) {
        let mark = row.key.lastIndex(of: "\u{1E}").map { row.key[row.key.index(after: $0)...] } ?? ""
        if mark.first == "m", let organization = Int64(mark.dropFirst()) {
            return (
                PeopleSchema.membership, "person = $1 AND organization = $2", [.int(row.entity), .int(organization)]
            )
        }
        let table =
            if mark.first == "p" { PeopleSchema.person } else {
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

    /// Where a row is used; the reason why it must stay.
    private func use(of entity: Int64, _ table: Table, in writer: any StoreWriter) throws -> LocalText? {
        for (name, condition) in Undo.uses[table.name] ?? [] {
            let users = try writer.integer("SELECT COUNT(*) FROM \(name) WHERE \(condition)", [.int(entity)]) ?? 0
            guard users == 0 else {
                let word = Undo.words[name] ?? LocalText(zh: name, en: name)
                return LocalText(zh: "已被 \(users) 条\(word.zh)使用", en: "it is in use by \(users) \(word.en)")
            }
        }
        return nil
    }

    private static let words: [String: LocalText] = [
        "case_file": LocalText(zh: "申请", en: "applications"), "case_line": LocalText(zh: "申请", en: "applications"),
        "visit": LocalText(zh: "到站记录", en: "visits"), "station": LocalText(zh: "站点", en: "stations"),
        "organization": LocalText(zh: "下级组织", en: "organisations below it"),
        "membership": LocalText(zh: "会籍", en: "memberships"), "household": LocalText(zh: "困难档案", en: "household files"),
        "person": LocalText(zh: "人员", en: "people"), "decision": LocalText(zh: "核定", en: "decisions"),
    ]

    private static let uses: [String: [(String, String)]] = [
        "person": [
            ("case_file", "applicant = $1"), ("case_line", "subject_kind = 'person' AND subject = $1"),
            ("decision", "subject_kind = 'person' AND subject = $1"),
            ("visit", "person = $1"), ("station", "keeper = $1"),
            // The membership that they came with goes with them, and others of the import have gone before. Who has joined a union
            // since has a second one, or one that is younger than what the import wrote.
            (
                "membership",
                """
                person = $1 AND (organization > (SELECT MIN(o.organization) FROM membership o WHERE o.person = $1)
                OR revision = 1 AND recorded_at > (SELECT p.recorded_at FROM person p WHERE p.id = $1))
                """
            ),
        ],
        "organization": [
            ("organization", "parent = $1"), ("membership", "organization = $1"), ("station", "organization = $1"),
            ("household", "organization = $1"), ("person", "employer = $1"),
            ("case_line", "subject_kind = 'organization' AND subject = $1"),
            ("decision", "subject_kind = 'organization' AND subject = $1"),
        ],
        "household": [
            ("person", "household = $1"), ("case_line", "subject_kind = 'household' AND subject = $1"),
            ("decision", "subject_kind = 'household' AND subject = $1"),
        ],
        "station": [
            ("visit", "station = $1"), ("case_line", "subject_kind = 'station' AND subject = $1"),
            ("decision", "subject_kind = 'station' AND subject = $1"),
        ],
    ]

    private func removeMemberships(_ person: Int64, in writer: any StoreWriter) throws {
        let table = PeopleSchema.membership
        let rows = try writer.all("SELECT \(Planner.list(table)) FROM membership WHERE person = $1", [.int(person)]) {
            RegisterHistory.values(table, from: $0)
        }
        for row in rows { _ = try RegisterHistory.remove(table, row, at: context.now, in: writer) }
    }
}
