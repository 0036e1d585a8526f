/// A case as the store has it.
public struct CaseRecord: Sendable {
    /// Its id, `c-…` outside the store.
    public var id: ID<CaseFile>
    /// Counts its changes, from 1: whoever acts says which version they have seen.
    public var version: Int64
    /// The program's id.
    public var program: String
    /// The form of its plugin.
    public var form: String
    /// The plugin's id.
    public var plugin: String
    /// Which version of the plugin judges it: hexadecimal SM3 over manifest and source.
    public var pluginDigest: String
    /// The digest of the bundle whose rules hold for it, hexadecimal SM3.
    public var bundle: String
    /// Who applies; nil where it is about an organisation or nobody.
    public var applicant: ID<Person>?
    /// The account that filed it.
    public var filer: String
    /// The organisation that files it or that it is for; nil: none.
    public var unit: ID<Organization>?
    /// How it came: member, unit, clerk, scan, keeper …
    public var channel: String
    /// The union of its first line's subject as it was filed, else the unit, else the applicant's union; nil: none.
    public var home: ID<Organization>?
    /// The organisation whose counter or station took it; nil: none did.
    public var serving: ID<Organization>?
    /// When it was first handed in.
    public var submittedAt: Instant
    /// The date by which it belongs to a season and finds its settings (`dated_by`).
    public var onDate: CivilDate
    /// How it stands.
    public var state: CaseState
    /// The level of review that it waits for.
    public var level: String?
    /// How many levels of review are behind it; 0 again when it is sent back or judged otherwise than they agreed to.
    public var levelsDone: Int
    /// How often it was sent back.
    var returns: Int
    /// Reasons that somebody with the right to has waived.
    public var waived: Set<String>
    /// The days on which it is on public notice, both included; nil: it hasn't been, or need not be.
    public var notice: DateRange?
    /// The last one that was raised.
    public var objection: Objection?
    /// The stage that it is in, where its form has stages.
    public var stage: String?
    /// Until when it may stay in its stage.
    public var due: Instant?
    /// Whether it hides whom it is about.
    public var isSealed: Bool
    /// While it waits for money: the rank by which its turn comes, smaller first; nil: it doesn't (``WaitingCases``).
    public var moneyRank: Int64?
    /// One line for each subject, in the order of the application; empty where only the head was read.
    public var lines: [Line]

    /// One subject of a case.
    public struct Line: Sendable {
        /// The subject's place in the application, from 0.
        public var line: Int
        /// Whom it is about.
        public var subject: SubjectRef
        /// The id of the subject's household as it was judged; nil: none.
        public var household: Int64?
        /// The last judgement; provisional until a decision stands.
        public var judgement: Judgement?
        /// What was decided; nil while nothing is.
        public var decision: ID<Decision>?
        var revisions: FactRevisions
        var call: (ID<Call>, row: Int)?
    }

    /// Whether the city hears the applicant's objection to a refusal (复核).
    public var isAppeal: Bool { state == .inCheck && objection == .open }

    /// What the rule would grant in all, as far as it has been judged.
    public var judgedAmount: Money {
        lines.reduce(.zero) { $0 + ($1.judgement.map { $0.gives ? $0.amount : .zero } ?? .zero) }
    }
}

/// One step of a case's life.
public struct CaseStep: Sendable {
    /// When it was done.
    public var at: Instant
    /// The account that did it; `host` for the host itself.
    public var actor: String
    /// The role in which it was done, its level behind it (`reviewer:county`).
    public var role: String
    /// What was done: `submit`, `approve`, `stage:<stage>`, `judge:<stage>` … (``StepWords``).
    public var action: String
    /// The state before, a ``CaseState``; empty before the first step.
    public var from: String
    /// The state after, a ``CaseState``.
    public var to: String
    /// The level of review at which it was done; nil: none.
    public var level: String?
    /// What was said with it, or what a flag names; nil: nothing.
    public var note: String?
}

extension CaseRecord {
    /// Refuses somebody who has seen another version than this one; nil: they didn't say.
    ///
    /// - Throws: `stale`.
    public func check(seen version: Int64?) throws(NiangjiaError) {
        guard let version, version != self.version else { return }
        throw NiangjiaError(.stale, zh: "这份申请已有变化,请刷新后再试", en: "the case has changed; look again")
    }
}

/// Reading and writing cases. Every change of state is conditional on state and version.
public enum Cases {
    /// The step by which reviewers are told that somebody else's case names the same; nobody else is shown it.
    public static let flagAction = "flag"

