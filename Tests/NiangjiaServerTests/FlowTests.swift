import Foundation
import NiangjiaCore
import NiangjiaTesting
import Testing

@testable import NiangjiaServer

/// Grants, suppliers and sharing between unions, through operations on a real store.
@Suite("Money between unions and suppliers") struct FlowTests: FlowSuite {
    // MARK: grants

    @Test("Whoever proposes or looks at a grant hears of the others that the organisation has of the plan")
    func repeatedGrant() async throws {
        let city = try await city()
        func propose() async throws -> CollectingSink {
            try await city.run(
                "grant.propose",
                ["plan": "startup", "organization": "990100F1", "amount": "100.00", "purpose": "租金"], as: "treasurer")
        }
        let first = try await propose()
        let one = first.answer?["grant"] ?? .null
        #expect(first.answer?["others"].list?.isEmpty == true && !first.lines.contains { $0.contains("提醒") })
        let second = try await propose()
        let two = second.answer?["grant"] ?? .null
        #expect(second.answer?["others"].list == [one])
        #expect(second.lines.contains { $0.contains("已有 1 笔") && $0.contains(one.text ?? "-") }, "\(second.lines)")
        let shown = try await city.run("grant.show", ["grant": two], as: "payer")
        #expect(shown.answer?["others"].list == [one] && shown.lines.contains { $0.contains("已有 1 笔") })
        let listed = try await city.run("grant.list", [:], as: "payer").answer?.list
        #expect(listed?.allSatisfy { $0["others"].list?.count == 1 } == true)
        let approved = try await city.run("grant.approve", ["grant": two], as: "payer")
        #expect(approved.lines.contains { $0.contains("已有 1 笔") })
        // What was refused isn't there.
        _ = try await city.run("grant.refuse", ["grant": one, "reason": "重复"], as: "payer")
        #expect(try await city.run("grant.show", ["grant": two], as: "payer").answer?["others"].list?.isEmpty == true)
        try await city.host.close()
    }

