/// What verifying the chain found.
public struct ChainReport: Sendable, Hashable {
    /// Where the chain first breaks.
    public struct Break: Sendable, Hashable {
        /// What is wrong at the first break.
        public enum Reason: String, Sendable {
            /// An event, or what ties it to the one before, is not what was sealed.
            case altered
            /// Events carry no mark of the host's: another program wrote them.
            case foreign
            /// Events, or the body of one without a record of its erasure, are gone.
            case missing
            /// The chain ends before the head that was given.
            case truncated
            /// The chain is whole in itself, but not the one that the given head was taken from.
            case rewritten
        }

        /// Numbers of the first and last event concerned.
        public var events: ClosedRange<Int64>
        /// What is wrong with them.
        public var reason: Reason

        /// The break in words, for a report.
        public var text: LocalText {
            let (from, to) = (events.lowerBound, events.upperBound)
            let (zh, en) =
                switch reason {
                case .altered: ("被改动", "are not what was sealed")
                case .foreign: ("不是本系统写入的", "were not written by this system")
                case .missing: ("缺失", "are missing")
                case .truncated: ("被截去", "are cut off")
                case .rewritten: ("与抄下的链头不是同一条链", "are another chain than the given head's")
                }
            return LocalText(
                zh: from == to ? "第 \(from) 号事件\(zh)" : "第 \(from) 至 \(to) 号事件\(zh)",
                en: "events \(from) to \(to) \(en)")
        }
    }

    /// Events that are sealed.
    public var count: Int
    /// Events whose body was lawfully erased; they do not break the chain.
    public var erased: Int
    /// Events that no sealer has reached, where the host leaves none (``StoreReader/isSealedAtOnce``): another program wrote them.
    public var unsealed: Int
    /// Where it first breaks; nil when it doesn't.
    public var firstBreak: Break?

    /// An event that isn't the host's, in words.
    public static func foreign(_ event: Int64) -> LocalText { Break(events: event...event, reason: .foreign).text }

    /// Events without a place in the chain, in words.
    static func outside(_ count: Int) -> LocalText {
        LocalText(
            zh: "有 \(count) 个未入链的事件,不是本系统写入的",
            en: "\(count) events outside of the chain, which this system didn't write")
    }

    /// Whether every event is there as it was sealed.
    public var isWhole: Bool { firstBreak == nil }
}

extension Chain {
    /// Reads the whole chain and recomputes every digest; with a head, also whether it is the chain that the head was taken from.
    ///
    /// Without a head that left the machine, events cut off at the end cannot be noticed.
    public static func verify(
        in reader: any StoreReader, crypto: any CryptoProvider, against head: ChainHead? = nil
    ) throws -> ChainReport {
        try verify(in: reader, crypto: crypto, against: head.map { [$0] } ?? [])
    }

    /// The same against several heads, in one reading.
    public static func verify(
        in reader: any StoreReader, crypto: any CryptoProvider, against heads: [ChainHead]
    ) throws -> ChainReport {
        var walk = Walk(crypto: crypto, erased: try erasedEvents(in: reader), heads: heads)
        try reader.forEach(
            """
            SELECT id, at, kind, actor, about, body_digest, seq, salt, body, previous, digest, mark FROM chain_event \
            WHERE seq IS NOT NULL ORDER BY seq
            """, []
        ) { row in
            walk.take(
                Link(
                    id: row.int(0), at: row.int(1), kind: row.text(2), actor: row.text(3), about: row.text(4),
                    bodyDigest: row.blob(5)),
                seq: row.int(6), salt: row.blobOrNil(7), body: row.textOrNil(8), previous: row.blob(9),
                digest: row.blob(10), mark: row.blob(11))
            return true
        }
        walk.finish()
        return ChainReport(
            count: walk.count, erased: walk.erasedCount, unsealed: try outside(in: reader), firstBreak: walk.firstBreak)
    }

    /// How many events have no place in the chain where the host leaves none without.
    private static func outside(in reader: any StoreReader) throws -> Int {
        guard reader.isSealedAtOnce else { return 0 }
        return Int(try reader.integer("SELECT count(*) FROM chain_event WHERE seq IS NULL") ?? 0)
    }

    /// What another program has left at the chain's end, without reading all of it: an event that isn't the host's, behind which
    /// nothing is written, and events without a place in the chain.
    public static func foreignEnd(in reader: any StoreReader, crypto: any CryptoProvider) throws -> [LocalText] {
        var found: [LocalText] = []
        do { _ = try ownHead(in: reader, crypto) } catch StoreError.foreign(let event) {
            found.append(ChainReport.foreign(event))
        }
        let unsealed = try outside(in: reader)
        return unsealed > 0 ? found + [ChainReport.outside(unsealed)] : found
    }

    /// The events that a record of erasure in the chain names.
    private static func erasedEvents(in reader: any StoreReader) throws -> Set<Int64> {
        let bodies = try reader.all(
            "SELECT body FROM chain_event WHERE kind = 'chain.erased' AND seq IS NOT NULL AND body IS NOT NULL"
        ) { $0.text(0) }
        var found: Set<Int64> = []
        for body in bodies {
            // A body that is not JSON was altered: the walk finds that by its digest.
            guard let value = try? Value(json: body) else { continue }
            found.formUnion((value["events"].list ?? []).compactMap(\.int))
        }
        return found
    }
}

/// Goes along the chain once.
private struct Walk {
    let crypto: any CryptoProvider
    let erased: Set<Int64>
    let heads: [Int64: [ChainHead]]

    var count = 0
    var erasedCount = 0
    var firstBreak: ChainReport.Break?
    private var last: Int64 = 0
    private var previous = Chain.origin

    init(crypto: any CryptoProvider, erased: Set<Int64>, heads: [ChainHead]) {
        self.crypto = crypto
        self.erased = erased
        self.heads = Dictionary(grouping: heads, by: \.seq)
    }

    mutating func take(
        _ link: Link, seq: Int64, salt: [UInt8]?, body: String?, previous stored: [UInt8], digest: [UInt8],
        mark: [UInt8]
    ) {
        count += 1
        if seq > last + 1 {
            note(.missing, (last + 1)...(seq - 1))
        } else if stored != previous {
            // Either this link or the event before it, digest and all, was written anew.
            note(.altered, max(1, seq - 1)...max(1, seq))
        }
        if link.digest(seq: seq, previous: stored, crypto) != digest {
            note(.altered, seq...seq)
        } else if mark != Chain.mark(digest, crypto) {
            note(.foreign, seq...seq)
        }
        switch (salt, body) {
        case (let salt?, let body?):
            if Chain.bodyDigest(salt, body, crypto) != link.bodyDigest { note(.altered, seq...seq) }
        case (nil, nil) where erased.contains(seq): erasedCount += 1
        default: note(.missing, seq...seq)
        }
        for head in heads[seq] ?? [] where !head.matches(digest) { note(.rewritten, 1...max(1, seq)) }
        last = seq
        previous = digest
    }

    mutating func finish() {
        guard let end = heads.keys.max(), end > last else { return }
        note(.truncated, (last + 1)...end)
    }

    /// Keeps the first break, and lengthens it while the same goes on.
    private mutating func note(_ reason: ChainReport.Break.Reason, _ events: ClosedRange<Int64>) {
        guard let found = firstBreak else {
            firstBreak = ChainReport.Break(events: events, reason: reason)
            return
        }
        if found.reason == reason, events.lowerBound <= found.events.upperBound + 1 {
            firstBreak?.events = found.events.lowerBound...max(found.events.upperBound, events.upperBound)
        }
    }
}
