import ArgumentParser
import CLuaEngine
import Foundation
import NiangjiaCore
import NiangjiaServer

/// The binary: commands for people, and, started by itself, a worker for one plugin.
///
/// The branch comes before any Swift concurrency: a worker is one C thread under a seccomp filter that knows nothing of this.
@main
enum Main {
    static func main() {
        if CommandLine.argc > 1, CommandLine.arguments[1] == NIANGJIA_WORKER_FLAG {
            Foundation.exit(niangjia_worker_main(CommandLine.argc, CommandLine.unsafeArgv))
        }
        signal(SIGPIPE, SIG_IGN)
        CoreDumps.turnOff()
        var command: any ParsableCommand
        do {
            command = try NiangjiaCommand.parseAsRoot()
        } catch {
            Main.exit(with: error, text: NiangjiaCommand.fullMessage(for: error))
        }
        do {
            try command.run()
        } catch {
            // The command itself knows how it is used; its parents only name it.
            let usage = NiangjiaCommand.usageString(for: type(of: command))
            let isWrong = error is ValidationError
            Main.exit(
                with: error,
                text: isWrong ? "Error: \(error)\n\(usage)" : NiangjiaCommand.fullMessage(for: error))
        }
    }

    /// 0 for help, 2 for wrong usage, and what a command chose itself.
    private static func exit(with error: any Error, text: String) -> Never {
        if let code = error as? ExitCode { Foundation.exit(code.rawValue) }
        let status = NiangjiaCommand.exitCode(for: error)
        if status == .success {
            if !text.isEmpty { print(text) }
            Foundation.exit(0)
        }
        let said = NiangjiaCommand.message(for: error)
        let words = LocalText(misuse: said)
        let arguments = CommandLine.arguments.prefix { $0 != "--" }
        if arguments.contains("--json") {
            // As every other failure is answered: one object, in both languages.
            ConsoleSink(json: true, language: .zh).emit(.failure(code: "invalid", message: words, place: nil))
        } else {
            let chosen = arguments.firstIndex(of: "--language").flatMap { arguments.dropFirst($0 + 1).first }
            let local = text.replacingOccurrences(of: said, with: words[CommonOptions.language(chosen)])
            FileHandle.standardError.write(Data((local + "\n").utf8))
        }
        Foundation.exit(2)
    }
}

/// 娘家: service programs of a city's trade unions.
struct NiangjiaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "niangjia",
        abstract: "娘家:城市工会服务项目主机 — service programs of a city's trade unions.",
        discussion: """
            例 Example: niangjia demo --data demo-city --serve
            退出码 Exit status: 0 正常 ok,1 发现问题 found wrong,2 用法错误 used wrong.
            """,
        version: Edition.text,
        subcommands: [
            InitCommand.self, DemoCommand.self, ServeCommand.self, CheckCommand.self, DoctorCommand.self,
            BackupCommand.self, RestoreCommand.self, KeysCommand.self, ClockCommand.self,
            SchemaCommand.self, ProgramCommand.self, ConfigCommand.self, PluginCommand.self, APICommand.self,
            DecisionCommand.self, CaseCommand.self, PlaceCommand.self, DrawCommand.self, BatchCommand.self,
            FundCommand.self, DuesCommand.self, DonationCommand.self, GrantCommand.self, SupplierCommand.self,
            AuditCommand.self, ReportCommand.self,
            PersonCommand.self, OrganizationCommand.self, HouseholdCommand.self, StationCommand.self,
            RecordCommand.self, ImportCommand.self, AccountCommand.self, DeviceCommand.self, ActionCommand.self,
            RoleCommand.self,
        ])
}

extension LocalText {
    /// What is wrong with a command line, as commands write it: `中文。English.` The parser's own words are English alone.
    fileprivate init(misuse words: String) {
        guard let end = words.firstIndex(of: "。"), end < words.index(before: words.endIndex) else {
            self.init(zh: words, en: words)
            return
        }
        self.init(zh: String(words[...end]), en: String(words[words.index(after: end)...]))
    }
}
