import NiangjiaCore
import Testing

/// What people do with a case after it has been handed in: correction, waiver, objection, appeal, withdrawal.
@Suite("A case among people", .serialized) struct CaseLifeTests {
    private static let plugin = [
        "plugins/relief/plugin.yaml": """
        id: relief
        version: 1.0.0
        api: 1
        title: {zh-CN: 临时救助, en: Relief}
        settings: {most: money}
        forms:
          apply:
            by: [clerk, member]
            fields: {cost: money, late: boolean}
            subject: applicant
            unique: [{per: subject, within: season, reason: ONCE}]
            gives: {kind: money, to: subject, when: approved}
        reasons:
          ONCE: {zh-CN: 本季已申请, en: Asked for this season already}
          LATE: {zh-CN: 逾期, en: Too late}
          NO_COST: {zh-CN: 没有花费, en: No cost}
        """,
        "plugins/relief/main.lua": """
        function program.assess.apply(facts, settings, context)
          if facts.application.late and not context.waived.LATE then return refuse("LATE") end
          if facts.application.cost == 0 then return refuse("NO_COST") end
          return grant(math.min(facts.application.cost, settings.most))
        end
        """,
    ]

    private static func program(_ more: String = "public_notice: {working_days: 2}") -> String {
        """
        program: relief-2026
        plugin: relief
        policy: 测工发〔2026〕3号
        status: open
        organization: 990100
        series: relief
        season: {from: 2026-06-01, to: 2026-09-30}
        funding: [{line: cooling-2026}]
        short: waitlist
        order: [submitted]
        pay: {each_max: 500}
        review: [basic, county]
        waive: {LATE: county}
        settings: {most: 300}
        \(more)
        """
    }

    private let clerk = Actor(account: "clerk", role: "clerk")
    private let basic = Actor(account: "basic", role: "reviewer:basic")
    private let county = Actor(account: "county", role: "reviewer:county")
    private let chief = Actor(account: "chief", role: "reviewer:city")

    private func city(_ more: String = "public_notice: {working_days: 2}") async throws -> TestCityHost {
        try await TestCityHost(
            programs: ["relief": Self.program(more)], files: Self.plugin, at: "2026-07-15T09:00:00+08:00")
    }

    private func apply(_ city: TestCityHost, cost: Int64 = 20_000, late: Bool = false) async throws -> (
        id: ID<CaseFile>, person: ID<Person>, state: CaseState
    ) {
        let person = try await city.person(union: "99010101")
        let submission = Submission(
            program: "relief-2026", form: "apply", applicant: person,
            fields: ["cost": .int(cost), "late": .bool(late)],
            channel: "clerk")
        let receipt = try await city.corridor.submit(submission, by: clerk)
        return (receipt.id, person, receipt.state)
    }

    private func record(_ city: TestCityHost, _ id: ID<CaseFile>) async throws -> CaseRecord {
        try await city.store.read { try Cases.load(id, in: $0) }
    }

    private func code(_ act: () async throws -> some Any) async -> NiangjiaError.Code? {
        do {
            _ = try await act()
            return nil
        } catch let error as NiangjiaError {
            return error.code
        } catch {
            return .internal
        }
    }

    @Test("Sent back and corrected, a case is reviewed from the start, by the same people")
    func correction() async throws {
        let city = try await city()
        let (id, _, _) = try await apply(city)
        #expect(try await city.corridor.act(.approve, on: id, by: basic) == .inCheck)
        #expect(try await city.corridor.act(.sendBack("发票不清"), on: id, by: county) == .returned)
        #expect(await code { try await city.corridor.act(.approve, on: id, by: basic) } == .conflict)
        let other = Actor(account: "other", role: "clerk")
        let fields: [String: Value] = ["cost": 40_000, "late": false]
        #expect(await code { try await city.corridor.act(.resubmit(fields), on: id, by: other) } == .forbidden)
        #expect(try await city.corridor.act(.resubmit(fields), on: id, by: clerk) == .inCheck)
        let again = try await record(city, id)
        #expect(again.level == "basic")
        #expect(again.judgedAmount == Money(fen: 30_000))
        #expect(try await city.corridor.act(.approve, on: id, by: basic) == .inCheck)
        #expect(await code { try await city.corridor.act(.approve, on: id, by: basic) } == .forbidden)
        #expect(try await city.corridor.act(.approve, on: id, by: county) == .underNotice)
        city.clock.set(Instant("2026-07-20T09:00:00+08:00")!)
        #expect(try await city.corridor.endNotices() == 1)
        #expect(await code { try await city.corridor.act(.resubmit(fields), on: id, by: clerk) } == .conflict)
        #expect(try await city.verify().books.isOK)
        try await city.close()
    }

