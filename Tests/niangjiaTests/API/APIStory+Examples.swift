import Foundation
import NiangjiaCore
import Testing

extension APIStory {
    /// Examples that work as they stand, in any demo city.
    private static let working: Set<String> = [
        "accountLogin", "caseSubmit", "visitAdd", "importBegin", "personFind", "programPreview", "programDiff",
        "actionRun", "runStart", "auditVerify", "grantPropose", "fundClose", "fundSharingPropose",
    ]

    /// Sends every example of a JSON body, as it stands, in the name of somebody who may: none is refused for its shape, nor for
    /// what a form or a file would need. What it names in its address, and whether its day has come, it can't know.
    static func examples(_ cast: Cast) async throws {
        let client = cast.client
        // The form's fields are filled in by what anybody may look up.
        let names = try await client.ask(
            "organizationFind", query: ["text": "990101", "limit": "3"], as: cast["m-t6-father"])
        #expect(names.body["items"].list?.count == 3 && names.body["next"].text != nil, "\(names.body.json)")
        let classes = try await client.ask(
            "recordList", ["id": "training-2026", "table": "class"], as: cast["m-t6-father"])
        #expect(classes.status == 200, "\(classes.body.json)")
        var sent = 0
        for (name, (_, _, about)) in client.operations.sorted(by: { $0.key < $1.key }) {
            let body = about["requestBody"]["content"]["application/json"]
            guard body.map != nil else { continue }
            let example = body["example"]
            #expect(example.map != nil, "\(name) has no example")
            let names = (about["parameters"].list ?? []).filter { $0["in"].text == "path" }
            let path = Dictionary(
                uniqueKeysWithValues: names.map {
                    ($0["name"].text ?? "", $0["example"].text ?? APIRefusals.sample(of: $0["schema"]))
                })
            var told = try await client.ask(name, path, body: example)
            for account in ["office", "treasurer", "payer", "keeper"] where [401, 403].contains(told.status) {
                told = try await client.ask(name, path, body: example, as: cast[account])
            }
            sent += 1
            // An example's password and code are nobody's.
            let isGuess = ["wrong_password", "wrong_code"].contains(told.body["code"].text)
            #expect(isGuess || ![400, 403, 422].contains(told.status), "\(name) \(told.status) \(told.body.json)")
            #expect(!working.contains(name) || (200...299).contains(told.status), "\(name) \(told.body.json)")
        }
        #expect(sent > 40)
    }
}
