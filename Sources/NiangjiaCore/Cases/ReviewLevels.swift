/// Which levels review a case: the program's list, without levels that the applicant's part of the city doesn't have, and never
/// down to nobody.
struct ReviewLevels {
    /// The levels in order, each with the organisation that reviews there.
    var levels: [(level: String, organization: ID<Organization>)]

    /// - Parameter isScan: The case came by scanning at a station or gate: whoever keeps it has seen the person, and stands for
    ///   the basic level.
    init(
        rules: FormRules, amount: Money, home: ID<Organization>?, programOrganization: String, isScan: Bool,
        in reader: any StoreReader
    ) throws {
        let column = home == nil ? "code" : "id"
        let key: SQLValue = home.map { .id($0) } ?? .text(programOrganization)
        let path = try reader.first("SELECT path FROM organization WHERE \(column) = $1", [key]) { $0.text(0) } ?? ""
        var present: [(level: String, organization: ID<Organization>)] = []
        for code in path.split(separator: "/") {
            let found = try reader.first("SELECT level, id FROM organization WHERE code = $1", [.text(String(code))]) {
                ($0.text(0), $0.id(1, Organization.self))
            }
            if let found { present.append((found.0, found.1)) }
        }
        let asked = rules.review.filter { level in
            if isScan && level.level == "basic" { return false }
            guard let over = level.over else { return true }
            return amount > over
        }
        levels = asked.compactMap { level in
            // The nearest organisation of that level; a group or federation stands for the basic level.
            present.last {
                $0.level == level.level || (level.level == "basic" && ["group", "federation"].contains($0.level))
            }
            .map { (level.level, $0.organization) }
        }
        guard levels.isEmpty, !asked.isEmpty else { return }
        // Every level that the program names is absent here: the program's own organisation reviews.
        let own = try reader.first("SELECT level, id FROM organization WHERE code = $1", [.text(programOrganization)]) {
            ($0.text(0), $0.id(1, Organization.self))
        }
        guard let own else {
            throw NiangjiaError(
                .configuration, zh: "没有编码为 \(programOrganization) 的工会,无人审核",
                en: "there is no union \(programOrganization): nobody could review")
        }
        levels = [(own.0, own.1)]
    }
}
