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
            (
                "先 niangjia program end summer-cooling-2026,再付清、发完。",
                "先 POST /api/v1/programs/summer-cooling-2026/status {\"status\":\"ended\"},再付清、发完。"
            ),
            (
                "试算:\n  niangjia program preview a-2026 --form claim --bundle 3f2a91c0ffee --as-of 2026-07-15\n  "
                    + "niangjia program preview a-2026 --form site_visit --bundle 3f2a91c0ffee",
                "试算:\n  POST /api/v1/programs/a-2026/previews "
                    + "{\"as_of\":\"2026-07-15\",\"bundle\":\"3f2a91c0ffee\",\"form\":\"claim\"}\n  "
                    + "POST /api/v1/programs/a-2026/previews {\"bundle\":\"3f2a91c0ffee\",\"form\":\"site_visit\"}"
            ),
            (
                "仍要批准:niangjia config approve 3f2a91c0 --despite-failures",
                "仍要批准:POST /api/v1/config/proposals/3f2a91c0/approval {\"despite_failures\":true}"
            ),
            (
                "退汇请用 niangjia batch returned pay-7k3m9q2wxyz01",
                "退汇请用 POST /api/v1/payments/pay-7k3m9q2wxyz01/return"
            ),
            ("没有命令的话", "没有命令的话"), ("请用 --template 写明", "请用 template 写明"),
        ])
    func words(text: String, expected: String) { #expect(CommandWords.spelled(text, .zh) == expected) }

    @Test("Texts of an answer in both languages are told so too; what people wrote stays")
    func answers() {
        let answer: Value = [
            "note": "niangjia program end a-2026",
            "reason": ["zh-CN": "先 niangjia fund claims", "en": "niangjia fund claims"],
        ]
        let told = CommandWords.spelled(answer)
        #expect(told["note"] == answer["note"])
        #expect(told["reason"]["zh-CN"] == "先 GET /api/v1/claims" && told["reason"]["en"] == "GET /api/v1/claims")
    }

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
