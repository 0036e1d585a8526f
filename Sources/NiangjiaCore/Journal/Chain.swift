/// Something that has to be provable later: of money, a case, a bundle, a role, a key, an export, an access.
public struct ChainEvent: Sendable, Hashable, Identified {
    /// Of ids in text: `evt-…`.
    public static let idPrefix = "evt"

    /// What happened: `payment.captured`.
    public var kind: String
    /// The account, or the host's own part.
    public var actor: String
    /// The id text of what it happened to. It outlives erasure: never a name or a number of a person.
    public var about: String
    /// What else there is to say. Goes when it is lawfully erased; holds no personal identifiers either.
    public var body: Value

    public init(kind: String, actor: String, about: String, body: Value) {
        self.kind = kind
        self.actor = actor
        self.about = about
        self.body = body
    }
}

/// The chain of events, each holding the digest of the one before (decision 0011).
///
/// ``append(_:at:ids:crypto:in:)`` leaves an event in the transaction that it tells of; ``seal(in:crypto:at:)`` orders the new ones,
/// ties them together and writes them: on SQLite before each group's COMMIT. Where a transaction has no sealer its events are
/// written as they are, and sealed later.
///
/// Digests tie the events together, and anybody can recompute them; marks say that the host wrote them, and only who has its keys
/// can make or check one (decision 0097). Against whoever has database and keys the chain proves nothing by itself, nor does it
/// show what was cut off at its end. That is what heads are for that have left the machine: ``verify(in:crypto:against:)`` takes one.
public enum Chain {
    /// The kind of the event that records an erasure.
    static let erasureKind = "chain.erased"
    static let saltLength = 16
    /// Bytes of a mark that are kept.
    static let markLength = 16
    /// What stands before the first event.
    static let origin = [UInt8](repeating: 0, count: 32)

    /// Writes an event that is not sealed yet.
    public static func append(
        _ event: ChainEvent, at now: Instant, ids: IDSource, crypto: any CryptoProvider, in writer: any StoreWriter
    ) throws {
        try append(event, id: ids.next(ChainEvent.self).rawValue, at: now, crypto: crypto, in: writer)
    }

    static func append(
        _ event: ChainEvent, id: Int64, at now: Instant, crypto: any CryptoProvider, in writer: any StoreWriter
    ) throws {
        let unsealed = unsealed(event, id: id, at: now, crypto)
        if try writer.leave(unsealed) { return }
        try insert([(unsealed, nil)], in: writer)
    }

    static func unsealed(_ event: ChainEvent, id: Int64, at now: Instant, _ crypto: any CryptoProvider) -> UnsealedEvent
    {
        let body = event.body.json
        let salt = crypto.random(saltLength)
        return UnsealedEvent(
            id: id, at: now.milliseconds, kind: event.kind, actor: event.actor, about: event.about,
            bodyDigest: bodyDigest(salt, body, crypto), salt: salt, body: body)
    }

    /// Where an event stands in the chain.
    private struct Place {
        var seq: Int64
        var previous: [UInt8]
        var digest: [UInt8]
        var mark: [UInt8]
    }

    private static func insert(_ events: [(event: UnsealedEvent, place: Place?)], in writer: any StoreWriter) throws {
        var values: [SQLValue] = []
        values.reserveCapacity(events.count * 12)
        for (event, place) in events {
            values.append(.int(event.id))
            values.append(.optional(place?.seq))
            values.append(.int(event.at))
            values.append(.text(event.kind))
            values.append(.text(event.actor))
            values.append(.text(event.about))
            values.append(.blob(event.bodyDigest))
            values.append(.blob(event.salt))
            values.append(.text(event.body))
            values.append(.optional(place?.previous))
            values.append(.optional(place?.digest))
            values.append(.optional(place?.mark))
        }
        try writer.insert(
            into: "chain_event",
            columns: [
                "id", "seq", "at", "kind", "actor", "about", "body_digest", "salt", "body", "previous", "digest",
                "mark",
            ], values: values)
    }

    /// Commits to the rows that the transaction has written (``RowSeals``), then orders the events that are not sealed yet, in the
    /// order of their ids, and ties them to the chain. Returns how many.
    ///
    /// Runs in the transaction that wrote them (SQLite's hook before COMMIT) or in one of its own. Two sealers at once collide on
    /// the unique `seq`: one of them fails, and nothing is sealed twice. Where events are left for the sealer, one that lies in the
    /// table without a place was written by another program, and stays without one.
    ///
    /// - Parameters:
    ///   - now: when rows were written; nil: at the time of the newest event.
    ///   - passesForeignEnd: whether it goes on behind an end that isn't the host's, which verifying names for ever: only where a
    ///     damaged store is restored for want of another.
    /// - Throws: ``StoreError/foreign(event:)`` where the chain's end isn't the host's: going on would hide how far it reaches.
    @discardableResult
    public static func seal(
        in writer: any StoreWriter, crypto: any CryptoProvider, at now: Instant? = nil, passesForeignEnd: Bool = false
    ) throws -> Int {
        try seal(in: writer, crypto: crypto, at: now, passesForeignEnd: passesForeignEnd, tables: RowReader.ofTables)
    }

