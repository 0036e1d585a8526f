import NiangjiaCore

/// Reports of the books, and the closing of periods.
extension Operations {
    static let fundReportOperations: [Operation] = [
        Operation("fund.report", .permission(.seeMoney), fundReport),
        Operation("fund.close", .permission(.approveBatch), closePeriod),
        Operation("fund.periods", .permission(.seeMoney), closedPeriods),
    ]

    private static func closedPeriods(_ call: Call) async throws {
        let limit = try call.arguments.limit()
        let after = try call.arguments.optionalText("after").map { text in
            guard let period = FundPeriod(text) else {
                throw NiangjiaError(
                    .invalid, zh: "after 须为期间,如 2026 或 2026-07。", en: "after must be a period like 2026 or 2026-07.",
                    place: "/after")
            }
            return period
        }
        let closed = try await call.host.store.read { try Periods.closed(after: after, limit: limit, in: $0) }
        call.output.table(
            ["期间", "决定", "经办"], en: ["period", "decision", "by"], closed.map { [$0.period, $0.decision, $0.by] })
        call.output.answer(
            .list(closed.map { ["period": .text($0.period), "decision": .text($0.decision), "by": .text($0.by)] }))
    }

    private static func fundReport(_ call: Call) async throws {
        let named = try call.arguments.text("kind")
        guard let kind = FundReports.Kind(rawValue: named) else {
            let all = FundReports.Kind.allCases.map(\.rawValue).joined(separator: " ")
            throw NiangjiaError(
                .invalid, zh: "没有报表 \(named)。可用:\(all)", en: "There is no report \(named). There are: \(all)",
                place: "/kind")
        }
        let bundle = try await call.host.bundles.active()
        let today = call.host.clock.now().date
        let to = try call.arguments.date("to") ?? today
        let from = try call.arguments.date("from") ?? CivilDate(year: to.parts.year, month: 1, day: 1) ?? to
        guard from <= to else {
            throw NiangjiaError(.invalid, zh: "from 晚于 to。", en: "from lies after to.", place: "/from")
        }
        let year = try call.arguments.integer("year").map { Int($0) }
        let (line, days) = (try call.arguments.optionalText("line"), DateRange(from: from, to: to))
        let age = Int(try call.arguments.integer("older_than") ?? 0)
        let rights = try await MoneyRights(call)
        let table = try await call.host.store.read { reader -> FundTable in
            switch kind {
            case .trialBalance: return try FundReports.trialBalance(days, funds: bundle.funds, in: reader)
            case .budget: return try FundReports.budget(year: year ?? to.parts.year, asOf: to, in: reader)
            case .sources: return try FundReports.sources(year: year, in: reader)
            case .holds:
                return try FundReports.holds(on: to, olderThan: age, tellsDay: rights.tellsCases(of:), in: reader)
            case .statement:
                guard let line else {
                    throw NiangjiaError(.invalid, zh: "请用 --line 指明资金线。", en: "Name the line.", place: "/line")
                }
                return try FundReports.statement(line: line, days, call.output.language, in: reader)
            }
        }
        if let file = try call.arguments.optionalText("out") {
            try FundTableFile.write(table, to: file, call.output.language)
            call.output.line(
                "\(table.title.zh):\(table.rows.count) 行,已写入 \(file)",
                en: "\(table.title.en): \(table.rows.count) rows, written to \(file)")
        } else {
            call.output.line(table.title[call.output.language])
            call.output.table(
                table.columns.map { $0.title[call.output.language] },
                table.rows.map { table.cells(of: $0, call.output.language) })
        }
        call.output.answer([
            "title": .text(table.title.zh), "title_en": .text(table.title.en),
            "rows": table.value(call.output.language),
        ])
    }

