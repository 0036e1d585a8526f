import NiangjiaCore

/// `config/programs/<program>.yaml`.
enum ProgramShape {
    static let file = Shape.object(
        ObjectShape(
            keys: identity + [season(required: true)] + rules + [
                Key(
                    "forms", "各表单", "Forms", .table(key: .identifier, value: form),
                    doc: (
                        "某个表单可改写上面的键", "A form may override the keys above"
                    ))
            ]))

    static let form = Shape.object(ObjectShape(keys: [season(required: false)] + rules))

    static let statuses = [
        Choice("open", "开放", "open"), Choice("closed_to_new", "停止受理,在办继续", "no new cases; open ones go on"),
        Choice("suspended", "暂停", "suspended"), Choice("ended", "结束", "ended"),
    ]

    static let identity = [
        Key(
            "program", "方案编号", "Program", .scalar(.identifier), required: true,
            doc: (
                "全市唯一,与文件名相同", "Unique; equals the file's name"
            )),
        Key(
            "plugin", "插件", "Plugin", .scalar(.identifier), required: true,
            doc: (
                "plugins/ 下的文件夹名", "A folder's name under plugins/"
            )),
        Key(
            "policy", "文号", "Policy paper", .scalar(.text(max: 200)), required: true,
            doc: (
                "批准本方案的文件号", "The number of the paper that allows it"
            )),
        Key("status", "状态", "Status", .scalar(.choice(statuses)), required: true),
        Key(
            "organization", "主办工会", "Organisation", .scalar(.unionCode), required: true,
            doc: (
                "工会代码;只定谁主办、无所属工会的由谁审核,不限制谁可申请",
                "The union's code: who runs it, and reviews where the applicant has no union; it restricts nobody"
            )),
        Key(
            "series", "系列", "Series", .scalar(.identifier), required: true,
            doc: (
                "次数和上限按系列累计,不按单个文件", "Caps and intervals count over a series, never over one file"
            )),
    ]

    static func season(required: Bool) -> Key {
        Key(
            "season", "实施期", "Season", range(.date), required: required,
            doc: (
                "首尾两天都算在内", "When it happens; both days included"
            ))
    }

    static func range(_ scalar: Scalar) -> Shape {
        .object(
            Key("from", "起", "From", .scalar(scalar), required: true),
            Key("to", "止", "To", .scalar(scalar), required: true))
    }

    static let level = Scalar.identifier

    static let rules = [
        Key(
            "apply", "受理期", "Apply", range(.moment),
            doc: (
                "何时可以申请;日期含首尾,也可写到分钟;默认同实施期", "When one may ask; dates include both ends; default: the season"
            )),
        Key(
            "funding", "资金来源", "Funding",
            .list(
                .object(
                    Key(
                        "line", "资金科目", "Line", .scalar(.identifier), required: true,
                        doc: (
                            "config/funds.yaml 中的编号", "An id of config/funds.yaml"
                        )),
                    Key("share", "分摊比例", "Share", .scalar(.share))), count: 1...20),
            doc: (
                "依次使用,或按 share 分摊", "Used in this order, or by share"
            )),
        Key(
            "supplier", "供应商", "Supplier", .scalar(.unionCode),
            doc: (
                "物资由哪家供应(组织登记册中的代码):交付后应付,凭发票结算;不写即出自库存",
                "Who supplies goods, by its code in the register: owed when delivered, settled by invoice; default: from stock"
            )),
        Key(
            "short", "资金不足时", "When short",
            .scalar(
                .choice([
                    Choice("partial", "部分给付", "grant what is left"), Choice("waitlist", "候补", "waitlist"),
                    Choice("refuse", "不予给付", "refuse"), Choice("queue", "排队", "queue"),
                    Choice("prorate", "按比例", "prorate"),
                ]))),
        Key(
            "order", "优先次序", "Order", ManifestShape.order,
            doc: (
                "名额或资金不足时的次序,最后须是 submitted 或 drawn;批量核定的 drawn 须写 draw.source",
                "Who comes first under shortage; ends with submitted or drawn; drawn, for batches, asks for draw.source"
            )),
        Key(
            "ceiling", "批准上限", "Ceiling",
            .object(
                Key(
                    "persons", "人次", "Grants", .scalar(.count(10_000_000)),
                    doc: ("最多多少人次,领两次算两次", "The most grants; who is served twice counts twice")),
                Key("amount", "金额", "Amount", .scalar(.amount))),
            doc: (
                "核定在效的最多多少;写在表单下的,只管该表单,并代替项目的",
                "What standing decisions come to at most; a form's own bounds that form, instead of the program's"
            )),
        Key(
            "draw", "抽签依据", "Draw",
            .object(
                Key(
                    "source", "公开数值", "Public value", .scalar(.text(max: 300)), required: true,
                    doc: (
                        "报名截止后才公布、本单位无法左右的数值,如某期福利彩票号码",
                        "A value that is published after entries have closed and that nobody here can steer"
                    ))),
            doc: (
                "抽签(drawn)时必填:名额的在报名截止前写明,批量的在核定前写明",
                "Required where anything is drawn: named before entries close, or before the batch is decided"
            )),
        Key(
            "pay", "给付", "Pay",
            .object(
                Key(
                    "each_max", "每笔上限", "At most each", .scalar(.amount),
                    doc: (
                        "单笔不得超过;涉及给付时必填", "No payment is larger; required where money moves"
                    )),
                Key(
                    "from", "起付日", "From", .scalar(.date),
                    doc: ("在这一天之前不制单", "Nothing is put into a batch before this day")),
                Key(
                    "correct_until", "可更正至", "Correct until", .scalar(.date),
                    doc: (
                        "收款账号有误的,更正并由本人确认到这一天为止", "The last day on which a wrong account is put right and confirmed"
                    )))),
        Key(
            "review", "审核层级", "Review",
            .list(
                .either([
                    .scalar(level),
                    .object(
                        Key("over", "超过金额", "Over", .scalar(.amount), required: true),
                        Key("add", "增加层级", "Add", .scalar(level), required: true)),
                ]), count: 0...8),
            doc: (
                "如 [basic, county, {over: 20000, add: province}]", "Like [basic, county, {over: 20000, add: province}]"
            )),
        Key(
            "public_notice", "公示", "Public notice",
            .object(
                Key("working_days", "工作日", "Working days", .scalar(.integer(0...60)), required: true))),
        Key(
            "automatic", "免申即享", "Automatic",
            .object(
                Key("daily", "每天", "Daily", .scalar(.clock), required: true)),
            doc: (
                "每天到时,给范围内符合条件而从未申请的人自动核定;表单须可批量核定",
                "Once a day, decides for everybody in the population who qualifies and never applied; for forms by batch"
            )),
        Key(
            "waive", "可豁免", "Waive", .table(key: .reasonCode, value: .scalar(level)),
            doc: (
                "原因代码: 可豁免的层级", "Reason code: the level that may waive it"
            )),
        Key(
            "settings", "参数", "Settings", .table(key: .name, value: .free),
            doc: (
                "插件 settings 中的配置项", "What the plugin's settings ask for"
            )),
        Key(
            "by_organization", "各工会参数", "By organisation",
            .table(key: .unionCode, value: .table(key: .name, value: .free)),
            doc: (
                "工会代码: 该工会及下属的参数", "Union code: settings of this union and those below"
            )),
        Key(
            "changes", "参数调整", "Changes",
            .list(
                .object(
                    Key("from", "起", "From", .scalar(.date), required: true),
                    Key("settings", "参数", "Settings", .table(key: .name, value: .free), required: true)), count: 1...100
            )),
    ]
}
