/// How much a mistake in a file of the configuration weighs: with an error it can't be proposed.
public enum ConfigSeverity: String, Hashable, Sendable, CaseIterable { case error, warning }
