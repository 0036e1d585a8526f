import Foundation
import Testing

@testable import NiangjiaWeb

@Suite struct RouteListTests {
    private static let path =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path + "/docs/reference/api.md"

    @Test("generated: docs/reference/api.md lists the routes as they are")
    func generated() throws {
        if ProcessInfo.processInfo.environment["NIANGJIA_UPDATE"] != nil {
            try RouteList.markdown.write(toFile: Self.path, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOfFile: Self.path, encoding: .utf8) == RouteList.markdown)
    }
}
