import ArgumentParser
import Foundation
import NiangjiaCore
import NiangjiaServer

/// What every command takes.
struct CommonOptions: ParsableArguments {
    @Option(name: .long, help: "数据文件夹 The city's folder (NIANGJIA_DATA; default: the present folder).")
    var data: String?

    @Flag(name: .long, help: "以 JSON 回答 Answer in JSON.")
    var json = false

    @Option(
        name: .customLong("as"), help: "以此账号执行 The account (password: NIANGJIA_PASSWORD, a prompt, or a saved sign-in)."
    )
    var account: String?

    @Option(name: .long, help: "zh-CN 或 en The language of messages.")
    var language: String?

    var folder: DataFolder {
        DataFolder(data ?? ProcessInfo.processInfo.environment["NIANGJIA_DATA"] ?? ".")
    }

    var chosenLanguage: Language { CommonOptions.language(language) }

    /// The language of messages, where `--language` says this.
    static func language(_ chosen: String?) -> Language {
        let text = chosen ?? ProcessInfo.processInfo.environment["NIANGJIA_LANGUAGE"] ?? "zh-CN"
        return text.hasPrefix("en") ? .en : .zh
    }

    /// A password for this command, or a sign-in that was kept.
    func credentials() throws -> Credentials {
        let (saved, environment) = (SavedSessions(for: folder), ProcessInfo.processInfo.environment)
        guard let account else { return saved.token(of: nil).map { .saved($0) } ?? .none }
        let (kept, code) = (saved.token(of: account), environment["NIANGJIA_CODE"])
        if let password = environment["NIANGJIA_PASSWORD"] {
            return .password(account: account, password: password, code: code, kept: kept)
        }
        if let kept { return .saved(kept) }
        // Where there is no city, no password would help.
        do { try folder.check() } catch { throw Terminal.fail(error, self, ExitStatus.misused) }
        let password = try Terminal.password("\(account) 的密码 password: ", self)
        return .password(account: account, password: password, code: code)
    }
}

/// A command that is one operation of the host.
protocol HostCommand: ParsableCommand {
    var common: CommonOptions { get }
    /// The operation's name and arguments.
    func request() throws -> (operation: String, arguments: Value)
}

extension HostCommand {
    func run() throws {
        let (operation, arguments) = try request()
        try Terminal.run(operation, arguments, common)
    }
}

/// A named list of operations with nothing to say for itself.
extension Value {
    /// Leaves out what was not given.
    static func given(_ members: [String: Value?]) -> Value {
        .map(members.compactMapValues { $0 })
    }

    static func optional(_ text: String?) -> Value? { text.map { .text($0) } }
    static func optional(_ number: Int?) -> Value? { number.map { .int(Int64($0)) } }
}

/// The terminal: where commands speak and ask.
enum Terminal {
    /// Runs an operation and ends the process with its status, unless it is 0.
    static func run(_ operation: String, _ arguments: Value, _ common: CommonOptions) throws {
        let credentials = try common.credentials()
        let sink = ConsoleSink(json: common.json, language: common.chosenLanguage)
        let (folder, language) = (common.folder, common.chosenLanguage)
        let status = wait(interruptible: true) {
            await Runner.run(operation, arguments, in: folder, as: credentials, language: language, to: sink)
        }
        sink.finish()
        let saved = SavedSessions(for: folder)
        if sink.hasSignInEnded, let ended = common.account ?? saved.current { try? saved.remove(ended) }
        if status != .ok { throw ExitCode(status.rawValue) }
    }

    /// Waits on the main thread for asynchronous work.
    ///
    /// - Parameter interruptible: the first Ctrl-C asks the work to stop where it can be taken up again; the second ends the
    ///   process. Elsewhere the first ends it.
    static func wait<Result: Sendable>(
        interruptible: Bool = false, _ work: @escaping @Sendable () async -> Result
    ) -> Result {
        let result = Guarded<Result?>(nil)
        let done = DispatchSemaphore(value: 0)
        let task = Task {
            let value = await work()
            result.withLock { $0 = value }
            done.signal()
        }
        let source: (any DispatchSourceSignal)? = interruptible ? interruption(of: task) : nil
        defer { source?.cancel() }
        while true {
            done.wait()
            if let value = result.withLock({ $0 }) { return value }
        }
    }

    private static func interruption(of task: Task<Void, Never>) -> any DispatchSourceSignal {
        signal(SIGINT, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        let isSecond = Guarded(false)
        source.setEventHandler {
            let ends = isSecond.withLock { seen in
                defer { seen = true }
                return seen
            }
            if ends { Foundation.exit(130) }
            let words = "\n正在停下(再按一次立即退出)。再次运行同一命令即从这里继续。Stopping; run the same command again to go on.\n"
            try? FileHandle.standardError.write(contentsOf: Data(words.utf8))
            task.cancel()
        }
        source.resume()
        return source
    }

    /// Asks for a password without showing it.
    ///
    /// - Parameter variable: where the password would have come from without asking.
    static func password(
        _ prompt: String, variable: String = "NIANGJIA_PASSWORD", _ common: CommonOptions
    ) throws -> String {
        guard isatty(STDIN_FILENO) == 1 else {
            // How the command is used isn't what is wrong.
            throw fail(notAsked(variable, common.account), common, ExitStatus.misused)
        }
        guard let typed = getpass(prompt) else { throw ValidationError("没有读到密码。No password was read.") }
        return String(cString: typed)
    }

    /// A code as it was given: as an argument, `-` for a line of standard input, or by a variable. Arguments stand in the list of
    /// processes, where everybody on the machine reads them.
    static func code(_ given: String?, variable: String = "NIANGJIA_CODE") throws -> String? {
        guard given == "-" else { return given ?? ProcessInfo.processInfo.environment[variable] }
        guard let line = readLine()?.trimmingCharacters(in: .whitespaces), !line.isEmpty else {
            throw ValidationError("标准输入里没有口令。No code was read from standard input.")
        }
        return line
    }

    /// Said where a password is missing and nobody is there to type it.
    private static func notAsked(_ variable: String, _ account: String?) -> NiangjiaError {
        guard variable == "NIANGJIA_PASSWORD", let account else {
            return NiangjiaError(
                .invalid, zh: "请设置 \(variable),或在终端中运行。", en: "Set \(variable), or run this in a terminal.")
        }
        return NiangjiaError(
            .unauthenticated,
            zh:
                "没有账号 \(account) 保存的登录,这里又不是终端,不能询问密码:请先在终端中登录(niangjia account login --as \(account)),或设置 NIANGJIA_PASSWORD。",
            en:
                "No sign-in of \(account) is kept, and this is no terminal to ask for a password: sign in first (niangjia account login --as \(account)) in a terminal, or set NIANGJIA_PASSWORD."
        )
    }

    /// A line at once, whoever reads it: `print` keeps it back where no terminal is.
    static func say(_ text: String) { try? FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8)) }

    static func fail(_ error: any Error, _ common: CommonOptions, _ status: ExitStatus = .wrong) -> ExitCode {
        let sink = ConsoleSink(json: common.json, language: common.chosenLanguage)
        if let error = error as? NiangjiaError {
            sink.emit(
                .failure(code: error.code.rawValue, message: error.message, place: error.place, cause: error.cause))
        } else {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
        }
        return ExitCode(status.rawValue)
    }
}

/// Absolute, so that the server finds the same file.
func absolutePath(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
