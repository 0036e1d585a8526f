import NiangjiaCore

/// What an operation does with arguments, its words in a language, where it waits for nothing. It answers JSON, with the members of an
/// object in the order of their names and without amounts of money, so that nothing is left to be done about it.
public typealias InstantWork = (Value, Language) throws -> [UInt8]

/// What the web layer needs of the host: who somebody is, and what they ask for. The host stands behind it; imports point one
/// way.
public protocol WebHost: Sendable {
    /// The account behind a session token.
    ///
    /// - Throws: `unauthenticated`.
    func account(token: String) async throws -> Account

    /// Refuses an account that may not ask for an operation, whatever it would ask: asked before anything else of it is read, and of
    /// each repetition.
    ///
    /// - Throws: `forbidden`, `must_enrol`.
    func check(_ operation: String, _ account: Account) throws

    /// The folder into which files are put while they come in, on the disk of the data.
    var incoming: String { get }

    /// The largest file that an operation takes, in bytes.
    func largestFile(for operation: String) -> Int

    /// Runs an operation and returns its answer, its words in a language.
    func perform(_ operation: String, _ arguments: Value, as account: Account?, in language: Language) async throws
        -> Value

    /// Whether an operation can be answered from memory, to whoever asks (``instantly(_:)``).
    func isInstant(_ operation: String) -> Bool

    /// What answers such an operation, to somebody who hasn't signed in, without waiting; nil where memory doesn't hold it just
    /// now: then ``perform(_:_:as:in:)`` does it.
    func instantly(_ operation: String) -> InstantWork?

    /// Runs work once for a key of an account; whoever comes again with the same request is told what was answered the first time.
    ///
    /// Work that goes on where it was cut off is gone on with, whatever had been committed of it.
    ///
    /// - Parameters:
    ///   - request: what is asked for, to the byte.
    ///   - operation: what the work is.
    /// - Returns: the answer, and whether it is the first one's.
    /// - Throws: `conflict` for a key that was used for another request; `in_progress` while the first is at work, or where it
    ///   was cut off and nobody can know.
    func once(
        _ key: String, _ request: [UInt8], of operation: String, as account: Account,
        _ work: @Sendable () async throws -> Value
    ) async throws -> (value: Value, isRepeated: Bool)
}
