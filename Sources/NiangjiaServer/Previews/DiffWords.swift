import NiangjiaCore
import NiangjiaExchange

/// A comparison in words: on the terminal, in a workbook, in JSON.
struct DiffWords: Sendable {
    let report: ProgramDiff
    let from: BundleChoice
    let to: BundleChoice
    /// Of whom the account may know.
    let names: [SubjectRef: SubjectNames.Named]
    /// How much of it the account is told.
    let telling: Telling
    /// A side whose rule nobody else has read, where that keeps the money from the account.
    let unread: Unread?
    /// What differs in the program's own file.
    let settings: [String]
    let language: Language
    /// Whether what either side comes to isn't told: then the difference isn't either, from which it follows.
    private let hidesTotals: Bool
    /// Whether the comparison points at single people: a few who gain, or lose, are a small group.
    private let isSmall: Bool

    init(
        _ report: ProgramDiff, _ from: BundleChoice, _ to: BundleChoice, names: [SubjectRef: SubjectNames.Named],
        telling: Telling, unread: Unread?, language: Language
    ) throws {
        self.telling = telling
        self.unread = telling == .people ? unread : nil
        self.language = language
        // Looked at once: a comparison of a city has a million lines.
        let isOpen = telling == .all
        hidesTotals = [report.before, report.after].contains {
            TotalsTold($0, leftOut: 0, isOpen ? .all : .many).hidesMoney
                || telling == .people && TotalsTold.isCut($0, leftOut: 0)
        }
        isSmall =
            hidesTotals
            || DiffLine.Kind.allCases.contains { kind in
                // Who applied twice is one person; sealed ones are told apart by nobody, and count as one.
                let subjects = Set(report.lines.lazy.filter { $0.kind == kind }.flatMap(\.subjects).map(\.subject))
                return (1..<Suppression.least).contains(subjects.count)
            }
        self.report = report
        self.from = from
        self.to = to
        self.names = names
        settings =
            if let old = from.bundle, let new = to.bundle {
                try BundleDifference.program(
                    report.program, than: report.than ?? report.program, from: old, to: new
                ).map { $0[language] }
            } else { [] }
    }

    private var isOpen: Bool { telling == .all }

    private var header: [String] {
        language == .zh
            ? ["家庭", "对象", "姓名", "工会", "变化", "原结果", "原金额(元)", "新结果", "新金额(元)", "差额(元)", "决定条件", "说明"]
            : [
                "household", "subject", "name", "union", "change", "result before", "yuan before", "result after",
                "yuan after", "difference", "condition", "in words",
            ]
    }

    /// The lines of whose every subject the account may know.
    private var lines: [DiffLine] { report.lines.filter { $0.subjects.allSatisfy { names[$0.subject] != nil } } }

    func tell(_ call: Call, seesNames: Bool, limit: Int) {
        let output = call.output
        output.line(
            "前后对比 \(report.program)/\(report.form),按 \(report.asOf):\(from.words.zh) → \(to.words.zh)。没有改动任何资料。",
            en:
                "Comparison of \(report.program)/\(report.form) as of \(report.asOf): \(from.words.en) → \(to.words.en). Nothing was changed."
        )
        report.filed?.tell(asOf: report.asOf, form, output)
        if let than = report.than {
            output.line(
                "  原先按 \(than) 的规则(期间移到 \(report.program) 的期间),两边都按资金足够计;名额和上限照算。",
                en:
                    "  Before: the rules of \(than), moved to the season of \(report.program). Money suffices on both sides; places and limits count."
            )
        }
        settings.forEach { output.line("  " + $0) }
        if !isOpen, hidesTotals, unread == nil {
            output.line(
                "  享受的人数少,不显示:须有权查看每一项资料。",
                en: "  Too few are served to be told of: who may see each of their facts sees it.")
        }
        if isOpen || !isSmall {
            tellTotals(output)
        }
        if !isOpen, isSmall, !hidesTotals {
            output.line(
                "  变化人数少,不单列:须有权查看每一项资料才能看全部。",
                en: "  Too few change to be told apart: who may see each of their facts sees all.")
        }
        if let words = unread?.words { output.line("  " + words.zh, en: "  " + words.en) }
        tellKinds(call, seesNames: seesNames, limit: limit)
    }

