import NiangjiaCore

/// `config/facilities.yaml`: the vocabulary of stations' facilities, and the standards they are held against.
enum FacilitiesFile {
    private static let codes = Shape.either([.scalar(.text(max: 200)), .list(.scalar(.text(max: 200)), count: 0...100)])
    private static let word = Shape.scalar(.text(max: 100))

    /// Each item is one check; the keys are the grammar of standards.
    static let item = Shape.either([
        .scalar(.text(max: 100)),
        .object(
            Key("has", "设有", "Has", codes), Key("any", "任一", "Any", codes), Key("all", "全部", "All", codes),
            Key("facilities_min", "至少设施", "At least", codes), Key("facilities_all", "全部设施", "Facilities", codes),
            Key("services", "服务", "Services", codes),
            Key("area_min_m2", "最小面积", "Least area", .scalar(.count(100_000))),
            Key("map_listed", "地图可查", "On maps", .either([.scalar(.text(max: 100)), .list(.scalar(.text(max: 100)))])),
            Key("layout", "站点布局", "Layout", word), Key("functions", "服务功能", "Functions", word),
            Key("operator", "运营主体", "Operator", word), Key("unknown", "待补", "Unknown", word)),
    ])

    static let shape = Shape.object(
        Key(
            "facilities", "设施", "Facilities",
            .list(
                .object(
                    Key("code", "代码", "Code", .scalar(.name), required: true),
                    Key("group", "组", "Group", .scalar(.name), required: true),
                    Key("title", "名称", "Title", .localText, required: true)), count: 1...500), required: true),
        Key(
            "standards", "标准", "Standards",
            .list(
                .object(
                    Key("id", "编号", "Id", .scalar(.identifier), required: true),
                    Key("version", "版本", "Version", .scalar(.text(max: 40)), required: true),
                    Key("issuer", "发布", "Issuer", .scalar(.text(max: 200)), required: true),
                    Key("title", "名称", "Title", .scalar(.text(max: 200)), required: true),
                    Key("items", "条目", "Items", .list(item, count: 1...100), required: true)))))

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
        let codes = facilities.facilities.map(\.code)
        for (index, node) in (root["standards"]?.items ?? []).enumerated() {
            guard let id = node["id"]?.text else { continue }
            if facilities.standards.contains(where: { $0.id == id }) {
                problems.error(
                    node["id"], "standards[\(index)].id", zh: "标准 \(id) 重复", en: "standard \(id) stands twice")
            }
            let items = node["items"]?.items ?? []
            for (number, item) in items.enumerated() {
                check(item, codes, "standards[\(index)].items[\(number)]", problems)
            }
            facilities.standards.append(
                .init(
                    id: id, version: node["version"]?.text ?? "", issuer: node["issuer"]?.text ?? "",
                    title: node["title"]?.text ?? id, items: items.map { ShapeValue.value($0, self.item) }))
        }
        return facilities
    }

    /// `water` and `aircon|fan` must be facilities.
    private static func check(_ node: YAMLNode, _ codes: [String], _ path: String, _ problems: Problems) {
        func check(code node: YAMLNode, _ path: String) {
            for part in (node.text ?? "").split(separator: "|").map(String.init) where !codes.contains(part) {
                let hint = Suggestion.nearest(to: part, among: codes)
                problems.error(
                    node, path, zh: "没有设施 \(part)" + (hint.map { ",是不是 \($0)?" } ?? ""),
                    en: "there is no facility \(part)" + (hint.map { "; did you mean \($0)?" } ?? ""))
            }
        }
        if node.isScalar { return check(code: node, path) }
        if node.members.count != 1 {
            problems.error(node, path, zh: "每个条目只写一项", en: "an item holds one check")
        }
        for key in ["has", "any", "all", "facilities_min", "facilities_all", "services"] {
            guard let value = node[key] else { continue }
            if value.isScalar { check(code: value, "\(path).\(key)") }
            for (index, item) in value.items.enumerated() { check(code: item, "\(path).\(key)[\(index)]") }
        }
    }
}
