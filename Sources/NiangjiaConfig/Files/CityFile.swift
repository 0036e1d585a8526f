import NiangjiaCore

/// `config/niangjia.yaml`.
enum CityFile {
    static let shape = Shape.object(ObjectShape(keys: keys + DoorKeys.keys, gone: ["areas", "language"]))

    private static let keys: [Key] = [
        Key(
            "name", "城市工会名称", "Name", .localText, required: true,
            doc: (
                "显示在页面和报表上", "Stands on pages and reports"
            )),
        Key(
            "organization", "市总工会代码", "Root union", .scalar(.unionCode), required: true,
            doc: (
                "组织树的根", "The root of the tree of organisations"
            )),
        Key(
            "approval", "变更审批", "Approval",
            .scalar(
                .choice([
                    Choice("second_person", "须第二人批准(默认)", "a second person approves (the default)"),
                    Choice("demo", "立即生效,只用于演示", "active at once, for demonstrations only"),
                ])), doc: ("配置变更是否须第二人批准", "Whether a second person approves changes")),
        Key(
            "listen", "监听地址", "Listen", .scalar(.address),
            doc: (
                "默认 127.0.0.1:8080;对外须经反向代理", "Default 127.0.0.1:8080"
            )),
    ]

    static func parse(_ bytes: [UInt8], _ surroundings: ConfigSurroundings, _ problems: Problems) -> CitySettings? {
        guard let root = ConfigFile.checked(bytes, shape, problems) else { return nil }
        guard let name = Reading.localText(root["name"]), let organization = root["organization"]?.text else {
            return nil
        }
        var city = CitySettings(name: name, organization: organization)
        if let approval = root["approval"]?.text.flatMap({ CitySettings.Approval(rawValue: $0) }) {
            city.approval = approval
        }
        if let listen = root["listen"]?.text { city.listen = listen }
        city.door = DoorKeys.parse(root, problems)
        if let known = surroundings.isOrganization, !known(organization) {
            problems.error(
                root["organization"], "organization", zh: "没有代码为 \(organization) 的工会",
                en: "there is no union \(organization)")
        }
        return city
    }
}

extension ConfigFile {
    /// The root of a file whose shape was checked; nil where it is no mapping.
    static func checked(_ bytes: [UInt8], _ shape: Shape, _ problems: Problems) -> YAMLNode? {
        guard let root = root(bytes, problems) else { return nil }
        ShapeChecker(problems: problems).check(root, shape, path: "", label: LocalText(zh: "", en: ""))
        return root.isMapping ? root : nil
    }
}
