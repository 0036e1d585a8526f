import Foundation
import NiangjiaConfig
import NiangjiaCore
import NiangjiaDemo
import NiangjiaTesting

@testable import NiangjiaServer

/// Foundation has a `Host` of its own.
typealias CityHost = NiangjiaServer.Host

/// A real city in a temporary folder: real store, real keys, real workers, the repository's own configuration.
final class TestCity: Sendable {
    static let password = "ten letters at least"
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    let temporary: TemporaryFolder
    let folder: DataFolder
    let clock: FixedClock
    let host: CityHost

    /// - Parameter approved: whether the configuration is in force, proposed by `office` and approved by `chief`.
    init(at instant: String = "2026-07-15T09:00:00+08:00", approved: Bool = true) async throws {
        temporary = try TemporaryFolder()
        folder = DataFolder(temporary.file("city"), environment: [:])
        clock = FixedClock(Instant(instant) ?? Instant(milliseconds: 0))
        try await CityHost.create(folder, clock: clock)
        try City.copy(from: TestCity.root, to: folder)
        // Hundreds of tests sign in and none of them tries a password's strength: a thirtieth of the cost.
        host = try await CityHost.open(folder, clock: clock, passwordCost: 10)
        try await add("admin", .systemAdmin)
        try await add("office", .programAdmin, .clerk)
        try await add("chief", .programAdmin)
        if approved { try await approve() }
    }

    func add(_ id: String, _ roles: Role...) async throws {
        let grants = roles.map { RoleGrant($0) }
        _ = try await host.access.add(
            Account(id: id, display: id, roles: grants), password: TestCity.password, by: "admin")
    }

    func account(_ id: String) async throws -> Account {
        try await host.access.signIn(id, password: TestCity.password).account
    }

    /// Proposes what the folder holds, and approves it as another person.
    @discardableResult
    func approve(despiteFailures: Bool = false) async throws -> BundleEntry {
        let entry = try await host.bundles.propose(ConfigFolder.files(in: folder.path), by: "office")
        try await preview(entry)
        return try await host.bundles.approve(
            entry.digest, by: account("chief"), despiteFailures: despiteFailures)
    }

    /// Previews whatever a proposal opens or changes, as an approval asks for.
    func preview(_ entry: BundleEntry) async throws {
        let new = try await host.bundles.bundle(digest: entry.digest)
        let old =
            if let parent = entry.parent { try await host.bundles.bundle(digest: parent) } else {
                NiangjiaCore.Bundle?.none
            }
        let today = clock.now().date
        for need in try await host.store.read({ try Previews.needed(from: old, to: new, today: today, in: $0) }) {
            var arguments: [String: Value] = [
                "program": .text(need.program), "form": .text(need.form), "bundle": .text(entry.digest),
            ]
            if let day = need.asOf { arguments["as_of"] = .text(day.description) }
            _ = try await run("program.preview", .map(arguments), as: "office")
        }
    }

    /// Changes a text in a configuration file, as somebody with an editor does.
    func edit(_ path: String, _ old: String, _ new: String) throws {
        let url = URL(fileURLWithPath: folder.path + "/" + path)
        let text = try String(contentsOf: url, encoding: .utf8)
        precondition(text.contains(old))
        try text.replacingOccurrences(of: old, with: new).write(to: url, atomically: true, encoding: .utf8)
    }

    /// Gives a role that a plugin names, as two people do.
    func giveRole(_ role: String, of plugin: String, to account: String) async throws {
        let given: Value = ["plugin": .text(plugin), "role": .text(role), "account": .text(account)]
        guard try await run("role.set", given, as: "office").answer?["held"] == false else { return }
        _ = try await run("role.set", given, as: "chief")
    }

    /// Imports the demo city's registers.
    func importPeople(members: Int = 1_000) async throws {
        let files = URL(fileURLWithPath: temporary.file("files"))
        try DemoCity(members: members).write(to: files)
        for name in ["organizations.csv", "households.csv", "people.csv", "stations.csv"] {
            let mapping = files.path + "/" + name.replacingOccurrences(of: ".csv", with: ".mapping.yaml")
            let kind = DemoCity.mappings[name]?["kind"].text ?? ""
            _ = try await run(
                "register.import",
                ["kind": .text(kind), "file": .text("\(files.path)/\(name)"), "mapping": .text(mapping)],
                as: "office")
        }
    }

    /// Serves the city while `body` runs, which gets the port; then closes it.
    func serving(_ body: @escaping @Sendable (Int) async throws -> Void) async throws {
        let ports = AsyncStream.makeStream(of: Int.self)
        let server = Task { [host] in
            try await Server.serve(host, listen: "127.0.0.1:0", isReady: { ports.continuation.yield($0) }) { _ in }
        }
        for await port in ports.stream {
            try await body(port)
            break
        }
        server.cancel()
        _ = try? await server.value
        try await host.close()
    }

    /// Runs an operation as somebody who has signed in.
    func run(_ operation: String, _ arguments: Value, as id: String?, in language: Language = .zh) async throws
        -> CollectingSink
    {
        let sink = CollectingSink()
        let account: Account? = if let id { try await account(id) } else { nil }
        try await Operations.perform(
            operation, arguments, on: host, as: account, output: Output(sink, language: language))
        if let answer = sink.answer { ToldAnswers.check(answer, of: operation, arguments) }
        return sink
    }
}

/// The code of a ``NiangjiaError`` that something throws; nil when it throws none.
func code(_ body: () async throws -> Void) async -> NiangjiaError.Code? {
    do {
        try await body()
        return nil
    } catch { return (error as? NiangjiaError)?.code }
}