    /// Shows what closing a period would do; with `confirm`, closes it.
    private static func closePeriod(_ call: Call) async throws {
        let text = try call.arguments.text("period")
        guard let period = FundPeriod(text) else {
            throw NiangjiaError(
                .invalid, zh: "期间写作 2026 或 2026-07。", en: "Write the period like 2026 or 2026-07.", place: "/period")
        }
        let chosen = Set(
            try call.arguments.list("lapse").map { value -> ID<Entitlement> in
                guard let id = value.text.flatMap({ ID<Entitlement>($0) }) else {
                    throw NiangjiaError(.invalid, zh: "待遇编号有误。", en: "That is no entitlement's id.", place: "/lapse")
                }
                return id
            })
        let all = call.arguments.flag("lapse_all")
        let funds = try await call.host.bundles.active().funds
        let confirmed = call.arguments.flag("confirm")
        let decision = confirmed ? try call.arguments.reason("decision") : ""
        let context = call.context
        let lapsing: @Sendable (ID<Entitlement>) -> Bool = { all || chosen.contains($0) }
        let plan =
            confirmed
            ? try await call.host.store.write(.interactive) { writer in
                try Periods.close(period, funds: funds, lapsing: lapsing, decision: decision, context, in: writer)
            }
            : try await call.host.store.read { try Periods.plan(period, funds: funds, lapsing: lapsing, in: $0) }
        let rights = try await MoneyRights(call)
        if let stranger = chosen.subtracting(plan.holds.filter(\.mayLapse).map(\.entitlement)).min() {
            call.output.line(
                "提醒 \(stranger) 不在可失效的预留之中:欠别人的钱(供应商、经费、补发、应退的互助费)不失效,已批的补助用 niangjia grant end,年底以后核定的、还占着以后年度资金的结转",
                en:
                    "Note: \(stranger) is no hold that may lapse: what is owed doesn't (suppliers, dues, supplements, fees to be refunded), grants are ended by niangjia grant end, and what was granted since, or is partly a later year's money, is carried"
            )
        }
        tell(plan, isDone: confirmed, rights, call)
    }

    /// The first day on which a period may be closed; nil where it has come.
    private static func awaited(_ plan: PeriodClosing, _ call: Call) -> CivilDate? {
        call.context.today > plan.period.days.to ? nil : plan.period.days.to + 1
    }

    private static func tell(_ plan: PeriodClosing, isDone: Bool, _ rights: MoneyRights, _ call: Call) {
        tellDays(plan, isDone: isDone, call)
        for rest in plan.rests {
            call.output.line(
                "  \(rest.line):可用 \(rest.available) 元\(rest.carries ? "结转" : "失效")\(rest.returned > .zero ? ",其中先归还兜底 \(rest.returned) 元" : "")\(rest.backstop > .zero ? ",兜底 \(rest.backstop) 元失效" : "")",
                en:
                    "  \(rest.line): \(rest.available) yuan \(rest.carries ? "carried" : "lapse")\(rest.returned > .zero ? ", \(rest.returned) of it back to the backstop first" : "")\(rest.backstop > .zero ? ", backstop \(rest.backstop) yuan lapse" : "")"
            )
        }
        let (lapsing, carried) = (
            plan.holds.filter(\.lapses), plan.holds.filter { !$0.lapses && $0.state != .queued }
        )
        for hold in lapsing.prefix(50) {
            let isQueued = hold.state == .queued
            let on = rights.day(hold.on, of: hold.program)
            call.output.line(
                "  \(isQueued ? "排队待付失效" : "失效") \(hold.entitlement)  \(hold.program)  \(hold.amount) 元  \(on)",
                en:
                    "  lapses\(isQueued ? ", queued" : "") \(hold.entitlement)  \(hold.program)  \(hold.amount) yuan  \(on)"
            )
        }
        tellQueued(plan.holds.filter { !$0.lapses && $0.state == .queued }, call)
        let sum = carried.reduce(Money.zero) { $0 + $1.amount }
        if !carried.isEmpty {
            call.output.line(
                "  结转未付预留 \(carried.count) 笔,\(sum) 元", en: "  carried: \(carried.count) open holds, \(sum) yuan")
        }
        for claim in plan.claims.prefix(50) {
            call.output.line(
                "  未收回 \(claim.entitlement)  \(claim.program)  \(claim.amount) 元(结账后仍须追回,到账记入当时的期间)",
                en:
                    "  outstanding \(claim.entitlement)  \(claim.program)  \(claim.amount) yuan (still to come back; booked when it comes in)"
            )
        }
        if plan.claims.count > 50 {
            call.output.line("  …全部 \(plan.claims.count) 笔见 --json", en: "  … all \(plan.claims.count) with --json")
        }
        call.output.line(
            isDone
                ? "\(plan.period) 已结账,不能重开;此后的更正在当前期间红字冲销。"
                : "以上为预览。结账:niangjia fund close \(plan.period) --decision 会议纪要或文号 --confirm [--lapse ent-…]",
            en: isDone
                ? "\(plan.period) is closed and stays closed; from now on correct by reversing entries."
                : "A preview. To close: niangjia fund close \(plan.period) --decision PAPER --confirm [--lapse ent-…]")
        call.output.answer(answer(plan, isDone: isDone, from: awaited(plan, call), rights))
    }