    static let columns = """
        id, version, program, form, plugin, plugin_digest, bundle, applicant, filer, unit, home_organization, \
        serving_organization, submitted_at, on_date, state, level, levels_done, returns, waived, notice_from, notice_to, \
        objection, channel, stage, due_at, sealed, money_rank
        """

    /// Reads a case but for its lines, of which there may be thousands. Throws `notFound`.
    static func head(_ id: ID<CaseFile>, in reader: any StoreReader) throws -> CaseRecord {
        let found = try reader.first("SELECT \(columns) FROM case_file WHERE id = $1", [.id(id)], record(from:))
        guard let found else { throw NiangjiaError(.notFound, zh: "没有申请 \(id)", en: "there is no case \(id)") }
        return found
    }

    /// Reads a case. Throws `notFound`.
    public static func load(_ id: ID<CaseFile>, in reader: any StoreReader) throws -> CaseRecord {
        var found = try head(id, in: reader)
        found.lines = try reader.all(
            """
            SELECT line, subject_kind, subject, household, judged, revisions, call, call_row, decision FROM case_line \
            WHERE case_id = $1 ORDER BY line
            """, [.id(id)]
        ) { row in
            CaseRecord.Line(
                line: Int(row.int(0)), subject: SubjectRef(SubjectKind(rawValue: row.text(1)) ?? .nobody, row.int(2)),
                household: row.intOrNil(3), judgement: Judgement(try Value(json: row.text(4))),
                decision: row.idOrNil(8), revisions: FactRevisions(json: row.text(5)) ?? FactRevisions(),
                call: row.idOrNil(6, Call.self).map { ($0, Int(row.int(7))) })
        }
        return found
    }

    /// Writes the judged lines of a new case.
    static func insert(_ lines: [JudgedLine], of id: ID<CaseFile>, in writer: any StoreWriter) throws {
        var values: [SQLValue] = []
        for line in lines {
            let gathered = line.gathered
            var call: (SQLValue, SQLValue) = (.null, .null)
            if case .call(let source, let row) = line.source { call = (.id(source), .int(Int64(row))) }
            values += [
                .id(id), .int(Int64(line.intake.line)), .text(gathered.subject.kind.rawValue),
                .int(gathered.subject.id), .optional(gathered.household), .text(line.judgement.value.json),
                .text(gathered.revisions.json), .bool(line.judgement.kind == .keep), call.0, call.1,
            ]
        }
        try writer.insert(
            into: "case_line",
            columns: [
                "case_id", "line", "subject_kind", "subject", "household", "judged", "revisions", "awaits_rule",
                "call", "call_row",
            ], values: values)
    }

    /// Whose cases a list keeps to: those for which somebody applies, those that their account filed for others, and those of the unit's
    /// desk at which it works.
    public struct Party: Sendable {
        var account: String?
        var person: ID<Person>?
        var desk: OrganizationScope?

        /// Of an account; `desk`: the part of the city of a unit's clerk.
        public init(_ account: Account, desk: OrganizationScope? = nil) {
            (self.account, person, self.desk) = (account.id, account.person, desk)
        }

        /// Those for which a person applies.
        public init(applicant: ID<Person>) { person = applicant }

        /// SQL: which cases these are, each kind by an index of its own. What a member files is the applicant's.
        fileprivate func cases(_ bind: (SQLValue) -> String) -> String {
            var kinds: [String] = []
            if let person { kinds.append("applicant = \(bind(.id(person)))") }
            if let account { kinds.append("channel <> 'member' AND filer = \(bind(.text(account)))") }
            let ofUnits = "channel <> 'member' AND channel = 'unit'"
            if desk == .wholeCity {
                kinds.append(ofUnits)
            } else if let desk {
                // Units' clerks are few beside members: they are found by their unions, not among all accounts.
                let prefix = bind(.text(desk.prefix))
                kinds.append(
                    """
                    \(ofUnits) AND filer IN (SELECT id FROM account WHERE scope IN (
                      SELECT id FROM organization WHERE substr(path, 1, length(\(prefix))) = \(prefix)))
                    """)
            }
            return kinds.map { "SELECT id FROM case_file WHERE \($0)" }.joined(separator: " UNION ")
        }
    }

