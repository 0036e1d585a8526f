import NiangjiaCore

/// `plugins/<id>/plugin.yaml`, contract level 1.
enum ManifestShape {
    static let file = Shape.object(
        Key(
            "id", "插件编号", "Plugin id", .scalar(.identifier), required: true, doc: ("与文件夹同名", "Equals the folder's name")
        ),
        Key("version", "版本", "Version", .scalar(.version), required: true),
        Key("api", "契约级别", "Contract level", .scalar(.integer(1...1)), required: true, doc: ("现为 1", "1 for now")),
        Key("title", "名称", "Title", .localText, required: true),
        Key(
            "settings", "配置项", "Settings", .fields,
            doc: ("方案文件可设的项目及类型,如 {value: money}", "What a program may set, with types, like {value: money}")),
        Key(
            "roles", "角色", "Roles", .table(key: .name, value: .localText), doc: ("插件自设的角色", "Roles of the plugin's own")
        ),
        Key("records", "记录表", "Records", .table(key: .name, value: record)),
        Key("forms", "表单", "Forms", .table(key: .name, value: form), required: true),
        Key("actions", "动作", "Actions", .table(key: .name, value: action)),
        Key("reasons", "原因代码", "Reasons", .table(key: .reasonCode, value: .localText)),
        Key("messages", "通知文字", "Messages", .table(key: .name, value: .localText)),
        Key("metrics", "统计指标", "Metrics", .table(key: .name, value: metric)))

    static let roles = Shape.list(.scalar(.path), count: 1...20)
    static let fieldPaths = Shape.list(.scalar(.path), count: 1...20)

    static let record = Shape.object(
        Key("key", "键", "Key", fieldPaths, required: true, doc: ("合起来唯一的字段", "The fields that identify a row")),
        Key("fields", "字段", "Fields", .fields, required: true),
        Key("by", "登记人", "By", roles, doc: ("谁可以登记", "Who may write it")),
        Key("import", "可导入", "Import", .scalar(.boolean)),
        Key("once", "不可改", "Once", .scalar(.boolean), doc: ("登记后不再修改", "Written once, never changed")),
        Key("secret", "保密字段", "Secret", fieldPaths),
        Key("not_own", "回避本单位", "Not own", .scalar(.path)),
        gone: ["qr"])

    static let form = Shape.object(
        Key(
            "by", "谁可提出", "By", roles, required: true,
            doc: (
                "member、person、anyone、unit、clerk、keeper、scan、batch、action 或自设角色",
                "member, person, anyone, unit, clerk, keeper, scan, batch, action, or a role of the plugin"
            )),
        Key("population", "批量对象", "Population", population, doc: ("有 batch 时必填", "Required with batch")),
        Key("fields", "表单字段", "Fields", .fields),
        Key("subject", "对象", "Subject", .scalar(.path), doc: ("applicant、路径或 nobody", "applicant, a path, or nobody")),
        Key("together", "共同条件", "Together", together),
        Key(
            "dated_by", "日期依据", "Dated by", .configured(.path),
            doc: (
                "submitted_on、season_start、日期字段或 {setting: …}",
                "submitted_on, season_start, a date field or {setting: …}"
            )),
        Key(
            "judge_after", "评定时间", "Judge after",
            .scalar(.choice([Choice("season_end", "期满后", "after the season's end")]))),
        Key("facts", "所读事实", "Facts", facts),
        Key("unique", "唯一性", "Unique", .list(unique)),
        Key("places", "名额", "Places", places),
        Key("gives", "给付", "Gives", gives),
        Key("delivery", "领取", "Delivery", delivery),
        Key("keeps", "随决定保存", "Keeps", .fields),
        Key("stages", "阶段", "Stages", .table(key: .name, value: stage)),
        Key(
            "recheck", "复查", "Recheck",
            .object(
                Key("daily", "每日", "Daily", .scalar(.clock), required: true),
                Key("until", "截止", "Until", .scalar(.path)))),
        Key(
            "sensitive", "敏感类别", "Sensitive",
            .scalar(
                .choice([
                    Choice("health", "健康", "health"), Choice("child", "儿童", "child"),
                    Choice("economic", "经济", "economic"),
                    Choice("secret", "秘密", "secret"),
                ]))),
        Key(
            "sealed", "封存", "Sealed",
            .object(
                Key("unless", "除非", "Unless", .scalar(.path)),
                Key("but", "例外", "But", roles, required: true))))

