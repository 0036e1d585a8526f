/// Negative lines that wait, and those that a person says take nothing back.
extension Dues {
    /// A negative line that waits, not booked.
    public struct Unmatched: Hashable, Sendable {
        /// The line.
        public var id: ID<DuesLine>
        /// The payer's unified social credit code.
        public var creditCode: String
        /// Below nothing.
        public var amount: Money
        /// Where it stands in its file.
        public var place: String
    }

    /// Negative lines that wait: their original is not known, nothing is left of it, or what it was is not to be had yet.
    public static func unmatched(in reader: any StoreReader) throws -> [Unmatched] {
        try DuesRow.all("state = 'unmatched' ORDER BY id", [], in: reader).map(Unmatched.init)
    }

    /// Drops a negative line that takes back nothing that the books have: no later file looks for its original, and sent again it is
    /// known. Nothing moves; the chain keeps who dropped it and why. Undoing its file lets the line be taken again.
    ///
    /// Throws `not_found` for a line that isn't there, `conflict` for one that doesn't wait, or whose original is there and only
    /// can't be taken back yet.
    public static func drop(
        _ id: ID<DuesLine>, reason: String, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> Unmatched {
        guard let line = try DuesRow.load(id, in: writer) else {
            throw NiangjiaError(
                .notFound, zh: "没有这一行经费明细:\(id)(见 niangjia dues suspense)。",
                en: "There is no such line of dues: \(id) (see niangjia dues suspense).", place: "/line")
        }
        guard line.state == "unmatched" else {
            throw NiangjiaError(
                .conflict, zh: "\(line.place) 不是待冲回的负数行,不能销去。",
                en: "\(line.place) is no negative line that waits.", place: "/line")
        }
        if let original = try DuesTaking.original(of: line, in: writer), -line.amount <= original.left {
            throw NiangjiaError(
                .conflict,
                zh: "\(line.place) 的原缴费(\(original.place))在账,不能销去:下一次导入或回拨时自动冲回。",
                en:
                    "What \(line.place) takes back is there (\(original.place)): the next import or return takes it back.",
                place: "/line")
        }
        try writer.execute(
            "UPDATE dues_line SET state = 'dropped' WHERE id = $1 AND state = 'unmatched'", [.id(id)])
        let body: Value = [
            "code": .text(line.creditCode), "amount": .int(line.amount.fen), "place": .text(line.place),
            "reason": .text(reason),
        ]
        try context.record("dues.dropped", about: id.text, body: body, in: writer)
        return Unmatched(line)
    }
}

extension Dues.Unmatched {
    fileprivate init(_ line: DuesRow) {
        self.init(id: line.id, creditCode: line.creditCode, amount: line.amount, place: line.place)
    }
}
