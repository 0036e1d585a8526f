import NIOCore
import NiangjiaCore

/// Answers that were written and that nobody has taken yet, connection by connection: a bound on them in all, and one for each
/// client. To keep it, whoever has taken nothing for longest is ended, and nobody else: who takes answers as they come is never
/// among them, however many others take none.
final class UntakenAnswers: Sendable {
    private struct Holder {
        var client: String
        var bytes: Int
        /// When it last took some.
        var since: NIODeadline
        var end: @Sendable () -> Void
    }

    private struct State {
        var holders: [ObjectIdentifier: Holder] = [:]
        var byClient: [String: Int] = [:]
        var bytes = 0

        mutating func add(_ bytes: Int, of client: String) {
            self.bytes += bytes
            let own = byClient[client, default: 0] + bytes
            byClient[client] = own > 0 ? own : nil
        }

        /// Takes out whoever has been slow for longest, but not the one that has just been written to.
        mutating func longest(of client: String?, but present: ObjectIdentifier) -> Holder? {
            let others = holders.lazy.filter { $0.key != present && (client == nil || $0.value.client == client) }
            guard let (connection, holder) = others.min(by: { $0.value.since < $1.value.since }) else { return nil }
            holders[connection] = nil
            add(-holder.bytes, of: holder.client)
            return holder
        }
    }

    private let most: Int
    private let mostByClient: Int
    private let state = Guarded(State())

    init(_ limits: DoorLimits) {
        most = limits.answersBytes
        mostByClient = limits.answersBytesByClient
    }

    /// Bytes in all.
    var bytes: Int { state.withLock { $0.bytes } }

    /// A connection holds so many bytes now. What is held beyond the bounds is given back by ending others.
    ///
    /// - Parameters:
    ///   - since: when it last took some.
    ///   - end: ends the connection, on its own event loop.
    func hold(
        _ connection: ObjectIdentifier, of client: String, bytes: Int, since: NIODeadline,
        end: @escaping @Sendable () -> Void
    ) {
        let (most, mostByClient) = (most, mostByClient)
        let ended = state.withLock { state -> [Holder] in
            if let before = state.holders[connection] { state.add(-before.bytes, of: before.client) }
            state.holders[connection] = Holder(client: client, bytes: bytes, since: since, end: end)
            state.add(bytes, of: client)
            var ended: [Holder] = []
            while state.byClient[client, default: 0] > mostByClient,
                let holder = state.longest(of: client, but: connection)
            { ended.append(holder) }
            while state.bytes > most, let holder = state.longest(of: nil, but: connection) { ended.append(holder) }
            return ended
        }
        for holder in ended { holder.end() }
    }

    /// A connection holds nothing any more.
    func release(_ connection: ObjectIdentifier) {
        state.withLock { state in
            guard let holder = state.holders.removeValue(forKey: connection) else { return }
            state.add(-holder.bytes, of: holder.client)
        }
    }
}
