import Foundation
import NiangjiaCore
import NiangjiaWeb

/// The server: a host with its local socket, its HTTP API and its scheduler, until it is told to stop.
public enum Server {
    /// What `--listen` takes.
    public static let listenHelp = "监听地址;本机以外的,配置须写明 proxy Where to listen; beyond this machine a proxy must be named."
    /// How long requests that have begun may take to end once it was told to stop.
    static let drainLength = Duration.seconds(10)

    /// Serves until SIGTERM or SIGINT, its terminal is closed, or the task is cancelled.
    ///
    /// - Parameters:
    ///   - listen: where HTTP is served; nil: as the configuration says.
    ///   - isReady: told the port once everything listens.
    ///   - say: one line for whoever watches.
    public static func run(
        _ folder: DataFolder, listen: String? = nil, isReady: @escaping @Sendable (Int) -> Void = { _ in },
        say: @escaping @Sendable (LocalText) -> Void
    ) async throws {
        let host = try await Host.open(folder)
        tellLeap(host, say)
        do {
            try await serve(host, listen: listen, isReady: isReady, say: say)
        } catch {
            try? await host.close()
            throw error
        }
        try await host.close()
        say(LocalText(zh: "已停止。", en: "Stopped."))
    }

    /// How long a city may rest before its server asks whether the clock is right (milliseconds).
    private static let longRest: Int64 = 30 * 86_400_000

    /// A clock that is ahead closes the city once it is put right: whoever starts it is asked in time.
    private static func tellLeap(_ host: Host, _ say: (LocalText) -> Void) {
        let now = host.clock.now()
        guard let seen = host.lastSeen, now - seen > longRest else { return }
        say(
            LocalText(
                zh: "提醒:上次工作到 \(seen),现在是 \(now):请核对系统时间,时间超前的请立即停下校时。",
                en:
                    "Mind: the host worked until \(seen) and it is \(now) now: see whether the clock is right, and stop at once if it is ahead."
            ))
    }

    /// Serves a host that is open already, and leaves it open.
    static func serve(
        _ host: Host, listen: String?, isReady: @escaping @Sendable (Int) -> Void,
        say: @escaping @Sendable (LocalText) -> Void
    ) async throws {
        let state = try await host.bundles.look(at: host.folder)
        state.errors.forEach { say(LocalText(zh: "配置有误:" + $0.zh, en: "The folder has mistakes: " + $0.en)) }
        if state.isBehind { say(FolderState.behind) }
        if let proposal = state.proposal {
            let (digest, title) = (proposal.digest.prefix(12), proposal.state.title)
            say(LocalText(zh: "文件夹中的修改\(title.zh):\(digest)", en: "Changes in the folder: \(digest), \(title.en)"))
        }
        let city = try? await host.bundles.active().city
        let door = city?.door ?? DoorSettings()
        OpenFiles.raise()
        let log = try AccessLogFile(door.accessLog, in: host.folder, say: say)
        defer { log?.close() }
        let socket = try SocketServer(host)
        defer { socket.stop() }
        let watch = HostWatch(host, log: log)
        let listen = listen ?? city?.listen ?? "127.0.0.1:8080"
        let web = try WebServer(
            HostWeb(host: host), listen: listen, settings: door, watch: watch, log: log?.writer
        ) { port in
            let address = "http://\(listen.prefix { $0 != ":" }):\(port)/api/v1/health"
            say(LocalText(zh: "服务已启动:\(address)", en: "Serving: \(address)"))
            if host.folder.isDemo {
                say(LocalText(zh: "演示时钟:\(host.clock.now())", en: "the demo's clock: \(host.clock.now())"))
            }
            isReady(port)
        }
        try host.folder.clearIncoming()
        try await host.imports.resume()
        let scheduler = Scheduler(host, say: say)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await web.run() }
            if let metrics = door.metrics {
                let name = metrics.prefix { $0 != ":" }
                group.addTask {
                    try await web.runMetrics { port in
                        let address = "http://\(name):\(port)/metrics"
                        say(LocalText(zh: "监控:\(address)", en: "Metrics: \(address)"))
                    }
                }
            }
            group.addTask { await scheduler.run() }
            group.addTask {
                await StopSignals.wait()
                guard !Task.isCancelled else { return }
                // Whoever shares out requests sees it and goes elsewhere; what has begun is answered.
                watch.stop()
                await web.drain(within: Server.drainLength)
            }
            // Whoever ends first (a signal, a port that is taken) ends all.
            try await group.next()
            group.cancelAll()
            while let _ = try? await group.next() {}
        }
    }
}

/// SIGTERM and SIGINT as something to wait for; where there is a terminal, its end too.
enum StopSignals {
    static func wait() async {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        let sources = numbers().map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield() }
            source.resume()
            return source
        }
        for await _ in stream { break }
        sources.forEach { $0.cancel() }
    }

    /// A service without a terminal is told SIGHUP by whoever believes that it opens its logs anew then: it does so by itself, and
    /// goes on. Whoever started it to outlive its terminal (`nohup`) has had the signal ignored.
    private static func numbers() -> [Int32] {
        let stops = [SIGTERM, SIGINT]
        let before = signal(SIGHUP, SIG_IGN)
        let isIgnored = before.map { unsafeBitCast($0, to: Int.self) == 1 } ?? false
        return hasTerminal && !isIgnored ? stops + [SIGHUP] : stops
    }

    private static var hasTerminal: Bool {
        let terminal = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC)
        guard terminal >= 0 else { return false }
        close(terminal)
        return true
    }
}
