import Foundation
import NiangjiaCore
import NiangjiaExchange

/// Union dues: the tax bureau's files, suspense, returns.
extension Operations {
    static let duesOperations: [Operation] = [
        Operation("dues.import", .permission(.buildBatch), importDues),
        Operation("dues.suspense", .permission(.seeMoney), duesSuspense),
        Operation("dues.drop", .permission(.buildBatch), dropDues),
        Operation("dues.assign", .permission(.buildBatch), assignDues),
        Operation("dues.year_end", .permission(.buildBatch), duesYearEnd),
        Operation("dues.return", .permission(.buildBatch), returnDues),
        Operation("dues.statement", .permission(.seeMoney), duesStatement),
        Operation("dues.files", .permission(.seeMoney), duesFiles),
        Operation("dues.undo", .permission(.buildBatch), undoDues),
    ]

    private static func importDues(_ call: Call) async throws {
        let (lines, faults, digest) = try readDues(call)
        let agreements = try await call.host.bundles.active().funds.dues
        let context = call.context
        let isCheck = call.arguments.flag("check")
        let taken = try await takeDues(on: call.host) { writer in
            let taken = try Dues.take(lines, file: digest, agreements: agreements, context, in: writer)
            if isCheck { throw CheckedDues(result: taken) }
            return taken
        }
        let (read, refused) = (taken.lines + faults.count, taken.refused + faults.count)
        call.output.line(
            "\(isCheck ? "检查(未入账)" : "读入") \(read) 行:入账 \(taken.booked),待查 \(taken.suspended),冲回 \(taken.reversed),待冲回 \(taken.waiting),重复 \(taken.resent),未采用 \(refused);净额 \(taken.amount) 元。",
            en:
                "\(isCheck ? "Checked, nothing booked: " : "")\(read) lines: \(taken.booked) booked, \(taken.suspended) in suspense, \(taken.reversed) taken back, \(taken.waiting) wait to be, \(taken.resent) known already, \(refused) not taken; \(taken.amount) yuan in all."
        )
        if taken.reversedEarlier > 0 {
            call.output.line(
                "  以前文件中待冲回的 \(taken.reversedEarlier) 行现已冲回。",
                en: "  \(taken.reversedEarlier) lines of earlier files that waited are taken back now.")
        }
        let findings =
            faults.map { (code: "UNREADABLE", place: $0.place, text: $0.message) }
            + taken.findings.map { (code: $0.code, place: $0.place, text: $0.text) }
        for finding in findings.prefix(20) {
            call.output.line("  \(finding.place) \(finding.code) \(finding.text[call.output.language])")
        }
        if findings.count > 20 {
            call.output.line("  …全部 \(findings.count) 条见 --json", en: "  … all \(findings.count) with --json")
        }
        if taken.refused > 0 || !faults.isEmpty || taken.waiting > 0 {
            call.output.foundWrong()
        }
        call.output.answer([
            "checked": .bool(isCheck), "file": .text(digest), "lines": .int(Int64(read)),
            "booked": .int(Int64(taken.booked)), "suspense": .int(Int64(taken.suspended)),
            "reversed": .int(Int64(taken.reversed)), "waiting": .int(Int64(taken.waiting)),
            "reversed_earlier": .int(Int64(taken.reversedEarlier)), "resent": .int(Int64(taken.resent)),
            "refused": .int(Int64(refused)), "amount_fen": .int(taken.amount.fen),
            "findings": .list(
                findings.map {
                    [
                        "code": .text($0.code), "place": .text($0.place), "zh-CN": .text($0.text.zh),
                        "en": .text($0.text.en),
                    ]
                }),
        ])
    }

