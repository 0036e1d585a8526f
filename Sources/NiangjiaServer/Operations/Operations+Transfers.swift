import NiangjiaCore

/// People whom one part of the city entered and another one has: decided at the city's level (decision 0069).
extension Operations {
    static let transferOperations: [Operation] = [
        Operation("transfer.list", .permission(.changeRegisters), listTransfers),
        Operation("transfer.decide", .permission(.changeRegisters), decideTransfer),
    ]

    private static func listTransfers(_ call: Call) async throws {
        let isAll = call.arguments.flag("all")
        let limit = try call.arguments.limit(otherwise: 50)
        let after = try call.arguments.optionalID("after", Transfer.self)
        let found = try await call.host.store.read {
            try Transfers.list(state: isAll ? nil : .pending, after: after, limit: limit, in: $0)
        }
        call.output.table(
            ["转会", "人员", "库中姓名", "填报姓名", "现工会", "转入", "提出", "状态"],
            en: ["transfer", "person", "name kept", "name given", "union", "joins", "entered by", "state"],
            found.map {
                [
                    $0.id.text, $0.person.text, Masking.name($0.knownName), Masking.name($0.name), $0.from ?? "-",
                    $0.to,
                    $0.askedBy, $0.state.title[call.output.language],
                ]
            })
        tellMore(found.last?.id.text, found.count == limit, call)
        call.output.answer(
            .list(
                found.map {
                    [
                        "transfer": .text($0.id.text), "person": .text($0.person.text),
                        "known_name": .text(Masking.name($0.knownName)), "name": .text(Masking.name($0.name)),
                        "same_name": .bool($0.knownName == $0.name), "from": $0.from.map { .text($0) } ?? .null,
                        "to": .text($0.to), "status": .text($0.status), "by": .text($0.askedBy),
                        "at": .text($0.askedAt.description), "state": .text($0.state.rawValue),
                    ]
                }))
    }

    private static func decideTransfer(_ call: Call) async throws {
        let id = try call.arguments.id("transfer", Transfer.self)
        let (isAccepted, reason, context) = (
            try call.arguments.decided("accept"), try call.arguments.reason(), call.context
        )
        try await call.host.store.write(.interactive) { writer in
            try Transfers.decide(id, isAccepted: isAccepted, because: reason, context, in: writer)
        }
        call.output.line(
            isAccepted ? "已转会(\(id)):原会籍终止,转入新工会;其他资料未动。" : "不予转会(\(id)):资料未动。",
            en: isAccepted
                ? "Transferred (\(id)): they left their union and joined the other; nothing else was changed."
                : "Not transferred (\(id)): nothing was changed.")
        call.output.answer([
            "transfer": .text(id.text),
            "state": .text((isAccepted ? TransferRequest.State.accepted : .refused).rawValue),
        ])
    }
}
