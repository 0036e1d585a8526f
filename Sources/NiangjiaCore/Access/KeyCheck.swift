/// By what a key is known without being told: nothing about the key follows from it.
public struct KeyCheck: Sendable, Hashable {
    /// What the key is for.
    public var purpose: KeyPurpose
    /// Counts from 1.
    public var generation: Int
    /// 16 bytes that no other key gives.
    public var value: [UInt8]

    public init(purpose: KeyPurpose, generation: Int, value: [UInt8]) {
        self.purpose = purpose
        self.generation = generation
        self.value = value
    }

    /// `personal/2`
    public var name: String { "\(purpose.rawValue)/\(generation)" }

    /// What a whole ring is known by, as people compare it: 16 digits in four groups.
    public static func fingerprint(of checks: [KeyCheck], _ crypto: any CryptoProvider) -> String {
        let bytes = checks.flatMap { Array($0.name.utf8) + $0.value }
        let digits = Array(Hex.text(Array(crypto.digest(bytes).prefix(8))))
        return stride(from: 0, to: digits.count, by: 4).map { String(digits[$0..<$0 + 4]) }.joined(separator: "-")
    }
}

/// The keys that a store was written with, by their checks: another city's keys are noticed before anything is read or written.
public enum KeyChecks {
    /// One row for each generation that ever sealed something here.
    public static let table = Table(
        "key_check", key: ["purpose", "generation"],
        proof: .open("compared with the keys whenever the store is opened"),
        [Column("purpose", .text), Column("generation", .int), Column("value", .blob), Column("since", .int)])

    /// The keys that the store knows, in order of purpose, then generation.
    public static func known(in reader: any StoreReader) throws -> [KeyCheck] {
        try reader.all("SELECT purpose, generation, value FROM key_check ORDER BY purpose, generation", []) { row in
            KeyPurpose(rawValue: row.text(0)).map {
                KeyCheck(purpose: $0, generation: Int(row.int(1)), value: row.blob(2))
            }
        }.compactMap { $0 }
    }

    /// How a ring stands to the store.
    public static func fit(_ ring: [KeyCheck], in reader: any StoreReader) throws -> KeyFit {
        KeyFit(ring: ring, known: try known(in: reader))
    }

    /// From now on the store was written with these, too.
    public static func add(_ checks: [KeyCheck], at now: Instant, in writer: any StoreWriter) throws {
        for check in checks {
            try writer.execute(
                "INSERT INTO key_check (purpose, generation, value, since) VALUES ($1, $2, $3, $4)",
                [.text(check.purpose.rawValue), .int(Int64(check.generation)), .blob(check.value), .instant(now)])
        }
    }
}

/// How a key ring stands to a store.
public struct KeyFit: Sendable, Hashable {
    /// Keys of the ring that the store knows by another value: they are another city's.
    public var foreign: [KeyCheck] = []
    /// Keys that the store was written with and the ring lacks.
    public var missing: [KeyCheck] = []
    /// Newer generations that the store hasn't seen yet: the ring was rotated since.
    public var new: [KeyCheck] = []
    /// Whether the store knows no keys at all: then it was never wholly made.
    public var isUnknown: Bool

    /// Compares a ring with what a store knows.
    public init(ring: [KeyCheck], known: [KeyCheck]) {
        isUnknown = known.isEmpty
        func same(_ check: KeyCheck) -> (KeyCheck) -> Bool {
            { $0.purpose == check.purpose && $0.generation == check.generation }
        }
        for check in ring {
            switch known.first(where: same(check)) {
            case nil where check.generation > 1 && check.purpose.isRotated: new.append(check)
            case let other where other?.value != check.value: foreign.append(check)
            default: break
            }
        }
        missing = known.filter { check in !ring.contains(where: same(check)) }
    }

    /// Whether the ring opens all that the store holds.
    public var isWhole: Bool { !isUnknown && foreign.isEmpty && missing.isEmpty }

    /// What is wrong, for whoever has to find the right keys; nil when nothing is.
    public var fault: LocalText? {
        if isUnknown {
            return LocalText(
                zh: "数据库里没有密钥的核对值:它没有建完,或不是娘家的备份",
                en: "the store names no keys: it was never wholly made, or is no backup")
        }
        if !foreign.isEmpty {
            return LocalText(
                zh: "这不是本市的密钥(不符的:\(KeyFit.names(foreign)))",
                en: "these keys aren't this city's (other than its own: \(KeyFit.names(foreign)))")
        }
        guard !missing.isEmpty else { return nil }
        return LocalText(
            zh: "密钥不全,缺少 \(KeyFit.names(missing)):这是更换密钥之前的副本",
            en: "the keys lack \(KeyFit.names(missing)): a copy from before they were rotated")
    }

    /// Refuses keys that aren't the store's, or not all of them.
    ///
    /// - Parameter place: the key file.
    /// - Throws: `configuration`; `store` where the store names no keys.
    public func check(place: String) throws {
        guard let fault else { return }
        guard !isUnknown else {
            throw NiangjiaError(
                .store, zh: "\(fault.zh)。请恢复完好的备份。", en: "Stopped: \(fault.en). Restore a sound backup.")
        }
        throw NiangjiaError(
            .configuration,
            zh: "\(fault.zh)。什么都没有改动:请放回本市的密钥文件,或用 NIANGJIA_KEYS 指明;托管的副本可用 niangjia keys check 文件 核对。",
            en:
                "Stopped: \(fault.en). Nothing was changed: put the city's own key file back, or name it in NIANGJIA_KEYS; niangjia keys check FILE tells whether a copy is the right one.",
            place: place)
    }

    private static func names(_ checks: [KeyCheck]) -> String { checks.map(\.name).joined(separator: ", ") }
}
