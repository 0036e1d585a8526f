import Testing

@testable import NiangjiaCore
@testable import NiangjiaServer

/// The chain and the journal, read by an auditor: what is told, what is looked at, and whom it doesn't name.
@Suite("Events of the chain and heads of the journal", .serialized) struct AuditEventsTests {
    @Test("Newest first, page by page, found by kind, object, account and day; nobody but an auditor reads them")
    func list() async throws {
        let city = try await TestCity()
        try await city.add("auditor", .auditor)
        func list(_ arguments: Value) async throws -> [Value] {
            try await city.run("audit.events", arguments, as: "auditor").answer?.list ?? []
        }
        let two = try await list(["limit": 2])
        let numbers = two.compactMap { $0["seq"].int }
        #expect(numbers.count == 2 && numbers[0] == numbers[1] + 1)
        let behind = try await list(["limit": 1, "after": two[0]["event"]])
        #expect(behind.first?["seq"] == two[1]["seq"])
        let bundles = try await list(["kind": "bundle."])
        #expect(bundles.last?["kind"] == "bundle.proposed" && bundles.contains { $0["kind"] == "bundle.activated" })
        #expect(bundles.allSatisfy { $0["kind"].text?.hasPrefix("bundle.") == true })
        let digest = try #require(bundles.first?["about"].text)
        #expect(try await list(["about": .text(digest), "kind": "bundle."]) == bundles)
        #expect(try await list(["actor": "office", "kind": "bundle."]) == bundles.filter { $0["actor"] == "office" })
        #expect(try await list(["from": "2026-07-15", "to": "2026-07-15", "kind": "bundle."]) == bundles)
        #expect(try await list(["to": "2026-07-14"]).isEmpty)
        #expect(try await list(["from": "2026-07-16"]).isEmpty)
        // Rows that were sealed are counted: their keys and digests are nobody's to read.
        let sealed = try #require(try await list(["kind": "rows.sealed", "limit": 500]).last)
        #expect(sealed["body"]["rows"].map?.values.allSatisfy { $0.int ?? 0 > 0 } == true, "\(sealed.json)")
        let one = try await city.run("audit.event", ["seq": two[1]["seq"]], as: "auditor").answer
        #expect(one == two[1] && one?["digest"].text?.count == 64 && one?["erased"] == false)
        let head = try #require(try await city.host.store.read { try Chain.head(in: $0) })
        #expect(
            await code { _ = try await city.run("audit.event", ["seq": .int(head.seq + 50)], as: "auditor") }
                == .notFound
        )
        #expect(await code { _ = try await list(["actor": "nobody"]) } == .notFound)
        #expect(await code { _ = try await list(["from": "2026-07-16", "to": "2026-07-15"]) } == .invalid)
        for account in ["admin", "office", "chief"] {
            #expect(await code { _ = try await city.run("audit.events", [:], as: account) } == .forbidden)
        }
        try await city.host.close()
    }

    @Test("Days find all that happened in them, also what a clock wrote that was ahead until somebody confirmed it")
    func days() async throws {
        let city = try await TestCity()
        let context = city.host.context("office")
        // Days after today; the clock was ahead for three events, and the sixth sets it right.
        let days: [Int64] = [0, 1, 40, 41, 42, 1, 2, 3, 3, 5, 8]
        for (n, day) in days.enumerated() {
            let event = ChainEvent(
                kind: n == 5 ? "clock.confirmed" : "probe.day", actor: "office", about: "", body: ["n": .int(Int64(n))])
            try await city.host.store.write(.interactive) { writer in
                try Chain.append(
                    event, at: context.now + day * 86_400_000, ids: context.ids, crypto: context.crypto, in: writer)
            }
        }
        for day in 0...45 {
            let wanted = days.indices.filter { $0 != 5 && days[$0] >= Int64(day) }.map(Int64.init)
            var filter = EventFilter()
            (filter.kind, filter.from) = ("probe.", Instant(context.today + day))
            let found = try await city.host.store.read { [filter] in try Chain.events(filter, limit: 100, in: $0) }
            #expect(Array(found.compactMap { $0.body["n"].int }.reversed()) == wanted, "\(day)")
        }
        try await city.host.close()
    }

    @Test("What was lawfully erased is told to have been there, and nothing of it")
    func erased() async throws {
        let city = try await TestCity()
        try await city.add("auditor", .auditor)
        let context = city.host.context("officer")
        let first = try #require(
            try await city.host.store.read { try $0.integer("SELECT seq FROM chain_event WHERE kind LIKE 'access.%'") })
        try await city.host.store.write(.interactive) { writer in
            try Chain.erase(
                [first], grounds: "依法", actor: context.actor, at: context.now, ids: context.ids, crypto: context.crypto,
                in: writer)
        }
        let told = try #require(try await city.run("audit.event", ["seq": .int(first)], as: "auditor").answer)
        #expect(told["erased"] == true && told["body"].isNull && told["digest"].text?.count == 64)
        try await city.host.close()
    }

    @Test("Events and calls about a case are a look at its applicant; a list of many is one look that names nobody")
    func looked() async throws {
        let city = try await AccessCity()
        let auditor = try await city.account(.auditor, bound: false)
        func looks(_ about: String) async throws -> Int64 {
            try await city.city.host.store.read {
                try $0.integer(
                    "SELECT COUNT(*) FROM access_log WHERE about = $1 AND account = $2",
                    [.text(about), .text(auditor.id)])
            } ?? 0
        }
        let person = city.own.person.text
        let told = try await city.perform("audit.events", ["about": .text(city.own.caseID)], as: auditor).answer?.list
        let submitted = try #require(told?.first { $0["kind"].text == "case.submit" } ?? told?.last)
        #expect(submitted["about"].text == city.own.caseID && submitted["actor"] == "office")
        #expect(try await looks(person) == 1)
        _ = try await city.perform("audit.event", ["seq": submitted["seq"]], as: auditor)
        #expect(try await looks(person) == 2)
        _ = try await city.perform("audit.events", ["limit": 500], as: auditor)
        #expect(try await looks(person) == 2)
        #expect(try await looks("audit events") == 1)
        // What the chain holds of the call is what the journal's list tells.
        let calls = try await city.perform("audit.calls", ["case": .text(city.own.caseID)], as: auditor).answer?.list
        let call = try #require(calls?.first)
        #expect(call["program"] == "tuition-2026" && call["case"].text == city.own.caseID && call["erased"] == false)
        let sealed = try await city.perform("audit.events", ["about": call["call"]], as: auditor).answer?.list
        #expect(sealed?.first?["kind"] == "journal.call" && sealed?.first?["body"]["digest"] == call["digest"])
        #expect(try await looks(person) == 3)
        let run = try #require(
            try await city.perform("program.runs", ["limit": 1], as: auditor).answer?.list?.first?["run"])
        let blocks = try await city.perform("audit.blocks", ["run": run], as: auditor).answer?.list ?? []
        let judged = try await city.perform("audit.events", ["about": run, "kind": "run.judged"], as: auditor).answer?
            .list
        #expect(Set(blocks.map { $0["digest"] }) == Set((judged ?? []).map { $0["body"]["digest"] }))
        #expect(blocks.allSatisfy { $0["state"] == "applied" && $0["count"].int ?? 0 > 0 })
        let first = try await city.perform("audit.blocks", ["run": run, "limit": 1], as: auditor).answer?.list
        #expect(first == Array(blocks.prefix(1)))
        let behind: Value = ["run": run, "after": blocks.first?["block"] ?? .null]
        let rest = try await city.perform("audit.blocks", behind, as: auditor).answer?.list
        #expect(rest == Array(blocks.dropFirst()))
        try await city.city.host.close()
    }

    @Test("Events by account, by goods that wait, one at a time: each is a look at whose it is; none leaves no look")
    func lookedByAnyWay() async throws {
        let city = try await AccessCity()
        let auditor = try await city.account(.auditor, bound: false)
        let (member, person) = (try await city.account(.member), city.own.person.text)
        func looks(_ about: String) async throws -> Int64 {
            try await city.city.host.store.read {
                try $0.integer(
                    "SELECT COUNT(*) FROM access_log WHERE about = $1 AND account = $2",
                    [.text(about), .text(auditor.id)])
            } ?? 0
        }
        func list(_ arguments: Value) async throws -> [Value] {
            try await city.perform("audit.events", arguments, as: auditor).answer?.list ?? []
        }
        _ = try await list(["actor": .text(member.id)])
        #expect(try await looks(person) == 1)
        #expect(!(try await list(["about": .text(member.id)])).isEmpty)
        #expect(try await looks(person) == 2)
        // One at a time, as a list of one or by its number.
        let filed = try await list(["kind": "case.submit", "limit": 500]).filter {
            $0["about"].text == city.own.caseID
        }
        #expect(try await looks(person) == 2)
        #expect(try await looks("audit events") == 1)
        let seq = try #require(filed.first?["seq"].int)
        let next = try await city.perform("audit.event", ["seq": .int(seq + 1)], as: auditor).answer
        let (named, unnamed) = (try await looks(person), try await looks("audit events"))
        #expect(try await list(["limit": 1, "after": next?["event"] ?? .null]).first?["seq"].int == seq)
        #expect(try await looks(person) == named + 1)
        #expect(try await looks("audit events") == unnamed)
        // Nobody's: it is written down all the same.
        _ = try await list(["kind": "bundle.activated", "limit": 1])
        _ = try await city.perform("audit.event", ["seq": 1], as: auditor)
        #expect(try await looks("audit events") == unnamed + 2)
        // Goods that wait are locked by the person and the program.
        let subject = try await city.city.host.store.read { try EventSubject("\(person)/handout-2026", in: $0).whom }
        #expect(subject == person)
        try await city.city.host.close()
    }

    @Test("Whom a sealed case hides stands in no event: neither as who acted, nor to be found by name or by digest")
    func sealed() async throws {
        let city = try await TestCity()
        let (_, unit) = try await city.peopleWhoSeeHazards()
        try await city.add("eye", .auditor)
        let filed = try await city.reportHazard(in: unit, "major")
        func list(_ arguments: Value) async throws -> [Value] {
            try await city.run("audit.events", arguments, as: "eye").answer?.list ?? []
        }
        let own = try await list(["about": filed])
        #expect(own.contains { $0["kind"] == "case.submit" && $0["actor"] == "-" }, "\(own)")
        #expect(own.allSatisfy { $0["actor"] != "worker" && $0["body"]["row"].isNull }, "\(own)")
        let calls = try await city.run("audit.calls", ["case": filed], as: "eye").answer?.list ?? []
        #expect(!calls.isEmpty && calls.allSatisfy { $0["digest"].isNull && $0["erased"] == false }, "\(calls)")
        for call in calls {
            let told = try await list(["about": call["call"]])
            #expect(told.allSatisfy { $0["actor"] != "worker" && $0["body"]["digest"].isNull }, "\(told)")
        }
        // Nor does who signed in just before it tell them: of what the worker did nothing is told by name.
        let all = try await list(["limit": 500])
        #expect(all.contains { $0["kind"] == "access.signed_in" && $0["actor"] == "-" && $0["about"] == "-" }, "\(all)")
        #expect(all.allSatisfy { $0["actor"] != "worker" && $0["body"]["account"] != "worker" || isAdministered($0) })
        #expect(all.allSatisfy { $0["about"] != "worker" || isAdministered($0) }, "\(all)")
        #expect(try await list(["actor": "worker"]).isEmpty)
        #expect(try await list(["about": "worker"]).allSatisfy(isAdministered))
        #expect(try await list(["actor": "eye"]).contains { $0["kind"] == "access.signed_in" })
        let looks = try await city.host.store.read {
            try $0.integer(
                "SELECT COUNT(*) FROM access_log WHERE account = 'eye' AND about = $1", [.text(filed.text ?? "")])
        }
        #expect(looks == Int64(1 + calls.count))
        try await city.host.close()
    }

    /// Whether an event is an administrator's act about an account.
    private func isAdministered(_ event: Value) -> Bool {
        event["kind"] == "access.account_added" && event["actor"] != "worker"
    }

    @Test("Who asked for an action of a program with sealed cases isn't told: a case is filed in the same transaction")
    func actions() async throws {
        let city = try await AccessCity()
        let auditor = try await city.account(.auditor, bound: false)
        func told(_ arguments: Value) async throws -> [Value] {
            let told = try await city.perform("audit.events", arguments, as: auditor).answer?.list ?? []
            return told.filter { $0["about"].text == city.own.action }
        }
        let open = try await told(["about": .text(city.own.action)])
        #expect(open.contains { $0["kind"] == "action.waiting" && $0["actor"] == "asker-990101" }, "\(open)")
        let filed = try #require(ID<CaseFile>(city.own.caseID))
        _ = try await city.city.host.store.write(.interactive) { writer in
            try writer.execute(
                "UPDATE case_file SET program = (SELECT program FROM action_run LIMIT 1), sealed = 1 WHERE id = $1",
                [.id(filed)])
        }
        let hidden = try await told(["about": .text(city.own.action)])
        #expect(hidden.count == open.count)
        #expect(hidden.allSatisfy { $0["actor"] == "-" && $0["body"]["content"].isNull }, "\(hidden)")
        #expect(try await told(["actor": "asker-990101", "limit": 500]).isEmpty)
        try await city.city.host.close()
    }
}
