import NiangjiaCore
import Testing

@testable import NiangjiaWeb

/// How requests are spelled, and what is said to those that are spelled otherwise.
@Suite(.serialized) struct SpellingTests {
    private func ask(_ port: Int, _ target: String, _ fields: String = "", host: String = "Host: x\r\n") async throws
        -> String
    {
        try await DoorTests.ask(port, "\(target)\r\n\(host)\(fields)Connection: close\r\n\r\n")
    }

    @Test(
        "A path with an empty segment, or a slash at its end, is another path: there is nothing",
        arguments: ["/api/v1//health", "/api/v1/health/", "//api/v1/health", "/api/v1/openapi.json/", "/api//v1/cases"])
    func slashes(path: String) async throws {
        #expect(Routes.methods(at: path).isEmpty && Routes.route(.get, path) == nil)
        try await serving { port in
            let told = try await ask(port, "GET \(path) HTTP/1.1")
            #expect(told.status == 404, "\(told)")
        }
    }

    @Test("Allow names HEAD where GET works")
    func allow() async throws {
        #expect(Routes.methods(at: "/api/v1/health") == ["GET", "HEAD"])
        #expect(Routes.methods(at: "/api/v1/sessions") == ["POST"])
        try await serving { port in
            let told = try await ask(port, "DELETE /api/v1/health HTTP/1.1")
            #expect(told.status == 405 && told.header("Allow") == "GET, HEAD", "\(told)")
        }
    }

    @Test("No Host, or a second one, is said to be so")
    func host() async throws {
        try await serving { port in
            for (version, host) in [("1.0", ""), ("1.1", ""), ("1.1", "Host: x\r\nHost: y\r\n")] {
                let told = try await ask(port, "GET /api/v1/health HTTP/\(version)", host: host)
                #expect(told.status == 400 && told.contains("Host"), "\(told)")
            }
        }
    }

    @Test("The document is sent once: whoever has it hears that it is the same")
    func unchanged() async throws {
        try await serving { port in
            let target = "GET /api/v1/openapi.json HTTP/1.1"
            let tag = try #require(try await ask(port, target).header("ETag"))
            for header in [tag, "\"other\", W/\(tag)", "*"] {
                let told = try await ask(port, target, "If-None-Match: \(header)\r\n")
                #expect(told.status == 304 && told.header("ETag") == tag && !told.contains("openapi"), "\(told)")
            }
            #expect(try await ask(port, target, "If-None-Match: \"other\"\r\n").status == 200)
        }
    }

    @Test(
        "Whoever shows what is nobody's hears what to show instead",
        arguments: [
            ("", "请先登录", "Bearer"), ("Authorization: Bearer \r\n", "Bearer 之后", "Bearer"),
            ("Authorization: Basic YTpi\r\n", "只认 Bearer", "Bearer"),
            ("Authorization: device  other\r\n", "Device 之后", "Device"),
        ])
    func strangers(field: String, words: String, challenge: String) async throws {
        try await serving { port in
            let told = try await ask(port, "GET /api/v1/cases HTTP/1.1", field)
            #expect(told.status == 401 && told.contains(words), "\(told)")
            #expect(told.header("WWW-Authenticate") == challenge, "\(told)")
        }
    }

    @Test("A scheme and what it shows stand apart by any number of blanks")
    func blanks() async throws {
        try await serving { port in
            let told = try await ask(port, "GET /api/v1/cases HTTP/1.1", "Authorization: bearer   clerk\r\n")
            #expect(told.status != 401, "\(told)")
        }
    }
}
