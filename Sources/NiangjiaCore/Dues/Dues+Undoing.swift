/// Taking back a file that was taken by mistake.
extension Dues {
    /// A file that was taken.
    public struct TakenFile: Hashable, Sendable {
        /// The digest of its bytes.
        public var digest: String
        /// The place of the first line of it that was taken.
        public var place: String
        /// Its name, or of its sheet: the place without the line.
        public var name: String {
            place.lastIndex { $0 == ":" || $0 == "!" }.map { String(place[..<$0]) } ?? place
        }
        /// Lines of it that stand, or stood where it was undone.
        public var lines: Int
        /// What they sum to.
        public var amount: Money
        /// Who took it.
        public var by: String
        /// When.
        public var at: Instant
        /// Whether it was taken back.
        public var isUndone: Bool
        /// Its first line: a file that was taken back and taken again is there twice.
        public var first: ID<DuesLine>
    }

    /// What taking back a file did.
    public struct Undone: Hashable, Sendable {
        /// The digest of the file.
        public var digest: String
        /// Its lines.
        public var lines: Int
        /// What they summed to, as far as they were booked.
        public var amount: Money
    }

    /// Files that were taken, the newest first.
    ///
    /// - Parameters:
    ///   - after: goes on behind the file that begins with this line.
    ///   - limit: so many at most.
    public static func files(
        after: ID<DuesLine>? = nil, limit: Int = 1_000_000, in reader: any StoreReader
    ) throws -> [TakenFile] {
        try reader.all(
            """
            SELECT f.file, l.place, f.lines, f.total, f.taken_by, f.taken_at, f.undone, f.first FROM (SELECT file, min(id) AS first,
            count(*) AS lines, sum(amount) AS total, max(imported_by) AS taken_by, max(imported_at) AS taken_at,
            CASE WHEN state = 'undone' THEN 1 ELSE 0 END AS undone FROM dues_line GROUP BY file, undone) f
            JOIN dues_line l ON l.id = f.first WHERE f.first < $1 ORDER BY f.first DESC LIMIT $2
            """, [.int(after?.rawValue ?? .max), .int(Int64(limit))]
        ) { row in
            TakenFile(
                digest: row.text(0), place: row.text(1), lines: Int(row.int(2)), amount: row.money(3), by: row.text(4),
                at: row.instant(5), isUndone: row.int(6) == 1, first: row.id(7))
        }
    }

    /// Takes back a whole file by reversing entries of today; its lines may be taken again from the right one.
    ///
    /// Nothing is half undone. Throws `not_found` where no such file stands, `conflict` naming all that stands in the way: what was
    /// returned or passed on, what a later file took back of it, a year that was ended.
    public static func undo(
        _ digest: String, reason: String, agreements: [DuesAgreement], _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws -> Undone {
        let files = try files(in: writer).filter { !$0.isUndone && $0.digest.hasPrefix(digest) }
        guard digest.count >= 8, files.count == 1, let file = files.first else {
            throw NiangjiaError(
                .notFound, zh: "没有读入过这份经费文件:\(digest)(至少写摘要的前 8 位,见 niangjia dues files)。",
                en:
                    "No such file of dues stands: \(digest) (at least 8 characters of its digest; see niangjia dues files).",
                place: "/file")
        }
        try DuesShares.freeReleased(in: writer)
        let rows = try DuesRow.all("file = $1 AND state <> 'undone' ORDER BY id", [.text(file.digest)], in: writer)
        try DuesUndoing.release(rows, context, in: writer)
        try DuesUndoing.refuseObstacles(rows, in: writer)
        var undoing = DuesUndoing(agreements: agreements)
        for row in rows { try undoing.undo(row, in: writer) }
        for row in rows where row.amount > .zero && row.state == "booked" { try undoing.holdAgain(row, in: writer) }
        try undoing.expectMoney(in: writer)
        let amount = rows.filter { $0.isInBooks }.reduce(Money.zero) { $0 + $1.amount }
        try book(
            undoing.moves, memo: "撤销经费文件(红字冲销)\(file.digest.prefix(8))", on: context.today,
            details: ["file": .text(file.digest), "reason": .text(reason)], context, in: writer)
        let body: Value = [
            "file": .text(file.digest), "lines": .int(Int64(rows.count)), "amount": .int(amount.fen),
            "reason": .text(reason),
        ]
        try context.record("dues.undone", about: "dues", body: body, in: writer)
        return Undone(digest: file.digest, lines: rows.count, amount: amount)
    }
}

/// A file on its way out of the books.
struct DuesUndoing {
    let agreements: [DuesAgreement]
    var moves: [AccountCode: Money] = [:]

    init(agreements: [DuesAgreement]) { self.agreements = agreements }

    /// What is to be returned and isn't in a batch gives way: the next return is made anew from what is left.
    static func release(
        _ rows: [DuesRow], reason: String = "撤销经费文件", _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let loose = try Set(
            rows.flatMap { row in
                try writer.all(
                    """
                    SELECT DISTINCT e.id FROM dues_share s JOIN entitlement e ON e.id = s.entitlement
                    WHERE s.dues_line = $1 AND e.state IN ('approved', 'failed')
                    """, [.id(row.id)]
                ) { $0.id(0, Entitlement.self) }
            })
        guard !loose.isEmpty else { return }
        try Entitlements.release(loose.sorted(), reason: reason, about: "dues", context, in: writer)
        try DuesShares.freeReleased(in: writer)
    }

