/// Requests that are sent again: each key has one effect, and every repetition the answer of the first (decision 0031).
///
/// The key's row is written in the transaction of the effect: either both are durable or neither. A request that was refused has
/// had no effect and leaves no row; sent again, it is looked at anew.
public enum Idempotency {
    /// An answer, and whether this call made it.
    public struct Answer: Sendable, Hashable {
        /// What the caller sent, as it was sent.
        public var value: Value
        /// False: the key was known, nothing was done.
        public var isNew: Bool
    }

    /// The longest key in bytes: what clients send is a UUID or the name of a request of theirs.
    public static let longestKey = 200
    /// How long keys are kept (milliseconds); then the same key is a new one.
    public static let kept: Int64 = 7 * 86_400_000

    /// Runs `effect` once for a key of an account, and answers every later call with what it returned.
    ///
    /// Keys of different accounts are different keys. `body` is what was asked for, to the byte; only a keyed digest of it is
    /// kept. The answer is kept as it is: it holds ids and sums, nothing personal.
    ///
    /// Throws `conflict` when the key was used for another body, `invalid` for a key that is empty or too long, and what
    /// `effect` throws.
    public static func once(
        key: String, account: String, body: [UInt8], _ context: ChangeContext, in writer: any StoreWriter,
        _ effect: () throws -> Value
    ) throws -> Answer {
        try check(key)
        let digest = Hex.text(context.crypto.mac(body, purpose: .commitment))
        if let found = try stored(key, account, digest, in: writer) {
            return Answer(value: try Value(json: found.answer), isNew: false)
        }
        let value = try effect()
        // Where several write at once, who comes second fails here with all that it did, and run again finds the answer.
        guard try take(key, account, digest, answer: value.json, context, in: writer) else {
            throw StoreError.duplicate("idempotency.key")
        }
        return Answer(value: value, isNew: true)
    }

    /// How a key stands, for work that is more than one transaction.
    public enum Standing: Hashable, Sendable {
        /// It was free and is taken now: whoever asked does the work, and ends it with ``finish(_:account:_:in:)`` or
        /// ``drop(_:account:in:)``.
        case taken
        /// The work was done, and this was answered.
        case done(Value)
        /// The work was begun then, and is being done or was cut off: whoever keeps what is at work can tell. Without an effect
        /// nothing of it has been committed, and the key is free again after ``rest``.
        case begun(Instant, hasEffect: Bool)
    }

    /// How long a key rests whose work was begun and committed nothing (milliseconds): what was still waiting to be written then
    /// has been by the end of it, or never will be.
    public static let rest: Int64 = 5_000

    /// A key and whose it is.
    public struct Key: Hashable, Sendable {
        var account: String
        var key: String
        /// When the work was first asked for, where it was cut off after something of it was committed: it goes on.
        public var cutOffSince: Instant?

        /// A key of an account.
        public init(_ key: String, account: String, cutOffSince: Instant? = nil) {
            self.account = account
            self.key = key
            self.cutOffSince = cutOffSince
        }
    }

    /// The key under which the present task works: every write of it says in its own transaction that there was one (``mark(_:in:)``).
    @TaskLocal public static var current: Key?

    /// Says that something is committed under a key. Called by the store at the beginning of each write of the key's work.
    public static func mark(_ key: Key, in writer: any StoreWriter) throws {
        try writer.execute(
            "UPDATE idempotency SET has_effect = 1 WHERE account = $1 AND key = $2 AND answer = '' AND has_effect = 0",
            [.text(key.account), .text(key.key)])
    }

