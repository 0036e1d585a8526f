import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NiangjiaCore

/// The HTTP server: routes to operations of the host, behind the front door's guards.
public struct WebServer: Sendable {
    /// The largest body of a request, in bytes.
    public static let largestBody = 1 << 20

    private let host: any WebHost
    private let address: ListenAddress
    private let door: Door
    private let watch: (any WatchedHost)?
    private let isReady: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - listen: `127.0.0.1:8080`; port 0 takes a free one. Another address than this machine's own takes a named proxy.
    ///   - settings: who stands before the host, and how much it takes from whom.
    ///   - watch: what is shown to whoever watches the host; nil: it always says that it is ready.
    ///   - log: takes a line about each request.
    ///   - isReady: told the port once the server listens.
    /// - Throws: `invalid` for an address that it may not listen on.
    public init(
        _ host: any WebHost, listen: String, settings: DoorSettings = DoorSettings(), watch: (any WatchedHost)? = nil,
        log: (@Sendable (String) -> Void)? = nil, isReady: @escaping @Sendable (Int) -> Void
    ) throws {
        try self.init(host, listen: listen, door: Door(settings, log: log), watch: watch, isReady: isReady)
    }

    /// A server behind a door.
    init(
        _ host: any WebHost, listen: String, door: Door, watch: (any WatchedHost)?,
        isReady: @escaping @Sendable (Int) -> Void
    ) throws {
        self.host = host
        self.door = door
        self.watch = watch
        self.isReady = isReady
        address = try ListenAddress(listen, proxies: door.settings.proxies)
    }

    /// Serves metrics on a private address until the task is cancelled, where the settings name one.
    ///
    /// - Parameter isReady: told the port once it listens.
    public func runMetrics(isReady: @escaping @Sendable (Int) -> Void = { _ in }) async throws {
        guard let listen = door.settings.metrics, let watch else { return }
        // The settings have made sure that it is a private one.
        let address = try ListenAddress(listen, proxies: [listen])
        try await MetricsServer(door: door, address: address, watch: watch, isReady: isReady).run()
    }

