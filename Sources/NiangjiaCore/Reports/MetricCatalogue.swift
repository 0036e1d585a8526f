/// Every metric of the year report. What there are no data for is listed as a gap that names what would supply it, never as 0.
public enum MetricCatalogue {
    /// M01 … M54, in order.
    public static let all: [Metric] = organisations + relief + work

    /// Why what is entered from outside isn't counted by the host itself, by metric: the store has no such fact.
    public static let outside: [String: LocalText] = {
        func told(_ zh: String, _ en: String) -> LocalText { LocalText(zh: zh, en: en) }
        let noRegister = told(
            "库中没有这类台账;有登记表的插件可以代为统计(清单 metrics 的 tells)",
            "the store keeps no such register; a plugin with a table of its own may count it (tells in its metrics)")
        var reasons = [
            "M09": told("库中没有需求点及其权重", "the store has no demand points and weights"),
            "M13": told("站点登记册只有设施现状,没有按标准评估的记录", "stations have facilities, and no record of an assessment"),
            "M14": told("库中没有星级评定的记录", "no rating is kept"),
            "M15": told("观察员的意见和复核不在库中", "observers' remarks and their checks are not kept"),
            "M19": told("困难档案没有计划和措施两项", "household files hold neither plan nor measure"),
            "M26": told(
                "助学申请写明学段,没有写明是否新入学", "applications tell the stage of schooling, not whether it has just begun"),
            "M42": told("培训和等级提升的台账不在库中;金额由账上统计", "training and grades are not kept; the amount is the ledger's"),
            "M48": told("线上活动的台账不在库中;投入由账上统计", "online events are not kept; what was spent is the ledger's"),
        ]
        for id in ["M27", "M28", "M29", "M37", "M38", "M41", "M43", "M44", "M45", "M46", "M49", "M50"] {
            reasons[id] = noRegister
        }
        return reasons
    }()

    /// A metric by id.
    public static func metric(_ id: String) -> Metric? { all.first { $0.id == id } }

    // MARK: Unions, members, stations

