import Foundation
import NiangjiaCore
import NiangjiaWeb
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

@testable import NiangjiaServer

@Suite struct ServingTests {
    private func request(
        _ port: Int, _ method: String, _ path: String, token: String? = nil, body: String? = nil,
        headers: [String: String] = [:]
    ) async throws -> (status: Int, body: Value, type: String) {
        let url = try #require(URL(string: "http://127.0.0.1:\(port)\(path)"))
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body.map { Data($0.utf8) }
        if body != nil {
            let isFile = path == "/api/v1/files"
            request.setValue(
                isFile ? "application/octet-stream" : "application/json", forHTTPHeaderField: "Content-Type")
        }
        if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await URLSession.shared.data(for: request)
        let answer = try #require(response as? HTTPURLResponse)
        return (
            answer.statusCode, try Value(jsonBytes: [UInt8](data)),
            answer.value(forHTTPHeaderField: "Content-Type") ?? ""
        )
    }

    @Test("A command through the socket says exactly what it says in process")
    func socketEqualsProcess() async throws {
        let city = try await TestCity()
        let folder = city.folder
        let direct = try await city.run("program.show", ["program": "tuition-2026"], as: nil)
        try await city.serving { _ in
            let sink = CollectingSink()
            let status = try await offPool {
                try SocketClient.run(
                    "program.show", ["program": "tuition-2026"], in: folder, as: .none, language: .zh, to: sink)
            }
            #expect(status == .ok)
            #expect(sink.events == direct.events)
            let refused = CollectingSink()
            let misused = try await offPool {
                try SocketClient.run(
                    "program.preview", ["program": "tuition-2026"], in: folder, as: .none, language: .zh, to: refused)
            }
            #expect(misused == .misused)
            #expect(refused.failure?.code == "unauthenticated")
        }
    }

    @Test("The second person's sign-in is asked for on the socket too")
    func secondPersonOnSocket() async throws {
        let city = try await TestCity()
        let folder = city.folder
        try city.edit(BundleTests.cooling, "  value: 50 ", "  value: 60 ")
        try await city.serving { _ in
            @Sendable func run(_ operation: String, _ arguments: Value, _ account: String) async throws
                -> CollectingSink
            {
                let sink = CollectingSink()
                _ = try await offPool {
                    try SocketClient.run(
                        operation, arguments, in: folder, as: .password(account: account, password: TestCity.password),
                        language: .zh, to: sink)
                }
                return sink
            }
            let proposed = try await run("config.propose", [:], "office")
            let digest = try #require(proposed.answer?["digest"].text)
            #expect(try await run("config.approve", ["bundle": .text(digest)], "office").failure?.code == "forbidden")
            #expect(
                try await run("config.approve", ["bundle": .text(digest)], "chief").answer?["state"].text == "active")
        }
    }

    @Test("The API signs in, lists, and answers mistakes in problem details")
    func api() async throws {
        let city = try await TestCity()
        try await city.serving { port in
            #expect(try await request(port, "GET", "/api/v1/health").body["ok"].bool == true)
            let closed = try await request(port, "GET", "/api/v1/programs")
            #expect(closed.status == 401 && closed.type == "application/problem+json")
            let signedIn = try await request(
                port, "POST", "/api/v1/sessions", body: "{\"account\":\"office\",\"password\":\"\(TestCity.password)\"}"
            )
            #expect(signedIn.status == 201)
            let token = try #require(signedIn.body["token"].text)
            let programs = try await request(port, "GET", "/api/v1/programs", token: token)
            #expect(programs.status == 200 && programs.body["items"].list?.count == 8)
            let missing = try await request(
                port, "POST", "/api/v1/cases", token: token, body: "{\"program\":\"tuition-2026\"}",
                headers: ["Accept-Language": "en"])
            #expect(missing.status == 400 && missing.body["place"].text == "/form")
            #expect(missing.body["detail"].text == "form is missing.")
            let unknown = try await request(
                port, "POST", "/api/v1/cases", token: token, body: "{\"program\":\"x\",\"form\":\"y\",\"z\":1}")
            #expect(unknown.status == 400 && unknown.body["place"].text == "/z")
            let twice = try await request(
                port, "POST", "/api/v1/sessions", body: "{\"account\":\"a\",\"account\":\"b\",\"password\":\"c\"}")
            #expect(twice.status == 400 && twice.body["place"] == "/account", "\(twice.body.json)")
            for query in ["limits=5", "limit=0", "limit=501", "limit=x"] {
                let wrong = try await request(port, "GET", "/api/v1/cases?\(query)", token: token)
                #expect(wrong.status == 400 && wrong.body["place"].text?.hasPrefix("query:limit") == true, "\(query)")
            }
            #expect(try await request(port, "GET", "/api/v1/cases?limit=500", token: token).status == 200)
            #expect(try await request(port, "GET", "/api/v1/health?x=1").status == 400)
            #expect(try await request(port, "GET", "/api/v1/cases/c-001", token: token).status == 404)
            #expect(try await request(port, "GET", "/nowhere").status == 404)
            #expect(try await request(port, "GET", "/api/v1/programs", token: "nj_wrong").status == 401)
        }
    }

    @Test("Evidence is uploaded by content, within the cap, and by those who may apply")
    func files() async throws {
        let city = try await TestCity()
        try await city.add("member", .member)
        try await city.add("auditor", .auditor)
        let member = try await city.host.access.signIn("member", password: TestCity.password).token
        let auditor = try await city.host.access.signIn("auditor", password: TestCity.password).token
        let host = city.host
        try await city.serving { port in
            let path = "/api/v1/files"
            let kept = try await request(port, "POST", path, token: member, body: "%PDF-1.4 proof")
            #expect(kept.status == 201 && kept.body["media_type"].text == "application/pdf")
            let name = try #require(kept.body["file"].text)
            #expect(try await host.evidence.content(name) == Array("%PDF-1.4 proof".utf8))
            #expect(try await request(port, "POST", path, token: member, body: "MZ program").status == 422)
            let said = ["Content-Type": "application/json"]
            #expect(
                try await request(port, "POST", path, token: member, body: "%PDF-1.4 x", headers: said).status == 415)
            #expect(try await request(port, "POST", path, token: auditor, body: "%PDF-1.4 x").status == 403)
            #expect(try await request(port, "POST", path, body: "%PDF-1.4 x").status == 401)
            let large = "%PDF-1.4" + String(repeating: "x", count: EvidenceFiles.largest)
            let refused = try? await request(port, "POST", path, token: member, body: large)
            #expect(refused?.status == 413 || refused == nil, "refused, or cut off before all of it was sent")
            let stored = try await host.store.read { try $0.integer("SELECT COUNT(*) FROM evidence") }
            #expect(stored == 1)
        }
    }

    @Test("Every route leads to an operation that is there, and signs in where the operation needs it")
    func routes() {
        for route in Routes.all {
            let operation = Operations.byName[route.operation]
            #expect(operation != nil || route.operation.isEmpty, "\(route.path)")
            if let operation, operation.need != .shell { #expect(route.needsSignIn, "\(route.path)") }
        }
    }
}
