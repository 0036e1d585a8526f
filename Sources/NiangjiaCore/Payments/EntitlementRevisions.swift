/// Amounts that an approved correction changes: what isn't paid is revised in its place, what is paid gets a further revision of
/// its own, and what was paid too much becomes a claim. One voucher for each kind of change and call.
struct EntitlementRevisions {
    let about: String
    let memo: String
    let context: ChangeContext
    /// From which lines a supplement is paid; throws where they don't have it.
    let fund: (Money) throws -> [Outcome.Split]
    private var sums: [EntrySet.Kind: [String: Money]] = [:]
    private var touched: [EntrySet.Kind: [Entitlement]] = [:]
    private var supplements: [NewEntitlement] = []

    init(
        about: String, memo: String, _ context: ChangeContext, fund: @escaping (Money) throws -> [Outcome.Split]
    ) {
        self.about = about
        self.memo = memo
        self.context = context
        self.fund = fund
    }

    /// Changes the rows of one entitlement. The vouchers follow in ``book(in:)``, in the same transaction.
    mutating func apply(_ steps: [CorrectionStep], to chain: EntitlementChain, in writer: any StoreWriter) throws {
        var revision = chain.nextRevision
        for step in steps {
            guard let found = chain.rows.first(where: { $0.id == step.entitlement }) else { continue }
            switch step.kind {
            case .supplement: try supplement(found, step.amount, revision)
            case .raise:
                var changed = found
                changed.amount += step.amount
                changed.shares[0].amount += step.amount
                try revise(found, changed, revision, .hold, step.amount, in: writer)
            case .cut: try cut(found, step.amount, revision, in: writer)
            case .claim: try claim(found, step.amount, in: writer)
            case .unclaim: try unclaim(found, step.amount, in: writer)
            }
            revision += 1
        }
    }

    private mutating func supplement(_ found: Entitlement, _ amount: Money, _ revision: Int) throws {
        var new = NewEntitlement(
            decision: found.decision, caseID: found.caseID, caseLine: found.caseLine,
            part: found.part, kind: found.kind, payee: found.payee, shares: try fund(amount),
            program: found.program, series: found.series, on: found.on)
        new.revise(found.id, as: revision)
        supplements.append(new)
    }

    /// Stores what isn't paid yet with another amount: an attempt that waits for a batch is void, the next batch pays the new
    /// revision's first.
    private mutating func revise(
        _ found: Entitlement, _ changed: Entitlement, _ revision: Int, _ kind: EntrySet.Kind, _ amount: Money,
        in writer: any StoreWriter
    ) throws {
        var changed = changed
        changed.revision = revision
        try Entitlements.store(changed, was: found, in: writer)
        try Entitlements.voidWaitingPayments(of: found.id, context, in: writer)
        add(kind, [changed.shares[0].line: amount], changed)
    }

    private mutating func cut(
        _ found: Entitlement, _ amount: Money, _ revision: Int, in writer: any StoreWriter
    ) throws {
        guard amount < found.amount else {
            try Entitlements.move(found, to: .released, in: writer)
            try Entitlements.voidWaitingPayments(of: found.id, context, in: writer)
            try Entitlements.leaveQueue(found, context, in: writer)
            return add(.release, Entitlements.byLine([found]), found)
        }
        var changed = Entitlements.cut(found, to: found.amount - amount)
        changed.revision = revision
        try Entitlements.store(changed, was: found, in: writer)
        try Entitlements.voidWaitingPayments(of: found.id, context, in: writer)
        add(
            .release, Entitlements.byLine([found]).merging(Entitlements.byLine([changed]), uniquingKeysWith: -), changed
        )
    }

    private mutating func claim(_ found: Entitlement, _ amount: Money, in writer: any StoreWriter) throws {
        let changed = Entitlements.claiming(amount, of: found)
        try Entitlements.store(changed, was: found, in: writer)
        add(.claim, claims(of: changed, beyond: found), changed)
    }

    private mutating func unclaim(_ found: Entitlement, _ amount: Money, in writer: any StoreWriter) throws {
        var changed = found
        changed.claimed -= amount
        if changed.claimed == .zero { changed.state = .paid }
        var rest = amount
        for n in changed.shares.indices {
            let part = min(rest, changed.shares[n].claimed - changed.shares[n].recovered)
            changed.shares[n].claimed -= part
            rest -= part
        }
        try Entitlements.store(changed, was: found, in: writer)
        add(.claimReduced, claims(of: found, beyond: changed), changed)
    }

    private func claims(of one: Entitlement, beyond other: Entitlement) -> [String: Money] {
        Entitlements.byLine([one], \.claimed).merging(Entitlements.byLine([other], \.claimed), uniquingKeysWith: -)
    }

    private mutating func add(_ kind: EntrySet.Kind, _ amounts: [String: Money], _ one: Entitlement) {
        sums[kind, default: [:]].merge(amounts.filter { $0.value != .zero }, uniquingKeysWith: +)
        touched[kind, default: []].append(one)
    }

    private static let moves: [(EntrySet.Kind, AccountCode.Stage, AccountCode.Stage)] = [
        (.release, .held, .available), (.hold, .available, .held), (.claim, .paid, .claim),
        (.claimReduced, .claim, .paid),
    ]

    /// Books everything that was changed, and makes the supplements, ready for the next batch.
    func book(in writer: any StoreWriter) throws {
        // What is set free comes first: it may be what the rest is paid from.
        for (kind, from, to) in EntitlementRevisions.moves {
            guard let amounts = sums[kind], !amounts.isEmpty else { continue }
            if kind == .hold {
                for (line, need) in amounts.sorted(by: { $0.key < $1.key }) {
                    try Backstop.cover(line, need: need, about: about, context, in: writer)
                }
            }
            try Ledger.book(
                EntrySet(kind, moving: amounts, from: from, to: to, memo: memo, about: about),
                details: Entitlements.summary(touched[kind] ?? []), follows: kind != .release, context, in: writer)
        }
        if !supplements.isEmpty {
            let ids = try Entitlements.hold(supplements, about: about, context, in: writer)
            try Entitlements.approve(ids, about: about, context, in: writer)
        }
        try Freed.settle(freed, about: about, context, in: writer)
    }

    /// What came free of each line and nothing else here was paid from.
    private var freed: [String: Money] {
        var used = sums[.hold] ?? [:]
        for share in supplements.flatMap(\.shares) { used[share.line, default: .zero] += share.amount }
        return (sums[.release] ?? [:]).reduce(into: [:]) { $0[$1.key] = max(.zero, $1.value - (used[$1.key] ?? .zero)) }
    }
}
