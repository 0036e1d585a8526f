import Testing

@testable import LuaSandbox

/// The three scripts of the plugin contract, unchanged.
@Suite struct PluginTests {
    static let cooling = Sandbox.source(
        """
        function program.assess.package(facts, settings, context)
          local packs = facts.look.packs
          if not list.has(settings.exposures, facts.subject.exposure) then return refuse("NOT_EXPOSED") end
          if packs.count >= settings.season_cap then return refuse("SEASON_CAP") end
          if packs.last_on and date.days(packs.last_on, context.on) < settings.min_interval_days then
            return refuse("MIN_INTERVAL", {last = packs.last_on, days = settings.min_interval_days})
          end
          return grant(settings.value, {units = 1})
        end
        """)

    static let training = Sandbox.source(
        """
        function program.assess.enrol(facts)
          return grant({rank = facts.look.missed.count > 0 and 1 or 2})
        end

        function program.recheck.enrol(facts, settings)
          local count = facts.look.absent.count
          if count >= settings.max_absences then return revoke("ABSENT", {count = count}) end
        end
        """)

    static let mutualAid = Sandbox.source(
        """
        function program.assess.enrol(facts, settings, context)
          local from, last = context.season.from, facts.look.before.last
          local renewal = last and date.days(last.covered_to, from) <= settings.renewal_gap_days
          return grant(settings.fee, {keeps = {covered_to = context.season.to,
            waits_until = renewal and from or date.add(from, settings.waiting_days)}})
        end

        function program.assess.claim(facts, settings, context)
          local claim, cover, term = facts.application, facts.look.cover, facts.look.term
          if cover.count == 0 then return refuse("NOT_ENROLLED") end
          if claim.cause ~= "accident" and claim.admitted_on < cover.last.waits_until then
            return refuse("WAITING_PERIOD", {day = cover.last.waits_until})
          end
          if list.has(settings.excluded_causes, claim.cause) then return refuse("EXCLUDED_CAUSE") end
          if date.days(claim.discharged_on, context.submitted_on) > settings.deadline_days and not context.waived.LATE_CLAIM then
            return refuse("LATE_CLAIM", {days = settings.deadline_days})
          end
          local due = money.tiers(term.sum.self_pay + claim.self_pay - settings.deductible, settings.tiers)
          local keep = {keeps = {self_pay = claim.self_pay}}
          if due == 0 then return limit(0, "BELOW_DEDUCTIBLE", {}, keep) end
          return grant(due - term.amount, keep):at_most(settings.term_cap - term.amount, "CAPPED_PERIOD")
        end
        """)

    static func coolingCall(rows: Int) -> ScriptCall {
        let exposures = ["outdoor", "high_temp_indoor", "office"]
        var exposure = ScriptDictionary<String>()
        for row in 0..<rows { exposure.append(exposures[row % 3]) }
        return ScriptCall(
            function: "assess.package", rows: rows,
            settings: [
                [
                    "value": 5_000, "exposures": ["outdoor", "high_temp_indoor"], "min_interval_days": 15,
                    "season_cap": 2,
                ],
                ["value": 4_000, "exposures": ["outdoor"], "min_interval_days": 15, "season_cap": 2],
            ], settingsIndexes: (0..<rows).map { UInt16($0 / 2 % 2) },
            columns: [
                ScriptColumn("facts.subject.exposure", .texts(exposure)),
                ScriptColumn("facts.look.packs.count", .integers((0..<rows).map { Int64($0 % 4) })),
                ScriptColumn(
                    "facts.look.packs.last_on", .dates((0..<rows).map { Int32(20_640 + $0 % 20) }),
                    absent: (0..<rows).map { $0 % 4 == 0 }),
                ScriptColumn("context.on", .dates([Int32](repeating: 20_657, count: rows))),
            ])
    }

    /// What the cooling script must say, written again in Swift.
    static func expected(_ row: Int) -> (ScriptVerdict.Kind, String?, Int64) {
        let outdoor = row % 3 == 0 || (row % 3 == 1 && row / 2 % 2 == 0)
        if !outdoor { return (.refuse, "NOT_EXPOSED", 0) }
        if row % 4 >= 2 { return (.refuse, "SEASON_CAP", 0) }
        if row % 4 != 0, 20_657 - (20_640 + row % 20) < 15 { return (.refuse, "MIN_INTERVAL", 0) }
        return (.grant, nil, row / 2 % 2 == 0 ? 5_000 : 4_000)
    }

