import NiangjiaCore

/// How far long work has come.
public struct ProgressReport: Hashable, Sendable {
    /// What is being done: `核定`.
    public var title: String
    public var done: Int64
    /// Nil where nobody knows yet.
    public var total: Int64?
    /// Since the work began (milliseconds).
    public var elapsed: Int64
    /// What it has come to so far: `核准 812,金额 40600.00 元`.
    public var note = ""

    /// Things a second.
    public var rate: Int64 { elapsed > 0 ? done * 1000 / elapsed : 0 }
    /// Milliseconds that it will still take at this rate; nil where nobody can know.
    public var remaining: Int64? {
        guard let total, done > 0, elapsed > 0 else { return nil }
        return (total - done) * elapsed / done
    }
}

/// What an operation says while it works.
public enum OutputEvent: Hashable, Sendable {
    /// A line for people.
    case line(String)
    /// The answer for programs (`--json`, HTTP).
    case answer(Value)
    case progress(ProgressReport)
    /// The kept sign-in that came with the asking has ended: whoever keeps it forgets it.
    case signInEnded
    /// It stopped here. The cause is for whoever has the machine, never for the network.
    case failure(code: String, message: LocalText, place: String?, cause: String? = nil)
}

/// Where an operation's words go: a terminal, the local socket, an HTTP answer.
public protocol OutputSink: Sendable {
    func emit(_ event: OutputEvent)

    /// Takes an answer for programs that is JSON already.
    func answer(json: [UInt8])

    /// Whether lines for people go anywhere: where they don't, none need be made.
    var takesLines: Bool { get }
}

extension OutputSink {
    public var takesLines: Bool { true }

    public func answer(json: [UInt8]) {
        if let value = try? Value(jsonBytes: json) { emit(.answer(value)) }
    }
}

/// Keeps the answer and nothing else: for programs.
final class AnswerSink: OutputSink {
    private enum Kept {
        case value(Value)
        case json([UInt8])
    }

    private let kept = Guarded<Kept?>(nil)

    var takesLines: Bool { false }

    func emit(_ event: OutputEvent) {
        if case .answer(let value) = event { kept.withLock { $0 = .value(value) } }
    }

    func answer(json: [UInt8]) { kept.withLock { $0 = .json(json) } }

    /// The last answer.
    var answer: Value? {
        switch kept.withLock({ $0 }) {
        case .value(let value): value
        case .json(let bytes): try? Value(jsonBytes: bytes)
        case nil: nil
        }
    }

    /// The last answer as JSON.
    var json: [UInt8]? {
        switch kept.withLock({ $0 }) {
        case .value(let value): value.jsonBytes
        case .json(let bytes): bytes
        case nil: nil
        }
    }
}

/// What an operation writes to.
public final class Output: Sendable {
    private let sink: any OutputSink
    private let wrong = Guarded(false)
    private let started: Instant
    public let language: Language

    public init(_ sink: any OutputSink, language: Language = .zh) {
        self.sink = sink
        self.language = language
        started = SystemClock().now()
    }

    /// Whether anybody reads lines.
    var takesLines: Bool { sink.takesLines }

    /// A line for people.
    public func line(_ text: String = "") { sink.emit(.line(text)) }

    /// A line for people, in the language that they asked for.
    public func line(_ zh: String, en: String) { line(word(zh, en)) }

    /// A word in the language that was asked for.
    public func word(_ zh: String, _ en: String) -> String { language == .zh ? zh : en }

    /// The answer for programs.
    public func answer(_ value: Value) { sink.emit(.answer(value)) }

    /// The answer for programs, where it is JSON already.
    public func answer(json: [UInt8]) { sink.answer(json: json) }

    /// How far the work has come.
    public func progress(_ title: String, _ done: Int64, of total: Int64?, note: String = "") {
        let elapsed = SystemClock().now() - started
        sink.emit(.progress(ProgressReport(title: title, done: done, total: total, elapsed: elapsed, note: note)))
    }

    /// The kept sign-in has ended.
    func signInEnded() { sink.emit(.signInEnded) }

    /// Something was found wrong: exit status 1.
    public func foundWrong() { wrong.withLock { $0 = true } }

    var isWrong: Bool { wrong.withLock { $0 } }

    func fail(_ error: NiangjiaError) {
        sink.emit(.failure(code: error.code.rawValue, message: error.message, place: error.place, cause: error.cause))
    }

    /// A table for people, its titles in the language that they asked for.
    public func table(_ titles: [String], en: [String], _ rows: [[String]]) {
        table(language == .zh ? titles : en, rows)
    }

    /// A table for people; columns are as wide as their widest cell, Chinese characters counting two.
    public func table(_ titles: [String], _ rows: [[String]]) {
        guard takesLines else { return }
        let all = [titles] + rows
        let widths = titles.indices.map { column in all.map { TextWidth.of($0[column]) }.max() ?? 0 }
        for row in all {
            let cells = row.enumerated().map { column, text in
                column == row.count - 1
                    ? text : text + String(repeating: " ", count: max(0, widths[column] - TextWidth.of(text)))
            }
            line(cells.joined(separator: "  "))
        }
    }
}

/// The width of a text on a terminal.
enum TextWidth {
    static func of(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + (isWide($1) ? 2 : 1) }
    }

    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        (0x1100...0x115F).contains(scalar.value) || (0x2E80...0xA4CF).contains(scalar.value)
            || (0xAC00...0xD7A3).contains(scalar.value) || (0xF900...0xFAFF).contains(scalar.value)
            || (0xFE30...0xFE4F).contains(scalar.value) || (0xFF00...0xFF60).contains(scalar.value)
            || (0x20000...0x3FFFD).contains(scalar.value)
    }
}

/// Keeps what an operation says: for HTTP answers and tests.
public final class CollectingSink: OutputSink {
    private let kept = Guarded<[OutputEvent]>([])

    public init() {}

    public func emit(_ event: OutputEvent) {
        kept.withLock { if case .progress = event {} else { $0.append(event) } }
    }

    /// Everything but progress, in order.
    public var events: [OutputEvent] { kept.withLock { $0 } }
    /// The last answer.
    public var answer: Value? {
        for case .answer(let value) in events.reversed() { return value }
        return nil
    }
    /// The lines for people.
    public var lines: [String] { events.compactMap { if case .line(let text) = $0 { text } else { nil } } }
    /// Why it stopped, if it did.
    public var failure: (code: String, message: LocalText, place: String?)? {
        for case .failure(let code, let message, let place, _) in events { return (code, message, place) }
        return nil
    }
}
