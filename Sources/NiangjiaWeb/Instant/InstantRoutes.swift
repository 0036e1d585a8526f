import HTTPTypes
import Hummingbird
import NIOCore
import NiangjiaCore

/// Routes that need no sign-in and whose answers are in memory: read, checked, answered and written down in one go on the loop of
/// their connection, without a task.
///
/// Nothing is checked here that the ordinary way (``FrontDoor``, ``WebServer``) checks by itself: both pass the same ``Exchange``,
/// ``RequestReader`` and ``WebAnswer``.
struct InstantRoutes: Sendable {
    /// A request for one of the routes.
    struct Call {
        let route: Route
        let query: String?
    }

    private let host: any WebHost
    private let door: Door
    private let routes: [(path: String, route: Route)]

    init(_ host: any WebHost, _ door: Door) {
        self.host = host
        self.door = door
        // Who has to show who they are is asked of the store.
        let open = Routes.all.filter { $0.method == .get && !$0.needsSignIn && $0.isOnePiece && !$0.path.contains("{") }
        routes = open.filter { host.isInstant($0.operation) }.map { ($0.path, $0) }
    }

    /// The route that a request is for, where it is as plain as that: the path as the table spells it, no body, nothing asked of the
    /// connection.
    func call(_ head: HTTPRequest) -> Call? {
        guard head.method == .get || head.method == .head, let target = head.path else { return nil }
        let bytes = target.utf8
        let end = bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.endIndex
        let path = target[..<end]
        guard let route = routes.first(where: { $0.path == path })?.route, !bytes.contains(UInt8(ascii: "#")),
            head.headerFields.allSatisfy(InstantRoutes.isPlain)
        else { return nil }
        return Call(route: route, query: end < bytes.endIndex ? String(target[bytes.index(after: end)...]) : nil)
    }

    /// Whether a field of a request asks for nothing but an answer.
    private static func isPlain(_ field: HTTPField) -> Bool {
        switch field.name {
        case .connection: field.value.lowercased() == "keep-alive"
        case .contentLength, .transferEncoding, .expect, .upgrade: false
        default: true
        }
    }

    /// The answer; nil where memory doesn't hold it just now: then nothing was counted, and the ordinary way fetches it.
    func answer(_ call: Call, _ head: HTTPRequest, from peer: String) -> WebAnswer? {
        guard let work = host.instantly(call.route.operation) else { return nil }
        let exchange = Exchange(door, head, from: peer)
        var answer: WebAnswer
        do {
            answer = try self.answer(call, exchange, work)
        } catch {
            answer = Problem(error: NiangjiaError(error), language: exchange.language).answer
        }
        if head.method == .head { answer.body.clear() }
        exchange.end(
            route: call.route.path, status: answer.status, fields: &answer.fields, bytes: answer.body.readableBytes)
        return answer
    }

    private func answer(_ call: Call, _ exchange: Exchange, _ work: InstantWork) throws -> WebAnswer {
        try exchange.checkLength()
        try exchange.enter()
        defer { exchange.leave() }
        let reader = RequestReader(route: call.route, head: exchange.head, query: call.query)
        try reader.checkAccepted()
        try exchange.identified(nil)
        let asked = try reader.asked(by: nil, door.limits, body: nil)
        do {
            return WebAnswer(call.route, json: try work(.map(asked.arguments), exchange.language))
        } catch {
            let failure = NiangjiaError(error).placed(call.route)
            return Problem(error: failure, language: exchange.language, isUnderstood: true).answer
        }
    }
}
