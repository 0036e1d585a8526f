import Foundation
import NiangjiaCore
import NiangjiaWeb
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

@testable import NiangjiaServer

/// What whoever watches a host asks it, with a real client of a real server.
@Suite(.serialized) struct WatchTests {
    private func get(_ port: Int, _ path: String, token: String? = nil) async throws -> (status: Int, body: String) {
        var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)\(path)")))
        if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
        let (data, found) = try await URLSession.shared.data(for: request)
        let response = try #require(found as? HTTPURLResponse)
        // On either address: what is told is of this moment, and what its type says. Where there is nothing, nothing is told.
        if response.statusCode != 404 {
            #expect(response.value(forHTTPHeaderField: "Cache-Control") == "no-store", "\(path)")
            #expect(response.value(forHTTPHeaderField: "X-Content-Type-Options") == "nosniff", "\(path)")
        }
        return (response.statusCode, String(decoding: data, as: UTF8.self))
    }

    @Test("A host without a configuration in force lives and isn't ready; with one it is; told to stop it isn't again")
    func readiness() async throws {
        let city = try await TestCity(approved: false)
        let watch = HostWatch(city.host)
        let before = await watch.readiness()
        #expect(!before.isReady && before.parts == ["store": true, "bundle": false, "workers": false])
        try await city.serving { port in
            let live = try await get(port, "/livez")
            #expect(live.status == 200)
            let unready = try await get(port, "/readyz")
            #expect(unready.status == 503 && unready.body.contains("\"bundle\":false"))
            try await city.approve()
            // An answer about it stands for two seconds.
            var ready = unready
            while ready.status == 503 { ready = try await get(port, "/readyz") }
            #expect(ready.status == 200)
            #expect(try Value(json: ready.body.trimmingCharacters(in: .newlines))["ok"].bool == true)
        }
        watch.stop()
        let after = await watch.readiness()
        #expect(!after.isReady && after.parts == ["running": false])
    }

    @Test("Metrics stand on an address of their own, name routes and numbers, and nobody")
    func metrics() async throws {
        let city = try await TestCity(approved: false)
        let path = city.folder.path + "/config/niangjia.yaml"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try (text + "\nmetrics: 127.0.0.1:0\n").write(toFile: path, atomically: true, encoding: .utf8)
        try await city.approve()
        let token = try await city.host.access.signIn("office", password: TestCity.password).token
        let ports = AsyncStream.makeStream(of: (name: String, port: Int).self)
        let server = Task { [host = city.host] in
            try await Server.serve(
                host, listen: "127.0.0.1:0", isReady: { ports.continuation.yield(("api", $0)) },
                say: { line in
                    guard line.en.hasPrefix("Metrics: "), let url = URL(string: String(line.en.dropFirst(9))) else {
                        return
                    }
                    ports.continuation.yield(("metrics", url.port ?? 0))
                    #expect(url.host == "127.0.0.1")
                })
        }
        var found: [String: Int] = [:]
        for await (name, port) in ports.stream {
            found[name] = port
            if found.count == 2 { break }
        }
        let (api, metrics) = (try #require(found["api"]), try #require(found["metrics"]))
        let id = city.host.ids.next(CaseFile.self).text
        #expect(try await get(api, "/api/v1/cases/\(id)", token: token).status == 404)
        #expect(try await get(api, "/api/v1/stations/nearby?latitude=36.1234&longitude=106.5678").status == 200)
        #expect(try await get(api, "/metrics").status == 404, "not where everybody asks")
        let told = try await get(metrics, "/metrics")
        #expect(told.status == 200)
        #expect(
            told.body.contains(
                "niangjia_http_requests_total{method=\"GET\",route=\"/api/v1/cases/{id}\",status=\"404\"} 1"))
        #expect(told.body.contains("niangjia_chain_height"))
        for secret in [id, token, "office", "36.1234", "106.5678", "127.0.0.1"] {
            #expect(!told.body.contains(secret), "\(secret)")
        }
        #expect(try await get(metrics, "/readyz").status == 200)
        #expect(try await get(metrics, "/livez").status == 200)
        #expect(try await get(metrics, "/api/v1/health").status == 404, "and nothing else is there")
        server.cancel()
        _ = try? await server.value
        try await city.host.close()
    }

    @Test("What is said of where the host listens is where it does")
    func address() async throws {
        let city = try await TestCity()
        let said = Guarded<[String]>([])
        let ports = AsyncStream.makeStream(of: Int.self)
        let server = Task { [host = city.host] in
            try await Server.serve(
                host, listen: "127.0.0.2:0", isReady: { ports.continuation.yield($0) },
                say: { line in said.withLock { $0.append(line.en) } })
        }
        for await port in ports.stream {
            #expect(said.withLock { $0 }.contains("Serving: http://127.0.0.2:\(port)/api/v1/health"))
            break
        }
        server.cancel()
        _ = try? await server.value
        try await city.host.close()
    }

    @Test("Metrics are for private addresses only", arguments: ["0.0.0.0:9464", "203.0.113.7:9464", "[::]:9464"])
    func privateOnly(address: String) async throws {
        let city = try await TestCity(approved: false)
        let path = city.folder.path + "/config/niangjia.yaml"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try (text + "\nmetrics: \"\(address)\"\n").write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try await city.run("check", [:], as: nil).answer?["ok"].bool == false)
        try await city.host.close()
    }
}