    static let population = Shape.object(
        Key(
            "of", "范围", "Of", .scalar(.identifier), required: true,
            doc: (
                "persons、households、organizations、stations 或记录表",
                "persons, households, organizations, stations, or a record"
            )),
        Key("where", "条件", "Where", .table(key: .path, value: constants)))
    static let constants = Shape.either([.list(.scalar(.text(max: 100)), count: 1...200), .scalar(.text(max: 100))])

    static let together = Shape.object(
        Key(
            "at_least", "至少", "At least", .either([.scalar(.text(max: 20)), .settingReference]), required: true,
            doc: (
                "人数或比例,如 80%", "A number or a rate, like 80%"
            )),
        Key("of", "占", "Of", .scalar(.path)),
        Key("per", "每", "Per", .scalar(.path)))

    static let facts = Shape.object(
        Key("subject", "对象的事实", "Subject", .list(.scalar(.path))),
        Key("household", "家庭的事实", "Household", .list(.scalar(.path))),
        Key("maybe", "可缺", "Maybe", .list(.scalar(.path)), doc: ("缺时不退回", "Absent ones don't send the case back")),
        Key("look", "历史查看", "Look", .table(key: .name, value: look)))

    static let window = Shape.either([
        .scalar(.choice(windowWords)),
        .object(
            Key("days", "天", "Days", .scalar(.integer(1...3660))),
            Key("months", "月", "Months", .scalar(.integer(1...240)))),
    ])
    static let windowWords = [
        Choice("season", "本期", "the season"), Choice("day", "当天", "the day"),
        Choice("calendar_month", "当月", "the month"),
        Choice("quarter", "当季", "the quarter"), Choice("calendar_year", "当年", "the calendar year"),
        Choice("school_year", "学年(9 月 1 日起)", "the school year, from 1 September"), Choice("ever", "一直", "ever"),
    ]

    static let look = Shape.object(
        Key(
            "in", "查看", "In", .scalar(.name), required: true,
            doc: (
                "decisions、cases、visits 或记录表", "decisions, cases, visits, or a record"
            )),
        Key("of", "表单", "Of", .list(.scalar(.formName), count: 1...50)),
        Key(
            "programs", "方案范围", "Programs",
            .scalar(
                .choice([
                    Choice("this", "本系列", "this series"), Choice("all", "本插件全部", "every series of this plugin"),
                ]))),
        Key("per", "按", "Per", .scalar(.path)),
        Key(
            "where", "条件", "Where",
            .table(
                key: .path,
                value: .either([
                    .scalar(.path), .list(.scalar(.text(max: 100)), count: 1...200),
                ]))),
        Key("dated_by", "日期依据", "Dated by", .scalar(.path)),
        Key("within", "期间", "Within", window),
        Key(
            "state", "状态", "State",
            .scalar(
                .choice([
                    Choice("standing", "有效", "granted or limited and not reversed"),
                    Choice("waitlisted", "候补", "waitlisted"),
                    Choice("refused", "不符合条件", "refused"), Choice("lapsed", "失效", "lapsed"),
                    Choice("late", "逾期", "late"),
                    Choice("delivered", "已领", "delivered"),
                ]))),
        Key("distinct", "去重", "Distinct", .scalar(.path)))

    static let unique = Shape.object(
        Key("of", "表单", "Of", .list(.scalar(.formName), count: 1...50)),
        Key("per", "按", "Per", .scalar(.path), required: true),
        Key("with", "连同", "With", .scalar(.path)),
        Key(
            "nights", "每一夜", "Nights",
            .object(
                Key("from", "起", "From", .scalar(.path), required: true),
                Key("to", "止", "To", .scalar(.path), required: true)),
            doc: (
                "起止两个日期之间的每一夜只能有一件,不与 with 同写:有重叠就算重复",
                "Each night between two days may exist once, in the place of with: what overlaps is the same"
            )),
        Key("within", "期间", "Within", window),
        Key("dated_by", "日期依据", "Dated by", .scalar(.path)),
        Key("reason", "原因", "Reason", .scalar(.reasonCode), required: true),
        Key("flag", "标记", "Flag", .scalar(.boolean)))

