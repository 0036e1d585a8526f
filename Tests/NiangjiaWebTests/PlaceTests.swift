import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaWeb

/// How a body may come, and where a problem says that it is.
@Suite struct PlaceTests {
    /// Sends a sign-in with some fields of its head and this as its body; returns the answer.
    private func send(_ fields: String, _ body: String) async throws -> String {
        var told = ""
        try await serving { port in
            told = try await blocking {
                let client = try RawClient(port: port)
                client.send(WireTests.head + fields + "Connection: close\r\n\r\n" + body)
                return client.rest()
            }
        }
        return told
    }

    private func problem(_ answer: String) throws -> Value {
        try Value(jsonBytes: Array((answer.components(separatedBy: "\r\n\r\n").last ?? "").utf8))
    }

    @Test(
        "A packed body is refused for what it is; identity is no packing",
        arguments: [("gzip", 415), ("br", 415), ("identity, gzip", 415), ("identity", 201), ("Identity ", 201)])
    func encodings(coding: String, status: Int) async throws {
        let body = WireTests.body
        let told = try await send("Content-Encoding: \(coding)\r\nContent-Length: \(body.utf8.count)\r\n", body)
        #expect(told.status == status, "\(told)")
        if status == 415 {
            #expect(try problem(told)["place"].text == "header:Content-Encoding", "\(told)")
            #expect(told.header("Accept-Encoding") == "identity" && told.header("Accept") == nil, "\(told)")
        }
    }

