import LuaSandbox
import NiangjiaCore
import Testing

@testable import NiangjiaPlugins

/// Rules judged by real worker processes.
@Suite struct LuaJudgeTests {
    static func manifest() -> Manifest {
        var manifest = Manifest(id: "packs", version: "1.0.0", api: 1, title: LocalText(zh: "清凉包", en: "Packs"))
        manifest.settings = [Field("value", .money), Field("daily", .integer, isOptional: true)]
        var form = FormDefinition(name: "package")
        form.fields = [
            Field("proof", .file, isOptional: true),
            Field("children", .list(.object([Field("name", .text), Field("age", .integer, isOptional: true)]))),
        ]
        form.facts = FactRequest(subject: ["exposure"], look: [LookDefinition(name: "packs", source: .decisions)])
        form.keeps = [Field("ends_on", .date), Field("self_pay", .money)]
        manifest.forms = ["package": form]
        manifest.reasons = [
            "NOT_EXPOSED": ReasonDefinition(text: LocalText(zh: "不属于", en: "no")),
            "MIN_INTERVAL": ReasonDefinition(
                text: LocalText(zh: "{last:date}", en: "{last:date}"), placeholders: ["last": .date]),
        ]
        return manifest
    }

    static func plugin(_ body: String) -> Plugin {
        Plugin(
            manifest: manifest(),
            source: Array("function program.assess.package(facts, settings, context)\n\(body)\nend\n".utf8), digest: "d"
        )
    }

    static func request(_ body: String, rows: Int = 3) -> JudgeRequest {
        let last = CivilDate("2026-07-15")?.days ?? 0
        let kept: Value = ["on": "2026-07-15", "amount": 5000, "ends_on": "2026-09-30"]
        let facts = FactTable(
            count: rows,
            columns: [
                FactColumn("facts.subject.exposure", .texts((0..<rows).map { $0 % 3 == 1 ? "office" : "outdoor" })),
                FactColumn("facts.look.packs.count", .integers((0..<rows).map { Int64($0 % 3) })),
                FactColumn(
                    "facts.look.packs.last_on", .dates([Int32](repeating: last, count: rows)),
                    nulls: (0..<rows).map { $0 % 3 == 0 }),
                FactColumn(
                    "facts.look.packs.last", .documents([Value](repeating: kept, count: rows)),
                    nulls: (0..<rows).map { $0 % 3 == 0 }),
                FactColumn("facts.application.proof", .opaque((0..<rows).map { $0 % 3 == 2 })),
                FactColumn("facts.application.children", .documents([Value](repeating: [["name": "小明"]], count: rows))),
                FactColumn("context.on", .dates([Int32](repeating: last + 8, count: rows))),
                FactColumn("context.waived", .documents([Value](repeating: [:], count: rows))),
            ])
        return JudgeRequest(
            plugin: plugin(body), function: "assess.package", settings: [["value": 5000], ["value": 4000]],
            settingsIndex: (0..<rows).map { UInt32($0 % 3 == 2 ? 1 : 0) }, facts: facts, calendar: WorkCalendar())
    }

    static let rule = """
        if facts.subject.exposure ~= "outdoor" then return refuse("NOT_EXPOSED") end
        local packs = facts.look.packs
        if packs.last and packs.count > 2 then return refuse("MIN_INTERVAL", {last = packs.last_on}) end
        return grant(settings.value, {units = 1, rank = packs.count, keeps = {ends_on = "2026-09-30"}})
        """

    let judge = LuaJudge(pool: WorkerPool())

    @Test("Each row is judged with its own facts and settings")
    func judges() async throws {
        let reply = try await judge.judge(Self.request(Self.rule), lane: .interactive)
        #expect(reply.judgements.map(\.kind) == [.grant, .refuse, .grant])
        #expect(reply.judgements.map(\.amount.fen) == [5000, 0, 4000])
        #expect(reply.judgements[1].code == "NOT_EXPOSED")
        #expect(reply.judgements[2].rank == 2)
        #expect(reply.judgements[2].units == 1)
        #expect(reply.judgements[0].keeps == ["ends_on": "2026-09-30"])
        #expect(reply.engine == ScriptEngine.identity)
    }

    @Test("Journaled bytes give the same bytes again, and tell what the rule saw")
    func replays() async throws {
        let request = Self.request(Self.rule, rows: 700)
        let first = try await judge.judge(request, lane: .batch)
        let again = try await LuaJudge(pool: WorkerPool()).replay(
            first.requestBytes, answered: first.replyBytes, plugin: request.plugin, calendar: request.calendar)
        #expect(again.replyBytes == first.replyBytes)
        #expect(again.judgements == first.judgements)
        #expect(try ScriptCall(encoded: first.requestBytes).encoded() == first.requestBytes)
        let (seen, settings) = try judge.describe(first.requestBytes, row: 2)
        #expect(seen.at(path: "facts.subject.exposure") == "outdoor")
        #expect(seen.at(path: "facts.look.packs.count") == 2)
        // Nobody read it, so the journal of a batch has not kept it.
        #expect(seen.at(path: "facts.look.packs.last_on") == .null)
        #expect(seen.at(path: "context.on") == "2026-07-23")
        #expect(settings["value"] == 4000)
        let (none, _) = try judge.describe(first.requestBytes, row: 0)
        #expect(none.at(path: "facts.look.packs.last") == .null)
        #expect(throws: NiangjiaError.self) { try judge.describe(first.requestBytes, row: 700) }
    }