    /// The form as the newer side has it.
    private var form: FormDefinition? {
        (to.bundle ?? from.bundle).flatMap { bundle in
            bundle.programs[report.program].flatMap { bundle.plugins[$0.plugin] }?.manifest.forms[report.form]
        }
    }

    private func told(_ totals: SweepTotals) -> TotalsTold { TotalsTold(totals, leftOut: 0, telling) }

    private func tellTotals(_ output: Output) {
        let amounts = LocalText(
            zh: ",金额 \(report.before.amount) 元 → \(report.after.amount) 元",
            en: ", amount \(report.before.amount) → \(report.after.amount) yuan")
        let money = unread == nil ? amounts : LocalText(zh: "", en: "")
        output.line(
            "  享受 \(stands(report.before)) → \(stands(report.after))\(money.zh)",
            en: "  served \(stands(report.before)) → \(stands(report.after))\(money.en)")
        if report.before.failed + report.after.failed > 0 {
            let (old, new) = (
                told(report.before).words(.failed, report.before), told(report.after).words(.failed, report.after)
            )
            output.line(
                "  规则出错 \(old) → \(new)(不是拒绝;出错在哪一行,试算会说明)",
                en: "  the rule failed for \(old) → \(new) (no refusals; a preview tells at which line)")
        }
    }

    private func tellKinds(_ call: Call, seesNames: Bool, limit: Int) {
        let output = call.output
        for kind in DiffLine.Kind.allCases where report.count(kind) > 0 && (isOpen || !isSmall) {
            let amount = report.amount(kind)
            let money = LocalText(zh: unread == nil ? ",\(amount) 元" : "", en: unread == nil ? ", \(amount) yuan" : "")
            output.line(
                "  \(kind.title.zh) \(report.count(kind)) 户(人)\(money.zh)",
                en: "  \(kind.title.en) \(report.count(kind)) households (people)\(money.en)")
        }
        if report.lines.isEmpty { output.line("  没有任何人的结果不同。", en: "  Nobody's outcome differs.") }
        if report.otherReason > 0, isOpen || report.otherReason >= Suppression.least {
            output.line(
                "  金额不变、原因不同 \(report.otherReason) 人",
                en: "  the same amount for another reason: \(report.otherReason) people")
        }
        guard seesNames else { return }
        let shown = lines.prefix(limit)
        if !shown.isEmpty { output.table(header, shown.flatMap(cells)) }
        if lines.count > shown.count {
            output.line(
                "  …共 \(lines.count) 户(人);全部请用 --out 文件.xlsx",
                en: "  … \(lines.count) households (people); all of them: --out FILE.xlsx")
        }
    }

    private func stands(_ totals: SweepTotals) -> Int { totals.granted + totals.limited }

    private func cells(_ line: DiffLine) -> [[String]] {
        line.subjects.map { subject in
            let (code, text) = condition(subject)
            return [
                line.household?.text ?? "", subject.subject.description, names[subject.subject]?.name ?? "",
                names[subject.subject]?.union ?? "", line.kind.title[language], word(subject.before),
                subject.amountBefore.yuan, word(subject.after), subject.amountAfter.yuan,
                (subject.amountAfter - subject.amountBefore).yuan, code, text,
            ]
        }
    }

    private func word(_ outcome: Outcome?) -> String {
        outcome.map { Explanation.word($0.result.rawValue)[language] }
            ?? (language == .zh ? "不在范围" : "out of scope")
    }

    private func condition(_ subject: DiffSubject) -> (code: String, text: String) {
        if subject.before?.result == .failed || subject.after?.result == .failed {
            return ("-", language == .zh ? "规则出错:试算可见在哪一行" : "the rule fails: a preview tells at which line")
        }
        if let found = subject.condition {
            let bundle = (found.isAfter ? to : from).bundle
            let program = found.isAfter ? report.program : report.than ?? report.program
            let plugin = bundle.flatMap { bundle in
                bundle.programs[program].flatMap { bundle.plugins[$0.plugin] }
            }
            let text = ReasonText.text(
                found.code, found.params, plugin: plugin?.manifest, stacking: bundle?.stacking)
            let side = found.isAfter ? LocalText(zh: "改后:", en: "now: ") : LocalText(zh: "原先:", en: "before: ")
            return (found.code, side[language] + text[language])
        }
        if from.bundle == nil || to.bundle == nil {
            return ("-", language == .zh ? "开办与否" : "open or not")
        }
        let other = language == .zh ? "金额不同" : "another amount"
        return ("-", settings.isEmpty ? other : settings.joined(separator: language == .zh ? ";" : "; "))
    }

