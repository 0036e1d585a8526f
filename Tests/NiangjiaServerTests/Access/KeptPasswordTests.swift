import Foundation
import NiangjiaCore
import NiangjiaSQLite
import Testing

@testable import NiangjiaServer

/// Whoever can write the store's file, and has no keys, becomes nobody by it.
@Suite("Passwords, second factors and sessions that somebody puts into the store") struct KeptPasswordTests {
    /// Enrols a second factor, with the first code of its secret; then its next code counts, which is answered.
    @discardableResult
    private func enrol(_ city: TestCity, _ id: String) async throws -> String {
        let enrolment = try await city.host.access.enrolFactor(id, password: TestCity.password, issuer: "x")
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        let bits = enrolment.secret.flatMap { letter in
            (0..<5).reversed().map { (alphabet.firstIndex(of: letter) ?? 0) >> $0 & 1 }
        }
        let secret = stride(from: 0, to: bits.count - 7, by: 8).map { at in
            UInt8(bits[at..<at + 8].reduce(0) { $0 << 1 | $1 })
        }
        func code() -> String {
            OneTimeCode.code(secret, step: OneTimeCode.step(at: city.clock.now()), city.host.crypto)
        }
        _ = try await city.host.access.confirmFactor(id, code: code())
        city.clock.advance(milliseconds: OneTimeCode.period)
        return code()
    }

    private func signIn(_ city: TestCity, _ id: String) async -> NiangjiaError.Code? {
        await code { _ = try await city.host.access.signIn(id, password: TestCity.password) }
    }

    @Test(
        "Nobody signs in to an account whose password or second factor isn't what was kept; doctor and the audit name it",
        arguments: [
            (
                "UPDATE account SET password_sealed = (SELECT password_sealed FROM account WHERE id = 'chief') WHERE id = 'office'",
                "账号 office 与封存的内容不符"
            ), ("DELETE FROM second_factor WHERE account = 'office'", "动态口令 office 缺失"),
            ("UPDATE second_factor SET state = 'waiting' WHERE account = 'office'", "动态口令 office 与封存的内容不符"),
            (
                """
                UPDATE account SET password_sealed = (SELECT password_sealed FROM account WHERE id = 'chief') WHERE id = 'office';
                DELETE FROM second_factor WHERE account = 'office'
                """, "动态口令 office 缺失"
            ),
        ])
    func beside(edit: String, named: String) async throws {
        let city = try await TestCity(approved: false)
        try await enrol(city, "office")
        #expect(await signIn(city, "office") == "second_factor_required")
        let whole = try await city.run("doctor", [:], as: nil)
        #expect(whole.answer?["ok"].bool == true, "\(whole.lines)")
        #expect(try await city.run("audit.verify", [:], as: nil).answer?["ok"].bool == true)
        // A copy is edited as another program edits it: the host's own connection seals what it writes.
        let file = city.temporary.file("copy.sqlite")
        _ = try await city.run("backup", ["file": .text(file)], as: nil)
        let copy = try SQLiteStore.open(path: file, migrations: NiangjiaSchema.migrations)
        let statements = edit.split(separator: ";").map(String.init)
        for store in [copy, city.host.store] as [any Store] {
            try await store.write(.interactive) { writer in
                for statement in statements { try writer.execute(statement, []) }
            }
        }
        let crypto = city.host.crypto
        let report = try await copy.read { try Audit.verify(in: $0, crypto: crypto) }
        #expect(report.faults.contains { $0.zh.contains(named) }, "\(report.faults.map(\.zh))")
        try await copy.close()
        #expect(await signIn(city, "office") == .unreadable)
        #expect(await signIn(city, "chief") == nil)
        let doctor = try await city.run("doctor", [:], as: nil)
        #expect(doctor.answer?["ok"].bool == false)
        #expect(doctor.lines.contains { $0.contains("账号 office 的密码或动态口令不是本系统写入的") }, "\(doctor.lines)")
        try await city.host.close()
    }

    @Test("A second factor's secret that was put there by somebody else takes no code")
    func secret() async throws {
        let city = try await TestCity(approved: false)
        try await enrol(city, "office")
        try await enrol(city, "chief")
        try await city.host.store.write(.interactive) { writer in
            try writer.execute(
                """
                UPDATE second_factor SET secret = (SELECT secret FROM second_factor WHERE account = 'chief')
                WHERE account = 'office'
                """, [])
        }
        #expect(
            await code {
                _ = try await city.host.access.signIn("office", password: TestCity.password, code: "123456")
            } == .unreadable)
        #expect(try await city.host.access.spoiledAccounts().count == 1)
        try await city.host.close()
    }

    @Test("A session that is given to another account is nobody's")
    func session() async throws {
        let city = try await TestCity(approved: false)
        let token = try await city.host.access.signIn("office", password: TestCity.password).token
        #expect(try await city.host.access.authenticate(token).id == "office")
        try await city.host.store.write(.interactive) { writer in
            try writer.execute("UPDATE session SET account = 'admin' WHERE account = 'office'", [])
        }
        #expect(await code { _ = try await city.host.access.authenticate(token) } == .unauthenticated)
        try await city.host.close()
    }

    @Test("With a second factor or without, a password is changed and stands")
    func changed() async throws {
        let city = try await TestCity(approved: false)
        let next = "another ten letters"
        try await enrol(city, "office")
        try await city.host.access.changePassword("office", from: TestCity.password, to: next)
        #expect(
            await code { _ = try await city.host.access.signIn("office", password: next) } == "second_factor_required")
        try await city.host.access.removeFactor("office", code: nil, by: "admin")
        _ = try await city.host.access.signIn("office", password: next)
        #expect(try await city.run("audit.verify", [:], as: nil).answer?["ok"].bool == true)
        try await city.host.close()
    }

    @Test("A password without a code goes on with the account's kept sign-in, and with nobody else's")
    func keptSignIn() async throws {
        let city = try await TestCity(approved: false)
        let access = city.host.access
        let code = try await enrol(city, "admin")
        let own = try await access.signIn("admin", password: TestCity.password, code: code).token
        let others = try await access.signIn("office", password: TestCity.password).token
        let output = Output(CollectingSink(), language: .zh)
        func list(kept: String?, _ password: String = TestCity.password) async -> NiangjiaServer.ExitStatus {
            await Operations.run(
                "account.list", [:], on: city.host, as: .password(account: "admin", password: password, kept: kept),
                output: output)
        }
        #expect(await list(kept: own) == .ok)
        #expect(await list(kept: own, "not the password") == .misused)
        #expect(await list(kept: others) == .wrong)
        #expect(await list(kept: nil) == .wrong)
        try await city.host.close()
    }
}
