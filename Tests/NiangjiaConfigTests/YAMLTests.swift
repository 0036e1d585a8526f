import NiangjiaCore
import Testing

@testable import NiangjiaConfig

@Suite("YAML is read strictly, and scalars as they were typed")
struct YAMLTests {
    func fault(_ text: String) -> NiangjiaError? {
        do throws(NiangjiaError) {
            _ = try YAMLDocument(Array(text.utf8), file: "x.yaml")
            return nil
        } catch {
            return error
        }
    }

    /// Ten anchors, each a list of nine of the one before: 9^10 nodes in some 350 bytes.
    static func bomb(asKey: Bool) -> String {
        var text = "a: &a [x, x, x, x, x, x, x, x, x]\n"
        var before = "a"
        for name in "bcdefghij".map(String.init) {
            text += "\(name): &\(name) [" + Array(repeating: "*\(before)", count: 9).joined(separator: ",") + "]\n"
            before = name
        }
        return text + (asKey ? "? *\(before)\n: x\n" : "z: *\(before)\n")
    }

    @Test("an alias bomb is refused in the time of a normal file", arguments: [false, true])
    func bomb(asKey: Bool) throws {
        let text = YAMLTests.bomb(asKey: asKey)
        #expect((330...380).contains(text.utf8.count))
        let clock = ContinuousClock()
        let normal = try Repository.text("config/programs/tuition-2026.yaml")
        let ordinary = clock.measure { _ = fault(normal) }
        var error: NiangjiaError?
        let time = clock.measure { error = fault(text) }
        #expect(error != nil)
        #expect(time < ordinary * 20 + .milliseconds(20), "\(time) against \(ordinary)")
    }

    @Test("a placeholder in a text without quotes is told to be quoted; in quotes it is none of the fault")
    func placeholder() {
        let words = "{most:money}"
        for line in ["A: {zh-CN: 最多\(words)元, en: At most}", "A: {zh-CN: \(words)元以内,不含税, en: x}"] {
            let said = fault("reasons:\n  \(line)\n")?.message
            #expect(said?.zh.contains("占位符 \(words) 时,请把整段文字加英文引号") == true, "\(line) \(String(describing: said))")
            #expect(said?.en.contains("needs quotes") == true)
        }
        let other = fault("reasons:\n  A: {zh-CN: \"最多\(words)元\", en: x] }\n")
        #expect(other != nil && other?.message.en.contains("needs quotes") == false)
    }

    @Test("curly quotes around a word are part of it, and told")
    func curly() throws {
        func said(_ text: String) throws -> [String] {
            let problems = Problems(file: "x.yaml")
            _ = ConfigFile.root(Array(text.utf8), problems)
            #expect(problems.all.allSatisfy { $0.severity == .warning })
            return problems.all.map { "\($0.line):\($0.column) \($0.message.en)" }
        }
        let found = try said("cities: [\u{201C}here\u{201D}, there]\nname: \u{2018}x\u{2019}\n")
        #expect(found.count == 2 && found[0].hasPrefix("1:10 curly quotes"), "\(found)")
        #expect(try said("title: \u{201C}娘家\u{201D}服务\nquoted: \"\u{201C}娘家\u{201D}\"\n") == [])
    }

    @Test("an alias as a key is refused however small")
    func aliasKey() {
        #expect(fault("a: &a [x]\n? *a\n: y\n")?.message.zh.contains("键名必须是一个词") == true)
        #expect(fault("a: &a x\n*a : y\n")?.message.zh.contains("键名必须是一个词") == true)
    }

    @Test("an alias that stays small is taken")
    func alias() throws {
        let value = try YAMLDocument.value(from: Array("a: &a {x: 1}\nb: *a\n".utf8), file: "x.yaml")
        #expect(value == ["a": ["x": "1"], "b": ["x": "1"]])
        #expect(fault("a: &a [*a]\n") != nil)
    }

