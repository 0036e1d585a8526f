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
    private let log: (@Sendable (String) -> Void)?
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
        self.host = host
        self.watch = watch
        self.log = log
        self.isReady = isReady
        door = Door(settings)
        address = try ListenAddress(listen, proxies: settings.proxies)
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
        let router = Router(context: BasicRequestContext.self, options: .autoGenerateHeadEndpoints)
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
        let app = Application(
            responder: FrontDoor(
                door: door, inner: router.buildResponder(), takesFile: Routes.takesFile, log: log, watch: watch),
            server: HTTPServerBuilder { responder in
                LoopChannel(
                    inner: HTTP1Channel(
                        responder: responder,
                        configuration: .init(
                            additionalChannelHandlers: [ConnectionGuard(door)],
                            httpDecoderConfiguration: .init(
                                maxHeaderFieldSize: door.limits.headBytes, maxHeaderListSize: door.limits.headBytes,
                                maxHeaderFieldCount: door.limits.headFields))))
            },
            configuration: .init(
                address: .hostname(address.host, port: address.port), serverName: "niangjia", backlog: 1_024,
                // Beyond this they wait outside; up to it they are told.
                availableConnectionsDelegate: MaximumAvailableConnections(door.limits.connections + 256)),
            onServerRunning: { channel in isReady(channel.localAddress?.port ?? fallback) }, logger: logger)
        try await app.run()
    }

    private func answer(_ route: Route, _ request: Request, _ context: BasicRequestContext) async -> Response {
        let language = Negotiation.language(request.headers[.acceptLanguage])
        let asked: Asked
        do {
            asked = try await read(route, request, context)
        } catch {
            return Problem(error: WebServer.describe(error), language: language).response
        }
        do {
            // What is answered from memory stays where it is; what may take long mustn't hold up the others of its loop.
            if WebServer.quick.contains(route.operation) { return try await answer(route, asked, language) }
            return try await offLoop { try await answer(route, asked, language) }
        } catch {
            let failure = WebServer.describe(error).naming(asked.file)
            return Problem(error: failure, language: language, isUnderstood: true).response
        }
    }

    /// A request that is as the document says.
    private struct Asked: Sendable {
        var account: Account?
        /// By what the account has shown who it is.
        var token: String?
        var arguments: Value
        var key: String?
        /// A file that came with it, to be removed.
        var file: String?
    }

    /// Who asks, what for, and with what: everything that can be said without the operation.
    private func read(_ route: Route, _ request: Request, _ context: BasicRequestContext) async throws -> Asked {
        try WebServer.checkAccepted(route, request)
        let token = WebServer.token(request)
        var account: Account?
        if route.needsSignIn {
            guard let token else {
                throw NiangjiaError(.unauthenticated, zh: "请先登录。", en: "Sign in first.")
            }
            let found = try await host.account(token: token)
            if let first = route.permissions.first, !route.permissions.contains(where: found.may) {
                throw Access.forbidden(first)
            }
            account = found
        }
        try Exchange.identified(account)
        let reader = RequestReader(route: route, request: request, context: context, token: token)
        let key = try reader.idempotencyKey()
        var arguments = try await reader.arguments()
        try TextGuard.check(.map(arguments), door.limits)
        var file: String?
        if let parameter = route.parameters.first(where: { $0.source == .content }) {
            // The body is the file itself, not a form with a file in it.
            guard Negotiation.mediaType(request.headers[.contentType])?.hasPrefix("multipart/") != true else {
                throw NiangjiaError(
                    "unsupported_media_type", zh: "正文就是文件本身(application/octet-stream),不是 multipart 表单。",
                    en: "The body is the file itself (application/octet-stream), not a multipart form.",
                    place: "/Content-Type")
            }
            let most = host.largestFile(for: route.operation)
            let path = try await Spool.receive(request, most: most, in: host.incoming)
            arguments[parameter.argument] = .text(path)
            file = path
        }
        return Asked(
            account: account, token: route.needsSignIn ? token : nil, arguments: .map(arguments), key: key, file: file)
    }

    /// Operations that read no row, or one: going to another thread and back would be most of their work.
    private static let quick: Set<String> = ["health", "station.near"]

    private func answer(_ route: Route, _ asked: Asked, _ language: Language) async throws -> Response {
        if route.operation.isEmpty { return OpenAPIDocument.response }
        defer { if let file = asked.file { unlink(file) } }
        let host = host
        let ask: @Sendable () async throws -> Value = {
            try await host.perform(route.operation, asked.arguments, as: asked.account, in: language)
        }
        switch route.answer {
        case .one: return try await once(route, asked, ask)
        case .page(_, let key):
            let items = try await ask().list ?? []
            let isFull = Int64(items.count) == asked.arguments["limit"].int
            let next: Value = if let key, isFull, let last = items.last { last[key] } else { .null }
            return WebAnswer.make(
                .init(code: route.status), MoneyWords.spelled(["items": .list(items), "next": next]))
        case .events:
            return EventStream.response(MoneyWords.spelled(try await ask()), language) {
                // A stream ends with the sign-in that it was opened by.
                if let token = asked.token { _ = try await host.account(token: token) }
                return try await offLoop { MoneyWords.spelled(try await ask()) }
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
            let request = "\(route.method) \(route.path) \(asked.arguments.json)"
            let told = try await host.once(key, Array(request.utf8), as: account, ask)
            value = told.value
            if told.isRepeated { headers[.idempotencyReplayed] = "true" }
        } else {
            value = try await ask()
        }
        if let version = value["version"].int { headers[.eTag] = "\"\(version)\"" }
        return WebAnswer.make(.init(code: route.status), MoneyWords.spelled(value), headers)
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

    private static func checkAccepted(_ route: Route, _ request: Request) throws {
        let types =
            switch route.answer {
            case .one, .page: ["application/json"]
            case .events: ["text/event-stream"]
            case .file(let types): types
            }
        guard types.contains(where: { Negotiation.accepts($0, request.headers[.accept]) }) else {
            let type = types.joined(separator: ", ")
            throw NiangjiaError(
                "not_acceptable", zh: "回答是 \(type),而 Accept 不接受它。",
                en: "The answer is \(type), which Accept doesn't take.",
                place: "/Accept")
        }
    }

    private static func token(_ request: Request) -> String? {
        guard let header = request.headers[.authorization] else { return nil }
        // A person's sign-in, or the key of a door or a scanner; what else somebody sends is nobody's.
        let scheme = header.prefix(7).lowercased()
        let isKey = header.dropFirst(7).hasPrefix(Access.deviceKeyPrefix)
        guard scheme == "bearer " && !isKey || scheme == "device " && isKey else { return "" }
        return String(header.dropFirst(7))
    }

    static func describe(_ error: any Error) -> NiangjiaError {
        error as? NiangjiaError ?? (error as? StoreError)?.forPeople
            ?? NiangjiaError(.internal, zh: "程序内部错误。", en: "A fault of the host itself.", cause: "\(error)")
    }
}

extension NiangjiaError {
    /// The same without the path under which the host put a file that came in: for whoever sent it, it is the body.
    fileprivate func naming(_ file: String?) -> NiangjiaError {
        guard let file, let place else { return self }
        let name = file.split(separator: "/").last.map(String.init) ?? file
        var told = self
        told.place = place.replacing(file, with: "/").replacing(name, with: "/")
        return told
    }
}

/// Says in problem details what hummingbird says in its own way: no such path, no such method.
private struct NotFound: RouterMiddleware {
    typealias Context = BasicRequestContext

    func handle(
        _ request: Request, context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError {
            let methods = Routes.methods(at: request.uri.path)
            let failure =
                if error.status == .notFound, !methods.isEmpty {
                    NiangjiaError("method_not_allowed", zh: "这个地址不支持此方法。", en: "This address doesn't take the method.")
                } else if error.status == .notFound {
                    NiangjiaError(.notFound, zh: "没有这个地址。", en: "There is nothing here.")
                } else {
                    NiangjiaError(.invalid, zh: "请求有误。", en: "The request is wrong.")
                }
            let language = Negotiation.language(request.headers[.acceptLanguage])
            var response = Problem(error: failure, language: language).response
            if !methods.isEmpty { response.headers[.allow] = methods.joined(separator: ", ") }
            return response
        }
    }
}
