/// The rows of one entitlement: as it was first made, and the supplements that corrections added.
struct EntitlementChain {
    /// From the oldest to the newest; the first is the entitlement as it was made.
    var rows: [Entitlement]

    /// What stands of it: granted, and not released or claimed back.
    var stands: Money {
        rows.filter { $0.state != .released }.reduce(.zero) { $0 + $1.amount - $1.claimed }
    }

    /// The number that its next supplement has.
    var nextRevision: Int { (rows.map(\.revision).max() ?? 0) + 1 }

    private static let unpaid: Set<Entitlement.State> = [.held, .approved, .failed]
    private static let paid: Set<Entitlement.State> = [.paid, .clawedBack]

    /// How what stands becomes the target; nil where something of it would have to be taken back from the bank.
    ///
    /// Up: what is still claimed back is forgiven first, then what isn't paid yet grows, else the next batch pays a supplement.
    /// Down: what waits for money shrinks first, next what isn't paid yet, then what was paid is claimed back, the newest first.
    func steps(to target: Money) -> [CorrectionStep]? {
        target >= stands ? stepsUp(target - stands) : stepsDown(stands - target)
    }

    private func stepsUp(_ more: Money) -> [CorrectionStep] {
        var rest = more
        var steps: [CorrectionStep] = []
        for row in rows.reversed() where rest > .zero && row.state == .clawedBack {
            let part = min(rest, row.claimed - row.recovered)
            guard part > .zero else { continue }
            steps.append(CorrectionStep(kind: .unclaim, entitlement: row.id, amount: part))
            rest -= part
        }
        guard rest > .zero, let first = rows.first else { return steps }
        // A row that several lines of funds pay is not divided anew: it gets a supplement.
        let open = rows.last { EntitlementChain.unpaid.contains($0.state) && $0.shares.count == 1 }
        steps.append(
            CorrectionStep(kind: open == nil ? .supplement : .raise, entitlement: (open ?? first).id, amount: rest))
        return steps
    }

    private func stepsDown(_ less: Money) -> [CorrectionStep]? {
        var rest = less
        var steps: [CorrectionStep] = []
        let ways: [(CorrectionStep.Kind, Set<Entitlement.State>)] = [
            (.cut, [.queued]), (.cut, EntitlementChain.unpaid), (.claim, EntitlementChain.paid),
        ]
        for (kind, states) in ways {
            for row in rows.reversed() where rest > .zero && states.contains(row.state) {
                let part = min(rest, row.amount - row.claimed)
                guard part > .zero else { continue }
                steps.append(CorrectionStep(kind: kind, entitlement: row.id, amount: part))
                rest -= part
            }
        }
        return rest == .zero ? steps : nil
    }
}

extension Entitlements {
    /// The chains of a decision's entitlements, in the order in which they were made.
    static func chains(of decision: ID<Decision>, in reader: any StoreReader) throws -> [EntitlementChain] {
        var chains: [EntitlementChain] = []
        for row in try of(decision, in: reader) {
            if let first = row.revises, let place = chains.firstIndex(where: { $0.rows[0].id == first }) {
                chains[place].rows.append(row)
            } else {
                chains.append(EntitlementChain(rows: [row]))
            }
        }
        return chains
    }
}
