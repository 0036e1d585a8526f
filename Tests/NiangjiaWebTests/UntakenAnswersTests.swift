import NIOCore
import NiangjiaCore
import Testing

@testable import NiangjiaWeb

/// Whoever takes nothing of what was answered pays for it, and nobody else.
@Suite(.serialized) struct UntakenAnswersTests {
    private final class Connection {}

    @Test("Beyond the bound whoever has taken nothing for longest is ended; beyond a client's own, one of its own")
    func bounds() {
        var limits = DoorLimits()
        limits.answersBytes = 100
        limits.answersBytesByClient = 60
        let untaken = UntakenAnswers(limits)
        let ended = Guarded<[String]>([])
        var connections: [String: Connection] = [:]
        func hold(_ name: String, of client: String, _ bytes: Int, since: UInt64) {
            let connection = connections[name] ?? Connection()
            connections[name] = connection
            untaken.hold(
                ObjectIdentifier(connection), of: client, bytes: bytes, since: .uptimeNanoseconds(since),
                end: { ended.withLock { $0.append(name) } })
        }
        hold("a", of: "x", 30, since: 5)
        hold("b", of: "y", 30, since: 3)
        hold("c", of: "x", 30, since: 1)
        #expect(untaken.bytes == 90 && ended.withLock { $0 } == [])
        hold("d", of: "z", 30, since: 9)
        #expect(ended.withLock { $0 } == ["c"] && untaken.bytes == 90)
        hold("a", of: "x", 10, since: 6)
        #expect(untaken.bytes == 70)
        hold("e", of: "y", 40, since: 10)
        #expect(ended.withLock { $0 } == ["c", "b"], "its own, although it isn't the oldest of all")
        hold("f", of: "w", 500, since: 11)
        #expect(ended.withLock { $0.sorted() } == ["a", "b", "c", "d", "e"], "one answer may be larger than the bound")
        if let last = connections["f"] { untaken.release(ObjectIdentifier(last)) }
        #expect(untaken.bytes == 0)
    }

    @Test("Slow readers beyond the bound of memory crowd out each other, never who takes what is answered")
    func crowded() async throws {
        var settings = DoorSettings()
        settings.limits.answersBytes = 16 << 20
        // Nobody is ended for the time that it takes.
        settings.limits.answerTime = .seconds(3_600)
        let size = 4 << 20
        try await serving(EchoHost(size: size), settings) { port in
            let told = try await blocking { () -> (first: Int, honest: [Int]) in
                var honest: [Int] = []
                let slow = try (1...8).map { n in
                    let client = try RawClient(port: port, from: "127.0.1.\(n)", receiveBuffer: 4_096)
                    client.send("GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
                    client.begins()
                    let other = try RawClient(port: port, from: "127.0.2.1")
                    other.send("GET /api/v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    honest.append(other.rest().utf8.count)
                    return client
                }
                return (slow[0].rest().utf8.count, honest)
            }
            #expect(told.honest.allSatisfy { $0 > size })
            #expect(told.first < size, "the first to take nothing was ended for the others")
        }
    }

    @Test("A deadline isn't moved by a few bytes: who takes too little is ended as who takes nothing")
    func trickle() async throws {
        var settings = DoorSettings()
        settings.limits.answerTime = .milliseconds(300)
        settings.limits.answerRate = 1 << 20
        let size = 8 << 20
        try await serving(EchoHost(size: size), settings) { port in
            let taken = try await blocking {
                let client = try RawClient(port: port, receiveBuffer: 4_096)
                client.send("GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
                return client.rest(every: 20_000, pieces: 64)
            }
            #expect(taken < size)
        }
    }

    @Test(
        "One host, said once: HTTP/1.1 asks for it",
        arguments: ["", "Host: a\r\nHost: b\r\n", "Host: a\r\nHost: a\r\n", "Host:\r\n"])
    func host(fields: String) async throws {
        try await serving { port in
            let told = try await blocking {
                let client = try RawClient(port: port)
                client.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\nGET /livez HTTP/1.1\r\n\(fields)\r\n")
                return client.rest()
            }
            #expect(told.statuses == [200, 400], "\(told)")
        }
    }
}
