import HTTPTypes
import NIOCore
import NiangjiaCore

/// What the front door counts: connections, requests at work, bytes in hand, and how often each asks.
///
/// Everything here is bounded by ``DoorLimits``; whoever comes beyond a bound hears 503 or 429 with the time to come back, and
/// nothing of what they asked for has been done.
final class Door: Sendable {
    /// Why somebody is turned away.
    enum Refusal: Error, Equatable {
        /// The host has enough to do: 503.
        case full
        /// This one asks too often: 429, and when to come back in seconds.
        case tooOften(seconds: Int)
    }

    private struct Counts {
        var connections = 0
        var connectionsByClient: [String: Int] = [:]
        var atWork = 0
        var atWorkByClient: [String: Int] = [:]
    }

    let settings: DoorSettings
    /// Takes a line about each request.
    let log: (@Sendable (String) -> Void)?
    let metrics = WebMetrics()
    private let proxies: Set<String>
    private let counts = Guarded(Counts())
    /// Answers that nobody has taken yet.
    let untaken: UntakenAnswers
    /// Bytes of bodies that are being received, by client.
    let bodies: Shares
    /// Bytes of files that came in and aren't dealt with yet, by account.
    let spooled: Shares
    /// Streams of events that are open, by account.
    let streams: Shares
    private let accounts: Buckets
    private let strangers: Buckets
    private let signIns: Buckets

    var limits: DoorLimits { settings.limits }

    init(_ settings: DoorSettings, log: (@Sendable (String) -> Void)? = nil) {
        self.settings = settings
        self.log = log
        proxies = Set(settings.proxies)
        let limits = settings.limits
        untaken = UntakenAnswers(limits)
        bodies = Shares(most: limits.bodiesBytes, byName: limits.bodiesBytesByClient)
        spooled = Shares(most: limits.spooledBytes, byName: limits.spooledBytesByAccount)
        streams = Shares(most: limits.streams, byName: limits.streamsByAccount)
        accounts = Buckets(perMinute: limits.perMinute)
        strangers = Buckets(perMinute: limits.anonymousPerMinute)
        signIns = Buckets(perMinute: limits.signInsPerMinute)
    }

    // MARK: Connections

    /// Lets a connection in. False: there is no room for it, in all or for its address.
    func open(from peer: String) -> Bool {
        let (limits, isProxy) = (limits, proxies.contains(peer))
        return counts.withLock { counts in
            guard counts.connections < limits.connections else { return false }
            let own = counts.connectionsByClient[peer] ?? 0
            guard isProxy || own < limits.connectionsByClient else { return false }
            counts.connections += 1
            counts.connectionsByClient[peer] = own + 1
            return true
        }
    }

    /// A connection that was let in has ended.
    func close(from peer: String) {
        counts.withLock { counts in
            counts.connections -= 1
            let left = (counts.connectionsByClient[peer] ?? 1) - 1
            counts.connectionsByClient[peer] = left > 0 ? left : nil
        }
    }

    /// Whether a peer may speak at all: beyond loopback only named proxies do.
    func isWelcome(_ peer: String) -> Bool { proxies.contains(peer) || Door.isLoopback(peer) }

    static func isLoopback(_ address: String) -> Bool { address.hasPrefix("127.") || address == "::1" }

    // MARK: Clients

    /// Who asks: the peer, or whom a named proxy speaks for. What others write into `X-Forwarded-For` is not read.
    func client(peer: String, _ headers: HTTPFields) -> String {
        guard proxies.contains(peer), let forwarded = Door.forwardedFor.flatMap({ headers[$0] }) else { return peer }
        // The proxy adds the address that it saw at the end; what stands before came from the client.
        return forwarded.split(separator: ",", omittingEmptySubsequences: false).last.flatMap { Door.address(in: $0) }
            ?? peer
    }

    /// The address that a proxy wrote, as one text however it was spelt: without its port, and IPv4 in IPv6 as IPv4. Nil for what is
    /// no address: whoever could make another client of each spelling would be counted nowhere.
    static func address(in written: Substring) -> String? {
        var text = written.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        let colons = text.utf8.count { $0 == UInt8(ascii: ":") }
        if text.first == "[" {
            let parts = text.dropFirst().split(separator: "]", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0].contains(":"), parts[1].isEmpty || isPort(parts[1]) else { return nil }
            text = parts[0]
        } else if colons == 1, let colon = text.firstIndex(of: ":") {
            guard isPort(text[colon...]) else { return nil }
            text = text[..<colon]
        }
        // What the system reads strictly: no zeros before a number, no hexadecimal IPv4, no zone.
        guard text.utf8.count <= 45, let plain = try? SocketAddress(ipAddress: String(text), port: 0).ipAddress else {
            return nil
        }
        let mapped = "::ffff:"
        return plain.hasPrefix(mapped) && plain.contains(".") ? String(plain.dropFirst(mapped.count)) : plain
    }

