import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NiangjiaCore

/// A request that is as the document says.
struct Asked: Sendable {
    var account: Account?
    /// By what the account has shown who it is.
    var token: String?
    var arguments: [String: Value]
    var key: String?
    /// A file that came with it, to be removed.
    var file: SpooledFile?
}

/// Reads a request by its route: whatever the document doesn't know is refused with its place.
struct RequestReader {
    let route: Route
    let head: HTTPRequest
    let query: String?
    /// What stands in the path where the route has parameters.
    var parameters = Parameters()

    /// What is asked, in whose name, read to the end. A body that is a file is not read here.
    ///
    /// - Parameter body: the JSON body, where the route has one.
    func asked(by account: Account?, _ limits: DoorLimits, body: ByteBuffer?) throws -> Asked {
        let key = try idempotencyKey()
        let arguments = try arguments(body)
        do { try TextGuard.check(.map(arguments), limits) } catch { throw error.placed(route) }
        return Asked(account: account, token: route.needsSignIn ? token : nil, arguments: arguments, key: key)
    }

    /// What the operation is asked with.
    private func arguments(_ body: ByteBuffer?) throws -> [String: Value] {
        var members = try pathArguments()
        try add(query: try Query.read(query ?? ""), to: &members)
        if let body {
            let body = try self.members(of: body)
            try route.bodySchema.check(.map(body), at: "")
            for parameter in route.parameters where parameter.source == .body {
                members[parameter.argument] = body[parameter.name]
            }
        }
        for parameter in route.parameters {
            switch parameter.source {
            case .ifMatch:
                let version = try version()
                guard version != nil || !parameter.neededFor.contains(members["action"]?.text ?? "") else {
                    throw RequestReader.unseen
                }
                members[parameter.argument] = version.map { .int($0) }
            case .token: members[parameter.argument] = token.map { .text($0) }
            default: continue
            }
        }
        // A page has an end: the operation is always told which.
        if case .page = route.answer, members["limit"] == nil { members["limit"] = .int(Page.standard) }
        return members
    }

    /// By what whoever asks shows who it is; nil for nothing, empty for what is nobody's.
    var token: String? { RequestReader.token(of: head) }

    /// What the head of a request shows.
    static func token(of head: HTTPRequest) -> String? {
        guard let shown = Shown(head) else { return nil }
        return shown.isNobodys ? "" : shown.token
    }

    /// What `Authorization` shows: a scheme, spaces, and what is shown by it (RFC 9110 §11.4).
    private struct Shown {
        var scheme: String
        var token: String

        /// Nil where there is nothing.
        init?(_ head: HTTPRequest) {
            guard let header = head.headerFields[.authorization] else { return nil }
            scheme = header.prefix { $0 != " " }.lowercased()
            token = String(header.dropFirst(scheme.count).drop { $0 == " " })
        }

        /// A person's sign-in is a bearer's, the key of a door or a scanner a device's; what else somebody shows is nobody's.
        var isNobodys: Bool {
            let isKey = token.hasPrefix(Access.deviceKeyPrefix)
            return token.isEmpty || !(scheme == "bearer" && !isKey || scheme == "device" && isKey)
        }
    }

    /// How whoever asks is to show who it is (RFC 9110 §11.6.1).
    static func challenge(_ head: HTTPRequest) -> String { Shown(head)?.scheme == "device" ? "Device" : "Bearer" }

    /// Why nothing was shown that could be somebody's, in words for what was.
    var stranger: NiangjiaError {
        guard let shown = Shown(head) else {
            return NiangjiaError(.unauthenticated, zh: "请先登录。", en: "Sign in first.")
        }
        switch shown.scheme {
        case "device":
            return NiangjiaError(
                .unauthenticated, zh: "Device 之后不是设备密钥:密钥由管理员给出,以 \(Access.deviceKeyPrefix) 开头。",
                en:
                    "No device's key follows Device: the administrator gives it, and it begins with \(Access.deviceKeyPrefix)."
            )
        case "bearer":
            return NiangjiaError(
                .unauthenticated, zh: "Bearer 之后不是登录令牌:请先登录(POST /api/v1/sessions);设备写 Device。",
                en: "No sign-in's token follows Bearer: sign in first (POST /api/v1/sessions). A device writes Device.")
        default:
            return NiangjiaError(
                .unauthenticated, zh: "Authorization 只认 Bearer(登录)和 Device(设备)。",
                en: "Authorization is understood as Bearer (a sign-in) or Device (a device).")
        }
    }