    private static func tellQueued(_ holds: [PeriodClosing.Hold], _ call: Call) {
        guard !holds.isEmpty else { return }
        let sum = holds.reduce(Money.zero) { $0 + $1.amount }
        call.output.line(
            "  排队待付 \(holds.count) 笔,\(sum) 元:继续排队,待结转的资金到位",
            en: "  queued: \(holds.count), \(sum) yuan: they go on waiting for money of lines that are carried")
    }

    /// Which days it closes, and on which one what lapses takes effect.
    private static func tellDays(_ plan: PeriodClosing, isDone: Bool, _ call: Call) {
        let days = plan.period.days
        call.output.line(
            "\(plan.period)(\(days.from) 至 \(days.to))\(isDone ? "" : ":结账后不能再记入")。",
            en:
                "\(plan.period) (\(days.from) to \(days.to))\(isDone ? "" : ": nothing is booked into it once it is closed")."
        )
        if let since = plan.openSince {
            call.output.line(
                "  此前未结账的 \(since) 至 \(days.from + -1) 随之\(isDone ? "已" : "")一并结账。",
                en:
                    "  What is open before it, \(since) to \(days.from + -1), \(isDone ? "is" : "would be") closed with it."
            )
        }
        if let day = awaited(plan, call) {
            call.output.line(
                "  还没有过完:\(day) 起才能结账,数目到那时还会变。",
                en: "  It isn't over: it can be closed from \(day), and the figures will have changed by then.")
        }
        if plan.lapsesOn > days.to {
            call.output.line(
                "  \(plan.lapsesOn + -1) 及以前已经结账:失效记在 \(plan.lapsesOn)。",
                en: "  The books are closed up to \(plan.lapsesOn + -1): lapses take effect on \(plan.lapsesOn)."
            )
        }
        if !isDone, let year = plan.openYears.first {
            call.output.line(
                "  提醒 \(year) 年还没有年结(niangjia fund close \(year)):先年结,失效记在 \(year)-12-31;后年结,记在第一个未结的日子。",
                en:
                    "  Note: the year \(year) isn't closed (niangjia fund close \(year)): close it first, and its lapses take effect on \(year)-12-31; afterwards, on the first open day."
            )
        }
    }

    private static func answer(
        _ plan: PeriodClosing, isDone: Bool, from day: CivilDate?, _ rights: MoneyRights
    ) -> Value {
        [
            "period": .text(plan.period.description), "closed": .bool(isDone), "lapsed_fen": .int(plan.lapsed.fen),
            "closable_from": day.map { .text($0.description) } ?? .null,
            "open_since": plan.openSince.map { .text($0.description) } ?? .null,
            "lapses_on": .text(plan.lapsesOn.description),
            "open_years": .list(plan.openYears.map { .int(Int64($0)) }),
            "claims": .list(
                plan.claims.map {
                    [
                        "entitlement": .text($0.entitlement.text), "program": .text($0.program),
                        "amount_fen": .int($0.amount.fen),
                    ]
                }),
            "lines": .list(
                plan.rests.map {
                    [
                        "line": .text($0.line), "available_fen": .int($0.available.fen),
                        "backstop_fen": .int($0.backstop.fen), "returned_fen": .int($0.returned.fen),
                        "carries": .bool($0.carries),
                    ]
                }),
            "holds": .list(
                plan.holds.map {
                    [
                        "entitlement": .text($0.entitlement.text), "program": .text($0.program),
                        "state": .text($0.state.rawValue), "amount_fen": .int($0.amount.fen),
                        "on": .text(rights.day($0.on, of: $0.program).description),
                        "fate": .text(($0.lapses ? PeriodClosing.Fate.lapsed : .carried).rawValue),
                    ]
                }),
        ]
    }
}
