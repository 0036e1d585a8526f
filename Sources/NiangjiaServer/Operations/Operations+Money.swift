import Foundation
import NiangjiaCore
import NiangjiaExchange

extension Operations {
    static let moneyOperations: [Operation] = [
        Operation("fund.balance", .shell, reach: .open, fundBalance),
        Operation("fund.statement", .permission(.seeMoney), rows: mostListed, fundStatement),
        Operation("fund.verify", .shell, reach: .open, fundVerify),
        Operation("fund.receive", .permission(.buildBatch), receiveFees),
        Operation("batch.build", .permission(.buildBatch), goesOn: true, buildBatch),
        Operation("batch.approve", .permission(.approveBatch), approveBatch),
        Operation("batch.export", .permission(.approveBatch), goesOn: true, exportBatch),
        Operation("batch.file", .permission(.approveBatch), readBatchFile),
        Operation("batch.result", .anyOf([.buildBatch, .approveBatch]), largestFile: 20 << 20, batchResult),
        Operation("batch.reissue", .permission(.buildBatch), reissue),
        Operation("batch.refresh", .permission(.buildBatch), goesOn: true, refreshBatch),
        Operation("batch.void", .permission(.buildBatch), goesOn: true, voidBatch),
        Operation("batch.confirm", .anyOf([.changeRegisters, .checkCases, .seeOwn]), reach: .own, confirmAccount),
        Operation("fund.claims", .permission(.seeMoney), claims),
        Operation("fund.recover", .permission(.buildBatch), recover),
        Operation("fund.claw_back", .anyOf(CaseAction.claims), clawBack),
        Operation("batch.returned", .permission(.buildBatch), returned),
        Operation("batch.late", .permission(.buildBatch), late),
        Operation("batch.list", .permission(.seeMoney), listBatches),
        Operation("batch.show", .permission(.seeMoney), showBatch),
    ]

    private static func fundBalance(_ call: Call) async throws {
        let lines = try await call.host.store.read { try Ledger.statement(in: $0) }
        let stages = AccountCode.Stage.allCases
        call.output.table(
            (call.output.language == .zh ? ["资金线", "来源"] : ["line", "source"])
                + stages.map { $0.title[call.output.language] },
            lines.map { line in [line.line.id, line.line.source] + stages.map { line[$0].description } })
        call.output.answer(
            .list(
                lines.map { line in
                    var members: [String: Value] = [
                        "line": .text(line.line.id), "year": .int(Int64(line.line.year)),
                        "source": .text(line.line.source),
                        "purpose": .text(line.line.purpose), "amount_fen": .int(line.line.amount.fen),
                    ]
                    for stage in stages { members[stage.rawValue + "_fen"] = .int(line[stage].fen) }
                    return .map(members)
                }))
    }

    private static func fundStatement(_ call: Call) async throws {
        let (line, limit) = (try call.arguments.text("line"), try call.arguments.limit(otherwise: 100))
        let after = try call.arguments.optionalText("after").map { text in
            guard let place = EntryPlace(text) else {
                throw NiangjiaError(
                    .invalid, zh: "after 须为某笔分录的 entry,如 2026-12-3。", en: "after must be an entry's, like 2026-12-3.",
                    place: "/after")
            }
            return place
        }
        let entries = try await call.host.store.read { reader in
            guard try Ledger.line(line, in: reader) != nil else {
                throw NiangjiaError(.notFound, zh: "没有资金线 \(line)。", en: "There is no fund line \(line).")
            }
            return try Ledger.entries(line: line, after: after, limit: limit, in: reader)
        }
        call.output.table(
            ["凭证", "日期", "账户", "金额(元)", "摘要", "经办"],
            en: ["voucher", "date", "account", "yuan", "memo", "by"],
            entries.map {
                [
                    "\($0.year)-\($0.voucher)", $0.bookedOn.description, $0.account, $0.amount.description,
                    $0.memo(call.output.language), $0.actor,
                ]
            })
        call.output.answer(
            .list(
                entries.map {
                    [
                        "entry": .text($0.place.text), "voucher": .text("\($0.year)-\($0.voucher)"),
                        "booked_on": .text($0.bookedOn.description),
                        "effective_on": .text($0.effectiveOn.description),
                        "account": .text($0.account), "amount_fen": .int($0.amount.fen), "kind": .text($0.kind),
                        "memo": .text($0.memo(call.output.language)), "about": .text($0.about),
                        "actor": .text($0.actor),
                    ]
                }))
    }

