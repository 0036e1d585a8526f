import Foundation

/// A process that a test starts, listens to, and kills with SIGKILL.
public final class KilledChild {
    private let process = Process()
    private let pipe = Pipe()
    private var buffer: [UInt8] = []

    public init(executable: String, arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.standardOutput = pipe
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        try process.run()
    }

    deinit { if process.isRunning { kill() } }

    /// An executable of this package: SwiftPM puts it beside the test bundle.
    public static func executable(_ name: String) -> String {
        let bundle =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent(name).path
    }

    public var processIdentifier: Int32 { process.processIdentifier }

    public var isRunning: Bool { process.isRunning }

    /// Reads until the child has printed so many more lines, or has ended.
    public func lines(atLeast count: Int) -> [String] {
        while buffer.count(where: { $0 == 0x0A }) < count {
            let data = pipe.fileHandleForReading.availableData
            if data.isEmpty { break }
            buffer += data
        }
        return takeLines()
    }

    /// Kills the child at once, and returns what it had still printed. A line without its end was not printed.
    @discardableResult
    public func kill() -> [String] {
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        while case let data = pipe.fileHandleForReading.availableData, !data.isEmpty { buffer += data }
        return takeLines()
    }

    private func takeLines() -> [String] {
        guard let end = buffer.lastIndex(of: 0x0A) else { return [] }
        let text = String(decoding: buffer[...end], as: UTF8.self)
        buffer.removeFirst(end + 1)
        return text.split(separator: "\n").map(String.init)
    }
}
