import LuaSandbox
import NiangjiaCore

/// Runs plugins' rules: facts and settings go to a worker process as bytes, a decision for each row comes back.
///
/// Pure: the same request bytes, source and engine give the same reply bytes.
public final class LuaJudge: RuleJudge {
    private let pool: WorkerPool
    private let watch: ScriptWatch?
    /// Leaves out the loader's checks against state that outlives a call: only to prove that the second judgement finds it.
    private let isForced: Bool

    /// - Parameter watch: where given, scripts run in workers that note their lines: for authors' tests only.
    public init(pool: WorkerPool, watch: ScriptWatch? = nil) {
        self.pool = pool
        self.watch = watch
        isForced = false
    }

    /// A judge that loads what the loader would refuse.
    init(forcing pool: WorkerPool) {
        self.pool = pool
        watch = nil
        isForced = true
    }

    private func source(_ plugin: Plugin, _ calendar: WorkCalendar) -> ScriptSource {
        if let last = lastSource.withLock({ $0 }), last.source.bytes == plugin.source, last.calendar == calendar {
            return last.source
        }
        var source = ScriptSource(plugin, calendar)
        source.countsLines = watch != nil
        source.unchecked = isForced
        let made = LastSource(calendar: calendar, source: source)
        lastSource.withLock { $0 = made }
        return source
    }

    /// The source of the last call: one application after the other asks the same plugin.
    private struct LastSource: Sendable {
        var calendar: WorkCalendar
        var source: ScriptSource
    }

    private let lastSource = Guarded<LastSource?>(nil)

    /// Judges a batch. Throws `busy` when too many calls wait and `plugin_failed` when the plugin can't be run at all; a row
    /// that fails is a judgement of kind `failed` with the author's line.
    public func judge(_ request: JudgeRequest, lane: WriteLane) async throws -> JudgeReply {
        guard request.facts.count > 0 else {
            return JudgeReply(judgements: [], requestBytes: [], replyBytes: [], engine: ScriptEngine.identity)
        }
        let began = ContinuousClock.now
        do throws(ScriptError) {
            let reply = try await pool.call(
                ScriptCall(request), on: source(request.plugin, request.calendar),
                lane: lane == .interactive ? .interactive : .batch)
            watch?.add(
                reply.lines,
                CallUsage(
                    function: request.function, rows: reply.rows.count,
                    instructions: reply.rows.map(\.instructions).max() ?? 0,
                    memoryBytes: Int64(clamping: reply.usage.peakBytes),
                    outputBytes: Int64(reply.rows.map(\.outputBytes).max() ?? 0),
                    hostCalls: 0, wallMilliseconds: began.millisecondsSince))
            return judged(reply, by: request.plugin, function: request.function)
        } catch {
            throw NiangjiaError(error, plugin: request.plugin.manifest.id)
        }
    }

    /// Sends journaled bytes to a fresh engine. The reply's bytes are the journaled ones where the engine is the same.
    /// Rows that died then (of their time, or with the process) have failed and are not tried again.
    public func replay(
        _ requestBytes: [UInt8], answered replyBytes: [UInt8], plugin: Plugin, calendar: WorkCalendar
    ) async throws -> JudgeReply {
        do throws(ScriptError) {
            let function = try ScriptCall(encoded: requestBytes).function
            let dead = ScriptVerdict.deadRows(in: try ScriptVerdicts(encoded: replyBytes))
            let reply = try await pool.replay(
                requestBytes: requestBytes, on: source(plugin, calendar), skipping: dead)
            return judged(reply, by: plugin, function: function)
        } catch {
            throw NiangjiaError(error, plugin: plugin.manifest.id)
        }
    }

    /// Sends the facts of journaled bytes to the rule once more, with other settings.
    public func rejudge(
        _ requestBytes: [UInt8], settings: [Value], settingsOf: [Int: UInt32], plugin: Plugin,
        calendar: WorkCalendar
    ) async throws -> JudgeReply {
        do throws(ScriptError) {
            var call = try ScriptCall(encoded: requestBytes)
            let names = plugin.manifest.settings.map(\.name)
            call.settings = settings.map { ScriptCall.settings($0, declared: names) }
            call.settingsIndexes =
                settings.count == 1
                ? [] : (0..<call.rows).map { UInt16(truncatingIfNeeded: settingsOf[$0] ?? 0) }
            let reply = try await pool.call(call, on: source(plugin, calendar), lane: .batch)
            return judged(reply, by: plugin, function: call.function)
        } catch {
            throw NiangjiaError(error, plugin: plugin.manifest.id)
        }
    }

