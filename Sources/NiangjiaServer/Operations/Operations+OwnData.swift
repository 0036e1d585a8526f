import NiangjiaCore

/// What is held about whoever asks (个人信息保护法 §45: to read and to copy it). The reading is logged like any other.
extension Operations {
    static func ownData(_ call: Call) async throws {
        let account = try signedIn(call)
        guard let person = account.person else {
            throw NiangjiaError(
                .notFound, zh: "这个账号没有对应的人员资料。", en: "No person is behind this account: nothing is held about one.")
        }
        let (crypto, context, language) = (call.host.crypto, call.context, call.output.language)
        let members = try await call.host.store.write(.interactive) { writer in
            let members = try OwnData(person: person, crypto: crypto, language: language).read(in: writer)
            let fields = "own data"
            try AccessLog.note(
                fields, about: person.text, by: account.id, reason: AccessLog.own, context, in: writer)
            try context.record("access.own_data", about: person.text, body: ["fields": .text(fields)], in: writer)
            return members
        }
        var answer = members
        answer["person"] = .text(person.text)
        answer["made_at"] = .text(context.now.description)
        let (cases, decisions) = try await call.host.store.read { reader in
            (
                try Cases.list(party: .init(applicant: person), limit: 1_000, in: reader).map(summary),
                try Decisions.list(subject: SubjectRef(.person, person.rawValue), limit: 1_000, in: reader).map(value)
            )
        }
        answer["cases"] = .list(cases)
        answer["decisions"] = .list(decisions)
        for key in answer.keys.sorted() {
            call.output.line(
                "\(key): \(answer[key]?.list.map { "\($0.count)" } ?? answer[key]?.text ?? answer[key]?.json ?? "")")
        }
        call.output.answer(.map(answer))
    }
}

/// Everything about one person, table by table.
private struct OwnData {
    let person: ID<Person>
    let crypto: any CryptoProvider
    let language: Language

    func read(in reader: any StoreReader) throws -> [String: Value] {
        [
            "register": try register(in: reader), "memberships": .list(try memberships(in: reader)),
            "household": try household(in: reader), "entitlements": .list(try entitlements(in: reader)),
            "visits": .list(try visits(in: reader)), "messages": .list(try messages(in: reader)),
            "looks": .list(try looks(in: reader)),
        ]
    }

    private func register(in reader: any StoreReader) throws -> Value {
        let texts = [
            "name", "id_type", "sex", "card_holder", "bank_name", "occupation", "exposure", "employment_form",
            "skill_level", "hukou_area", "household_role", "status",
        ]
        let sealed = [("id_number", "id_sealed"), ("mobile", "mobile_sealed"), ("card", "card_sealed")]
        let columns = texts + sealed.map(\.1) + ["birth_date"]
        let found = try reader.first(
            "SELECT \(columns.joined(separator: ", ")) FROM person WHERE id = $1", [.id(person)]
        ) { row -> Value in
            var members: [String: Value] = [:]
            for (n, name) in texts.enumerated() { members[name] = row.textOrNil(n).map { .text($0) } ?? .null }
            for (n, (name, column)) in sealed.enumerated() {
                members[name] =
                    try row.blobOrNil(texts.count + n).map {
                        .text(
                            try PersonIdentifiers.shown(
                                $0, table: "person", row: person.rawValue, column: column, crypto)
                                ?? PersonIdentifiers.unreadable)
                    } ?? .null
            }
            members["birth_date"] = row.dateOrNil(columns.count - 1).map { .text($0.description) } ?? .null
            return .map(members)
        }
        return found ?? .map([:])
    }

    private func memberships(in reader: any StoreReader) throws -> [Value] {
        try reader.all(
            """
            SELECT o.code, o.name, m.status, m.joined_on, m.left_on FROM membership m JOIN organization o
            ON o.id = m.organization WHERE m.person = $1 ORDER BY o.code
            """, [.id(person)]
        ) { row in
            [
                "union": .text(row.text(0)), "name": .text(row.text(1)), "status": .text(row.text(2)),
                "joined_on": row.dateOrNil(3).map { .text($0.description) } ?? .null,
                "left_on": row.dateOrNil(4).map { .text($0.description) } ?? .null,
            ]
        }
    }

    /// The file as such, and who belongs to it, by id: an application names a child so. What others told for it is theirs, their names
    /// in full included.
    private func household(in reader: any StoreReader) throws -> Value {
        let found = try reader.first(
            """
            SELECT h.number, h.hardship_class, h.file_status, h.opened_on, h.id FROM household h JOIN person p
            ON p.household = h.id WHERE p.id = $1
            """, [.id(person)]
        ) { row -> (members: [String: Value], id: ID<Household>) in
            let members: [String: Value] = [
                "number": .text(row.text(0)), "hardship_class": .text(row.text(1)), "file_status": .text(row.text(2)),
                "opened_on": row.dateOrNil(3).map { .text($0.description) } ?? .null,
            ]
            return (members, row.id(4, Household.self))
        }
        guard let found else { return .null }
        let members = try reader.all(
            "SELECT id, household_role, name FROM person WHERE household = $1 ORDER BY id", [.id(found.id)]
        ) { row -> Value in
            [
                "person": .text(row.id(0, Person.self).text), "role": row.textOrNil(1).map { .text($0) } ?? .null,
                "name": .text(Masking.name(row.text(2))),
            ]
        }
        return .map(found.members.merging(["members": .list(members)]) { $1 })
    }

