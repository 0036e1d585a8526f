import Foundation
import NiangjiaConfig
import NiangjiaCore
import NiangjiaPlugins
import Testing

@testable import NiangjiaServer

/// Digests that are pinned, and bundles that change while the city works.
@Suite struct PluginApprovalTests {
    static let script = "plugins/summer-cooling/main.lua"
    static let manifest = "plugins/summer-cooling/plugin.yaml"

    /// Another amount, under another version.
    private func change(_ city: TestCity, to version: String, half: Bool) throws {
        try city.edit(Self.manifest, "version: 1.0.0", "version: \(version)")
        if half { try city.edit(Self.script, "return grant(settings.value,", "return grant(settings.value // 2,") }
    }

    @Test("Whoever proposed a plugin can't approve it; another person pins its digest, and that makes nothing active")
    func twoPeople() async throws {
        let city = try await TestCity()
        let before = try await city.host.bundles.active()
        try change(city, to: "1.1.0", half: true)
        let approve: Value = ["plugin": "summer-cooling"]
        #expect(await code { _ = try await city.run("plugin.approve", approve, as: "chief") } == .notFound)
        let entry = try await city.host.bundles.propose(ConfigFolder.files(in: city.folder.path), by: "office")
        #expect(await code { _ = try await city.run("plugin.approve", approve, as: nil) } == .unauthenticated)
        #expect(await code { _ = try await city.run("plugin.approve", approve, as: "admin") } == .forbidden)
        #expect(await code { _ = try await city.run("plugin.approve", approve, as: "office") } == .forbidden)
        let pin = try #require(try await city.run("plugin.approve", approve, as: "chief").answer)
        let plugin = try #require(try await city.host.bundles.bundle(digest: entry.digest).plugins["summer-cooling"])
        #expect(pin["digest"].text == plugin.digest && pin["version"].text == "1.1.0")
        #expect(pin["author"].text == "office" && pin["approved_by"].text == "chief")
        #expect(try await city.host.bundles.active().digest == before.digest)
        // Somebody may bring the same content again; it stays pinned as it was.
        _ = try await city.host.bundles.approve(entry.digest, by: city.account("chief"))
        let shown = try await city.run("config.show", [:], as: nil).answer?["plugins"].list ?? []
        #expect(shown.contains { $0["digest"].text == plugin.digest && $0["approved_by"].text == "chief" })
        #expect(shown.allSatisfy { $0["approved_by"].text != nil })
        try await city.host.close()
    }

    @Test("The same version with another content is refused, and so is an older version")
    func versions() async throws {
        let city = try await TestCity()
        let active = try await city.host.bundles.active().digest
        func propose() async throws -> BundleEntry {
            try await city.host.bundles.propose(ConfigFolder.files(in: city.folder.path), by: "office")
        }
        try city.edit(Self.script, "return grant(settings.value,", "return grant(settings.value // 2,")
        #expect(await code { _ = try await propose() } == .conflict)
        try city.edit(Self.manifest, "version: 1.0.0", "version: 0.9.9")
        #expect(await code { _ = try await propose() } == .conflict)
        #expect(try await city.host.bundles.active().digest == active)
        try city.edit(Self.manifest, "version: 0.9.9", "version: 1.10.0")
        _ = try await city.host.bundles.approve(propose().digest, by: city.account("chief"))
        try city.edit(Self.manifest, "version: 1.10.0", "version: 1.9.0")
        #expect(await code { _ = try await propose() } == .conflict)
        try await city.host.close()
    }

    @Test("A digest that was trusted, and never came into force, isn't called approved")
    func trustedOnly() async throws {
        let city = try await TestCity()
        try change(city, to: "1.1.0", half: true)
        func propose() async throws -> BundleEntry {
            try await city.host.bundles.propose(ConfigFolder.files(in: city.folder.path), by: "office")
        }
        func refusal() async -> NiangjiaError? {
            await #expect(throws: NiangjiaError.self) { try await propose() }
        }
        let entry = try await propose()
        _ = try await city.run("plugin.approve", ["plugin": "summer-cooling"], as: "chief")
        try city.edit(Self.script, "settings.value // 2", "settings.value // 5")
        let changed = await refusal()
        #expect(changed?.message.zh.contains("批准过") == true && changed?.message.zh.contains("已经批准过") == false)
        #expect(changed?.message.zh.contains("已由 chief 认可") == true)
        #expect(changed?.message.en.contains("no bundle that holds it was ever approved") == true)
        try city.edit(Self.manifest, "version: 1.1.0", "version: 1.0.5")
        #expect(await refusal()?.message.zh.contains("已由 chief 认可") == true)
        // Once the bundle is in force its version has been approved.
        _ = try await city.host.bundles.approve(entry.digest, by: city.account("chief"))
        try city.edit(Self.manifest, "version: 1.0.5", "version: 1.1.0")
        #expect(await refusal()?.message.zh.contains("1.1.0 已经批准过") == true)
        try await city.host.close()
    }

