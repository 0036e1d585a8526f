/// What a member can do about a refusal: a closed list. Income, illness, household and hardship class are never on it.
public enum Advice: Hashable, Sendable {
    /// Ask again in so many days, counted from today; 0: now.
    case wait(days: Int, isGoods: Bool)
    /// Hand in a paper that the form takes and that is missing.
    case handIn(LocalText)
    /// Join the union, or another program first.
    case enrol(LocalText)
    /// Have a datum of the register corrected, if it is wrong. What it would have to be is not told: nobody is coached.
    case correct(LocalText)

    /// The stable word of each.
    public enum Kind: String, Sendable, CaseIterable {
        case wait
        case handIn = "hand_in"
        case enrol, correct
    }

    /// Which it is.
    public var kind: Kind {
        switch self {
        case .wait: .wait
        case .handIn: .handIn
        case .enrol: .enrol
        case .correct: .correct
        }
    }

    /// In words.
    public var text: LocalText {
        switch self {
        case .wait(0, _): LocalText(zh: "条件现已满足,可以再次申请", en: "Nothing stands in the way any more: ask again")
        case .wait(let days, true): LocalText(zh: "再过 \(days) 天可领取", en: "To be had again in \(days) days")
        case .wait(let days, false): LocalText(zh: "再过 \(days) 天可申请", en: "To be asked for again in \(days) days")
        case .handIn(let what): LocalText(zh: "补交“\(what.zh)”后可再申请", en: "Hand in “\(what.en)” and ask again")
        case .enrol(let what): LocalText(zh: "先办理“\(what.zh)”", en: "Enrol in “\(what.en)” first")
        case .correct(let what):
            LocalText(
                zh: "登记的“\(what.zh)”如与实际不符,请到所属工会更正",
                en: "If “\(what.en)” is registered wrong, have your union correct it")
        }
    }

    /// For `--json` and the API.
    public var value: Value {
        var members: [String: Value] = [
            "kind": .text(kind.rawValue), "text": .text(text.zh), "text_en": .text(text.en),
        ]
        if case .wait(let days, _) = self { members["days"] = .int(Int64(days)) }
        return .map(members)
    }
}