    @Test("The second instalment is paid only after a second person has accepted the report, and when its day has come")
    func grants() async throws {
        let city = try await city()
        let proposed = try await city.run(
            "grant.propose",
            ["plan": "startup", "organization": "990100F1", "amount": "99999.99", "purpose": "租金与设备"], as: "treasurer")
        let grant: Value = ["grant": proposed.answer?["grant"] ?? .null]
        #expect(await code { _ = try await city.run("grant.approve", grant, as: "treasurer") } == .forbidden)
        let approved = try await city.run("grant.approve", grant, as: "payer").answer?["instalments"].list
        #expect(approved?.map { $0["amount_fen"].int } == [5_999_999, 4_000_000])
        #expect(try await city.balance("startup-2026", .held) == 9_999_999)
        func report(_ n: Int64, _ spent: String) async throws {
            let id = grant["grant"]
            _ = try await city.run(
                "grant.report", ["grant": id, "instalment": .int(n), "spent": .text(spent), "note": "租金"],
                as: "treasurer")
        }
        #expect(await code { try await report(1, "100") } == .conflict, "nothing is paid yet")
        #expect(try await city.pay("grants").map(\.amount.fen) == [5_999_999])
        #expect(await code { _ = try await city.pay("grants") } == .conflict, "the second waits")
        #expect(await code { try await report(1, "60000") } == .invalid)
        try await report(1, "58000")
        #expect(await code { try await report(1, "58000") } == .conflict)
        let first: Value = ["grant": grant["grant"], "instalment": 1]
        #expect(await code { _ = try await city.run("grant.accept", first, as: "treasurer") } == .forbidden)
        _ = try await city.run(
            "grant.send_back", ["grant": grant["grant"], "instalment": 1, "reason": "缺发票"], as: "payer")
        try await report(1, "57000")
        // Accepted, and not due before ninety days.
        #expect(try await city.run("grant.accept", first, as: "payer").answer?["unlocked"].int == 0)
        // Nothing is finished while an instalment waits to be paid, and the refusal names it.
        let unpaid = await #expect(throws: NiangjiaError.self) {
            try await city.run(
                "grant.end", ["grant": grant["grant"], "because": "finished", "note": "完成"], as: "payer")
        }
        #expect(unpaid?.code == .conflict && unpaid?.message.zh.contains("第 2 期") == true)
        #expect(try await city.balance("startup-2026", .held) == 4_000_000)
        #expect(await code { _ = try await city.pay("grants") } == .conflict)
        city.clock.set(try #require(Instant("2026-12-14T09:00:00+08:00")))
        let lines = try await city.pay("grants")
        #expect(lines.map(\.amount.fen) == [4_000_000])
        let payment = try #require(lines.first).payment
        #expect(try await city.host.store.read { try Payments.load(payment, in: $0).ordinal } == 2)
        try await city.expectSound()
        // Finished only when all that was paid is reported on; what wasn't spent is claimed.
        let done: Value = ["grant": grant["grant"], "because": "finished", "note": "完成"]
        #expect(await code { _ = try await city.run("grant.end", done, as: "payer") } == .conflict)
        try await report(2, "40000")
        _ = try await city.run("grant.accept", ["grant": grant["grant"], "instalment": 2], as: "payer")
        let ended = try await city.run("grant.end", done, as: "payer").answer
        #expect(ended?["claimed_fen"].int == 299_999 && ended?["released_fen"].int == 0)
        let claims = try await city.run("fund.claims", ["program": "grants"], as: "treasurer").answer?.list
        #expect(claims?.map { $0["claimed_fen"].int } == [299_999])
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("A station that closes early pays back the months that were left; what is still held is released")
    func clawback() async throws {
        let city = try await city()
        let proposed = try await city.run(
            "grant.propose",
            ["plan": "station", "organization": "99010101", "amount": "48000", "purpose": "站点建设"], as: "treasurer")
        let grant: Value = ["grant": proposed.answer?["grant"] ?? .null]
        _ = try await city.run("grant.approve", grant, as: "payer")
        #expect(try await city.pay("grants").map(\.amount.fen) == [2_400_000])
        try await city.host.store.write(.interactive) { _ in }
        city.clock.set(try #require(Instant("2027-03-20T09:00:00+08:00")))
        // Everything was spent and reported; six whole months of twenty-four were kept.
        _ = try await city.run(
            "grant.report", ["grant": grant["grant"], "instalment": 1, "spent": "24000", "note": "装修"], as: "treasurer")
        _ = try await city.run("grant.accept", ["grant": grant["grant"], "instalment": 1], as: "payer")
        let closed: Value = ["grant": grant["grant"], "because": "closed", "on": "2027-03-20", "note": "停办"]
        #expect(await code { _ = try await city.run("grant.end", closed, as: "treasurer") } == .forbidden)
        let ended = try await city.run("grant.end", closed, as: "payer").answer
        #expect(ended?["claimed_fen"].int == 1_800_000 && ended?["released_fen"].int == 2_400_000)
        #expect(try await city.balance("station-2026", .claim) == 1_800_000)
        #expect(try await city.balance("station-2026", .held) == 0)
        #expect(await code { _ = try await city.run("grant.end", closed, as: "payer") } == .conflict)
        // M12: what was paid for stations, and what a claim took back in the year in which it was booked.
        let report = try await city.run(
            "report", ["from": "2026-01-01", "to": "2026-12-31", "metrics": true], as: nil
        ).answer?["metrics"].list
        #expect(report?.first { $0["id"].text == "M12" }?["value"]["fen"].int == 2_400_000)
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("A grant that the plan doesn't allow is refused where it is proposed")
    func wrongGrants() async throws {
        let city = try await city()
        func propose(_ plan: String, _ organization: String, _ amount: String) async -> NiangjiaError.Code? {
            await code {
                _ = try await city.run(
                    "grant.propose",
                    [
                        "plan": .text(plan), "organization": .text(organization), "amount": .text(amount),
                        "purpose": "x",
                    ], as: "treasurer")
            }
        }
        #expect(await propose("startup", "99010101", "100") == .invalid)
        #expect(await propose("startup", "990100F1", "100000.01") == .invalid)
        #expect(await propose("nothing", "990100F1", "1") == .notFound)
        #expect(await propose("startup", "nobody", "1") == .notFound)
        try await city.host.close()
    }

    @Test("Days that are still to come, or before what they end, are refused with their place and what to do")
    func days() async throws {
        let city = try await city()
        let propose: Value = ["plan": "startup", "organization": "990100F1", "amount": "1000", "purpose": "租金"]
        let grant = try await city.run("grant.propose", propose, as: "treasurer").answer?["grant"] ?? .null
        _ = try await city.run("grant.approve", ["grant": grant], as: "payer")
        func end(_ day: String) -> Value { ["grant": grant, "because": "closed", "on": .text(day), "note": "停办"] }
        let early: Value = ["from": "2026-09-01", "to": "2026-09-16"]
        let settle: Value = [
            "supplier": "GYS01", "from": "2026-09-01", "to": "2026-09-16", "invoice": "1", "amount": "1.00",
        ]
        let asked: [(String, Value, String, String)] = [
            ("grant.end", end("2026-09-14"), "payer", "/on"), ("grant.end", end("2026-09-16"), "payer", "/on"),
            ("dues.return", ["through": "2026-09-16"], "treasurer", "/through"),
            ("fund.sharing_propose", early, "treasurer", "/to"), ("supplier.settle", settle, "treasurer", "/to"),
            (
                "program.correct", ["program": "tuition-2026", "since": "2026-09-16"], "treasurer", "/since"
            ),
        ]
        for (operation, arguments, account, place) in asked {
            let refused = await #expect(throws: NiangjiaError.self, "\(operation)") {
                try await city.run(operation, arguments, as: account)
            }
            #expect(
                refused?.code == .invalid && refused?.place == place, "\(operation): \(String(describing: refused))")
        }
        _ = try await city.run("grant.end", end("2026-09-15"), as: "payer")
        try await city.expectSound()
        try await city.host.close()
    }

    // MARK: suppliers

    /// Goods of a supplier that were handed over: so many at a price.
    private func deliver(_ count: Int, _ fen: Int64, _ city: TestCity) async throws -> [ID<Entitlement>] {
        let context = city.host.context("test")
        return try await city.host.store.write(.interactive) { writer in
            let supplier = try writer.first("SELECT id FROM organization WHERE code = 'GYS01'", []) {
                $0.id(0, Organization.self)
            }
            let new = (0..<count).map { _ in
                NewEntitlement(
                    decision: context.ids.next(), caseID: nil, kind: .goods, payee: .supplier(supplier),
                    shares: [Outcome.Split(line: "cooling-2026", amount: Money(fen: fen))],
                    program: "summer-cooling-2026",
                    series: "summer-cooling", on: context.today)
            }
            let ids = try Entitlements.hold(new, about: "test", context, in: writer)
            try Entitlements.approve(ids, about: "test", context, in: writer)
            try Entitlements.deliver(ids.map { ($0, nil) }, about: "test", context, in: writer)
            return ids
        }
    }

    @Test("An invoice is settled when it is what was delivered, less what is in dispute, and paid once through a batch")
    func suppliers() async throws {
        let city = try await city()
        let ids = try await deliver(5, 5_000, city)
        _ = try await deliver(2, 4_000, city)
        let period: [String: Value] = ["supplier": "GYS01", "from": "2026-09-01", "to": "2026-09-15"]
        let dispute: Value = ["entitlement": .text(ids[0].text), "reason": "未收到"]
        _ = try await city.run("supplier.dispute", dispute, as: "treasurer")
        #expect(await code { _ = try await city.run("supplier.dispute", dispute, as: "treasurer") } == .conflict)
        let statement = try await city.run("supplier.statement", .map(period), as: "treasurer").answer
        #expect(statement?["payable_fen"].int == 28_000 && statement?["lines"].list?.count == 3)
        try await city.expectReportsAgree()
        // Each piece with the number by which it is disputed.
        let pieces = statement?["pieces"].list ?? []
        #expect(pieces.count == 7 && Set(ids.map(\.text)).isSubset(of: pieces.compactMap { $0["entitlement"].text }))
        #expect(pieces.filter { $0["disputed"].bool == true }.map { $0["entitlement"].text } == [ids[0].text])
        func settle(_ invoice: String, _ amount: String) async throws -> Value {
            let more: [String: Value] = ["invoice": .text(invoice), "amount": .text(amount)]
            return try await city.run("supplier.settle", .map(period.merging(more) { $1 }), as: "treasurer").answer
                ?? .null
        }
        #expect(await code { _ = try await settle("F1", "330.00") } == .conflict)
        let settled = try await settle("F1", "280.00")
        #expect(settled["count"].int == 6 && settled["disputed_fen"].int == 5_000)
        #expect(try await city.balance("cooling-2026", .owed) == 5_000)
        #expect(try await city.balance("cooling-2026", .held) == 28_000)
        try await city.expectReportsAgree()
        #expect(await code { _ = try await settle("F2", "280.00") } == .conflict, "settled once")
        #expect(try await city.pay("supplier-settlement").map(\.amount.fen) == [28_000])
        try await city.expectReportsAgree()
        try await city.expectSound()
        // The dispute is decided by somebody else; what is kept is paid with the next invoice, and not under the same number.
        let resolve: Value = ["entitlement": .text(ids[0].text), "pays": true, "reason": "已核对签收单"]
        #expect(await code { _ = try await city.run("supplier.resolve", resolve, as: "treasurer") } == .forbidden)
        _ = try await city.run("supplier.resolve", resolve, as: "payer")
        #expect(await code { _ = try await settle("F1", "50.00") } == .conflict)
        #expect(try await settle("F2", "50.00")["count"].int == 1)
        #expect(try await city.balance("cooling-2026", .paid) == 28_000)
        try await city.expectSound()
        try await city.host.close()
    }

    @Test(
        "A year's end gives up no debt: a supplier and a granted union are paid afterwards, and the books tell if they can't be"
    )
    func yearEndKeepsDebts() async throws {
        let city = try await city()
        _ = try await deliver(3, 5_000, city)
        let invoice: Value = [
            "supplier": "GYS01", "from": "2026-09-01", "to": "2026-09-15", "invoice": "INV9", "amount": "150.00",
        ]
        _ = try await city.run("supplier.settle", invoice, as: "treasurer")
        let propose: Value = ["plan": "startup", "organization": "990100F1", "amount": "1000", "purpose": "租金"]
        let grant = try await city.run("grant.propose", propose, as: "treasurer").answer?["grant"] ?? .null
        _ = try await city.run("grant.approve", ["grant": grant], as: "payer")
        city.clock.set(try #require(Instant("2027-01-05T09:00:00+08:00")))
        let close: Value = ["period": "2026", "lapse_all": true, "confirm": true, "decision": "纪要1号"]
        let closed = try await city.run("fund.close", close, as: "payer").answer
        #expect(closed?["holds"].list?.map { $0["fate"].text } == ["carried", "carried", "carried"])
        #expect(try await city.pay("supplier-settlement").map(\.amount.fen) == [15_000])
        #expect(try await city.pay("grants").map(\.amount.fen) == [60_000])
        try await city.expectSound()
        let faults = try await city.host.store.write(.interactive) { writer in
            try writer.execute(
                """
                UPDATE entitlement_row SET state = 'released' WHERE id IN (SELECT entitlement FROM supplier_settlement)
                """, [])
            return try Ledger.verify(in: writer).faults.map(\.zh)
        }
        #expect(faults.contains { $0.contains("欠款") }, "\(faults)")
        try await city.host.close()
    }

    @Test("A program's goods of a supplier, from the decision over the counter to the bank")
    func fromProgramToSupplier() async throws {
        let city = try await TestCity(approved: false)
        try city.edit(
            "config/programs/summer-cooling-2026.yaml", "organization: 990100", "organization: 990100\nsupplier: GYS01")
        try await city.approve()
        try await city.importPeople()
        for (id, role) in [("treasurer", Role.treasurer), ("payer", .payer), ("keeper", .keeper)] {
            try await city.add(id, role)
        }
        let path = city.temporary.file("supplier.csv")
        try Data("工会代码,工会名称,上级代码,层级,银行账号,开户名\nGYS01,清凉物资公司,990100,供应商,6222990100000007,清凉物资公司\n".utf8)
            .write(to: URL(fileURLWithPath: path))
        _ = try await city.run("register.import", ["kind": "organization", "file": .text(path)], as: "office")
        _ = try await city.run(
            "program.decide", ["program": "summer-cooling-2026", "form": "package"], as: "office")
        let given = try await city.host.store.read { reader in
            try reader.all(
                """
                SELECT d.subject, e.amount FROM entitlement e JOIN decision d ON d.id = e.decision
                WHERE e.state = 'approved' AND e.payee_kind = 'supplier' ORDER BY e.id LIMIT 3
                """
            ) { (person: $0.id(0, Person.self), amount: $0.money(1)) }
        }
        #expect(given.count == 3)
        for one in given {
            let handed = try await city.run(
                "case.deliver", ["program": "summer-cooling-2026", "person": .text(one.person.text)], as: "keeper")
            let number = try #require(handed.answer?["entitlements"].list?.first?.text)
            #expect(handed.lines.contains { $0.contains(number) })
        }
        let sum = given.reduce(Money.zero) { $0 + $1.amount }
        let period: [String: Value] = ["supplier": "GYS01", "from": "2026-07-01", "to": "2026-07-15"]
        let statement = try await city.run("supplier.statement", .map(period), as: "treasurer").answer
        #expect(statement?["payable_fen"].int == sum.fen)
        let invoice: [String: Value] = ["invoice": "F1", "amount": .text(sum.yuan)]
        _ = try await city.run("supplier.settle", .map(period.merging(invoice) { $1 }), as: "treasurer")
        #expect(try await city.pay("supplier-settlement").map(\.amount) == [sum])
        // Settled goods are still delivered goods: the report counts them.
        let report = try await city.run(
            "report", ["from": "2026-07-01", "to": "2026-07-31", "metrics": true], as: nil
        ).answer?["metrics"].list
        let cooling = report?.first { $0["id"].text == "M24" }?["parts"]
        #expect(cooling?["times"].int == 3 && cooling?["value"]["fen"].int == sum.fen)
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("A dispute that holds gives the money back to its line")
    func disputeHolds() async throws {
        let city = try await city()
        let before = try await city.balance("cooling-2026", .available)
        let ids = try await deliver(1, 5_000, city)
        _ = try await city.run(
            "supplier.dispute", ["entitlement": .text(ids[0].text), "reason": "未收到"], as: "treasurer")
        func resolve(_ said: [String: Value]) -> Value {
            .map(["entitlement": .text(ids[0].text), "reason": "确未交付"].merging(said) { $1 })
        }
        // Nothing is decided for who doesn't say what.
        for said: [String: Value] in [[:], ["pays": .null], ["pays": "perhaps"]] {
            #expect(await code { _ = try await city.run("supplier.resolve", resolve(said), as: "payer") } == .invalid)
        }
        #expect(try await city.balance("cooling-2026", .owed) == 5_000)
        _ = try await city.run("supplier.resolve", resolve(["pays": false]), as: "payer")
        #expect(try await city.balance("cooling-2026", .available) == before)
        #expect(try await city.balance("cooling-2026", .owed) == 0)
        try await city.expectSound()
        try await city.host.close()
    }

    // MARK: sharing

    /// A pack for somebody of one union, handed over by another.
    private func serve(
        _ home: String, _ serving: String, _ fen: Int64, filedBy channel: String = "scan", _ city: TestCity
    ) async throws {
        let context = city.host.context("test")
        try await city.host.store.write(.interactive) { writer in
            func id(_ code: String) throws -> ID<Organization>? {
                try writer.first("SELECT id FROM organization WHERE code = $1", [.text(code)]) { $0.id(0) }
            }
            let (decision, filed) = (context.ids.next(Decision.self), context.ids.next(CaseFile.self))
            try writer.execute(
                """
                INSERT INTO case_file (id, version, program, series, plugin, form, plugin_digest, bundle, filer, channel,
                submitted_at, on_date, state, fields, updated_at)
                VALUES ($1, 1, 'summer-cooling-2026', 's', 'summer-cooling', 'package', '', '', 'test', $2, 1, $3, 'done',
                $4, 1)
                """, [.id(filed), .text(channel), .date(context.today), .blob([])])
            try writer.insertDecision([
                "case_id": .id(filed),
                "id": .id(decision), "program": .text("summer-cooling-2026"), "series": .text("s"),
                "plugin": .text("summer-cooling"), "form": .text("package"), "subject_kind": .text("person"),
                "subject": .id(decision), "ordinal": .int(1), "on_date": .date(context.today), "decided_at": .int(1),
                "result": .text("granted"), "assessed": .int(fen), "amount": .int(fen), "state": .text("standing"),
                "home_organization": .id(try id(home)), "serving_organization": .id(try id(serving)),
            ])
            let new = NewEntitlement(
                decision: decision, caseID: nil, kind: .goods, payee: .stock,
                shares: [Outcome.Split(line: "cooling-2026", amount: Money(fen: fen))], program: "summer-cooling-2026",
                series: "s", on: context.today)
            let ids = try Entitlements.hold([new], about: "test", context, in: writer)
            try Entitlements.approve(ids, about: "test", context, in: writer)
            try Entitlements.deliver([(ids[0], nil)], about: "test", context, in: writer)
        }
    }

    /// A member of one union scans in at a station of another.
    private func visit(_ serving: String, from home: String, _ city: TestCity) async throws {
        let context = city.host.context("test")
        try await city.host.store.write(.interactive) { writer in
            let (person, station) = (context.ids.next(Person.self), context.ids.next(Station.self))
            func id(_ code: String) throws -> ID<Organization>? {
                try writer.first("SELECT id FROM organization WHERE code = $1", [.text(code)]) { $0.id(0) }
            }
            try writer.execute(
                "INSERT INTO person (id, revision, valid_from, recorded_at, name, id_type) VALUES ($1, 1, 0, $2, '示例', 'incomplete')",
                [.id(person), .instant(context.now)])
            try writer.execute(
                """
                INSERT INTO membership (person, organization, revision, valid_from, recorded_at, status, is_primary) \
                VALUES ($1, $2, 1, 0, $3, 'active', 1)
                """, [.id(person), .id(try id(home)), .instant(context.now)])
            try writer.execute(
                """
                INSERT INTO station (id, revision, valid_from, recorded_at, code, name, organization, kind, latitude, longitude, \
                source_latitude, source_longitude, source_frame, status) \
                VALUES ($1, 1, 0, $2, 'X1', 'X1', $3, 'outdoor', 0, 0, 0, 0, 'wgs84', 'open')
                """, [.id(station), .instant(context.now), .id(try id(serving))])
            try Visit.write(
                context.ids.next(), to: station, by: person, kind: "scan", on: context.today, context, in: writer)
        }
    }

    @Test(
        "Members served elsewhere: their own union pays half, when both sides have confirmed, and nothing is shared twice"
    )
    func sharing() async throws {
        let city = try await city()
        for (home, serving, fen) in [
            ("99010101", "99010201", 5_001), ("99010101", "990102", 5_000), ("99010201", "99010101", 4_000),
            ("99010101", "990101", 9_000),
        ] { try await serve(home, serving, Int64(fen), city) }
        try await visit("99010201", from: "99010101", city)
        // What somebody filed for themselves was served at nobody's counter, whatever its row says.
        try await serve("99010101", "990102", 7_000, filedBy: "member", city)
        city.clock.set(try #require(Instant("2026-10-08T09:00:00+08:00")))
        let period: Value = ["from": "2026-07-01", "to": "2026-09-15"]
        let dues = try await city.run("fund.sharing", period, as: "treasurer").answer?.list
        // Half of 100.01 yuan, rounded once, and 2 yuan for a visit; what a county does for its own is nobody's.
        #expect(dues?.map { $0["amount_fen"].int } == [5_201, 2_000])
        #expect(try await city.rowByRow("fund.sharing", period, by: "pair", as: "treasurer") == dues)
        #expect(dues?.map { $0["cases"].int } == [2, 1] && dues?.map { $0["visits"].int } == [1, 0])
        let made = try await city.run("fund.sharing_propose", period, as: "treasurer").answer?.list ?? []
        #expect(made.count == 2)
        #expect(try await city.run("fund.sharing_propose", period, as: "treasurer").answer?.list?.isEmpty == true)
        for (id, code) in [("a", "990101"), ("b", "990102")] {
            let scope = try await city.host.store.read { try Lookup.organization(code, in: $0) }
            _ = try await city.host.access.add(
                Account(id: "treasurer-\(id)", display: id, roles: [RoleGrant(.treasurer)], scope: scope),
                password: TestCity.password, by: "admin")
        }
        let first: Value = ["settlement": made[0]["settlement"]]
        #expect(await code { _ = try await city.run("fund.sharing_confirm", first, as: "treasurer") } == .forbidden)
        let one = try await city.run("fund.sharing_confirm", first, as: "treasurer-a").answer
        #expect(one?["state"].text == "proposed")
        #expect(try await city.balance("county-990101-2026", .available) == 5_000_000)
        #expect(await code { _ = try await city.run("fund.sharing_confirm", first, as: "treasurer-a") } == .conflict)
        let both = try await city.run("fund.sharing_confirm", first, as: "treasurer-b").answer
        #expect(both?["state"].text == "booked")
        #expect(try await city.balance("county-990101-2026", .available) == 5_000_000 - 5_201)
        #expect(try await city.balance("county-990102-2026", .available) == 5_000_000 + 5_201)
        #expect(await code { _ = try await city.run("fund.sharing_confirm", first, as: "treasurer-b") } == .conflict)
        let list = try await city.run("fund.sharing_list", [:], as: "treasurer").answer?.list
        #expect(list?.map { $0["state"].text }.contains("booked") == true && list?.count == 2)
        #expect(try await city.rowByRow("fund.sharing_list", by: "settlement", as: "treasurer") == list)
        // What isn't booked is taken back, and shared again; what is, isn't.
        func takeBack(_ n: Int) -> Value { ["settlement": made[n]["settlement"], "reason": "期间写错"] }
        #expect(
            await code { _ = try await city.run("fund.sharing_withdraw", takeBack(0), as: "treasurer") } == .conflict)
        let back = try await city.run("fund.sharing_withdraw", takeBack(1), as: "treasurer").answer
        #expect(back?["state"].text == "withdrawn")
        let again = try await city.run("fund.sharing_propose", period, as: "treasurer").answer?.list
        #expect(again?.map { $0["amount_fen"].int } == [2_000])
        #expect(try await city.run("fund.verify", [:], as: nil).answer?["ok"].bool == true)
        try await city.host.close()
    }

    // MARK: figures from outside

    @Test("Figures from a file fill the report, each under its source; the workbook holds figures, sentences and gaps")
    func figures() async throws {
        let city = try await city()
        let path = city.temporary.file("figures.csv")
        let rows = [
            "指标,起,止,数值,填报单位,依据", "M28.times,2026-01-01,2026-06-30,12000,990101,就业台账",
            "M28.times,2026-01-01,2026-06-30,8000,990102,就业台账", "observers,2026-01-01,2026-12-31,10,,聘书",
        ]
        try Data((rows.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
        let taken = try await city.run("report.import", ["file": .text(path)], as: "office").answer
        #expect(taken?["new"].int == 3)
        #expect(try await city.run("report.import", ["file": .text(path)], as: "office").answer?["unchanged"].int == 3)
        let out = city.temporary.file("report.csv")
        let report = try await city.run(
            "report", ["from": "2026-01-01", "to": "2026-12-31", "sentences": true, "gaps": true, "out": .text(out)],
            as: nil)
        #expect(report.lines.contains { $0.contains("为职工提供就业创业服务2万人次") }, "\(report.lines)")
        #expect(report.lines.contains { $0.contains("M53") && $0.contains("dues import") })
        let text = try String(contentsOfFile: out, encoding: .utf8)
        #expect(text.contains("M28.times") && text.contains("就业台账") && text.contains("缺口,M53"))
        let book = city.temporary.file("report.xlsx")
        _ = try await city.run("report", ["from": "2026-01-01", "to": "2026-12-31", "out": .text(book)], as: nil)
        #expect((FileManager.default.contents(atPath: book)?.count ?? 0) > 1_000)
        try await city.host.close()
    }
}
