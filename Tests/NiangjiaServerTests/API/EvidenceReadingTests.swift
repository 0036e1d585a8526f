import Foundation
import NiangjiaCore
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

@testable import NiangjiaServer

/// Evidence is read by whoever may see the fields that name it, and each reading is written down.
@Suite struct EvidenceReadingTests {
    private static func looks(_ city: AccessCity, about: String) async throws -> [(account: String, fields: String)] {
        try await city.city.host.store.read { reader in
            try reader.all(
                "SELECT account, fields FROM access_log WHERE about = $1 AND fields LIKE 'evidence:%' ORDER BY id",
                [.text(about)]
            ) { (account: $0.text(0), fields: $0.text(1)) }
        }
    }

    @Test(
        "Staff of the case's part and the member read it, others hear that there is no such case; each look is logged")
    func reach() async throws {
        let city = try await AccessCity()
        let own: Value = ["case": .text(city.own.caseID)]
        let reading: Value = ["case": .text(city.own.caseID), "file": "children.0.proof"]
        let content = Array("%PDF-1.4 990101".utf8)
        let clerk = try await city.account(.clerk)
        let rows = try #require(try await city.perform("case.evidence", own, as: clerk).answer?.list)
        let row = try #require(rows.first)
        #expect(rows.count == 1 && row["field"] == "children/0/proof" && row["file"].text == city.own.proof)
        #expect(row["media_type"] == "application/pdf" && row["size"].int == Int64(content.count))
        #expect(row["sm3"].text == Hex.text(city.city.host.crypto.digest(content)))
        #expect(try await Self.looks(city, about: city.own.person.text).isEmpty, "a list shows no content")
        for role in [Role.clerk, .reviewer, .member] {
            let read = try await city.perform("case.evidence_file", reading, as: city.account(role)).answer
            #expect(read?["content"].text == Data(content).base64EncodedString(), "\(role)")
            #expect(read?["media_type"] == "application/pdf" && read?["name"].text?.hasSuffix("-proof.pdf") == true)
        }
        let seen = try await Self.looks(city, about: city.own.person.text)
        #expect(seen.map(\.account) == ["clerk", "reviewer", "member"])
        #expect(seen.allSatisfy { $0.fields == "evidence:children/0/proof" })
        let data = try await city.perform("person.data", [:], as: city.account(.member)).answer
        #expect(data?["looks"].list?.contains { $0["fields"] == "evidence:children/0/proof" } == true)
        // Another part's case, another case's file, and no sign-in.
        let elsewhere: Value = ["case": .text(city.other.caseID), "file": .text(city.other.proof)]
        #expect(await city.failure("case.evidence_file", elsewhere, as: clerk)?.code == .notFound)
        let foreign: Value = ["case": .text(city.own.caseID), "file": .text(city.other.proof)]
        #expect(await city.failure("case.evidence_file", foreign, as: clerk)?.code == .notFound)
        #expect(await city.failure("case.evidence_file", reading, as: nil)?.code == .unauthenticated)
        let payer = try await city.account(.payer)
        #expect(await city.failure("case.evidence_file", reading, as: payer)?.code == .forbidden)
        #expect(try await Self.looks(city, about: city.own.person.text).count == 3, "who saw nothing isn't logged")
        try await city.city.host.close()
    }

    @Test("Two cases with one file, whoever handed it in, are told to reviewers: which, to whoever may see that one")
    func repeated() async throws {
        let city = try await AccessCity()
        try await city.city.add("desk", .clerk)
        // What the other county's case holds, byte for byte, under an account and a name of its own.
        let copy = try await city.city.host.evidence.add(Array("%PDF-1.4 990102".utf8), by: "desk")
        #expect(copy != city.other.proof)
        func file(_ program: Value, _ form: Value, _ fields: Value) async throws -> String {
            let filed = try await city.city.run(
                "case.submit",
                [
                    "program": program, "form": form, "channel": "clerk", "applicant": .text(city.own.person.text),
                    "fields": fields,
                ], as: "desk")
            return try #require(filed.answer?["case"].text)
        }
        let id = try await file(
            "tuition-2026", "apply",
            [
                "children": [
                    [
                        "child": .text(city.own.child.text), "stage": "higher", "school_type": "public",
                        "tuition": "5000", "lodging": "1000", "books": "0", "other_grants": "0",
                        "proof": .text(copy),
                    ]
                ]
            ])
        func flags(_ id: String, as account: Account) async throws -> [String] {
            let shown = try await city.perform("case.show", ["case": .text(id)], as: account).answer
            return (shown?["steps"].list ?? []).filter { $0["action"] == "flag" }.compactMap { $0["note"].text }
        }
        let everywhere = try await city.account(.reviewer, bound: false)
        #expect(try await flags(id, as: everywhere).contains("SAME_FILE \(city.other.caseID)"))
        #expect(try await flags(city.other.caseID, as: everywhere) == ["SAME_FILE \(id)"])
        #expect(try await flags(id, as: city.account(.reviewer)).contains("SAME_FILE -"))
        #expect(try await flags(id, as: city.account(.member)).isEmpty)
        #expect(try await flags(city.own.caseID, as: everywhere).isEmpty, "another file")
        // A sealed case is compared with none: the file would tell who filed it.
        let sealed = try await file(
            "legal-aid-2026", "request",
            ["employer": .text(city.own.unit), "matter": "wages", "story": "欠薪", "papers": .text(copy)])
        #expect(try await flags(sealed, as: everywhere).isEmpty)
        try await city.city.host.close()
    }

