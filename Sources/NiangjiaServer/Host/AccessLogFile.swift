import Foundation
import NiangjiaCore

/// Writes the access log on a thread of its own: a line a request, in batches. A disk that is slow makes lines wait, and then
/// drops them with their number said; it never makes a request wait.
final class AccessLogFile: Sendable {
    /// Lines that may wait.
    static let mostWaiting = 20_000

    private struct State {
        var lines: [String] = []
        var dropped = 0
        var isClosed = false
    }

    private let path: String?
    private let state = Guarded(State())
    private let bell = DispatchSemaphore(value: 0)
    private let done = DispatchSemaphore(value: 0)

    /// Nil where nothing is to be written.
    ///
    /// - Throws: `store` when the folder can't be made.
    init?(_ kind: DoorSettings.AccessLog, in folder: DataFolder) throws {
        switch kind {
        case .off: return nil
        case .stderr: path = nil
        case .file:
            let log = folder.path + "/log"
            do {
                try FileManager.default.createDirectory(
                    atPath: log, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw NiangjiaError(
                    .store, zh: "无法建立日志文件夹。", en: "The log folder can't be made.", place: log, cause: "\(error)")
            }
            path = log + "/access.jsonl"
        }
        let thread = Thread { [self] in work() }
        thread.name = "access-log"
        thread.start()
    }

    /// Takes a line.
    var writer: @Sendable (String) -> Void {
        { [self] line in
            let isFirst = state.withLock { state -> Bool in
                guard !state.isClosed else { return false }
                guard state.lines.count < AccessLogFile.mostWaiting else {
                    state.dropped += 1
                    return false
                }
                state.lines.append(line)
                return state.lines.count == 1
            }
            if isFirst { bell.signal() }
        }
    }

    /// Writes what waits, and ends.
    func close() {
        state.withLock { $0.isClosed = true }
        bell.signal()
        done.wait()
    }

    private func work() {
        defer { done.signal() }
        while true {
            bell.wait()
            // A moment in which more lines come: a write each would cost more than the requests.
            let closed = state.withLock { $0.isClosed }
            if !closed { usleep(50_000) }
            let (lines, dropped, isClosed) = state.withLock { state in
                defer {
                    state.lines = []
                    state.dropped = 0
                }
                return (state.lines, state.dropped, state.isClosed)
            }
            var text = lines.joined(separator: "\n")
            if dropped > 0 { text += (text.isEmpty ? "" : "\n") + "{\"dropped\":\(dropped)}" }
            if !text.isEmpty { append(Array((text + "\n").utf8)) }
            if isClosed { return }
        }
    }

    /// The file is opened for each batch: whoever rotates it by renaming needs to tell nobody.
    private func append(_ bytes: [UInt8]) {
        let file = path.map { Glibc.open($0, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600) } ?? STDERR_FILENO
        guard file >= 0 else { return }
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            sent += count
        }
        if path != nil { Glibc.close(file) }
    }
}
