import NiangjiaCore
import Testing

@testable import NiangjiaServer

@Suite("The list of a run's draw names nobody", .serialized) struct DrawTokenTests {
    private static let program = "summer-cooling-2026"

    @Test("Anybody may repeat it, and nobody finds an id in it; a member and whoever may see them are told the token")
    func tokens() async throws {
        let city = try await TestCity(approved: false)
        let file = "config/programs/\(Self.program).yaml"
        try city.edit(file, "order: [submitted]", "order: [rank, drawn]\ndraw: {source: 第2026080期}")
        try city.edit(file, "ceiling: {persons: 5200, amount: 520000}", "ceiling: {persons: 10, amount: 520000}")
        try await city.approve()
        try await city.importPeople()
        let decide: Value = ["program": .text(Self.program), "form": "package"]
        #expect(await code { _ = try await city.run("program.decide", decide, as: "office") } == .conflict)
        let listed = try await city.run("draw.list", ["program": .text(Self.program)], as: "office").answer
        let draw = try #require(listed?.list?.first?["draw"])

        let office = try await city.run("draw.show", ["draw": draw], as: "office")
        #expect(office.answer?["entrant"] == .null && office.answer?["entrants"].int ?? 0 > 10)
        let list = try #require(office.answer?["list"].text)
        #expect(!list.contains("p-") && list.hasPrefix("e-"))
        // Somebody of the list, found as the host finds them.
        let run = try #require(office.answer?["pool"].text.flatMap { ID<Run>($0) })
        let crypto = city.host.crypto
        let person = try #require(
            try await city.host.store.read { reader in
                try reader.all("SELECT id FROM person ORDER BY id") { $0.id(0, Person.self) }.first { person in
                    try Allotment.entrant(SubjectRef(.person, person.rawValue), of: run, crypto, in: reader) != nil
                }
            })
        let token = Allotment.token(of: SubjectRef(.person, person.rawValue), in: run, crypto)
        _ = try await city.host.access.add(
            Account(id: "member", display: "member", roles: [RoleGrant(.member)], person: person),
            password: TestCity.password, by: "admin")
        let own = try await city.run("draw.show", ["draw": draw], as: "member")
        #expect(own.answer?["entrant"] == ["person": .text(person.text), "entrant": .text(token)])
        #expect(own.lines.contains { $0.contains(token) } && list.contains(token))

        // Whoever may see the registers can map others, and the look is written down; a member and the treasurer can't.
        let asked: Value = ["draw": draw, "person": .text(person.text)]
        let mapped = try await city.run("draw.show", asked, as: "office")
        #expect(mapped.answer?["entrant"]["entrant"].text == token)
        let looks = try await city.host.store.read {
            try $0.integer("SELECT COUNT(*) FROM access_log WHERE reason = 'draw show' AND account = 'office'")
        }
        #expect(looks == 1)
        try await city.add("chair", .treasurer)
        #expect(await code { _ = try await city.run("draw.show", asked, as: "chair") } == .notFound)

        _ = try await city.run("draw.value", ["draw": draw, "value": "03 11 15"], as: "office")
        _ = try await city.run("program.decide", decide, as: "office")
        let verified = try await city.run("draw.verify", ["draw": draw], as: "member").answer
        #expect(verified?["ok"] == true && verified?.json.contains("\"p-") == false)
        #expect(verified?["served"].list?.filter { $0["place"] == "held" }.count == 10)
        let told = try await city.run("decision.explain", ["program": .text(Self.program)], as: "member")
        #expect(told.answer?["draw"] == ["draw": draw, "entrant": .text(token)])
        #expect(told.lines.contains { $0.contains(token) })
        try await city.host.close()
    }
}
