import Foundation
import NiangjiaConfig
import NiangjiaCore
import Testing

@testable import NiangjiaServer

@Suite("What is in force is written back into a folder") struct ConfigExportTests {
    private static let cooling = "config/programs/summer-cooling-2026.yaml"

    /// Files of the folder's configuration with an amount changed by a request, as over HTTP, and approved.
    private func changedElsewhere(_ city: TestCity) async throws -> String {
        var files = try ConfigFolder.files(in: city.folder.path)
        let text = String(decoding: files[Self.cooling] ?? [], as: UTF8.self)
        let changed = text.replacing("  value: 50 ", with: "  value: 60 ") + "# 会议纪要第3号 minute 3\n"
        files[Self.cooling] = Array(changed.utf8)
        let entry = try await city.host.bundles.propose(files, by: "office", fromFolder: false)
        try await city.preview(entry)
        _ = try await city.host.bundles.approve(entry.digest, by: city.account("chief"))
        return changed
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test("A folder that is behind is brought to what is in force, byte for byte; what was there is put aside")
    func behind() async throws {
        let city = try await TestCity()
        let changed = try await changedElsewhere(city)
        let own = city.folder.path + "/" + Self.cooling
        let before = try text(own)
        let extra = city.folder.path + "/config/programs/draft-2027.yaml"
        try "program: draft-2027\n".write(toFile: extra, atomically: true, encoding: .utf8)
        let log = try await city.run("config.log", [:], as: nil)
        #expect(log.answer?["folder_is_behind"].bool == true)
        #expect(log.lines.contains { $0.contains("niangjia config export --replace") })

        // Nothing that somebody wrote is written over by itself.
        let refused = await #expect(throws: NiangjiaError.self) { try await city.run("config.export", [:], as: nil) }
        #expect(refused?.code == .conflict && refused?.message.zh.contains(Self.cooling) == true)
        #expect(refused?.message.zh.contains("draft-2027") == true && refused?.message.en.contains("--replace") == true)
        #expect(try text(own) == before)
        let exports = try FileManager.default.contentsOfDirectory(atPath: city.folder.exports)
        #expect(!exports.contains { $0.hasPrefix("config-") })

        let done = try await city.run("config.export", ["replace": true], as: nil).answer
        #expect(done?["replaced"].list == [.text(Self.cooling)])
        #expect(done?["moved_away"].list == ["config/programs/draft-2027.yaml"])
        #expect(done?["written"].list == [] && done?["folder_is_active"].bool == true)
        #expect(try text(own) == changed, "comments and order as they were proposed")
        #expect(!FileManager.default.fileExists(atPath: extra))
        let aside = try #require(done?["aside"].text)
        #expect(try text(aside + "/" + Self.cooling) == before)
        #expect(try text(aside + "/config/programs/draft-2027.yaml") == "program: draft-2027\n")
        #expect(try await city.run("config.log", [:], as: nil).answer?["folder_is_behind"].bool == false)

        // Again: all alike, nothing is done.
        let again = try await city.run("config.export", [:], as: nil).answer
        #expect(again?["alike"].int == Int64(try ConfigFolder.files(in: city.folder.path).count))
        #expect(again?["replaced"].list == [] && again?["aside"].isNull == true)
        try await city.host.close()
    }

    @Test("Another folder gets all of it; links on the way are refused, with or without --replace")
    func elsewhere() async throws {
        let city = try await TestCity()
        let copy = city.temporary.file("copy")
        let done = try await city.run("config.export", ["to": .text(copy)], as: nil).answer
        let files = try ConfigFolder.files(in: copy)
        #expect(files == (try await city.host.bundles.active().files))
        #expect(done?["written"].list?.count == files.count)

        let outside = city.temporary.file("outside")
        try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: true)
        let linked = city.temporary.file("linked")
        try FileManager.default.createDirectory(atPath: linked, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: linked + "/config", withDestinationPath: outside)
        try FileManager.default.createSymbolicLink(
            atPath: copy + "/plugins/training/README.md.link", withDestinationPath: outside)
        try FileManager.default.removeItem(atPath: copy + "/" + Self.cooling)
        try FileManager.default.createSymbolicLink(
            atPath: copy + "/" + Self.cooling, withDestinationPath: outside + "/victim.yaml")
        for folder in [linked, copy] {
            let arguments: Value = ["to": .text(folder), "replace": true]
            #expect(
                await code { _ = try await city.run("config.export", arguments, as: nil) } == .conflict, "\(folder)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: outside).isEmpty)
        try await city.host.close()
    }
}
