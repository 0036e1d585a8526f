import NiangjiaConfig
import NiangjiaCore

extension Operations {
    static let cityOperations: [Operation] = [
        Operation("check", .shell, check)
    ]

    /// Validates everything in the folder, and says how it stands to what is in force.
    private static func check(_ call: Call) async throws {
        let files = try ConfigFolder.files(in: call.host.folder.path)
        let reading = try await call.host.bundles.read(files)
        for problem in reading.report.problems {
            let mark = problem.severity == .error ? "错误" : "提醒"
            call.output.line("\(problem.place) \(mark) \(problem.text(call.output.language))")
        }
        let errors = reading.report.errors.count
        if errors > 0 { call.output.foundWrong() }
        call.output.line(
            errors == 0 ? "配置无误:\(files.count) 个文件,\(reading.bundle?.programs.count ?? 0) 个项目。" : "共 \(errors) 处错误;生效中的配置不受影响。")
        call.output.answer([
            "ok": .bool(errors == 0), "files": .int(Int64(files.count)),
            "problems": .list(
                reading.report.problems.map { problem in
                    [
                        "place": .text(problem.place), "path": .text(problem.path),
                        "severity": .text(problem.severity.rawValue),
                        "message": ["zh-CN": .text(problem.message.zh), "en": .text(problem.message.en)],
                    ]
                }),
        ])
    }
}
