import Foundation
import NiangjiaCore

extension DemoCity {
    /// What the importer must be told about these files beyond its built-in titles and words: file name → mapping.
    ///
    /// A city's own words for occupations and exposures are no mistake, they are a mapping; see `docs/administrator.md`.
    public static let mappings: [String: Value] = [
        "organizations.csv": ["kind": "organization", "values": ["exposure": exposureWords]],
        "people.csv": [
            "kind": "person",
            "values": [
                "exposure": exposureWords,
                "occupation": .map(
                    Dictionary(
                        (Trade.all.map { ($0.title, $0.occupation) } + [("公交司机", "bus_driver")]).map {
                            ($0, Value.text($1))
                        },
                        uniquingKeysWith: { first, _ in first })),
            ],
        ],
        "households.csv": ["kind": "household"],
        "stations.csv": ["kind": "station"],
        "fund_openings.csv": ["kind": "fund_opening"],
    ]

    /// The order in which the files can be taken: what is referred to comes first.
    public static let importOrder = [
        "organizations.csv", "households.csv", "people.csv", "stations.csv", "fund_openings.csv",
    ]

    private static let exposureWords: Value = [
        "户外露天": "outdoor", "室内高温": "high_temp_indoor", "重点工程": "key_project", "应急值守": "emergency_duty",
        "空调办公": "office_air_conditioned", "室内常温": "indoor", "无": "none",
    ]

    /// Writes a mapping beside each file, `people.mapping.yaml` for `people.csv`, as an administrator would keep it.
    func writeMappings(to folder: URL) throws {
        for (name, mapping) in DemoCity.mappings {
            let url = folder.appendingPathComponent(name.replacingOccurrences(of: ".csv", with: ".mapping.yaml"))
            try Data(DemoCity.yaml(mapping, indent: "").utf8).write(to: url, options: .atomic)
        }
    }

    private static func yaml(_ value: Value, indent: String) -> String {
        guard let members = value.map else { return "" }
        return members.sorted { $0.key < $1.key }.map { key, member in
            member.map == nil
                ? "\(indent)\(key): \(member.text ?? "")\n" : "\(indent)\(key):\n" + yaml(member, indent: indent + "  ")
        }.joined()
    }
}
