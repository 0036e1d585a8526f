/// A sentence of the report: its full text, and shorter ones for a city that doesn't count everything yet.
public struct SentenceForm: Sendable {
    /// `S01` … `S42`
    public var id: String
    /// The first whose figures are all there is told. Both languages have the same places.
    public var texts: [LocalText]

    init(_ id: String, _ texts: (zh: String, en: String)...) {
        self.id = id
        self.texts = texts.map { LocalText(zh: $0.zh, en: $0.en) }
    }

    /// The metrics that a text speaks of.
    static func metrics(_ text: LocalText) -> [String] {
        let names = (try? SentenceTemplate(text.zh))?.names ?? []
        let ids = names.filter { $0.hasPrefix("M") }.map { String($0.prefix(3)) }
        return ids.enumerated().filter { ids.firstIndex(of: $0.element) == $0.offset }.map(\.element)
    }
}

/// The sentences of a union's year report, as such reports word them.
public enum SentenceCatalogue {
    /// In order.
    public static let all: [SentenceForm] = [
        SentenceForm(
            "S01",
            (
                "截至{asof|y年m月},全市各级工会线上实名制录入基层组织{M01}家,录入会员约{M02|万}人,占{base_year}年会员总数的{M03|%}。",
                "By {asof|y年m月} the unions of the city had entered {M01} basic unions and {M02|万} members in the real-name register, {M03|%} of the members of {base_year}."
            ),
            (
                "截至{asof|y年m月},全市各级工会线上实名制录入基层组织{M01}家,录入会员约{M02|万}人。",
                "By {asof|y年m月} the unions of the city had entered {M01} basic unions and {M02|万} members in the real-name register."
            )),
        SentenceForm(
            "S02",
            (
                "全市共建立新业态领域工会组织{M04}个,涵盖新就业形态劳动者工会会员{M05}人。",
                "The city has {M04} unions with workers in new forms of employment, and {M05} such members."
            )),
        SentenceForm(
            "S03",
            (
                "快递、道路货运等行业分别建立工会联合会{M06.fed}家,累计吸纳{M06.companies}家企业{M05.new}名劳动者加入工会组织。",
                "Couriers, hauliers and other trades set up {M06.fed} sector federations, which took in {M06.companies} companies and {M05.new} workers."
            )),
        SentenceForm(
            "S04",
            (
                "全市已建成工会户外劳动者服务站点{M07}个,完成今年建设任务的{M08|%},实现“15分钟服务圈”覆盖{M09.cover|%}、交叉覆盖{M09.overlap|%}。",
                "The city has {M07} stations for outdoor workers, {M08|%} of this year's task is done, and the 15-minute circle covers {M09.cover|%}, {M09.overlap|%} of it twice or more."
            ),
            (
                "全市已建成工会户外劳动者服务站点{M07}个,完成今年建设任务的{M08|%}。",
                "The city has {M07} stations for outdoor workers, and {M08|%} of this year's task is done."
            ),
            (
                "全市已建成工会户外劳动者服务站点{M07}个。",
                "The city has {M07} stations for outdoor workers."
            )),
        SentenceForm(
            "S05",
            (
                "{since|y}年以来,各级工会累计投入{M12.since|万元}推进户外劳动者驿站建设,服务户外劳动者{M10.since|万}人次。",
                "Since {since|y} the unions have spent {M12.since|万元} on stations, which served outdoor workers {M10.since|万} times."
            ),
            (
                "站点服务户外劳动者{M10|万}人次。",
                "Stations served outdoor workers {M10|万} times."
            )),
        SentenceForm(
            "S06",
            (
                "按照“{standard}”标准,{M13.passed}个站点达标,达标率{M13|%}。",
                "By the standard “{standard}” {M13.passed} stations pass, {M13|%}."
            )),
        SentenceForm(
            "S07",
            (
                "聘请户外劳动者观察员{observers}名,收集意见{M15.total}条,办结率{M15|%}。",
                "{observers} observers from among outdoor workers made {M15.total} remarks, of which {M15|%} were settled in time."
            )),
        SentenceForm(
            "S08",
            (
                "全市建档困难职工由{M16.start}户下降到{M16.end|<M16.start}户,{M17}户实现解困脱困。",
                "Households on the hardship register fell from {M16.start} to {M16.end|<M16.start}; {M17} left hardship."
            ),
            (
                "全市建档困难职工期初{M16.start}户、期末{M16.end}户,{M17}户实现解困脱困。",
                "Households on the hardship register: {M16.start} at the start, {M16.end} at the end; {M17} left hardship."
            )),
        SentenceForm(
            "S09",
            (
                "做到“一户一档案、一户一计划、一户一措施”,完成率{M19|%}。",
                "Each household has its file, its plan and its measure: {M19|%} are complete."
            )),
        SentenceForm(
            "S10",
            (
                "筹集资金{M21|万元},对困难职工家庭实施帮扶{M20.times}户次,惠及{M20.households}户。",
                "{M21|万元} went to households in hardship, {M20.times} times to {M20.households} households."
            )),
        SentenceForm(
            "S11",
            (
                "发放生活救助金{M22.living|万元}、医疗救助金{M22.medical|万元}、助学金{M22.tuition|万元},其他{M22.other|万元}。",
                "Paid were {M22.living|万元} for living, {M22.medical|万元} for illness, {M22.tuition|万元} for schooling, and {M22.other|万元} for other needs."
            ),
            (
                "发放助学金{M22.tuition|万元}。",
                "Paid were {M22.tuition|万元} for schooling."
            )),
        SentenceForm(
            "S12",
            (
                "开展送温暖活动,走访慰问职工{M23.times|万}人次,发放款物{M23.amount|万元}。",
                "Winter warmth reached workers {M23.times|万} times, with goods and money worth {M23.amount|万元}."
            )),
        SentenceForm(
            "S13",
            (
                "夏送清凉{M24.events}场,慰问一线职工{M24.times}人次,发放防暑降温物资价值{M24.value|万元}。",
                "Summer cooling made {M24.events} visits, reached workers {M24.times} times, and gave goods worth {M24.value|万元}."
            )),
        SentenceForm(
            "S14",
            (
                "通过“金秋助学”活动资助困难职工子女{M25.times}人次、{M25.amount|万元},帮助{M26}名困难职工子女圆了大学梦。",
                "Autumn tuition aid helped children of workers in hardship {M25.times} times with {M25.amount|万元}, and {M26} of them into university."
            ),
            (
                "通过“金秋助学”活动资助困难职工子女{M25.times}人次、{M25.amount|万元}。",
                "Autumn tuition aid helped children of workers in hardship {M25.times} times with {M25.amount|万元}."
            )),
        SentenceForm(
            "S15",
            (
                "举办“春送岗位”招聘活动{M27.fairs}场,{M27.companies}家企业提供岗位{M27.openings}个,达成就业意向{M27.intentions}人,实现就业{M27.hired}人。",
                "At {M27.fairs} job fairs {M27.companies} companies offered {M27.openings} places; {M27.intentions} people came to an understanding, {M27.hired} were hired."
            )),
        SentenceForm(
            "S16",
            (
                "为职工提供就业创业服务{M28|万}人次,使零就业家庭实现至少一人就业。",
                "Employment services were given {M28|万} times; in each household without work somebody found some."
            )),
        SentenceForm(
            "S17",
            (
                "职工医疗互助年均参保单位{M30.units}家、参保职工{M30.persons|万}人,累计为{M31.persons}名住院职工减轻医疗负担{M31.amount|万元}。",
                "A year's average of {M30.units} units and {M30.persons|万} workers joined medical mutual aid, which took {M31.amount|万元} off the bills of {M31.persons} patients."
            )),
        SentenceForm(
            "S18",
            (
                "市财政每年安排专项资金{backstop|万元}对职工医疗互助活动兜底,本期动用{M32.backstop|万元}。",
                "The city's finances set {backstop|万元} a year aside as backstop of medical mutual aid; {M32.backstop|万元} of it was used."
            ),
            (
                "职工医疗互助本期互助金收入{M32.income|万元}、支出{M32.payouts|万元},动用兜底资金{M32.backstop|万元}。",
                "Medical mutual aid took in {M32.income|万元}, paid {M32.payouts|万元}, and used {M32.backstop|万元} of its backstop."
            ),
            (
                "职工医疗互助本期支出{M32.payouts|万元},动用兜底资金{M32.backstop|万元}。",
                "Medical mutual aid paid {M32.payouts|万元}, and used {M32.backstop|万元} of its backstop."
            )),
        SentenceForm(
            "S19",
            (
                "连续{years}年开展“暖心留工助发展”行动,向春节期间不停工的{M33.projects}个重点项目{M33.persons}名务工人员发放补贴{M33.amount|万元}。",
                "For the {years}th year in a row, stay-on subsidies of {M33.amount|万元} went to {M33.persons} workers of {M33.projects} projects that worked through Spring Festival."
            )),
        SentenceForm(
            "S20",
            (
                "为{M34.persons}名农民工发放返乡购票补贴{M34.amount|万元}。",
                "{M34.persons} migrant workers were given {M34.amount|万元} towards their tickets home."
            )),
        SentenceForm(
            "S21",
            (
                "“99公益日”活动共筹得善款{M35.raised|万元},救助{M35.persons}人,发放救助款{M35.paid|万元}。",
                "Charity day raised {M35.raised|万元}; {M35.persons} people were helped with {M35.paid|万元}."
            )),
        SentenceForm(
            "S22",
            (
                "办理法律援助案件{M36.cases}件,为职工挽回经济损失{M36.amount|万元};调解成功率{M37|%}。",
                "{M36.cases} cases of legal aid won back {M36.amount|万元} for workers; {M37|%} of mediations ended in agreement."
            )),
        SentenceForm(
            "S23",
            (
                "为{M38.units}家企业开展劳动用工“法律体检”,发现问题{M38.findings}个,整改率{M38.rate|%}。",
                "Legal check-ups in {M38.units} companies found {M38.findings} problems, of which {M38.rate|%} are mended."
            )),
        SentenceForm(
            "S24",
            (
                "组织职工查找事故隐患和职业危害{M39.found}件,整改率{M39.rate|%}。",
                "Workers reported {M39.found} hazards, of which {M39.rate|%} are mended."
            )),
        SentenceForm(
            "S25",
            (
                "举办劳动和技能竞赛{M40.events}场,参赛职工达{M40.times|万}人次。",
                "{M40.events} competitions were held; workers entered {M40.times|万} times."
            )),
        SentenceForm(
            "S26",
            (
                "帮扶救助困难职工{M20.persontimes|万}人次,职工群众满意率达{M41|%}(有效问卷{M41.n}份)。",
                "Workers in hardship were helped {M20.persontimes|万} times; {M41|%} of those asked are satisfied ({M41.n} valid answers)."
            ),
            (
                "帮扶救助困难职工{M20.persontimes|万}人次。",
                "Workers in hardship were helped {M20.persontimes|万} times."
            )),
        SentenceForm(
            "S27",
            (
                "组织技能提升培训{M42.times|万}人次,实现技能等级提升{M42.upgrades}人次,发放激励补助{M42.amount|万元}。",
                "Skills training was taken {M42.times|万} times, {M42.upgrades} grades were gained, and {M42.amount|万元} paid as incentives."
            )),
        SentenceForm(
            "S28",
            (
                "职工提出合理化建议{M43.proposed}项,采纳{M43.adopted}项,创造经济效益{M43.benefit|万元}。",
                "Workers made {M43.proposed} proposals; {M43.adopted} were adopted and brought {M43.benefit|万元}."
            )),
        SentenceForm(
            "S29",
            (
                "创建劳模和职工创新工作室{M44.studios}家,承担创新项目{M44.projects}个,每年创造经济效益{M44.benefit|万元}。",
                "{M44.studios} innovation studios run {M44.projects} projects that bring {M44.benefit|万元} a year."
            )),
        SentenceForm(
            "S30",
            (
                "建成职工心理健康服务中心{M45.centres}个、服务站(室){M45.stations}个,线上服务{M45.online}人次,场馆服务{M45.venue}人次。",
                "There are {M45.centres} counselling centres and {M45.stations} counselling rooms; they served {M45.online} times online and {M45.venue} times on site."
            )),
        SentenceForm(
            "S31",
            (
                "组织{M46.rest}名一线职工参加疗休养,为{M46.check}名新就业形态劳动者开展免费健康体检。",
                "{M46.rest} front-line workers went on a rest cure, and {M46.check} workers in new forms of employment had a free check-up."
            )),
        SentenceForm(
            "S32",
            (
                "开设{M47.subjects}个项目共计{M47.classes}个培训班,培训学员{M47.students}人,到工人文化宫参加各类活动的会员{M47.visits|万}人次。",
                "{M47.classes} classes in {M47.subjects} subjects taught {M47.students} people, and members came to the cultural palaces {M47.visits|万} times."
            )),
        SentenceForm(
            "S33",
            (
                "开展线上活动{M48.events}场,累计投入资金{M48.amount|万元},参与会员{M48.times|万}人次。",
                "{M48.events} online events cost {M48.amount|万元} and were joined {M48.times|万} times."
            )),
        SentenceForm(
            "S34",
            (
                "年初承诺的{M49.promised}件实事完成{M49.done}件,完成率{M49|%}。",
                "Of {M49.promised} promises of the year {M49.done} are kept, {M49|%}."
            )),
        SentenceForm(
            "S35",
            (
                "“1+N大调研”发现的{M50.found}个问题,已解决{M50.solved}个,解决率{M50|%}。",
                "Of {M50.found} problems that the surveys found {M50.solved} are solved, {M50|%}."
            )),
        SentenceForm(
            "S36",
            (
                "业务平均办理时长{M51}个工作日,全程网办率{M52|%}。",
                "An application takes {M51} working days on average, and {M52|%} are handled online throughout."
            )),
        SentenceForm(
            "S37",
            (
                "收缴工会经费{M53.received|万元},返还基层{M53.returned|万元}。",
                "{M53.received|万元} of dues came in, and {M53.returned|万元} went back to basic unions."
            )),
        SentenceForm(
            "S38",
            (
                "会员不论劳动关系、会籍在哪里均可就近就便得到服务,跨会籍服务{M54}人次。",
                "Members are served wherever they are; services by another union than their own: {M54}."
            )),
        SentenceForm(
            "S39",
            (
                "站点扫码服务实名劳动者{M11}人(实名占比{M11.share|%})。",
                "By scan, stations served {M11} identified workers ({M11.share|%} of visits are identified)."
            )),
        SentenceForm(
            "S40",
            (
                "评定五星级站点{M14.s5}个、四星级站点{M14.s4}个。",
                "{M14.s5} stations have five stars, {M14.s4} have four."
            )),
        SentenceForm(
            "S41",
            (
                "对{M18}户返困家庭重新建档帮扶。",
                "{M18} households that fell back into hardship are on the register again."
            )),
        SentenceForm(
            "S42",
            (
                "零就业家庭动态清零率{M29|%}。",
                "{M29|%} of households without work are so no more."
            )),
    ]
}
