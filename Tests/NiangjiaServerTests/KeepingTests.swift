import Foundation
import NiangjiaCore
import NiangjiaCrypto
import NiangjiaSQLite
import Testing

@testable import NiangjiaServer

/// A city as whoever keeps its machine finds it: keys, store and clock aren't always what they were.
@Suite("A city is kept: its own keys, its own store, a right clock", .serialized) struct KeepingTests {
    /// The city as another process finds it: this one's lock goes only with its last reference.
    private func left(_ city: TestCity, _ name: String = "left") throws -> DataFolder {
        let folder = DataFolder(city.temporary.file(name), environment: [:])
        try FileManager.default.copyItem(atPath: city.folder.path, toPath: folder.path)
        try FileManager.default.copyItem(atPath: city.folder.keyFile, toPath: folder.keyFile)
        return folder
    }

    /// A closed city, with a backup of it.
    private func closed() async throws -> (city: TestCity, folder: DataFolder, backup: String) {
        let city = try await TestCity(approved: false)
        try await city.add("sec", .securityOfficer)
        let backup = city.temporary.file("backup.sqlite")
        _ = try await city.run("backup", ["file": .text(backup)], as: nil)
        try await city.host.close()
        return (city, try left(city), backup)
    }

    /// Runs a command as the terminal does: a host of its own, if it opens.
    private func command(
        _ operation: String, _ arguments: Value = [:], in folder: DataFolder, as account: String? = nil
    ) async -> (status: NiangjiaServer.ExitStatus, sink: CollectingSink) {
        let sink = CollectingSink()
        let credentials = account.map { Credentials.password(account: $0, password: TestCity.password) } ?? .none
        let status = await Runner.run(operation, arguments, in: folder, as: credentials, to: sink)
        return (status, sink)
    }

    private func opens(_ folder: DataFolder, at clock: FixedClock, for opening: CityHost.Opening = .work) async throws {
        try await working(in: folder, at: clock, for: opening) { _ in }
    }

    /// Its lock goes with the last reference: with the return.
    private func working<Result: Sendable>(
        in folder: DataFolder, at clock: FixedClock, for opening: CityHost.Opening = .work,
        _ body: (CityHost) async throws -> Result
    ) async throws -> Result {
        let host = try await CityHost.open(folder, clock: clock, for: opening)
        let result = try await body(host)
        try await host.close()
        return result
    }

    private func exchangeKeys(of folder: DataFolder) throws {
        try KeyRing(created: Instant(milliseconds: 0)).save(to: folder.keyFile, replacing: true)
    }

    // MARK: Keys

    @Test("Another city's keys open nothing, and a backup isn't put back under them")
    func foreignKeys() async throws {
        let (city, folder, backup) = try await closed()
        let right = try Data(contentsOf: URL(fileURLWithPath: folder.keyFile))
        try exchangeKeys(of: folder)
        let before = try Data(contentsOf: URL(fileURLWithPath: folder.store))
        for operation in ["doctor", "audit.verify", "account.list"] {
            let told = await command(operation, in: folder, as: operation == "account.list" ? "admin" : nil)
            #expect(told.status == .wrong && told.sink.failure?.code == "configuration", "\(operation)")
        }
        #expect(await code { _ = try await CityHost.open(folder, clock: city.clock) } == .configuration)
        #expect(await code { _ = try await Restore.run(folder, from: backup) } == .configuration)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.store)) == before, "nothing was moved or written")
        #expect(!FileManager.default.fileExists(atPath: folder.store + ".restoring"))
        // The keys themselves may be looked at, and a copy that is the right one is found.
        let shown = await command("keys.show", in: folder)
        #expect(shown.status == .wrong && shown.sink.answer?["ok"].bool == false)
        #expect(shown.sink.answer?["foreign"].list?.count == KeyPurpose.allCases.count)
        let found = await command("keys.check", ["file": .text(city.folder.keyFile)], in: folder)
        #expect(found.status == .ok && found.sink.answer?["ok"].bool == true)
        try right.write(to: URL(fileURLWithPath: folder.keyFile))
        let told = try await Restore.run(folder, from: backup, .en).joined(separator: " ")
        #expect(!told.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }, "\(told)")
        try await opens(folder, at: city.clock)
    }

