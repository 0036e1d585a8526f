import NiangjiaCore

/// What lists of money (batches, claims) may say of where each amount came from.
///
/// Each of them tells the entitlement, by which it is found in the others and claimed back. Beside a payee's name, masked or not, the
/// application would tell who applied by a sensitive form, and in a program that seals cases whose each is: it is missing there for
/// every amount alike.
struct MoneyRights: Sendable {
    private let facts: FactRights
    private let bundle: NiangjiaCore.Bundle

    /// Of whoever asks, by the configuration in force.
    init(_ call: Call) async throws {
        facts = FactRights(account: try Operations.signedIn(call))
        bundle = try await call.host.bundles.active()
    }

    /// A program's forms; nil for one that is gone.
    private func forms(of program: String) -> [FormDefinition]? {
        bundle.programs[program].flatMap { bundle.plugins[$0.plugin] }.map { Array($0.manifest.forms.values) }
    }

    /// Whether the application, or the decision, and the person may stand beside an amount.
    func tellsCases(of program: String) -> Bool {
        if PaidFlow.named(program) != nil { return true }
        return forms(of: program)?.allSatisfy { $0.sealed == nil && facts.mayKnow(whoAppliesBy: $0) } ?? false
    }

    /// The day for which a program granted something, beside its entitlement: a batch names the payee by that, and the day is of the
    /// application (a discharge, a birth). Where no application may stand there, it is the first of the month.
    func day(_ on: CivilDate, of program: String) -> CivilDate { tellsCases(of: program) ? on : on.firstOfMonth }

    /// Whether a program seals cases: of what it paid nobody is named where there is no need to, sealed or not.
    func seals(_ program: String) -> Bool {
        forms(of: program)?.contains { $0.sealed != nil } ?? false
    }
}
