/// The names of a metric's groups: words, and never an id.
struct GroupNames {
    /// In the place of values, of grants that no application asked for.
    static let batch: Value = .list([])

    /// The host's own words in English.
    static let english = [
        "是": "yes", "否": "no", "未填": "not filled in", "批量核定": "by batch", gone.name: "no longer registered",
    ]

    /// A place that is there no more.
    private static let gone = (name: "已不在册", code: "")

    private let types: [FieldType]
    private let plugin: String

    init(_ plan: MetricPlan, _ plugin: String) {
        types = plan.groups.map(\.type)
        self.plugin = plugin
    }

    /// A name for each group; two places of one name have their codes behind it. What reads the same all the same is one group.
    func names(of groups: Set<[Value]>, in reader: any StoreReader) throws -> [[Value]: String] {
        var known: [FieldType: [Value: (name: String, code: String)]] = [:]
        for group in groups {
            for (type, value) in zip(types, group) where known[type]?[value] == nil {
                known[type, default: [:]][value] = try word(value, type, in: reader)
            }
        }
        let taken = known.mapValues { Dictionary(grouping: $0.values, by: \.name) }
        return Dictionary(
            uniqueKeysWithValues: groups.map { group in
                let words = zip(types, group).map { type, value in
                    guard let (name, code) = known[type]?[value] else { return "未填" }
                    let isAmbiguous = (taken[type]?[name]?.count ?? 0) > 1 && !code.isEmpty
                    return isAmbiguous ? "\(name)(\(code))" : name
                }
                return (group, words.joined(separator: "/"))
            })
    }

    private func word(_ value: Value, _ type: FieldType, in reader: any StoreReader) throws -> (
        name: String, code: String
    ) {
        guard value != GroupNames.batch else { return ("批量核定", "") }
        switch (type, value) {
        case (.reference(let kind), .text(let text)):
            return try place(text, kind, in: reader) ?? GroupNames.gone
        case (.reference, .list): return try key(value.json, in: reader)
        case (_, .text(let text)): return (text, "")
        case (_, .int(let number)): return (String(number), "")
        case (_, .bool(let flag)): return (flag ? "是" : "否", "")
        default: return ("未填", "")
        }
    }

    /// What a place or a row is called; nil: it is there no more.
    private func place(_ text: String, _ kind: String, in reader: any StoreReader) throws -> (
        name: String, code: String
    )? {
        func named(_ table: String, _ id: SQLValue) throws -> (name: String, code: String)? {
            try reader.first("SELECT name, code FROM \(table) WHERE id = $1", [id]) { ($0.text(0), $0.text(1)) }
        }
        switch kind {
        case "organization": return try ID<Organization>(text).flatMap { try named("organization", .id($0)) }
        case "station": return try ID<Station>(text).flatMap { try named("station", .id($0)) }
        default:
            let row = try ID<Record>(text).flatMap { try RecordRows.referenced($0, in: reader) }
            // Rows refer to each other by their keys.
            return try key(row?.key ?? Value.list([.text(text)]).json, in: reader)
        }
    }

    /// A row by its key, whose parts may be places themselves; then its code is made of theirs.
    private func key(_ key: String, in reader: any StoreReader) throws -> (name: String, code: String) {
        let parts = try (Value(json: key).list ?? []).map { part -> (name: String, code: String) in
            guard let text = part.text else { return (part.json, "") }
            let kind = ID<Station>(text) != nil ? "station" : ID<Organization>(text) != nil ? "organization" : ""
            return kind.isEmpty ? (text, "") : try place(text, kind, in: reader) ?? GroupNames.gone
        }
        let codes = parts.map(\.code).filter { !$0.isEmpty }
        return (parts.map(\.name).joined(separator: " "), codes.joined(separator: " "))
    }
}
