import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NiangjiaCore

/// Stands in each connection between the HTTP codec and the host: lets it in, holds its deadlines, and ends it when it is
/// malformed, slow or silent.
///
/// Deadlines: the head of a request, a body with its least rate, an answer that nobody takes, an idle connection. A request that
/// the host works on has none: what the host does has bounds of its own.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Answers that wait for the other side to take them.
    private struct Stall {
        /// When it last had taken enough.
        var since: NIODeadline
        /// What it had taken by then, of all that was written.
        var taken: Int
        /// When it is looked at again.
        var next: NIODeadline
    }

    private let door: Door
    private var peer = ""
    private var isCounted = false
    /// The connection is being ended: nothing more is read or answered.
    private var isOver = false
    /// A request's body is coming in.
    private var isReading = false
    /// Requests whose answers are not complete.
    private var unanswered = 0
    private var bodyBytes = 0
    private var bodyStart = NIODeadline.uptimeNanoseconds(0)
    /// Whom the last request came from: the peer, or whom a named proxy speaks for.
    private var client = ""
    /// Bytes of answers that were written, ever.
    private var written = 0
    /// Answers that have not wholly left.
    private var leaving = 0
    /// What the other side has been slow to take; nil while nothing waits for it.
    private var stall: Stall?
    /// Something unreadable follows a request that is still to be answered.
    private var brokenAfter: Refusal?
    private var readDeadline: NIODeadline?
    private var timer: (task: Scheduled<Void>, at: NIODeadline)?

    init(_ door: Door) { self.door = door }

    // MARK: Coming and going

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard peer.isEmpty else { return }
        peer = context.channel.remoteAddress?.ipAddress ?? "local"
        guard peer == "local" || door.isWelcome(peer) else {
            isOver = true
            context.close(promise: nil)
            return
        }
        guard door.open(from: peer) else {
            door.metrics.refused()
            refuse(context, Refusal(.serviceUnavailable))
            return
        }
        isCounted = true
        client = peer
        // What the other side doesn't take waits here, where it is counted, not in the kernel.
        try? context.channel.syncOptions?.setOption(
            ChannelOptions.Types.SocketOption(level: .tcp, name: ConnectionGuard.unsentMark), value: 128 << 10)
        readDeadline = .now() + TimeAmount(door.limits.headTime)
        arm(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    private func end() {
        isOver = true
        timer?.task.cancel()
        timer = nil
        if isCounted { door.close(from: peer) }
        isCounted = false
        if stall != nil { door.untaken.release(ObjectIdentifier(self)) }
        stall = nil
    }

    // MARK: What comes in

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver, brokenAfter == nil else { return }
        switch unwrapInboundIn(data) {
        case .head(let request):
            // One host that is one, and the same for every reader on the way (RFC 9112 §3.2).
            guard HostName.isValid(request.authority ?? ""), request.headerFields[ConnectionGuard.host] == nil else {
                return breaks(context, .oneHost)
            }
            if let status = ConnectionGuard.fault(transfer: request.headerFields) {
                return breaks(context, Refusal(status))
            }
            client = door.client(peer: peer, request.headerFields)
            unanswered += 1
            isReading = true
            bodyBytes = 0
            bodyStart = .now()
            readDeadline = bodyStart + TimeAmount(door.limits.bodyTime)
        case .body(let part):
            bodyBytes += part.readableBytes
            guard bodyBytes <= door.limits.largestBytes else { return refuse(context, Refusal(.contentTooLarge)) }
            let earned = TimeAmount.seconds(Int64(bodyBytes / door.limits.bodyRate))
            // After the answer the rest of a body is read for a moment only.
            if unanswered > 0 { readDeadline = bodyStart + TimeAmount(door.limits.bodyTime) + earned }
        case .end:
            isReading = false
            readDeadline = unanswered == 0 ? .now() + TimeAmount(door.limits.idleTime) : nil
        }
        if readDeadline != nil { arm(context) }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isOver else { return }
        let status: HTTPResponse.Status =
            (error as? HTTPParserError) == .headerOverflow ? .requestHeaderFieldsTooLarge : .badRequest
        if error is ChannelError || error is IOError {
            context.fireErrorCaught(error)
        } else {
            breaks(context, Refusal(status))
        }
    }

    /// What is wrong with how a body is transferred: in chunks or as it is, and in no other coding (RFC 9112 §6.1). Where chunks
    /// aren't the last coding nobody can tell where the body ends (§6.3).
    private static func fault(transfer fields: HTTPFields) -> HTTPResponse.Status? {
        guard let field = fields[.transferEncoding] else { return nil }
        let codings = field.lowercased().split(separator: ",").map { $0.filter { $0 != " " && $0 != "\t" } }
        if codings == ["chunked"] { return nil }
        return codings.last != "chunked" || codings.dropLast().contains("chunked") ? .badRequest : .notImplemented
    }

    /// What comes is no request: it ends here, after the answers to those before it.
    private func breaks(_ context: ChannelHandlerContext, _ why: Refusal) {
        if unanswered > 0, !isReading { brokenAfter = why } else { refuse(context, why) }
    }

    // MARK: What goes out

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isOver else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head: context.write(data, promise: promise)
        case .body(let part):
            written += part.readableBytes
            leaving += 1
            let left = promise ?? context.eventLoop.makePromise(of: Void.self)
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            left.futureResult.whenComplete { _ in
                let (own, context) = bound.value
                own.leaving -= 1
                if own.stall != nil { own.measure(context) }
            }
            context.write(data, promise: left)
        case .end:
            context.write(data, promise: promise)
            finish(context)
        }
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        // Most answers have left by now.
        if leaving > 0, !isOver { measure(context) }
    }

    /// An answer is complete: the next request is waited for.
    private func finish(_ context: ChannelHandlerContext) {
        unanswered -= 1
        if isReading, unanswered == 0 {
            // Answered before all of it was read: it may end, not go on.
            readDeadline = .now() + .seconds(5)
        } else if unanswered == 0 {
            readDeadline = .now() + TimeAmount(door.limits.idleTime)
        }
        arm(context)
        if unanswered == 0, let brokenAfter { refuse(context, brokenAfter) }
    }

    /// Looks at what the other side has left lying. Its deadline moves only when enough was taken, however often something is
    /// added.
    private func measure(_ context: ChannelHandlerContext) {
        guard !isOver else { return }
        let waiting = (try? context.channel.syncOptions?.getOption(ChannelOptions.bufferedWritableBytes)) ?? 0
        guard waiting > 0 else {
            if stall != nil { door.untaken.release(ObjectIdentifier(self)) }
            stall = nil
            return
        }
        let (now, taken, limits) = (NIODeadline.now(), written - waiting, door.limits)
        let time = TimeAmount(limits.answerTime)
        var present = stall ?? Stall(since: now, taken: taken, next: now)
        if Int64(taken - present.taken) >= Int64(limits.answerRate) * time.nanoseconds / 1_000_000_000 {
            present.since = now
            present.taken = taken
        }
        present.next = min(present.since + time, now + .seconds(1))
        stall = present
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let loop = context.eventLoop
        door.untaken.hold(
            ObjectIdentifier(self), of: client, bytes: waiting, since: present.since,
            end: {
                loop.execute {
                    let (own, context) = bound.value
                    own.cutOff(context)
                }
            })
        arm(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if stall != nil { measure(context) }
        context.fireChannelWritabilityChanged()
    }

    /// A second `Host`; the first one is the authority.
    private static let host = HTTPField.Name("Host") ?? .server
    /// Bytes that the kernel keeps unsent for a connection (`TCP_NOTSENT_LOWAT`, tcp(7)).
    private static let unsentMark = NIOBSDSocket.Option(rawValue: 25)

    // MARK: Deadlines

    private var nextDeadline: NIODeadline? {
        guard let readDeadline, let stall else { return readDeadline ?? stall?.next }
        return min(readDeadline, stall.next)
    }

    /// One timer a connection: it is set anew only when it would come too late, and looks when it comes.
    private func arm(_ context: ChannelHandlerContext) {
        guard let next = nextDeadline else { return }
        if let timer, timer.at <= next { return }
        timer?.task.cancel()
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let task = context.eventLoop.scheduleTask(deadline: next) {
            let (own, context) = bound.value
            own.timer = nil
            own.look(context)
        }
        timer = (task, next)
    }

    private func look(_ context: ChannelHandlerContext) {
        guard !isOver else { return }
        let now = NIODeadline.now()
        if let stall, stall.next <= now {
            measure(context)
            if let stall = self.stall, stall.since + TimeAmount(door.limits.answerTime) <= now {
                return cutOff(context)
            }
        }
        if let readDeadline, readDeadline <= now {
            door.metrics.cutOff()
            // An idle connection ends in silence; whoever was slow is told.
            if isReading, unanswered == 1 { return refuse(context, Refusal(.requestTimeout)) }
            isOver = true
            return context.close(promise: nil)
        }
        arm(context)
    }

    /// Ends it in silence: nothing can be told to somebody who takes nothing.
    private func cutOff(_ context: ChannelHandlerContext) {
        if !isOver { door.metrics.cutOff() }
        isOver = true
        context.close(promise: nil)
    }

    /// Answers for the host, and ends the connection.
    private func refuse(_ context: ChannelHandlerContext, _ why: Refusal) {
        guard !isOver else { return }
        isOver = true
        let response = why.response
        context.write(wrapOutboundOut(.head(response.head)), promise: nil)
        context.write(wrapOutboundOut(.body(response.body)), promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.whenComplete { _ in
            // Closed for writing first: what the other side still sends must not throw the answer away.
            let context = bound.value
            context.close(mode: .output, promise: nil)
            context.eventLoop.scheduleTask(in: .seconds(1)) { bound.value.close(promise: nil) }
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
        // Whoever doesn't take it is not waited for.
        context.eventLoop.scheduleTask(in: TimeAmount(door.limits.answerTime)) { bound.value.close(promise: nil) }
    }
}

/// What is said before a request could be read: in both languages, for nobody's is known.
struct Refusal {
    let status: HTTPResponse.Status
    private let code: String
    private let text: LocalText

    /// A refusal that its status says all of.
    init(_ status: HTTPResponse.Status) {
        self.status = status
        (code, text) = Refusal.words(status)
    }

    private init(_ status: HTTPResponse.Status, _ text: LocalText) {
        self.status = status
        (code, self.text) = ("invalid", text)
    }

    static let oneHost = Refusal(
        .badRequest,
        LocalText(
            zh: "请求头须有且只有一个 Host(HTTP/1.0 也须有),写主机名或地址。",
            en: "A request has one Host header, and no second one (in HTTP/1.0 too), with a name or an address."))

    private static func words(_ status: HTTPResponse.Status) -> (code: String, text: LocalText) {
        switch status {
        case .serviceUnavailable: ("busy", LocalText(zh: "连接太多,请稍后再试。", en: "Too many connections: try again later."))
        case .contentTooLarge: ("too_large", LocalText(zh: "正文太大。", en: "The body is too large."))
        case .notImplemented:
            (
                "not_implemented",
                LocalText(
                    zh: "Transfer-Encoding 只能是 chunked。", en: "No Transfer-Encoding is understood other than chunked.")
            )
        case .requestTimeout: ("timeout", LocalText(zh: "请求送达太慢。", en: "The request took too long to arrive."))
        case .requestHeaderFieldsTooLarge:
            ("too_large", LocalText(zh: "请求头太大。", en: "The head of the request is too large."))
        default: ("invalid", LocalText(zh: "不是合法的 HTTP 请求。", en: "This is no well-formed HTTP request."))
        }
    }

    var response: (head: HTTPResponse, body: ByteBuffer) {
        let body: Value = [
            "type": .text("urn:niangjia:problem:\(code)"), "title": .text(status.reasonPhrase),
            "status": .int(Int64(status.code)), "code": .text(code), "detail": .text("\(text.zh) \(text.en)"),
            "place": .null,
        ]
        let buffer = ByteBuffer(string: body.json + "\n")
        var headers: HTTPFields = [
            .contentType: "application/problem+json", .contentLength: "\(buffer.readableBytes)", .connection: "close",
            .cacheControl: "no-store",
        ]
        if status == .serviceUnavailable { headers[.retryAfter] = "5" }
        return (HTTPResponse(status: status, headerFields: headers), buffer)
    }
}
