/// What was previewed by whom: how often somebody may, and what an approval rests on.
public enum Previews {
    /// A program's form, as a preview must have seen it.
    public struct Need: Hashable, Sendable {
        /// The program.
        public var program: String
        /// The form.
        public var form: String
        /// The day from which on it must have looked: settings that change on a day are not seen before it. nil: any.
        public var from: CivilDate?
        /// The day to preview it for (`--as-of`): ``from``, or where today is out of the season the day of it that is next to
        /// today; nil: today.
        public var asOf: CivilDate?
        /// The form is applied for: what was looked at must reach up to the day on which it was made, or it might be of nothing.
        public var isFiled = false
    }

    /// A preview that was made.
    public struct Made: Hashable, Sendable {
        /// Who made it.
        public var account: String
        /// When.
        public var at: Instant
        /// The program.
        public var program: String
        /// The form.
        public var form: String
        /// The day for which it was made.
        public var asOf: CivilDate
        /// SM3 over the previewed content and every outcome.
        public var contentHash: String
        /// What it came to.
        public var totals: SweepTotals
    }

    /// Previews and comparisons that an account may make within ``rateWindow``: enough for work, too few to find out about single
    /// people by changing a setting again and again.
    public static let rateLimit: Int64 = 60
    /// An hour, in milliseconds.
    public static let rateWindow: Int64 = 3_600_000

    /// Throws `rate_limited` when an account has made too many.
    public static func admit(_ account: String, at now: Instant, in reader: any StoreReader) throws {
        let made = try reader.all(
            "SELECT at FROM preview WHERE account = $1 AND at > $2 ORDER BY at DESC LIMIT $3",
            [.text(account), .instant(now + -rateWindow), .int(rateLimit)]
        ) { $0.instant(0) }
        guard made.count >= rateLimit, let oldest = made.last else { return }
        let seconds = max(1, (oldest + rateWindow - now + 999) / 1_000)
        let minutes = (seconds + 59) / 60
        throw NiangjiaError(
            "rate_limited", zh: "一小时内最多试算或对比 \(rateLimit) 次,请 \(minutes) 分钟后再试。",
            en: "At most \(rateLimit) previews and comparisons an hour: try again in \(minutes) minutes.",
            retryAfter: seconds)
    }

    /// Keeps that a preview was made, and what it came to; the chain has it too.
    ///
    /// - Parameter kind: `preview`; or what no approval rests on: `unread` for one whose money wasn't told, `unasked` for the list of
    ///   those who never applied.
    public static func keep(
        _ report: PreviewReport, as kind: String = "preview", _ change: ChangeContext, in writer: any StoreWriter
    ) throws {
        try keep(
            kind, bundle: report.bundle, program: report.program, form: report.form, asOf: report.asOf,
            hash: report.contentHash, totals: report.totals, change, in: writer)
    }

    /// Keeps that a comparison was made.
    public static func keep(
        _ diff: ProgramDiff, from: String, to: String, _ change: ChangeContext, in writer: any StoreWriter
    ) throws {
        try keep(
            "diff", bundle: to, program: diff.program, form: diff.form, asOf: diff.asOf, hash: from, totals: diff.after,
            more: diff.than.map { ["than": .text($0)] } ?? [:], change, in: writer)
    }

    /// Keeps that every open program was previewed in one sweep; no approval rests on it.
    public static func keepAll(
        _ bundle: String, asOf: CivilDate, _ change: ChangeContext, in writer: any StoreWriter
    ) throws {
        try keep(
            "all", bundle: bundle, program: "*", form: "*", asOf: asOf, hash: "", totals: SweepTotals(), change,
            in: writer)
    }

