import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaWeb

/// Answers as they stand on the wire.
@Suite(.serialized) struct CodecTests {
    private static let last = "GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    private func told(_ port: Int, _ text: String) async throws -> String {
        try await DoorTests.ask(port, text + CodecTests.last)
    }

    @Test("A stream goes in chunks that end, and the next answer follows on the connection")
    func chunks() async throws {
        try await serving { port in
            let run = IDText.encode(prefix: "run", number: 12_345)
            let answers = try await told(
                port, "GET /api/v1/runs/\(run)/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer zhao\r\n\r\n")
            #expect(answers.statuses == [200, 404])
            #expect(answers.header("Transfer-Encoding") == "chunked" && answers.header("Content-Length") == nil)
            var rest = Substring(answers.components(separatedBy: "\r\n\r\n").dropFirst().joined(separator: "\r\n\r\n"))
            var body = ""
            while let end = rest.range(of: "\r\n") {
                let size = try #require(Int(rest[..<end.lowerBound], radix: 16))
                rest = rest[end.upperBound...]
                body += String(decoding: rest.utf8.prefix(size), as: UTF8.self)
                rest = Substring(decoding: rest.utf8.dropFirst(size), as: UTF8.self)
                #expect(rest.hasPrefix("\r\n"))
                rest = rest.dropFirst("\r\n".count)
                if size == 0 { break }
            }
            #expect(body.hasPrefix("retry: 2000\n\nid: 1\nevent: ended\ndata: {") && body.hasSuffix("}\n\n"))
            #expect(rest.hasPrefix("HTTP/1.1 404 Not Found\r\n"))
        }
    }

    @Test("Every answer says its length, its date and who gives it, and one that has no body says nothing of one")
    func fields() async throws {
        var settings = DoorSettings()
        settings.origins = ["https://pages.example"]
        try await serving(EchoHost(size: 100_000), settings) { port in
            let asks =
                "OPTIONS /api/v1/health HTTP/1.1\r\nHost: x\r\nOrigin: https://pages.example\r\n"
                + "Access-Control-Request-Method: GET\r\n\r\n"
            let answers = try await told(
                port,
                asks
                    + DoorTests.post("{\"account\":\"a\",\"password\":\"b\"}", path: "/api/v1/sessions").replacing(
                        "Connection: close\r\n", with: "") + "GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(answers.statuses == [204, 201, 200, 404])
            let heads = answers.components(separatedBy: "HTTP/1.1 ").dropFirst()
            for head in heads {
                let (status, body) = (head.prefix(3), head.components(separatedBy: "\r\n\r\n")[1])
                let whole = "HTTP/1.1 " + head
                #expect(whole.header("Server") == "niangjia")
                let date = try #require(whole.header("Date"))
                #expect(date.wholeMatch(of: /[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} 20[0-9]{2} [0-9:]{8} GMT/) != nil)
                #expect(head.components(separatedBy: "\r\nDate: ").count == 2)
                #expect(whole.header("Content-Length") == (status == "204" ? nil : "\(body.utf8.count)"))
                #expect(whole.header("Transfer-Encoding") == nil)
            }
            #expect(
                heads.map { $0.prefix { $0 != "\r\n" } } == [
                    "204 No Content", "201 Created", "200 OK", "404 Not Found",
                ])
            let refused = try await DoorTests.ask(port, "nonsense\r\n\r\n")
            #expect(refused.status == 400 && refused.header("Date") != nil)
        }
    }
}
