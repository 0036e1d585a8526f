import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// Who may name which unit, and who served.
@Suite struct FilingPlaceTests {
    /// A request for tuition of the family of the first county, as whoever files it says.
    private func request(_ city: AccessCity, _ proof: String, _ more: [String: Value]) -> Value {
        let members: [String: Value] = [
            "program": "tuition-2026", "form": "apply", "applicant": .text(city.own.person.text),
            "fields": [
                "children": [
                    [
                        "child": .text(city.own.child.text), "stage": "higher", "school_type": "public",
                        "tuition": "5000", "lodging": "1000", "books": "0", "other_grants": "0",
                        "proof": .text(proof),
                    ]
                ]
            ],
        ]
        return .map(members.merging(more) { $1 })
    }

    /// A city where no case of the child's stands, and a file that somebody has sent.
    private func city(fileOf account: String) async throws -> (AccessCity, proof: String) {
        let city = try await AccessCity()
        _ = try await city.city.run(
            "case.advance", ["case": .text(city.own.caseID), "action": "withdraw"], as: "office")
        return (city, try await city.city.host.evidence.add(Array("%PDF-1.4 own".utf8), by: account))
    }

    private func stored(_ sink: CollectingSink, _ city: AccessCity) async throws -> CaseRecord {
        let id = try #require(sink.answer?["case"].text.flatMap { ID<CaseFile>($0) })
        return try await city.city.host.store.read { try Cases.load(id, in: $0) }
    }

    @Test("A member names their own union and those above it: they choose neither reader, settings nor debtor")
    func member() async throws {
        let (city, proof) = try await city(fileOf: "member-city")
        let member = try await city.account(.member, bound: false)
        for key in ["unit", "serving"] {
            // Another county, a unit of it, and what isn't there are answered alike.
            var words: Set<String> = []
            for text in ["990102", city.other.unit, "990199"] {
                let told = await city.failure(
                    "case.submit", request(city, proof, [key: .text(text)]), as: member)
                #expect(told?.code == .invalid && told?.place == "/\(key)", "\(text): \(String(describing: told))")
                words.insert(told?.message.zh.replacing(text, with: "*") ?? "")
            }
            #expect(words.count == 1)
        }
        let filed = try await city.perform(
            "case.submit",
            request(city, proof, ["unit": .text(city.own.unit), "serving": "990100"]), as: member)
        let record = try await stored(filed, city)
        #expect(record.unit == record.home && record.serving == nil)
        try await city.city.host.close()
    }

    @Test("A clerk of another county serves whoever comes, names what lies in their own part, and it is shown")
    func counter() async throws {
        let asker = "asker-990102"
        let (city, proof) = try await city(fileOf: asker)
        let reviewer = try await city.account(.reviewer)
        let clerk = try #require(
            try await city.city.host.store.read { try Access.account(asker, in: $0) })
        for key in ["unit", "serving"] {
            let told = await city.failure(
                "case.submit", request(city, proof, [key: "990101", "channel": "clerk"]), as: clerk)
            #expect(told?.code == .notFound && told?.place == "/\(key)", "\(String(describing: told))")
        }
        let filed = try await city.perform(
            "case.submit", request(city, proof, ["channel": "clerk"]), as: clerk)
        let record = try await stored(filed, city)
        #expect(record.serving == city.other.county && record.unit == nil)
        let shown = try await city.perform("case.show", ["case": .text(record.id.text)], as: reviewer)
        #expect(shown.answer?["serving"]["code"] == "990102" && shown.answer?["unit"].isNull == true)
        #expect(shown.lines.contains { $0.contains("服务的工会 990102") }, "\(shown.lines)")
        // Of one that hides whom it is about, who served isn't told either.
        try await city.city.host.store.write(.interactive) { try $0.execute("UPDATE case_file SET sealed = 1", []) }
        let sealed = try await city.perform("case.show", ["case": .text(record.id.text)], as: reviewer)
        #expect(sealed.answer?["serving"].isNull == true)
        try await city.city.host.close()
    }
}
