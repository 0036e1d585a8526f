/// A sealed event as an auditor reads it.
public struct ToldEvent: Sendable, Hashable {
    /// The id of its row.
    public var id: ID<ChainEvent>
    /// Its number in the chain; the first is 1.
    public var seq: Int64
    /// When it happened.
    public var at: Instant
    /// What happened: `payment.captured`.
    public var kind: String
    /// Who did it; `-` where that would tell who filed a sealed case.
    public var actor: String
    /// The id text of what it happened to, or nothing; `-` where that would tell the same.
    public var about: String
    /// The digest by which the next event holds it, as hexadecimal text.
    public var digest: String
    /// What else it says; null where that was lawfully erased. Without what somebody hidden could be guessed from.
    public var body: Value
    /// Whether its body was lawfully erased.
    public var isErased: Bool
    /// The person, the household or the sealed case that it tells of; nil: nobody's in particular.
    public var whom: String?

    /// For lists.
    public var value: Value {
        [
            "event": .text(id.text), "seq": .int(seq), "at": .text(at.description), "kind": .text(kind),
            "actor": .text(actor), "about": .text(about), "digest": .text(digest), "body": body,
            "erased": .bool(isErased),
        ]
    }
}

/// Which events of the chain somebody wants; what is nil doesn't matter.
public struct EventFilter: Sendable, Hashable {
    /// How the kind begins: `case.`, `batch.approved`.
    public var kind: String?
    /// The id text of what it happened to, as it is told.
    public var about: String?
    /// Who did it, as it is told: nobody finds whom a sealed case hides.
    public var actor: String?
    /// From this moment on.
    public var from: Instant?
    /// Before this moment.
    public var until: Instant?

    /// All events.
    public init() {}

    /// Whether an event that the conditions found is still one when it is told.
    fileprivate func fits(_ told: ToldEvent) -> Bool {
        (about == nil || about == told.about) && (actor == nil || actor == told.actor)
    }

    /// SQL conditions, and their arguments.
    fileprivate var conditions: (sql: [String], arguments: [SQLValue]) {
        var (sql, arguments): ([String], [SQLValue]) = ([], [])
        func add(_ condition: (String) -> String, _ value: SQLValue?) {
            guard let value else { return }
            arguments.append(value)
            sql.append(condition("$\(arguments.count)"))
        }
        add({ "substr(kind, 1, length(\($0))) = \($0)" }, kind.map { .text($0) })
        add({ "about = \($0)" }, about.map { .text($0) })
        add({ "actor = \($0)" }, actor.map { .text($0) })
        add({ "at >= \($0)" }, from.map { .instant($0) })
        add({ "at < \($0)" }, until.map { .instant($0) })
        return (sql, arguments)
    }
}

extension Chain {
    private static let selected = "SELECT id, seq, at, kind, actor, about, digest, body FROM chain_event WHERE "

    /// Sealed events, the newest first.
    ///
    /// - Parameter after: only those that came before this one. Throws `not_found` where the chain has none of that id.
    public static func events(
        _ filter: EventFilter, after: ID<ChainEvent>? = nil, limit: Int, in reader: any StoreReader
    ) throws -> [ToldEvent] {
        var next = Int64.max
        if let after {
            let seq = try reader.integer("SELECT seq FROM chain_event WHERE id = $1", [.id(after)])
            guard let seq else {
                throw NiangjiaError(
                    .notFound, zh: "链上没有事件 \(after)。", en: "The chain has no event \(after).", place: "/after")
            }
            next = seq
        }
        let first = try filter.from.map { try self.first(from: $0, in: reader) } ?? 1
        var (found, teller): ([ToldEvent], EventTeller) = ([], EventTeller())
        while found.count < limit {
            var (sql, arguments) = filter.conditions
            arguments += [.int(first), .int(next), .int(Int64(limit))]
            sql.append("seq >= $\(arguments.count - 2) AND seq < $\(arguments.count - 1)")
            let rows = try reader.all(
                selected + sql.joined(separator: " AND ") + " ORDER BY seq DESC LIMIT $\(arguments.count)", arguments,
                read)
            for row in rows where found.count < limit {
                let event = try teller.told(row, in: reader)
                if filter.fits(event) { found.append(event) }
            }
            guard rows.count == limit, let last = rows.last else { break }
            next = last.seq
        }
        return found
    }

    /// By how much times of events may run back while their numbers run on (milliseconds): clocks are set right, and transactions
    /// wait for each other.
    private static let disorder: Int64 = 24 * 3_600_000

