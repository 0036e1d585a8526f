/// Settle and apply for a block of a run: what is the same for many lines is worked out once.
extension Applier {
    /// Whether lines ask for nothing but money: no shared cap, exclusion, places, or passing together. Then lines of which the
    /// rule says the same are settled alike.
    var isPlain: Bool {
        let name = context.qualifiedName
        return !SweepGuard(context, admission).isNeeded && context.form.places == nil && context.form.together == nil
            && !context.bundle.stacking.sharedCaps.contains { $0.of.contains(name) }
            && !context.bundle.stacking.exclusions.contains { $0.of.contains(name) }
    }

    /// The settle lines of a block.
    func settleBlock(_ lines: BlockLines, _ judgements: Judgements, in reader: any StoreReader) throws -> SettleBlock {
        guard isPlain else {
            let judged = lines.judged(judgements)
            return SettleBlock(
                lines: try settleLines(
                    judged, parties: Parties(applicant: nil, unit: nil, fields: [:]), in: reader),
                indexes: judged.indices.map { UInt32($0) }, subjects: lines.ids, kind: lines.kind)
        }
        let rules = context.rules
        let draws = context.form.gives.givesValue
        let distinct = judgements.distinct.map { judgement in
            var line = SettleLine(judgement: judgement)
            line.funding = rules.funding
            line.short = rules.short
            line.eachMax = rules.pay.eachMax
            line.draws = draws
            line.order = [Instant(lines.onDate).milliseconds]
            return line
        }
        return SettleBlock(lines: distinct, indexes: judgements.indexes, subjects: lines.ids, kind: lines.kind)
    }

    /// Writes the decisions and entitlements of a block's lines but for some. Refusals stay in the block, found by
    /// (run, block, row); what stands, waits or needs a person gets a row.
    func write(
        _ lines: BlockLines, _ judgements: Judgements, _ settled: SettledBlock, places: (Int) -> SettleLine.Places?,
        except: Set<Int>, run: ID<Run>, block: Int64, about: String, in writer: any StoreWriter
    ) throws {
        var rows = BlockRows(judgements: judgements, settled: settled)
        for n in 0..<lines.count where except.isEmpty || !except.contains(n) { rows.add(n) }
        guard !rows.lines.isEmpty else { return }
        let ids = change.ids.next(rows.lines.count, Decision.self)
        let folding = try folding(lines)
        let series = try DecisionRows.number(ofSeries: context.program.series, lines.kind, in: writer)
        let before = try ordinals(of: lines, series, in: writer)
        rows.count(lines) { before.isEmpty ? 0 : before[$0] ?? 0 }
        let common = rows.terms { kind, judged, outcome in
            DecisionRows.terms(
                context, lines.kind, run: .id(run), block: .int(block), on: lines.onDate, at: change.now, judged,
                outcome, folding: rows.isFolded(kind) ? folding : nil)
        }
        try insert(rows, ids, lines, common, series, isFolding: folding != nil, in: writer)
        let digest = rows.digest(ids, lines, common)
        try Commitments.commit(to: digest, ids, about: about, change, in: writer)
        if context.form.places != nil {
            for (position, n) in rows.lines.enumerated() where settled[n].stands {
                if let places = places(n) { try take(places, ids[position], in: writer) }
            }
        }
        try hold(rows, ids, lines, folding, about: about, in: writer)
        try queue(rows, ids, lines, run: run, about: about, in: writer)
    }

    private func insert(
        _ rows: BlockRows, _ ids: [ID<Decision>], _ lines: BlockLines, _ common: [DecisionRows.Terms], _ series: Int64,
        isFolding: Bool, in writer: any StoreWriter
    ) throws {
        var terms = SharedTerms(into: "decision_terms", columns: DecisionRows.termColumns)
        let termIDs = rows.shareTerms(&terms, ids, common)
        try terms.insert(in: writer)
        var bulk = BulkRows(into: "decision_row", count: ids.count)
        bulk.set("id", .integers(ids.map(\.rawValue)))
        bulk.set("terms", .shared(termIDs.map { .int($0) }, rows.kinds))
        bulk.set("series_id", .constant(.int(series)))
        bulk.set("subject", .integers(rows.lines.map { lines.ids[$0] }))
        bulk.set("ordinal", .integersOrNull(rows.ordinals, null: 0))
        bulk.set("household", .integersOrNull(rows.lines.map { lines.households[$0] }, null: 0))
        bulk.set("line", .integers(rows.lines.map { Int64($0) }))
        bulk.set("row", .integersOrNull(rows.lines.map { Int64(lines.row($0) ?? -1) }, null: -1))
        bulk.set("home_organization", .integersOrNull(rows.lines.map { lines.homes[$0] }, null: 0))
        guard !DecisionRows.canPack(bulk, subjects: lines.ids, of: rows.lines) else {
            return try writer.insert(bulk, into: DecisionsSchema.packing)
        }
        bulk.set("state", .shared(rows.states, rows.kinds))
        if isFolding {
            bulk.set("is_folded", .shared(rows.states.indices.map { .bool(rows.isFolded($0)) }, rows.kinds))
        }
        try writer.insert(bulk)
    }

