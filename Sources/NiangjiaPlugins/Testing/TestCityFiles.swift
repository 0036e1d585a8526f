import NiangjiaCore

extension Value {
    /// The value as YAML in one line. Words are written plain where they may be, so that a validator reads them as typed.
    var yaml: String {
        switch self {
        case .null: return "null"
        case .bool(let b): return b ? "true" : "false"
        case .int(let n): return String(n)
        case .text(let text): return Value.isPlain(text) ? text : json
        case .list(let items): return "[" + items.map(\.yaml).joined(separator: ", ") + "]"
        case .map(let members):
            return "{"
                + members.keys.sorted().map { Value.text($0).yaml + ": " + (members[$0] ?? .null).yaml }.joined(
                    separator: ", ") + "}"
        }
    }

    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, !["null", "~"].contains(text) else { return false }
        let starts = first.properties.isAlphabetic || (0x30...0x39).contains(first.value)
        return starts
            && text.unicodeScalars.allSatisfy {
                $0.properties.isAlphabetic || (0x30...0x39).contains($0.value) || "_-./%+:".unicodeScalars.contains($0)
            } && !text.hasSuffix(":")
    }
}

/// The files of a city that a test declares, as an administrator would have written them: the host's own validator reads them.
struct TestCityFiles {
    let plugin: Plugin
    let testCase: TestCase

    static let organization = "990100"
    static let amplyFunded = "10000000"

    var programID: String { testCase.program["program"].text ?? plugin.manifest.id + "-test" }

    /// Path in the data folder → content.
    func files(pluginFiles: [String: [UInt8]]) -> [String: [UInt8]] {
        var files = pluginFiles
        func put(_ path: String, _ value: Value) { files[path] = Array((value.yaml + "\n").utf8) }
        put(
            "config/niangjia.yaml",
            ["name": "测试市总工会", "organization": .text(TestCityFiles.organization), "approval": "demo"])
        put("config/funds.yaml", ["lines": .list(fundLines)])
        put("config/programs/\(programID).yaml", program)
        put("config/stacking.yaml", testCase.given["stacking"].isNull ? .map([:]) : testCase.given["stacking"])
        put("config/facilities.yaml", ["facilities": [["code": "water", "group": "water_food", "title": "饮水"]]])
        for year in years { put("config/calendar/\(year).yaml", calendar(year)) }
        return files
    }

    private var program: Value {
        let defaults: Value = [
            "program": .text(programID), "plugin": .text(plugin.manifest.id), "policy": "测试", "status": "open",
            "organization": .text(TestCityFiles.organization), "series": .text(plugin.manifest.id),
        ]
        return PluginTestFile.merged(defaults, testCase.program)
    }

    /// Every line that the program draws on, ample where `given.funds` says nothing.
    private var fundLines: [Value] {
        let named = (testCase.program["funding"].list ?? []).compactMap { $0["line"].text }
        let given = testCase.given["funds"].map ?? [:]
        // A city has some money, also where the form gives none.
        let all = Set(named + ["test"]).union(given.keys).sorted()
        let season = testCase.program["season"]["from"].date?.parts.year ?? 2026
        return all.map { line in
            [
                "id": .text(line), "year": .int(Int64(season)), "source": "union_budget", "purpose": "test",
                "amount": given[line] ?? .text(TestCityFiles.amplyFunded),
            ]
        }
    }

    /// The years around everything that the case names.
    private var years: ClosedRange<Int> {
        let dates =
            ([testCase.program["season"]["from"], testCase.program["season"]["to"]]
            + testCase.steps.map { $0.when["at"] })
            .compactMap { $0.text.flatMap { CivilDate($0.prefix(10)) }?.parts.year }
        return (dates.min() ?? 2026)...((dates.max() ?? 2026) + 1)
    }

    private func calendar(_ year: Int) -> Value {
        let given = testCase.given["calendar"][String(year)]
        if !given.isNull { return given }
        return [
            "year": .int(Int64(year)), "source": "测试",
            "holidays": [["name": "元旦", "from": .text("\(year)-01-01"), "to": .text("\(year)-01-01")]],
            "make_up_days": [],
        ]
    }
}
