/// What the chain commits to of decisions, in the order of their ids: whom each is about, and what was said, each different saying
/// once. Half a million decisions of a run come to a few bytes each.
struct DecisionsDigest {
    /// What many decisions have in common.
    struct Said: Hashable {
        var program: String
        var series: String
        var subjectKind: String
        var caseID: Int64?
        var run: Int64?
        var onDate: Int64
        var result: String
        var assessed: Int64
        var amount: Int64
        var code: String?
        /// What it entitles to, where that lies folded in it.
        var entitled: FoldedEntitlement?
    }

    private(set) var count: Int64 = 0
    private var writer = NumberWriter()
    private var known: [Said: Int64] = [:]
    private var id: Int64 = 0
    private var subject: Int64 = 0

    /// The number of a saying; one that is new is written down where it comes.
    mutating func number(of said: Said) -> Int64 {
        if let number = known[said] { return number }
        let number = Int64(known.count)
        known[said] = number
        let value: Value = [
            .text(said.program), .text(said.series), .text(said.subjectKind), said.caseID.map { .int($0) } ?? .null,
            said.run.map { .int($0) } ?? .null, .int(said.onDate), .text(said.result), .int(said.assessed),
            .int(said.amount), said.code.map { .text($0) } ?? .null, said.entitled?.value ?? .null,
        ]
        let text = Array(value.json.utf8)
        writer.put(-1)
        writer.put(Int64(text.count))
        writer.bytes += text
        return number
    }

    /// Adds a decision: what is said of whom, on which line.
    mutating func add(_ id: Int64, subject: Int64, line: Int64?, _ number: Int64) {
        writer.put(number)
        writer.put(id &- self.id)
        writer.put(subject &- self.subject)
        writer.put(line ?? -1)
        (self.id, self.subject) = (id, subject)
        count += 1
    }

    /// The digest as hexadecimal text.
    func text(_ crypto: any CryptoProvider) -> String { Hex.text(crypto.digest(writer.bytes)) }
}
