import Foundation
import NiangjiaCore
import NiangjiaWeb

/// The server: a host with its local socket, its HTTP API and its scheduler, until it is told to stop.
public enum Server {
    /// Serves until SIGTERM or SIGINT, or the task is cancelled.
    ///
    /// - Parameters:
    ///   - listen: where HTTP is served; nil: as the configuration says.
    ///   - isReady: told the port once everything listens.
    ///   - say: one line for whoever watches.
    public static func run(
        _ folder: DataFolder, listen: String? = nil, isReady: @escaping @Sendable (Int) -> Void = { _ in },
        say: @escaping @Sendable (String) -> Void
    ) async throws {
        let host = try await Host.open(folder)
        do {
            try await serve(host, listen: listen, isReady: isReady, say: say)
        } catch {
            try? await host.close()
            throw error
        }
        try await host.close()
        say("已停止。")
    }

    /// Serves a host that is open already, and leaves it open.
    static func serve(
        _ host: Host, listen: String?, isReady: @escaping @Sendable (Int) -> Void,
        say: @escaping @Sendable (String) -> Void
    ) async throws {
        let state = try await host.bundles.look(at: host.folder)
        state.errors.forEach { say("配置有误:" + $0) }
        if let proposal = state.proposal { say("文件夹中的修改待批准:\(proposal.digest.prefix(12))") }
        let city = try? await host.bundles.active().city
        let door = city?.door ?? DoorSettings()
        OpenFiles.raise()
        let log = try AccessLogFile(door.accessLog, in: host.folder)
        defer { log?.close() }
        let socket = try SocketServer(host)
        defer { socket.stop() }
        let web = try WebServer(
            HostWeb(host: host), listen: listen ?? city?.listen ?? "127.0.0.1:8080", settings: door,
            watch: HostWatch(host), log: log?.writer
        ) { port in
            say("服务已启动:http://127.0.0.1:\(port)/api/v1/health")
            if host.folder.isDemo { say("演示时钟:\(host.clock.now())") }
            isReady(port)
        }
        let scheduler = Scheduler(host, say: say)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await web.run() }
            if let metrics = door.metrics {
                group.addTask { try await web.runMetrics { port in say("监控 http://\(metrics):\(port)/metrics") } }
            }
            group.addTask { await scheduler.run() }
            group.addTask { await StopSignals.wait() }
            // Whoever ends first (a signal, a port that is taken) ends all.
            try await group.next()
            group.cancelAll()
            while let _ = try? await group.next() {}
        }
    }
}

/// The host as the web layer sees it.
struct HostWeb: WebHost {
    let host: Host

    func account(token: String) async throws -> Account {
        do {
            if token.hasPrefix(Access.deviceKeyPrefix) { return try await host.access.authenticate(device: token) }
            return try await host.access.authenticate(token)
        } catch { throw Operations.describe(error) }
    }

    var largestFile: Int { EvidenceFiles.largest }

    func keep(file content: [UInt8], as account: Account) async throws -> Value {
        do {
            guard [.submitOwn, .submitForUnit, .submitForOthers, .deliver].contains(where: account.may) else {
                throw Access.forbidden(.submitOwn)
            }
            // Until a case names them, files are nobody's: one account can't fill the disk with them.
            let waiting = try await host.store.read { reader in
                try reader.integer(
                    "SELECT COUNT(*) FROM evidence WHERE added_by = $1 AND references_count = 0", [.text(account.id)])
            }
            guard (waiting ?? 0) < EvidenceFiles.mostWaiting else {
                throw NiangjiaError(
                    .conflict, zh: "已上传 \(waiting ?? 0) 个还没有用于申请的附件:请先提交申请。",
                    en: "\(waiting ?? 0) files of yours wait for a case: file it first.", place: "/file")
            }
            let name = try await host.evidence.add(content, by: account.id)
            return [
                "file": .text(name), "size": .int(Int64(content.count)),
                "media_type": .text(EvidenceFiles.mediaType(of: content) ?? ""),
            ]
        } catch { throw Operations.describe(error) }
    }

    func perform(_ operation: String, _ arguments: Value, as account: Account?) async throws -> Value {
        let sink = CollectingSink()
        do {
            try await Operations.perform(operation, arguments, on: host, as: account, output: Output(sink))
        } catch { throw Operations.describe(error) }
        return sink.answer ?? .map([:])
    }
}

/// SIGTERM and SIGINT as something to wait for.
enum StopSignals {
    static func wait() async {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        let sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield() }
            source.resume()
            return source
        }
        for await _ in stream { break }
        sources.forEach { $0.cancel() }
    }
}
