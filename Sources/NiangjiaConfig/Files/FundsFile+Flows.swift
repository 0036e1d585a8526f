import NiangjiaCore

/// The parts of `config/funds.yaml` that say how money flows between unions: campaigns, dues, grants, sharing.
extension FundsFile {
    private static let line = Scalar.identifier
    private static let levels = [
        Choice("basic", "基层工会", "the payer's own union"), Choice("county", "区县", "county"),
        Choice("city", "市", "city"), Choice("province", "省", "province"), Choice("national", "全国", "national"),
    ]
    private static let organizationLevels = [
        Choice("city", "市", "city"), Choice("county", "区县", "county"), Choice("town", "乡镇街道", "town"),
        Choice("basic", "基层", "basic"), Choice("federation", "联合会", "federation"),
        Choice("industry", "产业", "industry"), Choice("park", "园区", "park"),
    ]

    static let campaigns = Key(
        "campaigns", "捐赠活动", "Campaigns",
        .list(
            .object(
                Key("id", "编号", "Id", .scalar(.identifier), required: true),
                Key("title", "名称", "Title", .localText, required: true),
                Key("line", "资金", "Line", .scalar(line), required: true, doc: ("捐款记入的资金项目", "Where donations go")),
                Key("from", "开始", "From", .scalar(.date), required: true),
                Key("to", "结束", "To", .scalar(.date), required: true),
                Key(
                    "confirm_above", "大额复述", "Confirm above", .scalar(.amount),
                    doc: (
                        "超过此数的一笔捐款,登记时须再写一遍金额;默认 50000",
                        "A donation of more is entered with its amount said twice; default: 50000"
                    )))),
        doc: ("如 99公益日", "Like the charity day"))

    static let dues = Key(
        "dues", "工会经费", "Dues",
        .list(
            .object(
                Key("from", "有效期自", "From", .scalar(.date), required: true, doc: ("按入库日期", "By the day of receipt")),
                Key("to", "有效期至", "To", .scalar(.date), required: true),
                Key(
                    "levels", "适用工会", "Levels", .list(.scalar(.choice(organizationLevels))),
                    doc: ("不写即适用于其他所有工会", "Default: all that no other agreement names")),
                Key("rate", "拨缴比例", "Rate", .scalar(.share), required: true, doc: ("占工资总额,2%", "Of payroll, 2%")),
                Key(
                    "collects", "代收", "Collects",
                    .scalar(
                        .choice([
                            Choice("all", "全额代收", "everything"),
                            Choice("upper", "只代收上解部分", "the upper shares only"),
                        ])), doc: ("默认 all", "Default: all")),
                Key(
                    "split", "分成", "Split",
                    .list(
                        .object(
                            Key("to", "级次", "To", .scalar(.choice(levels)), required: true),
                            Key("share", "比例", "Share", .scalar(.share), required: true),
                            Key("line", "资金", "Line", .scalar(line), required: true),
                            Key(
                                "pay_to", "上解单位", "Pay to", .scalar(.unionCode),
                                doc: ("不写即留在本项目", "Default: it stays on its line"))), count: 1...10), required: true),
                Key(
                    "remainder_to", "尾差归", "Remainder to", .scalar(.choice(levels)), doc: ("默认 basic", "Default: basic")
                ),
                Key(
                    "suspense", "待查", "Suspense", .scalar(line), required: true,
                    doc: ("待查经费的资金项目", "For unknown payers")),
                Key(
                    "held", "暂存", "Held", .scalar(line),
                    doc: ("小额缴费上解部分年底前暂存", "Small payers' upper shares until year end")),
                Key(
                    "small_payer_below", "小额缴费线", "Small payer below", .scalar(.amount),
                    doc: ("年缴低于此数全额返还", "Who pays less in a year gets everything back")),
                Key(
                    "federations", "行业联合会", "Federations",
                    .list(
                        .object(
                            Key("organization", "代码", "Organization", .scalar(.unionCode), required: true),
                            Key(
                                "share", "比例", "Share", .scalar(.share), required: true,
                                doc: ("占基层留成", "Of the basic share"))
                        ))))), doc: ("税务代收经费的分成协议", "How dues collected by the tax bureau are split"))

