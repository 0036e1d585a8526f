import NiangjiaCore

/// The one table of the plugin contract.
public enum APITable {
    /// The level of the contract that this host speaks.
    public static let level = 1

    /// Everything, section by section.
    public static let entries: [APIEntry] =
        decisions + helpers + actions + language + facts + contexts + manifest + types

    /// The names that a script finds in its environment: `grant`, `money`, `money.tiers` … (methods of decisions aside).
    public static var environment: [String] {
        entries.filter { [.decision, .helper, .action, .language].contains($0.section) && !$0.name.contains(":") }.map(
            \.name)
    }

    /// Facts, from the catalogue that gather itself reads; then what every form has.
    static let facts: [APIEntry] = {
        var found: [APIEntry] = [
            .init(
                "facts.application.<field>", .fact, zh: "申请表的字段;引用读作带 ref 的行,文件和自由文本只分有无。",
                en: "The form's fields; references read as rows with ref, files and free text as present or not."),
            .init(
                "facts.line.<field>", .fact, zh: "subject 经过数组时,该项的字段。",
                en: "Where subject goes through an array: the element's fields."),
            .init(
                "facts.subject.ref", .fact, "string", zh: "对象的编号,只可比较。", en: "The subject's reference, to compare only."
            ),
            .init(
                "facts.stages.<stage>.<field>", .fact, zh: "已经过的阶段填写的字段,以及 .on 日期。",
                en: "Fields of stages passed, and .on, the date."),
            .init(
                "facts.look.<name>.count", .fact, "integer", zh: "声明的历史查看:件数。不含本件。",
                en: "A declared look: how many, the case itself excluded."),
            .init(
                "facts.look.<name>.amount", .fact, "integer", zh: "核定金额之和(分),扣除叠加规则减去的部分;资金不足少给的、还没有付款的都算在内。",
                en:
                    "The sum of what assess granted less what stacking took (fen), paid or not; what there was no money for counts."
            ),
            .init("facts.look.<name>.first_on", .fact, "string?", zh: "最早一件的日期。", en: "The date of the first."),
            .init("facts.look.<name>.last_on", .fact, "string?", zh: "最近一件的日期。", en: "The date of the last."),
            .init(
                "facts.look.<name>.last", .fact, "table?", zh: "最近一件:on、amount 和它的 keeps(或记录的字段)。",
                en: "The last one: on, amount and what it keeps, or the record's fields."),
            .init(
                "facts.look.<name>.sum.<field>", .fact, "integer", zh: "各件 keeps(或记录)中整数、金额字段之和。",
                en: "Sums of integer and money fields of what was kept, or of the records."),
        ]
        let groups: [(String, SubjectKind)] = [
            ("person", .person), ("organization", .organization), ("station", .station), ("household", .household),
        ]
        for (name, kind) in groups {
            for fact in FactCatalogue.facts(of: kind) {
                let group = kind == .household ? "facts.household" : "facts.subject"
                let about =
                    kind == .household ? LocalText(zh: "家庭", en: "household") : LocalText(zh: subject(name), en: name)
                let values = fact.values.isEmpty ? "" : " (" + fact.values.joined(separator: ", ") + ")"
                found.append(
                    .init(
                        "\(group).\(fact.name)", .fact, luaType(fact.kind),
                        zh: "\(about.zh): \(fact.title.zh)\(values)",
                        en: "\(about.en): \(fact.title.en)"))
            }
        }
        return found
    }()

    private static func subject(_ kind: String) -> String {
        switch kind {
        case "person": "人员"
        case "organization": "单位"
        default: "站点"
        }
    }

    private static func luaType(_ kind: FactDefinition.Kind) -> String {
        switch kind {
        case .text, .date: "string"
        case .integer: "integer"
        case .boolean: "boolean"
        }
    }

    static let contexts: [APIEntry] = [
        .init(
            "context.on", .context, "string", zh: "本件的日期(dated_by)。",
            en: "The date that the case belongs to (dated_by)."),
        .init("context.submitted_on", .context, "string", zh: "提交日期。", en: "The day of submission."),
        .init(
            "context.submitted_at", .context, "string", zh: "提交时刻,以 +08:00 结尾。",
            en: "The moment of submission, ending in +08:00."),
        .init("context.season.from", .context, "string", zh: "本期开始日。", en: "The first day of the season."),
        .init("context.season.to", .context, "string", zh: "本期结束日。", en: "The last day of the season."),
        .init("context.stage", .context, "string?", zh: "所在阶段。", en: "The stage that the case is in."),
        .init("context.waived.<CODE>", .context, "boolean?", zh: "该原因已被豁免。", en: "Whether a reason was waived."),
        .init("context.program", .context, "string", zh: "项目编号。", en: "The program's id."),
        .init("context.today", .context, "string", in: [.recheck, .action], zh: "今天。", en: "Today."),
        .init(
            "context.now", .context, "string", in: [.recheck, .action], zh: "此刻,以 +08:00 结尾。",
            en: "The moment, ending in +08:00."),
        .init(
            "context.actor", .context, "table", in: [.action], zh: "谁在办:role、person、organization。",
            en: "Who asks: role, person, organization."),
        .init("context.organization", .context, "string?", zh: "所属工会代码。", en: "The union's code."),
    ]
}
