import CLuaEngine

/// What promises the same bytes: a decision may be replayed on the engine that made it.
public enum ScriptEngine {
    /// For example `Lua 5.4.4; engine 3; wire 1`.
    public static let identity = String(cString: niangjia_engine_identity())
    /// No request and no reply is longer, in bytes.
    public static let largestFrame = Int(NIANGJIA_FRAME_MAX)
    /// What the linked Lua is known to get wrong, tried on samples when first asked. The loader refuses code that could
    /// meet one of them.
    public static let knownFaults: [ScriptEngineFault] = {
        let found = niangjia_engine_faults()
        return ScriptEngineFault.allCases.filter { found & $0.bit != 0 }
    }()
}

/// Working days as tables: what weekdays alone don't tell. Days are counted from 1970-01-01.
public struct ScriptCalendar: Sendable, Hashable {
    /// Weekdays that are off.
    public var holidays: [Int32]
    /// Saturdays and Sundays that are worked.
    public var makeUpDays: [Int32]
    /// The days that the tables speak about; asking outside is an error. Nil: any day, Monday to Friday by default.
    public var covered: ClosedRange<Int32>?

    public init(holidays: [Int32] = [], makeUpDays: [Int32] = [], covered: ClosedRange<Int32>? = nil) {
        self.holidays = Array(Set(holidays)).sorted()
        self.makeUpDays = Array(Set(makeUpDays)).sorted()
        self.covered = covered
    }
}

/// Budgets of a script. They belong to the source: other limits, other answers.
public struct ScriptLimits: Sendable, Hashable {
    /// Lua instructions (and work of helpers counted as such) for one row; a document (a list, an object) that the row reads adds
    /// 32 for each of its bytes.
    public var rowInstructions: UInt64 = 2_000_000
    /// The same for loading the chunk.
    public var loadInstructions: UInt64 = 5_000_000
    /// Bytes of Lua memory in one state, at most 128 MiB: the process has room for two.
    public var memoryBytes: UInt64 = 32 << 20
    /// Bytes, values and depth of each of params, parts and keeps.
    public var outputBytes: UInt32 = 16 << 10
    public var outputNodes: UInt32 = 1_000
    public var outputDepth: UInt32 = 8

    public init() {}
}

/// One plugin version's script: what a worker is bound to for its life.
public struct ScriptSource: Sendable, Hashable {
    /// The name in messages: `main.lua`. At most 64 bytes.
    public var name: String
    public var bytes: [UInt8]
    public var calendar: ScriptCalendar
    public var limits: ScriptLimits
    /// Leaves out the checks against state that outlives a call, so that tests can prove that the second judgement
    /// finds such state. Never set for a city's script.
    public var unchecked: Bool
    /// Notes which lines run, for authors' tests: each reply carries what has run so far. A worker with it serves nothing else.
    public var countsLines: Bool

    public init(
        name: String = "main.lua", bytes: [UInt8], calendar: ScriptCalendar = ScriptCalendar(),
        limits: ScriptLimits = ScriptLimits(), unchecked: Bool = false, countsLines: Bool = false
    ) {
        self.name = name
        // The mark that Windows' editors write before UTF-8 is no Lua.
        self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        self.calendar = calendar
        self.limits = limits
        self.unchecked = unchecked
        self.countsLines = countsLines
    }

    /// The body of a LOAD frame.
    func loadBody(callMilliseconds: UInt32) -> [UInt8] {
        var writer = ByteWriter()
        writer.put(UInt8(NIANGJIA_WIRE_VERSION))
        writer.put(
            UInt8(unchecked ? NIANGJIA_LOAD_FORCED : 0) | UInt8(countsLines ? NIANGJIA_LOAD_COVERAGE : 0))
        let utf8 = Array(name.utf8.prefix(64))
        writer.put(UInt8(utf8.count))
        writer.bytes += utf8
        writer.put(UInt32(bytes.count))
        writer.bytes += bytes
        writer.put(limits.rowInstructions)
        writer.put(limits.loadInstructions)
        writer.put(min(limits.memoryBytes, 128 << 20))
        writer.put(limits.outputBytes)
        writer.put(limits.outputNodes)
        writer.put(min(limits.outputDepth, 64))
        writer.put(callMilliseconds)
        writer.put(UInt32(bitPattern: calendar.covered?.lowerBound ?? 1))
        writer.put(UInt32(bitPattern: calendar.covered?.upperBound ?? 0))
        for days in [calendar.holidays, calendar.makeUpDays] {
            writer.put(UInt32(days.count))
            for day in days { writer.put(UInt32(bitPattern: day)) }
        }
        return writer.bytes
    }
}

/// What loading a script told.
public struct ScriptReport: Sendable, Hashable {
    /// The functions found, sorted: `assess.package`, `recheck.enrol`.
    public var functions: [String]
    public var usage: ScriptUsage
}

/// What a load or a call used. Not part of what is journaled.
public struct ScriptUsage: Sendable, Hashable {
    /// Lua instructions and work of helpers.
    public var instructions: UInt64
    /// The most bytes of Lua memory held at once.
    public var peakBytes: UInt64
    /// Times that a worker died and the rest was sent again.
    public var deaths = 0
}
