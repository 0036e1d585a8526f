import NiangjiaCore

extension Operations {
    static let auditOperations: [Operation] = [
        Operation("audit.verify", .shell, auditVerify),
        Operation("audit.head", .shell) { call in
            let head = try await call.host.store.read { try Chain.head(in: $0) }
            guard let head else {
                throw NiangjiaError(.notFound, zh: "事件链还是空的。", en: "The chain is still empty.")
            }
            call.output.line("第 \(head.seq) 号事件  \(head.printed)")
            guard case .map(var members) = head.value else { return }
            members["printed"] = .text(head.printed)
            call.output.answer(.map(members))
        },
    ]

    private static func auditVerify(_ call: Call) async throws {
        let heads = try call.arguments.list("heads").map { value -> ChainHead in
            let text = value.text ?? ""
            let parsed =
                (try? Value(json: text)).flatMap { ChainHead($0) } ?? ChainHead(printed: text.filter { !$0.isNewline })
            guard let parsed else {
                throw NiangjiaError(
                    .invalid, zh: "链头抄写有误(校验不符):\(text.prefix(60))", en: "That is no head: a character is wrong.",
                    place: "/head")
            }
            return parsed
        }
        let crypto = call.host.crypto
        let reports = try await call.host.store.read { reader -> [ChainReport] in
            if heads.isEmpty { return [try Chain.verify(in: reader, crypto: crypto)] }
            return try heads.map { try Chain.verify(in: reader, crypto: crypto, against: $0) }
        }
        let words: [ChainReport.Break.Reason: String] = [
            .altered: "事件被改动", .missing: "事件缺失", .truncated: "链的末尾被截去", .rewritten: "与抄下的链头不是同一条链",
        ]
        let isWhole = reports.allSatisfy(\.isWhole)
        if !isWhole { call.output.foundWrong() }
        for report in reports {
            if let found = report.firstBreak {
                call.output.line(
                    "事件链有问题:\(words[found.reason] ?? found.reason.rawValue),第 \(found.events.lowerBound) 至 \(found.events.upperBound) 号。"
                )
            } else {
                call.output.line(
                    "事件链完整:\(report.count) 个事件,依法删除 \(report.erased) 个\(heads.isEmpty ? "(未对照抄下的链头,末尾被截去无法发现)" : ",与链头相符")。"
                )
            }
        }
        call.output.answer([
            "ok": .bool(isWhole), "events": .int(Int64(reports.first?.count ?? 0)),
            "erased": .int(Int64(reports.first?.erased ?? 0)), "unsealed": .int(Int64(reports.first?.unsealed ?? 0)),
            "heads": .int(Int64(heads.count)),
            "breaks": .list(
                reports.compactMap(\.firstBreak).map {
                    [
                        "reason": .text($0.reason.rawValue), "from": .int($0.events.lowerBound),
                        "to": .int($0.events.upperBound),
                    ]
                }),
        ])
    }
}
