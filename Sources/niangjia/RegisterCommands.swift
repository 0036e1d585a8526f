import ArgumentParser
import NiangjiaCore

/// What every import of a file takes.
struct ImportOptions: ParsableArguments {
    @Argument(help: "文件(CSV 或 xlsx) The file.") var file: String
    @Option(name: .long, help: "对应关系文件 The mapping from column titles to fields.") var mapping: String?
    @Option(name: .long, help: "来源 Where the rows come from.") var source: String?
    @Option(name: .long, help: "批号 The name of this delivery; the same one twice is the same import.") var batch:
        String?
    @Option(name: .long, help: "xlsx 工作表 The sheet.") var sheet: String?
    @Option(name: .long, help: "更正文件的格式 xlsx 或 csv The format of the file to mend; default xlsx, whose cells are text.")
    var mend: String?
    @Flag(name: .long, help: "只检查,不导入 Check only: what is new, changed, conflicting.") var check = false

    func request(_ kind: String, _ more: [String: Value?] = [:]) -> (operation: String, arguments: Value) {
        var members: [String: Value?] = [
            "kind": .text(kind), "file": .text(absolutePath(file)), "mapping": .optional(mapping.map(absolutePath)),
            "source": .optional(source), "batch": .optional(batch), "sheet": .optional(sheet), "mend": .optional(mend),
            "check": .bool(check),
        ]
        members.merge(more) { _, new in new }
        return ("register.import", .given(members))
    }
}

struct PersonCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "person", abstract: "人员 People.",
        subcommands: [Import.self, Find.self, Show.self, Code.self, Data.self, Transfers.self, Transfer.self])

    struct Import: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "import",
            abstract: "导入人员 Import people.",
            discussion: "例 Example: niangjia person import members.csv --mapping members.yaml --as office")
        @OptionGroup var common: CommonOptions
        @OptionGroup var file: ImportOptions
        func request() -> (operation: String, arguments: Value) { file.request("person") }
    }

    struct Find: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "find",
            abstract: "按姓名、证件号或手机号查找 Find people by name, ID number or phone.",
            discussion: "例 Example: niangjia person find 张三 --as office")
        @OptionGroup var common: CommonOptions
        @Argument(help: "姓名、证件号或手机号 A name, an ID number or a phone.") var text: String
        func request() -> (operation: String, arguments: Value) { ("person.find", ["text": .text(text)]) }
    }

    struct Show: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "查看人员(默认遮盖) Show a person, masked.", discussion: "例 Example: niangjia person show p-… --as office"
        )
        @OptionGroup var common: CommonOptions
        @Argument(help: "人员编号 The person.") var id: String
        @Option(name: .long, help: "查看全文的理由,记入日志 The reason to see all of it; it is logged.") var reason: String?
        func request() -> (operation: String, arguments: Value) {
            ("person.show", .given(["person": .text(id), "reason": .optional(reason)]))
        }
    }
}

extension PersonCommand {
    struct Data: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "data",
            abstract: "本人资料:登记、申请、核定、付款,以及谁看过 What is held about oneself, and who has looked.",
            discussion: "例 Example: niangjia person data --json --as m-t6-father")
        @OptionGroup var common: CommonOptions
        func request() -> (operation: String, arguments: Value) { ("person.data", .map([:])) }
    }

    struct Code: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "code",
            abstract: "本人当天的出示码,扫码领取时用 One's own code of the day, to be shown where a device scans.",
            discussion: "例 Example: niangjia person code --as m-t6-father")
        @OptionGroup var common: CommonOptions
        func request() -> (operation: String, arguments: Value) { ("person.code", .map([:])) }
    }
}

struct OrganizationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "organization", abstract: "组织 Organisations.", subcommands: [Import.self, List.self])

    struct Import: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "import",
            abstract: "导入组织 Import organisations.",
            discussion: "例 Example: niangjia organization import unions.csv --mapping unions.yaml --as office")
        @OptionGroup var common: CommonOptions
        @OptionGroup var file: ImportOptions
        func request() -> (operation: String, arguments: Value) { file.request("organization") }
    }

    struct List: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "列出组织 List organisations.",
            discussion: "例 Example: niangjia organization list --under 990101 --as office")
        @OptionGroup var common: CommonOptions
        @Option(name: .long, help: "上级代码 The code of the organisation above.") var under: String?
        func request() -> (operation: String, arguments: Value) {
            ("organization.list", .given(["under": .optional(under)]))
        }
    }
}

struct HouseholdCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "household", abstract: "家庭与困难档案 Households.", subcommands: [Import.self])

    struct Import: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "import",
            abstract: "导入家庭档案 Import household files.",
            discussion: "例 Example: niangjia household import files.csv --mapping households.yaml --as office")
        @OptionGroup var common: CommonOptions
        @OptionGroup var file: ImportOptions
        func request() -> (operation: String, arguments: Value) { file.request("household") }
    }
}