    /// Returns once no request is at work, or after so long: what streams would never end.
    public func drain(within longest: Duration) async {
        let until = ContinuousClock.now + longest
        while door.standing.atWork > 0, ContinuousClock.now < until, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Serves until the task is cancelled.
    public func run() async throws {
        let router = Router(context: WebContext.self, options: .autoGenerateHeadEndpoints)
        for route in Routes.all {
            router.on(RouterPath(route.path), method: route.method) { request, context in
                await answer(route, request, context)
            }
        }
        router.add(middleware: NotFound())
        var logger = Logger(label: "web")
        // What goes wrong in a request is told to whoever asked; connections that end with the server are no error.
        logger.logLevel = .critical
        let (isReady, door, fallback) = (isReady, door, address.port)
        let instant = InstantRoutes(host, door)
        let app = Application(
            responder: FrontDoor(
                door: door, inner: router.buildResponder(), host: host, watch: watch),
            server: HTTPServerBuilder { Connections(door: door, instant: instant, responder: $0) },
            configuration: .init(
                address: .hostname(address.host, port: address.port), backlog: 1_024,
                // Beyond this they wait outside; up to it they are told.
                availableConnectionsDelegate: MaximumAvailableConnections(door.limits.connections + 256)),
            onServerRunning: { channel in isReady(channel.localAddress?.port ?? fallback) }, logger: logger)
        try await app.run()
    }

    fileprivate static let nothingHere = NiangjiaError(.notFound, zh: "没有这个地址。", en: "There is nothing here.")

    private func answer(_ route: Route, _ request: Request, _ context: WebContext) async -> Response {
        let language = context.exchange.language
        let asked: Asked
        do {
            asked = try await read(route, request, context)
        } catch {
            let challenge = RequestReader.challenge(request.head)
            let problem = Problem(
                error: NiangjiaError(error), language: language, challenge: challenge, taken: route.bodyTypes)
            return problem.answer.response
        }
        do {
            return try await answer(route, asked, context.exchange)
        } catch {
            let failure = NiangjiaError(error).placed(route, file: asked.file?.path)
            return Problem(error: failure, language: language, isUnderstood: true).answer.response
        }
    }

    /// Who asks, what for, and with what: everything that can be said without the operation.
    private func read(_ route: Route, _ request: Request, _ context: WebContext) async throws -> Asked {
        // The router reads over empty segments, and nobody else on the way has to: what a proxy lets pass is not what is asked here.
        guard Routes.isSpelled(request.uri.path) else {
            try context.exchange.identified(nil)
            throw WebServer.nothingHere
        }
        let reader = RequestReader(
            route: route, head: request.head, query: request.uri.query, parameters: context.parameters)
        try reader.checkAccepted()
        let exchange = context.exchange
        let account = try await asking(route, reader, exchange)
        var asked = try reader.asked(by: account, door.limits, body: try await reader.body(request.body))
        if let account, let content = route.parameters.first(where: { $0.source == .content }) {
            try reader.checkContentType()
            let most = host.largestFile(for: route.operation)
            let file = try await Spool.receive(request, most: most, in: host.incoming, of: account.id, exchange)
            asked.file = file
            asked.arguments[content.argument] = .text(file.path)
        }
        return asked
    }

    /// Who asks, counted; nil where it takes no sign-in. Of whoever may not ask for it at all nothing further is read.
    private func asking(_ route: Route, _ reader: RequestReader, _ exchange: Exchange) async throws -> Account? {
        guard route.needsSignIn else {
            try exchange.identified(nil)
            if route.operation == "account.login" { try exchange.signsIn() }
            return nil
        }
        let account: Account
        do {
            guard let token = reader.token, !token.isEmpty else { throw reader.stranger }
            account = try await host.account(token: token)
        } catch {
            // What is shown is nobody's: it is a stranger who asks.
            try exchange.identified(nil)
            throw error
        }
        try exchange.identified(account)
        // Roles that rest for want of a second factor are no roles that are missing.
        try host.check(route.operation, account)
        guard route.permissions.isEmpty || route.permissions.contains(where: account.may) else {
            throw Access.forbidden(anyOf: route.permissions)
        }
        return account
    }

    private func answer(_ route: Route, _ asked: Asked, _ exchange: Exchange) async throws -> Response {
        if route.operation.isEmpty { return OpenAPIDocument.response(to: exchange.head) }
        defer { asked.file?.remove() }
        let (host, client, language) = (
            host, SignInClient.address(SignInClient.network(exchange.client)), exchange.language
        )
        let askAs: @Sendable (Account?) async throws -> Value = { account in
            try await SignInClient.$current.withValue(client) {
                try await host.perform(route.operation, .map(asked.arguments), as: account, in: language)
            }
        }
        let ask: @Sendable () async throws -> Value = { try await askAs(asked.account) }
        switch route.answer {
        case .one, .page, .whole: return try await once(route, asked, ask)
        case .events:
            guard let place = StreamPlace(of: asked.account, door) else { throw exchange.turnedAway(.full) }
            return EventStream.response(WebAnswer.spelled(try await ask()), language) {
                // A stream ends with the sign-in that it was opened by, or with its rights; its place is held as long as it asks.
                _ = place
                do {
                    return WebAnswer.spelled(try await askAs(try await host.account(token: asked.token ?? "")))
                } catch { throw NiangjiaError(error).placed(route) }
            }
        case .file(let types): return try WebServer.file(try await ask(), of: types)
        }
    }

    /// Runs the operation, once for a key where one was sent.
    private func once(
        _ route: Route, _ asked: Asked, _ ask: @Sendable () async throws -> Value
    ) async throws -> Response {
        var headers: HTTPFields = [:]
        let value: Value
        if let key = asked.key, let account = asked.account {
            let request = "\(route.method) \(route.path) \(Value.map(asked.arguments).json)"
            let told = try await host.once(
                key, Array(request.utf8), of: route.operation, as: account, ask)
            value = told.value
            if told.isRepeated { headers[.idempotencyReplayed] = "true" }
        } else {
            value = try await ask()
        }
        if let version = value["version"].int { headers[.eTag] = "\"\(version)\"" }
        if let place = route.location(value) { headers[.location] = place }
        return WebAnswer(route, asked, value, headers).response
    }

    /// A file that an operation answers: its name, and its content in base64.
    private static func file(_ value: Value, of types: [String]) throws -> Response {
        guard let content = value["content"].text.flatMap({ Data(base64Encoded: $0) }), let name = value["name"].text
        else { throw NiangjiaError(.internal, zh: "程序内部错误。", en: "A fault of the host itself.", cause: "no file") }
        let escaped = name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "file"
        let type = value["media_type"].text.flatMap { types.contains($0) ? $0 : nil } ?? "application/octet-stream"
        var headers: HTTPFields = [.contentType: type, .cacheControl: "no-store"]
        headers[.contentDisposition] = "attachment; filename*=UTF-8''\(escaped)"
        headers[.contentTypeOptions] = "nosniff"
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: content)))
    }
}

/// Says in problem details what hummingbird says in its own way: no such path, no such method.
private struct NotFound: RouterMiddleware {
    typealias Context = WebContext

    func handle(
        _ request: Request, context: WebContext,
        next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError {
            do {
                try context.exchange.identified(nil)
            } catch {
                return Problem(error: NiangjiaError(error), language: context.exchange.language).answer.response
            }
            let methods = Routes.methods(at: request.uri.path)
            let failure =
                if error.status == .notFound, !methods.isEmpty {
                    NiangjiaError("method_not_allowed", zh: "这个地址不支持此方法。", en: "This address doesn't take the method.")
                } else if error.status == .notFound {
                    WebServer.nothingHere
                } else {
                    NiangjiaError(.invalid, zh: "请求有误。", en: "The request is wrong.")
                }
            let language = context.exchange.language
            var response = Problem(error: failure, language: language).answer.response
            if !methods.isEmpty { response.headers[.allow] = methods.joined(separator: ", ") }
            return response
        }
    }
}