    /// Takes a key before work that is more than one transaction; durable before the work begins, so that it is never done twice.
    /// Work that was begun and had no effect is taken over after ``rest``: whoever asks knows that nobody is at it.
    ///
    /// Throws `conflict` when the key was used for another body, `invalid` for a key that is empty or too long.
    public static func begin(
        key: String, account: String, body: [UInt8], _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> Standing {
        try check(key)
        let digest = Hex.text(context.crypto.mac(body, purpose: .commitment))
        if try take(key, account, digest, context, in: writer) { return .taken }
        guard let found = try stored(key, account, digest, in: writer)
        else { throw StoreError.duplicate("idempotency.key") }
        guard found.answer.isEmpty else { return .done(try Value(json: found.answer)) }
        guard context.now < found.at + kept else {
            // Whoever comes back so late is served as if the request were new.
            try writer.execute(
                "DELETE FROM idempotency WHERE account = $1 AND key = $2 AND answer = ''", [.text(account), .text(key)])
            return try take(key, account, digest, context, in: writer) ? .taken : .begun(context.now, hasEffect: false)
        }
        if !found.hasEffect, context.now >= found.at + rest {
            let isTaken = try writer.execute(
                """
                UPDATE idempotency SET at = $3 WHERE account = $1 AND key = $2 AND answer = '' AND has_effect = 0 AND at = $4
                """, [.text(account), .text(key), .instant(context.now), .instant(found.at)])
            if isTaken == 1 { return .taken }
        }
        return .begun(found.at, hasEffect: found.hasEffect)
    }

    /// Keeps what the work of a taken key answered.
    public static func finish(_ key: String, account: String, _ answer: Value, in writer: any StoreWriter) throws {
        try writer.execute(
            "UPDATE idempotency SET answer = $1 WHERE account = $2 AND key = $3",
            [.text(answer.json), .text(account), .text(key)])
    }

    /// Gives a taken key back whose work was refused; one whose work committed something before the refusal stays as one that was cut
    /// off.
    public static func drop(_ key: String, account: String, in writer: any StoreWriter) throws {
        try writer.execute(
            "DELETE FROM idempotency WHERE account = $1 AND key = $2 AND answer = '' AND has_effect = 0",
            [.text(account), .text(key)])
    }

    private static func check(_ key: String) throws {
        guard !key.isEmpty, key.utf8.count <= longestKey else {
            throw NiangjiaError(
                .invalid, zh: "幂等键须为 1 至 \(longestKey) 个字节。", en: "An idempotency key has 1 to \(longestKey) bytes.")
        }
    }

    /// Takes the row of a key; false where there is one already. Whoever comes second, on any engine, waits for this transaction.
    private static func take(
        _ key: String, _ account: String, _ digest: String, answer: String = "", _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws -> Bool {
        try writer.execute(
            """
            INSERT INTO idempotency (account, key, body_digest, answer, at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT DO NOTHING
            """, [.text(account), .text(key), .text(digest), .text(answer), .instant(context.now)]) == 1
    }

    /// What a key's row holds as its answer, empty while there is none, and since when; nil for a key that nobody has used.
    private static func stored(
        _ key: String, _ account: String, _ digest: String, in reader: any StoreReader
    ) throws -> (answer: String, at: Instant, hasEffect: Bool)? {
        let found = try reader.first(
            "SELECT body_digest, answer, at, has_effect FROM idempotency WHERE account = $1 AND key = $2",
            [.text(account), .text(key)]
        ) { (digest: $0.text(0), answer: $0.text(1), at: $0.instant(2), hasEffect: $0.bool(3)) }
        guard let found else { return nil }
        guard found.digest == digest else { throw otherRequest }
        return (found.answer, found.at, found.hasEffect)
    }

    /// What whoever sends another request under a known key hears.
    public static let otherRequest = NiangjiaError(
        .conflict, zh: "这个幂等键已用于另一项请求,请换一个新的。",
        en: "This idempotency key was used for another request: take a new one.")

    /// Forgets keys that were first used before a moment; returns how many. Whoever repeats a request later than that is served
    /// as if it were new.
    @discardableResult
    public static func forget(before moment: Instant, in writer: any StoreWriter) throws -> Int {
        try writer.execute("DELETE FROM idempotency WHERE at < $1", [.instant(moment)])
    }
}
