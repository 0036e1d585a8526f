extension Ledger {
    /// Compares every voucher and entry with the event that its booking left in the chain; answers what differs, the first
    /// ``listedFaults`` of it.
    ///
    /// ``verify(in:)`` finds books that don't add up; this finds books that add up and were rewritten.
    public static func verifyAgainstChain(in reader: any StoreReader) throws -> [LocalText] {
        var faults: [LocalText] = []
        var count: Int64 = 0
        try reader.forEach(
            """
            SELECT kind, at, actor, about, body FROM chain_event WHERE substr(kind, 1, 6) = 'money.' AND seq IS NOT NULL
            ORDER BY seq
            """, []
        ) { row in
            count += 1
            // Lawfully erased, or altered: the chain itself tells which.
            guard let body = row.textOrNil(4).flatMap({ try? Value(json: $0) }) else { return true }
            guard let set = body["set"].text.flatMap({ ID<EntrySet>($0) }),
                try isBooked(
                    set, body, kind: String(row.text(0).dropFirst("money.".count)), at: row.int(1), actor: row.text(2),
                    about: row.text(3), in: reader)
            else {
                let name = "\(body["year"].int ?? 0)-\(body["voucher"].int ?? 0)"
                faults.append(
                    LocalText(zh: "凭证 \(name) 与事件链不符或缺失", en: "voucher \(name) is missing or not what the chain tells"))
                return faults.count < listedFaults
            }
            return true
        }
        let sets = try reader.integer("SELECT count(*) FROM entry_set") ?? 0
        if faults.isEmpty, sets != count {
            faults.append(
                LocalText(zh: "凭证 \(sets) 张,事件链记载 \(count) 张", en: "\(sets) vouchers, the chain tells of \(count)"))
        }
        return faults
    }

    private static func isBooked(
        _ set: ID<EntrySet>, _ body: Value, kind: String, at: Int64, actor: String, about: String,
        in reader: any StoreReader
    ) throws -> Bool {
        // As whole numbers: a day that is out of any calendar would be read as one within.
        let effectiveOn = body["effective_on"].text.flatMap { CivilDate($0) }.map { Int64($0.days) }
        let sql = """
            SELECT kind, year, voucher, booked_at, booked_on, effective_on, actor, memo, about, reverses FROM entry_set
            WHERE id = $1
            """
        let isSame = try reader.first(sql, [.id(set)]) { row in
            row.text(0) == kind && row.int(1) == body["year"].int && row.int(2) == body["voucher"].int
                && row.int(3) == body["booked_at"].int ?? at && row.int(4) == Int64(row.instant(3).date.days)
                && row.int(5) == effectiveOn && row.text(6) == actor
                && row.text(7) == body["memo"].text && row.text(8) == about
                && row.idOrNil(9, EntrySet.self)?.text == body["reverses"].text
        }
        guard isSame == true else { return false }
        let entries = try reader.all(
            """
            SELECT a.code, e.amount, e.n FROM entry e LEFT JOIN ledger_account a ON a.id = e.account
            WHERE e.entry_set = $1 ORDER BY e.n
            """, [.id(set)]
        ) { (entry: Value.list([.text($0.text(0)), .int($0.int(1))]), n: $0.int(2)) }
        return .list(entries.map(\.entry)) == body["entries"]
            && entries.enumerated().allSatisfy { $1.n == Int64($0 + 1) }
    }
}
