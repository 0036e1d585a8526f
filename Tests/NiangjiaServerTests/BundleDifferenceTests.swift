import Foundation
import NiangjiaConfig
import NiangjiaCore
import NiangjiaCrypto
import Testing

@testable import NiangjiaServer

@Suite("What differs between two bundles, in words") struct BundleDifferenceTests {
    private static let tuition = "config/programs/tuition-2026.yaml"
    private static let mutual = "config/programs/mutual-aid-2026.yaml"

    /// What an edit of one of the repository's programs changes.
    private func words(_ file: String, _ old: String, _ new: String) throws -> [String] {
        let files = try ConfigFolder.files(in: TestCityHost.repository)
        let text = String(decoding: try #require(files[file]), as: UTF8.self)
        let edited = text.replacingOccurrences(of: old, with: new)
        try #require(edited != text)
        let digest = try SoftwareCrypto(KeyRing(created: Instant(milliseconds: 0)))
        let bundle = try #require(
            BundleLoader(digest: { Hex.text(digest.digest($0)) }).load(files: files).bundle)
        return try BundleDifference.changes(
            from: files, to: files.merging([file: Array(edited.utf8)]) { $1 }, plugins: bundle.plugins
        ).map(\.words.zh)
    }

    @Test("An entry of a list is named by the word that tells entries apart, and its amounts are money")
    func byName() throws {
        #expect(
            try words(Self.tuition, "{stage: higher, on_file: 5000", "{stage: higher, on_file: 6000")
                == ["tuition-2026: tiers[higher].on_file 5000.00元 → 6000.00元"])
    }

    @Test("Where no word tells them apart, entries go by their places")
    func byPlace() throws {
        #expect(
            try words(Self.mutual, "{up_to: 5000, rate: 30%}", "{up_to: 5000, rate: 35%}")
                == ["mutual-aid-2026: tiers[1].rate 30% → 35%"])
    }

    @Test("An entry that is new or gone is told with all of it")
    func newEntry() throws {
        let found = try words(
            Self.tuition, "    - {stage: kindergarten, on_file: 2000, not_on_file: 0, single_parent_only: true}\n", "")
        #expect(found.contains("tuition-2026: tiers[kindergarten].on_file 2000.00元 → -"), "\(found)")
    }
}
