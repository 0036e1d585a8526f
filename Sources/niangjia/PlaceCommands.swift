import ArgumentParser
import NiangjiaCore

struct PlaceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "place", abstract: "名额 Places.", subcommands: [List.self])

    struct List: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "项目的名额:总数、已占、候补 Places of a program: all, taken, waited for.",
            discussion: "例 Example: niangjia place list training-2026 --as office")
        @OptionGroup var common: CommonOptions
        @Argument(help: "项目 The program.") var program: String
        func request() -> (operation: String, arguments: Value) { ("place.list", ["program": .text(program)]) }
    }
}

struct DrawCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "draw", abstract: "统一给名额:排名与抽签 Rankings and draws of places.",
        discussion: """
            报名截止时名单固定,摘要记入事件链;抽签的种子 = SM3(截止时的链首 + 事先写明的公开数值),谁也左右不了,谁都可以重算。
            When entries close the list is fixed and its digest goes into the chain; a draw's seed = SM3(head of the chain then + the
            public value named beforehand): nobody can steer it, anybody can repeat it. See docs/reference/draws.md.
            """,
        subcommands: [List.self, Show.self, Verify.self, EnterValue.self])

    struct List: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "列出 List them.", discussion: "例 Example: niangjia draw list --program training-2026 --as office")
        @OptionGroup var common: CommonOptions
        @Option(name: .long, help: "项目 The program.") var program: String?
        func request() -> (operation: String, arguments: Value) {
            ("draw.list", .given(["program": .optional(program)]))
        }
    }

    struct Show: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "名单、种子、次序 The list, the seed, the order.",
            discussion: "例 Example: niangjia draw show al-… --json --as m-t6-father")
        @OptionGroup var common: CommonOptions
        @Argument(help: "编号 The id (al-…).") var draw: String
        @Option(name: .long, help: "谁在名单中的代号,默认本人 Whose token in the list, one's own where nothing is said (p-…).")
        var person: String?
        func request() -> (operation: String, arguments: Value) {
            ("draw.show", .given(["draw": .text(draw), "person": .optional(person)]))
        }
    }

    struct Verify: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "重新计算并核对;不符时退出码为 1 Repeats it and compares; status 1 when it differs.",
            discussion: "例 Example: niangjia draw verify al-… --as auditor")
        @OptionGroup var common: CommonOptions
        @Argument(help: "编号 The id (al-…).") var draw: String
        func request() -> (operation: String, arguments: Value) { ("draw.verify", ["draw": .text(draw)]) }
    }

    struct EnterValue: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "value", abstract: "写入已公布的数值并抽签,只能一次 Enters the published value and draws, once.",
            discussion: "例 Example: niangjia draw value al-… \"03 11 15 22 28 31\" --as office")
        @OptionGroup var common: CommonOptions
        @Argument(help: "编号 The id (al-…).") var draw: String
        @Argument(help: "公开数值 The public value.") var value: String
        func request() -> (operation: String, arguments: Value) {
            ("draw.value", ["draw": .text(draw), "value": .text(value)])
        }
    }
}
