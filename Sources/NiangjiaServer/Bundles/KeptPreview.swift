import NiangjiaCore

/// A preview as it is kept with the proposal whose approval rests on it: whole in the store, and told to whoever reads of the proposal
/// without the totals of a few people (decision 0066). Whoever may see those looks at the preview itself.
struct KeptPreview: Sendable {
    /// SM3 over the previewed content and every outcome.
    let contentHash: String
    /// The account that made it.
    let account: String
    /// When, as the store writes it.
    let at: String
    /// The day for which it was made.
    let asOf: String
    private let totals: SweepTotals
    private let told: TotalsTold

    /// - Parameter value: as ``storedValue(of:)`` wrote it.
    init(_ value: Value) {
        contentHash = value["content_hash"].text ?? ""
        account = value["by"].text ?? ""
        at = value["at"].text ?? ""
        asOf = value["as_of"].text ?? ""
        totals = (try? SweepTotals(json: value["totals"].json)) ?? SweepTotals()
        told = TotalsTold(totals, leftOut: 0, .many)
    }

    /// For the store.
    static func storedValue(of made: Previews.Made) -> Value {
        [
            "content_hash": .text(made.contentHash), "by": .text(made.account), "at": .text(made.at.description),
            "as_of": .text(made.asOf.description), "totals": made.totals.value,
        ]
    }

    /// A population of one to four is a small group itself: nothing of what comes of it is told.
    private var isVeiled: Bool { (1..<Suppression.least).contains(totals.considered) }

    private func count(_ result: Outcome.Result) -> Value {
        isVeiled || told.hidden.contains(result) ? .null : .int(Int64(TotalsTold.count(result, totals)))
    }

    private func words(_ result: Outcome.Result) -> String { isVeiled ? "-" : told.words(result, totals) }

    private var hidesMoney: Bool { isVeiled || told.hidesMoney }

    /// For `--json` and the API; null: of too few people to be told.
    var value: Value {
        var members: [String: Value] = [
            "content_hash": .text(contentHash), "by": .text(account), "at": .text(at), "as_of": .text(asOf),
            "considered": .int(Int64(totals.considered)),
            "amount_fen": hidesMoney ? .null : .int(totals.amount.fen),
        ]
        for result in Outcome.Result.allCases { members[result.rawValue] = count(result) }
        return .map(members)
    }

    /// One line for whoever approves.
    func line(of form: String) -> LocalText {
        let amount = hidesMoney ? "-" : totals.amount.description
        let failed = LocalText(
            zh: totals.failed > 0 ? ",规则出错 \(words(.failed))" : "",
            en: totals.failed > 0 ? ", the rule failed for \(words(.failed))" : "")
        return LocalText(
            zh:
                "试算 \(form)(\(account),按 \(asOf)):范围 \(totals.considered),核准 \(words(.granted)),核减 \(words(.limited)),不符合条件 \(words(.refused)),转人工 \(words(.review)),候补 \(words(.waitlisted)),待补正 \(words(.incomplete))\(failed.zh),金额 \(amount) 元,摘要 \(contentHash.prefix(12))",
            en:
                "preview \(form) (\(account), as of \(asOf)): in scope \(totals.considered), granted \(words(.granted)), limited \(words(.limited)), not eligible \(words(.refused)), for a person \(words(.review)), waiting \(words(.waitlisted)), incomplete \(words(.incomplete))\(failed.en), \(amount) yuan, digest \(contentHash.prefix(12))"
        )
    }
}
