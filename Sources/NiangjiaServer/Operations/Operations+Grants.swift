import NiangjiaCore

/// Grants in instalments.
extension Operations {
    static let grantOperations: [Operation] = [
        Operation("grant.propose", .permission(.buildBatch), proposeGrant),
        Operation("grant.approve", .permission(.approveBatch), approveGrant),
        Operation("grant.refuse", .permission(.approveBatch), refuseGrant),
        Operation("grant.report", .anyOf([.buildBatch, .submitForUnit]), reach: .part, reportGrant),
        Operation("grant.accept", .permission(.approveBatch), acceptReport),
        Operation("grant.send_back", .permission(.approveBatch), sendBackReport),
        Operation("grant.end", .permission(.approveBatch), endGrant),
        Operation("grant.list", .permission(.seeMoney), listGrants),
        Operation("grant.show", .permission(.seeMoney), showGrant),
    ]

    private static func plan(_ id: String, _ call: Call) async throws -> GrantPlan {
        let plans = try await call.host.bundles.active().funds.grants
        guard let plan = plans.first(where: { $0.id == id }) else {
            throw NiangjiaError(
                .notFound, zh: "config/funds.yaml 里没有补助方案 \(id)。", en: "config/funds.yaml has no grant \(id).",
                place: "/plan")
        }
        return plan
    }

    private static func proposeGrant(_ call: Call) async throws {
        let plan = try await plan(try call.arguments.text("plan"), call)
        let code = try call.arguments.text("organization")
        let (amount, purpose) = (try call.arguments.money("amount"), try call.arguments.reason("purpose"))
        let context = call.context
        let (id, others) = try await call.host.store.write(.interactive) { writer in
            let id = try Grants.propose(
                plan, to: Lookup.organization(code, in: writer), amount: amount, purpose: purpose, context, in: writer)
            return (id, try Grants.others(besides: Grants.load(id, in: writer), in: writer))
        }
        call.output.line(
            "已提出 \(plan.title.zh) \(amount) 元(\(id)),须另一人批准:niangjia grant approve \(id)",
            en: "Proposed: \(amount) yuan (\(id)); another person approves: niangjia grant approve \(id)")
        tell(others: others, call)
        call.output.answer([
            "grant": .text(id.text), "amount_fen": .int(amount.fen), "others": .list(others.map { .text($0.id.text) }),
        ])
    }

    /// Says that the organisation has had grants of the plan: it may be the same one twice.
    private static func tell(others: [Grants.Record], _ call: Call) {
        guard !others.isEmpty else { return }
        let language = call.output.language
        let names = others.prefix(10).map { one in
            call.output.word("\(one.id)(\(one.amount) 元,", "\(one.id) (\(one.amount) yuan, ")
                + StateWords.title(one.state)[language] + call.output.word(")", ")")
        }
        let list = names.joined(separator: call.output.word("、", ", ")) + (others.count > 10 ? " …" : "")
        call.output.line(
            "  提醒:该单位在同一方案下已有 \(others.count) 笔:\(list)",
            en: "  Mind: the organisation has \(others.count) of this plan already: \(list)")
    }

    private static func approveGrant(_ call: Call) async throws {
        let id = try call.arguments.id("grant", Grant.self)
        let record = try await call.host.store.read { try Grants.load(id, in: $0) }
        let plan = try await plan(record.plan, call)
        let context = call.context
        let (parts, others) = try await call.host.store.write(.interactive) { writer in
            try Grants.approve(id, plan, context, in: writer)
            return (try Grants.instalments(of: id, in: writer), try Grants.others(besides: record, in: writer))
        }
        call.output.line(
            "已批准,资金已全额预留;分 \(parts.count) 期支付:niangjia batch build grants",
            en: "Approved and held in full, paid in \(parts.count) instalments: niangjia batch build grants")
        tell(others: others, call)
        tell(parts, call)
        call.output.answer(["grant": .text(id.text), "instalments": .list(parts.map(value))])
    }

