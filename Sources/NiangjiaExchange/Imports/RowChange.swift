import NiangjiaCore

/// What taking a row changes of what a register holds, as people read it: names and numbers are masked.
public struct RowChange: Sendable, Hashable {
    /// A value that becomes another; empty where there is none.
    public struct Cell: Sendable, Hashable {
        /// The column's usual title in files; of a membership, with the union's code.
        public var title: LocalText
        public var before: String
        public var after: String
    }

    /// `sheet!12` or `file:line`.
    public var place: String
    public var row: Int
    /// The register's own name for it: a masked name, a code, a file's number.
    public var who: String
    public var id: String
    public var cells: [Cell]

    /// As JSON.
    public var value: Value {
        [
            "place": .text(place), "who": .text(who), "id": .text(id),
            "columns": .list(
                cells.map {
                    [
                        "title": ["zh-CN": .text($0.title.zh), "en": .text($0.title.en)], "from": .text($0.before),
                        "to": .text($0.after),
                    ]
                }),
        ]
    }
}

/// All changes of an import, a line for each value.
final class ChangesFile {
    private let writer: CSVWriter

    init(path: String) throws(NiangjiaError) {
        writer = try CSVWriter(path: path)
        try writer.write(["行", "对象", "编号", "栏目", "原值", "新值"])
    }

    func write(_ change: RowChange) throws(NiangjiaError) {
        for cell in change.cells {
            try writer.write([change.place, change.who, change.id, cell.title.zh, cell.before, cell.after])
        }
    }

    func finish() throws(NiangjiaError) { try writer.finish() }
}

