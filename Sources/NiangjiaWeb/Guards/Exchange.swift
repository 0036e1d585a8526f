import HTTPTypes
import NiangjiaCore

/// One request on its way through the host, for whoever answers it: who asks is told here as soon as it is known.
final class Exchange: Sendable {
    /// The request that the present task answers.
    @TaskLocal static var current: Exchange?

    private struct Facts {
        var account: String?
    }

    private let door: Door
    private let client: String
    private let facts = Guarded(Facts())

    init(_ door: Door, client: String) {
        self.door = door
        self.client = client
    }

    /// The account that asks, once it has shown who it is.
    var account: String? { facts.withLock { $0.account } }

    /// Counts the request of whoever has shown who it is, or of an address that didn't.
    ///
    /// - Throws: `rate_limited`.
    static func identified(_ account: Account?) throws(NiangjiaError) {
        guard let exchange = current else { return }
        do {
            if let account {
                exchange.facts.withLock { $0.account = account.id }
                try exchange.door.count(account: account.id)
            } else {
                try exchange.door.count(stranger: exchange.client)
            }
        } catch {
            throw exchange.turnedAway(error)
        }
    }

    /// A refusal in words, with the time to come back.
    func turnedAway(_ refusal: Door.Refusal) -> NiangjiaError {
        switch refusal {
        case .full:
            return NiangjiaError(
                .busy, zh: "现在请求太多,请稍后再试;这次什么都没有办理。",
                en: "There are too many requests just now: try again later. Nothing of this one was done.",
                retryAfter: 1)
        case .tooOften(let seconds):
            return NiangjiaError(
                "rate_limited", zh: "请求太频繁,请在 \(seconds) 秒后再试。",
                en: "Too many requests: try again in \(seconds) seconds.", retryAfter: Int64(seconds))
        }
    }
}
