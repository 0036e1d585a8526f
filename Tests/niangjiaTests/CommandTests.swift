import ArgumentParser
import Foundation
import NiangjiaCore
import Testing

@testable import niangjia

@Suite struct CommandTests {
    @Test("Every command has help with an example")
    func help() {
        func visit(_ command: any ParsableCommand.Type, _ path: String) {
            let configuration = command.configuration
            #expect(!configuration.abstract.isEmpty, "\(path)")
            // Without it every start of every command looks through all conformances of the process, once for each command.
            #expect(configuration.commandName != nil, "\(path)")
            if configuration.subcommands.isEmpty {
                #expect(configuration.discussion.contains("Example: niangjia"), "\(path)")
            }
            for next in configuration.subcommands {
                visit(next, path + " " + (next.configuration.commandName ?? "\(next)"))
            }
        }
        visit(NiangjiaCommand.self, "niangjia")
    }

    @Test("Every command that is written is reached from the first: none is forgotten in its list")
    func reached() throws {
        let folder = Binary.root + "/Sources/niangjia"
        var written: [String] = []
        for file in try FileManager.default.contentsOfDirectory(atPath: folder) where file.hasSuffix(".swift") {
            let text = try String(contentsOfFile: folder + "/" + file, encoding: .utf8)
            for match in text.matches(of: /struct (\w+): (?:HostCommand|ParsableCommand|AsyncParsableCommand)/) {
                written.append(String(match.1))
            }
        }
        // Commands of the same name (List, Show) stand in several lists: each is there as often as it is written.
        var visited: [String] = []
        func names(_ command: any ParsableCommand.Type) {
            visited.append("\(command)")
            command.configuration.subcommands.forEach(names)
        }
        names(NiangjiaCommand.self)
        #expect(written.count > 80)
        #expect(visited.sorted() == written.sorted())
    }

    @Test("Exit status: 0 for help, 2 for wrong usage, 2 where there is no city")
    func statuses() throws {
        let binary = try Binary()
        let help = try binary.run("program", "decide", "--help")
        #expect(help.status == 0 && help.output.contains("Example"))
        #expect(try binary.run("program", "decide").status == 2)
        #expect(try binary.run("no-such-command").status == 2)
        let none = try binary.run("fund", "verify")
        #expect(none.status == 2 && none.errors.contains("niangjia init"))
        // Before a password is asked for that would open nothing.
        let asked = try binary.run("fund", "verify", "--as", "office")
        #expect(asked.status == 2 && asked.errors.contains("niangjia init"), "\(asked)")
    }

    @Test("With --json wrong usage is one object too; without it the usage line is that of the command")
    func wrongUsage() throws {
        let binary = try Binary()
        for arguments in [
            ["program", "decide", "--as", "office", "--json"], ["program", "decide", "--nonsense", "--json"],
            ["no-such-command", "--json"],
        ] {
            let ended = try binary.run(all: arguments)
            #expect(ended.status == 2 && ended.output.isEmpty, "\(arguments)")
            let said = try Value(json: ended.errors.trimmingCharacters(in: .whitespacesAndNewlines))
            #expect(said["error"].text == "invalid" && said["message"]["zh-CN"].text?.isEmpty == false, "\(ended)")
        }
        let plain = try binary.run("program", "decide", "--as", "office").errors
        #expect(plain.contains("niangjia program decide") && !plain.contains("<subcommand>"), "\(plain)")
        // Each language alone, whether the command line is refused or the command refuses it.
        let both = try binary.run("decision", "explain", "--json").errors
        let message = try Value(json: both.trimmingCharacters(in: .whitespacesAndNewlines))["message"]
        #expect(message["zh-CN"].text == "请写核定编号,或 --program 与 --person。", "\(both)")
        #expect(message["en"].text == "Name a decision, or --program and --person.", "\(both)")
        let english = try binary.run("decision", "explain", "--language", "en").errors
        #expect(english.contains("Error: Name a decision") && !english.contains("请写"), "\(english)")
        let schemas = try binary.run("schema", "--json", "--out", binary.temporary.file("schemas"))
        #expect(schemas.status == 0 && schemas.value?["files"].list?.isEmpty == false, "\(schemas)")
    }

