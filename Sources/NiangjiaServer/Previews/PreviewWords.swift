import NiangjiaCore

/// A preview as it may be told: totals, groups without what would point at single people, and the season's budget.
struct PreviewWords: Sendable {
    let report: PreviewReport
    let program: Program
    let bundle: Bundle
    /// How much of it the account is told.
    let telling: Telling
    /// What was previewed, where that is not in force.
    let source: LocalText?
    /// Whether the folder differs from what is in force.
    let differs: Bool
    /// What was in force on a past day that was asked about; nil: nothing, or the day is today.
    let then: String?

    private var seesAll: Bool { telling == .all }

    /// A population of one to four is a small group itself.
    private var isVeiled: Bool { !seesAll && (1..<Suppression.least).contains(report.totals.considered) }

    private var told: TotalsTold { TotalsTold(report.totals, leftOut: report.budget.leftOut, telling) }

    /// The reasons of an outcome whose number isn't told aren't either: they add up to it.
    private var reasons: (shown: [String: Int], hidden: Int, sum: Int) {
        if seesAll { return (report.totals.byReason, 0, 0) }
        let hidden = told.hidden
        return Suppression.told(report.reasons.filter { !hidden.contains($0.key) }.map(\.value))
    }

    func tell(_ call: Call) {
        let output = call.output
        output.line(
            "试算 \(report.program)/\(report.form),按 \(report.asOf)\(source.map { ",按\($0.zh)(未必已批准)" } ?? "")。没有改动任何资料。",
            en:
                "Preview of \(report.program)/\(report.form) as of \(report.asOf)\(source.map { ", by \($0.en) (perhaps not approved)" } ?? ""). Nothing was changed."
        )
        report.filed?.tell(
            asOf: report.asOf, bundle.plugins[program.plugin]?.manifest.forms[report.form], output)
        if differs, source == nil {
            output.line(
                "  注意:文件夹中的配置与生效中的不同,这里按生效中的试算;试算文件夹中的内容请加 --proposed。",
                en:
                    "  Mind: the folder differs from what is in force, which is previewed here; --proposed previews the folder."
            )
        }
        if program.status != .open {
            let word = Operations.statusWord(program.status)
            output.line(
                "  注意:项目“\(word.zh)”,没有开放,不会核定;这里按开放时试算。",
                en:
                    "  Mind: the program is \(word.en), and nobody is decided for; this is what it would come to if it were open."
            )
        }
        if report.isHistory {
            output.line(
                "  按当日的登记资料计算;当日还没有登记的不在范围内。", en: "  By that day's register; who wasn't in it then is out of scope.")
        }
        if let then, then != report.bundle {
            output.line(
                "  当日生效的是另一版配置 \(then.prefix(12)):按它试算请加 --bundle then。",
                en: "  Another bundle was in force that day, \(then.prefix(12)): --bundle then previews it.")
        }
        guard !isVeiled else {
            return output.line(
                "  范围不足 \(Suppression.least) 人:须有权查看每一项资料才能看结果。",
                en:
                    "  Fewer than \(Suppression.least) people: only who may see each of their facts sees what comes of it."
            )
        }
        Operations.tell(report.totals, told: told, reasons: reasons.shown, program, bundle, call)
        if reasons.hidden > 0 {
            output.line(
                "    其余 \(reasons.hidden) 种原因 \(reasons.sum)(人数少的不单列)",
                en: "    \(reasons.hidden) other reasons \(reasons.sum) (small groups aren't told apart)")
        }
        if telling == .people {
            let words = Unread(program.plugin, in: bundle).words
            output.line("  " + words.zh, en: "  " + words.en)
        }
        tellBudget(call)
        for table in report.groups where table.rows.count > 1 { tell(table, call) }
        // Over every outcome: of a rule of one's own it could be worked out for each amount that one person may have been given.
        guard telling != .people else { return }
        output.line(
            "  内容摘要 \(report.contentHash.prefix(16))(批准时随配置存档)",
            en: "  digest \(report.contentHash.prefix(16)) (kept with the bundle when it is approved)")
    }

    /// The groups as they may be told.
    private func told(_ table: GroupTable) -> Suppression {
        let all = Suppression(table, isOpen: seesAll)
        guard telling == .people else { return all }
        return all.withoutMoney(hidesServed: TotalsTold.isCut(report.totals, leftOut: report.budget.leftOut))
    }

