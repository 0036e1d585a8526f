/// What the parts of metrics are called, and what they count.
enum FigureParts {
    /// By full name (`M20.times`) where one metric means something else by it, else by name. Rates and amounts carry their unit.
    private static let known: [String: Part] = Dictionary(
        uniqueKeysWithValues: parts.enumerated().map { place, part in
            var part = part
            part.place = place
            return (part.name, part)
        })

    private struct Part {
        var name: String
        var title: LocalText
        var unit: String
        /// Among the parts, as they are told.
        var place = 0

        init(_ name: String, _ zh: String, _ en: String, _ unit: String) {
            self.name = name
            title = LocalText(zh: zh, en: en)
            self.unit = unit
        }
    }

    private static let parts: [Part] = [
        Part("new", "本期新增", "new", ""),
        Part("fed", "联合会", "federations", "家"),
        Part("companies", "企业", "companies", "家"),
        Part("since", "起始以来", "since the start", ""),
        Part("demand", "需求点权重", "demand", ""),
        Part("covered", "覆盖权重", "covered", ""),
        Part("overlapped", "交叉覆盖权重", "covered twice", ""),
        Part("cover", "覆盖", "covered", ""),
        Part("overlap", "交叉覆盖", "covered twice", ""),
        Part("passed", "达标", "passed", "个"),
        Part("assessed", "已评估", "assessed", "个"),
        Part("s5", "五星", "five stars", "个"),
        Part("s4", "四星", "four stars", "个"),
        Part("s3", "三星", "three stars", "个"),
        Part("s2", "二星", "two stars", "个"),
        Part("s1", "一星", "one star", "个"),
        Part("total", "总数", "all", "件"),
        Part("due", "应办", "due", "件"),
        Part("closed", "办结", "closed", "件"),
        Part("start", "期初", "at the start", "户"),
        Part("end", "期末", "at the end", "户"),
        Part("deep", "深度困难", "deep hardship", "户"),
        Part("relative", "相对困难", "relative hardship", "户"),
        Part("accident", "意外致困", "by accident", "户"),
        Part("complete", "齐全", "complete", "户"),
        Part("times", "人次", "times", "人次"),
        Part("households", "户数", "households", "户"),
        Part("persontimes", "帮扶人次", "times (persons)", "人次"),
        Part("fiscal", "财政", "public funds", ""),
        Part("union_budget", "工会经费", "union budget", ""),
        Part("upper_union", "上级工会", "upper union", ""),
        Part("donation", "社会捐助", "donations", ""),
        Part("employer", "单位", "employer", ""),
        Part("member_dues", "会费", "member dues", ""),
        Part("other", "其他", "other", ""),
        Part("recovered", "追回到账", "recovered", ""),
        Part("sent_back", "退汇", "sent back", ""),
        Part("living", "生活", "living", ""),
        Part("medical", "医疗", "medical", ""),
        Part("tuition", "助学", "tuition", ""),
        Part("amount", "金额", "amount", ""),
        Part("pupils", "学生", "pupils", "人"),
        Part("fairs", "场次", "fairs", "场"),
        Part("openings", "岗位", "openings", "个"),
        Part("intentions", "意向", "intentions", "人"),
        Part("hired", "就业", "hired", "人"),
        Part("found", "发现", "found", "件"),
        Part("left", "剩余", "left", "户"),
        Part("units", "单位", "units", "家"),
        Part("persons", "人数", "persons", "人"),
        Part("average", "人均", "average", ""),
        Part("payouts", "支出", "payouts", ""),
        Part("income", "收入", "income", ""),
        Part("backstop", "动用兜底", "backstop used", ""),
        Part("balance", "余额", "balance", ""),
        Part("ratio", "支出比", "payouts ÷ income", ""),
        Part("projects", "项目", "projects", "个"),
        Part("raised", "筹集", "raised", ""),
        Part("paid", "支付", "paid", ""),
        Part("matched", "配捐", "matched", ""),
        Part("cases", "案件", "cases", "件"),
        Part("agreed", "达成", "agreed", "件"),
        Part("findings", "问题", "findings", "个"),
        Part("mended", "整改", "mended", "件"),
        Part("rate", "比率", "rate", ""),
        Part("verified", "验收", "verified", "件"),
        Part("events", "场次", "events", "场"),
        Part("value", "价值", "value", ""),
        Part("valid", "有效问卷", "valid answers", "份"),
        Part("satisfied", "满意", "satisfied", "份"),
        Part("n", "样本", "n", ""),
        Part("upgrades", "等级提升", "upgrades", "人次"),
        Part("proposed", "提出", "proposed", "项"),
        Part("evaluated", "评审", "evaluated", "项"),
        Part("adopted", "采纳", "adopted", "项"),
        Part("done", "完成", "done", "项"),
        Part("benefit", "效益", "benefit", ""),
        Part("studios", "工作室", "studios", "家"),
        Part("centres", "中心", "centres", "个"),
        Part("stations", "服务站", "rooms", "个"),
        Part("online", "线上", "online", "人次"),
        Part("venue", "场馆", "on site", "人次"),
        Part("rest", "疗休养", "rest cures", "人"),
        Part("check", "体检", "check-ups", "人"),
        Part("subjects", "项目", "subjects", "个"),
        Part("classes", "班次", "classes", "个"),
        Part("students", "学员", "students", "人"),
        Part("visits", "到馆", "visits", "人次"),
        Part("promised", "承诺", "promised", "件"),
        Part("solved", "解决", "solved", "个"),
        Part("mean", "平均", "mean", "天"),
        Part("median", "中位数", "median", "天"),
        Part("share", "实名占比", "identified", ""),
        Part("received", "收缴", "received", ""),
        Part("returned", "返还", "returned", ""),
        Part("M20.times", "户次", "times (households)", "户次"),
        Part("M29.found", "发现", "found", "户"),
        Part("M50.found", "发现", "found", "个"),
        Part("M53.due", "应缴", "due", ""),
        Part("M31.times", "人次", "claims", "人次"),
        Part("M51.mean", "平均", "mean", "工作日"),
        Part("M51.median", "中位数", "median", "工作日"),
        Part("M49.done", "完成", "done", "件"),
    ]

    /// Names of parts in the order in which they are told; those that nothing is known of come last.
    static func sorted(_ names: [String]) -> [String] {
        names.sorted { a, b in
            let places = (known[a]?.place ?? .max, known[b]?.place ?? .max)
            return places.0 == places.1 ? a < b : places.0 < places.1
        }
    }

    private static func part(_ name: String, of metric: String) -> Part? {
        known["\(metric).\(name)"] ?? known[name]
    }

    /// What a part is called: its own name where nothing else is known (a source of money, a group of a plugin's).
    static func title(_ name: String, of metric: String, _ language: Language) -> String {
        part(name, of: metric)?.title[language] ?? OwnMetrics.title(ofGroup: name, language)
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
        // A part that is the figure itself needn't be said twice.
        let names = FigureParts.sorted(self.parts.keys.filter { self.parts[$0] != main })
        let parts = names.map { name in
            "\(FigureParts.title(name, of: metric, language)) \(self.parts[name]?.text(language) ?? "")"
        }.joined(separator: " · ")
        guard let main else { return parts }
        return parts.isEmpty ? main.text(language) : "\(main.text(language)) (\(parts))"
    }
}
