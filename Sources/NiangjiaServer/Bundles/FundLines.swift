import NiangjiaConfig
import NiangjiaCore

/// The fund lines of an approved bundle and the ledger's.
enum FundLines {
    /// Opens lines that the configuration has gained and books budgets that it has changed. A line that it says nothing new about
    /// stays as it is: openings and additions that came from files are not undone by an unrelated change.
    static func bring(
        from old: FundsSettings, to new: FundsSettings, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        for line in new.lines {
            let backstop = new.backstop(of: line)
            let known = try Ledger.line(line.id, in: writer)
            if known != nil, new.isUnchanged(line, since: old) { continue }
            try checkRoom(line, backstop, known, in: writer)
            try Ledger.open(
                FundLine(
                    id: line.id, year: line.year, source: line.source, purpose: line.purpose, amount: line.amount,
                    carriesOver: line.carryOver,
                    backstop: backstop.map { .init(source: $0.from, yearCap: $0.yearCap) }), context, in: writer)
        }
    }

    /// What of a line in use can't change and has: the key of it.
    private static func changed(_ line: FundsSettings.Line, _ known: FundLine) -> String? {
        if known.year != line.year { return "year" }
        if known.source != line.source { return "source" }
        return known.purpose == line.purpose ? nil : "purpose"
    }

    private static func inUse(_ line: FundsSettings.Line) -> LocalText {
        LocalText(
            zh: "资金项目 \(line.id) 已经启用,年度、来源、用途不能改:请另设一个项目。",
            en: "Fund line \(line.id) is in use: its year, source and purpose can't change. Set up another line.")
    }

    /// Lines in use that a configuration changes in what can't change, each with its place in `config/funds.yaml`.
    static func problems(
        of new: Bundle, since old: FundsSettings, in reader: any StoreReader
    ) throws -> [ConfigProblem] {
        let file = "config/funds.yaml"
        let nodes = (try? YAMLDocument(new.files[file] ?? [], file: file))?.root["lines"]?.items ?? []
        return try new.funds.lines.compactMap { line in
            guard let known = try Ledger.line(line.id, in: reader), !new.funds.isUnchanged(line, since: old),
                let key = changed(line, known)
            else { return nil }
            let node = nodes.first { $0["id"]?.text == line.id }
            let mark = (node?[key] ?? node)?.start
            return ConfigProblem(
                file: file, line: mark?.line ?? 0, column: mark?.column ?? 0, path: "lines.\(line.id).\(key)",
                message: inUse(line), severity: .error)
        }
    }

    /// What is promised and paid already can't be taken out of a line by a smaller budget: said with what is at least needed.
    private static func checkRoom(
        _ line: FundsSettings.Line, _ backstop: FundsSettings.Backstop?, _ known: FundLine?, in writer: any StoreWriter
    ) throws {
        guard let known else { return }
        let place = "config/funds.yaml: lines.\(line.id)"
        guard changed(line, known) == nil else {
            let words = inUse(line)
            throw NiangjiaError(.conflict, zh: words.zh, en: words.en, place: place)
        }
        func check(
            _ stage: AccountCode.Stage, from before: Money, to after: Money, zh: String, en: String
        ) throws {
            let free = try Ledger.balance(of: .line(line.id, stage), in: writer)
            let least = before - free
            guard after < least else { return }
            throw NiangjiaError(
                .conflict,
                zh: "资金项目 \(line.id) 的\(zh)不能改为 \(after) 元:已承诺和支付 \(least) 元,不能再少。什么都没有改动。",
                en:
                    "The \(en) of fund line \(line.id) can't become \(after) yuan: \(least) yuan are promised and paid already. Nothing was changed.",
                place: place)
        }
        try check(.available, from: known.amount, to: line.amount, zh: "预算", en: "budget")
        try check(
            .backstop, from: known.backstop?.yearCap ?? .zero, to: backstop?.yearCap ?? .zero, zh: "兜底额度",
            en: "backstop")
    }
}
