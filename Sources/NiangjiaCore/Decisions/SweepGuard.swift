/// What the rows of one sweep may not take from each other: a claim (`unique`, exclusions) that an earlier row or a case holds,
/// and a household whose look an earlier row has just changed.
///
/// All rows of a sweep are judged on the same facts, so none sees what another is about to get. Rows are screened in key order,
/// the same in preview and decide: the first that gives keeps the claim; a second of a household that the rule looks at is set
/// aside for a person, or for the next run, which sees the first.
struct SweepGuard: Sendable {
    private let context: FormContext
    private let admission: Admission
    private var claims = HeldClaims<Bool>()
    private var households: Set<Int64> = []

    init(_ context: FormContext, _ admission: Admission) {
        self.context = context
        self.admission = admission
    }

    /// Whether rows of this form can stand in each other's way at all; where not, screening costs nothing.
    var isNeeded: Bool { sharesHouseholds || admission.hasClaims }

    private var sharesHouseholds: Bool {
        context.form.facts.look.contains { $0.per == "household" }
            || context.bundle.stacking.sharedCaps.contains {
                $0.of.contains(context.qualifiedName) && $0.per == "household"
            }
    }

    /// Screens judged rows; call it block after block, in key order.
    mutating func screen(_ lines: [JudgedLine], asOf date: CivilDate, in reader: any StoreReader) throws -> [JudgedLine]
    {
        guard isNeeded else { return lines }
        let intake = Intake(batchOn: date, submittedAt: Instant(date))
        return try lines.map { line in
            guard line.judgement.gives else { return line }
            var screened = line
            let own = try admission.claims(
                for: line.intake, household: line.gathered.household, intake: intake, in: reader)
            var held = HeldClaims<Bool>()
            for claim in own {
                let isAnothers = claims.isHeld(claim.held) || held.isHeld(claim.held)
                if try isAnothers || admission.isHeld(claim, in: reader) {
                    screened.judgement = Judgement(.refuse, code: claim.reason)
                    return screened
                }
                held.insert(claim.held, by: true)
            }
            // Who is refused gets nothing that the household's look would see.
            if sharesHouseholds, let household = line.gathered.household, !households.insert(household).inserted {
                screened.judgement = Judgement(.review, code: HostReason.sameHousehold)
                return screened
            }
            for claim in own { claims.insert(claim.held, by: true) }
            return screened
        }
    }
}

extension Admission {
    /// Whether any claim can arise for this form.
    var hasClaims: Bool {
        context.bundle.stacking.exclusions.contains { $0.of.contains(context.qualifiedName) }
            || context.bundle.plugins.contains { id, plugin in
                plugin.manifest.forms.contains { name, form in
                    form.unique.contains { rule in
                        let forms = rule.of.isEmpty ? [name] : rule.of
                        return forms.contains { ($0.contains("/") ? $0 : id + "/" + $0) == context.qualifiedName }
                    }
                }
            }
    }
}
