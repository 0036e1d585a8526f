import Foundation
import NiangjiaConfig
import NiangjiaCore
import NiangjiaTesting
import Testing

@testable import NiangjiaServer

/// Who hands goods over, against which code, at which station.
@Suite(.serialized) struct HandoverTests {
    private static let program = "pack-2026"

    private static func files(_ delivery: String) -> [String: String] {
        [
            "plugins/pack/plugin.yaml": """
            id: pack
            version: 1.0.0
            api: 1
            title: {zh-CN: 慰问包, en: Packs}
            settings: {value: money}
            roles: {porter: {zh-CN: 搬运员, en: Porter}}
            forms:
              ask:
                by: [clerk, batch]
                population: {of: persons}
                subject: applicant
                facts: {subject: [exposure], maybe: [subject.exposure]}
                gives: {kind: goods, when: delivered}
                delivery: \(delivery)
            """,
            "plugins/pack/main.lua": """
            function program.assess.ask(facts, settings)
              return grant(settings.value)
            end
            """,
            "config/programs/pack-2026.yaml": """
            program: pack-2026
            plugin: pack
            policy: 测工发〔2026〕8号
            status: open
            organization: 990100
            series: pack
            season: {from: 2026-07-01, to: 2026-09-30}
            funding: [{line: cooling-2026}]
            short: waitlist
            pay: {each_max: 1000}
            review: [city]
            settings: {value: 100}
            """,
        ]
    }

    private func city(_ delivery: String) async throws -> TestCityHost {
        try await TestCityHost(programs: [:], files: Self.files(delivery), at: "2026-07-10T09:00:00+08:00")
    }

    private func caller(_ role: String, scope: OrganizationScope = .wholeCity, person: ID<Person>? = nil) -> Caller {
        let isOffice = ["keeper", "clerk"].contains(role)
        return Caller(
            actor: Actor(account: role, role: role, person: person), roles: [role, "anyone"],
            permissions: isOffice ? [.deliver] : [], scope: scope)
    }

    private func approved(_ city: TestCityHost, _ person: ID<Person>) async throws -> ID<CaseFile> {
        let receipt = try await city.corridor.submit(
            Submission(program: Self.program, form: "ask", applicant: person, channel: "clerk"),
            by: Actor(account: "filer", role: "clerk"))
        _ = try await city.corridor.act(
            .approve, on: receipt.id, by: Actor(account: "reviewer", role: "reviewer:city"))
        return receipt.id
    }

    private func failure(_ body: () async throws -> Void) async -> NiangjiaError? {
        do {
            try await body()
            return nil
        } catch { return error as? NiangjiaError }
    }

    @Test("Nothing is handed over in the name of who has died, no run finds them, and nobody writes to them")
    func theDead() async throws {
        let city = try await city("{by: [keeper], within_days: 7}")
        let (person, other) = (try await city.person(union: "99010101"), try await city.person(union: "99010101"))
        let id = try await approved(city, person)
        let told = "SELECT COUNT(*) FROM outbox WHERE recipient = $1"
        let before = try await city.store.read { try $0.integer(told, [.text(person.text)]) }
        try await city.store.write(.interactive) {
            try $0.execute("UPDATE person SET status = 'deceased', revision = 2 WHERE id = $1", [.id(person)])
        }
        for attempt in [
            await failure {
                _ = try await city.corridor.deliver(to: person, program: Self.program, by: caller("keeper"))
            },
            await failure { _ = try await city.corridor.deliver(case: id, by: caller("keeper")) },
        ] {
            #expect(attempt?.code == .conflict)
            #expect(attempt?.message.zh.contains("去世") == true)
        }
        let receipt = try await city.corridor.submit(
            Submission(program: Self.program, form: "ask", applicant: person, channel: "clerk"),
            by: Actor(account: "filer", role: "clerk"))
        #expect(receipt.lines[0].judgement.code == "DECEASED" && receipt.state == .refused)
        #expect(try await city.store.read { try $0.integer(told, [.text(person.text)]) } == before)
        let admin = Actor(account: "admin", role: "program_admin")
        let run = try await city.corridor.decide(program: Self.program, by: admin)
        #expect(run.applied == 1)
        let granted = try await city.store.read { reader in
            try reader.all("SELECT subject FROM decision WHERE run IS NOT NULL") { $0.int(0) }
        }
        #expect(granted == [other.rawValue])
        try await city.close()
    }

