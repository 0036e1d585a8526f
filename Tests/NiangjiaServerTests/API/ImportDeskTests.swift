import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// Imports in steps, and work that goes on after the answer.
@Suite struct ImportDeskTests {
    private static let rows = "工会代码,工会名称,上级工会代码,层级\r\n990100,示范市总工会,,市级\r\n990101,甲区总工会,990100,区县\r\n"

    private func file(_ city: TestCity) throws -> String {
        let path = city.temporary.file(UUID().uuidString)
        try Data(Self.rows.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// Waits until nothing is being done to an import.
    private func ended(_ id: ID<StagedImport>, on host: CityHost) async throws -> StagedImportRecord {
        while host.background.isWorking("import \(id)") { await Task.yield() }
        return try await host.imports.record(id, of: "office")
    }

    @Test("Said, sent, checked, confirmed once, whoever asks at the same time; the file is gone afterwards")
    func steps() async throws {
        let city = try await TestCity(approved: false)
        let desk = city.host.imports
        let begun = try await desk.begin(["kind": "organization", "name": "a.csv"], by: "office")
        #expect(begun.value["is_ended"].bool == false, "it waits for its file")
        #expect(await code { _ = try await desk.confirm(begun.id, by: "office") } == .conflict)
        #expect(await code { _ = try await desk.record(begun.id, of: "chief") } == .notFound)
        _ = try await desk.put(begun.id, file: try file(city), by: "office")
        let checked = try await ended(begun.id, on: city.host)
        #expect(checked.state == .checked && checked.findings["new"].int == 2)
        let none = try await city.host.store.read { try $0.integer("SELECT COUNT(*) FROM organization") }
        #expect(none == 0, "a check writes nothing")
        // Whoever has seen it before its file came doesn't know what they would confirm.
        #expect(await code { _ = try await desk.confirm(begun.id, seen: begun.version, by: "office") } == .stale)
        let confirmed = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    await NiangjiaServerTests.code { _ = try await desk.confirm(begun.id, by: "office") } == nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(confirmed == 1)
        let taken = try await ended(begun.id, on: city.host)
        #expect(taken.state == .taken && taken.batch != nil && taken.findings["new"].int == 2)
        #expect(!FileManager.default.fileExists(atPath: "\(city.folder.imports)/\(begun.id)"))
        try await city.host.close()
    }

    @Test("A check says what would change, from what to what, here and over the network")
    func changes() async throws {
        let city = try await TestCity(approved: false)
        let path = city.temporary.file("unions.csv")
        func ask(_ rows: String, _ isCheck: Bool) async throws -> (answer: Value?, lines: [String]) {
            try Data(rows.utf8).write(to: URL(fileURLWithPath: path))
            let told = try await city.run(
                "register.import", ["kind": "organization", "file": .text(path), "check": .bool(isCheck)], as: "office")
            return (told.answer, told.lines)
        }
        _ = try await ask(Self.rows.replacing("甲区", with: "乙区"), false)
        let told = try await ask(Self.rows, true)
        let columns = told.answer?["changes"].list?.first?["columns"]
        let cell = columns?.list?.first
        #expect(cell?["from"].text == "乙区总工会" && cell?["to"].text == "甲区总工会", "\(told.lines)")
        #expect(told.answer?["changes_file"].isNull == true)
        #expect(told.lines.contains { $0.contains("检查 2 行") } && told.lines.contains { $0.contains("乙区总工会 → 甲区总工会") })
        let begun = try await city.host.imports.begin(["kind": "organization", "name": "a.csv"], by: "office")
        _ = try await city.host.imports.put(begun.id, file: try file(city), by: "office")
        let checked = try await ended(begun.id, on: city.host)
        let sent = try #require(checked.findings["changes"].list?.first)
        #expect(sent["place"].text == "a.csv:3" && sent["columns"] == columns)
        let many = (1...25).map { "9901\($0 + 10),第\($0)区总工会,990100,区县\r\n" }.joined()
        let title = "工会代码,工会名称,上级工会代码,层级\r\n"
        _ = try await ask(title + many, false)
        let all = try await ask(title + many.replacing("总工会", with: "工会"), true)
        #expect(all.answer?["changes"].list?.count == 20)
        let listed = try #require(all.answer?["changes_file"].text)
        #expect(FileManager.default.fileExists(atPath: listed) && listed.hasSuffix("unions-变更.csv"))
        try await city.host.close()
    }

    @Test("What a stopped host was at is taken up again, and taken once")
    func restarted() async throws {
        let city = try await TestCity(approved: false)
        let begun = try await city.host.imports.begin(["kind": "organization", "name": "a.csv"], by: "office")
        _ = try await city.host.imports.put(begun.id, file: try file(city), by: "office")
        _ = try await ended(begun.id, on: city.host)
        _ = try await city.host.imports.confirm(begun.id, by: "office")
        // As a power cut leaves it: being taken, whatever has been written so far.
        _ = try await ended(begun.id, on: city.host)
        let folder = "\(city.folder.imports)/\(begun.id)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(Self.rows.utf8).write(to: URL(fileURLWithPath: folder + "/file.csv"))
        try await city.host.store.write(.interactive) { writer in
            try writer.execute("UPDATE import_job SET state = 'taking', import_batch = NULL", [])
            try writer.execute("UPDATE import_batch SET state = 'taking'", [])
        }
        try await city.host.imports.resume()
        let taken = try await ended(begun.id, on: city.host)
        // What it had written before is its own doing.
        #expect(taken.state == .taken && taken.findings["new"].int == 2, "\(taken.findings.json)")
        let batches = try await city.host.store.read { try $0.integer("SELECT COUNT(*) FROM import_batch") }
        #expect(batches == 1)
        try await city.host.close()
    }

    @Test("A file that is none, and a mapping that can't be, are told without a path of the machine")
    func wrong() async throws {
        let city = try await TestCity(approved: false)
        let desk = city.host.imports
        let mapping: Value = ["kind": "organization", "name": "a.csv", "mapping": ["nonsense": 1]]
        #expect(await code { _ = try await desk.begin(mapping, by: "office") } != nil)
        let begun = try await desk.begin(["kind": "organization", "name": "a.csv"], by: "office")
        let path = city.temporary.file("empty")
        try Data("没有标题\r\n".utf8).write(to: URL(fileURLWithPath: path))
        _ = try await desk.put(begun.id, file: path, by: "office")
        let failed = try await ended(begun.id, on: city.host)
        #expect(failed.state == .failed && !failed.failure["code"].isNull, "\(failed.value.json)")
        #expect(!failed.value.json.contains(city.folder.path))
        #expect(
            !FileManager.default.fileExists(atPath: "\(city.folder.imports)/\(begun.id)"), "nobody needs it any more")
        try await city.host.close()
    }

    @Test("The files of imports that nobody comes back for go in the night, and what earlier ones left with them")
    func late() async throws {
        let city = try await TestCity(approved: false)
        let desk = city.host.imports
        let late = try await desk.begin(["kind": "organization", "name": "a.csv"], by: "office")
        _ = try await desk.put(late.id, file: try file(city), by: "office")
        _ = try await ended(late.id, on: city.host)
        city.clock.advance(milliseconds: 4 * 86_400_000)
        let fresh = try await desk.begin(["kind": "organization", "name": "a.csv"], by: "office")
        _ = try await desk.put(fresh.id, file: try file(city), by: "office")
        _ = try await ended(fresh.id, on: city.host)
        let left = "\(city.folder.imports)/\(city.host.ids.next(StagedImport.self))"
        try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: true)
        city.clock.advance(milliseconds: 4 * 86_400_000)
        try await desk.sweep()
        let there = try FileManager.default.contentsOfDirectory(atPath: city.folder.imports)
        #expect(there == ["\(fresh.id)"])
        #expect(try await desk.record(late.id, of: "office").state == .failed)
        #expect(try await desk.record(fresh.id, of: "office").state == .checked)
        try await city.host.close()
    }

