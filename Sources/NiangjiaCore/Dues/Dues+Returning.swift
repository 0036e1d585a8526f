/// Returning dues (回拨): what stands for a union becomes one payment to it, through the same batches as everything else.
extension Dues {
    /// Under what name its entitlements stand and its batches are built.
    public static let program = "dues-return"

    /// What was put together for paying.
    public struct Returned: Hashable, Sendable {
        /// Unions that get something.
        public var unions = 0
        /// What they get together.
        public var amount = Money.zero
        /// Unions whose negative lines outweigh the others: carried on, nothing is asked of them.
        public var carried = 0
        /// Claims that were settled with what unions would have got.
        public var offset = Money.zero
        /// Whom something stands for who is no union any more by the register: nothing is paid to them until their payers are assigned
        /// to a union.
        public var noUnions: [NoUnion] = []
    }

    /// An organisation that dues stand for and that is no union any more.
    public struct NoUnion: Hashable, Sendable {
        /// The organisation's code.
        public var code: String
        /// Its level in the register.
        public var level: String
        /// What would have been paid to it.
        public var amount: Money
        /// Credit codes of whom it came from.
        public var payers: [String]

        /// What a treasurer is told of it.
        public var words: LocalText {
            LocalText(
                zh:
                    "\(code) 已不是工会(层级 \(level)),\(amount) 元未列入:请把缴费单位(\(payers.joined(separator: "、")))改归工会(niangjia dues assign)。",
                en:
                    "\(code) is no union any more (its level is \(level)), so \(amount) yuan wait: assign its payers (\(payers.joined(separator: ", "))) to a union (niangjia dues assign)."
            )
        }
    }