    private static func fundVerify(_ call: Call) async throws {
        let report = try await call.host.store.read { try Ledger.verify(in: $0) }
        if !report.isOK { call.output.foundWrong() }
        call.output.line(
            report.isOK
                ? "账目相符:\(report.entries) 笔分录,\(report.accounts) 个账户,差额 0.00 元。只核对账目内部;是否被改动请用 niangjia audit verify。"
                : "账目不符:差额 \(Money(fen: report.differenceFen)) 元。",
            en: report.isOK
                ? "The books agree: \(report.entries) entries, \(report.accounts) accounts, difference 0.00 yuan. That is the books' inside only; whether they were changed: niangjia audit verify."
                : "The books don't agree: they differ by \(Money(fen: report.differenceFen)) yuan.")
        report.faults.forEach { call.output.line("  " + $0[call.output.language]) }
        call.output.answer([
            "ok": .bool(report.isOK), "entries": .int(report.entries), "accounts": .int(report.accounts),
            "difference_fen": .int(report.differenceFen),
            "faults": .list(report.faults.map { ["zh-CN": .text($0.zh), "en": .text($0.en)] }),
        ])
    }

    /// A unit's transfer of fees came in.
    private static func receiveFees(_ call: Call) async throws {
        let (program, _) = try await program(call)
        let (code, typed) = (try call.arguments.text("unit"), try call.arguments.text("amount"))
        guard let amount = Money(yuan: typed) else {
            throw NiangjiaError(.invalid, zh: "金额须写作 50.00。", en: "Write the amount like 50.00.", place: "/amount")
        }
        let context = call.context
        let received = try await call.host.store.write(.interactive) { writer in
            let unit = try Lookup.anyOrganization(code, in: writer)
            return try Fees.receive(
                from: .organization(unit), program: program.id, amount: amount, on: context.today, about: unit.text,
                context,
                in: writer)
        }
        call.output.line(
            "\(code) 的互助费已到账:\(received.count) 人,\(amount) 元。",
            en: "Fees of \(code) have come in: \(received.count) people, \(amount) yuan.")
        call.output.answer(["fees": .int(Int64(received.count)), "amount_fen": .int(amount.fen)])
    }

    private static func buildBatch(_ call: Call) async throws {
        if let flow = PaidFlow.named(try call.arguments.text("program")) { return try await buildBatch(of: flow, call) }
        let (program, bundle) = try await program(call)
        try await call.host.corridor.checkRunning(program.id)
        let title = bundle.plugins[program.plugin]?.manifest.title.zh ?? program.id
        let forms = bundle.plugins[program.plugin]?.manifest.forms.keys.sorted() ?? []
        let days = Dictionary(
            uniqueKeysWithValues: forms.compactMap { form in
                program.rules(for: form).pay.from.map { (form, $0) }
            })
        try await buildBatch(of: PaidFlow(id: program.id, title: title), notBefore: days, call)
    }

    /// Puts what a program, or a flow of its own like the return of dues, has to pay into a batch. It may have a hundred thousand
    /// lines: people's writes go between its blocks, and cut off it goes on when the same is asked again.
    ///
    /// - Parameters:
    ///   - notBefore: by form, the day before which nothing of it is paid.
    ///   - also: what the flow has to say beside the batch.
    static func buildBatch(
        of flow: PaidFlow, notBefore: [String: CivilDate] = [:], also: [String: Value] = [:], _ call: Call
    ) async throws {
        let remark = try call.arguments.optionalText("remark") ?? flow.title
        let rights = try await MoneyRights(call)
        let (built, check) = try await build(
            BatchOrder(program: flow.id, remark: remark, notBefore: notBefore), call)
        let (waiting, unreadable, unconfirmed, sentBefore, early) = try await call.host.store.read { reader in
            (
                try built.withoutAccount.map { try Payees.value(of: $0, rights, in: reader) },
                try built.unreadable.map { try Payees.value(of: $0.entitlement, rights, in: reader) },
                try built.unconfirmed.map { try Payees.value(of: $0, rights, in: reader) },
                try built.sentBefore.map { try Payees.value(of: $0, rights, in: reader) },
                try built.early.map { try Payees.claim(of: $0, rights, in: reader) }
            )
        }
        call.output.line(
            "批次 \(built.title)(\(built.batch)):\(built.count) 笔,\(built.total) 元。",
            en: "Batch \(built.title) (\(built.batch)): \(built.count) payments, \(built.total) yuan.")
        tell(waiting, "缺银行账号,未列入:", en: "Left out for want of a bank account: ", call)
        tell(built.unreadable, call)
        tell(
            unconfirmed, "账号已变更、待本人确认(niangjia batch confirm),未列入:",
            en: "Left out until the payee confirms a changed account (niangjia batch confirm): ", call)
        tell(
            sentBefore, "恢复备份前已发、待核对(niangjia batch entered --lines 列出,--settle 逐笔核对),未列入:",
            en:
                "Left out until a person says what was sent before the restore (niangjia batch entered --lines, then --settle): ",
            call)
        tell(early, "未到起付日(pay.from),未列入:", en: "Left out until their day comes (pay.from): ", call)
        for finding in check.findings {
            call.output.line(
                "  \(finding.blocks ? call.output.word("阻断", "blocks") : call.output.word("提示", "note")) \(finding.code) \(finding.text[call.output.language])"
            )
        }
        if !check.isPassed { call.output.foundWrong() }
        call.output.line(
            check.isPassed ? "自检通过,等待另一人复核:niangjia batch approve \(built.batch)" : "自检未通过。",
            en: check.isPassed
                ? "Checked; another person approves it: niangjia batch approve \(built.batch)"
                : "The check found faults.")
        let answer: [String: Value] = [
            "batch": .text(built.batch.text), "number": .text(built.title), "count": .int(Int64(built.count)),
            "total_fen": .int(built.total.fen), "passed": .bool(check.isPassed),
            "without_account": .list(waiting), "unreadable": .list(unreadable), "unconfirmed": .list(unconfirmed),
            "sent_before": .list(sentBefore), "early": .list(early),
            "findings": .list(
                check.findings.map {
                    [
                        "code": .text($0.code), "line": $0.n.map { .int(Int64($0)) } ?? .null,
                        "blocks": .bool($0.blocks),
                        "text": .text($0.text.zh), "text_en": .text($0.text.en),
                    ]
                }),
        ]
        call.output.answer(.map(answer.merging(also) { built, _ in built }))
    }

