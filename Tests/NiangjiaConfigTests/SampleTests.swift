import Foundation
import NiangjiaConfig
import NiangjiaCore
import Testing

@Suite("The repository's sample configuration")
struct SampleTests {
    let loader = BundleLoader(
        digest: shortDigest, isOrganization: { ["990100", "990101", "990102", "990103"].contains($0) })

    @Test("has no problem, and every file counts")
    func clean() throws {
        let files = try Repository.files()
        let (bundle, report) = loader.load(files: files)
        #expect(report.problems.map { $0.place + " " + $0.text(.zh) } == [])
        let loaded = try #require(bundle)
        #expect(loaded.files.count == files.count)
        #expect(
            Set(loaded.programs.keys) == [
                "summer-cooling-2026", "tuition-2026", "mutual-aid-2026", "training-2026", "ticket-2027",
                "skill-competition-2026", "hazard-report-2026", "legal-aid-2026",
            ])
        #expect(
            Set(loaded.plugins.keys) == [
                "summer-cooling", "tuition", "mutual-aid", "training", "ticket", "skill-competition", "hazard-report",
                "legal-aid",
            ])
        #expect(loaded.facilities.facilities.contains { $0.code == "water" })
        #expect(loaded.funds.backstops.first?.yearCap == Money(fen: 30_000_000))
        #expect(loaded.stacking.sharedCaps.first?.cap == Money(fen: 1_000_000))
        #expect(loaded.mappings["members"]?["columns"]["人员名称"] == "name")
        #expect(loaded.banks["generic_txt"]?["max_rows"] == 5000)
    }

    @Test(
        "A rate over the whole bill and a word that stands twice are warnings at their line, and the rest is read all the same",
        arguments: [
            (
                "config/programs/mutual-aid-2026.yaml", "{up_to: 5000, rate: 30%}", "{up_to: 5000, rate: 133%}",
                "超过 100%"
            ),
            (
                "plugins/hazard-report/plugin.yaml", "[major, moderate, minor]", "[major, moderate, minor, major]",
                "major 写了两次"
            ),
        ])
    func slips(_ path: String, _ old: String, _ new: String, _ words: String) throws {
        var files = try Repository.files()
        let text = String(decoding: try #require(files[path]), as: UTF8.self)
        #expect(text.contains(old))
        let line = text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains(old) }
        files[path] = Array(text.replacing(old, with: new, maxReplacements: 1).utf8)
        let (bundle, report) = loader.load(files: files)
        #expect(bundle?.programs["mutual-aid-2026"]?.base.settings["tiers"] != nil)
        #expect(report.errors.isEmpty && report.warnings.count == 1, "\(report.problems)")
        #expect(report.warnings.first?.message.zh.contains(words) == true)
        #expect(report.warnings.first.map { $0.line - 1 } == line)
    }

    @Test("programs say what the papers say")
    func programs() throws {
        let bundle = try #require(loader.load(files: try Repository.files()).bundle)
        let tuition = try #require(bundle.programs["tuition-2026"])
        #expect(tuition.base.apply.to == Instant(try #require(CivilDate("2026-09-01"))))
        #expect(tuition.base.publicNoticeWorkingDays == 5)
        #expect(tuition.base.review.map(\.level) == ["basic", "county", "city"])
        #expect(tuition.base.settings["tiers"]?.list?.last?["on_file"] == 500_000)
        let mutual = try #require(bundle.programs["mutual-aid-2026"])
        #expect(mutual.base.settings["tiers"]?.list?.last == ["up_to": nil, "rate": 5000])
        #expect(mutual.rules(for: "enrol").pay.eachMax == Money(fen: 10_000))
        #expect(mutual.rules(for: "claim").pay.eachMax == Money(fen: 3_000_000))
        let cooling = try #require(bundle.programs["summer-cooling-2026"])
        let day = try #require(CivilDate("2026-07-15"))
        #expect(
            cooling.rules(for: "package").settings(on: day, organizationPath: ["990100", "990102"])["value"] == 4000)
        #expect(
            cooling.rules(for: "package").settings(on: day, organizationPath: ["990100", "990101"])["value"] == 5000)
    }

    @Test("the calendar of 2023 carries a notice over the national day's make-up weekend")
    func calendar() throws {
        let calendar = try #require(loader.load(files: try Repository.files()).bundle).calendar
        var day = try #require(CivilDate("2023-09-27"))
        var counted: [String] = []
        while counted.count < 5 {
            day = day + 1
            if try calendar.isWorkday(day) { counted.append(day.description) }
        }
        #expect(counted == ["2023-09-28", "2023-10-07", "2023-10-08", "2023-10-09", "2023-10-10"])
        #expect(calendar.years == [2023, 2026, 2027])
    }

    @Test("every YAML file of people names its schema, which is there")
    func schemaComments() throws {
        for (path, bytes) in try Repository.files() where path.hasPrefix("config/") && !path.contains("/banks/") {
            let first = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first ?? ""
            let mark = "# yaml-language-server: $schema="
            try #require(first.hasPrefix(mark), "\(path)")
            let folder = Repository.root.appendingPathComponent(path).deletingLastPathComponent()
            let schema = folder.appendingPathComponent(String(first.dropFirst(mark.count))).standardizedFileURL
            #expect(FileManager.default.fileExists(atPath: schema.path), "\(path): \(schema.path)")
        }
    }

    @Test("the schemas in docs are those of the tables", arguments: ConfigSchemas.all.keys.sorted())
    func schemas(name: String) throws {
        let file = "docs/reference/schemas/\(name)"
        if ProcessInfo.processInfo.environment["NIANGJIA_UPDATE"] == "1" {
            try Data((ConfigSchemas.all[name] ?? "").utf8).write(to: Repository.root.appendingPathComponent(file))
        }
        #expect(try Repository.text(file) == ConfigSchemas.all[name], "run the tests with NIANGJIA_UPDATE=1")
    }

    @Test("equal files give equal digests; one changed byte another")
    func digests() throws {
        let files = try Repository.files()
        let digest = loader.digest(of: files)
        #expect(loader.digest(of: files) == digest)
        #expect(loader.load(files: files).bundle?.digest == digest)
        var beside = files
        beside["plugins/tuition/tests/x.yaml"] = [1]
        #expect(loader.digest(of: beside) == digest)
        for path in files.keys {
            var changed = files
            changed[path]?[0] ^= 1
            #expect(loader.digest(of: changed) != digest, "\(path)")
        }
    }
}

