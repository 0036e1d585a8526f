import HTTPTypes
import NIOCore
import NiangjiaCore
import Testing

@testable import NiangjiaWeb

/// What every request passes, whatever it asks for.
@Suite(.serialized) struct DoorTests {
    static func get(_ path: String, _ fields: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: x\r\n\(fields)Connection: close\r\n\r\n"
    }

    static func ask(_ port: Int, _ text: String, from: String? = nil) async throws -> String {
        try await blocking {
            let client = try RawClient(port: port, from: from)
            client.send(text)
            return client.rest()
        }
    }

    static func post(_ body: String, token: String = "clerk", path: String = "/api/v1/cases") -> String {
        let type = path == "/api/v1/files" ? "application/octet-stream" : "application/json"
        return "POST \(path) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\nContent-Type: \(type)\r\n"
            + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
    }

    @Test(
        "Text and numbers that programs or people read in two ways are refused with their place",
        arguments: [
            ("{\"program\":\"a\",\"form\":\"b\",\"fields\":{\"n\":9007199254740992}}", "/fields/n"),
            ("{\"program\":\"a\",\"form\":\"b\",\"fields\":{\"n\":-9007199254740992}}", "/fields/n"),
            ("{\"program\":\"a\",\"form\":\"b\",\"fields\":{\"n\":1.5}}", "/fields/n"),
            ("{\"program\":\"a\",\"form\":\"b\",\"fields\":{\"n\":1e3}}", "/fields/n"),
            ("{\"program\":\"a\",\"form\":\"b\",\"fields\":{\"n\":99999999999999999999}}", "/fields/n"),
            ("{\"program\":\"a\",\"form\":\"b\",\"fields\":{\"n\":1,\"n\":2}}", "/fields/n"),
            ("{\"program\":\"a\",\"form\":\"b\",\"fields\":{\"t\":\"\\ud800\"}}", "/fields/t"),
            ("{\"program\":\"a\",\"form\":\"b\",\"fields\":{\"t\":\"\\udc00x\"}}", "/fields/t"),
            ("{\"program\":\"a\",\"form\":\"b\",\"fields\":{\"t\":\"a\\u202Eb\"}}", "/fields/t"),
            ("{\"program\":\"a\",\"form\":\"b\",\"fields\":{\"t\":\"a\u{2066}b\"}}", "/fields/t"),
            ("{\"program\":\"a\",\"form\":\"b\",\"fields\":{\"t\":\"a\\u0000b\"}}", "/fields/t"),
            ("{\"program\":\"a\",\"form\":\"b\",\"fields\":{\"t\":[\"\\u001b[31m\"]}}", "/fields/t/0"),
            ("{\"program\":\"a\",\"form\":\"b\",\"fields\":{\"a\\u202eb\":1}}", "/fields"),
            ("{\"program\":\"a\",\"form\":\"b\"} x", ""), ("[1]", ""), ("", ""), ("{\"program\":", "/program"),
        ])
    func text(body: String, place: String) async throws {
        try await serving { port in
            let told = try await DoorTests.ask(port, DoorTests.post(body))
            #expect(told.status == 400, "\(told)")
            #expect(told.contains("\"place\":\"\(place)\""), "\(told)")
        }
    }

    @Test(
        "A file is the body itself: none at all is 400; it is called bytes or what it is, and anything else is 415")
    func files() async throws {
        try await serving { port in
            func sends(_ type: String, _ body: String) async throws -> Int {
                try await DoorTests.ask(
                    port,
                    "POST /api/v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer clerk\r\nContent-Type: \(type)\r\n"
                        + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
                ).status
            }
            let none = try await sends("application/pdf", "")
            #expect(none == 400)
            #expect(try await sends("multipart/form-data; boundary=x", "--x--") == 415)
            #expect(try await sends("application/pdf", "%PDF") == 201)
            for type in ["application/octet-stream", "Text/CSV; charset=gb18030", "text/plain", "image/jpeg"] {
                #expect(try await sends(type, "%PDF") == 201, "\(type)")
            }
            for type in ["application/x-www-form-urlencoded", "text/html", "application/json"] {
                #expect(try await sends(type, "%PDF") == 415, "\(type)")
            }
        }
    }