    private static let organisations: [Metric] = [
        Metric(
            "M01", "实名制基层工会组织数", "Basic unions", unit: "家",
            definition: ("基层工会,有统一社会信用代码,截至期末在册", "basic unions with a credit code, active at the end"),
            needs: ("组织登记册(带统一社会信用代码)", "the register of organisations, with credit codes"), RegisterMetrics.unions),
        Metric(
            "M02", "实名制会员数", "Members", unit: "人",
            definition: ("实名认证且会籍有效的人,不重复计", "distinct persons, verified, with a membership that stands at the end"),
            needs: ("会员登记册(已实名认证)", "the register of members, verified"), RegisterMetrics.members),
        Metric(
            "M03", "实名制覆盖率", "Real-name coverage", unit: "%",
            definition: ("M02 ÷ 基准年法定会员总数(member_total)", "M02 ÷ the statutory total of the base year (input)"),
            needs: ("会员登记册和 member_total(法定会员总数)", "the register of members and member_total"),
            RegisterMetrics.memberRate),
        Metric(
            "M04", "新就业形态工会组织数", "Unions with new-form workers", unit: "家",
            definition: ("有新就业形态会员的工会", "unions with members in new forms of employment"),
            needs: ("会员登记册(职业)", "the register of members, with occupations"), RegisterMetrics.newFormUnions),
        Metric(
            "M05", "新就业形态会员数", "New-form members", unit: "人",
            definition: ("新就业形态会员,不重复计;new 为本期入会", "distinct members in new forms; new: joined in the period"),
            needs: ("会员登记册(职业)", "the register of members, with occupations"), RegisterMetrics.newFormMembers),
        Metric(
            "M06", "行业工会联合会数及覆盖企业", "Sector federations and their companies", unit: "家",
            definition: ("在册联合会;其下企业按信用代码不重复计", "active federations; distinct companies below them"),
            needs: ("组织登记册(行业工会联合会)", "the register of organisations, with federations"), RegisterMetrics.federations),
        Metric(
            "M07", "户外劳动者服务站点数", "Outdoor stations", unit: "个",
            definition: ("已验收且开放,截至期末", "accepted and open at the end"),
            needs: ("站点登记册(验收日期)", "the register of stations, with days of acceptance"), RegisterMetrics.stations),
        Metric(
            "M08", "当年建设任务完成率", "Completion of the year's target", unit: "%",
            definition: (
                "本期验收 ÷ 年度任务(station_target),可超过100%", "accepted in the period ÷ target (input); may exceed 100 %"
            ), needs: ("站点登记册和 station_target(年度任务)", "the register of stations and station_target"),
            RegisterMetrics.stationTarget),
        Metric(
            "M09", "15分钟服务圈覆盖率", "15-minute coverage", unit: "%",
            definition: ("按方法、日期、权重计算", "method, date and weights named"),
            needs: (
                "填报 M09.demand、M09.covered、M09.overlapped(需求点权重)", "M09.demand, M09.covered and M09.overlapped, entered"
            ), ToldMetrics.circle),
        Metric(
            "M10", "站点服务人次", "Station visits", unit: "人次", definition: ("本期到站人次", "visits in the period"),
            needs: ("到站记录", "the visits of stations"), RegisterMetrics.visits),
        Metric(
            "M11", "站点服务人数", "Persons served at stations", unit: "人",
            definition: ("扫码实名的不重复人数;share 为实名占比", "distinct identified persons; share: identified ÷ all"),
            needs: ("到站记录(扫码)", "the visits of stations, scanned"), RegisterMetrics.visitors),
        Metric(
            "M12", "站点投入", "Spent on stations", unit: "万元", definition: ("账上用途为站点的已支付", "paid from lines for stations"),
            needs: ("用途(purpose)为 station 的资金项目", "a fund line with the purpose station"), WorkMetrics.stations),
        Metric(
            "M13", "达标率", "Stations that pass a standard", unit: "%", definition: ("达标站点 ÷ 已评估站点", "passed ÷ assessed"),
            needs: ("填报 M13.passed、M13.assessed(站点评估)", "M13.passed and M13.assessed, entered"),
            ToldMetrics.told("M13", rate: ("", "passed", "assessed"))),
        Metric(
            "M14", "星级站点数", "Stations by stars", unit: "个", definition: ("按评分表版本", "by sheet version"),
            needs: ("填报 M14.s5 … M14.s1(星级评定)", "M14.s5 … M14.s1, entered"), ToldMetrics.told("M14")),
        Metric(
            "M15", "观察员意见办结率", "Observers' remarks closed", unit: "%",
            definition: ("按期办结 ÷ 应办结", "closed in time ÷ due"),
            needs: ("填报 M15.total、M15.due、M15.closed(观察员意见台账)", "M15.total, M15.due and M15.closed, entered"),
            ToldMetrics.told("M15", rate: ("", "closed", "due"))),
    ]

    // MARK: Relief, programs, mutual aid