    @Test(
        "A transfer coding that nobody here understands is 501, and one that says the same twice is no request",
        arguments: [("gzip, chunked", 501), ("identity, chunked", 501), ("chunked, chunked", 400), ("Chunked", 201)])
    func transfers(coding: String, status: Int) async throws {
        let body = "\(String(WireTests.body.utf8.count, radix: 16))\r\n\(WireTests.body)\r\n0\r\n\r\n"
        let told = try await send("Transfer-Encoding: \(coding)\r\n", body)
        #expect(told.statuses == [status], "\(told)")
        if status == 501 { #expect(try problem(told)["code"].text == "not_implemented", "\(told)") }
    }

    @Test(
        "What can't be read is told by its JSON pointer; the whole body is the empty one; what isn't allowed isn't repeated",
        arguments: [
            (#"{"account":{"a/b":[1,2.5]}}"#, "/account/a~1b/1"), ("[]", ""), (#"{"account":"a"}x"#, ""),
            (#"{"account":"#, "/account"), (#"{"account" "a"}"#, ""), ("{\"\u{202E}\":1.5}", ""),
            (#"{"account":1,"password":"b"}"#, "/account"), (#"{"account":["x" "y"]}"#, "/account"),
            (#"{"account":"a","account":"b"}"#, "/account"),
        ])
    func pointers(body: String, place: String) async throws {
        let told = try await send("Content-Length: \(body.utf8.count)\r\n", body)
        #expect(told.status == 400, "\(told)")
        #expect(try problem(told)["place"] == .text(place), "\(told)")
    }

    @Test(
        "What an operation says of its arguments is told as the request carries them; ids and paths of the machine are not"
    )
    func spelled() throws {
        let preview = try #require(
            Routes.all.first { $0.path == "/api/v1/programs/{id}/previews" && $0.method == .post })
        let runs = try #require(Routes.all.first { $0.operation == "program.runs" })
        let result = try #require(Routes.all.first { $0.operation == "batch.result" })
        let file = "/data/incoming/3f2a"
        for (route, told, place) in [
            (preview, "/program", "path:id"), (preview, "/form", "/form"), (preview, "/proposed", nil),
            (preview, "", ""), (preview, "forms.ask.by", nil), (preview, "line/a/available", nil),
            (preview, "/var/lib/city", nil), (preview, "config/funds.yaml", "config/funds.yaml"),
            (preview, "plugins/a/plugin.yaml:9: forms.ask", "plugins/a/plugin.yaml:9: forms.ask"),
            (preview, "名册.csv:3", "名册.csv:3"), (preview, "会员!C2", "会员!C2"), (runs, "/program", "query:program"),
            (result, "/batch", "path:id"), (result, "/file", ""), (result, file, ""), (result, file + ":@1", "body:@1"),
            (result, "3f2a:12", "body:12"), (result, "run-c36ryrzr04004", nil),
        ] as [(Route, String, String?)] {
            #expect(ProblemPlace.spelled(told, route, file: file) == place, "\(told)")
        }
    }

    @Test("Every place in the sources is an argument that a request carries, or in a file")
    func sources() throws {
        // What only commands take.
        let ofCommands: Set = [
            "device", "head", "mend", "number", "out", "proposed", "role", "roles",
        ]
        let arguments = Set(Routes.all.flatMap(\.parameters).map(\.argument)).union(ofCommands)
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources")
        var count = 0
        for room in ["NiangjiaCore", "NiangjiaServer"] {
            let files = FileManager.default.enumerator(
                at: root.appendingPathComponent(room), includingPropertiesForKeys: nil)
            while let file = files?.nextObject() as? URL {
                guard file.pathExtension == "swift" else { continue }
                let text = try String(contentsOf: file, encoding: .utf8)
                for found in text.matches(of: /place: "([^"\\]+)/) {
                    let place = String(found.1)
                    let argument = String(place.dropFirst().prefix { $0.isLowercase || $0 == "_" })
                    let isKnown =
                        place.hasPrefix("/") ? place == "/" || arguments.contains(argument) : place.contains("/")
                    #expect(isKnown || place == "messages.", "\(file.lastPathComponent): \(place)")
                    count += 1
                }
            }
        }
        #expect(count > 100)
    }

    @Test("An answer that nobody accepts is told by its header")
    func accepted() async throws {
        let body = WireTests.body
        let told = try await send("Accept: image/webp\r\nContent-Length: \(body.utf8.count)\r\n", body)
        #expect(told.status == 406, "\(told)")
        #expect(try problem(told)["place"].text == "header:Accept", "\(told)")
    }

    @Test("An integer that is too large is told its range, not that it is none")
    func range() throws {
        do {
            try Schema.free.check(.int(.max), at: "/fields/n")
            Issue.record("taken")
        } catch let error as NiangjiaError {
            #expect(error.message.zh.contains("9007199254740991") && error.message.en.contains("9007199254740991"))
        }
    }

    @Test("An address that is too long is 414, where memory answers too, and the document lists it everywhere")
    func addresses() async throws {
        let long = String(repeating: "9", count: 5_000)
        try await serving { port in
            for path in ["/api/v1/cases?program=\(long)", "/api/v1/stations/nearby?latitude=\(long)&longitude=1"] {
                let told = try await blocking {
                    let client = try RawClient(port: port)
                    client.send("GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    return client.rest()
                }
                #expect(told.status == 414 && told.contains("\"code\":\"uri_too_long\""), "\(told)")
            }
        }
        for route in Routes.all {
            #expect(OpenAPIDocument.statuses(route).contains(414) && OpenAPIDocument.statuses(route).contains(501))
        }
    }

    @Test("Every JSON body has an example, and a list that is whole says so")
    func document() {
        for route in Routes.all where route.hasBody { #expect(route.example != nil, "\(route.path)") }
        for route in Routes.all {
            let isWhole: Bool
            switch route.answer {
            case .page: isWhole = false
            case .whole(_, let why):
                isWhole = true
                #expect(!why.zh.isEmpty && !why.en.isEmpty, "\(route.path)")
            case .one, .events, .file: continue
            }
            let told = OpenAPIDocument.value["paths"][route.path][route.method.rawValue.lowercased()]["responses"]
            let next = told["\(route.status)"]["content"]["application/json"]["schema"]["properties"]["next"]["type"]
            #expect((next == "null") == isWhole, "\(route.path)")
            for name in ["after", "limit"] where !isWhole {
                #expect(route.query.contains { $0.name == name }, "\(route.path)")
            }
        }
    }
}
