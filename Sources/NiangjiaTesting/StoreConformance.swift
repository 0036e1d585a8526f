import NiangjiaCore

/// What a store did differently from what every store must do.
public struct ConformanceFailure: Error, CustomStringConvertible {
    public var description: String
}

/// The kit that every engine's driver has to pass: the same text of SQL, the same answers.
///
/// `make` opens an empty store of ``StoreConformance/migrations``; each suite asks for one of its own.
public struct StoreConformance: Sendable {
    let make: @Sendable () async throws -> any Store

    public init(_ make: @escaping @Sendable () async throws -> any Store) { self.make = make }

    /// The tables that the suites work on.
    public static let migrations = [
        Migration(
            version: 1, title: "conformance",
            steps: [
                .create(
                    Table(
                        "item", key: ["id"],
                        [
                            Column("id", .int), Column("label", .text, nullable: true),
                            Column("data", .blob, nullable: true),
                            Column("amount", .int, check: "amount >= 0", default: .int(0)),
                            Column("flag", .bool, default: .bool(false)),
                        ], index: [["label"]])),
                .create(
                    Table(
                        "slot", key: ["owner", "ordinal"],
                        [Column("owner", .text), Column("ordinal", .int), Column("state", .text)],
                        unique: [.init(["owner"], where: "state = 'live'")])),
                .create(Table("trace", key: ["id"], [Column("id", .int), Column("label", .text)])),
            ])
    ]

    /// Every suite by its name.
    public static let suites: [(name: String, run: @Sendable (StoreConformance) async throws -> Void)] = [
        ("values come back as they went in", { try await $0.values() }),
        ("parameters are names", { try await $0.parameters() }),
        ("wrong statements are refused", { try await $0.wrongStatements() }),
        ("types and conditions are strict", { try await $0.strictness() }),
        ("unique keys", { try await $0.uniqueKeys() }),
        ("many rows to a statement", { try await $0.manyRows() }),
        ("a closure that throws leaves nothing", { try await $0.throwingClosure() }),
        ("a failing member leaves the others alone", { try await $0.failingMember() }),
        ("an error ends its transaction", { try await $0.catchingClosure() }),
        ("a read is of one moment", { try await $0.snapshot() }),
        ("interactive goes before batch", { try await $0.lanes() }),
        ("batches are not starved", { try await $0.batchShare() }),
        ("conditional updates count", { try await $0.conditionalUpdates() }),
        ("concurrent writers", { try await $0.concurrentWriters() }),
        ("sessions end with their closure", { try await $0.endedSessions() }),
        ("a closed store answers so", { try await $0.closing() }),
    ]

    /// Runs one suite on a store that is closed afterwards.
    func on(_ body: (any Store) async throws -> Void) async throws {
        let store = try await make()
        do { try await body(store) } catch {
            try await store.close()
            throw error
        }
        try await store.close()
    }

    /// Throws unless two values are equal.
    func expect<Value: Equatable>(_ found: Value, is expected: Value, _ what: String) throws {
        guard found == expected else {
            throw ConformanceFailure(description: "\(what): expected \(expected), found \(found)")
        }
    }

    /// Runs something that has to throw a ``StoreError``, and returns it.
    func failure<Result>(_ what: String, _ body: () async throws -> Result) async throws -> StoreError {
        do { _ = try await body() } catch let error as StoreError { return error }
        throw ConformanceFailure(description: "\(what): nothing was thrown")
    }
}

extension StoreReader {
    func count(_ table: String) throws -> Int64? { try integer("SELECT count(*) FROM \(table)") }
}
