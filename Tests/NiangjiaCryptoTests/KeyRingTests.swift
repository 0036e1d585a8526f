import Foundation
import NiangjiaCore
import NiangjiaTesting
import Testing

@testable import NiangjiaCrypto

@Suite struct KeyRingTests {
    let created = Instant(milliseconds: 1_784_000_000_000)

    @Test func fileRoundTrip() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("keys.json")
        var ring = KeyRing(created: created)
        try ring.rotate(.personal, created: created + 5)
        try ring.save(to: path)
        #expect(try KeyRing(file: path) == ring)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(throws: NiangjiaError.self) { try ring.save(to: path) }
        try ring.save(to: path, replacing: true)
    }

    @Test(
        "Replaced by root, the keys stay whose they were; nothing unfinished is left beside them",
        .enabled(if: geteuid() == 0))
    func owner() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("keys.json")
        let ring = KeyRing(created: created)
        try ring.save(to: path)
        #expect(chown(path, 65_534, 65_534) == 0)
        try ring.save(to: path, replacing: true)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.ownerAccountID] as? Int == 65_534 && attributes[.posixPermissions] as? Int == 0o600)
        let beside = try FileManager.default.contentsOfDirectory(
            atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path)
        #expect(beside == ["keys.json"])
    }

    @Test func rotation() throws {
        var ring = KeyRing(created: created)
        let before = try SoftwareCrypto(ring)
        let old = try before.seal([1], purpose: .personal, context: [])
        try ring.rotate(.personal, created: created)
        let after = try SoftwareCrypto(ring)
        let new = try after.seal([2], purpose: .personal, context: [])
        #expect(try after.open(old, purpose: .personal, context: []) == [1])
        #expect(try after.open(new, purpose: .personal, context: []) == [2])
        #expect(throws: NiangjiaError.self) { try before.open(new, purpose: .personal, context: []) }
        for purpose in [KeyPurpose.lookup, .commitment, .session] {
            #expect(throws: NiangjiaError.self) { try ring.rotate(purpose, created: created) }
        }
    }

    @Test("A key is known by its check: the same whenever it is read, another for each key and for each ring")
    func checks() throws {
        var ring = KeyRing(created: created)
        let first = ring.checks
        try ring.rotate(.personal, created: created)
        #expect(ring.checks.filter { first.contains($0) } == first)
        #expect(Set(ring.checks.map(\.value)).count == KeyPurpose.allCases.count + 1)
        #expect(ring.checks.allSatisfy { $0.value.count == 16 })
        #expect(Set(KeyRing(created: created).checks).isDisjoint(with: ring.checks))
        let crypto = try SoftwareCrypto(ring)
        #expect(crypto.keyChecks == ring.checks)
        #expect(KeyCheck.fingerprint(of: first, crypto).count == 19)
        #expect(KeyCheck.fingerprint(of: first, crypto) != KeyCheck.fingerprint(of: ring.checks, crypto))
    }

    @Test func spoiledFiles() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("keys.json")
        let ring = KeyRing(created: created)
        #expect(throws: NiangjiaError.self) { try KeyRing(file: path) }
        try ring.save(to: path)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        #expect(throws: NiangjiaError.self) { try KeyRing(file: path) }
        #expect(try KeyRing(file: path, isCopy: true) == ring)
        let spoiled = [
            String(text.dropLast(10)), "{}", text.replacingOccurrences(of: "\"lookup\"", with: "\"personal\""),
            text.replacingOccurrences(of: "\"generation\":1", with: "\"generation\":0"),
            text.replacingOccurrences(of: "\"key\":\"", with: "\"key\":\"zz"),
        ]
        for content in spoiled {
            try content.write(toFile: path, atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            #expect(throws: NiangjiaError.self) { try KeyRing(file: path) }
        }
    }
}