    /// Makes an approved entitlement for each union to whom something stands from money that came in through a day; a second
    /// person approves the batch that pays it. What was made once is not made again.
    ///
    /// - Parameter upward: the upper levels' shares instead of those that go back (上解).
    public static func returnShares(
        through day: CivilDate, upward: Bool = false, agreements: [DuesAgreement], _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws -> Returned {
        try DuesShares.freeReleased(in: writer)
        // What had to wait while a return was with the bank is taken back before anybody is paid again.
        var taking = DuesTaking(agreements: agreements, file: "", context: context)
        try taking.matchWaiting(in: writer)
        try taking.book(in: writer)
        var result = Returned()
        for (union, byLine) in try due(through: day, upward: upward, in: writer) {
            for (line, rows) in byLine.sorted(by: { $0.key < $1.key }) {
                let sum = rows.reduce(Money.zero) { $0 + $1.amount }
                result.offset += try DuesClaims.offset(
                    ID(rawValue: union), rows, on: line, upTo: sum, context, in: writer)
            }
        }
        let shares = try due(through: day, upward: upward, in: writer)
        try enter(shares, through: day, &result, context, in: writer)
        return result
    }

    /// What stands for each union by line, of money that came in through a day. Where later negative lines have taken of it, all
    /// that stands counts: a union is never paid what another one's money would have to make up.
    private static func due(
        through day: CivilDate, upward: Bool, in reader: any StoreReader
    ) throws -> [(union: Int64, byLine: [String: [DuesShare]])] {
        let levels = upward ? "NOT IN ('basic', 'federation')" : "IN ('basic', 'federation')"
        let condition = "\(DuesClaims.waits) AND s.organization IS NOT NULL AND s.level \(levels)"
        let all = try DuesShares.rows(condition, [], in: reader)
        let early = Set(
            try DuesShares.rows(condition + " AND l.received_on <= $1", [.date(day)], in: reader).map(\.place))
        var found: [(union: Int64, byLine: [String: [DuesShare]])] = []
        for (union, rows) in Dictionary(grouping: all, by: { $0.organization?.rawValue ?? 0 }) {
            var byLine: [String: [DuesShare]] = [:]
            for (line, own) in Dictionary(grouping: rows, by: \.fundLine) {
                let chosen = own.filter { early.contains($0.place) }
                guard !chosen.isEmpty else { continue }
                let sum = chosen.reduce(Money.zero) { $0 + $1.amount }
                let standing = try DuesClaims.standing(of: ID(rawValue: union), on: line, in: reader)
                byLine[line] = sum > standing ? own : chosen
            }
            if !byLine.isEmpty { found.append((union, byLine)) }
        }
        return found.sorted { $0.union < $1.union }
    }

    /// Makes the entitlements of what stands, a union each.
    private static func enter(
        _ shares: [(union: Int64, byLine: [String: [DuesShare]])], through day: CivilDate, _ result: inout Returned,
        _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        var new: [NewEntitlement] = []
        var included: [[DuesShare]] = []
        let id = context.ids.next(DuesReturn.self)
        for (union, byLine) in shares {
            let sums = byLine.mapValues { $0.reduce(Money.zero) { $0 + $1.amount } }
            let positive = sums.filter { $0.value > .zero }.sorted { $0.key < $1.key }
            guard !positive.isEmpty else {
                if sums.values.contains(where: { $0 < .zero }) { result.carried += 1 }
                continue
            }
            if let payer = try DuesPayer.load(ID(rawValue: union), in: writer), !payer.isUnion {
                result.noUnions.append(try noUnion(payer, positive.map(\.key), byLine, in: writer))
                continue
            }
            let splits = positive.map { Outcome.Split(line: $0.key, amount: $0.value) }
            new.append(
                NewEntitlement(
                    decision: ID(rawValue: id.rawValue), caseID: nil, caseLine: new.count, part: "return", kind: .money,
                    payee: .organization(ID(rawValue: union)), shares: splits, program: program, series: program,
                    on: context.today))
            included.append(positive.flatMap { byLine[$0.key] ?? [] })
            result.unions += 1
            result.amount += positive.reduce(.zero) { $0 + $1.value }
        }
        guard !new.isEmpty else { return }
        try expect(new, in: writer)
        try writer.insert(
            into: "dues_return", columns: ["id", "through", "count", "total", "built_by", "built_at"],
            values: [
                .id(id), .date(day), .int(Int64(new.count)), .money(result.amount), .text(context.actor),
                .instant(context.now),
            ])
        let ids = try Entitlements.hold(new, about: id.text, context, in: writer)
        for (entitlement, rows) in zip(ids, included) {
            for row in rows {
                let changed = try writer.execute(
                    "UPDATE dues_share SET entitlement = $1 WHERE dues_line = $2 AND n = $3 AND entitlement IS NULL",
                    [.id(entitlement), .int(row.line), .int(row.n)])
                guard changed == 1 else {
                    throw NiangjiaError(
                        .conflict, zh: "经费刚刚被另一次回拨占用,请重试。", en: "Just taken by another return: try again.")
                }
            }
        }
        try Entitlements.approve(ids, about: id.text, context, in: writer)
    }

    /// What waits because whom it stands for is no union any more.
    private static func noUnion(
        _ payer: DuesPayer, _ lines: [String], _ byLine: [String: [DuesShare]], in reader: any StoreReader
    ) throws -> NoUnion {
        let shares = lines.flatMap { byLine[$0] ?? [] }
        let payers = try Set(shares.map(\.line)).compactMap { line in
            try reader.first("SELECT credit_code FROM dues_line WHERE id = $1", [.int(line)]) { $0.text(0) }
        }
        return NoUnion(
            code: payer.code, level: payer.level, amount: shares.reduce(.zero) { $0 + $1.amount },
            payers: Set(payers).sorted())
    }

    /// Says which line lacks what is to be returned, where somebody moved its money elsewhere by hand.
    private static func expect(_ new: [NewEntitlement], in reader: any StoreReader) throws {
        var needs: [String: Money] = [:]
        for share in new.flatMap(\.shares) { needs[share.line, default: .zero] += share.amount }
        for (line, need) in needs.sorted(by: { $0.key < $1.key }) {
            let there = try Ledger.balance(of: .line(line, .available), in: reader)
            guard there < need else { continue }
            throw NiangjiaError(
                .conflict,
                zh:
                    "资金项目 \(line) 可用 \(there) 元,应回拨 \(need) 元,差 \(need - there) 元:该项目的钱被调剂到别处,请用 niangjia fund statement --line \(line),查明并调回。",
                en:
                    "Fund line \(line) has \(there) yuan and \(need) are to be returned: somebody moved its money elsewhere. See niangjia fund statement --line \(line), and move it back."
            )
        }
    }
}
