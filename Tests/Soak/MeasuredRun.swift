import Foundation

/// A command run to its end: what it said, how long it took, and the most memory that it held.
struct MeasuredRun {
    var status: Int32
    var output: String
    var errors: String
    var seconds: Double
    /// Peak resident memory in KiB, as the kernel tells it to whoever waits for the process.
    var peak: Int

    /// Runs a program with arguments, in an environment; what it says goes through files of the folder, so that nobody has to read
    /// while it runs.
    static func run(
        _ executable: String, _ arguments: [String], environment: [String: String], in folder: String
    ) throws -> MeasuredRun {
        let files = (folder + "/said", folder + "/failed")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, path) in [(Int32(1), files.0), (2, files.1)] {
            posix_spawn_file_actions_addopen(&actions, descriptor, path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        }
        let all = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let words = ([executable] + arguments).map { strdup($0) } + [nil]
        let variables = all.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (words + variables).forEach { free($0) } }
        let start = ContinuousClock.now
        var child: pid_t = 0
        guard posix_spawn(&child, executable, &actions, nil, words, variables) == 0 else {
            throw CocoaError(.fileNoSuchFile, userInfo: ["path": executable])
        }
        var (status, usage): (Int32, rusage) = (0, rusage())
        while wait4(child, &status, 0, &usage) < 0, errno == EINTR {}
        func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
        return MeasuredRun(
            // As the shell says it: 128 and the signal for a process that was killed.
            status: status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F), output: text(files.0),
            errors: text(files.1), seconds: start.duration(to: .now) / .seconds(1), peak: usage.ru_maxrss)
    }
}
