/// Putting an assignment right: what was split for the wrong union goes back into suspense, and from there to the right one.
extension Dues {
    /// What assigning a code did.
    public struct Assigned: Hashable, Sendable {
        /// Lines that are split for the union now.
        public var lines = 0
        /// What they sum to.
        public var amount = Money.zero
        /// Whose the code was before, where that is another one; several with a comma between them.
        public var from: String?
        /// Of the lines, those that had been split for that one.
        public var moved = 0
        /// What that one has been returned of this code already, or is about to be: it stays there.
        public var stays = Money.zero
    }

    /// Takes what a union has of a code, and has not been returned, back into suspense; what it is to be returned and isn't in a batch
    /// gives way. A line of which anything was returned stays, but for shares that still wait.
    ///
    /// Throws `conflict` where the union's other money has been set against it.
    static func unassign(
        _ creditCode: String, from before: DuesPayer, to payer: DuesPayer, _ agreements: [DuesAgreement],
        _ moves: inout [AccountCode: Money], _ result: inout Assigned, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        result.from = [result.from, before.code].compactMap { $0 }.joined(separator: "、")
        let rows = try DuesRow.all(
            "credit_code = $1 AND organization = $2 AND state = 'booked' AND amount > 0 ORDER BY id",
            [.text(creditCode), .id(before.id)], in: writer)
        try DuesShares.freeReleased(in: writer)
        try DuesUndoing.release(rows, reason: "经费改归 \(payer.code)", context, in: writer)
        var stood: [String: Money] = [:]
        for row in rows {
            let group =
                try [row]
                + DuesRow.all("reverses = $1 AND state = 'booked' ORDER BY id", [.id(row.id)], in: writer)
            let shares = try group.flatMap { try DuesShares.rows("s.dues_line = $1", [.id($0.id)], in: writer) }
            for share in shares where share.organization == before.id && stood[share.fundLine] == nil {
                stood[share.fundLine] = try DuesClaims.standing(of: before.id, on: share.fundLine, in: writer)
            }
            let returned = try returned(group, to: before.id, in: writer)
            guard returned == nil, shares.allSatisfy({ $0.state == "free" || $0.state == "held" }) else {
                result.stays += returned ?? .zero
                try writer.execute(
                    """
                    UPDATE dues_share SET organization = $1 WHERE dues_line = $2 AND organization = $3 AND state = 'free'
                    AND entitlement IS NULL AND amount > 0
                    """, [.id(payer.id), .id(row.id), .id(before.id)])
                continue
            }
            for share in shares { moves[.line(share.fundLine, .available), default: .zero] -= share.amount }
            for line in group {
                let level = line.amount > .zero ? payer.level : nil
                guard let agreement = agreements.agreement(on: row.receivedOn, level: level) else {
                    throw noAgreement(row.receivedOn)
                }
                moves[.line(agreement.suspenseLine, .available), default: .zero] += line.amount
                try writer.execute("DELETE FROM dues_share WHERE dues_line = $1", [.id(line.id)])
                try writer.execute(
                    "UPDATE dues_line SET state = 'suspense', organization = NULL WHERE id = $1 AND state = 'booked'",
                    [.id(line.id)])
                result.moved += 1
            }
        }
        try expectStanding(before, stood, in: writer)
    }

    static func noAgreement(_ day: CivilDate) -> NiangjiaError {
        NiangjiaError(
            .configuration, zh: "\(day) 没有有效的分成协议。", en: "No agreement is valid on \(day).",
            place: "config/funds.yaml")
    }

    /// What of a line and what was taken back of it stands in returns to a union; nil: nothing does.
    private static func returned(
        _ group: [DuesRow], to union: ID<Organization>, in reader: any StoreReader
    ) throws -> Money? {
        let sums = try group.compactMap { line in
            try reader.integer(
                "SELECT sum(amount) FROM dues_share WHERE dues_line = $1 AND entitlement IS NOT NULL AND organization = $2",
                [.id(line.id), .id(union)])
        }
        let others = try group.contains { line in
            try reader.integer(
                "SELECT 1 FROM dues_share WHERE dues_line = $1 AND entitlement IS NOT NULL LIMIT 1", [.id(line.id)])
                != nil
        }
        return others ? Money(fen: sums.reduce(0, +)) : nil
    }

    /// Other money of the union may have been taken back out of what would go: then it can't.
    private static func expectStanding(
        _ union: DuesPayer, _ stood: [String: Money], in reader: any StoreReader
    ) throws {
        for (line, before) in stood.sorted(by: { $0.key < $1.key }) {
            let left = try DuesClaims.standing(of: union.id, on: line, in: reader)
            guard left < .zero, left < before else { continue }
            throw NiangjiaError(
                .conflict,
                zh:
                    "不能改归:\(union.code) 在 \(line) 的其他经费已被税务冲回,这笔经费移走后还差 \(-left) 元;待其有新的经费到账后再改归。",
                en:
                    "It can't be moved: other dues of \(union.code) on \(line) were taken back, \(-left) yuan more than it would have left. Move it when more has come in for that union.",
                place: "/to")
        }
    }
}
