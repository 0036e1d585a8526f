import CCrypto
import Foundation
import NiangjiaCore

/// The master keys of a city, several generations for each purpose: the newest seals, all of them open.
///
/// Kept in one file outside the data folder, readable by its owner only: a copy of the data is worth nothing without it.
public struct KeyRing: Sendable, Hashable {
    /// One master key. What encrypts and what authenticates is derived from it.
    public struct Key: Sendable, Hashable {
        public var purpose: KeyPurpose
        /// Counts from 1; at most 65,535.
        public var generation: Int
        public var created: Instant
        /// 32 random bytes.
        var secret: [UInt8]
    }

    /// In order of purpose, then generation.
    public private(set) var keys: [Key]

    /// A new ring: a first key for each purpose, from the operating system's random source.
    public init(created: Instant) {
        keys = KeyPurpose.allCases.map { purpose in
            Key(purpose: purpose, generation: 1, created: created, secret: secureRandom(32))
        }
    }

    /// Adds a newer key for a purpose: from now on it seals, the older ones still open.
    ///
    /// - Throws: `invalid` for purposes that aren't rotated (``KeyPurpose/isRotated``): what was found, proved or recognised by the
    ///   old key would no longer be.
    public mutating func rotate(_ purpose: KeyPurpose, created: Instant) throws {
        guard purpose.isRotated else {
            throw NiangjiaError(
                .invalid, zh: "“\(purpose.rawValue)”密钥不能更换:已有数据要用它查找、核对或辨认。",
                en:
                    "The key for \(purpose.rawValue) cannot be rotated: existing rows are found, proved or recognised by it."
            )
        }
        let newest = keys.filter { $0.purpose == purpose }.map(\.generation).max() ?? 0
        let place = keys.lastIndex { $0.purpose == purpose }.map { $0 + 1 } ?? keys.count
        keys.insert(
            Key(purpose: purpose, generation: newest + 1, created: created, secret: secureRandom(32)), at: place)
    }

    /// By what the keys are known, in order of purpose, then generation.
    public var checks: [KeyCheck] {
        let digester = Digester()
        return keys.map { key in
            let label = "niangjia 1 check \(key.purpose.rawValue) \(key.generation)"
            let value = SealKey.expand(MacKey(key.secret), label, digester).prefix(16)
            return KeyCheck(purpose: key.purpose, generation: key.generation, value: Array(value))
        }.sorted { ($0.purpose.rawValue, $0.generation) < ($1.purpose.rawValue, $1.generation) }
    }

    // MARK: The file

    /// Reads a key file. Refuses one that others than its owner may read.
    ///
    /// - Parameter isCopy: a copy on a medium that may know no owners (a USB stick): it is only compared, and taken as it is.
    public init(file path: String, isCopy: Bool = false) throws {
        var status = stat()
        guard stat(path, &status) == 0, let data = FileManager.default.contents(atPath: path) else {
            throw NiangjiaError(
                .configuration,
                zh: "读不到密钥文件:请确认路径正确、密钥已挂载\(isCopy ? "" : ";在另一台机器上恢复的,先把本市的密钥文件放到这里")。",
                en:
                    "The key file cannot be read: check its path\(isCopy ? "" : "; to restore on another machine put the city's keys here first").",
                place: path, cause: String(cString: strerror(errno)))
        }
        guard isCopy || status.st_mode & 0o077 == 0 else {
            throw NiangjiaError(
                .configuration, zh: "密钥文件可被他人读取:请执行 chmod 600。", en: "Others may read the key file: chmod 600 it.",
                place: path)
        }
        do {
            keys = try KeyRing.keys(in: try Value(jsonBytes: [UInt8](data)))
        } catch let fault as JSONFault {
            throw KeyRing.spoiled(path, cause: "byte \(fault.offset): \(fault.message.en)")
        } catch let fault as KeyFault {
            throw KeyRing.spoiled(path, cause: fault.reason)
        }
    }

