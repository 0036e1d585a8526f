import Foundation
import NiangjiaConfig
import NiangjiaCore
import Testing

@testable import NiangjiaServer

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Where problems say that they are: one grammar for all of them, the one that docs/api.md describes.
@Suite struct ProblemPlaceTests {
    /// Something to ask for, and the place that is told; inside "" is in the file that was sent.
    private struct Asking: Sendable {
        enum Place: Sendable { case none, exactly(String), inside(String) }
        var account: String
        var method: String
        var path: String
        var body: Value?
        var content: String?
        var fields: [String: String] = [:]
        var place: Place

        init(
            _ account: String, _ method: String, _ path: String, _ body: Value? = nil, content: String? = nil,
            fields: [String: String] = [:], at place: Place
        ) {
            (self.account, self.method, self.path, self.body) = (account, method, path, body)
            (self.content, self.fields, self.place) = (content, fields, place)
        }
    }

    /// Whether a place is of one of the kinds that the document knows.
    static func isPlace(_ text: String) -> Bool {
        let kinds = [
            #"(/[^/]*)*"#, #"(path|query):[A-Za-z0-9_]+"#, #"header:[A-Za-z][A-Za-z-]*"#,
            #"body(:[0-9]+(:[0-9]+)?|:@[0-9]+|![A-Z]+[0-9]+)"#,
            #"(config|plugins)/[^ :]+(:[0-9]+(:[0-9]+)?)?(: \S+)?"#,
            #"[^/:]+(:[0-9]+(:[0-9]+)?|:@[0-9]+|![A-Z]+[0-9]+)"#,
        ]
        return kinds.contains { text.range(of: "^(\($0))$", options: .regularExpression) != nil }
    }

