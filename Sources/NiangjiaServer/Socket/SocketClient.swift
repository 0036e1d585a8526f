import Foundation
import NiangjiaCore

/// Runs operations of a server over its local socket.
public enum SocketClient {
    /// Runs an operation, or returns nil when nobody listens there. Blocks the calling thread.
    ///
    /// - Parameter line: hears of the connection, so that somebody else may hang up.
    public static func run(
        _ operation: String, _ arguments: Value, in folder: DataFolder, as credentials: Credentials, language: Language,
        to sink: any OutputSink, line: SocketLine = SocketLine()
    ) throws -> ExitStatus? {
        guard let connection = connect(folder.socket) else { return nil }
        line.connected(connection)
        guard connection.send(Frames.request(operation, arguments, credentials, language)) else { return nil }
        while let line = connection.next() {
            guard let frame = try? Value(jsonBytes: line) else { continue }
            if let exit = frame["exit"].int { return ExitStatus(rawValue: Int32(exit)) ?? .wrong }
            if let event = Frames.event(frame) { sink.emit(event) }
        }
        if line.isHungUp {
            throw NiangjiaError(
                .busy, zh: "已停下:再次运行同一命令即可继续。", en: "Stopped: run the same command again to go on.")
        }
        throw NiangjiaError(
            .busy, zh: "服务中途停止:重新运行同一命令即可继续。",
            en: "The server stopped half-way: run the same command again to go on.")
    }

    private static func connect(_ path: String) -> LineSocket? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let handle = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard handle >= 0 else { return nil }
        let isConnected = try? SocketAddress.with(path) { Glibc.connect(handle, $0, $1) == 0 }
        guard isConnected == true else {
            close(handle)
            return nil
        }
        return LineSocket(handle)
    }
}

/// A command's connection to the server, for whoever interrupts it: hanging up asks the server to stop the work where it can be
/// taken up again.
public final class SocketLine: Sendable {
    private struct State {
        var connection: LineSocket?
        var isHungUp = false
    }
    private let state = Guarded(State())

    public init() {}

    func connected(_ connection: LineSocket) {
        let isGone = state.withLock { state in
            state.connection = connection
            return state.isHungUp
        }
        if isGone { shutdown(connection.handle, Int32(SHUT_RDWR)) }
    }

    var isHungUp: Bool { state.withLock { $0.isHungUp } }

    /// Ends the connection, now or as soon as there is one.
    public func hangUp() {
        let connection = state.withLock { state in
            state.isHungUp = true
            return state.connection
        }
        if let connection { shutdown(connection.handle, Int32(SHUT_RDWR)) }
    }
}
