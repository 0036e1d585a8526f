import Foundation
import Testing

@Suite("Style")
struct StyleTests {
    @Test("the sources are found")
    func findsSources() {
        #expect(Repository.swift.count > 40)
        #expect(CodeOnly.lines("a // b\n\"c \\(d(\"e\")) f\" g") == ["a     ", "     d(   )     g"])
    }

    // MARK: rooms

    /// Which rooms and system libraries a room may import: the one-way table of docs/ARCHITECTURE.md. SwiftPM doesn't catch the
    /// import of a target that is linked only because another one uses it.
    static let rooms: [String: Set<String>] = [
        "LuaSandbox": ["CLuaEngine"],
        "NiangjiaCore": [],
        "NiangjiaCrypto": ["NiangjiaCore", "CCrypto", "CZstd"],
        "NiangjiaSQLite": ["NiangjiaCore", "CSQLite", "CWriteAhead"],
        "NiangjiaConfig": ["NiangjiaCore", "CYAML"],
        "NiangjiaExchange": ["NiangjiaCore", "CZip", "CXlsxWriter", "CExpat"],
        "NiangjiaPlugins": ["NiangjiaCore", "LuaSandbox"],
        "NiangjiaWeb": [
            "NiangjiaCore", "Hummingbird", "HummingbirdCore", "HTTPTypes", "NIOCore", "NIOHTTP1", "NIOHTTPTypes",
            "NIOHTTPTypesHTTP1", "NIOPosix",
            "Logging",
        ],
        "NiangjiaDemo": ["NiangjiaCore"],
        "NiangjiaTesting": ["NiangjiaCore", "NiangjiaCrypto", "NiangjiaSQLite"],
        "NiangjiaServer": [
            "NiangjiaCore", "NiangjiaCrypto", "NiangjiaSQLite", "NiangjiaConfig", "NiangjiaExchange", "NiangjiaPlugins",
            "NiangjiaWeb", "NiangjiaDemo", "LuaSandbox",
        ],
        "niangjia": ["NiangjiaServer", "NiangjiaCore", "NiangjiaDemo", "LuaSandbox", "CLuaEngine", "ArgumentParser"],
    ]

    /// What comes with the compiler; any room may use it.
    static let toolchain: Set<String> = [
        "Foundation", "FoundationEssentials", "Synchronization", "Glibc", "Musl", "Dispatch",
    ]

