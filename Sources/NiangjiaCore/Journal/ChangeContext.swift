/// Who changes something, when, and with which ids and keys: handed to every function of Core that writes.
public struct ChangeContext: Sendable {
    /// The moment of the change, from the host's clock.
    public private(set) var now: Instant
    /// The signed-in account, or the host's own part (`scheduler`).
    public let actor: String
    /// Where the ids of new rows come from.
    public let ids: IDSource
    /// What seals and digests.
    public let crypto: any CryptoProvider
    /// The day on which what is booked takes effect, where its entries don't say and it isn't the day of booking.
    var effectiveOn: CivilDate?

    public init(now: Instant, actor: String, ids: IDSource, crypto: any CryptoProvider) {
        self.now = now
        self.actor = actor
        self.ids = ids
        self.crypto = crypto
    }

    /// The same at the moment at which this is asked for: work of many transactions takes it in each of them, or what the last one writes
    /// would look older than what others have decided meanwhile.
    public var anew: ChangeContext {
        var context = self
        context.now = ids.now
        return context
    }

    /// The civil date of the change in Asia/Shanghai.
    public var today: CivilDate { now.date }

    /// Appends an event to the chain, in the transaction that makes the change it tells of (decision 0011).
    public func record(_ kind: String, about: String, body: Value, in writer: any StoreWriter) throws {
        try Chain.append(
            ChainEvent(kind: kind, actor: actor, about: about, body: body), at: now, ids: ids, crypto: crypto,
            in: writer)
    }
}
