import NiangjiaCore

/// Checks from which lines something is paid: that there are such lines, and that their money may be used for it.
struct FundingChecker {
    let surroundings: ConfigSurroundings
    let problems: Problems

    /// A program's, or a form's, `funding`.
    func check(_ node: YAMLNode?, _ path: String) {
        guard let node else { return }
        var seen: Set<String> = []
        for (index, item) in node.items.enumerated() {
            guard let line = item["line"], let id = line.text else { continue }
            let at = YAMLPath.item(path, index) + ".line"
            if let lines = surroundings.fundLines {
                PathChecker.expect(
                    line, in: lines.sorted(), at, ("config/funds.yaml 中没有资金", "config/funds.yaml has no line"), problems
                )
            }
            if !seen.insert(id).inserted {
                problems.error(line, at, zh: "资金 \(id) 写了两次", en: "line \(id) stands twice")
            }
        }
        if let funds = surroundings.funds { checkPurposes(node, path, funds) }
        let shares = node.items.compactMap { Reading.rate($0["share"]) }
        guard !shares.isEmpty else { return }
        let sum = shares.reduce(0) { $0 + $1.basisPoints }
        if shares.count != node.items.count || sum != 10_000 {
            problems.error(
                node, path, zh: "写了 share 时每项都要写,且合计须为 100%(现为 \(Rate(basisPoints: sum)))",
                en: "where shares are given, each line needs one and they sum to 100% (now \(Rate(basisPoints: sum)))")
        }
    }

    /// Money that somebody gave, or paid in, for a purpose: it isn't a city's to use for another.
    private static let restricted: Set<String> = ["donation", "member_dues", "fees"]

    /// A program is for one purpose: what the line that pays first is for. A line of another purpose is told; where either of the two
    /// is restricted, or promised a backstop, or what stands on the line is unions' money, it is refused.
    private func checkPurposes(_ node: YAMLNode, _ path: String, _ funds: FundsSettings) {
        let owed = FundingChecker.owedToUnions(funds.dues)
        let pools = Set(funds.backstops.map(\.line))
        func isRestricted(_ line: FundsSettings.Line) -> Bool {
            FundingChecker.restricted.contains(line.source) || pools.contains(line.id)
        }
        var first: FundsSettings.Line?
        for (index, item) in node.items.enumerated() {
            guard let line = funds.lines.first(where: { $0.id == item["line"]?.text }) else { continue }
            let at = YAMLPath.item(path, index) + ".line"
            if owed.contains(line.id) {
                problems.error(
                    item["line"], at, zh: "资金 \(line.id) 是应回拨、上解或待查的工会经费,不能用于项目",
                    en: "line \(line.id) holds dues of unions, or of nobody known yet: no program pays from it")
            }
            guard let main = first else {
                first = line
                continue
            }
            guard line.purpose != main.purpose else { continue }
            let zh =
                "资金 \(line.id) 的用途是 \(line.purpose)(来源 \(line.source)),\(main.id) 的用途是 \(main.purpose)(来源 \(main.source))"
            let en =
                "line \(line.id) is for \(line.purpose) (source \(line.source)), \(main.id) is for \(main.purpose) (source \(main.source))"
            if isRestricted(line) || isRestricted(main) {
                problems.error(
                    item["line"], at, zh: zh + ":捐款、会员互助金等专款不得用于别的用途",
                    en: en + ": donations, members' pools and fees are for their purpose only")
            } else {
                problems.warning(item["line"], at, zh: zh + ",请核对", en: en + ": is that meant?")
            }
        }
    }

    /// Lines of dues that are others' money: what is returned, passed up, waits for the year's end or is in suspense.
    private static func owedToUnions(_ agreements: [DuesAgreement]) -> Set<String> {
        Set(
            agreements.flatMap { agreement in
                agreement.shares.filter { $0.level == "basic" || $0.payTo != nil }.map(\.line)
                    + [agreement.suspenseLine, agreement.heldLine].compactMap { $0 }
            })
    }
}
