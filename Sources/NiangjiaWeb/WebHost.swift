import NiangjiaCore

/// What the web layer needs of the host: who somebody is, and what they ask for. The host stands behind it; imports point one
/// way.
public protocol WebHost: Sendable {
    /// The account behind a session token.
    ///
    /// - Throws: `unauthenticated`.
    func account(token: String) async throws -> Account

    /// The largest evidence file that is taken, in bytes.
    var largestFile: Int { get }

    /// Takes an evidence file in and returns how forms name it.
    ///
    /// - Throws: `invalid` for a type of content that no evidence has.
    func keep(file content: [UInt8], as account: Account) async throws -> Value

    /// Runs an operation and returns its answer.
    func perform(_ operation: String, _ arguments: Value, as account: Account?) async throws -> Value
}
