extension Corridor {
    /// Goods are handed to a person at a station or counter: what is approved for them in a program is delivered.
    ///
    /// Throws `notFound` when nothing waits for them there; a second scan finds nothing any more. Returns what was delivered.
    public func deliver(
        to person: ID<Person>, program: String, at station: ID<Station>? = nil, by actor: Actor
    ) async throws -> [ID<Entitlement>] {
        let visit = ids.next(Visit.self)
        return try await store.write(.interactive) { writer in
            let change = self.change(by: actor)
            let waiting = try writer.all(
                """
                SELECT e.id, e.case_id FROM entitlement e JOIN decision d ON d.id = e.decision WHERE e.program = $1 \
                AND e.kind = 'goods' AND e.state = 'approved' AND d.subject_kind = 'person' AND d.subject = $2 ORDER BY e.id
                """, [.text(program), .id(person)]
            ) { ($0.id(0, Entitlement.self), $0.idOrNil(1, CaseFile.self)) }
            guard !waiting.isEmpty else {
                throw NiangjiaError(
                    .notFound, zh: "没有待领取的物品(可能已经领取)", en: "nothing waits to be collected (perhaps it has been already)"
                )
            }
            let about = waiting.first?.1?.text ?? person.text
            try Entitlements.deliver(waiting.map { ($0.0, nil) }, about: about, change, in: writer)
            if let station {
                try writer.execute(
                    "INSERT INTO visit (id, station, person, kind, at, day, count) VALUES ($1, $2, $3, 'scan', $4, $5, 1)",
                    [.id(visit), .id(station), .id(person), .instant(change.now), .date(change.today)])
            }
            try Corridor.fulfil(Set(waiting.compactMap(\.1)), by: actor, change: change, in: writer)
            return waiting.map(\.0)
        }
    }

    /// Marks cases done whose every entitlement has been paid, delivered or released.
    static func fulfil(_ cases: Set<ID<CaseFile>>, by actor: Actor, change: ChangeContext, in writer: any StoreWriter)
        throws
    {
        for id in cases.sorted() {
            let record = try Cases.load(id, in: writer)
            guard record.state == .approved else { continue }
            let open = try Entitlements.of(id, in: writer).contains {
                ![.paid, .delivered, .released, .clawedBack].contains($0.state)
            }
            if !open { try Cases.move(record, to: .done, action: "fulfil", by: actor, change: change, in: writer) }
        }
    }
}
