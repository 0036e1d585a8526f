import NiangjiaConfig
import NiangjiaCore
import Testing

@Suite("The contract's examples")
struct ContractTests {
    @Test(
        "manifests read without a problem",
        arguments: [
            ("summer-cooling", ContractExamples.summerCooling), ("training", ContractExamples.training),
            ("mutual-aid", ContractExamples.mutualAid),
        ])
    func manifests(id: String, text: String) throws {
        let (manifest, report) = ManifestFile.read(Array(text.utf8), file: "plugins/\(id)/plugin.yaml", folder: id)
        #expect(report.problems.map { $0.place + " " + $0.text(.zh) } == [])
        #expect(try #require(manifest).id == id)
    }

    @Test("the manifest says what the file says")
    func content() throws {
        let manifest = try #require(
            ManifestFile.read(Array(ContractExamples.mutualAid.utf8), file: "plugin.yaml").manifest)
        let enrol = try #require(manifest.forms["enrol"])
        #expect(enrol.subject == .path("members.person"))
        #expect(enrol.datedBy == .seasonStart)
        #expect(enrol.together == Together(atLeast: .setting("min_unit_share"), of: "unit.member_count"))
        #expect(enrol.facts.look.first?.within == .months(24))
        #expect(enrol.gives.kind(of: "") == .fee)
        #expect(
            manifest.settings.first { $0.name == "tiers" }?.type
                == .list(.object([Field("up_to", .nullable(.money)), Field("rate", .rate)])))
        #expect(manifest.reasons["WAITING_PERIOD"]?.placeholders == ["day": .date])
        #expect(manifest.forms["claim"]?.sensitive == .health)
    }

    @Test("the program reads against the plugin")
    func program() throws {
        let manifest = try #require(
            ManifestFile.read(Array(ContractExamples.summerCooling.utf8), file: "plugin.yaml").manifest)
        let (program, report) = ProgramFile.read(
            Array(ContractExamples.program.utf8), file: "config/programs/summer-cooling-2026.yaml",
            against: ConfigSurroundings(
                plugins: [manifest.id: manifest], fundLines: ["cooling-2026", "donations-2026"],
                isOrganization: { ["990100", "990102"].contains($0) }))
        #expect(report.problems.map { $0.place + " " + $0.text(.zh) } == [])
        let read = try #require(program)
        #expect(read.base.pay.eachMax == Money(fen: 20_000))
        #expect(
            read.base.review == [
                ReviewLevel("basic"), ReviewLevel("county"), ReviewLevel("province", over: Money(fen: 2_000_000)),
            ])
        #expect(read.rules(for: "package").review == [ReviewLevel("basic")])
        let july = try #require(CivilDate("2026-07-20"))
        #expect(read.base.settings(on: july, organizationPath: ["990100"])["value"] == .int(6000))
        #expect(read.base.settings(on: july, organizationPath: ["990100", "990102"])["value"] == .int(4000))
        #expect(read.base.apply.to == Instant(try #require(CivilDate("2026-10-01"))))
    }
}