    @Test(arguments: [1, 7, 4_096]) func summerCooling(_ rows: Int) async throws {
        let reply = try await Sandbox.pool.call(Self.coolingCall(rows: rows), on: Self.cooling, lane: .batch)
        #expect(reply.rows.count == rows)
        for (row, verdict) in reply.rows.enumerated() {
            let (kind, code, amount) = Self.expected(row)
            guard verdict.kind == kind, verdict.code == code, verdict.amount == amount else {
                Issue.record("row \(row): \(verdict)")
                return
            }
            if kind == .grant { #expect(verdict.units == 1) }
            if code == "MIN_INTERVAL" { #expect(verdict.params["days"] == 15) }
        }
        #expect(reply.usage.instructions > 0)
        #expect(reply.usage.peakBytes > 0)
    }

    @Test func trainingClass() async throws {
        let assess = ScriptCall(
            function: "assess.enrol", rows: 2, columns: [Sandbox.int("facts.look.missed.count", 0, 2)])
        #expect(try await Sandbox.pool.call(assess, on: Self.training).rows.map(\.rank) == [2, 1])
        let recheck = ScriptCall(
            function: "recheck.enrol", rows: 2, settings: [["max_absences": 3]],
            columns: [Sandbox.int("facts.look.absent.count", 2, 3)])
        let rows = try await Sandbox.pool.call(recheck, on: Self.training).rows
        #expect(rows.map(\.kind) == [.none, .revoke])
        #expect(rows[1].params == ["count": 3])
    }

    @Test func mutualAidEnrolment() async throws {
        let call = ScriptCall(
            function: "assess.enrol", rows: 3, settings: [["fee": 6_000, "renewal_gap_days": 30, "waiting_days": 30]],
            columns: [
                Sandbox.date("context.season.from", 20_454, 20_454, 20_454),
                Sandbox.date("context.season.to", 20_818, 20_818, 20_818),
                ScriptColumn("facts.look.before.last", .group(rows: 3), absent: [true, false, false]),
                Sandbox.date("facts.look.before.last.covered_to", nil, 20_453, 20_400),
            ])
        let rows = try await Sandbox.pool.call(call, on: Self.mutualAid).rows
        #expect(rows.map(\.amount) == [6_000, 6_000, 6_000])
        #expect(rows.map { $0.keeps["waits_until"].string } == ["2026-01-31", "2026-01-01", "2026-01-31"])
        #expect(rows[0].keeps["covered_to"] == "2026-12-31")
    }

    struct Claim {
        var id: String
        var admitted: Int32 = 20_600
        var discharged: Int32 = 20_610
        var submitted: Int32 = 20_620
        var cause = "illness"
        var selfPay: Int64
        var already: (selfPay: Int64, amount: Int64) = (0, 0)
        var covered: Int64 = 1
        var kind: ScriptVerdict.Kind = .grant
        var code: String?
        var amount: Int64
    }

    /// Claims for medical costs that the script decides.
    static let claims = [
        Claim(id: "M1", selfPay: 1_575_000, amount: 540_000),
        Claim(id: "M1b second", selfPay: 605_000, already: (420_000, 96_000), amount: 224_000),
        Claim(id: "M1b third", selfPay: 550_000, already: (1_025_000, 320_000), amount: 220_000),
        Claim(id: "M2", admitted: 20_466, selfPay: 300_000, kind: .refuse, code: "WAITING_PERIOD", amount: 0),
        Claim(id: "M2b", admitted: 20_466, cause: "accident", selfPay: 300_000, amount: 60_000),
        Claim(id: "M3", selfPay: 86_000, kind: .limit, code: "BELOW_DEDUCTIBLE", amount: 0),
        Claim(id: "M4", selfPay: 124_050, already: (86_000, 0), amount: 33_015),
        Claim(id: "M5", selfPay: 8_600_000, kind: .limit, code: "CAPPED_PERIOD", amount: 3_000_000),
        Claim(id: "M6", selfPay: 200_005, amount: 30_002),
        Claim(id: "M7", selfPay: 733_333, amount: 203_333),
        Claim(id: "M8", submitted: 20_810, selfPay: 300_000, kind: .refuse, code: "LATE_CLAIM", amount: 0),
        Claim(id: "M9", cause: "work_injury", selfPay: 300_000, kind: .refuse, code: "EXCLUDED_CAUSE", amount: 0),
        Claim(id: "M10b", selfPay: 300_000, covered: 0, kind: .refuse, code: "NOT_ENROLLED", amount: 0),
    ]

    @Test func mutualAidClaims() async throws {
        let claims = Self.claims
        func dates(_ path: String, _ field: KeyPath<Claim, Int32>) -> ScriptColumn {
            ScriptColumn(path, .dates(claims.map { $0[keyPath: field] }))
        }
        func integers(_ path: String, _ field: KeyPath<Claim, Int64>) -> ScriptColumn {
            ScriptColumn(path, .integers(claims.map { $0[keyPath: field] }))
        }
        let settings: ScriptValue = [
            "excluded_causes": ["work_injury", "fight"], "deadline_days": 180, "deductible": 100_000,
            "term_cap": 3_000_000,
            "tiers": HelperTests.tiers,
        ]
        let call = ScriptCall(
            function: "assess.claim", rows: claims.count, settings: [settings],
            columns: [
                dates("facts.application.admitted_on", \.admitted),
                dates("facts.application.discharged_on", \.discharged),
                ScriptColumn("facts.application.cause", .texts(ScriptDictionary(claims.map { $0.cause }))),
                integers("facts.application.self_pay", \.selfPay), integers("facts.look.cover.count", \.covered),
                ScriptColumn(
                    "facts.look.cover.last", .group(rows: claims.count), absent: claims.map { $0.covered == 0 }),
                ScriptColumn("facts.look.cover.last.waits_until", .dates(claims.map { _ in 20_484 })),
                integers("facts.look.term.sum.self_pay", \.already.selfPay),
                integers("facts.look.term.amount", \.already.amount),
                dates("context.submitted_on", \.submitted),
                ScriptColumn("context.waived", .group(rows: claims.count), isOpen: true),
            ])
        let rows = try await Sandbox.pool.call(call, on: Self.mutualAid).rows
        for (claim, verdict) in zip(claims, rows) {
            #expect(verdict.kind == claim.kind, "\(claim.id): \(verdict)")
            #expect(verdict.code == claim.code, "\(claim.id)")
            #expect(verdict.amount == claim.amount, "\(claim.id)")
            if claim.kind != .refuse { #expect(verdict.keeps["self_pay"] == .int(claim.selfPay), "\(claim.id)") }
        }
    }
}
