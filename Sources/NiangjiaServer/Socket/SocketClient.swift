import Foundation
import NiangjiaCore

/// Runs operations of a server over its local socket.
public enum SocketClient {
    /// Runs an operation, or returns nil when nobody listens there. Blocks the calling thread.
    public static func run(
        _ operation: String, _ arguments: Value, in folder: DataFolder, as credentials: Credentials, language: Language,
        to sink: any OutputSink
    ) throws -> ExitStatus? {
        guard let connection = connect(folder.socket) else { return nil }
        guard connection.send(Frames.request(operation, arguments, credentials, language)) else { return nil }
        while let line = connection.next() {
            guard let frame = try? Value(jsonBytes: line) else { continue }
            if let exit = frame["exit"].int { return ExitStatus(rawValue: Int32(exit)) ?? .wrong }
            if let event = Frames.event(frame) { sink.emit(event) }
        }
        throw NiangjiaError(
            .busy, zh: "服务中途停止:重新运行同一命令即可继续。",
            en: "The server stopped half-way: run the same command again to go on.")
    }

    /// Whether a server listens for a folder.
    public static func isServed(_ folder: DataFolder) -> Bool { connect(folder.socket) != nil }

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
