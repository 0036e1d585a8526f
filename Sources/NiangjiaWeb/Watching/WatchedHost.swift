import NiangjiaCore

/// What the front door shows of the host to whoever watches it: whether it can work, and numbers without anybody's name.
public protocol WatchedHost: Sendable {
    /// Whether the host can do its work now.
    func readiness() async -> Readiness

    /// How it stands.
    func gauges() async -> [Gauge]
}

/// Whether a host can work, part by part.
public struct Readiness: Hashable, Sendable {
    /// Each part and whether it is ready.
    public var parts: [String: Bool]

    /// Parts by name.
    public init(_ parts: [String: Bool]) { self.parts = parts }

    /// Whether all parts are.
    public var isReady: Bool { parts.values.allSatisfy(\.self) }

    var value: Value {
        ["ok": .bool(isReady), "parts": .map(parts.mapValues { .bool($0) })]
    }
}

/// A number that goes up and down, or a count that only goes up.
public struct Gauge: Hashable, Sendable {
    /// What Prometheus shows: `niangjia_cases`.
    public var name: String
    /// What it is, in English.
    public var help: String
    /// Whether it only goes up.
    public var isCounter: Bool
    /// Label values, from a bounded set; empty: no label.
    public var label: (name: String, value: String)? { labelName.map { ($0, labelValue) } }
    private var labelName: String?
    private var labelValue: String
    /// The number.
    public var value: Int64

    /// A number with at most one label.
    public init(
        _ name: String, _ help: String, _ value: Int64, counter: Bool = false,
        label: (name: String, value: String)? = nil
    ) {
        self.name = name
        self.help = help
        self.value = value
        isCounter = counter
        labelName = label?.name
        labelValue = label?.value ?? ""
    }
}
