import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NiangjiaCore

/// A request as hummingbird hands it over, before anything is known about it.
struct DoorContext: InitializableFromSource {
    /// The address at the other end of the connection.
    let peer: String
    let logger: Logger

    init(source: ApplicationRequestContextSource) {
        peer = source.channel.remoteAddress?.ipAddress ?? "local"
        logger = source.logger
    }
}

/// A request that has passed the door, as routes see it.
struct WebContext: RequestContext {
    /// What it is made of.
    struct Source: RequestContextSource {
        let logger: Logger
        let exchange: Exchange
    }

    var coreContext: CoreRequestContextStorage
    let exchange: Exchange

    init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        exchange = source.exchange
    }
}

/// Everything that holds for every request: who may come in now, how much of it is read, what every answer carries, what is
/// written down about it. The routes stand behind it.
struct FrontDoor<Inner: HTTPResponder>: HTTPResponder where Inner.Context == WebContext {
    typealias Context = DoorContext

    let door: Door
    let inner: Inner
    /// Who knows whose a token is.
    let host: any WebHost
    let watch: (any WatchedHost)?

    func respond(to request: Request, context: DoorContext) async throws -> Response {
        let exchange = Exchange(door, request.head, from: context.peer)
        let inside = WebContext(source: .init(logger: context.logger, exchange: exchange))
        var response: Response
        var probe: String?
        if let simple = await simple(request) {
            response = simple
            // A probe and a scan for what isn't here are told apart by whoever reads the log.
            probe = request.method == .options ? nil : request.uri.path
        } else {
            do {
                response = try await admitted(request, inside)
            } catch {
                response = Problem(error: NiangjiaError(error), language: exchange.language).answer.response
            }
        }
        // Whatever it says: bytes behind the head would be taken for the next answer.
        if request.method == .head { response = response.createHeadResponse() }
        let route = probe ?? inside.endpointPath ?? "other"
        exchange.end(
            route: route == "NotFound" ? "other" : route, status: response.status, fields: &response.headers,
            bytes: response.body.contentLength)
        return response
    }

    /// What is answered even when the host is full: whether it lives, whether it is ready, and a browser's question.
    private func simple(_ request: Request) async -> Response? {
        if request.method == .options { return DoorHeaders.preflight(request, door.settings.origins) }
        guard ["/livez", "/readyz"].contains(request.uri.path) else { return nil }
        guard [.get, .head].contains(request.method) else {
            let refused = NiangjiaError(
                "method_not_allowed", zh: "这个地址不支持此方法。", en: "This address doesn't take the method.")
            var response = Problem(
                error: refused, language: Negotiation.language(request.headers[.acceptLanguage])
            ).answer.response
            response.headers[.allow] = "GET, HEAD"
            return response
        }
        switch request.uri.path {
        case "/livez": return WebAnswer(.ok, ["ok": true]).response
        case "/readyz":
            guard let watch else { return WebAnswer(.ok, ["ok": true]).response }
            let found = await watch.readiness()
            return WebAnswer(found.isReady ? .ok : .serviceUnavailable, found.value).response
        default: return nil
        }
    }

    private func admitted(_ request: Request, _ context: WebContext) async throws -> Response {
        let exchange = context.exchange
        try exchange.checkLength()
        var request = request
        var held = 0
        defer { if held > 0 { door.bodies.give(held, of: exchange.client) } }
        if hasBody(request) {
            try checkCoding(request)
            if let most = try await readable(request) {
                request.body = RequestBody(buffer: try await receive(request, most, &held, exchange))
            }
        }
        try exchange.enter()
        defer { exchange.leave() }
        return try await inner.respond(to: request, context: context)
    }

    /// How much of a body is read before its route is asked, in bytes; nil: nothing, for it is a file, or what is answered is
    /// known without it: there is no such route, or nobody has signed in. More than a little is read of people who are known only.
    private func readable(_ request: Request) async throws -> Int? {
        guard let route = Routes.route(request.method, request.uri.path), !route.hasContent else { return nil }
        let most = min(route.largestBody, door.limits.bodyBytes)
        guard route.needsSignIn else { return most }
        guard let token = RequestReader.token(of: request.head), !token.isEmpty else { return nil }
        let length = request.headers[.contentLength].flatMap { Int($0) } ?? .max
        guard length > door.limits.strangerBytes else { return most }
        do {
            _ = try await host.account(token: token)
            return most
        } catch {
            guard NiangjiaError(error).code == .unauthenticated else { throw error }
            return nil
        }
    }

