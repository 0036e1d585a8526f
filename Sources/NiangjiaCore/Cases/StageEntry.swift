/// A stage that a case has come to: who brought it there, when, and what was filled in.
public struct StageEntry: Sendable {
    /// Counts from 1, over entries and parts of a case.
    public var n: Int64
    /// Its name.
    public var stage: String
    /// When the case came to it.
    public var at: Instant
    /// The account that brought it there.
    public var actor: String
    /// In which role.
    public var role: String
    /// The person behind the account.
    public var person: ID<Person>?
    /// False for one of several (`all`) who have yet to act.
    public var isWhole: Bool
    /// What was filled in.
    public var fields: [String: Value]
}

/// Reading and writing the stages of cases.
public enum CaseStages {
    /// What was entered and filled in, oldest first.
    public static func entries(of id: ID<CaseFile>, crypto: any CryptoProvider, in reader: any StoreReader) throws
        -> [StageEntry]
    {
        try reader.all(
            "SELECT n, stage, at, actor, role, person, whole, fields FROM case_stage WHERE case_id = $1 ORDER BY n",
            [.id(id)]
        ) { row in
            let plain = try crypto.open(row.blob(7), purpose: .sensitive, context: context(id, row.int(0)))
            return StageEntry(
                n: row.int(0), stage: row.text(1), at: row.instant(2), actor: row.text(3), role: row.text(4),
                person: row.idOrNil(5), isWhole: row.bool(6), fields: try Value(jsonBytes: plain).map ?? [:])
        }
    }

    /// The stages that a case has come to.
    static func reached(by id: ID<CaseFile>, in reader: any StoreReader) throws -> Set<String> {
        Set(try reader.all("SELECT stage FROM case_stage WHERE case_id = $1 AND whole = 1", [.id(id)]) { $0.text(0) })
    }

    private static func context(_ id: ID<CaseFile>, _ n: Int64) -> [UInt8] {
        Array("case_stage.fields/\(id.text)/\(n)".utf8)
    }

    /// What was filled in at the stages that a case has come to, by their names.
    public static func filled(of id: ID<CaseFile>, crypto: any CryptoProvider, in reader: any StoreReader) throws
        -> [String: Value]
    {
        facts(try entries(of: id, crypto: crypto, in: reader))
    }

    /// What rules and paths read of the stages: the newest entry of each, its fields and `on`.
    static func facts(_ entries: [StageEntry]) -> [String: Value] {
        var found: [String: Value] = [:]
        for entry in entries where entry.isWhole {
            var members = entry.fields
            members["on"] = .text(entry.at.date.description)
            found[entry.stage] = .map(members)
        }
        return found
    }

    /// Writes one entry. Its number is the next; two at once collide on it, and the later one looks again.
    static func insert(
        _ id: ID<CaseFile>, _ stage: String, _ fields: [String: Value], isWhole: Bool, by actor: Actor,
        _ change: ChangeContext, in writer: any StoreWriter
    ) throws -> Int64 {
        let n = (try writer.integer("SELECT MAX(n) FROM case_stage WHERE case_id = $1", [.id(id)]) ?? 0) + 1
        let sealed = try change.crypto.seal(
            Array(Value.map(fields).json.utf8), purpose: .sensitive, context: context(id, n))
        try writer.execute(
            """
            INSERT INTO case_stage (case_id, n, stage, at, actor, role, person, whole, fields) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            [
                .id(id), .int(n), .text(stage), .instant(change.now), .text(actor.account), .text(actor.role),
                .id(actor.person), .bool(isWhole), .blob(sealed),
            ])
        return n
    }
}

extension FormDefinition {
    /// Whether the subject of an application with these fields is hidden.
    func seals(_ fields: [String: Value]) -> Bool {
        sealed.map { $0.unless.flatMap { fields[$0]?.bool } != true } ?? false
    }

    func stage(_ name: String?) -> StageDefinition? { stages.first { $0.name == name } }

    /// Whether a decision is final in a stage: where nothing is staged, at an end, and at a stage that `gives.when` names.
    func isFinal(at name: String?) -> Bool {
        guard !stages.isEmpty else { return true }
        guard let stage = stage(name) else { return false }
        return stage.isEnd || gives.when.values.contains(stage.name)
    }
}
