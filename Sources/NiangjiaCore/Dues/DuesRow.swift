/// A line as it is stored.
struct DuesRow {
    var id: ID<DuesLine>
    var creditCode: String
    var payer: String
    var period: String
    var due: Money
    var amount: Money
    var receivedOn: CivilDate
    var year: Int
    var organization: ID<Organization>?
    /// booked, suspense, unmatched, dropped
    var state: String
    var reversed: Money
    /// Of what came in, what was not taken back.
    var left: Money { amount - reversed }
    var reversesSerial: String?
    var place: String

    /// Whether it stands in the ledger: one that waits or was dropped doesn't.
    var isInBooks: Bool { state == "booked" || state == "suspense" }

    private static let columns = """
        SELECT id, credit_code, payer, period, due, amount, received_on, year, organization, state, reversed, reverses_serial,
        place FROM dues_line
        """

    static func all(_ condition: String, _ arguments: [SQLValue], in reader: any StoreReader) throws -> [DuesRow] {
        try reader.all("\(columns) WHERE \(condition)", arguments) { row in
            DuesRow(
                id: row.id(0), creditCode: row.text(1), payer: row.text(2), period: row.text(3), due: row.money(4),
                amount: row.money(5), receivedOn: row.date(6), year: Int(row.int(7)), organization: row.idOrNil(8),
                state: row.text(9), reversed: row.money(10), reversesSerial: row.textOrNil(11), place: row.text(12))
        }
    }

    /// The newest that meets a condition.
    static func first(_ condition: String, _ arguments: [SQLValue], in reader: any StoreReader) throws -> DuesRow? {
        try all("\(condition) ORDER BY received_on DESC, id DESC LIMIT 1", arguments, in: reader).first
    }

    static func load(_ id: ID<DuesLine>, in reader: any StoreReader) throws -> DuesRow? {
        try first("id = $1", [.id(id)], in: reader)
    }
}

/// A payer's union, as the registers or whoever cleared suspense know it.
struct DuesPayer {
    var id: ID<Organization>
    var code: String
    var level: String
    var path: String

    /// Levels of organisations that aren't unions: they pay dues, or deliver goods, and are never returned any. A group's belong to
    /// the union that it is a part of.
    private static let others = ["employer", "supplier", "group"]

    var isUnion: Bool { !DuesPayer.others.contains(level) }

    /// Throws `invalid` for an organisation that is no union: nothing of dues is split for it, nor paid to it.
    func expectUnion(place: String? = nil) throws {
        guard !isUnion else { return }
        throw NiangjiaError(
            .invalid, zh: "\(code) 不是工会(层级 \(level)):工会经费只能归入、拨给工会,已归错的请改归(niangjia dues assign)。",
            en:
                "\(code) is no union (its level is \(level)): dues belong to unions only; what was assigned to it, assign again (niangjia dues assign).",
            place: place)
    }

    /// Whose union a credit code leads to: an assignment first, then the union's own code or its employer's. Nil with the reason
    /// where there is none, or more than one.
    static func find(
        _ creditCode: String, in reader: any StoreReader
    ) throws -> (payer: DuesPayer?, finding: (code: String, text: LocalText)?) {
        let assigned = try reader.all(
            """
            SELECT o.id, o.code, o.level, o.path FROM dues_payer p JOIN organization o ON o.id = p.organization
            WHERE p.credit_code = $1
            """, [.text(creditCode)], make)
        if let payer = assigned.first { return (payer, nil) }
        let unions = try reader.all(
            """
            SELECT id, code, level, path FROM organization WHERE (credit_code = $1 OR employer_credit_code = $1)
            AND status = 'active' AND level NOT IN (\(others.map { "'\($0)'" }.joined(separator: ", "))) ORDER BY id
            """, [.text(creditCode)], make)
        if unions.count == 1 { return (unions[0], nil) }
        if unions.count > 1 {
            let codes = unions.map(\.code).joined(separator: "、")
            return (
                nil,
                (
                    "AMBIGUOUS",
                    LocalText(zh: "\(creditCode) 对应多家工会(\(codes)),记入待查", en: "\(creditCode) belongs to several unions")
                )
            )
        }
        let isEmployer =
            try reader.integer(
                "SELECT 1 FROM organization WHERE credit_code = $1 OR employer_credit_code = $1 LIMIT 1",
                [.text(creditCode)]) != nil
        // Who has no union yet pays the same (建会筹备金); it waits for the founding.
        return (
            nil,
            isEmployer
                ? ("NO_UNION", LocalText(zh: "\(creditCode) 尚未建会,记入待查(建会筹备金)", en: "\(creditCode) has no union yet"))
                : ("UNKNOWN_CODE", LocalText(zh: "不认识的信用代码 \(creditCode),记入待查", en: "unknown code \(creditCode)"))
        )
    }

    static func load(_ id: ID<Organization>, in reader: any StoreReader) throws -> DuesPayer? {
        try reader.first("SELECT id, code, level, path FROM organization WHERE id = $1", [.id(id)], make)
    }

    static func load(code: String, in reader: any StoreReader) throws -> DuesPayer? {
        try reader.first("SELECT id, code, level, path FROM organization WHERE code = $1", [.text(code)], make)
    }

    private static func make(_ row: any StoreRow) -> DuesPayer {
        DuesPayer(id: row.id(0), code: row.text(1), level: row.text(2), path: row.text(3))
    }
}