    static let grants = Key(
        "grants", "分期补助", "Grants",
        .list(
            .object(
                Key("id", "编号", "Id", .scalar(.identifier), required: true),
                Key("title", "名称", "Title", .localText, required: true),
                Key(
                    "lines", "资金", "Lines", .list(.scalar(line), count: 1...10), required: true,
                    doc: ("依次使用", "In order")),
                Key("most", "最高金额", "Most", .scalar(.amount), required: true),
                Key("levels", "给谁", "Levels", .list(.scalar(.choice(organizationLevels)))),
                Key(
                    "instalments", "分期", "Instalments",
                    .list(
                        .object(
                            Key("share", "比例", "Share", .scalar(.share), required: true),
                            Key("after_days", "批准后天数", "After days", .scalar(.count(3650))),
                            Key(
                                "report", "须先审使用报告", "Report", .scalar(.boolean),
                                doc: ("上一期的使用报告通过后才支付", "Paid after the last one's report is accepted"))), count: 1...20
                    ),
                    required: true),
                Key("use_within_days", "使用期限", "Use within days", .scalar(.count(3650))),
                Key(
                    "keep_months", "最短运行月数", "Keep months", .scalar(.count(240)),
                    doc: ("提前关闭按剩余月份追回", "Closing earlier claws back"))
            )))

    static let sharing = Key(
        "sharing", "跨会籍分摊", "Sharing",
        .object(
            Key("share", "会籍工会承担", "Share", .scalar(.share), required: true),
            Key("per_visit", "每次到站", "Per visit", .scalar(.amount)),
            Key(
                "parties", "各方", "Parties",
                .list(
                    .object(
                        Key("organization", "代码", "Organization", .scalar(.unionCode), required: true),
                        Key("line", "资金", "Line", .scalar(line), required: true)), count: 2...500), required: true)))

    static func readFlows(_ root: YAMLNode, into funds: inout FundsSettings, _ problems: Problems) {
        let flows = FlowReader(funds: funds, problems: problems)
        for (n, item) in (root["matching"]?.items ?? []).enumerated() { flows.check(matching: item, "matching[\(n)]") }
        funds.campaigns = (root["campaigns"]?.items ?? []).enumerated().compactMap {
            flows.campaign($1, "campaigns[\($0)]")
        }
        funds.dues = (root["dues"]?.items ?? []).enumerated().compactMap { flows.agreement($1, "dues[\($0)]") }
        funds.grants = (root["grants"]?.items ?? []).enumerated().compactMap { flows.grant($1, "grants[\($0)]") }
        if let node = root["sharing"] { funds.sharing = flows.sharing(node) }
    }
}

/// Reads flows against the lines that the file has.
private struct FlowReader {
    let funds: FundsSettings
    let problems: Problems

    private func line(_ node: YAMLNode?, _ path: String) -> FundsSettings.Line? {
        guard let node, let id = node.text else { return nil }
        PathChecker.expect(node, in: funds.lines.map(\.id), path, ("lines 中没有资金", "lines has no"), problems)
        return funds.lines.first { $0.id == id }
    }

    /// What is others' money doesn't lapse at the year's end: unions' dues, donors' gifts.
    private func kept(_ lines: [FundsSettings.Line], _ node: YAMLNode?, _ path: String) {
        var seen: Set<String> = []
        for line in lines where !line.carryOver && seen.insert(line.id).inserted {
            problems.error(
                node, path, zh: "资金项目 \(line.id) 须写明 carry_over: true:经费和捐款年底不失效",
                en: "\(line.id) needs carry_over: true: dues and donations don't lapse at the end of the year")
        }
    }

    /// Money that moves between lines is of one source.
    private func same(_ lines: [FundsSettings.Line], _ node: YAMLNode, _ path: String) {
        let sources = Set(lines.map(\.source)).sorted()
        guard sources.count > 1 else { return }
        problems.error(
            node, path, zh: "这些资金项目来源不同(\(sources.joined(separator: "、"))),不得混用",
            en: "these lines are of different sources (\(sources.joined(separator: ", "))), which never mix")
    }

    /// Shares of a whole make it up.
    private func whole(_ rates: [Rate], _ node: YAMLNode?, _ path: String) {
        let sum = rates.reduce(0) { $0 + $1.basisPoints }
        guard sum != 10_000 else { return }
        problems.error(
            node, path, zh: "比例合计 \(Rate(basisPoints: sum)),应为 100%",
            en: "the shares are \(Rate(basisPoints: sum)), not 100%")
    }

    func check(matching item: YAMLNode, _ path: String) {
        let (from, into) = (line(item["from"], path + ".from"), line(item["into"], path + ".into"))
        if let from, let into { same([from, into], item, path) }
    }

