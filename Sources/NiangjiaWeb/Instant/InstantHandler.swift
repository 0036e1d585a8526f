import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Answers what is answered from memory in the turn of the loop in which it was read (``InstantRoutes``), and lets everything else
/// go on to hummingbird.
///
/// Answers stay in the order of their requests, and whoever takes none isn't given more: while one of the connection's requests is
/// elsewhere, or the other side leaves answers lying, all go the ordinary way, which waits.
final class InstantHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let routes: InstantRoutes
    private var peer = ""
    /// A request that has not come whole yet.
    private var held: (head: HTTPRequest, call: InstantRoutes.Call)?
    /// Requests that went on and have no whole answer yet.
    private var ahead = 0
    private var hasWritten = false

    init(_ routes: InstantRoutes) { self.routes = routes }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            if ahead == 0, let call = routes.call(head), context.channel.isWritable {
                held = (head, call)
            } else {
                ahead += 1
                context.fireChannelRead(data)
            }
        case .body:
            goOn(context)
            context.fireChannelRead(data)
        case .end:
            if let (head, call) = held, let answer = routes.answer(call, head, from: address(context)) {
                held = nil
                return write(answer, context)
            }
            goOn(context)
            context.fireChannelRead(data)
        }
    }

    /// Lets a request that was held go the ordinary way.
    private func goOn(_ context: ChannelHandlerContext) {
        guard let (head, _) = held else { return }
        held = nil
        ahead += 1
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    private func write(_ answer: WebAnswer, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(answer.head)), promise: nil)
        if answer.body.readableBytes > 0 { context.write(wrapOutboundOut(.body(answer.body)), promise: nil) }
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        hasWritten = true
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // What was asked together is answered together.
        if hasWritten { context.flush() }
        hasWritten = false
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { ahead -= 1 }
        context.write(data, promise: promise)
    }

    private func address(_ context: ChannelHandlerContext) -> String {
        if peer.isEmpty { peer = context.channel.remoteAddress?.ipAddress ?? "local" }
        return peer
    }
}