    @Test("Of many who saw the same version one is first; the others hear that somebody was quicker, not of states")
    func sameVersion() async throws {
        let city = try await city()
        let (id, _, _) = try await apply(city)
        let seen = try await record(city, id).version
        let corridor = city.corridor
        let codes = await withTaskGroup(of: NiangjiaError.Code?.self) { group in
            for n in 0..<8 {
                let reviewer = Actor(account: "basic-\(n)", role: "reviewer:basic")
                group.addTask {
                    do {
                        _ = try await corridor.act(
                            n % 2 == 0 ? .approve : .reject("不符"), on: id, by: reviewer, version: seen)
                        return nil
                    } catch { return (error as? NiangjiaError)?.code ?? .internal }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.filter { $0 == nil }.count == 1 && codes.filter { $0 == .stale }.count == 7, "\(codes)")
        try await city.close()
    }

    @Test("A mistake in a field is told with its place in the request, spelled as a JSON pointer")
    func places() async throws {
        let city = try await city()
        let person = try await city.person(union: "99010101")
        func place(_ fields: [String: Value]) async -> String? {
            let submission = Submission(
                program: "relief-2026", form: "apply", applicant: person, fields: fields, channel: "clerk")
            do {
                _ = try await city.corridor.submit(submission, by: clerk)
                return nil
            } catch { return (error as? NiangjiaError)?.place }
        }
        #expect(await place(["late": false]) == "/fields/cost")
        #expect(await place(["cost": "x", "late": false]) == "/fields/cost")
        #expect(await place(["cost": 100, "late": false, "a/b~c": 1]) == "/fields/a~1b~0c")
        try await city.close()
    }

    @Test("Only what the program lists is waived, and only by the level that it names")
    func waiver() async throws {
        let city = try await city("")
        let (id, _, state) = try await apply(city, late: true)
        #expect(state == .refused)
        #expect(await code { try await city.corridor.act(.waive("LATE"), on: id, by: basic) } == .forbidden)
        #expect(await code { try await city.corridor.act(.waive("LATE"), on: id, by: chief) } == .forbidden)
        #expect(await code { try await city.corridor.act(.waive("NO_COST"), on: id, by: county) } == .forbidden)
        #expect(try await city.corridor.act(.waive("LATE"), on: id, by: county) == .inCheck)
        let (steps, decision) = try await city.store.read {
            (try Cases.steps(of: id, in: $0), try Decisions.ofLine(id, line: 0, in: $0))
        }
        #expect(steps.last?.note == "LATE")
        // What the rule said before is not what it comes to now.
        #expect(decision == nil)
        #expect(try await city.corridor.act(.approve, on: id, by: basic) == .inCheck)
        #expect(try await city.corridor.act(.approve, on: id, by: county) == .approved)
        #expect(try await city.verify().books.isOK)
        try await city.close()
    }

    @Test("A case that can't be decided at the end of its notice is named, and holds up nobody else's")
    func brokenNotice() async throws {
        let city = try await city()
        var ids: [ID<CaseFile>] = []
        for _ in 0..<2 {
            let (id, _, _) = try await apply(city)
            _ = try await city.corridor.act(.approve, on: id, by: basic)
            #expect(try await city.corridor.act(.approve, on: id, by: county) == .underNotice)
            ids.append(id)
        }
        let broken = ids[0]
        try await city.store.write(.interactive) {
            _ = try $0.execute("UPDATE case_file SET bundle = 'gone' WHERE id = $1", [.id(broken)])
        }
        city.clock.set(Instant("2026-07-20T09:00:00+08:00")!)
        let failure = await #expect(throws: NiangjiaError.self) { try await city.corridor.endNotices() }
        #expect(failure?.message.zh.hasPrefix(broken.text) == true && failure?.code == .notFound)
        #expect(try await record(city, ids[0]).state == .underNotice)
        #expect(try await record(city, ids[1]).state == .approved)
        try await city.close()
    }

    @Test("An objection stops the notice until it is closed; upheld, the case is turned down")
    func objection() async throws {
        let city = try await city()
        var ids: [ID<CaseFile>] = []
        for _ in 0..<2 {
            let (id, _, _) = try await apply(city)
            _ = try await city.corridor.act(.approve, on: id, by: basic)
            #expect(try await city.corridor.act(.approve, on: id, by: county) == .underNotice)
            ids.append(id)
        }
        let neighbour = Actor(account: "neighbour", role: "member", person: try await city.person())
        for id in ids {
            #expect(
                await code {
                    try await city.corridor.act(.resolveObjection(upheld: true, "无"), on: id, by: chief)
                } == .conflict)
            // Who only reads cases, or deals with their money, has no say in them.
            for role in [Role.auditor, .treasurer, .payer, .programAdmin] {
                let reader = Actor(account: role.rawValue, role: role.rawValue)
                #expect(
                    await code { try await city.corridor.act(.object("有房有车"), on: id, by: reader) } == .forbidden,
                    "\(role)")
            }
            #expect(try await city.corridor.act(.object("有房有车"), on: id, by: neighbour) == .underNotice)
        }
        city.clock.set(Instant("2026-07-20T09:00:00+08:00")!)
        #expect(try await city.corridor.endNotices() == 0)
        #expect(
            try await city.corridor.act(.resolveObjection(upheld: false, "查无此事"), on: ids[0], by: chief)
                == .underNotice)
        #expect(
            try await city.corridor.act(.resolveObjection(upheld: true, "属实"), on: ids[1], by: chief) == .rejected)
        #expect(try await city.corridor.endNotices() == 1)
        #expect(try await record(city, ids[0]).state == .approved)
        #expect(try await record(city, ids[1]).objection == .upheld)
        let held = try await city.store.read {
            try $0.integer("SELECT COALESCE(SUM(amount), 0) FROM entitlement WHERE state <> 'released'")
        }
        #expect(held == 20_000)

        // Whoever upheld it doesn't hear the appeal; what others grant on appeal goes on notice again.
        let record = try await record(city, ids[1])
        let applicant = Actor(account: "applicant", role: "member", person: record.applicant)
        #expect(try await city.corridor.act(.object("无房无车"), on: ids[1], by: applicant) == .inCheck)
        #expect(await code { try await city.corridor.act(.approve, on: ids[1], by: chief) } == .forbidden)
        let other = Actor(account: "other", role: "reviewer:city")
        #expect(try await city.corridor.act(.approve, on: ids[1], by: other) == .underNotice)
        #expect(try await city.corridor.endNotices() == 0)
        city.clock.set(Instant("2026-07-24T09:00:00+08:00")!)
        #expect(try await city.corridor.endNotices() == 1)
        #expect(try await city.verify().books.isOK)
        try await city.close()
    }

    @Test(
        "Turned down by a person, the applicant is heard once more by others: the city's word stands for the levels below"
    )
    func appeal() async throws {
        let city = try await city("")
        let (id, person, _) = try await apply(city)
        #expect(try await city.corridor.act(.reject("材料不实"), on: id, by: basic) == .rejected)
        let stranger = Actor(account: "stranger", role: "member", person: try await city.person())
        let member = Actor(account: "member", role: "member", person: person)
        #expect(await code { try await city.corridor.act(.object("不服"), on: id, by: stranger) } == .forbidden)
        #expect(await code { try await city.corridor.act(.approve, on: id, by: chief) } == .conflict)
        #expect(try await city.corridor.act(.object("不服"), on: id, by: member) == .inCheck)
        #expect(try await record(city, id).level == "city")
        let both = Actor(account: "basic", role: "reviewer:city")
        #expect(await code { try await city.corridor.act(.approve, on: id, by: both) } == .forbidden)
        #expect(try await city.corridor.act(.approve, on: id, by: chief) == .approved)
        #expect(try await record(city, id).objection == .upheld)

        let (other, owner, _) = try await apply(city)
        _ = try await city.corridor.act(.reject("材料不实"), on: other, by: basic)
        let applicant = Actor(account: "applicant", role: "member", person: owner)
        _ = try await city.corridor.act(.object("不服"), on: other, by: applicant)
        #expect(try await city.corridor.act(.reject("维持"), on: other, by: chief) == .rejected)
        #expect(await code { try await city.corridor.act(.object("仍不服"), on: other, by: applicant) } == .conflict)
        #expect(try await city.verify().books.isOK)
        try await city.close()
    }

    @Test("One table says what opens each action of a case, for every door")
    func permissions() throws {
        let actions: [CaseAction] = [
            .approve, .sendBack(""), .reject(""), .resubmit([:]), .withdraw, .object(""),
            .resolveObjection(upheld: true, ""), .waive(""), .clawBack(""), .retry,
        ]
        #expect(Set(actions.flatMap(\.permissions)) == Set(CaseAction.anyPermission))
        let reading: Set<Permission> = [.seeCases, .seeRegisters, .seeMoney, .seeJournal]
        #expect(reading.isDisjoint(with: CaseAction.anyPermission))
        func roles(_ action: CaseAction) -> Set<Role> { Set(Role.allCases.filter(action.isOpen)) }
        #expect(roles(.approve) == [.reviewer] && roles(.retry) == [.reviewer, .programAdmin])
        #expect(roles(.clawBack("")) == [.treasurer, .programAdmin])
        #expect(roles(.object("")) == [.member, .unit, .clerk, .keeper, .reviewer])
    }

    @Test("The rule's no is appealed too: with a waiver the city lets it pass, without one the answer stands")
    func appealAgainstTheRule() async throws {
        let city = try await city("")
        let (id, person, state) = try await apply(city, cost: 0)
        #expect(state == .refused)
        let member = Actor(account: "member", role: "member", person: person)
        #expect(try await city.corridor.act(.object("有花费"), on: id, by: member) == .inCheck)
        #expect(try await city.corridor.act(.approve, on: id, by: chief) == .refused)
        #expect(try await record(city, id).objection == .rejected)

        let (late, owner, _) = try await apply(city, late: true)
        let applicant = Actor(account: "applicant", role: "member", person: owner)
        #expect(try await city.corridor.act(.object("住院"), on: late, by: applicant) == .inCheck)
        #expect(try await city.corridor.act(.waive("LATE"), on: late, by: county) == .inCheck)
        #expect(try await record(city, late).level == "city")
        #expect(try await city.corridor.act(.approve, on: late, by: chief) == .approved)
        try await city.close()
    }

    @Test("Taken back before it is paid, a case frees its money and its claim; afterwards it is clawed back by others")
    func withdrawal() async throws {
        let city = try await city("")
        let (id, person, _) = try await apply(city)
        _ = try await city.corridor.act(.approve, on: id, by: basic)
        #expect(try await city.corridor.act(.approve, on: id, by: county) == .approved)
        let member = Actor(account: "member", role: "member", person: person)
        #expect(await code { try await city.corridor.act(.withdraw, on: id, by: basic) } == .forbidden)
        #expect(try await city.corridor.act(.withdraw, on: id, by: member) == .withdrawn)
        #expect(await code { try await city.corridor.act(.withdraw, on: id, by: member) } == .conflict)
        let again = Submission(
            program: "relief-2026", form: "apply", applicant: person, fields: ["cost": 10_000, "late": false],
            channel: "clerk")
        #expect(try await city.corridor.submit(again, by: clerk).state == .inCheck)
        let third = try await city.corridor.submit(again, by: clerk)
        #expect(third.lines[0].outcome?.code == "ONCE")
        let held = try await city.store.read {
            try $0.integer("SELECT COUNT(*) FROM entitlement WHERE state <> 'released'")
        }
        #expect(held == 0)
        #expect(try await city.verify().books.isOK)
        try await city.close()
    }

    @Test("A step that was taken on an older look is refused")
    func versions() async throws {
        let city = try await city("")
        let (id, _, _) = try await apply(city)
        let seen = try await record(city, id).version
        _ = try await city.corridor.act(.approve, on: id, by: basic, version: seen)
        #expect(await code { try await city.corridor.act(.approve, on: id, by: county, version: seen) } == .stale)
        let results = await withTaskGroup(of: NiangjiaError.Code?.self) { group in
            for n in 0..<6 {
                group.addTask {
                    let reviewer = Actor(account: "county\(n)", role: "reviewer:county")
                    return await code { try await city.corridor.act(.approve, on: id, by: reviewer) }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.count { $0 == nil } == 1)
        #expect(try await city.verify().books.isOK)
        try await city.close()
    }
}
