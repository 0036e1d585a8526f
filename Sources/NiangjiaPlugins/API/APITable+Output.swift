import NiangjiaCore

extension APITable {
    /// The machine-readable dump: one object for each entry.
    public static var json: String {
        let rows = entries.map { entry -> Value in
            var members: [String: Value] = [
                "name": .text(entry.name), "section": .text(entry.section.rawValue), "since": .int(Int64(entry.since)),
                "type": .text(entry.type), "in": .list(entry.places.map { .text($0.rawValue) }),
                "doc": ["zh-CN": .text(entry.doc.zh), "en": .text(entry.doc.en)],
            ]
            if let parameters = entry.parameters {
                members["parameters"] = .list(
                    parameters.map {
                        ["name": .text($0.name), "type": .text($0.type), "optional": .bool($0.isOptional)]
                    })
            }
            return .map(members)
        }
        return "{\"level\":\(level),\"entries\":[\n" + rows.map(\.json).joined(separator: ",\n") + "\n]}\n"
    }

    /// The reference page, zh-CN first.
    public static var markdown: String {
        var out = """
            # 插件接口 Plugin API, level \(level)

            本页由 `niangjia api dump` 从接口表生成,请勿手改。 Generated from the API table; don't edit.

            """
        for section in APIEntry.Section.allCases {
            out += "\n## \(section.title.zh) \(section.title.en)\n\n| | | |\n|---|---|---|\n"
            for entry in entries where entry.section == section {
                let places =
                    entry.places == APIEntry.Place.allCases
                    ? "" : " *(\(entry.places.map(\.rawValue).joined(separator: ", ")))*"
                out +=
                    "| `\(cell(entry.signature))`\(places) | \(cell(entry.type)) | \(cell(entry.doc.zh))<br>\(cell(entry.doc.en)) |\n"
            }
        }
        return out
    }

    private static func cell(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }

    /// Definitions for the Lua language server, so that an editor completes and checks `main.lua`.
    public static var luaStubs: String {
        var out = """
            ---@meta
            -- niangjia plugin API, level \(level). Generated from the API table; don't edit.

            ---@class decision
            local decision = {}
            ---@alias decision_options {units?: integer, parts?: table, keeps?: table, rank?: integer}
            ---@alias revoke_options {keep?: integer}
            ---@alias point {lat: integer, lon: integer}
            ---@alias iterator fun(): any, any
            program = {assess = {}, recheck = {}, action = {}}

            """
        var libraries: Set<String> = ["program", "math", "table", "string"]
        let own = entries.filter { [.decision, .helper, .action].contains($0.section) }
        for entry in own {
            if let library = entry.name.split(separator: ".").first, entry.name.contains("."),
                libraries.insert(String(library)).inserted
            {
                // `money` is also a function: the language server knows it by an overload.
                out +=
                    library == "money"
                    ? "---@class moneylib\n---@overload fun(text: string): integer\nmoney = {}\n" : "\(library) = {}\n"
            }
            guard let parameters = entry.parameters, entry.name != "money" else { continue }
            out += "---\(entry.doc.zh)\n---\(entry.doc.en)\n"
            for parameter in parameters {
                out += "---@param \(parameter.name)\(parameter.isOptional ? "?" : "") \(parameter.type)\n"
            }
            out += "---@return \(entry.type)\n"
            out += "function \(entry.name)(\(parameters.map(\.name).joined(separator: ", "))) end\n\n"
        }
        return out
    }
}