    @Test("imports point one way")
    func importsPointOneWay() throws {
        for file in Repository.swift {
            let allowed = try #require(Self.rooms[file.room], "\(file.path): a room that the table doesn't know")
            for name in imports(of: file) {
                #expect(
                    allowed.contains(name) || Self.toolchain.contains(name), "\(file.path) imports \(name)")
            }
        }
    }

    private func imports(of file: Repository.File) -> [String] {
        CodeOnly.lines(file.text).compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard let place = words.firstIndex(of: "import"), place + 1 < words.count,
                words[..<place].allSatisfy({
                    $0.hasPrefix("@") || $0 == "public" || $0 == "internal" || $0 == "package"
                })
            else { return nil }
            // `import struct Foundation.Date` names a kind before the module.
            let kinds: Set = ["struct", "class", "enum", "func", "var", "let", "protocol", "typealias"]
            let name = kinds.contains(words[place + 1]) && place + 2 < words.count ? words[place + 2] : words[place + 1]
            return name.split(separator: ".").first.map(String.init)
        }
    }

    @Test("the core reads no clock and no machine")
    func coreReadsNoClock() {
        let forbidden = [
            "Date(", "Date.now", "ContinuousClock", "SuspendingClock", "clock_gettime", "ProcessInfo", "FileManager",
            "UUID()",
            ".random(in", ".randomElement(", ".shuffled(", "SystemRandomNumberGenerator", "DispatchTime", "Task.sleep",
            "getenv",
        ]
        for file in Repository.swift where file.room == "NiangjiaCore" {
            for (number, line) in CodeOnly.lines(file.text).enumerated() {
                for word in forbidden where mentions(line, word) {
                    Issue.record("\(file.path):\(number + 1): the core must not use \(word)")
                }
            }
        }
    }

    /// Whether a line has a word that is not the tail of a longer one (`CivilDate(` is no `Date(`).
    private func mentions(_ line: String, _ word: String) -> Bool {
        var rest = line[...]
        while let found = rest.range(of: word) {
            let before = found.lowerBound > line.startIndex ? line[line.index(before: found.lowerBound)] : " "
            if word.hasPrefix(".") || !(before.isLetter || before.isNumber || before == "_") { return true }
            rest = rest[found.upperBound...]
        }
        return false
    }

    @Test("Lua is known to its engine only")
    func luaStaysInItsRoom() {
        let others = Repository.sources.filter { $0.room != "CLuaEngine" && $0.room != "CLua" }
        for file in others {
            for header in ["lua.h", "lauxlib.h", "lualib.h", "lua_State"] where file.text.contains(header) {
                Issue.record("\(file.path) names \(header)")
            }
        }
    }

    // MARK: words

    @Test("nothing in the sources ends the process or forces a value by a cast")
    func nothingTraps() {
        let words = ["fatal" + "Error(", "try" + "!", "as" + "!", "precondition" + "Failure("]
        for file in Repository.swift {
            for (number, line) in CodeOnly.lines(file.text).enumerated() {
                for word in words where line.contains(word) { Issue.record("\(file.path):\(number + 1): \(word)") }
            }
        }
    }

    @Test("nothing is left for later, and no machine is named")
    func nothingIsLeftOpen() {
        let everything = Repository.files(
            below: ["Sources", "Tests", "plugins", "config", "docs", "scripts", ".ci", "Benchmarks"],
            suffixes: [".swift", ".c", ".h", ".lua", ".yaml", ".yml", ".md", ".sh", ".py", "run", ".json", ".txt"])
        let words = ["TO" + "DO", "FIX" + "ME", "/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/"]
        for file in everything {
            for (number, line) in file.lines.enumerated() {
                for word in words where line.contains(word) { Issue.record("\(file.path):\(number + 1): \(word)") }
            }
        }
    }

    // MARK: sizes

    static let fileLines = 500
    static let functionLines = 60

    @Test("files are at most 500 lines long")
    func filesAreShort() throws {
        var long: [String: Int] = [:]
        let all = Repository.sources + Repository.files(below: ["Tests"], suffixes: [".swift"])
        for file in all where file.lines.count > Self.fileLines { long[file.path] = file.lines.count }
        try Ratchet.check("file-lines", long)
    }

    @Test("functions are at most 60 lines long")
    func functionsAreShort() throws {
        var long: [String: Int] = [:]
        for file in Repository.swift {
            for function in Functions.of(file) where function.lines > Self.functionLines {
                long["\(file.path) \(function.name)"] = function.lines
            }
        }
        try Ratchet.check("function-lines", long)
    }

    @Test("what the core makes public is documented")
    func publicIsDocumented() throws {
        var missing: [String: Int] = [:]
        for file in Repository.swift where file.room == "NiangjiaCore" {
            let count = undocumented(in: file)
            let folder = file.path.split(separator: "/").dropLast().joined(separator: "/")
            if count > 0 { missing[folder, default: 0] += count }
        }
        try Ratchet.check("undocumented", missing)
    }

    private func undocumented(in file: Repository.File) -> Int {
        let kinds = [
            " func ", " var ", " let ", " struct ", " enum ", " class ", " protocol ", " actor ", " typealias ",
            " subscript",
        ]
        var count = 0
        var isDocumented = false
        for line in file.lines {
            let text = line.drop(while: { $0 == " " })
            if text.hasPrefix("///") {
                isDocumented = true
            } else if text.hasPrefix("@") && !text.contains("public ") {
                continue
            } else {
                let declares = text.hasPrefix("public ") && kinds.contains { text.contains($0) }
                if declares, !isDocumented { count += 1 }
                isDocumented = false
            }
        }
        return count
    }

    @Test("a plugin is at most 60 lines of Lua")
    func pluginsAreShort() {
        for file in Repository.files(below: ["plugins"], suffixes: ["main.lua"]) {
            let count = file.text.split(separator: "\n").count
            #expect(count <= 60, "\(file.path): \(count) lines")
        }
    }

    // MARK: documents

    @Test("measurements say what was measured", arguments: ["commit", "seed", "machine", "counts"])
    func evidenceIsComplete(_ word: String) {
        for file in Repository.files(below: ["docs/evidence"], suffixes: [".md", ".json", ".txt"])
        where !file.path.hasSuffix("README.md") {
            #expect(file.text.lowercased().contains(word), "\(file.path) doesn't tell its \(word)")
        }
    }

    @Test("links in documents lead somewhere")
    func linksLead() throws {
        let documents =
            Repository.files(below: ["docs", "plugins"], suffixes: [".md"])
            + Repository.files(["README.md", "README.zh-CN.md"])
        #expect(documents.count > 10)
        for file in documents {
            let folder = Repository.root.appendingPathComponent(file.path).deletingLastPathComponent()
            for piece in file.text.components(separatedBy: "](").dropFirst() {
                let link = piece.prefix { $0 != ")" && $0 != "#" && !$0.isWhitespace }
                guard !link.isEmpty, !link.contains("://") else { continue }
                let target = folder.appendingPathComponent(String(link))
                #expect(FileManager.default.fileExists(atPath: target.path), "\(file.path): \(link)")
            }
        }
    }

    @Test("both READMEs name the two commands", arguments: ["README.md", "README.zh-CN.md"])
    func readmesNameTheCommands(_ name: String) throws {
        let text = try String(contentsOf: Repository.root.appendingPathComponent(name), encoding: .utf8)
        for command in ["make run", "make test"] { #expect(text.contains(command), "\(name) doesn't name \(command)") }
    }
}

/// Functions and initialisers of a file, with the number of lines from the first to the closing brace.
enum Functions {
    struct Found {
        var name: String
        var lines: Int
    }

    static func of(_ file: Repository.File) -> [Found] {
        let lines = CodeOnly.lines(file.text)
        return lines.indices.compactMap { index in
            name(in: lines[index]).flatMap { name in length(from: index, lines).map { Found(name: name, lines: $0) } }
        }
    }

    private static func name(in line: String) -> String? {
        let words = line.split(separator: " ")
        guard let place = words.firstIndex(where: { $0 == "func" || $0.hasPrefix("init(") || $0.hasPrefix("init?(") }),
            words[..<place].allSatisfy({ $0.allSatisfy { $0.isLetter || $0 == "@" || $0 == "(" || $0 == ")" } })
        else { return nil }
        let word = words[place] == "func" ? words.dropFirst(place + 1).first ?? "" : words[place]
        return String(word.prefix { $0 != "(" && $0 != "<" })
    }

    /// Nil for a declaration without a body.
    private static func length(from start: Int, _ lines: [String]) -> Int? {
        var depth = 0
        for index in start..<lines.count {
            // A protocol's requirement ends before any brace: the next declaration begins.
            if depth == 0, index > start, name(in: lines[index]) != nil { return nil }
            for character in lines[index] {
                if character == "{" { depth += 1 }
                if character == "}" {
                    depth -= 1
                    if depth == 0 { return index - start + 1 }
                    if depth < 0 { return nil }
                }
            }
        }
        return nil
    }
}