    @Test(
        "what is no file of this system is refused with its place",
        arguments: [
            ("a: 1\na: 2\n", "x.yaml:2:1", "重复的键 a(第1行已有)"),
            ("a:\n\tb: 1\n", "x.yaml:2:1", "制表符"),
            ("a: 1\n---\nb: 2\n", "x.yaml:2:1", "只能有一份文档"),
            ("a: !!python/object x\n", "x.yaml:1:4", "标签"),
            ("a: [1, 2\n", "x.yaml:2:1", "列表"),
            ("", "x.yaml", "空"),
            ("a: \"x\n", "x.yaml:2:1", "引号"),
        ])
    func refused(text: String, place: String, words: String) throws {
        let error = try #require(fault(text))
        #expect(error.place == place)
        #expect(error.message.zh.contains(words), "\(error.message.zh)")
    }

    @Test(
        "A colon without its blank, and blanks that indent nothing, are named with their line",
        arguments: [
            ("id:tuition\nversion: 1.0.0\n", 1, "id: tuition"), ("a: 1\nb:\n\u{3000}c: 2\n\u{3000}d: 3\n", 3, "全角空格"),
            ("a: 1\n\u{A0}c: 2\n", 2, "不间断空格"), ("a:\n  b: 1\n\u{3000}\u{3000}c: 2\n", 3, "全角空格"),
        ])
    func blanks(_ text: String, _ line: Int, _ words: String) throws {
        let error = try #require(fault(text))
        #expect(error.message.zh.contains(words), "\(error.message.zh)")
        #expect(error.place?.contains(":\(line):") == true, "\(error.place ?? "")")
    }

    @Test("Chinese punctuation is pointed out")
    func punctuation() throws {
        let error = try #require(fault("settings:\n  value\u{FF1A} 50\n  cap: 2\n"))
        #expect(error.message.zh.contains("中文标点“\u{FF1A}”"), "\(error.message.zh)")
    }

    @Test("A Chinese colon in a flow table is pointed out, where a name or a known key should stand")
    func punctuationInFlow() throws {
        let root = try YAMLDocument(Array("{district_add\u{FF1A}50}\n".utf8), file: "x.yaml").root
        let member = try #require(root.members.first)
        let words = ShapeChecker.unknownKey(
            member, in: ObjectShape(keys: [Key("district_add", "区县", "District", .scalar(.name))]))
        #expect(words.zh.contains("中文标点“\u{FF1A}”") && words.en.contains("Chinese mark"))
        let problems = Problems(file: "x.yaml")
        ShapeChecker(problems: problems).check(
            member.key, .scalar(.name), path: "x", label: LocalText(zh: "", en: ""))
        #expect(problems.all.first?.message.zh.contains("中文标点“\u{FF1A}”") == true, "\(problems.all)")
    }

    @Test("bytes that are no UTF-8, depth and size are refused")
    func caps() {
        #expect(throws: NiangjiaError.self) { try YAMLDocument([0x61, 0x3A, 0x20, 0xC4, 0xE3], file: "x") }
        #expect(fault(String(repeating: "[", count: 40) + String(repeating: "]", count: 40)) != nil)
        #expect(fault(String(repeating: "[", count: 200_000)) != nil)
        #expect(fault("a: " + String(repeating: "x", count: 2 << 20)) != nil)
        #expect(fault("a: [" + String(repeating: "x,", count: 60_000) + "]") != nil)
        // Windows: a byte order mark and CRLF are taken.
        #expect(fault("\u{FEFF}a: 1\r\nb: 2\r\n") == nil)
    }

    @Test("scalars are what was typed")
    func scalars() throws {
        let text =
            "a: 010\nb: 12:30\nc: no\nd: 1_000\ne: on\nf: 2026-07-01\ng: 0x1F\nh: 1e3\ni: ~\nj: '~'\nk: yes\nl: 12:30:45\n"
        let typed: Value = [
            "a": "010", "b": "12:30", "c": "no", "d": "1_000", "e": "on", "f": "2026-07-01", "g": "0x1F", "h": "1e3",
            "i": nil,
            "j": "~", "k": "yes", "l": "12:30:45",
        ]
        let document = try YAMLDocument(Array(text.utf8), file: "x.yaml")
        #expect(document.value() == typed)
        #expect(document.value(.plain) == typed)
        let plain = try YAMLDocument(Array("a: 10\nb: '10'\nc: true\nd: -3\ne: 50.00\n".utf8), file: "x.yaml").value(
            .plain)
        #expect(plain == ["a": 10, "b": "10", "c": true, "d": -3, "e": "50.00"])
    }