    static let places = Shape.object(
        Key("per", "按", "Per", .scalar(.path)),
        Key(
            "count", "数量", "Count", .configured(.text(max: 96)),
            doc: ("数、路径或 {setting: …}", "A number, a path, or {setting: …}")),
        Key("take", "占用", "Take", .scalar(.path)),
        Key("waitlist", "候补", "Waitlist", .scalar(.rate(0...100_000))),
        Key("order", "次序", "Order", order),
        Key(
            "from", "何时定", "From",
            .scalar(
                .choice([
                    Choice("submit", "提交时", "at submission"), Choice("apply_end", "截止时", "when applications end"),
                    Choice("season_end", "期满时", "at the season's end"),
                ]))),
        Key("closes", "关闭", "Closes", .scalar(.path)))
    static let order = Shape.list(
        .scalar(
            .choice([
                Choice("rank", "规则给出的次序", "the script's rank"), Choice("submitted", "提交先后", "time of submission"),
                Choice("drawn", "抽签", "a draw"),
            ])), count: 1...3)

    /// One for all, or one for each part.
    static func byPart(_ scalar: Scalar) -> Shape {
        .either([.scalar(scalar), .table(key: .name, value: .scalar(scalar))])
    }
    static let gives = Shape.object(
        Key(
            "kind", "种类", "Kind",
            byPart(
                .choice([
                    Choice("money", "钱", "money"), Choice("goods", "实物", "goods"), Choice("fee", "收费", "a fee"),
                    Choice("nothing", "无", "nothing"),
                ])), required: true),
        Key("to", "给谁", "To", byPart(.path)),
        Key("from", "谁付", "From", .scalar(.path)),
        Key("when", "何时", "When", byPart(.path)),
        gone: ["batch"])

    static let delivery = Shape.object(
        Key("by", "发放人(只有这些角色能发)", "By whom: only these roles do", roles, required: true),
        Key("code", "凭领取码", "Against a code", .scalar(.boolean)),
        Key("until", "截止", "Until", .scalar(.path)),
        Key("within_days", "期限(天)", "Within days", .configured(.integer(1...3660))))

    static let stage = Shape.object(
        Key("next", "下一阶段", "Next", .list(.scalar(.name))),
        Key("by", "办理人", "By", roles),
        Key("all", "全部办理", "All", .scalar(.path)),
        Key("fields", "字段", "Fields", .fields),
        Key(
            "within", "时限", "Within",
            .either([
                .scalar(.duration),
                .object(
                    Key("setting", "配置项", "Setting", .scalar(.name), required: true),
                    Key("by", "按", "By", .scalar(.path))),
            ])),
        Key("until", "截止", "Until", .scalar(.path)),
        Key("late", "逾期通知", "Late", roles),
        Key("then", "逾期转到", "Then", .scalar(.name)),
        Key("frees", "退回名额", "Frees", .scalar(.boolean)),
        Key("end", "终点", "End", .scalar(.boolean)))

    static let action = Shape.object(
        Key("by", "谁可办", "By", roles),
        Key(
            "facts", "所读的会员事实", "Facts", .list(.scalar(.path)),
            doc: ("member.get、member.find 给出的事实", "What member.get and member.find show")),
        Key("input", "输入", "Input", .fields),
        Key("answers", "答复", "Answers", .fields),
        Key("unique", "唯一性", "Unique", .list(unique)),
        Key("confirm_by", "复核人", "Confirmed by", roles),
        Key("daily", "每日", "Daily", .scalar(.clock)))

    static let metric = Shape.object(
        Key("of", "来源", "Of", .scalar(.path), required: true),
        Key(
            "at", "时点", "At", .scalar(.name),
            doc: (
                "数什么:submitted(提交的申请)、approved(核准的)、delivered(已交付的)、paid(已付的),或阶段",
                "What is counted: submitted (applications), approved (grants), delivered, paid, or a stage"
            )),
        Key(
            "count", "计数", "Count",
            .scalar(
                .choice([
                    Choice("cases", "件", "cases"), Choice("persons", "人", "persons"),
                    Choice("households", "户", "households"),
                ]))),
        Key(
            "sum", "求和", "Sum", .scalar(.path),
            doc: (
                "money 或 integer 栏目、stages.阶段.栏目、keeps.名称,或 decision.amount",
                "A money or integer field, stages.<stage>.<field>, keeps.<name>, or decision.amount"
            )),
        Key("by", "分组", "By", fieldPaths),
        Key("target", "目标", "Target", .scalar(.path)),
        Key(
            "tells", "年报指标", "Tells", .scalar(.text(max: 30)),
            doc: ("就是年报的哪一项,如 M37.agreed", "Which figure of the year report it is, like M37.agreed")))
}