    /// The number from which on events may be of a moment or later; what comes before isn't read. Times run on with the numbers, but
    /// for the disorder, until somebody confirms that the clock was ahead: the stretches between are searched, the oldest first.
    private static func first(from: Instant, in reader: any StoreReader) throws -> Int64 {
        let early = from + -disorder
        let confirmed = try reader.all(
            "SELECT seq FROM chain_event WHERE kind = 'clock.confirmed' AND seq IS NOT NULL ORDER BY seq", []
        ) { $0.int(0) }
        let end = (try head(in: reader)?.seq ?? 0) + 1
        var lower: Int64 = 1
        for end in confirmed + [end] {
            var upper = end
            while lower < upper {
                let middle = lower + (upper - lower) / 2
                let at = try reader.first("SELECT at FROM chain_event WHERE seq = $1", [.int(middle)]) { $0.instant(0) }
                if let at, at < early { lower = middle + 1 } else { upper = middle }
            }
            if lower < end { return lower }
        }
        return end
    }

    /// One sealed event by its number. Throws `not_found`.
    public static func event(_ seq: Int64, in reader: any StoreReader) throws -> ToldEvent {
        guard let row = try reader.first(selected + "seq = $1", [.int(seq)], read) else {
            throw NiangjiaError(
                .notFound, zh: "链上没有第 \(seq) 号事件。", en: "The chain has no event \(seq).", place: "/seq")
        }
        var teller = EventTeller()
        return try teller.told(row, in: reader)
    }

    private static func read(_ row: any StoreRow) throws -> ToldEvent {
        let body = row.textOrNil(7)
        return ToldEvent(
            id: row.id(0), seq: row.int(1), at: row.instant(2), kind: row.text(3), actor: row.text(4),
            about: row.text(5), digest: Hex.text(row.blob(6)), body: try body.map { try Value(json: $0) } ?? .null,
            isErased: body == nil)
    }
}

/// What the id that an event is about leads to.
struct EventSubject {
    /// The case that it belongs to.
    private(set) var caseID: ID<CaseFile>?
    /// Whether that case hides whom it is about.
    private(set) var isHidden = false
    /// The person or household whose it is; the case where that hides them.
    private(set) var whom: String?

    /// Follows the id of a person (alone, or before a slash), a case, a call, a decision, an entitlement or a payment, and the name
    /// of an account; any other leads to nobody.
    init(_ about: String, in reader: any StoreReader) throws {
        let known = try ID<Person>(String(about.prefix { $0 != "/" })) ?? Access.account(about, in: reader)?.person
        if let known {
            whom = known.text
            return
        }
        let decision = try EventSubject.decision(about, in: reader)
        var subject: SubjectRef?
        if let decision {
            let found = try reader.first(
                "SELECT case_id, subject_kind, subject FROM decision WHERE id = $1", [.id(decision)]
            ) { row in
                (ofCase: row.idOrNil(0, CaseFile.self), kind: SubjectKind(rawValue: row.text(1)), subject: row.int(2))
            }
            caseID = found?.ofCase
            subject = found.flatMap { one in one.kind.map { SubjectRef($0, one.subject) } }
        } else if let call = ID<Call>(about) {
            caseID = try reader.first("SELECT case_id FROM call WHERE id = $1", [.id(call)]) { $0.idOrNil(0) } ?? nil
        } else {
            caseID = ID<CaseFile>(about)
        }
        if let caseID {
            isHidden = try SealedFilers.hides(caseID, in: reader)
            let applicant = try reader.first("SELECT applicant FROM case_file WHERE id = $1", [.id(caseID)]) {
                $0.idOrNil(0, Person.self)
            }
            whom = isHidden ? caseID.text : subject.flatMap(EventSubject.name) ?? applicant??.text
        } else {
            whom = subject.flatMap(EventSubject.name)
        }
    }

    private static func name(_ subject: SubjectRef) -> String? {
        [.person, .household].contains(subject.kind) ? subject.description : nil
    }

    /// The decision that an id belongs to, its own or that of what it gave.
    private static func decision(_ about: String, in reader: any StoreReader) throws -> ID<Decision>? {
        if let id = ID<Decision>(about) { return id }
        var entitlement = ID<Entitlement>(about)
        if let payment = ID<Payment>(about) {
            entitlement = try reader.first("SELECT entitlement FROM payment WHERE id = $1", [.id(payment)]) { $0.id(0) }
        }
        guard let entitlement else { return nil }
        return try reader.first("SELECT decision FROM entitlement WHERE id = $1", [.id(entitlement)]) { $0.id(0) }
    }
}