    /// Writes the ring: complete or not at all, readable by its owner only, who stays who it was. `replacing` must be asked for, for
    /// whoever overwrites keys loses everything that they sealed.
    ///
    /// - Throws: `conflict` for a file that is there and wasn't to be replaced; `store` where it can't be written, or not for its owner.
    public func save(to path: String, replacing: Bool = false) throws {
        var old = stat()
        let isThere = stat(path, &old) == 0
        guard replacing || !isThere else {
            throw NiangjiaError(
                .conflict, zh: "密钥文件已存在,不会覆盖。", en: "The key file exists already and is not overwritten.", place: path)
        }
        // A name of this process's own: nobody else's half of a ring is put in the place of the keys.
        let unfinished = path + ".\(getpid()).new"
        unlink(unfinished)
        let file = open(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw KeyRing.unwritable(path) }
        let bytes = [UInt8]((text + "\n").utf8)
        // An administrator who rotates as root leaves the keys to whom the server runs as.
        let isWritten =
            write(file, bytes, bytes.count) == bytes.count
            && (!isThere || old.st_uid == geteuid() || fchown(file, old.st_uid, old.st_gid) == 0) && fsync(file) == 0
        close(file)
        guard isWritten, rename(unfinished, path) == 0 else {
            let fault = KeyRing.unwritable(path)
            unlink(unfinished)
            throw fault
        }
        let folder = open(URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }

    private var text: String {
        let lines = keys.map { key in
            let entry: Value = [
                "purpose": .text(key.purpose.rawValue), "generation": .int(Int64(key.generation)),
                "created": .text(key.created.description), "key": .text(hexText(key.secret)),
            ]
            return "  " + entry.json
        }
        return "{\"format\":1,\"keys\":[\n" + lines.joined(separator: ",\n") + "\n]}"
    }

    private struct KeyFault: Error { var reason: String }

    private static func keys(in document: Value) throws -> [Key] {
        guard document["format"].int == 1 else { throw KeyFault(reason: "unknown format") }
        let keys = try (document["keys"].list ?? []).map { entry in
            guard let purpose = entry["purpose"].text.flatMap(KeyPurpose.init(rawValue:)),
                let generation = entry["generation"].int, (1...65_535).contains(generation),
                let created = entry["created"].text.flatMap({ Instant($0) }),
                let secret = entry["key"].text.flatMap(hexBytes), secret.count == 32
            else { throw KeyFault(reason: "an entry is incomplete") }
            return Key(purpose: purpose, generation: Int(generation), created: created, secret: secret)
        }
        for purpose in KeyPurpose.allCases {
            let generations = keys.filter { $0.purpose == purpose }.map(\.generation)
            guard !generations.isEmpty, Set(generations).count == generations.count else {
                throw KeyFault(reason: "no key, or one generation twice, for \(purpose.rawValue)")
            }
        }
        return keys
    }

    private static func spoiled(_ path: String, cause: String) -> NiangjiaError {
        NiangjiaError(
            .configuration, zh: "密钥文件已损坏或不是密钥文件:请从托管副本恢复。",
            en: "The key file is damaged or is none: restore it from escrow.", place: path, cause: cause)
    }

    private static func unwritable(_ path: String) -> NiangjiaError {
        NiangjiaError(
            .store, zh: "无法写入密钥文件:请检查文件夹与磁盘空间。", en: "The key file cannot be written: check the folder and the disk.",
            place: path, cause: String(cString: strerror(errno)))
    }
}

/// Lower-case hexadecimal digits.
func hexText(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

/// What ``hexText(_:)`` wrote; nil for anything else.
func hexBytes(_ text: String) -> [UInt8]? {
    let digits = text.utf8.map { UInt8(ascii: "0") <= $0 && $0 <= UInt8(ascii: "9") ? $0 - 0x30 : $0 &- 0x57 }
    guard digits.count.isMultiple(of: 2), digits.allSatisfy({ $0 < 16 }) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// Bytes from the operating system through OpenSSL's generator, which every thread has its own of.
func secureRandom(_ count: Int) -> [UInt8] {
    guard count > 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: count)
    // Without randomness nothing may be sealed: a key of zeros would be worse than the end of the process.
    precondition(RAND_bytes(&bytes, Int32(count)) == 1, "no random source")
    return bytes
}
