import NiangjiaCore

/// Finds things by what people type.
enum Lookup {
    /// An organisation by its code; nil where there is none.
    static func knownOrganization(_ code: String, in reader: any StoreReader) throws -> ID<Organization>? {
        try reader.first("SELECT id FROM organization WHERE code = $1", [.text(code)]) { $0.id(0, Organization.self) }
    }

    /// An organisation by its code. Throws `not_found`.
    static func organization(_ code: String, in reader: any StoreReader) throws -> ID<Organization> {
        guard let found = try knownOrganization(code, in: reader) else {
            throw NiangjiaError(
                .notFound, zh: "没有代码为 \(code) 的组织。", en: "There is no organisation with the code \(code).",
                place: "/organization")
        }
        return found
    }

    /// An organisation in a part of the city, by its code or id; one elsewhere is as if it weren't there.
    static func organization(
        _ text: String, within scope: OrganizationScope?, at place: String, in reader: any StoreReader
    ) throws -> ID<Organization> {
        let column = ID<Organization>(text) == nil ? "code" : "id"
        let value: SQLValue = ID<Organization>(text).map { .id($0) } ?? .text(text)
        let found = try reader.first("SELECT id, path FROM organization WHERE \(column) = $1", [value]) {
            (id: $0.id(0, Organization.self), path: $0.text(1))
        }
        guard let found, let scope, scope.contains(path: found.path) else {
            throw NiangjiaError(
                .notFound, zh: "没有组织 \(text),或它不在您负责的范围内。",
                en: "There is no organisation \(text), or it is outside your part of the city.", place: place)
        }
        return found.id
    }

    /// An organisation by its code or id text.
    static func anyOrganization(_ text: String, in reader: any StoreReader) throws -> ID<Organization> {
        if let id = ID<Organization>(text) { return id }
        return try organization(text, in: reader)
    }

    /// The code and name of an organisation, for people.
    static func words(_ id: ID<Organization>, in reader: any StoreReader) throws -> (code: String, name: String) {
        try reader.first("SELECT code, name FROM organization WHERE id = $1", [.id(id)]) { ($0.text(0), $0.text(1)) }
            ?? (id.text, "")
    }

    /// A station by its code, with the organisation that keeps it.
    static func station(_ code: String, in reader: any StoreReader) throws -> (
        id: ID<Station>, organization: ID<Organization>?
    ) {
        let found = try reader.first("SELECT id, organization FROM station WHERE code = $1", [.text(code)]) {
            (id: $0.id(0, Station.self), organization: $0.idOrNil(1, Organization.self))
        }
        guard let found else {
            throw NiangjiaError(
                .notFound, zh: "没有站点 \(code)。", en: "There is no station \(code).", place: "/station")
        }
        return found
    }

    /// Whether what somebody was given lies in an account's part of the city: where they belong, or were served.
    static func isInReach(_ entitlement: ID<Entitlement>, of account: Account, in reader: any StoreReader) throws
        -> Bool
    {
        guard let scope = try OrganizationScope.of(account.scope, in: reader) else { return false }
        if scope.prefix.isEmpty { return true }
        let found = try reader.first(
            """
            SELECT d.home_organization, d.serving_organization FROM entitlement e JOIN decision d ON d.id = e.decision
            WHERE e.id = $1
            """, [.id(entitlement)]
        ) { [$0.idOrNil(0, Organization.self), $0.idOrNil(1, Organization.self)] }
        return try found?.contains { try $0 != nil && scope.contains($0, in: reader) } ?? false
    }

    /// A station that lies in an account's part of the city, by its code or id.
    ///
    /// - Throws: `not_found` for one that lies elsewhere, in the same words as for none.
    static func station(_ code: String, within account: Account, in reader: any StoreReader) throws -> ID<Station> {
        let place = try reader.first(
            "SELECT id, organization FROM station WHERE code = $1 OR id = $2",
            [.text(code), .int(ID<Station>(code)?.rawValue ?? -1)]
        ) { (id: $0.id(0, Station.self), organization: $0.idOrNil(1, Organization.self)) }
        guard let place, let scope = try OrganizationScope.of(account.scope, in: reader),
            try scope.contains(place.organization, in: reader)
        else {
            throw NiangjiaError(.notFound, zh: "没有站点 \(code)。", en: "There is no station \(code).", place: "/station")
        }
        return place.id
    }
}
