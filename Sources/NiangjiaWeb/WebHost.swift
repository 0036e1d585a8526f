import NiangjiaCore

/// What the web layer needs of the host: who somebody is, and what they ask for. The host stands behind it; imports point one
/// way.
public protocol WebHost: Sendable {
    /// The account behind a session token.
    ///
    /// - Throws: `unauthenticated`.
    func account(token: String) async throws -> Account

    /// Runs an operation and returns its answer.
    func perform(_ operation: String, _ arguments: Value, as account: Account?) async throws -> Value
}