    private static func build(_ order: BatchOrder, _ call: Call) async throws -> (BuiltBatch, BatchCheck) {
        let (context, store) = (call.context, call.host.store)
        // What a void batch gives back may be paid by this one.
        for left in try await Batches.followAll(of: order.program, context, in: store) {
            call.output.line(left.zh, en: left.en)
        }
        if order.program == Grants.program {
            try await store.write(.batch) { try PaidFlow.unlockGrants(context, in: $0) }
        }
        if let since = Idempotency.current?.cutOffSince {
            let done = try await store.read {
                try BatchBuilding.finished(order, since: since, luhn: { BankCard.passesLuhn($0) }, context, in: $0)
            }
            if let done { return done }
        }
        return try await Batches.build(order, luhn: { BankCard.passesLuhn($0) }, context, in: store)
    }

    /// Lists whose account can't be read, which somebody has caused, and what is to be done.
    private static func tell(_ unreadable: [UnreadableAccount], _ call: Call) {
        guard !unreadable.isEmpty else { return }
        call.output.foundWrong()
        call.output.line(
            "收款账号无法读取,未列入:\(unreadable.count) 笔。\(UnreadableAccount.remedy.zh)。",
            en:
                "Left out because their account can't be read: \(unreadable.count). \(UnreadableAccount.remedy.en).")
        for one in unreadable.prefix(20) { call.output.line("  " + one.words[call.output.language]) }
        if unreadable.count > 20 { call.output.line("  …全部见 --json", en: "  … all of them: --json") }
    }

    /// Lists who is left out of a batch, and why.
    private static func tell(_ leftOut: [Value], _ zh: String, en: String, _ call: Call) {
        guard !leftOut.isEmpty else { return }
        call.output.line("\(zh)\(leftOut.count) 笔", en: "\(en)\(leftOut.count)")
        for one in leftOut.prefix(20) { call.output.line("  " + Payees.words(one, call.output.language)) }
        if leftOut.count > 20 { call.output.line("  …全部见 --json", en: "  … all of them: --json") }
    }

    /// Refuses to bring a batch nearer to the bank while its program is suspended.
    static func checkRunning(_ id: ID<PayBatch>, _ call: Call) async throws {
        let batch = try await call.host.store.read { try Batches.load(id, in: $0) }
        try await call.host.corridor.checkRunning(batch.program)
    }

