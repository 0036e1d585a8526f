/// A sentence of the report: its full text, and shorter ones for a city that doesn't count everything yet.
struct SentenceForm: Sendable {
    var id: String
    /// The first whose figures are all there is told.
    var texts: [String]

    init(_ id: String, _ texts: String...) {
        self.id = id
        self.texts = texts
    }

    /// The metrics that the sentence speaks of.
    var metrics: [String] {
        let names = texts.first.flatMap { try? SentenceTemplate($0) }?.names ?? []
        let ids = names.filter { $0.hasPrefix("M") }.map { String($0.prefix(3)) }
        return ids.enumerated().filter { ids.firstIndex(of: $0.element) == $0.offset }.map(\.element)
    }
}

/// The sentences of a union's year report, as such reports word them.
enum SentenceCatalogue {
    static let all: [SentenceForm] = [
        SentenceForm(
            "S01",
            "截至{asof|y年m月},全市各级工会线上实名制录入基层组织{M01}家,录入会员约{M02|万}人,占{base_year}年会员总数的{M03|%}。",
            "截至{asof|y年m月},全市各级工会线上实名制录入基层组织{M01}家,录入会员约{M02|万}人。"),
        SentenceForm(
            "S02",
            "全市共建立新业态领域工会组织{M04}个,涵盖新就业形态劳动者工会会员{M05}人。"),
        SentenceForm(
            "S03",
            "快递、道路货运等行业分别建立工会联合会{M06.fed}家,累计吸纳{M06.companies}家企业{M05.new}名劳动者加入工会组织。"),
        SentenceForm(
            "S04",
            "全市已建成工会户外劳动者服务站点{M07}个,完成今年建设任务的{M08|%},实现“15分钟服务圈”覆盖{M09.cover|%}、交叉覆盖{M09.overlap|%}。",
            "全市已建成工会户外劳动者服务站点{M07}个,完成今年建设任务的{M08|%}。",
            "全市已建成工会户外劳动者服务站点{M07}个。"),
        SentenceForm(
            "S05",
            "{since|y}年以来,各级工会累计投入{M12.since|万元}推进户外劳动者驿站建设,服务户外劳动者{M10.since|万}人次。",
            "站点服务户外劳动者{M10|万}人次。"),
        SentenceForm(
            "S06",
            "按照“{standard}”标准,{M13.passed}个站点达标,达标率{M13|%}。"),
        SentenceForm(
            "S07",
            "聘请户外劳动者观察员{observers}名,收集意见{M15.total}条,办结率{M15|%}。"),
        SentenceForm(
            "S08",
            "全市建档困难职工由{M16.start}户下降到{M16.end}户,{M17}户实现解困脱困。"),
        SentenceForm(
            "S09",
            "做到“一户一档案、一户一计划、一户一措施”,完成率{M19|%}。"),
        SentenceForm(
            "S10",
            "筹集资金{M21|万元},对困难职工家庭实施帮扶{M20.times}户次,惠及{M20.households}户。"),
        SentenceForm(
            "S11",
            "发放生活救助金{M22.living|万元}、医疗救助金{M22.medical|万元}、助学金{M22.tuition|万元},其他{M22.other|万元}。",
            "发放助学金{M22.tuition|万元}。"),
        SentenceForm(
            "S12",
            "开展送温暖活动,走访慰问职工{M23.times|万}人次,发放款物{M23.amount|万元}。"),
        SentenceForm(
            "S13",
            "夏送清凉{M24.events}场,慰问一线职工{M24.times}人次,发放防暑降温物资价值{M24.value|万元}。"),
        SentenceForm(
            "S14",
            "通过“金秋助学”活动资助困难职工子女{M25.times}人次、{M25.amount|万元},帮助{M26}名困难职工子女圆了大学梦。",
            "通过“金秋助学”活动资助困难职工子女{M25.times}人次、{M25.amount|万元}。"),
        SentenceForm(
            "S15",
            "举办“春送岗位”招聘活动{M27.fairs}场,{M27.companies}家企业提供岗位{M27.openings}个,达成就业意向{M27.intentions}人,实现就业{M27.hired}人。"),
        SentenceForm(
            "S16",
            "为职工提供就业创业服务{M28|万}人次,使零就业家庭实现至少一人就业。"),
        SentenceForm(
            "S17",
            "职工医疗互助年均参保单位{M30.units}家、参保职工{M30.persons|万}人,累计为{M31.persons}名住院职工减轻医疗负担{M31.amount|万元}。"),
        SentenceForm(
            "S18",
            "市财政每年安排专项资金{backstop|万元}对职工医疗互助活动兜底,本期动用{M32.backstop|万元}。",
            "职工医疗互助本期互助金收入{M32.income|万元}、支出{M32.payouts|万元},动用兜底资金{M32.backstop|万元}。",
            "职工医疗互助本期支出{M32.payouts|万元},动用兜底资金{M32.backstop|万元}。"),
        SentenceForm(
            "S19",
            "连续{years}年开展“暖心留工助发展”行动,向春节期间不停工的{M33.projects}个重点项目{M33.persons}名务工人员发放补贴{M33.amount|万元}。"),
        SentenceForm(
            "S20",
            "为{M34.persons}名农民工发放返乡购票补贴{M34.amount|万元}。"),
        SentenceForm(
            "S21",
            "“99公益日”活动共筹得善款{M35.raised|万元},救助{M35.persons}人,发放救助款{M35.paid|万元}。"),
        SentenceForm(
            "S22",
            "办理法律援助案件{M36.cases}件,为职工挽回经济损失{M36.amount|万元};调解成功率{M37|%}。"),
        SentenceForm(
            "S23",
            "为{M38.units}家企业开展劳动用工“法律体检”,发现问题{M38.findings}个,整改率{M38.rate|%}。"),
        SentenceForm(
            "S24",
            "组织职工查找事故隐患和职业危害{M39.found}件,整改率{M39.rate|%}。"),
        SentenceForm(
            "S25",
            "举办劳动和技能竞赛{M40.events}场,参赛职工达{M40.times|万}人次。"),
        SentenceForm(
            "S26",
            "帮扶救助困难职工{M20.persontimes|万}人次,职工群众满意率达{M41|%}(有效问卷{M41.n}份)。",
            "帮扶救助困难职工{M20.persontimes|万}人次。"),
        SentenceForm(
            "S27",
            "组织技能提升培训{M42.times|万}人次,实现技能等级提升{M42.upgrades}人次,发放激励补助{M42.amount|万元}。"),
        SentenceForm(
            "S28",
            "职工提出合理化建议{M43.proposed}项,采纳{M43.adopted}项,创造经济效益{M43.benefit|万元}。"),
        SentenceForm(
            "S29",
            "创建劳模和职工创新工作室{M44.studios}家,承担创新项目{M44.projects}个,每年创造经济效益{M44.benefit|万元}。"),
        SentenceForm(
            "S30",
            "建成职工心理健康服务中心{M45.centres}个、服务站(室){M45.stations}个,线上服务{M45.online}人次,场馆服务{M45.venue}人次。"),
        SentenceForm(
            "S31",
            "组织{M46.rest}名一线职工参加疗休养,为{M46.check}名新就业形态劳动者开展免费健康体检。"),
        SentenceForm(
            "S32",
            "开设{M47.subjects}个项目共计{M47.classes}个培训班,培训学员{M47.students}人,到工人文化宫参加各类活动的会员{M47.visits|万}人次。"),
        SentenceForm(
            "S33",
            "开展线上活动{M48.events}场,累计投入资金{M48.amount|万元},参与会员{M48.times|万}人次。"),
        SentenceForm(
            "S34",
            "年初承诺的{M49.promised}件实事完成{M49.done}件,完成率{M49|%}。"),
        SentenceForm(
            "S35",
            "“1+N大调研”发现的{M50.found}个问题,已解决{M50.solved}个,解决率{M50|%}。"),
        SentenceForm(
            "S36",
            "业务平均办理时长{M51|天},全程网办率{M52|%}。"),
        SentenceForm(
            "S37",
            "收缴工会经费{M53.received|万元},返还基层{M53.returned|万元}。"),
        SentenceForm(
            "S38",
            "会员不论劳动关系、会籍在哪里均可就近就便得到服务,全年跨会籍服务{M54}人次。"),
        SentenceForm(
            "S39",
            "站点扫码服务实名劳动者{M11}人(实名占比{M11.share|%})。"),
        SentenceForm(
            "S40",
            "评定五星级站点{M14.s5}个、四星级站点{M14.s4}个。"),
        SentenceForm(
            "S41",
            "对{M18}户返困家庭重新建档帮扶。"),
        SentenceForm(
            "S42",
            "零就业家庭动态清零率{M29|%}。"),
    ]
}