    /// The newest cases first, those of a program, in a state, of a party, of a person who applies or whom they are about, of a part
    /// of the city (at home there, served there, or filed by a unit there), and older than one where given.
    public static func list(
        program: String? = nil, state: CaseState? = nil, party: Party? = nil, person: ID<Person>? = nil,
        part: OrganizationScope? = nil, after: ID<CaseFile>? = nil, limit: Int = 100, in reader: any StoreReader
    ) throws -> [CaseRecord] {
        var conditions: [String] = []
        var arguments: [SQLValue] = [.int(Int64(limit))]
        func bind(_ value: SQLValue) -> String {
            arguments.append(value)
            return "$\(arguments.count)"
        }
        if let program { conditions.append("program = \(bind(.text(program)))") }
        if let state { conditions.append("state = \(bind(.text(state.rawValue)))") }
        if let party { conditions.append("id IN (\(party.cases(bind)))") }
        if let person {
            let id = bind(.id(person))
            conditions.append(
                """
                id IN (SELECT id FROM case_file WHERE applicant = \(id) UNION
                SELECT case_id FROM case_line WHERE subject_kind = 'person' AND subject = \(id))
                """)
        }
        if let part {
            let prefix = bind(.text(part.prefix))
            let under = "SELECT id FROM organization WHERE substr(path, 1, length(\(prefix))) = \(prefix)"
            let unions = ["home_organization", "serving_organization", "unit"].map { "\($0) IN (\(under))" }
            conditions.append("(" + unions.joined(separator: " OR ") + ")")
        }
        if let after { conditions.append("id < \(bind(.id(after)))") }
        let filter = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
        let ids = try reader.all("SELECT id FROM case_file\(filter) ORDER BY id DESC LIMIT $1", arguments) {
            $0.id(0, CaseFile.self)
        }
        return try ids.map { try load($0, in: reader) }
    }

    /// Every step of a case, oldest first.
    public static func steps(of id: ID<CaseFile>, in reader: any StoreReader) throws -> [CaseStep] {
        try reader.all(
            "SELECT at, actor, role, action, from_state, to_state, level, note FROM case_step WHERE case_id = $1 ORDER BY n",
            [.id(id)]
        ) { row in
            CaseStep(
                at: row.instant(0), actor: row.text(1), role: row.text(2), action: row.text(3), from: row.text(4),
                to: row.text(5), level: row.textOrNil(6), note: row.textOrNil(7))
        }
    }

    private static func record(from row: any StoreRow) throws -> CaseRecord {
        let waived = try Value(json: row.text(18)).list?.compactMap(\.text) ?? []
        var notice: DateRange?
        if let from = row.dateOrNil(19), let to = row.dateOrNil(20) { notice = DateRange(from: from, to: to) }
        guard let state = CaseState(rawValue: row.text(14)) else {
            throw NiangjiaError(.store, zh: "未知的申请状态", en: "unknown state of a case", cause: row.text(14))
        }
        let objection = try row.textOrNil(21).map { text in
            guard let objection = Objection(rawValue: text) else {
                throw NiangjiaError(.store, zh: "未知的异议状态", en: "unknown state of an objection", cause: text)
            }
            return objection
        }
        return CaseRecord(
            id: row.id(0), version: row.int(1), program: row.text(2), form: row.text(3), plugin: row.text(4),
            pluginDigest: row.text(5), bundle: row.text(6), applicant: row.idOrNil(7), filer: row.text(8),
            unit: row.idOrNil(9), channel: row.text(22), home: row.idOrNil(10), serving: row.idOrNil(11),
            submittedAt: row.instant(12),
            onDate: row.date(13), state: state, level: row.textOrNil(15), levelsDone: Int(row.int(16)),
            returns: Int(row.int(17)), waived: Set(waived), notice: notice, objection: objection,
            stage: row.textOrNil(23),
            due: row.instantOrNil(24), isSealed: row.bool(25), moneyRank: row.intOrNil(26), lines: [])
    }

    /// The fields of a case, opened.
    public static func fields(of id: ID<CaseFile>, crypto: any CryptoProvider, in reader: any StoreReader) throws
        -> [String: Value]
    {
        let sealed = try reader.first("SELECT fields FROM case_file WHERE id = $1", [.id(id)]) { $0.blob(0) }
        guard let sealed else { throw NiangjiaError(.notFound, zh: "没有申请 \(id)", en: "there is no case \(id)") }
        let plain = try crypto.open(sealed, purpose: .sensitive, context: fieldsContext(id))
        return try Value(jsonBytes: plain).map ?? [:]
    }

    static func fieldsContext(_ id: ID<CaseFile>) -> [UInt8] { Array("case_file.fields/\(id.text)".utf8) }

    /// What changes with a transition, beside the state.
    struct Changes {
        var level: String??
        var levelsDone: Int?
        var returns: Int?
        var notice: DateRange??
        var objection: Objection??
        var waived: Set<String>?
        /// Of one that comes to wait for money; else it doesn't wait any more.
        var moneyRank: Int64?
        /// What the step says where nobody wrote a note: the reason that was waived.
        var note: String?
        init() {}
    }

