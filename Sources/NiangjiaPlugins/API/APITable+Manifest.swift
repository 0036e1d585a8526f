extension APITable {
    static let manifest: [APIEntry] = [
        .init("id", .manifest, "string", zh: "插件编号,与文件夹同名。", en: "The plugin's id, equal to its folder."),
        .init("version", .manifest, "string", zh: "插件版本,如 1.0.0。", en: "The plugin's version, such as 1.0.0."),
        .init("api", .manifest, "integer", zh: "契约级别,现为 1。", en: "The level of the contract, now 1."),
        .init("title", .manifest, "text", zh: "名称(zh-CN、en)。", en: "The title (zh-CN, en)."),
        .init("settings", .manifest, "fields", zh: "方案文件可以设置的项目及类型。", en: "What a program's file sets, and the types."),
        .init("roles", .manifest, "table", zh: "插件自设的角色。", en: "Roles of the plugin's own."),
        .init(
            "records", .manifest, "table", zh: "插件自有的登记表:key、fields、by、import、once、secret、not_own。",
            en: "Typed tables that the plugin owns: key, fields, by, import, once, secret, not_own."),
        .init(
            "forms.<form>.by", .manifest, "roles",
            zh: "谁可以提出:member、person、anyone、unit、clerk、keeper、scan、batch、action 或自设角色。",
            en:
                "Who may ask: member, person, anyone, unit, clerk, keeper, scan, batch, action, or a role of the plugin."
        ),
        .init(
            "forms.<form>.population", .manifest, "object", zh: "批量核定的范围:of 和 where;by 有 batch 时必填。",
            en: "Over whom a batch goes: of and where; required with batch."),
        .init(
            "forms.<form>.fields", .manifest, "fields", zh: "表单字段;没有 optional: true 的都必填。",
            en: "The form's fields; required unless optional: true."),
        .init(
            "forms.<form>.subject", .manifest, "path", zh: "裁定的对象:applicant、引用字段的路径(经过数组时每项一份裁定)或 nobody。",
            en:
                "Whom a decision is about: applicant, a path to a reference (through an array: one decision for each element), or nobody."
        ),
        .init(
            "forms.<form>.together", .manifest, "object", zh: "至少多少项通过,否则全部不通过:at_least、of、per。",
            en: "How many lines must pass, else none does: at_least, of, per."),
        .init(
            "forms.<form>.dated_by", .manifest, "path", zh: "按哪个日期归期和取设置:submitted_on、season_start、日期字段或 {setting: …}。",
            en: "The date that finds season and settings: submitted_on, season_start, a date field or {setting: …}."),
        .init(
            "forms.<form>.judge_after", .manifest, "season_end", zh: "期满后才裁定。",
            en: "Judged only after the season's end."),
        .init(
            "forms.<form>.facts.subject", .manifest, "names", zh: "所读的对象事实。", en: "Facts of the subject that are read."),
        .init(
            "forms.<form>.facts.household", .manifest, "names", zh: "所读的家庭事实。",
            en: "Facts of the household that are read."),
        .init(
            "forms.<form>.facts.maybe", .manifest, "names", zh: "可以缺的事实(全名);其余缺了就退回补正。",
            en: "Facts (full names) that may be absent; any other absent one sends the case back."),
        .init(
            "forms.<form>.facts.look", .manifest, "table",
            zh: "历史查看:in、of、programs、per、where、dated_by、within、state、distinct。",
            en: "Views of the past: in, of, programs, per, where, dated_by, within, state, distinct."),
        .init(
            "forms.<form>.unique", .manifest, "list",
            zh:
                "只能有一件:of、per、with 或 nights、within、dated_by、reason、flag;从提交起占住。within 写 {days: n}、{months: n} 的,按日期(dated_by)前后都不得近于此。路径经过列表时每项一件;nights: {from, to} 每一夜一件,时间重叠就算重复。",
            en:
                "What may exist once, held from submission: of, per, with or nights, within, dated_by, reason, flag. A path through a "
                + "list holds each of its elements, nights: {from, to} each night, so that times that overlap are the same."
        ),
        .init(
            "forms.<form>.places", .manifest, "object",
            zh: "名额,由主机计数,在审核之前给:per、count、take、waitlist、order、from、closes。",
            en:
                "Places, counted by the host and given before the review: per, count, take, waitlist, order, from, closes."
        ),
        .init(
            "forms.<form>.gives", .manifest, "object", zh: "给什么、给谁、何时给:kind、to、from、when。",
            en: "What is given, to whom and when: kind, to, from, when."),
        .init(
            "forms.<form>.delivery", .manifest, "object", zh: "实物发放:by(只有这些角色能发)、code(凭码领取)、until、within_days。",
            en: "How goods are handed over: by (only these roles do), code (against a code), until, within_days."),
        .init(
            "forms.<form>.keeps", .manifest, "fields", zh: "随决定保存、供 look 读取的值。",
            en: "Values stored with the decision, for looks to read."),
        .init(
            "forms.<form>.stages", .manifest, "table", zh: "阶段:next、by、all、fields、within、until、late、then、frees、end。",
            en: "Stages: next, by, all, fields, within, until, late, then, frees, end."),
        .init(
            "forms.<form>.recheck", .manifest, "object", zh: "每日复查:daily、until(不写则到期满)。",
            en: "A daily second look: daily, until (the season's end where it isn't said)."),
        .init(
            "forms.<form>.sensitive", .manifest, "health | child | economic | secret", zh: "敏感类别。",
            en: "Which special care the data need."),
        .init(
            "forms.<form>.sealed", .manifest, "object", zh: "对象保密:unless、but;启封留痕。",
            en: "The subject is hidden: unless, but; unsealing is logged."),
        .init(
            "actions.<action>.by", .manifest, "roles", zh: "谁可以办;只有 daily 的动作不写。",
            en: "Who may ask for it; an action that is only daily has none."),
        .init(
            "actions.<action>.facts", .manifest, "names", zh: "member.get 和 member.find 给出的会员事实。",
            en: "The facts that member.get and member.find show."),
        .init(
            "actions.<action>.input", .manifest, "fields", zh: "输入;引用读作带 ref 的表,文件和自由文本只能照抄。",
            en: "What it is given; references read as tables with ref, files and free text can only be copied."),
        .init(
            "actions.<action>.answers", .manifest, "fields", zh: "答复;没有声明的、保密的都不能答。",
            en: "What it may answer; nothing that isn't declared, nothing secret."),
        .init(
            "actions.<action>.unique", .manifest, "list", zh: "只能办一次:per(输入的路径或 actor)、with、within、dated_by、reason。",
            en: "What may be done once: per (a path of the input, or actor), with, within, dated_by, reason."),
        .init(
            "actions.<action>.confirm_by", .manifest, "roles", zh: "由另一人复核后才生效。",
            en: "A second person of these roles must agree before anything is done."),
        .init(
            "actions.<action>.daily", .manifest, "clock", zh: "主机每天此时执行;只能通知、转阶段、取消。",
            en: "Run by the host every day at this time; it may only notify, move and revoke."),
        .init(
            "reasons", .manifest, "table", zh: "原因代码及文字;占位符只能是整数、日期、金额,如 {days:integer}。",
            en: "Reason codes and their words; placeholders such as {days:integer} are integers, dates and money."),
        .init("messages", .manifest, "table", zh: "通知文字。", en: "Messages."),
        .init(
            "metrics", .manifest, "table",
            zh:
                "年报指标:of(表单或记录表)、at(submitted、approved、delivered、paid 或阶段)、count(cases、persons、households)或 sum、by、target、tells。",
            en:
                "Figures for the year report: of (a form or record table), at (submitted, approved, delivered, paid or a stage), count (cases, persons, households) or sum, by, target, tells."
        ),
    ]

    static let types: [APIEntry] = [
        .init("string", .type, "string", zh: "代码或短词,规则可以比较。", en: "A code or a short word that rules may compare."),
        .init("text", .type, "opaque", zh: "自由文本,规则只知有无。", en: "Free text; a rule sees only whether it is there."),
        .init("integer", .type, "integer", zh: "整数。", en: "An integer."),
        .init("boolean", .type, "boolean", zh: "是或否。", en: "True or false."),
        .init(
            "money", .type, "integer", zh: "金额,写 50、50.00、50元,规则中为分。",
            en: "Money, written 50, 50.00 or 50元; fen in rules."),
        .init("rate", .type, "integer", zh: "比例,写 30%,规则中为万分之一。", en: "A rate, written 30%; basis points in rules."),
        .init("date", .type, "string", zh: "日期 YYYY-MM-DD。", en: "A date, YYYY-MM-DD."),
        .init("instant", .type, "string", zh: "时刻,以 +08:00 结尾。", en: "An instant, ending in +08:00."),
        .init("duration", .type, "string", zh: "时长:24h、3d、3wd(工作日)。", en: "A duration: 24h, 3d, 3wd (working days)."),
        .init("point", .type, "table", zh: "WGS-84 坐标。", en: "A WGS-84 point."),
        .init("area", .type, "string", zh: "地区代码。", en: "An area's code."),
        .init(
            "file", .type, "opaque", zh: "证明材料,规则只知有无。", en: "An evidence file; a rule sees only whether it is there."),
        .init(
            "person", .type, "table", zh: "人员的引用;child、member 同。",
            en: "A reference to a person; child and member likewise."),
        .init("organization", .type, "table", zh: "单位的引用。", en: "A reference to an organisation."),
        .init("household", .type, "table", zh: "家庭的引用。", en: "A reference to a household."),
        .init("station", .type, "table", zh: "站点的引用。", en: "A reference to a station."),
        .init("<type> | null", .type, zh: "也可以为空。", en: "May also be null."),
        .init("{type: array, items: …}", .type, "any[]", zh: "列表。", en: "A list."),
        .init("{field: type, …}", .type, "table", zh: "一组字段。", en: "A table of fields."),
        .init("{type: string, enum: […]}", .type, "string", zh: "几个词之一。", en: "One of some words."),
    ]
}
