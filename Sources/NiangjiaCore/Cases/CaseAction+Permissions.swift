extension CaseAction {
    /// What opens it, any of these: the one table of who may do what with a case. Who of them may with this very case, and what
    /// nobody may who has had a hand in it, is ``ReviewRights``'.
    public var permissions: [Permission] {
        switch self {
        case .approve, .sendBack, .reject, .resolveObjection, .waive: [.reviewCases]
        // It decides nothing by itself: the case goes through review as a new one.
        case .retry: [.reviewCases, .decide]
        // Of one's own case; during public notice of anybody's that one may see. To see cases without having any is to read.
        case .withdraw, .resubmit, .object: [.seeOwn]
        case .clawBack: CaseAction.claims
        }
    }

    /// What opens asking back what was paid, for a case or by a run (decision 0068).
    public static let claims: [Permission] = [.buildBatch, .decide]

    /// What opens any action.
    public static let anyPermission: [Permission] = [.seeOwn, .reviewCases] + claims

    /// Whether a role opens it.
    public func isOpen(to role: Role) -> Bool { permissions.contains { $0.roles.contains(role) } }
}