    @Test("Only whom delivery.by names hands over, for a person and for a case, and the others hear who it is")
    func roles() async throws {
        let city = try await city("{by: [keeper], within_days: 7}")
        let person = try await city.person(union: "99010101")
        let id = try await approved(city, person)
        let (keeper, clerk) = (caller("keeper"), caller("clerk"))
        for attempt in [
            await failure { _ = try await city.corridor.deliver(to: person, program: Self.program, by: clerk) },
            await failure { _ = try await city.corridor.deliver(case: id, by: clerk) },
        ] {
            #expect(attempt?.code == .forbidden)
            #expect(attempt?.message.zh.contains("站点管理员(keeper)") == true)
            #expect(attempt?.message.en.contains("keeper") == true)
        }
        // Whoever doesn't hand over by office isn't told that anything waits.
        for role in ["member", "unit", "porter"] {
            let refused = await failure {
                _ = try await city.corridor.deliver(to: person, program: Self.program, by: caller(role))
            }
            #expect(refused?.code == .notFound, "\(role)")
        }
        #expect(try await city.corridor.deliver(to: person, program: Self.program, by: keeper).count == 1)
        let again = await failure { _ = try await city.corridor.deliver(case: id, by: keeper) }
        #expect(again?.code == .notFound && again?.message.zh.contains("1 份已经领取") == true)
        let nobody = try await city.person(union: "99010101")
        let nothing = await failure {
            _ = try await city.corridor.deliver(to: nobody, program: Self.program, by: keeper)
        }
        #expect(nothing?.code == .notFound && nothing?.message.zh.contains("候补") == true)
        #expect(try await city.verify().books.isOK)
        try await city.close()
    }

    @Test("A unit and a role of the plugin hand over to those of their part, a member collects what is theirs")
    func others() async throws {
        let city = try await city("{by: [unit, porter, member], within_days: 7}")
        let near = OrganizationScope(prefix: "990100/990101/")
        let far = OrganizationScope(prefix: "990100/990102/")
        for role in ["unit", "porter"] {
            let person = try await city.person(union: "99010101")
            _ = try await approved(city, person)
            let refused = await failure {
                _ = try await city.corridor.deliver(to: person, program: Self.program, by: caller(role, scope: far))
            }
            #expect(refused?.code == .notFound, "\(role)")
            let given = try await city.corridor.deliver(
                to: person, program: Self.program, by: caller(role, scope: near))
            #expect(given.count == 1, "\(role)")
        }
        let (person, other) = (try await city.person(union: "99010101"), try await city.person(union: "99010101"))
        _ = try await approved(city, person)
        let foreign = await failure {
            _ = try await city.corridor.deliver(
                to: person, program: Self.program, by: caller("member", person: other))
        }
        #expect(foreign?.code == .notFound)
        let keeper = await failure {
            _ = try await city.corridor.deliver(to: person, program: Self.program, by: caller("keeper"))
        }
        #expect(keeper?.code == .forbidden)
        let own = try await city.corridor.deliver(
            to: person, program: Self.program, by: caller("member", person: person))
        #expect(own.count == 1)
        try await city.close()
    }

