import Foundation
import NiangjiaTesting
import Testing

@testable import NiangjiaCore

@Suite("Second looks and lapses, with real workers and a real store", .serialized) struct SecondLookTests {
    private let clerk = Actor(account: "clerk", role: "clerk")

    private static func files(form: String, lua: String, more: String = "") -> [String: String] {
        [
            "plugins/stay/plugin.yaml": """
            id: stay
            version: 1.0.0
            api: 1
            title: {zh-CN: 留岗, en: Staying on}
            settings: {value: money}
            forms:
              ask:
                by: [clerk, batch]
                population: {of: persons}
                subject: applicant
                facts: {subject: [exposure], maybe: [subject.exposure]}
                \(form)
            reasons:
              LEFT: {zh-CN: "{on:date}起已离岗", en: "Left on {on:date}"}
              ONCE: {zh-CN: 一次, en: Once}
            """,
            "plugins/stay/main.lua": """
            function program.assess.ask(facts, settings)
              return grant(settings.value)
            end
            \(lua)
            """,
            "config/programs/stay-2026.yaml": """
            program: stay-2026
            plugin: stay
            policy: 测工发〔2026〕7号
            status: open
            organization: 990100
            series: stay
            season: {from: 2026-07-01, to: 2026-09-30}
            funding: [{line: cooling-2026}]
            short: waitlist
            pay: {each_max: 1000}
            review: [city]
            settings: {value: 100}
            \(more)
            """,
        ]
    }

    private static let leaves = """
        function program.recheck.ask(facts, settings, context)
          if facts.subject.exposure == "office_air_conditioned" then
            return revoke("LEFT", {on = context.today})
          end
        end
        """

    private func approved(_ city: TestCityHost, _ person: ID<Person>) async throws -> ID<CaseFile> {
        let receipt = try await city.corridor.submit(
            Submission(program: "stay-2026", form: "ask", applicant: person, channel: "clerk"), by: clerk)
        _ = try await city.corridor.act(
            .approve, on: receipt.id, by: Actor(account: "reviewer", role: "reviewer:city"))
        return receipt.id
    }

    private func leave(_ city: TestCityHost, _ person: ID<Person>) async throws {
        try await city.store.write(.interactive) { writer in
            try writer.execute(
                "UPDATE person SET exposure = 'office_air_conditioned', revision = revision + 1 WHERE id = $1",
                [.id(person)])
        }
    }

    /// Takes all approved entitlements of the program through a batch that the bank pays.
    private func pay(_ city: TestCityHost) async throws {
        @Sendable func change(_ actor: String) -> ChangeContext {
            ChangeContext(now: city.clock.now(), actor: actor, ids: city.ids, crypto: city.crypto)
        }
        let built = try await city.store.write(.interactive) { writer in
            try Batches.build(
                program: "stay-2026", only: nil, remark: "留岗",
                accountOf: { payee, _ in
                    let digits = "6200" + String(String(abs(payee.id ?? 0)).suffix(12)) + "00"
                    let number = (0...9).map { digits + String($0) }.first { BankCard.passesLuhn($0) } ?? digits
                    return BankAccount(number: number, holder: "示例", bank: "示范银行")
                }, change("treasurer"), in: writer)
        }
        let export = try await city.store.write(.interactive) { writer in
            _ = try Batches.check(built.batch, luhn: BankCard.passesLuhn, change("treasurer"), in: writer)
            try Batches.approve(built.batch, change("payer"), in: writer)
            return try Batches.export(built.batch, change("payer"), in: writer)
        }
        let results = export.lines.map {
            BankResult(n: $0.n, account: $0.account.number, amount: $0.amount, isPaid: true, message: "")
        }
        try await city.store.write(.interactive) { writer in
            _ = try Batches.result(built.batch, results, change("treasurer"), in: writer)
        }
    }

    private func entitlements(_ city: TestCityHost, _ id: ID<CaseFile>) async throws -> [Entitlement] {
        try await city.store.read { try Entitlements.of(id, in: $0) }
    }

