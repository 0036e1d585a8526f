import NiangjiaCore

/// Something granted that fell: when, why, what stays, and what the rule knew when it was looked at again.
struct Fallen: Sendable {
    var at: Instant
    var code: String
    var text: LocalText
    var keep: Money
    /// What the rule knew, as far as the account may; nil where it wasn't asked.
    var seen: FactFilter.Told?

    var told: FactFilter.Told { seen ?? FactFilter.Told() }

    var value: Value {
        [
            "at": .text(at.description), "code": .text(code), "text": .text(text.zh), "text_en": .text(text.en),
            "keep_fen": .int(keep.fen), "facts": seen?.facts ?? .null,
        ]
    }

    func lines(_ language: Language) -> [String] {
        let word = language == .zh ? "已撤销" : "revoked"
        let kept = keep > .zero ? (language == .zh ? "(保留 \(keep) 元)" : " (\(keep) yuan stay)") : ""
        return ["  \(word)  \(at.date)  \(code)  \(text[language])\(kept)"]
    }

    /// What has fallen of a decision, newest first.
    static func of(_ row: Decisions.Row, _ plugin: Plugin?, _ bundle: Bundle, _ filter: FactFilter, _ host: Host)
        async throws -> [Fallen]
    {
        let crypto = host.crypto
        let found = try await host.store.read { reader in
            try Revocation.of(row.id, in: reader).map { revocation in
                let entry = try? revocation.call.map {
                    try Journal.entry(call: $0.id, row: $0.row, crypto: crypto, in: reader)
                }
                return (revocation: revocation, entry: entry)
            }
        }
        return try found.map { one in
            let seen = try one.entry.map { try host.judge.describe($0.requestBytes, row: $0.row).facts }
            return Fallen(
                at: one.revocation.at, code: one.revocation.code,
                text: filter.reason(
                    one.revocation.code, one.revocation.params, plugin?.manifest, bundle.stacking),
                keep: one.revocation.keep,
                seen: seen.map { filter.told($0["facts"]) })
        }
    }
}
