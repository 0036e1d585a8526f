/// How a decision stands, as the store has it and answers tell it.
public enum DecisionState: String, Sendable, CaseIterable {
    /// What it gives, it gives.
    case standing
    /// It gave nothing.
    case refused
    /// Its subject waits for money or a place.
    case waitlisted
    /// Nothing is decided yet: a person has to, a paper is missing, or the rule failed.
    case open
    /// It was withdrawn, revoked or taken back.
    case reversed
    /// Nobody came for what it gave.
    case lapsed
    /// A correction left nothing of it.
    case annulled
    /// Its subject waits no more: a later run's scope leaves it out.
    case ended
    /// A later decision took its place.
    case superseded
}