    @Test("The grammar takes what is documented and nothing that names a thing")
    func grammar() {
        for place in [
            "", "/form", "/fields/a~1b/0", "path:id", "query:limit", "header:If-Match", "config/funds.yaml",
            "config/programs/a-2026.yaml:15:10", "plugins/a/plugin.yaml:9: forms.ask.by", "新建工会.csv:2", "会员!C2",
            "body:12", "body:@1",
        ] { #expect(Self.isPlace(place), "\(place)") }
        for thing in ["run-c36ryrzr04004", "forms.report.sealed.but", "line/a/available", "a, b", "config/a b"] {
            #expect(!Self.isPlace(thing), "\(thing)")
        }
    }

    private static func askings(run: String, batch: String, digest: String, program: String) -> [Asking] {
        let broken: Value = ["files": ["config/programs/summer-cooling-2026.yaml": .text(program + "\nnonsense: 1\n")]]
        let outside: Value = ["files": ["config/none/x.yaml": "a: 1\n"]]
        let bytes = ["Content-Type": "application/octet-stream"]
        return [
            Asking("office", "GET", "/cases?limit=0", at: .exactly("query:limit")),
            Asking("office", "GET", "/cases?nobody=1", at: .exactly("query:nobody")),
            Asking("office", "GET", "/cases?limit=1&limit=2", at: .exactly("query:limit")),
            Asking("office", "GET", "/stations/nearby?latitude=36", at: .exactly("query:longitude")),
            Asking(
                "office", "GET", "/stations/nearby?latitude=36&longitude=106&facility=zz",
                at: .exactly("query:facility")),
            Asking("office", "GET", "/cases?program=nope", at: .exactly("query:program")),
            Asking("office", "GET", "/runs?program=nope", at: .exactly("query:program")),
            Asking("auditor", "GET", "/access-log?account=nobody", at: .exactly("query:account")),
            Asking("office", "GET", "/cases/c-001", at: .exactly("path:id")),
            Asking("office", "GET", "/programs/nope", at: .exactly("path:id")),
            Asking("office", "GET", "/cases", fields: ["Accept": "image/webp"], at: .exactly("header:Accept")),
            Asking(
                "office", "POST", "/cases/\(IDText.encode(prefix: "c", number: 12_345_678))/transitions",
                ["action": "approve"], fields: ["If-Match": "three"], at: .exactly("header:If-Match")),
            Asking(
                "office", "POST", "/cases/\(IDText.encode(prefix: "c", number: 12_345_678))/transitions",
                ["action": "approve"], at: .exactly("header:If-Match")),
            Asking(
                "office", "POST", "/cases", ["program": "tuition-2026", "form": "apply"],
                fields: ["Idempotency-Key": "a b"], at: .exactly("header:Idempotency-Key")),
            Asking("office", "POST", "/cases", ["program": "tuition-2026"], at: .exactly("/form")),
            Asking("office", "POST", "/cases", ["no/body": 1], at: .exactly("/no~1body")),
            Asking(
                "office", "POST", "/cases", content: #"{"form":"a","form":"b"}"#,
                fields: ["Content-Type": "application/json"], at: .exactly("/form")),
            Asking("office", "POST", "/programs/tuition-2026/runs", ["form": "apply"], at: .exactly("/form")),
            Asking("office", "POST", "/programs/nope/previews", ["form": "apply"], at: .exactly("path:id")),
            Asking("office", "POST", "/runs/\(run)/pause", [:], at: .none),
            Asking(
                "office", "POST", "/config/proposals", broken, at: .inside("config/programs/summer-cooling-2026.yaml")),
            Asking("office", "POST", "/config/proposals", outside, at: .exactly("/files/config~1none~1x.yaml")),
            Asking("chief", "POST", "/config/proposals/\(digest)/approval", [:], at: .none),
            Asking("auditor", "POST", "/audit/verifications", ["heads": ["1-abc"]], at: .exactly("/heads/0")),
            Asking("auditor", "GET", "/reports/year?from=2026-12-31&to=2026-01-01", at: .exactly("query:from")),
            Asking("treasurer", "POST", "/batches/\(batch)/result", content: "", fields: bytes, at: .exactly("")),
            Asking(
                "treasurer", "POST", "/batches/\(batch)/result", content: "中,中,中\r\n", fields: bytes, at: .inside("")),
            Asking(
                "treasurer", "POST", "/batches/\(batch)/result", content: "x",
                fields: ["Content-Type": "text/html"], at: .exactly("header:Content-Type")),
            Asking("payer", "POST", "/periods/June/closing", [:], at: .exactly("path:period")),
        ]
    }

    @Test("Members of the body by pointer, everything else of a request by where it stands, files by line; ids nowhere")
    func walk() async throws {
        let city = try await TestCity()
        try await city.add("auditor", .auditor)
        _ = try await city.entitle(1)
        let batch = try await city.send("tuition-2026").id.text
        _ = try await city.run(
            "program.decide", ["program": "summer-cooling-2026", "form": "package"], as: "office")
        let runs = try await city.run("program.runs", [:], as: "office").answer?.list
        let run = try #require(runs?.first?["run"].text)
        try city.edit("config/programs/summer-cooling-2026.yaml", "value: 50", "value: 60")
        let files = try ConfigFolder.files(in: city.folder.path)
        let digest = try await city.host.bundles.propose(files, by: "office").digest
        let program = String(decoding: files["config/programs/summer-cooling-2026.yaml"] ?? [], as: UTF8.self)
        try await city.serving { port in
            var clients: [String: CityClient] = [:]
            for one in Self.askings(run: run, batch: batch, digest: digest, program: program) {
                if clients[one.account] == nil {
                    clients[one.account] = try await CityClient(port: port).signedIn(one.account).client
                }
                let (status, body) = try await Self.ask(one, try #require(clients[one.account]))
                let shown = "\(one.method) \(one.path) \(status) \(body.json)"
                #expect(status >= 400, "\(shown)")
                let place = body["place"].text
                if let place { #expect(Self.isPlace(place), "\(shown)") }
                switch one.place {
                case .none: #expect(body.map?["place"] == .null, "\(shown)")
                case .exactly(let expected): #expect(place == expected, "\(shown)")
                case .inside(""): #expect(place == "" || place?.hasPrefix("body") == true, "\(shown)")
                case .inside(let file): #expect(place?.hasPrefix(file) == true, "\(shown)")
                }
            }
        }
    }

    private static func ask(_ one: Asking, _ client: CityClient) async throws -> (Int, Value) {
        var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(client.port)/api/v1\(one.path)")))
        request.httpMethod = one.method
        request.setValue("Bearer \(client.token ?? "")", forHTTPHeaderField: "Authorization")
        if let body = one.body {
            request.httpBody = Data(body.json.utf8)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        if let content = one.content { request.httpBody = Data(content.utf8) }
        for (name, value) in one.fields { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await URLSession.shared.data(for: request)
        return ((response as? HTTPURLResponse)?.statusCode ?? 0, try Value(jsonBytes: [UInt8](data)))
    }
}