    /// The last ordinal of each subject of a range that has one.
    private func ordinals(of lines: BlockLines, _ series: Int64, in reader: any StoreReader) throws -> [Int64: Int64] {
        var found: [Int64: Int64] = [:]
        let sql = """
            SELECT subject, MAX(ordinal) FROM decision_own WHERE subject >= $1 AND subject <= $2 AND series_id = $3 \
            GROUP BY subject
            """
        try reader.forEach(sql, [.int(lines.first), .int(lines.last), .int(series)]) { row in
            found[row.int(0)] = row.int(1)
            return true
        }
        return found
    }

    private func hold(
        _ rows: BlockRows, _ ids: [ID<Decision>], _ lines: BlockLines, _ folding: FoldedEntitlement?, about: String,
        in writer: any StoreWriter
    ) throws {
        guard context.form.gives.movesMoney else { return }
        let parties = Parties(applicant: nil, unit: nil, fields: [:])
        var (count, amount) = (0, Money.zero)
        var others: [NewEntitlement] = []
        for (position, n) in rows.lines.enumerated() {
            let kind = Int(rows.kinds[position])
            guard rows.stands[kind] else { continue }
            if folding != nil, rows.isSimple[kind] {
                guard rows.amounts[kind] > 0 else { continue }
                count += 1
                amount += Money(fen: rows.amounts[kind])
            } else {
                others += try entitlements(
                    ids[position], rows.judged(n, of: lines), rows.settled[n], caseID: nil, parties: parties, in: writer
                )
            }
        }
        if let folding {
            try Entitlements.hold(folding, count: count, amount: amount, about: about, change, in: writer)
        }
        guard !others.isEmpty else { return }
        let held = try Entitlements.hold(others, about: about, change, in: writer)
        let ready = zip(others, held).filter { new, _ in
            ["approved", "delivered"].contains(context.form.gives.when(of: new.part))
        }
        if !ready.isEmpty { try Entitlements.approve(ready.map(\.1), about: about, change, in: writer) }
    }

    /// Where every line gives its one amount to its subject or from stock: what the entitlements of a block have in common.
    private func folding(_ lines: BlockLines) throws -> FoldedEntitlement? {
        let gives = context.form.gives
        guard gives.movesMoney, let kind = Entitlement.Kind(rawValue: gives.kind(of: "").rawValue), kind != .fee,
            let fund = context.rules.funding.first, context.rules.funding.count == 1
        else { return nil }
        let isApproved = ["approved", "delivered"].contains(gives.when(of: ""))
        var payee: Entitlement.Payee.Kind?
        switch (gives.to(of: ""), lines.kind) {
        case (nil, _) where kind == .goods: payee = .stock
        case ("supplier", _) where context.rules.supplier == nil: payee = .stock
        case (nil, .person), ("subject", .person): payee = .person
        case (nil, .organization), ("subject", .organization): payee = .organization
        default: break
        }
        return payee.map {
            FoldedEntitlement(kind: kind, payee: $0, fundLine: fund.line, state: isApproved ? .approved : .held)
        }
    }
}

/// The lines of a block that get decisions, each with one of a few kinds: what the rule said and what settle made of it.
struct BlockRows {
    let judgements: Judgements
    let settled: SettledBlock
    private(set) var lines: [Int] = []
    /// For each of ``lines``, its kind.
    private(set) var kinds: [UInt32] = []
    /// By kind.
    private(set) var stands: [Bool] = []
    private(set) var amounts: [Int64] = []
    /// By kind: no parts, at most one line of funds.
    private(set) var isSimple: [Bool] = []
    /// By kind: the state in which its decisions begin.
    private(set) var states: [SQLValue] = []
    /// By kind: what was judged, and what settle left of it.
    private var made: [(judgement: Judgement, outcome: Outcome)] = []
    /// For each of ``lines``, which standing decision of its subject in the series it is; 0: it doesn't stand.
    private(set) var ordinals: [Int64] = []
    private var known: [UInt64: UInt32] = [:]
    /// By outcome: the judgement and kind that it had last.
    private var last: [(judgement: UInt32, kind: UInt32)]
    private let getsRow: [Bool]

