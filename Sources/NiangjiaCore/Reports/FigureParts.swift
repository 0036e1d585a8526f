/// What the parts of metrics are called, and what they count.
enum FigureParts {
    /// By full name (`M20.times`) where one metric means something else by it, else by name. Rates and amounts carry their unit.
    private static let known: [String: (zh: String, en: String, unit: String)] = [
        "new": ("本期新增", "new", ""),
        "fed": ("联合会", "federations", "家"),
        "companies": ("企业", "companies", "家"),
        "since": ("起始以来", "since the start", ""),
        "demand": ("需求点权重", "demand", ""),
        "covered": ("覆盖权重", "covered", ""),
        "overlapped": ("交叉覆盖权重", "covered twice", ""),
        "cover": ("覆盖", "covered", ""),
        "overlap": ("交叉覆盖", "covered twice", ""),
        "passed": ("达标", "passed", "个"),
        "assessed": ("已评估", "assessed", "个"),
        "s5": ("五星", "five stars", "个"),
        "s4": ("四星", "four stars", "个"),
        "s3": ("三星", "three stars", "个"),
        "s2": ("二星", "two stars", "个"),
        "s1": ("一星", "one star", "个"),
        "total": ("总数", "all", "件"),
        "due": ("应办", "due", "件"),
        "closed": ("办结", "closed", "件"),
        "start": ("期初", "at the start", "户"),
        "end": ("期末", "at the end", "户"),
        "deep": ("深度困难", "deep hardship", "户"),
        "relative": ("相对困难", "relative hardship", "户"),
        "accident": ("意外致困", "by accident", "户"),
        "complete": ("齐全", "complete", "户"),
        "times": ("人次", "times", "人次"),
        "households": ("户数", "households", "户"),
        "persontimes": ("帮扶人次", "times (persons)", "人次"),
        "fiscal": ("财政", "public funds", ""),
        "union_budget": ("工会经费", "union budget", ""),
        "upper_union": ("上级工会", "upper union", ""),
        "donation": ("社会捐助", "donations", ""),
        "employer": ("单位", "employer", ""),
        "member_dues": ("会费", "member dues", ""),
        "other": ("其他", "other", ""),
        "recovered": ("追回到账", "recovered", ""),
        "sent_back": ("退汇", "sent back", ""),
        "living": ("生活", "living", ""),
        "medical": ("医疗", "medical", ""),
        "tuition": ("助学", "tuition", ""),
        "amount": ("金额", "amount", ""),
        "pupils": ("学生", "pupils", "人"),
        "fairs": ("场次", "fairs", "场"),
        "openings": ("岗位", "openings", "个"),
        "intentions": ("意向", "intentions", "人"),
        "hired": ("就业", "hired", "人"),
        "found": ("发现", "found", "件"),
        "left": ("剩余", "left", "户"),
        "units": ("单位", "units", "家"),
        "persons": ("人数", "persons", "人"),
        "average": ("人均", "average", ""),
        "payouts": ("支出", "payouts", ""),
        "income": ("收入", "income", ""),
        "backstop": ("动用兜底", "backstop used", ""),
        "balance": ("余额", "balance", ""),
        "ratio": ("支出比", "payouts ÷ income", ""),
        "projects": ("项目", "projects", "个"),
        "raised": ("筹集", "raised", ""),
        "paid": ("支付", "paid", ""),
        "matched": ("配捐", "matched", ""),
        "cases": ("案件", "cases", "件"),
        "agreed": ("达成", "agreed", "件"),
        "findings": ("问题", "findings", "个"),
        "mended": ("整改", "mended", "件"),
        "rate": ("比率", "rate", ""),
        "verified": ("验收", "verified", "件"),
        "events": ("场次", "events", "场"),
        "value": ("价值", "value", ""),
        "valid": ("有效问卷", "valid answers", "份"),
        "satisfied": ("满意", "satisfied", "份"),
        "n": ("样本", "n", ""),
        "upgrades": ("等级提升", "upgrades", "人次"),
        "proposed": ("提出", "proposed", "项"),
        "evaluated": ("评审", "evaluated", "项"),
        "adopted": ("采纳", "adopted", "项"),
        "done": ("完成", "done", "项"),
        "benefit": ("效益", "benefit", ""),
        "studios": ("工作室", "studios", "家"),
        "centres": ("中心", "centres", "个"),
        "stations": ("服务站", "rooms", "个"),
        "online": ("线上", "online", "人次"),
        "venue": ("场馆", "on site", "人次"),
        "rest": ("疗休养", "rest cures", "人"),
        "check": ("体检", "check-ups", "人"),
        "subjects": ("项目", "subjects", "个"),
        "classes": ("班次", "classes", "个"),
        "students": ("学员", "students", "人"),
        "visits": ("到馆", "visits", "人次"),
        "promised": ("承诺", "promised", "件"),
        "solved": ("解决", "solved", "个"),
        "mean": ("平均", "mean", "天"),
        "median": ("中位数", "median", "天"),
        "share": ("实名占比", "identified", ""),
        "received": ("收缴", "received", ""),
        "returned": ("返还", "returned", ""),
        "M20.times": ("户次", "times (households)", "户次"),
        "M29.found": ("发现", "found", "户"),
        "M50.found": ("发现", "found", "个"),
        "M53.due": ("应缴", "due", ""),
        "M31.times": ("人次", "claims", "人次"),
        "M51.mean": ("平均", "mean", "工作日"),
        "M51.median": ("中位数", "median", "工作日"),
        "M49.done": ("完成", "done", "件"),
    ]

    private static func part(_ name: String, of metric: String) -> (zh: String, en: String, unit: String)? {
        known["\(metric).\(name)"] ?? known[name]
    }

    /// What a part is called: its own name where nothing else is known (a source of money, a group of a plugin's).
    static func title(_ name: String, of metric: String, _ language: Language) -> String {
        guard let part = part(name, of: metric) else { return name }
        return language == .zh ? part.zh : part.en
    }

    /// What a part that is a plain number counts.
    static func unit(_ name: String, of metric: String) -> String { part(name, of: metric)?.unit ?? "" }
}

extension Metric {
    /// The unit that stands beside a figure: none beside a rate, an amount, a day or words, which carry theirs.
    public func unit(of quantity: Quantity, part: String = "") -> String {
        switch quantity {
        case .count, .average:
            part.isEmpty ? (unit.contains("/") ? "" : unit) : FigureParts.unit(part, of: id)
        case .money, .ratio, .date, .text: ""
        }
    }

    /// What a part is called in a language.
    public func title(ofPart part: String, _ language: Language) -> String {
        FigureParts.title(part, of: id, language)
    }
}

extension MetricValue {
    /// The figure for a table: `1204`, `1,280.00元`, `96.4%`, and its parts by what they are called.
    public func text(of metric: String, _ language: Language) -> String {
        let parts = self.parts.sorted { $0.key < $1.key }.map {
            "\(FigureParts.title($0.key, of: metric, language)) \($0.value.text(language))"
        }.joined(separator: " · ")
        guard let main else { return parts }
        return parts.isEmpty ? main.text(language) : "\(main.text(language)) (\(parts))"
    }
}
