extension APITable {
    static let decisions: [APIEntry] = [
        .init(
            function: "grant", .decision, ["amount?: integer", "options?: decision_options"], "decision", in: [.assess],
            zh: "核准。金额以分计,不写就是只给名额。选项:units(份数,钱不够时整份地减)、parts(各部分,之和等于金额)、keeps(随决定保存)、rank(次序,小的在前)。",
            en:
                "Granted. The amount is in fen; without one a place is given. Options: units (a shortage cuts whole units), parts "
                + "(which sum to the amount), keeps (stored with the decision), rank (smaller comes first)."),
        .init(
            function: "limit", .decision,
            ["amount: integer", "code: string", "params?: table", "options?: decision_options"],
            "decision", in: [.assess], zh: "核减:给,但少于按标准应给的,并说明原因。",
            en: "Granted, but less than the rule would give without its caps, with the reason."),
        .init(
            function: "refuse", .decision, ["code: string", "params?: table"], "decision", in: [.assess],
            zh: "不符合条件。原因代码须在 reasons 中声明,参数只能是整数和日期。",
            en: "Not eligible. The code is declared under reasons; params are integers and dates only."),
        .init(
            function: "incomplete", .decision, ["code: string", "params?: table"], "decision", in: [.assess],
            zh: "退回补正:材料不全或填写有误,改正后再提交。", en: "Sent back: something is missing or wrong and can be put right."),
        .init(
            function: "review", .decision, ["code: string", "params?: table"], "decision", in: [.assess],
            zh: "转人工:规则不能决定,由人决定。", en: "For a person: the rule can't decide this."),
        .init(
            function: "revoke", .decision, ["code: string", "params?: table", "options?: revoke_options"], "decision",
            in: [.recheck], zh: "取消已核准的。选项 keep:保留多少(分)。",
            en: "What was granted falls. The option keep says how much stays (fen)."),
        .init(
            function: "decision:at_most", .decision, ["cap: integer", "code: string", "params?: table"], "decision",
            in: [.assess], zh: "封顶:超过上限时改为核减;上限不大于零时改为不符合条件。可以连写。",
            en: "A cap: above it the decision becomes limited; a cap of nothing refuses. Can be chained."),
    ]

    static let helpers: [APIEntry] = [
        .init(
            function: "money", .helper, ["text: string"], "integer", zh: "把人写的金额读成分:money \"50.00\" 是 5000。",
            en: "Reads an amount as people write it into fen: money \"50.00\" is 5000."),
        .init(
            function: "money.rate", .helper, ["fen: integer", "rate: integer"], "integer",
            zh: "按比例(万分之一)计算,四舍五入一次。", en: "A rate (basis points) of an amount, rounded half up once."),
        .init(
            function: "money.tiers", .helper, ["fen: integer", "rows: table[]"], "integer",
            zh: "分段计算:每行 {up_to, rate} 管自己的一段,up_to 须逐行递增,最后一行可以没有上限;零以下为零;只在最后舍入一次。",
            en:
                "Tiers: each row {up_to, rate} takes its own width, up_to rises from row to row, the last may be open; nothing below zero; rounded once."
        ),
        .init(
            function: "money.split", .helper, ["fen: integer", "rows: any[]"], "integer[]",
            zh: "按比例分摊:各份向下取整,余下的归第一份。",
            en: "Shares in proportion to integers or to rows' rate: each floored, the rest to the first."),
        .init(
            function: "date.days", .helper, ["from: string", "to: string"], "integer", zh: "从一天到另一天的天数。",
            en: "Days from one date to another."),
        .init(
            function: "date.add", .helper, ["date: string", "days: integer"], "string", zh: "若干天之后(之前)的日期。",
            en: "The date some days later, or earlier."),
        .init(
            function: "date.add_months", .helper, ["date: string", "months: integer"], "string",
            zh: "若干月之后的同一日;该月没有这一日时为月末。", en: "The same day of another month, or that month's last day."),
        .init(
            function: "date.years", .helper, ["from: string", "to: string"], "integer", zh: "满多少年:周岁。",
            en: "Full years from one date to another: an age."),
        .init(
            function: "calendar.is_workday", .helper, ["date: string"], "boolean", zh: "是否工作日(国务院办公厅放假安排)。",
            en: "Whether a date is a working day of the State Council's calendar."),
        .init(
            function: "calendar.add_workdays", .helper, ["date: string", "days: integer"], "string",
            zh: "之后(之前)第几个工作日;当天不算。", en: "The n-th working day after a date, or before; the date itself doesn't count."
        ),
        .init(
            function: "geo.metres", .helper, ["a: point", "b: point"], "integer", zh: "两点之间的米数。",
            en: "Metres between two points."),
        .init(
            function: "area.within", .helper, ["point: point", "area: point[]"], "boolean", zh: "点是否在区域之内(含边界)。",
            en: "Whether a point lies in an area, its border included."),
        .init(
            function: "list.has", .helper, ["list: any[]", "value: any"], "boolean", zh: "列表中是否有这个值。",
            en: "Whether a value is in a list."),
        .init(
            function: "list.rank", .helper, ["list: any[]", "value: any"], "integer?", zh: "值在列表中的位置;没有为 nil。",
            en: "The place of a value in a list, or nil."),
        .init(
            function: "list.step", .helper, ["rows: table[]", "value: any"], "table?",
            zh: "值落在哪一行:按 from(不大于值的最后一行)或 up_to(不小于值的第一行)。",
            en: "The row that a value falls into, by rising from or up_to; nil when there is none."),
        .init(
            function: "list.total", .helper, ["list: any[]", "field?: string"], "integer", zh: "整数之和,或各行某一项之和。",
            en: "The sum of integers, or of a field of rows."),
        .init(
            function: "list.pluck", .helper, ["rows: table[]", "field: string"], "any[]", zh: "各行的某一项组成的列表。",
            en: "A list of one field of the rows; rows without it are left out."),
        .init(
            function: "list.pick", .helper, ["rows: table[]", "field: string", "value: any"], "table?",
            zh: "某一项等于此值的第一行;没有为 nil。", en: "The first row whose field is the value, or nil."),
        .init(
            function: "list.sample", .helper, ["list: any[]", "n: integer", "seed: string"], "any[]",
            zh: "按种子抽取若干项;种子由主机抽签得出,同一种子抽出同样的结果。",
            en: "Draws n elements by a seed that the host made; the same seed draws the same."),
    ]