    @Test("Rotation: what was sealed before still opens, a copy from before is told to lack keys, and is refused")
    func rotation() async throws {
        let (city, folder, _) = try await closed()
        #expect(await command("keys.rotate", ["reason": "离任"], in: folder, as: "admin").status == .misused)
        let rotated = await command("keys.rotate", ["reason": "离任"], in: folder, as: "sec")
        #expect(rotated.status == .ok, "\(rotated.sink.lines)")
        #expect(rotated.sink.answer?["keys"].list == ["personal/2", "sensitive/2", "wrapping/2"])
        let ring = try KeyRing(file: folder.keyFile)
        #expect(ring.keys.count == KeyPurpose.allCases.count + 3)
        // The sign-ins, the sealed settings and the chain of before are read under the new ring.
        #expect(await command("account.list", in: folder, as: "admin").status == .ok)
        #expect(await command("audit.verify", in: folder).status == .ok)
        let copy = await command("keys.check", ["file": .text(city.folder.keyFile)], in: folder)
        #expect(copy.status == .wrong)
        #expect(copy.sink.answer?["missing"].list == ["personal/2", "sensitive/2", "wrapping/2"])
        #expect(await command("keys.show", in: folder).sink.answer?["ok"].bool == true)
        try FileManager.default.removeItem(atPath: folder.keyFile)
        try FileManager.default.copyItem(atPath: city.folder.keyFile, toPath: folder.keyFile)
        #expect(await command("account.list", in: folder, as: "admin").sink.failure?.code == "configuration")
    }

