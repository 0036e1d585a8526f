import LuaSandbox
import NiangjiaCore

/// Gathers which lines of one script ran, over all calls of a test run.
public final class LineCoverage: Sendable {
    private let seen = Guarded(ScriptLines())

    /// Nothing was seen yet.
    public init() {}

    /// Everything seen so far; empty before the first call.
    public var lines: ScriptLines { seen.withLock { $0 } }

    func add(_ lines: ScriptLines) { seen.withLock { $0.formUnion(lines) } }
}
