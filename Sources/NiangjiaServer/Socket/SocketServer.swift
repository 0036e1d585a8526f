import Foundation
import NiangjiaCore

/// Listens on `run/niangjia.sock` for commands of the same user, while `serve` holds the folder.
public final class SocketServer: Sendable {
    /// Commands at the same time.
    static let connectionLimit = 32
    private let host: Host
    private let listener: Int32
    private let open = Guarded<Set<Int32>>([])

    /// Binds the socket; what a killed server left is removed (the folder's lock says that it is dead).
    public init(_ host: Host) throws {
        self.host = host
        let path = host.folder.socket
        unlink(path)
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let bound = try SocketAddress.with(path) { [listener] address, length in
            bind(listener, address, length) == 0 && chmod(path, 0o600) == 0 && listen(listener, 16) == 0
        }
        guard bound else {
            let cause = String(cString: strerror(errno))
            close(listener)
            throw NiangjiaError(
                .store, zh: "无法监听本地套接字。", en: "The local socket can't be opened.", place: path, cause: cause)
        }
        let thread = Thread { [self] in accept() }
        thread.name = "socket-accept"
        thread.start()
    }

    /// Stops listening and hangs up on everybody.
    public func stop() {
        unlink(host.folder.socket)
        shutdown(listener, Int32(SHUT_RDWR))
        open.withLock { handles in handles.forEach { shutdown($0, Int32(SHUT_RDWR)) } }
    }

    private func accept() {
        defer { close(listener) }
        while true {
            let handle = Glibc.accept(listener, nil, nil)
            if handle < 0 {
                if errno == EINTR || errno == ECONNABORTED || errno == EMFILE { continue }
                return
            }
            _ = fcntl(handle, F_SETFD, FD_CLOEXEC)
            guard isSameUser(handle) else {
                close(handle)
                continue
            }
            let connection = LineSocket(handle)
            let hasRoom = open.withLock { handles in
                guard handles.count < SocketServer.connectionLimit else { return false }
                handles.insert(handle)
                return true
            }
            guard hasRoom else {
                refuse(connection)
                continue
            }
            let thread = Thread { [self] in serve(connection) }
            thread.name = "socket-command"
            thread.start()
        }
    }

    /// Only the owner of the folder, or root: the socket's mode says so too.
    private func isSameUser(_ handle: Int32) -> Bool {
        var peer = PeerCredentials()
        var length = socklen_t(MemoryLayout<PeerCredentials>.size)
        guard getsockopt(handle, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 else { return false }
        return peer.user == getuid() || peer.user == 0
    }

    /// `struct ucred` of Linux.
    private struct PeerCredentials {
        var process: Int32 = 0
        var user: UInt32 = UInt32.max
        var group: UInt32 = UInt32.max
    }

    private func refuse(_ connection: LineSocket) {
        let event = OutputEvent.failure(
            code: "busy", message: LocalText(zh: "同时运行的命令太多,请稍后再试。", en: "Too many commands at once: try again later."),
            place: nil)
        connection.send(Frames.encode(event))
        connection.send(["exit": .int(1)])
    }

    private func serve(_ connection: LineSocket) {
        defer { _ = open.withLock { $0.remove(connection.handle) } }
        guard let line = connection.next(), let request = try? Value(jsonBytes: line),
            let operation = request["operation"].text
        else { return }
        let sink = SocketSink(connection)
        let output = Output(sink, language: request["language"].text.flatMap(Language.init(rawValue:)) ?? .zh)
        let done = DispatchSemaphore(value: 0)
        let work = Task { [host] in
            let status = await Operations.run(
                operation, request["arguments"], on: host, as: Frames.credentials(request["credentials"]),
                output: output)
            connection.send(["exit": .int(Int64(status.rawValue))])
            done.signal()
        }
        // Whoever interrupts a command hangs up: its work is cancelled where it can stop.
        while done.wait(timeout: .now() + .milliseconds(200)) == .timedOut {
            if connection.isGone { work.cancel() }
        }
    }
}

/// Sends what an operation says over a socket.
private struct SocketSink: OutputSink {
    let connection: LineSocket

    init(_ connection: LineSocket) { self.connection = connection }

    func emit(_ event: OutputEvent) { connection.send(Frames.encode(event)) }
}