    private static func refuseGrant(_ call: Call) async throws {
        let id = try call.arguments.id("grant", Grant.self)
        let (reason, context) = (try call.arguments.reason(), call.context)
        try await call.host.store.write(.interactive) { try Grants.refuse(id, reason: reason, context, in: $0) }
        call.output.line("未批准(\(id))。", en: "Refused (\(id)).")
        call.output.answer(["grant": .text(id.text), "state": .text(Grants.State.refused.rawValue)])
    }

    private static func instalment(_ call: Call) throws -> Int {
        guard let n = try call.arguments.integer("instalment"), (1...20).contains(n) else {
            throw NiangjiaError(
                .invalid, zh: "instalment 须为第几期。", en: "instalment is a number from 1.", place: "/instalment")
        }
        return Int(n)
    }

    private static func reportGrant(_ call: Call) async throws {
        let id = try call.arguments.id("grant", Grant.self)
        let (n, spent, note) = (
            try instalment(call), try call.arguments.money("spent"), try call.arguments.reason("note")
        )
        let (context, account) = (call.context, try signedIn(call))
        try await call.host.store.write(.interactive) { writer in
            let record = try Grants.load(id, in: writer)
            guard let scope = try OrganizationScope.of(account.scope, in: writer),
                try scope.contains(record.organization, in: writer)
            else { throw NiangjiaError(.notFound, zh: "没有这笔补助:\(id)。", en: "There is no grant \(id).") }
            try Grants.report(id, instalment: n, spent: spent, note: note, context, in: writer)
        }
        call.output.line(
            "已提交第 \(n) 期使用报告:已用 \(spent) 元;须另一人审核:niangjia grant accept \(id) --instalment \(n)",
            en:
                "Reported on instalment \(n): \(spent) yuan spent; another person decides: niangjia grant accept \(id) --instalment \(n)"
        )
        call.output.answer(["grant": .text(id.text), "instalment": .int(Int64(n)), "spent_fen": .int(spent.fen)])
    }

    private static func acceptReport(_ call: Call) async throws {
        let id = try call.arguments.id("grant", Grant.self)
        let (n, context) = (try instalment(call), call.context)
        let count = try await call.host.store.write(.interactive) {
            try Grants.accept(id, instalment: n, context, in: $0)
        }
        call.output.line(
            "第 \(n) 期使用报告已通过" + (count > 0 ? ",下一期可以支付:niangjia batch build grants" : "。"),
            en: "The report on instalment \(n) is accepted"
                + (count > 0 ? "; the next may be paid: niangjia batch build grants" : "."))
        call.output.answer(["grant": .text(id.text), "instalment": .int(Int64(n)), "unlocked": .int(Int64(count))])
    }

    private static func sendBackReport(_ call: Call) async throws {
        let id = try call.arguments.id("grant", Grant.self)
        let (n, reason, context) = (try instalment(call), try call.arguments.reason(), call.context)
        try await call.host.store.write(.interactive) {
            try Grants.sendBack(id, instalment: n, reason: reason, context, in: $0)
        }
        call.output.line("第 \(n) 期使用报告已退回。", en: "The report on instalment \(n) was sent back.")
        call.output.answer([
            "grant": .text(id.text), "instalment": .int(Int64(n)),
            "state": .text(Grants.ReportState.returned.rawValue),
        ])
    }

    private static func endGrant(_ call: Call) async throws {
        let id = try call.arguments.id("grant", Grant.self)
        guard let reason = Grants.EndReason(rawValue: try call.arguments.text("because")) else {
            let words = Grants.EndReason.allCases.map(\.rawValue).joined(separator: ", ")
            throw NiangjiaError(
                .invalid, zh: "because 须为 \(words)。", en: "because is one of \(words).", place: "/because")
        }
        let record = try await call.host.store.read { try Grants.load(id, in: $0) }
        let (plan, context) = (try await plan(record.plan, call), call.context)
        let (day, note) = (try call.arguments.date("on") ?? context.today, try call.arguments.reason("note"))
        try call.arguments.refuseFuture(day, "on", context.today)
        let ending = try await call.host.store.write(.interactive) { writer in
            try Grants.end(id, plan, reason, on: day, note: note, context, in: writer)
        }
        call.output.line(
            "已结束:撤销预留 \(ending.released) 元,追回 \(ending.claimed) 元。",
            en: "Ended: \(ending.released) yuan released, \(ending.claimed) claimed back.")
        if ending.claimed > .zero {
            call.output.line(
                "  追回款:niangjia fund claims --program grants", en: "  Claims: niangjia fund claims --program grants")
        }
        call.output.answer([
            "grant": .text(id.text), "released_fen": .int(ending.released.fen), "claimed_fen": .int(ending.claimed.fen),
        ])
    }

