import NiangjiaCore

/// Runs that have begun and not ended: they go on by their own bundle, whatever is approved meanwhile.
enum OpenRuns {
    /// Says so to whoever previews a program, or approves a bundle.
    ///
    /// - Parameter program: nil: of every program.
    static func tell(of program: String? = nil, _ call: Call) async throws {
        let found = try await call.host.store.read { reader in
            try reader.all(
                """
                SELECT id, program, form, bundle FROM run WHERE state IN ('judging', 'applying', 'paused') \
                AND ($1 = '' OR program = $1) ORDER BY id
                """, [.text(program ?? "")]
            ) { (id: $0.id(0, Run.self), of: "\($0.text(1))/\($0.text(2))", bundle: $0.text(3)) }
        }
        for run in found {
            call.output.line(
                "  注意:\(run.of) 有一次核定尚未结束(\(run.id)),它沿用开始时的配置 \(run.bundle.prefix(12))。",
                en:
                    "  Mind: a run of \(run.of) hasn't ended (\(run.id)); it keeps the bundle that it began with, \(run.bundle.prefix(12))."
            )
        }
    }
}