    @Test("A request's key: once, given back by a refusal, kept by a fault, and another request with it is refused")
    func keys() async throws {
        let city = try await TestCity(approved: false)
        let (web, account) = (HostWeb(host: city.host), try await city.account("office"))
        func once(
            _ key: String, _ body: String, _ work: @escaping @Sendable () async throws -> Value
        ) async throws -> Value {
            try await web.once(key, Array(body.utf8), of: "test", as: account) { try await work() }.value
        }
        #expect(try await once("a", "x") { 1 } == 1)
        #expect(try await once("a", "x") { 2 } == 1, "answered as the first time")
        #expect(await code { _ = try await once("a", "y") { 2 } } == .conflict)
        let refusal = NiangjiaError(.conflict, zh: "不行", en: "no")
        #expect(await code { _ = try await once("b", "x") { throw refusal } } == .conflict)
        #expect(try await once("b", "x") { 3 } == 3, "what was refused may be asked again")
        let fault = NiangjiaError(.internal, zh: "错", en: "fault")
        let host = city.host
        let half: @Sendable () async throws -> Value = {
            let context = host.context("office")
            try await host.store.write(.interactive) {
                try context.record("test.half", about: "a", body: [:], in: $0)
            }
            throw fault
        }
        #expect(await code { _ = try await once("c", "x", half) } == .internal)
        city.clock.advance(milliseconds: Idempotency.rest)
        do {
            _ = try await once("c", "x") { 4 }
            Issue.record("nobody can know whether it was done")
        } catch let error as NiangjiaError {
            #expect(error.code == "cut_off" && error.retryAfter == (Idempotency.kept - Idempotency.rest) / 1_000)
        }
        city.clock.advance(milliseconds: Idempotency.kept)
        #expect(try await once("c", "x") { 5 } == 5, "when it said that it may be sent again, it may")
        // Refused after something was committed: nobody does that again under the same key, and it isn't told as a refusal.
        let refusedLate: @Sendable () async throws -> Value = {
            let context = host.context("office")
            try await host.store.write(.interactive) {
                try context.record("test.half", about: "b", body: [:], in: $0)
            }
            throw refusal
        }
        #expect(await code { _ = try await once("e", "x", refusedLate) } == .conflict)
        #expect(await code { _ = try await once("e", "x") { 7 } } == "cut_off")
        let done = try await web.once("d", [1], of: "test", as: account) {
            let again = await NiangjiaServerTests.code {
                _ = try await web.once("d", [1], of: "test", as: account) { 6 }
            }
            return .text(again?.rawValue ?? "done twice")
        }
        #expect(done.value == "in_progress", "it is being done")
        try await city.host.close()
    }

