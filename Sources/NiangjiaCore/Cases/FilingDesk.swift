/// The desk at which a case was filed for somebody else: a union's clerks, or a unit's. Whoever works there goes on with it as the one
/// who filed it may: that one may be on leave, or gone (decision 0093).
public enum FilingDesk {
    /// What it takes to file there; nil: whom the case is for filed it, or it came of a hand-over.
    public static func permission(for record: CaseRecord) -> Permission? {
        switch record.channel {
        case "clerk": .submitForOthers
        case "unit": .submitForUnit
        default: nil
        }
    }

    /// Whether somebody files there, whose part of the city is that of the one who filed the case, or holds it. A sealed case is its
    /// filer's alone.
    ///
    /// - Parameters:
    ///   - scope: The organisation of their part; nil: the whole city.
    ///   - may: What they may do.
    public static func isServed(
        by scope: ID<Organization>?, may: (Permission) -> Bool, _ record: CaseRecord, in reader: any StoreReader
    ) throws -> Bool {
        guard !record.isSealed, let needed = permission(for: record), may(needed),
            let filer = try Access.account(record.filer, in: reader),
            let part = try OrganizationScope.of(scope, in: reader)
        else { return false }
        return try part.contains(filer.scope, in: reader)
    }
}