    private static func approveBatch(_ call: Call) async throws {
        let id = try call.arguments.id("batch", PayBatch.self)
        let (context, crypto) = (call.context, call.host.crypto)
        let knowsDeaths = call.arguments.flag("deceased_checked")
        try await checkRunning(id, call)
        try await Batches.approve(
            id, knowsDeaths: knowsDeaths, luhn: { BankCard.passesLuhn($0) }, context, in: call.host.store)
        let (batch, newer, changed) = try await call.host.store.read { reader in
            let batch = try Batches.load(id, in: reader)
            return (
                batch, try PayeeAccounts.countNewer(in: id, in: reader, crypto),
                try PayeeAccounts.countChanged(in: batch, in: reader, crypto)
            )
        }
        call.output.line(
            "批次 \(batch.title) 已复核:\(batch.count) 笔,\(batch.total) 元。",
            en: "Batch \(batch.title) is approved: \(batch.count) payments, \(batch.total) yuan.")
        tell(newer: newer, changed: changed, call)
        guard case .map(var members) = value(of: batch) else { return }
        members["newer_accounts"] = .int(Int64(newer))
        members["changed_accounts"] = .int(Int64(changed))
        call.output.answer(.map(members))
    }

    /// Says how many accounts of a batch the approvals have not seen, and how many have changed since it was built.
    private static func tell(newer: Int, changed: Int, _ call: Call) {
        if changed > 0 {
            call.output.line(
                "  提醒 \(changed) 笔的收款账号在制单之后已变更:导出会拒绝,请先 niangjia batch refresh,再复核。",
                en:
                    "  note: \(changed) accounts have changed since the batch was built; the export will refuse them: niangjia batch refresh first."
            )
        }
        guard newer > 0 else { return }
        call.output.line(
            "  提醒 \(newer) 笔的收款账号在核准之后变更过(均经收款人确认)。",
            en: "  note: \(newer) accounts are newer than the approvals (each confirmed by its payee).")
    }

    private static func batchResult(_ call: Call) async throws {
        let id = try call.arguments.id("batch", PayBatch.self)
        let path = try call.arguments.text("file")
        let bundle = try await call.host.bundles.active()
        let format = try BankFiles.format(try call.arguments.optionalText("template"), in: bundle)
        let (context, crypto) = (call.context, call.host.crypto)
        let sent = try await call.host.store.read { try Batches.lines(of: id, in: $0, crypto) }
        let (results, warnings) = try BankFiles.results(path, format, sent)
        let file = (digest: try BankFiles.digest(path, crypto), isAlike: call.arguments.flag("alike"))
        let outcome = try await Batches.result(id, results, from: file, context, in: call.host.store)
        let closed = try await call.host.corridor.closeFulfilled()
        call.output.line(
            "批次 \(sent.title):成功 \(outcome.paid) 笔,失败 \(outcome.failed) 笔,未回 \(outcome.unknown) 笔。",
            en: "Batch \(sent.title): \(outcome.paid) paid, \(outcome.failed) failed, \(outcome.unknown) not told.")
        if closed > 0 { call.output.line("办结申请 \(closed) 份。", en: "\(closed) cases are done.") }
        warnings.forEach { call.output.line("  " + call.output.word("提醒 ", "note: ") + $0[call.output.language]) }
        try await tellFailures(id, call)
        call.output.answer([
            "batch": .text(id.text), "paid": .int(Int64(outcome.paid)), "failed": .int(Int64(outcome.failed)),
            "unknown": .int(Int64(outcome.unknown)), "closed_cases": .int(Int64(closed)),
            "warnings": .list(warnings.map { ["zh-CN": .text($0.zh), "en": .text($0.en)] }),
        ])
    }

    private static func tellFailures(_ id: ID<PayBatch>, _ call: Call) async throws {
        let failed = try await call.host.store.read { reader in
            try BatchLines.lines(of: id, in: reader).filter { $0.state == .failed }
        }
        for line in failed {
            call.output.line(
                "  第 \(line.n) 笔失败(\(line.message)):niangjia batch reissue \(line.payment) --reason …",
                en: "  payment \(line.n) failed (\(line.message)): niangjia batch reissue \(line.payment) --reason …")
        }
    }

    private static func reissue(_ call: Call) async throws {
        let id = try call.arguments.id("payment", Payment.self)
        let (reason, context, crypto) = (try call.arguments.reason(), call.context, call.host.crypto)
        let knowsDeath = call.arguments.flag("deceased_checked")
        let (next, isSame) = try await call.host.store.write(.interactive) { writer in
            let isSame = try Batches.hasSameAccount(as: id, in: writer, crypto)
            return (try Batches.reissue(id, reason: reason, knowsDeath: knowsDeath, context, in: writer), isSame)
        }
        call.output.line(
            "已准备重新发放(\(next)),列入下一批次。", en: "It will be paid again (\(next)), with the next batch.")
        if isSame {
            call.output.line(
                "  提醒 收款账号与失败时相同:账号未更正的,多半会再次失败。",
                en: "  note: the account is the one that failed; unless it is corrected, it will probably fail again.")
        }
        call.output.answer([
            "payment": .text(next.text), "replaces": .text(id.text), "same_account": .bool(isSame),
        ])
    }

