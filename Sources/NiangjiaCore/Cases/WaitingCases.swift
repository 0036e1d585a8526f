/// Cases on the waiting list for want of money, in the order in which they are taken up again when there is some (decision 0086).
///
/// That a case waits so stands with the case itself (`money_rank`): whatever moves it says so anew, in the same transaction.
public enum WaitingCases {
    /// Who of a program is taken up first: by rank as settle serves them, then whoever applied first.
    struct Turn: Hashable, Comparable, Sendable {
        /// The script's rank; smaller comes first.
        var rank: Int64
        var filedAt: Instant
        var id: ID<CaseFile>

        static func < (one: Turn, other: Turn) -> Bool {
            (one.rank, one.filedAt, one.id) < (other.rank, other.filedAt, other.id)
        }

        fileprivate var key: [SQLValue] { [.int(rank), .instant(filedAt), .id(id)] }
    }

    /// The first of a program's form.
    struct Head: Hashable, Sendable {
        var form: String
        var turn: Turn
    }

    private static let order = "money_rank, submitted_at, id"

    /// The rank of a case: that of the line that is served first. Without one they come last.
    static func rank(of lines: [JudgedLine]) -> Int64 {
        lines.lazy.filter(\.judgement.gives).compactMap(\.judgement.rank).min() ?? .max
    }

    /// Programs of which cases wait, by id.
    static func programs(in reader: any StoreReader) throws -> [String] {
        try reader.distinct("program", of: "case_file", where: "money_rank IS NOT NULL")
    }

    private static func forms(of program: String, in reader: any StoreReader) throws -> [String] {
        try reader.distinct(
            "form", of: "case_file", where: "money_rank IS NOT NULL AND program = $1", [.text(program)])
    }

    /// The first of each form, whose turn comes next before the others. After its season nobody of a form is taken up any more.
    ///
    /// - Parameter own: a case that isn't one of them, whose turn may change.
    static func heads(
        of program: Program, except own: ID<CaseFile>? = nil, on today: CivilDate, in reader: any StoreReader
    ) throws -> [Head] {
        try forms(of: program.id, in: reader).compactMap { form in
            guard today <= program.rules(for: form).season.to else { return nil }
            return try reader.first(
                """
                SELECT \(order) FROM case_file WHERE money_rank IS NOT NULL AND program = $1 AND form = $2
                AND id <> $3 ORDER BY \(order) LIMIT 1
                """, [.text(program.id), .text(form), .int(own?.rawValue ?? 0)]
            ) { Head(form: form, turn: turn(from: $0)) }
        }.sorted { $0.turn < $1.turn }
    }

    /// The fund lines for whose money cases of a program wait, those before a turn; nil: any. Whose turn it is doesn't wait before
    /// itself, though its rank is another now than the one by which it stands on the list.
    static func lines(
        of program: Program, before turn: Turn? = nil, on today: CivilDate, in reader: any StoreReader
    ) throws -> Set<String> {
        guard program.mayWaitForMoney else { return [] }
        let heads = try heads(of: program, except: turn?.id, on: today, in: reader).filter { head in
            turn.map { head.turn < $0 } ?? true
        }
        return Set(heads.flatMap { program.rules(for: $0.form).funding.map(\.line) })
    }

    /// Which of its program a case is to be taken up next (1 is the first); nil: it doesn't wait for money. Of forms that share no
    /// fund line it is the latest that it may be.
    public static func turn(of record: CaseRecord, in reader: any StoreReader) throws -> Int64? {
        guard let turn = record.moneyTurn else { return nil }
        return try turns(of: [turn], program: record.program, in: reader)[record.id]
    }

    /// The turns of those cases of a program that wait for money: the list is gone through once, up to the last of them.
    static func turns(of cases: [ID<CaseFile>], program: String, in reader: any StoreReader) throws
        -> [ID<CaseFile>: Int64]
    {
        let waiting = try cases.compactMap { id in
            try reader.first(
                "SELECT \(order) FROM case_file WHERE id = $1 AND money_rank IS NOT NULL", [.id(id)], turn(from:))
        }
        return try turns(of: waiting, program: program, in: reader)
    }

    private static func turns(of waiting: [Turn], program: String, in reader: any StoreReader) throws
        -> [ID<CaseFile>: Int64]
    {
        let sorted = Set(waiting).sorted()
        var turns: [ID<CaseFile>: Int64] = [:]
        for form in try forms(of: program, in: reader) {
            var count: Int64 = 0
            var last = Turn(rank: .min, filedAt: Instant(milliseconds: .min), id: ID(rawValue: .min))
            for turn in sorted {
                count +=
                    try reader.integer(
                        """
                        SELECT COUNT(*) FROM case_file WHERE money_rank IS NOT NULL AND program = $1 AND form = $2
                        AND (\(order)) > ($3, $4, $5) AND (\(order)) <= ($6, $7, $8)
                        """, [.text(program), .text(form)] + last.key + turn.key) ?? 0
                turns[turn.id, default: 0] += count
                last = turn
            }
        }
        return turns
    }

    private static func turn(from row: any StoreRow) -> Turn {
        Turn(rank: row.int(0), filedAt: row.instant(1), id: row.id(2))
    }

    /// How many cases of a form wait for money.
    static func count(of program: String, form: String, in reader: any StoreReader) throws -> Int64 {
        try reader.integer(
            "SELECT COUNT(*) FROM case_file WHERE money_rank IS NOT NULL AND program = $1 AND form = $2",
            [.text(program), .text(form)]) ?? 0
    }

    /// The day on which a case's decision was made because money had come for it; nil: it wasn't made for that.
    public static func moneyCame(for decision: Decisions.Row, in reader: any StoreReader) throws -> CivilDate? {
        guard let id = decision.caseID else { return nil }
        return try reader.first(
            "SELECT at FROM case_step WHERE case_id = $1 AND action = $2 AND at = $3",
            [.id(id), .text(Corridor.moneyCame), .instant(decision.decidedAt)]
        ) { $0.instant(0).date }
    }
}

extension CaseRecord {
    /// When its turn comes, while it waits for money.
    var moneyTurn: WaitingCases.Turn? {
        moneyRank.map { WaitingCases.Turn(rank: $0, filedAt: submittedAt, id: id) }
    }
}

extension Program {
    /// Whether a form of it leaves anybody waiting for money.
    fileprivate var mayWaitForMoney: Bool { base.short != .refuse || forms.values.contains { $0.short != .refuse } }
}