    private static let relief: [Metric] = [
        Metric(
            "M16", "在档困难职工", "Hardship files", unit: "户",
            definition: ("期末在档(start 为期初);按类别", "open at the end (start: before the period); by class"),
            needs: ("困难家庭档案", "the register of household files"), RegisterMetrics.files),
        Metric(
            "M17", "解困脱困户数", "Households out of hardship", unit: "户",
            definition: ("本期脱困", "left hardship in the period"),
            needs: ("困难家庭档案(脱困日期)", "the register of household files, with days of exit"), RegisterMetrics.exits),
        Metric(
            "M18", "返困户数", "Households back in hardship", unit: "户", definition: ("本期重新建档", "reopened in the period"),
            needs: ("困难家庭档案及其变更记录", "the register of household files and its history"), RegisterMetrics.returned),
        Metric(
            "M19", "一户一档完成率", "Files with plan and measure", unit: "%",
            definition: ("有计划和措施的档案 ÷ M16", "files with plan and measure ÷ M16"),
            needs: ("填报 M19.complete,和困难家庭档案", "M19.complete, entered, and the register of household files"),
            ToldMetrics.filesComplete),
        Metric(
            "M20", "帮扶户次 / 帮扶户数", "Relief: times and households", unit: "户次/户",
            definition: ("本期到账的帮扶;户不重复计", "relief paid in the period; distinct households"),
            needs: ("困难帮扶类项目的支付", "payments of programs for households in hardship"), ProgramMetrics.reliefTimes),
        Metric(
            "M21", "帮扶资金", "Relief paid", unit: "万元",
            definition: ("按支付日期的已支付数,按资金来源", "paid, by the bank's day, by source"),
            needs: ("困难帮扶类项目的支付", "payments of programs for households in hardship"), ProgramMetrics.reliefMoney),
        Metric(
            "M22", "生活/医疗/助学救助", "Relief by item", unit: "万元",
            definition: ("按项目;其余列为其他", "by item; the rest is “other”"),
            needs: ("困难帮扶类项目的支付", "payments of programs for households in hardship"), ProgramMetrics.reliefItems),
        Metric(
            "M23", "送温暖走访", "Warmth visits", unit: "人次/户/万元",
            definition: ("物资按发票价值加现金", "goods at invoice value plus money"),
            needs: (
                "送温暖项目(warmth),或填报 M23.times、M23.households、M23.amount",
                "the program warmth, or M23.times, M23.households and M23.amount, entered"
            ), ToldMetrics.told("M23", besides: WorkMetrics.warmth)),
        Metric(
            "M24", "送清凉场次、人次、物资价值", "Summer cooling", unit: "场/人次/万元",
            definition: ("已交付;慰问一次计一场,按人数计人次", "delivered; a visit is one event and as many times as heads"),
            needs: ("夏送清凉项目", "the program summer-cooling"), ProgramMetrics.cooling),
        Metric(
            "M25", "金秋助学人数、人次、金额", "Tuition aid", unit: "人/人次/万元",
            definition: ("学生不重复计;按支付日期", "distinct pupils; by the bank's day"),
            needs: ("金秋助学项目", "the program tuition"), ProgramMetrics.tuition),
        Metric(
            "M26", "圆梦大学人数", "New university entrants", unit: "人",
            definition: ("本期新入高等教育的学生", "pupils newly entering higher education"),
            needs: ("填报 M26.pupils(本期新入高等教育的学生)", "M26.pupils, entered"), ToldMetrics.told("M26", main: "pupils")),
        Metric(
            "M27", "春送岗位", "Job fairs", unit: "场/家/个/人", definition: ("招聘漏斗", "the funnel of the fairs"),
            needs: (
                "填报 M27.fairs、M27.companies、M27.openings、M27.intentions、M27.hired(招聘活动台账)",
                "M27.fairs, companies, openings, intentions and hired, entered"
            ), ToldMetrics.told("M27")),
        Metric(
            "M28", "就业创业服务人次", "Employment services", unit: "人次", definition: ("服务次数", "services, not people"),
            needs: ("填报 M28.times(就业服务台账)", "M28.times, entered"), ToldMetrics.told("M28", main: "times")),
        Metric(
            "M29", "零就业家庭动态清零率", "Zero-employment households solved", unit: "%",
            definition: ("(发现 − 剩余) ÷ 发现", "(found − left) ÷ found"),
            needs: ("填报 M29.found、M29.left(零就业家庭台账)", "M29.found and M29.left, entered"), ToldMetrics.zeroEmployment),
        Metric(
            "M30", "医疗互助参保单位、人数", "Mutual aid: units and persons", unit: "家/人",
            definition: ("本期开始的保障期内参加", "enrolled for a term that begins in the period"),
            needs: ("医疗互助项目", "the program mutual-aid"), ProgramMetrics.enrolled),
        Metric(
            "M31", "医疗互助补助人次、人数、金额、人均", "Mutual aid: claims paid", unit: "人次/人/万元/元",
            definition: ("按支付日期;人均 = 金额 ÷ 人数", "by the bank's day; average = amount ÷ persons"),
            needs: ("医疗互助项目", "the program mutual-aid"), ProgramMetrics.claims),
        Metric(
            "M32", "互助金收支与兜底", "The mutual-aid pool", unit: "万元",
            definition: ("到账、支付、动用兜底;ratio = 支付 ÷ 到账", "income, payouts, backstop used; ratio = payouts ÷ income"),
            needs: ("医疗互助项目的资金账", "the ledger of the mutual-aid pool"), ProgramMetrics.mutualAid),
        Metric(
            "M33", "暖心留工", "Stay-on subsidy", unit: "个/人/万元", definition: ("人不重复计;已支付", "distinct persons; paid"),
            needs: (
                "暖心留工项目(stay-on),或填报 M33.projects、M33.persons、M33.amount",
                "the program stay-on, or M33.projects, persons and amount, entered"
            ), ToldMetrics.told("M33", besides: WorkMetrics.stayOn)),
        Metric(
            "M34", "返乡购票补贴", "Ticket subsidy", unit: "人/万元", definition: ("已支付", "paid"),
            needs: (
                "返乡购票补贴项目(ticket),或填报 M34.persons、M34.amount",
                "the program ticket, or M34.persons and M34.amount, entered"
            ), ToldMetrics.told("M34", besides: WorkMetrics.ticket)),
        Metric(
            "M35", "99公益日", "Charity day", unit: "万元/人", definition: ("筹集与支付分列", "raised and paid apart"),
            needs: ("捐赠活动(donation receive)", "donations (donation receive)"), DonationMetrics.raised),
    ]

