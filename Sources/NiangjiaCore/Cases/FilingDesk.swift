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
    ///   - part: Theirs; nil: of an organisation that is gone, and none.
    ///   - may: What they may do.
    public static func isServed(
        by part: OrganizationScope?, may: (Permission) -> Bool, _ record: CaseRecord, in reader: any StoreReader
    ) throws -> Bool {
        guard let part, !record.isSealed, let needed = permission(for: record), may(needed),
            let filer = try Access.account(record.filer, in: reader)
        else { return false }
        return try part.contains(filer.scope, in: reader)
    }

    /// The same of somebody who acts.
    static func isServed(by actor: Actor, _ record: CaseRecord, in reader: any StoreReader) throws -> Bool {
        try isServed(by: OrganizationScope.of(actor.scope, in: reader), may: actor.may, record, in: reader)
    }

    /// Whether somebody mends a case for others, as who filed it for them or one of that desk. Whoever mends it as its applicant speaks
    /// for themself, whatever they are elsewhere.
    static func mendsForOthers(_ actor: Actor, _ record: CaseRecord, in reader: any StoreReader) throws -> Bool {
        guard actor.role != Role.member.rawValue else { return false }
        return try actor.account == record.filer || isServed(by: actor, record, in: reader)
    }
}
