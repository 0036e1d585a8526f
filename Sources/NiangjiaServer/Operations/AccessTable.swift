import NiangjiaCore
import NiangjiaWeb

/// Who may do what with whose records, computed from the operations themselves: what `docs/reference/access.md` shows, and what
/// the access matrix of the tests is compared with.
public enum AccessTable {
    /// What a role may do with an operation.
    public enum Cell: String, Hashable, Sendable {
        /// Nothing.
        case no = "-"
        /// Use it as long as there is no account at all.
        case first
        /// Use it at the host itself, like whoever may read the data folder; not over HTTP.
        case host
        /// Use it; it is about nobody.
        case yes
        /// Use it on one's own.
        case own
        /// Use it on what lies in the account's part of the city.
        case part
        /// Use it with an account that is bound to no part.
        case city
    }

    /// What somebody with one role may do with an operation; nil: somebody who hasn't signed in.
    public static func cell(_ operation: Operation, _ role: Role?) -> Cell {
        switch operation.need {
        case .shell: if let role, !mayAskOverHTTP(operation, role) { return .host }
        case .signIn: guard role != nil else { return .no }
        case .founding(let permission):
            guard let role else { return .first }
            guard permission.roles.contains(role) else { return .no }
        case .anyOf(let permissions):
            guard let role, permissions.contains(where: { $0.roles.contains(role) }) else { return .no }
        }
        switch operation.reach {
        case .open, .selfOnly: return .yes
        case .part: return .part
        case .city: return .city
        case .own:
            guard let role else { return .no }
            return seesOthers(role) ? .part : .own
        }
    }

    /// Whether the API lets a role ask for what asks for no sign-in at the host itself.
    private static func mayAskOverHTTP(_ operation: Operation, _ role: Role) -> Bool {
        Routes.all.contains { route in
            route.operation == operation.name
                && (route.permissions.isEmpty || route.permissions.contains { $0.roles.contains(role) })
        }
    }

    /// Whether a role sees cases and decisions of others, as ``CaseRights`` has it.
    static func seesOthers(_ role: Role) -> Bool {
        Permission.seeCases.roles.contains(role) || Permission.seeJournal.roles.contains(role)
    }

    /// The document, zh-CN first.
    public static var markdown: String {
        var out = """
            # 谁可以做什么 Who may do what

            由程序生成,与程序不符时测试失败(`NIANGJIA_UPDATE=1 swift test --filter AccessMatrix` 重新生成);不要手改。 Written by the program; a test fails where it differs.

            * `first` 只在还没有任何账号时。 Only while there is no account at all.
            * `host` 只在主机上,与能读数据文件夹的人相同;不能通过 HTTP。 At the host itself only, like whoever may read its folder; not over HTTP.
            * `yes` 可以,不涉及个人。 Allowed; it is about nobody.
            * `own` 只限本人的(本人的申请、对本人的核定;单位经办:自己提交的)。 One's own only.
            * `part` 账号所辖组织之内的;别处的与不存在的答复相同(404)。 What lies in the account's part of the city; what lies elsewhere is answered like what doesn't exist.
            * `city` 只限不绑定组织的账号。 Accounts that are bound to no organisation.
            * `-` 不可以。 Not allowed.

            第一列“未登录”:能读数据文件夹的人在命令行、以及不必登录的接口(`GET /api/v1/health`、`GET /api/v1/stations/nearby`、登录);
            其余接口都要登录。 The first column is who can read the data folder, on the command line; over HTTP only health, stations nearby and
            signing in need no sign-in.

            例外 Exceptions:

            * 经办可以替任何持有人员编号的人提交(就近服务);规则只回答是否符合。 A clerk files for anybody whose id they were given.
            * 表单可以把一部分写给插件自己的角色(律师、评委):`forms.….by`、`stages`、`sealed`,见 [plugin-author.md](../plugin-author.md)。 Forms may give a part to roles of the plugin.
            * 单位经办按姓名、证件号、手机号只找到所辖单位的会员,只答编号和遮盖的姓名,每一次都记入查看日志。 A unit clerk finds its unit's members only, by name, ID number or phone, and is told their ids and masked names; each look is logged.
            * 领取物品对任何人,凭本人出示的编号。 Goods are handed to whoever shows the id.

            ## 操作 Operations


            """
        let roles = Role.allCases
        out += "| 操作 Operation | 范围 Reach | 未登录 | " + roles.map(\.title.zh).joined(separator: " | ") + " |\n"
        out += "|---|---|---|" + roles.map { _ in "---" }.joined(separator: "|") + "|\n"
        for operation in Operations.all.sorted(by: { $0.name < $1.name }) {
            let cells = ([nil] + roles.map { $0 }).map { cell(operation, $0).rawValue }
            out += "| `\(operation.name)` | \(operation.reach.title.zh) | " + cells.joined(separator: " | ") + " |\n"
        }
        out += "\n## 权限 Permissions\n\n| 权限 Permission | 角色 Roles |\n|---|---|\n"
        for permission in Permission.allCases {
            let titles = roles.filter { permission.roles.contains($0) }.map { "\($0.title.zh)(\($0.rawValue))" }
            out += "| `\(permission.rawValue)` | \(titles.joined(separator: "、")) |\n"
        }
        return out
    }

    /// The rows of the matrix, as the tests keep them: operation, then a cell for nobody and for each role.
    public static var lines: [String] {
        Operations.all.sorted { $0.name < $1.name }.map { operation in
            let cells = ([nil] + Role.allCases.map { $0 }).map { cell(operation, $0).rawValue }
            let name = operation.name + String(repeating: " ", count: max(1, 22 - operation.name.count))
            return name + cells.map { $0 + String(repeating: " ", count: 6 - $0.count) }.joined().trimmingSuffix()
        }
    }
}

extension String {
    fileprivate func trimmingSuffix() -> String {
        var text = self
        while text.hasSuffix(" ") { text.removeLast() }
        return text
    }
}