    @Test("A probe may be asked for its head; what a probe or a body can't be is told with what it can be")
    func probes() async throws {
        try await serving { port in
            func ask(_ method: String, _ path: String) async throws -> String {
                try await DoorTests.ask(
                    port, "\(method) \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            }
            for path in ["/livez", "/readyz"] {
                let head = try await ask("HEAD", path)
                #expect(head.status == 200 && head.hasSuffix("\r\n\r\n"), "\(head)")
                let deleted = try await ask("DELETE", path)
                #expect(deleted.status == 405 && deleted.header("Allow") == "GET, HEAD", "\(deleted)")
                #expect(deleted.contains("\"code\":\"method_not_allowed\""), "\(deleted)")
            }
            let typed = try await DoorTests.ask(
                port,
                "POST /api/v1/cases HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer clerk\r\nContent-Type: text/plain\r\n"
                    + "Content-Length: 2\r\nConnection: close\r\n\r\n{}")
            #expect(typed.status == 415 && typed.header("Accept") == "application/json", "\(typed)")
        }
    }

    @Test(
        "A number in a query is decimal, as the document says",
        arguments: [
            ("36.1", 200), ("-36.1e0", 200), ("0x10", 400), ("+36", 400), ("inf", 400), ("nan", 400), ("36.", 400),
            (".5", 400), ("036", 400), ("91", 400), ("1_0", 400), ("", 400),
        ])
    func numbers(text: String, status: Int) async throws {
        try await serving { port in
            let path = "/api/v1/stations/nearby?latitude=\(text)&longitude=106.2"
            let told = try await DoorTests.ask(port, DoorTests.get(path))
            #expect(told.status == status)
        }
    }

    @Test("Nesting, and how much there is, have bounds; what is within them passes")
    func depth() async throws {
        try await serving { port in
            func nested(_ depth: Int) -> String {
                "{\"program\":\"a\",\"form\":\"b\",\"fields\":{\"d\":" + String(repeating: "[", count: depth)
                    + String(repeating: "]", count: depth) + "}}"
            }
            let shallow = try await DoorTests.ask(port, DoorTests.post(nested(3)))
            #expect(shallow.status == 201)
            #expect(try await DoorTests.ask(port, DoorTests.post(nested(4))).status == 400)
            #expect(try await DoorTests.ask(port, DoorTests.post(nested(20))).status == 400)
            #expect(try await DoorTests.ask(port, DoorTests.post(nested(50_000))).status == 400)
            let wide =
                "{\"program\":\"a\",\"form\":\"b\",\"fields\":{\"w\":[" + String(repeating: "1,", count: 20_001)
                + "1]}}"
            #expect(try await DoorTests.ask(port, DoorTests.post(wide)).status == 400)
            let name =
                "{\"program\":\"a\",\"form\":\"b\",\"fields\":{\"t\":\"阿依古丽·示例\\n第二行\\t😀\",\"n\":9007199254740991}}"
            #expect(try await DoorTests.ask(port, DoorTests.post(name)).status == 201)
        }
    }

    @Test("An account that asks too often hears 429 and when to come back; another account isn't held up")
    func accounts() async throws {
        var settings = DoorSettings()
        settings.limits.perMinute = 12
        try await serving(EchoHost(), settings) { port in
            func asks(_ token: String) async throws -> String {
                try await DoorTests.ask(port, DoorTests.get("/api/v1/programs", "Authorization: Bearer \(token)\r\n"))
            }
            #expect(try await asks("zhao").status == 200)
            #expect(try await asks("zhao").status == 200)
            let refused = try await asks("zhao")
            #expect(refused.status == 429 && refused.contains("rate_limited"))
            let seconds = try #require(refused.header("Retry-After").flatMap { Int($0) })
            #expect((1...5).contains(seconds))
            #expect(try await asks("qian").status == 200)
        }
    }

    @Test("A bucket fills with time, by its rate, to its burst")
    func bucket() {
        let buckets = Buckets(perMinute: 60)
        let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
        for _ in 0..<10 { #expect(buckets.take("a", now: start) == nil) }
        #expect(buckets.take("a", now: start) == 1)
        #expect(buckets.take("a", now: start + .milliseconds(999)) == 1)
        #expect(buckets.take("a", now: start + .milliseconds(2_000)) == nil)
        for _ in 0..<10 { #expect(buckets.take("a", now: start + .hours(1)) == nil) }
        #expect(buckets.take("a", now: start + .hours(1)) == 1)
    }

    @Test(
        "Beyond what may be at work it is 503 with Retry-After; whether it lives is told all the same, and all recovers"
    )
    func full() async throws {
        var settings = DoorSettings()
        settings.limits.atOnce = 3
        settings.limits.atOnceByClient = 2
        let gate = Gate()
        try await serving(EchoHost(gate: gate), settings) { port in
            let waiting = DoorTests.get("/api/v1/programs", "Authorization: Bearer zhao\r\n")
            async let a = DoorTests.ask(port, waiting, from: "127.0.0.1")
            async let b = DoorTests.ask(port, waiting, from: "127.0.0.1")
            await gate.holds(2)
            let third = try await DoorTests.ask(port, waiting, from: "127.0.0.1")
            #expect(third.status == 503 && third.header("Retry-After") == "1")
            async let c = DoorTests.ask(port, waiting, from: "127.0.0.2")
            await gate.holds(3)
            #expect(try await DoorTests.ask(port, waiting, from: "127.0.0.3").status == 503)
            #expect(try await DoorTests.ask(port, DoorTests.get("/livez"), from: "127.0.0.3").status == 200)
            gate.open()
            let all = try await [a, b, c]
            #expect(all.map(\.status) == [200, 200, 200])
            #expect(try await DoorTests.ask(port, waiting, from: "127.0.0.3").status == 200)
        }
    }

    @Test(
        "What a proxy writes is one client however it is spelt, and what is no address is nobody's",
        arguments: [
            ("203.0.113.1", "203.0.113.1"), (" 203.0.113.1\t", "203.0.113.1"), ("203.0.113.1:50311", "203.0.113.1"),
            ("::ffff:203.0.113.1", "203.0.113.1"), ("::FFFF:cb00:7101", "203.0.113.1"),
            ("[::ffff:203.0.113.1]:443", "203.0.113.1"), ("2001:DB8:0::1", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"), ("[2001:db8::1]", "2001:db8::1"), ("", nil), ("unknown", nil),
            ("203.0.113.1:", nil), ("203.0.113.1:x", nil), ("203.0.113.1:123456", nil), ("004.4.4.4", nil),
            ("0x4.4.4.4", nil), ("4.4.4.4.", nil), ("4.4.4", nil), ("[203.0.113.1]:443", nil), ("[2001:db8::1", nil),
            ("[2001:db8::1]443", nil), ("2001:db8::1%eth0", nil), ("203.0.113.1 203.0.113.2", nil),
        ] as [(String, String?)])
    func forwardedSpelling(written: String, client: String?) throws {
        var settings = DoorSettings()
        settings.proxies = ["127.0.0.9"]
        let door = Door(settings)
        let name = try #require(HTTPField.Name("X-Forwarded-For"))
        let headers: HTTPFields = [name: "198.51.100.1," + written]
        #expect(door.client(peer: "127.0.0.9", headers) == client ?? "127.0.0.9")
        #expect(door.client(peer: "127.0.0.1", headers) == "127.0.0.1")
    }

    @Test("X-Forwarded-For is read from a named proxy only, and only the address that it added")
    func forwarded() async throws {
        var settings = DoorSettings()
        settings.limits.anonymousPerMinute = 6
        settings.proxies = ["127.0.0.9"]
        try await serving(EchoHost(), settings) { port in
            func asks(_ fields: String, from: String) async throws -> Int {
                try await DoorTests.ask(port, DoorTests.get("/api/v1/health", fields), from: from).status
            }
            // Nobody's proxy: however many addresses it makes up, it is one client.
            #expect(try await asks("X-Forwarded-For: 203.0.113.1\r\n", from: "127.0.0.1") == 200)
            #expect(try await asks("X-Forwarded-For: 203.0.113.2\r\n", from: "127.0.0.1") == 429)
            // The proxy's clients are told apart; what they write themselves stands before what the proxy adds.
            #expect(try await asks("X-Forwarded-For: 203.0.113.3\r\n", from: "127.0.0.9") == 200)
            #expect(try await asks("X-Forwarded-For: 198.51.100.1, 203.0.113.3\r\n", from: "127.0.0.9") == 429)
            #expect(try await asks("X-Forwarded-For: 203.0.113.4\r\n", from: "127.0.0.9") == 200)
            let secure = "X-Forwarded-Proto: https\r\nX-Forwarded-For: 203.0.113.5\r\n"
            let byProxy = try await DoorTests.ask(port, DoorTests.get("/livez", secure), from: "127.0.0.9")
            #expect(byProxy.header("Strict-Transport-Security") != nil)
            let forged = try await DoorTests.ask(port, DoorTests.get("/livez", secure), from: "127.0.0.1")
            #expect(forged.header("Strict-Transport-Security") == nil)
        }
    }

    @Test(
        "Every answer carries the security headers, refusals and unknown addresses too; no page is let in unless it is named"
    )
    func headers() async throws {
        var settings = DoorSettings()
        try await serving(EchoHost(), settings) { port in
            let origin = "Origin: https://evil.example\r\n"
            for text in [
                DoorTests.get("/livez", origin), DoorTests.get("/nowhere", origin),
                DoorTests.get("/api/v1/programs", origin),
                DoorTests.post("{", token: "wrong"),
            ] {
                let told = try await DoorTests.ask(port, text)
                #expect(told.header("X-Content-Type-Options") == "nosniff")
                #expect(told.header("Content-Security-Policy")?.contains("default-src 'none'") == true)
                #expect(told.header("X-Frame-Options") == "DENY")
                #expect(told.header("Referrer-Policy") == "no-referrer")
                #expect(told.header("Cache-Control") == "no-store")
                #expect(told.header("Access-Control-Allow-Origin") == nil)
            }
        }
        settings.origins = ["https://pages.example"]
        try await serving(EchoHost(), settings) { port in
            func asks(_ origin: String, _ method: String = "GET", _ more: String = "") async throws -> String {
                try await DoorTests.ask(
                    port,
                    "\(method) /api/v1/health HTTP/1.1\r\nHost: x\r\nOrigin: \(origin)\r\n\(more)Connection: close\r\n\r\n"
                )
            }
            let own = try await asks("https://pages.example")
            #expect(
                own.header("Access-Control-Allow-Origin") == "https://pages.example" && own.header("Vary") == "Origin")
            #expect(try await asks("https://evil.example").header("Access-Control-Allow-Origin") == nil)
            let first = "Access-Control-Request-Method: POST\r\n"
            #expect(try await asks("https://pages.example", "OPTIONS", first).status == 204)
            let strange = try await asks("https://evil.example", "OPTIONS", first)
            #expect(strange.status == 405 || strange.status == 404)
            #expect(strange.header("Access-Control-Allow-Origin") == nil)
        }
    }

    @Test("The access log and the metrics name routes, never what was asked for or by whom")
    func told() async throws {
        let lines = Guarded<[String]>([])
        let server = Guarded<String>("")
        var settings = DoorSettings()
        settings.metrics = "127.0.0.1:0"
        try await serving(EchoHost(), settings, log: { line in lines.withLock { $0.append(line) } }) { port in
            let bearer = "Authorization: Bearer zhaoliu\r\n"
            let path = "/api/v1/cases/" + IDText.encode(prefix: "c", number: 12_345_678)
            _ = try await DoorTests.ask(port, DoorTests.get(path, bearer))
            _ = try await DoorTests.ask(port, DoorTests.get("/api/v1/stations/nearby?latitude=36.1&longitude=106.2"))
            _ = try await DoorTests.ask(port, DoorTests.get("/etc/passwd?x=secret"))
            _ = try await DoorTests.ask(port, DoorTests.get("/livez"))
            _ = try await DoorTests.ask(port, "SECRET /api/v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            server.withLock { $0 = "\(port)" }
        }
        let told = lines.withLock { $0 }
        let values = try told.map { try Value(json: $0) }
        #expect(values.count >= 4)
        #expect(values[0]["route"].text == "/api/v1/cases/{id}" && values[0]["status"].int == 200)
        #expect(values[1]["route"].text == "/api/v1/stations/nearby")
        #expect(values[2]["route"].text == "other" && values[2]["status"].int == 404)
        #expect(values[3]["route"].text == "/livez" && values[3]["status"].int == 200)
        for line in told {
            for secret in [
                IDText.encode(prefix: "c", number: 12_345_678), "zhaoliu", "36.1", "passwd", "secret", "SECRET",
                "127.0.0.1",
            ] {
                #expect(!line.contains(secret), "\(line)")
            }
        }
        #expect(values[0]["caller"].text?.count == 16 && values[0]["caller"] != values[1]["caller"])
    }
}