    private static func keep(
        _ kind: String, bundle: String, program: String, form: String, asOf: CivilDate, hash: String,
        totals: SweepTotals, more: [String: Value] = [:], _ change: ChangeContext, in writer: any StoreWriter
    ) throws {
        let id: ID<Preview> = change.ids.next()
        try writer.execute(
            """
            INSERT INTO preview (id, kind, at, account, bundle, program, form, as_of, content_hash, totals) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            [
                .id(id), .text(kind), .instant(change.now), .text(change.actor), .text(bundle), .text(program),
                .text(form), .date(asOf), .text(hash), .text(totals.json),
            ])
        let body: [String: Value] = [
            "bundle": .text(bundle), "form": .text(form), "as_of": .text(asOf.description), "hash": .text(hash),
        ]
        try change.record("program.\(kind)", about: program, body: .map(body.merging(more) { $1 }), in: writer)
    }

    /// The newest preview of a form under a bundle since a moment that saw what it must; nil when there is none.
    public static func newest(_ need: Need, bundle: String, since: Instant, in reader: any StoreReader) throws -> Made?
    {
        try reader.all(
            """
            SELECT account, at, as_of, content_hash, totals FROM preview WHERE bundle = $1 AND program = $2 AND form = $3 \
            AND kind = 'preview' AND at >= $4 AND as_of >= $5 ORDER BY id DESC
            """,
            [
                .text(bundle), .text(need.program), .text(need.form), .instant(since),
                .int(need.from.map { Int64($0.days) } ?? .min),
            ]
        ) { row in
            Made(
                account: row.text(0), at: row.instant(1), program: need.program, form: need.form, asOf: row.date(2),
                contentHash: row.text(3), totals: try SweepTotals(json: row.text(4)))
        }.first { !need.isFiled || $0.asOf >= $0.at.date }
    }

    /// The forms that must have been previewed before a bundle may take the place of another: of programs that it opens, or of
    /// which it changes anything, be it their plugin, what they share with others, or their money, and that are decided over a
    /// population with somebody in it, or that somebody has applied for in the year before. A season that had ended before anybody
    /// was in the register can't be looked at, nor decided for: it asks for none.
    public static func needed(from old: Bundle?, to new: Bundle, today: CivilDate, in reader: any StoreReader) throws
        -> [Need]
    {
        try new.programs.values.filter { program in
            guard program.status == .open else { return false }
            return old.flatMap { Concern(program.id, in: $0) } != Concern(program.id, in: new)
        }.sorted { $0.id < $1.id }.flatMap { program in
            try applied(program, old, in: new, today: today, reader)
                + new.batchForms(of: program.id).filter { name in
                    let context = try FormContext(bundle: new, program: program.id, form: name)
                    let subjects = try Gatherer(context).subjects
                    let filter = context.form.population?.filter ?? [:]
                    return try (subjects?.count(filter: filter, after: .min, in: reader) ?? 0) > 0
                }.compactMap { name in
                    let rules = program.rules(for: name)
                    let days = changes(of: program, name, since: old).filter { $0 <= rules.season.to }
                    let near = min(max(today, rules.season.from), rules.season.to)
                    let day = max(near, days.max() ?? near)
                    if day < today,
                        try !isKept(try FormContext(bundle: new, program: program.id, form: name), day, reader)
                    {
                        return nil
                    }
                    return Need(program: program.id, form: name, from: days.max(), asOf: day == today ? nil : day)
                }
        }
    }

    /// The forms of a program that somebody has applied for in the year up to today.
    private static func applied(
        _ program: Program, _ old: Bundle?, in bundle: Bundle, today: CivilDate, _ reader: any StoreReader
    ) throws -> [Need] {
        try bundle.appliedForms(of: program.id).filter { name in
            let days = FiledSpan(until: today).days
            let filed = FiledSet(program, name, days)
            return try reader.first("SELECT 1 FROM case_file WHERE \(FiledSet.condition) LIMIT 1", filed.arguments) {
                _ in
                true
            } ?? false
        }.map { name in
            // Applications are judged by the settings of the day that is asked about: the last that is new.
            let from = changes(of: program, name, since: old).max()
            return Need(
                program: program.id, form: name, from: from, asOf: from.flatMap { $0 > today ? $0 : nil }, isFiled: true
            )
        }
    }

    /// The days from which on settings of a form change that an earlier bundle doesn't know.
    private static func changes(of program: Program, _ form: String, since old: Bundle?) -> [CivilDate] {
        let before = Set(old?.programs[program.id]?.rules(for: form).changes ?? [])
        return program.rules(for: form).changes.filter { !before.contains($0) }.map(\.from)
    }

    /// Whether the registers that a form over a population reads reach back to a day.
    private static func isKept(_ context: FormContext, _ day: CivilDate, _ reader: any StoreReader) throws -> Bool {
        guard let registers = try FormRegisters(of: context), try registers.changed(since: day, in: reader) else {
            return true
        }
        return try registers.begin(in: reader).map { $0 <= day } ?? true
    }

    /// What decides who gets what of a program.
    private struct Concern: Equatable {
        var program: Program
        var plugin: String?
        var exclusions: [StackingSettings.Exclusion]
        var caps: [StackingSettings.SharedCap]
        var payers: [String]
        var bill: StackingSettings.Bill?
        var lines: [FundsSettings.Line]
        var backstops: [FundsSettings.Backstop]

        /// nil: a bundle without the program.
        init?(_ id: String, in bundle: Bundle) {
            guard let program = bundle.programs[id] else { return nil }
            self.program = program
            plugin = bundle.plugins[program.plugin]?.digest
            let own = { (form: String) in form.hasPrefix(program.plugin + "/") }
            exclusions = bundle.stacking.exclusions.filter { $0.of.contains(where: own) }
            caps = bundle.stacking.sharedCaps.filter { $0.of.contains(where: own) }
            payers = bundle.stacking.payerOrder.contains(where: own) ? bundle.stacking.payerOrder : []
            bill = payers.isEmpty ? nil : bundle.stacking.bill
            let names = Set(([program.base] + program.forms.values).flatMap { $0.funding.map(\.line) })
            lines = bundle.funds.lines.filter { names.contains($0.id) }
            backstops = bundle.funds.backstops.filter { names.contains($0.line) }
        }
    }
}

/// A preview that somebody made.
public enum Preview: Identified { public static let idPrefix = "pv" }

/// Table of previews and comparisons that were made.
public enum PreviewsSchema {
    /// One row for each; no facts and no names.
    public static let preview = Table(
        "preview", key: ["id"], proof: .open("the approval that rests on one names it in its own event"),
        [
            // preview, unread, diff, unasked, all
            Column("id", .int), Column("kind", .text), Column("at", .int), Column("account", .text),
            // The digest of what was previewed, and of a comparison what it was compared with in place of the hash.
            Column("bundle", .text), Column("program", .text), Column("form", .text), Column("as_of", .int),
            Column("content_hash", .text), Column("totals", .text),
        ], index: [["account", "at"], ["bundle", "program"]])
}
