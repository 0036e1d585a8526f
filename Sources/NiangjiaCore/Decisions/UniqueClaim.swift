/// Something that may exist once, as a form's line, a row of a run or an action claims it.
///
/// What has a window with edges (a season, a month, `ever`) exists once in it: the window is part of the key. A window that goes
/// with the date (`days`, `months`) has none, so what it claims has a day, and two of the same are one too many where the
/// later one's window reaches back to the earlier one, whichever of them came first.
struct UniqueClaim: Hashable, Sendable {
    /// `plugin/form#n`, `plugin/action:name#n`, `exclusion#n`.
    var rule: String
    /// Keyed hash of what must be unique and of its window.
    var key: [UInt8]
    /// The day that it counts from; nil: its window has edges.
    var day: CivilDate?
    /// The days on which another of the same is one too many; nil: its window has edges.
    var near: DateRange?
    /// Whether any number of one form's hold it beside each other, each by a row of its own, and only other forms are kept out
    /// (`exclusions`).
    var isShared = false
}

extension UniqueClaim {
    /// A claim by a rule.
    ///
    /// - Parameters:
    ///   - parts: what must be unique, in a fixed order.
    ///   - series: the series that alone shares a season; nil: every program whose season begins on the same day.
    init(
        rule: String, _ parts: [Value], within window: LookDefinition.Window, on date: CivilDate, season: DateRange,
        of series: String? = nil, isShared: Bool = false, _ crypto: any CryptoProvider
    ) {
        self.rule = rule
        self.isShared = isShared
        near = window.near(date)
        day = near == nil ? nil : date
        let name = UniqueClaim.name(window, on: date, season: season, of: series)
        key = crypto.mac(Array(Value.list(parts + [.text(name)]).json.utf8), purpose: .lookup)
    }

    /// A season is named by its first day, so that one whose end is moved is the same; how far `days` and `months` reach isn't part
    /// of a name, so that a new version of a rule that changes it knows what was claimed before.
    private static func name(
        _ window: LookDefinition.Window, on date: CivilDate, season: DateRange, of series: String?
    ) -> String {
        switch window {
        case .days, .months: "near"
        case .season: (["season", "\(season.from)"] + [series].compactMap { $0 }).joined(separator: " ")
        default: LookReader.window(window, on: date, season: season).map { "\($0)" } ?? "ever"
        }
    }
}

extension LookDefinition.Window {
    /// The days that are too near to a date: those that its window reaches back to, and those whose windows reach back to it. nil: the
    /// window has edges, and what lies in it is near.
    func near(_ date: CivilDate) -> DateRange? {
        switch self {
        case .days(let n): return DateRange(from: date - n + 1, to: date + n - 1)
        case .months(let n):
            // A month's end is reached from several days: from 28 February, six months back is 28 August, which 30 August is after.
            var last = date.adding(months: n) - 1
            while (last + 1).adding(months: -n) < date { last = last + 1 }
            return DateRange(from: date.adding(months: -n) + 1, to: last)
        default: return nil
        }
    }
}

/// Claims in the store.
extension UniqueClaim {
    /// Whose a claim is: a case's line, a case's where several of its lines claim it, a decision's, or nobody's where an action claims.
    struct Owner: Sendable {
        var form: String
        var caseID: ID<CaseFile>?
        var line: Int?
        var decision: ID<Decision>?

        /// What stands behind the key of a claim that is shared.
        fileprivate var mark: [UInt8] { Array("\(caseID?.text ?? decision?.text ?? "")/\(line ?? 0)".utf8) }
    }

    /// Who holds this, or what is too near to it: one at most where the window has edges and it isn't shared.
    func owners(in reader: any StoreReader) throws -> [Owner] {
        let marked: [SQLValue] = isShared ? [.blob(key + [UniqueClaim.behindMarks])] : []
        return try reader.all(
            """
            SELECT form, case_id, line, decision FROM unique_claim \
            WHERE rule = $1 AND key \(isShared ? "BETWEEN $2 AND $5" : "= $2") AND on_date BETWEEN $3 AND $4 ORDER BY on_date
            """,
            [.text(rule), .blob(key), .date(near?.from ?? UniqueClaim.noDay), .date(near?.to ?? UniqueClaim.noDay)]
                + marked
        ) {
            Owner(
                form: $0.text(0), caseID: $0.idOrNil(1, CaseFile.self), line: $0.intOrNil(2).map { Int($0) },
                decision: $0.idOrNil(3, Decision.self))
        }
    }

    /// Writes a claim unless the same is there already. Nothing is asked before but where another's isn't the same row: its window has no
    /// edges, or it is shared. What two lines of one case claim is the case's: it stands as long as one of them does.
    ///
    /// - Parameter hinders: whose claim stands in the way.
    /// - Returns: false where somebody's does.
    func take(
        _ owner: Owner, at now: Instant, in writer: any StoreWriter, unless hinders: (Owner) throws -> Bool
    ) throws -> Bool {
        if near != nil || isShared, try owners(in: writer).contains(where: hinders) { return false }
        let day = day ?? UniqueClaim.noDay
        let inserted = try writer.execute(
            """
            INSERT INTO unique_claim (rule, key, on_date, case_id, line, decision, form, held_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING
            """,
            [
                .text(rule), .blob(isShared ? key + owner.mark : key), .date(day),
                .id(owner.caseID), .optional(owner.line.map { Int64($0) }), .id(owner.decision), .text(owner.form),
                .instant(now),
            ])
        guard inserted == 0 else { return true }
        if try owners(in: writer).contains(where: hinders) { return false }
        if let caseID = owner.caseID, let line = owner.line {
            // Whichever line falls takes away what is its own alone.
            try writer.execute(
                """
                UPDATE unique_claim SET line = NULL \
                WHERE rule = $1 AND key = $2 AND on_date = $3 AND case_id = $4 AND line <> $5
                """, [.text(rule), .blob(key), .date(day), .id(caseID), .int(Int64(line))])
        }
        return true
    }

    /// What stands for the day where a window has edges.
    private static let noDay = CivilDate(days: 0)

    /// Greater than any byte of a mark.
    private static let behindMarks: UInt8 = 0xFF
}

/// Claims that are held beside those of the store, by lines of one form of which nothing is written yet.
struct HeldClaims<Owner: Equatable & Sendable>: Sendable {
    private struct Key: Hashable, Sendable {
        var rule: String
        var key: [UInt8]
    }
    private var once: [Key: Owner] = [:]
    private var dated: [Key: [(day: CivilDate, owner: Owner)]] = [:]

    /// Whether another holds a claim, or one that is too near to it. What a form shares keeps none of its lines out.
    func isHeld(_ claim: UniqueClaim, butBy own: Owner? = nil) -> Bool {
        guard !claim.isShared else { return false }
        let key = Key(rule: claim.rule, key: claim.key)
        guard let near = claim.near else { return once[key].map { $0 != own } ?? false }
        return dated[key]?.contains { near.contains($0.day) && $0.owner != own } ?? false
    }

    mutating func insert(_ claim: UniqueClaim, by owner: Owner) {
        guard !claim.isShared else { return }
        let key = Key(rule: claim.rule, key: claim.key)
        if let day = claim.day { dated[key, default: []].append((day, owner)) } else { once[key] = owner }
    }
}
