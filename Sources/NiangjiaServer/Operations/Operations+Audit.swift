import NiangjiaCore

extension Operations {
    static let auditOperations: [Operation] = [
        Operation("audit.verify", .shell, reach: .open, opens: .look, auditVerify),
        Operation("audit.head", .shell, reach: .open, opens: .look) { call in
            let head = try await call.host.store.read { try Chain.head(in: $0) }
            guard let head else {
                throw NiangjiaError(.notFound, zh: "事件链还是空的。", en: "The chain is still empty.")
            }
            call.output.line("第 \(head.seq) 号事件  \(head.printed)", en: "event \(head.seq)  \(head.printed)")
            guard case .map(var members) = head.value else { return }
            members["printed"] = .text(head.printed)
            call.output.answer(.map(members))
        },
    ]

    private static func auditVerify(_ call: Call) async throws {
        let heads = try call.arguments.list("heads").enumerated().map { n, value -> ChainHead in
            try head(value.text ?? "", place: "/heads/\(n)")
        }
        let crypto = call.host.crypto
        let given = heads
        let report = try await call.host.store.read { try Audit.verify(in: $0, crypto: crypto, against: given) }
        // It was compared when the store was opened, by a server long ago.
        let altered = try await call.host.store.alterations().map(\.words)
        let (isChinese, chain) = (call.output.language == .zh, report.chain)
        let isSound = report.isSound && altered.isEmpty
        if isSound {
            let compared =
                heads.isEmpty
                ? (isChinese ? "未对照抄下的链头,末尾被截去无法发现" : "no head was given: what is cut off at the end can't be noticed")
                : (isChinese ? "与 \(heads.count) 个链头相符" : "it agrees with \(heads.count) heads")
            call.output.line(
                isChinese
                    ? "事件链完整:\(chain.count) 个事件,依法删除 \(chain.erased) 个(\(compared))。"
                    : "The chain is whole: \(chain.count) events, \(chain.erased) lawfully erased (\(compared)).")
            call.output.line(covered(report, isChinese))
        } else {
            call.output.foundWrong()
            for fault in altered + report.faults {
                call.output.line(isChinese ? "核对有问题:\(fault.zh)。" : "Found wrong: \(fault.en).")
            }
        }
        call.output.answer([
            "ok": .bool(isSound), "events": .int(Int64(chain.count)), "erased": .int(Int64(chain.erased)),
            "unsealed": .int(Int64(chain.unsealed)), "heads": .int(Int64(heads.count)),
            "covers": [
                "entries": .int(report.ledger.entries), "calls": .int(Int64(report.journal.calls)),
                "blocks": .int(Int64(report.journal.blocks)), "case_steps": .int(Int64(report.rows.steps)),
                "decisions": .int(report.rows.decisions), "accounts": .int(Int64(report.rows.accounts)),
                "rows": .map(report.sealed.rows.mapValues { .int(Int64($0)) }),
            ],
            "faults": .list((altered + report.faults).map { ["zh-CN": .text($0.zh), "en": .text($0.en)] }),
            "breaks": .list(
                (chain.firstBreak.map { [$0] } ?? []).map {
                    [
                        "reason": .text($0.reason.rawValue), "from": .int($0.events.lowerBound),
                        "to": .int($0.events.upperBound),
                    ]
                }),
        ])
    }

    /// Reads a head as it was copied: its printed characters, the line of `audit head` with them, or that command's JSON.
    private static func head(_ text: String, place: String) throws -> ChainHead {
        if let head = (try? Value(json: text)).flatMap({ ChainHead($0) }) { return head }
        // 「第 612 号事件  k4-…」, `event 612  k4-…`: the number is in the characters, too.
        let words = text.split(whereSeparator: \.isWhitespace)
        let isLine = words.count > 2 && ["第", "event"].contains(words[0].lowercased())
        let printed = words.dropFirst(isLine ? (words[0] == "第" ? 3 : 2) : 0).joined(separator: " ")
        if let head = ChainHead(printed: printed) { return head }
        let characters = printed.filter { $0 != " " && $0 != "-" }
        let strange = characters.first { !$0.isASCII || !($0.isLetter || $0.isNumber) || "uU".contains($0) }
        let why =
            if let strange {
                LocalText(zh: "其中“\(strange)”不是链头里的字符", en: "“\(strange)” is no character of one")
            } else if characters.count < leastHeadLength {
                LocalText(
                    zh: "只有 \(characters.count) 个字符,太短,没有抄全",
                    en: "\(characters.count) characters are too few: some are missing")
            } else {
                LocalText(
                    zh: "校验不符,有字符抄错、抄漏或多抄", en: "its check doesn't fit: a character is wrong, missing or too many")
            }
        throw NiangjiaError(
            .invalid, zh: "链头抄写有误:\(why.zh):\(printed.prefix(60))",
            en: "That is no head: \(why.en): \(printed.prefix(60))", place: place)
    }

    /// Characters of a printed head, hyphens not counted: a number of at least one, sixteen of the digest, two to check them.
    private static let leastHeadLength = 19

    /// What a passing verification covers, and what it does not: an auditor relies on the words.
    private static func covered(_ report: AuditReport, _ isChinese: Bool) -> String {
        let (rows, journal, ledger, sealed) = (report.rows, report.journal, report.ledger, report.sealed.count)
        return isChinese
            ? "已逐条重算:账目 \(ledger.entries) 笔分录与凭证,规则调用 \(journal.calls) 次、批量核定 \(journal.blocks) 块,办理步骤 \(rows.steps) 步(谁、何时、怎样),核定 \(rows.decisions) 条(对象、结果、金额、原因),账号 \(rows.accounts) 个(角色、范围、状态),封存的行 \(sealed) 行(支付与批次、捐款、经费、拨付、更正、结算、分摊、预算项目、结账、导出、配置,申请与名额、唯一性登记、到站记录,待遇和核定的变动,每行的全部内容和最后状态),配置各版本的文件,数据库的表、索引、视图和触发器。不包括:登记册和附件的内容,待发的消息,试算。"
            : "Recomputed one by one: \(ledger.entries) entries and their vouchers, \(journal.calls) calls and \(journal.blocks) blocks of runs, \(rows.steps) steps of cases (who, when, how), \(rows.decisions) decisions (subject, outcome, amount, reason), \(rows.accounts) accounts (roles, scope, state), \(sealed) sealed rows (payments and batches, donations, dues, grants, corrections, settlements, sharing, budget lines, closings, exports, configuration, cases and places, what may exist once, visits, entitlements, and what became of decisions: all that they say, and their last state), the files of every version of the configuration, and the store's tables, indexes, views and triggers. Not covered: the registers' contents, evidence files, messages that wait and previews."
    }
}
