import ArgumentParser
import Foundation
import NiangjiaCore
import NiangjiaServer

struct PluginCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugin", abstract: "插件:编写、检查、测试、批准 Plugins: write, check, test, approve.",
        subcommands: [New.self, Dev.self, Check.self, Test.self, Fixture.self, Approve.self])

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "new",
            abstract: "建立一个能通过自己测试的新插件 Write a new plugin that passes its own tests.",
            discussion: "例 Example: niangjia plugin new winter-warmth --form apply")
        @OptionGroup var common: CommonOptions
        @Argument(help: "插件编号,小写字母、数字和 - Its id: small letters, digits and -.") var id: String
        @Option(name: .long, help: "表单名;可多次;默认 apply A form's name; may be given several times.")
        var form: [String] = []
        func run() throws {
            let (id, forms, data) = (id, form, common.folder.path)
            try Author.work(common) { Workshop.create(id, data: data, forms: forms, output: $0) }
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "检查清单与脚本;有发现时退出码为 1 Check manifest and script; any finding is exit status 1.",
            discussion: "例 Example: niangjia plugin check summer-cooling")
        @OptionGroup var common: CommonOptions
        @Argument(help: "插件编号或文件夹 The plugin's id or folder.") var plugin: String
        func run() throws {
            let (plugin, data) = (plugin, common.folder.path)
            try Author.work(common) { await Workshop.check(plugin, data: data, output: $0) }
        }
    }

    struct Test: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "test",
            abstract: "运行插件自带的用例,并报告覆盖 Run the plugin's own cases, with coverage of lines and reasons.",
            discussion: "例 Example: niangjia plugin test summer-cooling --case C4 --junit result.xml")
        @OptionGroup var common: CommonOptions
        @Argument(help: "插件编号或文件夹 The plugin's id or folder.") var plugin: String
        @Option(name: .customLong("case"), help: "只运行此用例(编号或标题);可多次 Only this case, by id or title.")
        var cases: [String] = []
        @Flag(name: .long, help: "以 TAP 格式输出 Answer in the Test Anything Protocol.") var tap = false
        @Option(name: .long, help: "JUnit XML 文件 Where to write a JUnit file.") var junit: String?
        @Flag(name: .long, help: "逐个用例报告用量:指令、内存、输出、查询、用时 What each case used of its budgets.") var usage = false
        func run() throws {
            var options = Workshop.TestOptions()
            options.cases = Set(cases)
            options.tap = tap
            options.usage = usage
            options.junit = junit.map(absolutePath)
            let (plugin, data, chosen) = (plugin, common.folder.path, options)
            try Author.work(common) { await Workshop.test(plugin, data: data, options: chosen, output: $0) }
        }
    }
}

extension PluginCommand {
    struct Dev: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "dev",
            abstract: "每次保存后检查、测试,并显示选定对象的裁定 After every save: check, test, show a decision.",
            discussion: """
                例 Example: niangjia plugin dev winter-warmth --case W1
                例 Example: niangjia plugin dev winter-warmth --person p-… --program winter-2026 --as office
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "插件编号或文件夹 The plugin's id or folder.") var plugin: String
        @Option(name: .customLong("case"), help: "显示此用例的裁定(编号或标题) The case to show, by id or title.")
        var shown: String?
        @Option(name: .long, help: "显示城市中此人的裁定:只取事实,不写裁定 A person of the city; nothing is decided.")
        var person: String?
        @Option(name: .long, help: "与 --person 同用:项目 With --person: the program.") var program: String?
        @Option(name: .long, help: "与 --person 同用:表单 With --person: the form.") var form: String?
        @Option(name: .long, help: "与 --person 同用:字段,如 expense=200;可多次 With --person: a field, name=value.")
        var field: [String] = []
        @Flag(name: .long, help: "只做一轮 One round only.") var once = false

        func validate() throws {
            guard person == nil || program != nil else {
                throw ValidationError("--person 须与 --program 同用。--person needs --program.")
            }
            for text in field where !text.contains("=") {
                throw ValidationError("--field 须写 名称=值:\(text)。--field is name=value: \(text).")
            }
        }

        func run() throws {
            var options = Workshop.DevOptions()
            options.shown = shown
            options.once = once
            let (plugin, folder, chosen) = (plugin, common.folder, options)
            let tried = try person.map { try trial(of: $0) }
            try Author.work(common) { output in
                await Workshop.dev(plugin, data: folder.path, options: chosen, output: output, tried: tried)
            }
        }

        /// Asks the city, through its server where one runs.
        private func trial(of person: String) throws -> @Sendable () async -> ExitStatus {
            let pairs = field.map { text -> (String, Value) in
                let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (String(parts[0]), .text(String(parts[1])))
            }
            let arguments = Value.given([
                "program": .optional(program), "form": .optional(form), "person": .text(person),
                "fields": Value.map(Dictionary(pairs, uniquingKeysWith: { _, last in last })),
            ])
            let (folder, language, json) = (common.folder, common.chosenLanguage, common.json)
            let credentials = try common.credentials()
            return {
                let sink = ConsoleSink(json: json, language: language)
                return await Runner.run(
                    "plugin.try", arguments, in: folder, as: credentials, language: language, to: sink)
            }
        }
    }

    struct Fixture: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "fixture",
            abstract: "把一次裁定改写成用例,人换成虚构的 Turn a decision into a test about somebody fictional.",
            discussion: "例 Example: niangjia plugin fixture d-… --as auditor > plugins/tuition/tests/found.yaml")
        @OptionGroup var common: CommonOptions
        @Argument(help: "裁定的编号 The decision.") var decision: String
        func request() -> (operation: String, arguments: Value) {
            ("plugin.fixture", ["decision": .text(decision)])
        }
    }

    struct Approve: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "approve",
            abstract: "由作者以外的人认可插件的摘要(不生效) Trust a plugin's digest, as somebody other than its author.",
            discussion: "例 Example: niangjia plugin approve winter-warmth --as chief")
        @OptionGroup var common: CommonOptions
        @Argument(help: "插件编号 The plugin.") var plugin: String
        @Option(
            name: .long, help: "配置摘要的开头;默认最新待批准的 The beginning of the bundle's digest; default: the newest that waits.")
        var bundle: String?
        func request() -> (operation: String, arguments: Value) {
            ("plugin.approve", .given(["plugin": .text(plugin), "bundle": .optional(bundle)]))
        }
    }
}

/// An author's commands need no city: no store is opened, no lock taken.
enum Author {
    static func work(_ common: CommonOptions, _ body: @escaping @Sendable (Output) async -> ExitStatus) throws {
        let sink = ConsoleSink(json: common.json, language: common.chosenLanguage)
        let language = common.chosenLanguage
        let status = Terminal.wait { await body(Output(sink, language: language)) }
        sink.finish()
        if status != .ok { throw ExitCode(status.rawValue) }
    }
}

struct APICommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api", abstract: "插件接口表 The table of the plugin API.", subcommands: [Dump.self])

    struct Dump: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "dump",
            abstract: "写出接口表:JSON、参考页或编辑器定义 Print the table: JSON, reference page, or stubs for editors.",
            discussion: "例 Example: niangjia api dump --format lua > niangjia.lua")
        @Option(name: .long, help: "json、markdown 或 lua The format.") var format: Workshop.TableFormat = .json
        func run() {
            Terminal.say(Workshop.table(format).trimmingCharacters(in: .newlines))
        }
    }
}

extension Workshop.TableFormat: ExpressibleByArgument {}
