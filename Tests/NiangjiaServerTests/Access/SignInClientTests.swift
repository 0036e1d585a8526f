import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// What strangers try locks out strangers.
@Suite struct SignInClientTests {
    private let access: Access
    private let city: TestCity

    init() async throws {
        city = try await TestCity(approved: false)
        access = city.host.access
    }

    private func signIn(_ client: SignInClient, _ password: String = TestCity.password) async -> NiangjiaError? {
        do {
            _ = try await access.signIn("office", password: password, from: client)
            return nil
        } catch { return error as? NiangjiaError }
    }

    @Test("Wrong passwords from one address lock that address out, longer each time, and nobody else")
    func oneAddress() async throws {
        let (stranger, owner) = (SignInClient.address("192.0.2.1"), SignInClient.address("192.0.2.2"))
        for _ in 0..<Access.failureLimit { #expect(await signIn(stranger, "wrong")?.code == .unauthenticated) }
        #expect(await signIn(stranger)?.code == "locked_out", "the right one too")
        #expect(await signIn(owner) == nil)
        #expect(await signIn(.local) == nil)
        var length = Access.lockLength
        for _ in 0..<3 {
            city.clock.advance(milliseconds: length + 1)
            #expect(await signIn(stranger, "wrong")?.code == .unauthenticated)
            length *= 2
            #expect(await signIn(stranger)?.retryAfter == length / 1_000)
        }
        #expect(await signIn(owner) == nil)
        try await city.host.close()
    }

    @Test(
        "Many addresses together lock out those from which nobody has signed in before, shortly, as often as they like")
    func manyAddresses() async throws {
        let (known, new) = (SignInClient.address("192.0.2.2"), SignInClient.address("192.0.2.3"))
        #expect(await signIn(known) == nil)
        let session = try await access.signIn("office", password: TestCity.password, from: known).token
        for round in 0..<3 {
            for n in 0..<Int(Access.strangerLimit) {
                let code = await signIn(.address("198.51.\(round).\(n)"), "wrong")?.code
                #expect(code == .unauthenticated, "\(round) \(n)")
            }
            #expect(await signIn(new)?.retryAfter == Access.lockLength / 1_000, "no longer than before")
            #expect(await signIn(known) == nil)
            #expect(await signIn(.local) == nil)
            city.clock.advance(milliseconds: Access.lockLength + 1)
        }
        #expect(await signIn(new) == nil)
        // Who has signed in changes the password meanwhile.
        for n in 0..<Int(Access.strangerLimit) { _ = await signIn(.address("203.0.113.\(n)"), "wrong") }
        #expect(await signIn(.address("192.0.2.9"))?.code == "locked_out")
        #expect(try await access.authenticate(session).id == "office")
        try await access.changePassword("office", from: TestCity.password, to: "another ten letters")
        try await city.host.close()
    }

    @Test("Right passwords from anywhere count for nothing")
    func right() async throws {
        for n in 0..<Int(Access.strangerLimit) * 2 { #expect(await signIn(.address("198.51.100.\(n)")) == nil) }
        let known = try await city.host.store.read { try $0.integer("SELECT COUNT(*) FROM known_client") }
        #expect(known == SignInClient.mostKnown, "the latest are remembered")
        try await city.host.close()
    }

    @Test("A name that nobody has is locked from many addresses as one that somebody has")
    func nobody() async throws {
        func told(_ name: String, _ client: SignInClient) async -> String? {
            do {
                _ = try await access.signIn(name, password: "wrong", from: client)
                return nil
            } catch { return (error as? NiangjiaError)?.message.zh }
        }
        for n in 0..<Int(Access.strangerLimit) + 2 {
            let client = SignInClient.address("198.51.100.\(n)")
            #expect(await told("office", client) == told("nobody", client))
        }
        try await city.host.close()
    }

    @Test("One address has few attempts at a time, whatever the names; this machine isn't held up")
    func crowd() async throws {
        let access = access
        let busy = await withTaskGroup(of: Bool.self) { group in
            for n in 0..<SignInClient.attemptsByAddress * 4 {
                group.addTask {
                    await NiangjiaServerTests.code {
                        _ = try await access.signIn("nobody-\(n)", password: "wrong", from: .address("192.0.2.1"))
                    } == .busy
                }
            }
            group.addTask { await self.signIn(.address("192.0.2.2"))?.code == .busy }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect((1...SignInClient.attemptsByAddress * 3).contains(busy))
        #expect(await signIn(.address("192.0.2.1")) == nil, "they are through")
        try await city.host.close()
    }

    @Test(
        "An address of IPv6 stands for its network",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("local", "local"), ("::1", "0:0:0:0::"), ("2001:db8::1", "2001:db8:0:0::"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"), ("2001:db8:1:2::", "2001:db8:1:2::"),
            ("fe80::1%eth0", "fe80:0:0:0::"), ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ])
    func networks(address: String, network: String) {
        #expect(SignInClient.network(address) == network)
    }
}