@Suite("A city's folder")
struct FolderTests {
    @Test("links, hidden files and authors' files are left out")
    func files() throws {
        let manager = FileManager.default
        let folder = manager.temporaryDirectory.appendingPathComponent(
            "niangjia-config-\(UInt64.random(in: 0 ... .max))")
        defer { try? manager.removeItem(at: folder) }
        func write(_ path: String, _ text: String) throws {
            let file = folder.appendingPathComponent(path)
            try manager.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        try write("secret.yaml", "id: 1")
        try write("config/niangjia.yaml", "name: 市\norganization: 990100\n")
        try write("config/.hidden.yaml", "x")
        try write("config/funds.yaml~", "x")
        try write("plugins/a/tests/one.yaml", "x")
        try write("plugins/a/README.md", "x")
        try write("store/x.db", "x")
        try manager.createSymbolicLink(
            at: folder.appendingPathComponent("config/funds.yaml"),
            withDestinationURL: folder.appendingPathComponent("secret.yaml"))
        #expect(try ConfigFolder.files(in: folder.path).keys.sorted() == ["config/niangjia.yaml"])
        let (bundle, report) = try BundleLoader(digest: shortDigest).load(folder: folder.path)
        #expect(report.problems.isEmpty)
        #expect(bundle?.city.organization == "990100")
        #expect(bundle?.city.approval == .secondPerson)
    }
}

@Suite("Schemas for editors")
struct SchemaTests {
    @Test("a city's program schema knows the settings of its plugins")
    func program() throws {
        let plugins = try #require(BundleLoader(digest: shortDigest).load(files: try Repository.files()).bundle).plugins
        let schema = try Value(json: ConfigSchemas.program(plugins: plugins.values.map(\.manifest)))
        let branches = try #require(schema["allOf"].list)
        #expect(branches.count == plugins.count)
        let tuition = try #require(branches.last)
        #expect(tuition.at(path: "if.properties.plugin.const") == "tuition")
        #expect(tuition.at(path: "then.properties.settings.properties.duplicate_support.enum") == ["reject", "top_up"])
        #expect(tuition.at(path: "then.properties.settings.additionalProperties") == false)
    }

    @Test(
        "schemas are JSON of draft 2020-12 and describe every key in Chinese",
        arguments: ConfigSchemas.all.keys.sorted())
    func words(name: String) throws {
        let schema = try Value(json: ConfigSchemas.all[name] ?? "")
        #expect(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema")
        func walk(_ value: Value) {
            for (key, member) in value["properties"].map ?? [:] {
                #expect(member["description"].text?.unicodeScalars.contains { $0.value > 0x4E00 } == true, "\(key)")
                walk(member)
            }
            for key in ["items", "additionalProperties"] where value[key].map != nil { walk(value[key]) }
            for branch in value["anyOf"].list ?? [] { walk(branch) }
        }
        walk(schema)
    }

    @Test("the reference lists every key of a manifest once, with its type")
    func reference() throws {
        let keys = KeyReference.keys(of: "plugin")
        #expect(Set(keys.map(\.path)).count == keys.count)
        #expect(keys.first { $0.path == "api" }?.isRequired == true)
        #expect(keys.first { $0.path == "forms.<name>.gives.to" }?.type == "path or table of name: path")
        #expect(keys.first { $0.path == "forms.<name>.unique[].reason" }?.type == "CODE")
        #expect(
            KeyReference.keys(of: "program").first { $0.path == "status" }?.type
                == "open | closed_to_new | suspended | ended")
        #expect(KeyReference.keys(of: "nothing").isEmpty)
    }
}
