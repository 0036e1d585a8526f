import HTTPTypes
import NiangjiaCore

/// One way into the API. The table of them gives routing and checks, and the document that describes it.
public struct Route: Sendable {
    /// Where an argument of an operation comes from.
    public enum Source: Hashable, Sendable {
        case path
        case query
        /// A member of the JSON body.
        case body
        /// The version in `If-Match`.
        case ifMatch
        /// The whole body, as it is: a file. The operation is told where it was put.
        case content
        /// The token of the sign-in itself.
        case token
    }

    /// Something that a request carries.
    public struct Parameter: Sendable {
        /// As the request names it.
        public var name: String
        /// Where it stands.
        public var source: Source
        /// The operation's name for it, where it is another.
        public var argument: String
        /// Whether a request without it is refused.
        public var isRequired: Bool
        /// Values of the body's `action` that are refused without it: a yes says to what.
        var neededFor: Set<String> = []
        /// What it looks like.
        let schema: Schema
        let words: LocalText

        private init(
            _ name: String, _ source: Source, _ schema: Schema, as argument: String? = nil, required: Bool,
            _ zh: String,
            _ en: String
        ) {
            self.name = name
            self.source = source
            self.schema = schema
            self.argument = argument ?? name
            isRequired = required
            words = LocalText(zh: zh, en: en)
        }

        static func path(_ name: String, _ schema: Schema, as argument: String? = nil, _ zh: String, _ en: String)
            -> Self
        {
            Self(name, .path, schema, as: argument, required: true, zh, en)
        }

        static func query(
            _ name: String, _ schema: Schema, as argument: String? = nil, required: Bool = false, _ zh: String,
            _ en: String
        ) -> Self {
            Self(name, .query, schema, as: argument, required: required, zh, en)
        }

        static func body(
            _ name: String, _ schema: Schema, as argument: String? = nil, required: Bool = false, _ zh: String,
            _ en: String
        ) -> Self {
            Self(name, .body, schema, as: argument, required: required, zh, en)
        }

        /// The version that somebody has seen.
        static let ifMatch = ifMatch(neededFor: [])

        /// The version that somebody has seen, without which some actions are refused.
        static func ifMatch(neededFor actions: [String]) -> Self {
            var parameter = Self(
                "If-Match", .ifMatch, .text(.free), as: "version", required: false,
                "看到的版本(回答中的 ETag);其间有人办理过则得到 412",
                "The version that was seen, as ETag told it; 412 when somebody was quicker")
            guard !actions.isEmpty else { return parameter }
            let names = actions.joined(separator: "、")
            parameter = Self(
                "If-Match", .ifMatch, .text(.free), as: "version", required: false,
                "\(parameter.words.zh)。\(names) 必须写明,不写或写 * 得到 428",
                "\(parameter.words.en). \(names) must name it: without one, or with *, the answer is 428")
            parameter.neededFor = Set(actions)
            return parameter
        }

        /// The body is a file.
        static func content(as argument: String, _ zh: String, _ en: String) -> Self {
            Self("content", .content, .text(.free), as: argument, required: true, zh, en)
        }

        static let token = Self("token", .token, .text(.free), required: true, "登录令牌", "the sign-in's token")
    }

    /// What a success looks like.
    enum Answer: Sendable {
        /// A JSON value of a shape.
        case one(Schema)
        /// A list in pages: `{"items": […], "next": …}`. The key is the member by which the next page goes on; beside the items there
        /// may be what is said of the whole of it: then the operation answers an object, and a list otherwise.
        case page(Schema, key: String, beside: [Schema.Member] = [])
        /// A list that is answered whole, `next` being null, and what keeps it short.
        case whole(Schema, LocalText)
        /// Server-sent events (WHATWG HTML), each a JSON value of a shape.
        case events(Schema)
        /// A file of one of some media types: the operation answers its name, its `media_type` where there are several, and its
        /// content in base64.
        case file([String])
    }

    /// Another operation that can be asked with what this one answered.
    struct Link: Sendable {
        var to: String
        /// Parameter of the other operation → a runtime expression (OpenAPI 3.1 §4.8.20.4).
        var parameters: [String: String]
        /// A member of the answer that names it.
        init(_ to: String, _ parameter: String, _ member: String) {
            self.to = to
            parameters = [parameter: "$response.body#/\(member)"]
        }
    }

    /// GET, POST, PUT or DELETE.
    public var method: HTTPRequest.Method
    /// With parameters in braces: `/api/v1/cases/{id}`.
    public var path: String
    /// The operation that is run; nil: the web layer answers itself.
    public var operation: String
    /// Its name in the document; the operation's, where no other route leads to the same.
    let name: String
    /// Whether somebody must have signed in.
    public var needsSignIn: Bool
    /// Whether devices may ask with keys of their own (`Authorization: Device …`), as the operation lets them.
    let isForDevices: Bool
    /// For operations that ask for none on the machine itself: whoever has one of these permissions may ask over the network;
    /// empty: everybody who has signed in.
    public var permissions: [Permission]
    /// The status of success.
    public var status: Int
    /// What it is for.
    public var summary: LocalText
    /// What a request carries.
    public let parameters: [Parameter]
    /// Those of them that the query carries.
    let query: [Parameter]
    let answer: Answer
    let tag: Tag
    let links: [Link]
    /// Where what it has made, or the work that it has begun, can be asked for: a path with members of the answer in braces.
    let made: String?
    /// Whether an `Idempotency-Key` keeps it from being done twice.
    public var isOnce: Bool
    /// A JSON body that works in a demo city, as far as one can that names nothing of it; nil: the examples of what is required.
    private let ownExample: Value?