    /// Whether a text is `:443`.
    private static func isPort(_ text: Substring) -> Bool {
        guard text.first == ":" else { return false }
        let digits = text.dropFirst().utf8
        return (1...5).contains(digits.count) && digits.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// Whether the client came by TLS, as a named proxy says.
    func isSecure(peer: String, _ headers: HTTPFields) -> Bool {
        proxies.contains(peer) && Door.forwardedProto.flatMap { headers[$0] } == "https"
    }

    private static let forwardedFor = HTTPField.Name("X-Forwarded-For")
    private static let forwardedProto = HTTPField.Name("X-Forwarded-Proto")

    // MARK: Requests

    /// Takes a request in, or says why not; ``leave(_:)`` follows.
    func enter(_ client: String) throws(Refusal) {
        let limits = limits
        let isIn = counts.withLock { counts -> Bool in
            let own = counts.atWorkByClient[client] ?? 0
            guard counts.atWork < limits.atOnce, own < limits.atOnceByClient else { return false }
            counts.atWork += 1
            counts.atWorkByClient[client] = own + 1
            return true
        }
        guard isIn else { throw .full }
    }

    /// A request that was taken in has its answer.
    func leave(_ client: String) {
        counts.withLock { counts in
            counts.atWork -= 1
            let left = (counts.atWorkByClient[client] ?? 1) - 1
            counts.atWorkByClient[client] = left > 0 ? left : nil
        }
    }

    /// Counts a request of an account.
    func count(account: String) throws(Refusal) {
        if let seconds = accounts.take(account, now: NIODeadline.now()) { throw .tooOften(seconds: seconds) }
    }

    /// Counts a request of somebody who doesn't say who it is.
    func count(stranger client: String) throws(Refusal) {
        if let seconds = strangers.take(client, now: NIODeadline.now()) { throw .tooOften(seconds: seconds) }
    }

    /// Counts somebody who comes with a name and a password: looking at one costs more than anything else that a stranger asks for.
    func count(signIn client: String) throws(Refusal) {
        if let seconds = signIns.take(client, now: NIODeadline.now()) { throw .tooOften(seconds: seconds) }
    }

    /// How it stands, for metrics.
    var standing: (connections: Int, atWork: Int, bodies: Int, answers: Int) {
        let (bodies, waiting) = (bodies.taken, untaken.bytes)
        return counts.withLock { ($0.connections, $0.atWork, bodies, waiting) }
    }
}

/// Token buckets: so many in a minute, a sixth of that at once.
final class Buckets: Sendable {
    private struct Bucket {
        var tokens: Double
        var at: NIODeadline
    }

    /// Names that are remembered; whoever has not asked for a while is forgotten first.
    static let mostNames = 20_000
    private let perSecond: Double
    private let burst: Double
    private let buckets = Guarded<[String: Bucket]>([:])

    init(perMinute: Int) {
        perSecond = Double(perMinute) / 60
        burst = max(1, Double(perMinute) / 6)
    }

    /// Takes a token; nil, or in how many seconds there is one.
    func take(_ name: String, now: NIODeadline) -> Int? {
        let (perSecond, burst) = (perSecond, burst)
        return buckets.withLock { buckets in
            if buckets.count >= Buckets.mostNames, buckets[name] == nil {
                // A full bucket is as good as none.
                buckets = buckets.filter { $0.value.tokens + Buckets.seconds($0.value.at, now) * perSecond < burst }
                if buckets.count >= Buckets.mostNames { return 1 }
            }
            var bucket = buckets[name] ?? Bucket(tokens: burst, at: now)
            bucket.tokens = min(burst, bucket.tokens + Buckets.seconds(bucket.at, now) * perSecond)
            bucket.at = now
            defer { buckets[name] = bucket }
            guard bucket.tokens >= 1 else { return max(1, Int(((1 - bucket.tokens) / perSecond).rounded(.up))) }
            bucket.tokens -= 1
            return nil
        }
    }

    private static func seconds(_ from: NIODeadline, _ to: NIODeadline) -> Double {
        max(0, Double((to - from).nanoseconds) / 1e9)
    }
}
