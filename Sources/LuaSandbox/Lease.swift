import CLuaEngine

/// A thread's hold on a worker process: started when it is needed, replaced when it died or another source comes.
package final class Lease {
    private let configuration: PoolConfiguration
    private let onChange: (Int32?) -> Void
    private(set) var source: ScriptSource?
    private var worker: Worker?
    /// Started before there was a source to load.
    private var prepared: Worker?
    private var loaded: ScriptReport?
    private var calls = 0

    package init(configuration: PoolConfiguration, onChange: @escaping (Int32?) -> Void) {
        self.configuration = configuration
        self.onChange = onChange
    }

    package func bind(to source: ScriptSource) {
        if self.source == source { return }
        worker?.end()
        forget()
        self.source = source
    }

    /// Starts a worker ahead of its source. Where that fails, whoever needs one is told.
    package func prepare() {
        guard worker == nil, prepared == nil, let made = try? start() else { return }
        prepared = made
    }

    package func release() {
        worker?.end()
        prepared?.end()
        prepared = nil
        forget()
        source = nil
    }

    private func start() throws(ScriptError) -> Worker {
        let made = try Worker(launcher: configuration.launcher, readyMilliseconds: 10_000)
        onChange(made.pid)
        return made
    }

    private func forget() {
        worker = nil
        loaded = nil
        calls = 0
        onChange(prepared?.pid)
    }

    /// A ready worker with the source loaded. A process that died while it was idle is replaced.
    private func ready() throws(ScriptError) -> (Worker, ScriptReport, ScriptSource) {
        guard let source else { throw .shutDown }
        if let worker, let loaded { return (worker, loaded, source) }
        if let waiting = prepared {
            prepared = nil
            // One that died while it waited says nothing of the script: the script is tried once more.
            if let ready = try? load(source, into: waiting) { return ready }
            waiting.end()
        }
        return try load(source, into: try start())
    }

    private func load(
        _ source: ScriptSource, into worker: Worker
    ) throws(ScriptError) -> (Worker, ScriptReport, ScriptSource) {
        let body = source.loadBody(callMilliseconds: UInt32(clamping: configuration.callMilliseconds + 1_000))
        let frame: Worker.Frame
        do throws(Worker.Death) {
            // Loading is one long row.
            frame = try worker.exchange(
                NIANGJIA_FRAME_LOAD, prelude: [], body: body, milliseconds: configuration.rowMilliseconds * 3,
                rowMilliseconds: nil)
        } catch {
            forget()
            switch error {
            case .died(_, let kind):
                throw .script(
                    ScriptFailure(
                        kind: kind, chunk: source.name, line: 0,
                        text: kind == .budgetTime
                            ? "加载超出时间预算\u{1f}loading took too long" : "加载时工作进程中止\u{1f}the worker died while loading"))
            case .protocolViolation(let text): throw .protocolViolation(text)
            }
        }
        var reader = ByteReader(frame.body)
        guard frame.type == NIANGJIA_FRAME_LOADED else {
            worker.end()
            forget()
            throw .script(try ScriptFailure(error: &reader, chunk: source.name))
        }
        var functions: [String] = []
        for _ in 0..<(try reader.u16()) { functions.append(try reader.text(Int(try reader.u8()))) }
        let usage = ScriptUsage(instructions: try reader.u64(), peakBytes: try reader.u64())
        let report = ScriptReport(functions: functions, usage: usage)
        self.worker = worker
        loaded = report
        return (worker, report, source)
    }

    /// What loading the source told.
    func report() throws(ScriptError) -> ScriptReport { try ready().1 }

    /// Judges a request. A row in which the worker dies has failed and the rest is sent again; too many deaths give up.
    /// - Parameter known: rows that killed a worker before, which are not tried again.
    package func judge(_ call: EncodedCall, skipping known: [Int: ScriptFailure.Kind]) throws(ScriptError)
        -> ScriptReply
    {
        var dead = known.map { (row: $0.key, kind: $0.value) }
        var deaths = 0
        while true {
            let (worker, _, source) = try ready()
            let frame: Worker.Frame
            do throws(Worker.Death) {
                frame = try worker.exchange(
                    NIANGJIA_FRAME_CALL, prelude: prelude(skipping: dead), body: call.bytes,
                    milliseconds: configuration.callMilliseconds, rowMilliseconds: configuration.rowMilliseconds)
            } catch {
                forget()
                switch error {
                case .protocolViolation(let text): throw .protocolViolation(text)
                case .died(let row, let kind):
                    deaths += 1
                    if let row, !dead.contains(where: { $0.row == row }) { dead.append((row, kind)) }
                }
                if deaths >= configuration.deathLimit {
                    throw .abandoned(rows: dead.map(\.row).sorted(), failure(dead.last?.kind ?? .crashed, source))
                }
                continue
            }
            do throws(ScriptError) {
                return try reply(to: call, frame: frame, source: source, deaths: deaths)
            } catch {
                // Neither a state that differs nor a worker that lies is asked again; after an error that it made up, what it
                // sends next would be taken for the answer to the next call.
                worker.end()
                forget()
                throw error
            }
        }
    }

    /// Runs an action. One in which the worker dies has failed; it isn't tried again.
    package func act(
        _ action: ScriptAction, answering: (ScriptQuestion) -> ScriptTelling
    ) throws(ScriptError) -> ScriptActionReply {
        let body = try action.encoded()
        let (worker, _, source) = try ready()
        let frame: Worker.Frame
        do throws(Worker.Death) {
            frame = try worker.act(
                body, limit: action.callLimit, milliseconds: configuration.callMilliseconds,
                rowMilliseconds: configuration.rowMilliseconds, answering: answering)
        } catch {
            forget()
            switch error {
            case .protocolViolation(let text): throw .protocolViolation(text)
            case .died(_, let kind):
                return ScriptActionReply(
                    result: .failed(failure(kind, source)), proposals: [],
                    usage: ScriptUsage(instructions: 0, peakBytes: 0, deaths: 1), hostCalls: 0)
            }
        }
        calls += 1
        guard frame.type == NIANGJIA_FRAME_DONE else {
            var reader = ByteReader(frame.body)
            let failure = try ScriptFailure(error: &reader, chunk: source.name)
            if failure.kind == .badRequest { throw .invalidCall(failure.en) }
            throw .script(failure)
        }
        do throws(ScriptError) {
            return try ScriptActionReply(done: frame.body, chunk: source.name)
        } catch {
            // Neither a state that differs nor a worker that lies is asked again.
            worker.end()
            forget()
            throw error
        }
    }

    /// Why a worker is gone, by what the host did: never by what the script said.
    private func failure(_ kind: ScriptFailure.Kind, _ source: ScriptSource) -> ScriptFailure {
        let text =
            kind == .budgetTime ? "超出时间预算\u{1f}the time budget is used up" : "执行时工作进程中止\u{1f}the worker died"
        return ScriptFailure(kind: kind, chunk: source.name, line: 0, text: text)
    }

    private func prelude(skipping dead: [(row: Int, kind: ScriptFailure.Kind)]) -> [UInt8] {
        var writer = ByteWriter()
        writer.put(UInt16(clamping: configuration.verifyRows))
        writer.put(UInt32(clamping: configuration.verifyEvery))
        writer.put(UInt16(dead.count))
        for (row, kind) in dead.sorted(by: { $0.row < $1.row }) {
            writer.put(UInt32(row))
            writer.put(kind.rawValue)
        }
        writer.put(UInt16(clamping: configuration.overrunLimit))
        return writer.bytes
    }

    private func reply(
        to call: EncodedCall, frame: Worker.Frame, source: ScriptSource, deaths: Int
    ) throws(ScriptError) -> ScriptReply {
        var reader = ByteReader(frame.body)
        guard frame.type == NIANGJIA_FRAME_REPLY else {
            let failure = try ScriptFailure(error: &reader, chunk: source.name)
            if failure.kind == .badRequest { throw .invalidCall(failure.en) }
            let row = try reader.u32()
            if row > 0 { throw .abandoned(rows: [row - 1], failure) }
            throw .script(failure)
        }
        let bytes = Array(try reader.take(try reader.u32()))
        let usage = ScriptUsage(instructions: try reader.u64(), peakBytes: try reader.u64(), deaths: deaths)
        let different = Int64(bitPattern: try reader.u64())
        let lines = ScriptLines(marks: try reader.take(try reader.u32()))
        let read = try reader.takeRest()
        if different >= 0 { throw .nondeterministic(row: Int(different)) }
        guard different == -1 else { throw .unavailable("the worker had no state left") }
        calls += 1
        if calls >= configuration.callsPerWorker {
            worker?.end()
            forget()
        }
        let rows = try ScriptVerdicts(encoded: bytes, chunk: source.name)
        // What a worker says is believed only as far as a worker that a script owns could say it too.
        let (function, count) = try ScriptCall.head(of: call.bytes)
        guard rows.count == count, rows.distinct.allSatisfy({ $0.isPossible(in: function) }) else {
            throw .protocolViolation("an answer to another question")
        }
        return ScriptReply(rows: rows, requestBytes: call.keeping(read), replyBytes: bytes, usage: usage, lines: lines)
    }
}
