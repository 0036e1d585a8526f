import NiangjiaCore
import Testing

@testable import NiangjiaServer

@Suite struct AccessTests {
    @Test("A sign-in gives a token that stands for the account until it ends")
    func signIn() async throws {
        let city = try await TestCity(approved: false)
        let signIn = try await city.host.access.signIn("office", password: TestCity.password)
        #expect(try await city.host.access.authenticate(signIn.token).id == "office")
        #expect(await code { _ = try await city.host.access.authenticate(signIn.token + "0") } == .unauthenticated)
        try await city.host.access.signOut(signIn.token)
        #expect(await code { _ = try await city.host.access.authenticate(signIn.token) } == .unauthenticated)
        try await city.host.close()
    }

    @Test("Sessions end by time, by idleness, and with their account")
    func ends() async throws {
        let city = try await TestCity(approved: false)
        let idle = try await city.host.access.signIn("office", password: TestCity.password).token
        city.clock.advance(milliseconds: Access.idleLength + 1)
        #expect(await code { _ = try await city.host.access.authenticate(idle) } == .unauthenticated)
        let used = try await city.host.access.signIn("office", password: TestCity.password).token
        for _ in 0..<6 {
            city.clock.advance(milliseconds: Access.idleLength - 60_000)
            if city.clock.now()
                < (Instant("2026-07-15T09:00:00+08:00")?.advanced(by: Access.sessionLength) ?? city.clock.now())
            {
                _ = try await city.host.access.authenticate(used)
            }
        }
        city.clock.advance(milliseconds: Access.sessionLength)
        #expect(await code { _ = try await city.host.access.authenticate(used) } == .unauthenticated)
        let last = try await city.host.access.signIn("office", password: TestCity.password).token
        try await city.host.access.disable("office", by: "admin")
        #expect(await code { _ = try await city.host.access.authenticate(last) } == .unauthenticated)
        #expect(
            await code { _ = try await city.host.access.signIn("office", password: TestCity.password) }
                == .unauthenticated)
        try await city.host.close()
    }

    @Test("Nobody learns from the words whether an account exists; wrong passwords lock it")
    func lockOut() async throws {
        let city = try await TestCity(approved: false)
        func words(_ account: String, _ password: String) async -> String? {
            do {
                _ = try await city.host.access.signIn(account, password: password)
                return nil
            } catch { return (error as? NiangjiaError)?.message.zh }
        }
        #expect(await words("office", "wrong") == words("nobody", "wrong"))
        for _ in 1..<Access.failureLimit { _ = await words("office", "wrong") }
        #expect(
            await code { _ = try await city.host.access.signIn("office", password: TestCity.password) } == "locked_out")
        city.clock.advance(milliseconds: Access.lockLength + 1)
        #expect(await words("office", TestCity.password) == nil)
        try await city.host.close()
    }

    @Test(
        "Attempts at the same time count like attempts one after the other; what is refused unseen doesn't lengthen a lock"
    )
    func burst() async throws {
        let city = try await TestCity(approved: false)
        let access = city.host.access
        @Sendable func attempt(_ password: String) async -> NiangjiaError? {
            do {
                _ = try await access.signIn("office", password: password)
                return nil
            } catch { return error as? NiangjiaError }
        }
        func wrong(_ count: Int) async -> [NiangjiaError.Code?] {
            await withTaskGroup(of: NiangjiaError.Code?.self) { group in
                for _ in 0..<count { group.addTask { await attempt("wrong")?.code } }
                return await group.reduce(into: []) { $0.append($1) }
            }
        }
        let heard = await wrong(40)
        #expect(heard.filter { $0 == .unauthenticated }.count == Int(Access.failureLimit))
        #expect(heard.filter { $0 == "locked_out" }.count == 40 - Int(Access.failureLimit))
        #expect(await attempt(TestCity.password)?.retryAfter == Access.lockLength / 1_000)
        city.clock.advance(milliseconds: Access.lockLength + 1)
        let again = await wrong(10)
        #expect(again.filter { $0 == .unauthenticated }.count == 1)
        #expect(await attempt(TestCity.password)?.retryAfter == Access.lockLength * 2 / 1_000)
        city.clock.advance(milliseconds: Access.lockLength * 2 + 1)
        #expect(await attempt(TestCity.password) == nil)
        // The right one has cleared the name.
        #expect(await attempt("wrong")?.code == .unauthenticated)
        #expect(await attempt(TestCity.password) == nil)
        try await city.host.close()
    }

    @Test("Right passwords at the same time lock nobody out, beside a wrong one either")
    func manyAtOnce() async throws {
        let city = try await TestCity(approved: false)
        let access = city.host.access
        let failed = await withTaskGroup(of: Bool.self) { group in
            for n in 0..<20 {
                group.addTask {
                    let password = n == 5 ? "wrong" : TestCity.password
                    do { _ = try await access.signIn("office", password: password) } catch { return true }
                    return false
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(failed == 1)
        try await city.host.close()
    }

    @Test("A name that nobody has is locked as one that somebody has, in the same words; what was typed isn't kept")
    func nobodysName() async throws {
        let city = try await TestCity(approved: false)
        func told(_ account: String) async -> (code: NiangjiaError.Code?, words: String?, after: Int64?) {
            do {
                _ = try await city.host.access.signIn(account, password: "wrong")
                return (nil, nil, nil)
            } catch {
                let failure = error as? NiangjiaError
                return (failure?.code, failure?.message.zh, failure?.retryAfter)
            }
        }
        for _ in 0..<Access.failureLimit + 2 {
            let (known, unknown) = (await told("office"), await told("my-secret-word"))
            #expect(known == unknown)
        }
        #expect(await told("my-secret-word").code == "locked_out")
        #expect(await told("my-secret-word").after == Access.lockLength / 1_000)
        let kept = try await city.host.store.read { reader in
            try reader.all("SELECT body FROM chain_event WHERE kind = 'access.locked' ORDER BY id", []) { $0.text(0) }
        }
        #expect(kept.count == 2 && kept.allSatisfy { !$0.contains("secret") })
        try await city.host.close()
    }

    @Test("One who names no person is who people read there: the three offices stay apart for accounts too")
    func keptApartByName() async throws {
        let city = try await TestCity(approved: false)
        func add(_ id: String, _ role: Role, _ display: String, _ person: ID<Person>? = nil) async
            -> NiangjiaError.Code?
        {
            await code {
                _ = try await city.host.access.add(
                    Account(id: id, display: display, roles: [RoleGrant(role)], person: person),
                    password: TestCity.password, by: "admin")
            }
        }
        #expect(await add("one", .securityOfficer, "安全 示例甲") == nil)
        #expect(await add("two", .auditor, "安全示例甲") == .invalid)
        #expect(await add("two", .auditor, "安全示例甲", city.host.ids.next()) == .invalid)
        #expect(await add("two", .auditor, "审计 示例乙") == nil)
        #expect(await add("three", .clerk, "安全 示例甲") == nil, "other offices may be held beside")
        try await city.host.close()
    }

    @Test("System administrator, security officer and auditor are never one person")
    func keptApart() async throws {
        let city = try await TestCity(approved: false)
        let both = Account(id: "both", display: "x", roles: [RoleGrant(.systemAdmin), RoleGrant(.auditor)])
        #expect(
            await code { _ = try await city.host.access.add(both, password: TestCity.password, by: "admin") }
                == .invalid)
        let person: ID<Person> = city.host.ids.next()
        let one = Account(id: "one", display: "x", roles: [RoleGrant(.securityOfficer)], person: person)
        let other = Account(id: "other", display: "x", roles: [RoleGrant(.auditor)], person: person)
        _ = try await city.host.access.add(one, password: TestCity.password, by: "admin")
        #expect(
            await code { _ = try await city.host.access.add(other, password: TestCity.password, by: "admin") }
                == .invalid)
        try await city.host.close()
    }

    @Test("The last system administrator in use can't be disabled; with another one, either can")
    func lastAdministrator() async throws {
        let city = try await TestCity(approved: false)
        let own: Value = ["account": "admin"]
        #expect(await code { _ = try await city.run("account.disable", own, as: "admin") } == .conflict)
        try await city.add("deputy", .systemAdmin)
        #expect(await code { _ = try await city.run("account.disable", own, as: "admin") } == nil)
        #expect(
            await code { _ = try await city.run("account.disable", ["account": "deputy"], as: "deputy") } == .conflict)
        #expect(await code { _ = try await city.run("account.disable", ["account": "office"], as: "deputy") } == nil)
        try await city.host.close()
    }

    @Test("A kept sign-in that has ended doesn't stop what needs none; what needs one is refused")
    func endedSignIn() async throws {
        let city = try await TestCity(approved: false)
        let token = try await city.host.access.signIn("office", password: TestCity.password).token
        func run(_ operation: String, _ credentials: Credentials) async -> (NiangjiaServer.ExitStatus, CollectingSink) {
            let sink = CollectingSink()
            let status = await Operations.run(
                operation, ["program": "tuition-2026"], on: city.host, as: credentials, output: Output(sink))
            return (status, sink)
        }
        #expect(await run("check", .saved(token)).1.events.contains(.signInEnded) == false)
        city.clock.advance(milliseconds: Access.idleLength + 1)
        let (checked, said) = await run("check", .saved(token))
        #expect(checked == .ok && said.failure == nil && said.events.contains(.signInEnded))
        let (previewed, refused) = await run("program.preview", .saved(token))
        #expect(previewed == .misused && refused.failure?.code == "unauthenticated")
        #expect(await run("check", .token(token)).0 == .misused)
        try await city.host.close()
    }

    @Test("The first account is a system administrator's; the others need one who has signed in")
    func first() async throws {
        let city = try await TestCity(approved: false)
        let arguments: Value = ["account": "x1", "roles": ["clerk"], "password": .text(TestCity.password)]
        #expect(await code { _ = try await city.run("account.add", arguments, as: nil) } == .unauthenticated)
        #expect(await code { _ = try await city.run("account.add", arguments, as: "office") } == .forbidden)
        #expect(try await city.run("account.add", arguments, as: "admin").answer?["account"].text == "x1")
        try await city.host.close()
    }

    @Test("Every operation says who may ask, and refuses everybody else")
    func needs() async throws {
        let city = try await TestCity()
        try await city.add("nobody-much", .keeper)
        for operation in Operations.all {
            guard case .anyOf(let permissions) = operation.need else { continue }
            #expect(!permissions.isEmpty, "\(operation.name)")
            #expect(
                await code { _ = try await city.run(operation.name, [:], as: nil) } == .unauthenticated,
                "\(operation.name)")
            let mayKeeper = permissions.contains { $0.roles.contains(.keeper) }
            guard !mayKeeper else { continue }
            #expect(
                await code { _ = try await city.run(operation.name, [:], as: "nobody-much") } == .forbidden,
                "\(operation.name)")
        }
        try await city.host.close()
    }
}

extension Instant {
    fileprivate func advanced(by milliseconds: Int64) -> Instant { self + milliseconds }
}
