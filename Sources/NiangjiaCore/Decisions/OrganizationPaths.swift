/// Organisations as rules and settings read them, each read once.
struct OrganizationPaths: Sendable {
    /// The day whose versions are read; nil: as they stand.
    var asOf: CivilDate?
    private var known: [Int64: Known] = [:]
    /// Of all organisations together, once it was asked for.
    private var all: Int64?

    private struct Known: Sendable {
        var codes: [String]
        var mark: Int64
    }

    init(asOf: CivilDate? = nil) { self.asOf = asOf }

    /// The codes from the root down to an organisation; none where there is no such.
    mutating func codes(of organization: Int64?, in reader: any StoreReader) throws -> [String] {
        guard let organization else { return [] }
        return try known(organization, in: reader).codes
    }

    /// Where an organisation stood and what it was when it was read (``mark(of:in:)``).
    mutating func mark(of organization: Int64, in reader: any StoreReader) throws -> Int64 {
        try known(organization, in: reader).mark
    }

    private mutating func known(_ organization: Int64, in reader: any StoreReader) throws -> Known {
        if let found = known[organization] { return found }
        let facts =
            if let asOf { try OrganizationPaths.version(of: organization, on: asOf, in: reader) } else {
                try OrganizationPaths.facts(of: organization, in: reader)
            }
        let found = Known(
            codes: OrganizationPaths.codes(in: facts.first), mark: OrganizationPaths.mark(of: facts))
        known[organization] = found
        return found
    }

    /// The codes in an organisation's stored path; none where there is no such.
    static func codes(in path: String?) -> [String] { (path ?? "").split(separator: "/").map(String.init) }

    /// The path, and what is read of it: level, area, nature; nothing where there is no such organisation.
    private static let columns = ["path", "level", "area", "nature"]

    private static func facts(of organization: Int64, in reader: any StoreReader) throws -> [String] {
        try reader.first(
            "SELECT \(columns.joined(separator: ", ")) FROM organization WHERE id = $1", [.int(organization)]
        ) { row in columns.indices.map { row.textOrNil($0) ?? "-" } } ?? []
    }

    private static func version(of organization: Int64, on day: CivilDate, in reader: any StoreReader) throws
        -> [String]
    {
        let table = OrganizationsSchema.organization
        var versions = RegisterVersions(on: day, in: reader)
        guard let version = try versions.version(table, of: organization) else { return [] }
        return columns.map { column in
            if case .text(let text) = versions.value(column, version, table) { text } else { "-" }
        }
    }

    /// A number for where an organisation stands in the tree and for the facts that are read of it: another one once any of them
    /// is another. 0: there is none.
    static func mark(of organization: Int64?, in reader: any StoreReader) throws -> Int64 {
        mark(of: try organization.map { try facts(of: $0, in: reader) } ?? [])
    }

    private static func mark(of facts: [String]) -> Int64 {
        guard !facts.isEmpty else { return 0 }
        let hash = FNV.hash(facts.joined(separator: "\n").utf8)
        return Int64(hash >> 32 ^ hash & 0xFFFF_FFFF) + 1
    }

    /// How the organisations stand that some people belong to: pairs of an organisation and its mark. Where a form reads facts of
    /// employers, who aren't known here, also one for all organisations together, under 0.
    mutating func marks(of homes: [Int64], withEmployers: Bool, in reader: any StoreReader) throws -> [Int64] {
        var distinct = DistinctNumbers()
        for home in homes where home != 0 { _ = distinct.number(of: home) }
        var found: [Int64] = []
        for home in distinct.values { found += [home, try mark(of: home, in: reader)] }
        if withEmployers {
            if all == nil {
                all = try reader.integer("SELECT COALESCE(SUM(revision), 0) + COUNT(*) FROM organization")
            }
            found += [0, all ?? 0]
        }
        return found
    }
}