    static func seal(
        in writer: any StoreWriter, crypto: any CryptoProvider, at now: Instant?, passesForeignEnd: Bool = false,
        tables: [String: RowReader]
    ) throws -> Int {
        var left = try writer.takeEvents()
        let rows = try writer.takeChangedRows()
        let waiting = try writer.leavesEvents ? [] : unsealed(in: writer)
        guard !left.isEmpty || !rows.keys.isEmpty || !waiting.isEmpty else { return 0 }
        let last = passesForeignEnd ? try head(in: writer) : try ownHead(in: writer, crypto)
        var seq = last?.seq ?? 0
        var previous = last?.digest ?? origin
        func next(_ link: Link) -> Place {
            seq += 1
            let digest = link.digest(seq: seq, previous: previous, crypto)
            defer { previous = digest }
            return Place(seq: seq, previous: previous, digest: digest, mark: mark(digest, crypto))
        }
        for link in waiting {
            let place = next(link)
            let changed = try writer.execute(
                """
                UPDATE chain_event SET seq = $2, previous = $3, digest = $4, mark = $5 WHERE id = $1 AND seq IS NULL
                """,
                [.int(link.id), .int(place.seq), .blob(place.previous), .blob(place.digest), .blob(place.mark)])
            guard changed == 1 else { throw StoreError.duplicate("chain_event.seq") }
        }
        left += try RowSeals.events(of: rows, after: last, at: now, in: writer, crypto: crypto, tables: tables)
        left.sort { $0.id < $1.id }
        try insert(left.map { ($0, next($0.link)) }, in: writer)
        return waiting.count + left.count
    }

    /// The newest sealed event; nil in an empty chain.
    public static func head(in reader: any StoreReader) throws -> ChainHead? {
        try reader.first(
            "SELECT seq, digest FROM chain_event WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1"
        ) { ChainHead(seq: $0.int(0), digest: $0.blob(1)) }
    }

    /// Events that nobody has sealed yet, in order.
    private static func unsealed(in reader: any StoreReader) throws -> [Link] {
        try reader.all(
            "SELECT id, at, kind, actor, about, body_digest FROM chain_event WHERE seq IS NULL ORDER BY id"
        ) { row in
            Link(
                id: row.int(0), at: row.int(1), kind: row.text(2), actor: row.text(3), about: row.text(4),
                bodyDigest: row.blob(5))
        }
    }

    /// The newest sealed event, whose mark must be the host's.
    static func ownHead(in reader: any StoreReader, _ crypto: any CryptoProvider) throws -> ChainHead? {
        let last = try reader.first(
            "SELECT seq, digest, mark FROM chain_event WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1"
        ) { (head: ChainHead(seq: $0.int(0), digest: $0.blob(1)), mark: $0.blob(2)) }
        guard let last else { return nil }
        guard last.mark == mark(last.head.digest, crypto) else { throw StoreError.foreign(event: last.head.seq) }
        return last.head
    }

    /// What says that the host wrote an event: HMAC-SM3 of its digest, which covers its number and all before it.
    static func mark(_ digest: [UInt8], _ crypto: any CryptoProvider) -> [UInt8] {
        Array(crypto.mac(markLabel + digest, purpose: .commitment).prefix(markLength))
    }

    private static let markLabel = Array("niangjia chain mark 1\n".utf8)

    /// Destroys salt and body of sealed events, which the law may demand, and records that as an event of its own.
    ///
    /// What stays is what was not personal: when, what kind, who acted, which id; and the chain still verifies.
    ///
    /// - Parameter grounds: the decision on which it was done, for the record.
    /// - Throws: `not_found` when one is not in the chain, `conflict` when one is itself the record of an erasure, or holds digests
    ///   of rows (``RowSeals``): without it nobody could tell which rows the host wrote.
    public static func erase(
        _ sequence: [Int64], grounds: String, actor: String, at now: Instant, ids: IDSource, crypto: any CryptoProvider,
        in writer: any StoreWriter
    ) throws {
        for seq in sequence {
            guard
                let kind = try writer.first("SELECT kind FROM chain_event WHERE seq = $1", [.int(seq)], { $0.text(0) })
            else {
                throw NiangjiaError(.notFound, zh: "链上没有第 \(seq) 号事件。", en: "The chain has no event \(seq).")
            }
            guard kind != erasureKind, kind != RowSeals.kind else {
                throw NiangjiaError(
                    .conflict, zh: "第 \(seq) 号事件是删除记录本身,或是封存各行的摘要,不能删除。",
                    en: "Event \(seq) records an erasure, or holds digests of rows, and stays.")
            }
            try writer.execute("UPDATE chain_event SET salt = NULL, body = NULL WHERE seq = $1", [.int(seq)])
        }
        let body: Value = ["events": .list(sequence.map { .int($0) }), "grounds": .text(grounds)]
        try append(
            ChainEvent(kind: erasureKind, actor: actor, about: "", body: body), at: now, ids: ids, crypto: crypto,
            in: writer)
    }

    static func bodyDigest(_ salt: [UInt8], _ body: String, _ crypto: any CryptoProvider) -> [UInt8] {
        crypto.digest(salt + body.utf8)
    }
}

/// What an event's digest is made of.
struct Link {
    var id: Int64
    var at: Int64
    var kind: String
    var actor: String
    var about: String
    var bodyDigest: [UInt8]

    /// Lengths stand before texts, so that no two events are written alike. The form is fixed for ever.
    func digest(seq: Int64, previous: [UInt8], _ crypto: any CryptoProvider) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        bytes += "niangjia chain 1\n".utf8
        for number in [seq, id, at] { withUnsafeBytes(of: number.bigEndian) { bytes += $0 } }
        for text in [kind, actor, about] {
            withUnsafeBytes(of: UInt32(text.utf8.count).bigEndian) { bytes += $0 }
            bytes += text.utf8
        }
        bytes += bodyDigest
        bytes += previous
        return crypto.digest(bytes)
    }
}
