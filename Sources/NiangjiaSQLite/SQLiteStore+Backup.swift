import CSQLite
import Foundation
import NiangjiaCore

extension SQLiteStore {
    /// Copies the store as of one moment into a new file, while reads and writes go on, and looks through the store and its copy. The
    /// file appears only when it is complete and nothing is wrong with either; otherwise what could be copied lies beside it, named
    /// `.damaged`.
    ///
    /// Both are looked at: a copy is written anew, so its pages and indexes are sound whatever the store has lost.
    ///
    /// - Parameter verify: what is wrong with what the copy holds; runs on a thread that may block.
    /// - Returns: what is wrong with the store's pages and the copy's content; empty when nothing is.
    /// - Throws: ``StoreError``: `unavailable` where a file can't be written or is there already, `damaged` where nothing could be
    ///   copied.
    public func backup(
        to target: String, verifying verify: @escaping @Sendable (any StoreReader) throws -> [String] = { _ in [] }
    ) async throws -> [String] {
        let (source, form) = (path, form)
        return try await onOwnThread("store-backup") {
            let connection = try Connection(path: source, role: .copier, options: Options())
            defer { connection.close() }
            let copy = try UnfinishedCopy(of: connection, for: target)
            let faults: [String]
            do { faults = try connection.snapshot { try $0.integrityFaults() } + copy.faults(form, verify) } catch {
                copy.remove()
                throw error
            }
            try copy.finish(as: faults.isEmpty ? target : target + ".damaged")
            return faults
        }
    }

    /// What is wrong with the file, in SQLite's words, and with what lies packed in it, and what somebody has added, dropped or changed
    /// of its tables, indexes, views and triggers since it was opened; empty when nothing is. Reads the whole file.
    public func integrityProblems() async throws -> [String] {
        let form = form
        // A snapshot in which a statement has failed takes no further one.
        let damage = try await read { try $0.integrityFaults() }
        return damage.isEmpty ? try await read { try form.faults(in: $0) } : damage
    }

    /// What somebody has added, dropped or changed of the tables, indexes, views and triggers since the store was opened.
    public func alterations() async throws -> [SchemaDifference] {
        let form = form
        return try await read { try form.differences(in: $0) }
    }

    /// Reads a store that nobody works on as it lies, of whatever version: nothing is migrated, and nothing written to it.
    ///
    /// - Throws: ``StoreError``: `unavailable` where there is none, `damaged`.
    public static func glance<Result: Sendable>(
        into path: String, _ body: @escaping @Sendable (any StoreReader) throws -> Result
    ) async throws -> Result {
        try await onOwnThread("store-glance") {
            let connection = try Connection(path: path, role: .reader, options: Options())
            defer { connection.close() }
            return try connection.snapshot(body)
        }
    }

    /// What ``doctor`` tells about the library and the file.
    public func condition() async throws -> SQLiteCondition {
        try await read { reader in
            SQLiteCondition(
                version: SQLiteVersion.current,
                storeVersion: Int(try reader.integer("SELECT max(version) FROM migration") ?? 0),
                pages: Int(try reader.integer("PRAGMA page_count") ?? 0),
                pageSize: Int(try reader.integer("PRAGMA page_size") ?? 0))
        }
    }
}

/// The size and version of a store.
public struct SQLiteCondition: Sendable, Hashable {
    public var version: SQLiteVersion
    /// The newest migration that was applied.
    public var storeVersion: Int
    public var pages: Int
    /// In bytes.
    public var pageSize: Int
}

/// The SQLite library that this process runs with.
public struct SQLiteVersion: Sendable, Hashable, CustomStringConvertible {
    /// 3.40.1 is 3040001.
    public var number: Int
    public var description: String

    /// The library in use.
    public static var current: SQLiteVersion {
        SQLiteVersion(number: Int(sqlite3_libversion_number()), description: String(cString: sqlite3_libversion()))
    }

    /// The oldest library with STRICT tables, RETURNING and IS DISTINCT FROM.
    public static let oldest = 3_039_000

