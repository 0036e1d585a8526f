import NiangjiaCore
import NiangjiaCrypto
import Testing

@testable import NiangjiaServer

@Suite struct SecondFactorTests {
    @Test(
        "Codes are those of RFC 6238, appendix B, in six digits",
        arguments: [
            (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
            (2_000_000_000, "279037"), (20_000_000_000, "353130"),
        ])
    func vectors(second: Int64, code: String) throws {
        let crypto = try SoftwareCrypto(KeyRing(created: Instant(milliseconds: 0)))
        let secret = Array("12345678901234567890".utf8)
        let step = OneTimeCode.step(at: Instant(milliseconds: second * 1000))
        #expect(OneTimeCode.code(secret, step: step, crypto) == code)
    }

    @Test("Base32 is that of RFC 4648, section 10, without padding")
    func base32() {
        #expect(OneTimeCode.base32(Array("foobar".utf8)) == "MZXW6YTBOI")
        #expect(OneTimeCode.base32(Array("foo".utf8)) == "MZXW6")
        #expect(OneTimeCode.base32([]) == "")
    }

    /// The secret that an enrolment answered, and the code of it so many periods from now.
    func code(_ secret: String, _ city: TestCity, _ off: Int64 = 0) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        var (bits, count, bytes) = (0, 0, [UInt8]())
        for letter in secret {
            bits = (bits << 5 | (letters.firstIndex(of: letter) ?? 0)) & 0xFFFF
            count += 5
            if count >= 8 {
                bytes.append(UInt8(truncatingIfNeeded: bits >> (count - 8)))
                count -= 8
            }
        }
        return OneTimeCode.code(bytes, step: OneTimeCode.step(at: city.clock.now()) + off, city.host.crypto)
    }

    private static let password: Value = ["password": .text(TestCity.password)]

    func enrolled(_ city: TestCity, _ id: String) async throws -> (secret: String, recovery: [String]) {
        let enrolment = try #require(try await city.run("account.totp.enrol", Self.password, as: id).answer)
        let secret = try #require(enrolment["secret"].text)
        let confirmed = try await city.run("account.totp.confirm", ["code": .text(code(secret, city))], as: id)
        city.clock.advance(milliseconds: OneTimeCode.period)
        return (secret, confirmed.answer?["recovery_codes"].list?.compactMap(\.text) ?? [])
    }

