extension Corridor {
    /// Goods are handed to a person at a station or counter: what is approved for them in a program is delivered.
    ///
    /// - Parameter code: What the person shows, where the form asks for it (``PickUpCode``).
    /// - Returns: what was delivered.
    /// - Throws: `not_found` when nothing waits for them there: a second scan finds nothing any more. `forbidden` when the form leaves it to
    ///   others (`delivery.by`); `invalid` without a code, `wrong_code` with a wrong one; `conflict` while the program is suspended, and where who it is for has died.
    public func deliver(
        to person: ID<Person>, program: String, at station: ID<Station>? = nil, code: String? = nil, by caller: Caller
    ) async throws -> [ID<Entitlement>] {
        try await handOver(.person(person, program: program), at: station, code: code, by: caller)
    }

    /// What a case was approved for is handed over, as ``deliver(to:program:at:code:by:)`` does it.
    public func deliver(
        case id: ID<CaseFile>, at station: ID<Station>? = nil, code: String? = nil, by caller: Caller
    ) async throws -> [ID<Entitlement>] {
        try await handOver(.file(id), at: station, code: code, by: caller)
    }

    private func handOver(
        _ wanted: Handover.Wanted, at station: ID<Station>?, code: String?, by caller: Caller
    ) async throws -> [ID<Entitlement>] {
        let visit = ids.next(Visit.self)
        let seen = try await store.read { try Handover.waiting(wanted, in: $0) }
        if seen.isEmpty, case .person(_, let program) = wanted { try await checkGoods(program) }
        var deliveries: [String: Delivery] = [:]
        for one in seen {
            let bundle =
                if let digest = one.bundle { try await bundles.bundle(digest: digest) } else {
                    try await bundles.active()
                }
            deliveries[Handover.key(one)] = try FormContext(bundle: bundle, program: one.program, form: one.form).form
                .delivery
        }
        for program in Set(seen.map(\.program)) { try await checkRunning(program) }
        let (forms, known) = (deliveries, Set(seen.map(Handover.key)))
        return try await store.write(.interactive) { writer in
            let change = self.change(by: caller.actor)
            // What was granted in between goes with the next one.
            let waiting = try Handover.waiting(wanted, in: writer).filter { known.contains(Handover.key($0)) }
            let handover = Handover(
                caller: caller, code: code, crypto: self.crypto, today: change.today, deliveries: forms, reader: writer)
            let chosen = try handover.chosen(of: waiting, wanted)
            let about = chosen.first?.caseID?.text ?? chosen.first?.subject.description ?? wanted.text
            try Entitlements.deliver(chosen.map { ($0.id, nil) }, about: about, change, in: writer)
            if let station, let subject = chosen.first?.subject, subject.kind == .person {
                try Visit.write(
                    visit, to: station, by: ID(rawValue: subject.id), kind: "scan", on: change.today, change,
                    in: writer)
            }
            try Corridor.fulfil(Set(chosen.compactMap(\.caseID)), by: caller.actor, change: change, in: writer)
            return chosen.map(\.id)
        }
    }

    /// Refuses a program none of whose forms gives goods: nothing will ever wait there.
    private func checkGoods(_ id: String) async throws {
        let bundle = try await bundles.active()
        guard let program = bundle.programs[id], let plugin = bundle.plugins[program.plugin] else { return }
        guard plugin.manifest.forms.values.contains(where: { $0.gives.kind.values.contains(.goods) }) else {
            throw NiangjiaError(
                .notFound, zh: "项目 \(id) 不发放物品", en: "the program \(id) hands over no goods", place: "/program")
        }
    }

    /// Marks cases done whose every entitlement has been paid, delivered or released. Returns how many: what somebody else was quicker
    /// to close isn't among them.
    @discardableResult
    static func fulfil(_ cases: Set<ID<CaseFile>>, by actor: Actor, change: ChangeContext, in writer: any StoreWriter)
        throws -> Int
    {
        var closed = 0
        for id in cases.sorted() {
            let record = try Cases.load(id, in: writer)
            guard record.state == .approved else { continue }
            let open = try Entitlements.of(id, in: writer).contains {
                ![.paid, .delivered, .released, .clawedBack].contains($0.state)
            }
            guard !open else { continue }
            try Cases.move(record, to: .done, action: "fulfil", by: actor, change: change, in: writer)
            closed += 1
        }
        return closed
    }
}