    @Test(
        "A field that somebody may not read hides its file; of a sealed case the log names the case, not whom it hides")
    func purpose() async throws {
        let city = try await AccessCity()
        let papers = try await city.city.host.evidence.add(Array("%PDF-1.4 papers".utf8), by: "office")
        let filed = try await city.city.run(
            "case.submit",
            [
                "program": "legal-aid-2026", "form": "request", "channel": "clerk",
                "applicant": .text(city.own.person.text),
                "fields": [
                    "employer": .text(city.own.unit), "matter": "wages", "story": "欠薪三个月", "papers": .text(papers),
                ],
            ], as: "office")
        let id = try #require(filed.answer?["case"].text)
        let reading: Value = ["case": .text(id), "file": .text(papers)]
        let reviewer = try await city.account(.reviewer, bound: false)
        #expect(try await city.perform("case.show", ["case": .text(id)], as: reviewer).answer?["is_sealed"] == true)
        #expect(
            try await city.perform("case.evidence", ["case": .text(id)], as: reviewer).answer?.list?.isEmpty == true)
        #expect(await city.failure("case.evidence_file", reading, as: reviewer)?.code == .notFound)
        // Who sees that there is such a case, and none of its fields.
        for role in [Role.treasurer, .programAdmin] {
            let outsider = try await city.account(role, bound: false)
            let shown = try await city.perform("case.show", ["case": .text(id)], as: outsider).answer
            #expect(shown?["fields"]["papers"].isNull == true, "\(role)")
            let listed = try await city.perform("case.evidence", ["case": .text(id)], as: outsider).answer
            #expect(listed?.list?.isEmpty == true, "\(role)")
            #expect(await city.failure("case.evidence_file", reading, as: outsider)?.code == .notFound, "\(role)")
        }
        let clerk = try await city.account(.clerk, bound: false)
        #expect(try await city.perform("case.evidence", ["case": .text(id)], as: clerk).answer?.list?.count == 1)
        // The name by which it is kept is the same in an open case of whoever sent it: a sealed one is asked by its place.
        #expect(await city.failure("case.evidence_file", reading, as: clerk)?.code == .notFound)
        let placed: Value = ["case": .text(id), "file": "papers"]
        let read = try await city.perform("case.evidence_file", placed, as: clerk).answer
        #expect(read?["sm3"].text == Hex.text(city.city.host.crypto.digest(Array("%PDF-1.4 papers".utf8))))
        // Who filed it for somebody else looks as anybody does.
        _ = try await city.city.run("case.evidence_file", reading, as: "office")
        #expect(try await Self.looks(city, about: id).map(\.account) == ["clerk-city", "office"])
        #expect(try await Self.looks(city, about: city.own.person.text).isEmpty)
        try await city.city.host.close()
    }

    @Test("A command writes the file for its owner alone and overwrites nothing")
    func written() async throws {
        let city = try await AccessCity()
        let path = city.city.temporary.file("proof-out.pdf")
        let reading: Value = ["case": .text(city.own.caseID), "file": .text(city.own.proof), "out": .text(path)]
        let clerk = try await city.account(.clerk)
        let told = try await city.perform("case.evidence_file", reading, as: clerk).answer
        #expect(told?["out"].text == path && told?["content"].isNull == true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data("%PDF-1.4 990101".utf8))
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(await city.failure("case.evidence_file", reading, as: clerk)?.code == .invalid)
        try await city.city.host.close()
    }

    @Test("Over HTTP: the bytes with the type that they are of, as an attachment that nobody keeps")
    func http() async throws {
        let city = try await AccessCity()
        let token = try await city.city.host.access.signIn("clerk", password: TestCity.password).token
        let own = city.own
        try await city.city.serving { port in
            let base = "http://127.0.0.1:\(port)/api/v1/cases/\(own.caseID)/evidence"
            var list = URLRequest(url: try #require(URL(string: base)))
            list.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
            let (rows, _) = try await URLSession.shared.data(for: list)
            let items = try Value(jsonBytes: [UInt8](rows))["items"].list
            let name = try #require(items?.first?["file"].text)
            var read = URLRequest(url: try #require(URL(string: "\(base)/\(name)")))
            read.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
            let (bytes, response) = try await URLSession.shared.data(for: read)
            let answer = try #require(response as? HTTPURLResponse)
            #expect(answer.statusCode == 200 && bytes == Data("%PDF-1.4 990101".utf8))
            #expect(answer.value(forHTTPHeaderField: "Content-Type") == "application/pdf")
            #expect(answer.value(forHTTPHeaderField: "Content-Disposition")?.hasPrefix("attachment;") == true)
            #expect(answer.value(forHTTPHeaderField: "X-Content-Type-Options") == "nosniff")
            #expect(answer.value(forHTTPHeaderField: "Cache-Control") == "no-store")
        }
    }
}
