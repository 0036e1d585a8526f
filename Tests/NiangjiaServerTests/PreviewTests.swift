import Foundation
import NiangjiaConfig
import NiangjiaCore
import NiangjiaExchange
import Testing

@testable import NiangjiaServer

@Suite("Nobody changes a program blind", .serialized) struct PreviewTests {
    static let cooling = "config/programs/summer-cooling-2026.yaml"
    static let package: Value = ["program": "summer-cooling-2026", "form": "package"]

    private static func arguments(_ more: [String: Value]) -> Value {
        .map((package.map ?? [:]).merging(more) { _, new in new })
    }

    private func edited() async throws -> TestCity {
        let city = try await TestCity()
        try await city.importPeople()
        try city.edit(Self.cooling, "  value: 50 ", "  value: 60 ")
        return city
    }

    @Test("Totals, groups and the budget fit together; the same content has the same hash; the chain has the preview")
    func totals() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let first = try #require(try await city.run("program.preview", Self.package, as: "office").answer)
        let again = try #require(try await city.run("program.preview", Self.package, as: "office").answer)
        #expect(first["content_hash"] == again["content_hash"])
        let considered = try #require(first["considered"].int)
        for dimension in ["by_organization", "by_occupation", "by_class"] {
            let rows = try #require(first[dimension].map)
            #expect(rows.values.reduce(0) { $0 + ($1["considered"].int ?? 0) } == considered, "\(dimension)")
            #expect(rows.values.reduce(0) { $0 + ($1["amount_fen"].int ?? 0) } == first["amount_fen"].int)
        }
        #expect(first["by_occupation"]["courier"]["considered"].int ?? 0 > 0)
        #expect(first["budget"]["held_fen"] == first["amount_fen"])
        #expect(first["budget"]["served_until_short"] == .null)
        // A treasurer may preview, and has no right to single people: small groups stay hidden, and so do names.
        try await city.add("money", .treasurer)
        let veiled = try #require(try await city.run("program.preview", Self.package, as: "money").answer)
        #expect(veiled["amount_fen"] == first["amount_fen"])
        for dimension in ["by_organization", "by_occupation", "by_class"] {
            let shown = (veiled[dimension].map ?? [:]).values.map { $0["considered"].int ?? 0 }
            #expect(shown.allSatisfy { $0 >= 5 })
            #expect(
                shown.reduce(0, +) + (veiled[dimension + "_hidden"]["considered"].int ?? 0) == considered,
                "\(dimension)")
        }
        #expect(
            await code { _ = try await city.run("program.preview", Self.arguments(["names": true]), as: "money") }
                == .forbidden)
        let named = try await city.run(
            "program.preview", Self.arguments(["names": true, "limit": 10]), as: "office")
        let listed = try #require(named.answer?["listed"].list)
        #expect(listed.count == 10)
        #expect(listed.allSatisfy { $0["name"].text?.contains("*") == true })
        let (logged, events) = try await city.host.store.read { reader in
            (
                try reader.integer("SELECT COUNT(*) FROM access_log WHERE account = 'office'"),
                try reader.integer("SELECT COUNT(*) FROM chain_event WHERE kind = 'program.preview'")
            )
        }
        // Who goes without: nobody, and a list of nobody was read by nobody.
        #expect(logged == 1)
        #expect(events == 4)
        try await city.host.close()
    }

    @Test("Settings that single somebody out are previewed without the numbers and the money that tell of them")
    func singledOut() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        try await city.add("money", .treasurer)
        let all = try #require(try await city.run("program.preview", Self.package, as: "office").answer)
        let considered = try #require(all["considered"].int)
        // One person is left for whom the program is.
        let chosen = try await city.host.store.read { reader in
            try reader.all("SELECT id FROM person WHERE exposure = 'outdoor' ORDER BY id") { $0.id(0, Person.self) }
        }
        #expect(chosen.count > 5)
        _ = try await city.host.store.write(.interactive) { writer in
            try writer.execute(
                "UPDATE person SET exposure = CASE WHEN id = $1 THEN 'outdoor' ELSE 'office_air_conditioned' END",
                [.id(chosen[0])])
        }
        for arguments in [Self.package, ["all": true]] as [Value] {
            let open = try await city.run("program.preview", arguments, as: "office")
            let sink = try await city.run("program.preview", arguments, as: "money")
            func one(_ sink: CollectingSink) throws -> Value {
                try #require(arguments["all"] == true ? sink.answer?["programs"].list?.first : sink.answer)
            }
            let (seen, answer) = (try one(open), try one(sink))
            #expect(seen["granted"] == 1 && seen["amount_fen"].int ?? 0 > 0)
            #expect(answer["considered"].int == considered && answer["granted"] == .null && answer["refused"] == .null)
            #expect(answer["amount_fen"] == .null && answer["fund"] == .null)
            let amount = Money(fen: seen["amount_fen"].int ?? 0).description
            #expect(!sink.lines.contains { $0.contains(amount) }, "\(sink.lines)")
            guard arguments["all"] != true else { continue }
            #expect(answer["budget"] == .null && answer["by_reason"] == [:])
            #expect(sink.lines.contains { $0.contains("不足 5 人的结果") })
            #expect(answer["content_hash"] == seen["content_hash"])
        }
        // A comparison would tell by its difference what neither side tells.
        try city.edit(Self.cooling, "  value: 50 ", "  value: 60 ")
        let diff = try #require(try await city.run("program.diff", Self.package, as: "money").answer)
        #expect(diff["before"]["granted"] == .null && diff["after"] == .null)
        try await city.host.close()
    }

    @Test("What can't be asked for at once is refused by name, and nothing is previewed")
    func together() async throws {
        let city = try await TestCity()
        for (arguments, place) in [
            (Self.arguments(["bundle": "then", "proposed": true]), "/proposed"),
            (["all": true, "bundle": "then", "proposed": true], "/proposed"),
            (Self.arguments(["bundle": "closed"]), "/bundle"), (["all": true, "names": true], "/names"),
            (["all": true, "form": "package"], "/form"),
        ] as [(Value, String)] {
            let refused = await #expect(throws: NiangjiaError.self) {
                try await city.run("program.preview", arguments, as: "office")
            }
            #expect(refused?.code == .invalid && refused?.place == place, "\(arguments)")
        }
        #expect(try await city.host.store.read { try $0.integer("SELECT COUNT(*) FROM preview") } == 0)
        try await city.host.close()
    }

    @Test("A folder that isn't there, or holds no configuration, is named")
    func missingFolder() async throws {
        let city = try await TestCity()
        for folder in ["/nonexistent-folder", city.temporary.path] {
            let refused = await #expect(throws: NiangjiaError.self) {
                try await city.run("program.diff", Self.arguments(["against_folder": .text(folder)]), as: "office")
            }
            #expect(refused?.code == .notFound && refused?.place == folder)
            #expect(refused?.message.zh.contains(folder) == true && refused?.message.en.contains(folder) == true)
        }
        try await city.host.close()
    }

    @Test("A budget that runs out says after how many, whom it leaves out, and what is missing")
    func shortage() async throws {
        let city = try await TestCity()
        try city.edit("config/funds.yaml", "amount: 520000", "amount: 1000")
        try city.edit(Self.cooling, "short: partial", "short: waitlist")
        try city.edit(Self.cooling, "{line: cooling-2026}, {line: donations-2026}", "{line: cooling-2026}")
        try await city.approve()
        try await city.importPeople()
        let sink = try await city.run("program.preview", Self.arguments(["names": true, "limit": 7]), as: "office")
        let answer = try #require(sink.answer)
        let budget = answer["budget"]
        let leftOut = try #require(budget["left_out"].int)
        #expect(leftOut > 0)
        #expect(answer["waitlisted"].int == leftOut)
        #expect(budget["served_until_short"].int == answer["granted"].int)
        #expect((budget["wanted_fen"].int ?? 0) - (budget["held_fen"].int ?? 0) == budget["missing_fen"].int)
        #expect(answer["left_out"].list?.count == 7)
        #expect(sink.lines.contains { $0.contains("落空") })
        let groups = (answer["by_organization"].map ?? [:]).values
        #expect(groups.reduce(0) { $0 + ($1["left_out"].int ?? 0) } == leftOut)
        let decided = try await city.run("program.decide", Self.package, as: "office").answer
        for key in ["granted", "waitlisted", "refused", "amount_fen"] {
            #expect(decided?[key] == answer[key], "\(key)")
        }
        // Whoever waits already is not written down to wait a second time.
        let waiting = { @Sendable (reader: any StoreReader) in
            try reader.integer("SELECT COUNT(*) FROM decision WHERE state = 'waitlisted'") ?? 0
        }
        let before = try await city.host.store.read { try waiting($0) }
        #expect(before > 0)
        _ = try await city.run("program.decide", Self.package, as: "office")
        #expect(try await city.host.store.read { try waiting($0) } == before)
        try await city.host.close()
    }

    @Test("A proposal that changes a program is approved only after a preview of that very content")
    func approval() async throws {
        let city = try await edited()
        let said = try await city.run("config.propose", [:], as: "office")
        let digest = try #require(said.answer?["digest"].text)
        let command = "niangjia program preview summer-cooling-2026 --form package --bundle \(digest.prefix(12))"
        #expect(said.lines.contains { $0.contains(command) })
        // A preview of what is in force is none of the proposal.
        _ = try await city.run("program.preview", Self.package, as: "office")
        let approve: Value = ["bundle": .text(digest)]
        #expect(await code { _ = try await city.run("config.approve", approve, as: "chief") } == .conflict)
        let preview = try await city.run("program.preview", Self.arguments(["proposed": true]), as: "office").answer
        #expect(preview?["bundle"].text == digest)
        let approved = try await city.run("config.approve", approve, as: "chief")
        let kept = approved.answer?["previews"]["summer-cooling-2026/package"]
        #expect(kept?["content_hash"] == preview?["content_hash"])
        #expect(approved.lines.contains { $0.contains("试算 summer-cooling-2026/package") })
        let hash = try #require(preview?["content_hash"].text)
        let events = try await city.host.store.read { reader in
            try reader.all(
                "SELECT body FROM chain_event WHERE kind = 'bundle.activated' AND about = $1", [.text(digest)]
            ) { $0.text(0) }
        }
        #expect(events.contains { $0.contains(hash) })
        // Closing a program asks for no preview; opening it again does.
        // What was previewed before the program was closed says nothing of today.
        for (status, needs) in [("closed_to_new", false), ("open", true)] {
            city.clock.advance(milliseconds: 60_000)
            let toggled = try await city.run(
                "program.status", ["program": "summer-cooling-2026", "status": .text(status)], as: "office"
            ).answer
            let next: Value = ["bundle": toggled?["digest"] ?? .null]
            let refused = await code { _ = try await city.run("config.approve", next, as: "chief") }
            #expect(refused == (needs ? .conflict : nil), "\(status)")
        }
        try await city.host.close()
    }

    @Test(
        "Money and what programs share concern a program as its file does; what changes on a day is previewed for that day"
    )
    func concerns() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let edits = [
            ("config/funds.yaml", "amount: 520000", "amount: 200000", ""),
            (
                "config/stacking.yaml", "shared_caps:\n",
                "shared_caps:\n  - {name: heat, of: [summer-cooling/package, mutual-aid/claim], per: subject, within: season, cap: 60, reason: CAPPED_YEAR}\n",
                ""
            ),
            (
                Self.cooling, "\nforms:\n", "\nchanges: [{from: 2026-08-20, settings: {value: 200}}]\n\nforms:\n",
                " --as-of 2026-08-20"
            ),
        ]
        for (file, old, new, day) in edits {
            try city.edit(file, old, new)
            let said = try await city.run("config.propose", [:], as: "office")
            let digest = try #require(said.answer?["digest"].text)
            let command =
                "niangjia program preview summer-cooling-2026 --form package --bundle \(digest.prefix(12))\(day)"
            #expect(said.lines.contains { $0.hasSuffix(command) }, "\(file)")
            let approve: Value = ["bundle": .text(digest)]
            #expect(await code { _ = try await city.run("config.approve", approve, as: "chief") } == .conflict)
            if !day.isEmpty {
                // Today nobody's outcome has changed yet.
                _ = try await city.run("program.preview", Self.arguments(["bundle": .text(digest)]), as: "office")
                #expect(await code { _ = try await city.run("config.approve", approve, as: "chief") } == .conflict)
            }
            try await city.preview(try await city.host.bundles.entry(digest))
            _ = try await city.run("config.approve", approve, as: "chief")
        }
        // What concerns another program's money asks for nothing.
        try city.edit("config/funds.yaml", "amount: 60000", "amount: 61000")
        let said = try await city.run("config.propose", [:], as: "office")
        _ = try await city.run("config.approve", ["bundle": said.answer?["digest"] ?? .null], as: "chief")
        try await city.host.close()
    }

    @Test("Only so many previews an hour")
    func rate() async throws {
        let city = try await TestCity()
        let (now, context) = (city.clock.now(), city.host.context("office"))
        try await city.host.store.write(.interactive) { writer in
            for _ in 0..<Previews.rateLimit {
                let id: ID<Preview> = context.ids.next()
                try writer.execute(
                    """
                    INSERT INTO preview (id, kind, at, account, bundle, program, form, as_of, content_hash, totals) \
                    VALUES ($1, 'preview', $2, 'office', '', '', '', 0, '', '{}')
                    """, [.id(id), .instant(now)])
            }
        }
        #expect(await code { _ = try await city.run("program.preview", Self.package, as: "office") } == "rate_limited")
        #expect(await code { _ = try await city.run("program.preview", Self.package, as: "chief") } == nil)
        city.clock.advance(milliseconds: Previews.rateWindow + 1)
        #expect(await code { _ = try await city.run("program.preview", Self.package, as: "office") } == nil)
        try await city.host.close()
    }

    @Test("Equal sides have no line; a higher amount gains for everybody who is granted, in a workbook of text cells")
    func raised() async throws {
        let city = try await edited()
        let same = try await city.run("program.diff", Self.arguments(["against": "active"]), as: "office").answer
        #expect(same?["changes"] == .list([]))
        #expect(same?["gains"].int == 0 && same?["loses"].int == 0 && same?["moves"].int == 0)
        #expect(same?["other_reason"].int == 0)
        let file = city.temporary.file("diff.xlsx")
        let diff = try await city.run("program.diff", Self.arguments(["out": .text(file)]), as: "office")
        let answer = try #require(diff.answer)
        let changes = try #require(answer["changes"].list)
        #expect(answer["loses"].int == 0)
        let subjects = changes.flatMap { $0["subjects"].list ?? [] }
        #expect(subjects.allSatisfy { ($0["after_fen"].int ?? 0) > ($0["before_fen"].int ?? 0) })
        let gained = (answer["after"]["amount_fen"].int ?? 0) - (answer["before"]["amount_fen"].int ?? 0)
        #expect(gained > 0 && answer["gains_fen"].int == gained)
        #expect(diff.lines.contains { $0.contains("value 50.00元 → 60.00元") })
        let book = try XLSXReader(path: file)
        var rows: [[String]] = []
        while let row = try book.next() { rows.append(row.cells) }
        #expect(rows.count == subjects.count + 1)
        // A number would have lost its zeros.
        #expect(rows.contains { $0.count > 9 && $0[6] == "50.00" && $0[8] == "60.00" && $0[9] == "10.00" })
        let csv = city.temporary.file("diff.csv")
        _ = try await city.run("program.diff", Self.arguments(["out": .text(csv)]), as: "office")
        let text = try String(contentsOfFile: csv, encoding: .utf8)
        #expect(text.split(separator: "\r\n").count == subjects.count + 1)
        try await city.host.close()
    }

    @Test("Who loses is told by which condition; opening a program gains for whoever it would serve")
    func conditions() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        try city.edit(
            Self.cooling, "exposures: [outdoor, high_temp_indoor, key_project, emergency_duty]", "exposures: [outdoor]")
        let answer = try #require(try await city.run("program.diff", Self.package, as: "office").answer)
        #expect(answer["gains"].int == 0)
        #expect((answer["loses"].int ?? 0) > 0)
        let subjects = (answer["changes"].list ?? []).flatMap { $0["subjects"].list ?? [] }
        #expect(!subjects.isEmpty && subjects.allSatisfy { $0["condition"].text == "NOT_EXPOSED" })
        #expect(subjects.allSatisfy { $0["text"].text?.hasPrefix("改后:") == true })
        let opened = try await city.run(
            "program.diff", Self.arguments(["from": "closed", "against": "active"]), as: "office"
        ).answer
        let preview = try await city.run("program.preview", Self.package, as: "office").answer
        #expect(opened?["gains_fen"] == preview?["amount_fen"])
        #expect(opened?["loses"].int == 0)
        // Somebody without the right sees totals, and nobody's line.
        try await city.add("money", .treasurer)
        let totals = try await city.run("program.diff", Self.package, as: "money").answer
        #expect(totals?["changes"] == .list([]) && totals?["names"].bool == false)
        #expect(totals?["loses"] == answer["loses"])
        let out: Value = Self.arguments(["out": .text(city.temporary.file("x.xlsx"))])
        #expect(await code { _ = try await city.run("program.diff", out, as: "money") } == .forbidden)
        // Another folder, as it was before.
        let folder: Value = Self.arguments(["from": "folder", "against_folder": .text(TestCity.root)])
        let back = try await city.run("program.diff", folder, as: "office").answer
        #expect(back?["gains_fen"].int == -(answer["loses_fen"].int ?? 0))
        try await city.host.close()
    }

    @Test("A past day's own bundle is named, and can be previewed and compared with")
    func then() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let before = try await city.host.bundles.active().digest
        city.clock.set(try #require(Instant("2026-07-25T09:00:00+08:00")))
        try city.edit(Self.cooling, "  value: 50 ", "  value: 60 ")
        try await city.approve()
        let day = Self.arguments(["as_of": "2026-07-16"])
        let now = try await city.run("program.preview", day, as: "office")
        #expect(now.answer?["bundle_then"].text == before)
        #expect(now.lines.contains { $0.contains("--bundle then") })
        let then = try await city.run(
            "program.preview", Self.arguments(["as_of": "2026-07-16", "bundle": "then"]), as: "office"
        ).answer
        #expect(then?["bundle"].text == before)
        #expect((then?["amount_fen"].int ?? 0) < (now.answer?["amount_fen"].int ?? 0))
        let diff = try await city.run(
            "program.diff", Self.arguments(["as_of": "2026-07-16", "from": "then", "against": "active"]), as: "office"
        ).answer
        #expect(
            diff?["gains_fen"].int == (now.answer?["amount_fen"].int ?? 0) - (then?["amount_fen"].int ?? 0))
        try await city.host.close()
    }

    @Test("A run stops before its approved ceiling; the rest is listed, and a second run adds nothing")
    func ceiling() async throws {
        let city = try await TestCity()
        try city.edit(
            Self.cooling, "ceiling: {persons: 5200, amount: 520000}", "ceiling: {persons: 10, amount: 520000}")
        try await city.approve()
        try await city.importPeople()
        let preview = try await city.run("program.preview", Self.package, as: "office").answer
        let first = try await city.run("program.decide", Self.package, as: "office").answer
        #expect(first?["granted"].int == 10 && first?["applied"].int == 10)
        #expect(first?["waitlisted"] == preview?["budget"]["left_out"])
        let listed = try await city.run(
            "decision.list", ["program": "summer-cooling-2026", "result": "waitlisted", "limit": 500], as: "office"
        ).answer?.list
        #expect(listed?.first?["code"].text == HostReason.ceiling)
        #expect(Int64(listed?.count ?? 0) == min(500, first?["waitlisted"].int ?? 0))
        city.clock.set(try #require(Instant("2026-08-15T09:00:00+08:00")))
        let second = try await city.run("program.decide", Self.package, as: "office").answer
        #expect(second?["applied"].int == 0)
        try await city.host.close()
    }

    @Test("Nothing is decided for a day that hasn't come; it may be previewed")
    func future() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let later = Self.arguments(["as_of": .text((city.host.clock.now().date + 1).description)])
        #expect(await code { _ = try await city.run("program.decide", later, as: "office") } == .invalid)
        #expect(try await city.host.store.read { try $0.integer("SELECT COUNT(*) FROM run") } == 0)
        #expect(try await city.run("program.preview", later, as: "office").answer?["granted"].int ?? 0 > 0)
        try await city.host.close()
    }

    @Test("A refusal of a run is explained with what can be done about it")
    func advice() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        _ = try await city.run("program.decide", Self.package, as: "office")
        city.clock.set(try #require(Instant("2026-07-23T09:00:00+08:00")))
        _ = try await city.run("program.decide", Self.package, as: "office")
        let served = try await city.host.store.read { reader in
            try reader.first("SELECT subject FROM decision WHERE form = 'package' AND state = 'standing' ORDER BY id") {
                $0.id(0, Person.self)
            }
        }
        let person = try #require(served)
        // The newest decision about them is the standing one; what the later run said is found by the run.
        let found = try await city.host.corridor.advice(
            program: "summer-cooling-2026", form: "package", subject: SubjectRef(.person, person.rawValue),
            code: "MIN_INTERVAL", caseID: nil)
        #expect(found == [.wait(days: 7, isGoods: true)])
        let never = try await city.host.store.read { reader in
            try reader.first("SELECT id FROM person WHERE exposure = 'office_air_conditioned' ORDER BY id") {
                $0.id(0, Person.self)
            }
        }
        let other = try #require(never)
        let told = try await city.run(
            "decision.explain", ["program": "summer-cooling-2026", "person": .text(other.text)], as: "office")
        #expect(told.answer?["advice"].list?.first?["kind"].text == "correct")
        #expect(told.lines.contains { $0.contains("可以") && $0.contains("作业环境") })
        try await city.host.close()
    }

    @Test("Who qualifies and never applied is listed for the union; decided on, they are off the list")
    func unasked() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        try await city.add("town", .clerk)
        let before = try #require(try await city.run("program.unasked", Self.package, as: "town").answer)
        let preview = try await city.run("program.preview", Self.package, as: "office").answer
        #expect(before["count"] == preview?["granted"])
        _ = try await city.run("program.decide", Self.package, as: "office")
        let after = try await city.run("program.unasked", Self.package, as: "town").answer
        #expect(after?["count"].int == 0)
        #expect(await code { _ = try await city.run("program.unasked", Self.package, as: "chief") } == .forbidden)
        try await city.host.close()
    }

    @Test("A program that says so decides by itself once a day, for those who never applied")
    func automatic() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        try city.edit(
            Self.cooling, "package: {review: [basic]}", "package: {review: [basic], automatic: {daily: \"10:00\"}}")
        try await city.approve()
        let scheduler = Scheduler(city.host) { _ in }
        func decisions() async throws -> Int64 {
            try await city.host.store.read {
                try $0.integer("SELECT COUNT(*) FROM decision WHERE form = 'package' AND state = 'standing'") ?? 0
            }
        }
        try await scheduler.planAutomatic()
        try await scheduler.runDue()
        #expect(try await decisions() == 0)
        city.clock.set(try #require(Instant("2026-07-15T10:00:00+08:00")))
        try await scheduler.runDue()
        let given = try await decisions()
        #expect(given > 0)
        // The rule would give a second pack after 15 days; nobody who was served is served again unasked.
        city.clock.set(try #require(Instant("2026-08-15T10:00:00+08:00")))
        try await scheduler.planAutomatic()
        try await scheduler.runDue()
        #expect(try await decisions() == given)
        let runs = try await city.run("program.runs", ["program": "summer-cooling-2026"], as: "office").answer?.list
        #expect(runs?.count == 2 && runs?.first?["actor"].text == "host")
        try await city.host.close()
    }
}
