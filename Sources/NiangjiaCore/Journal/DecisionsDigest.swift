/// What the chain commits to of decisions, in the order of their ids: whom each is about, and what was said, each different saying
/// once. Half a million decisions of a run come to a few bytes each.
struct DecisionsDigest {
    /// What many decisions have in common.
    private struct Said: Hashable {
        var caseID: Int64?
        var terms: DecisionRows.Terms
    }

    private(set) var count: Int64 = 0
    private var writer = NumberWriter()
    private var known: [Said: Int64] = [:]
    private var organizations = DistinctNumbers()
    private var last = Row(id: 0, subject: 0)

    /// What is a decision's own, as it is made.
    struct Row {
        var id: Int64
        var subject: Int64
        var ordinal: Int64?
        var household: Int64?
        var line: Int64?
        var call: Int64?
        /// The row of the call, or of the run's block.
        var row: Int64?
        var home: Int64?
        var serving: Int64?
    }

    /// The number of what is said: all of the terms, of a case or not. One that is new is written down where it comes.
    mutating func number(of terms: DecisionRows.Terms, caseID: Int64?) -> Int64 {
        let said = Said(caseID: caseID, terms: terms)
        if let number = known[said] { return number }
        let number = Int64(known.count)
        known[said] = number
        let values: [Value] = terms.map { value in
            switch value {
            case .null: .null
            case .int(let number): .int(number)
            case .text(let text): .text(text)
            case .blob(let bytes): .text(Hex.text(bytes))
            }
        }
        let text = Array(Value.list([caseID.map { .int($0) } ?? .null] + values).json.utf8)
        writer.put(-1)
        writer.put(Int64(text.count))
        writer.bytes += text
        return number
    }

    /// Adds a decision, with the number of what is said.
    mutating func add(_ row: Row, _ number: Int64) {
        let (last, home, serving) = (last, mark(row.home), mark(row.serving))
        writer.put(atMost: 12) { room in
            room.put(number)
            room.put(row.id &- last.id)
            room.put(row.subject &- last.subject)
            room.put(row.line ?? -1)
            room.put(row.ordinal ?? -1)
            // A household's id is near its members'; twice a step is even, so -1 can stand for none.
            room.put(row.household.map { 2 &* ($0 &- row.subject) } ?? -1)
            room.put(row.call ?? -1)
            room.put(row.row ?? -1)
            room.put(home.number)
            if let new = home.new { room.put(new) }
            room.put(serving.number)
            if let new = serving.new { room.put(new) }
        }
        self.last = row
        count += 1
    }

    /// An organisation by its number; one that is new is written down where it comes.
    private mutating func mark(_ organization: Int64?) -> (number: Int64, new: Int64?) {
        guard let organization else { return (-1, nil) }
        let known = organizations.count
        let number = organizations.number(of: organization)
        return number < known ? (Int64(number), nil) : (-2, organization)
    }

    /// The digest as hexadecimal text.
    func text(_ crypto: any CryptoProvider) -> String { Hex.text(crypto.digest(writer.bytes)) }
}
