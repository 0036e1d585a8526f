import Foundation
import NiangjiaCore
import NiangjiaCrypto
import NiangjiaSQLite
import NiangjiaTesting

/// Random changes of a copied store's sealed rows, vouchers, entries, blocks, calls, steps and decisions, by somebody with
/// the database in hand: the audit finds each of them, and names the rows where each is sealed by itself.
struct MutationCampaign: Sendable {
    var mutations: Int
    var seed: UInt64

    static let sealedTables = NiangjiaSchema.migrations.tables.filter { $0.sealing != nil }

    /// Tables, and the columns that are proven.
    private static let targets: [Target] =
        [
            Target(ChainSchema.event), Target(FundsSchema.entrySet), Target(FundsSchema.entry),
            Target(BundlesSchema.file),
            // In another layer a pack is found as well.
            Target(
                DecisionsSchema.decisionPack, DecisionsSchema.decisionPack.columns.map(\.name).filter { $0 != "layer" }),
            Target(DecisionsSchema.block), Target(DecisionsSchema.call), Target(CasesSchema.step),
            Target(DecisionsSchema.decisionTerms),
        ] + sealedTables.map { Target($0, $0.sealedColumns.map(\.name)) }

    func run() async throws -> Findings {
        var findings = Findings("Mutations of a copied store", seed: seed)
        let folder = try TemporaryFolder()
        let city = try await AuditCity(in: folder.path)
        let copy = folder.file("copy.sqlite")
        try FileManager.default.copyItem(atPath: city.path, toPath: copy)
        let store = try SQLiteStore.open(path: copy, migrations: NiangjiaSchema.migrations)
        let (crypto, head) = (city.crypto, city.head)
        let sound = try await store.read { try Audit.verify(in: $0, crypto: crypto, against: [head]) }
        findings.require(sound.isSound, "the untouched copy: \(sound.faults.map(\.en))")
        let targets = try await store.read { reader in
            try MutationCampaign.targets.map { target in
                let columns = target.table.columns.map { "\"\($0.name)\"" }.joined(separator: ", ")
                var target = target
                target.rows = try reader.all("SELECT \(columns) FROM \(target.table.name)") {
                    RegisterHistory.values(target.table, from: $0)
                }
                return target
            }
        }
        for target in targets { findings.require(!target.rows.isEmpty, "no rows of \(target.table.name)") }
        var dice = Dice(seed: seed)
        var made = Made()
        // Every column of every table once, then whatever the dice say.
        var due = targets.flatMap { target in target.columns.map { (target, $0) } }
        while made.count < mutations, findings.faults.isEmpty {
            let (target, column): (Target, Int)
            if let next = due.popLast() {
                (target, column) = next
            } else {
                target = targets[dice.below(targets.count)]
                column = target.columns[dice.below(target.columns.count)]
            }
            guard let mutation = Mutation(&dice, target, column) else { continue }
            do {
                try await store.write(.interactive) { writer in
                    try mutation.apply(in: writer)
                    let report = try Audit.verify(in: writer, crypto: crypto, against: [head])
                    let isNamed = report.sealed.faults.words.contains { $0.en.contains("table \(target.table.name)") }
                    throw Undone(isFound: !report.isSound, isNamed: isNamed)
                }
            } catch let undone as Undone {
                made.note(mutation, column)
                findings.require(undone.isFound, "not found: \(mutation.text)")
                if let sealing = target.table.sealing, sealing.asMade == nil {
                    findings.require(undone.isNamed, "not named: \(mutation.text)")
                }
            } catch let unreadable as NiangjiaError
                where unreadable.code == .conflict && target.table.name == DecisionsSchema.decisionPack.name
            {
                // A pack that can't be read is named: nothing else is verified before it is put right.
                made.note(mutation, column)
            } catch StoreError.refused, StoreError.duplicate {
                made.refused += 1
            }
        }
        let after = try await store.read { try Audit.verify(in: $0, crypto: crypto, against: [head]) }
        findings.require(after.isSound, "the copy wasn't put right again: \(after.faults.map(\.en))")
        try await erase(from: store, city, &findings)
        try await store.close()
        findings.add("mutations", made.count)
        findings.add("found", made.count - findings.faults.count)
        findings.add("more that the store's own constraints refused", made.refused)
        for target in targets {
            findings.add("rows of \(target.table.name)", target.rows.count)
            findings.add("mutations of \(target.table.name)", made.told(target))
        }
        return findings
    }

    /// A table, the places of its proven columns, and its rows.
    struct Target: Sendable {
        var table: Table
        var columns: [Int]
        var rows: [[SQLValue]] = []

        init(_ table: Table, _ columns: [String]? = nil) {
            self.table = table
            self.columns = table.columns.indices.filter { columns?.contains(table.columns[$0].name) ?? true }
        }
    }

    /// What was done, by table, kind and column.
    private struct Made {
        var count = 0
        var refused = 0
        private var kinds: [String: [String: Int]] = [:]
        private var columns: [String: Set<Int>] = [:]

        mutating func note(_ mutation: Mutation, _ column: Int) {
            count += 1
            kinds[mutation.table.name, default: [:]][mutation.kind.rawValue, default: 0] += 1
            if mutation.kind != .delete { columns[mutation.table.name, default: []].insert(column) }
        }

        func told(_ target: Target) -> String {
            let own = kinds[target.table.name] ?? [:]
            let parts = own.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            let reached = columns[target.table.name]?.count ?? 0
            return "\(own.values.reduce(0, +)): \(parts); \(reached) of \(target.columns.count) columns"
        }
    }

