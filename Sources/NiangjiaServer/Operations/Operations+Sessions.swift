import NiangjiaCore

extension Operations {
    static let sessionOperations: [Operation] = [
        Operation("account.sessions", .signIn, reach: .selfOnly, listSessions),
        Operation("account.sessions.end", .signIn, reach: .selfOnly, endSessions),
        Operation("account.sign_out", .permission(.manageAccounts), signOutAccount),
    ]

    /// One's own sign-ins, the newest first: nobody else's, who manages accounts included.
    private static func listSessions(_ call: Call) async throws {
        let account = try person(call)
        let sessions = try await call.host.access.sessions(of: account.id)
        call.output.table(
            ["登录", "开始", "最近使用", "最迟失效", ""], en: ["sign-in", "opened", "last used", "ends by", ""],
            sessions.map { one in
                [
                    one.id, one.openedAt.description, one.lastUsedAt.description, one.expires.description,
                    one.id == account.session ? call.output.word("现在这一个", "this one") : "",
                ]
            })
        call.output.answer(
            .list(
                sessions.map { one in
                    [
                        "session": .text(one.id), "opened_at": .text(one.openedAt.description),
                        "last_used_at": .text(one.lastUsedAt.description), "expires": .text(one.expires.description),
                        "current": .bool(one.id == account.session),
                    ]
                }))
    }

    /// Ends the sign-in that is named; where none is, all but the one that asks.
    private static func endSessions(_ call: Call) async throws {
        let (account, access) = (try person(call), call.host.access)
        var count = 1
        if let id = try call.arguments.optionalText("session") {
            try await access.end(session: id, of: account.id, by: account.id)
            call.output.line("登录 \(id) 已结束。", en: "The sign-in \(id) has ended.")
        } else {
            count = try await access.endSessions(of: account.id, but: account.session, by: account.id)
            call.output.line(
                "其他登录已结束:\(count) 个;现在这一个照常有效。", en: "Other sign-ins ended: \(count). This one goes on.")
        }
        call.output.answer(["account": .text(account.id), "ended": .int(Int64(count))])
    }

    /// Ends every sign-in of an account, by whoever may disable it: its owner has lost a telephone, or doesn't answer for what
    /// is done under the name. The account goes on, and may sign in again.
    private static func signOutAccount(_ call: Call) async throws {
        let id = try call.arguments.text("account")
        guard try await call.host.store.read({ try Access.account(id, in: $0) }) != nil else {
            throw NiangjiaError(.notFound, zh: "没有账号 \(id)。", en: "There is no account \(id).", place: "/account")
        }
        let count = try await call.host.access.endSessions(of: id, by: call.name)
        call.output.line(
            "\(id) 的登录已全部结束:\(count) 个。账号仍可登录;要停用用 niangjia account disable \(id)。",
            en:
                "Every sign-in of \(id) has ended: \(count). It may sign in again; niangjia account disable \(id) ends it."
        )
        call.output.answer(["account": .text(id), "ended": .int(Int64(count))])
    }
}
