import Foundation
import NiangjiaConfig
import NiangjiaCore
import Testing

@testable import NiangjiaServer

@Suite struct BundleTests {
    static let cooling = "config/programs/summer-cooling-2026.yaml"

    @Test("An amount edited without the second person's approval: the old amount pays, program show says 待批准")
    func edited() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let preview: Value = ["program": "summer-cooling-2026", "form": "package"]
        let before = try await city.run("program.preview", preview, as: "office").answer
        try city.edit(Self.cooling, "  value: 50 ", "  value: 60 ")

        let shown = try await city.run("program.show", ["program": "summer-cooling-2026"], as: nil)
        #expect(shown.lines.contains { $0.contains("待批准") && $0.contains("value 50.00元 → 60.00元") })
        #expect(shown.answer?["settings"]["value"].int == 5_000)
        #expect(shown.answer?["pending"].list?.first?["word"].text == "待批准")
        #expect(
            try await city.run("program.preview", preview, as: "office").answer?["amount_fen"] == before?["amount_fen"])
        let decided = try await city.run("program.decide", preview, as: "office").answer
        #expect(decided?["amount_fen"] == before?["amount_fen"])
        #expect((decided?["amount_fen"].int ?? 0) > 0)

        // Whoever edited it hasn't signed for it; whoever signs can't approve it; another person can.
        let digest = try #require(shown.answer?["pending"].list?.first?["bundle"].text)
        #expect(
            await code { _ = try await city.run("config.approve", ["bundle": .text(digest)], as: "chief") }
                == .forbidden)
        _ = try await city.run("config.propose", ["policy": "示工发〔2026〕40号"], as: "office")
        #expect(
            await code { _ = try await city.run("config.approve", ["bundle": .text(digest)], as: "office") }
                == .forbidden)
        let proposed: Value = ["program": "summer-cooling-2026", "form": "package", "proposed": true]
        _ = try await city.run("program.preview", proposed, as: "office")
        _ = try await city.run("config.approve", ["bundle": .text(digest)], as: "chief")
        let after = try await city.run("program.show", ["program": "summer-cooling-2026"], as: nil)
        #expect(after.answer?["settings"]["value"].int == 6_000)
        #expect(after.answer?["pending"].list?.isEmpty == true)
        try await city.host.close()
    }

    @Test(
        "What the ledger can't follow is refused when it is proposed, with its place and what is needed; nothing is written",
        arguments: [false, true])
    func budgets(isDemo: Bool) async throws {
        let city = try await TestCity()
        try await city.importPeople()
        if isDemo {
            try city.edit("config/niangjia.yaml", "approval: second_person", "approval: demo")
            let proposed = try await city.run("config.propose", [:], as: "office").answer?["digest"]
            _ = try await city.run("config.approve", ["bundle": try #require(proposed)], as: "chief")
        }
        _ = try await city.run(
            "program.decide", ["program": "summer-cooling-2026", "form": "package"], as: "office")
        let before = try await city.host.bundles.log()
        func events() async throws -> Int64? {
            try await city.host.store.read {
                try $0.integer("SELECT count(*) FROM chain_event WHERE kind LIKE 'bundle.%'")
            }
        }
        let told = try await events()
        // What of a line in use can't change is told by check and refused by propose, at its line.
        let source = (
            "source: union_budget, purpose: cooling, amount: 520000",
            "source: donation, purpose: cooling, amount: 520000"
        )
        try city.edit("config/funds.yaml", source.0, source.1)
        let checked = try await city.run("check", [:], as: nil)
        #expect(checked.answer?["ok"].bool == false)
        #expect(
            checked.lines.contains { $0.hasPrefix("config/funds.yaml:4:") && $0.contains("已经启用") }, "\(checked.lines)")
        do {
            _ = try await city.run("config.propose", [:], as: "office")
            Issue.record("another source of a line in use was taken")
        } catch let error as NiangjiaError {
            #expect(error.code == .conflict && error.place?.hasPrefix("config/funds.yaml:4:") == true, "\(error)")
        }
        try city.edit("config/funds.yaml", source.1, source.0)
        try city.edit("config/funds.yaml", "purpose: cooling, amount: 520000", "purpose: cooling, amount: 1")
        do {
            _ = try await city.run("config.propose", [:], as: "office")
            Issue.record("a budget below what is promised was taken")
        } catch let error as NiangjiaError {
            #expect(error.code == .conflict && error.place == "config/funds.yaml: lines.cooling-2026", "\(error)")
            #expect(error.message.zh.contains("不能再少") && error.message.zh.contains("1.00"), "\(error.message.zh)")
        }
        #expect(try await city.host.bundles.log() == before)
        #expect(try await events() == told)
        // The folder is looked at all the same, and says what is wrong where an administrator looks.
        let shown = try await city.run("program.show", ["program": "summer-cooling-2026"], as: nil)
        #expect(shown.lines.contains { $0.contains("lines.cooling-2026") }, "\(shown.lines)")
        #expect(try await city.host.bundles.log() == before)
        // What can be followed is taken.
        try city.edit("config/funds.yaml", "purpose: cooling, amount: 1,", "purpose: cooling, amount: 520001,")
        _ = try await city.run("config.propose", [:], as: "office")
        #expect(try await city.host.bundles.log().count == before.count + 1)
        try await city.host.close()
    }

    @Test("A bad file leaves the active bundle running and is named with its place")
    func bad() async throws {
        let city = try await TestCity()
        let before = try await city.host.bundles.active().digest
        try city.edit(Self.cooling, "  value: 50 ", "  value: 五十 ")
        let shown = try await city.run("program.show", ["program": "summer-cooling-2026"], as: nil)
        #expect(shown.lines.contains { $0.contains(Self.cooling) && $0.contains("五十") })
        #expect(try await city.host.bundles.active().digest == before)
        #expect(await code { _ = try await city.run("config.propose", [:], as: "office") } == .configuration)
        let checked = try await city.run("check", [:], as: nil)
        #expect(checked.answer?["ok"].bool == false)
        try await city.host.close()
    }

    @Test("A change can't loosen the rule that judges it")
    func loosening() async throws {
        let city = try await TestCity()
        let before = try await city.host.bundles.active().digest
        try city.edit("config/niangjia.yaml", "approval: second_person", "approval: demo")
        _ = try await city.run("config.propose", [:], as: "office")
        #expect(try await city.host.bundles.active().digest == before)
        try await city.host.close()
    }

    @Test("Of several who approve at the same moment one does, and the others are told who has, not to preview first")
    func parallel() async throws {
        let city = try await TestCity()
        let names = (1...6).map { "chief-\($0)" }
        for name in names { try await city.add(name, .programAdmin) }
        try city.edit(Self.cooling, "  value: 50 ", "  value: 60 ")
        let entry = try await city.host.bundles.propose(ConfigFolder.files(in: city.folder.path), by: "office")
        try await city.preview(entry)
        var accounts: [Account] = []
        for name in names { accounts.append(try await city.account(name)) }
        let told = await withTaskGroup(of: NiangjiaError?.self) { group in
            for account in accounts {
                group.addTask {
                    do {
                        _ = try await city.host.bundles.approve(entry.digest, by: account)
                        return nil
                    } catch { return Operations.describe(error) }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let active = try await city.host.bundles.entry(entry.digest)
        let approver = try #require(active.decidedBy)
        #expect(active.state == .active && told.count { $0 == nil } == 1)
        for case let error? in told {
            #expect(error.code == .conflict && error.message.zh.contains("已由 \(approver) 批准"), "\(error.message.zh)")
        }
        do {
            _ = try await city.host.bundles.approve(entry.digest, by: accounts[0])
            Issue.record("approved twice")
        } catch let error as NiangjiaError { #expect(error.message.en.contains("approved by \(approver)")) }
        try await city.host.close()
    }

    @Test("A proposal made before another was approved must be made again")
    func stale() async throws {
        let city = try await TestCity()
        try city.edit(Self.cooling, "  value: 50 ", "  value: 60 ")
        let first = try await city.host.bundles.propose(ConfigFolder.files(in: city.folder.path), by: "office")
        try city.edit(Self.cooling, "  value: 60 ", "  value: 70 ")
        let second = try await city.host.bundles.propose(ConfigFolder.files(in: city.folder.path), by: "office")
        let chief = try await city.account("chief")
        _ = try await city.host.bundles.approve(second.digest, by: chief)
        // What can't become active any more is said, not found out by whoever tries.
        let log = try await city.run("config.log", [:], as: nil)
        let states = log.answer?["items"].list?.reduce(into: [:]) { $0[$1["digest"].text ?? ""] = $1["state"].text }
        #expect(states?[first.digest] == "stale" && states?[second.digest] == "active")
        #expect(log.lines.contains { $0.contains("已过时") })
        #expect(await code { _ = try await city.host.bundles.approve(first.digest, by: chief) } == .conflict)
        // Made again, on what is in force now, it can.
        try city.edit(Self.cooling, "  value: 70 ", "  value: 60 ")
        let again = try await city.host.bundles.propose(ConfigFolder.files(in: city.folder.path), by: "office")
        #expect(again.digest == first.digest && again.parent == second.digest)
        #expect(try await city.host.bundles.approve(again.digest, by: chief).state == .active)
        try await city.host.close()
    }

    @Test("A change approved for a later day is stale once another is in force, and its day passes without a fault")
    func staleOnItsDay() async throws {
        let city = try await TestCity()
        let chief = try await city.account("chief")
        try city.edit(Self.cooling, "  value: 50 ", "  value: 60 ")
        let later = try await city.host.bundles.propose(
            ConfigFolder.files(in: city.folder.path), by: "office", effectiveOn: CivilDate("2026-07-20"))
        _ = try await city.host.bundles.approve(later.digest, by: chief)
        try city.edit(Self.cooling, "  value: 60 ", "  value: 70 ")
        let now = try await city.host.bundles.propose(ConfigFolder.files(in: city.folder.path), by: "office")
        _ = try await city.host.bundles.approve(now.digest, by: chief)
        #expect(try await city.host.bundles.entry(later.digest).state == .stale)
        city.clock.set(try #require(Instant("2026-07-20T00:00:00+08:00")))
        try await Scheduler(city.host) { _ in }.runDue()
        #expect(try await city.host.bundles.active().digest == now.digest)
        let failed = try await city.host.store.read {
            try $0.integer(
                "SELECT COUNT(*) FROM job WHERE kind = 'bundle_effective' AND attempts > 0 AND state <> 'done'")
        }
        #expect(failed == 0)
        try await city.host.close()
    }

    @Test("A proposal that waits can be taken back, and then neither approved nor taken back again")
    func withdrawn() async throws {
        let city = try await TestCity()
        try city.edit(Self.cooling, "  value: 50 ", "  value: 60 ")
        let entry = try await city.host.bundles.propose(ConfigFolder.files(in: city.folder.path), by: "office")
        let bundle: Value = ["bundle": .text(entry.digest)]
        #expect(await code { _ = try await city.run("config.withdraw", bundle, as: "admin") } == .forbidden)
        let answer = try await city.run("config.withdraw", bundle, as: "office").answer
        #expect(answer?["state"].text == "withdrawn")
        #expect(await code { _ = try await city.run("config.approve", bundle, as: "chief") } == .conflict)
        #expect(await code { _ = try await city.run("config.withdraw", bundle, as: "office") } == .conflict)
        try await city.host.close()
    }

    @Test("An approved change waits for its day")
    func fromADay() async throws {
        let city = try await TestCity()
        try city.edit(Self.cooling, "  value: 50 ", "  value: 60 ")
        let entry = try await city.host.bundles.propose(
            ConfigFolder.files(in: city.folder.path), by: "office", effectiveOn: CivilDate("2026-07-20"))
        let approved = try await city.host.bundles.approve(entry.digest, by: city.account("chief"))
        #expect(approved.state == .approved)
        let scheduler = Scheduler(city.host) { _ in }
        try await scheduler.runDue()
        #expect(try await city.host.bundles.active().digest != entry.digest)
        city.clock.set(try #require(Instant("2026-07-20T00:00:00+08:00")))
        try await scheduler.runDue()
        #expect(try await city.host.bundles.active().digest == entry.digest)
        try await city.host.close()
    }

    @Test("Closing a program changes one word of its file, keeps the comments, and is a proposal")
    func status() async throws {
        let city = try await TestCity()
        let path = city.folder.path + "/" + Self.cooling
        let before = try String(contentsOfFile: path, encoding: .utf8)
        let answer = try await city.run(
            "program.status", ["program": "summer-cooling-2026", "status": "closed_to_new"], as: "office"
        ).answer
        let after = try String(contentsOfFile: path, encoding: .utf8)
        #expect(after == before.replacingOccurrences(of: "status: open ", with: "status: closed_to_new "))
        #expect(answer?["state"].text == "proposed")
        #expect(try await city.host.bundles.active().programs["summer-cooling-2026"]?.status == .open)
        try await city.host.close()
    }

    @Test("A toggle proposes what is in force with one word changed, whatever else the folder holds")
    func statusAlone() async throws {
        let city = try await TestCity()
        try city.edit(Self.cooling, "  value: 50 ", "  value: 60 ")
        func toggle(_ program: String, _ status: String) async throws -> CollectingSink {
            try await city.run("program.status", ["program": .text(program), "status": .text(status)], as: "office")
        }
        // Another program's file is as it is in force, and is changed; this one's holds an edit, and is left alone.
        let other = try await toggle("tuition-2026", "suspended")
        #expect(other.answer?["changes"].list == ["tuition-2026: status open → suspended"])
        let own = try await toggle("summer-cooling-2026", "closed_to_new")
        #expect(own.answer?["changes"].list == ["summer-cooling-2026: status open → closed_to_new"])
        #expect(own.lines.contains { $0.contains("另有未生效的修改") } && !other.lines.contains { $0.contains("另有") })
        func text(_ path: String) throws -> String {
            try String(contentsOfFile: city.folder.path + "/" + path, encoding: .utf8)
        }
        #expect(try text("config/programs/tuition-2026.yaml").contains("status: suspended"))
        #expect(try text(Self.cooling).contains("status: open") && text(Self.cooling).contains("  value: 60 "))
        let chief = try await city.account("chief")
        let closed = try await city.host.bundles.approve(try #require(own.answer?["digest"].text), by: chief)
        #expect(closed.state == .active)
        let bundle = try await city.host.bundles.active()
        #expect(bundle.programs["summer-cooling-2026"]?.status == .closedToNew)
        #expect(bundle.programs["summer-cooling-2026"]?.base.settings["value"] == .int(5_000))
        // The earlier one would open cooling again: it is refused, and made anew.
        let stale = await #expect(throws: NiangjiaError.self) {
            try await city.host.bundles.approve(try #require(other.answer?["digest"].text), by: chief)
        }
        #expect(stale?.code == .conflict && stale?.message.zh.contains("已过时") == true)
        let again = try await toggle("tuition-2026", "suspended")
        #expect(again.answer?["changes"].list == ["tuition-2026: status open → suspended"])
        try await city.host.close()
    }

    @Test("A stored bundle that was altered is refused")
    func altered() async throws {
        let city = try await TestCity()
        let digest = try await city.host.bundles.active().digest
        try await city.host.store.write(.interactive) { writer in
            try writer.execute(
                "UPDATE bundle_file SET content = $1 WHERE digest IN (SELECT file FROM bundle_member WHERE path = $2)",
                [.blob(Array("program: x".utf8)), .text(Self.cooling)])
        }
        let fresh = BundleStore(store: city.host.store, crypto: city.host.crypto, clock: city.clock, ids: city.host.ids)
        #expect(await code { _ = try await fresh.bundle(digest: digest) } == .store)
        try await city.host.close()
    }
}
