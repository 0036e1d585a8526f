import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

@Suite struct SecondPersonTests {
    private static func account(_ id: String, _ roles: [Role], _ person: ID<Person>) -> Account {
        Account(id: id, display: id, roles: roles.map { RoleGrant($0) }, person: person)
    }

    @Test("Over the local socket two accounts of one person are one person; another person's sign-in is asked for")
    func socket() async throws {
        let city = try await TestCity()
        let (one, other): (ID<Person>, ID<Person>) = (city.host.ids.next(), city.host.ids.next())
        for (id, person) in [("left", one), ("right", one), ("second", other)] {
            _ = try await city.host.access.add(
                SecondPersonTests.account(id, [.programAdmin], person), password: TestCity.password, by: "admin")
        }
        try city.edit(BundleTests.cooling, "  value: 50 ", "  value: 60 ")
        let folder = city.folder
        try await city.serving { _ in
            @Sendable func run(_ operation: String, _ arguments: Value, _ account: String?) async throws
                -> CollectingSink
            {
                let sink = CollectingSink()
                let who = account.map { Credentials.password(account: $0, password: TestCity.password) } ?? .none
                _ = try await offPool {
                    try SocketClient.run(operation, arguments, in: folder, as: who, language: .zh, to: sink)
                }
                return sink
            }
            let proposed = try await run("config.propose", [:], "left")
            let digest = try #require(proposed.answer?["digest"].text)
            let bundle: Value = ["bundle": .text(digest)]
            _ = try await run("program.preview", ["program": "summer-cooling-2026", "bundle": .text(digest)], "left")
            #expect(try await run("config.approve", bundle, nil).failure?.code == "unauthenticated")
            #expect(try await run("config.approve", bundle, "left").failure?.code == "forbidden")
            #expect(try await run("config.approve", bundle, "right").failure?.code == "forbidden", "the same person")
            #expect(try await run("config.approve", bundle, "second").answer?["state"].text == "active")
        }
    }

    @Test(
        "No person is two of the three administrators, in one account or in several; ended accounts don't count",
        arguments: [(Role.systemAdmin, Role.auditor), (.auditor, .securityOfficer), (.securityOfficer, .systemAdmin)])
    func three(first: Role, second: Role) async throws {
        let city = try await TestCity(approved: false)
        let access = city.host.access
        let (one, other): (ID<Person>, ID<Person>) = (city.host.ids.next(), city.host.ids.next())
        func add(_ id: String, _ roles: [Role], _ person: ID<Person>) async -> NiangjiaError.Code? {
            await code {
                _ = try await access.add(
                    SecondPersonTests.account(id, roles, person), password: TestCity.password, by: "admin")
            }
        }
        #expect(await add("both", [first, second], one) == .invalid)
        #expect(await add("first", [first, .member], one) == nil)
        #expect(await add("same", [second], one) == .invalid)
        #expect(await add("again", [first], one) == nil, "the same office twice is still one")
        #expect(await add("other", [second], other) == nil)
        #expect(await add("third", [first], other) == .invalid)
        try await access.disable("other", by: "admin")
        #expect(await add("moved", [first], other) == nil, "whoever has left one office may take another")
        try await city.host.close()
    }

    @Test("A sign-in ends with its account, over HTTP and the socket too")
    func closed() async throws {
        let city = try await TestCity()
        let token = try await city.host.access.signIn("office", password: TestCity.password).token
        let (folder, host) = (city.folder, city.host)
        try await city.serving { _ in
            @Sendable func preview() async throws -> String? {
                let sink = CollectingSink()
                _ = try await offPool {
                    try SocketClient.run("case.list", [:], in: folder, as: .token(token), language: .zh, to: sink)
                }
                return sink.failure?.code
            }
            #expect(try await preview() == nil)
            try await host.access.disable("office", by: "admin")
            #expect(try await preview() == "unauthenticated")
        }
    }
}