    @Test("Two contents of one version that were both proposed: only the first one approved can ever be")
    func race() async throws {
        let city = try await TestCity()
        try change(city, to: "1.1.0", half: true)
        let first = try await city.host.bundles.propose(ConfigFolder.files(in: city.folder.path), by: "office")
        try city.edit(Self.script, "settings.value // 2", "settings.value // 5")
        let second = try await city.host.bundles.propose(ConfigFolder.files(in: city.folder.path), by: "office")
        _ = try await city.host.bundles.approve(second.digest, by: city.account("chief"))
        let arguments: Value = ["plugin": "summer-cooling", "bundle": .text(first.digest)]
        #expect(await code { _ = try await city.run("plugin.approve", arguments, as: "chief") } == .conflict)
        try await city.host.close()
    }

    @Test(
        "A running server: bad files change nothing, an approved plugin judges what comes next, open cases keep theirs")
    func hotReload() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let people = try await city.host.store.read { reader in
            try reader.all(
                """
                SELECT p.id FROM person p JOIN membership m ON m.person = p.id AND m.is_primary = 1
                JOIN organization o ON o.id = m.organization
                WHERE p.exposure = 'outdoor' AND o.path NOT LIKE '%990102%' ORDER BY p.id LIMIT 2
                """, []
            ) {
                $0.id(0, Person.self).text
            }
        }
        let ports = AsyncStream.makeStream(of: Int.self)
        let host = city.host
        let server = Task {
            try await Server.serve(host, listen: "127.0.0.1:0", isReady: { ports.continuation.yield($0) }) { _ in }
        }
        for await _ in ports.stream { break }
        let folder = city.folder
        @Sendable func ask(_ operation: String, _ arguments: Value, as id: String?) async throws -> CollectingSink {
            let sink = CollectingSink()
            let credentials = id.map { Credentials.password(account: $0, password: TestCity.password) } ?? .none
            _ = try await offPool {
                try SocketClient.run(operation, arguments, in: folder, as: credentials, language: .zh, to: sink)
            }
            return sink
        }
        func submit(_ person: String) async throws -> Value {
            let sink = try await ask(
                "case.submit",
                ["program": "summer-cooling-2026", "form": "package", "applicant": .text(person)], as: "office")
            return try #require(sink.answer, "\(sink.events)")
        }
        let first = try await submit(people[0])
        let id = try #require(first["case"].text, "\(first.json)")
        let old = try await host.bundles.active()

        // Half-saved: the script can't be loaded. What is in force goes on, and the folder is named.
        try change(city, to: "2.0.0", half: true)
        try city.edit(Self.script, "return grant(", "retrun grant(")
        #expect(await Scheduler(host) { _ in }.tick().faults.isEmpty)
        #expect(try await host.bundles.active().digest == old.digest)
        #expect(try await ask("config.propose", [:], as: "office").failure?.code == "configuration")
        #expect(try await ask("check", [:], as: nil).answer?["ok"].bool == false)

        // Proven and approved: it judges what comes next, without a restart.
        try city.edit(Self.script, "retrun grant(", "return grant(")
        let proposal = try await ask("config.propose", [:], as: "office").answer
        let digest = try #require(proposal?["digest"].text)
        #expect(try await host.bundles.active().digest == old.digest)
        let content: Value = ["program": "summer-cooling-2026", "form": "package", "bundle": .text(digest)]
        #expect(try await ask("program.preview", content, as: "office").failure == nil)
        #expect(try await ask("config.approve", ["bundle": .text(digest)], as: "chief").failure == nil)
        #expect(try await host.bundles.active().digest == digest)
        let second = try await submit(people[1])
        let amounts = try await host.store.read { reader in
            try [id, second["case"].text ?? ""].map { text in
                let record = try Cases.load(try #require(ID<CaseFile>(text)), in: reader)
                return (record.bundle, record.judgedAmount.fen)
            }
        }
        #expect(amounts[0].0 == old.digest && amounts[1].0 == digest)
        #expect(amounts[0].1 == 5_000 && amounts[1].1 == 2_500)

        // The open case is decided by the plugin under which it was submitted.
        for _ in 0..<4 {
            guard let record = try? await host.store.read({ try Cases.load(ID<CaseFile>(id)!, in: $0) }),
                record.state == .inCheck
            else { break }
            _ = try await host.corridor.act(
                .approve, on: record.id, by: Actor(account: "second", role: "reviewer:\(record.level ?? "basic")"))
        }
        let decided = try await host.store.read { reader in
            try Decisions.ofLine(ID<CaseFile>(id)!, line: 0, in: reader)
        }
        #expect(decided?.outcome.amount.fen == 5_000, "\(String(describing: decided))")
        server.cancel()
        _ = try? await server.value
        try await city.host.close()
    }
}
