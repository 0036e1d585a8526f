import NiangjiaCore

/// What rows of an import become.
public enum ImportKind: Hashable, Sendable, CustomStringConvertible {
    case person
    case organization
    case household
    case station
    case fundOpening
    /// The tax bureau's file of union dues: read here, reconciled and booked by the core.
    case dues
    /// Figures that other registers count, for the year report.
    case figures
    /// A record table of a plugin.
    case record(plugin: String, record: String)

    /// Reads `person`, `fund_opening`, `record:<plugin>/<record>` …
    public init?(_ text: some StringProtocol) {
        switch text {
        case "person": self = .person
        case "organization": self = .organization
        case "household": self = .household
        case "station": self = .station
        case "fund_opening": self = .fundOpening
        case "dues": self = .dues
        case "figures": self = .figures
        default:
            let parts = String(text).dropFirst(7).split(separator: "/", omittingEmptySubsequences: false).map(
                String.init)
            guard text.hasPrefix("record:"), parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
            self = .record(plugin: parts[0], record: parts[1])
        }
    }

    public var description: String {
        switch self {
        case .person: "person"
        case .organization: "organization"
        case .household: "household"
        case .station: "station"
        case .fundOpening: "fund_opening"
        case .dues: "dues"
        case .figures: "figures"
        case .record(let plugin, let record): "record:\(plugin)/\(record)"
        }
    }
}

/// How a city's file becomes rows of a register: column titles → fields, constants, words → codes.
///
/// Everything is optional but the kind: the built-in titles (`姓名`, `身份证号` …) hold where the mapping says nothing.
public struct ImportMapping: Hashable, Sendable {
    public var kind: ImportKind
    /// Sheet of a workbook; nil is the first visible.
    public var sheet: String?
    /// The row that holds the titles, from 1; nil finds it among the first 30.
    public var headerRow: Int?
    /// Title → field.
    public var columns: [String: String]
    /// Field → what every row holds.
    public var constants: [String: String]
    /// Field → typed word → code.
    public var values: [String: [String: String]]
    /// The fields that tell rows apart; empty: the register's own key.
    public var key: [String]
    /// Titles that are knowingly left out.
    public var ignored: Set<String>
    /// Whether an empty cell empties the field; else it leaves it as it was.
    public var emptyClears: Bool
    /// From when the rows are true; nil is the day of import.
    public var validFrom: CivilDate?

    public init(_ kind: ImportKind) {
        self.kind = kind
        sheet = nil
        headerRow = nil
        columns = [:]
        constants = [:]
        values = [:]
        key = []
        ignored = []
        emptyClears = false
        validFrom = nil
    }
}

extension ImportMapping {
    /// Reads a mapping file: `{kind: person, columns: {职工姓名: name}, constants: {union_code: "990101"}, values: {sex: {男: male}},
    /// sheet: …, header_row: 2, key: […], ignore: […], empty: keep|clear, valid_from: 2026-01-01}`. The error's place is a JSON
    /// pointer.
    public init(_ value: Value) throws(NiangjiaError) {
        guard let members = value.map else { throw ImportMapping.wrong("", "映射文件应为键值", "a mapping is a map") }
        guard let kind = value["kind"].text.flatMap({ ImportKind($0) }) else {
            throw ImportMapping.wrong(
                "/kind", "kind 应为 person、organization、household、station、fund_opening、dues、figures 或 record:插件/记录",
                "kind is person, organization, household, station, fund_opening, dues, figures or record:<plugin>/<record>"
            )
        }
        self.init(kind)
        let known: Set<String> = [
            "kind", "sheet", "header_row", "columns", "constants", "values", "key", "ignore", "empty", "valid_from",
        ]
        if let stranger = members.keys.filter({ !known.contains($0) }).min() {
            throw ImportMapping.wrong("/\(stranger)", "不认识的键 \(stranger)", "unknown key \(stranger)")
        }
        sheet = value["sheet"].text
        if let row = value["header_row"].int {
            guard (1...1000).contains(row) else {
                throw ImportMapping.wrong("/header_row", "标题行应在 1–1000", "header_row is 1 to 1000")
            }
            headerRow = Int(row)
        }
        columns = try ImportMapping.words(value["columns"], at: "/columns")
        constants = try ImportMapping.words(value["constants"], at: "/constants")
        for (field, words) in value["values"].map ?? [:] {
            values[field] = try ImportMapping.words(words, at: "/values/\(field)")
        }
        key = (value["key"].list ?? []).compactMap(\.text)
        ignored = Set((value["ignore"].list ?? []).compactMap(\.text))
        switch value["empty"].text {
        case nil, "keep": emptyClears = false
        case "clear": emptyClears = true
        default: throw ImportMapping.wrong("/empty", "empty 应为 keep 或 clear", "empty is keep or clear")
        }
        if !value["valid_from"].isNull {
            guard let date = value["valid_from"].date else {
                throw ImportMapping.wrong("/valid_from", "日期应写作 2026-01-01", "write the date as 2026-01-01")
            }
            validFrom = date
        }
        let fields = Set(ImportField.fields(of: kind).map(\.name))
        guard !fields.isEmpty else { return }
        for (place, names) in [
            ("columns", Array(columns.values)), ("constants", Array(constants.keys)), ("values", Array(values.keys)),
            ("key", key),
        ] {
            if let stranger = names.filter({ !fields.contains($0) && $0 != ImportField.confirm }).min() {
                throw ImportMapping.wrong("/\(place)", "\(kind) 没有字段 \(stranger)", "\(kind) has no field \(stranger)")
            }
        }
    }

    private static func words(_ value: Value, at place: String) throws(NiangjiaError) -> [String: String] {
        if value.isNull { return [:] }
        guard let members = value.map else { throw wrong(place, "应为键值", "a map is expected") }
        var found: [String: String] = [:]
        for (key, item) in members {
            switch item {
            case .text(let text): found[key] = text
            case .int(let number): found[key] = String(number)
            case .bool(let flag): found[key] = flag ? "true" : "false"
            default: throw wrong("\(place)/\(key)", "应为文本", "a text is expected")
            }
        }
        return found
    }

    private static func wrong(_ place: String, _ zh: String, _ en: String) -> NiangjiaError {
        NiangjiaError(.configuration, zh: zh, en: en, place: place)
    }
}
