import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// Decisions and cases of somebody, asked for by list: a look that they hear of.
@Suite("Lists of decisions and cases: looks, masked names, whom they don't name", .serialized) struct LooksTests {
    private func looks(_ city: AccessCity, about: String, _ reason: String) async throws -> Int64 {
        try await city.city.host.store.read {
            try $0.integer(
                "SELECT COUNT(*) FROM access_log WHERE about = $1 AND reason = $2", [.text(about), .text(reason)])
        } ?? 0
    }

    @Test("A person's decisions, and one decision, are one look at them each; a member's own are none")
    func decisions() async throws {
        let city = try await AccessCity()
        let person = city.own.person.text
        let (asked, one): (Value, Value) = (["person": .text(person)], ["decision": .text(city.own.decision)])
        for role in [Role.treasurer, .auditor, .clerk] {
            _ = try await city.perform("decision.list", asked, as: city.account(role))
            _ = try await city.perform("decision.show", one, as: city.account(role))
        }
        #expect(try await looks(city, about: person, "decision list") == 3)
        #expect(try await looks(city, about: person, "decision show") == 3)
        let member = try await city.account(.member)
        #expect(try await city.perform("decision.list", [:], as: member).answer?.list?.isEmpty == false)
        _ = try await city.perform("decision.show", one, as: member)
        #expect(try await looks(city, about: person, "decision list") == 3)
        #expect(try await looks(city, about: person, "decision show") == 3)
        // The member sees who did.
        let own = try await city.perform("person.data", [:], as: member).answer?["looks"].list ?? []
        #expect(own.contains { $0["reason"] == "查看核定列表" && $0["by"] == "财务" })
        try await city.city.host.close()
    }

    @Test("A look at an application is one at each whom it is about and at its applicant, who hears of it")
    func applications() async throws {
        let city = try await AccessCity()
        let (parent, child, caseID) = (city.own.person.text, city.own.child.text, city.own.caseID)
        let reviewer = try await city.account(.reviewer)
        _ = try await city.perform("case.show", ["case": .text(caseID)], as: reviewer)
        for person in [parent, child] { #expect(try await looks(city, about: person, "case show") == 1, "\(person)") }
        let own = try await city.perform("person.data", [:], as: city.account(.member)).answer?["looks"].list ?? []
        #expect(own.contains { $0["reason"] == "查看申请" && $0["fields"].text?.contains("application") == true })
        try await city.city.host.store.write(.interactive) { try $0.execute("UPDATE case_file SET sealed = 1", []) }
        _ = try await city.perform("case.show", ["case": .text(caseID)], as: reviewer)
        #expect(try await looks(city, about: parent, "case show") == 1)
        #expect(try await looks(city, about: child, "case show") == 1)
        try await city.city.host.close()
    }

    @Test("A look uses up no key: a request that is cut off behind it may be sent again")
    func key() async throws {
        let city = try await AccessCity()
        let (host, key) = (city.city.host, Idempotency.Key("again", account: "somebody"))
        try await host.store.write(.interactive) { writer in
            _ = try Idempotency.begin(
                key: "again", account: "somebody", body: [], host.context("somebody"), in: writer)
        }
        func hasEffect() async throws -> Int64? {
            try await host.store.read { try $0.integer("SELECT has_effect FROM idempotency WHERE key = 'again'") }
        }
        let reviewer = try await city.account(.reviewer)
        try await Idempotency.$current.withValue(key) {
            _ = try await city.perform("case.show", ["case": .text(city.own.caseID)], as: reviewer)
        }
        #expect(try await looks(city, about: city.own.person.text, "case show") == 1)
        #expect(try await hasEffect() == 0)
        try await Idempotency.$current.withValue(key) {
            try await host.store.write(.interactive) { _ = try $0.execute("UPDATE case_file SET sealed = 1", []) }
        }
        #expect(try await hasEffect() == 1)
        try await host.close()
    }

    @Test("A look at an application about many is written once, and each whom it is about hears of it")
    func many() async throws {
        let city = try await AccessCity()
        let (parent, child, store) = (city.own.person, city.own.child, city.city.host.store)
        let caseID = try #require(ID<CaseFile>(city.own.caseID))
        var record = try await store.read { try Cases.load(caseID, in: $0) }
        let line = try #require(record.lines.first { $0.subject.id == child.rawValue })
        func have(_ count: Int) {
            record.lines = (0..<count).map { n in
                var other = line
                other.subject.id += Int64(n) * 1_000_003
                return other
            }
        }
        have(20)
        #expect(record.looked().count == 21 && !record.looked().contains(caseID.text))
        have(21)
        #expect(record.looked() == [caseID.text, parent.text])
        #expect(Set(record.looked(at: line.subject)) == [child.text, parent.text], "who is asked about is named")

        let names = record.looked()
        try await store.write(.interactive) { writer in
            for (id, about) in names.enumerated() {
                try writer.insert(
                    into: "access_log", columns: ["id", "at", "account", "about", "fields", "reason"],
                    values: [
                        .int(Int64(id) + 1), .int(0), .text("admin"), .text(about), .text("roster"), .text("case show"),
                    ])
            }
        }
        _ = try await city.city.host.access.add(
            Account(id: "child", display: "child", roles: [RoleGrant(.member)], person: child),
            password: TestCity.password, by: "admin")
        func heard(_ account: Account) async throws -> Int {
            let looks = try await city.perform("person.data", [:], as: account).answer?["looks"].list ?? []
            return looks.filter { $0["fields"] == "roster" }.count
        }
        let childAccount = try await city.city.account("child")
        #expect(try await heard(childAccount) == 1)
        #expect(try await heard(city.account(.member)) == 1)
        // Sealed, it says to nobody but its applicant that it is about them.
        try await store.write(.interactive) { try $0.execute("UPDATE case_file SET sealed = 1", []) }
        #expect(try await heard(childAccount) == 0)
        try await city.city.host.close()
    }

    @Test("A list of many says whom a sensitive form decided about to those only who may see names beside it")
    func sensitive() async throws {
        let city = try await AccessCity()
        try await city.city.host.store.write(.interactive) { writer in
            try writer.execute(
                "UPDATE decision_terms SET program = 'tuition-2026', plugin = 'tuition', form = 'apply'", [])
        }
        func subjects(_ role: Role, _ arguments: Value) async throws -> [Value] {
            let told = try await city.perform("decision.list", arguments, as: city.account(role)).answer?.list ?? []
            #expect(!told.isEmpty, "\(role)")
            return told.map { $0["subject"] }
        }
        let all: Value = ["program": "tuition-2026", "limit": 5]
        #expect(try await subjects(.treasurer, all).allSatisfy(\.isNull))
        #expect(try await looks(city, about: "tuition-2026 decision list", "decision list") == 0)
        #expect(try await subjects(.clerk, all).allSatisfy { !$0.isNull })
        #expect(try await looks(city, about: "tuition-2026 decision list", "decision list") == 1)
        let person = city.own.person.text
        #expect(try await subjects(.treasurer, ["person": .text(person)]).allSatisfy { $0.text == person })
        try await city.city.host.close()
    }

    @Test(
        "The queue names applicants by id and masked name, is found by person and unit, and says nothing of sealed ones"
    )
    func cases() async throws {
        let city = try await AccessCity()
        let clerk = try await city.account(.clerk)
        func list(_ arguments: Value, _ account: Account) async throws -> [Value] {
            try await city.perform("case.list", arguments, as: account).answer?.list ?? []
        }
        let person = city.own.person.text
        let found = try await list(["person": .text(person)], clerk)
        let row = try #require(found.first)
        #expect(found.count == 1 && row["case"].text == city.own.caseID && row["applicant"].text == person)
        #expect(row["name"].text?.contains("*") == true && row["union"].text?.hasPrefix("990101") == true)
        #expect(row["subjects"].list?.contains(.text(city.own.child.text)) == true, "\(row.json)")
        #expect(try await looks(city, about: person, "case list") == 1)
        #expect(try await list(["person": .text(city.other.person.text)], clerk).isEmpty)
        #expect(try await looks(city, about: city.other.person.text, "case list") == 0)
        #expect(try await list(["unit": .text(city.own.unit)], clerk).map { $0["case"] } == [.text(city.own.caseID)])
        #expect(
            await city.failure("case.list", ["unit": .text(city.other.unit)], as: clerk)?.code == .notFound)
        let whole = try await city.account(.clerk, bound: false)
        let there = try await list(["unit": "990102"], whole).compactMap { $0["case"].text }
        #expect(there.contains(city.other.caseID) && !there.contains(city.own.caseID))
        // Sealed, it stays in the list, and is found by nobody's id.
        try await city.city.host.store.write(.interactive) { try $0.execute("UPDATE case_file SET sealed = 1", []) }
        let sealed = try await list([:], clerk).first { $0["case"].text == city.own.caseID }
        #expect(sealed?["applicant"].isNull == true && sealed?["name"].isNull == true)
        #expect(sealed?["subjects"].list?.isEmpty == true && sealed?["union"].isNull == true)
        #expect(try await list(["person": .text(person)], clerk).isEmpty)
        let member = try await city.account(.member)
        #expect(try await list([:], member).first?["applicant"].text == person)
        try await city.city.host.close()
    }

