import CLuaEngine
import Foundation

/// How worker processes are started.
public struct WorkerLauncher: Sendable, Hashable {
    /// The path of an executable whose `main` calls `niangjia_worker_main` when its first argument says so.
    public var executable: String
    /// Whether a worker may run where seccomp can't be had. Only by an exception that the system administrator signed.
    public var allowsUnconfined: Bool

    public init(executable: String, allowsUnconfined: Bool = false) {
        self.executable = executable
        self.allowsUnconfined = allowsUnconfined
    }

    /// This program itself where it is `niangjia`, else `niangjia-worker` beside it; `NIANGJIA_WORKER` names another.
    public static var `default`: WorkerLauncher {
        if let path = ProcessInfo.processInfo.environment["NIANGJIA_WORKER"], !path.isEmpty {
            return WorkerLauncher(executable: path)
        }
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        // The link, not the path: a binary replaced by an upgrade still starts workers of its own version.
        if (own as NSString).lastPathComponent.hasPrefix("niangjia"), !own.hasSuffix(".xctest") {
            return WorkerLauncher(executable: "/proc/self/exe")
        }
        // A test runner: the worker is built beside the test bundle, which is its first argument or itself.
        let bundles = [own] + ProcessInfo.processInfo.arguments + [Bundle.main.bundlePath]
        for bundle in bundles where bundle.contains("/") {
            let folder = (bundle as NSString).deletingLastPathComponent
            let path = folder + "/niangjia-worker"
            if FileManager.default.isExecutableFile(atPath: path) { return WorkerLauncher(executable: path) }
        }
        return WorkerLauncher(executable: "niangjia-worker")
    }
}
