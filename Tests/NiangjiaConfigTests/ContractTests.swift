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

    @Test("constants of conditions take the type of the field that they are compared with")
    func constants() throws {
        let text = """
            id: x
            version: 1.0.0
            api: 1
            title: X
            forms:
              ask:
                by: [batch]
                population: {of: persons, where: {is_member: [true], union_area: [990101], employer_nature: [no]}}
                keeps: {kind: string, count: integer, cost: money}
                facts: {look: {past: {in: decisions, where: {kind: [010], count: [3], cost: [50.00]}}}}
            """
        let (manifest, report) = ManifestFile.read(Array(text.utf8), file: "plugins/x/plugin.yaml")
        #expect(report.problems.map { $0.text(.zh) } == [])
        let form = try #require(manifest?.forms["ask"])
        #expect(form.population?.filter == ["is_member": [true], "union_area": ["990101"], "employer_nature": ["no"]])
        #expect(
            form.facts.look.first?.filter == [
                "kind": .constants(["010"]), "count": .constants([3]), "cost": .constants([5000]),
            ])
        let wrong = ManifestFile.read(Array(text.replacing("count: [3]", with: "count: [drei]").utf8), file: "x").report
        #expect(wrong.problems.map { $0.text(.zh) } == ["第10行 “drei” 不是字段 count 的值(类型 integer)"])
    }

    @Test("an administrator reads the key's name as people say it")
    func titles() throws {
        let manifest = try #require(
            ManifestFile.read(
                Array(
                    ContractExamples.summerCooling.replacing(
                        "value: money", with: "value: {type: money, title: {zh-CN: 每份金额, en: A pack}}"
                    ).utf8), file: "plugin.yaml"
            ).manifest)
        let report = ProgramFile.read(
            Array(ContractExamples.program.replacing("value: 50,", with: "value: 五十,").utf8), file: "p.yaml",
            against: ConfigSurroundings(plugins: ["summer-cooling": manifest])
        ).report
        #expect(report.errors.map { $0.text(.zh) } == ["第17行 每份金额(value): “五十” 不是金额,请写 50.00"])
    }

    @Test("what a form sets for itself, a change of the whole program leaves")
    func changes() throws {
        let manifest = try #require(
            ManifestFile.read(Array(ContractExamples.summerCooling.utf8), file: "plugin.yaml").manifest)
        let text = ContractExamples.program.replacing(
            "{review: [basic]}", with: "{review: [basic], settings: {value: 30}}")
        let program = try #require(
            ProgramFile.read(
                Array(text.utf8), file: "summer-cooling-2026.yaml",
                against: ConfigSurroundings(plugins: ["summer-cooling": manifest])
            ).program)
        let august = try #require(CivilDate("2026-08-01"))
        #expect(program.base.settings(on: august, organizationPath: [])["value"] == 6000)
        #expect(program.rules(for: "package").settings(on: august, organizationPath: [])["value"] == 3000)
    }

    @Test("types are written short, or as JSON Schema writes them")
    func types() throws {
        let text = """
            id: x
            version: 1.0.0
            api: 1
            title: X
            settings:
              a: money | null
              b: {type: string, format: money, minimum: 1.50, maximum: 200}
              c: {type: object, properties: {p: integer, q: rate}, required: [p]}
              d: {type: array, items: {type: string, name: string}, minItems: 1}
              e: {enum: [one, two], optional: true}
            forms: {ask: {by: [member]}}
            """
        let (manifest, report) = ManifestFile.read(Array(text.utf8), file: "plugins/x/plugin.yaml")
        #expect(report.problems.map { $0.text(.zh) } == [])
        #expect(
            manifest?.settings == [
                Field("a", .nullable(.money)), Field("b", .money, minimum: 150, maximum: 20_000),
                Field("c", .object([Field("p", .integer), Field("q", .rate, isOptional: true)])),
                // `type` beside a key that is no keyword is a field of that name.
                Field("d", .list(.object([Field("type", .string), Field("name", .string)])), minimum: 1),
                Field("e", .oneOf(["one", "two"]), isOptional: true),
            ])
    }
}