    init(
        _ method: HTTPRequest.Method, _ path: String, _ operation: String, name: String? = nil, _ tag: Tag,
        signIn: Bool = true, devices: Bool = false, of permissions: [Permission] = [], status: Int = 200,
        once: Bool? = nil,
        example: Value? = nil, _ parameters: [Parameter] = [], answers: Answer, at made: String? = nil,
        links: [Link] = [], _ zh: String,
        _ en: String
    ) {
        self.method = method
        self.path = path
        self.operation = operation
        self.name = name ?? Route.camel(operation)
        self.tag = tag
        needsSignIn = signIn
        isForDevices = devices
        self.permissions = permissions
        self.status = status
        self.parameters = parameters
        ownExample = example
        query = parameters.filter { $0.source == .query }
        answer = answers
        self.links = links
        self.made = made
        isOnce = once ?? (method == .post && signIn && !parameters.contains { $0.source == .content })
        summary = LocalText(zh: zh, en: en)
    }

    /// `case.submit` → `caseSubmit`
    private static func camel(_ name: String) -> String {
        let words = name.split { $0 == "." || $0 == "_" }
        return words.enumerated().map { n, word in
            n == 0 ? String(word) : word.prefix(1).uppercased() + word.dropFirst()
        }.joined()
    }

    /// Whether a success is what an operation says, as one piece of JSON and with no further page.
    var isOnePiece: Bool {
        switch answer {
        case .one, .whole: !operation.isEmpty
        case .page, .events, .file: false
        }
    }

    /// Where what an answer tells of can be asked for (RFC 9110 §10.2.2); nil where nothing was made, or it has no address.
    func location(_ answer: Value) -> String? {
        guard let made, let open = made.firstIndex(of: "{"), let close = made.firstIndex(of: "}"),
            let id = answer[String(made[made.index(after: open)..<close])].text
        else { return nil }
        return made[..<open] + id + made[made.index(after: close)...]
    }

    /// Whether the request's body is a JSON object.
    var hasBody: Bool { parameters.contains { $0.source == .body } }
    /// Whether the request's body is a file.
    var hasContent: Bool { parameters.contains { $0.source == .content } }

    /// The largest JSON body that it takes, in bytes: what names and passwords need, and what a form needs.
    var largestBody: Int { hasBody && tag != .sessions ? WebServer.largestBody : 8 << 10 }

    /// The members of the body as one shape.
    var bodySchema: Schema {
        .object(
            parameters.filter { $0.source == .body }.map { one in
                Schema.Member(
                    name: one.name,
                    schema: .told(one.schema, one.words, example: one.schema.example), isRequired: one.isRequired)
            })
    }

    /// What a file that comes as a body may be called: bytes, or what evidence, sheets and bank files are.
    static let fileTypes = [
        "application/octet-stream", "application/pdf", "image/jpeg", "image/png", "text/csv", "text/plain", "text/xml",
        // What browsers call a .csv where Excel is installed.
        "application/xml", "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ]

    /// What a body may be called.
    var bodyTypes: [String] { hasContent ? Route.fileTypes : hasBody ? ["application/json"] : [] }

    /// An example of the JSON body; nil where there is no body, or nothing to say of it.
    var example: Value? {
        let required = parameters.filter { $0.source == .body && $0.isRequired }
        if let ownExample { return ownExample }
        let known = required.compactMap { one in one.schema.example.map { (one.name, $0) } }
        guard !known.isEmpty, known.count == required.count else { return nil }
        return .map(Dictionary(uniqueKeysWithValues: known))
    }

    /// What routes are about, as the document groups them.
    enum Tag: String, CaseIterable, Sendable {
        case host, sessions, me, programs, cases, decisions, places, registers, imports, stations, money, config, audit

        var words: LocalText {
            switch self {
            case .host: LocalText(zh: "服务本身", en: "The host itself")
            case .sessions: LocalText(zh: "登录", en: "Signing in and out")
            case .me: LocalText(zh: "会员本人", en: "The member who has signed in")
            case .programs: LocalText(zh: "服务项目、试算与核定", en: "Programs, previews and runs")
            case .cases: LocalText(zh: "申请、附件与办理", en: "Applications, evidence and reviews")
            case .decisions: LocalText(zh: "核定、说明与重演", en: "Decisions, explanations and replays")
            case .places: LocalText(zh: "名额与抽签", en: "Places and draws")
            case .registers: LocalText(zh: "人员与组织", en: "People and organisations")
            case .imports: LocalText(zh: "导入", en: "Imports")
            case .stations: LocalText(zh: "站点、领取与到访", en: "Stations, deliveries and visits")
            case .money: LocalText(zh: "资金与代发", en: "Funds and payments")
            case .config: LocalText(zh: "配置", en: "Configuration")
            case .audit: LocalText(zh: "审计", en: "Audit")
            }
        }
    }
}
