import NiangjiaCore

/// The counting units of a union's report, in English too.
enum ReportUnits {
    private static let words = [
        "人次": "times served", "人": "people", "户次": "times (households)",
        "户": "households", "家": "organizations", "场": "events", "个": "items", "件": "cases", "项": "items",
        "天": "days", "工作日": "working days", "份": "answers",
    ]

    static func word(_ unit: String, _ language: Language) -> String {
        language == .zh ? unit : words[unit] ?? unit
    }
}