/// Puts the changes of rows into words.
final class ChangeTeller {
    private let planner: Planner
    private let record: RecordDefinition?
    private lazy var organizations = Dictionary(
        planner.references.organizations.values.map { ($0.id, $0.code) }, uniquingKeysWith: { first, _ in first })
    private lazy var households = Dictionary(
        planner.references.households.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    private lazy var fields: [String: [String: ImportField]] = [
        "person": ChangeTeller.byColumn(.person), "organization": ChangeTeller.byColumn(.organization),
        "household": ChangeTeller.byColumn(.household), "station": ChangeTeller.byColumn(.station),
        "membership": ChangeTeller.byColumn(.person),
    ]

    init(_ planner: Planner, record: RecordDefinition?) {
        self.planner = planner
        self.record = record
    }

    /// What a planned row changes; nil where that is nothing.
    func change(_ planned: Planned) -> RowChange? {
        var (who, cells) = ("", [RowChange.Cell]())
        for item in planned.replacements {
            cells += told(item.table, item.old, item.new, planned.draft)
            if item.table.name == planner.table.name { who = name(item.table, item.old) }
        }
        for item in planned.inserts where item.table.name == "membership" {
            let none = [SQLValue](repeating: .null, count: item.values.count)
            cells += told(item.table, none, item.values, planned.draft)
        }
        if let (_, set, had) = planned.facilities {
            cells.append(
                .init(
                    title: LocalText(zh: "设施", en: "facilities"), before: had.sorted().joined(separator: "、"),
                    after: set.sorted().joined(separator: "、")))
        }
        guard !cells.isEmpty else { return nil }
        if who.isEmpty,
            case .text(let text)? = planned.draft.values[planner.place(naming(planner.table), planner.table)]
        {
            who = planner.kind == .person ? Masking.name(text) : text
        }
        return RowChange(
            place: planned.draft.row.place(column: nil), row: planned.draft.row.number, who: who,
            id: id(planned.entity),
            cells: cells)
    }

    // MARK: Who

    private func naming(_ table: Table) -> String {
        switch table.name {
        case "person": "name"
        case "household": "number"
        case "record": "key"
        default: "code"
        }
    }

    private func name(_ table: Table, _ row: [SQLValue]) -> String {
        guard case .text(let text) = row[planner.place(naming(table), table)] else { return "" }
        return table.name == "person" ? Masking.name(text) : text
    }

    private func id(_ entity: Int64) -> String {
        switch planner.kind {
        case .person: ID<Person>(rawValue: entity).text
        case .organization: ID<Organization>(rawValue: entity).text
        case .household: ID<Household>(rawValue: entity).text
        case .station: ID<Station>(rawValue: entity).text
        case .record, .fundOpening, .dues, .figures: ID<Record>(rawValue: entity).text
        }
    }

    // MARK: What

    /// Columns that follow from others, or from the import itself.
    private static let silent: Set<String> = [
        "id", "person", "revision", "valid_from", "recorded_at", "path", "is_primary", "code_confirmed",
        "source_latitude", "source_longitude", "plugin", "key", "id_sealed", "mobile_sealed", "card_sealed",
    ]

    /// Columns whose fields have other names.
    private static let special = [
        "id_mac": "id_number", "mobile_mac": "mobile", "card_mac": "bank_card", "employer": "employer_code",
        "household": "household_number", "organization": "union_code", "parent": "parent_code",
        "account_sealed": "account", "keeper": "keeper_id_number", "source_frame": "frame", "status": "member_status",
        "number": "member_number",
    ]

    private static func byColumn(_ kind: ImportKind) -> [String: ImportField] {
        let all = ImportField.fields(of: kind)
        var found = Dictionary(all.map { ($0.column ?? $0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for (column, name) in special {
            if let field = all.first(where: { $0.name == name }) { found[column] = field }
        }
        return found
    }

    private func told(_ table: Table, _ old: [SQLValue], _ new: [SQLValue], _ draft: Draft) -> [RowChange.Cell] {
        var cells: [RowChange.Cell] = []
        // What stands beside the row's own entity is named: a union, the head of a household.
        let mark =
            switch table.name {
            case planner.table.name: ""
            case "membership": "(\(text(new[planner.place("organization", table)], "organization", nil)))"
            default: "(\(name(table, old)))"
            }
        for (index, column) in table.columns.enumerated() {
            guard !ChangeTeller.silent.contains(column.name), column.name != "kind" || table.name == "station" else {
                continue
            }
            let field = fields[table.name]?[column.name]
            let title = LocalText(
                zh: (field?.titles.first ?? column.name) + mark, en: (field?.name ?? column.name) + mark)
            let secret = draft.secrets.first { ($0.macColumn ?? $0.column) == index }
            if let secret, table.name == planner.table.name {
                guard let (before, after) = masked(secret, table, old) else { continue }
                cells.append(.init(title: title, before: before, after: after))
            } else if old[index] != new[index] {
                guard column.name != "body" else {
                    cells += body(old[index], new[index])
                    continue
                }
                cells.append(
                    .init(
                        title: title, before: text(old[index], column.name, field),
                        after: text(new[index], column.name, field)))
            }
        }
        return cells
    }

    private func text(_ value: SQLValue, _ column: String, _ field: ImportField?) -> String {
        switch (value, field?.kind) {
        case (.null, _): return ""
        case (.text(IdentityNumber.incomplete), _): return "15 位,待补全"
        case (.int(let id), _) where ["organization", "employer", "parent"].contains(column):
            return organizations[id] ?? ID<Organization>(rawValue: id).text
        case (.int(let id), _) where column == "household": return households[id] ?? ID<Household>(rawValue: id).text
        case (.int(let id), _) where column == "keeper": return ID<Person>(rawValue: id).text
        case (.int(let units), _) where column == "latitude" || column == "longitude":
            return RegisterExport.degrees(units)
        case (.int(let days), .date),
            (.int(let days), _) where column.hasSuffix("_on"):
            return CivilDate(days: Int32(truncatingIfNeeded: days)).description
        case (.int(let flag), .bool),
            (.int(let flag), _) where column.hasPrefix("is_"):
            return flag == 0 ? "否" : "是"
        case (.int(let fen), .money): return Money(fen: fen).yuan
        case (.int(let number), _): return String(number)
        case (.text(let code), .word(let known)): return Words.shown(code, known)
        case (.text(let code), _) where field?.name == "member_status": return Words.shown(code, Words.memberStatus)
        case (.text(let code), _) where field?.name == "post": return Words.shown(code, Words.post)
        case (.text(let name), .personName): return Masking.name(name)
        case (.text(let text), _): return text
        default: return "***"
        }
    }

    /// Numbers that are sealed, masked, and stars for one that can't be read; nil where it is the same number.
    private func masked(_ secret: Draft.Secret, _ table: Table, _ old: [SQLValue]) -> (String, String)? {
        let column = table.columns[secret.column].name
        func mask(_ number: String) -> String {
            switch column {
            case "id_sealed": Masking.identityNumber(number)
            case "mobile_sealed": Masking.mobile(number)
            default: Masking.bankCard(number)
            }
        }
        guard case .blob = old[secret.column], case .int(let id) = old[0] else { return ("", mask(secret.text)) }
        guard let before = planner.opened(secret, of: id, old) else { return ("***", mask(secret.text)) }
        return before == secret.text ? nil : (mask(before), mask(secret.text))
    }

    private func body(_ old: SQLValue, _ new: SQLValue) -> [RowChange.Cell] {
        func members(_ value: SQLValue) -> [String: Value] {
            guard case .text(let json) = value, let value = try? Value(json: json) else { return [:] }
            return value.map ?? [:]
        }
        func shown(_ value: Value?) -> String { value.map { $0.isNull ? "" : $0.text ?? $0.json } ?? "" }
        let (before, after) = (members(old), members(new))
        return Set(before.keys).union(after.keys).sorted().filter { before[$0] != after[$0] }.map { name in
            let title = record?.fields.first { $0.name == name }?.title?.zh ?? name
            return .init(
                title: LocalText(zh: title, en: name), before: shown(before[name]), after: shown(after[name]))
        }
    }
}
