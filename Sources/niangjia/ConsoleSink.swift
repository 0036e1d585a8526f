import Foundation
import NiangjiaCore
import NiangjiaServer

/// Writes what an operation says to the terminal: lines to standard output, progress and failures to standard error; with
/// `--json` only the answer, in one line.
final class ConsoleSink: OutputSink {
    private let json: Bool
    private let language: Language
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private struct State {
        var showsProgress = false
        var lastProgress: Int64?
        var hasSignInEnded = false
    }
    private let state = Guarded(State())

    init(json: Bool, language: Language) {
        self.json = json
        self.language = language
    }

    func emit(_ event: OutputEvent) {
        switch event {
        case .line(let text): if !json { write(text + "\n", to: .standardOutput) }
        case .answer(let value): if json { write(value.json + "\n", to: .standardOutput) }
        case .progress(let report): show(report)
        case .signInEnded:
            state.withLock { $0.hasSignInEnded = true }
            let words = LocalText(zh: "记住的登录已失效,不再使用;需要账号的命令请重新登录。", en: "The kept sign-in has ended and is forgotten.")
            write(words[language] + "\n", to: .standardError)
        case .failure(let code, let message, let place, let cause):
            if json {
                let value: Value = [
                    "error": .text(code), "message": ["zh-CN": .text(message.zh), "en": .text(message.en)],
                    "place": place.map { .text($0) } ?? .null,
                ]
                write(value.json + "\n", to: .standardError)
            } else {
                let where_ = place.map { "\($0): " } ?? ""
                write("\(where_)\(message[language])\n", to: .standardError)
                // A refusal has nothing behind it that helps; a fault has.
                if let cause, ["internal", "store", "locked", "plugin_failed", "plugin_differs"].contains(code) {
                    write("  (\(cause))\n", to: .standardError)
                }
            }
        }
    }

    /// Whether the kept sign-in turned out to have ended.
    var hasSignInEnded: Bool { state.withLock { $0.hasSignInEnded } }

    /// Ends a line of progress.
    func finish() {
        let shows = state.withLock { state in
            defer { state.showsProgress = false }
            return state.showsProgress
        }
        if shows { FileHandle.standardError.write(Data("\n".utf8)) }
    }

    private func write(_ text: String, to stream: FileHandle) {
        finish()
        // Whoever reads may be gone (`| head`): that is no reason to stop a run.
        try? stream.write(contentsOf: Data(text.utf8))
    }

    private func show(_ report: ProgressReport) {
        guard isTerminal else { return }
        let isDue = state.withLock { state in
            // The first one at once, then ten a second.
            let hasPassed = state.lastProgress.map { report.elapsed - $0 >= 100 } ?? true
            guard hasPassed || report.done == report.total else { return false }
            state.lastProgress = report.elapsed
            state.showsProgress = true
            return true
        }
        guard isDue else { return }
        var text = "\(report.title) \(report.done)"
        if let total = report.total { text += "/\(total)" }
        if report.rate > 0 { text += "  \(report.rate)/s" }
        if let remaining = report.remaining {
            let seconds = (remaining + 999) / 1000
            text += language == .zh ? "  剩余约 \(seconds) 秒" : "  about \(seconds) s left"
        }
        if !report.note.isEmpty { text += "  " + report.note }
        try? FileHandle.standardError.write(contentsOf: Data(("\r\u{1B}[K" + text).utf8))
    }
}
