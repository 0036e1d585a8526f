import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

@Suite("A restored store is shut to whoever was thrown out after its backup", .serialized)
struct RestoredAccessTests {
    /// The city as another process finds it: this one's lock goes only with its last reference.
    private func left(_ city: TestCity) async throws -> DataFolder {
        try await city.host.close()
        let folder = DataFolder(city.temporary.file("left"), environment: [:])
        let manager = FileManager.default
        try manager.copyItem(atPath: city.folder.path, toPath: folder.path)
        for suffix in ["", ".exported"] where manager.fileExists(atPath: city.folder.keyFile + suffix) {
            try manager.copyItem(atPath: city.folder.keyFile + suffix, toPath: folder.keyFile + suffix)
        }
        return folder
    }

    private func backup(_ city: TestCity) async throws -> String {
        let file = city.temporary.file("backup.sqlite")
        _ = try await city.run("backup", ["file": .text(file)], as: nil)
        return file
    }

    private func signIn(_ host: CityHost, _ id: String, _ password: String = TestCity.password, code: String? = nil)
        async -> NiangjiaError.Code?
    {
        await NiangjiaServerTests.code { _ = try await host.access.signIn(id, password: password, code: code) }
    }

    @Test("Sign-ins end, recovery codes are void, what was ended is ended again, and the rest is told")
    func shut() async throws {
        let city = try await TestCity(approved: false)
        for id in ["former", "changer"] { try await city.add(id, .clerk) }
        let access = city.host.access
        _ = try await access.add(Device(id: "door-1", display: "门", kind: .door), by: "admin")
        let (secret, recovery) = try await SecondFactorTests().enrolled(city, "office")
        let session = try await access.signIn("former", password: TestCity.password).token
        let file = try await backup(city)
        city.clock.advance(milliseconds: 60_000)
        try await access.disable("former", by: "admin")
        try await access.revoke(device: "door-1", by: "admin")
        try await access.changePassword("changer", from: TestCity.password, to: "another ten letters")
        try await city.add("newcomer", .clerk)
        let folder = try await left(city)

        let told = try await Restore.run(folder, from: file, clock: city.clock)
        func line(_ words: String...) -> Bool { told.contains { line in words.allSatisfy(line.contains) } }
        #expect(line("former", "停用", "已照办") && line("door-1", "吊销", "已照办"), "\(told)")
        #expect(line("changer", "改了密码") && line("newcomer", "添加账号"), "\(told)")
        #expect(line("恢复码", "office") && line("登录已结束") && !line("changer", "已照办"), "\(told)")

        let again = try await CityHost.open(folder, clock: city.clock, passwordCost: 10)
        #expect(await code { _ = try await again.access.authenticate(session) } == .unauthenticated)
        #expect(await signIn(again, "former") == .unauthenticated)
        #expect(await signIn(again, "changer") == nil, "the old password is back, as it is told")
        #expect(try await again.access.devices().allSatisfy { !$0.isActive })
        #expect(await signIn(again, "office", code: recovery.first) == .unauthenticated)
        let numbers = SecondFactorTests()
        #expect(
            await signIn(again, "office", code: numbers.code(secret, city)) == .unauthenticated, "may have been used")
        city.clock.advance(milliseconds: 2 * OneTimeCode.period)
        #expect(await signIn(again, "office", code: numbers.code(secret, city)) == nil)
        let crypto = again.crypto
        let audit = try await again.store.read { try Audit.verify(in: $0, crypto: crypto) }
        #expect(audit.isSound, "\(audit.faults)")
        try await again.close()
    }

    @Test("A proposal of a role that was taken back stays taken back, and one made since is told")
    func proposals() async throws {
        let city = try await TestCity()
        for id in ["guard", "other", "third"] { try await city.add(id, .clerk) }
        func set(_ account: String, _ giver: String, end: Bool = false) async throws {
            let role: [String: Value] = ["plugin": "hazard-report", "role": "safety", "account": .text(account)]
            _ = try await city.run("role.set", .map(end ? role.merging(["end": true]) { $1 } : role), as: giver)
        }
        try await set("guard", "office")
        for giver in ["office", "chief"] { try await set("third", giver) }
        let file = try await backup(city)
        city.clock.advance(milliseconds: 60_000)
        try await set("guard", "chief", end: true)
        try await set("other", "office")
        // What was taken is taken, though somebody proposed it again.
        try await set("third", "chief", end: true)
        try await set("third", "office")
        let folder = try await left(city)
        let told = try await Restore.run(folder, from: file, clock: city.clock)
        func line(_ words: String...) -> Bool { told.contains { line in words.allSatisfy(line.contains) } }
        #expect(line("guard", "失去角色", "已照办") && line("third", "失去角色", "已照办"), "\(told)")
        #expect(line("other", "由一人提出授予角色") && !line("other", "已照办"), "\(told)")

        let again = try await CityHost.open(folder, clock: city.clock, passwordCost: 10)
        let states = try await again.store.read { reader in
            try reader.all("SELECT account, state FROM role_holder ORDER BY account", []) { [$0.text(0), $0.text(1)] }
        }
        #expect(states == [["guard", "withdrawn"], ["third", "ended"]], "\(states)")
        try await again.close()
    }

    @Test("A discarded store disables nobody who would leave no administrator, and one that can't be read is told")
    func bounds() async throws {
        let city = try await TestCity(approved: false)
        let file = try await backup(city)
        try await city.add("second", .systemAdmin)
        try await city.host.access.disable("admin", by: "second")
        let folder = try await left(city)
        let told = try await Restore.run(folder, from: file, clock: city.clock)
        #expect(told.contains { $0.contains("admin 停用") && !$0.contains("已照办") }, "\(told)")

        city.clock.advance(milliseconds: 1)
        try Data("gone".utf8).write(to: URL(fileURLWithPath: folder.store))
        let blind = try await Restore.run(folder, from: file, clock: city.clock)
        #expect(blind.contains { $0.contains("读不出") && $0.contains("account list") }, "\(blind)")
        let again = try await CityHost.open(folder, clock: city.clock, passwordCost: 10)
        #expect(await signIn(again, "admin") == nil)
        try await again.close()
    }
}
