import NiangjiaCore

extension Routes {
    private static let code = Route.Parameter.body(
        "code", .text(.line, least: 6, most: 40).told("动态口令", "A one-time code", "492039"), required: true, "动态口令或恢复码",
        "A one-time code, or a recovery code")

    private static let account = Schema.named("SignInChanged", .members(["account": .account]))

    /// How somebody signs in: their password and their second factor.
    static let signIn: [Route] = [
        Route(
            .post, "/api/v1/me/password", "account.password", .sessions, once: false,
            [
                .body(
                    "password", .text(.line, least: 1, most: 200).told("现在的密码", "The present password", "十个字符以上的密码"),
                    required: true, "现在的密码", "The present password"),
                .body(
                    "new_password", .text(.line, least: 10, most: 200).told("新密码", "The new password", "另一个十个字符以上的密码"),
                    required: true, "新密码", "The new password"),
            ], answers: .one(account), "修改本人密码;登录全部结束", "Change one's own password; every sign-in of it ends"),
        Route(
            .post, "/api/v1/me/second-factor", "account.totp.enrol", .sessions, once: false,
            [
                .body(
                    "password", .text(.line, least: 1, most: 200).told("密码", "The password", "niangjia-demo"),
                    required: true, "现在的密码", "The present password")
            ],
            answers: .one(
                .named(
                    "Enrolment",
                    .members([
                        "secret": .words.told("验证器的密钥(base32),只给一次", "For the authenticator (base32), told once"),
                        "address": .words.told("otpauth 地址", "The same as an otpauth address"),
                    ]))), "取得动态口令的密钥", "Get the secret of a second factor"),
        Route(
            .post, "/api/v1/me/second-factor/confirmation", "account.totp.confirm", .sessions, once: false, [code],
            answers: .one(
                .named(
                    "EnrolmentConfirmed",
                    .members([
                        "account": .account,
                        "recovery_codes": Answers.texts.told("恢复码,每个只能用一次", "Recovery codes, each used once"),
                    ]))), "用第一个口令启用;登录全部结束", "Confirm it by its first code; every sign-in ends"),
        Route(
            .post, "/api/v1/me/second-factor/removal", "account.totp.remove", .sessions, once: false, [code],
            answers: .one(account), "移除本人的动态口令;登录全部结束", "Remove one's own second factor; every sign-in ends"),
    ]

    /// The sign-ins that have not ended: one's own, and all of an account's for whoever may disable it.
    static let openSessions: [Route] = [
        Route(
            .get, "/api/v1/me/sessions", "account.sessions", .sessions,
            answers: .whole(
                Answers.openSession, LocalText(zh: "一个账号,12 小时之内", en: "one account's, of 12 hours")), "本人没有结束的登录",
            "One's own sign-ins that have not ended"),
        Route(
            .delete, "/api/v1/me/sessions", "account.sessions.end", .sessions, answers: .one(Answers.sessionsEnded),
            "结束本人的其他登录(如手机丢失);现在这一个照常有效", "End one's other sign-ins, after a loss; this one goes on"),
        Route(
            .delete, "/api/v1/me/sessions/{id}", "account.sessions.end", name: "accountSessionEnd",
            .sessions,
            [
                .path(
                    "id", .digest(16).told("登录的代号", "What it is called", "3f2a91c05d7e8b14"), as: "session", "登录的代号",
                    "What the sign-in is called")
            ], answers: .one(Answers.sessionsEnded), "结束本人的一个登录", "End one of one's own sign-ins"),
        Route(
            .delete, "/api/v1/accounts/{account}/sessions", "account.sign_out", .sessions,
            [.path("account", .account.told("账号", "The account", "zhao"), "账号", "The account")],
            answers: .one(Answers.sessionsEnded), "结束一个账号的全部登录;账号仍可登录",
            "End every sign-in of an account, which may sign in again"),
    ]
}
