import Foundation
import NiangjiaCore
import NiangjiaTesting
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// What the document doesn't know is refused, route by route, and always in problem details that the document describes.
enum APIRefusals {
    static func all(_ cast: APIStoryTests.Cast) async throws {
        let client = cast.client
        for (name, (path, method, about)) in client.operations.sorted(by: { $0.key < $1.key }) {
            let filled = filled(about)
            if about["security"].list?.isEmpty == false {
                #expect(try await client.ask(name, filled).status == 401, "\(name)")
                #expect(try await client.ask(name, filled, as: "nj_wrong").status == 401, "\(name)")
            }
            let token = cast["office"]
            let language = ["Accept-Language": "en;q=0.9, zh;q=0.1"]
            let unknown = try await client.ask(name, filled, query: ["nobody": "1"], headers: language, as: token)
            // Whoever may not is told so first.
            if unknown.status != 403 {
                #expect(
                    unknown.status == 400 && unknown.body["place"].text == "query:nobody",
                    "\(name) \(unknown.body.json)")
                #expect(unknown.body["detail"].text == "Unknown key nobody.", "\(name)")
            }
            let picky = try await client.ask(name, filled, headers: ["Accept": "image/webp"], as: token)
            #expect(picky.status == 406, "\(name)")
            try await bodies(name, filled, about, cast)
            try await addresses(path, method, filled, client)
        }
        try await elsewhere(client)
    }

    /// Bodies: an unknown key, a wrong type, another media type, no JSON at all.
    private static func bodies(_ name: String, _ path: [String: String], _ about: Value, _ cast: APIStoryTests.Cast)
        async throws
    {
        let schema = about["requestBody"]["content"]["application/json"]["schema"]
        guard schema.map != nil else { return }
        for account in ["office", "treasurer", "payer", "auditor", "keeper"] {
            let strange = try await cast.client.ask(name, path, body: ["no/body": 1], as: cast[account])
            if strange.status == 403 { continue }
            #expect(strange.status == 400 && strange.body["place"].text == "/no~1body", "\(name) \(strange.body.json)")
            for (member, _) in schema["properties"].map ?? [:] {
                let wrong = try await cast.client.ask(name, path, body: .map([member: [nil]]), as: cast[account])
                #expect(wrong.status == 400, "\(name) \(member) \(wrong.body.json)")
            }
            for member in schema["required"].list ?? [] {
                let missing = try await cast.client.ask(name, path, body: .map([:]), as: cast[account])
                #expect(missing.status == 400, "\(name) \(member)")
            }
            let typed = try await cast.client.ask(
                name, path, body: .map([:]), headers: ["Content-Type": "text/plain"], as: cast[account])
            #expect(typed.status == 415, "\(name) \(typed.body.json)")
            let text = try await cast.client.ask(
                name, path, content: Array("{\"a\":".utf8), headers: ["Content-Type": "application/json"],
                as: cast[account])
            #expect(text.status == 400, "\(name)")
            return
        }
        #expect(name == "accountLogin", "nobody may \(name)")
    }

    /// A method that the path doesn't take is 405 and tells which it takes; an id that was copied wrong is nothing's.
    private static func addresses(
        _ template: String, _ method: String, _ path: [String: String], _ client: DocumentedClient
    ) async throws {
        let address = path.reduce(template) { $0.replacingOccurrences(of: "{\($1.key)}", with: $1.value) }
        for other in ["PATCH", "TRACE"] {
            var request = URLRequest(url: try #require(URL(string: client.base + address)))
            request.httpMethod = other
            let (data, response) = try await URLSession.shared.data(for: request)
            let http = try #require(response as? HTTPURLResponse)
            #expect(http.statusCode == 405, "\(other) \(address)")
            #expect(http.value(forHTTPHeaderField: "Allow")?.contains(method.uppercased()) == true, "\(address)")
            let problem = try Value(jsonBytes: [UInt8](data))
            let schema = client.document["components"]["schemas"]["Problem"]
            #expect(SchemaValidator(document: client.document).problems(problem, schema) == [])
        }
    }

    private static func elsewhere(_ client: DocumentedClient) async throws {
        for path in ["/nowhere", "/api/v1", "/api/v1/cases/x/y/z", "/api/v2/cases"] {
            let (data, response) = try await URLSession.shared.data(
                from: try #require(URL(string: client.base + path)))
            #expect((response as? HTTPURLResponse)?.statusCode == 404, "\(path)")
            #expect(try Value(jsonBytes: [UInt8](data))["code"].text == "not_found")
        }
    }

    /// What may go into the braces of an operation's path.
    static func filled(_ about: Value) -> [String: String] {
        let names = (about["parameters"].list ?? []).filter { $0["in"].text == "path" }
        return Dictionary(uniqueKeysWithValues: names.map { ($0["name"].text ?? "", sample(of: $0["schema"])) })
    }

    /// A text that a path's shape takes and that names nothing.
    static func sample(of schema: Value) -> String {
        if let example = schema["examples"].list?.first?.text { return example }
        if schema["type"].text == "integer" { return "1" }
        let pattern = schema["pattern"].text ?? ""
        // `^(c|d)-…`: any id of the kind, with its check character.
        if pattern.hasPrefix("^("),
            let prefix = pattern.dropFirst(2).split(whereSeparator: { $0 == "|" || $0 == ")" }).first
        {
            return IDText.encode(prefix: String(prefix), number: 12_345_678)
        }
        return "nothing"
    }
}
