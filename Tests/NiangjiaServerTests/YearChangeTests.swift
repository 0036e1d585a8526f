import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// The year's change: next year's rules beside this year's, and days that are decided in the wrong order.
@Suite("From one year to the next", .serialized) struct YearChangeTests {
    private static let cooling = "config/programs/summer-cooling-2026.yaml"
    private static let next = "summer-cooling-2027"

    /// A city whose folder holds next year's program as well, with packs of 60 yuan for outdoor work only.
    private func city() async throws -> TestCity {
        let city = try await TestCity()
        try await city.importPeople()
        let old = try String(contentsOfFile: city.folder.path + "/" + Self.cooling, encoding: .utf8)
        let new = old.replacingOccurrences(of: "program: summer-cooling-2026", with: "program: " + Self.next)
            .replacingOccurrences(of: "2026-", with: "2027-")
            .replacingOccurrences(of: "cooling-2027-", with: "cooling-2026-")
            .replacingOccurrences(of: "  value: 50 ", with: "  value: 60 ")
            .replacingOccurrences(
                of: "exposures: [outdoor, high_temp_indoor, key_project, emergency_duty]", with: "exposures: [outdoor]")
        try new.write(
            toFile: city.folder.path + "/config/programs/\(Self.next).yaml", atomically: true, encoding: .utf8)
        return city
    }

    @Test("Next year's rules are compared with this year's over the same people, though this year's money is spent")
    func than() async throws {
        let city = try await city()
        // What this year has given, and its fund, are no part of what the rules say.
        _ = try await city.run(
            "program.decide", ["program": "summer-cooling-2026", "form": "package"], as: "office")
        let asked: [String: Value] = [
            "program": .text(Self.next), "than": "summer-cooling-2026", "form": "package", "as_of": "2027-07-10",
        ]
        let diff = try await city.run("program.diff", .map(asked), as: "office")
        let answer = try #require(diff.answer)
        #expect((answer["gains"].int ?? 0) > 0 && (answer["loses"].int ?? 0) > 0, "\(answer.json)")
        #expect(answer["than"] == "summer-cooling-2026" && (answer["before"]["granted"].int ?? 0) > 0)
        let subjects = (answer["changes"].list ?? []).flatMap { $0["subjects"].list ?? [] }
        let losing = subjects.filter { $0["after_fen"].int == 0 }
        #expect(!losing.isEmpty && losing.allSatisfy { $0["condition"].text == "NOT_EXPOSED" })
        let gaining = subjects.filter { ($0["after_fen"].int ?? 0) > 0 }
        #expect(gaining.allSatisfy { $0["before_fen"].int == 5_000 && $0["after_fen"].int == 6_000 }, "\(gaining)")
        #expect(diff.lines.contains { $0.contains("value 50.00元 → 60.00元") }, "\(diff.lines)")
        // A ceiling that this year has used up long ago counts anew on both sides.
        for file in [Self.cooling, "config/programs/\(Self.next).yaml"] {
            try city.edit(file, "ceiling: {persons: 5200", "ceiling: {persons: 30")
        }
        let few = asked.merging(["from": "folder"]) { $1 }
        let capped = try await city.run("program.diff", .map(few), as: "office").answer
        #expect(capped?["before"]["granted"] == 30 && capped?["after"]["granted"] == 30, "\(capped?.json ?? "")")
        // Against itself nobody's outcome differs.
        let same = asked.merging(["from": "folder", "than": .text(Self.next)]) { $1 }
        #expect(try await city.run("program.diff", .map(same), as: "office").answer?["changes"] == .list([]))
        try await city.host.close()
    }

    @Test("What isn't there, or is about something else, is no year's rules")
    func wrongYear() async throws {
        let city = try await city()
        for (than, expected) in [
            ("summer-cooling-2099", NiangjiaError.Code.notFound), ("mutual-aid-2026", .invalid),
            ("tuition-2026", .invalid),
        ] {
            let asked: Value = [
                "program": .text(Self.next), "than": .text(than), "form": "package", "as_of": "2027-07-10",
            ]
            let found = await code { _ = try await city.run("program.diff", asked, as: "office") }
            #expect(
                found == expected || (expected == .invalid && found == .notFound),
                "\(than): \(String(describing: found))")
        }
        try await city.host.close()
    }

    @Test(
        "A day before one that has been decided is decided only where that is said; the season's other grants are told")
    func backwards() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        // The register has come today: days before it can't be decided at all.
        city.clock.advance(milliseconds: 3 * 86_400_000)
        var asked: [String: Value] = ["program": "summer-cooling-2026", "form": "package"]
        let first = try await city.run("program.decide", .map(asked), as: "office").answer
        let served = try #require(first?["applied"].int)
        try #require(served > 0)
        let today = try #require(first?["as_of"].text.flatMap { CivilDate($0) })
        asked["as_of"] = .text((today - 1).description)
        let refused = await #expect(throws: NiangjiaError.self) {
            try await city.run("program.decide", .map(asked), as: "office")
        }
        #expect(refused?.code == .conflict && refused?.place == "/as_of")
        #expect(
            refused?.message.zh.contains("享受 \(served)") == true && refused?.message.zh.contains("--earlier") == true)
        asked["earlier"] = true
        let again = try await city.run("program.decide", .map(asked), as: "office")
        #expect(again.lines.contains { $0.contains("本季另已给 \(served) 份") }, "\(again.lines)")
        // A later day needs no word.
        city.clock.advance(milliseconds: 86_400_000)
        asked["as_of"] = nil
        asked["earlier"] = nil
        _ = try await city.run("program.decide", .map(asked), as: "office")
        try await city.host.close()
    }
}
