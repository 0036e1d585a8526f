import Foundation
import LuaSandbox
import NiangjiaCore
import Testing

@testable import NiangjiaPlugins

/// The API table is what scripts find, and what the generated files say.
@Suite struct APITableTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func judge(_ body: String) async throws -> Judgements {
        try await LuaJudge(pool: WorkerPool()).judge(LuaJudgeTests.request(body, rows: 1), lane: .interactive)
            .judgements
    }

    @Test("Every name of the table is in a script's environment")
    func present() async throws {
        let checks = APITable.environment.map { "if \($0) == nil then error('\($0) is missing') end" }.joined(
            separator: "\n")
        let judgement = try await judge(checks + "\nreturn grant(1)")[0]
        #expect(judgement.failure == nil)
    }

    @Test("Libraries hold nothing that the table doesn't name")
    func nothingElse() async throws {
        let libraries = Set(
            APITable.environment.filter { $0.contains(".") }.compactMap {
                $0.split(separator: ".").first.map(String.init)
            })
        for library in libraries.sorted() where library != "program" {
            let known = APITable.environment.filter { $0.hasPrefix(library + ".") }.map {
                "['\($0.dropFirst(library.count + 1))'] = true"
            }
            let body = """
                local known = {\(known.joined(separator: ", "))}
                for name in pairs(\(library)) do if not known[name] then error("\(library)." .. name .. " is not in the table") end end
                return grant(1)
                """
            #expect(try await judge(body)[0].failure == nil)
        }
    }

    @Test("What Lua has and a rule doesn't need is gone")
    func gone() async throws {
        let names = [
            "_G", "_VERSION", "collectgarbage", "coroutine", "debug", "dofile", "getmetatable", "io", "load",
            "loadfile", "next", "os",
            "package", "pcall", "print", "rawequal", "rawget", "rawlen", "rawset", "require", "setmetatable", "utf8",
            "warn", "xpcall",
        ]
        let checks = names.map { "if \($0) ~= nil then return grant(1) end" }
        for (name, check) in zip(names, checks) {
            // Either the name is nil, or asking for it is an error that names it.
            let found: Judgements
            do { found = try await judge(check + " return grant(2)") } catch { continue }
            #expect(found[0].kind == .failed || found[0].amount.fen == 2, "\(name) is reachable")
        }
    }

    @Test("Names stand once, with words in both languages")
    func complete() {
        #expect(Set(APITable.entries.map { $0.section.rawValue + $0.name + $0.doc.en }).count == APITable.entries.count)
        for entry in APITable.entries {
            #expect(!entry.doc.zh.isEmpty && !entry.doc.en.isEmpty && entry.since == 1, "\(entry.name)")
        }
        #expect(throws: Never.self) { try Value(json: APITable.json) }
    }

    @Test("Generated files are up to date; NIANGJIA_UPDATE=1 writes them")
    func generated() throws {
        let files = [
            ("docs/reference/plugin-api.md", APITable.markdown), ("docs/reference/plugin-api.json", APITable.json),
            ("docs/reference/niangjia.lua", APITable.luaStubs),
        ]
        for (path, content) in files {
            let url = Self.root.appending(path: path)
            if ProcessInfo.processInfo.environment["NIANGJIA_UPDATE"] == "1" {
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(content.utf8).write(to: url)
            }
            let written = try String(contentsOf: url, encoding: .utf8)
            #expect(written == content, "\(path) is out of date: run the tests with NIANGJIA_UPDATE=1")
        }
    }
}
