import CLuaEngine
import Glibc

/// The host's end of one worker process. It blocks, and belongs to one thread.
final class Worker {
    /// How an exchange ended when it didn't end in an answer.
    enum Death: Error {
        /// The process died, or was killed because a row took too long.
        case died(row: Int?, kind: ScriptFailure.Kind)
        case protocolViolation(String)
    }

    struct Frame {
        var type: Int
        var body: ArraySlice<UInt8>
    }

    private var handle: niangjia_worker
    private let processor: ProcessorClock
    /// What one system call reads: most answers are shorter.
    private let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    private var isEnded = false
    let pid: Int32

    /// Starts a process and waits until it says that it is ready.
    init(launcher: WorkerLauncher, readyMilliseconds: Int) throws(ScriptError) {
        var handle = niangjia_worker()
        let error = niangjia_worker_spawn(launcher.executable, launcher.allowsUnconfined ? 1 : 0, &handle)
        guard error == 0 else {
            throw .unavailable("\(launcher.executable): \(String(cString: strerror(error)))")
        }
        self.handle = handle
        pid = handle.pid
        processor = ProcessorClock(pid: handle.pid)
        let frame: Frame
        do {
            frame = try receive(deadline: Self.deadline(readyMilliseconds), rowMilliseconds: nil)
        } catch {
            throw .unavailable("the worker ended with status \(end())")
        }
        var reader = ByteReader(frame.body)
        if frame.type == NIANGJIA_FRAME_ERROR {
            let failure = try ScriptFailure(error: &reader, chunk: launcher.executable)
            end()
            throw .unavailable(failure.en)
        }
        guard frame.type == NIANGJIA_FRAME_READY, try reader.u8() == UInt8(NIANGJIA_WIRE_VERSION),
            try reader.u8() == 1 || launcher.allowsUnconfined,
            try reader.text(Int(try reader.u8())) == ScriptEngine.identity
        else {
            end()
            throw .unavailable("\(launcher.executable) is a worker of another version")
        }
    }

    deinit {
        end()
        chunk.deallocate()
    }

    /// Kills and reaps the process; the same again does nothing. Returns its wait status.
    @discardableResult
    func end() -> Int32 {
        if isEnded { return 0 }
        isEnded = true
        return niangjia_worker_end(&handle)
    }

    static func deadline(_ milliseconds: Int) -> Int64 { niangjia_monotonic_ns() + Int64(milliseconds) * 1_000_000 }

    /// Sends one frame and waits for its answer.
    /// - Parameters:
    ///   - milliseconds: for the whole exchange.
    ///   - rowMilliseconds: processor time for any one row; the process is killed when a row uses more.
    func exchange(
        _ type: Int, prelude: [UInt8], body: [UInt8], milliseconds: Int, rowMilliseconds: Int?
    ) throws(Death) -> Frame {
        var head = ByteWriter()
        head.put(UInt32(1 + prelude.count + body.count))
        head.put(UInt8(type))
        head.bytes += prelude
        let deadline = Self.deadline(milliseconds)
        try send(head.bytes, body, deadline)
        return try receive(deadline: deadline, rowMilliseconds: rowMilliseconds)
    }

    private func died(_ kind: ScriptFailure.Kind) -> Death {
        let progress = handle.progress.pointee
        let row = progress.busy == 1 ? Int(progress.row) : nil
        end()
        return .died(row: row, kind: kind)
    }

    private func send(_ head: [UInt8], _ body: [UInt8], _ deadline: Int64) throws(Death) {
        guard niangjia_send_all(handle.socket, head, head.count, body, body.count, deadline) == 0 else {
            throw died(.crashed)
        }
    }

    private func receive(deadline: Int64, rowMilliseconds: Int?) throws(Death) -> Frame {
        var watch = RowWatch(milliseconds: rowMilliseconds, processor: processor)
        var bytes: [UInt8] = []
        var whole = 5
        while bytes.count < whole {
            let piece = try receive(deadline: deadline, watch: &watch)
            bytes.append(contentsOf: piece)
            guard whole == 5, bytes.count >= 4 else { continue }
            let length = bytes.prefix(4).enumerated().reduce(0) { $0 | Int($1.element) << ($1.offset * 8) }
            guard (1...ScriptEngine.largestFrame).contains(length) else {
                end()
                throw .protocolViolation("a frame of \(length) bytes")
            }
            whole = 4 + length
            bytes.reserveCapacity(whole)
        }
        // One answer to one question: what a worker sends beyond it would be taken for the answer to the next.
        guard bytes.count == whole else {
            end()
            throw .protocolViolation("\(bytes.count - whole) bytes after the frame")
        }
        return Frame(type: Int(bytes[4]), body: bytes[5...])
    }

    private func receive(deadline: Int64, watch: inout RowWatch) throws(Death) -> UnsafeRawBufferPointer {
        while true {
            let received = niangjia_receive(
                handle.socket, chunk.baseAddress?.assumingMemoryBound(to: UInt8.self), chunk.count,
                watch.next(before: deadline))
            if received > 0 { return UnsafeRawBufferPointer(rebasing: chunk[..<received]) }
            guard received == -Int(ETIMEDOUT) else { throw died(.crashed) }
            let now = niangjia_monotonic_ns()
            if now >= deadline || watch.isStuck(handle.progress.pointee) { throw died(.budgetTime) }
        }
    }
}

/// Notices a row that takes too long: the processor time of the worker's process counts, so that a row doesn't fail because the
/// machine is busy with something else. A call's own limit is of the wall clock and ends a worker that does nothing at all.
private struct RowWatch {
    private let limit: Int64?
    private let processor: ProcessorClock
    private var row: UInt32 = .max
    private var since: Int64 = 0

    init(milliseconds: Int?, processor: ProcessorClock) {
        limit = milliseconds.map { Int64($0) * 1_000_000 }
        self.processor = processor
    }

    /// When to look again: at the deadline, or after a tenth of a row's time.
    func next(before deadline: Int64) -> Int64 {
        guard let limit else { return deadline }
        return min(deadline, niangjia_monotonic_ns() + max(limit / 10, 1_000_000))
    }

    mutating func isStuck(_ progress: niangjia_progress) -> Bool {
        guard let limit, progress.busy == 1 else { return false }
        let used = processor.nanoseconds
        if progress.row != row {
            row = progress.row
            since = used
            return false
        }
        return used - since > limit
    }
}

/// How much processor time a process has used.
private struct ProcessorClock {
    private let clock: clockid_t?

    init(pid: Int32) {
        var clock = clockid_t()
        self.clock = clock_getcpuclockid(pid, &clock) == 0 ? clock : nil
    }

    /// Where the system doesn't tell, the wall clock counts.
    var nanoseconds: Int64 {
        var time = timespec()
        guard let clock, clock_gettime(clock, &time) == 0 else { return niangjia_monotonic_ns() }
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

extension ScriptFailure {
    /// Reads the body of an ERROR frame.
    init(error reader: inout ByteReader, chunk: String) throws(ScriptError) {
        let kind = Kind(rawValue: try reader.u8()) ?? .crashed
        let line = try reader.u32()
        let count = try reader.u16()
        self.init(kind: kind, chunk: chunk, line: line, text: try reader.text(count))
    }
}
