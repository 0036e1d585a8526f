import Foundation
import NiangjiaCore

/// Evidence files: content-addressed, sealed, counted by reference, on the disk before the row that names them.
public struct EvidenceFiles: Sendable {
    /// The largest file that is taken (bytes).
    public static let largest = 10 << 20
    /// How many files of one account may wait for a case through the API.
    static let mostWaiting = 100
    /// How long a file that nothing names is kept (milliseconds): an upload may come before the case that names it.
    public static let sweepAfter: Int64 = 24 * 3_600_000

    let folder: String
    let store: any Store
    let crypto: any CryptoProvider
    let clock: any NiangjiaCore.Clock
    let ids: IDSource

    /// Takes a file in and returns the name by which the account's forms may name it. The same content again of the same account is
    /// the same file; somebody else's tells nothing of it.
    ///
    /// - Throws: `invalid` for a file that is empty, too large or of a type that no evidence has.
    public func add(_ content: [UInt8], by account: String) async throws -> String {
        try await keep(content, by: account).name
    }

    /// Takes a file in; of a photograph, what it tells beside the picture is removed first.
    func keep(_ given: [UInt8], by account: String) async throws -> KeptFile {
        guard !given.isEmpty, given.count <= EvidenceFiles.largest else {
            throw NiangjiaError(
                .invalid, zh: "文件为空或超过 10 MB。", en: "The file is empty or larger than 10 MB.", place: "/file")
        }
        guard let type = EvidenceType(of: given) else {
            throw NiangjiaError(
                .invalid, zh: "只接受 PDF、JPEG、PNG 文件(按内容判断,不看扩展名)。",
                en: "Only PDF, JPEG and PNG are taken, judged by content.", place: "/file")
        }
        let (crypto, folder) = (crypto, folder)
        let (digest, same, size) = try await offPool {
            let content = try PhotoMetadata.removed(from: given, type: type)
            let digest = crypto.mac(Array(account.utf8) + [0] + content, purpose: .lookup)
            let same = crypto.mac(Array("content".utf8) + [0] + content, purpose: .lookup)
            let sealed = try crypto.seal(content, purpose: .sensitive, context: digest)
            try EvidenceFiles.put(sealed, at: EvidenceFiles.path(digest, in: folder))
            return (digest, same, content.count)
        }
        let context = ChangeContext(now: clock.now(), actor: account, ids: ids, crypto: crypto)
        try await store.write(.interactive) { writer in
            try writer.execute(
                """
                INSERT INTO evidence (digest, size, media_type, added_at, added_by, unreferenced_at, content_mac)
                VALUES ($1, $2, $3, $4, $5, $4, $6) ON CONFLICT (digest) DO UPDATE SET content_mac = $6, unreferenced_at =
                  CASE WHEN evidence.references_count = 0 THEN $4 ELSE NULL END
                """,
                [
                    .blob(digest), .int(Int64(size)), .text(type.rawValue), .instant(context.now), .text(account),
                    .blob(same),
                ])
        }
        return KeptFile(name: Hex.text(digest), size: size, type: type)
    }

    /// The content of a file.
    public func content(_ name: String) async throws -> [UInt8] {
        guard let digest = bytes(hexadecimal: name) else { throw EvidenceFiles.missing }
        let path = path(digest)
        let sealed = try await offPool {
            guard let data = FileManager.default.contents(atPath: path) else { throw EvidenceFiles.missing }
            return [UInt8](data)
        }
        return try crypto.open(sealed, purpose: .sensitive, context: digest)
    }

    /// Names a file as somebody's, in the transaction that writes the owner. A file is for whoever uploaded it, and for the case that
    /// it is in already: anybody else's is as if it weren't there.
    ///
    /// - Parameter label: where the owner names it (`children/0/proof`).
    /// - Returns: whether the owner named it nowhere before.
    /// - Throws: `invalid` with that place where there is no such file.
    @discardableResult public static func refer(
        to name: String, owner: String, label: String, by account: String, in writer: any StoreWriter
    ) throws -> Bool {
        // A stage's fields are handed in by themselves.
        let field = label.hasPrefix("stages/") ? label.split(separator: "/").dropFirst(2).joined(separator: "/") : label
        let unknown = NiangjiaError(
            .invalid, zh: "没有这个附件:请先上传。", en: "There is no such file: upload it first.", place: "/fields/\(field)")
        guard let digest = bytes(hexadecimal: name) else { throw unknown }
        let known = try writer.execute(
            """
            UPDATE evidence SET references_count = references_count + 1, unreferenced_at = NULL WHERE digest = $1
            AND (added_by = $2 OR EXISTS (SELECT 1 FROM evidence_reference r WHERE r.digest = $1 AND r.owner = $3))
            """, [.blob(digest), .text(account), .text(owner)])
        guard known == 1 else { throw unknown }
        let isNew = try writer.execute(
            """
            INSERT INTO evidence_reference (digest, owner, name) VALUES ($1, $2, $3) ON CONFLICT (digest, owner) DO NOTHING
            """, [.blob(digest), .text(owner), .text(label)])
        if isNew == 0 {
            try writer.execute(
                "UPDATE evidence SET references_count = references_count - 1 WHERE digest = $1", [.blob(digest)])
        }
        return isNew == 1
    }

