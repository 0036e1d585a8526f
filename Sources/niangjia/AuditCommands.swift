import ArgumentParser
import Foundation
import NiangjiaCore

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "审计:事件链、规则调用、谁看过资料 The sealed chain, the journal, and who has looked.",
        subcommands: [
            Verify.self, Head.self, Events.self, Event.self, Calls.self, Blocks.self, Looks.self, Patterns.self,
        ])

    struct Verify: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "核对事件链,可对照先前抄下的链头 Verify the chain, also against a head that left the machine.",
            discussion: "例 Example: niangjia audit verify --head head.json")
        @OptionGroup var common: CommonOptions
        @Option(name: .long, help: "链头文件或抄下的字符 A file with a head, or its printed characters.") var head: [String] = []
        func request() -> (operation: String, arguments: Value) {
            ("audit.verify", ["heads": .list(head.map { .text(AuditCommand.content($0)) })])
        }
    }

    struct Patterns: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "patterns",
            abstract: "线索:共用账号、集中扫码、略低于限额、反复试算 Shared accounts, bursts, sums just under a limit, settings tried.",
            discussion: "例 Example: niangjia audit patterns --from 2026-06-01 --to 2026-08-31 --as auditor")
        @OptionGroup var common: CommonOptions
        @Option(name: .long, help: "起 From.") var from: String?
        @Option(name: .long, help: "止 To.") var to: String?
        @Option(name: .long, help: "多少次算集中(默认 30) How many make a burst.") var burst: Int?
        @Option(name: .long, help: "多少分钟之内(默认 10) Within how many minutes.") var minutes: Int?
        func request() -> (operation: String, arguments: Value) {
            (
                "audit.patterns",
                .given([
                    "from": .optional(from), "to": .optional(to), "burst": .optional(burst),
                    "minutes": .optional(minutes),
                ])
            )
        }
    }

    struct Head: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "head",
            abstract: "当前链头,交审计保存 The chain's head, for the auditor to keep.",
            discussion: "例 Example: niangjia audit head --json > head.json")
        @OptionGroup var common: CommonOptions
        func request() -> (operation: String, arguments: Value) { ("audit.head", .map([:])) }
    }

    private static func content(_ head: String) -> String {
        (try? String(contentsOfFile: head, encoding: .utf8)) ?? head
    }
}

extension AuditCommand {
    struct Looks: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "looks",
            abstract: "谁在何时为何看过谁的资料 Who has looked at whose data, when and why.",
            discussion: "例 Example: niangjia audit looks --about p-… --as auditor")
        @OptionGroup var common: CommonOptions
        @Option(name: .long, help: "看的是谁(编号) About whom.") var about: String?
        @Option(name: .customLong("by"), help: "谁看的(账号) Which account looked.") var by: String?
        @Option(name: .long, help: "最多条数 At most so many.") var limit: Int?
        func request() -> (operation: String, arguments: Value) {
            (
                "access.log",
                .given(["about": .optional(about), "account": .optional(by), "limit": .optional(limit)])
            )
        }
    }
}

extension AuditCommand {
    struct Events: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "events",
            abstract: "事件链的事件,新的在前(记入查看日志) Events of the chain, the newest first; logged as a look.",
            discussion: """
                例 Example: niangjia audit events --kind batch. --from 2026-07-01 --to 2026-07-31 --as auditor
                例 Example: niangjia audit events --about c-… --as auditor
                """)
        @OptionGroup var common: CommonOptions
        @Option(name: .long, help: "事件种类或其开头 The kind, or its beginning.") var kind: String?
        @Option(name: .long, help: "对象的编号 What it happened to.") var about: String?
        @Option(name: .customLong("by"), help: "谁做的(账号) Who did it.") var by: String?
        @Option(name: .long, help: "起 From.") var from: String?
        @Option(name: .long, help: "止 To.") var to: String?
        @Option(name: .long, help: "从哪个事件(evt-…)之后继续 Go on after this event.") var after: String?
        @Option(name: .long, help: "最多条数 At most so many.") var limit: Int?
        func request() -> (operation: String, arguments: Value) {
            (
                "audit.events",
                .given([
                    "kind": .optional(kind), "about": .optional(about), "actor": .optional(by), "from": .optional(from),
                    "to": .optional(to), "after": .optional(after), "limit": .optional(limit),
                ])
            )
        }
    }

    struct Event: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "event",
            abstract: "事件链的一个事件 One event of the chain.",
            discussion: "例 Example: niangjia audit event 4711 --as auditor")
        @OptionGroup var common: CommonOptions
        @Argument(help: "第几号 Its number.") var seq: Int
        func request() -> (operation: String, arguments: Value) { ("audit.event", ["seq": .int(Int64(seq))]) }
    }

    struct Calls: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "calls",
            abstract: "规则调用的记录与链上的摘要,新的在前 The journal's calls with their digests, the newest first.",
            discussion: "例 Example: niangjia audit calls --program tuition-2026 --as auditor")
        @OptionGroup var common: CommonOptions
        @Option(name: .long, help: "项目 The program.") var program: String?
        @Option(name: .customLong("case"), help: "申请编号 The case.") var caseID: String?
        @Option(name: .long, help: "从哪次调用(call-…)之后继续 Go on after this call.") var after: String?
        @Option(name: .long, help: "最多条数 At most so many.") var limit: Int?
        func request() -> (operation: String, arguments: Value) {
            (
                "audit.calls",
                .given([
                    "program": .optional(program), "case": .optional(caseID), "after": .optional(after),
                    "limit": .optional(limit),
                ])
            )
        }
    }

    struct Blocks: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "blocks",
            abstract: "一次批量核定的各块与链上的摘要 The journal's blocks of a run with their digests.",
            discussion: "例 Example: niangjia audit blocks run-… --as auditor")
        @OptionGroup var common: CommonOptions
        @Argument(help: "核定编号 The run.") var run: String
        func request() -> (operation: String, arguments: Value) { ("audit.blocks", ["run": .text(run)]) }
    }
}
