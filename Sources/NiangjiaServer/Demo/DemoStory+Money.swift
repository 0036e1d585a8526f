import Foundation
import NiangjiaCore
import NiangjiaDemo

extension DemoStory {
    /// Preview, then decide, over everybody in scope.
    func decideCooling() async throws {
        let program = try await program(of: "summer-cooling")
        try move(to: "2026-08-03")
        chapter(7, "夏送清凉:先试算,再正式核定全部在范围内的人", "Summer cooling: preview, then decide over everybody")
        let arguments: Value = ["program": .text(program.id), "form": "package", "as_of": "2026-08-03"]
        try await run("program.preview", arguments, as: "office")
        try await run("program.decide", arguments, as: "office")
        try await run("fund.balance", .map([:]), as: nil)
    }

    /// Notices end, batches go to the bank, one payment fails and is reissued.
    func payTuition() async throws {
        let program = try await program(of: "tuition")
        chapter(8, "公示期满,核准,代发;一笔失败后重新发放", "Notice ends; paid in a batch; one failure is reissued")
        let notices = try await host.store.read { reader in
            try Cases.list(program: program.id, state: .underNotice, in: reader)
        }
        for record in notices {
            let days = record.notice?.description ?? ""
            output.line("    \(record.id) 公示 \(days)", en: "    \(record.id) on notice \(days)")
        }
        if let last = notices.compactMap(\.notice?.to).max(), last >= clock.now().date {
            try move(to: last + 1)
            output.line(
                "    (演示时钟拨到公示期满次日 \(clock.now().date))",
                en: "    (the demo's clock moves on to the day after, \(clock.now().date))")
        }
        let ended = try await host.corridor.endNotices()
        output.line("    公示期满核准 \(ended) 份", en: "    notices that ended, approved: \(ended)")
        try await pay(program.id, failing: true)
    }

    /// What was handed over in summer is settled with its supplier: the statement, an invoice of exactly that sum, one payment.
    func settleGoods() async throws {
        chapter(9, "物资与供应商结算:对账、核对发票、付款", "Goods: the supplier's statement, its invoice, one payment")
        let days: [String: Value] = [
            "supplier": .text(DemoCity.supplier), "from": "2026-06-01", "to": .text(clock.now().date.description),
        ]
        let statement = try await run("supplier.statement", .map(days), as: "treasurer")
        if let payable = statement["payable_fen"].int, payable > 0 {
            let invoice: [String: Value] = ["invoice": "26990001", "amount": .text(Money(fen: payable).yuan)]
            try await run("supplier.settle", .map(days.merging(invoice) { $1 }), as: "treasurer")
        }
        try await pay(Suppliers.program, failing: false)
    }

    /// Build, approve by another person, export, take the bank's answer; what fails is reissued in a second batch.
    func pay(_ program: String, failing: Bool) async throws {
        for round in 1...2 {
            guard let batch = try await openBatch(program) else { break }
            if try await state(batch) == .checked {
                try await run("batch.approve", ["batch": .text(batch.text)], as: "payer")
            }
            if try await state(batch) == .approved {
                try await run("batch.export", ["batch": .text(batch.text)], as: "payer")
            }
            if try await state(batch) == .exported {
                let file = try await bankAnswer(batch, failsFirst: failing && round == 1)
                let name = (file as NSString).lastPathComponent
                output.line(
                    "    银行回单 \(name)(演示中由本程序代银行写出)",
                    en: "    the bank's answer \(name) (written by the demo for the bank)")
                try await run("batch.result", ["batch": .text(batch.text), "file": .text(file)], as: "treasurer")
            }
            let failed = try await host.store.read { reader in
                try BatchLines.lines(of: batch, in: reader).filter { $0.state == "failed" }.map(\.payment)
            }
            for payment in failed {
                try await run(
                    "batch.reissue", ["payment": .text(payment.text), "reason": "收款人已到银行恢复账户状态"], as: "treasurer")
            }
        }
    }

    /// The batch that is under way, or a new one of what waits; nil when nothing waits.
    private func openBatch(_ program: String) async throws -> ID<PayBatch>? {
        let (open, waiting) = try await host.store.read { reader in
            (
                try Batches.list(in: reader).first {
                    $0.program == program && [.built, .checked, .approved, .exported].contains($0.state)
                }?.id,
                try reader.integer(
                    "SELECT COUNT(*) FROM entitlement WHERE program = $1 AND state = 'approved' AND kind = 'money'",
                    [.text(program)]) ?? 0
            )
        }
        if let open { return open }
        guard waiting > 0 else { return nil }
        let answer = try await run("batch.build", ["program": .text(program)], as: "treasurer")
        return answer["batch"].text.flatMap { ID<PayBatch>($0) }
    }

    private func state(_ batch: ID<PayBatch>) async throws -> PayBatch.State {
        try await host.store.read { try Batches.load(batch, in: $0).state }
    }

