/// Judgements as canonical JSON: provisional ones lie beside their case until they are applied. A script's own words for its
/// failure are left out: they may hold what it read, and a case's columns are open to more people than its facts.
extension Judgement {
    /// The judgement as a value.
    public var value: Value {
        var members: [String: Value] = [
            "kind": .text(kind.rawValue), "amount": .int(amount.fen), "params": .map(params), "keeps": .map(keeps),
            "parts": .map(parts.mapValues { .int($0.fen) }),
        ]
        members["code"] = code.map { .text($0) }
        members["units"] = units.map { .int($0) }
        members["rank"] = rank.map { .int($0) }
        members["failure"] = failedAt == nil ? failure.map { .text($0) } : nil
        members["failed_at"] = failedAt.map { .text($0) }
        return .map(members)
    }

    /// Reads what ``value`` writes; nil when it is something else.
    public init?(_ value: Value) {
        guard let kind = value["kind"].text.flatMap(Kind.init(rawValue:)), let amount = value["amount"].int else {
            return nil
        }
        self.init(kind, Money(fen: amount), code: value["code"].text, params: value["params"].map ?? [:])
        keeps = value["keeps"].map ?? [:]
        parts = (value["parts"].map ?? [:]).compactMapValues { $0.int.map { Money(fen: $0) } }
        units = value["units"].int
        rank = value["rank"].int
        failure = value["failure"].text
        failedAt = value["failed_at"].text
    }
}
