import NiangjiaCore
import NiangjiaExchange

/// What was exported between a backup and its restore is entered before anything is exported again.
extension Operations {
    static let enteredOperations: [Operation] = [
        Operation("batch.entered", .anyOf([.buildBatch, .approveBatch]), entered),
        Operation("batch.entered.lines", .permission(.seeMoney), openLines),
        Operation("batch.entered.match", .permission(.buildBatch), settleLine),
    ]

    /// Enters what the ledger beside the store has, or an export that only the bank's answer still tells of; with the last
    /// sheet's number and head, lets the store export again.
    private static func entered(_ call: Call) async throws {
        let host = call.host
        var done: [EnteredExport] = []
        // What a kill had cut off before the backup ends first: its lines are where their batches say.
        for left in try await Batches.followAll(call.context, in: host.store) { call.output.line(left.zh, en: left.en) }
        if try call.arguments.optionalText("file") != nil { done.append(try await enterFile(call)) }
        let ledger = ExportLedger(host.folder)
        let (context, crypto) = (call.context, host.crypto)
        let known = ledger.numbers()
        for seq in try await ExportStanding.of(host).missing where known.contains(seq) {
            let sent = try ledger.read(seq, crypto)
            guard try await host.store.read({ try Exports.last(in: $0) }) == seq - 1 else { break }
            done.append(
                try await host.store.write(.interactive) { try Exports.enter(sent, from: .ledger, context, in: $0) })
        }
        for one in done {
            call.output.line(
                "已补登第 \(one.seq) 号导出(批次 \(one.title)):\(one.total) 元,对上 \(one.matched) 笔,未对上 \(one.unmatched) 笔。",
                en:
                    "Entered export \(one.seq) (batch \(one.title)): \(one.total) yuan, \(one.matched) found, \(one.unmatched) not."
            )
        }
        if done.contains(where: { $0.unmatched > 0 }) {
            call.output.line(
                "未对上的笔已记住:同一笔待遇、或同一账号和金额再次核准时不会列入批次,核对后用 niangjia batch entered --settle。",
                en:
                    "What nothing was found for is remembered: the same entitlement, or account and amount, isn't paid again until niangjia batch entered --settle says what it was."
            )
        }
        let standing = try await release(call)
        call.output.line(
            standing.isOpen
                ? "数据库与已导出的一致(第 \(standing.stored) 号),可以导出。"
                : standing.missing.isEmpty
                    ? "还须按最后一张交接单核对:niangjia batch entered --number 导出序号 --head 链头。"
                    : "仍缺第 \(standing.missing.map(String.init).joined(separator: "、")) 号导出:用银行回单补登(--file …)。",
            en: standing.isOpen
                ? "The store agrees with what has left (export \(standing.stored)): exports may go on."
                : standing.missing.isEmpty
                    ? "Still to compare with the last sheet: niangjia batch entered --number N --head HEAD."
                    : "Still missing: \(standing.missing.map(String.init).joined(separator: ", ")); enter the bank's answers (--file …)."
        )
        if !standing.isOpen { call.output.foundWrong() }
        call.output.answer([
            "ok": .bool(standing.isOpen), "last": .int(standing.stored), "outside": .int(standing.outside),
            "missing": .list(standing.missing.map { .int($0) }),
            "entered": .list(
                done.map {
                    [
                        "number": .int($0.seq), "batch": .text($0.title), "matched": .int(Int64($0.matched)),
                        "unmatched": .int(Int64($0.unmatched)), "total_fen": .int($0.total.fen),
                    ]
                }),
        ])
    }

    /// Compares the last sheet's number and head with the store, and lets it export again where they agree.
    private static func release(_ call: Call) async throws -> ExportStanding {
        let host = call.host
        let standing = try await ExportStanding.of(host)
        guard standing.isRestored, standing.missing.isEmpty,
            let number = try call.arguments.integer("number"), let typed = try call.arguments.optionalText("head")
        else { return standing }
        guard number == standing.stored else {
            throw NiangjiaError(
                .conflict,
                zh: number > standing.stored
                    ? "最后一张交接单是第 \(number) 号,数据库只到第 \(standing.stored) 号:先补登其间的导出。"
                    : "数据库已有第 \(standing.stored) 号导出,\(number) 号不是最后一张交接单。",
                en: number > standing.stored
                    ? "The last sheet is number \(number), the store ends at \(standing.stored): enter what lies between."
                    : "The store has export \(standing.stored): sheet \(number) is not the last.", place: "/number")
        }
        let ledger = ExportLedger(host.folder)
        let (context, crypto) = (call.context, host.crypto)
        guard let head = ChainHead(printed: typed.filter { !$0.isNewline }) else { throw wrongHead }
        let isKnown = try await host.store.read { reader in
            let at = try reader.first("SELECT digest FROM chain_event WHERE seq = $1", [.int(head.seq)]) { $0.blob(0) }
            let own = try reader.first(
                "SELECT source FROM export_log WHERE seq = $1", [.int(number)]
            ) { $0.text(0) }
            // Entered from the ledger or the bank's answer, the sheet's head is of the chain that was lost.
            return own == "entered" || own == "answer" ? true : at.map { head.matches($0) } ?? false
        }
        let written = try? ledger.read(number, crypto)
        guard isKnown, written.map({ $0.head.isEmpty || $0.head == head.printed }) ?? true else { throw wrongHead }
        try await host.store.write(.interactive) { try Exports.release(head: head.printed, context, in: $0) }
        let name = try await host.store.read { try Exports.nonce(in: $0) ?? "" }
        try ledger.begin(name)
        return try await ExportStanding.of(host)
    }

