import NiangjiaCore

/// What whoever heard an appeal and agreed is told where the rule, asked again, still refuses: that it was the rule, and what would
/// be needed.
struct AppealRefused: Sendable {
    /// The reasons by which the rule still refuses.
    let codes: [String]
    /// The reasons that the program lets a level waive.
    let waive: [String: String]

    private var waived: [(code: String, level: String)] {
        Set(codes).sorted().compactMap { code in waive[code].map { (code, $0) } }
    }

    /// For people.
    var lines: [LocalText] {
        var lines = [
            LocalText(
                zh: "申诉已通过,但通过的申请仍由规则按现在的资料重新核定,规则仍不给予,申请没有改变结果。",
                en:
                    "The appeal was approved, but the rule judges an approved case again by today's register, and still refuses it: nothing has changed."
            ),
            LocalText(
                zh: "登记的资料有误的:先更正登记,再重新申请。",
                en: "Where the register is wrong: correct it, then apply anew."),
        ]
        for (code, level) in waived {
            let title = RoleWords.level(level)
            lines.append(
                LocalText(
                    zh: "本项目允许\(title.zh)豁免这条原因:niangjia case advance … waive --note \(code)",
                    en: "The program lets \(title.en) waive this reason: niangjia case advance … waive --note \(code)"))
        }
        if waived.isEmpty {
            lines.append(
                LocalText(
                    zh: "本项目没有允许任何一级豁免这条原因(程序的 waive)。",
                    en: "The program lets nobody waive this reason (its waive)."))
        }
        return lines
    }

    /// For programs.
    var value: Value {
        [
            "codes": .list(codes.map { .text($0) }),
            "waive": .map(Dictionary(waived.map { ($0.code, .text($0.level)) }) { first, _ in first }),
            "text": [
                "zh-CN": .text(lines.map(\.zh).joined()),
                "en": .text(lines.map(\.en).joined(separator: " ")),
            ],
        ]
    }
}
