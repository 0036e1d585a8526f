import Foundation
import NiangjiaCore

/// The ledger of exports beside the store: `exports/sent/`, a sealed file for each export, and the last number beside the keys.
///
/// A store that is put back from a backup ends before this ledger does; a whole folder that is put back ends before the number
/// beside the keys does. What neither can show is told by the last printed sheet.
struct ExportLedger: Sendable {
    private let folder: String
    private let marker: String

    init(_ data: DataFolder) {
        folder = data.exports + "/sent"
        marker = data.exportMark
    }

    private var namePath: String { folder + "/CITY" }

    /// The store that the ledger belongs to; nil where there is none yet.
    func name() -> String? {
        (try? String(contentsOfFile: namePath, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Ties an empty ledger to a store.
    func begin(_ name: String) throws {
        try makeFolder()
        try BankFiles.put(Array((name + "\n").utf8), name: "CITY", in: folder)
    }

    /// Brings the ledger to what the store and its own files tell: names a new store, and notes the last number where a host that was
    /// killed left it behind.
    func tie(to store: any Store, _ crypto: any CryptoProvider, at now: Instant) async throws {
        try await giveName(to: store, crypto, at: now)
        unlink(marker + ExportLedger.unfinished)
        let (known, stored) = try await store.read { (try Exports.nonce(in: $0), try Exports.last(in: $0)) }
        guard let known else { return }
        try note(stored, for: known)
        // A file that isn't this city's raises nothing: the number never falls again.
        guard name() == known, let last = numbers().last, try last > marked(for: known) ?? 0 else { return }
        if (try? read(last, crypto)) != nil { try note(last, for: known) }
    }

    /// Gives a new store its name, and the folder's ledger the same. A new store in a folder from which something was exported
    /// already gets a name of its own: it isn't the one that exported.
    private func giveName(to store: any Store, _ crypto: any CryptoProvider, at now: Instant) async throws {
        guard try await store.read({ try Exports.nonce(in: $0) }) == nil else { return }
        let fresh = Hex.text(crypto.random(8))
        let found = name()
        if found == nil { try begin(fresh) }
        let hasExported = try !numbers().isEmpty || found.map { try marked(for: $0) != nil } ?? false
        let chosen = hasExported ? fresh : found ?? fresh
        try await store.write(.interactive) { try Exports.name(chosen, at: now, in: $0) }
    }

    private func makeFolder() throws {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw NiangjiaError(
                .store, zh: "导出台账的文件夹无法建立。", en: "The folder of the ledger of exports can't be made.", place: folder,
                cause: "\(error)")
        }
    }

    /// The numbers of the exports that it has, rising.
    func numbers() -> [Int64] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.compactMap { $0.hasSuffix(".sent") ? Int64($0.dropLast(5)) : nil }.sorted()
    }

    /// The last number as it stands beside the keys, for this store; nil where nothing is noted.
    ///
    /// - Throws: `store` where something is there that can't be read: it may be higher than all else that is known.
    func marked(for name: String) throws -> Int64? {
        let text: String
        do { text = try String(contentsOfFile: marker, encoding: .utf8) } catch {
            guard access(marker, F_OK) == 0 || errno != ENOENT else { return nil }
            throw NiangjiaError(
                .store, zh: "密钥旁的导出序号读不了:请改正它的权限,或从副本放回。没有改动它。",
                en:
                    "The number of exports beside the keys can't be read: mend its rights, or put it back from a copy. It wasn't changed.",
                place: marker, cause: "\(error)")
        }
        let parts = text.split(whereSeparator: \.isWhitespace)
        return parts.count == 2 && parts[0] == name ? Int64(parts[1]) : nil
    }

    private func fileName(_ seq: Int64) -> String {
        let text = String(seq)
        return String(repeating: "0", count: max(0, 6 - text.count)) + text + ".sent"
    }

    private static func context(_ seq: Int64) -> [UInt8] { Array("export/\(seq)".utf8) }

    /// Writes an export down, before its file for the bank is written: what has left stands here, whatever happens next.
    func write(_ sent: SentExport, of name: String, _ crypto: any CryptoProvider) throws {
        try makeFolder()
        let plain = try crypto.compress(Array(sent.value.json.utf8))
        let sealed = try crypto.seal(plain, purpose: .sensitive, context: ExportLedger.context(sent.seq))
        try BankFiles.put(sealed, name: fileName(sent.seq), in: folder)
        try note(sent.seq, for: name)
    }

    private static let unfinished = ".new"

    /// Notes the last number beside the keys; it never falls. Where the keys lie on something that can't be written to, the folder's
    /// own ledger is all there is.
    ///
    /// - Throws: `store` where the number that stands there can't be read.
    func note(_ seq: Int64, for name: String) throws {
        guard try (marked(for: name) ?? 0) < seq else { return }
        // One name for what isn't finished: a host that is killed here leaves no heap of files beside the keys.
        let new = marker + ExportLedger.unfinished
        let isMade = FileManager.default.createFile(
            atPath: new, contents: Data("\(name) \(seq)\n".utf8), attributes: [.posixPermissions: 0o600])
        if isMade { rename(new, marker) }
    }

    /// An export that was written down. Throws `not_found` where it isn't here, `store` where it can't be opened.
    func read(_ seq: Int64, _ crypto: any CryptoProvider) throws -> SentExport {
        let path = folder + "/" + fileName(seq)
        guard let data = FileManager.default.contents(atPath: path) else {
            throw NiangjiaError(
                .notFound, zh: "导出台账里没有第 \(seq) 号:请用银行的回单补登(--file)。",
                en: "The ledger has no export \(seq): enter it from the bank's answer (--file).", place: path)
        }
        do {
            let plain = try crypto.expand(
                try crypto.open([UInt8](data), purpose: .sensitive, context: ExportLedger.context(seq)))
            guard let sent = SentExport(try Value(jsonBytes: plain)), sent.seq == seq else { throw NoExport() }
            return sent
        } catch {
            throw NiangjiaError(
                .store, zh: "导出台账第 \(seq) 号打不开:密钥不符或文件已损坏。",
                en: "Export \(seq) of the ledger can't be opened: other keys, or a damaged file.", place: path,
                cause: "\(error)")
        }
    }

    private struct NoExport: Error {}
}

/// How the store's own record of exports stands to the ledger beside it.
struct ExportStanding: Sendable {
    /// The last export that the store knows.
    var stored: Int64
    /// The last that is known outside it.
    var outside: Int64
    /// Restored by command, or put beside a folder that isn't its own.
    var isRestored: Bool
    /// What ties the store to its folder.
    var name: String

