import NiangjiaCore
import Testing

@testable import NiangjiaWeb

@Suite struct NegotiationTests {
    @Test(
        "The language with the greatest weight is spoken, Chinese where nothing is said",
        arguments: [
            (nil, Language.zh), ("", .zh), ("en", .en), ("en-GB,en;q=0.9", .en), ("zh-CN,en;q=0.9", .zh),
            ("en;q=0.4, zh;q=0.8", .zh), ("zh;q=0.4, en;q=0.8", .en), ("fr, *;q=0.5", .zh), ("fr", .zh),
            ("zh;q=0, en;q=0.1", .en), ("EN-us;q=1.000", .en), ("en;q=x", .en), ("*", .zh), ("en;q=0.05,zh;q=0.1", .zh),
            ("en_US", .en), ("en_US,zh_CN;q=0.5", .en), ("zh_CN", .zh), ("!?\u{e9}", .zh),
        ])
    func language(header: String?, expected: Language) { #expect(Negotiation.language(header) == expected) }

    @Test(
        "A media type is taken by its own name, by its kind, or by everything; the closest name counts",
        arguments: [
            (nil, true), ("*/*", true), ("application/json", true), ("application/*;q=0.1", true), ("text/html", false),
            ("text/html, */*;q=0.1", true), ("application/json;q=0, */*", false), ("application/json;q=0", false),
            ("APPLICATION/JSON; charset=utf-8", true), ("text/event-stream", false),
        ])
    func accepts(header: String?, expected: Bool) {
        #expect(Negotiation.accepts("application/json", header) == expected)
    }

    @Test("A body's encoding is UTF-8, named or not")
    func encoding() {
        for header in [
            nil, "application/json", "application/json; charset=utf-8", "application/json;charset=\"UTF-8\"",
            "application/json; x=1; charset=us-ascii",
        ] { #expect(Negotiation.isUTF8(header), "\(header ?? "-")") }
        for header in [
            "application/json; charset=utf-16", "application/json;charset=\"UTF-16LE\"",
            "application/json; charset=gbk",
            "application/json; charset", "application/json; Charset = iso-8859-1",
        ] { #expect(!Negotiation.isUTF8(header), "\(header)") }
    }

    @Test("A query is read as forms and addresses write it; what is no text is refused")
    func query() throws {
        let read = try Query.read("a=1&b=%E5%BC%A0+%2B&c&d=x=y")
        #expect(read.map(\.name) == ["a", "b", "c", "d"] && read.map(\.value) == ["1", "张 +", "", "x=y"])
        #expect(throws: NiangjiaError.self) { try Query.read("a=%FF") }
        #expect(throws: NiangjiaError.self) { try Query.read("a=%G1") }
    }

    @Test("The first thing that is wrong in a body is told with its place")
    func places() throws {
        let schema = Schema.members(["a": .integer(1...5), "b?": .list(.members(["c": .text(.name)]))])
        func place(_ value: Value) -> String? {
            do {
                try schema.check(value, at: "")
                return nil
            } catch { return (error as? NiangjiaError)?.place }
        }
        #expect(place(["a": 1]) == nil)
        #expect(place(["a": 6]) == "/a" && place(["a": "1"]) == "/a" && place([:]) == "/a")
        #expect(place(["a": 1, "b": [["c": "x"], ["c": "X"]]]) == "/b/1/c")
        #expect(place(["a": 1, "b": [["c": "x", "d/e": 1]]]) == "/b/0/d~1e")
        #expect(place([1]) == "" && place(["a": nil]) == "/a")
    }
}