struct StationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "station", abstract: "服务站点 Stations.", subcommands: [Import.self, Near.self, Visit.self])

    struct Import: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "import",
            abstract: "导入站点 Import stations.",
            discussion: "例 Example: niangjia station import stations.csv --mapping stations.yaml --as office")
        @OptionGroup var common: CommonOptions
        @OptionGroup var file: ImportOptions
        func request() -> (operation: String, arguments: Value) { file.request("station") }
    }

    struct Near: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "near",
            abstract: "附近站点 Stations near a point (WGS-84).",
            discussion: "例 Example: niangjia station near 36.0153 106.2425 --within 3000 --json")
        @OptionGroup var common: CommonOptions
        @Argument(help: "纬度 Latitude.") var latitude: String
        @Argument(help: "经度 Longitude.") var longitude: String
        @Option(name: .long, help: "范围(米) Within so many metres.") var within: Int?
        @Option(name: .long, help: "须有的设施 A facility that it must have.") var facility: String?
        @Option(name: .long, help: "坐标系 wgs84, gcj02 or bd09.") var frame: String?
        @Option(name: .long, help: "最多条数 At most so many.") var limit: Int?
        func request() -> (operation: String, arguments: Value) {
            (
                "station.near",
                .given([
                    "latitude": .text(latitude), "longitude": .text(longitude), "within": .optional(within),
                    "facility": .optional(facility), "frame": .optional(frame), "limit": .optional(limit),
                ])
            )
        }
    }
}

extension StationCommand {
    struct Visit: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "visit",
            abstract: "登记到访人次(不记是谁) Enter how many came.",
            discussion: "例 Example: niangjia station visit ST-001 --count 12 --kind door --as keeper")
        @OptionGroup var common: CommonOptions
        @Argument(help: "站点代码 The station.") var station: String
        @Option(name: .long, help: "人次 How many.") var count: Int = 1
        @Option(name: .long, help: "door、counter 或 manual What counted.") var kind: String?
        @Option(name: .long, help: "日期,默认今天 The day, today where nothing is said.") var on: String?
        func request() -> (operation: String, arguments: Value) {
            (
                "visit.add",
                .given([
                    "station": .text(station), "count": .int(Int64(count)), "kind": .optional(kind),
                    "on": .optional(on),
                ])
            )
        }
    }
}

struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record", abstract: "插件的记录表 Records of plugins.", subcommands: [List.self, Import.self])

    struct List: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "列出表单可填的记录 List the records that a program's forms may name.",
            discussion: """
                例 Example: niangjia record list training-2026 class
                第一列就是表单字段要填的;有人员、文字、附件、read 或 secret 的表不列出 The first column is what a form's field takes; tables with \
                people, texts, files or what is kept from some aren't listed
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "项目 The program.") var program: String
        @Argument(help: "记录表 The table.") var table: String
        @Option(help: "最多几行 How many rows at most.") var limit: Int?
        @Option(help: "从这一行(r-…)之后 Those after this row.") var after: String?
        func request() -> (operation: String, arguments: Value) {
            (
                "record.list",
                .given([
                    "program": .text(program), "table": .text(table), "limit": .optional(limit),
                    "after": .optional(after),
                ])
            )
        }
    }

    struct Import: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "import",
            abstract: "导入记录 Import records of a plugin.",
            discussion: """
                例 Example: niangjia record import training class classes.csv --mapping classes.yaml --as office
                插件批准之后才有它的表;表头写字段名或标题,人写证件号码,单位写代码 A plugin's tables are there once it is approved; headers are \
                the fields' names or titles, a person is an identity number, a unit its code
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "插件 The plugin.") var plugin: String
        @Argument(help: "记录表 The table.") var table: String
        @OptionGroup var file: ImportOptions
        func request() -> (operation: String, arguments: Value) {
            file.request("record", ["plugin": .text(plugin), "table": .text(table)])
        }
    }
}

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "导入批次 Imports.", subcommands: [List.self, Undo.self])

    struct List: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "列出导入 List imports.", discussion: "例 Example: niangjia import list --as office")
        @OptionGroup var common: CommonOptions
        func request() -> (operation: String, arguments: Value) { ("import.list", .map([:])) }
    }

    struct Undo: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "undo",
            abstract: "撤销一次导入 Undo an import.", discussion: "例 Example: niangjia import undo imp-… --as office")
        @OptionGroup var common: CommonOptions
        @Argument(help: "导入编号 The import.") var id: String
        func request() -> (operation: String, arguments: Value) { ("import.undo", ["import": .text(id)]) }
    }
}

extension PersonCommand {
    struct Transfers: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "transfers",
            abstract: "等待市级核实的转会 Transfers that wait for the city.",
            discussion: """
                例 Example: niangjia person transfers --as office
                区县导入的人已是别处的会员时,由市级核实;区县看不到这份名单。
                A county entered somebody who belongs elsewhere: the city decides, the county doesn't see this list.
                """)
        @OptionGroup var common: CommonOptions
        @Flag(name: .long, help: "连同已办理的 Decided ones too.") var all = false
        @OptionGroup var page: PageOptions
        func request() -> (operation: String, arguments: Value) {
            (
                "transfer.list",
                .given(["all": .bool(all), "limit": .optional(page.limit), "after": .optional(page.after)])
            )
        }
    }

    struct Transfer: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "transfer",
            abstract: "核实转会 Decide a transfer.",
            discussion: "例 Example: niangjia person transfer tr-… --accept yes --reason 已与原工会核实 --as office")
        @OptionGroup var common: CommonOptions
        @Argument(help: "转会编号 The transfer.") var id: String
        @Option(name: .long, help: "同意转会:yes 或 no Let them join: yes or no.") var accept: String
        @Option(name: .long, help: "理由,记入日志 Why; it is logged.") var reason: String
        func request() -> (operation: String, arguments: Value) {
            ("transfer.decide", ["transfer": .text(id), "accept": .text(accept), "reason": .text(reason)])
        }
    }
}
