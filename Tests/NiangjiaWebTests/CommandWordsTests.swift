import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaWeb

@Suite struct CommandWordsTests {
    @Test(
        "What a text says in commands is said in requests over HTTP",
        arguments: [
            (
                "先运行 niangjia config propose,再由另一人 niangjia config approve。",
                "先运行 POST /api/v1/config/proposals,再由另一人 POST /api/v1/config/proposals/{id}/approval。"
            ),
            ("(niangjia account add … --role system_admin)。", "(由管理员在主机上办理)。"),
            ("没有命令的话", "没有命令的话"), ("请用 --template 写明", "请用 template 写明"),
        ])
    func words(text: String, expected: String) { #expect(CommandWords.spelled(text, .zh) == expected) }

    @Test("No text of the host that names a command names it over HTTP")
    func everyText() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources")
        var count = 0
        for room in ["NiangjiaCore", "NiangjiaServer", "NiangjiaExchange", "NiangjiaPlugins"] {
            let files = FileManager.default.enumerator(
                at: root.appendingPathComponent(room), includingPropertiesForKeys: nil)
            while let file = files?.nextObject() as? URL {
                guard file.pathExtension == "swift" else { continue }
                let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
                for line in lines where line.contains("niangjia ") && !line.contains("///") {
                    let told = CommandWords.spelled(String(line), .en)
                    #expect(!told.contains("niangjia "), "\(line)")
                    count += 1
                }
            }
        }
        #expect(count > 50)
    }
}