    @Test("A session alone enrols nothing: the password is asked for, and guesses at it lock")
    func enrolment() async throws {
        let city = try await TestCity(approved: false)
        func enrol(_ password: String) async -> NiangjiaError.Code? {
            await NiangjiaServerTests.code {
                _ = try await city.run("account.totp.enrol", ["password": .text(password)], as: "office")
            }
        }
        for _ in 0..<Access.failureLimit { #expect(await enrol("wrong") == .wrongPassword) }
        #expect(await enrol(TestCity.password) == "locked_out")
        let waiting = try await city.host.store.read { try $0.integer("SELECT COUNT(*) FROM second_factor") }
        #expect(waiting == 0)
        // Who is at the door isn't locked out by it.
        _ = try await city.host.access.signIn("office", password: TestCity.password)
        city.clock.advance(milliseconds: Access.lockLength + 1)
        #expect(await enrol(TestCity.password) == nil)
        try await city.host.close()
    }

    @Test("Guesses at the code that confirms an enrolment lock like any other")
    func confirmation() async throws {
        let city = try await TestCity(approved: false)
        let enrolment = try await city.run("account.totp.enrol", Self.password, as: "office").answer
        let secret = try #require(enrolment?["secret"].text)
        func confirm(_ typed: String) async -> NiangjiaError.Code? {
            await NiangjiaServerTests.code {
                _ = try await city.run("account.totp.confirm", ["code": .text(typed)], as: "office")
            }
        }
        let right = Set((-1...1).map { code(secret, city, $0) })
        let wrong = try #require(["000000", "000001", "000002", "000003"].first { !right.contains($0) })
        for _ in 0..<Access.failureLimit { #expect(await confirm(wrong) == .wrongCode) }
        #expect(await confirm(code(secret, city)) == "locked_out")
        city.clock.advance(milliseconds: Access.lockLength + 1)
        #expect(await confirm(code(secret, city)) == nil)
        try await city.host.close()
    }

    @Test("A code is needed, stands one period either way, and is used once; the secret isn't in the store")
    func codes() async throws {
        let city = try await TestCity(approved: false)
        let access = city.host.access
        func signIn(_ typed: String?) async -> NiangjiaError.Code? {
            await NiangjiaServerTests.code {
                _ = try await access.signIn("office", password: TestCity.password, code: typed)
            }
        }
        let (secret, _) = try await enrolled(city, "office")
        #expect(await signIn(nil) == "second_factor_required")
        #expect(
            await NiangjiaServerTests.code { _ = try await access.signIn("office", password: "wrong", code: nil) }
                == .unauthenticated)
        #expect(await signIn(code(secret, city, 2)) == .unauthenticated)
        #expect(await signIn(code(secret, city, -2)) == .unauthenticated)
        let now = code(secret, city)
        #expect(await signIn(now) == nil)
        #expect(await signIn(now) == .unauthenticated, "a code is used once")
        #expect(await signIn(code(secret, city, -1)) == .unauthenticated, "nor one before it")
        #expect(await signIn(code(secret, city, 1)) == nil)
        let row = try await city.host.store.read { reader in
            try reader.first("SELECT secret FROM second_factor WHERE account = 'office'") { $0.blob(0) }
        }
        #expect(row?.isEmpty == false && OneTimeCode.base32(row ?? []).contains(secret) == false)
        try await city.host.close()
    }

    @Test("Two sign-ins with the same code at the same time: one of them")
    func race() async throws {
        let city = try await TestCity(approved: false)
        let (secret, _) = try await enrolled(city, "office")
        let (access, typed) = (city.host.access, code(secret, city))
        let counts = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask { (try? await access.signIn("office", password: TestCity.password, code: typed)) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(counts == 1)
        try await city.host.close()
    }

    @Test("The right password without a code is no wrong one")
    func withoutCode() async throws {
        let city = try await TestCity(approved: false)
        let (secret, _) = try await enrolled(city, "office")
        let access = city.host.access
        for _ in 0..<Access.failureLimit + 2 {
            #expect(
                await NiangjiaServerTests.code { _ = try await access.signIn("office", password: TestCity.password) }
                    == "second_factor_required")
        }
        city.clock.advance(milliseconds: OneTimeCode.period)
        _ = try await access.signIn("office", password: TestCity.password, code: code(secret, city))
        try await city.host.close()
    }

    @Test("A recovery code stands in once; guesses lock the account; an administrator who is another person frees it")
    func recovery() async throws {
        let city = try await TestCity(approved: false)
        let access = city.host.access
        let (_, recovery) = try await enrolled(city, "office")
        #expect(recovery.count == Access.recoveryCodes && Set(recovery).count == recovery.count)
        func signIn(_ typed: String) async -> NiangjiaError.Code? {
            await NiangjiaServerTests.code {
                _ = try await access.signIn("office", password: TestCity.password, code: typed)
            }
        }
        #expect(await signIn(recovery[0]) == nil)
        #expect(await signIn(recovery[0]) == .unauthenticated)
        // Who is signed in hears of a wrong code as of a mistake in it, and stays signed in.
        let open = try await access.signIn("office", password: TestCity.password, code: recovery[4]).token
        do {
            try await access.removeFactor("office", code: "000000", by: "office")
            Issue.record("a wrong code removed the second factor")
        } catch let error as NiangjiaError { #expect(error.code == .wrongCode && error.place == "/code") }
        #expect(try await access.authenticate(open).id == "office")
        #expect(await signIn(recovery[1].uppercased().replacing("-", with: " ")) == nil)
        for _ in 0..<Access.failureLimit { _ = await signIn("000000") }
        #expect(await signIn(recovery[2]) == "locked_out")
        city.clock.advance(milliseconds: Access.lockLength + 1)
        let token = try await access.signIn("office", password: TestCity.password, code: recovery[3]).token
        #expect(
            await NiangjiaServerTests.code {
                _ = try await city.run("account.totp.remove", ["account": "office"], as: "chief")
            } == .forbidden)
        _ = try await city.run("account.totp.remove", ["account": "office"], as: "admin")
        #expect(await NiangjiaServerTests.code { _ = try await access.authenticate(token) } == .unauthenticated)
        #expect(
            await NiangjiaServerTests.code { _ = try await access.signIn("office", password: TestCity.password) } == nil
        )
        try await city.host.close()
    }

