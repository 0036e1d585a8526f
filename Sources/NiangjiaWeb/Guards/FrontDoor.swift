import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NiangjiaCore

/// Where a request came from, before anything is known about it.
struct DoorContext: InitializableFromSource {
    /// The address at the other end of the connection.
    let peer: String
    let basic: BasicRequestContext

    init(source: ApplicationRequestContextSource) {
        peer = source.channel.remoteAddress?.ipAddress ?? "local"
        basic = BasicRequestContext(source: source)
    }
}

/// Everything that holds for every request: who may come in now, how much of it is read, what every answer carries, what is
/// written down about it. The routes stand behind it.
struct FrontDoor<Inner: HTTPResponder>: HTTPResponder where Inner.Context == BasicRequestContext {
    typealias Context = DoorContext

    let door: Door
    let inner: Inner
    /// Whether a method of a path takes a file, piece by piece.
    let takesFile: @Sendable (HTTPRequest.Method, String) -> Bool
    /// Takes a line about each request.
    let log: (@Sendable (String) -> Void)?
    let watch: (any WatchedHost)?

    func respond(to request: Request, context: DoorContext) async throws -> Response {
        let started = NIODeadline.now()
        let (peer, basic) = (context.peer, context.basic)
        let client = door.client(peer: peer, request.headers)
        let exchange = Exchange(door, client: client)
        var response: Response
        if let simple = await simple(request) {
            response = simple
        } else {
            do {
                response = try await admitted(request, basic, exchange, client)
            } catch {
                response =
                    Problem(
                        error: WebServer.describe(error),
                        language: Negotiation.language(request.headers[.acceptLanguage])
                    ).response
            }
        }
        // Whatever it says: bytes behind the head would be taken for the next answer.
        if request.method == .head { response.body = ResponseBody() }
        DoorHeaders.add(to: &response, isSecure: door.isSecure(peer: peer, request.headers))
        DoorHeaders.share(with: request, door.settings.origins, &response)
        let spent = NIODeadline.now() - started
        let route = basic.endpointPath ?? "other"
        let name = route == "NotFound" ? "other" : route
        door.metrics.count(request.method, name, response.status.code, nanoseconds: spent.nanoseconds)
        if let log {
            let line = AccessLine(
                method: request.method, route: name, status: response.status.code, spent: spent,
                bytes: response.body.contentLength, caller: exchange.account ?? client)
            log(line.json)
        }
        return response
    }

    /// What is answered even when the host is full: whether it lives, whether it is ready, and a browser's question.
    private func simple(_ request: Request) async -> Response? {
        if request.method == .options { return DoorHeaders.preflight(request, door.settings.origins) }
        guard request.method == .get else { return nil }
        switch request.uri.path {
        case "/livez": return WebAnswer.make(.ok, ["ok": true])
        case "/readyz":
            guard let watch else { return WebAnswer.make(.ok, ["ok": true]) }
            let found = await watch.readiness()
            return WebAnswer.make(found.isReady ? .ok : .serviceUnavailable, found.value)
        default: return nil
        }
    }

    private func admitted(
        _ request: Request, _ context: BasicRequestContext, _ exchange: Exchange, _ client: String
    ) async throws -> Response {
        let limits = door.limits
        guard request.head.path?.utf8.count ?? 0 <= limits.pathBytes else {
            throw NiangjiaError(
                "too_large", zh: "地址和查询超过 \(limits.pathBytes) 字节。",
                en: "Path and query are longer than \(limits.pathBytes) bytes.")
        }
        var request = request
        var held = 0
        defer { if held > 0 { door.release(body: held) } }
        if hasBody(request), !takesFile(request.method, request.uri.path) {
            request.body = RequestBody(buffer: try await receive(request, &held, exchange))
        }
        do { try door.enter(client) } catch { throw exchange.turnedAway(error) }
        defer { door.leave(client) }
        let whole = request
        return try await Exchange.$current.withValue(exchange) {
            try await inner.respond(to: whole, context: context)
        }
    }

    private func hasBody(_ request: Request) -> Bool {
        if request.headers[.transferEncoding] != nil { return true }
        guard let length = request.headers[.contentLength] else { return false }
        return length != "0"
    }

    /// A JSON body, whole, before anything is done for it: who sends slowly holds a connection, not a place at work.
    private func receive(_ request: Request, _ held: inout Int, _ exchange: Exchange) async throws -> ByteBuffer {
        let most = door.limits.bodyBytes
        let tooLarge = NiangjiaError(
            "too_large", zh: "正文超过 \(most >> 10) KB。", en: "The body is larger than \(most >> 10) KB.", place: "/")
        guard request.headers[.contentLength].flatMap({ Int($0) }) ?? 0 <= most else { throw tooLarge }
        var whole = ByteBuffer()
        do {
            for try await part in request.body {
                guard whole.readableBytes + part.readableBytes <= most else { throw tooLarge }
                guard door.hold(body: part.readableBytes) else { throw exchange.turnedAway(.full) }
                held += part.readableBytes
                whole.writeImmutableBuffer(part)
            }
        } catch let error as NiangjiaError {
            throw error
        } catch {
            throw NiangjiaError(
                .invalid, zh: "正文没有完整送达。", en: "The body didn't arrive whole.", place: "/", cause: "\(error)")
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
    static func add(to response: inout Response, isSecure: Bool) {
        for field in fixed where !response.headers.contains(field.name) { response.headers.append(field) }
        if isSecure { response.headers[transport] = "max-age=31536000" }
    }

    /// Lets the pages of named origins read an answer; without a name nothing is added.
    static func share(with request: Request, _ origins: [String], _ response: inout Response) {
        guard !origins.isEmpty else { return }
        response.headers[vary] = "Origin"
        guard let origin = request.headers[.origin], origins.contains(origin) else { return }
        response.headers[allowOrigin] = origin
        response.headers[exposed] = "ETag, Location, Retry-After"
        response.headers[name("Cross-Origin-Resource-Policy")] = "cross-origin"
    }

    /// The answer to a browser that asks first; nil where no origin is named, or another one asks: then nothing says that it may.
    static func preflight(_ request: Request, _ origins: [String]) -> Response? {
        guard let origin = request.headers[.origin], origins.contains(origin),
            request.headers[name("Access-Control-Request-Method")] != nil
        else { return nil }
        return Response(
            status: .noContent,
            headers: [
                name("Access-Control-Allow-Methods"): "GET, POST, PUT, PATCH, DELETE",
                name("Access-Control-Allow-Headers"):
                    "Authorization, Content-Type, Accept-Language, If-Match, If-None-Match, Idempotency-Key",
                name("Access-Control-Max-Age"): "600",
            ])
    }
}