    init(judgements: Judgements, settled: SettledBlock) {
        self.judgements = judgements
        self.settled = settled
        last = [(UInt32, UInt32)](repeating: (.max, 0), count: settled.outcomes.count)
        getsRow = settled.outcomes.map { ![.refused, .incomplete].contains($0.result) }
    }

    /// A line as a single one is written.
    func judged(_ line: Int, of lines: BlockLines) -> JudgedLine {
        JudgedLine(
            intake: IntakeLine(line: line, subject: SubjectRef(lines.kind, lines.ids[line]), element: .null),
            gathered: lines.line(line), judgement: judgements[line], source: .host)
    }

    /// Whether entitlements of a kind lie folded in their decisions, where the form's may at all.
    func isFolded(_ kind: Int) -> Bool { stands[kind] && isSimple[kind] && amounts[kind] > 0 }

    /// Takes a line, if it gets a decision.
    mutating func add(_ line: Int) {
        let outcome = settled.indexes[line]
        guard getsRow[Int(outcome)] else { return }
        let judgement = judgements.indexes[line]
        lines.append(line)
        if last[Int(outcome)].judgement == judgement { return kinds.append(last[Int(outcome)].kind) }
        let key = UInt64(judgement) << 32 | UInt64(outcome)
        let kind = known[key] ?? make(judgements.distinct[Int(judgement)], settled.outcomes[Int(outcome)])
        known[key] = kind
        last[Int(outcome)] = (judgement, kind)
        kinds.append(kind)
    }

    private mutating func make(_ judged: Judgement, _ outcome: Outcome) -> UInt32 {
        states.append(.text(outcome.decisionState))
        made.append((judged, outcome))
        stands.append(outcome.stands)
        amounts.append(outcome.amount.fen)
        isSimple.append(judged.parts.isEmpty && outcome.splits.count <= 1)
        return UInt32(stands.count - 1)
    }

    /// Numbers what stands, after the last that a subject has.
    mutating func count(_ lines: BlockLines, after last: (Int64) -> Int64) {
        ordinals = zip(self.lines, kinds).map { line, kind in stands[Int(kind)] ? last(lines.ids[line]) + 1 : 0 }
    }

    /// By kind: its terms.
    func terms(_ make: (Int, Judgement, Outcome) -> DecisionRows.Terms) -> [DecisionRows.Terms] {
        made.enumerated().map { make($0, $1.judgement, $1.outcome) }
    }

    /// By kind: the id of its terms.
    func shareTerms(_ terms: inout SharedTerms, _ ids: [ID<Decision>], _ common: [DecisionRows.Terms]) -> [Int64] {
        var ranges = [(first: Int64, last: Int64)](repeating: (0, 0), count: made.count)
        for (id, kind) in zip(ids, kinds) {
            if ranges[Int(kind)].first == 0 { ranges[Int(kind)].first = id.rawValue }
            ranges[Int(kind)].last = id.rawValue
        }
        return zip(common, ranges).map { common, range in
            let id = terms.id(of: common, for: range.first)
            return terms.id(of: common, for: range.last) == id ? id : range.first
        }
    }

    /// What the chain commits to of the rows.
    func digest(_ ids: [ID<Decision>], _ lines: BlockLines, _ common: [DecisionRows.Terms]) -> DecisionsDigest {
        var digest = DecisionsDigest()
        var numbers = [Int64](repeating: -1, count: common.count)
        for (position, line) in self.lines.enumerated() {
            let kind = Int(kinds[position])
            if numbers[kind] < 0 { numbers[kind] = digest.number(of: common[kind], caseID: nil) }
            let own = DecisionsDigest.Row(
                id: ids[position].rawValue, subject: lines.ids[line],
                ordinal: ordinals[position] == 0 ? nil : ordinals[position],
                household: lines.households[line] == 0 ? nil : lines.households[line], line: Int64(line),
                row: lines.row(line).map { Int64($0) }, home: lines.homes[line] == 0 ? nil : lines.homes[line])
            digest.add(own, numbers[kind])
        }
        return digest
    }
}