    @Test("Held money is released, paid money becomes a claim; a second look at what has fallen changes nothing")
    func heldAndPaid() async throws {
        let city = try await TestCityHost(
            programs: [:],
            files: Self.files(
                form: "gives: {kind: money, to: subject, when: approved}\n    recheck: {daily: \"21:00\"}",
                lua: Self.leaves),
            at: "2026-07-10T09:00:00+08:00")
        var people: [ID<Person>] = []
        var asked: [ID<CaseFile>] = []
        for n in 0..<3 {
            people.append(try await city.person(union: "99010101"))
            asked.append(try await approved(city, people[n]))
            if n == 0 { try await pay(city) }
        }
        let cases = asked
        try await city.corridor.planDue()
        try await leave(city, people[0])
        try await leave(city, people[1])
        // Not before its time of day.
        city.clock.set(Instant("2026-07-10T20:59:00+08:00")!)
        try await city.corridor.performDue()
        #expect(try await city.store.read { try Cases.load(cases[0], in: $0).state } != .revoked)
        city.clock.set(Instant("2026-07-10T21:00:00+08:00")!)
        for _ in 0..<2 { try await city.corridor.performDue() }
        let (paid, held, other) = (
            try await entitlements(city, cases[0])[0], try await entitlements(city, cases[1])[0],
            try await entitlements(city, cases[2])[0]
        )
        #expect(paid.state == .clawedBack && paid.claimed == Money(fen: 10_000))
        #expect(held.state == .released)
        #expect(other.state == .approved)
        let states = try await city.store.read { reader in try cases.map { try Cases.load($0, in: reader).state } }
        #expect(states == [.revoked, .revoked, .approved])
        // Journaled, and told.
        let decision = paid.decision
        let fallen = try #require(try await city.store.read { try Revocation.of(decision, in: $0).first })
        #expect(fallen.code == "LEFT" && fallen.params == ["on": "2026-07-10"] && fallen.cause == .recheck)
        let (call, crypto) = (try #require(fallen.call), city.crypto)
        let entry = try await city.store.read {
            try Journal.entry(call: call.id, row: call.row, crypto: crypto, in: $0)
        }
        #expect(entry.function == "recheck.ask")
        let seen = try city.corridor.judge.describe(entry.requestBytes, row: call.row)
        #expect(seen.facts.at(path: "context.today") == "2026-07-10")
        // Ten days without a host are one look, as of the day on which it is back; nothing falls twice.
        city.clock.set(Instant("2026-07-20T08:00:00+08:00")!)
        try await city.corridor.performDue()
        let again = try await city.corridor.recheck(program: "stay-2026", form: "ask", at: city.clock.now())
        #expect(again.considered == 1 && again.revoked == 0 && again.failed == 0)
        let rows = try await city.store.read { try $0.integer("SELECT COUNT(*) FROM revocation") }
        #expect(rows == 2)
        let checked = try await city.verify()
        #expect(checked.books.isOK)
        #expect(checked.chain.isWhole)
        try await city.close()
    }

    @Test("What a batch granted is looked at again too; what stays by keep stands, and isn't cut twice")
    func batchAndKeep() async throws {
        let lua = """
            function program.recheck.ask(facts, settings, context)
              if facts.subject.exposure == "office_air_conditioned" then
                return revoke("LEFT", {on = context.today}, {keep = 4000})
              end
            end
            """
        let city = try await TestCityHost(
            programs: [:],
            files: Self.files(
                form: "gives: {kind: money, to: subject, when: approved}\n    recheck: {daily: \"21:00\"}", lua: lua),
            at: "2026-07-10T09:00:00+08:00")
        var people: [ID<Person>] = []
        for _ in 0..<30 { people.append(try await city.person(union: "99010101")) }
        _ = try await city.corridor.decide(
            program: "stay-2026", form: "ask", by: Actor(account: "admin", role: "program_admin"))
        for person in people.prefix(12) { try await leave(city, person) }
        let moment = Instant("2026-07-11T21:00:00+08:00")!
        city.clock.set(moment)
        // In slices, as a job does it.
        var (revoked, last): (Int, ID<Decision>?) = (0, nil)
        repeat {
            let report = try await city.corridor.recheck(
                program: "stay-2026", form: "ask", after: last, at: moment, limit: 7)
            (revoked, last) = (revoked + report.revoked, report.last)
        } while last != nil
        #expect(revoked == 12)
        let again = try await city.corridor.recheck(program: "stay-2026", form: "ask", at: moment)
        #expect(again.considered == 30 && again.revoked == 0)
        let sums = try await city.store.read { reader in
            try reader.first(
                "SELECT COUNT(*), SUM(COALESCE(kept, amount)), SUM(amount) FROM decision WHERE state = 'standing'"
            ) { [$0.int(0), $0.int(1), $0.int(2)] }
        }
        #expect(sums == [30, 18 * 10_000 + 12 * 4_000, 300_000])
        let held = try await city.store.read { try $0.integer("SELECT SUM(amount) FROM entitlement") }
        let left: Int64 = 18 * 10_000 + 12 * 4_000
        #expect(held == left)
        let checked = try await city.verify()
        #expect(checked.books.isOK)
        try await city.close()
    }

    @Test("A run that asks for fees takes nothing from its line: before and after are the same")
    func feesOfARun() async throws {
        let city = try await TestCityHost(
            programs: [:], files: Self.files(form: "gives: {kind: fee, from: subject, when: approved}", lua: ""),
            at: "2026-07-10T09:00:00+08:00")
        for _ in 0..<3 { _ = try await city.person(union: "99010101") }
        let report = try await city.corridor.decide(
            program: "stay-2026", form: "ask", by: Actor(account: "admin", role: "program_admin"))
        #expect(report.applied == 3 && report.totals.amount == Money(fen: 30_000))
        #expect(report.fundBefore == report.fundAfter)
        #expect(try await city.verify().books.isOK)
        try await city.close()
    }

    @Test("A fee that was paid is refunded when cover falls")
    func fee() async throws {
        let city = try await TestCityHost(
            programs: [:],
            files: Self.files(
                form: "gives: {kind: fee, from: subject, when: approved}\n    recheck: {daily: \"21:00\"}",
                lua: Self.leaves),
            at: "2026-07-10T09:00:00+08:00")
        let person = try await city.person(union: "99010101")
        let id = try await approved(city, person)
        let fee = try await entitlements(city, id)[0]
        try await city.store.write(.interactive) { writer in
            let change = ChangeContext(now: city.clock.now(), actor: "treasurer", ids: city.ids, crypto: city.crypto)
            try Fees.receive([fee.id], on: change.today, about: "test", change, in: writer)
        }
        try await leave(city, person)
        let report = try await city.corridor.recheck(program: "stay-2026", form: "ask", at: city.clock.now())
        #expect(report.revoked == 1)
        let all = try await entitlements(city, id)
        #expect(all.count == 2)
        #expect(all[1].kind == .money && all[1].state == .approved && all[1].amount == Money(fen: 10_000))
        #expect(try await city.verify().books.isOK)
        try await city.close()
    }

    @Test(
        "Of a fee a part is kept: the rest is waived where it is due, refunded where it was paid; the next round leaves both",
        arguments: [false, true])
    func partOfAFee(isPaid: Bool) async throws {
        let lua = """
            function program.recheck.ask(facts, settings, context)
              if facts.subject.exposure == "office_air_conditioned" then
                return revoke("LEFT", {on = context.today}, {keep = 4000})
              end
              return keep()
            end
            """
        let city = try await TestCityHost(
            programs: [:],
            files: Self.files(
                form: "gives: {kind: fee, from: subject, when: approved}\n    recheck: {daily: \"21:00\"}", lua: lua),
            at: "2026-07-10T09:00:00+08:00")
        let person = try await city.person(union: "99010101")
        let id = try await approved(city, person)
        let fee = try await entitlements(city, id)[0]
        @Sendable func change() -> ChangeContext {
            ChangeContext(now: city.clock.now(), actor: "treasurer", ids: city.ids, crypto: city.crypto)
        }
        if isPaid {
            try await city.store.write(.interactive) { writer in
                try Fees.receive([fee.id], on: change().today, about: "test", change(), in: writer)
            }
        }
        try await leave(city, person)
        for round in 0..<2 {
            let report = try await city.corridor.recheck(program: "stay-2026", form: "ask", at: city.clock.now())
            #expect(report.revoked == (round == 0 ? 1 : 0) && report.failed == 0)
            city.clock.advance(milliseconds: 86_400_000)
        }
        let all = try await entitlements(city, id)
        if isPaid {
            #expect(all.count == 2 && all[0].amount - all[0].claimed == Money(fen: 4_000))
            #expect(all[1].part.contains("refund-") && all[1].state == .approved && all[1].amount == Money(fen: 6_000))
        } else {
            #expect(all.count == 1 && all[0].state == .approved && all[0].amount == Money(fen: 4_000))
        }
        let due = try await city.store.read {
            try $0.integer("SELECT sum(balance) FROM ledger_account WHERE stage = 'due'") ?? 0
        }
        #expect(due == (isPaid ? 0 : 4_000))
        #expect(try await city.verify().books.isOK)
        try await city.close()
    }

    @Test("Goods that nobody comes for fall after their days; the money is free, and they may ask again")
    func lapse() async throws {
        let form =
            "unique: [{per: subject, within: season, reason: ONCE}]\n    gives: {kind: goods, when: delivered}\n"
            + "    delivery: {by: [clerk], within_days: 7}"
        let city = try await TestCityHost(
            programs: [:], files: Self.files(form: form, lua: ""), at: "2026-07-10T09:00:00+08:00")
        let (first, second) = (try await city.person(union: "99010101"), try await city.person(union: "99010101"))
        let lapsing = try await approved(city, first)
        let collected = try await approved(city, second)
        _ = try await city.corridor.deliver(
            to: second, program: "stay-2026",
            by: Caller(actor: clerk, roles: ["clerk"], permissions: [.deliver], scope: .wholeCity))
        city.clock.set(Instant("2026-07-17T12:00:00+08:00")!)
        #expect(try await city.corridor.lapseDeliveries(program: "stay-2026", form: "ask") == 0)
        try await city.corridor.planDue()
        city.clock.set(Instant("2026-07-18T00:30:00+08:00")!)
        try await city.corridor.performDue()
        let states = try await city.store.read {
            [try Cases.load(lapsing, in: $0).state, try Cases.load(collected, in: $0).state]
        }
        #expect(states == [.lapsed, .done])
        #expect(try await entitlements(city, lapsing)[0].state == .released)
        let state = try await city.store.read { try Decisions.ofLine(lapsing, line: 0, in: $0)?.state }
        #expect(state == "lapsed")
        _ = try await approved(city, first)
        #expect(try await city.verify().books.isOK)
        try await city.close()
    }
}
