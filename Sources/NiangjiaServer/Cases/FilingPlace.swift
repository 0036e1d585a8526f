import NiangjiaCore

/// The unit that a case is of and the union that serves it, as far as whoever files may name them.
///
/// Either's part of the city reads the case and gets its messages, its settings hold, and unions settle by who served. So staff name what
/// lies in their own part of the city, and members nothing but their own union and what lies above it, to which the case belongs anyway:
/// a member can't choose who reads a case, by whose settings it is judged, or who owes whom for it.
struct FilingPlace: Sendable {
    let unit: ID<Organization>?
    let serving: ID<Organization>?

    /// - Parameters:
    ///   - unit: what was named, by code or id; nil: nothing was, and a unit clerk's is the account's.
    ///   - serving: the same; nil: whoever serves at a counter or a station serves for the account's part of the city.
    /// - Throws: `invalid` for what isn't the member's own, `notFound` for what isn't within the account's part of the city; at
    ///   `/unit` or `/serving`.
    init(unit: String?, serving: String?, channel: String, by account: Account, in reader: any StoreReader) throws {
        if Operations.channels[channel] == .submitOwn {
            let home = try FilingPlace.home(of: account.person, in: reader)
            let own = try unit.map { try FilingPlace.above($0, home, at: "/unit", in: reader) }
            if let serving { _ = try FilingPlace.above(serving, home, at: "/serving", in: reader) }
            self.unit = own == home?.id ? own : nil
            self.serving = nil
            return
        }
        let scope = try OrganizationScope.of(account.scope, in: reader)
        func within(_ text: String, _ place: String) throws -> ID<Organization> {
            try Lookup.organization(text, within: scope, at: place, in: reader)
        }
        let (of, by) = (try unit.map { try within($0, "/unit") }, try serving.map { try within($0, "/serving") })
        let isUnit = channel == "unit"
        self.unit = of ?? (isUnit ? account.scope : nil)
        // A unit that files for its own people keeps no counter.
        self.serving = isUnit ? nil : by ?? account.scope
    }

    private typealias Home = (id: ID<Organization>, path: String)

    /// The union that a member belongs to.
    private static func home(of person: ID<Person>?, in reader: any StoreReader) throws -> Home? {
        guard let person else { return nil }
        return try reader.first(
            """
            SELECT o.id, o.path FROM membership m JOIN organization o ON o.id = m.organization
            WHERE m.person = $1 AND \(Membership.isPrimary)
            """, [.id(person)]
        ) { ($0.id(0), $0.text(1)) }
    }

    /// What somebody names of their union and what lies above it. What isn't there and what isn't theirs is answered alike.
    private static func above(_ text: String, _ home: Home?, at place: String, in reader: any StoreReader) throws
        -> ID<Organization>
    {
        let id = ID<Organization>(text)
        let found = try reader.first(
            "SELECT id FROM organization WHERE \(id == nil ? "code" : "id") = $1 AND substr($2, 1, length(path)) = path",
            [id.map { .id($0) } ?? .text(text), .text(home?.path ?? "")]
        ) { $0.id(0, Organization.self) }
        if let found { return found }
        throw NiangjiaError(
            .invalid, zh: "\(text) 不是您所在的工会或其上级工会:本人申请不用填写。",
            en: "\(text) is neither your union nor one above it: who applies for themselves names none.", place: place)
    }
}
