import NiangjiaCore

/// What the document says of answers: successes, refusals, and the heads of both.
extension OpenAPIDocument {
    /// What a route may answer, by status.
    static func responses(of route: Route) -> [String: Value] {
        var success: [String: Value] = ["description": .text(route.summary.both)]
        switch route.answer {
        case .one(let schema): success["content"] = ["application/json": ["schema": schema.json(.answer)]]
        case .page(let item, _, let beside):
            success["content"] = ["application/json": ["schema": list(of: item, beside, next: further)]]
        case .whole(let item, _): success["content"] = ["application/json": ["schema": list(of: item, [], next: none)]]
        case .events(let schema):
            success["content"] = [
                "text/event-stream": [
                    "schema": [
                        "type": "object", "required": ["data"],
                        "description": "一个事件:progress 或 ended,data 为 JSON One event, progress or ended; data is JSON",
                        "properties": [
                            "id": ["type": "string"],
                            "event": Schema.word("progress", "ended", "error").json(.answer),
                            "data": [
                                "type": "string", "contentMediaType": "application/json",
                                "contentSchema": schema.json(.answer),
                            ],
                        ],
                    ]
                ]
            ]
        case .file(let types):
            let binary: Value = ["schema": ["type": "string", "format": "binary"]]
            success["content"] = .map(Dictionary(uniqueKeysWithValues: types.map { ($0, binary) }))
        }
        let headers = headers(of: route)
        if !headers.isEmpty { success["headers"] = .map(headers) }
        if !route.links.isEmpty { success["links"] = .map(links(route)) }
        var all: [String: Value] = ["\(route.status)": .map(success)]
        if route.operation.isEmpty {
            all["304"] = ["description": "与 If-None-Match 所写的相同 The same as If-None-Match names"]
        }
        for status in statuses(route) { all["\(status)"] = ["$ref": .text("#/components/responses/\(status)")] }
        return all
    }

    /// What the head of a success says beside the body.
    private static func headers(of route: Route) -> [String: Value] {
        var all: [String: Value] = [:]
        if route.operation.isEmpty {
            all["ETag"] = header(
                "这一份的名称,可写入 If-None-Match", "What this copy is called, for If-None-Match", "^\"[0-9a-f]+\"$")
        }
        if case .one(let schema) = route.answer, case .object(let members) = schema.bare,
            members.contains(where: { $0.name == "version" && $0.schema.bare.isInteger })
        {
            all["ETag"] = header("版本,办理时写入 If-Match", "The version, for If-Match", "^\"[0-9]+\"$")
        }
        if case .file = route.answer {
            all["Content-Disposition"] = header(
                "文件名(RFC 6266 的 filename*)", "The file's name (filename* of RFC 6266)",
                "^attachment; filename\\*=UTF-8''")
        }
        if route.made != nil {
            all["Location"] = header(
                "所建(或正在办理)的在哪里查询", "Where what was made, or is being done, can be asked for", "^/api/v1/")
        }
        if route.isOnce {
            all["Idempotency-Replayed"] = header(
                "true:这个键已办理过,这是当时的回答;没有则不写", "true: the key was answered before, and this is that answer; else absent",
                "^true$", isRequired: false)
        }
        return all
    }

    private static func header(_ zh: String, _ en: String, _ pattern: String, isRequired: Bool = true) -> Value {
        [
            "description": .text(LocalText(zh: zh, en: en).both), "required": .bool(isRequired),
            "schema": ["type": "string", "pattern": .text(pattern)],
        ]
    }

    private static let none: Value = [
        "type": "null", "description": "只有一页:总是 null There is one page only: always null",
    ]
    private static let further: Value = [
        "type": ["string", "null"],
        "description": "下一页从它之后继续(after);null:没有更多 Go on after it (after); null: there is no more",
    ]

    private static func list(of item: Schema, _ beside: [Schema.Member], next: Value) -> Value {
        var properties: [String: Value] = ["items": ["type": "array", "items": item.json(.answer)], "next": next]
        for member in beside { properties[member.name] = member.schema.json(.answer) }
        let required = ["items", "next"] + beside.filter(\.isRequired).map(\.name)
        return [
            "type": "object", "required": .list(required.map { .text($0) }), "properties": .map(properties),
        ]
    }

    private static func links(_ route: Route) -> [String: Value] {
        Dictionary(
            uniqueKeysWithValues: route.links.map { link in
                (
                    link.to,
                    [
                        "operationId": .text(link.to),
                        "parameters": .map(link.parameters.mapValues { .text($0) }),
                    ]
                )
            })
    }