    @Test("Goods against a code: none, a wrong one and another person's are refused; nothing of it is stored")
    func codes() async throws {
        let city = try await city("{by: [keeper], code: true, within_days: 7}")
        let (person, other) = (try await city.person(union: "99010101"), try await city.person(union: "99010101"))
        let (first, second) = (try await approved(city, person), try await approved(city, other))
        let keeper = caller("keeper")
        func code(_ id: ID<CaseFile>) async throws -> String {
            let decision = try await city.store.read { try Decisions.ofLine(id, line: 0, in: $0)?.id }
            return PickUpCode.of(try #require(decision), city.crypto)
        }
        let (own, foreign) = (try await code(first), try await code(second))
        #expect(own.count == PickUpCode.digits && own != foreign)
        let tries: [(String?, NiangjiaError.Code)] = [(nil, .invalid), ("00000000", .wrongCode), (foreign, .wrongCode)]
        for (typed, expected) in tries {
            let refused = await failure {
                _ = try await city.corridor.deliver(to: person, program: Self.program, code: typed, by: keeper)
            }
            #expect(refused?.code == expected && refused?.place == "/code", "\(typed ?? "-")")
        }
        let stored = try await city.store.read { reader in
            try reader.all("SELECT body FROM outbox WHERE kind = 'delivery.code' ORDER BY id", []) { $0.text(0) }
        }
        #expect(stored.count == 2 && !stored.contains { $0.contains(own) })
        let body = try Value(json: try #require(stored.first))
        #expect(MemberMessage.outgoing("delivery.code", body, city.crypto)["code"].text == own)
        let typed = own.prefix(4) + " " + own.suffix(4)
        let given = try await city.corridor.deliver(
            to: person, program: Self.program, code: String(typed), by: keeper)
        #expect(given.count == 1)
        #expect(try await city.corridor.deliver(case: second, code: foreign, by: keeper).count == 1)
        try await city.close()
    }

    // MARK: in a whole city

    /// A city whose packs are handed over by keepers against a code, with one that was granted to a member.
    private func granted() async throws -> (city: TestCity, person: ID<Person>, id: ID<CaseFile>) {
        let city = try await TestCity(approved: false)
        try city.edit(
            "plugins/summer-cooling/plugin.yaml", "delivery: {by: [keeper, clerk], within_days: 7}",
            "delivery: {by: [keeper], code: true, within_days: 7}")
        try await city.approve()
        try await city.importPeople()
        let person = try await city.host.store.read { reader in
            try reader.first("SELECT id FROM person WHERE exposure = 'outdoor' ORDER BY id", []) {
                $0.id(0, Person.self)
            }
        }
        let known = try #require(person)
        _ = try await city.host.access.add(
            Account(id: "member", display: "member", roles: [RoleGrant(.member)], person: known),
            password: TestCity.password, by: "admin")
        try await city.add("keeper", .keeper)
        let id = try await city.package(for: known)
        return (city, known, id)
    }

    @Test(
        "The member is told the code, nobody else is; five wrong ones lock what waits, and a right one after that is taken"
    )
    func told() async throws {
        let (city, person, id) = try await granted()
        let shown = try await city.run("case.show", ["case": .text(id.text)], as: "member")
        let code = try #require(shown.answer?["lines"].list?.first?["pick_up_code"].text)
        #expect(shown.lines.contains { $0.contains(code) })
        let explained = try await city.run("decision.explain", ["decision": .text(id.text)], as: "member")
        #expect(explained.answer?["pick_up_code"].text == code && explained.lines.contains { $0.contains(code) })
        for operation in ["case.show", "decision.explain"] {
            let key = operation == "case.show" ? "case" : "decision"
            let told = try await city.run(operation, [key: .text(id.text)], as: "office")
            #expect(told.answer?.json.contains(code) == false && !told.lines.contains { $0.contains(code) })
        }
        func deliver(_ code: String?, as account: String) async -> NiangjiaError? {
            await failure {
                var arguments: [String: Value] = [
                    "program": "summer-cooling-2026", "person": .text(person.text),
                ]
                arguments["code"] = code.map { .text($0) }
                _ = try await city.run("case.deliver", .map(arguments), as: account)
            }
        }
        #expect(await deliver(code, as: "office")?.code == .forbidden, "a clerk isn't named")
        #expect(await deliver(nil, as: "keeper")?.code == .invalid)
        for _ in 1...5 { #expect(await deliver("00000000", as: "keeper")?.code == .wrongCode) }
        #expect(await deliver(code, as: "keeper")?.code == "locked_out")
        city.clock.set(city.clock.now() + 6 * 60_000)
        #expect(await deliver(code, as: "keeper") == nil)
        let after = try await city.run("case.show", ["case": .text(id.text)], as: "member")
        #expect(after.answer?["lines"].list?.first?["pick_up_code"].text == nil, "it waits no more")
        try await city.host.close()
    }

    @Test("A station of another part is answered like none, for a delivery as for a visit")
    func stations() async throws {
        let (city, person, id) = try await granted()
        let station = try await city.host.store.read { reader in
            try reader.first(
                """
                SELECT s.code FROM station s JOIN organization o ON o.id = s.organization \
                WHERE o.path LIKE '990100/990101/%' ORDER BY s.code
                """, []
            ) { $0.text(0) }
        }
        let code = try #require(station)
        let elsewhere = try await city.host.store.read { try Lookup.organization("990102", in: $0) }
        _ = try await city.host.access.add(
            Account(id: "keeper2", display: "keeper2", roles: [RoleGrant(.keeper)], scope: elsewhere),
            password: TestCity.password, by: "admin")
        let shown = try await city.run("case.show", ["case": .text(id.text)], as: "member")
        let pickUp = shown.answer?["lines"].list?.first?["pick_up_code"] ?? .null
        func deliver(_ station: String?) async -> NiangjiaError? {
            await failure {
                _ = try await city.run(
                    "case.deliver",
                    [
                        "program": "summer-cooling-2026", "person": .text(person.text), "code": pickUp,
                        "station": station.map { .text($0) } ?? .null,
                    ], as: "keeper2")
            }
        }
        let visit = await failure {
            _ = try await city.run("visit.add", ["station": .text(code), "count": 1], as: "keeper2")
        }
        let (foreign, none) = (await deliver(code), await deliver("ZD0"))
        #expect(foreign?.code == .notFound && foreign?.place == "/station" && foreign?.place == none?.place)
        #expect(foreign?.message.zh == visit?.message.zh)
        #expect(foreign?.message.zh.replacing(code, with: "ZD0") == none?.message.zh)
        #expect(await deliver(nil) == nil, "without a station anybody's")
        try await city.host.close()
    }
}
