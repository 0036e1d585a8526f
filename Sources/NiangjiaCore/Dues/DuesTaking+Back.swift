/// Negative lines: what the bureau takes back, matched to what it takes it of.
///
/// Nobody else's share is taken for it. First comes what stands for the same union and isn't on its way; what has been returned to
/// the union already becomes a claim against it (decision 0047), which its next return settles, or money that it pays back.
extension DuesTaking {
    /// A negative line waits until all others of its file are there: it may come before what it takes back.
    mutating func takeBack(_ line: TaxLine, _ key: String, in writer: any StoreWriter) throws {
        negatives.insert(try store(line, key, line.amount, nil, state: "unmatched", in: writer))
    }

    /// Looks for what negative lines take back, those of earlier files as well.
    mutating func matchWaiting(in writer: any StoreWriter) throws {
        let waiting = try writer.all("SELECT id FROM dues_line WHERE state = 'unmatched' ORDER BY id") {
            $0.id(0, DuesLine.self)
        }
        if !waiting.isEmpty { try DuesShares.freeReleased(in: writer) }
        for id in waiting {
            guard let line = try DuesRow.load(id, in: writer) else { continue }
            if let finding = try match(line, in: writer) {
                result.findings.append(finding)
            } else if negatives.contains(id) {
                result.reversed += 1
            } else {
                result.reversedEarlier += 1
            }
        }
    }

    /// The line of the same payer that a negative one takes back: by the serial number that it names, else the newest of the same
    /// period and amount, one that nothing was taken from where there is any. There may be less left of it than the negative line
    /// wants (``DuesRow/left``).
    static func original(of line: DuesRow, in reader: any StoreReader) throws -> DuesRow? {
        let stands = "credit_code = $1 AND state IN ('booked', 'suspense')"
        if let serial = line.reversesSerial {
            return try DuesRow.first(
                "\(stands) AND serial = $2 AND amount > 0", [.text(line.creditCode), .text(serial)], in: reader)
        }
        return try DuesRow.all(
            "\(stands) AND period = $2 AND amount = $3 ORDER BY reversed > 0, received_on DESC, id DESC LIMIT 1",
            [.text(line.creditCode), .text(line.period), .money(-line.amount)], in: reader
        ).first
    }

    /// Takes back what a negative line names. Tells why it has to wait, where it has.
    private mutating func match(_ line: DuesRow, in writer: any StoreWriter) throws -> DuesFinding? {
        guard let original = try DuesTaking.original(of: line, in: writer) else {
            return try namesAnother(line, in: writer)
                ?? DuesFinding(
                    "UNMATCHED", line.place,
                    zh:
                        "负数行 \(line.amount) 元没有找到对应的原缴费(\(line.reversesSerial ?? line.creditCode)),未入账;确认不会再来的,用 niangjia dues drop \(line.id) 销去",
                    en:
                        "what the negative line of \(line.amount) yuan takes back is not known; not booked. Where it never will be: niangjia dues drop \(line.id)"
                )
        }
        guard -line.amount <= original.left else {
            return DuesFinding(
                "TAKEN_BACK", line.place,
                zh:
                    "负数行 \(line.amount) 元的原缴费 \(original.amount) 元(\(original.place))已冲回 \(original.reversed) 元,只余 \(original.left) 元,未入账;请向税务核对,重复冲回的用 niangjia dues drop \(line.id) 销去",
                en:
                    "of the \(original.amount) yuan (\(original.place)) that the negative line of \(line.amount) takes back, \(original.reversed) were taken back already and \(original.left) are left; not booked. Ask the bureau; where it came twice: niangjia dues drop \(line.id)"
            )
        }
        let rows = try DuesShares.takenBack(original, by: -line.amount, in: writer)
        let day = max(line.receivedOn, original.receivedOn)
        if original.state == "suspense" {
            guard let suspense = agreements.agreement(on: original.receivedOn, level: nil)?.suspenseLine else {
                return nil
            }
            if let short = try lacks(suspense, -line.amount, line, in: writer) { return short }
            move(line.amount, suspense, on: day, .takenBack)
        } else {
            if let waits = try obstacle(rows, line, in: writer) { return waits }
            var n: Int64 = 1
            for row in rows { try apply(row, of: line, from: &n, on: day, in: writer) }
        }
        try writer.execute(
            "UPDATE dues_line SET state = $1, reverses = $2, organization = $3 WHERE id = $4",
            [.text(original.state), .id(original.id), .id(original.organization), .id(line.id)])
        try writer.execute(
            "UPDATE dues_line SET reversed = reversed + $1 WHERE id = $2 AND reversed + $1 <= amount",
            [.money(-line.amount), .id(original.id)])
        result.amount += line.amount
        return nil
    }