    /// What the bank would answer, in the template's own form: everything paid, or the first line refused.
    private func bankAnswer(_ batch: ID<PayBatch>, failsFirst: Bool) async throws -> String {
        let crypto = host.crypto
        let sent = try await host.store.read { try Batches.lines(of: batch, in: $0, crypto) }
        let lines = sent.lines.map { line -> String in
            let status = failsFirst && line.n == 1 ? "01|账户状态异常" : "00|成功"
            return "\(line.n)|\(line.account.number)|\(line.account.holder)|\(line.amount.yuan)|\(status)"
        }
        let name = "回盘-\(sent.title).txt"
        try BankFiles.put(Array((lines.joined(separator: "\r\n") + "\r\n").utf8), name: name, in: host.folder.exports)
        return "\(host.folder.exports)/\(name)"
    }

    /// One refusal explained to the member, one decision replayed, the books and the chain proved, the report's sentences.
    func afterwards() async throws {
        chapter(10, "说明、重演、核对、报告", "Explained, replayed, proved, reported")
        if let story = cases(of: "tuition").first(where: { $0.id == "T6-father" }) {
            let filer = try await filer(story)
            let id = try await submit(story)
            output.line("  会员本人(\(filer))问:为什么没有通过?", en: "  The member (\(filer)) asks why it was refused:")
            try await run("decision.explain", ["decision": .text(id.text)], as: filer)
        }
        if let story = cases(of: "mutual-aid", form: "claim").first(where: { $0.id == "M2" }) {
            let filer = try await filer(story)
            output.line("  另一位会员(\(filer))问:", en: "  Another member (\(filer)) asks:")
            try await run("decision.explain", ["decision": .text(try await submit(story).text)], as: filer)
        }
        if let decision = try await replayable() {
            output.line("  审计员重演一项核定(全新的工作进程):", en: "  The auditor replays a decision in a fresh worker:")
            try await run("decision.replay", ["decision": .text(decision.text)], as: "auditor")
        }
        output.line("  核对:", en: "  Proofs:")
        try await run("fund.verify", .map([:]), as: nil)
        try await run("audit.verify", .map([:]), as: nil)
        try await run("audit.head", .map([:]), as: nil)
        output.line("  年度报告的句子:", en: "  The year report's sentences (they are Chinese):")
        try await run("report", ["from": "2026-01-01", "to": "2026-12-31", "sentences": true], as: nil)
    }

    /// A granted decision that a rule made.
    func replayable() async throws -> ID<Decision>? {
        let program = try await program(of: "tuition").id
        return try await host.store.read { reader in
            try reader.first(
                "SELECT id FROM decision WHERE program = $1 AND result = 'granted' AND call IS NOT NULL ORDER BY id LIMIT 1",
                [.text(program)]
            ) { $0.id(0, Decision.self) }
        }
    }

    /// Where to go from here.
    func tellAddresses(port: Int?, replayable: ID<Decision>?) {
        let (data, niangjia) = (typed(host.folder.path), typed(CommandLine.arguments.first ?? "niangjia"))
        output.line("")
        output.line(
            "演示账号(密码都是 \(DemoStory.password)):\(DemoPeople.offices.map(\.id).joined(separator: " ")),会员 m-t6-father 等。",
            en:
                "Accounts (all with the password \(DemoStory.password)): \(DemoPeople.offices.map(\.id).joined(separator: " ")), members like m-t6-father."
        )
        output.line(
            "本机已替您登录这些账号:不写 --as 时是 office(项目管理员),--as 换成别人。",
            en: "They are signed in on this machine: office (program administrator) without --as, --as for another.")
        if let port {
            let address = "http://127.0.0.1:\(port)/api/v1/"
            output.line("服务地址 \(address)(Ctrl-C 停止)", en: "Serving \(address) (Ctrl-C stops it)")
        }
        output.line("可以试试 Three things to try(另开一个终端):", en: "Three things to try (in another terminal):")
        output.line(
            "  1. 把 \(data)/config/programs/summer-cooling-2026.yaml 的 value 改为 60,看看它怎样生效(演示城市自己批准;正式城市要由第二个人批准):",
            en:
                "  1. Change value to 60 in \(data)/config/programs/summer-cooling-2026.yaml and see it come into force (a real city asks a second person):"
        )
        output.line("     \(niangjia) program show summer-cooling-2026 --data \(data)")
        output.line("  2. 请审计员重演一项核定,逐字节核对:", en: "  2. Let the auditor replay a decision, to the byte:")
        output.line("     \(niangjia) decision replay \(replayable?.text ?? "d-…") --as auditor --data \(data)")
        output.line(
            port == nil ? "  3. 启动服务:" : "  3. 看看附近的站点:",
            en: port == nil ? "  3. Start the server:" : "  3. See the stations nearby:")
        output.line(
            port.map {
                "     curl 'http://127.0.0.1:\($0)/api/v1/stations/nearby?latitude=36.0&longitude=106.2&within=50000'"
            }
                ?? "     \(niangjia) serve --data \(data)")
    }

    /// A path as somebody in the folder where this was started would type it.
    private func typed(_ path: String) -> String {
        let here = FileManager.default.currentDirectoryPath + "/"
        return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
    }
}