    /// The lines of the file, and what can't be read of it, each with its place in the file by the name that somebody knows it by.
    private static func readDues(_ call: Call) throws -> (lines: [TaxLine], faults: [TableFault], digest: String) {
        let path = try call.arguments.text("file")
        var mapping = try mapping(call, "dues")
        if let sheet = try call.arguments.optionalText("sheet") { mapping.sheet = sheet }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw NiangjiaError(.notFound, zh: "读不到文件。", en: "The file can't be read.", place: path)
        }
        let digest = Hex.text(call.host.crypto.digest([UInt8](data)))
        let kept = (path as NSString).lastPathComponent
        // What came over HTTP without a name lies under one that means nothing: it goes by its digest, as where it is undone.
        let own = UUID(uuidString: kept) == nil ? kept : String(digest.prefix(12))
        let name = try call.arguments.optionalText("name").flatMap(FileName.plain) ?? own
        func named(_ place: String) -> String {
            place.hasPrefix(kept) ? name + place.dropFirst(kept.count) : "\(name) \(place)"
        }
        do {
            var (lines, faults) = try DuesFile.read(path, mapping)
            for n in lines.indices { lines[n].place = named(lines[n].place) }
            for n in faults.indices { faults[n].place = named(faults[n].place) }
            return (lines, faults, digest)
        } catch let error as NiangjiaError {
            guard let place = error.place, place.hasPrefix(kept) else { throw error }
            throw NiangjiaError(
                error.code, zh: error.message.zh, en: error.message.en, place: named(place), cause: error.cause)
        }
    }

    /// What a check found; thrown, so that nothing of it is written.
    private struct CheckedDues: Error { var result: DuesImport }

    private static func takeDues(
        on host: Host, _ body: @escaping @Sendable (any StoreWriter) throws -> DuesImport
    ) async throws -> DuesImport {
        do {
            return try await host.store.write(.batch, body)
        } catch let checked as CheckedDues {
            return checked.result
        }
    }

    private static func duesSuspense(_ call: Call) async throws {
        let (suspense, unmatched, claims) = try await call.host.store.read { reader in
            (try Dues.suspense(in: reader), try Dues.unmatched(in: reader), try DuesClaims.outstanding(in: reader))
        }
        call.output.table(
            ["信用代码", "缴费单位", "笔数", "金额(元)", "最早到账"],
            en: ["credit code", "payer", "lines", "amount (yuan)", "since"],
            suspense.map { [$0.creditCode, $0.payer, "\($0.lines)", $0.amount.description, $0.since.description] })
        for one in unmatched {
            call.output.line(
                "尚未冲回的负数行:\(one.id) \(one.creditCode) \(one.amount) 元(\(one.place))",
                en: "a negative line that waits: \(one.id) \(one.creditCode) \(one.amount) yuan (\(one.place))")
        }
        tell(claims, call)
        call.output.answer([
            "codes": .list(
                suspense.map {
                    [
                        "code": .text($0.creditCode), "payer": .text($0.payer), "lines": .int(Int64($0.lines)),
                        "amount_fen": .int($0.amount.fen), "since": .text($0.since.description),
                    ]
                }),
            "unmatched": .list(
                unmatched.map {
                    [
                        "line": .text($0.id.text), "code": .text($0.creditCode), "amount_fen": .int($0.amount.fen),
                        "place": .text($0.place),
                    ]
                }),
            "claims": value(of: claims),
        ])
    }

    /// What unions have to give back of what they were paid.
    private static func tell(_ claims: [DuesClaims.Claim], _ call: Call) {
        for claim in claims {
            call.output.line(
                "待收回:\(claim.code) \(claim.amount) 元(\(claim.entitlement)),从下次回拨中抵扣,或到账后 niangjia fund recover",
                en:
                    "to come back: \(claim.code) \(claim.amount) yuan (\(claim.entitlement)), set off against its next return, or paid in: niangjia fund recover"
            )
        }
    }

    private static func value(of claims: [DuesClaims.Claim]) -> Value {
        .list(
            claims.map {
                [
                    "entitlement": .text($0.entitlement.text), "union": .text($0.code),
                    "amount_fen": .int($0.amount.fen),
                ]
            })
    }

    private static func duesFiles(_ call: Call) async throws {
        let (after, limit) = (try call.arguments.optionalID("after", DuesLine.self), try call.arguments.limit())
        let files = try await call.host.store.read { try Dues.files(after: after, limit: limit, in: $0) }
        call.output.table(
            ["文件", "名称", "行数", "净额(元)", "读入", "经办", ""],
            en: ["file", "name", "lines", "sum (yuan)", "taken on", "by", ""],
            files.map {
                [
                    String($0.digest.prefix(12)), $0.name, "\($0.lines)", $0.amount.description,
                    $0.at.date.description, $0.by, $0.isUndone ? call.output.word("已撤销", "undone") : "",
                ]
            })
        call.output.answer(
            .list(
                files.map {
                    [
                        "file": .text($0.digest), "place": .text($0.place), "lines": .int(Int64($0.lines)),
                        "amount_fen": .int($0.amount.fen), "taken_on": .text($0.at.date.description),
                        "by": .text($0.by), "undone": .bool($0.isUndone), "first_line": .text($0.first.text),
                    ]
                }))
    }

    /// A file was taken by mistake: its lines are reversed, and may be taken again from the right one.
    private static func undoDues(_ call: Call) async throws {
        let (file, reason, context) = (try call.arguments.text("file"), try call.arguments.reason(), call.context)
        let agreements = try await call.host.bundles.active().funds.dues
        let undone = try await call.host.store.write(.interactive) {
            try Dues.undo(file, reason: reason, agreements: agreements, context, in: $0)
        }
        call.output.line(
            "已撤销经费文件 \(undone.digest.prefix(12)):\(undone.lines) 行,红字冲销 \(undone.amount) 元;同样的行可以重新导入。",
            en:
                "The file \(undone.digest.prefix(12)) is taken back: \(undone.lines) lines, \(undone.amount) yuan reversed; the same lines may be taken again."
        )
        call.output.answer([
            "file": .text(undone.digest), "lines": .int(Int64(undone.lines)), "amount_fen": .int(undone.amount.fen),
        ])
    }

    /// A negative line that takes nothing back: nobody waits for its original any more.
    private static func dropDues(_ call: Call) async throws {
        let (id, context) = (try call.arguments.id("line", DuesLine.self), call.context)
        let reason = try call.arguments.reason()
        let line = try await call.host.store.write(.interactive) {
            try Dues.drop(id, reason: reason, context, in: $0)
        }
        call.output.line(
            "已销去负数行 \(line.amount) 元(\(line.creditCode),\(line.place)):未入账,账上不变。",
            en: "Dropped the negative line of \(line.amount) yuan (\(line.creditCode), \(line.place)); nothing moves.")
        call.output.answer([
            "line": .text(id.text), "code": .text(line.creditCode), "amount_fen": .int(line.amount.fen),
            "place": .text(line.place),
        ])
    }

    private static func assignDues(_ call: Call) async throws {
        let (code, to) = (try call.arguments.text("code"), try call.arguments.text("to"))
        let reason = try call.arguments.reason()
        let agreements = try await call.host.bundles.active().funds.dues
        let context = call.context
        let done = try await call.host.store.write(.interactive) { writer in
            try Dues.assign(
                code, to: Lookup.organization(to, in: writer), reason: reason, agreements: agreements, context,
                in: writer)
        }
        call.output.line(
            "\(code) 归入 \(to):\(done.lines) 笔,\(done.amount) 元,已按协议分成;今后同一代码自动归入。",
            en:
                "\(code) belongs to \(to): \(done.lines) lines, \(done.amount) yuan are split; its next lines are known."
        )
        if let from = done.from {
            call.output.line(
                "  原归 \(from),其中 \(done.moved) 笔由它改归;已列入回拨的 \(done.stays) 元不动,仍在 \(from) 名下。",
                en:
                    "  It was \(from)'s: \(done.moved) of the lines moved from there; \(done.stays) yuan that are returned, or in a batch, stay with \(from)."
            )
        }
        call.output.answer([
            "code": .text(code), "organization": .text(to), "lines": .int(Int64(done.lines)),
            "amount_fen": .int(done.amount.fen), "from": done.from.map { .text($0) } ?? .null,
            "moved": .int(Int64(done.moved)), "stays_fen": .int(done.stays.fen),
        ])
    }

    private static func duesYearEnd(_ call: Call) async throws {
        guard let year = try call.arguments.integer("year") else {
            throw NiangjiaError(.invalid, zh: "缺少 year。", en: "year is missing.", place: "/year")
        }
        let agreements = try await call.host.bundles.active().funds.dues
        let context = call.context
        let end = try await call.host.store.write(.interactive) { writer in
            try Dues.endYear(Int(year), agreements: agreements, context, in: writer)
        }
        call.output.line(
            "\(year) 年小额缴费 \(end.payers) 户,上解部分 \(end.amount) 元转为返还,列入下一次回拨。",
            en: "\(end.payers) small payers of \(year): \(end.amount) yuan go back with the next return.")
        for kept in end.kept {
            let why =
                kept.isPassedUp
                ? LocalText(zh: "已上解或正在上解,不能收回", en: "is passed up, or about to be: it doesn't come back")
                : LocalText(zh: "该项目已用出或抵扣,补足后再办一次", en: "is spent or set off: run this again once the line has it")
            call.output.line(
                "  未返还:\(kept.creditCode) \(kept.amount) 元(\(kept.line)):\(why.zh)",
                en: "  Not given back: \(kept.creditCode), \(kept.amount) yuan of \(kept.line): \(why.en)")
        }
        call.output.answer([
            "year": .int(year), "payers": .int(Int64(end.payers)), "amount_fen": .int(end.amount.fen),
            "kept": .list(
                end.kept.map {
                    [
                        "code": .text($0.creditCode), "line": .text($0.line), "amount_fen": .int($0.amount.fen),
                        "reason": .text($0.reason.rawValue),
                    ]
                }),
        ])
    }

    /// Makes what stands for each union payable, and builds the batch that pays it; a second person approves the batch.
    private static func returnDues(_ call: Call) async throws {
        let context = call.context
        let through = try call.arguments.date("through") ?? context.today
        let upward = call.arguments.flag("upward")
        try call.arguments.refuseFuture(through, "through", context.today)
        let agreements = try await call.host.bundles.active().funds.dues
        let made = try await call.host.store.write(.interactive) { writer in
            try Dues.returnShares(
                through: through, upward: upward, agreements: agreements, context, in: writer)
        }
        call.output.line(
            "\(upward ? "上解" : "回拨"):\(made.unions) 家,\(made.amount) 元(截至 \(through) 到账)。",
            en:
                "\(upward ? "Passed up" : "Returned"): \(made.amount) yuan to \(made.unions) unions (received by \(through))."
        )
        if made.offset > .zero {
            call.output.line(
                "  抵扣以前多拨、应退回的 \(made.offset) 元。",
                en: "  \(made.offset) yuan were set off that unions had to give back.")
        }
        if made.carried > 0 {
            call.output.line(
                "  冲回多于留成的 \(made.carried) 家,留待以后抵扣。",
                en: "  \(made.carried) owe more than they get: carried on.")
        }
        for one in made.noUnions { call.output.line("  " + one.words.zh, en: "  " + one.words.en) }
        let flow = PaidFlow(id: Dues.program, title: upward ? "工会经费上解" : "工会经费回拨")
        do {
            try await buildBatch(of: flow, also: ["no_unions": .list(made.noUnions.map(value))], call)
        } catch let error as NiangjiaError where error.code == .conflict && made.unions == 0 && !made.noUnions.isEmpty {
            // There is something to pay, and nobody to pay it to.
            throw NiangjiaError(
                .invalid, zh: made.noUnions.map(\.words.zh).joined(),
                en: made.noUnions.map(\.words.en).joined(separator: " "))
        }
    }

    private static func value(of one: Dues.NoUnion) -> Value {
        [
            "code": .text(one.code), "level": .text(one.level), "amount_fen": .int(one.amount.fen),
            "payers": .list(one.payers.map { .text($0) }),
        ]
    }

    private static func duesStatement(_ call: Call) async throws {
        guard let year = try call.arguments.integer("year") else {
            throw NiangjiaError(.invalid, zh: "缺少 year。", en: "year is missing.", place: "/year")
        }
        let (code, unit) = (try call.arguments.optionalText("code"), try call.arguments.optionalText("unit"))
        let agreements = try await call.host.bundles.active().funds.dues
        let (rows, faults, claims) = try await call.host.store.read { reader in
            let union = try unit.map { try Lookup.organization($0, in: reader) }
            return (
                try Dues.statement(year: Int(year), creditCode: code, union: union, in: reader),
                try Dues.faults(agreements, in: reader), try DuesClaims.outstanding(of: union, in: reader)
            )
        }
        let titles = ["信用代码", "单位", "工会", "应缴", "实缴", "基层", "联合会", "县", "市", "省", "全国", "暂存", "已回拨", "在途"]
        call.output.table(
            titles,
            en: [
                "credit code", "payer", "union", "due", "received", "basic", "federation", "county", "city", "province",
                "national", "held", "returned", "under way",
            ],
            rows.map { row in
                [
                    row.creditCode, row.payer, row.union ?? call.output.word("待查", "suspense"), row.due.description,
                    row.received.description,
                ]
                    + Dues.levels.map { (row.shares[$0] ?? .zero).description }
                    + [row.held.description, row.returned.description, row.underWay.description]
            })
        tell(claims, call)
        if faults.isEmpty { call.output.line("逐户、到账与账上相符。", en: "Payers' rows, files and ledger agree.") }
        for fault in faults { call.output.line("  " + fault[call.output.language]) }
        if !faults.isEmpty { call.output.foundWrong() }
        call.output.answer([
            "year": .int(year), "faults": .list(faults.map { ["zh-CN": .text($0.zh), "en": .text($0.en)] }),
            "claims": value(of: claims),
            "payers": .list(
                rows.map { row in
                    [
                        "code": .text(row.creditCode), "payer": .text(row.payer),
                        "union": row.union.map { .text($0) } ?? .null, "due_fen": .int(row.due.fen),
                        "received_fen": .int(row.received.fen),
                        "shares_fen": .map(row.shares.mapValues { .int($0.fen) }), "held_fen": .int(row.held.fen),
                        "returned_fen": .int(row.returned.fen), "under_way_fen": .int(row.underWay.fen),
                    ]
                }),
        ])
    }
}
