import Foundation
import NiangjiaCore
import NiangjiaCrypto
import NiangjiaSQLite
import NiangjiaTesting

/// Random changes of a copied store's sealed rows, vouchers, entries, blocks and calls, by somebody with the database in hand:
/// the audit finds each of them.
struct MutationCampaign: Sendable {
    var mutations: Int
    var seed: UInt64

    private static let tables: [Table] = [
        ChainSchema.event, FundsSchema.entrySet, FundsSchema.entry, DecisionsSchema.block, DecisionsSchema.call,
    ]

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
        let rows = try await store.read { reader in
            try MutationCampaign.tables.map { table in
                let columns = table.columns.map { "\"\($0.name)\"" }.joined(separator: ", ")
                return try reader.all("SELECT \(columns) FROM \(table.name)") {
                    RegisterHistory.values(table, from: $0)
                }
            }
        }
        var dice = Dice(seed: seed)
        var made: [String: Int] = [:]
        var (done, refused) = (0, 0)
        while done < mutations, findings.faults.isEmpty {
            guard let mutation = Mutation(&dice, MutationCampaign.tables, rows) else { continue }
            do {
                try await store.write(.interactive) { writer in
                    try mutation.apply(in: writer)
                    throw Undone(isFound: try !Audit.verify(in: writer, crypto: crypto, against: [head]).isSound)
                }
            } catch let undone as Undone {
                done += 1
                made["\(mutation.table.name): \(mutation.kind)", default: 0] += 1
                findings.require(undone.isFound, "not found: \(mutation.text)")
            } catch StoreError.refused, StoreError.duplicate {
                refused += 1
            }
        }
        let after = try await store.read { try Audit.verify(in: $0, crypto: crypto, against: [head]) }
        findings.require(after.isSound, "the copy wasn't put right again: \(after.faults.map(\.en))")
        try await erase(from: store, city, &findings)
        try await store.close()
        findings.add("mutations", done)
        findings.add("found", done - findings.faults.count)
        findings.add("more that the store's own constraints refused", refused)
        for (table, own) in zip(MutationCampaign.tables, rows) { findings.add("rows of \(table.name)", own.count) }
        for (name, count) in made.sorted(by: { $0.key < $1.key }) { findings.add(name, count) }
        return findings
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
    private struct Undone: Error { var isFound: Bool }
}

/// One change of one table's rows.
struct Mutation: Sendable {
    enum Kind: String, Sendable, CaseIterable { case flip, delete, swap, truncate, null }

    var kind: Kind
    var table: Table
    var text: String
    private var statements: [(sql: String, arguments: [SQLValue])] = []

    /// Nil when the dice asked for something that changes nothing.
    init?(_ dice: inout Dice, _ tables: [Table], _ rows: [[[SQLValue]]]) {
        let at = dice.below(tables.count)
        let (table, own) = (tables[at], rows[at])
        kind = Kind.allCases[dice.below(Kind.allCases.count)]
        self.table = table
        guard !own.isEmpty else { return nil }
        let (row, column) = (own[dice.below(own.count)], dice.below(table.columns.count))
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
