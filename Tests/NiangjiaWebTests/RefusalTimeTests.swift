import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import NiangjiaCore
import Testing

@testable import NiangjiaWeb

/// Whoever is refused and doesn't take the refusal is not waited for. The clock is the test's own.
@Suite("Refusals that nobody takes") struct RefusalTimeTests {
    /// A network that takes nothing: what is written is noted, and never leaves.
    private final class Stuck: ChannelOutboundHandler {
        typealias OutboundIn = HTTPResponsePart
        private(set) var statuses: [Int] = []
        private var waiting: [EventLoopPromise<Void>] = []

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            if case .head(let head) = unwrapOutboundIn(data) { statuses.append(head.status.code) }
            if let promise { waiting.append(promise) }
        }

        func handlerRemoved(context: ChannelHandlerContext) {
            waiting.forEach { $0.fail(ChannelError.ioOnClosedChannel) }
            waiting = []
        }
    }

    private func connect(_ door: Door) throws -> (channel: EmbeddedChannel, stuck: Stuck) {
        let stuck = Stuck()
        let channel = EmbeddedChannel(handlers: [stuck, ConnectionGuard(door)])
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return (channel, stuck)
    }

    private func door(connections: Int) -> Door {
        var settings = DoorSettings()
        settings.limits.connections = connections
        settings.limits.connectionsByClient = 8
        settings.limits.answerTime = .seconds(7)
        settings.limits.largestBytes = 10
        return Door(settings)
    }

    @Test("A connection too many ends when its time for the answer is over, not before, and not never")
    func tooMany() throws {
        let (channel, stuck) = try connect(door(connections: 0))
        #expect(stuck.statuses == [503])
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(6_999))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(!channel.isActive)
    }

    @Test("So does a request that was refused on the way in, and its place is free for somebody else")
    func onTheWay() throws {
        let door = door(connections: 1)
        let (channel, stuck) = try connect(door)
        #expect(!door.open(from: "127.0.0.2"), "the one place is taken")
        let request = HTTPRequest(method: .post, scheme: nil, authority: "x", path: "/api/v1/visits")
        try channel.writeInbound(HTTPRequestPart.head(request))
        try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(string: "more than ten bytes")))
        #expect(stuck.statuses == [413])
        // What still comes is nobody's, and moves nothing.
        channel.embeddedEventLoop.advanceTime(by: .seconds(5))
        try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(string: "and more")))
        #expect(channel.isActive && stuck.statuses == [413])
        channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(!channel.isActive)
        #expect(door.open(from: "127.0.0.2"))
    }
}
