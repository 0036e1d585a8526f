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
                == .notFound)
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

    @Test(
        "Evidence goes into a field of a list's item, from the command line as by its id; a place that isn't there is told"
    )
    func evidenceInAList() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let pair = try await city.host.store.read { reader in
            try reader.first(
                """
                SELECT p.id, c.id FROM person p JOIN person c ON c.household = p.household AND c.household_role = 'child'
                JOIN household h ON h.id = p.household
                WHERE p.household_role = 'head' AND h.hardship_class = 'deep' AND h.file_status = 'open' ORDER BY p.id
                """
            ) { ($0.id(0, Person.self), $0.id(1, Person.self)) }
        }
        let (parent, child) = try #require(pair)
        let proof = city.temporary.file("admission.pdf")
        try Data("%PDF-1.4 admission".utf8).write(to: URL(fileURLWithPath: proof))
        func apply(_ files: Value) -> Value {
            [
                "program": "tuition-2026", "form": "apply", "channel": "clerk", "applicant": .text(parent.text),
                "files": files,
                "fields": [
                    "children": [
                        [
                            "child": .text(child.text), "stage": "higher", "school_type": "public", "tuition": "5000",
                            "lodging": "1000", "books": "0", "other_grants": "0",
                        ]
                    ]
                ],
            ]
        }
        #expect(
            await NiangjiaServerTests.code {
                _ = try await city.run("case.submit", apply(["children.1.proof": .text(proof)]), as: "office")
            } == .invalid)
        // What is refused further on has named the file meanwhile, and gives it back.
        guard case .map(var refused) = apply(["children.0.proof": .text(proof)]) else { return }
        guard case .map(var fields) = refused["fields"], case .map(var line) = fields["children"]?.list?.first else {
            return
        }
        line["child"] = .text(parent.text)
        fields["children"] = .list([.map(line)])
        refused["fields"] = .map(fields)
        let wrong = Value.map(refused)
        #expect(
            await NiangjiaServerTests.code { _ = try await city.run("case.submit", wrong, as: "office") } == .invalid)
        let references = try await city.host.store.read { try $0.integer("SELECT COUNT(*) FROM evidence_reference") }
        #expect(references == 0)
        let filed = try await city.run("case.submit", apply(["children.0.proof": .text(proof)]), as: "office")
        let id = try #require(filed.answer?["case"].text)
        let named = try await city.host.store.read { reader in
            try reader.first("SELECT name FROM evidence_reference WHERE owner = $1", [.text(id)]) { $0.text(0) }
        }
        #expect(named == "children/0/proof")
        // The decision is about the child: whoever asks by the parent who applied is told of the application.
        let asked: Value = ["program": "tuition-2026", "person": .text(parent.text)]
        let told = try await city.run("decision.explain", asked, as: "office").answer
        #expect(told?["id"].text == id || told?["decision"].text == id, "\(told?.json ?? "-")")
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
