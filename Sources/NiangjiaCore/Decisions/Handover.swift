/// Goods that wait to be handed over, to a person in a program or for a case.
struct Handover {
    /// What is asked for.
    enum Wanted: Sendable {
        /// Everything that waits for a person in a program.
        case person(ID<Person>, program: String)
        /// Everything that waits for a case.
        case file(ID<CaseFile>)

        /// Whom it is about: the person's or the case's id.
        var text: String {
            switch self {
            case .person(let person, _): person.text
            case .file(let id): id.text
            }
        }

        /// The part of a condition over `entitlement e` and `decision d`.
        fileprivate var condition: (sql: String, arguments: [SQLValue]) {
            switch self {
            case .person(let person, let program):
                ("e.program = $1 AND d.subject_kind = 'person' AND d.subject = $2", [.text(program), .id(person)])
            case .file(let id): ("e.case_id = $1", [.id(id)])
            }
        }
    }

    /// One entitlement that waits, with what says who may hand it over.
    struct Waiting: Sendable {
        var id: ID<Entitlement>
        var decision: ID<Decision>
        var caseID: ID<CaseFile>?
        var program: String
        var form: String
        var subject: SubjectRef
        /// The bundle by whose form it goes; nil: the one in force.
        var bundle: String?
        /// Whether whoever applied for it, or was given it without, has died since.
        var isForTheDead: Bool
        /// Where whoever gets it belongs or was served.
        var organizations: [ID<Organization>]
    }

    static func waiting(_ wanted: Wanted, in reader: any StoreReader) throws -> [Waiting] {
        let (condition, arguments) = wanted.condition
        return try reader.all(
            """
            SELECT e.id, d.id, e.case_id, e.program, d.form, d.subject_kind, d.subject, COALESCE(c.bundle, r.bundle), \
            d.home_organization, d.serving_organization, c.unit, p.status FROM entitlement e \
            JOIN decision d ON d.id = e.decision LEFT JOIN case_file c ON c.id = d.case_id LEFT JOIN run r ON r.id = d.run \
            LEFT JOIN person p ON p.id = COALESCE(c.applicant, CASE d.subject_kind WHEN 'person' THEN d.subject END) \
            WHERE e.kind = 'goods' AND e.state = 'approved' AND \(condition) ORDER BY e.id
            """, arguments
        ) { row in
            Waiting(
                id: row.id(0), decision: row.id(1), caseID: row.idOrNil(2), program: row.text(3), form: row.text(4),
                subject: SubjectRef(SubjectKind(rawValue: row.text(5)) ?? .nobody, row.int(6)),
                bundle: row.textOrNil(7), isForTheDead: row.textOrNil(11) == Death.status,
                organizations: [8, 9, 10].compactMap { row.idOrNil($0, Organization.self) })
        }
    }

    let caller: Caller
    let code: String?
    let crypto: any CryptoProvider
    /// For which day a code was shown.
    let today: CivilDate
    /// What each form says of the handing over, by ``Waiting/bundle`` and form.
    let deliveries: [String: Delivery]
    let reader: any StoreReader

    static func key(_ one: Waiting) -> String { (one.bundle ?? "") + "/" + one.program + "/" + one.form }

    /// What of it the caller hands over now.
    ///
    /// - Throws: `not_found` where nothing waits that the caller may know of; `forbidden`, naming who may, where a form leaves it to
    ///   others; `conflict` where whoever it is for has died; `wrong_code` where none of the codes is the one that was shown.
    func chosen(of all: [Waiting], _ wanted: Wanted) throws -> [Waiting] {
        // Whoever hands over by office may know that something waits; anybody else only of what is theirs to hand over.
        let isOffice = caller.isHost || caller.permissions.contains(.deliver)
        let known = try isOffice ? all : all.filter(may)
        guard !known.isEmpty else { throw try nothing(wanted, isOffice: isOffice) }
        let mine = try known.filter(may)
        guard !mine.isEmpty else { throw forbidden(known) }
        let allowed = mine.filter { !$0.isForTheDead }
        guard !allowed.isEmpty else { throw Handover.died }
        let ready = allowed.filter { !needsCode($0) || shown($0) }
        let isWrong =
            code != nil && allowed.contains(where: needsCode) && !allowed.contains { needsCode($0) && shown($0) }
        guard !isWrong else {
            throw NiangjiaError(
                .wrongCode, zh: "领取码不对,没有发放。请领取人在“申请”或“核定说明”中查看", en: "the code is wrong; nothing was handed over",
                place: "/code")
        }
        guard !ready.isEmpty else {
            throw NiangjiaError(
                .invalid, zh: "这份物品凭码领取:请领取人出示 \(PickUpCode.digits) 位领取码(--code)",
                en: "this is handed over against a code: ask for its \(PickUpCode.digits) digits (--code)",
                place: "/code")
        }
        return ready
    }