    /// What is lawfully erased is told, and is no fault.
    private func erase(from store: SQLiteStore, _ city: AuditCity, _ findings: inout Findings) async throws {
        let (crypto, clock) = (city.crypto, MachineClock())
        let change = ChangeContext(
            now: clock.now(), actor: "officer", ids: IDSource(host: 2, clock: clock), crypto: crypto)
        try await store.write(.interactive) { writer in
            let calls = try writer.all("SELECT id FROM call ORDER BY id LIMIT 3") { $0.id(0, Call.self) }
            try Journal.erase(calls: calls, grounds: "《个人信息保护法》第四十七条", change, in: writer)
            try Chain.seal(in: writer, crypto: crypto)
        }
        let report = try await store.read { try Audit.verify(in: $0, crypto: crypto, against: [city.head]) }
        findings.require(report.isSound, "after a lawful erasure: \(report.faults.map(\.en))")
        findings.require(
            report.journal.erased == 3 && report.chain.erased == 3, "\(report.journal.erased) calls are erased, not 3")
        findings.add("calls lawfully erased, told as such", report.journal.erased)
    }

    /// Thrown to undo a mutation after it was looked for.
    private struct Undone: Error {
        var isFound: Bool
        var isNamed: Bool
    }
}

/// One change of one table's rows.
struct Mutation: Sendable {
    enum Kind: String, Sendable, CaseIterable { case flip, delete, swap, truncate, null }

    var kind: Kind
    var table: Table
    var text: String
    private var statements: [(sql: String, arguments: [SQLValue])] = []

    /// Nil when the dice asked for something that changes nothing.
    init?(_ dice: inout Dice, _ target: MutationCampaign.Target, _ column: Int) {
        let (table, own) = (target.table, target.rows)
        kind = Kind.allCases[dice.below(Kind.allCases.count)]
        self.table = table
        guard !own.isEmpty else { return nil }
        let row = own[dice.below(own.count)]
        text = "\(kind) \(table.name).\(table.columns[column].name) of \(Mutation.key(table, row))"
        switch kind {
        case .delete: add("DELETE FROM \(table.name)", row)
        case .null:
            guard table.columns[column].nullable, row[column] != .null else { return nil }
            set(column, .null, row)
        case .flip:
            guard let changed = Mutation.flipped(row[column], &dice) else { return nil }
            set(column, changed, row)
        case .truncate:
            if table.name == "chain_event", dice.below(3) == 0 {
                // The end of the chain, cut off.
                let last = Int64(own.count - 1 - dice.below(5))
                statements = [("DELETE FROM chain_event WHERE seq > $1", [.int(last)])]
            } else {
                guard let changed = Mutation.cut(row[column], &dice) else { return nil }
                set(column, changed, row)
            }
        case .swap:
            let other = own[dice.below(own.count)]
            // Two rows that differ in this column only would have changed places.
            let differing = row.indices.count { row[$0] != other[$0] }
            guard other[column] != row[column], differing > 1 else { return nil }
            // Key columns are moved out of each other's way first.
            if case .int = row[column] {
                set(column, .int(-7), row)
                let isKey = table.key.contains(table.columns[column].name)
                set(column, row[column], other)
                var moved = row
                if isKey { moved[column] = .int(-7) }
                set(column, other[column], moved)
            } else {
                set(column, other[column], row)
                set(column, row[column], other)
            }
        }
    }

    func apply(in writer: any StoreWriter) throws {
        for (sql, arguments) in statements { try writer.execute(sql, arguments) }
    }

    private mutating func set(_ column: Int, _ value: SQLValue, _ row: [SQLValue]) {
        add("UPDATE \(table.name) SET \"\(table.columns[column].name)\" = $1", row, [value])
    }

    private mutating func add(_ sql: String, _ row: [SQLValue], _ first: [SQLValue] = []) {
        let condition = table.key.enumerated().map { "\"\($1)\" = $\($0 + 1 + first.count)" }.joined(separator: " AND ")
        statements.append((sql + " WHERE " + condition, first + Mutation.key(table, row)))
    }

    private static func key(_ table: Table, _ row: [SQLValue]) -> [SQLValue] {
        table.key.compactMap { name in table.columns.firstIndex { $0.name == name }.map { row[$0] } }
    }

    /// One bit of a value.
    private static func flipped(_ value: SQLValue, _ dice: inout Dice) -> SQLValue? {
        switch value {
        case .null: return nil
        case .int(let number): return .int(number ^ (1 << Int64(dice.below(63))))
        case .text(let text):
            var bytes = Array(text.utf8)
            guard !bytes.isEmpty else { return nil }
            bytes[dice.below(bytes.count)] ^= UInt8(1 << dice.below(7))
            let changed = String(decoding: bytes, as: UTF8.self)
            return changed == text ? nil : .text(changed)
        case .blob(var bytes):
            guard !bytes.isEmpty else { return nil }
            bytes[dice.below(bytes.count)] ^= UInt8(1 << dice.below(8))
            return .blob(bytes)
        }
    }

    private static func cut(_ value: SQLValue, _ dice: inout Dice) -> SQLValue? {
        switch value {
        case .null: nil
        case .int(let number): number == 0 ? nil : .int(number / 10)
        case .text(let text): text.isEmpty ? nil : .text(String(text.prefix(dice.below(text.count))))
        case .blob(let bytes): bytes.isEmpty ? nil : .blob(Array(bytes.prefix(dice.below(bytes.count))))
        }
    }
}
