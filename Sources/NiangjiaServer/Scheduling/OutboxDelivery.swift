import Foundation
import NiangjiaCore

/// Delivers what waits in the outbox.
///
/// There is one carrier for now: files under `exports/outbox`, a line of JSON for each message. A file is named by the first of them,
/// so that what is delivered again after a crash overwrites itself; whoever reads the files knows a message that comes twice by
/// its id (decision 0061). No text message or mail leaves the machine.
public struct OutboxDelivery: Sendable {
    /// Messages of one file, at most.
    static let most = 500
    static let attemptLimit: Int64 = 10
    let folder: String
    let store: any Store
    let clock: any NiangjiaCore.Clock
    let crypto: any CryptoProvider

    init(_ host: Host) {
        folder = host.folder.exports + "/outbox"
        store = host.store
        clock = host.clock
        crypto = host.crypto
    }

    private struct Waiting: Sendable {
        var id: ID<OutboxMessage>
        var kind: String
        var recipient: String?
        var body: Value
        var attempts: Int64
    }

    /// Delivers everything that is due. Returns how many went out.
    @discardableResult
    public func deliver() async throws -> Int {
        var delivered = 0
        while true {
            let now = clock.now()
            let waiting = try await store.read { reader in
                try reader.all(
                    """
                    SELECT id, kind, recipient, body, attempts FROM outbox
                    WHERE state = 'waiting' AND next_at <= $1 ORDER BY next_at, id LIMIT \(OutboxDelivery.most)
                    """, [.instant(now)]
                ) { row in
                    Waiting(
                        id: row.id(0), kind: row.text(1), recipient: row.textOrNil(2),
                        body: (try? Value(json: row.text(3))) ?? .null, attempts: row.int(4))
                }
            }
            guard !waiting.isEmpty else { return delivered }
            do {
                try await write(waiting)
            } catch {
                try await putOff(waiting, "\(error)")
                continue
            }
            try await mark(sent: waiting)
            delivered += waiting.count
        }
    }

    private func write(_ messages: [Waiting]) async throws {
        var lines: [UInt8] = []
        for message in messages {
            let document: Value = [
                "id": .text(message.id.text), "kind": .text(message.kind),
                "to": message.recipient.map { .text($0) } ?? .null,
                "body": MemberMessage.outgoing(message.kind, message.body, crypto),
            ]
            lines += document.jsonBytes
            lines.append(UInt8(ascii: "\n"))
        }
        let (content, path) = (Data(lines), "\(folder)/\(messages[0].id.text).jsonl")
        // Whole and durable, or not there.
        try await offPool { try content.write(to: URL(fileURLWithPath: path), options: .atomic) }
    }

    private func mark(sent: [Waiting]) async throws {
        let now = clock.now()
        try await store.write(.batch) { writer in
            for message in sent {
                try writer.execute(
                    "UPDATE outbox SET state = 'delivered', delivered_at = $2 WHERE id = $1 AND state = 'waiting'",
                    [.id(message.id), .instant(now)])
            }
        }
    }

    private func putOff(_ messages: [Waiting], _ error: String) async throws {
        let now = clock.now()
        try await store.write(.batch) { writer in
            for message in messages {
                let state = message.attempts + 1 >= OutboxDelivery.attemptLimit ? "failed" : "waiting"
                let next = now + Int64(30_000) << min(message.attempts, 8)
                try writer.execute(
                    """
                    UPDATE outbox SET attempts = attempts + 1, next_at = $2, error = $3, state = $4
                    WHERE id = $1 AND state = 'waiting'
                    """,
                    [.id(message.id), .instant(next), .text(error), .text(state)])
            }
        }
    }
}