    private static let wrongHead = NiangjiaError(
        .invalid, zh: "链头与数据库和台账都不符:请照最后一张交接单重新抄写;仍不符,说明其间的导出还没有补登。",
        en:
            "The head is neither the store's nor the ledger's: copy it from the last sheet once more; else an export is still missing.",
        place: "/head")

    /// An export of which only the bank tells: its lines are matched by account and amount. Refused where nothing is missing, and
    /// where the ledger has that export.
    private static func enterFile(_ call: Call) async throws -> EnteredExport {
        let (context, crypto) = (call.context, call.host.crypto)
        let ledger = ExportLedger(call.host.folder)
        let standing = try await ExportStanding.of(call.host)
        // Asked again in the transaction: what was entered or released meanwhile is known there.
        let source = Exports.Source.answer(
            outside: ledger.name() == standing.name ? standing.outside : nil)
        guard (try? ledger.read(standing.stored + 1, crypto)) == nil else {
            throw NiangjiaError(
                .conflict, zh: "导出台账里有第 \(standing.stored + 1) 号:不要 --file,直接运行 niangjia batch entered。",
                en: "The ledger has export \(standing.stored + 1): run niangjia batch entered without --file.")
        }
        // Flows of their own, like the return of dues, are sent like a program's money.
        let flow = PaidFlow.named(try call.arguments.text("program"))?.id
        let program = if let flow { flow } else { try await program(call).program.id }
        let bundle = try await call.host.bundles.active()
        let format = try BankFiles.format(try call.arguments.optionalText("template"), in: bundle)
        let title = try call.arguments.text("batch")
        let parts = title.split(separator: "-").compactMap { Int64($0) }
        guard parts.count == 2, let on = try call.arguments.date("on") else {
            throw NiangjiaError(
                .invalid, zh: "请照交接单写明批次(如 2026-0007)和导出日期(--on)。",
                en: "Name the sheet's batch (2026-0007) and day (--on).", place: "/batch")
        }
        try call.arguments.refuseFuture(on, "on", call.context.today)
        let answers = try format.readResult(path: try call.arguments.text("file"))
        let (entered, sent) = try await call.host.store.write(.interactive) { writer in
            var sent = SentExport(
                seq: standing.stored + 1, batch: context.ids.next(), year: Int(parts[0]), number: parts[1],
                program: program, exportedAt: Instant(on), head: "",
                lines: answers.enumerated().map { n, answer in
                    SentExport.Line(
                        n: answer.seq ?? n + 1, identity: nil,
                        account: BankAccount(number: answer.accountNo, holder: answer.accountName),
                        amount: answer.amount ?? .zero, remark: "")
                })
            try Exports.identify(&sent, crypto, in: writer)
            return (try Exports.enter(sent, from: source, context, in: writer), sent)
        }
        let name = try await call.host.store.read { try Exports.nonce(in: $0) ?? "" }
        try ledger.write(sent, of: name, crypto)
        return entered
    }

    private static func openLines(_ call: Call) async throws {
        let lines = try await call.host.store.read { try Exports.openLines(in: $0) }
        call.output.table(
            ["导出", "批次", "序号", "项目", "金额(元)", "待遇"],
            en: ["export", "batch", "no.", "program", "yuan", "entitlement"],
            lines.map {
                [
                    "\($0.seq)", $0.batch.text, "\($0.n)", $0.program, $0.amount.description,
                    $0.entitlement?.text ?? "",
                ]
            })
        call.output.answer(
            .list(
                lines.map {
                    [
                        "number": .int($0.seq), "batch": .text($0.batch.text), "n": .int(Int64($0.n)),
                        "program": .text($0.program), "amount_fen": .int($0.amount.fen),
                        "entitlement": $0.entitlement.map { .text($0.text) } ?? .null,
                    ]
                }))
    }

    /// Says what a payment of before the restore was for: an entitlement that was approved anew, or something else.
    private static func settleLine(_ call: Call) async throws {
        let batch = try call.arguments.id("batch", PayBatch.self)
        guard let n = try call.arguments.integer("n").map({ Int($0) }) else {
            throw NiangjiaError(.invalid, zh: "缺少 n(序号)。", en: "n is missing.", place: "/n")
        }
        let context = call.context
        if try call.arguments.optionalText("entitlement") != nil {
            let id = try call.arguments.id("entitlement", Entitlement.self)
            try await call.host.store.write(.interactive) { try Exports.match(batch, n: n, to: id, context, in: $0) }
            call.output.line(
                "待遇 \(id) 已由恢复前的第 \(n) 笔支付,不再列入批次。", en: "Line \(n) paid \(id) before the restore.")
            return call.output.answer(["batch": .text(batch.text), "n": .int(Int64(n)), "state": "matched"])
        }
        let reason = try call.arguments.reason()
        try await call.host.store.write(.interactive) { writer in
            try Exports.waive(batch, n: n, reason: reason, context, in: writer)
        }
        call.output.line("第 \(n) 笔另有所付,不再拦截。", en: "Line \(n) paid something else; it holds nothing up any more.")
        call.output.answer(["batch": .text(batch.text), "n": .int(Int64(n)), "state": "waived"])
    }
}
