import NiangjiaCore

extension Host {
    /// Roles that sign in with a second factor, as the configuration in force has it.
    func secondFactorRoles() async -> Set<Role> {
        Set((try? await bundles.active().city.door.secondFactor) ?? [])
    }

    /// The account behind a token, held to the configuration in force.
    func authenticate(_ token: String) async throws -> Account {
        try await access.authenticate(token, needing: { await secondFactorRoles() })
    }
}

extension Operation {
    /// Refuses an account whose roles need a second factor everything but enrolling one.
    func checkEnrolled(_ account: Account?) throws {
        guard let account, account.mustEnrol, !beforeEnrolment else { return }
        throw Access.enrolFirst
    }
}

extension Operations {
    /// A person's own password; devices have none.
    static func changePassword(_ call: Call) async throws {
        let account = try person(call)
        try await call.host.access.changePassword(
            account.id, from: try call.arguments.text("password"), to: try call.arguments.text("new_password"))
        call.output.line(
            "密码已修改,\(account.id) 的登录已全部结束:请重新登录。",
            en: "The password was changed and every sign-in of \(account.id) has ended: sign in again.")
        call.output.answer(["account": .text(account.id)])
    }

    static func enrolFactor(_ call: Call) async throws {
        let account = try person(call)
        let issuer = (try? await call.host.bundles.active().city.name.zh) ?? "niangjia"
        let enrolment = try await call.host.access.enrolFactor(
            account.id, password: try call.arguments.text("password"), issuer: issuer)
        call.output.line(
            "在手机的验证器中添加(只显示这一次):\(enrolment.secret)",
            en: "Add it to the authenticator on your telephone (shown this once): \(enrolment.secret)")
        call.output.line("  \(enrolment.address)")
        call.output.line(
            "然后:niangjia account totp confirm 六位数字 --as \(account.id)",
            en: "Then: niangjia account totp confirm DIGITS --as \(account.id)")
        call.output.answer(["secret": .text(enrolment.secret), "address": .text(enrolment.address)])
    }

    static func confirmFactor(_ call: Call) async throws {
        let account = try person(call)
        let codes = try await call.host.access.confirmFactor(account.id, code: try call.arguments.text("code"))
        call.output.line(
            "动态口令已启用,\(account.id) 的登录已全部结束。恢复码(每个只能用一次,请抄下另存):",
            en:
                "The second factor is in use and every sign-in of \(account.id) has ended. Recovery codes, each used once; write them down:"
        )
        codes.forEach { call.output.line("  \($0)") }
        call.output.answer(["account": .text(account.id), "recovery_codes": .list(codes.map { .text($0) })])
    }

    /// One's own with a code; somebody else's by a system administrator, who isn't the same person.
    static func removeFactor(_ call: Call) async throws {
        let account = try person(call)
        let named = try call.arguments.optionalText("account") ?? account.id
        if named == account.id {
            try await call.host.access.removeFactor(named, code: try call.arguments.text("code"), by: account.id)
        } else {
            guard account.may(.manageAccounts) else { throw Access.forbidden(.manageAccounts) }
            let areTwo = try await call.host.store.read { try Access.areTwoPeople(named, account.id, in: $0) }
            guard areTwo else {
                throw NiangjiaError(
                    .forbidden, zh: "同一人的账号须用它自己的动态口令移除。", en: "An account of one's own is freed by its own code.")
            }
            try await call.host.access.removeFactor(named, code: nil, by: account.id)
        }
        call.output.line(
            "已移除 \(named) 的动态口令,其登录已全部结束。",
            en: "The second factor of \(named) was removed and its sign-ins have ended.")
        call.output.answer(["account": .text(named)])
    }

    /// The account of a person: devices have no password and no sign-ins.
    static func person(_ call: Call) throws -> Account {
        let account = try signedIn(call)
        guard account.device == nil else { throw Access.forbidden(.manageAccounts) }
        return account
    }
}
