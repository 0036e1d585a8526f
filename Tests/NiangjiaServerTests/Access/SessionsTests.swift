import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// Sign-ins of one's own, and whoever ends another's.
@Suite struct SessionsTests {
    private func perform(_ operation: String, _ arguments: Value, _ city: TestCity, _ token: String) async throws
        -> Value
    {
        let sink = CollectingSink()
        let account = try await city.host.authenticate(token)
        try await Operations.perform(operation, arguments, on: city.host, as: account, output: Output(sink))
        return sink.answer ?? .null
    }

    /// Those of the tokens that still stand for an account.
    private func open(_ tokens: [String], _ city: TestCity) async -> [String] {
        var found: [String] = []
        for token in tokens where (try? await city.host.authenticate(token)) != nil { found.append(token) }
        return found
    }

    @Test("One's own sign-ins are listed without their tokens, and ended one by one or all but the present one")
    func own() async throws {
        let city = try await TestCity(approved: false)
        let access = city.host.access
        var tokens: [String] = []
        for _ in 0..<3 {
            tokens.append(try await access.signIn("office", password: TestCity.password).token)
            city.clock.advance(milliseconds: 60_000)
        }
        let stranger = try await access.signIn("chief", password: TestCity.password).token
        let listed = try await perform("account.sessions", [:], city, tokens[1]).list ?? []
        #expect(listed.map { $0["current"] } == [false, true, false], "the newest first")
        #expect(!listed.contains { one in tokens.contains { one.json.contains($0) } })
        #expect(listed.first?["opened_at"].text == "2026-07-15T09:02:00.000+08:00")
        // Nobody ends another's, nor learns that it is there.
        let first = try #require(listed.last?["session"])
        let taken: Value = ["session": first]
        #expect(await code { _ = try await perform("account.sessions.end", taken, city, stranger) } == .notFound)
        let one = try await perform("account.sessions.end", taken, city, tokens[1])
        #expect(one["ended"] == 1)
        #expect(await open(tokens, city) == [tokens[1], tokens[2]])
        #expect(await code { _ = try await perform("account.sessions.end", taken, city, tokens[1]) } == .notFound)
        #expect(try await perform("account.sessions.end", [:], city, tokens[1])["ended"] == 1)
        #expect(await open(tokens + [stranger], city) == [tokens[1], stranger])
        #expect(try await perform("account.sessions.end", [:], city, tokens[1])["ended"] == 0)
        let events = try await city.host.store.read {
            try $0.all("SELECT actor, about, body FROM chain_event WHERE kind = 'access.sessions_ended' ORDER BY seq") {
                [$0.text(0), $0.text(1), $0.text(2)]
            }
        }
        let body = "{\"account\":\"office\",\"count\":1}"
        #expect(events == [["office", "office", body], ["office", "office", body]])
        try await city.host.close()
    }

    @Test("What has ended by time or idleness isn't listed")
    func ended() async throws {
        let city = try await TestCity(approved: false)
        _ = try await city.host.access.signIn("office", password: TestCity.password)
        city.clock.advance(milliseconds: Access.idleLength + 1)
        let token = try await city.host.access.signIn("office", password: TestCity.password).token
        #expect(try await perform("account.sessions", [:], city, token).list?.count == 1)
        try await city.host.close()
    }

    @Test("Whoever may disable an account may end its sign-ins; it signs in again, and nobody else may end them")
    func others() async throws {
        let city = try await TestCity(approved: false)
        try await city.add("officer", .securityOfficer)
        let token = try await city.host.access.signIn("office", password: TestCity.password).token
        for account in ["office", "officer", "chief"] {
            #expect(
                await code { _ = try await city.run("account.sign_out", ["account": "office"], as: account) }
                    == .forbidden)
        }
        let told = try await city.run("account.sign_out", ["account": "office"], as: "admin").answer
        #expect(told?["ended"].int ?? 0 >= 1 && told?["account"] == "office")
        #expect(await open([token], city).isEmpty)
        _ = try await city.host.access.signIn("office", password: TestCity.password)
        let unknown: Value = ["account": "nobody"]
        #expect(await code { _ = try await city.run("account.sign_out", unknown, as: "admin") } == .notFound)
        let event = try await city.host.store.read {
            try $0.first("SELECT actor, about FROM chain_event WHERE kind = 'access.sessions_ended'") {
                [$0.text(0), $0.text(1)]
            }
        }
        #expect(event == ["admin", "office"])
        try await city.host.close()
    }
}
