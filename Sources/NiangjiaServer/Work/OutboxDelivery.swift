import Foundation
import NiangjiaCore

/// Delivers what waits in the outbox.
///
/// There is one carrier for now: files under `exports/outbox`, one a message, named by its dedupe key's digest, so that a
/// message that is delivered again after a crash overwrites itself. No text message or mail leaves the machine.
public struct OutboxDelivery: Sendable {
    static let attemptLimit: Int64 = 10
    let folder: String
    let store: any Store
    let crypto: any CryptoProvider
    let clock: any NiangjiaCore.Clock

    init(_ host: Host) {
        folder = host.folder.exports + "/outbox"
        store = host.store
        crypto = host.crypto
        clock = host.clock
    }

    private struct Waiting: Sendable {
        var id: ID<OutboxMessage>
        var kind: String
        var dedupe: String
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
                    SELECT id, kind, dedupe, recipient, body, attempts FROM outbox
                    WHERE state = 'waiting' AND next_at <= $1 ORDER BY next_at, id LIMIT 200
                    """, [.instant(now)]
                ) { row in
                    Waiting(
                        id: row.id(0), kind: row.text(1), dedupe: row.text(2), recipient: row.textOrNil(3),
                        body: (try? Value(json: row.text(4))) ?? .null, attempts: row.int(5))
                }
            }
            guard !waiting.isEmpty else { return delivered }
            var failures: [(Waiting, String)] = []
            var sent: [Waiting] = []
            for message in waiting {
                do {
                    try write(message)
                    sent.append(message)
                } catch { failures.append((message, "\(error)")) }
            }
            try await mark(sent: sent, failures: failures)
            delivered += sent.count
        }
    }

    private func write(_ message: Waiting) throws {
        let document: Value = [
            "id": .text(message.id.text), "kind": .text(message.kind),
            "to": message.recipient.map { .text($0) } ?? .null, "body": message.body,
        ]
        let name = hexadecimal(Array(crypto.digest(Array(message.dedupe.utf8)).prefix(12)))
        try Data((document.json + "\n").utf8)
            .write(to: URL(fileURLWithPath: "\(folder)/\(message.kind)-\(name).json"), options: .atomic)
    }

    private func mark(sent: [Waiting], failures: [(Waiting, String)]) async throws {
        let now = clock.now()
        try await store.write(.batch) { writer in
            for message in sent {
                try writer.execute(
                    "UPDATE outbox SET state = 'delivered', delivered_at = $2 WHERE id = $1",
                    [.id(message.id), .instant(now)])
            }
            for (message, error) in failures {
                let state = message.attempts + 1 >= OutboxDelivery.attemptLimit ? "failed" : "waiting"
                let next = now + Int64(30_000) << min(message.attempts, 8)
                try writer.execute(
                    "UPDATE outbox SET attempts = attempts + 1, next_at = $2, error = $3, state = $4 WHERE id = $1",
                    [.id(message.id), .instant(next), .text(error), .text(state)])
            }
        }
    }
}
