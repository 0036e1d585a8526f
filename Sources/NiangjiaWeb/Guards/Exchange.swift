import HTTPTypes
import NIOCore
import NiangjiaCore

/// One request on its way through the host, with what holds for every request, whichever way it goes: who may come in now, what
/// every answer carries, what is counted and written down about it.
final class Exchange: Sendable {
    let door: Door
    let head: HTTPRequest
    /// The address at the other end of the connection.
    private let peer: String
    /// Who asks: the peer, or whom a named proxy speaks for.
    let client: String
    private let started = NIODeadline.now()
    private let account = Guarded<String?>(nil)

    init(_ door: Door, _ head: HTTPRequest, from peer: String) {
        self.door = door
        self.head = head
        self.peer = peer
        client = door.client(peer: peer, head.headerFields)
    }

    /// In which refusals are worded.
    var language: Language { Negotiation.language(head.headerFields[.acceptLanguage]) }

    // MARK: Coming in

    /// - Throws: `uri_too_long` for a path and query that are longer than anything here (RFC 9110 §15.5.15).
    func checkLength() throws(NiangjiaError) {
        let most = door.limits.pathBytes
        guard head.path?.utf8.count ?? 0 <= most else {
            throw NiangjiaError(
                "uri_too_long", zh: "地址和查询超过 \(most) 字节。", en: "Path and query are longer than \(most) bytes.")
        }
    }

    /// Takes the request in; ``leave()`` follows.
    ///
    /// - Throws: `busy`.
    func enter() throws(NiangjiaError) {
        do { try door.enter(client) } catch { throw turnedAway(error) }
    }

    /// The request that was taken in has its answer.
    func leave() { door.leave(client) }

    /// Counts the request of whoever has shown who it is, or of an address that didn't.
    ///
    /// - Throws: `rate_limited`.
    func identified(_ account: Account?) throws(NiangjiaError) {
        do {
            if let account {
                self.account.withLock { $0 = account.id }
                try door.count(account: account.id)
            } else {
                try door.count(stranger: client)
            }
        } catch { throw turnedAway(error) }
    }

    /// Counts an attempt to sign in.
    ///
    /// - Throws: `rate_limited`.
    func signsIn() throws(NiangjiaError) {
        do { try door.count(signIn: SignInClient.network(client)) } catch { throw turnedAway(error) }
    }

    /// A refusal in words, with the time to come back.
    func turnedAway(_ refusal: Door.Refusal) -> NiangjiaError {
        switch refusal {
        case .full:
            return NiangjiaError(
                .busy, zh: "现在请求太多,请稍后再试;这次什么都没有办理。",
                en: "There are too many requests just now: try again later. Nothing of this one was done.",
                retryAfter: 1)
        case .tooOften(let seconds):
            return NiangjiaError(
                "rate_limited", zh: "请求太频繁,请在 \(seconds) 秒后再试。",
                en: "Too many requests: try again in \(seconds) seconds.", retryAfter: Int64(seconds))
        }
    }

    // MARK: Going out

    /// Gives the answer what every answer carries, counts it, and writes a line about it.
    ///
    /// - Parameters:
    ///   - route: as the table spells it; nothing of the request.
    ///   - bytes: of the body; nil where nobody knows.
    func end(route: String, status: HTTPResponse.Status, fields: inout HTTPFields, bytes: Int?) {
        DoorHeaders.add(to: &fields, isSecure: door.isSecure(peer: peer, head.headerFields))
        DoorHeaders.share(with: head, door.settings.origins, &fields)
        let spent = NIODeadline.now() - started
        door.metrics.count(head.method, route, status.code, nanoseconds: spent.nanoseconds)
        guard let log = door.log else { return }
        let line = AccessLine(
            method: head.method, route: route, status: status.code, spent: spent, bytes: bytes,
            caller: account.withLock { $0 } ?? client)
        log(line.json)
    }
}
