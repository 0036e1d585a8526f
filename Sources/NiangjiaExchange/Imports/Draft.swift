import NiangjiaCore

/// A finding with the cell it is about.
struct CellFinding: Sendable, Hashable {
    var column: Int?
    var finding: Finding
}

/// A row of a file, checked and turned into what the register would hold.
struct Draft: Sendable {
    /// A value to be sealed once it is known which row it belongs to.
    struct Secret: Sendable {
        var column: Int
        /// The column of its keyed hash, by which a change is seen without opening.
        var macColumn: Int?
        var text: String
        /// Whether money is paid to it: it is opened also where the hash agrees, so that one which can't be read is entered anew. Of
        /// other numbers the hash suffices: opening three for each unchanged row would be a twentieth of an import and more.
        var isAccount = false
    }

    struct Membership: Sendable {
        var organization: Int64
        /// Column index in the membership table → value; what isn't given stays, the state among it. Who is new is a member.
        var values: [Int: SQLValue]
    }

    /// A person whom the row names by identity number.
    struct Link: Sendable {
        /// What the person becomes.
        enum Role: Sendable {
            /// The value of a column of the row's table.
            case column(Int)
            /// The head of the row's household.
            case head
            /// The value of a field of the row's record.
            case field(String)
        }
        /// The hash of the number in its complete form, where it has one: one person, one key of a record.
        var mac: [UInt8]
        /// The hash of a number that is to be completed, under which the person may still be registered.
        var otherMac: [UInt8]?
        /// The other form of a complete number.
        var oldForm: OldForm?
        var role: Role
        var cell: Int?
    }

    var row: SheetRow
    /// Tells rows of one import apart; holds no personal data.
    var key = ""
    /// What the register finds the row's entity by.
    var lookup = SQLValue.null
    /// What else may stand for the same entity: the complete form of a person's number of 15 digits.
    var otherLookup = SQLValue.null
    /// The other form of a complete number.
    var oldForm: OldForm?
    /// By column of the register's table; nil: not given.
    var values: [SQLValue?]
    var secrets: [Secret] = []
    var membership: Membership?
    /// The row gives a state that binds without naming the union: whoever it is about lives.
    var tellsLife = false
    var links: [Link] = []
    /// Facility codes; nil: not given.
    var facilities: [String]?
    /// The fields of a record.
    var body: [String: Value]?
    /// The code of the organisation above, still to be found.
    var parentCode: String?
    var findings: [CellFinding] = []
    var isConfirmed = false
    /// A keyed hash of the cells that were read: the same row handed in again is seen at once.
    var digest: [UInt8] = []

    var worst: Finding.Severity? { findings.map(\.finding).worst }
}

/// What rows refer to, read once before an import.
struct References: Sendable {
    struct Place: Sendable {
        var id: Int64
        var code: String
        var path: String
    }

    var organizations: [String: Place] = [:]
    /// By name; nil where several have it.
    var byName: [String: Int64?] = [:]
    var byCreditCode: [String: Int64] = [:]
    var households: [String: Int64] = [:]
    var stations: [String: Int64] = [:]
    /// Of records of a plugin with a key of one field: `class/PY-01`.
    var records: [String: Int64] = [:]
    /// Where stations stand, WGS-84 in units of 1e-7 degree.
    var points: [(code: String, latitude: Int64, longitude: Int64)] = []

    /// An organisation by its code, credit code or (when only one has it) name.
    func organization(_ text: String) -> Int64? {
        organizations[text]?.id ?? byCreditCode[text.uppercased()] ?? (byName[text] ?? nil)
    }

    static func load(for kind: ImportKind, in reader: any StoreReader) throws -> References {
        var found = References()
        try reader.forEach("SELECT id, code, path, name, credit_code, employer_credit_code FROM organization", []) {
            row in
            let id = row.int(0)
            found.organizations[row.text(1)] = Place(id: id, code: row.text(1), path: row.text(2))
            found.byName[row.text(3)] = found.byName[row.text(3)] == nil ? .some(id) : .some(nil)
            // An employer's own row comes before the union that names it.
            if let code = row.textOrNil(5), found.byCreditCode[code] == nil { found.byCreditCode[code] = id }
            if let code = row.textOrNil(4) { found.byCreditCode[code] = id }
            return true
        }
        if case .record(let plugin, _) = kind {
            let sql = "SELECT id, kind, key FROM record WHERE plugin = $1 AND state = 'standing'"
            try reader.forEach(sql, [.text(plugin)]) { row in
                if let key = try Value(json: row.text(2)).list, key.count == 1 {
                    found.records[row.text(1) + "/" + (key[0].text ?? key[0].json)] = row.int(0)
                }
                return true
            }
            try reader.forEach("SELECT id, code FROM station", []) { row in
                found.stations[row.text(1)] = row.int(0)
                return true
            }
        }
        if kind == .station {
            found.points = try reader.all("SELECT code, latitude, longitude FROM station") {
                (code: $0.text(0), latitude: $0.int(1), longitude: $0.int(2))
            }
        }
        if kind != .organization, kind != .station {
            try reader.forEach("SELECT id, number FROM household", []) { row in
                found.households[row.text(1)] = row.int(0)
                return true
            }
        }
        return found
    }
}
