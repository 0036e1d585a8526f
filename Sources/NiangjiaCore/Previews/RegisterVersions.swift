/// The versions of register rows that were true on a past day: those in force then, as far as the host knows today.
///
/// Of a row's versions that begin on the day or before, the one that was learned last holds: a correction that reaches back takes
/// the place of what it corrects. What an undone import said never was true, whichever day it named.
struct RegisterVersions {
    private let date: CivilDate
    private let reader: any StoreReader
    private var kept: [Key: [SQLValue]?] = [:]

    private struct Key: Hashable {
        var table: String
        var entity: Int64
    }

    init(on date: CivilDate, in reader: any StoreReader) {
        self.date = date
        self.reader = reader
    }

    /// The register in which subjects of a kind stand; nil where no history is kept of them.
    static func table(of kind: SubjectKind) -> Table? {
        switch kind {
        case .person: PeopleSchema.person
        case .household: HouseholdsSchema.household
        case .organization: OrganizationsSchema.organization
        case .station: StationsSchema.station
        case .record: RecordsSchema.record
        case .nobody: nil
        }
    }

    /// The version of a row that was true on the day; nil when there was none.
    mutating func version(_ table: Table, of entity: Int64) throws -> [SQLValue]? {
        let key = Key(table: table.name, entity: entity)
        if let known = kept[key] { return known }
        let current = try reader.first(
            "SELECT \(RegisterVersions.list(table)) FROM \(table.name) WHERE id = $1", [.int(entity)]
        ) { RegisterHistory.values(table, from: $0) }
        var found: [SQLValue]?
        if let current {
            found =
                date(current, table) <= Int64(date.days)
                ? current : try earlier(table, kind: table.name, entity: entity)
        }
        kept[key] = .some(found)
        return found
    }

    /// The primary membership that a person had on the day.
    func membership(of person: Int64) throws -> [SQLValue]? {
        let table = PeopleSchema.membership
        let current = try reader.all(
            "SELECT \(RegisterVersions.list(table)) FROM membership WHERE person = $1 ORDER BY organization",
            [.int(person)]
        ) { RegisterHistory.values(table, from: $0) }
        for row in current {
            let version =
                date(row, table) <= Int64(date.days)
                ? row : try earlier(table, kind: RegisterHistory.subject(of: row, in: table).kind, entity: person)
            guard let version, value("is_primary", version, table) == .int(1),
                case .text(let status) = value("status", version, table),
                Membership.binding.contains(status)
            else { continue }
            return version
        }
        return nil
    }

    private func earlier(_ table: Table, kind: String, entity: Int64) throws -> [SQLValue]? {
        try reader.first(
            """
            SELECT body FROM register_history WHERE entity = $1 AND kind = $2 AND valid_from <= $3 AND is_undone = 0 \
            ORDER BY revision DESC LIMIT 1
            """, [.int(entity), .text(kind), .date(date)]
        ) { try RegisterHistory.values(table, body: $0.text(0)) }
    }

    private func date(_ values: [SQLValue], _ table: Table) -> Int64 {
        if case .int(let days) = value("valid_from", values, table) { days } else { 0 }
    }

    /// A column of a version.
    func value(_ column: String, _ values: [SQLValue], _ table: Table) -> SQLValue {
        table.columns.firstIndex { $0.name == column }.map { values[$0] } ?? .null
    }

    private static func list(_ table: Table) -> String { table.columns.map(\.name).joined(separator: ", ") }
}