    /// Whether batches may be exported.
    var isOpen: Bool { !isRestored && stored >= outside }

    /// Exports that the store doesn't know of.
    var missing: [Int64] { stored < outside ? Array(stored + 1...outside) : [] }

    static func of(_ host: Host) async throws -> ExportStanding {
        let ledger = ExportLedger(host.folder)
        let (stored, known, isRestored) = try await host.store.read { reader in
            (try Exports.last(in: reader), try Exports.nonce(in: reader), try Exports.isRestored(in: reader))
        }
        // A store that no host has worked on yet has no name, and nothing to compare.
        let name = known ?? ""
        return ExportStanding(
            stored: stored, outside: max(ledger.numbers().last ?? 0, try ledger.marked(for: name) ?? 0),
            isRestored: isRestored || (known != nil && ledger.name() != name), name: name)
    }

    /// Refuses an export from a store that is older than what has left.
    static func check(_ host: Host) async throws {
        guard let fault = try await of(host).fault else { return }
        throw NiangjiaError(.conflict, zh: fault.zh, en: fault.en)
    }

    /// Why no batch may be exported; nil where they may.
    var fault: LocalText? {
        if isOpen { return nil }
        return missing.isEmpty
            ? LocalText(
                zh: "数据库是恢复来的,或不属于这个文件夹:请先按最后一张交接单核对(niangjia batch entered --number … --head …),在此之前不导出。",
                en:
                    "The store was restored, or isn't this folder's: compare it with the last printed sheet first (niangjia batch entered --number … --head …)."
            )
            : LocalText(
                zh: "数据库只知道到第 \(stored) 号导出,而已经导出到第 \(outside) 号:它是从较早的备份恢复的。请先补登(niangjia batch entered),在此之前不导出。",
                en:
                    "The store knows exports up to \(stored), and \(outside) have left: it was restored from an older backup. Enter them first (niangjia batch entered)."
            )
    }
}
