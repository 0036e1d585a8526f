import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaWeb

/// What comes over the wire malformed, oversized, slow or forged.
@Suite(.serialized) struct WireTests {
    static let head = "POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    static let body = "{\"account\":\"a\",\"password\":\"b\"}"

    @Test(
        "What two readers could take for two things is refused, and the connection ends",
        arguments: [
            "Content-Length: 29\r\nTransfer-Encoding: chunked\r\n\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 29\r\n\r\n",
            "Content-Length: 29\r\nContent-Length: 30\r\n\r\n", "Content-Length: 29, 29\r\n\r\n",
            "Content-Length: +29\r\n\r\n", "Content-Length: -1\r\n\r\n", "Content-Length: 0x1d\r\n\r\n",
            "Transfer-Encoding: identity, chunked\r\nTransfer-Encoding: gzip\r\n\r\n",
            "Transfer-Encoding: xchunked\r\n\r\n",
            "X-Folded: a\r\n b\r\nContent-Length: 29\r\n\r\n", "Content-Length : 29\r\n\r\n",
            "X-Bare: a\nContent-Length: 29\r\n\r\n", "X-Nul: a\u{0}b\r\nContent-Length: 29\r\n\r\n",
            ": nameless\r\nContent-Length: 29\r\n\r\n", "Na me: x\r\nContent-Length: 29\r\n\r\n",
        ])
    func smuggling(fields: String) async throws {
        try await serving { port in
            let told = try await blocking {
                let client = try RawClient(port: port)
                client.send(WireTests.head + fields + WireTests.body + "GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
                return client.rest()
            }
            // One answer, a refusal, and then the end: what followed was never a request.
            #expect(told.statuses == [400], "\(told)")
        }
    }

    @Test(
        "A Host that is no host is refused, and the connection ends (RFC 9112 §3.2)",
        arguments: [
            ("x", 200), ("niangjia.example.org:8080", 200), ("127.0.0.1", 200), ("[::1]:8080", 200), ("x:", 200),
            ("a%20b", 200), ("", 400), ("a b/c@d", 400), ("a/b", 400), ("user@x", 400), ("x:80a", 400), ("x:1:2", 400),
            ("[::1", 400), ("[x]", 400), ("[::1]x", 400), ("a%2", 400), ("a%zz", 400), (":80", 400), ("a,b c", 400),
            ("工会", 400), ("a?b", 400), ("a#b", 400), ("a\\b", 400),
        ])
    func hosts(host: String, status: Int) async throws {
        try await serving { port in
            let told = try await blocking {
                let client = try RawClient(port: port)
                client.send("GET /api/v1/health HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
                return client.rest()
            }
            #expect(told.statuses == [status], "\(host): \(told)")
        }
    }

    @Test(
        "A body that doesn't say what it is, or is in another encoding, is refused; no body needs no type",
        arguments: [
            ("", 415), ("Content-Type: application/json; charset=utf-16\r\n", 415),
            ("Content-Type: text/json\r\n", 415), ("Content-Type: application/json; charset=UTF-8\r\n", 201),
        ])
    func types(field: String, status: Int) async throws {
        try await serving { port in
            let told = try await blocking {
                let client = try RawClient(port: port)
                client.send(
                    "POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\n\(field)Connection: close\r\n"
                        + "Content-Length: \(WireTests.body.utf8.count)\r\n\r\n" + WireTests.body)
                return client.rest()
            }
            #expect(told.status == status, "\(told)")
            let empty = try await blocking {
                let client = try RawClient(port: port)
                client.send(
                    "POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
                return client.rest()
            }
            #expect(empty.status == 400, "\(empty)")
        }
    }

    @Test("A head that is too large, a body that is too large, a path that is too long")
    func sizes() async throws {
        try await serving { port in
            func ask(_ text: String) async throws -> String {
                try await blocking {
                    let client = try RawClient(port: port)
                    client.send(text)
                    return client.rest()
                }
            }
            let many = (0..<100).map { "X-\($0): y\r\n" }.joined()
            let close = "Connection: close\r\n\r\n"
            let crowded = try await ask("GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\(many)\(close)")
            #expect(crowded.status == 431)
            let long = String(repeating: "y", count: 20_000)
            #expect(
                try await ask("GET /api/v1/health HTTP/1.1\r\nHost: x\r\nX-Long: \(long)\r\n\(close)").status == 431)
            #expect(try await ask("GET /\(long.prefix(5_000)) HTTP/1.1\r\nHost: x\r\n\(close)").status == 414)
            #expect(try await ask("\(WireTests.head)Content-Length: 99999999999\r\n\(close)").status == 413)
            let chunk = "10000\r\n" + String(repeating: "z", count: 65_536) + "\r\n"
            let endless = String(repeating: chunk, count: 40)
            #expect(try await ask("\(WireTests.head)Transfer-Encoding: chunked\r\n\(close)\(endless)").status == 413)
        }
    }

    @Test(
        "Who is too slow with a head, with a body, or takes no answer is cut off; who is quick on the same address isn't"
    )
    func deadlines() async throws {
        var settings = DoorSettings()
        settings.limits.headTime = .milliseconds(300)
        settings.limits.idleTime = .milliseconds(300)
        settings.limits.bodyTime = .milliseconds(300)
        settings.limits.answerTime = .milliseconds(300)
        try await serving(EchoHost(size: 8 << 20), settings) { port in
            let told = try await blocking {
                // Opened together: each waits for its own end.
                let silent = try RawClient(port: port)
                let head = try RawClient(port: port)
                head.send("GET /api/v1/health HTTP/1.1\r\nHo")
                let body = try RawClient(port: port)
                body.send(WireTests.head + "Content-Length: 29\r\n\r\n{\"acc")
                let idle = try RawClient(port: port)
                idle.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
                return (silent.rest(), head.rest(), body.rest(), idle.rest())
            }
            #expect(told.0.isEmpty && told.1.isEmpty)
            #expect(told.2.status == 408)
            #expect(told.3.statuses == [200])
            let taken = try await blocking {
                let slow = try RawClient(port: port, receiveBuffer: 4_096)
                slow.send("GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
                // Nothing is taken until the host has given up: a second client sees that it works on meanwhile.
                while true {
                    let other = try RawClient(port: port)
                    other.send("GET /api/v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    guard other.rest().utf8.count > 8 << 20 else { return 0 }
                    // Whoever comes back after the deadline finds part of an answer and the end.
                    usleep(1_000_000)
                    return slow.rest().utf8.count
                }
            }
            #expect(taken > 0 && taken < 8 << 20, "\(taken)")
        }
    }

    @Test("Beyond the connections of one address, and of all, it is 503 with Retry-After; when they go others come in")
    func connections() async throws {
        var settings = DoorSettings()
        settings.limits.connections = 6
        settings.limits.connectionsByClient = 4
        try await serving(EchoHost(), settings) { port in
            let told = try await blocking { () -> (String, String, String, String) in
                func alive(_ client: RawClient) -> String {
                    client.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
                    return client.answer()
                }
                var first = try (0..<4).map { _ in try RawClient(port: port, from: "127.0.0.1") }
                for client in first { #expect(alive(client).status == 200) }
                let fifth = try RawClient(port: port, from: "127.0.0.1").rest()
                let others = try (0..<2).map { _ in try RawClient(port: port, from: "127.0.0.2") }
                for client in others { #expect(alive(client).status == 200) }
                let seventh = try RawClient(port: port, from: "127.0.0.3").rest()
                first.removeAll()
                // The host hears of the ends one by one.
                var again = ""
                repeat {
                    let next = try RawClient(port: port, from: "127.0.0.1")
                    again = alive(next)
                } while again.status == 503
                return (fifth, seventh, again, alive(others[0]))
            }
            for refused in [told.0, told.1] {
                #expect(refused.status == 503 && refused.header("Retry-After") == "5")
                #expect(refused.contains("\"code\":\"busy\""))
            }
            #expect(told.2.status == 200 && told.3.status == 200)
        }
    }

    @Test(
        "Requests in a row on one connection are answered in order; the rest of a refused body is not taken for a request"
    )
    func pipelined() async throws {
        try await serving { port in
            let told = try await blocking {
                let client = try RawClient(port: port)
                let one = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
                let last = "GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                client.send(
                    one + WireTests.head + "Content-Length: \(WireTests.body.utf8.count)\r\n\r\n" + WireTests.body
                        + last)
                return client.rest()
            }
            #expect(told.statuses == [200, 201, 404])
            let broken = try await blocking {
                let client = try RawClient(port: port)
                client.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n")
                return client.rest()
            }
            #expect(broken.statuses == [200, 400])
        }
    }
}
