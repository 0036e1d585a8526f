/// What an auditor looks at twice: accounts that several people share, bursts of scans, sums just under a limit, settings
/// that are tried again and again. Each is a question
/// and no proof; ids are told, never names or numbers.
public struct AuditPatterns: Sendable {
    /// One bank account that several payees have, in the register or in what was paid.
    public struct SharedAccount: Sendable, Hashable {
        /// `p-…` and `o-…`, the first of them.
        public var payees: [String]
        /// How many there are.
        public var count: Int
        /// What was paid into it in the range of days.
        public var paid: Money
    }

    /// What one account, device or station took in quick succession.
    public struct Burst: Sendable, Hashable {
        /// What was taken: cases by scan, visits of stations, goods at a station or none; or that a device met wrong codes
        /// (``Access/scanLimit`` in a row, and each further stop) or scanned more than it may, however few of these there are.
        public enum Kind: String, Sendable, CaseIterable { case scan, visit, delivery, stopped, limited }

        /// The account that filed or handed over (a device's is `device:…`), or the station (`s-…`).
        public var who: String
        /// See ``Kind``.
        public var kind: String
        /// When the first and the last of them came.
        public var from: Instant
        /// The last one.
        public var to: Instant
        /// How many.
        public var count: Int
    }

    /// Amounts of one filer that lie just under the limit above which another level looks.
    public struct UnderLimit: Sendable, Hashable {
        /// The program, and its limit: a review level's, or the most of one grant.
        public var program: String
        /// The limit.
        public var limit: Money
        /// What the limit is.
        public var kind: String
        /// Who filed them; `-`: sealed cases, whoever filed them.
        public var filer: String
        /// How many lie within the band under the limit, and how many of the filer's lie anywhere up to it.
        public var within: Int
        /// All of the filer's up to the limit.
        public var all: Int
        /// The first of those within.
        public var decisions: [ID<Decision>]
    }

    /// By how many payees share them, the most first.
    public var accounts: [SharedAccount] = []
    /// By how many came, the most first.
    public var bursts: [Burst] = []
    /// By how many lie in the band, the most first.
    public var underLimits: [UnderLimit] = []
    /// By how many contents were tried, the most first.
    public var probes: [Probe] = []
}

/// How much makes a pattern.
public struct PatternLimits: Sendable, Hashable {
    /// Payees of one account.
    public var sharedBy = 2
    /// How many in ``burstMinutes`` make a burst.
    public var burstCount = 30
    /// Minutes.
    public var burstMinutes: Int64 = 10
    /// The band under a limit.
    public var band = Rate(basisPoints: 500)
    /// How many of one filer in the band.
    public var underCount = 3
    /// Contents that were tried and never came into force.
    public var probedContents = 10
    /// The standard ones.
    public init() {}
}

extension AuditPatterns {
    /// Looks for patterns in a range of days.
    public static func find(
        _ days: DateRange, _ programs: [Program], _ limits: PatternLimits = PatternLimits(), in reader: any StoreReader
    ) throws -> AuditPatterns {
        var found = AuditPatterns()
        found.accounts = try sharedAccounts(days, limits, in: reader)
        found.bursts = try bursts(days, limits, in: reader)
        found.probes = try probes(days, limits, in: reader)
        for program in programs { found.underLimits += try underLimits(of: program, days, limits, in: reader) }
        found.underLimits.sort { ($1.within, $0.program, $0.filer) < ($0.within, $1.program, $1.filer) }
        return found
    }

    private static func sharedAccounts(
        _ days: DateRange, _ limits: PatternLimits, in reader: any StoreReader
    ) throws -> [SharedAccount] {
        // What the register has now, and what was paid into whoever's name.
        var payees: [[UInt8]: Set<String>] = [:]
        try reader.forEach(
            """
            SELECT card_mac, id FROM person WHERE card_mac IN
            (SELECT card_mac FROM person WHERE card_mac IS NOT NULL GROUP BY card_mac HAVING COUNT(*) > 1)
            """, []
        ) { row in
            payees[row.blob(0), default: []].insert(row.id(1, Person.self).text)
            return true
        }
        var paid: [[UInt8]: Money] = [:]
        try reader.forEach(
            """
            SELECT l.account_mac, e.payee_kind, e.payee, SUM(CASE WHEN l.state = 'paid' THEN l.amount ELSE 0 END)
            FROM pay_line l JOIN payment p ON p.id = l.payment JOIN unfolded_entitlement e ON e.id = p.entitlement
            JOIN pay_batch b ON b.id = l.batch
            WHERE l.state <> 'void' AND b.built_at >= $1 AND b.built_at < $2 AND e.payee IS NOT NULL
            GROUP BY l.account_mac, e.payee_kind, e.payee
            """, [.instant(Instant(days.from)), .instant(Instant(days.to + 1))]
        ) { row in
            let id = row.int(2)
            let text =
                row.text(1) == "person" ? ID<Person>(rawValue: id).text : ID<Organization>(rawValue: id).text
            payees[row.blob(0), default: []].insert(text)
            paid[row.blob(0), default: .zero] += row.money(3)
            return true
        }
        return payees.filter { $0.value.count >= limits.sharedBy }.map { mac, own in
            SharedAccount(payees: Array(own.sorted().prefix(20)), count: own.count, paid: paid[mac] ?? .zero)
        }.sorted { ($1.count, $0.payees[0]) < ($0.count, $1.payees[0]) }
    }

