/// The revisions of everything that a line's facts rest on: if they are the same when the outcome is applied, so are the facts
/// (decision 0010). The subject's history counts its decisions of every program and sums their revisions, so that any new or
/// changed one shows.
struct FactRevisions: Hashable, Sendable {
    var subject: Int64 = 0
    var household: Int64 = 0
    var historyCount: Int64 = 0
    var historySum: Int64 = 0
    var householdCount: Int64 = 0
    var householdSum: Int64 = 0
    /// The primary membership, and how its union and the employer stand.
    var unions: Int64 = 0
    /// How the rows stand that looks and references rest on beside these (``WatchedRows``), in their order.
    var watched: [Int64] = []

    var json: String {
        let numbers = [subject, household, historyCount, historySum, householdCount, householdSum, unions] + watched
        return Value.list(numbers.map { .int($0) }).json
    }

    init() {}

    init?(json: String) {
        guard let numbers = try? Value(json: json).list?.map({ $0.int ?? 0 }), numbers.count >= 7 else { return nil }
        subject = numbers[0]
        household = numbers[1]
        historyCount = numbers[2]
        historySum = numbers[3]
        householdCount = numbers[4]
        householdSum = numbers[5]
        unions = numbers[6]
        watched = Array(numbers[7...])
    }

    /// Reads the revisions as they stand now; `records` are what the lines beside it read as well.
    static func current(
        of subject: SubjectRef, household: Int64?, home: Int64?, watching rows: [WatchedRows],
        records: RecordTables? = nil, in reader: any StoreReader
    ) throws -> FactRevisions {
        var found = FactRevisions()
        let watch = WatchReader(reader, records)
        found.watched = try rows.flatMap(watch.state(of:))
        let table: String? =
            switch subject.kind {
            case .person: "person"
            case .household: "household"
            case .organization: "organization"
            case .station: "station"
            case .record: "record"
            case .nobody: nil
            }
        if let table {
            found.subject =
                try reader.integer("SELECT revision FROM \(table) WHERE id = $1", [.int(subject.id)]) ?? 0
        }
        found.unions = try unions(of: subject, home: home, in: reader)
        let sums = "SELECT COUNT(*), COALESCE(SUM(revision), 0) FROM decision WHERE "
        if subject.kind != .nobody {
            (found.historyCount, found.historySum) =
                try reader.first(
                    sums + "subject_kind = $1 AND subject = $2", [.text(subject.kind.rawValue), .int(subject.id)]
                ) { ($0.int(0), $0.int(1)) } ?? (0, 0)
        }
        if let household {
            found.household =
                try reader.integer("SELECT revision FROM household WHERE id = $1", [.int(household)]) ?? 0
            (found.householdCount, found.householdSum) =
                try reader.first(sums + "household = $1", [.int(household)]) { ($0.int(0), $0.int(1)) } ?? (0, 0)
        }
        return found
    }

    private static func unions(of subject: SubjectRef, home: Int64?, in reader: any StoreReader) throws -> Int64 {
        guard subject.kind == .person else { return try OrganizationPaths.mark(of: home, in: reader) }
        let found = try reader.first(
            "SELECT m.revision, m.organization, s.employer FROM person s LEFT JOIN membership m ON m.person = s.id AND "
                + Membership.isPrimary + " WHERE s.id = $1", [.int(subject.id)]
        ) { (revision: $0.int(0), home: $0.intOrNil(1), employer: $0.intOrNil(2)) }
        guard let found else { return 0 }
        let own = try OrganizationPaths.mark(of: found.home ?? home, in: reader)
        let employer = try OrganizationPaths.mark(of: found.employer, in: reader)
        return found.revision &* 1_000_003 &+ own &* 31 &+ employer
    }
}
