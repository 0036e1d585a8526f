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

    /// Serves until the task is cancelled.
    public func run() async throws {
        let router = Router(context: BasicRequestContext.self)
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
        let files = Routes.all.filter { $0.parameters.contains { $0.source == .content } }.map(\.path)
        let app = Application(
            responder: FrontDoor(
                door: door, inner: router.buildResponder(), streams: Set(files), log: log, watch: watch),
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [ConnectionGuard(door)],
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: door.limits.headBytes, maxHeaderListSize: door.limits.headBytes,
                        maxHeaderFieldCount: door.limits.headFields))),
            configuration: .init(
                address: .hostname(address.host, port: address.port), serverName: "niangjia", backlog: 1_024,
                // Beyond this they wait outside; up to it they are told.
                availableConnectionsDelegate: MaximumAvailableConnections(door.limits.connections + 256)),
            onServerRunning: { channel in isReady(channel.localAddress?.port ?? fallback) }, logger: logger)
        try await app.run()
    }

    private func answer(_ route: Route, _ request: Request, _ context: BasicRequestContext) async -> Response {
        let language = WebServer.language(request)
        do {
            var account: Account?
            if let token = WebServer.token(request) {
                account = try await host.account(token: token)
            } else if route.needsSignIn {
                throw NiangjiaError(.unauthenticated, zh: "请先登录。", en: "Sign in first.")
            }
            try Exchange.identified(account)
            try WebServer.checkQuery(route, request)
            let value: Value
            if let account, route.parameters.contains(where: { $0.source == .content }) {
                value = try await host.keep(file: content(request), as: account)
            } else {
                let arguments = try await self.arguments(route, request, context)
                value = try await host.perform(route.operation, arguments, as: account)
            }
            var headers: HTTPFields = [:]
            if let version = value["version"].int { headers[.eTag] = "\"\(version)\"" }
            return WebAnswer.make(.init(code: route.status), value, headers)
        } catch {
            return Problem(error: WebServer.describe(error), language: language).response
        }
    }

    private func arguments(_ route: Route, _ request: Request, _ context: BasicRequestContext) async throws -> Value {
        var members: [String: Value] = [:]
        let body = route.parameters.contains { $0.source == .body } ? try await self.body(request) : [:]
        let known = Set(route.parameters.filter { $0.source == .body }.map(\.name))
        if let stranger = body.keys.sorted().first(where: { !known.contains($0) }) {
            throw NiangjiaError(
                .invalid, zh: "不认识的键 \(stranger)。", en: "Unknown key \(stranger).", place: "/\(stranger)")
        }
        for parameter in route.parameters {
            let value: Value?
            switch parameter.source {
            case .path: value = context.parameters.get(parameter.name).map { .text($0) }
            case .query: value = request.uri.queryParameters[parameter.name[...]].map { .text(String($0)) }
            case .body: value = body[parameter.name]
            case .content: value = nil
            case .ifMatch:
                value = request.headers[.ifMatch].map { .text($0.filter { $0 != "\"" }) }
            }
            if let value, !value.isNull {
                members[parameter.argument] = value
            } else if parameter.isRequired {
                throw NiangjiaError(
                    .invalid, zh: "缺少 \(parameter.name)。", en: "\(parameter.name) is missing.",
                    place: "/\(parameter.name)")
            }
        }
        try TextGuard.check(.map(members), door.limits)
        return .map(members)
    }

    /// A key that nobody reads is a slip of whoever wrote it, in the query as in the body.
    private static func checkQuery(_ route: Route, _ request: Request) throws {
        let known = Set(route.parameters.filter { $0.source == .query }.map(\.name))
        let strangers = request.uri.queryParameters.map { String($0.key) }.filter { !known.contains($0) }
        if let stranger = strangers.sorted().first {
            throw NiangjiaError(
                .invalid, zh: "不认识的键 \(stranger)。", en: "Unknown key \(stranger).", place: "/\(stranger)")
        }
    }

    private func body(_ request: Request) async throws -> [String: Value] {
        let length = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        guard length <= WebServer.largestBody else { throw WebServer.tooLarge }
        let buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: WebServer.largestBody)
        } catch { throw WebServer.tooLarge }
        do {
            guard let members = try Value(jsonBytes: Array(buffer.readableBytesView)).map else {
                throw NiangjiaError(.invalid, zh: "正文须是一个 JSON 对象。", en: "The body must be a JSON object.", place: "/")
            }
            return members
        } catch let fault as JSONFault {
            throw NiangjiaError(
                .invalid, zh: "正文第 \(fault.offset + 1) 字节:\(fault.message.zh)",
                en: "byte \(fault.offset + 1) of the body: \(fault.message.en)", place: "/")
        }
    }

    /// A file as it comes in, piece by piece; a stream that grows beyond the cap is not read on.
    private func content(_ request: Request) async throws -> [UInt8] {
        let most = host.largestFile
        let tooLarge = NiangjiaError(
            "too_large", zh: "文件超过 \(most >> 20) MB。", en: "The file is larger than \(most >> 20) MB.", place: "/")
        guard request.headers[.contentLength].flatMap({ Int($0) }) ?? 0 <= most else { throw tooLarge }
        var bytes: [UInt8] = []
        for try await piece in request.body {
            guard bytes.count + piece.readableBytes <= most else { throw tooLarge }
            bytes += piece.readableBytesView
        }
        return bytes
    }

    private static let tooLarge = NiangjiaError(
        "too_large", zh: "正文超过 1 MB。", en: "The body is larger than 1 MB.", place: "/")

    private static func token(_ request: Request) -> String? {
        guard let header = request.headers[.authorization] else { return nil }
        // A person's sign-in, or the key of a door or a scanner; what else somebody sends is nobody's.
        let scheme = header.prefix(7).lowercased()
        let isKey = header.dropFirst(7).hasPrefix(Access.deviceKeyPrefix)
        guard scheme == "bearer " && !isKey || scheme == "device " && isKey else { return "" }
        return String(header.dropFirst(7))
    }

    static func language(_ request: Request) -> Language {
        let wanted = request.headers[.acceptLanguage]?.lowercased() ?? ""
        let first = wanted.split(separator: ",").first.map(String.init) ?? ""
        return first.hasPrefix("en") ? .en : .zh
    }

    static func describe(_ error: any Error) -> NiangjiaError {
        error as? NiangjiaError ?? (error as? StoreError)?.forPeople
            ?? NiangjiaError(.internal, zh: "程序内部错误。", en: "A fault of the host itself.", cause: "\(error)")
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
            let isMethod = error.status == .methodNotAllowed
            let failure = NiangjiaError(
                isMethod ? "method_not_allowed" : error.status == .notFound ? .notFound : .invalid,
                zh: isMethod ? "这个地址不支持此方法。" : "没有这个地址。",
                en: isMethod ? "This address doesn't take the method." : "There is nothing here.")
            return Problem(error: failure, language: .zh).response
        }
    }
}
