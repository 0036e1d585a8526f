import NiangjiaCore
import Testing

@Suite("Names of files that people hand in") struct FileNameTests {
    @Test(
        arguments: [
            ("会员.csv", "会员.csv"), ("/srv/zhang/会员 2026.xlsx", "会员 2026.xlsx"), ("C:\\a\\b.csv", "b.csv"),
            ("../../etc/passwd", "passwd"), ("a\u{202E}fdp.exe\u{0000}\n", "afdp.exe"),
            ("\u{2066}\u{200B}x\u{FEFF}.csv", "x.csv"),
            ("  a.csv ", "a.csv"), ("..", nil), ("/", nil), ("", nil), ("\u{202E}", nil), ("a/", "a"),
        ] as [(String, String?)])
    func plain(_ given: String, _ kept: String?) { #expect(FileName.plain(given) == kept) }

    @Test func longNamesKeepTheirEnding() throws {
        let name = try #require(FileName.plain(String(repeating: "长", count: 5_000) + ".csv"))
        #expect(name.unicodeScalars.count == FileName.longest)
        #expect(name.hasSuffix("长.csv") && name.contains("…"))
        let marked = try #require(FileName.plain("a" + String(repeating: "\u{0301}", count: 5_000)))
        #expect(marked.unicodeScalars.count == FileName.longest)
    }
}
