/// The counting units of a union's report, in English too.
public enum ReportUnits {
    private static let words = [
        "人次": "times served", "人": "people", "户次": "times (households)",
        "户": "households", "家": "organizations", "场": "events", "个": "items", "件": "cases", "项": "items",
        "天": "days", "工作日": "working days", "份": "answers",
        "万元": "10,000 yuan", "元": "yuan",
    ]

    /// A unit, or several with slashes between them, in a language.
    public static func word(_ unit: String, _ language: Language) -> String {
        guard language == .en else { return unit }
        return unit.split(separator: "/").map { words[String($0)] ?? String($0) }.joined(separator: "/")
    }
}
