import Foundation
import NiangjiaCore

/// Tells a store of this host from any other SQLite file.
enum StoreFormat {
    /// "NIAN", in the file's header.
    static let applicationID: Int32 = 0x4E49_414E

    /// Checks that the file is a store, or still empty where one may be made, and turns on its log.
    static func prepare(_ connection: Connection, makes: Bool) throws(StoreError) {
        let found = try connection.answer("PRAGMA application_id")
        if found != String(applicationID) {
            guard try connection.answer("SELECT count(*) FROM sqlite_schema") == "0" else {
                throw .damaged("an SQLite file, but not a store of this host")
            }
            guard makes else { throw .damaged("an empty file") }
        }
        guard try connection.answer("PRAGMA journal_mode=WAL") == "wal" else {
            throw .unavailable("the file system does not support SQLite's log (a network folder?)")
        }
        if found != String(applicationID) { try connection.run("PRAGMA application_id=\(applicationID)") }
    }
}

/// Brings a store to the newest version, one version to a transaction, with the rows that say that its steps have run.
struct Migrator {
    let connection: Connection
    let path: String
    let backupFolder: String?

    /// The table of the steps that have run.
    static let ownTable = """
        CREATE TABLE IF NOT EXISTS migration (version INTEGER NOT NULL, step INTEGER NOT NULL, title TEXT NOT NULL, \
        applied_at INTEGER NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (version, step)) STRICT, WITHOUT ROWID
        """

    private struct Done: Hashable {
        var version: Int
        var step: Int
    }

    /// - Returns: the copy of the store as it was before; nil where nothing had to be done, or no copy was asked for.
    /// - Throws: ``StoreError``; `altered` where the store's tables, indexes, views and triggers aren't what the migrations make.
    func migrate(_ migrations: [Migration]) throws -> String? {
        for (index, migration) in migrations.enumerated() where migration.version != index + 1 {
            throw StoreError.statement(
                "migrations count from 1 without gaps; found \(migration.version) at \(index + 1)")
        }
        // No fsync for each version: one lost to a power cut is simply run again. The checkpoint at the end syncs.
        try connection.run("PRAGMA synchronous=NORMAL")
        try connection.run(Migrator.ownTable)
        let done = try appliedSteps()
        let newest = done.keys.map(\.version).max() ?? 0
        guard newest <= migrations.count else { throw StoreError.newer(found: newest, known: migrations.count) }
        try checkUnchanged(done, migrations)
        let pending = migrations.filter { migration in
            migration.steps.indices.contains { done[Done(version: migration.version, step: $0)] == nil }
        }
        // Before anything runs that somebody else put there: steps and the rows about them would set it off.
        if pending.allSatisfy({ $0.version > newest }) {
            try StoreForm.of(Array(migrations.prefix(newest))).check(connection)
        }
        guard !pending.isEmpty else {
            // An earlier program went on with a store whose upgrade was killed: the copy of then isn't what it is now.
            if try copyMade() != 0 { try connection.run("PRAGMA user_version=0") }
            return nil
        }
        let copy =
            if newest > 0, let backupFolder {
                try backUp(from: newest, to: migrations.count, folder: backupFolder)
            } else { String?.none }
        for migration in pending {
            let lacking = migration.steps.indices.filter { done[Done(version: migration.version, step: $0)] == nil }
            try apply(lacking, of: migration)
        }
        try StoreForm.of(migrations).check(connection)
        try connection.run("PRAGMA user_version=0")
        try connection.run("PRAGMA wal_checkpoint(TRUNCATE)")
        return copy
    }

    private func appliedSteps() throws -> [Done: String] {
        try connection.snapshot { reader in
            let rows = try reader.all("SELECT version, step, digest FROM migration") { row in
                (Done(version: Int(row.int(0)), step: Int(row.int(1))), row.text(2))
            }
            return Dictionary(uniqueKeysWithValues: rows)
        }
    }

    private func checkUnchanged(_ done: [Done: String], _ migrations: [Migration]) throws(StoreError) {
        for (place, digest) in done {
            let steps = migrations[place.version - 1].steps
            guard steps.indices.contains(place.step), Fingerprint.of(steps[place.step].description) == digest else {
                throw .otherSchema(
                    "step \(place.step) of migration \(place.version) isn't what was applied to this store"
                )
            }
        }
    }

