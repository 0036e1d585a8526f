import NiangjiaCore

extension Operations {
    static let accountOperations: [Operation] = [
        Operation("account.add", .founding(.manageAccounts), addAccount),
        Operation("account.list", .permission(.seeAccounts), listAccounts),
        Operation("account.disable", .permission(.manageAccounts)) { call in
            let id = try call.arguments.text("account")
            try await call.host.access.disable(id, by: call.name)
            call.output.line(
                "账号 \(id) 已停用,其登录已全部结束。", en: "The account \(id) is closed; its sign-ins have ended.")
            call.output.answer(["account": .text(id), "state": "disabled"])
        },
        Operation("account.login", .shell, reach: .selfOnly, beforeEnrolment: true, login),
        Operation("account.password", .signIn, reach: .selfOnly, changePassword),
        Operation("account.totp.enrol", .signIn, reach: .selfOnly, beforeEnrolment: true, enrolFactor),
        Operation("account.totp.confirm", .signIn, reach: .selfOnly, beforeEnrolment: true, confirmFactor),
        Operation("account.totp.remove", .signIn, reach: .selfOnly, removeFactor),
        Operation("account.logout", .shell, reach: .selfOnly, beforeEnrolment: true) { call in
            try await call.host.access.signOut(try call.arguments.text("token"))
            call.output.line("已退出登录。", en: "Signed out.")
            call.output.answer(["signed_out": true])
        },
    ]

    /// The first account is added by whoever has the folder, and is a system administrator; every other by one who has signed in.
    private static func addAccount(_ call: Call) async throws {
        let roles = try call.arguments.list("roles").map { value -> RoleGrant in
            guard let grant = value.text.flatMap({ RoleGrant($0) }) else {
                let names = Role.allCases.map { $0 == .reviewer ? "reviewer:basic|county|city|province" : $0.rawValue }
                throw NiangjiaError(
                    .invalid, zh: "没有角色 \(value.text ?? value.json)。可用:\(names.joined(separator: " "))。",
                    en: "There is no role \(value.text ?? value.json). Roles: \(names.joined(separator: " ")).",
                    place: "/roles")
            }
            return grant
        }
        if try await call.host.access.isUnfounded() {
            guard roles == [RoleGrant(.systemAdmin)] else {
                throw NiangjiaError(
                    .invalid, zh: "第一个账号须是系统管理员(--role system_admin),且只有这一个角色。",
                    en: "The first account is a system administrator (--role system_admin) and nothing else.",
                    place: "/roles")
            }
        } else {
            _ = try call.actor(.manageAccounts)
        }
        let id = try call.arguments.text("account")
        var account = Account(
            id: id, display: try call.arguments.optionalText("display") ?? id, roles: roles)
        if let code = try call.arguments.optionalText("organization") {
            account.scope = try await call.host.store.read { try Lookup.organization(code, in: $0) }
        }
        if call.arguments.value["person"] != .null { account.person = try call.arguments.id("person") }
        let others = try await samePerson(as: account, call)
        let added = try await call.host.access.add(
            account, password: try call.arguments.text("password"), by: call.name)
        others.forEach { call.output.line("提醒:" + $0.zh, en: "Note: " + $0.en) }
        call.output.line(
            "已添加账号 \(added.id)(\(added.roles.map(\.role.title.zh).joined(separator: "、")))。",
            en: "Added the account \(added.id) (\(added.roles.map(\.role.title.en).joined(separator: ", "))).")
        call.output.answer(added.value)
    }

    /// What a second account of one person means for whoever gives it. (Two of the three administrators in one person are refused.)
    private static func samePerson(as account: Account, _ call: Call) async throws -> [LocalText] {
        let isKeptApart = account.roles.contains { Role.keptApart.contains($0.role) }
        guard let person = account.person else {
            guard isKeptApart, try await !call.host.access.isUnfounded() else { return [] }
            return [
                LocalText(
                    zh: "没有写 --person:系统管理员、安全管理员、审计员须是不同的人,写明人员编号才能核对。",
                    en:
                        "no --person: system administrator, security officer and auditor are different people; only with the person's id can that be checked."
                )
            ]
        }
        let office: Set<Role> = [
            .reviewer, .treasurer, .payer, .programAdmin, .systemAdmin, .securityOfficer, .auditor,
        ]
        guard account.roles.contains(where: { office.contains($0.role) }) else { return [] }
        return try await call.host.access.list().filter { other in
            other.person == person && other.isActive && other.roles.contains { office.contains($0.role) }
        }.map { other in
            LocalText(
                zh:
                    "同一人已有账号 \(other.id)(\(other.roles.map(\.role.title.zh).joined(separator: "、"))):两个账号算一个人,不能互相批准或复核。",
                en:
                    "the same person has the account \(other.id) (\(other.roles.map(\.role.title.en).joined(separator: ", "))): both count as one person, neither approves the other."
            )
        }
    }

    private static func listAccounts(_ call: Call) async throws {
        let accounts = try await call.host.access.list()
        call.output.table(
            ["账号", "姓名", "角色", "状态"], en: ["account", "name", "roles", "state"],
            accounts.map {
                [
                    $0.id, $0.display, $0.roles.map(\.description).joined(separator: ","),
                    $0.isActive ? call.output.word("在用", "active") : call.output.word("停用", "closed"),
                ]
            })
        call.output.answer(.list(accounts.map(\.value)))
    }

    private static func login(_ call: Call) async throws {
        let account = try call.arguments.text("account")
        let signIn = try await call.host.access.signIn(
            account, password: try call.arguments.text("password"), code: try call.arguments.optionalText("code"),
            needing: await call.host.secondFactorRoles())
        call.output.line(
            "\(signIn.account.display) 已登录,有效至 \(signIn.expires)。",
            en: "\(signIn.account.display) is signed in until \(signIn.expires).")
        if signIn.isLimited {
            call.output.line(
                "您的角色须用动态口令:请先 niangjia account totp enrol,确认后重新登录;在此之前不能办理其他事项。",
                en:
                    "Your roles take a one-time code: niangjia account totp enrol first, then sign in again; until then nothing else can be done."
            )
        }
        let scope = signIn.account.scope
        let own = try await call.host.store.read { reader in
            try scope.flatMap { try OrganizationName.of($0, in: reader) }
        }
        call.output.answer([
            "account": .text(account), "display": .text(signIn.account.display), "token": .text(signIn.token),
            "organization": own?.value ?? .null,
            "expires": .text(signIn.expires.description), "must_enrol": .bool(signIn.isLimited),
            "roles": .list(signIn.account.roles.map { .text($0.description) }),
        ])
    }
}
