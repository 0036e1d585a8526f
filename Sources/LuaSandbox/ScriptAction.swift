import CLuaEngine

/// A call of an action: one function that may ask the host while it runs.
public struct ScriptAction: Sendable {
    /// `action.<name>`
    public var function: String
    /// Maps; absent names are `null`, for a name that a map doesn't have is the author's mistake.
    public var input: ScriptValue
    public var settings: ScriptValue
    public var context: ScriptValue
    /// How often it may ask.
    public var callLimit = ScriptAction.mostCalls
    /// How often an action may ask the host.
    public static let mostCalls = 64
    /// How many things it may propose.
    public var proposalLimit = 1_000

    public init(
        function: String, input: ScriptValue = .map([:]), settings: ScriptValue = .map([:]),
        context: ScriptValue = .map([:])
    ) {
        self.function = function
        self.input = input
        self.settings = settings
        self.context = context
    }

    /// The content of an ACT frame.
    func encoded() throws(ScriptError) -> [UInt8] {
        guard (1...127).contains(function.utf8.count) else { throw .invalidCall("function: 1 to 127 bytes") }
        var writer = ByteWriter()
        writer.put(UInt8(NIANGJIA_WIRE_VERSION))
        writer.put(UInt8(function.utf8.count))
        writer.bytes += function.utf8
        writer.put(UInt16(clamping: callLimit))
        writer.put(UInt16(clamping: proposalLimit))
        for value in [input, settings, context] {
            let bytes = value.encoded
            writer.put(UInt32(bytes.count))
            writer.bytes += bytes
        }
        guard writer.bytes.count < ScriptEngine.largestFrame - 4096 else { throw .invalidCall("more than 64 MiB") }
        return writer.bytes
    }
}

/// What an action asks the host: `record.get`, with its arguments.
public struct ScriptQuestion: Sendable, Hashable {
    public var name: String
    public var arguments: [ScriptValue]
}

/// What the host says to a question.
public enum ScriptTelling: Sendable, Hashable {
    case value(ScriptValue)
    /// An error at the author's line; `zh` and `en` are what he reads.
    case refusal(zh: String, en: String)

    /// The content of a TELL frame.
    var encoded: [UInt8] {
        switch self {
        case .value(let value): [0] + value.encoded
        case .refusal(let zh, let en): [1] + Array((zh + "\u{1f}" + en).utf8)
        }
    }
}

/// Something that an action wants done, with the line where it says so.
public struct ScriptProposal: Sendable, Hashable {
    /// `record.put`, `case.move`, `notify.send` …
    public var name: String
    public var line: Int
    public var arguments: [ScriptValue]
}

/// What came of an action.
public struct ScriptActionReply: Sendable {
    public enum Result: Sendable, Hashable {
        case answer(ScriptValue)
        /// It can't be done, with a reason code and its parameters.
        case fail(code: String, params: ScriptValue)
        case failed(ScriptFailure)
    }

    public var result: Result
    /// In the order in which they were made; empty unless it answered.
    public var proposals: [ScriptProposal]
    public var usage: ScriptUsage
    /// How often it asked: the third budget beside instructions and bytes.
    public var hostCalls: Int
    /// The bytes that came back: answer and proposals.
    public var outputBytes = 0
    /// Which lines the worker has run so far; empty where the source doesn't count them.
    public var lines = ScriptLines()
}

extension ScriptActionReply {
    /// Reads the body of a DONE frame.
    init(done body: ArraySlice<UInt8>, chunk: String) throws(ScriptError) {
        var reader = ByteReader(body)
        let kind = try reader.u8()
        let code = try reader.text(try reader.u32())
        let params = Array(try reader.take(try reader.u32()))
        var proposals: [ScriptProposal] = []
        for _ in 0..<(try reader.u16()) {
            guard case .list(let parts) = try reader.value(), parts.count == 3, let name = parts[0].string,
                let line = parts[1].integer, case .list(let arguments) = parts[2]
            else { throw .protocolViolation("a malformed proposal") }
            proposals.append(ScriptProposal(name: name, line: Int(clamping: line), arguments: arguments))
        }
        let usage = ScriptUsage(instructions: try reader.u64(), peakBytes: try reader.u64(), deaths: 0)
        let calls = try reader.u16()
        let differs = try reader.u8()
        let marks = try reader.take(try reader.u32())
        lines = ScriptLines(marks: marks)
        try reader.expectEnd()
        outputBytes = body.count - marks.count
        guard differs == 0 else { throw .nondeterministic(row: 0) }
        let value = params.isEmpty ? ScriptValue.null : try ScriptValue(encoded: params)
        switch Int(kind) {
        case NIANGJIA_VERDICT_ANSWER where code.isEmpty: result = .answer(value)
        case NIANGJIA_VERDICT_FAIL where !code.isEmpty: result = .fail(code: code, params: value)
        case NIANGJIA_VERDICT_FAILED:
            result = .failed(
                ScriptFailure(
                    kind: .init(rawValue: UInt8(clamping: value["kind"].integer ?? 0)) ?? .crashed, chunk: chunk,
                    line: Int(clamping: value["line"].integer ?? 0), text: value["text"].string ?? ""))
        default: throw .protocolViolation("an action that ended as \(kind)")
        }
        guard proposals.isEmpty || Int(kind) == NIANGJIA_VERDICT_ANSWER else {
            throw .protocolViolation("proposals of an action that failed")
        }
        self.proposals = proposals
        self.usage = usage
        hostCalls = calls
    }
}

extension Worker {
    /// Runs one action: questions come and are answered until it is done.
    func act(
        _ body: [UInt8], limit: Int, milliseconds: Int, rowMilliseconds: Int,
        answering: (ScriptQuestion) -> ScriptTelling
    ) throws(Death) -> Frame {
        var asked = 0
        var frame = try exchange(
            NIANGJIA_FRAME_ACT, prelude: [], body: body, milliseconds: milliseconds, rowMilliseconds: rowMilliseconds)
        while frame.type == NIANGJIA_FRAME_ASK {
            asked += 1
            // The worker counts too, but a worker that a script owns counts as it likes.
            guard asked <= limit, let question = try? ScriptQuestion(asking: frame.body) else {
                end()
                throw .protocolViolation("question \(asked) of an action")
            }
            frame = try exchange(
                NIANGJIA_FRAME_TELL, prelude: [], body: answering(question).encoded, milliseconds: milliseconds,
                rowMilliseconds: rowMilliseconds)
        }
        return frame
    }
}

extension ScriptQuestion {
    /// Reads the body of an ASK frame.
    init(asking body: ArraySlice<UInt8>) throws(ScriptError) {
        var reader = ByteReader(body)
        name = try reader.text(Int(try reader.u8()))
        guard case .list(let values) = try reader.value() else { throw .protocolViolation("a malformed question") }
        try reader.expectEnd()
        arguments = values
    }
}