    /// A row that died of its time then comes to another end where there is more time, or, as here, another budget first.
    @Test("A replay leaves alone the rows that died then, and gives the same bytes")
    func replaysTheDead() async throws {
        var short = PoolConfiguration()
        short.rowMilliseconds = 300
        let request = Self.request("if facts.subject.exposure == 'office' then while true do end end return grant(1)")
        var source = ScriptSource(request.plugin, request.calendar)
        source.limits.rowInstructions = .max / 2
        let first = try await WorkerPool(configuration: short).call(ScriptCall(request), on: source)
        #expect(first.rows.map { $0.failure?.kind } == [nil, .budgetTime, nil])
        let again = try await judge.replay(
            first.requestBytes, answered: first.replyBytes, plugin: request.plugin, calendar: request.calendar)
        #expect(again.replyBytes == first.replyBytes)
        // Without knowing of them the answer is another.
        let alone = try await judge.replay(
            first.requestBytes, answered: judge.judge(request, lane: .interactive).replyBytes, plugin: request.plugin,
            calendar: request.calendar)
        #expect(alone.replyBytes != first.replyBytes)
    }

    @Test(
        "A script that errs in a row fails that row, never refuses it",
        arguments: [
            "error('kaputt')", "return 7", "local x = nil + 1", "return grant(-1)", "return facts.subject.occupation",
            "while true do end",
        ])
    func fails(body: String) async throws {
        let reply = try await judge.judge(
            Self.request("if facts.subject.exposure == 'office' then \(body) end return grant(1)"), lane: .interactive)
        #expect(reply.judgements.map(\.kind) == [.grant, .failed, .grant])
        #expect(reply.judgements[1].amount == .zero)
        #expect(reply.judgements[1].failure?.isEmpty == false)
        #expect(reply.judgements[1].failedAt?.hasPrefix("main.lua") == true)
        // What is kept beside the case says where, not what.
        let kept = reply.judgements[1].value
        #expect(kept["failure"].isNull && !kept.json.contains("kaputt"))
        #expect(Judgement(kept)?.failedAt == reply.judgements[1].failedAt)
    }

    @Test(
        "What the manifest doesn't declare is a fault of the plugin",
        arguments: [
            ("return refuse('NO_SUCH')", "NO_SUCH"), ("return refuse('MIN_INTERVAL')", "last"),
            ("return refuse('NOT_EXPOSED', {income = 12345})", "income"),
            ("return refuse('MIN_INTERVAL', {last = context.on, name = 'free text'})", "name"),
            ("return grant(1, {keeps = {other = 1}})", "other"),
            ("return grant(1, {keeps = {ends_on = 3}})", "ends_on"),
        ])
    func undeclared(body: String, named: String) async throws {
        let reply = try await judge.judge(Self.request(body), lane: .interactive)
        #expect(reply.judgements.allSatisfy { $0.kind == .failed && $0.failure?.contains(named) == true })
    }

    @Test("Files and free text are present or not, and nothing else")
    func opaque() async throws {
        let body = """
            local child = facts.application.children[1]
            if type(child.name) == "string" or child.age ~= nil then error("seen") end
            if context.waived.NOT_EXPOSED or settings.daily then error("waived") end
            return grant(facts.application.proof and 2 or 1)
            """
        let reply = try await judge.judge(Self.request(body), lane: .interactive)
        #expect(reply.judgements.map(\.amount.fen) == [1, 1, 2])
    }

    @Test("A name in a document that isn't declared is an error, one that is absent is nil")
    func strictDocuments() async throws {
        let body = "local last = facts.look.packs.last if last then local x = last.%@ end return grant(1)"
        let absent = try await judge.judge(Self.request(body.replacing("%@", with: "self_pay")), lane: .interactive)
        #expect(absent.judgements.map(\.kind) == [.grant, .grant, .grant])
        let misspelled = try await judge.judge(Self.request(body.replacing("%@", with: "end_on")), lane: .interactive)
        #expect(misspelled.judgements.map(\.kind) == [.grant, .failed, .failed])
        #expect(misspelled.judgements[1].failure?.contains("ends_on") == true)
    }

    @Test("A script that can't be loaded is the plugin's fault")
    func unloadable() async throws {
        let error = await #expect(throws: NiangjiaError.self) {
            try await judge.judge(Self.request("return 0.5"), lane: .interactive)
        }
        #expect(error?.code == .pluginFailed)
        #expect(error?.place == "plugins/packs/main.lua:2")
    }

    @Test("Working days are those of the years that the calendar covers")
    func calendar() {
        var settings = WorkCalendar()
        #expect(ScriptCalendar(settings).covered == ScriptCalendar(settings).covered)
        settings.years = [2024, 2026, 2027]
        #expect(ScriptCalendar(settings).covered?.lowerBound == CivilDate("2026-01-01")?.days)
        #expect(ScriptCalendar(settings).covered?.upperBound == CivilDate("2027-12-31")?.days)
    }
}