    /// - Throws: `not_acceptable` where `Accept` takes nothing that the route answers.
    func checkAccepted() throws {
        guard let header = head.headerFields[.accept] else { return }
        let types =
            switch route.answer {
            case .one, .page, .whole: ["application/json"]
            case .events: ["text/event-stream"]
            case .file(let types): types
            }
        guard types.contains(where: { Negotiation.accepts($0, header) }) else {
            let type = types.joined(separator: ", ")
            throw NiangjiaError(
                "not_acceptable", zh: "回答是 \(type),而 Accept 不接受它。",
                en: "The answer is \(type), which Accept doesn't take.",
                place: ProblemPlace.header("Accept"))
        }
    }

    /// The body of an upload is the file itself: called so, by its own type, or nothing. A form with a file in it, or what a client
    /// calls every body (`curl --data-binary`: a form), is something else than what follows.
    func checkContentType() throws {
        guard let type = Negotiation.mediaType(head.headerFields[.contentType]), !Route.fileTypes.contains(type)
        else { return }
        let own = Route.fileTypes.dropFirst().joined(separator: ", ")
        throw NiangjiaError(
            "unsupported_media_type",
            zh: "正文就是文件本身,不是表单或 JSON:请写 Content-Type: \(Route.fileTypes[0]),或文件自己的类型(\(own))。",
            en:
                "The body is the file itself, no form and no JSON: write Content-Type: \(Route.fileTypes[0]), or the file's own (\(own)).",
            place: ProblemPlace.header("Content-Type"))
    }

    private func pathArguments() throws -> [String: Value] {
        var members: [String: Value] = [:]
        for parameter in route.parameters where parameter.source == .path {
            let raw = parameters.get(parameter.name) ?? ""
            guard let text = raw.removingPercentEncoding else { throw RequestReader.notText(parameter) }
            let value = parameter.schema.read(text)
            try parameter.check(value)
            // An id that is copied wrong names nothing.
            if case .text(.id(let prefixes), _, _) = parameter.schema.bare,
                !prefixes.contains(where: { IDText.isID(text, prefix: $0) })
            {
                throw NiangjiaError(
                    .notFound, zh: "没有这个编号(请核对抄写):\(text)", en: "Nothing has this id (check the spelling): \(text)",
                    place: parameter.place)
            }
            members[parameter.argument] = value
        }
        return members
    }

    private func add(query: [(name: String, value: String)], to members: inout [String: Value]) throws {
        for (name, text) in query {
            guard let parameter = route.query.first(where: { $0.name == name }) else {
                throw NiangjiaError(
                    .invalid, zh: "不认识的键 \(name.prefix(100))。", en: "Unknown key \(name.prefix(100)).",
                    place: ProblemPlace.query(name))
            }
            let value = parameter.schema.read(text)
            guard members.updateValue(value, forKey: parameter.argument) == nil else {
                throw NiangjiaError(
                    .invalid, zh: "\(name) 写了两次。", en: "\(name) is given twice.", place: parameter.place)
            }
            try parameter.check(value)
        }
        if let missing = route.query.first(where: { $0.isRequired && members[$0.argument] == nil }) {
            throw NiangjiaError(
                .invalid, zh: "缺少 \(missing.name)。", en: "\(missing.name) is missing.", place: missing.place)
        }
    }

    /// The bytes of a JSON body; nil where the route has none. They have come in already, but for the server's own tests.
    func body(_ body: RequestBody) async throws -> ByteBuffer? {
        guard !route.hasContent, [.post, .put].contains(route.method) else { return nil }
        let length = head.headerFields[.contentLength].flatMap { Int($0) } ?? 0
        guard length <= WebServer.largestBody else { throw RequestReader.tooLarge }
        do {
            return try await body.collect(upTo: WebServer.largestBody)
        } catch { throw RequestReader.tooLarge }
    }

