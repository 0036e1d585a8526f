extension HostReason {
    /// What the host's own reasons say. `{most}` and the like stand for parameters.
    static let words: [String: LocalText] = [
        budgetShort: LocalText(zh: "项目资金不足", en: "The program's money does not suffice"),
        quotaFull: LocalText(zh: "名额已满", en: "All places are taken"),
        notCollected: LocalText(zh: "{last:date}前没有领取,已失效", en: "Nobody came for it by {last:date}: it has lapsed"),
        withdrawn: LocalText(zh: "由经办取消:{why:text}", en: "Taken out by a person: {why:text}"),
        yearEnd: LocalText(zh: "年度结账时未支付,按决定失效", en: "Not paid when its year was closed: it lapsed by a decision"),
        tooFew: LocalText(
            zh: "本单位符合条件的有{count:integer}人,须满{needed:integer}人", en: "{count:integer} pass; {needed:integer} must"),
        overEachMax: LocalText(
            zh: "金额超过每笔上限{most:money}元,转人工", en: "More than {most:money} yuan in one payment: a person decides"),
        ceiling: LocalText(zh: "超出批准的人数或总额,列入候补", en: "Beyond what was approved: on the waiting list"),
        outOfSeason: LocalText(zh: "不在申请时间或项目期间内", en: "Outside the season, or the time for applications"),
        notMember: LocalText(zh: "不是会员,或会籍不在效力内", en: "Not a member, or the membership isn't in force"),
        deceased: LocalText(
            zh: "申请人或当事人已登记为去世", en: "The register says that the applicant, or whom it is for, has died"),
        sameHousehold: LocalText(
            zh: "同一户本次已有一人核定,还没有判定:再核定一次即按前一人的结果判定",
            en: "Another of the household was decided in this run; deciding once more judges by what they got"),
        exclusion: LocalText(zh: "与已享受的另一项目不能重复享受", en: "Not together with another program"),
        missingFact: LocalText(zh: "所需资料不全,请补正", en: "Something that is needed is missing: complete it"),
        pluginFailed: LocalText(zh: "自动核定没有完成,转人工", en: "The automatic decision did not complete: a person decides"),
    ]

    /// What ``budgetShort`` says where the rest is owed (`short: queue`).
    private static let queued = LocalText(
        zh: "项目资金不足:已预留{held:money}元,{queued:money}元排队等资金",
        en: "The program's money does not suffice: {held:money} yuan are held, {queued:money} yuan wait in the queue")

    /// What a reason of the host's says with these parameters.
    static func words(_ code: String, _ params: [String: Value]) -> LocalText? {
        code == budgetShort && params["queued"] != nil ? queued : words[code]
    }
}

/// Reasons in words.
public enum ReasonText {
    /// The words for a code, with its parameters filled in: the plugin's own, the city's stacking rules', or the host's.
    public static func text(_ code: String, _ params: [String: Value], plugin: Manifest?, stacking: StackingSettings?)
        -> LocalText
    {
        let found = plugin?.reasons[code]?.text ?? stacking?.reasons[code] ?? HostReason.words(code, params)
        guard let found else { return LocalText(zh: code, en: code) }
        return LocalText(zh: fill(found.zh, params), en: fill(found.en, params))
    }

    /// `{days:integer}` becomes the parameter of that name: integers and dates as they are, money in yuan.
    static func fill(_ template: String, _ params: [String: Value]) -> String {
        var out = ""
        var rest = template[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            out += rest[..<open]
            let parts = rest[rest.index(after: open)..<close].split(separator: ":").map(String.init)
            out += word(params[parts.first ?? ""] ?? .null, parts.count > 1 ? parts[1] : "")
            rest = rest[rest.index(after: close)...]
        }
        return out + rest
    }

    private static func word(_ value: Value, _ type: String) -> String {
        switch value {
        case .int(let n): type == "money" ? Money(fen: n).description : String(n)
        case .text(let text): text
        default: "…"
        }
    }
}