    @Test(
        "Where the city asks a role for it, who has none may enrol and nothing else; confirmed, all of it, by a new sign-in"
    )
    func required() async throws {
        let city = try await TestCity(approved: false)
        let access = city.host.access
        let needing: Set<Role> = [.programAdmin]
        let first = try await access.signIn("chief", password: TestCity.password, needing: needing)
        #expect(first.isLimited && first.account.roles.isEmpty)
        let limited = try await access.authenticate(first.token)
        let open = Operations.all.filter(\.beforeEnrolment).map(\.name).sorted()
        #expect(
            open == [
                "account.login", "account.logout", "account.totp.confirm", "account.totp.enrol", "health",
                "station.near",
            ])
        for operation in Operations.all.map(\.name) where !open.contains(operation) {
            let sink = Output(CollectingSink())
            #expect(
                await NiangjiaServerTests.code {
                    try await Operations.perform(operation, [:], on: city.host, as: limited, output: sink)
                } == Access.enrolFirst.code, "\(operation)")
        }
        #expect(try await !access.signIn("admin", password: TestCity.password, needing: needing).isLimited)
        let sink = CollectingSink()
        try await Operations.perform(
            "account.totp.enrol", Self.password, on: city.host, as: limited, output: Output(sink))
        let secret = try #require(sink.answer?["secret"].text)
        try await Operations.perform(
            "account.totp.confirm", ["code": .text(code(secret, city))], on: city.host, as: limited,
            output: Output(sink))
        #expect(await NiangjiaServerTests.code { _ = try await access.authenticate(first.token) } == .unauthenticated)
        city.clock.advance(milliseconds: OneTimeCode.period)
        let whole = try await access.signIn(
            "chief", password: TestCity.password, code: code(secret, city), needing: needing)
        #expect(!whole.isLimited && whole.account.has(.programAdmin))
        try await city.host.close()
    }

    @Test("The configuration in force says which roles, and a sign-in by the operation heeds it")
    func configured() async throws {
        let city = try await TestCity(approved: false)
        try city.edit("config/niangjia.yaml", "# second_factor: [", "second_factor: [")
        try await city.approve()
        try await city.add("money", .treasurer)
        let told = try await city.run(
            "account.login", ["account": "money", "password": .text(TestCity.password)], as: nil)
        #expect(told.answer?["must_enrol"].bool == true)
        try await city.add("desk", .clerk)
        let clerk = try await city.run(
            "account.login", ["account": "desk", "password": .text(TestCity.password)], as: nil)
        #expect(clerk.answer?["must_enrol"].bool == false)
        try await city.host.close()
    }

    @Test(
        "When a role comes to need a second factor, those who are signed in may enrol and nothing else, like new ones")
    func comesIntoForce() async throws {
        let city = try await TestCity()
        try await city.add("money", .treasurer, .member)
        let token = try await city.host.access.signIn("money", password: TestCity.password).token
        let desk = try await city.host.access.signIn("office", password: TestCity.password).token
        func run(_ token: String, _ operation: String, _ arguments: Value = [:]) async -> CollectingSink {
            let sink = CollectingSink()
            _ = await Operations.run(operation, arguments, on: city.host, as: .token(token), output: Output(sink))
            return sink
        }
        #expect(await run(token, "batch.list").failure == nil)
        try city.edit("config/niangjia.yaml", "# second_factor: [treasurer, payer", "second_factor: [treasurer, payer")
        try city.edit("config/niangjia.yaml", ", program_admin, system_admin, security_officer]", "]")
        try await city.approve()
        let password: Value = ["password": .text(TestCity.password), "new_password": "another ten letters"]
        for (operation, arguments) in [
            ("batch.list", Value.map([:])), ("program.mine", [:]), ("person.data", [:]), ("fund.balance", [:]),
            ("account.password", password),
        ] {
            #expect(await run(token, operation, arguments).failure?.code == "must_enrol", "\(operation)")
        }
        #expect(await run(desk, "case.list").failure == nil, "who has none of the roles goes on")
        #expect(try await HostWeb(host: city.host).account(token: token).mustEnrol)
        let secret = try #require(await run(token, "account.totp.enrol", Self.password).answer?["secret"].text)
        let confirmed = await run(token, "account.totp.confirm", ["code": .text(code(secret, city))])
        #expect(confirmed.failure == nil)
        city.clock.advance(milliseconds: OneTimeCode.period)
        let whole = try await city.host.access.signIn(
            "money", password: TestCity.password, code: code(secret, city), needing: [.treasurer])
        #expect(await run(whole.token, "batch.list").failure == nil)
        try await city.host.close()
    }

    @Test("A changed password ends every sign-in; the old one is asked for, and wrong ones lock")
    func password() async throws {
        let city = try await TestCity(approved: false)
        let access = city.host.access
        let token = try await access.signIn("office", password: TestCity.password).token
        func change(_ old: String, _ new: String) async -> NiangjiaError.Code? {
            await NiangjiaServerTests.code { try await access.changePassword("office", from: old, to: new) }
        }
        #expect(await change("wrong", "another ten letters") == .wrongPassword)
        #expect(await change(TestCity.password, "short") == .invalid)
        #expect(try await access.authenticate(token).id == "office")
        #expect(await change(TestCity.password, "another ten letters") == nil)
        #expect(await NiangjiaServerTests.code { _ = try await access.authenticate(token) } == .unauthenticated)
        #expect(
            await NiangjiaServerTests.code { _ = try await access.signIn("office", password: TestCity.password) }
                == .unauthenticated)
        let next = try await access.signIn("office", password: "another ten letters").token
        for _ in 0..<Access.failureLimit { _ = await change("wrong", "yet another password") }
        #expect(await change("another ten letters", "yet another password") == "locked_out")
        #expect(try await access.authenticate(next).id == "office")
        try await city.host.close()
    }

    @Test("A role of a plugin that is taken away is gone with the next call; the sign-in needn't end for it")
    func pluginRole() async throws {
        let city = try await TestCity()
        try await city.add("lawyer", .member)
        let manifest = try #require(try await city.host.bundles.active().plugins["legal-aid"]?.manifest)
        let role = try #require(manifest.roles.keys.sorted().first)
        let account = try await city.account("lawyer")
        func held() async throws -> Bool {
            try await city.host.store.read { try Caller.of(account, plugin: "legal-aid", in: $0).roles.contains(role) }
        }
        try await city.giveRole(role, of: "legal-aid", to: "lawyer")
        #expect(try await held())
        _ = try await city.run(
            "role.set", ["plugin": "legal-aid", "role": .text(role), "account": "lawyer", "end": true], as: "office")
        #expect(try await !held())
        try await city.host.close()
    }
}
