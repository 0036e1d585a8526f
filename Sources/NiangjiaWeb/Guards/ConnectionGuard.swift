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
    /// Bytes of the present answer.
    private var answerBytes = 0
    /// Bytes of answers that were written and not yet taken.
    private var untaken = 0
    /// Something unreadable follows a request that is still to be answered.
    private var brokenAfter: HTTPResponse.Status?
    private var readDeadline: NIODeadline?
    private var writeDeadline: NIODeadline?
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
            refuse(context, .serviceUnavailable)
            return
        }
        isCounted = true
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
        note(untaken: 0)
    }

    // MARK: What comes in

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver, brokenAfter == nil else { return }
        switch unwrapInboundIn(data) {
        case .head:
            unanswered += 1
            isReading = true
            bodyBytes = 0
            bodyStart = .now()
            readDeadline = bodyStart + TimeAmount(door.limits.bodyTime)
        case .body(let part):
            bodyBytes += part.readableBytes
            guard bodyBytes <= door.limits.largestBytes else { return refuse(context, .contentTooLarge) }
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
        if unanswered > 0, !isReading {
            brokenAfter = status
        } else if error is ChannelError || error is IOError {
            context.fireErrorCaught(error)
        } else {
            refuse(context, status)
        }
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
            // An answer in many parts (a stream of events): what has left meanwhile has been taken.
            if answerBytes > 0, let waiting = ConnectionGuard.waiting(context) { note(untaken: waiting) }
            answerBytes += part.readableBytes
            note(untaken: untaken + part.readableBytes)
            context.write(data, promise: promise)
        case .end: finish(context, data, promise)
        }
    }

    /// The last of an answer: when it has left, its bytes are taken, and the next request is waited for.
    private func finish(_ context: ChannelHandlerContext, _ data: NIOAny, _ promise: EventLoopPromise<Void>?) {
        let bytes = answerBytes
        answerBytes = 0
        unanswered -= 1
        let written = promise ?? context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        written.futureResult.whenComplete { _ in
            let (own, context) = bound.value
            own.taken(bytes, context)
        }
        writeDeadline = .now() + TimeAmount(door.limits.answerTime)
        context.write(data, promise: written)
        if isReading, unanswered == 0 {
            // Answered before all of it was read: it may end, not go on.
            readDeadline = .now() + .seconds(5)
        } else if unanswered == 0 {
            readDeadline = .now() + TimeAmount(door.limits.idleTime)
        }
        arm(context)
        if unanswered == 0, let brokenAfter { refuse(context, brokenAfter) }
    }

    private func taken(_ bytes: Int, _ context: ChannelHandlerContext) {
        note(untaken: unanswered == 0 ? 0 : max(0, untaken - bytes))
        if context.channel.isWritable { writeDeadline = nil }
    }

    private func note(untaken bytes: Int) {
        door.answers(bytes - untaken)
        untaken = bytes
    }

    /// Bytes that the connection holds back for the other side.
    private static func waiting(_ context: ChannelHandlerContext) -> Int? {
        try? context.channel.syncOptions?.getOption(ChannelOptions.bufferedWritableBytes)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            writeDeadline = nil
        } else if !isOver {
            writeDeadline = .now() + TimeAmount(door.limits.answerTime)
            arm(context)
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Deadlines

    private var nextDeadline: NIODeadline? {
        guard let readDeadline, let writeDeadline else { return readDeadline ?? writeDeadline }
        return min(readDeadline, writeDeadline)
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
        if let writeDeadline, writeDeadline <= now {
            // Nothing can be told to somebody who takes nothing.
            isOver = true
            door.metrics.cutOff()
            return context.close(promise: nil)
        }
        if let readDeadline, readDeadline <= now {
            door.metrics.cutOff()
            // An idle connection ends in silence; whoever was slow is told.
            if isReading, unanswered == 1 { return refuse(context, .requestTimeout) }
            isOver = true
            return context.close(promise: nil)
        }
        arm(context)
    }

    /// Answers for the host, and ends the connection.
    private func refuse(_ context: ChannelHandlerContext, _ status: HTTPResponse.Status) {
        guard !isOver else { return }
        isOver = true
        let response = Refusal.response(status)
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
    }
}

/// What is said before a request could be read: in both languages, for nobody's is known.
enum Refusal {
    static func words(_ status: HTTPResponse.Status) -> (code: String, text: LocalText) {
        switch status {
        case .serviceUnavailable: ("busy", LocalText(zh: "连接太多,请稍后再试。", en: "Too many connections: try again later."))
        case .contentTooLarge: ("too_large", LocalText(zh: "正文太大。", en: "The body is too large."))
        case .requestTimeout: ("timeout", LocalText(zh: "请求送达太慢。", en: "The request took too long to arrive."))
        case .requestHeaderFieldsTooLarge:
            ("too_large", LocalText(zh: "请求头太大。", en: "The head of the request is too large."))
        default: ("invalid", LocalText(zh: "不是合法的 HTTP 请求。", en: "This is no well-formed HTTP request."))
        }
    }

    static func response(_ status: HTTPResponse.Status) -> (head: HTTPResponse, body: ByteBuffer) {
        let (code, text) = words(status)
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
