import NiangjiaCore

/// `config/facilities.yaml`: the vocabulary of stations' facilities.
enum FacilitiesFile {
    static let shape = Shape.object(
        Key(
            "facilities", "设施", "Facilities",
            .list(
                .object(
                    Key("code", "代码", "Code", .scalar(.name), required: true),
                    Key("group", "组", "Group", .scalar(.name), required: true),
                    Key("title", "名称", "Title", .localText, required: true)), count: 1...500), required: true),
        gone: ["standards"])

    static func parse(_ bytes: [UInt8], _ problems: Problems) -> FacilitiesSettings? {
        guard let root = ConfigFile.checked(bytes, shape, problems) else { return nil }
        var facilities = FacilitiesSettings()
        for (index, node) in (root["facilities"]?.items ?? []).enumerated() {
            guard let code = node["code"]?.text, let title = Reading.localText(node["title"]) else { continue }
            if facilities.facilities.contains(where: { $0.code == code }) {
                problems.error(
                    node["code"], "facilities[\(index)].code", zh: "设施 \(code) 重复", en: "facility \(code) stands twice")
            }
            facilities.facilities.append(.init(code: code, group: node["group"]?.text ?? "", title: title))
        }
        return facilities
    }
}
