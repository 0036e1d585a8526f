import LuaSandbox
import NiangjiaCore

/// What one call of a script used, of each of its budgets.
public struct CallUsage: Hashable, Sendable {
    /// `assess.package`, `action.swap`.
    public var function: String
    /// Subjects that were judged; an action is one.
    public var rows: Int
    /// Of the row that used most.
    public var instructions: Int64
    /// The most bytes of Lua memory held at once.
    public var memoryBytes: Int64
    /// Bytes that came back.
    public var outputBytes: Int64
    /// Questions to the host; rules ask none.
    public var hostCalls: Int
    /// Milliseconds that the caller waited: a queue before the worker counts too.
    public var wallMilliseconds: Int64

    /// The most that either used of each budget.
    public func most(_ other: CallUsage) -> CallUsage {
        CallUsage(
            function: function, rows: max(rows, other.rows), instructions: max(instructions, other.instructions),
            memoryBytes: max(memoryBytes, other.memoryBytes), outputBytes: max(outputBytes, other.outputBytes),
            hostCalls: max(hostCalls, other.hostCalls), wallMilliseconds: max(wallMilliseconds, other.wallMilliseconds))
    }
}

/// Notes of one script, over all calls of a test run, which lines ran and what each call used: for authors, whose cases are
/// fictional. What a city's calls use is told to nobody: it depends on facts about people.
public final class ScriptWatch: Sendable {
    private let seen = Guarded((lines: ScriptLines(), calls: [CallUsage]()))

    /// Nothing was seen yet.
    public init() {}

    /// Every line seen so far; empty before the first call.
    public var lines: ScriptLines { seen.withLock { $0.lines } }

    /// The calls so far, in the order in which they ended.
    public var calls: [CallUsage] { seen.withLock { $0.calls } }

    func add(_ lines: ScriptLines, _ call: CallUsage) {
        seen.withLock {
            $0.lines.formUnion(lines)
            $0.calls.append(call)
        }
    }
}
