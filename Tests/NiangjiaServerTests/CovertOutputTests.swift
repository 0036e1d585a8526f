import Foundation
import NiangjiaCore
import Testing

@Suite("A script's words go nowhere but into the sealed journal", .serialized)
struct CovertOutputTests {
    /// Each way out that a rule could try for what it has read: here a date of birth in disguise.
    @Test(arguments: [
        "error('BORN' .. facts.subject.birth_date)", "error({'BORN' .. facts.subject.birth_date})",
        "local t = {} t[nil] = 'BORN' .. facts.subject.birth_date",
        "return refuse('BEFORE', {born = 'BORN' .. facts.subject.birth_date})",
        "return refuse('BORN' .. facts.subject.birth_date:gsub('-', '_'))",
        "return grant(settings.value, {keeps = {born = 'BORN' .. facts.subject.birth_date}})",
        "return grant(settings.value, {parts = {['BORN' .. facts.subject.birth_date] = settings.value}})",
    ])
    func nothingIsKept(body: String) async throws {
        let city = try await TestCityHost(
            programs: ["say": Self.program], files: Self.files(body), at: "2026-07-15T09:00:00+08:00")
        let person = try await city.person(union: "99010101")
        try await city.store.write(.interactive) { writer in
            _ = try writer.execute(
                "UPDATE person SET birth_date = $1 WHERE id = $2", [.date(CivilDate("1985-06-12")), .id(person)])
        }
        let receipt = try await city.corridor.submit(
            Submission(program: "say-2026", form: "ask", applicant: person, channel: "clerk"),
            by: Actor(account: "clerk", role: "clerk"))
        #expect(receipt.lines[0].judgement.kind == .failed)
        #expect(receipt.state == .manual)
        _ = try await city.corridor.decide(
            program: "say-2026", form: "ask", by: Actor(account: "admin", role: "program_admin"))
        try await city.close()
        // Everything that the store holds, in clear: bytes of the file, not the columns that a query happens to name.
        let bytes = try Data(contentsOf: URL(fileURLWithPath: city.folder.file("city.sqlite")))
        #expect(bytes.range(of: Data("say-2026".utf8)) != nil)
        #expect(bytes.range(of: Data("BORN".utf8)) == nil)
        #expect(bytes.range(of: Data("1985-06-12".utf8)) == nil)
        #expect(bytes.range(of: Data("1985_06_12".utf8)) == nil)
    }

    private static let program = String.visiting("say-2026", plugin: "say")

    private static func files(_ body: String) -> [String: String] {
        [
            "plugins/say/plugin.yaml": """
            id: say
            version: 1.0.0
            api: 1
            title: {zh-CN: 一次, en: Once}
            settings: {value: money}
            forms:
              ask:
                by: [clerk, batch]
                population: {of: persons}
                subject: applicant
                facts: {subject: [birth_date]}
                gives: {kind: money, to: subject, when: approved}
            reasons: {BEFORE: {zh-CN: 已有记录, en: Something stands already}}
            """,
            "plugins/say/main.lua": "function program.assess.ask(facts, settings)\n  \(body)\nend\n",
        ]
    }
}
