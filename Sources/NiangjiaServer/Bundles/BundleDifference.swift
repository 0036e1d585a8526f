import NiangjiaCore

/// What differs between two bundles, in an administrator's words.
enum BundleDifference {
    /// One line for each change: of a program's setting with both values, of any other file by its name.
    static func words(from old: Bundle?, to new: Bundle, files: [String: [UInt8]]) -> [String] {
        guard let old else { return ["首次提交 \(files.count) 个文件"] }
        var lines: [String] = []
        var told: Set<String> = []
        for id in Set(old.programs.keys).union(new.programs.keys).sorted() {
            switch (old.programs[id], new.programs[id]) {
            case (let before?, let after?):
                let changes = program(before, after, plugin: new.plugins[after.plugin])
                if !changes.isEmpty { told.insert("config/programs/\(id).yaml") }
                lines += changes.map { "\(id): \($0)" }
            case (nil, _?): lines.append("\(id): 新增项目")
            case (_?, nil): lines.append("\(id): 删除项目")
            case (nil, nil): break
            }
        }
        for path in Set(old.files.keys).union(files.keys).sorted() where !told.contains(path) {
            if old.files[path] != files[path] {
                lines.append("\(path): \(old.files[path] == nil ? "新增" : files[path] == nil ? "删除" : "修改")")
            }
        }
        return lines
    }

    /// What differs between two versions of a program.
    static func program(_ old: Program, _ new: Program, plugin: Plugin?) -> [String] {
        var lines: [String] = []
        func note(_ name: String, _ before: String, _ after: String) {
            if before != after { lines.append("\(name) \(before) → \(after)") }
        }
        note("status", old.status.rawValue, new.status.rawValue)
        note("season", old.season.description, new.season.description)
        note("policy", old.policy, new.policy)
        lines += settings("", old.base.settings, new.base.settings, plugin)
        for code in Set(old.base.byOrganization.keys).union(new.base.byOrganization.keys).sorted() {
            lines += settings(
                "\(code)/", old.base.byOrganization[code] ?? [:], new.base.byOrganization[code] ?? [:], plugin)
        }
        note("review", levels(old.base.review), levels(new.base.review))
        note("ceiling", ceiling(old.base.ceiling), ceiling(new.base.ceiling))
        note(
            "funding", old.base.funding.map(\.line).joined(separator: "+"),
            new.base.funding.map(\.line).joined(separator: "+"))
        if lines.isEmpty, old != new { lines.append("其他键有修改") }
        return lines
    }

    private static func settings(
        _ place: String, _ old: [String: Value], _ new: [String: Value], _ plugin: Plugin?
    ) -> [String] {
        Set(old.keys).union(new.keys).sorted().compactMap { key in
            let (before, after) = (old[key] ?? .null, new[key] ?? .null)
            guard before != after else { return nil }
            return "\(place)\(key) \(SettingWords.of(before, key, plugin)) → \(SettingWords.of(after, key, plugin))"
        }
    }

    private static func levels(_ review: [ReviewLevel]) -> String {
        "[" + review.map { level in level.over.map { "\(level.level)>\($0)" } ?? level.level }.joined(separator: ",")
            + "]"
    }

    private static func ceiling(_ ceiling: Ceiling?) -> String {
        guard let ceiling else { return "-" }
        return "\(ceiling.persons.map(String.init) ?? "-")/\(ceiling.amount?.description ?? "-")"
    }
}

/// Settings as people write them: money in yuan, rates in percent.
enum SettingWords {
    static func of(_ settings: [String: Value], plugin: Plugin?) -> [(String, String)] {
        settings.keys.sorted().map { ($0, of(settings[$0] ?? .null, $0, plugin)) }
    }

    static func of(_ value: Value, _ key: String, _ plugin: Plugin?) -> String {
        let type = plugin?.manifest.settings.first { $0.name == key }?.type
        return of(value, type)
    }

    static func of(_ value: Value, _ type: FieldType?) -> String {
        switch (value, type) {
        case (.null, _): "-"
        case (.int(let fen), .money?): Money(fen: fen).yuan + "元"
        case (.int(let points), .rate?): Rate(basisPoints: points).description
        case (_, .nullable(let inner)?): of(value, inner)
        case (.list(let items), .list(let inner)?): "[" + items.map { of($0, inner) }.joined(separator: ", ") + "]"
        case (.map(let members), .object(let fields)?):
            "{"
                + fields.map { field in "\(field.name): \(of(members[field.name] ?? .null, field.type))" }
                .joined(separator: ", ") + "}"
        case (.text(let text), _): text
        default: value.json
        }
    }
}