    /// Other open programs that draw on its fund lines.
    private var sharing: [String] {
        let lines = Set(program.rules(for: report.form).funding.map(\.line))
        return bundle.programs.values.filter { other in
            other.id != program.id && other.status == .open
                && ([other.base] + other.forms.values).contains { $0.funding.contains { lines.contains($0.line) } }
        }.map(\.id).sorted()
    }

    private func tellBudget(_ call: Call) {
        let budget = report.budget
        let (output, told) = (call.output, told)
        guard !told.hidesMoney else { return }
        output.line(
            "  资金 \(report.fundBefore) 元 → \(report.fundAfter) 元",
            en: "  funds \(report.fundBefore) → \(report.fundAfter) yuan")
        if budget.lines.count > 1 {
            for line in budget.lines {
                output.line(
                    "    \(line.line) \(line.before) 元 → \(line.after) 元",
                    en: "    \(line.line) \(line.before) → \(line.after) yuan")
            }
        }
        if !sharing.isEmpty {
            let names = sharing.joined(separator: output.word("、", ", "))
            output.line(
                "    同一资金线的其他开放项目:\(names)(它们要用的没有扣除;按先后一起试算用 --all)",
                en:
                    "    other open programs on the same lines: \(names) (what they take isn't taken off; --all previews them in turn)"
            )
        }
        if budget.decisionsBefore > 0 {
            output.line(
                "  本季此前已给 \(budget.decisionsBefore) 份、\(budget.givenBefore) 元",
                en: "  given before this season: \(budget.decisionsBefore), \(budget.givenBefore) yuan")
        }
        guard let served = budget.servedUntilShort, !told.hidesLeftOut else { return }
        if program.rules(for: report.form).order.contains(.drawn) {
            output.line(
                "  同次序的人由抽签决定:这里谁享受只是一例,人数和金额大致如此。",
                en:
                    "  Equals are drawn for: who is served here is an example; how many and how much comes out much the same."
            )
        }
        output.line(
            "  资金或名额不足:足额 \(served) 人之后用完,\(budget.leftOut) 人符合条件而落空或少给,还差 \(budget.missing) 元",
            en:
                "  not enough: used up after \(served) were served in full; \(budget.leftOut) qualify and go without or get less, \(budget.missing) yuan are missing"
        )
    }

    private func tell(_ table: GroupTable, _ call: Call) {
        let output = call.output
        let told = told(table)
        guard !told.rows.isEmpty else {
            return output.line(
                "  按\(table.dimension.title.zh):各组人数少,不单列",
                en: "  by \(table.dimension.title.en): the groups are too small to be told apart")
        }
        output.line("  按\(table.dimension.title.zh)", en: "  by \(table.dimension.title.en)")
        for row in told.rows.prefix(20) {
            let amount = row.amount.map { "  \($0) " + output.word("元", "yuan") } ?? "  -"
            let leftOut = (row.leftOut ?? 0) > 0 ? output.word("  落空 ", "  left out ") + "\(row.leftOut ?? 0)" : ""
            let granted = row.granted.map { "\($0)" } ?? "-"
            output.line(
                "    \(row.name)  \(row.considered) 人  享受 \(granted)\(amount)\(leftOut)",
                en: "    \(row.name)  \(row.considered) people  served \(granted)\(amount)\(leftOut)")
        }
        if told.rows.count > 20 {
            output.line(
                "    …共 \(told.rows.count) 组,全部见 --json", en: "    … \(told.rows.count) groups, all of them: --json")
        }
        if told.hiddenGroups > 0 {
            output.line(
                "    其余 \(told.hiddenGroups) 组 \(told.hiddenConsidered) 人(人数少的合并)",
                en:
                    "    \(told.hiddenGroups) other groups, \(told.hiddenConsidered) people (small ones are put together)"
            )
        }
    }

