/// Organisations as rules and settings read them, each read once.
struct OrganizationPaths: Sendable {
    /// The day whose versions are read; nil: as they stand.
    var asOf: CivilDate?
    private var known: [Int64: Known] = [:]

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
        let path: String
        if let asOf {
            let table = OrganizationsSchema.organization
            var versions = RegisterVersions(on: asOf, in: reader)
            let version = try versions.version(table, of: organization)
            path = if case .text(let text)? = version.map({ versions.value("path", $0, table) }) { text } else { "" }
        } else {
            path =
                try reader.first("SELECT path FROM organization WHERE id = $1", [.int(organization)]) { $0.text(0) }
                ?? ""
        }
        let found = Known(
            codes: path.split(separator: "/").map(String.init),
            mark: try OrganizationPaths.mark(of: organization, in: reader))
        known[organization] = found
        return found
    }

    /// A number for where an organisation stands in the tree and for the facts that are read of it: another one once any of them
    /// is another. 0: there is none.
    static func mark(of organization: Int64?, in reader: any StoreReader) throws -> Int64 {
        guard let organization else { return 0 }
        let text = try reader.first(
            "SELECT path, level, area, nature FROM organization WHERE id = $1", [.int(organization)]
        ) { row in (0..<4).map { row.textOrNil($0) ?? "-" }.joined(separator: "\n") }
        guard let text else { return 0 }
        // FNV-1a: tells a change, proves nothing.
        let hash = text.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
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
            found += [0, try reader.integer("SELECT COALESCE(SUM(revision), 0) + COUNT(*) FROM organization") ?? 0]
        }
        return found
    }
}
