import Foundation
import NiangjiaCore

/// What a command sends over the local socket, and what comes back: one JSON document a line (NDJSON), UTF-8.
///
/// Request: `{"operation","arguments","credentials","language"}`; replies: `{"line"}`, `{"answer"}`, `{"progress"}`,
/// `{"sign_in_ended"}`, `{"failure"}`, and last `{"exit"}`.
enum Frames {
    /// The longest line, in bytes.
    static let longest = 16 << 20

    static func request(_ operation: String, _ arguments: Value, _ credentials: Credentials, _ language: Language)
        -> Value
    {
        let who: Value =
            switch credentials {
            case .none: .null
            case .token(let token): ["token": .text(token)]
            case .saved(let token): ["saved": .text(token)]
            case .password(let account, let password, let code, let kept):
                [
                    "account": .text(account), "password": .text(password), "code": code.map { .text($0) } ?? .null,
                    "kept": kept.map { .text($0) } ?? .null,
                ]
            }
        return [
            "operation": .text(operation), "arguments": arguments, "credentials": who,
            "language": .text(language.rawValue),
        ]
    }

    static func credentials(_ value: Value) -> Credentials {
        if let token = value["token"].text { return .token(token) }
        if let token = value["saved"].text { return .saved(token) }
        if let account = value["account"].text, let password = value["password"].text {
            return .password(
                account: account, password: password, code: value["code"].text, kept: value["kept"].text)
        }
        return .none
    }

    static func encode(_ event: OutputEvent) -> Value {
        switch event {
        case .line(let text): ["line": .text(text)]
        case .answer(let value): ["answer": value]
        case .progress(let report):
            [
                "progress": [
                    "title": .text(report.title), "done": .int(report.done),
                    "total": report.total.map { .int($0) } ?? .null,
                    "elapsed": .int(report.elapsed), "note": .text(report.note),
                ]
            ]
        case .signInEnded: ["sign_in_ended": true]
        case .failure(let code, let message, let place, let cause):
            [
                "failure": [
                    "code": .text(code), "zh": .text(message.zh), "en": .text(message.en),
                    "place": place.map { .text($0) } ?? .null, "cause": cause.map { .text($0) } ?? .null,
                ]
            ]
        }
    }

    static func event(_ frame: Value) -> OutputEvent? {
        guard let members = frame.map else { return nil }
        if let line = members["line"]?.text { return .line(line) }
        if let answer = members["answer"] { return .answer(answer) }
        if members["sign_in_ended"] != nil { return .signInEnded }
        if let report = members["progress"] {
            return .progress(
                ProgressReport(
                    title: report["title"].text ?? "", done: report["done"].int ?? 0, total: report["total"].int,
                    elapsed: report["elapsed"].int ?? 0, note: report["note"].text ?? ""))
        }
        if let failure = members["failure"] {
            return .failure(
                code: failure["code"].text ?? "internal",
                message: LocalText(zh: failure["zh"].text ?? "", en: failure["en"].text ?? ""),
                place: failure["place"].text, cause: failure["cause"].text)
        }
        return nil
    }
}

/// A connected stream socket, read by lines and written whole. Blocking: for threads of its own only.
final class LineSocket: Sendable {
    private struct State {
        var buffer: [UInt8] = []
    }
    let handle: Int32
    private let state = Guarded(State())
    private let writing = Guarded(())

    init(_ handle: Int32) { self.handle = handle }

    deinit { close(handle) }

    /// The next line, or nil at the end, after an error, or when a line is too long.
    func next() -> [UInt8]? {
        while true {
            let line = state.withLock { state -> [UInt8]? in
                guard let end = state.buffer.firstIndex(of: 0x0A) else { return nil }
                let line = Array(state.buffer[..<end])
                state.buffer.removeSubrange(...end)
                return line
            }
            if let line { return line }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = recv(handle, &chunk, chunk.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            let received = Array(chunk[..<count])
            let isTooLong = state.withLock { state in
                state.buffer += received
                return state.buffer.count > Frames.longest
            }
            if isTooLong { return nil }
        }
    }

    /// Sends a document and a line's end. False when the other side is gone.
    @discardableResult
    func send(_ value: Value) -> Bool {
        let bytes = Array((value.json + "\n").utf8)
        return writing.withLock { _ in
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    Glibc.send(handle, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }
    }

    /// Whether the other side has hung up.
    var isGone: Bool {
        var byte: UInt8 = 0
        let count = recv(handle, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)
    }
}

/// Paths of sockets are short (108 bytes); those of data folders need not be. The folder is opened first and the socket named
/// through it.
enum SocketAddress {
    static func with<Result>(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) throws -> Result {
        let folder = open((path as NSString).deletingLastPathComponent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else {
            throw NiangjiaError(.notFound, zh: "没有 run 文件夹。", en: "There is no run folder.", place: path)
        }
        defer { close(folder) }
        let short = "/proc/self/fd/\(folder)/\((path as NSString).lastPathComponent)"
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { target in
            target.copyBytes(from: Array(short.utf8.prefix(target.count - 1)) + [0])
        }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