    static let language: [APIEntry] =
        [
            .init(
                "program", .language, "table", zh: "在它上面定义 assess、recheck、action 的函数。",
                en: "Carries the functions under assess, recheck and action."),
            .init(
                "program.assess", .language, "table",
                zh: "每张表单一个函数:function program.assess.<表单>(facts, settings, context)",
                en: "One function for each form: function program.assess.<form>(facts, settings, context)"),
            .init(
                "program.recheck", .language, "table", zh: "有 recheck 的表单的复查函数,返回 nil 或 revoke(…)。",
                en: "Functions of forms with a recheck; they return nil or revoke(…)."),
            .init("program.action", .language, "table", zh: "每个动作一个函数。", en: "One function for each action."),
            .init(
                function: "ipairs", .language, ["list: any[]"], "iterator", zh: "按次序遍历列表。",
                en: "Walks through a list in order."),
            .init(
                function: "pairs", .language, ["table: table"], "iterator", zh: "按键的次序遍历表。",
                en: "Walks through a table in the order of its keys."),
            .init(function: "select", .language, ["n: any", "...: any"], "any", zh: "同 Lua。", en: "As in Lua."),
            .init(function: "type", .language, ["value: any"], "string", zh: "同 Lua。", en: "As in Lua."),
            .init(
                function: "tostring", .language, ["value: any"], "string", zh: "文本;表和函数没有地址。",
                en: "Text; tables and functions show no address."),
            .init(
                function: "tonumber", .language, ["text: any", "base?: integer"], "integer?", zh: "只读整数。",
                en: "Reads integers only."),
            .init(
                function: "error", .language, ["message: string", "level?: integer"], "never", zh: "使这次裁定失败(不是不符合条件)。",
                en: "Makes the call fail, which is never a refusal."),
            .init(
                function: "assert", .language, ["value: any", "message?: string"], "any", zh: "不成立时使这次裁定失败。",
                en: "Makes the call fail when the value is false."),
        ] + library("math", ["abs", "max", "min", "tointeger", "type", "ult", "maxinteger", "mininteger"])
        + library("table", ["insert", "remove", "concat", "unpack", "sort"])
        + library(
            "string",
            ["len", "sub", "byte", "char", "lower", "upper", "find", "match", "reverse", "gsub", "gmatch", "format"])

    private static func library(_ name: String, _ members: [String]) -> [APIEntry] {
        members.map { member in
            let (zh, en) =
                switch (name, member) {
                case ("math", "maxinteger"), ("math", "mininteger"): ("整数的边界。", "The bound of integers.")
                case ("math", _): ("同 Lua,只限整数。", "As in Lua, integers only.")
                case ("table", "sort"): ("稳定排序。", "Sorts stably.")
                case ("table", _): ("同 Lua,只改本次调用自己建的表。", "As in Lua; writes only tables that the call made.")
                case ("string", "format"): ("同 Lua,没有 %p 和小数。", "As in Lua, without %p and fractions.")
                default: ("同 Lua,工作量有上限。", "As in Lua, bounded.")
                }
            if member.hasSuffix("integer"), member != "tointeger" {
                return APIEntry("\(name).\(member)", .language, "integer", zh: zh, en: en)
            }
            return APIEntry(function: "\(name).\(member)", .language, ["...: any"], "any", zh: zh, en: en)
        }
    }
}
