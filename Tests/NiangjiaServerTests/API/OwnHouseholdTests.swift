import NiangjiaCore
import Testing

@testable import NiangjiaServer

@Suite struct OwnHouseholdTests {
    @Test("A member finds the ids of the household in the member's own data, with masked names, and files by them")
    func members() async throws {
        let city = try await AccessCity()
        let account = try await city.account(.member)
        let data = try await city.perform("person.data", [:], as: account).answer
        let members = try #require(data?["household"]["members"].list)
        let child = try #require(members.first { $0["person"].text == city.own.child.text })
        #expect(child["role"] == "child" && child["name"].text?.contains("*") == true)
        #expect(members.contains { $0["person"].text == city.own.person.text })
        #expect(!members.contains { $0["person"].text == city.other.child.text }, "another household's")
        #expect(members.allSatisfy { Set($0.map?.keys.sorted() ?? []) == ["person", "role", "name"] })
        let proof = try await city.city.host.evidence.add(Array("%PDF-1.4 own".utf8), by: account.id)
        let filed = try await city.perform(
            "case.submit",
            [
                "program": "tuition-2026", "form": "apply",
                "fields": [
                    "children": [
                        [
                            "child": child["person"], "stage": "higher", "school_type": "public", "tuition": "5000",
                            "lodging": "0", "books": "0", "other_grants": "0", "proof": .text(proof),
                        ]
                    ]
                ],
            ], as: account)
        #expect(filed.answer?["case"].text?.hasPrefix("c-") == true)
        try await city.city.host.close()
    }
}
