import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Requests in the words of HTTP's own types (RFC 9110), and answers as the bytes of HTTP/1.1 (RFC 9112).
///
/// NIO's encoder and codec write an answer in three pieces, by way of a second list of its fields; here it is spelled once, and a
/// short one leaves as one piece.
final class HTTPCodec: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = IOData

    /// Larger pieces of a body go as they are, instead of being copied behind what stands before them.
    private static let largestCopied = 16 << 10

    /// Bytes of the answer that wait for the rest of it, or for a flush.
    private var waiting: ByteBuffer?
    /// Whoever wants to know when those have left.
    private var promise: EventLoopPromise<Void>?
    private var isChunked = false

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            do {
                context.fireChannelRead(wrapInboundOut(.head(try HTTPCodec.request(head))))
            } catch { context.fireErrorCaught(error) }
        case .body(let part): context.fireChannelRead(wrapInboundOut(.body(part)))
        case .end(let trailers):
            context.fireChannelRead(wrapInboundOut(.end(trailers.map { HTTPFields($0, splitCookie: false) })))
        }
    }

    private static func request(_ head: HTTPRequestHead) throws -> HTTPRequest {
        // Only a whole address need be taken apart.
        var request =
            head.uri.utf8.first == UInt8(ascii: "/")
            ? HTTPRequest(
                method: try HTTPRequest.Method(head.method), scheme: "http",
                authority: head.headers.first(name: "host"),
                path: head.uri, headerFields: HTTPFields(head.headers, splitCookie: false))
            : try HTTPRequest(head, secure: false, splitCookie: false)
        // However it says so, and HTTP/1.0 by saying nothing: one spelling for whoever looks.
        if !head.isKeepAlive { request.headerFields[.connection] = "close" }
        return request
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            add(to: context, promise) { isChunked = HTTPCodec.spell(head, to: &$0) }
        case .body(let part):
            guard part.readableBytes > 0 else { return add(to: context, promise) { _ in } }
            if isChunked { add(to: context, nil) { $0.writeString("\(String(part.readableBytes, radix: 16))\r\n") } }
            if part.readableBytes > HTTPCodec.largestCopied {
                send(context)
                context.write(wrapOutboundOut(.byteBuffer(part)), promise: promise)
            } else {
                add(to: context, promise) { $0.writeImmutableBuffer(part) }
            }
            if isChunked { add(to: context, nil) { $0.writeStaticString("\r\n") } }
        case .end(let trailers):
            if isChunked {
                add(to: context, nil) { buffer in
                    buffer.writeStaticString("0\r\n")
                    HTTPCodec.spell(trailers ?? [:], to: &buffer)
                }
            }
            if promise != nil { add(to: context, promise) { _ in } }
            isChunked = false
            send(context)
        }
    }

    func flush(context: ChannelHandlerContext) {
        send(context)
        context.flush()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        promise?.fail(ChannelError.ioOnClosedChannel)
        promise = nil
    }

    private func add(
        to context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?, _ body: (inout ByteBuffer) -> Void
    ) {
        var buffer = waiting ?? context.channel.allocator.buffer(capacity: 2_048)
        waiting = nil
        body(&buffer)
        waiting = buffer
        guard let promise else { return }
        // What was to leave before it has left when it has.
        if let before = self.promise { promise.futureResult.cascade(to: before) }
        self.promise = promise
    }

    private func send(_ context: ChannelHandlerContext) {
        guard let buffer = waiting else { return }
        waiting = nil
        let promise = promise
        self.promise = nil
        guard buffer.readableBytes > 0 || promise != nil else { return }
        context.write(wrapOutboundOut(.byteBuffer(buffer)), promise: promise)
    }

    /// Spells a head, and returns whether its body goes in chunks: it does where nobody knows how long it will be.
    private static func spell(_ head: HTTPResponse, to buffer: inout ByteBuffer) -> Bool {
        let code = head.status.code
        // An answer without a body says nothing about one (RFC 9112 §6.3).
        let hasNone = code < 200 || code == 204 || code == 304
        var (fields, isChunked) = (head.headerFields, false)
        if hasNone {
            fields[.contentLength] = nil
            fields[.transferEncoding] = nil
        } else if !fields.contains(.contentLength) {
            fields[.transferEncoding] = "chunked"
            isChunked = true
        }
        if head.status == .ok {
            buffer.writeStaticString("HTTP/1.1 200 OK\r\n")
        } else {
            let status = HTTPResponseStatus(statusCode: code, reasonPhrase: head.status.reasonPhrase)
            buffer.writeString("HTTP/1.1 \(code) \(status.reasonPhrase)\r\n")
        }
        if code >= 200 {
            buffer.writeStaticString("Server: niangjia\r\nDate: ")
            buffer.writeString(Timestamp.head())
            buffer.writeStaticString("\r\n")
            fields[.date] = nil
        }
        spell(fields, to: &buffer)
        return isChunked
    }

    private static func spell(_ fields: HTTPFields, to buffer: inout ByteBuffer) {
        for field in fields {
            buffer.writeString(field.name.rawName)
            buffer.writeStaticString(": ")
            buffer.writeString(field.value)
            buffer.writeStaticString("\r\n")
        }
        buffer.writeStaticString("\r\n")
    }
}
