import Foundation
import NiangjiaCore

/// Evidence files that the store names and that aren't on the disk as they were put there.
struct EvidenceStanding: Sendable {
    /// How many files the store names.
    var count = 0
    /// Names of files that aren't there.
    var missing: [String] = []
    /// Names of files whose content isn't what was sealed; empty where contents weren't read.
    var altered: [String] = []

    /// How many are named.
    private static let named = 3

    /// What is wrong, in words.
    var words: [LocalText] {
        [
            EvidenceStanding.told(
                missing, LocalText(zh: "附件缺失", en: "evidence files are missing"),
                LocalText(zh: "请从备份放回 files/", en: "put files/ back from its backup")),
            EvidenceStanding.told(
                altered, LocalText(zh: "附件内容被改动或损坏", en: "evidence files were altered or are damaged"),
                LocalText(zh: "请从备份放回这些文件", en: "put these files back from a backup")),
        ].compactMap { $0 }
    }

    private static func told(_ names: [String], _ what: LocalText, _ next: LocalText) -> LocalText? {
        guard !names.isEmpty else { return nil }
        let first = names.prefix(named).map { "\($0.prefix(2))/\($0)" }
        let more = names.count > named ? " …" : ""
        return LocalText(
            zh: "\(what.zh) \(names.count) 个(\(first.joined(separator: "、"))\(more)):\(next.zh)",
            en: "\(names.count) \(what.en) (\(first.joined(separator: ", "))\(more)): \(next.en)")
    }
}

extension EvidenceFiles {
    /// Compares the files on the disk with what the store says of them.
    ///
    /// - Parameter reads: whether each is opened and its content compared; all of it is read then. Otherwise only whether it is there.
    func standing(reads: Bool) async throws -> EvidenceStanding {
        let digests = try await store.read { try EvidenceFiles.named(in: $0) }
        let (folder, crypto) = (folder, crypto)
        return try await offPool { EvidenceFiles.standing(of: digests, in: folder, reads ? crypto : nil) }
    }

    /// Digests of all files that something in the store names; an upload that nothing names may have been swept away.
    static func named(in reader: any StoreReader) throws -> [[UInt8]] {
        try reader.all("SELECT digest FROM evidence WHERE references_count > 0 ORDER BY digest", []) { $0.blob(0) }
    }

    /// - Parameter crypto: what opens them; nil: contents aren't looked at.
    static func standing(of digests: [[UInt8]], in folder: String, _ crypto: (any CryptoProvider)?) -> EvidenceStanding
    {
        var found = EvidenceStanding(count: digests.count)
        for digest in digests {
            let file = path(digest, in: folder)
            guard let crypto else {
                if access(file, F_OK) != 0 { found.missing.append(Hex.text(digest)) }
                continue
            }
            guard let sealed = FileManager.default.contents(atPath: file) else {
                found.missing.append(Hex.text(digest))
                continue
            }
            let content = try? crypto.open([UInt8](sealed), purpose: .sensitive, context: digest)
            if content == nil { found.altered.append(Hex.text(digest)) }
        }
        return found
    }
}
