import NiangjiaCore

/// An amount that was corrected after it had been decided: when, from what to what, and why.
struct Amended: Sendable {
    var at: Instant
    var correction: ID<Correction>
    var before: Money
    var after: Money
    /// Why it was found wrong, in the words of whoever proposed the correction.
    var why: String
    /// The rule's own reason under the corrected settings.
    var text: LocalText?
    var code: String?

    var value: Value {
        [
            "at": .text(at.description), "correction": .text(correction.text), "before_fen": .int(before.fen),
            "after_fen": .int(after.fen), "why": .text(why), "code": code.map { .text($0) } ?? .null,
            "text": text.map { .text($0.zh) } ?? .null, "text_en": text.map { .text($0.en) } ?? .null,
        ]
    }

    func lines(_ language: Language) -> [String] {
        let reason = text.map { "  " + $0[language] } ?? ""
        return language == .zh
            ? ["  已更正  \(at.date)  \(before) 元 → \(after) 元(\(why))\(reason)"]
            : ["  corrected  \(at.date)  \(before) → \(after) yuan (\(why))\(reason)"]
    }

    /// What corrections have made of a decision, newest first; parts of one decision are summed.
    static func of(_ row: Decisions.Row, _ plugin: Plugin?, _ bundle: Bundle, _ filter: FactFilter, _ host: Host)
        async throws -> [Amended]
    {
        try await host.store.read { reader in
            try Corrections.of(row.id, in: reader).map { one in
                Amended(
                    at: one.at, correction: one.correction, before: one.before, after: one.after, why: one.why,
                    text: one.code.map {
                        filter.reason($0, one.params, plugin?.manifest, bundle.stacking)
                    }, code: one.code)
            }
        }
    }
}
