/// Everything that an action read, by revision: what it proposes is done only if all of it still stands so.
struct ActionReads: Sendable, Hashable {
    /// Record id → revision.
    var records: [Int64: Int64] = [:]
    /// `kind` and key of a record that wasn't there.
    var absent: Set<[String]> = []
    /// Record kind → how many there were and the sum of their revisions.
    var tables: [String: [Int64]] = [:]
    /// Case id → version.
    var cases: [Int64: Int64] = [:]
    /// Form → how many cases there were and the sum of their versions.
    var forms: [String: [Int64]] = [:]
    /// Person id → revision.
    var persons: [Int64: Int64] = [:]

    /// Whether all of it still stands.
    func stand(for plugin: String, in reader: any StoreReader) throws -> Bool {
        for (id, revision) in records {
            guard try reader.integer("SELECT revision FROM record WHERE id = $1", [.int(id)]) == revision else {
                return false
            }
        }
        for key in absent where try RecordRows.find(plugin: plugin, kind: key[0], key: key[1], in: reader) != nil {
            return false
        }
        for (kind, sums) in tables where try RecordRows.sums(plugin: plugin, kind: kind, in: reader) != sums {
            return false
        }
        for (id, version) in cases {
            guard try reader.integer("SELECT version FROM case_file WHERE id = $1", [.int(id)]) == version else {
                return false
            }
        }
        for (form, sums) in forms where try ActionReads.sums(plugin: plugin, form: form, in: reader) != sums {
            return false
        }
        for (id, revision) in persons {
            guard try ActionReads.revision(ofPerson: id, in: reader) == revision else { return false }
        }
        return true
    }

    static func sums(plugin: String, form: String, in reader: any StoreReader) throws -> [Int64] {
        try reader.first(
            "SELECT COUNT(*), COALESCE(SUM(version), 0) FROM case_file WHERE plugin = $1 AND form = $2",
            [.text(plugin), .text(form)]
        ) { [$0.int(0), $0.int(1)] } ?? [0, 0]
    }

    static func revision(ofPerson id: Int64, in reader: any StoreReader) throws -> Int64 {
        let own = try reader.integer("SELECT revision FROM person WHERE id = $1", [.int(id)]) ?? 0
        let memberships = try reader.integer("SELECT SUM(revision) FROM membership WHERE person = $1", [.int(id)]) ?? 0
        return own + memberships
    }

    var value: Value {
        func table(_ table: [Int64: Int64]) -> Value {
            .list(table.sorted { $0.key < $1.key }.map { [.int($0.key), .int($0.value)] })
        }
        func sums(_ table: [String: [Int64]]) -> Value { .map(table.mapValues { .list($0.map { .int($0) }) }) }
        return [
            "records": table(records), "cases": table(cases), "persons": table(persons), "tables": sums(tables),
            "forms": sums(forms),
            "absent": .list(absent.map { .list($0.map { .text($0) }) }.sorted { $0.json < $1.json }),
        ]
    }

    init() {}

    init(_ value: Value) {
        func table(_ value: Value) -> [Int64: Int64] {
            Dictionary(
                (value.list ?? []).compactMap { pair in
                    pair.list.flatMap { $0.count == 2 ? ($0[0].int ?? 0, $0[1].int ?? 0) : nil }
                }, uniquingKeysWith: { first, _ in first })
        }
        func sums(_ value: Value) -> [String: [Int64]] {
            (value.map ?? [:]).mapValues { ($0.list ?? []).map { $0.int ?? 0 } }
        }
        records = table(value["records"])
        cases = table(value["cases"])
        persons = table(value["persons"])
        tables = sums(value["tables"])
        forms = sums(value["forms"])
        absent = Set((value["absent"].list ?? []).map { ($0.list ?? []).map { $0.text ?? "" } })
    }
}

/// Personal data that an action was shown, for the access log.
struct ActionAccess: Sendable, Hashable {
    var about: String
    var fields: String
}
