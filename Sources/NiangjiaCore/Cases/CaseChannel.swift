/// By what an application comes in.
public enum CaseChannel: String, Sendable, CaseIterable {
    /// A member for themselves.
    case member
    /// A person of the register who needn't be a member, for themselves.
    case person
    /// An employer for its people.
    case unit
    /// A union's counter.
    case clerk
    /// A station's scanner.
    case scan
    /// A station's keeper.
    case keeper
}