    private func needsCode(_ one: Waiting) -> Bool { deliveries[Handover.key(one)]?.needsCode == true }

    /// Whether the code of what waits was shown, or the one of whom it is for: either is told to nobody else.
    private func shown(_ one: Waiting) -> Bool {
        guard let code else { return false }
        if PickUpCode.plain(code) == PickUpCode.of(one.decision, crypto) { return true }
        guard one.subject.kind == .person else { return false }
        return ShownCode.isRight(code, of: ID(rawValue: one.subject.id), on: today, crypto)
    }

    /// Whether the form lets the caller hand it over. Keepers and clerks do it for anybody who stands before them; a unit and whoever
    /// holds a role of the plugin for those of their part of the city; members collect what is theirs.
    private func may(_ one: Waiting) throws -> Bool {
        if caller.isHost { return true }
        guard let delivery = deliveries[Handover.key(one)] else { return caller.permissions.contains(.deliver) }
        return try delivery.by.contains { role in
            switch role {
            case "keeper", "clerk": return caller.roles.contains(role)
            case "anyone", "person", "member":
                if role == "anyone", caller.permissions.contains(.deliver) { return true }
                let isOwn = caller.actor.person.map { one.subject == SubjectRef(.person, $0.rawValue) } ?? false
                return caller.roles.contains(role) && isOwn
            default:
                guard caller.roles.contains(role) else { return false }
                return try caller.scope.contains(nil, in: reader)
                    || one.organizations.contains { try caller.scope.contains($0, in: reader) }
            }
        }
    }

    private static var died: NiangjiaError {
        NiangjiaError(
            .conflict, zh: "领取人已登记为去世,不能以其名义发放:请撤回这份核定;家属可以按表格规定另行申请",
            en:
                "the register says that whoever this is for has died: nothing is handed over in their name. Take the grant back; the family may apply where a form says so"
        )
    }

    private func forbidden(_ waiting: [Waiting]) -> NiangjiaError {
        let by = Set(waiting.flatMap { deliveries[Handover.key($0)]?.by ?? [] }).sorted()
        let titles = by.map { role in Role(rawValue: role).map { ($0.title.zh + "(\(role))", role) } ?? (role, role) }
        return NiangjiaError(
            .forbidden, zh: "这份物品由\(titles.map(\.0).joined(separator: "、"))发放,您不能代发",
            en: "this is handed over by \(titles.map(\.1).joined(separator: ", ")), not by you")
    }

    /// Why nothing waits, as far as whoever hands over must know it: it was collected, and when.
    private func nothing(_ wanted: Wanted, isOffice: Bool) throws -> NiangjiaError {
        if isOffice {
            let (sql, arguments) = wanted.condition
            let collected = try reader.integer(
                """
                SELECT COUNT(*) FROM entitlement e JOIN decision d ON d.id = e.decision WHERE e.kind = 'goods' \
                AND e.state = 'delivered' AND \(sql)
                """, arguments)
            if let collected, collected > 0 {
                return NiangjiaError(
                    .notFound, zh: "没有待领取的物品:\(collected) 份已经领取",
                    en: "nothing waits to be collected: \(collected) handed over already")
            }
        }
        return NiangjiaError(
            .notFound, zh: "没有待领取的物品:没有核准过,或还在审核、候补,或已经撤回、作废",
            en:
                "nothing waits to be collected: nothing was granted, or it is under review, on a waiting list, withdrawn or lapsed"
        )
    }
}