    /// Removes files that nothing has named for a day: the row first, then the file, so that no row names what is gone.
    public func sweep() async throws -> Int {
        let now = clock.now()
        let before = now + -EvidenceFiles.sweepAfter
        let gone = try await store.write(.batch) { writer in
            try EvidenceFiles.takeBackFilings(before: before, at: now, in: writer)
            let found = try writer.all(
                "SELECT digest FROM evidence WHERE references_count = 0 AND unreferenced_at <= $1", [.instant(before)]
            ) { $0.blob(0) }
            for digest in found { try writer.execute("DELETE FROM evidence WHERE digest = $1", [.blob(digest)]) }
            return found
        }
        for digest in gone { unlink(path(digest)) }
        return gone.count
    }

    /// What is known of a file beside its content; nil where there is none of the name.
    static func row(_ name: String, in reader: any StoreReader) throws -> (size: Int64, type: String, at: Instant)? {
        guard let digest = bytes(hexadecimal: name) else { return nil }
        return try reader.first(
            "SELECT size, media_type, added_at FROM evidence WHERE digest = $1", [.blob(digest)]
        ) { (size: $0.int(0), type: $0.text(1), at: $0.instant(2)) }
    }

    /// Writes a content to a path of this machine that nothing has yet, for its owner alone.
    static func write(_ content: [UInt8], out path: String) throws {
        let file = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw NiangjiaError(
                .invalid, zh: "不能写入 \(path):文件已存在,或文件夹不可写。",
                en: "\(path) can't be written: there is such a file, or the folder takes none.", place: "/out")
        }
        let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
        try handle.write(contentsOf: content)
    }

    private func path(_ digest: [UInt8]) -> String { EvidenceFiles.path(digest, in: folder) }

    static func path(_ digest: [UInt8], in folder: String) -> String {
        let name = Hex.text(digest)
        return "\(folder)/\(name.prefix(2))/\(name)"
    }

    static let missing = NiangjiaError(.notFound, zh: "没有这个附件。", en: "There is no such file.", place: "/file")

    /// Writes under another name, syncs file and folder, renames: after a crash there is the whole file or none.
    private static func put(_ bytes: [UInt8], at path: String) throws {
        if FileManager.default.fileExists(atPath: path) { return }
        let folder = (path as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let unfinished = path + ".\(getpid()).new"
        let file = Glibc.open(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw unwritable(errno) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            written += count
        }
        var isSafe = written == bytes.count && fsync(file) == 0
        var cause = errno
        Glibc.close(file)
        if isSafe, rename(unfinished, path) != 0 { (isSafe, cause) = (false, errno) }
        guard isSafe else {
            unlink(unfinished)
            throw unwritable(cause)
        }
        for name in [folder, (folder as NSString).deletingLastPathComponent] {
            let handle = Glibc.open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard handle >= 0 else { continue }
            fsync(handle)
            Glibc.close(handle)
        }
    }

    private static func unwritable(_ cause: Int32) -> NiangjiaError {
        guard cause != ENOSPC, cause != EDQUOT else { return StoreError.full.forPeople }
        return NiangjiaError(
            .store, zh: "附件没有存上:请检查 files/ 的权限和磁盘。",
            en: "The file could not be kept: look at the rights of files/ and at the disk.",
            cause: String(cString: strerror(cause)))
    }
}

/// A file as it is kept.
struct KeptFile: Hashable, Sendable {
    /// By which forms name it.
    var name: String
    /// In bytes, as it is kept.
    var size: Int
    var type: EvidenceType
}

/// Reads hexadecimal text; nil when it is none.
func bytes(hexadecimal text: String) -> [UInt8]? {
    let digits = text.utf8.map { byte -> UInt8? in
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
    guard digits.count % 2 == 0, !digits.contains(nil) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { (digits[$0] ?? 0) << 4 | (digits[$0 + 1] ?? 0) }
}