    @Test("The version names the engine; the API table is printed as it stands in the reference")
    func version() throws {
        let binary = try Binary()
        let said = try binary.run("--version")
        #expect(said.status == 0 && said.output.hasPrefix("niangjia ") && said.output.contains("Lua 5.4"), "\(said)")
        for (format, file) in [("json", "plugin-api.json"), ("markdown", "plugin-api.md"), ("lua", "niangjia.lua")] {
            let page = try String(contentsOfFile: "\(Binary.root)/docs/reference/\(file)", encoding: .utf8)
            let dumped = try binary.run("api", "dump", "--format", format).output
            #expect(dumped.trimmingCharacters(in: .newlines) == page.trimmingCharacters(in: .newlines), "\(format)")
        }
    }

    @Test("plugin new, check and test by id, in a folder without a city; a finding is exit status 1")
    func plugins() throws {
        let binary = try Binary()
        let made = try binary.run("plugin", "new", "lunch", "--language", "en")
        #expect(made.status == 0 && made.output.contains("there is no city in \(binary.city)"), "\(made)")
        #expect(try binary.run("plugin", "new", "lunch").status == 2)
        #expect(try binary.run("plugin", "check", "lunch").status == 0)
        #expect(try binary.run("plugin", "test", "lunch", "--json").value?["ok"].bool == true)
        #expect(try binary.run("plugin", "dev", "lunch", "--once", "--json").status == 0)
        let script = binary.city + "/plugins/lunch/main.lua"
        let text = try String(contentsOfFile: script, encoding: .utf8)
        try text.replacingOccurrences(of: "settings.share", with: "settings.shaer").write(
            toFile: script, atomically: true, encoding: .utf8)
        let wrong = try binary.run("plugin", "check", "lunch", "--language", "en")
        #expect(wrong.status == 1 && wrong.output.contains("did you mean share?"), "\(wrong)")
        #expect(try binary.run("plugin", "check", "no-such").status == 2)
    }

    @Test("A kept sign-in that has ended is forgotten with a note, and what needs none goes on")
    func endedSignIn() throws {
        let binary = try Binary()
        #expect(try binary.run("init", binary.city).status == 0)
        let kept: Value = [binary.city: ["current": "office", "accounts": ["office": "nj_ended"]]]
        let file = binary.temporary.file("sessions.json")
        try kept.json.write(toFile: file, atomically: true, encoding: .utf8)
        let first = try binary.run("check")
        #expect(first.status == 0 && first.errors.contains("登录已失效"), "\(first)")
        let second = try binary.run("check")
        #expect(second.status == 0 && !second.errors.contains("登录已失效"), "\(second)")
        #expect(try !String(contentsOfFile: file, encoding: .utf8).contains("nj_ended"))
    }

    /// Init without an end of its own: after so many milliseconds, or where a file grows larger than it may.
    private enum Accident { case killed(after: Int), cannotWrite(beyond: Int) }

