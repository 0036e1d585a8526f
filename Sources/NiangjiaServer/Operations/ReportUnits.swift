/// The counting units of a union's report in English; a unit like `家/人` names one for each part of its figure.
enum ReportUnits {
    private static let words = [
        "万元": "10,000 yuan", "元": "yuan", "人次": "times served", "人": "people", "户次": "times (households)",
        "户": "households", "家": "organizations", "场": "events", "个": "items", "件": "cases", "项": "items",
        "天": "days", "%": "%",
    ]

    static func english(_ unit: String) -> String {
        unit.split(separator: "/").map { words[String($0)] ?? String($0) }.joined(separator: "/")
    }
}
