import NiangjiaCore

/// Decisions worked out again from what the journal holds.
extension Operations {
    /// Sends the journaled bytes to a fresh worker and compares what comes back, byte by byte.
    static func replay(_ call: Call) async throws {
        let crypto = call.host.crypto
        let (about, entry) = try await replayed(call)
        let bundle = try await call.host.bundles.bundle(digest: entry.bundle)
        guard let plugin = bundle.plugins.values.first(where: { $0.digest == entry.pluginDigest }) else {
            throw NiangjiaError(
                .store, zh: "存档中没有当时的插件。", en: "The plugin of that time is not in the stored bundle.",
                cause: entry.pluginDigest)
        }
        let reply = try await call.host.judge.replay(
            entry.requestBytes, answered: entry.replyBytes, plugin: plugin, calendar: bundle.calendar)
        let isSame = reply.replyBytes == entry.replyBytes
        let isSameEngine = reply.engine == entry.engine
        if !isSame { call.output.foundWrong() }
        let (before, after) = (
            Hex.text(crypto.digest(entry.replyBytes)), Hex.text(crypto.digest(reply.replyBytes))
        )
        call.output.line(
            "重演 \(about):\(plugin.manifest.id) \(plugin.manifest.version)(\(plugin.digest.prefix(12))),\(entry.function),第 \(entry.row) 行",
            en:
                "replay of \(about): \(plugin.manifest.id) \(plugin.manifest.version) (\(plugin.digest.prefix(12))), \(entry.function), row \(entry.row)"
        )
        call.output.line(
            "  当时 \(entry.replyBytes.count) 字节 SM3 \(before)  引擎 \(entry.engine)",
            en: "  then \(entry.replyBytes.count) bytes SM3 \(before)  engine \(entry.engine)")
        call.output.line(
            "  现在 \(reply.replyBytes.count) 字节 SM3 \(after)  引擎 \(reply.engine)",
            en: "  now \(reply.replyBytes.count) bytes SM3 \(after)  engine \(reply.engine)")
        call.output.line(
            isSame ? "  逐字节相同。" : isSameEngine ? "  不同:请立即停止核定并查明。" : "  不同:引擎版本不同,两个结果如上;只有同一引擎才保证逐字节相同。",
            en: isSame
                ? "  the same to the byte."
                : isSameEngine
                    ? "  different: stop deciding at once and find out why."
                    : "  different: another engine; both results stand above. Only the same engine promises the same bytes."
        )
        call.output.answer([
            "decision": .text(about), "same": .bool(isSame), "same_engine": .bool(isSameEngine),
            "engine_then": .text(entry.engine), "engine_now": .text(reply.engine), "digest_then": .text(before),
            "digest_now": .text(after), "bytes": .int(Int64(entry.replyBytes.count)), "row": .int(Int64(entry.row)),
            "plugin": [
                "id": .text(plugin.manifest.id), "version": .text(plugin.manifest.version),
                "digest": .text(plugin.digest),
            ],
        ])
    }

    /// The journaled call of a decision; or of what a program's run said about a person, who has no decision of their own where it
    /// refused them, or found them waiting as before (decision 0068).
    private static func replayed(_ call: Call) async throws -> (about: String, entry: Journal.Entry) {
        let crypto = call.host.crypto
        guard let program = try call.arguments.optionalText("program") else {
            let row = try await visibleDecision(call)
            return (
                row.id.text, try await call.host.store.read { try Journal.entry(of: row.id, crypto: crypto, in: $0) }
            )
        }
        let (person, account) = (try call.arguments.id("person", Person.self), try signedIn(call))
        let date = try call.arguments.date("on")
        guard let line = try await call.host.corridor.runLine(program: program, person: person, on: date),
            try await call.host.store.read({ try CaseRights(account, in: $0).maySee(line, of: person) })
        else { throw CaseRights.missing(person.text) }
        guard let row = line.row else {
            throw NiangjiaError(
                .notFound, zh: "这次核定没有经过规则计算(例如所需资料不全)。",
                en: "No rule was asked in that run (a fact was missing, for instance).", place: "/person")
        }
        let entry = try await call.host.store.read {
            try Journal.entry(run: line.run, block: line.block, row: row, crypto: crypto, in: $0)
        }
        return ("\(line.run)/\(line.block)/\(row)", entry)
    }
}