    // MARK: Rights, skills, health, the unions' own work

    private static let work: [Metric] = [
        Metric(
            "M36", "法律援助", "Legal aid", unit: "件/万元",
            definition: ("办结案件;判决或协议挽回", "closed cases; recovered by judgment or agreement"),
            needs: (
                "法律援助项目(legal-aid),或填报 M36.cases、M36.amount",
                "the program legal-aid, or M36.cases and M36.amount, entered"
            ), ToldMetrics.told("M36", besides: WorkMetrics.legalAid)),
        Metric(
            "M37", "劳动争议调解成功率", "Mediations agreed", unit: "%", definition: ("达成协议 ÷ 办结", "agreed ÷ closed"),
            needs: ("填报 M37.closed、M37.agreed(调解台账)", "M37.closed and M37.agreed, entered"),
            ToldMetrics.told("M37", rate: ("", "agreed", "closed"))),
        Metric(
            "M38", "法律体检", "Legal check-ups", unit: "家/个/%", definition: ("企业、问题、整改率", "companies, findings, mended"),
            needs: (
                "填报 M38.units、M38.findings、M38.due、M38.mended(法律体检台账)", "M38.units, findings, due and mended, entered"
            ), ToldMetrics.told("M38", rate: ("rate", "mended", "due"))),
        Metric(
            "M39", "事故隐患", "Hazards", unit: "件/%", definition: ("查找、整改率", "found, mended"),
            needs: (
                "安全隐患随手拍项目(hazard-report),或填报 M39.found、M39.due、M39.verified",
                "the program hazard-report, or M39.found, due and verified, entered"
            ), ToldMetrics.told("M39", rate: ("rate", "verified", "due"), besides: WorkMetrics.hazards)),
        Metric(
            "M40", "竞赛", "Competitions", unit: "场/人次", definition: ("每场每人计一次", "entrants once per competition"),
            needs: (
                "技能竞赛项目(skill-competition),或填报 M40.events、M40.times",
                "the program skill-competition, or M40.events and M40.times, entered"
            ), ToldMetrics.told("M40", besides: WorkMetrics.competitions)),
        Metric(
            "M41", "职工群众满意率", "Satisfaction", unit: "%",
            definition: ("(很满意 + 满意) ÷ 有效,n ≥ 30 方可公布", "(very + satisfied) ÷ valid; published from n = 30"),
            needs: ("填报 M41.valid、M41.satisfied(满意度问卷)", "M41.valid and M41.satisfied, entered"),
            ToldMetrics.satisfaction),
        Metric(
            "M42", "技能提升培训", "Skills training", unit: "人次/万元",
            definition: ("人次、等级提升、激励资金", "times, upgrades, incentives"),
            needs: (
                "填报 M42.times、M42.upgrades(培训台账);金额取用途(purpose)为 skill_upgrade 的资金项目,或填报 M42.amount",
                "M42.times and upgrades, entered; the amount from fund lines with the purpose skill_upgrade, or M42.amount"
            ),
            ToldMetrics.told("M42", besides: WorkMetrics.spent(on: \.skillPurposes))),
        Metric(
            "M43", "合理化建议", "Proposals", unit: "项/万元", definition: ("提出、采纳、实施、效益", "proposed, adopted, done, benefit"),
            needs: (
                "填报 M43.proposed、M43.evaluated、M43.adopted、M43.done、M43.benefit",
                "M43.proposed, evaluated, adopted, done and benefit, entered"
            ), ToldMetrics.told("M43", rate: ("rate", "adopted", "evaluated"))),
        Metric(
            "M44", "创新工作室", "Innovation studios", unit: "家/项/万元",
            definition: ("家、项目、年效益", "studios, projects, benefit"),
            needs: ("填报 M44.studios、M44.projects、M44.benefit", "M44.studios, projects and benefit, entered"),
            ToldMetrics.told("M44")),
        Metric(
            "M45", "心理服务", "Counselling", unit: "个/人次", definition: ("小于5的格不公布", "cells below 5 suppressed"),
            needs: (
                "填报 M45.centres、M45.stations、M45.online、M45.venue", "M45.centres, stations, online and venue, entered"
            ), ToldMetrics.counselling),
        Metric(
            "M46", "疗休养、体检人数", "Rest and check-ups", unit: "人", definition: ("不重复计", "distinct"),
            needs: ("填报 M46.rest、M46.check", "M46.rest and M46.check, entered"), ToldMetrics.told("M46")),
        Metric(
            "M47", "文化宫", "Cultural palace", unit: "个/人/人次", definition: ("班次、学员、到馆", "classes, students, visits"),
            needs: (
                "培训班项目(training)、文化宫到馆记录,或填报 M47.subjects、M47.classes、M47.students、M47.visits",
                "the program training and visits to palaces, or M47.subjects, classes, students and visits, entered"
            ), ToldMetrics.told("M47", besides: WorkMetrics.palace)),
        Metric(
            "M48", "线上活动", "Online events", unit: "场/人次/万元", definition: ("场次、人次、投入", "events, times, spent"),
            needs: (
                "填报 M48.events、M48.times(线上活动台账);投入取用途(purpose)为 online_events 的资金项目,或填报 M48.amount",
                "M48.events and times, entered; what was spent from fund lines with the purpose online_events, or M48.amount"
            ),
            ToldMetrics.told("M48", besides: WorkMetrics.spent(on: \.onlinePurposes))),
        Metric(
            "M49", "十件实事完成率", "Promises kept", unit: "%", definition: ("完成 ÷ 承诺", "done ÷ promised"),
            needs: ("填报 M49.promised、M49.done(实事清单)", "M49.promised and M49.done, entered"),
            ToldMetrics.told("M49", rate: ("", "done", "promised"))),
        Metric(
            "M50", "调研问题解决率", "Problems solved", unit: "%", definition: ("解决 ÷ 发现", "solved ÷ found"),
            needs: ("填报 M50.found、M50.solved(调研问题清单)", "M50.found and M50.solved, entered"),
            ToldMetrics.told("M50", rate: ("", "solved", "found"))),
        Metric(
            "M51", "平均办理时长", "Time to payment", unit: "工作日",
            definition: ("提交至支付,工作日", "submitted to paid, working days"),
            needs: ("本期付讫的申请", "applications paid in the period"), WorkMetrics.duration),
        Metric(
            "M52", "全程网办率", "Handled online", unit: "%", definition: ("无纸质环节 ÷ 全部", "without a paper step ÷ all"),
            needs: ("本期提交的申请", "applications handed in in the period"), WorkMetrics.online),
        Metric(
            "M53", "工会经费收缴、返还", "Dues received and returned", unit: "万元", definition: ("收缴、返还", "received, returned"),
            needs: ("税务代收文件(dues import)", "the tax bureau's files (dues import)"), DuesMetrics.dues),
        Metric(
            "M54", "跨会籍服务人次", "Served elsewhere", unit: "人次",
            definition: ("服务工会与会籍工会互不隶属", "serving and home union, neither above the other"),
            needs: ("服务记录(服务工会与会籍工会)", "services with their serving and home unions"), ProgramMetrics.elsewhere),
    ]
}
