import NiangjiaCore
import NiangjiaPlugins

/// What is told of a rule that failed at a case, to whom: members that a person sees to it, staff that it was the rule, and whoever may
/// preview (and so hears of failures there) the line of `main.lua`. Never what the script said, which may carry facts.
struct FailedRule: Sendable {
    let text: LocalText
    /// `main.lua:6`; nil for whoever isn't told, and where the host knows none.
    let place: String?

    /// Nil where the rule didn't fail, or something has been decided since.
    init?(_ judgement: Judgement?, _ outcome: Outcome?, for account: Account, of record: CaseRecord) {
        guard let judgement, judgement.kind == .failed, outcome == nil || outcome?.result == .failed else { return nil }
        guard account.may(.seeCases) || account.may(.seeJournal) else {
            text = LocalText(zh: "系统暂时没有算出结果,由工会人工处理", en: "no result came of it yet; the union sees to it")
            place = nil
            return
        }
        place = account.may(.preview) ? judgement.failedAt : nil
        // What the host itself says of an answer holds no facts; what a script said is never kept.
        let why = judgement.failedAt == nil ? judgement.failure.map { LocalText(failure: $0) } : nil
        let at = place.map { " plugins/\(record.plugin)/\($0)" } ?? ""
        text = LocalText(
            zh:
                "规则出错\(at)\(why.map { ":" + $0.zh } ?? ""),没有得出结果。规则改正并批准新版后:niangjia case advance \(record.id) retry,或退回补正后再提交",
            en:
                "the rule failed\(at)\(why.map { ": " + $0.en } ?? ""); nothing came of it. Once it is mended and approved: niangjia case advance \(record.id) retry, or send it back and have it handed in again"
        )
    }

    var value: Value {
        ["at": place.map { .text($0) } ?? .null, "text": ["zh-CN": .text(text.zh), "en": .text(text.en)]]
    }
}