    func campaign(_ item: YAMLNode, _ path: String) -> Campaign? {
        let line = line(item["line"], path + ".line")
        if let line, line.source != "donation" {
            problems.error(
                item["line"], path + ".line", zh: "捐款只能记入来源为 donation 的资金项目",
                en: "donations go to a line whose source is donation")
        }
        if let line { kept([line], item["line"], path + ".line") }
        guard let id = item["id"]?.text, let title = Reading.localText(item["title"]), let line,
            let open = Reading.range(item)
        else { return nil }
        var campaign = Campaign(id: id, title: title, line: line.id, open: open)
        if let most = Reading.money(item["confirm_above"]) { campaign.confirmAbove = most }
        return campaign
    }

    func agreement(_ item: YAMLNode, _ path: String) -> DuesAgreement? {
        let split = item["split"]?.items ?? []
        var lines: [FundsSettings.Line] = []
        let shares = split.enumerated().compactMap { n, share -> DuesAgreement.Share? in
            let found = line(share["line"], "\(path).split[\(n)].line")
            if let found { lines.append(found) }
            guard let level = share["to"]?.text, let rate = Reading.rate(share["share"]), let found else { return nil }
            return .init(level: level, rate: rate, line: found.id, payTo: share["pay_to"]?.text)
        }
        whole(split.compactMap { Reading.rate($0["share"]) }, item["split"], path + ".split")
        let suspense = line(item["suspense"], path + ".suspense")
        let held = line(item["held"], path + ".held")
        lines += [suspense, held].compactMap { $0 }
        same(lines, item, path)
        kept(lines, item, path)
        let small = Reading.money(item["small_payer_below"])
        if small != nil, item["held"] == nil {
            problems.error(
                item["small_payer_below"], path + ".small_payer_below", zh: "小额缴费须写明暂存的资金项目 held",
                en: "small payers need a line where their upper shares wait: held")
        }
        guard let valid = Reading.range(item), let rate = Reading.rate(item["rate"]), let suspense else { return nil }
        var agreement = DuesAgreement(
            valid: valid, rate: rate, shares: shares, remainderTo: item["remainder_to"]?.text ?? "basic",
            suspenseLine: suspense.id)
        agreement.levels = Reading.texts(item["levels"])
        agreement.collectsUpperOnly = item["collects"]?.text == "upper"
        agreement.heldLine = held?.id
        agreement.smallPayerBelow = small
        agreement.federations = (item["federations"]?.items ?? []).compactMap { node in
            guard let code = node["organization"]?.text, let rate = Reading.rate(node["share"]) else { return nil }
            return .init(organization: code, rate: rate)
        }
        return agreement
    }

    func grant(_ item: YAMLNode, _ path: String) -> GrantPlan? {
        let lines = (item["lines"]?.items ?? []).enumerated().compactMap { line($1, "\(path).lines[\($0)]")?.id }
        let instalments = (item["instalments"]?.items ?? []).compactMap { node -> GrantPlan.Instalment? in
            guard let rate = Reading.rate(node["share"]) else { return nil }
            return .init(
                rate: rate, afterDays: Int(Reading.integer(node["after_days"]) ?? 0),
                needsReport: Reading.boolean(node["report"]) ?? false)
        }
        whole(instalments.map(\.rate), item["instalments"], path + ".instalments")
        if instalments.first?.needsReport == true {
            problems.error(
                item["instalments"], path + ".instalments", zh: "第一期之前没有可审的使用报告",
                en: "there is no report before the first instalment")
        }
        guard let id = item["id"]?.text, let title = Reading.localText(item["title"]),
            let most = Reading.money(item["most"])
        else { return nil }
        var plan = GrantPlan(id: id, title: title, lines: lines, most: most, instalments: instalments)
        plan.levels = Reading.texts(item["levels"])
        plan.useWithinDays = Reading.integer(item["use_within_days"]).map { Int($0) }
        plan.keepMonths = Reading.integer(item["keep_months"]).map { Int($0) }
        return plan
    }

    func sharing(_ node: YAMLNode) -> SharingAgreement? {
        var lines: [FundsSettings.Line] = []
        let parties = (node["parties"]?.items ?? []).enumerated().compactMap { n, item -> SharingAgreement.Party? in
            guard let code = item["organization"]?.text, let line = line(item["line"], "sharing.parties[\(n)].line")
            else { return nil }
            lines.append(line)
            return .init(organization: code, line: line.id)
        }
        same(lines, node, "sharing")
        guard let rate = Reading.rate(node["share"]) else { return nil }
        return SharingAgreement(rate: rate, perVisit: Reading.money(node["per_visit"]), parties: parties)
    }
}