    @Test(
        "Work that was cut off before anything was committed: the same key and body are taken again in a moment, and done once"
    )
    func undone() async throws {
        let city = try await TestCity(approved: false)
        let account = try await city.account("office")
        let host = city.host
        let context = host.context("office")
        // The row as a host leaves it that was killed at work.
        let standing = try await host.store.write(.interactive) {
            try Idempotency.begin(key: "k", account: "office", body: Array("x".utf8), context, in: $0)
        }
        #expect(standing == .taken)
        let web = HostWeb(host: host)
        @Sendable func send(_ body: String) async throws -> (value: Value, isRepeated: Bool) {
            try await web.once("k", Array(body.utf8), of: "test", as: account) {
                try await host.store.write(.interactive) {
                    try host.context("office").record("test.whole", about: "a", body: [:], in: $0)
                }
                return 7
            }
        }
        do {
            _ = try await send("x")
            Issue.record("not yet")
        } catch let error as NiangjiaError {
            #expect(error.code == "in_progress" && error.retryAfter == Idempotency.rest / 1_000)
        }
        city.clock.advance(milliseconds: Idempotency.rest)
        #expect(await code { _ = try await send("y") } == .conflict, "another request is another one")
        let first = try await send("x")
        let again = try await send("x")
        #expect(first.value == 7 && !first.isRepeated && again.value == 7 && again.isRepeated)
        let done = try await host.store.read {
            try $0.integer("SELECT COUNT(*) FROM chain_event WHERE kind = 'test.whole'")
        }
        #expect(done == 1)
        try await city.host.close()
    }
}