    private static func listBatches(_ call: Call) async throws {
        let limit = try call.arguments.limit(otherwise: 100)
        let after = try call.arguments.optionalID("after", PayBatch.self)
        let (batches, unpaid) = try await call.host.store.read { reader in
            let batches = try Batches.list(after: after, limit: limit, in: reader)
            return (batches, try Batches.unpaid(batches.map(\.id), in: reader))
        }
        call.output.table(
            ["批次", "编号", "项目", "状态", "笔数", "金额(元)", "失败未付(元)"],
            en: ["batch", "id", "program", "state", "payments", "yuan", "failed, open (yuan)"],
            batches.map {
                [
                    $0.title, $0.id.text, $0.program, state($0, unpaid[$0.id])[call.output.language], "\($0.count)",
                    $0.total.description, unpaid[$0.id]?.description ?? "",
                ]
            })
        call.output.answer(.list(batches.map { value(of: $0, unpaid[$0.id]) }))
    }

    /// What a batch's state is called: one isn't settled for whoever still waits for their money.
    private static func state(_ batch: PayBatch, _ unpaid: Money?) -> LocalText {
        guard batch.state == .settled, unpaid != nil else { return batch.state.title }
        return LocalText(zh: "已回盘,有失败未付", en: "answered, failures open")
    }

    private static func value(of batch: PayBatch, _ unpaid: Money?) -> Value {
        guard case .map(var members) = value(of: batch) else { return .null }
        members["failed_fen"] = .int(unpaid?.fen ?? 0)
        return .map(members)
    }

    private static func showBatch(_ call: Call) async throws {
        let id = try call.arguments.id("batch", PayBatch.self)
        let (crypto, seesPeople) = (call.host.crypto, try signedIn(call).may(.seeRegisters))
        let rights = try await MoneyRights(call)
        let (batch, lines, newer, changed, unpaid) = try await call.host.store.read { reader in
            let batch = try Batches.load(id, in: reader)
            return (
                batch, try BatchLines.lines(of: batch, rights, in: reader),
                try PayeeAccounts.countNewer(in: id, in: reader, crypto),
                try PayeeAccounts.countChanged(in: batch, in: reader, crypto),
                try Batches.unpaid([id], in: reader)[id]
            )
        }
        let stands = state(batch, unpaid)
        call.output.line(
            "批次 \(batch.title)  \(batch.program)  \(stands.zh)  \(batch.count) 笔  \(batch.total) 元",
            en: "Batch \(batch.title)  \(batch.program)  \(stands.en)  \(batch.count) payments  \(batch.total) yuan")
        call.output.table(
            ["序号", "付款", "待遇", "户名", "申请或核定", "金额(元)", "状态", "银行说明"],
            en: ["no.", "payment", "entitlement", "holder", "case or decision", "yuan", "state", "the bank says"],
            lines.map {
                [
                    "\($0.n)", $0.payment.text, $0.entitlement.text, Masking.name($0.holder),
                    $0.caseID?.text ?? $0.decision?.text ?? "-", $0.amount.description,
                    $0.state.title[call.output.language], $0.message,
                ]
            })
        tell(newer: newer, changed: changed, call)
        guard case .map(var members) = value(of: batch, unpaid) else { return }
        members["newer_accounts"] = .int(Int64(newer))
        members["changed_accounts"] = .int(Int64(changed))
        members["lines"] = .list(lines.map { value(of: $0, seesPeople: seesPeople) })
        call.output.answer(.map(members))
    }

    private static func value(of line: BatchLines.Line, seesPeople: Bool) -> Value {
        [
            "n": .int(line.n), "payment": .text(line.payment.text), "entitlement": .text(line.entitlement.text),
            "case": line.caseID.map { .text($0.text) } ?? .null,
            "decision": line.decision.map { .text($0.text) } ?? .null,
            "person": line.person.flatMap { seesPeople ? .text($0.text) : nil } ?? .null,
            "holder": .text(Masking.name(line.holder)), "amount_fen": .int(line.amount.fen),
            "state": .text(line.state.rawValue),
            "message": .text(line.message),
        ]
    }

    private static func value(of batch: PayBatch) -> Value {
        [
            "batch": .text(batch.id.text), "number": .text(batch.title), "program": .text(batch.program),
            "state": .text(batch.state.rawValue), "count": .int(Int64(batch.count)), "total_fen": .int(batch.total.fen),
            "built_by": .text(batch.builtBy), "approved_by": batch.approvedBy.map { .text($0) } ?? .null,
            "exported_by": batch.exportedBy.map { .text($0) } ?? .null,
        ]
    }
}