    /// What is owed to the person, and goods that were granted to them: those are owed to whoever supplies them.
    private func entitlements(in reader: any StoreReader) throws -> [Value] {
        let found = try reader.all(
            """
            SELECT id, program, kind, amount, state, on_date, case_id FROM entitlement
            WHERE payee_kind = 'person' AND payee = $1
            UNION ALL SELECT e.id, e.program, e.kind, e.amount, e.state, e.on_date, e.case_id FROM decision d
            JOIN entitlement e ON e.decision = d.id WHERE d.subject_kind = 'person' AND d.subject = $1
            AND e.kind = 'goods' AND NOT (e.payee_kind = 'person' AND COALESCE(e.payee, 0) = $1)
            ORDER BY id DESC LIMIT 1000
            """, [.id(person)]
        ) { row -> (members: [String: Value], about: String) in
            let members: [String: Value] = [
                "entitlement": .text(row.id(0, Entitlement.self).text), "program": .text(row.text(1)),
                "kind": .text(row.text(2)), "amount_fen": .int(row.int(3)), "state": .text(row.text(4)),
                "on": .text(row.date(5).description),
            ]
            let subject = SubjectRef(.person, person.rawValue).description
            return (members, row.idOrNil(6, CaseFile.self)?.text ?? subject)
        }
        let goods = found.filter { $0.members["kind"] == "goods" }
        let delivered = try deliveries(about: Set(goods.map(\.about)), in: reader)
        return found.map { members, _ in
            guard members["kind"] == "goods" else { return .map(members) }
            let delivery = members["entitlement"]?.text.flatMap { delivered[$0] } ?? .null
            return .map(members.merging(["delivered": delivery]) { $1 })
        }
    }

    /// When goods were handed over, and by which office, not by whom: by entitlement, as it was recorded of cases and of the person.
    private func deliveries(about: Set<String>, in reader: any StoreReader) throws -> [String: Value] {
        var found: [String: Value] = [:]
        for text in about {
            try reader.forEach(
                """
                SELECT v.at, v.body, a.roles FROM chain_event v LEFT JOIN account a ON a.id = v.actor
                WHERE v.about = $1 AND v.kind = 'money.delivery' AND v.body IS NOT NULL
                """, [.text(text)]
            ) { row in
                // Who hands over without an account is a device.
                let roles = try row.textOrNil(2).map { try Value(json: $0) }?.list?.compactMap(\.text) ?? ["scan"]
                let told: Value = [
                    "at": .text(row.instant(0).description), "by": .text(AccessWords.roles(roles, language)),
                ]
                for id in try Value(json: row.text(1))["details"]["ids"].list ?? [] {
                    if let id = id.text { found[id] = told }
                }
                return true
            }
        }
        return found
    }

    private func visits(in reader: any StoreReader) throws -> [Value] {
        try reader.all(
            """
            SELECT s.code, v.kind, v.at FROM visit v JOIN station s ON s.id = v.station WHERE v.person = $1
            ORDER BY v.id DESC LIMIT 1000
            """, [.id(person)]
        ) { row in
            ["station": .text(row.text(0)), "kind": .text(row.text(1)), "at": .text(row.instant(2).description)]
        }
    }

    private func messages(in reader: any StoreReader) throws -> [Value] {
        try reader.all(
            "SELECT kind, body, created_at, state FROM outbox WHERE recipient = $1 ORDER BY id DESC LIMIT 1000",
            [.text(person.text)]
        ) { row in
            [
                "kind": .text(row.text(0)), "body": try Value(json: row.text(1)),
                "at": .text(row.instant(2).description), "state": .text(row.text(3)),
            ]
        }
    }

    /// Who has looked: the office, not the name. Looks at a sealed case are written under the case: whoever filed it hears of them. So
    /// are those at a case about many: each of them hears of them, and its applicant of their own entry.
    private func looks(in reader: any StoreReader) throws -> [Value] {
        let cases = try reader.all(
            """
            SELECT id FROM case_file WHERE applicant = $1 AND sealed = 1
            UNION SELECT c.id FROM case_line l JOIN case_file c ON c.id = l.case_id
            WHERE l.subject_kind = 'person' AND l.subject = $1 AND c.sealed = 0
                AND (c.applicant IS NULL OR c.applicant <> $1)
            ORDER BY 1 DESC LIMIT 1000
            """, [.id(person)]
        ) { SQLValue.text($0.id(0, CaseFile.self).text) }
        let about = [SQLValue.text(person.text)] + cases
        let places = about.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        return try reader.all(
            """
            SELECT l.at, a.roles, l.fields, l.reason FROM access_log l LEFT JOIN account a ON a.id = l.account
            WHERE l.about IN (\(places)) ORDER BY l.id DESC LIMIT 1000
            """, about
        ) { row in
            let roles = try row.textOrNil(1).map { try Value(json: $0) }?.list?.compactMap(\.text) ?? []
            return [
                "at": .text(row.instant(0).description), "by": .text(AccessWords.roles(roles, language)),
                "fields": .text(row.text(2)), "reason": .text(AccessWords.reason(row.text(3), language)),
            ]
        }
    }
}