    @Test("What belongs to the whole city is refused to whoever is bound to a part of it before a file is sent")
    func importing() async throws {
        let city = try await AccessCity()
        let (bound, free) = (try await city.account(.clerk), try await city.account(.clerk, bound: false))
        let asked: Value = ["kind": "fund_opening", "name": "a.csv"]
        #expect(await city.failure("import.begin", asked, as: bound)?.code == .forbidden)
        #expect(await city.failure("import.begin", asked, as: free) == nil)
        let own: Value = ["kind": "organization", "name": "a.csv"]
        #expect(await city.failure("import.begin", own, as: bound) == nil)
        try await city.city.host.close()
    }

    @Test("A list that is asked for by a program or an account that there isn't is refused")
    func misspelt() async throws {
        let city = try await AccessCity()
        let admin = try await city.account(.auditor, bound: false)
        for operation in [
            "case.list", "decision.list", "program.runs", "fund.claims", "program.corrections", "draw.list",
        ] {
            let told = await city.failure(operation, ["program": "nope"], as: admin)
            #expect(told?.code == .notFound && told?.place == "/program", "\(operation)")
        }
        #expect(await city.failure("fund.claims", ["program": "dues-return"], as: admin) == nil)
        let account = await city.failure("access.log", ["account": "nobody"], as: admin)
        #expect(account?.code == .notFound && account?.place == "/account")
        let near: Value = ["latitude": "36.0", "longitude": "106.2", "facility": "zz"]
        let facility = await city.failure("station.near", near, as: admin)
        #expect(facility?.code == .invalid && facility?.place == "/facility")
        let known: Value = ["latitude": "36.0", "longitude": "106.2", "facility": "rain_shelter"]
        #expect(await city.failure("station.near", known, as: admin) == nil)
        try await city.city.host.close()
    }
}
