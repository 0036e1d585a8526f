import Foundation
import NiangjiaCore
import NiangjiaWeb
import Testing

@testable import NiangjiaServer

@Suite struct APIDocumentTests {
    private func document() throws -> String {
        try String(contentsOfFile: TestCity.root + "/docs/api.md", encoding: .utf8)
    }

    @Test("Routes that docs/api.md names are there")
    func named() throws {
        let text = try document()
        let routes = Set(Routes.all.map { "\($0.method) \($0.path)" })
        let named = text.matches(of: /`((?:GET|POST|PUT|DELETE) \/api\/[^`?]*)`/).map { String($0.output.1) }
        #expect(named.count > 40)
        for route in named { #expect(routes.contains(route), "\(route)") }
    }

    @Test("Every example of docs/api.md works as it stands, against a real server")
    func examples() async throws {
        let blocks = try document().components(separatedBy: "```sh\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        #expect(blocks.count > 8)
        let city = try await TestCity()
        // Nobody of them may more than the block that names them needs.
        try await city.add("clerk", .clerk)
        try await city.add("treasurer", .treasurer)
        try await city.add("auditor", .auditor)
        try await city.importPeople()
        _ = try await city.run("program.decide", ["program": "summer-cooling-2026", "form": "package"], as: "office")
        let (unit, person) = try await city.host.store.read { reader in
            (
                try reader.first("SELECT code FROM organization WHERE level = 'basic' ORDER BY code") { $0.text(0) },
                try reader.first("SELECT subject FROM decision WHERE subject_kind = 'person' ORDER BY id") {
                    $0.id(0, Person.self).text
                }
            )
        }
        let proof = city.temporary.file("proof.pdf")
        try Data("%PDF-1.4 proof".utf8).write(to: URL(fileURLWithPath: proof))
        // A failed assignment of $( ) ends the script too, as does an example that answers nothing.
        let script =
            "set -euo pipefail\n" + blocks.joined(separator: "\n")
            + "\nfor v in \"$TOKEN\" \"$FILE\" \"$CASE\"; do [ -n \"$v\" ]; done\n"
        let ports = AsyncStream.makeStream(of: Int.self)
        let host = city.host
        let server = Task {
            try await Server.serve(host, listen: "127.0.0.1:0", isReady: { ports.continuation.yield($0) }) { _ in }
        }
        for await port in ports.stream {
            let environment = [
                "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
                "HOST": "http://127.0.0.1:\(port)", "ACCOUNT": "clerk", "NIANGJIA_PASSWORD": TestCity.password,
                "PROOF": proof, "UNIT": unit ?? "", "PERSON": person ?? "", "NO_PROXY": "127.0.0.1",
            ]
            let (status, output) = try await offPool { () throws -> (Int32, String) in
                let process = Process()
                process.executableURL = URL(fileURLWithPath: "/bin/bash")
                process.arguments = ["-c", script]
                process.environment = environment
                let pipe = Pipe()
                process.standardOutput = pipe
                process.standardError = pipe
                try process.run()
                let data = pipe.fileHandleForReading.readDataToEndOfFile()
                process.waitUntilExit()
                return (process.terminationStatus, String(decoding: data, as: UTF8.self))
            }
            #expect(status == 0, "\(output.suffix(2_000))")
            #expect(output.contains("\"state\":\"withdrawn\""))
            break
        }
        server.cancel()
        _ = try? await server.value
        try await city.host.close()
    }
}