    /// The members of a JSON body; none where there is no body.
    private func members(of buffer: ByteBuffer) throws -> [String: Value] {
        let isNeeded = route.parameters.contains { $0.source == .body && $0.isRequired }
        guard buffer.readableBytes > 0 || isNeeded else { return [:] }
        // Without a type nobody can know what a body is; JSON is UTF-8, whatever else somebody calls it (RFC 8259 §8.1).
        let header = head.headerFields[.contentType]
        let type = Negotiation.mediaType(header)
        guard type == "application/json" || (type == nil && buffer.readableBytes == 0), Negotiation.isUTF8(header)
        else {
            throw NiangjiaError(
                "unsupported_media_type", zh: "正文须为 UTF-8 的 JSON,并写明 Content-Type: application/json。",
                en: "The body must be JSON in UTF-8, and say so: Content-Type: application/json.",
                place: ProblemPlace.header("Content-Type"))
        }
        do {
            guard let members = try Value(jsonBytes: Array(buffer.readableBytesView), takesZeros: true).map else {
                throw NiangjiaError(.invalid, zh: "正文须是一个 JSON 对象。", en: "The body must be a JSON object.", place: "")
            }
            return members
        } catch let fault as JSONFault {
            throw NiangjiaError(
                .invalid, zh: "正文第 \(fault.offset + 1) 字节:\(fault.message.zh)",
                en: "byte \(fault.offset + 1) of the body: \(fault.message.en)", place: Schema.place(of: fault))
        }
    }

    /// Somebody says yes and not to what (RFC 6585 §3): what they saw may have been replaced since.
    private static let unseen = NiangjiaError(
        "precondition_required", zh: "请在 If-Match 中写明您看到的版本(申请的 ETag):其间可能有人改过。",
        en: "Say in If-Match which version you have seen (the case's ETag): somebody may have changed it since.",
        place: ProblemPlace.header("If-Match"))

    /// The version in `If-Match`: one strong entity tag as a case answers it, or `*` for any.
    private func version() throws -> Int64? {
        guard let header = head.headerFields[.ifMatch] else { return nil }
        let text = header.filter { $0 != " " }
        if text == "*" || text.isEmpty { return nil }
        let digits = text.dropFirst().dropLast()
        guard text.count >= 3, text.hasPrefix("\""), text.hasSuffix("\""), (1...18).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let version = Int64(digits)
        else {
            throw NiangjiaError(
                .invalid, zh: "If-Match 须为回答中的 ETag,如 \"3\"。",
                en: "If-Match must be an ETag that was answered, like \"3\".",
                place: ProblemPlace.header("If-Match"))
        }
        return version
    }

    /// The key by which a request that is sent again is known; nil where none is given.
    private func idempotencyKey() throws -> String? {
        guard route.isOnce, let key = head.headerFields[.idempotencyKey] else { return nil }
        guard (1...Idempotency.longestKey).contains(key.utf8.count),
            key.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw NiangjiaError(
                .invalid, zh: "Idempotency-Key 须为 1 至 \(Idempotency.longestKey) 个可见的 ASCII 字符。",
                en: "An Idempotency-Key is 1 to \(Idempotency.longestKey) visible ASCII characters.",
                place: ProblemPlace.header("Idempotency-Key"))
        }
        return key
    }

    static let tooLarge = NiangjiaError("too_large", zh: "正文超过 1 MB。", en: "The body is larger than 1 MB.", place: "")

    private static func notText(_ parameter: Route.Parameter) -> NiangjiaError {
        NiangjiaError(
            .invalid, zh: "\(parameter.name) 不是 UTF-8 文本。", en: "\(parameter.name) is no UTF-8 text.",
            place: parameter.place)
    }
}

extension Route.Parameter {
    /// - Throws: `invalid` for a value of a path or a query that is of another shape.
    fileprivate func check(_ value: Value) throws {
        do { try schema.check(value, at: "/\(name)") } catch var error as NiangjiaError {
            error.place = place
            throw error
        }
    }
}

/// Queries as forms and addresses write them: `+` is a space, bytes are escaped by percent.
enum Query {
    static func read(_ text: String) throws -> [(name: String, value: String)] {
        try text.utf8.split(separator: UInt8(ascii: "&")).map { pair in
            let end = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            return (try decoded(Substring(pair[..<end])), try decoded(Substring(pair[end...].dropFirst())))
        }
    }

    private static func decoded(_ text: Substring) throws -> String {
        // Most names and numbers are spelled as they are.
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
            return String(text)
        }
        guard let plain = text.replacing("+", with: " ").removingPercentEncoding else {
            throw NiangjiaError(
                .invalid, zh: "查询参数不是 UTF-8 文本。", en: "The query is no UTF-8 text.")
        }
        return plain
    }
}

extension HTTPField.Name {
    static let idempotencyKey = name("Idempotency-Key")
    static let contentTypeOptions = name("X-Content-Type-Options")
    static let idempotencyReplayed = name("Idempotency-Replayed")

    /// A name that is known to be one.
    private static func name(_ text: String) -> HTTPField.Name { HTTPField.Name(text) ?? .accept }
}
