import ArgumentParser
import Foundation
import NiangjiaCore

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "密钥:指纹、核对副本、更换 The city's keys: fingerprint, copies, rotation.",
        subcommands: [Show.self, Check.self, Rotate.self])

    struct Show: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "指纹和各代密钥,是不是本市的 Fingerprint and generations, and whether they are the city's.",
            discussion: "例 Example: niangjia keys show --data guyuan")
        @OptionGroup var common: CommonOptions
        func request() -> (operation: String, arguments: Value) { ("keys.show", .map([:])) }
    }

    struct Check: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "托管的副本是不是本市的、全不全 Whether a copy that is kept elsewhere is the city's, and whole.",
            discussion: "例 Example: niangjia keys check /media/usb/guyuan.keys")
        @OptionGroup var common: CommonOptions
        @Argument(help: "密钥文件的副本 The copy of the key file.") var file: String
        func request() -> (operation: String, arguments: Value) { ("keys.check", ["file": .text(absolutePath(file))]) }
    }

    struct Rotate: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate",
            abstract: "更换封存用的密钥(安全管理员);旧密钥保留 New keys for what is sealed from now on; the old ones stay.",
            discussion: "例 Example: niangjia keys rotate --reason 运维人员离任 --as sec")
        @OptionGroup var common: CommonOptions
        @Option(name: .long, help: "缘由 Why; it is written down.") var reason: String
        func request() -> (operation: String, arguments: Value) { ("keys.rotate", ["reason": .text(reason)]) }
    }
}

struct ClockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock", abstract: "系统时间 The machine's clock.", subcommands: [Confirm.self])

    struct Confirm: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "confirm",
            abstract: "现在的时间是对的,上次超前了(系统管理员) The clock is right now, and was ahead when the host last worked.",
            discussion: "例 Example: niangjia clock confirm --reason 主板电池失效后已校时 --as admin")
        @OptionGroup var common: CommonOptions
        @Option(name: .long, help: "缘由 Why; it is written down.") var reason: String
        func request() -> (operation: String, arguments: Value) { ("clock.confirm", ["reason": .text(reason)]) }
    }
}
