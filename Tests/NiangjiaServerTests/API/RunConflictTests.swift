import Foundation
import NiangjiaCore
import NiangjiaTesting
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

@testable import NiangjiaServer

/// A run that is at work, and a request for one of another day.
@Suite struct RunConflictTests {
    private func post(_ port: Int, _ path: String, token: String, _ body: Value) async throws -> (
        status: Int, type: String, body: Value
    ) {
        var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)/api/v1\(path)")))
        request.httpMethod = "POST"
        request.httpBody = Data(body.json.utf8)
        request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        let (data, response) = try await URLSession.shared.data(for: request)
        let answer = response as? HTTPURLResponse
        return (
            answer?.statusCode ?? 0, answer?.value(forHTTPHeaderField: "Content-Type") ?? "",
            try Value(jsonBytes: [UInt8](data))
        )
    }

    @Test(
        "While a run is at work, the same day's is that one; one of another day takes its place until it has applied something, then it is refused"
    )
    func otherDay() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        // Just before midnight: another day comes while the run is at work.
        city.clock.set(try #require(Instant("2026-07-15T23:50:00+08:00")))
        let token = try await city.host.access.signIn("office", password: TestCity.password).token
        let (host, mayGoOn) = (city.host, Guarded(false))
        let began = AsyncStream.makeStream(of: ID<Run>.self)
        let slow = WatchedJudge(host.judge) { _, _ in
            while !mayGoOn.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(2)) }
        }
        let day = try #require(CivilDate("2026-07-15"))
        let actor = try await city.account("office").actor(for: .decide)
        let isNew = host.background.start("run summer-cooling-2026/package at work") {
            _ = try? await Operations.corridor(slow, host).decide(
                program: "summer-cooling-2026", form: "package", asOf: day, by: actor,
                began: { began.continuation.yield($0) })
        }
        #expect(isNew)
        var heard: ID<Run>?
        for await id in began.stream {
            heard = id
            break
        }
        let run = try #require(heard)
        let id = run.text
        try await city.serving { port in
            let path = "/programs/summer-cooling-2026/runs"
            let same = try await post(port, path, token: token, ["form": "package", "as_of": "2026-07-15"])
            #expect(same.status == 202 && same.body["run"].text == id, "\(same.body)")
            let today = try await post(port, path, token: token, ["form": "package"])
            #expect(today.status == 202 && today.body["run"].text == id)
            let another: Value = ["form": "package", "as_of": "2026-07-16"]
            let early = try await post(port, path, token: token, another)
            #expect(early.status == 422 && early.body["place"] == "/as_of", "\(early.body)")
            city.clock.advance(milliseconds: 900_000)
            func apply(_ blocks: Int64) async throws {
                _ = try await host.store.write(.interactive) { writer in
                    try writer.execute("UPDATE run SET applied_blocks = $1 WHERE id = $2", [.int(blocks), .id(run)])
                }
            }
            try await apply(1)
            let refused = try await post(port, path, token: token, another)
            #expect(refused.status == 409 && refused.type.hasPrefix("application/problem+json"), "\(refused.body)")
            #expect(refused.body.json.contains(id))
            try await apply(0)
            let replaced = try await post(port, path, token: token, another)
            #expect(replaced.status == 202 && replaced.body["run"].text != id, "\(replaced.body)")
            #expect(try await host.corridor.run(run).state == "cancelled")
            mayGoOn.withLock { $0 = true }
        }
    }
}
