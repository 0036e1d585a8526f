import NiangjiaCore

extension Operations {
    /// A person as lists show one: masked.
    private struct Found: Sendable {
        var id: ID<Person>
        var name: String
        var birth: CivilDate?
        var occupation: String?
        var union: String?
        var path: String?

        /// What tells whom was found: of their union only what lies in a part of the city.
        func named(within scope: OrganizationScope) -> Found {
            let isInside = path.map { scope.contains(path: $0) } ?? false
            return Found(id: id, name: name, union: isInside ? union : nil)
        }
    }

    /// By what people are found: an ID number, a phone, or else a name.
    private static func searchKey(
        _ text: String, today: CivilDate, _ crypto: any CryptoProvider
    ) -> (column: String, value: SQLValue) {
        if let number = IdentityNumber.check(text, document: .residentID, today: today).number?.text {
            return ("p.id_mac", .blob(PersonIdentifiers.mac(idNumber: number, document: "resident_id", crypto)))
        }
        if text.allSatisfy(\.isNumber), text.count == 11 {
            return ("p.mobile_mac", .blob(PersonIdentifiers.mac(mobile: text, crypto)))
        }
        return ("p.name", .text(text))
    }

    /// SQL: that a person's union lies under the path `$2`; everybody is of the whole city.
    private static let isOfPart = "($2 = '' OR substr(o.path, 1, length($2)) = $2)"

    /// SQL: that a person is a member under the path `$2`.
    private static let isOfUnit = """
        EXISTS (SELECT 1 FROM membership m JOIN organization x ON x.id = m.organization WHERE m.person = p.id
        AND \(Membership.binds) AND substr(x.path, 1, length($2)) = $2)
        """

    private static let personColumns = """
        SELECT p.id, p.name, p.birth_date, p.occupation, o.name, o.path FROM person p
        LEFT JOIN membership m ON m.person = p.id AND \(Membership.isPrimary)
        LEFT JOIN organization o ON o.id = m.organization
        """

    private static func found(_ row: any StoreRow) -> Found {
        Found(
            id: row.id(0), name: row.text(1), birth: row.dateOrNil(2), occupation: row.textOrNil(3),
            union: row.textOrNil(4), path: row.textOrNil(5))
    }

    /// People by what names them. Whoever keeps no register fills in forms of a unit: they find its members, for their ids, and
    /// each look is logged.
    static func findPerson(_ call: Call) async throws {
        let (text, account, crypto) = (try call.arguments.text("text"), try signedIn(call), call.host.crypto)
        let today = call.host.clock.now().date
        let seesRegisters = account.may(.seeRegisters)
        let people = try await call.host.store.read { reader -> [Found] in
            guard let scope = try OrganizationScope.of(account.scope, in: reader),
                seesRegisters || !scope.prefix.isEmpty
            else { return [] }
            let (key, value) = searchKey(text, today: today, crypto)
            let found = try reader.all(
                "\(personColumns) WHERE \(key) = $1 AND \(seesRegisters ? isOfPart : isOfUnit) ORDER BY p.id LIMIT 200",
                [value, .text(scope.prefix)], found)
            return seesRegisters ? found : found.map { $0.named(within: scope) }
        }
        if !seesRegisters, !people.isEmpty {
            let context = call.context
            try await call.host.store.write(.interactive) { writer in
                for person in people {
                    try note(
                        "name(masked)", about: person.id.text, reason: .personFind, account, context, in: writer)
                }
            }
        }
        call.output.table(
            ["人员", "姓名", "出生年", "职业", "工会"], en: ["person", "name", "born", "occupation", "union"],
            people.map {
                [
                    $0.id.text, Masking.name($0.name), $0.birth.map { "\($0.parts.year)" } ?? "-", $0.occupation ?? "-",
                    $0.union ?? "-",
                ]
            })
        call.output.answer(
            .list(
                people.map {
                    [
                        "person": .text($0.id.text), "name": .text(Masking.name($0.name)),
                        "birth_year": $0.birth.map { .int(Int64($0.parts.year)) } ?? .null,
                        "occupation": $0.occupation.map { .text($0) } ?? .null,
                        "union": $0.union.map { .text($0) } ?? .null,
                    ]
                }))
    }

    /// A person, masked; with a reason in full, which lands in the access log and the chain.
    static func showPerson(_ call: Call) async throws {
        let (id, account, crypto) = (try call.arguments.id("person", Person.self), try signedIn(call), call.host.crypto)
        let reason = try call.arguments.optionalReason()
        let context = call.context
        let read: @Sendable (any StoreReader) throws -> [String: Value] = { reader in
            let person = try reader.first(personColumns + " WHERE p.id = $1", [.id(id)], found)
            guard let person, let scope = try OrganizationScope.of(account.scope, in: reader),
                scope.prefix.isEmpty || (person.path.map { scope.contains(path: $0) } ?? false)
            else { throw NiangjiaError(.notFound, zh: "没有这个人。", en: "There is no such person.") }
            var members: [String: Value] = [
                "person": .text(id.text), "name": .text(reason == nil ? Masking.name(person.name) : person.name),
                "occupation": person.occupation.map { .text($0) } ?? .null,
                "union": person.union.map { .text($0) } ?? .null,
            ]
            let sql = "SELECT id_sealed, mobile_sealed, card_sealed, status, died_on FROM person WHERE id = $1"
            try reader.forEach(sql, [.id(id)]) { row in
                members["status"] = .text(row.text(3))
                if let day = row.dateOrNil(4) { members["died_on"] = .text(day.description) }
                let columns: [(String, String, (String) -> String)] = [
                    ("id_number", "id_sealed", Masking.identityNumber), ("mobile", "mobile_sealed", Masking.mobile),
                    ("card", "card_sealed", Masking.bankCard),
                ]
                for (n, (name, column, mask)) in columns.enumerated() {
                    guard let sealed = row.blobOrNil(n) else { continue }
                    let plain = try PersonIdentifiers.shown(
                        sealed, table: "person", row: id.rawValue, column: column, crypto)
                    members[name] = .text(
                        plain.map { reason == nil ? mask($0) : $0 } ?? PersonIdentifiers.unreadable)
                }
                return false
            }
            return members
        }
        let members: [String: Value]
        if let reason {
            members = try await call.host.store.write(.interactive) { writer in
                let members = try read(writer)
                let fields = "name,id_number,mobile,card"
                try AccessLog.note(fields, about: id.text, by: account.id, reason: reason, context, in: writer)
                try context.record(
                    "access.unmasked", about: id.text, body: ["fields": .text(fields), "reason": .text(reason)],
                    in: writer)
                return members
            }
        } else {
            members = try await call.host.store.read { try read($0) }
        }
        for key in members.keys.sorted() { call.output.line("\(key): \(members[key]?.text ?? "-")") }
        call.output.answer(.map(members))
    }
}