    @Test("places are found by path and by pointer")
    func places() throws {
        let document = try YAMLDocument(Array("cases:\n  - id: C1\n    expect: {amount: 50}\n".utf8), file: "t.yaml")
        #expect(document.place(of: "cases[0].expect.amount") == "t.yaml:3:22")
        #expect(document.place(ofPointer: "/cases/0/expect/amount") == "t.yaml:3:22")
        #expect(document.place(of: "cases[0].nothing") == "t.yaml:2:5")
    }

    @Test("a code that looks like a number stays the code", arguments: ["010", "12:30", "no", "1_000", "on"])
    func codes(code: String) throws {
        let manifest = """
            id: x
            version: 1.0.0
            api: 1
            title: X
            settings: {code: string}
            forms: {ask: {by: [member]}}
            """
        let program = """
            program: x-1
            plugin: x
            policy: 一号
            status: open
            organization: 990100
            series: x
            season: {from: 2026-01-01, to: 2026-12-31}
            settings: {code: \(code)}
            """
        let read = try #require(ManifestFile.read(Array(manifest.utf8), file: "m").manifest)
        let found = ProgramFile.read(
            Array(program.utf8), file: "x-1.yaml", against: ConfigSurroundings(plugins: ["x": read]))
        #expect(found.program?.base.settings["code"] == .text(code))
    }
}

@Suite("An edit changes one node's characters")
struct EditTests {
    static let text = """
        # 方案 the program
        program: x          # 编号
        status: open                        # open, closed_to_new, suspended, ended
        pay: {each_max: "200.00", from: 2026-06-10}   # 上限
        list: [a, 'b', c]
        block: |
          text
        shared: &s one
        other: *s
        empty:
        """

    @Test("the status word, comments kept")
    func status() throws {
        let changed = try YAMLEdit.setScalar(in: EditTests.text, path: "status", to: "closed_to_new")
        #expect(changed == EditTests.text.replacing("status: open ", with: "status: closed_to_new "))
        #expect(try YAMLEdit.setScalar(in: changed, path: "status", to: "open") == EditTests.text)
        #expect(try YAMLEdit.setScalar(in: EditTests.text, path: "status", to: "open") == EditTests.text)
    }

    @Test("quotes are kept, and added where a value needs them")
    func quotes() throws {
        let text = EditTests.text
        #expect(try YAMLEdit.setScalar(in: text, path: "pay.each_max", to: "150").contains("{each_max: \"150\", from"))
        #expect(try YAMLEdit.setScalar(in: text, path: "list[1]", to: "it's").contains("[a, 'it''s', c]"))
        #expect(try YAMLEdit.setScalar(in: text, path: "list[0]", to: "x, y: #z").contains("[\"x, y: #z\", 'b', c]"))
        #expect(try YAMLEdit.setScalar(in: text, path: "program", to: "夏送清凉").contains("program: 夏送清凉          # 编号"))
    }

    @Test("a byte order mark and Windows line ends stay")
    func windows() throws {
        let text = "\u{FEFF}名称: 一\r\nstatus: open\r\nend: 1\r\n"
        #expect(
            try YAMLEdit.setScalar(in: text, path: "status", to: "ended")
                == "\u{FEFF}名称: 一\r\nstatus: ended\r\nend: 1\r\n")
    }

    @Test(
        "what is no single value is refused",
        arguments: ["nothing", "pay", "list", "block", "shared", "other", "empty"])
    func refused(path: String) {
        #expect(throws: NiangjiaError.self) { try YAMLEdit.setScalar(in: EditTests.text, path: path, to: "x") }
    }

    @Test("on every sample program, one word and nothing else")
    func samples() throws {
        for (path, bytes) in try Repository.files() where path.hasPrefix("config/programs/") {
            let text = String(decoding: bytes, as: UTF8.self)
            let changed = try YAMLEdit.setScalar(in: text, path: "status", to: "suspended")
            #expect(changed == text.replacing("\nstatus: open", with: "\nstatus: suspended"))
        }
    }
}
