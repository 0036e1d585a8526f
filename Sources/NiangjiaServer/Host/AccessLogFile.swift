import Foundation
import NiangjiaCore

/// Writes the access log on a thread of its own: a line a request, in batches. It never makes a request wait: a disk that is slow
/// makes lines wait and then drops them, a file that can't be written drops them at once. How many were dropped is told by a line
/// of the log as soon as there is one again.
final class AccessLogFile: Sendable {
    /// Lines that may wait.
    static let mostWaiting = 20_000

    private struct State {
        var lines: [String] = []
        /// Since the log last told of it, and since it began.
        var (dropped, droppedEver) = (0, Int64(0))
        var isClosed = false

        mutating func drop(_ count: Int) {
            dropped += count
            droppedEver += Int64(count)
        }
    }

    /// Why lines couldn't be written.
    private struct Failure: Error { var cause: String }

    /// nil: standard error.
    private let path: String?
    private let say: @Sendable (LocalText) -> Void
    private let state = Guarded(State())
    private let bell = DispatchSemaphore(value: 0)
    private let done = DispatchSemaphore(value: 0)

    /// Nil where nothing is to be written.
    ///
    /// - Parameter say: told once when lines can't be written, and once when they can be again.
    /// - Throws: `store` when the file can't be written.
    init?(_ kind: DoorSettings.AccessLog, in folder: DataFolder, say: @escaping @Sendable (LocalText) -> Void) throws {
        switch kind {
        case .off: return nil
        case .stderr: path = nil
        case .file: path = folder.path + "/log/access.jsonl"
        }
        self.say = say
        do throws(Failure) { try append([]) } catch {
            throw NiangjiaError(
                .store, zh: "访问日志写不了。", en: "The access log can't be written.", place: path, cause: error.cause)
        }
        let thread = Thread { [self] in work() }
        thread.name = "access-log"
        thread.start()
    }

    /// How many lines were not written since the start.
    var dropped: Int64 { state.withLock { $0.droppedEver } }

    /// Takes a line.
    var writer: @Sendable (String) -> Void {
        { [self] line in
            let isFirst = state.withLock { state -> Bool in
                guard !state.isClosed else { return false }
                guard state.lines.count < AccessLogFile.mostWaiting else {
                    state.drop(1)
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
        var isFailing = false
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
            let all = lines + (dropped > 0 ? ["{\"dropped\":\(dropped)}"] : [])
            guard !all.isEmpty else {
                if isClosed { return }
                continue
            }
            do throws(Failure) {
                try append(Array((all.joined(separator: "\n") + "\n").utf8))
                if isFailing { say(AccessLogFile.goesOn(dropped)) }
                isFailing = false
            } catch {
                state.withLock { state in
                    state.drop(lines.count)
                    state.dropped += dropped
                }
                if !isFailing { say(AccessLogFile.stands(error.cause)) }
                isFailing = true
            }
            if isClosed { return }
        }
    }

    private static func stands(_ cause: String) -> LocalText {
        LocalText(zh: "访问日志写不了,请求照常办理:\(cause)", en: "The access log can't be written; requests go on: \(cause)")
    }

    private static func goesOn(_ dropped: Int) -> LocalText {
        LocalText(
            zh: "访问日志又能写了:此前 \(dropped) 行没有写下。", en: "The access log is written again; \(dropped) lines before weren't."
        )
    }

    /// All of the bytes, or none where it is a file. It is opened for each batch: whoever rotates it by renaming needs to tell nobody.
    private func append(_ bytes: [UInt8]) throws(Failure) {
        let file = path.map { open($0) } ?? STDERR_FILENO
        guard file >= 0 else { throw failure() }
        defer { if path != nil { Glibc.close(file) } }
        let end = path == nil ? 0 : lseek(file, 0, SEEK_END)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let failure = failure()
                // Half a line would spoil the next one.
                if path != nil, sent > 0 { ftruncate(file, end) }
                throw failure
            }
            sent += count
        }
    }

    /// Opens the file, in a folder that is made again where somebody has taken it away.
    private func open(_ path: String) -> Int32 {
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC
        let file = Glibc.open(path, flags, 0o600)
        guard file < 0, errno == ENOENT else { return file }
        mkdir((path as NSString).deletingLastPathComponent, 0o700)
        return Glibc.open(path, flags, 0o600)
    }

    private func failure() -> Failure {
        Failure(cause: "\(path ?? "stderr"): \(String(cString: strerror(errno)))")
    }
}
