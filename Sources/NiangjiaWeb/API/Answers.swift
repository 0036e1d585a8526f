import NiangjiaCore

/// What operations answer, as the document tells it.
enum Answers {
    static let texts = Schema.list(.words)
    static let season = Schema.members(["from": .date, "to": .date])
    static let plugin = Schema.members(["id": .words, "version": .words, "digest": .words])

    static let health = Schema.named(
        "Health",
        .members([
            "ok": .flag, "time": .instant, "is_demo": .flag,
            "bundle": .nullable(.digest()).told("生效中的配置", "The configuration in force"),
        ]))

    static let session = Schema.named(
        "Session",
        .members([
            "account": .account, "display": .words,
            "token": .words.told("放进 Authorization: Bearer", "Goes into Authorization: Bearer"),
            "expires": .instant, "roles": texts,
            "organization": .nullable(organizationName).told(
                "账号所属的组织(单位经办申请时的 unit);null:全市", "The account's organisation, a unit's own; null: the whole city"),
            "must_enrol": .flag.told("角色须先启用动态口令", "The roles rest until there is a second factor", false),
        ]))

    static let openSession = Schema.named(
        "OpenSession",
        .members([
            "session": .digest(16).told("登录的代号,不是令牌", "What it is called; not the token"),
            "opened_at": .instant,
            "last_used_at": .instant.told("最近使用,精确到五分钟", "To within five minutes"),
            "expires": .instant.told("最迟失效", "When it ends at the latest"),
            "current": .flag.told("就是这次请求的登录", "The one that asks"),
        ]))

    static let sessionsEnded = Schema.named("SessionsEnded", .members(["account": .account, "ended": .count]))

    static let signedOut = Schema.named("SignedOut", .members(["signed_out": .flag]))

    /// Problem details (RFC 9457).
    static let problem = Schema.named(
        "Problem",
        .members([
            "type": .words.told("原因的 URI", "The reason as a URI", "urn:niangjia:problem:invalid"),
            "title": .words.told("HTTP 状态的名称", "The status in words", "Bad Request"),
            "status": .integer(400...599).told("HTTP 状态", "The status", 400),
            "code": .text(.name).told("原因,供程序判断", "The reason, for programs", "invalid"),
            "detail": .words.told("说明,按 Accept-Language", "What is wrong, by Accept-Language", "缺少 form。"),
            "place": .nullable(.words).told(
                "位置:正文成员是 JSON 指针(空的是整个正文);其余参数是 path:、query:、header: 加名称;文件是 文件:行:列 或 表!单元格,键写在冒号和空格之后,body 是作为正文送来的文件;null:没有一处可指",
                "Where: a member of the body by its JSON pointer (an empty one is the whole body); what stands elsewhere as path:, query: or header: and its name; a file as file:line:column or sheet!cell, a key behind a colon and a space, body being the file that was sent as the body; null: nowhere",
                "/form"),
        ]))
}
