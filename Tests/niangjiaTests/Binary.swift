import Foundation
import NiangjiaCore
import NiangjiaTesting
import Testing

/// The built binary, run as people run it.
struct Binary {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    static let path = KilledChild.executable("niangjia")

    let temporary: TemporaryFolder
    var city: String { temporary.file("city") }

    init() throws { temporary = try TemporaryFolder() }

    struct Ended {
        var status: Int32
        var output: String
        var errors: String
        /// The answer of `--json`.
        var value: Value? { try? Value(json: output.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    /// Moves the demo city's clock to nine in the morning of a later day; nobody serves it meanwhile. Sign-ins have ended by then.
    func moveClock(to day: String) throws {
        let then = try #require(Instant("\(day)T09:00:00+08:00"))
        let offset = then.milliseconds - Int64(Date().timeIntervalSince1970 * 1_000)
        try "\(offset)\n".write(toFile: city + "/DEMO", atomically: true, encoding: .utf8)
    }

    /// A process that is about to run; sessions are kept in the temporary folder.
    func process(_ arguments: [String], environment: [String: String] = [:]) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Binary.path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: Binary.root)
        var all = ProcessInfo.processInfo.environment
        all["NIANGJIA_SESSIONS"] = temporary.file("sessions.json")
        all["NIANGJIA_DATA"] = city
        all["NIANGJIA_PASSWORD"] = nil
        process.environment = all.merging(environment) { _, new in new }
        return process
    }

    /// Runs a command to its end.
    func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Ended {
        try run(all: arguments, environment: environment)
    }

    /// Runs a command to its end.
    func run(all arguments: [String], environment: [String: String] = [:]) throws -> Ended {
        let process = process(arguments, environment: environment)
        // Files, not pipes: nobody has to read while it runs.
        let names = (temporary.file(UUID().uuidString), temporary.file(UUID().uuidString))
        for name in [names.0, names.1] { _ = FileManager.default.createFile(atPath: name, contents: nil) }
        process.standardOutput = FileHandle(forWritingAtPath: names.0)
        process.standardError = FileHandle(forWritingAtPath: names.1)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        func text(_ name: String) -> String { (try? String(contentsOfFile: name, encoding: .utf8)) ?? "" }
        return Ended(status: process.terminationStatus, output: text(names.0), errors: text(names.1))
    }

    /// Starts a command and kills it with SIGKILL after some time. Returns whether it was still running.
    func kill(_ arguments: [String], after seconds: Double) throws -> Bool {
        let process = process(arguments)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        Thread.sleep(forTimeInterval: seconds)
        let wasRunning = process.isRunning
        if wasRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        return wasRunning
    }

    /// Starts a server and waits until it says where it listens.
    func serve() throws -> Process { try serving().process }

    /// Starts a server and waits until it says where it listens; returns the port too.
    func serving() throws -> (process: Process, port: Int) {
        let process = process(["serve", "--listen", "127.0.0.1:0"])
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        var said = ""
        while !said.contains("/api/v1/") {
            let data = pipe.fileHandleForReading.availableData
            if data.isEmpty { break }
            said += String(decoding: data, as: UTF8.self)
        }
        let port = said.components(separatedBy: "127.0.0.1:").last?.prefix { $0.isNumber }
        return (process, port.flatMap { Int($0) } ?? 0)
    }
}