    /// Throws with all that stands in the way.
    static func refuseObstacles(_ rows: [DuesRow], in reader: any StoreReader) throws {
        var obstacles: [LocalText] = []
        for row in rows {
            let shares = try reader.all(
                """
                SELECT DISTINCT s.state, e.id, e.state FROM dues_share s LEFT JOIN entitlement_row e ON e.id = s.entitlement
                WHERE s.dues_line = $1 AND (s.entitlement IS NOT NULL OR s.state = 'turned') ORDER BY 1, 2
                """, [.id(row.id)]
            ) { (state: $0.text(0), entitlement: $0.idOrNil(1, Entitlement.self), paid: $0.textOrNil(2)) }
            for share in shares {
                if let entitlement = share.entitlement {
                    let state = Entitlement.State(rawValue: share.paid ?? "")?.title
                    obstacles.append(
                        LocalText(
                            zh: "\(row.place) 已列入回拨 \(entitlement)(\(state?.zh ?? ""))",
                            en: "\(row.place) is in the return \(entitlement) (\(state?.en ?? ""))"))
                } else {
                    obstacles.append(
                        LocalText(
                            zh: "\(row.place) 已办年终小额返还", en: "\(row.place) was given back at the year's end"))
                }
            }
            let taken = try reader.all(
                "SELECT place FROM dues_line WHERE reverses = $1 AND state <> 'undone' AND file <> (SELECT file FROM dues_line WHERE id = $1)",
                [.id(row.id)]
            ) { $0.text(0) }
            for place in taken {
                obstacles.append(
                    LocalText(
                        zh: "\(row.place) 已被 \(place) 冲回", en: "\(place) takes back \(row.place)"))
            }
        }
        guard !obstacles.isEmpty else { return }
        let more = obstacles.count > 10 ? " …" : ""
        throw NiangjiaError(
            .conflict,
            zh: "这份文件不能撤销,有 \(obstacles.count) 处:" + obstacles.prefix(10).map(\.zh).joined(separator: ";") + more
                + "。尚未导出的批次可先作废(niangjia batch void);已经回拨的,请税务发负数行更正。",
            en: "The file can't be taken back, for \(obstacles.count) reasons: "
                + obstacles.prefix(10).map(\.en).joined(separator: "; ") + more
                + ". Void batches that aren't exported (niangjia batch void); what has been returned is corrected by the bureau's negative line.",
            place: "/file")
    }

    /// Reverses a line where it stands now.
    mutating func undo(_ row: DuesRow, in writer: any StoreWriter) throws {
        switch row.state {
        case "booked":
            for share in try DuesShares.rows("s.dues_line = $1", [.id(row.id)], in: writer) {
                moves[.line(share.fundLine, .available), default: .zero] -= share.amount
            }
            try writer.execute("DELETE FROM dues_share WHERE dues_line = $1", [.id(row.id)])
        case "suspense":
            guard let agreement = agreements.agreement(on: row.receivedOn, level: nil) ?? agreements.first else {
                return
            }
            moves[.line(agreement.suspenseLine, .available), default: .zero] -= row.amount
        default: break
        }
        if row.amount < .zero, row.isInBooks {
            try writer.execute(
                """
                UPDATE dues_line SET reversed = reversed - $1
                WHERE id = (SELECT reverses FROM dues_line WHERE id = $2) AND reversed >= $1
                """, [.money(-row.amount), .id(row.id)])
        }
        try writer.execute(
            "UPDATE dues_line SET state = 'undone', key = 'undone:' || id || ':' || key WHERE id = $1 AND state = $2",
            [.id(row.id), .text(row.state)])
    }

    /// Who is a small payer again: upper shares that are still there wait for the end of the year once more.
    mutating func holdAgain(_ row: DuesRow, in writer: any StoreWriter) throws {
        let payer = try row.organization.flatMap { try DuesPayer.load($0, in: writer) }
        guard let agreement = agreements.agreement(on: row.receivedOn, level: payer?.level),
            let most = agreement.smallPayerBelow, let held = agreement.heldLine,
            try Dues.paid(by: row.creditCode, in: row.year, writer) < most
        else { return }
        let free = try DuesShares.rows(
            """
            l.credit_code = $1 AND l.year = $2 AND l.state = 'booked' AND s.state = 'free' AND s.entitlement IS NULL
            AND s.level NOT IN ('basic', 'federation')
            """, [.text(row.creditCode), .int(Int64(row.year))], in: writer)
        for share in free where share.fundLine == share.homeLine {
            try writer.execute(
                "UPDATE dues_share SET state = 'held', fund_line = $1 WHERE dues_line = $2 AND n = $3",
                [.text(held), .int(share.line), .int(share.n)])
            moves[.line(share.homeLine, .available), default: .zero] -= share.amount
            moves[.line(held, .available), default: .zero] += share.amount
        }
    }

    /// Refuses what a line has spent, or what would take another union's share.
    func expectMoney(in reader: any StoreReader) throws {
        for (account, move) in moves.sorted(by: { $0.key < $1.key }) where move < .zero {
            guard let line = account.line else { continue }
            let there = try Ledger.balance(of: account, in: reader)
            let left = there + move - (try DuesClaims.standing(on: line, in: reader))
            guard left < .zero else { continue }
            throw NiangjiaError(
                .conflict,
                zh: "这份文件不能撤销:资金项目 \(line) 要退 \(-move) 元,其中 \(-left) 元已经用出或抵扣。请先补足该项目,或由税务发负数行更正。",
                en:
                    "The file can't be taken back: \(line) would give back \(-move) yuan, \(-left) of which are spent or set off. Put them back first, or have the bureau send a negative line.",
                place: "/file")
        }
    }
}
