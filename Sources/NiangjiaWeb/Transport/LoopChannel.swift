import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes

/// Runs tasks on the event loop of their connection: a request that needs nobody else is read, answered and written without ever
/// changing threads, which is most of what a short one costs.
///
/// Whatever may take long is run elsewhere (``offLoop(_:)``): a loop has other connections to look after.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        loop.execute { job.runSynchronously(on: executor) }
    }
}

/// Runs work on the threads that are there for it, not on an event loop.
func offLoop<Result: Sendable>(_ work: @Sendable () async throws -> Result) async throws -> Result {
    try await withTaskExecutorPreference(globalConcurrentExecutor) { try await work() }
}

/// HTTP/1.1 connections, each handled on its own event loop.
struct LoopChannel: ServerChildChannel {
    let inner: HTTP1Channel

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        inner.setup(channel: channel, logger: logger)
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await withTaskExecutorPreference(LoopExecutor(value.channel.eventLoop)) {
            await inner.handle(value: value, logger: logger)
        }
    }
}
