import ArgumentParser
import Foundation
import NiangjiaCore
import NiangjiaServer

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "建立新的数据文件夹 Make a new city's folder.",
        discussion: "例 Example: niangjia init guyuan")
    @OptionGroup var common: CommonOptions
    @Argument(help: "文件夹 The folder.") var folder: String
    @Option(name: .long, help: ArgumentHelp(City.templateHelp)) var template: String?

    func run() throws {
        let (folder, template) = (DataFolder(folder), template)
        let done = Terminal.wait { () -> Result<[LocalText], any Error> in
            do { return .success(try await City.create(folder, template: template)) } catch { return .failure(error) }
        }
        switch done {
        case .success(let lines): lines.forEach { Terminal.say($0[common.chosenLanguage]) }
        case .failure(let error): throw Terminal.fail(error, common)
        }
    }
}

struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "启动服务 Start the server.",
        discussion: "例 Example: niangjia serve --data guyuan")
    @OptionGroup var common: CommonOptions
    @Option(name: .long, help: ArgumentHelp(Server.listenHelp)) var listen: String?

    func run() throws {
        let (folder, listen, language) = (common.folder, listen, common.chosenLanguage)
        let failure = Terminal.wait { () -> (any Error)? in
            do {
                try await Server.run(folder, listen: listen) { Terminal.say($0[language]) }
                return nil
            } catch { return error }
        }
        if let failure { throw Terminal.fail(failure, common) }
    }
}

struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "演示城市:从政策到发放走一遍 The demo city: from policy paper to payout.",
        discussion: "例 Example: niangjia demo --members 2000 --stations 48 --serve")
    @OptionGroup var common: CommonOptions
    @Option(name: .long, help: "会员人数 How many members.") var members: Int?
    @Option(name: .long, help: "站点个数 How many stations.") var stations: Int?
    @Option(name: .long, help: ArgumentHelp(City.templateHelp)) var template: String?
    @Flag(name: .long, help: "演示后启动服务 Start the server afterwards.") var serve = false
    @Option(name: .long, help: ArgumentHelp(Server.listenHelp)) var listen: String?

    func run() throws {
        var options = DemoOptions(
            folder: common.data == nil && ProcessInfo.processInfo.environment["NIANGJIA_DATA"] == nil
                ? DataFolder("demo-city") : common.folder,
            members: members, stations: stations, template: template, serve: serve, listen: listen)
        options.language = common.chosenLanguage
        let (chosen, sink) = (options, ConsoleSink(json: common.json, language: common.chosenLanguage))
        let failure = Terminal.wait { () -> (any Error)? in
            do {
                try await DemoStory.run(chosen, to: sink)
                return nil
            } catch { return error }
        }
        sink.finish()
        if let failure { throw Terminal.fail(failure, common) }
    }
}

struct CheckCommand: HostCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "一次指出所有配置错误 Validate everything.",
        discussion: "例 Example: niangjia check --data guyuan")
    @OptionGroup var common: CommonOptions
    func request() -> (operation: String, arguments: Value) { ("check", .map([:])) }
}

struct DoctorCommand: HostCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "环境、版本、已知风险 Environment, versions, known dangers.",
        discussion: "例 Example: niangjia doctor --data guyuan --all")
    @OptionGroup var common: CommonOptions
    @Flag(name: .long, help: "逐个打开附件核对内容 Open every evidence file and compare its content.") var all = false
    func request() -> (operation: String, arguments: Value) { ("doctor", ["all": .bool(all)]) }
}

struct BackupCommand: HostCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "备份数据库,服务可继续运行 Copy the store while work goes on.",
        discussion: "例 Example: niangjia backup --data guyuan disk2/guyuan-2026-07-15.sqlite")
    @OptionGroup var common: CommonOptions
    @Argument(help: "备份文件,在数据文件夹之外 The file, outside the city's folder.") var file: String
    func request() -> (operation: String, arguments: Value) { ("backup", ["file": .text(absolutePath(file))]) }
}

struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "停服后恢复数据库备份;导出随即停住,直到补登 Put a backup back; exports stop until entered.",
        discussion: "例 Example: niangjia restore --data guyuan disk2/guyuan-2026-07-15.sqlite")
    @OptionGroup var common: CommonOptions
    @Argument(help: "备份文件 The backup.") var file: String
    @Flag(
        name: .long,
        help: "没有更早的备份时,链尾不是本系统写入的也恢复 Though its chain ends in what isn't this system's.")
    var acceptForeignEnd = false

    func run() throws {
        let (folder, file, language) = (common.folder, absolutePath(file), common.chosenLanguage)
        let accepts = acceptForeignEnd
        let done = Terminal.wait { () -> Result<[String], any Error> in
            do {
                return .success(try await Restore.run(folder, from: file, language, acceptsForeignEnd: accepts))
            } catch { return .failure(error) }
        }
        switch done {
        case .success(let lines): lines.forEach { Terminal.say($0) }
        case .failure(let error): throw Terminal.fail(error, common)
        }
    }
}

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "写出编辑器用的 JSON Schema Write JSON Schemas for editors.",
        discussion: "例 Example: niangjia schema --out .schemas")
    @OptionGroup var common: CommonOptions
    @Option(name: .long, help: "输出文件夹 The folder to write to.") var out: String = ".schemas"

    func run() throws {
        do {
            let names = try City.writeSchemas(to: out)
            guard common.json else { return names.forEach { Terminal.say($0) } }
            let sink = ConsoleSink(json: true, language: common.chosenLanguage)
            sink.emit(.answer(["files": .list(names.map { .text($0) }), "out": .text(out)]))
        } catch { throw Terminal.fail(error, common) }
    }
}