    /// What a rule saw for a row: `{"facts": …, "context": …}` as nested maps, and the settings that held.
    public func describe(_ requestBytes: [UInt8], row: Int) throws -> (facts: Value, settings: Value) {
        let call: ScriptCall
        do throws(ScriptError) {
            call = try ScriptCall(encoded: requestBytes)
        } catch {
            throw NiangjiaError(error, plugin: "")
        }
        guard (0..<call.rows).contains(row) else {
            throw NiangjiaError(.notFound, zh: "日志中没有第 \(row) 行", en: "the journal has no row \(row)")
        }
        var seen = Value.map([:])
        for column in call.columns where !column.isUnread {
            seen = seen.setting(
                Value(column.value(at: row)), at: column.path.split(separator: ".").map(String.init)[...])
        }
        let index = call.settingsIndexes.isEmpty ? 0 : Int(call.settingsIndexes[row])
        return (seen, Value(call.settings[index]))
    }

    /// What a rule said of each row, read from a journaled reply.
    public func judgements(_ replyBytes: [UInt8], plugin: Plugin, function: String) throws -> Judgements {
        do throws(ScriptError) {
            return judgements(try ScriptVerdicts(encoded: replyBytes), plugin, function)
        } catch {
            throw NiangjiaError(error, plugin: plugin.manifest.id)
        }
    }

    private func judgements(_ rows: ScriptVerdicts, _ plugin: Plugin, _ function: String) -> Judgements {
        let form = function.split(separator: ".").last.flatMap { plugin.manifest.forms[String($0)] }
        return Judgements(
            distinct: rows.distinct.map { Judgement($0, manifest: plugin.manifest, form: form) }, indexes: rows.indexes)
    }

    private func judged(_ reply: ScriptReply, by plugin: Plugin, function: String) -> JudgeReply {
        JudgeReply(
            judgements: judgements(reply.rows, plugin, function), requestBytes: reply.requestBytes,
            replyBytes: reply.replyBytes, engine: ScriptEngine.identity)
    }
}

extension ScriptSource {
    /// A plugin's script with the working days that the city's calendar covers.
    init(_ plugin: Plugin, _ calendar: WorkCalendar) {
        self.init(bytes: plugin.source, calendar: ScriptCalendar(calendar))
    }
}

extension Value {
    /// A map with a value put at a path; maps on the way are made.
    fileprivate func setting(_ value: Value, at path: ArraySlice<String>) -> Value {
        guard let name = path.first else { return value }
        var members = map ?? [:]
        members[name] = (members[name] ?? .null).setting(value, at: path.dropFirst())
        return .map(members)
    }
}

extension ContinuousClock.Instant {
    /// Milliseconds since then, rounded up.
    var millisecondsSince: Int64 {
        let (seconds, attoseconds) = duration(to: .now).components
        return seconds * 1_000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}

extension NiangjiaError {
    /// What the sandbox reports, in the words of whoever meets it.
    init(_ error: ScriptError, plugin: String) {
        switch error {
        case .busy:
            self.init(.busy, zh: "等待裁定的太多,请稍后再试", en: "too many calls wait; try again later")
        case .script(let failure):
            self.init(
                .pluginFailed, zh: "插件 \(plugin) 无法运行: \(failure.zh)",
                en: "plugin \(plugin) can't be run: \(failure.en)",
                place: failure.line.map { "plugins/\(plugin)/\(failure.chunk):\($0)" })
        case .nondeterministic(let row):
            self.init(
                .pluginDiffers, zh: "插件 \(plugin) 两次裁定同一对象结果不同,已停止",
                en: "plugin \(plugin) judged one subject twice and differed: stopped",
                cause: "row \(row)")
        case .abandoned(let rows, let failure):
            let row = (rows.last ?? 0) + 1
            self.init(
                .pluginFailed, zh: "插件 \(plugin) 一再\(failure.zh),已停止(最后是这一批的第 \(row) 个对象)",
                en: "plugin \(plugin) stopped: again and again \(failure.en) (last with subject \(row) of this batch)",
                place: failure.line.map { "plugins/\(plugin)/\(failure.chunk):\($0)" }
                    ?? "plugins/\(plugin)/\(failure.chunk)",
                cause: "rows \(rows)")
        case .unavailable(let why):
            self.init(
                .pluginFailed, zh: "本机不能启动插件进程", en: "workers for plugins can't be started here", cause: why)
        case .cancelled:
            self.init(.busy, zh: "已取消", en: "cancelled")
        case .shutDown:
            self.init(.busy, zh: "系统正在停止", en: "the host is shutting down")
        case .invalidCall(let why), .protocolViolation(let why):
            self.init(.internal, zh: "插件通信出错", en: "the exchange with the plugin failed", cause: why)
        }
    }
}
