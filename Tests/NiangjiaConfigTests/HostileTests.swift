import NiangjiaConfig
import NiangjiaCore
import Testing

@Suite("No text breaks or stalls the reader")
struct HostileTests {
    static let patterns: [(name: String, text: String)] = [
        ("flow sequences", String(repeating: "[", count: 1_000_000)),
        ("flow mappings", String(repeating: "{a: ", count: 250_000)),
        ("block sequences", String(repeating: "- ", count: 500_000)),
        ("question marks", String(repeating: "? ", count: 500_000)),
        ("colons", String(repeating: ": ", count: 500_000)),
        ("one long key", String(repeating: "a", count: 1_000_000)),
        ("many keys", (0..<100_000).map { "k\($0): 1\n" }.joined()),
        ("many anchors", (0..<60_000).map { "- &a\($0) x\n" }.joined()),
        ("many aliases", "- &a x\n" + String(repeating: "- *a\n", count: 200_000)),
        ("unclosed quote", "a: \"" + String(repeating: "x\n ", count: 300_000)),
        ("block text", "a: |\n" + String(repeating: "  x\n", count: 250_000)),
        ("folded text", "a: >\n" + String(repeating: "  x\n\n", count: 200_000)),
        ("commas", "[" + String(repeating: ",", count: 1_000_000)),
        ("escapes", "a: \"" + String(repeating: "\\x41", count: 250_000) + "\""),
        ("comments", String(repeating: "#\n", count: 500_000)),
        ("directives", String(repeating: "%TAG !a! x\n", count: 80_000)),
        ("line breaks", String(repeating: "\n", count: 1_000_000)),
        ("staircase", (0..<1000).map { String(repeating: " ", count: $0) + "a:\n" }.joined()),
        ("flow keys", "{" + String(repeating: "a: b, ", count: 170_000) + "}"),
    ]

    @Test("a mebibyte of anything is answered soon", arguments: patterns.map(\.name))
    func answered(name: String) throws {
        let text = try #require(HostileTests.patterns.first { $0.name == name }?.text)
        let bytes = Array(text.utf8)
        let time = ContinuousClock().measure { _ = try? YAMLDocument(bytes, file: "x.yaml") }
        #expect(time < .seconds(5), "\(name): \(time)")
    }

    /// xorshift64: the same texts on every run.
    struct Random {
        var state: UInt64
        mutating func next(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
    }

    @Test("a damaged sample is refused or read, every problem in both languages")
    func damage() throws {
        let files = try Repository.files()
        let loader = BundleLoader(digest: { _ in "0" })
        let paths = files.keys.filter { $0.hasSuffix(".yaml") }.sorted()
        let pieces: [[UInt8]] = [
            "{", "}", "[", "]", ":", ": ", "- ", "\n", "  ", "\t", "*a", "&a ", "!x ", "#", "'", "\"", "|\n", ",",
            "null", "一",
        ]
        .map { Array($0.utf8) }
        var random = Random(state: 0x9E37_79B9_7F4A_7C15)
        for _ in 0..<150 {
            let path = paths[random.next(paths.count)]
            var bytes = files[path] ?? []
            for _ in 0...random.next(3) {
                let at = random.next(bytes.count)
                switch random.next(4) {
                case 0: bytes.removeSubrange(at..<min(bytes.count, at + 1 + random.next(40)))
                case 1: bytes.insert(contentsOf: pieces[random.next(pieces.count)], at: at)
                case 2: bytes[at] = UInt8(truncatingIfNeeded: random.next(256))
                default: bytes = Array(bytes.prefix(at + 1))
                }
                if bytes.isEmpty { bytes = [0x20] }
            }
            var damaged = files.filter {
                $0.key.hasPrefix("config/funds") || $0.key.hasPrefix("plugins/") || $0.key == "config/niangjia.yaml"
            }
            damaged[path] = bytes
            for problem in loader.load(files: damaged).report.problems {
                #expect(!problem.message.zh.isEmpty && !problem.message.en.isEmpty)
            }
        }
    }
}
