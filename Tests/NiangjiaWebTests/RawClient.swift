import Foundation
import NiangjiaCore

@testable import NiangjiaWeb

/// A socket on which a test says exactly what it likes.
final class RawClient {
    private let handle: Int32

    /// - Parameter from: the loopback address to come from; nil: whichever the system takes.
    init(port: Int, from: String? = nil, receiveBuffer: Int32? = nil) throws {
        handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var size = receiveBuffer {
            setsockopt(handle, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        if let from {
            guard RawClient.with(from, 0, { bind(handle, $0, $1) }) == 0 else { throw RawClientError.refused }
        }
        guard RawClient.with("127.0.0.1", port, { connect(handle, $0, $1) }) == 0 else { throw RawClientError.refused }
    }

    deinit { close(handle) }

    private static func with(_ host: String, _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32)
        -> Int32
    {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Foundation.send(handle, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Everything until the other side closes.
    func rest() -> String {
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(handle, &chunk, chunk.count, 0)
            guard count > 0 else { return String(decoding: all, as: UTF8.self) }
            all += chunk[..<count]
        }
    }

    /// Waits for the first byte of an answer, and takes it.
    func begins() {
        var byte: UInt8 = 0
        _ = recv(handle, &byte, 1, 0)
    }

    /// Takes what comes slowly, so many bytes at a time, until the other side closes; returns how much it was.
    func rest(every microseconds: UInt32, pieces: Int) -> Int {
        var chunk = [UInt8](repeating: 0, count: pieces)
        var taken = 0
        while true {
            let count = recv(handle, &chunk, pieces, 0)
            guard count > 0 else { return taken }
            taken += count
            usleep(microseconds)
        }
    }

    /// One answer with a `Content-Length`, and nothing beyond it.
    func answer() -> String {
        var all: [UInt8] = []
        var byte: UInt8 = 0
        while !all.suffix(4).elementsEqual([13, 10, 13, 10]) {
            guard recv(handle, &byte, 1, 0) == 1 else { return String(decoding: all, as: UTF8.self) }
            all.append(byte)
        }
        let head = String(decoding: all, as: UTF8.self)
        let line = head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
        var left = line.flatMap { Int($0.dropFirst(15).filter { $0 != " " }) } ?? 0
        while left > 0, recv(handle, &byte, 1, 0) == 1 {
            all.append(byte)
            left -= 1
        }
        return String(decoding: all, as: UTF8.self)
    }
}

enum RawClientError: Error { case refused }

extension String {
    /// The status of an answer; 0 where there is none.
    var status: Int { Int(split(separator: " ").dropFirst().first ?? "") ?? 0 }
    var statuses: [Int] {
        components(separatedBy: "HTTP/1.1 ").dropFirst().compactMap { Int($0.prefix(3)) }
    }
    func header(_ name: String) -> String? {
        let head = components(separatedBy: "\r\n\r\n").first ?? ""
        let line = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
        return line.map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
    }
}

/// A host behind the web layer that answers what it was asked, so that what the door does to a request is all there is to see.
struct EchoHost: WebHost {
    /// Requests for programs wait here until they are let go.
    var gate: Gate?
    /// Characters in each answer.
    var size = 0
    /// What stations are answered by, where it is done instantly.
    var memory: Memory?
    /// What its accounts may not ask for.
    var refused: Set<String> = []

    func check(_ operation: String, _ account: Account) throws {
        guard !refused.contains(operation) else { throw Access.forbidden(.seeCases) }
    }

    func account(token: String) async throws -> Account {
        guard token != "wrong", !token.isEmpty else { throw NiangjiaError(.unauthenticated, zh: "", en: "") }
        return Account(id: token, display: token, roles: [RoleGrant(.clerk)])
    }

    var incoming: String { FileManager.default.temporaryDirectory.path }

    func largestFile(for operation: String) -> Int { 1 << 20 }

    func once(
        _ key: String, _ request: [UInt8], of operation: String, as account: Account,
        _ work: @Sendable () async throws -> Value
    ) async throws -> (value: Value, isRepeated: Bool) { (try await work(), false) }

    func perform(_ operation: String, _ arguments: Value, as account: Account?, in language: Language) async throws
        -> Value
    {
        if operation == "program.list" { await gate?.pass() }
        return try answer(operation, arguments, language)
    }

    func isInstant(_ operation: String) -> Bool { memory != nil }

    func instantly(_ operation: String) -> InstantWork? {
        guard let memory, memory.ask() else { return nil }
        return { arguments, language in try answer(operation, arguments, language).jsonBytes }
    }

    private func answer(_ operation: String, _ arguments: Value, _ language: Language) throws -> Value {
        if arguments["facility"].text == "none" {
            throw NiangjiaError(.invalid, zh: "没有。", en: "There is none.", place: "/facility")
        }
        let told: Value = [
            "operation": .text(operation), "arguments": arguments,
            "filling": .text(String(repeating: "x", count: size)), "is_ended": true,
        ]
        return operation == "station.near" ? [told] : told
    }
}

/// Whether a host has in memory what it is asked for, and how often it said that it has.
final class Memory: Sendable {
    private let state = Guarded((isThere: true, asked: 0))

    /// How often something was answered from it.
    var asked: Int { state.withLock { $0.asked } }

    func forget() { state.withLock { $0.isThere = false } }

    func ask() -> Bool {
        state.withLock { state in
            if state.isThere { state.asked += 1 }
            return state.isThere
        }
    }
}

/// Lets nobody through before it is opened.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }
    private let state = Guarded(State())

    func pass() async {
        await withCheckedContinuation { continuation in
            let (isOpen, arrived) = state.withLock { state -> (Bool, [CheckedContinuation<Void, Never>]) in
                guard !state.isOpen else { return (true, []) }
                state.waiting.append(continuation)
                let count = state.waiting.count
                let arrived = state.watchers.filter { $0.count <= count }.map(\.continuation)
                state.watchers.removeAll { $0.count <= count }
                return (false, arrived)
            }
            arrived.forEach { $0.resume() }
            if isOpen { continuation.resume() }
        }
    }

    /// Returns once so many wait.
    func holds(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.waiting.count < count { state.watchers.append((count, continuation)) }
                return state.waiting.count >= count
            }
            if isThere { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        waiting.forEach { $0.resume() }
    }
}

/// Serves while `body` runs.
func serving(
    _ host: EchoHost = EchoHost(), _ settings: DoorSettings = DoorSettings(), watch: (any WatchedHost)? = nil,
    log: (@Sendable (String) -> Void)? = nil, _ body: (Int) async throws -> Void
) async throws {
    try await serving(host, door: Door(settings, log: log), watch: watch, body)
}

/// Serves behind a door that the test can look at.
func serving(
    _ host: EchoHost, door: Door, watch: (any WatchedHost)? = nil, _ body: (Int) async throws -> Void
) async throws {
    let ports = AsyncStream.makeStream(of: Int.self)
    let server = try WebServer(host, listen: "127.0.0.1:0", door: door, watch: watch) {
        ports.continuation.yield($0)
    }
    let task = Task { try await server.run() }
    for await port in ports.stream {
        try await body(port)
        break
    }
    task.cancel()
    _ = try? await task.value
}

/// Runs what blocks on a thread of its own.
func blocking<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Swift.Result { try body() }) }.start()
    }
}
