import NiangjiaCore

/// `config/funds.yaml`.
enum FundsFile {
    static let sources = [
        Choice("fiscal", "财政", "public finance"), Choice("union_budget", "工会经费", "union budget"),
        Choice("upper_union", "上级工会补助", "from the union above"), Choice("donation", "社会捐助", "donations"),
        Choice("employer", "单位出资", "employers"), Choice("member_dues", "会员自筹", "members' dues"),
        Choice("fees", "收费", "fees"), Choice("dues", "代收工会经费", "dues collected for all levels"),
    ]

    static let shape = Shape.object(
        Key(
            "lines", "资金", "Lines",
            .list(
                .object(
                    Key("id", "编号", "Id", .scalar(.identifier), required: true),
                    Key("year", "年度", "Year", .scalar(.integer(2000...2100)), required: true),
                    Key("source", "来源", "Source", .scalar(.choice(sources)), required: true),
                    Key("purpose", "用途", "Purpose", .scalar(.identifier), required: true),
                    Key(
                        "amount", "金额", "Amount", .scalar(.amount), required: true,
                        doc: (
                            "年初额度;互助金池写 0,收费后增加", "What the year begins with; 0 for a pool that fees fill"
                        )),
                    Key("carry_over", "结转", "Carry over", .scalar(.boolean))), count: 1...1000), required: true),
        Key(
            "backstops", "兜底", "Backstops",
            .list(
                .object(
                    Key("line", "资金", "Line", .scalar(.identifier), required: true),
                    Key("from", "兜底来源", "From", .scalar(.identifier), required: true),
                    Key("year_cap", "年度上限", "Year cap", .scalar(.amount), required: true),
                    Key(
                        "unused", "未用部分", "Unused",
                        .scalar(
                            .choice([
                                Choice("lapse", "作废", "lapses"), Choice("carry", "结转", "is carried over"),
                            ])))))),
        Key(
            "matching", "配捐", "Matching",
            .list(
                .object(
                    Key("campaign", "活动", "Campaign", .scalar(.identifier), required: true),
                    Key("from", "配捐来源", "From", .scalar(.identifier), required: true),
                    Key(
                        "into", "配捐记入", "Into", .scalar(.identifier), required: true,
                        doc: ("与配捐来源同一来源的资金项目:不同来源不得混用", "A line of the same source: sources never mix")),
                    Key("rate", "比例", "Rate", .scalar(.anyRate), required: true),
                    Key("cap", "上限", "Cap", .scalar(.amount), required: true)))), campaigns, dues, grants, sharing,
        Key("chart", "会计科目对照", "Chart of accounts", .list(ChartShape.entry)))

    static func parse(_ bytes: [UInt8], _ problems: Problems) -> FundsSettings? {
        guard let root = ConfigFile.checked(bytes, shape, problems) else { return nil }
        var funds = FundsSettings()
        var seen: [String: YAMLMark] = [:]
        for (index, item) in (root["lines"]?.items ?? []).enumerated() {
            guard let id = item["id"]?.text else { continue }
            if let first = seen[id] {
                problems.error(
                    item["id"], "lines[\(index)].id", zh: "资金编号 \(id) 重复(第\(first.line)行已有)",
                    en: "line \(id) stands twice (first in line \(first.line))")
                continue
            }
            seen[id] = item["id"]?.start ?? item.start
            funds.lines.append(
                FundsSettings.Line(
                    id: id, year: Int(Reading.integer(item["year"]) ?? 0), source: item["source"]?.text ?? "",
                    purpose: item["purpose"]?.text ?? "", amount: Reading.money(item["amount"]) ?? .zero,
                    carryOver: Reading.boolean(item["carry_over"]) ?? false))
        }
        for (index, item) in (root["backstops"]?.items ?? []).enumerated() {
            guard let line = item["line"], let id = line.text, let from = item["from"]?.text else { continue }
            PathChecker.expect(
                line, in: seen.keys.sorted(), "backstops[\(index)].line", ("lines 中没有资金", "lines has no"), problems)
            funds.backstops.append(
                FundsSettings.Backstop(
                    line: id, from: from, yearCap: Reading.money(item["year_cap"]) ?? .zero,
                    lapses: item["unused"]?.text != "carry"))
        }
        for item in root["matching"]?.items ?? [] {
            guard let campaign = item["campaign"]?.text, let from = item["from"]?.text,
                let rate = Reading.rate(item["rate"])
            else { continue }
            funds.matching.append(
                FundsSettings.Matching(
                    campaign: campaign, from: from, rate: rate, cap: Reading.money(item["cap"]) ?? .zero,
                    into: item["into"]?.text))
        }
        funds.chart = (root["chart"]?.items ?? []).compactMap(ChartShape.read)
        readFlows(root, into: &funds, problems)
        return funds
    }
}
