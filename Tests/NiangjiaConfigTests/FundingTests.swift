import Foundation
import NiangjiaConfig
import NiangjiaCore
import Testing

/// From which lines a program may be paid: money of different purposes never mixes unseen.
@Suite("What a program is paid from") struct FundingTests {
    private let loader = BundleLoader(
        digest: shortDigest, isOrganization: { ["990100", "990101", "990102", "990103"].contains($0) })

    /// What the check finds where a program of the sample configuration is paid from other lines.
    private func found(_ program: String, funding: String, line: String? = nil) throws -> [ConfigProblem] {
        var files = try Repository.files()
        let path = "config/programs/\(program).yaml"
        let text = String(decoding: try #require(files[path]), as: UTF8.self)
        let old = try #require(text.split(separator: "\n").first { $0.hasPrefix("funding:") })
        files[path] = Array(text.replacing(old, with: "funding: \(funding)").utf8)
        if let line {
            let funds = String(decoding: try #require(files["config/funds.yaml"]), as: UTF8.self)
            files["config/funds.yaml"] = Array(funds.replacing("lines:\n", with: "lines:\n  - \(line)\n").utf8)
        }
        return loader.load(files: files).report.problems
    }

    @Test("Donations, members' pools and their backstops are refused for another purpose, in either order")
    func restricted() throws {
        for other in ["donations-2026", "mutual-aid-2026"] {
            for funding in ["[{line: tuition-2026}, {line: \(other)}]", "[{line: \(other)}, {line: tuition-2026}]"] {
                let problems = try found("tuition-2026", funding: funding)
                #expect(problems.count == 1 && problems.first?.severity == .error, "\(funding) \(problems)")
                #expect(problems.first?.path == "funding[1].line")
                #expect(problems.first?.message.zh.contains(other) == true)
            }
        }
        // Given for the same purpose, they pay after the union's own money.
        let line = "{id: donations-t, year: 2026, source: donation, purpose: tuition, amount: 100, carry_over: true}"
        #expect(
            try found("tuition-2026", funding: "[{line: tuition-2026}, {line: donations-t}]", line: line).isEmpty)
    }

    @Test("A union's own money of another purpose is told")
    func told() throws {
        for other in ["cooling-2026", "dues-city-2026"] {
            let problems = try found("tuition-2026", funding: "[{line: tuition-2026}, {line: \(other)}]")
            #expect(problems.count == 1 && problems.first?.severity == .warning, "\(problems)")
            #expect(problems.first?.message.zh.contains("tuition-2026 的用途是 tuition") == true)
        }
    }

    @Test("Dues that belong to unions, or to nobody known yet, pay for no program")
    func owed() throws {
        for line in ["dues-basic-2026", "dues-held-2026", "dues-suspense-2026"] {
            let problems = try found("tuition-2026", funding: "[{line: \(line)}]")
            #expect(problems.count == 1 && problems.first?.severity == .error, "\(line) \(problems)")
        }
    }
}
