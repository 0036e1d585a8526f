/// Why a row, a load or a call failed, in the author's terms.
public struct ScriptFailure: Sendable, Hashable, CustomStringConvertible {
    /// What went wrong. The raw values are part of the wire format.
    public enum Kind: UInt8, Sendable, CaseIterable {
        case scriptError = 1
        case budgetInstructions = 2
        case budgetMemory = 3
        case budgetTime = 4
        case crashed = 5
        case badOutput = 6
        /// The loader refuses the source: a float, a global, state that outlives a call.
        case refusedByLoader = 7
        case noSuchFunction = 8
        case badRequest = 9
        /// An action asked the host too often.
        case budgetHostCalls = 10
    }

    public var kind: Kind
    /// The name of the chunk: `main.lua`.
    public var chunk: String
    /// The author's line, from 1; nil where no line is to blame.
    public var line: Int?
    /// The reason in zh-CN. What a script's own `error` says is the same in both.
    public var zh: String
    /// The reason in English.
    public var en: String

    init(kind: Kind, chunk: String, line: Int, text: String) {
        self.kind = kind
        self.chunk = chunk
        self.line = line > 0 ? line : nil
        let halves = text.split(separator: "\u{1f}", maxSplits: 1)
        en = String(halves.last ?? "")
        zh = halves.count == 2 ? String(halves[0]) : LuaMessage.zh(en) ?? en
    }

    /// `main.lua:12: reason`, in English.
    public var description: String { line.map { "\(chunk):\($0): \(en)" } ?? "\(chunk): \(en)" }
}

/// Why a script could not be loaded or called at all. A row that fails is no error: see `ScriptVerdict.failure`.
public enum ScriptError: Error, Sendable, Hashable {
    /// The source can't be loaded, or the called function isn't in it.
    case script(ScriptFailure)
    /// Too many calls wait already: try again later.
    case busy
    /// Workers can't be started here; the text says why.
    case unavailable(String)
    /// A row came out differently in a fresh state: the script carries something from one subject to the next.
    case nondeterministic(row: Int)
    /// The worker died, or a budget stopped rows, again and again in this batch; the last of these rows for this reason.
    case abandoned(rows: [Int], ScriptFailure)
    /// The batch is larger than a frame may be, or its columns have different lengths.
    case invalidCall(String)
    /// The task that called was cancelled while the call waited for a worker; nothing was judged.
    case cancelled
    /// The pool was shut down.
    case shutDown
    /// The other side of the boundary sent what no worker sends.
    case protocolViolation(String)
}
