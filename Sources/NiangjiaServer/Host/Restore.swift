import Foundation
import NiangjiaCore
import NiangjiaCrypto
import NiangjiaSQLite

/// Puts a backup back in the place of a city's store, while nobody works on it.
public enum Restore {
    /// Checks the backup and whether the city's keys open it, puts the present store aside into `backup/`, and marks the restored
    /// one: it exports nothing until what was exported since the backup is entered, and is shut to whoever was thrown out since
    /// (``Access/shut(forgetting:_:in:)``).
    ///
    /// - Parameters:
    ///   - acceptsForeignEnd: whether to go on behind what another program has left at the end of the backup's chain
    ///     (``Chain/foreignEnd(in:crypto:)``), for want of a backup from before: verifying names it for ever.
    ///   - clock: nil: the machine's.
    /// - Returns: what was done and what comes next, line by line, in a language.
    /// - Throws: `locked` while a server or command has the folder; `invalid` for a file that is no sound store,
    ///   `configuration` where the keys aren't those that it was written with, `store` for one of a newer program, `conflict` for one
    ///   whose chain ends in what isn't this system's, unless that is accepted.
    public static func run(
        _ folder: DataFolder, from file: String, _ language: Language = .zh, acceptsForeignEnd: Bool = false,
        clock: (any NiangjiaCore.Clock)? = nil
    ) async throws -> [String] {
        try folder.check()
        let lock = try FolderLock(folder: folder.path)
        defer { withExtendedLifetime(lock) {} }
        let manager = FileManager.default
        let clock = clock ?? folder.clock()
        let crypto = try SoftwareCrypto(KeyRing(file: folder.keyFile))
        let new = folder.store + ".restoring"
        for suffix in ["", "-wal", "-shm"] { try? manager.removeItem(atPath: new + suffix) }
        guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: file), options: .alwaysMapped) else {
            throw NiangjiaError(.notFound, zh: "找不到备份文件。", en: "There is no such backup.", place: file)
        }
        let digest = Hex.text(crypto.digest([UInt8](bytes)))
        do {
            try manager.copyItem(atPath: file, toPath: new)
            // The backup may have come from where nobody guarded it.
            try manager.setAttributes([.posixPermissions: 0o600], ofItemAtPath: new)
            let known = await accessEvents(of: folder.store)
            let marked = try await mark(
                new, of: folder, digest: digest, known ?? [], acceptsForeignEnd: acceptsForeignEnd, crypto, clock.now())
            let aside = try putAside(folder, at: clock.now())
            try manager.moveItem(atPath: new, toPath: folder.store)
            let access = RestoredAccess(forgotten: marked.forgotten, isKnown: known != nil)
            let lines = told(file, digest: digest, marked.head, aside) + goesOn(behind: marked.foreign) + access.words
            return (lines + marked.evidence.words + [lookNext]).map { $0[language] }
        } catch {
            for suffix in ["", "-wal", "-shm"] { try? manager.removeItem(atPath: new + suffix) }
            throw error
        }
    }

    private static func told(_ file: String, digest: String, _ head: ChainHead?, _ aside: LocalText) -> [LocalText] {
        let last = head?.printed
        return [
            LocalText(
                zh: "已恢复 \(file)(SM3 \(digest))\(last.map { "(链头 \($0))" } ?? "")。",
                en: "Restored \(file) (SM3 \(digest))\(last.map { " (head \($0))" } ?? "")."),
            aside,
            LocalText(
                zh: "导出已停:请用最后一张交接单核对并补登其间的导出 —— niangjia batch entered --number 导出序号 --head 链头。",
                en:
                    "Exports are stopped: compare with the last hand-over sheet and enter what was exported since, niangjia batch entered --number EXPORT --head HEAD."
            ),
        ]
    }

    /// What the chain of a backup ends in that isn't this system's, and how to go on all the same.
    private static func refuses(_ foreign: [LocalText], place: String) -> NiangjiaError {
        let found = listed(foreign)
        return NiangjiaError(
            .conflict,
            zh:
                "备份的事件链末尾\(found.zh):有人绕过系统写过数据库。没有恢复,请改用更早的备份。没有更早的,加 --accept-foreign-end 恢复这一份,audit verify 会一直指出这一处。",
            en:
                "At the end of the backup's chain, \(found.en): somebody wrote into the store past this system. Nothing was restored; take an earlier backup. Where there is none, --accept-foreign-end restores this one, and audit verify names it for ever.",
            place: place)
    }

    private static func listed(_ foreign: [LocalText]) -> LocalText {
        LocalText(
            zh: foreign.map(\.zh).joined(separator: ","), en: foreign.map(\.en).joined(separator: ", and "))
    }

    /// What is said of an end that was accepted.
    private static func goesOn(behind foreign: [LocalText]) -> [LocalText] {
        guard !foreign.isEmpty else { return [] }
        let found = listed(foreign)
        return [
            LocalText(
                zh: "注意:备份的事件链末尾\(found.zh),已照 --accept-foreign-end 接在其后;请逐项核对它们做了什么。",
                en:
                    "Mind: at the end of the backup's chain, \(found.en); it goes on behind them, as --accept-foreign-end says. See what each of them has done."
            )
        ]
    }

    /// What a store that is to be put aside tells of accounts; nil where there is none or it can't be read, which is a reason to restore.
    private static func accessEvents(of store: String) async -> [AccessEvent]? {
        // Whoever opens an empty one removes the log that lies beside it.
        let size = try? FileManager.default.attributesOfItem(atPath: store)[.size] as? Int
        guard size ?? 0 > 0 else { return nil }
        return try? await SQLiteStore.glance(into: store) { try AccessEvent.all(in: $0) }
    }

    private static let lookNext = LocalText(
        zh: "另请运行 niangjia doctor 和 niangjia audit verify。",
        en: "Run niangjia doctor and niangjia audit verify as well.")

    /// A copy that is ready to be put into the store's place.
    private struct Marked {
        var head: ChainHead?
        /// What its chain ended in that isn't this system's.
        var foreign: [LocalText]
        var forgotten: ForgottenAccess
        var evidence: EvidenceStanding
    }

    /// Opens the copy as a store, looks through it and for the files that it names, marks it, and shuts it to whoever was thrown out
    /// since.
    private static func mark(
        _ path: String, of folder: DataFolder, digest: String, _ known: [AccessEvent], acceptsForeignEnd: Bool,
        _ crypto: SoftwareCrypto, _ now: Instant
    ) async throws -> Marked {
        let store = try await open(path, acceptsForeignEnd: acceptsForeignEnd, crypto)
        do {
            let problems = try await store.integrityProblems()
            guard problems.isEmpty else { throw notSound(path, problems.joined(separator: "; ")) }
            // With other keys every end is foreign.
            try await store.read { try KeyChecks.fit(crypto.keyChecks, in: $0) }.check(place: folder.keyFile)
            let (head, foreign, named) = try await store.read { reader in
                (
                    try Chain.head(in: reader), try Chain.foreignEnd(in: reader, crypto: crypto),
                    try EvidenceFiles.named(in: reader)
                )
            }
            guard foreign.isEmpty || acceptsForeignEnd else { throw refuses(foreign, place: path) }
            let clock = FixedMoment(at: now)
            let context = ChangeContext(
                now: now, actor: "shell", ids: IDSource(host: Host.lookingNumber, clock: clock), crypto: crypto)
            let forgotten = try await store.write(.interactive) { writer in
                try Exports.markRestored(from: digest, context, in: writer)
                return try Access.shut(forgetting: known, context, in: writer)
            }
            try await store.close()
            return Marked(
                head: head, foreign: foreign, forgotten: forgotten,
                evidence: EvidenceFiles.standing(of: named, in: folder.files, nil))
        } catch {
            try? await store.close()
            if let damage = error as? StoreError { throw notSound(path, "\(damage)") }
            throw error
        }
    }

    /// Opens the copy; it is never made a store where it is none.
    private static func open(
        _ path: String, acceptsForeignEnd: Bool, _ crypto: SoftwareCrypto
    ) async throws -> SQLiteStore {
        var options = SQLiteStore.Options()
        options.makesStore = false
        let chosen = options
        do {
            return try await offPool {
                try SQLiteStore.open(
                    path: path, migrations: NiangjiaSchema.migrations, options: chosen,
                    beforeCommit: { _ = try Chain.seal(in: $0, crypto: crypto, passesForeignEnd: acceptsForeignEnd) })
            }
        } catch let error as StoreError {
            switch error {
            // An older program's store is upgraded as it is opened, which is an event.
            case .foreign(let event): throw refuses([ChainReport.foreign(event)], place: path)
            case .newer, .otherSchema, .altered, .full: throw error.forPeople
            default: throw notSound(path, "\(error)")
            }
        }
    }

    private struct FixedMoment: NiangjiaCore.Clock {
        let at: Instant
        func now() -> Instant { at }
    }

    private static func notSound(_ path: String, _ cause: String) -> NiangjiaError {
        NiangjiaError(
            .invalid, zh: "这不是完好的备份,没有恢复。", en: "That is no sound backup; nothing was restored.", place: path,
            cause: cause)
    }

    /// Puts what lies in the store's place aside, and says where.
    ///
    /// The store first: where this ends half-way there is none, and nothing opens until a restore has been done again, which finds
    /// the log. A log without its store is moved, too: SQLite would replay it into whatever is put beside it.
    private static func putAside(_ folder: DataFolder, at now: Instant) throws -> LocalText {
        let manager = FileManager.default
        let aside = "\(folder.backup)/before-restore-\(now.milliseconds).sqlite"
        let found = ["", "-wal", "-shm"].filter { manager.fileExists(atPath: folder.store + $0) }
        for suffix in found { try manager.moveItem(atPath: folder.store + suffix, toPath: aside + suffix) }
        guard let first = found.first else { return LocalText(zh: "原来没有数据库。", en: "There was no store before.") }
        return first.isEmpty
            ? LocalText(zh: "原数据库移到 \(aside)。", en: "The store of before was moved to \(aside).")
            : LocalText(
                zh: "原来没有数据库,只有它留下的日志,移到 \(aside)\(first)。",
                en: "There was no store before, only the log that one left: it was moved to \(aside)\(first).")
    }
}
