/// Everything that can go wrong on purpose: a stable code, words for the person in front of it, the place, and a cause that
/// only the log sees.
///
/// HTTP statuses are chosen in the web layer from ``Code``; nothing else is mapped anywhere else.
public struct NiangjiaError: Error, Sendable {
    /// An open set of stable codes; programs match on them.
    public struct Code: Hashable, Sendable, RawRepresentable, ExpressibleByStringLiteral {
        /// As it stands in problem details and JSON: lower case with underscores.
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public init(stringLiteral value: String) { rawValue = value }

        /// What was handed in is wrong.
        public static let invalid: Code = "invalid"
        /// There is no such thing, or the caller may not know that there is.
        public static let notFound: Code = "not_found"
        /// The caller may not do this.
        public static let forbidden: Code = "forbidden"
        /// Nobody is signed in, or the sign-in has ended.
        public static let unauthenticated: Code = "unauthenticated"
        /// The thing has changed meanwhile, or its state doesn't allow this.
        public static let conflict: Code = "conflict"
        /// The thing is no longer of the version that the caller said to have seen.
        public static let stale: Code = "stale"
        /// The configuration has mistakes.
        public static let configuration: Code = "configuration"
        /// A plugin failed; never a refusal.
        public static let pluginFailed: Code = "plugin_failed"
        /// A plugin said two things of one subject: what it says of others can't be believed either.
        public static let pluginDiffers: Code = "plugin_differs"
        /// Too much is waiting; try again later.
        public static let busy: Code = "busy"
        /// The store failed: damaged, unreadable, or made by another program.
        public static let store: Code = "store"
        /// The disk has no room; once it has, the same may be tried again.
        public static let full: Code = "full"
        /// A fault of the host itself.
        public static let `internal`: Code = "internal"
    }

    /// What kind of error it is; the web layer chooses the HTTP status by it.
    public var code: Code
    /// What the person sees.
    public var message: LocalText
    /// Where, never what: `/name` of an argument with the JSON pointer within it; `file:line:column` or `sheet!cell`, as far as known,
    /// with a key behind `: `. Ids of things stand in the words. HTTP says arguments as its requests carry them.
    public var place: String?
    /// For the log only: may hold what the person must not see.
    public var cause: String?
    /// After how many seconds it may be tried again; nil where nobody knows, or it never helps.
    public var retryAfter: Int64?

    public init(
        _ code: Code, zh: String, en: String, place: String? = nil, cause: String? = nil, retryAfter: Int64? = nil
    ) {
        self.code = code
        message = LocalText(zh: zh, en: en)
        self.place = place
        self.cause = cause
        self.retryAfter = retryAfter
    }
}

extension NiangjiaError: CustomStringConvertible {
    /// For logs: code, English text, place and cause.
    public var description: String {
        (place.map { "\($0): " } ?? "") + message.zh + (cause.map { " (\($0))" } ?? "")
    }
}
