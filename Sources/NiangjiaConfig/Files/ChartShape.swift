import NiangjiaCore

/// `chart:` of `config/funds.yaml`: which subject of the accounting system an account is reported under.
enum ChartShape {
    private static let stages =
        AccountCode.Stage.allCases.map { Choice($0.rawValue, $0.title.zh, $0.title.en) }
        + [Choice("source", "来源本身", "the source itself")]

    static let entry = Shape.object(
        Key("source", "来源", "Source", .scalar(.identifier), doc: ("不写:任何来源", "Left out: any source")),
        Key("stage", "阶段", "Stage", .scalar(.choice(stages)), doc: ("不写:任何阶段", "Left out: any stage")),
        Key("purpose", "用途", "Purpose", .scalar(.identifier), doc: ("不写:任何用途", "Left out: any purpose")),
        Key("code", "科目编号", "Number", .scalar(.text(max: 40)), doc: ("按本单位账套填写", "As the city's own books number it")),
        Key("title", "会计科目", "Subject", .scalar(.text(max: 100)), required: true))

    static func read(_ item: YAMLNode) -> FundsSettings.ChartEntry? {
        guard let title = item["title"]?.text else { return nil }
        return FundsSettings.ChartEntry(
            source: item["source"]?.text, stage: item["stage"]?.text, purpose: item["purpose"]?.text,
            code: item["code"]?.text, title: title)
    }
}