    /// Moves a case, and tells its applicant where that concerns him. Throws `conflict` when it is no longer as it was seen, or its state doesn't lead there.
    static func move(
        _ record: CaseRecord, to state: CaseState, action: String, by actor: Actor, note: String? = nil,
        _ changes: Changes = Changes(), change: ChangeContext, in writer: any StoreWriter
    ) throws {
        guard record.state.next.contains(state) else {
            throw NiangjiaError(
                .conflict, zh: "“\(record.state.title.zh)”的申请不能转为“\(state.title.zh)”",
                en: "a case \(record.state.title.en) can't become \(state.title.en)")
        }
        var sets = ["state = $1", "version = version + 1", "updated_at = $2"]
        var arguments: [SQLValue] = [.text(state.rawValue), .instant(change.now)]
        func set(_ column: String, _ value: SQLValue) {
            arguments.append(value)
            sets.append("\(column) = $\(arguments.count)")
        }
        if let level = changes.level { set("level", .optional(level)) }
        if let done = changes.levelsDone { set("levels_done", .int(Int64(done))) }
        if let returns = changes.returns { set("returns", .int(Int64(returns))) }
        if let notice = changes.notice {
            set("notice_from", .date(notice?.from))
            set("notice_to", .date(notice?.to))
        }
        if let objection = changes.objection { set("objection", .optional(objection?.rawValue)) }
        if let waived = changes.waived { set("waived", .text(Value.list(waived.sorted().map { .text($0) }).json)) }
        if record.state == .waitlisted || state == .waitlisted { set("money_rank", .optional(changes.moneyRank)) }
        arguments += [.id(record.id), .text(record.state.rawValue), .int(record.version)]
        let n = arguments.count
        let changed = try writer.execute(
            "UPDATE case_file SET \(sets.joined(separator: ", ")) WHERE id = $\(n - 2) AND state = $\(n - 1) AND version = $\(n)",
            arguments)
        guard changed == 1 else {
            throw NiangjiaError(
                .conflict, zh: "这份申请刚刚被别人处理过,请刷新后再试", en: "somebody has just dealt with this case; look again")
        }
        try step(
            record.id, from: record.state.rawValue, to: state.rawValue, action: action, by: actor, level: record.level,
            note: note ?? changes.note, change: change, in: writer)
        try MemberMessage.tell(record, to: state, change, in: writer)
    }

    /// Tells whoever reviews a case what nobody else is shown; what has been told already isn't told again.
    public static func flag(
        _ id: ID<CaseFile>, _ note: String, _ change: ChangeContext, in writer: any StoreWriter
    ) throws {
        let known = try writer.integer(
            "SELECT COUNT(*) FROM case_step WHERE case_id = $1 AND action = $2 AND note = $3",
            [.id(id), .text(flagAction), .text(note)])
        guard known == 0 else { return }
        let state = try writer.first("SELECT state FROM case_file WHERE id = $1", [.id(id)]) { $0.text(0) } ?? ""
        try step(
            id, from: state, to: state, action: flagAction, by: .host, level: nil, note: note, change: change,
            in: writer)
    }

    /// The reason of a flag and the other case that it names; nil where it names none.
    public static func flagged(_ step: CaseStep) -> (reason: String, other: ID<CaseFile>)? {
        let words = (step.note ?? "").split(separator: " ").map(String.init)
        guard step.action == flagAction, words.count == 2, let other = ID<CaseFile>(words[1]) else { return nil }
        return (words[0], other)
    }

    /// Writes a step and its chain event.
    static func step(
        _ id: ID<CaseFile>, from: String, to: String, action: String, by actor: Actor, level: String?, note: String?,
        change: ChangeContext, in writer: any StoreWriter
    ) throws {
        let last = try writer.integer("SELECT MAX(n) FROM case_step WHERE case_id = $1", [.id(id)])
        let n = (last ?? 0) + 1
        try writer.execute(
            """
            INSERT INTO case_step (case_id, n, at, actor, role, action, from_state, to_state, level, note)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            [
                .id(id), .int(n), .instant(change.now), .text(actor.account), .text(actor.role), .text(action),
                .text(from),
                .text(to), .optional(level), .optional(note),
            ])
        let row = Commitments.digest(
            ofStep: n, of: id, at: change.now.milliseconds, [actor.account, actor.role, action, from, to],
            [level, note], change.crypto)
        try change.record(
            "case.\(action)", about: id.text,
            body: [
                "from": .text(from), "to": .text(to), "role": .text(actor.role), "n": .int(n),
                "row": .text(row),
            ], in: writer)
    }
}
