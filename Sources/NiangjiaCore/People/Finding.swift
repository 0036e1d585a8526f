/// What a check found in one field: how bad it is, a stable code, and words for the clerk who mends it.
public struct Finding: Hashable, Sendable {
    /// How much a finding weighs, from least to most.
    public enum Severity: Int, Comparable, Sendable {
        /// The value was put right (full-width digits, spaces); it is told, nothing is asked.
        case note
        /// The value is kept, and a person should look at it.
        case warning
        /// The value is kept only when a person has confirmed it; the record then carries a flag.
        case unconfirmed
        /// The value can't be kept.
        case error

        /// By weight.
        public static func < (a: Severity, b: Severity) -> Bool { a.rawValue < b.rawValue }
    }

    /// How much it weighs.
    public var severity: Severity
    /// Stable, upper case: `ID_CHECK_DIGIT`.
    public var code: String
    /// What the clerk reads.
    public var message: LocalText

    public init(_ severity: Severity, _ code: String, zh: String, en: String) {
        self.severity = severity
        self.code = code
        message = LocalText(zh: zh, en: en)
    }
}

extension [Finding] {
    /// The weightiest finding's severity; nil when there is none.
    public var worst: Finding.Severity? { map(\.severity).max() }
}
