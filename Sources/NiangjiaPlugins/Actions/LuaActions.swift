import LuaSandbox
import NiangjiaCore

/// Runs actions of plugins: their questions are answered on one snapshot, and what they carry unread goes by tokens.
public final class LuaActions: ActionRunner {
    private let pool: WorkerPool
    /// For so long a snapshot is held, in milliseconds; a question after that is refused.
    private let snapshotMilliseconds: Int
    private let watch: ScriptWatch?

    /// - Parameter watch: where given, scripts run in workers that note their lines: for authors' tests only.
    public init(pool: WorkerPool, snapshotMilliseconds: Int = 200, watch: ScriptWatch? = nil) {
        self.pool = pool
        self.watch = watch
        self.snapshotMilliseconds = snapshotMilliseconds
    }

    public func run(
        _ call: ActionCall, on store: any Store,
        answer: @escaping @Sendable (HostQuestion, any StoreReader) -> HostTelling
    ) async throws -> ActionReply {
        let tokens = ClosedTokens()
        let names = call.plugin.manifest.settings.map(\.name)
        let action = ScriptAction(
            function: "action." + call.name, input: tokens.script(call.input),
            settings: ScriptCall.settings(call.settings, declared: names), context: ScriptValue(call.context))
        let snapshot = Snapshot(store: store, milliseconds: snapshotMilliseconds, answer: answer)
        defer { snapshot.close() }
        var source = ScriptSource(call.plugin, call.calendar)
        source.countsLines = watch != nil
        let began = ContinuousClock.now
        do throws(ScriptError) {
            let reply = try await pool.act(action, on: source) { question in
                let asked = HostQuestion(question.name, question.arguments.map(tokens.value))
                switch snapshot.ask(asked) {
                case .value(let value): return .value(tokens.script(value))
                case .refusal(let text): return .refusal(zh: text.zh, en: text.en)
                }
            }
            watch?.add(
                reply.lines,
                CallUsage(
                    function: action.function, rows: 1, instructions: Int64(clamping: reply.usage.instructions),
                    memoryBytes: Int64(clamping: reply.usage.peakBytes), outputBytes: Int64(reply.outputBytes),
                    hostCalls: reply.hostCalls, wallMilliseconds: began.millisecondsSince))
            return ActionReply(reply, tokens)
        } catch {
            throw NiangjiaError(error, plugin: call.plugin.manifest.id)
        }
    }
}

extension ActionReply {
    fileprivate init(_ reply: ScriptActionReply, _ tokens: ClosedTokens) {
        let result: Result =
            switch reply.result {
            case .answer(let value): .answer(tokens.value(value))
            case .fail(let code, let params): .fail(code: code, params: Value(params).map ?? [:])
            case .failed(let failure):
                .failed(LocalText(zh: failure.placed(failure.zh), en: failure.placed(failure.en)))
            }
        self.init(
            result,
            proposals: reply.proposals.map {
                ActionProposal($0.name, line: $0.line, $0.arguments.map(tokens.value))
            }, hostCalls: reply.hostCalls, instructions: Int64(clamping: reply.usage.instructions))
    }
}

/// What an action carries and can't read, by the tokens that stand for it. A token means something in the one action that it
/// was handed out in; one that a script makes up means nothing.
final class ClosedTokens: Sendable {
    private let closed = Guarded<[ActionValue.Closed]>([])

    func script(_ value: ActionValue) -> ScriptValue {
        switch value {
        case .plain(let value): return ScriptValue(value)
        case .list(let items): return .list(items.map(script))
        case .map(let members): return .map(members.mapValues(script))
        case .closed(let content):
            return closed.withLock { known in
                known.append(content)
                return .opaque("t\(known.count)")
            }
        }
    }

    func value(_ script: ScriptValue) -> ActionValue {
        switch script {
        case .opaque(let token):
            let known = closed.withLock { $0 }
            guard token.hasPrefix("t"), let n = Int(token.dropFirst()), known.indices.contains(n - 1) else {
                return .null
            }
            return .closed(known[n - 1])
        case .list(let items):
            let values = items.map(value)
            let open = values.compactMap(\.open)
            return open.count == values.count ? .plain(.list(open)) : .list(values)
        case .map(let members):
            let values = members.mapValues(value)
            let open = values.compactMapValues(\.open)
            return open.count == values.count ? .plain(.map(open)) : .map(values)
        default: return .plain(Value(script))
        }
    }
}
