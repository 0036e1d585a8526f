extension APITable {
    private static func entry(
        _ name: String, _ parameters: [String], _ returns: String, zh: String, en: String
    ) -> APIEntry {
        APIEntry(function: name, .action, parameters, returns, in: [.action], zh: zh, en: en)
    }

    /// What an action may ask (on one snapshot, 64 times at most) and propose (done afterwards, all of it or nothing).
    static let actions: [APIEntry] = [
        entry(
            "answer", ["answers: table"], "decision", zh: "动作的答复;字段须在 answers 中声明,保密字段不能答。",
            en: "What the action answers: fields declared under answers, nothing secret."),
        entry(
            "fail", ["code: string", "params?: table"], "decision", zh: "办不成,说明原因;已提出的全部作废。",
            en: "It can't be done, with the reason; nothing that was proposed is done."),
        entry(
            "record.get", ["kind: string", "key: any"], "table?",
            zh: "登记表的一行;键写值、列表或按名。没有为 nil。字段的 read 不含您的,读不到。",
            en: "A row by its key (the value, a list, or by name), or nil; fields that you may not read aren't there."),
        entry(
            "record.list", ["kind: string", "where?: table", "options?: table"], "table[]",
            zh: "登记表的各行,按键排序;options:order(字段名,前加 - 为降序)、limit(最多 500)。",
            en:
                "Rows in the order of their keys; options: order (a field, - before it for descending), limit (500 at most)."
        ),
        entry(
            "record.put", ["kind: string", "fields: table"], "nil",
            zh: "提出登记或更改一行;受 records 的 by、once、not_own 约束。",
            en: "Proposes to write a row; by, once and not_own of the record hold."),
        entry(
            "record.remove", ["kind: string", "key: any"], "nil", zh: "提出删除一行。", en: "Proposes to remove a row."),
        entry(
            "case.get", ["ref: any"], "table", zh: "本插件的一份申请:ref、form、state、stage、字段、stages.<阶段>。",
            en: "A case of this plugin: ref, form, state, stage, its fields, stages.<stage>."),
        entry(
            "case.list", ["form: string", "where?: table", "options?: table"], "table[]",
            zh: "本项目中您能看到的申请;where 可写 state、stage 和字段。",
            en: "The program's cases that you may see; where takes state, stage and fields."),
        entry(
            "case.open", ["form: string", "fields: table", "options?: table"], "nil",
            zh: "提出一份申请(表单的 by 须有 action);options:subject、unit。照常裁定、审核。",
            en:
                "Proposes a case of a form whose by has action; options: subject, unit. It is judged and reviewed as any."
        ),
        entry(
            "case.move", ["ref: any", "stage: string", "fields?: table"], "nil",
            zh: "提出转到另一阶段;须是该阶段 by 中的人。", en: "Proposes to bring a case to a stage; the stage's by holds."),
        entry(
            "case.revoke", ["ref: any", "code: string", "params?: table"], "nil",
            zh: "提出取消已核准的:预留释放,已付的追回。",
            en: "Proposes that what was granted falls: held money is released, paid money claimed back."),
        entry(
            "member.get", ["ref: any"], "table", zh: "会员的事实(facts 声明的),限您负责的范围;读取留痕。",
            en: "A member's facts (those declared under facts) in your part of the city; the reading is logged."),
        entry(
            "member.find", ["where: table"], "table[]", zh: "按事实查找会员,限您负责的范围,最多 200 人。",
            en: "Members by their facts, in your part of the city, 200 at most."),
        entry(
            "member.memberships", ["ref: any"], "table[]", zh: "会员的会籍:organization、code、status、is_primary、joined_on。",
            en: "A member's memberships: organization, code, status, is_primary, joined_on."),
        entry(
            "station.get", ["code: string"], "table", zh: "一个站点:code、name、kind、status、point、facilities。",
            en: "A station: code, name, kind, status, point, facilities."),
        entry(
            "station.near", ["point: point", "options?: table"], "table[]",
            zh: "附近的开放站点,由近及远;options:within_m、facility、limit。",
            en: "Open stations nearby, the nearest first; options: within_m, facility, limit."),
        entry(
            "station.is_open", ["code: string", "instant: string"], "boolean", zh: "某一时刻是否开放。",
            en: "Whether it is open at an instant."),
        entry(
            "station.visits", ["code: string", "where?: table"], "integer", zh: "到访人次;where:from、to、kind。",
            en: "How many came; where: from, to, kind."),
        entry(
            "fund.available", [], "integer", zh: "本项目各项资金的可用余额(分)。", en: "What the program's lines still have (fen)."),
        entry("fund.spent", [], "integer", zh: "本项目各项资金已支付的(分)。", en: "What was paid from the program's lines (fen)."),
        entry(
            "fund.line", ["id: string"], "table", zh: "本项目的一项资金:available、spent(分)。",
            en: "One of the program's lines: available, spent (fen)."),
        entry(
            "notify.send", ["to: any", "message: string", "params?: table"], "nil",
            zh: "提出通知:收件人须是所读申请的当事人(人、单位,或 applicant、subject、unit、自设角色),文字在 messages 中,参数只有整数、日期、金额、比例。",
            en:
                "Proposes a notice: to a party of a case that was read (a reference, or applicant, subject, unit, a role), in words of messages, with integers, dates, money and rates only."
        ),
    ]
}
