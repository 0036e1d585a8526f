import NiangjiaConfig
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// Programs whose files go, and content that is proposed more than once.
@Suite struct RemovalTests {
    static let cooling = "config/programs/summer-cooling-2026.yaml"

    /// Asks for a change, and approves it as another person where it takes one.
    private func bring(_ operation: String, _ arguments: Value, in city: TestCity) async throws {
        let answer = try await city.run(operation, arguments, as: "office").answer
        guard answer?["state"].text == "proposed" else { return }
        let digest = try #require(answer?["digest"].text)
        try await city.preview(try await city.host.bundles.entry(digest))
        _ = try await city.run("config.approve", ["bundle": .text(digest)], as: "chief")
    }

    private func city(isDemo: Bool) async throws -> TestCity {
        let city = try await TestCity()
        if isDemo {
            try city.edit("config/niangjia.yaml", "approval: second_person", "approval: demo")
            try await bring("config.propose", [:], in: city)
            #expect(try await city.host.bundles.active().city.approval == .demo)
        }
        return city
    }

    private static let removal: Value = ["files": .map([cooling: .null])]

    @Test(
        "A program that is open or owes can't be removed, whatever its status, with a second person or without",
        arguments: [false, true])
    func owing(isDemo: Bool) async throws {
        let city = try await city(isDemo: isDemo)
        try await city.importPeople()
        let decided = try await city.run(
            "program.decide", ["program": "summer-cooling-2026", "form": "package"], as: "office"
        ).answer
        let granted = try #require(decided?["amount_fen"].int)
        let log = try await city.host.bundles.log()
        func refusal() async throws -> NiangjiaError {
            let error = await #expect(throws: NiangjiaError.self) {
                try await city.run("config.propose", Self.removal, as: "office")
            }
            return try #require(error)
        }
        let open = try await refusal()
        #expect(open.code == .conflict && open.message.zh.contains("仍开放"), "\(open)")
        #expect(open.message.zh.contains("niangjia program end summer-cooling-2026"), "\(open)")
        #expect(open.message.zh.contains("\(Money(fen: granted)) 元"), "\(open)")
        #expect(try await city.host.bundles.log() == log)
        for status in ["suspended", "ended"] {
            try await bring(
                "program.status", ["program": "summer-cooling-2026", "status": .text(status)], in: city)
            let owing = try await refusal()
            #expect(owing.code == .conflict && !owing.message.zh.contains("仍开放"), "\(owing)")
            #expect(owing.message.zh.contains("\(Money(fen: granted)) 元"), "\(owing)")
            #expect(owing.place == Self.cooling)
        }
        #expect(try await city.host.bundles.active().programs["summer-cooling-2026"]?.status == .ended)
        try await city.host.close()
    }

    @Test("A proposal to remove a program that owes by the time it is approved isn't approved")
    func owingMeanwhile() async throws {
        let city = try await city(isDemo: false)
        try await city.importPeople()
        _ = try await city.run(
            "program.decide", ["program": "summer-cooling-2026", "form": "package"], as: "office")
        try await bring("program.status", ["program": "summer-cooling-2026", "status": "ended"], in: city)
        // From a later day nothing is rehearsed when it is proposed.
        let later: Value = ["files": .map([Self.cooling: .null]), "from": "2026-12-31"]
        let digest = try #require(try await city.run("config.propose", later, as: "office").answer?["digest"])
        #expect(await code { _ = try await city.run("config.approve", ["bundle": digest], as: "chief") } == .conflict)
        try await city.host.close()
    }

    @Test("A program that is ended and owes nothing goes", arguments: [false, true])
    func settled(isDemo: Bool) async throws {
        let city = try await city(isDemo: isDemo)
        try await bring("program.status", ["program": "summer-cooling-2026", "status": "ended"], in: city)
        try await bring("config.propose", Self.removal, in: city)
        #expect(try await city.host.bundles.active().programs["summer-cooling-2026"] == nil)
        try await city.host.close()
    }

    @Test("Content that comes into force again is a proposal of its own: who brought and approved it before stays")
    func again() async throws {
        let city = try await TestCity()
        try await city.add("deputy", .programAdmin)
        let first = try #require(try await city.host.bundles.log().first)
        try city.edit(Self.cooling, "  value: 50 ", "  value: 60 ")
        try await city.approve()
        city.clock.set(try #require(Instant("2026-07-16T09:00:00+08:00")))
        let arguments: Value = ["bundle": .text(first.digest), "policy": "示工发〔2026〕41号"]
        _ = try await city.run("config.revert", arguments, as: "chief")
        try await city.preview(try await city.host.bundles.entry(first.digest))
        _ = try await city.run("config.approve", ["bundle": .text(first.digest)], as: "deputy")

        let log = try await city.host.bundles.log()
        #expect(log.count == 3)
        let rows = log.filter { $0.digest == first.digest }
        #expect(rows.map(\.state) == [.active, .retired] && rows.map(\.n) == [2, 1])
        #expect(rows.map(\.proposedBy) == ["chief", "office"] && rows.map(\.decidedBy) == ["deputy", "chief"])
        #expect(rows.first?.policy == "示工发〔2026〕41号")
        var before = first
        before.state = .retired
        #expect(rows.last == before)
        #expect(try await city.host.bundles.entry(String(first.digest.prefix(12))) == rows.first)
        #expect(try await city.host.bundles.active().digest == first.digest)
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("Proposing what waits takes the earlier proposal back; signing for a change of the folder doesn't")
    func waiting() async throws {
        let city = try await TestCity()
        try city.edit(Self.cooling, "  value: 50 ", "  value: 60 ")
        // A look at the folder, and then somebody's name under it.
        _ = try await city.run("config.log", [:], as: nil)
        let signed = try await city.run("config.propose", [:], as: "office").answer
        let digest = try #require(signed?["digest"].text)
        func rows() async throws -> [BundleEntry] {
            try await city.host.bundles.log().filter { $0.digest == digest }
        }
        #expect(try await rows().map(\.proposedBy) == ["office"])
        _ = try await city.run("config.propose", ["policy": "示工发〔2026〕42号"], as: "chief")
        let both = try await rows()
        #expect(both.map(\.state) == [.proposed, .withdrawn] && both.map(\.proposedBy) == ["chief", "office"])
        // Nobody may approve it but another than who brings it now.
        #expect(
            await code { _ = try await city.run("config.approve", ["bundle": .text(digest)], as: "chief") }
                == .forbidden)
        // Another look at the folder finds it waiting, and changes nothing.
        _ = try await city.run("config.log", [:], as: nil)
        #expect(try await rows() == both)
        try await city.host.close()
    }

    @Test(
        "A path that is no file of the configuration is refused with its place, and nothing is proposed",
        arguments: [
            "config/fundz.yaml", "config/niangjia.yaml ", "config//funds.yaml", "config/../funds.yaml",
            "config/programs/.x.yaml", "plugins/summer-cooling/main.lua/x", "README.md",
        ])
    func noFile(path: String) async throws {
        let city = try await TestCity()
        let log = try await city.host.bundles.log()
        let files: Value = .map([path: "a: 1\n", Self.cooling: .null])
        let error = await #expect(throws: NiangjiaError.self) {
            try await city.run("config.propose", ["files": files], as: "office")
        }
        #expect(error?.code == .invalid && error?.place == "/files/" + JSONPointer.escaped(path), "\(path)")
        #expect(try await city.host.bundles.log() == log)
        try await city.host.close()
    }

    @Test("A run that is paused and then cancelled says that it was cancelled, and by whom")
    func cancelledRun() async throws {
        let city = try await TestCity()
        let run: ID<Run> = city.host.ids.next()
        let digest = try await city.host.bundles.active().digest
        try await city.host.store.write(.interactive) { writer in
            _ = try writer.execute(
                """
                INSERT INTO run (id, program, form, bundle, plugin_digest, as_of, actor, started_at, state)
                VALUES ($1, 'summer-cooling-2026', 'package', $2, '', 20649, 'office', 0, 'judging')
                """, [.id(run), .text(digest)])
        }
        // Nobody works on it: what did was killed.
        let left = try await city.run("program.runs", [:], as: "office")
        #expect(left.answer?.list?.first?["state"].text == "interrupted")
        #expect(left.lines.contains { $0.contains("中断") } && left.lines.contains { $0.contains("再次 decide") })
        _ = try await city.run("program.pause", ["run": .text(run.text)], as: "office")
        let paused = try await city.run("run.show", ["run": .text(run.text)], as: "office").answer
        #expect(paused?["reason"].text == "由 office 暂停")
        _ = try await city.run("program.cancel", ["run": .text(run.text)], as: "chief")
        let shown = try await city.run("run.show", ["run": .text(run.text)], as: "office").answer
        #expect(shown?["reason"].text == "由 chief 取消" && shown?["cause"].text == "person")
        try await city.host.close()
    }
}