    private static func listGrants(_ call: Call) async throws {
        let limit = try call.arguments.limit()
        let after = try call.arguments.optionalID("after", Grant.self)
        let rows = try await call.host.store.read { reader in
            try Grants.list(after: after, limit: limit, in: reader).map {
                ($0, try Lookup.words($0.organization, in: reader), try Grants.others(besides: $0, in: reader))
            }
        }
        call.output.table(
            ["补助", "方案", "单位", "金额(元)", "状态", "批准", "使用期限", "同方案另有"],
            en: [
                "grant", "plan", "organisation", "amount (yuan)", "state", "approved", "use by", "others of the plan",
            ],
            rows.map { record, union, others in
                [
                    record.id.text, record.plan, union.name, record.amount.description,
                    StateWords.title(record.state)[call.output.language],
                    record.approvedOn?.description ?? "", record.useBy?.description ?? "",
                    others.isEmpty ? "" : call.output.word("\(others.count) 笔", "\(others.count)"),
                ]
            })
        call.output.answer(.list(rows.map { value($0.0, $0.1.code, $0.2) }))
    }

    private static func showGrant(_ call: Call) async throws {
        let id = try call.arguments.id("grant", Grant.self)
        let (record, union, parts, others) = try await call.host.store.read { reader in
            let record = try Grants.load(id, in: reader)
            return (
                record, try Lookup.words(record.organization, in: reader), try Grants.instalments(of: id, in: reader),
                try Grants.others(besides: record, in: reader)
            )
        }
        call.output.line(
            "\(record.plan)  \(union.name)  \(record.amount) 元  \(StateWords.title(record.state).zh)  \(record.purpose)",
            en: "\(record.plan)  \(union.name)  \(record.amount) yuan  \(record.state)  \(record.purpose)")
        tell(others: others, call)
        tell(parts, call)
        guard case .map(var members) = value(record, union.code, others) else { return }
        members["instalments"] = .list(parts.map(value))
        call.output.answer(.map(members))
    }

    private static func tell(_ parts: [Grants.Instalment], _ call: Call) {
        call.output.table(
            ["期", "金额(元)", "到期", "状态", "使用报告", "已用(元)"],
            en: ["instalment", "amount (yuan)", "due", "state", "report", "spent (yuan)"],
            parts.map {
                [
                    "\($0.n)", $0.amount.description, $0.dueOn.description, $0.state.title[call.output.language],
                    $0.report.isEmpty ? "" : StateWords.title($0.report)[call.output.language],
                    $0.spent.description,
                ]
            })
    }

    private static func value(_ record: Grants.Record, _ code: String, _ others: [Grants.Record]) -> Value {
        [
            "grant": .text(record.id.text), "plan": .text(record.plan), "organization": .text(code),
            "amount_fen": .int(record.amount.fen), "state": .text(record.state), "purpose": .text(record.purpose),
            "proposed_by": .text(record.proposedBy), "approved_by": record.approvedBy.map { .text($0) } ?? .null,
            "use_by": record.useBy.map { .text($0.description) } ?? .null,
            "others": .list(others.map { .text($0.id.text) }),
        ]
    }

    private static func value(_ part: Grants.Instalment) -> Value {
        [
            "n": .int(Int64(part.n)), "amount_fen": .int(part.amount.fen), "due_on": .text(part.dueOn.description),
            "needs_report": .bool(part.needsReport), "state": .text(part.state.rawValue), "report": .text(part.report),
            "spent_fen": .int(part.spent.fen), "entitlement": .text(part.entitlement.text),
        ]
    }
}
