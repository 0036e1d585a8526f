/// A person or a household that a field of an application names.
struct NamedPeople: Hashable, Sendable {
    /// `person`, `member`, `child` or `household`.
    var kind: String
    /// As it was written.
    var id: String
    /// Where: `/fields/children/0/child`.
    var place: String

    /// All that a form's fields name, in order.
    static func all(_ values: [String: Value], _ fields: [Field], at place: String = "/fields") -> [NamedPeople] {
        fields.flatMap { field in
            values[field.name].map { of($0, field.type, at: "\(place)/\(field.name)") } ?? []
        }
    }

    private static func of(_ value: Value, _ type: FieldType, at place: String) -> [NamedPeople] {
        switch type {
        case .nullable(let inner): of(value, inner, at: place)
        case .list(let inner):
            (value.list ?? []).enumerated().flatMap { of($0.element, inner, at: "\(place)/\($0.offset)") }
        case .object(let fields): all(value.map ?? [:], fields, at: place)
        case .reference(let kind) where FieldType.people.contains(kind):
            value.text.map { [NamedPeople(kind: kind, id: $0, place: place)] } ?? []
        default: []
        }
    }
}

extension FormDefinition {
    /// The persons that what was filled in names, and the households.
    public func peopleNamed(in fields: [String: Value]) -> Set<SubjectRef> {
        Set(
            NamedPeople.all(fields, self.fields).compactMap { named in
                ID<Person>(named.id).map { SubjectRef(.person, $0.rawValue) }
                    ?? ID<Household>(named.id).map { SubjectRef(.household, $0.rawValue) }
            })
    }
}

/// Whose registers somebody may speak for: their own, their household's file, and those of the children in it.
public struct OwnPeople: Sendable {
    private let own: Set<SubjectRef>

    /// - Parameter person: nil: nobody's.
    public init(_ person: ID<Person>?, in reader: any StoreReader) throws {
        guard let person else {
            own = []
            return
        }
        var found: Set<SubjectRef> = [SubjectRef(.person, person.rawValue)]
        if let household = try Household.of(person, in: reader) {
            found.insert(SubjectRef(.household, household.rawValue))
            found.formUnion(try Household.children(of: household, in: reader).map { SubjectRef(.person, $0.rawValue) })
        }
        own = found
    }

    /// Whether a subject is one of them; an organisation, a station and a record are nobody's.
    public func speaksFor(_ subject: SubjectRef) -> Bool {
        ![.person, .household].contains(subject.kind) || own.contains(subject)
    }
}

extension Admission {
    /// Throws when a member names somebody whom they can't have to do with: neither of their household nor of their union. The answer
    /// is the same whether there is anybody of that id.
    func checkNamed(_ intake: Intake, in reader: any StoreReader) throws {
        guard let applicant = intake.applicant else { return }
        let named = NamedPeople.all(intake.fields, context.form.fields)
        guard !named.isEmpty else { return }
        let own = try Household.of(applicant, in: reader)
        for one in named where try !isNear(one, applicant, own, in: reader) {
            throw NiangjiaError(
                .invalid, zh: "这里只能写本家庭档案或本工会的人;其他人请到工会窗口办理",
                en: "only people of your own household file or union can be named here; a clerk files about others",
                place: one.place)
        }
    }

    private func isNear(
        _ named: NamedPeople, _ applicant: ID<Person>, _ household: ID<Household>?, in reader: any StoreReader
    ) throws -> Bool {
        if named.kind == "household" { return household != nil && ID<Household>(named.id) == household }
        guard let person = ID<Person>(named.id) else { return false }
        if person == applicant { return true }
        if let household, try Household.of(person, in: reader) == household { return true }
        guard named.kind != "child" else { return false }
        return try reader.integer(
            """
            SELECT 1 FROM membership m JOIN membership a ON a.organization = m.organization AND a.person = $2 AND a.\(Membership.stands)
            WHERE m.person = $1 AND \(Membership.binds) LIMIT 1
            """, [.id(person), .id(applicant)]) != nil
    }
}
