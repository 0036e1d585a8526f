/// Part of a register, read once for several programs: the facts of all of them, column by column, in key order.
final class SubjectChunk: Sendable {
    /// So many subjects are read at a time: enough for a worker's start to be forgotten, few enough to stay in memory.
    static let size = 65_536

    private let block: SubjectBlock
    private let kind: SubjectKind
    private let facts: [FactDefinition]
    /// The first subject comes after this one.
    let after: Int64

    init(_ block: SubjectBlock, _ kind: SubjectKind, _ facts: [FactDefinition], after: Int64) {
        self.block = block
        self.kind = kind
        self.facts = facts
        self.after = after
    }

    /// The last subject.
    var last: Int64 { block.ids.last ?? after }
    var count: Int { block.ids.count }

    /// Reads the next subjects after an id with every fact that any of the programs declares or filters by; nil at the end.
    static func read(
        _ kind: SubjectKind, for contexts: [FormContext], after: Int64, in reader: any StoreReader
    ) throws -> SubjectChunk? {
        var (own, household): (Set<String>, Set<String>) = ([], [])
        for context in contexts {
            own.formUnion(context.form.facts.subject)
            own.formUnion((context.form.population?.filter ?? [:]).keys)
            household.formUnion(context.form.facts.household)
        }
        // A household's own facts are told apart from those of the households of persons by nothing but the group.
        let subjects = try SubjectReader(
            kind: kind, subjectFacts: own.sorted(), householdFacts: kind == .household ? [] : household.sorted())
        let block = try subjects.page(after: after, limit: size, filter: [:], in: reader)
        return block.ids.isEmpty ? nil : SubjectChunk(block, kind, subjects.facts, after: after)
    }

    /// Whether a form can be read from chunks: its subjects are persons, organisations or stations.
    static func serves(_ context: FormContext) throws -> SubjectKind? {
        let kind = try context.subjectKind()
        return [.person, .organization, .station].contains(kind) ? kind : nil
    }

    /// The next subjects after an id that pass a filter, with a program's own facts.
    func page(for subjects: SubjectReader, after: Int64, limit: Int, filter: [String: [Value]]) -> SubjectBlock {
        let columns = filter.compactMap { name, accepted in column(name, of: kind).map { ($0, accepted) } }
        var rows: [Int] = []
        var row = first(after: after)
        while row < block.ids.count, rows.count < limit {
            if columns.allSatisfy({ passes($0, row, $1) }) { rows.append(row) }
            row += 1
        }
        var taken = block
        if rows.count == block.ids.count, facts == subjects.facts { return taken }
        taken.facts = []
        taken.keep(rows)
        // Each program takes its own facts, and only of its own rows.
        let places = rows.map { Int32(truncatingIfNeeded: $0) }
        taken.facts = subjects.facts.map { fact in
            column(fact).map { block.facts[$0].taking(places) }
                ?? CellColumn(joining: [], fact.cells).taking(places.map { _ in -1 })
        }
        return taken
    }

    /// The place of the first subject after an id.
    private func first(after id: Int64) -> Int {
        var (low, high) = (0, block.ids.count)
        while low < high {
            let middle = (low + high) / 2
            if block.ids[middle] <= id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func column(_ fact: FactDefinition) -> Int? { facts.firstIndex(of: fact) }

    private func column(_ name: String, of kind: SubjectKind) -> Int? {
        FactCatalogue.fact(name, of: kind).flatMap(column)
    }

    /// Whether a fact is one of the accepted constants, as `IN (…)` has it: what is absent never is.
    private func passes(_ column: Int, _ row: Int, _ accepted: [Value]) -> Bool {
        let facts = block.facts[column]
        guard !facts.isNull(row) else { return false }
        if facts.kind == .text {
            let text = facts.texts.text(facts.texts.indexes[row])
            return accepted.contains { $0.text == text }
        }
        let number = facts.integers[row]
        return accepted.contains { value in
            switch value {
            case .int(let wanted): wanted == number
            case .bool(let wanted): (wanted ? 1 : 0) == number
            case .text(let text): CivilDate(text).map { Int64($0.days) } == number
            default: false
            }
        }
    }
}