    /// Writes every line to a workbook, or to CSV, and returns the number of rows.
    func write(to file: String) throws -> Int {
        let rows = lines.flatMap(cells)
        if file.hasSuffix(".xlsx") {
            let writer = try XLSXWriter(path: file, sheet: language == .zh ? "前后对比" : "comparison", header: header)
            for row in rows { try writer.write(row) }
            try writer.finish()
        } else {
            let writer = try CSVWriter(path: file)
            try writer.write(header)
            for row in rows { try writer.write(row) }
            try writer.finish()
        }
        return rows.count
    }

    /// For `--json` and the API.
    func value(limit: Int, seesNames: Bool, file: String?) -> Value {
        let all = Suppression(report.groups, isOpen: isOpen)
        let told = unread == nil ? all : all.withoutMoney(hidesServed: false)
        var members: [String: Value] = [
            "program": .text(report.program), "form": .text(report.form), "as_of": .text(report.asOf.description),
            "from": .text(from.digest), "to": .text(to.digest), "settings": .list(settings.map { .text($0) }),
            "than": report.than.map { .text($0) } ?? .null, "filed": report.filed?.value ?? .null,
            "before": totals(report.before),
            "after": isOpen || !isSmall ? totals(report.after) : .null,
            "changes": .list(seesNames ? lines.prefix(limit).map(value) : []),
            "truncated": .bool(seesNames && lines.count > limit), "names": .bool(seesNames),
            "file": file.map { .text($0) } ?? .null, "unread": unread?.value ?? .null,
        ]
        guard isOpen || !isSmall else { return .map(members) }
        for kind in DiffLine.Kind.allCases {
            members[kind.rawValue] = .int(Int64(report.count(kind)))
            members[kind.rawValue + "_fen"] = unread == nil ? .int(report.amount(kind).fen) : .null
        }
        members["other_reason"] = .int(Int64(report.otherReason))
        members["by_organization"] = .map(
            Dictionary(
                uniqueKeysWithValues: told.rows.map { row in
                    (
                        row.name,
                        [
                            "considered": .int(Int64(row.considered)),
                            "gains": row.granted.map { .int(Int64($0)) } ?? .null,
                            "loses": row.leftOut.map { .int(Int64($0)) } ?? .null,
                            "difference_fen": row.amount.map { .int($0.fen) } ?? .null,
                        ] as Value
                    )
                }))
        return .map(members)
    }

    private func totals(_ totals: SweepTotals) -> Value {
        var members: [String: Value] = [
            "considered": .int(Int64(totals.considered)), "granted": .int(Int64(totals.granted)),
            "limited": .int(Int64(totals.limited)), "amount_fen": .int(totals.amount.fen),
        ]
        told(totals).veil(&members)
        return .map(members.filter { ["considered", "granted", "limited", "amount_fen"].contains($0.key) })
    }

    private func value(_ line: DiffLine) -> Value {
        [
            "household": line.household.map { .text($0.text) } ?? .null, "kind": .text(line.kind.rawValue),
            "before_fen": .int(line.before.fen), "after_fen": .int(line.after.fen),
            "difference_fen": .int(line.difference.fen),
            "subjects": .list(
                line.subjects.map { subject in
                    let (code, text) = condition(subject)
                    return [
                        "subject": .text(subject.subject.description),
                        "name": .text(names[subject.subject]?.name ?? ""),
                        "union": .text(names[subject.subject]?.union ?? ""),
                        "before": subject.before.map { .text($0.result.rawValue) } ?? .null,
                        "after": subject.after.map { .text($0.result.rawValue) } ?? .null,
                        "before_fen": .int(subject.amountBefore.fen), "after_fen": .int(subject.amountAfter.fen),
                        "condition": .text(code), "text": .text(text),
                    ]
                }),
        ]
    }
}
