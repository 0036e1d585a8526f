/// A decision that no run and no case made: the past that a plugin's test starts from.
public struct PastDecision: Sendable {
    /// Its id.
    public var id: ID<Decision>
    /// The program, and the series that its years belong to.
    public var program: String
    /// See ``program``.
    public var series: String
    /// The plugin and the form by which it was decided.
    public var plugin: String
    /// See ``plugin``.
    public var form: String
    /// Whom it is about.
    public var subject: SubjectRef
    /// The household that it counts for; nil: none.
    public var household: Int64?
    /// The day for which it was decided.
    public var onDate: CivilDate
    /// granted, limited, refused, waitlisted, review or failed.
    public var result: String
    /// What was granted.
    public var amount: Money
    /// What the form keeps of it.
    public var keeps: [String: Value]
    /// standing, reversed, refused, waitlisted, lapsed, superseded or annulled.
    public var state: String

    /// A decision of the past.
    public init(
        id: ID<Decision>, program: String, series: String, plugin: String, form: String, subject: SubjectRef,
        household: Int64?, onDate: CivilDate, result: String, amount: Money, keeps: [String: Value], state: String
    ) {
        self.id = id
        self.program = program
        self.series = series
        self.plugin = plugin
        self.form = form
        self.subject = subject
        self.household = household
        self.onDate = onDate
        self.result = result
        self.amount = amount
        self.keeps = keeps
        self.state = state
    }

    /// Writes it; one that stands is its subject's next in the series.
    public func insert(in writer: any StoreWriter) throws {
        let number = try DecisionRows.number(ofSeries: series, subject.kind, in: writer)
        let count = try writer.integer(
            "SELECT COUNT(*) FROM decision_own WHERE subject = $1 AND series_id = $2", [.int(subject.id), .int(number)])
        var terms = SharedTerms(into: "decision_terms", columns: PastDecision.termColumns)
        let common = terms.id(
            of: [
                .text(program), .text(series), .text(plugin), .text(form), .text(subject.kind.rawValue),
                .date(onDate), .instant(Instant(onDate)), .text(result), .money(amount), .money(amount),
                .text(Value.map(keeps).json),
            ], for: id.rawValue)
        try terms.insert(in: writer)
        try writer.insert(
            into: "decision_row",
            columns: ["id", "terms", "series_id", "subject", "household", "ordinal", "state"],
            values: [
                .id(id), .int(common), .int(number), .int(subject.id), .optional(household),
                state == "standing" ? .int((count ?? 0) + 1) : .null, .text(state),
            ])
    }

    /// Takes what may exist once by a rule of its form, as it took it when it was made; nothing where it doesn't stand any more, and
    /// where no rule of the bundle is of its form. What somebody else of the past holds stays theirs.
    ///
    /// - Parameters:
    ///   - fields: what was filled in, as far as that is known.
    ///   - current: the program of the bundle by which such a form is decided now.
    public func claim(
        _ fields: [String: Value], under current: String, of bundle: Bundle, _ change: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        guard state == "standing", let program = bundle.programs[current], program.plugin == plugin,
            bundle.plugins[plugin]?.manifest.forms[form] != nil
        else { return }
        var then = bundle
        var rules = program.rules(for: form)
        // A day outside the season was in another one: of which first day doesn't matter, but that it isn't this one's.
        if !rules.season.contains(onDate) { rules.season = DateRange(from: onDate, to: onDate) }
        then.programs[current]?.series = series
        then.programs[current]?.forms[form] = rules
        let context = try FormContext(bundle: then, program: current, form: form)
        let admission = Admission(context: context, crypto: change.crypto)
        var intake = Intake(batchOn: onDate, submittedAt: Instant(onDate))
        intake.fields = fields
        let line = IntakeLine(line: 0, subject: subject, element: .null)
        for claim in try admission.claims(for: line, household: household, intake: intake, in: writer) {
            let owner = UniqueClaim.Owner(form: context.qualifiedName, decision: id)
            _ = try admission.take(claim, owner, at: change.now, in: writer)
        }
    }

    private static let termColumns = [
        "program", "series", "plugin", "form", "subject_kind", "on_date", "decided_at", "result", "assessed", "amount",
        "keeps",
    ]
}