    private static func bursts(
        _ days: DateRange, _ limits: PatternLimits, in reader: any StoreReader
    ) throws -> [Burst] {
        let range: [SQLValue] = [.instant(Instant(days.from)), .instant(Instant(days.to + 1))]
        var times: [String: [Instant]] = [:]
        try reader.forEach(
            """
            SELECT \(SealedFilers.filer("c")), c.submitted_at FROM case_file c
            WHERE c.channel = 'scan' AND c.submitted_at >= $1 AND c.submitted_at < $2 ORDER BY c.submitted_at
            """, range
        ) { row in
            times["\(Burst.Kind.scan.rawValue) " + row.text(0), default: []].append(row.instant(1))
            return true
        }
        try reader.forEach(
            "SELECT station, at FROM visit WHERE kind = 'scan' AND at >= $1 AND at < $2 ORDER BY at", range
        ) { row in
            times["\(Burst.Kind.visit.rawValue) " + row.id(0, Station.self).text, default: []].append(row.instant(1))
            return true
        }
        var alone: [String: [Instant]] = [:]
        try reader.forEach(
            """
            SELECT kind, actor, about, at FROM chain_event WHERE at >= $1 AND at < $2
            AND kind IN ('money.delivery', 'device.stopped', 'device.limited') ORDER BY at
            """, range
        ) { row in
            if row.text(0) == "money.delivery" {
                let who = try SealedFilers.actor(row.text(1), about: row.text(2), in: reader)
                times["\(Burst.Kind.delivery.rawValue) " + who, default: []].append(row.instant(3))
            } else {
                let kind = row.text(0).dropFirst("device.".count)
                alone["\(kind) device:\(row.text(2))", default: []].append(row.instant(3))
            }
            return true
        }
        var found = alone.compactMap { key, own -> Burst? in
            let parts = key.split(separator: " ", maxSplits: 1).map(String.init)
            guard let first = own.first, let last = own.last else { return nil }
            return Burst(who: parts[1], kind: parts[0], from: first, to: last, count: own.count)
        }
        for (key, own) in times {
            let parts = key.split(separator: " ", maxSplits: 1).map(String.init)
            found += runs(of: own, limits).map { run in
                Burst(
                    who: parts[1], kind: parts[0], from: own[run.lowerBound], to: own[run.upperBound], count: run.count)
            }
        }
        return found.sorted { ($1.count, $0.from, $0.who) < ($0.count, $1.from, $1.who) }
    }

    /// Stretches in which every window of so many minutes holds so many, each as long as it goes.
    static func runs(of times: [Instant], _ limits: PatternLimits) -> [ClosedRange<Int>] {
        var found: [ClosedRange<Int>] = []
        var first = 0
        for last in times.indices {
            while times[last] - times[first] > limits.burstMinutes * 60_000 { first += 1 }
            guard last - first + 1 >= limits.burstCount else { continue }
            if let previous = found.last, previous.upperBound >= first {
                found[found.count - 1] = previous.lowerBound...last
            } else {
                found.append(first...last)
            }
        }
        return found
    }

    private static func underLimits(
        of program: Program, _ days: DateRange, _ limits: PatternLimits, in reader: any StoreReader
    ) throws -> [UnderLimit] {
        let rules = [program.base] + program.forms.values
        // What the rule itself gives to everybody of a kind is nobody's choice.
        let fixed = rules.reduce(into: Set<Int64>()) { $0.formUnion(fixedAmounts(of: $1)) }
        var bounds: Set<String> = []
        var found: [UnderLimit] = []
        for rule in rules {
            for level in rule.review {
                guard let over = level.over, bounds.insert("\(over.fen) review:\(level.level)").inserted else {
                    continue
                }
                found += try under(over, "review:\(level.level)", program.id, except: fixed, days, limits, in: reader)
            }
        }
        return found
    }

    /// Amounts that stand in the settings of a program, in fen: tiers, caps, values of packs.
    private static func fixedAmounts(of rules: FormRules) -> Set<Int64> {
        var found: Set<Int64> = []
        func take(_ value: Value) {
            switch value {
            case .int(let amount): found.insert(amount)
            case .list(let values): values.forEach(take)
            case .map(let members): members.values.forEach(take)
            default: break
            }
        }
        rules.settings.values.forEach(take)
        rules.byOrganization.values.forEach { $0.values.forEach(take) }
        rules.changes.forEach { $0.settings.values.forEach(take) }
        return found
    }

    private static func under(
        _ limit: Money, _ kind: String, _ program: String, except fixed: Set<Int64>, _ days: DateRange,
        _ limits: PatternLimits, in reader: any StoreReader
    ) throws -> [UnderLimit] {
        let band = limit - limits.band.of(limit)
        var byFiler: [String: UnderLimit] = [:]
        try reader.forEach(
            """
            SELECT d.id, COALESCE(d.kept, d.amount + d.queued), \(SealedFilers.filer("c"))
            FROM decision d JOIN case_file c ON c.id = d.case_id WHERE d.program = $1 AND d.on_date >= $2 AND d.on_date <= $3 AND d.state = 'standing'
            AND COALESCE(d.kept, d.amount + d.queued) > 0 AND COALESCE(d.kept, d.amount + d.queued) <= $4 ORDER BY d.id
            """, [.text(program), .date(days.from), .date(days.to), .money(limit)]
        ) { row in
            let filer = row.text(2)
            var own =
                byFiler[filer]
                ?? UnderLimit(
                    program: program, limit: limit, kind: kind, filer: filer, within: 0, all: 0, decisions: [])
            own.all += 1
            if row.money(1) >= band, !fixed.contains(row.int(1)) {
                own.within += 1
                if own.decisions.count < 20 { own.decisions.append(row.id(0)) }
            }
            byFiler[filer] = own
            return true
        }
        return byFiler.values.filter { $0.within >= limits.underCount }
    }
}
