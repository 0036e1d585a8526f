import NiangjiaCore
import Testing

extension APIStory {
    /// What lists need beside their page, where a sample finds nothing.
    private static let places: [String: [String: String]] = [
        "programWaiting": ["id": "summer-cooling-2026"], "recordList": ["id": "training-2026", "table": "class"],
        "fundStatement": ["line": "cooling-2026"], "placeList": ["id": "training-2026"],
        "donationList": ["campaign": "charity-2026"],
    ]
    private static let queries: [String: [String: String]] = [
        "organizationFind": ["text": "990101"], "fundSharing": ["from": "2026-01-01", "to": "2026-12-31"],
    ]

    /// Every list that says it has pages: what stands on two pages of one row stands together in the whole.
    static func pages(_ cast: Cast) async throws {
        let client = cast.client
        let runs = try await client.ask("programRuns", query: ["limit": "1"], as: cast["auditor"])
        var places = places
        places["auditBlocks"] = ["id": runs.body["items"].list?.first?["run"].text ?? ""]
        var walked: [String] = []
        for (name, (_, _, about)) in client.operations.sorted(by: { $0.key < $1.key }) {
            let parameters = about["parameters"].list ?? []
            guard parameters.contains(where: { $0["name"].text == "after" }) else { continue }
            #expect(parameters.contains { $0["name"].text == "limit" }, "\(name)")
            let path = places[name] ?? APIRefusals.filled(about)
            for account in ["office", "treasurer", "auditor"] {
                func page(_ limit: String, after: String? = nil) async throws -> DocumentedClient.Answer {
                    var query = queries[name] ?? [:]
                    query["limit"] = limit
                    query["after"] = after
                    return try await client.ask(name, path, query: query, as: cast[account])
                }
                let first = try await page("1")
                guard first.status == 200 else { continue }
                guard let next = first.body["next"].text else { break }
                let second = try await page("1", after: next)
                let both = (first.body["items"].list ?? []) + (second.body["items"].list ?? [])
                let whole = try await page("500").body["items"].list ?? []
                let start = try #require(whole.firstIndex(of: both[0]), "\(name)")
                #expect(Array(whole[start...].prefix(both.count)) == both, "\(name) \(second.body.json)")
                walked.append(name)
                break
            }
        }
        #expect(walked.count >= 12, "\(walked)")
    }
}
