import NiangjiaCore

extension Operations {
    static let patternOperations: [Operation] = [
        Operation("audit.patterns", .permission(.audit), patterns)
    ]

    /// Lists what an auditor looks at twice. Whoever may see the registers is told masked names beside the ids.
    private static func patterns(_ call: Call) async throws {
        let today = call.host.clock.now().date
        let to = try call.arguments.date("to") ?? today
        let from = try call.arguments.date("from") ?? CivilDate(year: to.parts.year, month: 1, day: 1) ?? to
        guard from <= to else {
            throw NiangjiaError(.invalid, zh: "from 晚于 to。", en: "from lies after to.", place: "/from")
        }
        var limits = PatternLimits()
        if let count = try call.arguments.integer("burst") { limits.burstCount = max(2, Int(count)) }
        if let minutes = try call.arguments.integer("minutes") { limits.burstMinutes = max(1, minutes) }
        let programs = try await call.host.bundles.active().programs.values.sorted { $0.id < $1.id }
        let chosen = limits
        let found = try await call.host.store.read {
            try AuditPatterns.find(DateRange(from: from, to: to), programs, chosen, in: $0)
        }
        let seesNames = try signedIn(call).may(.seeRegisters)
        let names = try await call.host.store.read { reader -> [String: String] in
            guard seesNames else { return [:] }
            var names: [String: String] = [:]
            for text in found.accounts.flatMap(\.payees) {
                if let id = ID<Person>(text) { names[text] = try Payees.name(.person(id), in: reader) }
                if let id = ID<Organization>(text) { names[text] = try Payees.name(.organization(id), in: reader) }
            }
            return names
        }
        tell(found, names, call)
        call.output.answer([
            "from": .text(from.description), "to": .text(to.description),
            "shared_accounts": .list(
                found.accounts.map {
                    [
                        "count": .int(Int64($0.count)), "paid_fen": .int($0.paid.fen),
                        "payees": .list(
                            $0.payees.map { ["id": .text($0), "name": names[$0].map { .text($0) } ?? .null] }),
                    ]
                }),
            "bursts": .list(
                found.bursts.map {
                    [
                        "who": .text($0.who), "kind": .text($0.kind), "from": .text($0.from.description),
                        "to": .text($0.to.description), "count": .int(Int64($0.count)),
                    ]
                }),
            "under_limits": .list(found.underLimits.map(value)), "probes": .list(found.probes.map(value)),
        ])
    }

    private static func value(_ one: AuditPatterns.UnderLimit) -> Value {
        [
            "program": .text(one.program), "limit_fen": .int(one.limit.fen), "kind": .text(one.kind),
            "filer": .text(one.filer), "within": .int(Int64(one.within)), "all": .int(Int64(one.all)),
            "decisions": .list(one.decisions.map { .text($0.text) }),
        ]
    }

    private static func value(_ one: AuditPatterns.Probe) -> Value {
        [
            "account": .text(one.account), "program": .text(one.program), "contents": .int(Int64(one.contents)),
            "tries": .int(Int64(one.tries)), "from": .text(one.from.description), "to": .text(one.to.description),
        ]
    }

    private static func tell(_ found: AuditPatterns, _ names: [String: String], _ call: Call) {
        let output = call.output
        output.line("以下是线索,不是结论。", en: "These are questions, not findings.")
        output.line(
            "同一账号多人使用:\(found.accounts.count) 个", en: "Accounts that several payees share: \(found.accounts.count)")
        for one in found.accounts.prefix(50) {
            let who = one.payees.prefix(5).map { $0 + (names[$0].map { "(\($0))" } ?? "") }.joined(separator: "、")
            output.line(
                "  \(one.count) 人  已付 \(one.paid) 元  \(who)", en: "  \(one.count) payees  paid \(one.paid) yuan  \(who)"
            )
        }
        output.line("集中扫码:\(found.bursts.count) 段", en: "Bursts of scans: \(found.bursts.count)")
        for one in found.bursts.prefix(50) {
            output.line("  \(one.who)  \(one.kind)  \(one.from) – \(one.to)  \(one.count)")
        }
        output.line("略低于复核限额:\(found.underLimits.count) 组", en: "Sums just under a limit: \(found.underLimits.count)")
        for one in found.underLimits.prefix(50) {
            output.line(
                "  \(one.program)  \(one.kind) \(one.limit) 元  经办 \(one.filer)  \(one.within)/\(one.all) 笔",
                en:
                    "  \(one.program)  \(one.kind) \(one.limit) yuan  filed by \(one.filer)  \(one.within) of \(one.all)"
            )
        }
        output.line(
            "反复试算从未生效的内容:\(found.probes.count) 组",
            en: "Contents tried again and again that never came into force: \(found.probes.count)")
        for one in found.probes.prefix(50) {
            output.line(
                "  \(one.account)  \(one.program)  \(one.contents) 种内容 \(one.tries) 次  \(one.from) – \(one.to)",
                en:
                    "  \(one.account)  \(one.program)  \(one.contents) contents in \(one.tries) tries  \(one.from) – \(one.to)"
            )
        }
    }
}
