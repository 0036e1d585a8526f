import Foundation
import NIOCore
import NiangjiaCore
import Testing

@testable import NiangjiaWeb

/// What comes in beyond a head is bounded by who sends it, and of whoever can't be answered yes nothing is read.
@Suite(.serialized) struct BodyShareTests {
    private static func head(_ path: String, _ length: Int, _ fields: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\(fields)Content-Length: \(length)\r\n\r\n"
    }

    @Test("Something has a bound in all and one for each; what is refused takes nothing")
    func shares() {
        let shares = Shares(most: 10, byName: 6)
        #expect(shares.take(6, for: "a"))
        #expect(!shares.take(1, for: "a") && shares.taken == 6)
        #expect(shares.take(4, for: "b"))
        #expect(!shares.take(1, for: "b"), "there is none left in all")
        shares.give(6, of: "a")
        #expect(shares.take(2, for: "b") && shares.taken == 6)
    }

    @Test("One address with bodies that don't end takes no more than its share: others sign in meanwhile")
    func oneAddress() async throws {
        var settings = DoorSettings()
        settings.limits.bodiesBytes = 30_000
        settings.limits.bodiesBytesByClient = 12_000
        let door = Door(settings)
        try await serving(EchoHost(), door: door) { port in
            let told = try await blocking {
                // Two bodies of 7,000 bytes that lack the last one each; the second is beyond the share.
                let body = String(repeating: " ", count: 6_999)
                let first = try RawClient(port: port, from: "127.0.0.1")
                first.send(Self.head("/api/v1/sessions", 7_000) + body)
                while door.bodies.taken < 6_999 { usleep(1_000) }
                let second = try RawClient(port: port, from: "127.0.0.1")
                second.send(Self.head("/api/v1/sessions", 7_000) + body)
                let refused = second.answer()
                let text = "{\"account\":\"zhao\",\"password\":\"ten letters or more\"}"
                let other = try RawClient(port: port, from: "127.0.0.2")
                other.send(Self.head("/api/v1/sessions", text.utf8.count) + text)
                return (refused, other.answer())
            }
            #expect(told.0.status == 503 && told.0.contains("busy"), "\(told.0)")
            #expect(told.1.status == 201, "\(told.1)")
        }
        #expect(door.bodies.taken == 0)
    }

    @Test(
        "Whoever hasn't signed in, asks for nothing there is, or says more than names and passwords need hears it before the body",
        arguments: [
            ("/api/v1/cases", "", 401), ("/api/v1/cases", "Authorization: Basic eA==\r\n", 401),
            ("/api/v1/cases", "Authorization: Bearer wrong\r\n", 401), ("/api/v1/nothing", "", 404),
            ("/api/v1/health", "", 405), ("/api/v1/sessions", "", 413),
            ("/api/v1/me/password", "Authorization: Bearer zhao\r\n", 413),
        ])
    func unread(path: String, fields: String, status: Int) async throws {
        try await serving { port in
            let told = try await blocking {
                let client = try RawClient(port: port)
                // Nothing of the body is ever sent.
                client.send(Self.head(path, 900_000, fields))
                return client.answer()
            }
            #expect(told.status == status, "\(told)")
        }
    }

    @Test("Who may not ask for it hears so before a file is on the disk, and again for a key that was answered before")
    func rights() async throws {
        try await serving(EchoHost(refused: ["file.add", "case.submit"])) { port in
            let told = try await blocking {
                let client = try RawClient(port: port)
                client.send(Self.head("/api/v1/files", 900_000, "Authorization: Bearer zhao\r\n"))
                return client.answer()
            }
            #expect(told.status == 403, "\(told)")
            let again = try await DoorTests.ask(port, DoorTests.post("{\"program\":\"a\",\"form\":\"b\"}"))
            #expect(again.status == 403)
        }
    }

    @Test("Files on their way have a share of the disk for each account; it is given back whatever becomes of them")
    func spooled() async throws {
        var settings = DoorSettings()
        settings.limits.spooledBytesByAccount = 1_000
        let door = Door(settings)
        try await serving(EchoHost(), door: door) { port in
            func sends(_ count: Int) async throws -> Int {
                let body = "%PDF" + String(repeating: "x", count: count - 4)
                return try await DoorTests.ask(port, DoorTests.post(body, path: "/api/v1/files")).status
            }
            let told = [try await sends(900), try await sends(1_100), try await sends(900)]
            #expect(told == [201, 503, 201])
        }
        #expect(door.spooled.taken == 0)
    }

    @Test("Strangers are counted by what they ask in vain, too: wrong tokens, none, and nothing there")
    func vain() async throws {
        for fields in ["", "Authorization: Bearer wrong\r\n"] {
            var settings = DoorSettings()
            settings.limits.anonymousPerMinute = 12
            try await serving(EchoHost(), settings) { port in
                for path in ["/api/v1/programs", "/api/v1/nothing"] {
                    let first = try await DoorTests.ask(port, DoorTests.get(path, fields)).status
                    #expect(first == (path.hasSuffix("nothing") ? 404 : 401))
                }
                #expect(try await DoorTests.ask(port, DoorTests.get("/api/v1/programs", fields)).status == 429)
                #expect(try await DoorTests.ask(port, DoorTests.get("/api/v1/nothing", fields)).status == 429)
                #expect(
                    try await DoorTests.ask(
                        port, DoorTests.get("/api/v1/programs", "Authorization: Bearer zhao\r\n")
                    ).status == 200)
            }
        }
    }

    @Test("An address signs in so many times in a minute; another one isn't held up")
    func signIns() async throws {
        var settings = DoorSettings()
        settings.limits.signInsPerMinute = 12
        try await serving(EchoHost(), settings) { port in
            let text = "{\"account\":\"zhao\",\"password\":\"ten letters or more\"}"
            func signIn(_ from: String) async throws -> Int {
                let request = Self.head("/api/v1/sessions", text.utf8.count, "Connection: close\r\n") + text
                return try await DoorTests.ask(port, request, from: from).status
            }
            var told: [Int] = []
            for from in ["127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.2"] { told.append(try await signIn(from)) }
            #expect(told == [201, 201, 429, 201])
        }
    }

    @Test("A place among an account's streams is free again when its stream is gone")
    func streams() throws {
        var settings = DoorSettings()
        settings.limits.streamsByAccount = 1
        let door = Door(settings)
        let account = Account(id: "zhao", display: "zhao", roles: [])
        var place = StreamPlace(of: account, door)
        #expect(place != nil && StreamPlace(of: account, door) == nil)
        #expect(StreamPlace(of: Account(id: "qian", display: "qian", roles: []), door) != nil)
        place = nil
        #expect(StreamPlace(of: account, door) != nil && door.streams.taken == 0)
    }
}
