import Foundation
import NiangjiaCore
import NiangjiaDemo
import Testing

@testable import NiangjiaServer

@Suite struct CaseTests {
    @Test("A unit clerk files for its own part of the tree only; money must be text")
    func scope() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let demo = try DemoCity(members: 1_000)
        let (own, other) = (demo.unitCode(2), demo.unitCode(3))
        let unit = try await city.host.store.read { try Lookup.organization(own, in: $0) }
        _ = try await city.host.access.add(
            Account(id: "unit", display: "unit", roles: [RoleGrant(.unit)], scope: unit), password: TestCity.password,
            by: "admin")
        func visit(_ code: String) -> Value {
            [
                "program": "summer-cooling-2026", "form": "site_visit", "channel": "unit", "unit": .text(code),
                "fields": ["unit": .text(code), "headcount": 20],
            ]
        }
        #expect(
            await NiangjiaServerTests.code { _ = try await city.run("case.submit", visit(other), as: "unit") }
                == .forbidden)
        let filed = try await city.run("case.submit", visit(own), as: "unit")
        #expect(filed.answer?["state"].text == "in_check")
        let id = try #require(filed.answer?["case"].text)
        #expect(try await city.run("case.show", ["case": .text(id)], as: "unit").answer?["case"].text == id)
        #expect(try await city.run("case.list", [:], as: "unit").answer?.list?.count == 1)
        try await city.add("stranger", .member)
        #expect(
            await NiangjiaServerTests.code { _ = try await city.run("case.show", ["case": .text(id)], as: "stranger") }
                == .notFound)
        try await city.host.close()
    }

    @Test("A person's data are masked; the whole of them needs a reason, which is logged")
    func masked() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let number = try #require(try DemoCity(members: 1_000).memberNumbers(ofUnit: 0).first)
        let found = try await city.run("person.find", ["text": .text(number)], as: "office")
        let id = try #require(found.answer?.list?.first?["person"].text)
        let masked = try await city.run("person.show", ["person": .text(id)], as: "office").answer
        #expect(masked?["id_number"].text?.contains("*") == true && masked?.json.contains(number) == false)
        let whole = try await city.run("person.show", ["person": .text(id), "reason": "核对卡号"], as: "office").answer
        #expect(whole?["id_number"].text == number)
        let logged = try await city.host.store.read {
            try $0.integer("SELECT COUNT(*) FROM access_log WHERE reason = '核对卡号'")
        }
        #expect(logged == 1)
        // Nothing of it stands in the store's file in clear.
        try await city.host.close()
        let bytes = try Data(contentsOf: URL(fileURLWithPath: city.folder.store))
        #expect(bytes.range(of: Data(number.utf8)) == nil)
    }
}
