/// How somebody belongs to a union: the one place that says which memberships count.
///
/// Whoever moves keeps the row of the union that was left, and its mark as the primary one: only together with the state does the
/// mark tell where somebody belongs.
public enum Membership {
    /// The states in which a membership binds. `applied` doesn't yet; `lapsed`, `left` and `deceased` don't any more.
    public static let binding = ["active", "reserved", "transferring"]

    /// SQL: that the membership `m` binds.
    public static let binds = "m." + stands

    /// SQL: that the membership `m` is the one by which somebody belongs to a union. Nobody has two; who has none belongs to no
    /// union, and is seen by accounts of the whole city only.
    public static let isPrimary = "m.is_primary = 1 AND " + binds

    /// The same as ``binds`` where no table has a name of its own.
    public static let stands = "status IN (" + binding.map { "'\($0)'" }.joined(separator: ", ") + ")"

    /// The union that a person belongs to; nil: none.
    public static func union(of person: ID<Person>, in reader: any StoreReader) throws -> ID<Organization>? {
        try reader.first("SELECT m.organization FROM membership m WHERE m.person = $1 AND \(isPrimary)", [.id(person)])
        {
            $0.id(0, Organization.self)
        }
    }
}
