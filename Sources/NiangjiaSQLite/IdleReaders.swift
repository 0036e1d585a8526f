import Foundation
import NiangjiaCore

/// The connections that read, while nobody uses them: threads of the store take one for each read, whoever only glances takes one
/// where there is one. The one that was used last is taken first: its pages are in a cache.
final class IdleReaders: @unchecked Sendable {
    // NSCondition guards everything below it.
    private let condition = NSCondition()
    private var idle: [Connection]
    private var isClosed = false

    init(_ connections: [Connection]) { idle = connections }

    /// A connection if one is idle.
    func takeIfIdle() -> Connection? {
        condition.lock()
        defer { condition.unlock() }
        return idle.popLast()
    }

    /// Waits for a connection. There are as many as threads that wait here, and a glance is short.
    func take() -> Connection {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let connection = idle.popLast() { return connection }
            condition.wait()
        }
    }

    func giveBack(_ connection: Connection) {
        condition.lock()
        defer { condition.unlock() }
        if isClosed { return connection.close() }
        idle.append(connection)
        condition.signal()
    }

    /// Closes what is idle now, and the rest once it is given back.
    func close() {
        condition.lock()
        defer { condition.unlock() }
        isClosed = true
        for connection in idle { connection.close() }
        idle = []
    }
}
