import HTTPTypes
import Hummingbird
import NIOCore
import NiangjiaCore

/// The description of the API in OpenAPI 3.1, made from the table of routes, which also routes and checks.
public enum OpenAPIDocument {
    /// The document.
    public static let value: Value = [
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": [
            "title": "娘家 niangjia", "version": "1",
            "summary": "城市工会服务平台的接口 The API of a city union's service programs",
            "description": .text(about.zh + "\n\n" + about.en),
            "license": ["name": "见仓库 See the repository", "identifier": "LicenseRef-niangjia"],
        ],
        "servers": [["url": "/", "description": "本机 This host"]],
        "tags": .list(
            Route.Tag.allCases.map { ["name": .text($0.rawValue), "description": .text($0.words.both)] }),
        "paths": .map(paths),
        "components": [
            "schemas": .map(components), "responses": .map(problems),
            "securitySchemes": [
                "session": [
                    "type": "http", "scheme": "bearer",
                    "description": "登录(POST /api/v1/sessions)回答的 token The token that signing in answers",
                ],
                // The scheme is the host's own: in the registry of HTTP schemes there is none for it.
                "device": [
                    "type": "apiKey", "in": "header", "name": "Authorization",
                    "description": .text(device.both),
                ],
            ],
        ],
    ]

    private static let device = LocalText(
        zh: "门、扫码枪等设备的密钥(管理员 device add 时给出),写作 Device 加空格加密钥。",
        en: "The key of a door or a scanner, which adding the device answered: the word Device, a space, and the key.")

    /// Once for everybody: however many take it slowly, it is in memory once.
    private static let bytes = ByteBuffer(string: value.json + "\n")

    /// Names these bytes for whoever has them already: FNV-1a. It guards nothing, and is the same after every start.
    static let tag: String = {
        let hash = bytes.readableBytesView.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3
        }
        return "\"\(String(hash, radix: 16))\""
    }()

    /// The answer of `/api/v1/openapi.json`: the document, or that it is the one which somebody has (RFC 9110 §13.1.2).
    static func response(to head: HTTPRequest) -> Response {
        var headers: HTTPFields = [.cacheControl: "no-cache", .eTag: tag]
        let known = (head.headerFields[.ifNoneMatch] ?? "").split(separator: ",").map { $0.filter { $0 != " " } }
        if known.contains(where: { $0 == "*" || $0 == tag || $0 == "W/" + tag }) {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = "application/json; charset=utf-8"
        headers[.contentTypeOptions] = "nosniff"
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: bytes))
    }

    private static let about = LocalText(
        zh: """
            与命令行做的是同一件事,权限也相同。正文和回答都是 JSON;金额在请求里写文本、以元为单位("50.00"),在回答里既有以分为单位的整数(…_fen),也有以元为单位的文本(去掉 _fen 的同名项);日期写 2026-07-15,时刻带时差(+08:00);编号都是文本。不认识的键一律拒绝。出错时回答 application/problem+json(RFC 9457):code 是原因,place 是位置,detail 是说明;400 表示请求不合本说明,422 表示合乎说明但内容不成立;地址不支持的方法得到 405,Allow 写明支持哪些。
            """,
        en: """
            It does what the command line does, with the same rights. Bodies and answers are JSON. Money is text in yuan in requests ("50.00"); answers have it twice, as an integer in fen (…_fen) and as text in yuan (the same name without _fen). Dates are 2026-07-15, instants have their offset (+08:00), ids are text. Unknown keys are refused. Mistakes are answered in application/problem+json (RFC 9457): code is the reason, place where it is, detail the words; 400 is a request that this document doesn't know, 422 one that it knows and that can't be so; a method that an address doesn't take is 405, and Allow says which it takes.
            """)

    // MARK: Paths

    private static let paths: [String: Value] = {
        var paths: [String: [String: Value]] = [:]
        for route in Routes.all {
            paths[route.path, default: [:]][route.method.rawValue.lowercased()] = operation(route)
        }
        return paths.mapValues { .map($0) }
    }()

    private static func operation(_ route: Route) -> Value {
        var members: [String: Value] = [
            "operationId": .text(route.name), "tags": [.text(route.tag.rawValue)],
            "summary": .text(route.summary.zh), "description": .text(route.summary.en),
            "parameters": .list(parameters(route)), "responses": .map(responses(route)),
            "security": .list(security(route)),
        ]
        if let body = body(route) { members["requestBody"] = body }
        return .map(members)
    }

    /// By what somebody may show who it is: one of these.
    private static func security(_ route: Route) -> [Value] {
        guard route.needsSignIn else { return [] }
        return route.isForDevices ? [["session": []], ["device": []]] : [["session": []]]
    }

    private static func parameters(_ route: Route) -> [Value] {
        var all = route.parameters.compactMap { one -> Value? in
            switch one.source {
            case .path, .query:
                var members: [String: Value] = [
                    "name": .text(one.name), "in": .text(one.source == .path ? "path" : "query"),
                    "required": .bool(one.isRequired), "description": .text(one.words.both),
                    "schema": one.schema.json,
                ]
                if let example = one.schema.example { members["example"] = example }
                return .map(members)
            case .ifMatch:
                return header(
                    "If-Match", ["type": "string", "pattern": "^(\\*|\"[0-9]{1,18}\")?$"], one.words, "*")
            case .body, .content, .token: return nil
            }
        }
        if route.isOnce {
            all.append(
                header(
                    "Idempotency-Key",
                    ["type": "string", "pattern": .text("^[!-~]{1,\(Idempotency.longestKey)}$")],
                    LocalText(
                        zh: "重发同一请求时用同一个键:只办理一次,回答相同;同一键而内容不同得到 409",
                        en:
                            "Send the same key when a request is sent again: it is done once and answered alike; 409 for another request"
                    )))
        }
        if route.operation.isEmpty {
            let words = LocalText(zh: "已有的一份的 ETag:没有变则得到 304", en: "The ETag of a copy: 304 while it is the same")
            all.append(header("If-None-Match", ["type": "string"], words))
        }
        all.append(
            header(
                "Accept-Language",
                ["type": "string"],
                LocalText(zh: "说明用的语言:zh-CN(默认)或 en", en: "The language of words: zh-CN, the default, or en"), "zh-CN"))
        return all
    }

    private static func header(_ name: String, _ schema: Value, _ words: LocalText, _ example: Value? = nil) -> Value {
        var members: [String: Value] = [
            "name": .text(name), "in": "header", "required": false, "description": .text(words.both), "schema": schema,
        ]
        if let example { members["example"] = example }
        return .map(members)
    }

    private static let fileTypes: LocalText = {
        let own = Route.fileTypes.dropFirst().joined(separator: ", ")
        return LocalText(zh: "。也可写文件自己的类型:\(own)。", en: " Its own type is taken too: \(own).")
    }()

    private static func body(_ route: Route) -> Value? {
        if let file = route.parameters.first(where: { $0.source == .content }) {
            return [
                "required": true, "description": .text(file.words.both + fileTypes.both),
                // One type: of several, generators make as many ways to send the same bytes.
                "content": [
                    "application/octet-stream": ["schema": ["type": "string", "format": "binary", "minLength": 1]]
                ],
            ]
        }
        guard route.hasBody else { return nil }
        let members = route.parameters.filter { $0.source == .body }
        var media: [String: Value] = ["schema": route.bodySchema.json]
        media["example"] = route.example
        return [
            "required": .bool(members.contains(where: \.isRequired)), "content": ["application/json": .map(media)],
        ]
    }

    // MARK: Answers

    private static func responses(_ route: Route) -> [String: Value] {
        var success: [String: Value] = ["description": .text(route.summary.both)]
        switch route.answer {
        case .one(let schema):
            success["content"] = ["application/json": ["schema": schema.json]]
            if hasVersion(schema) {
                success["headers"] = [
                    "ETag": [
                        "description": "版本,办理时写入 If-Match The version, for If-Match",
                        "schema": ["type": "string", "pattern": "^\"[0-9]+\"$"],
                    ]
                ]
            }
        case .page(let item, let key):
            success["content"] = ["application/json": ["schema": page(item, isOnly: key == nil)]]
        case .events(let schema):
            success["content"] = [
                "text/event-stream": [
                    "schema": [
                        "type": "object", "required": ["data"],
                        "description": "一个事件:progress 或 ended,data 为 JSON One event, progress or ended; data is JSON",
                        "properties": [
                            "id": ["type": "string"],
                            "event": ["type": "string", "enum": ["progress", "ended", "error"]],
                            "data": [
                                "type": "string", "contentMediaType": "application/json",
                                "contentSchema": schema.json,
                            ],
                        ],
                    ]
                ]
            ]
        case .file(let types):
            let binary: Value = ["schema": ["type": "string", "format": "binary"]]
            success["content"] = .map(Dictionary(uniqueKeysWithValues: types.map { ($0, binary) }))
        }
        if !route.links.isEmpty { success["links"] = .map(links(route)) }
        var all: [String: Value] = ["\(route.status)": .map(success)]
        if route.operation.isEmpty {
            all["304"] = ["description": "与 If-None-Match 所写的相同 The same as If-None-Match names"]
        }
        for status in statuses(route) { all["\(status)"] = ["$ref": .text("#/components/responses/\(status)")] }
        return all
    }

    private static func hasVersion(_ schema: Schema) -> Bool {
        guard case .object(let members) = schema.bare else { return false }
        return members.contains { $0.name == "version" }
    }

    /// - Parameter isOnly: there is no further page.
    private static func page(_ item: Schema, isOnly: Bool) -> Value {
        let next: Value =
            isOnly
            ? ["type": "null", "description": "只有一页:总是 null There is one page only: always null"]
            : [
                "type": ["string", "null"],
                "description": "下一页从它之后继续(after);null:没有更多 Go on after it (after); null: there is no more",
            ]
        return [
            "type": "object", "required": ["items", "next"], "additionalProperties": false,
            "properties": ["items": ["type": "array", "items": item.json], "next": next],
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

    private static let problems: [String: Value] = {
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
            428: LocalText(
                zh: "须在 If-Match 中写明看到的版本", en: "If-Match must name the version that was seen"),
            429: LocalText(zh: "太多,请稍后再试", en: "Too many, try again later"),
            500: LocalText(zh: "程序内部错误", en: "A fault of the host itself"),
            501: LocalText(
                zh: "Transfer-Encoding 只能是 chunked", en: "No Transfer-Encoding is understood other than chunked"),
            503: LocalText(zh: "忙不过来,什么都没有做", en: "Busy; nothing has been done"),
        ]
        return Dictionary(
            uniqueKeysWithValues: words.map { status, words in
                (
                    "\(status)",
                    [
                        "description": .text(words.both),
                        "content": ["application/problem+json": ["schema": Answers.problem.json]],
                    ]
                )
            })
    }()

    private static let components: [String: Value] = {
        var found: [String: Value] = [:]
        Answers.problem.components(into: &found)
        for route in Routes.all {
            for parameter in route.parameters { parameter.schema.components(into: &found) }
            switch route.answer {
            case .one(let schema), .page(let schema, _), .events(let schema): schema.components(into: &found)
            case .file: continue
            }
        }
        return found
    }()
}