    @Test("Rotated by two at once: each adds a generation, the file holds both, and the city opens")
    func rotatedAtOnce() async throws {
        let (city, folder, _) = try await closed()
        try await working(in: folder, at: city.clock) { host in
            let officer = try await host.access.signIn("sec", password: TestCity.password).account
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        try await Operations.perform(
                            "keys.rotate", ["reason": "离任"], on: host, as: officer, output: Output(CollectingSink()))
                    }
                }
                try await group.waitForAll()
            }
            let ring = try KeyRing(file: folder.keyFile)
            #expect(ring.keys.filter { $0.purpose == .personal }.map(\.generation) == [1, 2, 3])
            #expect(try await host.store.read { try KeyChecks.known(in: $0) } == ring.checks)
        }
        #expect(await command("keys.show", in: folder).sink.answer?["ok"].bool == true)
        #expect(await command("account.list", in: folder, as: "admin").status == .ok)
    }

    @Test("A ring that is ahead of its store is taken over and written down; a newer key that may not be isn't")
    func aheadOfStore() async throws {
        let (city, folder, _) = try await closed()
        var ring = try KeyRing(file: folder.keyFile)
        try ring.rotate(.personal, created: city.clock.now())
        try ring.save(to: folder.keyFile, replacing: true)
        #expect(await command("keys.show", in: folder).sink.answer?["new"].list == ["personal/2"])
        let host = try await CityHost.open(folder, clock: city.clock)
        let (known, taken) = try await host.store.read { reader in
            (
                try KeyChecks.known(in: reader),
                try reader.integer("SELECT COUNT(*) FROM chain_event WHERE kind = 'keys.taken'")
            )
        }
        #expect(known == ring.checks && taken == 1)
        try await host.close()
        let lookup = KeyCheck(purpose: .lookup, generation: 2, value: [1])
        #expect(KeyFit(ring: ring.checks + [lookup], known: known).foreign == [lookup])
        #expect(KeyFit(ring: ring.checks, known: []).isWhole == false)
    }

    // MARK: The store

    @Test(
        "A store that is gone, or empty, is told; none is made in its place but by restore", arguments: [true, false])
    func missingStore(isEmpty: Bool) async throws {
        let (city, folder, backup) = try await closed()
        let manager = FileManager.default
        for suffix in ["", "-wal", "-shm"] { try? manager.removeItem(atPath: folder.store + suffix) }
        if isEmpty { _ = manager.createFile(atPath: folder.store, contents: nil) }
        let asked: [(String, Value)] = [
            ("doctor", [:]), ("keys.show", [:]),
            ("account.add", ["account": "evil", "roles": ["system_admin"], "password": .text(TestCity.password)]),
        ]
        for (operation, arguments) in asked {
            let told = await command(operation, arguments, in: folder)
            #expect(told.status == .wrong && told.sink.failure?.code == "store", "\(operation)")
        }
        #expect(manager.fileExists(atPath: folder.store) == isEmpty)
        #expect(await code { _ = try await City.create(folder, template: TestCity.root) } == .conflict)
        _ = try await Restore.run(folder, from: backup)
        try await opens(folder, at: city.clock)
    }

    @Test("A store that was lost without its log: the log is put aside, and doesn't mix with what is restored")
    func logWithoutStore() async throws {
        let (city, worked, _) = try await closed()
        let host = try await CityHost.open(worked, clock: city.clock)
        let backup = city.temporary.file("before.sqlite")
        try await Operations.perform(
            "backup", ["file": .text(backup)], on: host, as: nil, output: Output(CollectingSink()))
        for n in 0..<20 {
            let account = Account(id: "late\(n)", display: "late", roles: [RoleGrant(.clerk)])
            _ = try await host.access.add(account, password: TestCity.password, by: "admin")
        }
        // As a crash leaves it: the log holds what the store doesn't yet.
        let manager = FileManager.default
        let lost = try Data(contentsOf: URL(fileURLWithPath: worked.store + "-wal"))
        let folder = try left(city, "lost")
        try await host.close()
        #expect(lost.count > 4_096)
        for suffix in ["", "-wal", "-shm"] { try? manager.removeItem(atPath: folder.store + suffix) }
        try lost.write(to: URL(fileURLWithPath: folder.store + "-wal"))

        let told = await command("doctor", in: folder)
        #expect(told.sink.failure?.message.zh.contains("不要手工放回") == true)
        let lines = try await Restore.run(folder, from: backup)
        #expect(!manager.fileExists(atPath: folder.store + "-wal"))
        let aside = try manager.contentsOfDirectory(atPath: folder.backup).filter { $0.hasPrefix("before-restore-") }
        #expect(aside.count == 1 && aside.allSatisfy { $0.hasSuffix(".sqlite-wal") })
        #expect(lines.contains { $0.contains(aside.first ?? "-") })
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.backup + "/" + (aside.first ?? ""))) == lost)
        #expect(await command("doctor", in: folder).sink.failure == nil)
        let accounts = await command("account.list", in: folder, as: "admin").sink.answer?.list ?? []
        #expect(accounts.compactMap { $0["account"].text }.sorted() == ["admin", "chief", "office", "sec"])
        #expect(await command("audit.verify", in: folder).status == .ok)
    }

    @Test("An empty file is no backup; one of a newer program is told as such; a guarded store comes of an open file")
    func notEveryFile() async throws {
        let (city, folder, backup) = try await closed()
        let manager = FileManager.default
        let before = try Data(contentsOf: URL(fileURLWithPath: folder.store))
        let empty = city.temporary.file("empty")
        _ = manager.createFile(atPath: empty, contents: nil)
        #expect(await code { _ = try await Restore.run(folder, from: empty) } == .invalid)
        // A store that was never wholly made: tables, and nothing that tells whose it is.
        let bare = city.temporary.file("bare.sqlite")
        try await SQLiteStore.open(path: bare, migrations: NiangjiaSchema.migrations).close()
        #expect(await code { _ = try await Restore.run(folder, from: bare) } == .store)
        let newer = city.temporary.file("newer.sqlite")
        try manager.copyItem(atPath: backup, toPath: newer)
        let store = try SQLiteStore.open(path: newer, migrations: NiangjiaSchema.migrations)
        try await store.write(.interactive) { writer in
            try writer.execute(
                "INSERT INTO migration (version, step, title, applied_at, digest) VALUES (2, 0, 'later', 0, '')", [])
        }
        try await store.close()
        do {
            _ = try await Restore.run(folder, from: newer)
            Issue.record("a newer program's backup")
        } catch let error as NiangjiaError {
            #expect(error.code == .store && error.message.zh.contains("升级程序"))
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.store)) == before)
        try manager.setAttributes([.posixPermissions: 0o644], ofItemAtPath: backup)
        _ = try await Restore.run(folder, from: backup)
        let mode = try manager.attributesOfItem(atPath: folder.store)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o600)
    }

    @Test("A city's folder without VERSION is neither none nor a place for a new one")
    func withoutVersion() async throws {
        let (city, folder, _) = try await closed()
        // Its folder goes with it.
        defer { withExtendedLifetime(city) {} }
        try FileManager.default.removeItem(atPath: folder.path + "/VERSION")
        #expect(await code { try folder.check() } == .store)
        #expect(await code { _ = try await City.create(folder, template: TestCity.root) } == .store)
        let none = DataFolder(folder.path + "-none", environment: [:])
        #expect(await code { try none.check() } == .notFound)
        let refusal = Ownership.refusal(of: "/srv/guyuan", owner: "root", user: "niangjia")
        #expect(refusal.message.zh.contains("root") && refusal.message.zh.contains("chown -R niangjia:"))
    }

    @Test("Accounts whose rows were removed make nobody at the shell an administrator")
    func accountsRemoved() async throws {
        let city = try await TestCity(approved: false)
        try await city.host.store.write(.interactive) { writer in
            for table in ["session", "account"] { try writer.execute("DELETE FROM \(table)", []) }
        }
        let founder: Value = ["account": "evil", "roles": ["system_admin"], "password": .text(TestCity.password)]
        do {
            _ = try await city.run("account.add", founder, as: nil)
            Issue.record("an administrator of nobody's making")
        } catch let error as NiangjiaError {
            #expect(error.code == .store && error.message.zh.contains("restore"))
        }
        #expect(try await city.host.access.list().isEmpty)
        try await city.host.close()
    }

    // MARK: The clock

    @Test("Opened by a clock that was ahead: looking and backups go on, and an administrator opens it again, once")
    func clockAhead() async throws {
        let (city, folder, _) = try await closed()
        let ahead = FixedClock(SystemClock().now() + 800 * 86_400_000)
        // A look leaves no trace of the clock.
        try await opens(folder, at: ahead, for: .look)
        #expect(await command("account.list", in: folder, as: "admin").status == .ok)
        try await opens(folder, at: ahead)
        let refused = await command("account.list", in: folder, as: "admin")
        #expect(refused.sink.failure?.code == "store")
        #expect(refused.sink.failure?.message.zh.contains("clock confirm") == true)
        let doctor = await command("doctor", in: folder)
        #expect(doctor.status == .wrong && doctor.sink.lines.contains { $0.contains("系统时间倒退") })
        #expect(await command("audit.verify", in: folder).status == .ok)
        let copy = city.temporary.file("ahead.sqlite")
        #expect(await command("backup", ["file": .text(copy)], in: folder).status == .ok)
        let reason: Value = ["reason": "已校时"]
        #expect(await command("clock.confirm", reason, in: folder).status == .misused)
        #expect(await command("clock.confirm", reason, in: folder, as: "sec").status == .misused)
        let confirmed = await command("clock.confirm", reason, in: folder, as: "admin")
        #expect(confirmed.status == .ok && confirmed.sink.answer?["can_book"].bool == true, "\(confirmed.sink.lines)")
        #expect(await command("account.list", in: folder, as: "admin").status == .ok)
        #expect(await command("clock.confirm", reason, in: folder, as: "admin").sink.failure?.code == "conflict")
        #expect(await command("audit.verify", in: folder).status == .ok)
        #expect(await command("doctor", in: folder).sink.lines.allSatisfy { !$0.contains("系统时间倒退") })
    }

    @Test("What failed while the clock was ahead keeps nobody out who puts it right, with a second factor too")
    func lockedAhead() async throws {
        let city = try await TestCity(approved: false)
        let access = city.host.access
        let enrolment = try await access.enrolFactor("admin", password: TestCity.password, issuer: "娘家")
        let now = city.clock.now()
        func code(_ moment: Instant) -> String {
            OneTimeCode.code(base32(enrolment.secret), step: OneTimeCode.step(at: moment), city.host.crypto)
        }
        func signIn(_ typed: String, from client: SignInClient = .local) async -> NiangjiaError.Code? {
            await NiangjiaServerTests.code {
                _ = try await access.signIn("admin", password: TestCity.password, code: typed, from: client)
            }
        }
        _ = try await access.confirmFactor("admin", code: code(now))
        // The telephone's time is right, so none of its codes is.
        let days: Int64 = 800 * 86_400_000
        city.clock.advance(milliseconds: days)
        let right = code(now + 2 * OneTimeCode.period)
        for _ in 0..<Access.failureLimit { #expect(await signIn(right) == .unauthenticated) }
        #expect(await signIn(right) == "locked_out")
        city.clock.advance(milliseconds: 2 * OneTimeCode.period - days)
        // A lock of times to come is none, and a wrong attempt begins to count anew.
        #expect(await signIn("000000") == .unauthenticated)
        #expect(await signIn(right) == nil)
        for _ in 0..<Access.failureLimit { #expect(await signIn(right) == .unauthenticated) }
        #expect(await signIn(right) == "locked_out", "locks of now are as ever")
        try await city.host.close()
    }

    private func base32(_ text: String) -> [UInt8] {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        let bits = text.flatMap { letter -> [UInt8] in
            let value = letters.firstIndex(of: letter) ?? 0
            return (0..<5).map { UInt8(value >> (4 - $0) & 1) }
        }
        return stride(from: 0, to: bits.count - 7, by: 8).map { at in bits[at..<at + 8].reduce(0) { $0 << 1 | $1 } }
    }

    @Test("What a clock that was ahead put off is done when it is put right; what has a time of its own, at that")
    func workAhead() async throws {
        let (city, folder, _) = try await closed()
        let start = SystemClock().now()
        let season = start + 30 * 86_400_000
        try await working(in: folder, at: FixedClock(start + 800 * 86_400_000)) { host in
            let context = host.context("host")
            try await host.store.write(.interactive) { writer in
                try Jobs.schedule(.promote, "pool", at: context.now, context, in: writer)
                try Jobs.schedule(.allot, "entry", at: context.now, context, in: writer)
                try Jobs.schedule(.bundleEffective, "none", at: start, context, in: writer)
                try Jobs.schedule(.evidenceSweep, "daily", at: context.now, context, in: writer)
                try Jobs.schedule(.stageDue, "case", at: season, context, in: writer)
                let due = try Jobs.due(at: context.now, limit: 10, in: writer)
                let failed = try #require(due.first { $0.subject == "none" })
                try Jobs.postpone(failed, error: "later", now: context.now, in: writer)
                try Outbox.put("notice", dedupe: "ahead", body: [:], context, in: writer)
            }
        }
        let reason: Value = ["reason": "已校时"]
        #expect(await command("clock.confirm", reason, in: folder, as: "admin").status == .ok)
        let now = SystemClock().now()
        let (due, states, next) = try await working(in: folder, at: city.clock, for: .look) { host in
            try await host.store.read { reader in
                (
                    try Jobs.due(at: now, limit: 10, in: reader).map(\.subject).sorted(),
                    try reader.all("SELECT subject, state, due_at FROM job ORDER BY subject", []) {
                        "\($0.text(0)) \($0.text(1)) \($0.int(2) == season.milliseconds)"
                    },
                    try reader.integer("SELECT next_at FROM outbox WHERE dedupe = 'ahead'")
                )
            }
        }
        #expect(due == ["entry", "none", "pool"])
        #expect(states.contains("daily dropped false") && states.contains("case due true"), "\(states)")
        #expect(try #require(next) <= now.milliseconds)
    }

    // MARK: What doctor says

    @Test("Doctor says what others may read, and that exports stand still")
    func doctor() async throws {
        let (city, folder, backup) = try await closed()
        defer { withExtendedLifetime(city) {} }
        let manager = FileManager.default
        #expect(await command("doctor", in: folder).status == .ok)
        for (path, mode) in [(folder.path, 0o700), (folder.store, 0o600)] {
            try manager.setAttributes([.posixPermissions: mode | 0o044], ofItemAtPath: path)
            let told = await command("doctor", in: folder)
            #expect(told.status == .wrong && told.sink.lines.contains { $0.contains("chmod go= \(path)") })
            try manager.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }
        // A backup that was interrupted holds everybody.
        let part = folder.backup + "/guyuan.sqlite.part"
        let start = Data("SQLite format 3\0".utf8)
        _ = manager.createFile(atPath: part, contents: start, attributes: [.posixPermissions: 0o600])
        #expect(await command("doctor", in: folder).sink.lines.contains { $0.contains(part) })
        let beside = await command("backup", ["file": .text(folder.backup + "/next.sqlite")], in: folder)
        #expect(beside.status == .ok && beside.sink.lines.contains { $0.contains(part) }, "\(beside.sink.lines)")
        unlink(part)
        _ = try await Restore.run(folder, from: backup)
        let told = await command("doctor", in: folder)
        #expect(told.status == .wrong && told.sink.lines.contains { $0.contains("batch entered") })
        #expect(told.sink.lines.last?.contains("niangjia audit verify") == true)
    }
}
