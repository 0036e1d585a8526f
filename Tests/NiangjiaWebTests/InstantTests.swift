import Foundation
import HTTPTypes
import NiangjiaCore
import Testing

@testable import NiangjiaWeb

/// What is answered on the spot is answered as it would be otherwise, in its place among the others, and to nobody who mustn't ask.
@Suite(.serialized) struct InstantTests {
    static let path = "/api/v1/stations/nearby?latitude=36.1&longitude=106.2"
    static let last = "GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    static func ask(_ method: String = "GET", _ path: String = path, _ fields: String = "") -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: x\r\n\(fields)\r\n"
    }

    /// Everything that is answered to some requests and one more that ends the connection.
    private func told(_ port: Int, _ text: String, from: String? = nil) async throws -> String {
        try await DoorTests.ask(port, text + InstantTests.last, from: from)
    }

    /// Answers without what a clock says, their fields sorted.
    private func plain(_ answers: String) -> [String] {
        answers.components(separatedBy: "\r\n\r\n").map { part in
            let lines = part.components(separatedBy: "\r\n").filter { !$0.lowercased().hasPrefix("date:") }
            return lines.sorted().joined(separator: "\n")
        }
    }

    @Test(
        "Both ways give the same answer to the byte: values, refusals, languages, fields",
        arguments: [
            ask(), ask("HEAD"), ask("GET", "/api/v1/stations/nearby"), ask("GET", path + "&limit=0"),
            ask("GET", path + "&limit=7&limit=8"), ask("GET", path + "&limit=07"), ask("GET", path + "&other=1"),
            ask("GET", path + "&facility=none"), ask("GET", path + "&facility=none", "Accept-Language: en\r\n"),
            ask("GET", path + "&facility=%E0%80"), ask("GET", path + "&facility=a%2Fb"), ask("GET", path + "&"),
            ask("GET", path + "&facility=" + String(repeating: "a", count: 5_000)),
            ask("HEAD", "/api/v1/stations/nearby"), ask("GET", path, "Accept: text/html\r\n"),
            ask("GET", path, "Accept: text/html, */*;q=0.1\r\n"), ask("GET", path, "Origin: https://pages.example\r\n"),
            ask("GET", path, "Origin: https://evil.example\r\n"), ask("GET", path, "Authorization: Bearer wrong\r\n"),
            ask("GET", path, "Connection: Keep-Alive\r\n"),
        ])
    func same(request: String) async throws {
        var settings = DoorSettings()
        settings.origins = ["https://pages.example"]
        var answers: [String] = []
        for memory in [Memory(), nil] {
            try await serving(EchoHost(memory: memory), settings) { port in
                answers.append(try await told(port, request))
            }
            if let memory { #expect(memory.asked == 1, "it was answered on the spot") }
        }
        #expect(answers[0].statuses.count == 2 && answers[0].contains("\r\nDate: "))
        #expect(plain(answers[0]) == plain(answers[1]))
    }

    @Test(
        "What isn't plain goes the ordinary way: a body, another spelling, another method, something asked of the connection",
        arguments: [
            (ask("GET", path, "Content-Length: 5\r\n") + "hello", 200),
            (ask("GET", path, "Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n0\r\n\r\n", 200),
            (ask("GET", path, "Content-Length: 0\r\n"), 200), (ask("GET", "/api/v1//stations/nearby"), 404),
            (ask("POST", path, "Content-Length: 0\r\n"), 405), (ask("OPTIONS"), 405),
            (ask("GET", path + "#here"), 200), (ask("GET", "/api/v1/stations/nearby/"), 404),
            (ask("GET", "/api/v1/programs"), 401),
        ])
    func ordinary(request: String, status: Int) async throws {
        let memory = Memory()
        try await serving(EchoHost(memory: memory)) { port in
            let answers = try await told(port, request)
            #expect(answers.statuses == [status, 404], "\(answers)")
        }
        #expect(memory.asked == 0)
    }

    @Test("What two readers could take for two requests is refused here too")
    func smuggled() async throws {
        let memory = Memory()
        try await serving(EchoHost(memory: memory)) { port in
            let fields = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"
            let refused = try await told(port, InstantTests.ask("GET", InstantTests.path, fields))
            #expect(refused.statuses == [400])
            let twice = InstantTests.ask("GET", InstantTests.path, "Host: y\r\n")
            let refusedToo = try await told(port, twice)
            #expect(refusedToo.statuses == [400])
        }
        #expect(memory.asked == 0)
    }

    @Test(
        "HTTP/1.0, and whoever says close in whatever spelling, gets an answer and the end", arguments: [true, false])
    func ends(old: Bool) async throws {
        try await serving(EchoHost(memory: Memory())) { port in
            let request =
                old
                ? "GET \(InstantTests.path) HTTP/1.0\r\nHost: x\r\n\r\n"
                : InstantTests.ask("GET", InstantTests.path, "Connection: Close\r\n")
            let answer = try await DoorTests.ask(port, request)
            #expect(answer.statuses == [200])
        }
    }

    @Test("Pipelined requests of both kinds are answered in their order, also while one of them waits for the host")
    func order() async throws {
        let (memory, gate) = (Memory(), Gate())
        try await serving(EchoHost(gate: gate, memory: memory)) { port in
            func near(_ n: Int) -> String { InstantTests.ask("GET", InstantTests.path + "&limit=\(n)") }
            let waits = InstantTests.ask("GET", "/api/v1/programs", "Authorization: Bearer zhao\r\n")
            let text = near(1) + near(2) + waits + near(3) + InstantTests.ask("GET", "/livez") + near(4)
            async let answers = told(port, text)
            await gate.holds(1)
            #expect(memory.asked == 2, "what comes behind one that waits, waits")
            gate.open()
            let all = try await answers
            #expect(all.statuses == [200, 200, 200, 200, 200, 200, 404])
            let limits = all.components(separatedBy: "\"limit\":").dropFirst().map { $0.prefix(1) }
            #expect(limits.filter { $0 != "5" } == ["1", "2", "3", "4"])
            let afterwards = try await told(port, near(5))
            #expect(afterwards.contains("\"limit\":5"))
        }
    }

    @Test("Who sends and never reads isn't answered on and on, and is cut off; others are served meanwhile")
    func untaken() async throws {
        let memory = Memory()
        var settings = DoorSettings()
        settings.limits.answerTime = .milliseconds(500)
        settings.limits.anonymousPerMinute = 10_000_000
        try await serving(EchoHost(size: 20_000, memory: memory), settings) { port in
            let taken = try await blocking { () -> Int in
                let deaf = try RawClient(port: port, receiveBuffer: 4_096)
                // 20,000 requests ask for 400 MB; the kernel's buffers take some of what is sent and some of what is answered.
                deaf.send(String(repeating: InstantTests.ask(), count: 20_000))
                usleep(2_000_000)
                return deaf.rest().utf8.count
            }
            #expect(taken < 100 << 20, "\(taken)")
            #expect(memory.asked < 5_000, "\(memory.asked)")
            #expect(try await told(port, InstantTests.ask()).statuses == [200, 404])
        }
    }

    @Test(
        "Limits hold: too often is 429, too many at work 503, by whom a named proxy speaks for; and nothing is counted twice"
    )
    func limits() async throws {
        var settings = DoorSettings()
        settings.limits.anonymousPerMinute = 6
        settings.proxies = ["127.0.0.9"]
        let memory = Memory()
        try await serving(EchoHost(memory: memory), settings) { port in
            func asks(_ client: Int, from: String = "127.0.0.9") async throws -> String {
                let field = "X-Forwarded-For: 203.0.113.\(client)\r\n"
                return try await told(port, InstantTests.ask("GET", InstantTests.path, field), from: from)
            }
            #expect(try await asks(1).status == 200)
            let refused = try await asks(1)
            #expect(refused.status == 429 && refused.header("Retry-After") == "10")
            #expect(try await asks(2).status == 200)
            #expect(try await asks(3, from: "127.0.0.1").status == 200)
            #expect(try await asks(4, from: "127.0.0.1").status == 429, "nobody's proxy")
            #expect(memory.asked == 5)
            // What memory doesn't hold is asked of the host, and counted once.
            memory.forget()
            #expect(try await asks(5).status == 200)
        }
        settings.limits.atOnce = 1
        let (other, gate) = (Memory(), Gate())
        try await serving(EchoHost(gate: gate, memory: other), settings) { port in
            async let holds = told(port, InstantTests.ask("GET", "/api/v1/programs", "Authorization: Bearer zhao\r\n"))
            await gate.holds(1)
            let full = try await told(port, InstantTests.ask())
            #expect(full.status == 503 && full.header("Retry-After") == "1")
            #expect(other.asked == 1, "refused on the spot")
            gate.open()
            #expect(try await holds.status == 200)
        }
    }

    @Test("The access log and the metrics count it as they count others, and name nobody")
    func counted() async throws {
        for memory in [Memory(), nil] {
            let lines = Guarded<[String]>([])
            let door = Door(DoorSettings()) { line in lines.withLock { $0.append(line) } }
            try await serving(EchoHost(memory: memory), door: door) { port in
                _ = try await told(port, InstantTests.ask() + InstantTests.ask("HEAD"))
                _ = try await told(port, InstantTests.ask("GET", InstantTests.path + "&limit=0"))
            }
            let written = lines.withLock { $0 }
            let values = try written.map { try Value(json: $0) }.filter { $0["status"].int != 404 }
            #expect(values.map { $0["status"].int } == [200, 200, 400])
            #expect(values.map { $0["method"].text } == ["GET", "HEAD", "GET"])
            #expect(values.allSatisfy { $0["route"].text == "/api/v1/stations/nearby" })
            #expect(values[0]["bytes"].int ?? 0 > 0 && values[1]["bytes"].int == 0)
            #expect(Set(values.map { $0["caller"].text }).count == 1)
            for secret in ["36.1", "106.2", "127.0.0.1"] { #expect(!written.contains { $0.contains(secret) }) }
            let metrics = door.metrics.text([])
            for (method, status) in [("GET", 200), ("HEAD", 200), ("GET", 400)] {
                let label = "method=\"\(method)\",route=\"/api/v1/stations/nearby\""
                #expect(metrics.contains("niangjia_http_requests_total{\(label),status=\"\(status)\"} 1\n"))
            }
            #expect(door.standing.atWork == 0)
        }
    }

    @Test("No route that asks for a sign-in, changes something or stands under a name is ever answered on the spot")
    func open() {
        let instant = InstantRoutes(EchoHost(memory: Memory()), Door(DoorSettings()))
        for route in Routes.all {
            for method in [HTTPRequest.Method.get, .head, .post, .put, .patch, .delete, .options] {
                let head = HTTPRequest(method: method, scheme: "http", authority: "x", path: route.path)
                guard let call = instant.call(head) else { continue }
                #expect([.get, .head].contains(method) && !call.route.needsSignIn && call.route.path == route.path)
                #expect(!call.route.operation.isEmpty && !route.path.contains("{"))
            }
        }
        let near = HTTPRequest(method: .get, scheme: "http", authority: "x", path: InstantTests.path)
        #expect(instant.call(near)?.query == "latitude=36.1&longitude=106.2")
    }
}