    /// Dangers of this library that are known, and what the host does about them.
    public var knownDangers: [LocalText] {
        var found: [LocalText] = []
        if number < SQLiteVersion.oldest {
            found.append(
                LocalText(
                    zh: "SQLite \(description) 太旧,至少需要 3.39.0:请升级系统库 libsqlite3。",
                    en: "SQLite \(description) is too old, 3.39.0 is needed: upgrade the system's libsqlite3."))
        }
        if number < 3_051_003 {
            found.append(
                LocalText(
                    zh: "SQLite \(description) 在两个连接同时重置日志时可能损坏文件(3.51.3 已修复);本程序只用一个连接写入和归并日志,不受影响。请勿在运行时用其他程序写这个文件。",
                    en:
                        "SQLite \(description) can damage a file when two connections reset its log (fixed in 3.51.3); this host writes and checkpoints with one connection only. Let no other program write to the file while it runs."
                ))
        }
        return found
    }
}

extension StoreReader {
    /// See ``SQLiteStore/integrityProblems()``.
    func integrityFaults() throws -> [String] {
        do {
            let found = try all("PRAGMA integrity_check") { $0.text(0) }
            let tables = Set(try all("SELECT name FROM sqlite_schema WHERE type = 'table'") { $0.text(0) })
            let packs = try NiangjiaSchema.packings.filter { tables.contains($0.packs) }.flatMap { packing in
                let faults = try packing.faults(in: self)
                return (faults.unreadable + faults.misplaced).map { "\(packing.packs): the pack \($0) is damaged" }
            }
            return (found == ["ok"] ? [] : found) + packs
        } catch StoreError.damaged(let reason) {
            // Too damaged to be checked to the end.
            return [reason]
        }
    }
}

extension Connection {
    /// Copies the whole store into a file that appears only when it is complete and on the disk.
    func copy(to target: String) throws(StoreError) {
        try UnfinishedCopy(of: self, for: target).finish(as: target)
    }
}

/// A copy of a store that nobody takes for one yet: `….part`.
private struct UnfinishedCopy {
    private let path: String
    private let place: Int?

    /// Copies all of a store, as of one moment. Throws `unavailable` where the target, or what would lie in its place, is there already.
    ///
    /// The file is nobody else's from its first byte, and goes with a process that is ended in the middle.
    init(of connection: Connection, for target: String) throws(StoreError) {
        for taken in [target, target + ".damaged"] where access(taken, F_OK) == 0 {
            throw .unavailable("\(taken) exists already")
        }
        path = target + ".part"
        unlink(path)
        place = UnfinishedFiles.add(path)
        let file = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            UnfinishedFiles.remove(place)
            throw .unavailable("\(path): \(String(cString: strerror(errno)))")
        }
        Glibc.close(file)
        do {
            // Into a file that is there and empty.
            try connection.run(
                "VACUUM INTO '" + path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
                    + "'")
        } catch {
            remove()
            throw error
        }
    }

    func remove() {
        unlink(path)
        UnfinishedFiles.remove(place)
    }

    /// What is wrong with what the copy holds. What it can't be read for is wrong with it too.
    func faults(_ form: StoreForm, _ verify: (any StoreReader) throws -> [String]) throws -> [String] {
        let connection = try Connection(path: path, role: .reader, options: SQLiteStore.Options())
        defer { connection.close() }
        let checks: [(any StoreReader) throws -> [String]] = [
            { try $0.integrityFaults() }, { try form.faults(in: $0) },
        ]
        for check in checks {
            let own = try connection.snapshot(check)
            guard own.isEmpty else { return own }
        }
        do { return try connection.snapshot(verify) } catch StoreError.damaged(let reason) { return [reason] }
    }

    /// Gives the copy its name, once it is on the disk; where that fails there is none.
    func finish(as target: String) throws(StoreError) {
        do throws(StoreError) {
            try syncFile(path)
            guard rename(path, target) == 0 else {
                throw .unavailable("\(target): \(String(cString: strerror(errno)))")
            }
        } catch {
            remove()
            throw error
        }
        // It has its name: from here on there is nothing to take away.
        UnfinishedFiles.remove(place)
        try syncFile(URL(fileURLWithPath: target).deletingLastPathComponent().path)
    }

    private func syncFile(_ path: String) throws(StoreError) {
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .unavailable("\(path): \(String(cString: strerror(errno)))") }
        defer { Glibc.close(file) }
        guard fsync(file) == 0 else { throw .unavailable("\(path): \(String(cString: strerror(errno)))") }
    }
}

/// Runs something that blocks on a thread of its own.
func onOwnThread<Result: Sendable>(_ name: String, _ body: @escaping @Sendable () throws -> Result) async throws
    -> Result
{
    try await withCheckedThrowingContinuation { continuation in
        startThread(name) { continuation.resume(with: Swift.Result { try body() }) }
    }
}
