/// What crosses between the host and an action: values, and what an action may carry and never read.
public indirect enum ActionValue: Sendable, Hashable {
    case plain(Value)
    case list([ActionValue])
    case map([String: ActionValue])
    /// A file or a free text: the action sees that it is there, and may put it into a field of equal or stricter `read`.
    case closed(Closed)

    /// Something that an action carries unread.
    public struct Closed: Sendable, Hashable {
        /// What is carried.
        public var value: Value
        /// The roles that may read it; empty: whoever may read the case or the row.
        public var read: [String]
        public init(_ value: Value, read: [String]) {
            self.value = value
            self.read = read
        }

        /// Whether somebody may read it.
        func isOpen(to caller: Caller) -> Bool { read.isEmpty || caller.isHost || !caller.roles.isDisjoint(with: read) }

        /// Whether who may read a field may read this: an equal or stricter `read`.
        func fits(_ field: Field) -> Bool {
            read.isEmpty || (!field.read.isEmpty && Set(field.read).isSubset(of: read))
        }
    }

    /// Nothing.
    public static let null = ActionValue.plain(.null)

    /// The member of a map; null for anything else.
    public subscript(name: String) -> ActionValue {
        switch self {
        case .map(let members): members[name] ?? .null
        case .plain(let value): .plain(value[name])
        case .list, .closed: .null
        }
    }

    /// The members of a map; nil for anything else.
    public var members: [String: ActionValue]? {
        switch self {
        case .map(let members): members
        case .plain(.map(let members)): members.mapValues { .plain($0) }
        default: nil
        }
    }

    /// The whole value where nothing in it is closed; nil otherwise.
    public var open: Value? {
        switch self {
        case .plain(let value): return value
        case .closed: return nil
        case .list(let items):
            let open = items.compactMap(\.open)
            return open.count == items.count ? .list(open) : nil
        case .map(let members):
            let open = members.compactMapValues(\.open)
            return open.count == members.count ? .map(open) : nil
        }
    }

    var text: String? { open?.text }
}

/// One call of an action as a runner takes it.
public struct ActionCall: Sendable {
    /// Whose action it is.
    public var plugin: Plugin
    /// Without `action.`.
    public var name: String
    /// The working days that its helpers know.
    public var calendar: WorkCalendar
    /// What it is given, a map with every declared name.
    public var input: ActionValue
    /// The settings that hold today for whoever asks.
    public var settings: Value
    /// When and by whom it is asked for.
    public var context: Value
}

/// What an action asks while it runs.
public struct HostQuestion: Sendable, Hashable {
    /// `record.get`
    public var name: String
    /// As the script gave them, unchecked.
    public var arguments: [ActionValue]
    public init(_ name: String, _ arguments: [ActionValue]) {
        self.name = name
        self.arguments = arguments
    }
}

/// What the host says to a question. A refusal ends the action at the author's line.
public enum HostTelling: Sendable, Hashable {
    case value(ActionValue)
    case refusal(LocalText)
}

/// Something that an action wants done.
public struct ActionProposal: Sendable, Hashable {
    /// `record.put`, `record.remove`, `case.open`, `case.move`, `case.revoke`, `notify.send`
    public var name: String
    /// The line of `main.lua` that says so.
    public var line: Int
    /// As the script gave them, unchecked.
    public var arguments: [ActionValue]
    public init(_ name: String, line: Int, _ arguments: [ActionValue]) {
        self.name = name
        self.line = line
        self.arguments = arguments
    }
}

/// What came of running an action.
public struct ActionReply: Sendable {
    /// How it ended.
    public enum Result: Sendable, Hashable {
        case answer(ActionValue)
        case fail(code: String, params: [String: Value])
        /// It went wrong: the author's words with their place.
        case failed(LocalText)
    }
    /// How it ended.
    public var result: Result
    /// What it wants done; empty unless it answered.
    public var proposals: [ActionProposal]
    /// How often it asked.
    public var hostCalls: Int
    /// Lua instructions, and work of helpers counted as such.
    public var instructions: Int64
    public init(_ result: Result, proposals: [ActionProposal], hostCalls: Int, instructions: Int64) {
        self.result = result
        self.proposals = proposals
        self.hostCalls = hostCalls
        self.instructions = instructions
    }
}

/// What runs actions. The implementation is Lua in a worker process, behind NiangjiaPlugins.
public protocol ActionRunner: Sendable {
    /// Runs an action. Its questions are answered on one snapshot of the store, for 200 ms at most; `answer` is called on the
    /// thread that holds it.
    ///
    /// Throws `busy` when too many calls wait, and `plugin_failed` when the plugin can't be run at all.
    func run(
        _ call: ActionCall, on store: any Store,
        answer: @escaping @Sendable (HostQuestion, any StoreReader) -> HostTelling
    ) async throws -> ActionReply
}