    private func apply(_ numbers: [Int], of migration: Migration) throws(StoreError) {
        try connection.command("BEGIN IMMEDIATE")
        do throws(StoreError) {
            for number in numbers { try apply(migration.steps[number], number, of: migration) }
            try connection.command("COMMIT")
        } catch {
            if connection.inTransaction { try connection.command("ROLLBACK") }
            throw error
        }
    }

    private func apply(_ step: MigrationStep, _ number: Int, of migration: Migration) throws(StoreError) {
        for sql in step.sqliteStatements { try connection.run(sql) }
        _ = try connection.execute(
            """
            INSERT INTO migration (version, step, title, applied_at, digest) \
            VALUES ($1, $2, $3, CAST(strftime('%s', 'now') AS INTEGER) * 1000, $4)
            """,
            [
                .int(Int64(migration.version)), .int(Int64(number)), .text(migration.title),
                .text(Fingerprint.of(step.description)),
            ])
    }

    /// A copy of the store as it was, kept until somebody deletes it, under a name of its own: a store that went back to an earlier
    /// copy and is upgraded again is another one than it was the first time.
    ///
    /// An upgrade that was killed finds its copy again by the number that the store keeps until it is done, so that one that is
    /// tried again and again doesn't fill the disk. The copy itself was made before and has none.
    private func backUp(from old: Int, to new: Int, folder: String) throws -> String {
        do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
            throw StoreError.unavailable("\(folder): \(error)")
        }
        let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
        func target(_ number: Int) -> String {
            "\(folder)/\(name)-before-\(old)-to-\(new)\(number == 1 ? "" : "-\(number)").sqlite"
        }
        func isTaken(_ number: Int) -> Bool {
            let file = target(number)
            return [file, file + ".damaged"].contains { FileManager.default.fileExists(atPath: $0) }
        }
        let made = try copyMade()
        if made > 0, FileManager.default.fileExists(atPath: target(made)) { return target(made) }
        var number = 1
        while isTaken(number) { number += 1 }
        try connection.copy(to: target(number))
        try connection.run("PRAGMA user_version=\(number)")
        return target(number)
    }

    /// The number of the copy that an upgrade has made which isn't done; 0: there is none.
    private func copyMade() throws -> Int { Int(try connection.answer("PRAGMA user_version")) ?? 0 }
}

extension MigrationStep: CustomStringConvertible {
    /// Everything that a step does, in a form that no release may change: its fingerprint is in every store.
    public var description: String {
        switch self {
        case .create(let table):
            let columns = table.columns.map(\.fingerprintText).joined(separator: ";")
            let indexes = { (list: [Table.Index]) in list.map(\.fingerprintText).joined(separator: ";") }
            return "create \(table.name)|\(table.key.joined(separator: ","))|\(columns)|\(indexes(table.uniques))|"
                + "\(indexes(table.indexes))|\(table.checks.joined(separator: ";"))"
        case .createView(let view): return "view \(view.name)|\(view.query)"
        case .createTrigger(let trigger):
            let event =
                switch trigger.event {
                case .insert: "insert"
                case .update(let columns): "update " + columns.joined(separator: ",")
                case .delete: "delete"
                }
            return "trigger \(trigger.name)|\(trigger.table)|\(event)|\(trigger.condition ?? "")|\(trigger.statement)"
        case .addColumn(let table, let column): return "column \(table)|\(column.fingerprintText)"
        case .addIndex(let table, let index, let unique):
            return "index \(table)|\(index.fingerprintText)|\(unique ? "unique" : "")"
        case .dropIndex(let table, let index): return "drop index \(table)|\(index.fingerprintText)"
        case .dropView(let name): return "drop view \(name)"
        case .dropTrigger(let name): return "drop trigger \(name)"
        case .run(let sql): return "run \(sql)"
        }
    }
}

extension Column {
    var fingerprintText: String {
        "\(name) \(type)\(nullable ? " null" : "") \(check ?? "") \(defaultValue?.sqliteLiteral ?? "")"
    }
}

extension Table.Index {
    var fingerprintText: String { columns.joined(separator: ",") + (condition.map { " where \($0)" } ?? "") }
}