    /// The statuses of refusals that a route may answer.
    static func statuses(_ route: Route) -> [Int] {
        var all: Set<Int> = [400, 406, 414, 429, 431, 500, 501, 503]
        if route.needsSignIn { all.formUnion([401, 403]) }
        if route.operation == "account.login" { all.formUnion([401, 422]) }
        if !route.operation.isEmpty, route.operation != "health" { all.formUnion([404, 409, 422]) }
        if [.post, .put].contains(route.method) { all.formUnion([408, 413, 415]) }
        if route.parameters.contains(where: { $0.source == .ifMatch }) { all.insert(412) }
        if route.parameters.contains(where: { !$0.neededFor.isEmpty }) { all.insert(428) }
        return all.sorted()
    }

    /// Refusals, which many routes share.
    static let problems: [String: Value] = {
        let words: [Int: LocalText] = [
            400: LocalText(zh: "请求不合这份说明", en: "The request isn't as this document says"),
            401: LocalText(zh: "没有登录,或登录已失效", en: "Nobody is signed in, or the sign-in has ended"),
            403: LocalText(
                zh: "没有权限;code 为 must_enrol 时,先启用动态口令(POST /api/v1/me/second-factor)",
                en: "Not allowed; where code is must_enrol, enrol a second factor first (POST /api/v1/me/second-factor)"
            ),
            404: LocalText(zh: "没有,或无权知道", en: "There is no such thing, or it isn't yours to know"),
            405: LocalText(zh: "这个地址不支持此方法,Allow 写明哪些可以", en: "The address doesn't take the method; Allow says which"),
            408: LocalText(zh: "请求送达太慢", en: "The request took too long to arrive"),
            431: LocalText(zh: "请求头太大", en: "The head of the request is too large"),
            406: LocalText(zh: "Accept 不接受这种回答", en: "Accept doesn't take this kind of answer"),
            409: LocalText(
                zh: "现在的状态不允许,或幂等键已用于另一请求",
                en: "Its state doesn't allow it, or the idempotency key was used for another request"),
            412: LocalText(zh: "其间有人办理过", en: "Somebody was quicker"),
            413: LocalText(zh: "正文太大", en: "The body is too large"),
            414: LocalText(zh: "地址和查询太长", en: "Path and query are too long"),
            415: LocalText(
                zh: "正文的类型不对,或经过压缩(Content-Encoding)",
                en: "The body is of a wrong type, or compressed (Content-Encoding)"),
            422: LocalText(
                zh: "合乎说明,但内容不成立;code 为 wrong_password、wrong_code 时,密码或口令(领取码)不对,登录仍有效",
                en:
                    "As the document says, but it can't be so; where code is wrong_password or wrong_code, that is wrong, and the sign-in goes on"
            ),
            428: LocalText(zh: "须在 If-Match 中写明看到的版本", en: "If-Match must name the version that was seen"),
            429: LocalText(zh: "太多,请稍后再试", en: "Too many, try again later"),
            500: LocalText(zh: "程序内部错误", en: "A fault of the host itself"),
            501: LocalText(
                zh: "Transfer-Encoding 只能是 chunked", en: "No Transfer-Encoding is understood other than chunked"),
            503: LocalText(zh: "忙不过来,什么都没有做", en: "Busy; nothing has been done"),
        ]
        return Dictionary(
            uniqueKeysWithValues: words.map { status, words in
                var members: [String: Value] = [
                    "description": .text(words.both),
                    "content": ["application/problem+json": ["schema": Answers.problem.json(.answer)]],
                ]
                members["headers"] = refusalHeaders[status]
                return ("\(status)", .map(members))
            })
    }()

    /// What the head of a refusal says, by status (RFC 9110).
    private static let refusalHeaders: [Int: Value] = {
        let wait = header("几秒后再试", "After how many seconds to try again", "^[0-9]+$")
        return [
            401: ["WWW-Authenticate": header("Bearer 或 Device", "Bearer or Device", "^(Bearer|Device)$")],
            405: ["Allow": header("这个地址支持的方法", "The methods that the address takes", "^[A-Z]+(, [A-Z]+)*$")],
            409: [
                "Retry-After": header(
                    "in_progress、cut_off:几秒后再问;其他没有",
                    "in_progress, cut_off: after how many seconds to ask again; else absent",
                    "^[0-9]+$", isRequired: false)
            ],
            415: [
                "Accept": header(
                    "正文可以是哪些类型(压缩过的不写)", "The types that a body may have; absent where it was compressed",
                    "^[a-z]+/[a-z.-]+(, [a-z]+/[a-z.-]+)*$", isRequired: false),
                "Accept-Encoding": header(
                    "正文不能压缩:identity", "A body can't be compressed: identity", "^identity$", isRequired: false),
            ],
            429: ["Retry-After": wait], 503: ["Retry-After": wait],
        ]
    }()
}
