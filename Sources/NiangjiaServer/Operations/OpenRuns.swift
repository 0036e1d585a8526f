import NiangjiaCore

/// Runs that have begun and not ended: they go on by their own bundle, whatever is approved meanwhile.
enum OpenRuns {
    /// Says so to whoever previews a program, or approves a bundle.
    ///
    /// - Parameter program: nil: of every program.
    static func tell(of program: String? = nil, _ call: Call) async throws {
        for run in try await call.host.corridor.openRuns(of: program) {
            let form = "\(run.program)/\(run.form)"
            call.output.line(
                "  注意:\(form) 有一次核定尚未结束(\(run.run)),它沿用开始时的配置 \(run.bundle.prefix(12))。",
                en:
                    "  Mind: a run of \(form) hasn't ended (\(run.run)); it keeps the bundle that it began with, \(run.bundle.prefix(12))."
            )
        }
    }
}