    /// A finding where the serial number that a line names is another payer's: what is that payer's isn't touched for it.
    private func namesAnother(_ line: DuesRow, in reader: any StoreReader) throws -> DuesFinding? {
        guard let serial = line.reversesSerial,
            let other = try DuesRow.first("serial = $1 AND state <> 'undone'", [.text(serial)], in: reader),
            other.creditCode != line.creditCode
        else { return nil }
        return DuesFinding(
            "OTHER_CODE", line.place,
            zh:
                "负数行 \(line.amount) 元的原流水号 \(serial) 是另一单位 \(other.creditCode)(\(other.place))的缴费,不是 \(line.creditCode) 的,未入账;请向税务核对,撤销本文件(niangjia dues undo)后导入更正的文件",
            en:
                "the negative line of \(line.amount) yuan names \(serial), which \(other.creditCode) paid (\(other.place)), not \(line.creditCode); not booked: ask the bureau, take this file back (niangjia dues undo) and import the right one"
        )
    }

    // MARK: where it comes from

    /// Whose share on which line.
    private struct Owner: Hashable {
        var organization: ID<Organization>
        var line: String
    }

    /// Why shares can't be taken back now; nil: they can.
    private func obstacle(_ rows: [DuesShare], _ line: DuesRow, in writer: any StoreWriter) throws -> DuesFinding? {
        var byOwner: [Owner: Money] = [:]
        var own: [String: Money] = [:]
        for row in rows {
            if let organization = row.organization, row.state == "free" {
                byOwner[Owner(organization: organization, line: row.fundLine), default: .zero] -= row.amount
            } else {
                own[row.fundLine, default: .zero] -= row.amount
            }
        }
        for (owner, amount) in byOwner {
            let there = try DuesClaims.standing(of: owner.organization, on: owner.line, in: writer)
            let returned = try DuesClaims.returned(to: owner.organization, in: writer)
            let loose = returned.reduce(max(.zero, there)) { $0 + ($1.isLoose ? $1.capacity(owner.line) : .zero) }
            let paid = returned.reduce(.zero) { $0 + ($1.isPaid ? $1.capacity(owner.line) : .zero) }
            guard loose + paid >= amount else {
                return DuesFinding(
                    "UNDER_WAY", line.place,
                    zh: "要冲回的 \(amount) 元正在回拨(批次尚无银行结果),暂不入账;有了结果或批次作废后,下一次导入或回拨时自动冲回",
                    en:
                        "the \(amount) yuan are being returned just now; not booked yet: the next import or return books it once the bank has answered or the batch is void"
                )
            }
        }
        for (fundLine, amount) in own {
            if let short = try lacks(fundLine, amount, line, in: writer) { return short }
        }
        return nil
    }

    /// A finding where a level's line has spent what is taken back: what stands there for unions isn't touched for it.
    private func lacks(
        _ fundLine: String, _ amount: Money, _ line: DuesRow, in reader: any StoreReader
    ) throws -> DuesFinding? {
        let balance = try Ledger.balance(of: .line(fundLine, .available), in: reader)
        let others = try DuesClaims.standing(on: fundLine, in: reader)
        let free = balance + pending[fundLine, default: .zero] - others
        guard free < amount else { return nil }
        return DuesFinding(
            "NO_MONEY", line.place,
            zh: "资金项目 \(fundLine) 已用出,不属于各工会的余额只有 \(max(.zero, free)) 元,不足以退 \(amount) 元,暂不入账;补足该项目后,下一次导入时自动冲回",
            en:
                "\(fundLine) has been spent: \(max(.zero, free)) yuan of it belong to no union and \(amount) are taken back; not booked until the line has them"
        )
    }

    /// Takes one share back: from what stands for its owner, the rest as a claim on what its owner was paid.
    private mutating func apply(
        _ row: DuesShare, of line: DuesRow, from n: inout Int64, on day: CivilDate, in writer: any StoreWriter
    ) throws {
        guard let organization = row.organization, row.state == "free" else {
            try DuesShares.store([row], of: line.id, from: n, in: writer)
            n += 1
            return move(row.amount, row.fundLine, on: day, .takenBack)
        }
        let amount = -row.amount
        let returned = try DuesClaims.returned(to: organization, in: writer)
        var there = try DuesClaims.standing(of: organization, on: row.fundLine, in: writer)
        // What is promised and not with the bank yet goes back first: the next return pays what is left.
        for one in returned where one.isLoose && there < amount {
            try Entitlements.release(
                [one.id], reason: "税务冲回 \(line.id)", about: line.id.text, context, in: writer)
            try DuesShares.freeReleased(in: writer)
            there = try DuesClaims.standing(of: organization, on: row.fundLine, in: writer)
        }
        let covered = min(amount, max(.zero, there))
        if covered > .zero {
            var part = row
            part.amount = -covered
            try DuesShares.store([part], of: line.id, from: n, in: writer)
            n += 1
            move(-covered, row.fundLine, on: day, .takenBack)
        }
        var rest = amount - covered
        for one in returned where one.isPaid && rest > .zero {
            let part = min(rest, one.capacity(row.fundLine))
            guard part > .zero else { continue }
            try Entitlements.claim(
                part, on: row.fundLine, of: one.id, reason: "税务冲回 \(line.id)", about: line.id.text, context, in: writer)
            var claimed = row
            (claimed.amount, claimed.state) = (-part, "claimed")
            try DuesShares.store([claimed], of: line.id, from: n, entitlement: one.id, in: writer)
            n += 1
            move(-part, row.fundLine, .advanced, on: day, .takenBack)
            rest -= part
        }
    }
}
