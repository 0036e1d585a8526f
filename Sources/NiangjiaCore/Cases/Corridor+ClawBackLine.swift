extension Corridor {
    /// Claws back one line of an application, that an entitlement came of: what isn't paid of it is released, what was paid is claimed
    /// back, and the other lines stay as they are. A case of which nothing stands any more is revoked.
    ///
    /// Throws `conflict` for what no application gave, is with the bank, has been handed over or has fallen already; `forbidden` as for
    /// ``CaseAction/clawBack(_:)``.
    ///
    /// - Parameter reason: told to the member and written into the chain.
    public func clawBack(lineOf id: ID<Entitlement>, because reason: String, by actor: Actor) async throws {
        try await store.write(.interactive) { writer in
            let change = self.change(by: actor)
            let one = try Entitlements.load(id, in: writer)
            guard let caseID = one.caseID else {
                throw NiangjiaError(
                    .conflict, zh: "这笔待遇不是申请所得", en: "no application gave this", place: "/entitlement")
            }
            let (record, action) = (try Cases.load(caseID, in: writer), CaseAction.clawBack(reason))
            try ReviewRights.check(action, record, actor, in: writer)
            // What is claimed or gone already says nothing of the rest of its decision.
            let isClaimed = one.claimed > .zero && one.claimed == one.amount
            guard !isClaimed, ![.released, .delivered].contains(one.state) else { throw Self.isTakenBack }
            let revocation = Revocation(
                decision: one.decision, at: change.now, actor: actor.account, cause: .action,
                code: HostReason.withdrawn, params: ["why": .text(reason)], keep: .zero)
            guard try action.states.contains(record.state) && Revoker(change, by: actor).revoke(revocation, in: writer)
            else { throw Self.isTakenBack }
            // What is left may all be paid.
            try Corridor.fulfil([caseID], by: .host, change: change, in: writer)
        }
    }

    private static var isTakenBack: NiangjiaError {
        NiangjiaError(
            .conflict, zh: "这一笔已发放实物、已追回,或申请已不在核准之后,不能追回。",
            en: "it was handed over, has been taken back already, or the application isn't approved any more",
            place: "/entitlement")
    }
}