    private func hasBody(_ request: Request) -> Bool {
        if request.headers[.transferEncoding] != nil { return true }
        guard let length = request.headers[.contentLength] else { return false }
        return length != "0"
    }

    /// Refuses a body that is packed: what is in it is read as it comes (RFC 9110 §8.4).
    private func checkCoding(_ request: Request) throws(NiangjiaError) {
        let coding = (request.headers[.contentEncoding] ?? "").lowercased().filter { $0 != " " }
        guard [.post, .put].contains(request.method), !["", "identity"].contains(coding) else { return }
        throw NiangjiaError(
            "unsupported_media_type", zh: "正文不能压缩(Content-Encoding),请原样发送。",
            en: "A body can't be compressed (Content-Encoding): send it as it is.",
            place: ProblemPlace.header("Content-Encoding"))
    }

    /// A JSON body, whole, before anything is done for it: who sends slowly holds a connection, not a place at work.
    private func receive(
        _ request: Request, _ most: Int, _ held: inout Int, _ exchange: Exchange
    ) async throws -> ByteBuffer {
        let tooLarge = NiangjiaError(
            "too_large", zh: "正文超过 \(most >> 10) KB。", en: "The body is larger than \(most >> 10) KB.", place: "")
        guard request.headers[.contentLength].flatMap({ Int($0) }) ?? 0 <= most else { throw tooLarge }
        var whole = ByteBuffer()
        do {
            for try await part in request.body {
                guard whole.readableBytes + part.readableBytes <= most else { throw tooLarge }
                guard door.bodies.take(part.readableBytes, for: exchange.client) else {
                    throw exchange.turnedAway(.full)
                }
                held += part.readableBytes
                whole.writeImmutableBuffer(part)
            }
        } catch let error as NiangjiaError {
            throw error
        } catch {
            throw NiangjiaError(
                .invalid, zh: "正文没有完整送达。", en: "The body didn't arrive whole.", place: "", cause: "\(error)")
        }
        return whole
    }
}

/// Header fields that every answer carries.
enum DoorHeaders {
    private static func name(_ text: String) -> HTTPField.Name { HTTPField.Name(text) ?? .server }

    private static let policy = name("Content-Security-Policy")
    /// Made once: a value is looked at byte by byte when it is set.
    private static let fixed = [
        HTTPField(name: name("X-Content-Type-Options"), value: "nosniff"),
        HTTPField(name: name("X-Frame-Options"), value: "DENY"),
        HTTPField(name: name("Referrer-Policy"), value: "no-referrer"),
        HTTPField(name: name("Cross-Origin-Resource-Policy"), value: "same-origin"),
        HTTPField(name: policy, value: "default-src 'none'; frame-ancestors 'none'"),
        HTTPField(name: .cacheControl, value: "no-store"),
    ]
    private static let transport = name("Strict-Transport-Security")
    private static let vary = name("Vary")
    private static let allowOrigin = name("Access-Control-Allow-Origin")
    private static let exposed = name("Access-Control-Expose-Headers")

    /// An API answers data, never a page: nothing of it may be run, framed or guessed at.
    static func add(to fields: inout HTTPFields, isSecure: Bool) {
        for field in fixed where !fields.contains(field.name) { fields.append(field) }
        if isSecure { fields[transport] = "max-age=31536000" }
    }

    /// Lets the pages of named origins read an answer; without a name nothing is added.
    static func share(with request: HTTPRequest, _ origins: [String], _ fields: inout HTTPFields) {
        guard !origins.isEmpty else { return }
        fields[vary] = "Origin"
        guard let origin = request.headerFields[.origin], origins.contains(origin) else { return }
        fields[allowOrigin] = origin
        fields[exposed] =
            "Allow, Content-Disposition, ETag, Idempotency-Replayed, Location, Retry-After, WWW-Authenticate"
        fields[name("Cross-Origin-Resource-Policy")] = "cross-origin"
    }

    /// The answer to a browser that asks first; nil where no origin is named, or another one asks: then nothing says that it may.
    static func preflight(_ request: Request, _ origins: [String]) -> Response? {
        guard let origin = request.headers[.origin], origins.contains(origin),
            request.headers[name("Access-Control-Request-Method")] != nil
        else { return nil }
        return Response(
            status: .noContent,
            headers: [
                name("Access-Control-Allow-Methods"): "GET, POST, PUT, DELETE",
                name("Access-Control-Allow-Headers"):
                    "Authorization, Content-Type, Accept-Language, If-Match, If-None-Match, Idempotency-Key",
                name("Access-Control-Max-Age"): "600",
            ])
    }
}
