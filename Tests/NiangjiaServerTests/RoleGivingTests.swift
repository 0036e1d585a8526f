import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// Who gives the roles that plugins name (decision 0091).
@Suite("A role that opens a seal is given by two people, and never by its holder", .serialized) struct RoleGivingTests {
    private static func role(_ account: String, _ role: String = "safety") -> Value {
        ["plugin": "hazard-report", "role": .text(role), "account": .text(account)]
    }

    @Test("Nobody gives a role to themself, and one person's word opens no seal")
    func twoPeople() async throws {
        let city = try await TestCity()
        try await city.add("guard", .clerk)
        #expect(await code { _ = try await city.run("role.set", Self.role("office"), as: "office") } == .forbidden)
        func held() async throws -> [String] {
            try await city.host.store.read {
                try PluginRoles.holders(of: "safety", plugin: "hazard-report", in: $0)
            }
        }
        let first = try await city.run("role.set", Self.role("guard"), as: "office")
        #expect(first.answer?["held"] == false && first.answer?["proposed"] == true, "\(first.lines)")
        #expect(try await held().isEmpty)
        let listed = try await city.run("role.list", [:], as: "chief").answer?.list ?? []
        #expect(listed.contains { $0["role"] == "safety" && $0["proposed"] == ["guard"] }, "\(listed)")
        // The same person again, or the holder, is no second one.
        #expect(await code { _ = try await city.run("role.set", Self.role("guard"), as: "office") } == .forbidden)
        let second = try await city.run("role.set", Self.role("guard"), as: "chief")
        #expect(second.answer?["held"] == true)
        #expect(try await held() == ["guard"])
        _ = try await city.run("role.set", Self.role("guard"), as: "office")
        #expect(try await held() == ["guard"])
        let kinds = try await city.host.store.read { reader in
            try reader.all(
                "SELECT kind FROM chain_event WHERE kind LIKE 'access.role_%' ORDER BY id", []
            ) { $0.text(0) }
        }
        #expect(kinds.prefix(2) == ["access.role_proposed", "access.role_given"], "\(kinds)")
        try await city.host.close()
    }

    @Test("A proposal takes nothing away, and doesn't undo that a role was taken")
    func proposals() async throws {
        let city = try await TestCity()
        try await city.add("guard", .clerk)
        func set(_ giver: String, end: Bool = false) async throws {
            let ending: Value = end ? ["end": true] : [:]
            let all = (Self.role("guard").map ?? [:]).merging(ending.map ?? [:]) { $1 }
            _ = try await city.run("role.set", .map(all), as: giver)
        }
        func stands() async throws -> (state: String?, isRelieved: Bool?, isListed: Bool) {
            try await city.host.store.read { reader in
                let state = try reader.first("SELECT state FROM role_holder WHERE account = 'guard'", []) { $0.text(0) }
                let account = try Access.account("guard", in: reader)
                let caller = try account.map { try Caller.of($0, plugin: "hazard-report", in: reader) }
                let listed = try PluginRoles.proposed(of: "safety", plugin: "hazard-report", in: reader)
                return (state, caller?.isRelieved, listed == ["guard"])
            }
        }
        let steps: [(giver: String, end: Bool, after: (String, Bool, Bool))] = [
            ("office", false, ("proposed", false, true)), ("office", true, ("withdrawn", false, false)),
            ("office", true, ("withdrawn", false, false)), ("office", false, ("proposed", false, true)),
            ("chief", false, ("held", false, false)), ("office", true, ("ended", true, false)),
            ("chief", false, ("reproposed", true, true)), ("office", true, ("ended", true, false)),
            ("chief", false, ("reproposed", true, true)), ("office", false, ("held", false, false)),
        ]
        for (step, one) in steps.enumerated() {
            try await set(one.giver, end: one.end)
            let now = try await stands()
            #expect(now.state == one.after.0, "\(step)")
            #expect(now.isRelieved == one.after.1, "\(step)")
            #expect(now.isListed == one.after.2, "\(step)")
        }
        try await city.host.close()
    }

    @Test("Whoever reported under seal hears that it was opened")
    func unsealed() async throws {
        let city = try await TestCity()
        let (_, unit) = try await city.peopleWhoSeeHazards()
        let id = try await city.reportHazard(in: unit, "major")
        _ = try await city.run("case.unseal", ["case": id, "reason": "核实奖励"], as: "officer")
        let looks = try await city.run("person.data", [:], as: "worker").answer?["looks"].list ?? []
        #expect(looks.contains { $0["fields"] == "subject" && $0["reason"] == "核实奖励" }, "\(looks)")
        try await city.host.close()
    }
}
