import NiangjiaCore

extension Operations {
    /// Goods are handed over: to a person at a station, or what a case was approved for (a visit to a site). Who may stands in the
    /// form (`delivery.by`) and is asked where it is written down.
    static func deliver(_ call: Call) async throws {
        let account = try signedIn(call)
        let code = try call.arguments.optionalText("code")
        let named = try call.arguments.optionalText("station")
        // A station of another part of the city is answered like none.
        let station = try await call.host.store.glance { reader in
            try named.map { try Lookup.station($0, within: account, in: reader) }
        }
        let whom: String
        let plugin: String
        let deliver: @Sendable (Caller) async throws -> [ID<Entitlement>]
        let corridor = call.host.corridor
        if try call.arguments.optionalText("case") != nil {
            let record = try await deliverableCase(call)
            (whom, plugin) = (record.id.text, record.plugin)
            deliver = { try await corridor.deliver(case: record.id, at: station, code: code, by: $0) }
        } else {
            let (program, _) = try await program(call)
            let person = try call.arguments.id("person", Person.self)
            (whom, plugin) = ("\(person.text)/\(program.id)", program.plugin)
            deliver = { try await corridor.deliver(to: person, program: program.id, at: station, code: code, by: $0) }
        }
        var caller = try await call.host.store.read { try Caller.of(account, plugin: plugin, in: $0) }
        if account.may(.deliver) { caller.actor = try account.actor(for: .deliver) }
        let asking = caller
        let delivered =
            if code == nil { try await deliver(asking) } else {
                try await call.host.access.collecting(whom) { try await deliver(asking) }
            }
        try await tell(delivered, call)
    }

    private static func tell(_ delivered: [ID<Entitlement>], _ call: Call) async throws {
        let amount = try await call.host.store.read { reader in
            try delivered.reduce(Money.zero) { try $0 + Entitlements.load($1, in: reader).amount }
        }
        call.output.line(
            "已发放 \(delivered.count) 份,价值 \(amount) 元。", en: "Handed over: \(delivered.count), worth \(amount) yuan.")
        for id in delivered.prefix(20) { call.output.line("  \(id)", en: "  \(id)") }
        call.output.answer([
            "delivered": .int(Int64(delivered.count)), "amount_fen": .int(amount.fen),
            "entitlements": .list(delivered.map { .text($0.text) }),
        ])
    }

    /// The case whose goods are handed over: one that the account sees, or that lies in the part for which it hands over.
    private static func deliverableCase(_ call: Call) async throws -> CaseRecord {
        do {
            return try await visibleCase(call)
        } catch let missing as NiangjiaError where missing.code == .notFound {
            let (id, account) = (try call.arguments.id("case", CaseFile.self), try signedIn(call))
            guard account.may(.deliver) else { throw missing }
            let found = try await call.host.store.read { reader -> CaseRecord? in
                guard let record = try? Cases.load(id, in: reader),
                    let scope = try OrganizationScope.of(account.scope, in: reader)
                else { return nil }
                let places = [record.home, record.serving, record.unit].compactMap(\.self)
                let isNear =
                    try scope.contains(nil, in: reader) || places.contains { try scope.contains($0, in: reader) }
                return isNear ? record : nil
            }
            guard let found else { throw missing }
            return found
        }
    }
}