    @Test("Killed anywhere, init leaves no half city, and the next one makes a whole one", arguments: [false, true])
    func killedInit(isThere: Bool) throws {
        let binary = try Binary()
        let manager = FileManager.default
        let own = binary.city + "/config/own.txt"
        if isThere {
            try manager.createDirectory(atPath: binary.city + "/config", withIntermediateDirectories: true)
            try Data("mine".utf8).write(to: URL(fileURLWithPath: own))
        }
        var deaths = 0
        let accidents =
            [0, 1_500, 4_500, 100_000].map { Accident.cannotWrite(beyond: $0) }
            + [0, 4, 8, 16, 24, 32].map { Accident.killed(after: $0) }
        for accident in accidents {
            let process = binary.process([])
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            let limit = if case .cannotWrite(let bytes) = accident { "\(bytes)" } else { "unlimited" }
            process.arguments = ["prlimit", "--fsize=\(limit)", Binary.path, "init", binary.city]
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            if case .killed(let after) = accident {
                usleep(UInt32(after) * 1_000)
                kill(process.processIdentifier, SIGKILL)
            }
            process.waitUntilExit()
            // Quicker than the signal: what it made is whole, which the end of this test looks at.
            guard process.terminationReason == .uncaughtSignal || process.terminationStatus != 0 else { break }
            deaths += 1
            let left = manager.subpaths(atPath: binary.city) ?? []
            guard !left.contains("VERSION") else { break }
            #expect(left.sorted() == (isThere ? ["config", "config/own.txt"] : []), "\(accident)")
        }
        #expect(deaths >= 4)
        if !manager.fileExists(atPath: binary.city + "/VERSION") {
            let made = try binary.run("init", binary.city)
            #expect(made.status == 0, "\(made.errors)")
        }
        #expect(try binary.run("check").status == 0)
        #expect(manager.fileExists(atPath: own) == isThere)
        let around = try manager.contentsOfDirectory(atPath: (binary.city as NSString).deletingLastPathComponent)
        #expect(!around.contains { $0.contains(".new-") })
    }

    @Test("A new city: the first account, a proposal, a second person, exit statuses")
    func newCity() throws {
        let binary = try Binary()
        let lost = try binary.run("init", binary.city, "--template", "/nowhere")
        #expect(lost.status == 1 && lost.errors.contains("--template"), "\(lost.errors)")
        #expect(!FileManager.default.fileExists(atPath: binary.city))
        #expect(!FileManager.default.fileExists(atPath: binary.city + ".keys"))
        #expect(try binary.run("init", binary.city).status == 0)
        #expect(try binary.run("init", binary.city).status == 1)
        #expect(try binary.run("check").status == 0)
        let password = ["NIANGJIA_NEW_PASSWORD": "ten letters at least", "NIANGJIA_PASSWORD": "ten letters at least"]
        func add(_ name: String, _ role: String, by: String? = nil) throws -> Int32 {
            let arguments = ["account", "add", name, "--role", role] + (by.map { ["--as", $0] } ?? [])
            let process = binary.process(arguments, environment: password)
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            return process.terminationStatus
        }
        #expect(try add("clerk1", "clerk") == 2)
        let asked = try binary.run(
            "account", "add", "admin", "--role", "system_admin",
            environment: ["NIANGJIA_PASSWORD": "ten letters at least"])
        #expect(asked.status == 2 && asked.errors.contains("NIANGJIA_NEW_PASSWORD"), "\(asked.errors)")
        #expect(try add("admin", "system_admin") == 0)
        #expect(try add("office", "program_admin") == 2)
        #expect(try add("office", "program_admin", by: "admin") == 0)
        #expect(try add("chief", "program_admin", by: "admin") == 0)
        #expect(try binary.run("config", "propose").status == 2)
        let proposed = try binary.run("config", "propose", "--as", "office", "--json", environment: password)
        let digest = try #require(proposed.value?["digest"].text)
        #expect(try binary.run("config", "approve", digest, "--as", "office", environment: password).status == 2)
        #expect(try binary.run("config", "approve", digest, "--as", "chief", environment: password).status == 0)
        #expect(try binary.run("program", "list", "--json").value?.list?.count == 8)
        // A kept sign-in serves the next commands.
        #expect(try binary.run("account", "login", "--as", "admin", environment: password).status == 0)
        #expect(try binary.run("account", "list", "--json").value?.list?.count == 3)
        #expect(try binary.run("account", "logout").status == 0)
        #expect(try binary.run("account", "list").status == 2)
        // How the command is used isn't what is wrong; what helps is said.
        let nobody = try binary.run("account", "list", "--as", "admin")
        #expect(nobody.status == 2 && nobody.errors.contains("account login --as admin"), "\(nobody.errors)")
        #expect(!nobody.errors.lowercased().contains("usage"), "\(nobody.errors)")
    }
}