    /// For `--json` and the API.
    var value: [String: Value] {
        var members = Operations.value(report.totals, program: report.program, asOf: report.asOf)
        let told = told
        told.veil(&members)
        members["by_reason"] = .map(reasons.shown.mapValues { .int(Int64($0)) })
        members["by_reason_hidden"] = ["codes": .int(Int64(reasons.hidden)), "count": .int(Int64(reasons.sum))]
        members["form"] = .text(report.form)
        members["bundle"] = .text(report.bundle)
        members["fund"] = told.hidesMoney ? .null : Operations.fund(report.fundBefore, report.fundAfter)
        members["content_hash"] = telling == .people ? .null : .text(report.contentHash)
        members["unread"] = telling == .people ? Unread(program.plugin, in: bundle).value : .null
        members["folder_differs"] = .bool(differs)
        members["history"] = .bool(report.isHistory)
        members["filed"] = report.filed?.value ?? .null
        members["bundle_then"] = then.map { .text($0) } ?? .null
        members["budget"] = budget
        for table in report.groups {
            let told = self.told(table)
            members["by_\(table.dimension.rawValue)"] = told.value
            members["by_\(table.dimension.rawValue)_hidden"] = [
                "groups": .int(Int64(told.hiddenGroups)), "considered": .int(Int64(told.hiddenConsidered)),
            ]
        }
        guard isVeiled else { return members }
        let open: Set<String> = [
            "program", "form", "as_of", "bundle", "considered", "content_hash", "unread", "folder_differs", "history",
            "filed",
        ]
        return members.reduce(into: [:]) { $0[$1.key] = open.contains($1.key) ? $1.value : .null }
    }

    private var budget: Value {
        let (budget, told) = (report.budget, told)
        guard !told.hidesMoney else { return .null }
        let hidesMissing = told.hidesLeftOut
        return [
            "lines": .list(
                budget.lines.map {
                    ["line": .text($0.line), "before_fen": .int($0.before.fen), "after_fen": .int($0.after.fen)]
                }), "given_before_fen": .int(budget.givenBefore.fen),
            "decisions_before": .int(Int64(budget.decisionsBefore)),
            "wanted_fen": hidesMissing ? .null : .int(budget.wanted.fen), "held_fen": .int(budget.held.fen),
            "missing_fen": hidesMissing ? .null : .int(budget.missing.fen),
            "left_out": hidesMissing ? .null : .int(Int64(budget.leftOut)),
            "served_until_short": hidesMissing ? .null : budget.servedUntilShort.map { .int(Int64($0)) } ?? .null,
            "sharing": .list(sharing.map { .text($0) }),
        ]
    }
}

extension Suppression {
    /// By name, for `--json` and the API.
    var value: Value {
        .map(
            Dictionary(
                uniqueKeysWithValues: rows.map { row in
                    (
                        row.name,
                        [
                            "considered": .int(Int64(row.considered)),
                            "granted": row.granted.map { .int(Int64($0)) } ?? .null,
                            "left_out": row.leftOut.map { .int(Int64($0)) } ?? .null,
                            "amount_fen": row.amount.map { .int($0.fen) } ?? .null,
                        ] as Value
                    )
                }))
    }
}

extension FiledSpan {
    /// What was looked back at, for whoever reads a preview or comparison of it.
    func tell(asOf date: CivilDate, _ form: FormDefinition?, _ output: Output) {
        output.line(
            "  按申请办理的表单:用 \(days.from) 至 \(days.to) 提交的 \(count) 份申请重新判定(内容如当时所填,资料按现在的登记,标准按 \(date));它们用掉的资金和名额先退回再算。",
            en:
                "  A form that is applied for: the \(count) applications of \(days.from) to \(days.to) are judged again (as filled in then, by the register of now, with the settings of \(date)); the money and places that they took are given back first."
        )
        if count == 0 {
            output.line("  这段时间没有申请。", en: "  There was none.")
        }
        for (name, count) in lacks.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            let title = form?.fields.first { $0.name == name }?.title ?? LocalText(zh: name, en: name)
            output.line(
                "  其中 \(told(count)) 份没有按现在的表单填“\(title.zh)”(\(name)),或者所填的登记已被删除:判不出结果,计为待补正,其他改动对它们的影响也看不出来。",
                en:
                    "  \(told(count)) of them don't have “\(title.en)” (\(name)) as the form asks for it now, or name a record there that was removed: they can't be judged, count as incomplete, and hide what else would change for them."
            )
        }
        if seesPast {
            output.line(
                "  规则看同一对象以往的待遇:以往按当时实际给的计,新规则本来会给的多少没有接着算。",
                en:
                    "  The rule looks at what the same subject got before: that is as it was given, not as the other rules would have given it."
            )
        }
    }

    /// A few applications are a few people's.
    private func told(_ count: Int) -> String { count < Suppression.least ? "<\(Suppression.least)" : "\(count)" }

    /// For `--json` and the API.
    var value: Value {
        [
            "from": .text(days.from.description), "to": .text(days.to.description), "applications": .int(Int64(count)),
            "lacks": .map(lacks.mapValues { $0 < Suppression.least ? .null : .int(Int64($0)) }),
        ]
    }
}
