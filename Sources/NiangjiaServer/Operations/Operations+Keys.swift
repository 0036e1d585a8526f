import NiangjiaCore
import NiangjiaCrypto

extension Operations {
    static let keyOperations: [Operation] = [
        Operation("keys.show", .shell, reach: .open, opens: .compare, showKeys),
        Operation("keys.check", .shell, reach: .open, opens: .compare, checkKeys),
        Operation("keys.rotate", .permission(.rotateKeys), rotateKeys),
    ]

    /// The ring by its fingerprint and generations, and whether it is this city's.
    private static func showKeys(_ call: Call) async throws {
        try await compare(KeyRing(file: call.host.folder.keyFile), at: call.host.folder.keyFile, call)
    }

    /// Whether a copy of the keys, kept elsewhere, is this city's and whole.
    private static func checkKeys(_ call: Call) async throws {
        let file = try call.arguments.text("file")
        try await compare(KeyRing(file: file, isCopy: true), at: file, call)
    }

    private static func compare(_ ring: KeyRing, at path: String, _ call: Call) async throws {
        let (checks, crypto) = (ring.checks, call.host.crypto)
        let known = try await call.host.store.read { try KeyChecks.known(in: $0) }
        let fit = KeyFit(ring: checks, known: known)
        let fingerprint = KeyCheck.fingerprint(of: checks, crypto)
        call.output.line("密钥 \(path)  指纹 \(fingerprint)", en: "keys \(path)  fingerprint \(fingerprint)")
        call.output.table(
            ["用途", "代", "建立", "本库"], en: ["purpose", "generation", "made", "this store"],
            ring.keys.map { key in
                let state = standing(key, fit)[call.output.language]
                return [key.purpose.rawValue, "\(key.generation)", "\(key.created)", state]
            })
        if let fault = fit.fault {
            call.output.foundWrong()
            call.output.line("问题 \(fault.zh)。", en: "wrong: \(fault.en).")
        } else {
            call.output.line("是本市的密钥,完整。", en: "These are the city's keys, and all of them.")
        }
        call.output.answer([
            "ok": .bool(fit.isWhole), "file": .text(path), "fingerprint": .text(fingerprint),
            "keys": .list(
                ring.keys.map { key in
                    [
                        "purpose": .text(key.purpose.rawValue), "generation": .int(Int64(key.generation)),
                        "created": .text(key.created.description),
                    ]
                }), "missing": .list(fit.missing.map { .text($0.name) }),
            "foreign": .list(fit.foreign.map { .text($0.name) }), "new": .list(fit.new.map { .text($0.name) }),
        ])
    }

    private static func standing(_ key: KeyRing.Key, _ fit: KeyFit) -> LocalText {
        func holds(_ checks: [KeyCheck]) -> Bool {
            checks.contains { $0.purpose == key.purpose && $0.generation == key.generation }
        }
        if fit.isUnknown || holds(fit.foreign) { return LocalText(zh: "不符", en: "another's") }
        return holds(fit.new) ? LocalText(zh: "还没有用过", en: "not used yet") : LocalText(zh: "相符", en: "agrees")
    }

    /// A newer key for each purpose that seals. The file first: a store that names keys which are nowhere would open no more; a ring
    /// that is ahead of its store is taken over at the next opening.
    private static func rotateKeys(_ call: Call) async throws {
        let reason = try call.arguments.reason()
        let (context, host) = (call.context, call.host)
        let path = host.folder.keyFile
        // Read, written and recorded in one change: of two at once each would replace the other's keys, which then are nowhere.
        let (all, new) = try await host.store.write(.interactive) { writer in
            var ring = try KeyRing(file: path)
            let known = try KeyChecks.known(in: writer)
            let fit = KeyFit(ring: ring.checks, known: known)
            try fit.check(place: path)
            // A change is run again where its neighbours failed: what it made the first time is the newer key.
            let ahead = Set(fit.new.map(\.purpose))
            for purpose in KeyPurpose.allCases where purpose.isRotated && !ahead.contains(purpose) {
                try ring.rotate(purpose, created: context.now)
            }
            try ring.save(to: path, replacing: true)
            let new = KeyFit(ring: ring.checks, known: known).new
            try KeyChecks.add(new, at: context.now, in: writer)
            try context.record(
                "keys.rotated", about: "",
                body: ["keys": .list(new.map { .text($0.name) }), "reason": .text(reason)], in: writer)
            return (ring.checks, new)
        }
        let fingerprint = KeyCheck.fingerprint(of: all, host.crypto)
        let names = new.map(\.name).joined(separator: ", ")
        call.output.line(
            "已更换密钥:\(names);新指纹 \(fingerprint)。", en: "Keys were rotated: \(names); fingerprint \(fingerprint).")
        call.output.line(
            "请立即另存密钥文件 \(path),用 niangjia keys check 核对副本:以前的副本打不开此后的数据。正在运行的服务重新启动后才用新密钥。",
            en:
                "Keep a copy of \(path) elsewhere at once, and try it with niangjia keys check: earlier copies won't open what is sealed from now on. A server that runs takes the new keys when it is started again."
        )
        call.output.line(
            "以前的数据仍由旧密钥封存,旧密钥留在文件里;查找、核对和会话的密钥不换。旧密钥若已泄露,它能打开的旧数据不会因此变得安全。",
            en:
                "What was sealed before stays under the old keys, which stay in the file; keys of look-ups, commitments and sessions don't change. Where an old key has leaked, what it opens is no safer for this."
        )
        call.output.answer([
            "fingerprint": .text(fingerprint), "keys": .list(new.map { .text($0.name) }),
        ])
    }
}
