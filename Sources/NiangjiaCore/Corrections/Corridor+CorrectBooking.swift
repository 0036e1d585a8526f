/// What booking a correction came to.
public struct CorrectionOutcome: Sendable, Hashable {
    /// Entitlements that were changed, by this call and by those before it.
    public var booked = 0
    /// Entitlements that changed between proposal and booking: they were left as they are.
    public var stale = 0

    /// Nothing yet, unless numbers are given.
    public init(booked: Int = 0, stale: Int = 0) {
        self.booked = booked
        self.stale = stale
    }
}

extension Corridor {
    /// How many entitlements of a correction are booked in one transaction: as many as an event names one by one.
    static let correctionChunk: Int64 = 100

    /// Approves a correction as a second person and books it, chunk by chunk. Stopped half-way, the same call goes on.
    ///
    /// Throws `forbidden` for who proposed it or is paid by it, to begin and to go on; `conflict` where another bundle is in force than the one it was
    /// judged by; `insufficient_funds`, before anything is booked, where the money for it isn't there.
    public func approve(
        _ id: ID<Correction>, by actor: Actor, progress: @Sendable (Int, Int) -> Void = { _, _ in }
    ) async throws -> CorrectionOutcome {
        let seen = try await store.read { try Corrections.load(id, in: $0) }
        let bundle = try await bundles.bundle(digest: seen.bundle)
        let active = try await bundles.active().digest
        if seen.state == .proposed {
            try await store.write(.interactive) { writer in
                try self.sign(id, bundle, active: active, by: actor, in: writer)
            }
        } else {
            try await store.read { try self.checkSecond(seen, actor, in: $0) }
            guard seen.state == .booking || seen.state == .booked else {
                throw NiangjiaError(.conflict, zh: "更正 \(id) 已撤回。", en: "Correction \(id) was withdrawn.")
            }
        }
        while try await bookChunk(of: id, bundle, by: actor) {
            try Task.checkCancellation()
            let left = try await outcome(of: id)
            progress(left.booked + left.stale, seen.count)
        }
        return try await outcome(of: id)
    }

    private func outcome(of id: ID<Correction>) async throws -> CorrectionOutcome {
        try await store.read { reader in
            var found = CorrectionOutcome()
            try reader.forEach(
                "SELECT state, COUNT(*) FROM correction_line WHERE correction = $1 GROUP BY state", [.id(id)]
            ) { row in
                if row.text(0) == "booked" { found.booked = Int(row.int(1)) }
                if row.text(0) == "stale" { found.stale = Int(row.int(1)) }
                return true
            }
            return found
        }
    }

    /// Refuses who proposed a correction and who is paid by it, under whatever account.
    private func checkSecond(_ correction: Correction, _ actor: Actor, in reader: any StoreReader) throws {
        let kept = try AccountPersons.expand([correction.proposedBy], in: reader)
            .union(Corrections.payees(of: correction.id, in: reader))
        guard !kept.contains(actor.account) else {
            throw NiangjiaError(
                .forbidden, zh: "更正须由另一人批准:提出人和收款人不能批准。",
                en: "Another person must approve: neither who proposed the correction nor who is paid by it.")
        }
    }

    private func sign(
        _ id: ID<Correction>, _ bundle: Bundle, active: String, by actor: Actor, in writer: any StoreWriter
    ) throws {
        let change = self.change(by: actor)
        let found = try Corrections.load(id, in: writer)
        try checkSecond(found, actor, in: writer)
        guard found.bundle == active else {
            throw NiangjiaError(
                .conflict, zh: "提出之后另一版配置已生效,请重新运行 niangjia program correct --propose。",
                en: "Another bundle has become active since: run niangjia program correct --propose again.")
        }
        try checkFunds(of: id, bundle, found, in: writer)
        try Corrections.move(
            found, from: .proposed, to: .booking,
            setting: [("approved_by", .text(actor.account)), ("approved_at", .instant(change.now))], in: writer)
        try change.record(
            "correction.approved", about: id.text,
            body: [
                "digest": .text(found.digest), "count": .int(Int64(found.count)),
                "supplement": .int(found.supplement.fen), "clawback": .int(found.clawback.fen),
            ], in: writer)
    }

    /// Throws `insufficient_funds` where what is to be added isn't there.
    private func checkFunds(
        of id: ID<Correction>, _ bundle: Bundle, _ found: Correction, in reader: any StoreReader
    ) throws {
        var steps: [(form: String, step: CorrectionStep)] = []
        for line in try Corrections.pending(of: id, limit: .max, in: reader) {
            guard let chain = try Corrections.chain(of: line, in: reader), chain.stands == line.before else { continue }
            let form = try Decisions.load(line.decision, in: reader).form
            steps += (chain.steps(to: line.target) ?? []).map { (form, $0) }
        }
        let missing = try CorrectionFunds.missing(for: steps, of: found.program, bundle, in: reader)
        guard missing == .zero else {
            throw NiangjiaError(
                .insufficientFunds, zh: "资金不足:补发还差约 \(missing) 元;什么都没有记账。请先追加预算或调剂。",
                en:
                    "Not enough money: about \(missing) yuan are missing for what is to be added. Nothing was booked; add to the budget first."
            )
        }
    }

    /// Books the next lines, whole decisions at a time. False when there are none left: the correction is finished then.
    private func bookChunk(of id: ID<Correction>, _ bundle: Bundle, by actor: Actor) async throws -> Bool {
        try await store.write(.batch) { writer in
            let change = self.change(by: actor)
            let found = try Corrections.load(id, in: writer)
            guard found.state == .booking else { return false }
            let pending = try Corrections.pending(of: id, limit: Corridor.correctionChunk, in: writer)
            guard !pending.isEmpty else {
                try Corrections.move(
                    found, from: .booking, to: .booked, setting: [("finished_at", .instant(change.now))], in: writer)
                try change.record("correction.booked", about: id.text, body: .map([:]), in: writer)
                return false
            }
            var byForm: [String: [CorrectionRow]] = [:]
            for row in pending {
                byForm[try Decisions.load(row.decision, in: writer).form, default: []].append(row)
            }
            for (form, rows) in byForm.sorted(by: { $0.key < $1.key }) {
                let context = try FormContext(bundle: bundle, program: found.program, form: form)
                try CorrectionBooking(found, context, change).book(rows, in: writer)
            }
            return true
        }
    }
}
