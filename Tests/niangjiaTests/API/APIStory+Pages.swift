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

    /// Lists of which the story leaves two rows or more, so that their pages mean something.
    private static let walked: Set<String> = [
        "accessLog", "auditCalls", "auditEvents", "batchList", "caseList", "configLog", "decisionList", "fundStatement",
        "grantList", "importJobs", "importList", "organizationFind", "organizationList", "programRuns",
    ]
    /// The others, and why there is nothing to turn over: a list that is new stands here or there.
    private static let short: [String: String] = [
        "actionWaiting": "no action of the demo city's programs asks for a second person",
        "auditBlocks": "a city of a thousand is one block", "donationList": "the campaign is in September",
        "drawList": "the demo city has no draw", "duesFiles": "one file was read, and taken back",
        "fundClaims": "one claim is open", "fundPeriods": "no period is closed",
        "fundSharing": "as many pairs as the run happened to serve elsewhere", "fundSharingList": "none was proposed",
        "placeList": "nobody has enrolled", "programCorrections": "nothing differs",
        "programWaiting": "nobody waits for money", "recordList": "no class is registered",
        "transferList": "nobody asked to change unions",
    ]

    /// Every list that says it has pages: its pages, joined, are the whole, row by row.
    static func pages(_ cast: Cast) async throws {
        let client = cast.client
        for name in ["甲.csv", "乙.csv"] {
            let body: Value = ["kind": "organization", "name": .text(name), "source": "测试"]
            #expect(try await client.ask("importBegin", body: body, as: cast["office"]).status == 201)
        }
        let runs = try await client.ask("programRuns", query: ["limit": "1"], as: cast["auditor"])
        var places = places
        places["auditBlocks"] = ["id": runs.body["items"].list?.first?["run"].text ?? ""]
        var turned: Set<String> = []
        let lists = client.operations.filter { _, operation in
            (operation.about["parameters"].list ?? []).contains { $0["name"].text == "after" }
        }
        for (name, (_, _, about)) in lists.sorted(by: { $0.key < $1.key }) {
            #expect((about["parameters"].list ?? []).contains { $0["name"].text == "limit" }, "\(name)")
            let list = PagedList(cast, name, places[name] ?? APIRefusals.filled(about), queries[name] ?? [:])
            if try await list.isWhole() { turned.insert(name) }
        }
        #expect(walked.subtracting(turned).isEmpty, "too short to turn over: \(walked.subtracting(turned).sorted())")
        #expect(walked.isDisjoint(with: short.keys))
        #expect(walked.union(short.keys) == Set(lists.keys), "a list is named above, with the reason where it is short")
    }
}

/// A list that has pages, as the first who may read it sees it.
private struct PagedList {
    private let cast: APIStory.Cast
    private let name: String
    private let path: [String: String]
    private let query: [String: String]

    init(_ cast: APIStory.Cast, _ name: String, _ path: [String: String], _ query: [String: String]) {
        (self.cast, self.name, self.path, self.query) = (cast, name, path, query)
    }

    private func page(_ limit: Int, after: String?, as account: String) async throws -> DocumentedClient.Answer {
        var query = query
        query["limit"] = String(limit)
        query["after"] = after
        return try await cast.client.ask(name, path, query: query, as: cast[account])
    }

    /// Compares a handful of pages, joined, with the whole, or with the most that one answer holds. False where there are no two
    /// rows.
    func isWhole() async throws -> Bool {
        for account in ["office", "treasurer", "auditor"] {
            let whole = try await page(500, after: nil, as: account)
            guard whole.status == 200 else { continue }
            let rows = whole.body["items"].list ?? []
            guard rows.count > 1 else { return false }
            let (joined, isEnded) = try await joined(pages: rows.count / 5 + 1, through: rows, as: account)
            #expect(joined == rows, "\(name)")
            #expect(isEnded == whole.body["next"].isNull, "\(name)")
            return true
        }
        Issue.record("\(name): nobody may read it")
        return false
    }

    /// Pages of a size up to the last of some rows, and whether the list ended there. What came in front since, as looks and events do
    /// by being listed, is passed over.
    private func joined(
        pages size: Int, through rows: [Value], as account: String
    ) async throws -> (rows: [Value], isEnded: Bool) {
        var (found, after) = ([Value](), String?.none)
        repeat {
            let page = try await page(size, after: after, as: account).body
            found += page["items"].list ?? []
            after = page["next"].text
            if let last = found.lastIndex(of: rows[rows.count - 1]) {
                let start = found.firstIndex(of: rows[0]) ?? 0
                // A last page that is full doesn't know that it is.
                let more =
                    try await after == nil ? nil : self.page(size, after: after, as: account).body["items"].list
                return (Array(found[start...last]), last == found.count - 1 && more?.isEmpty ?? true)
            }
        } while after != nil && found.count < 2 * rows.count + 500
        return (found, after == nil)
    }
}
