import NiangjiaCore

/// What a reviewer must hear whose approval meets another amount than the one that they saw: nothing was approved.
struct AmountChanged {
    let before: Money
    let after: Money

    /// Nil where the amount is what it was, or nobody has to look again.
    init?(from seen: CaseRecord, to now: CaseRecord) {
        guard now.state == .inCheck, now.levelsDone == 0, seen.judgedAmount != now.judgedAmount else { return nil }
        (before, after) = (seen.judgedAmount, now.judgedAmount)
    }

    var words: LocalText {
        LocalText(
            zh: "没有通过:金额现在是 \(after) 元(您看到的是 \(before) 元),请核对后再次通过。",
            en: "Not approved: the amount is now \(after) yuan (you saw \(before)). Look again, then approve.")
    }

    var value: Value {
        [
            "before_fen": .int(before.fen), "after_fen": .int(after.fen),
            "text": ["zh-CN": .text(words.zh), "en": .text(words.en)],
        ]
    }
}
