import NiangjiaCore
import Testing

@testable import NiangjiaExchange

@Suite struct BankTests {
    /// The template of the domain reference.
    static let generic: Value = [
        "id": "generic_txt", "encoding": "gb18030", "line_end": "\r\n", "delimiter": "|", "header": false,
        "total_line": "T|{count}|{sum_yuan}",
        "columns": ["seq", "account_no", "account_name", "amount_yuan", "bank_name", "remark"],
        "amount": ["unit": "yuan", "decimals": 2, "thousands": false],
        "remark": ["max_bytes": 40, "forbid": ["|", ",", "\"", "&", "#"]], "max_rows": 5000,
        "file_name": "DF{date:yyyyMMdd}{batch:03}.txt",
        "result": [
            "columns": ["seq", "account_no", "account_name", "amount_yuan", "status", "message"], "ok": ["00", "成功"],
            "failed": ["98", "99"],
        ],
    ]
    static let card = "6200000000000000000"

    static func lines(_ count: Int) -> [BankFileLine] {
        (1...count).map {
            BankFileLine(
                seq: $0, accountNo: card, accountName: "张三", amount: Money(fen: 54_000 + Int64($0) - 1),
                bankName: "示范银行", remark: "医疗互助金")
        }
    }

    @Test func theExampleLine() throws {
        let format = try BankFormat(Self.generic)
        let date = try #require(CivilDate("2026-07-05"))
        let files = try format.files(Self.lines(1), on: date, batch: 7)
        #expect(files.map(\.name) == ["DF20260705007.txt"])
        let expected = "000001|6200000000000000000|张三|540.00|示范银行|医疗互助金\r\nT|1|540.00\r\n"
        #expect(files[0].bytes == (try TextEncoding.gb18030.encode(expected)))
        #expect(files[0].total == Money(fen: 54_000))
    }

    @Test func aLongBatchIsSplit() throws {
        var format = try BankFormat(Self.generic)
        format.maxRows = 2
        let date = try #require(CivilDate("2026-07-05"))
        let files = try format.files(Self.lines(5), on: date, batch: 7)
        #expect(files.map(\.name) == ["DF20260705007-1.txt", "DF20260705007-2.txt", "DF20260705007-3.txt"])
        #expect(files.map(\.count) == [2, 2, 1])
        #expect(files.reduce(Money.zero) { $0 + $1.total } == Self.lines(5).reduce(Money.zero) { $0 + $1.amount })
        #expect(String(decoding: files[2].bytes.prefix(6), as: UTF8.self) == "000005")
    }

    @Test func whatCannotBeWrittenStopsTheBatch() throws {
        var format = try BankFormat(Self.generic)
        let date = try #require(CivilDate("2026-07-05"))
        func refusal(_ change: (inout BankFileLine) -> Void) -> String? {
            var lines = Self.lines(3)
            change(&lines[1])
            do {
                _ = try format.files(lines, on: date, batch: 1)
                return nil
            } catch { return error.message.zh }
        }
        #expect(refusal { $0.accountName = "张|三" } == "第 2 笔:户名含有分隔符")
        #expect(refusal { $0.amount = .zero } == "第 2 笔:金额应大于 0")
        #expect(refusal { $0.accountNo = "" } == "第 2 笔:缺少账号")
        #expect(refusal { $0.seq = 1 } == "批次中序号重复")
        #expect(refusal { $0.accountName = "𠅤" } == nil)
        format.encoding = .gbk
        #expect(refusal { $0.accountName = "𠅤" }?.contains("𠅤(U+20164)") == true)
        format.decimals = 0
        #expect(refusal { $0.amount = Money(fen: 150) } == "第 2 笔:银行只收整元")
    }

    @Test func remarksAreShortenedBetweenCharacters() throws {
        var format = try BankFormat(Self.generic)
        format.remarkBytes = 7
        #expect(format.remark("医疗|互助,金") == "医疗互")
        #expect(
            format.findings(
                Self.lines(1) + [
                    BankFileLine(seq: 2, accountNo: Self.card, accountName: "张三", amount: Money(fen: 54_000))
                ]
            ).map(\.seq) == [2])
        #expect(
            format.findings([
                BankFileLine(seq: 1, accountNo: "6200000000000000001", accountName: "张三", amount: Money(fen: 1))
            ])[0].finding.code == "CARD_CHECK")
    }

    @Test func resultsAreHeldAgainstTheBatch() throws {
        let format = try BankFormat(Self.generic)
        let folder = try TestFolder()
        let text = """
            序号|账号|户名|金额|状态|说明
            000001|\(Self.card)|张三|540.00|00|
            000002|\(Self.card)|张三|540.01|99|户名不符
            000003|\(Self.card)|张三|540.03|00|
            000009|\(Self.card)|张三|1.00|00|
            000001|\(Self.card)|张三|540.00|成功|
            T|5|0.00
            """
        let path = try folder.file("back.txt", try TextEncoding.gb18030.encode(text))
        let match = try format.match(Self.lines(4), resultFile: path)
        #expect(match.paid == [1])
        #expect(match.failed == [.init(seq: 2, message: "户名不符")])
        #expect(match.problems.map(\.line) == [4, 5, 6])
        #expect(match.unanswered == [3, 4])
        #expect(!match.isComplete)

        let whole = (1...4).map { "00000\($0)|\(Self.card)|张三|540.0\($0 - 1)|\($0 == 4 ? "98|账户已销" : "成功|")" }.joined(
            separator: "\r\n")
        let complete = try format.match(
            Self.lines(4), resultFile: try folder.file("ok.txt", try TextEncoding.gb18030.encode(whole)))
        #expect(complete.isComplete)
        #expect(complete.paidTotal + complete.failedTotal == Self.lines(4).reduce(Money.zero) { $0 + $1.amount })
        #expect(complete.failed.map(\.message) == ["账户已销"])
        #expect(try complete.results(Self.lines(4)).map(\.isPaid) == [true, true, true, false])
        #expect(throws: NiangjiaError.self) { try match.results(Self.lines(4)) }
    }

    @Test(
        "A bank's answer, dues and figures with characters that nobody sees are refused with their place, as registers are",
        arguments: ["\u{0007}", "\u{2066}", "\u{0085}"])
    func unseenCharacters(_ unseen: String) throws {
        let format = try BankFormat(Self.generic)
        let folder = try TestFolder()
        let line = { (message: String) in "000001|\(Self.card)|张三|540.00|99|\(message)\r\n" }
        #expect(try format.readResult(path: folder.file("plain.txt", line("户名不符"))).count == 1)
        let answer = try folder.file("answer.txt", line("户名\(unseen)不符"))
        let refused = #expect(throws: NiangjiaError.self) { try format.readResult(path: answer) }
        #expect(refused?.code == .invalid && refused?.message.zh.contains("U+") == true)
        #expect(refused?.place?.contains("answer.txt") == true, "\(refused?.place ?? "")")

        let dues = "纳税人识别号,纳税人名称,所属期,实缴金额,入库日期\n"
        let payer = "91990103MA0000001X,示范\(unseen)快递公司,2026-03,300.00,2026-04-10\n"
        let clean = "91990103MA0000001X,示范快递公司,2026-03,300.00,2026-04-10\n"
        let taken = try DuesFile.read(folder.file("dues.csv", dues + payer + clean))
        #expect(taken.lines.count == 1 && taken.faults.count == 1 && taken.faults[0].place.contains("dues.csv"))
        #expect(taken.faults.first?.message.zh.contains("看不见的控制字符") == true, "\(taken.faults)")

        let figures = "起,止,指标,数值,来源\n2026-01-01,2026-12-31,M49.done,1\(unseen)0,登记册\n"
        let read = try FiguresFile.read(folder.file("figures.csv", figures))
        #expect(read.figures.isEmpty && read.faults.first?.message.zh.contains("看不见的控制字符") == true, "\(read.faults)")
    }

    @Test func unknownIsNotFailed() throws {
        let format = try BankFormat(Self.generic)
        let folder = try TestFolder()
        let text = "000001|\(Self.card)|张三|540.00|处理中|\r\n000002|\(Self.card)|张三|540.01||\r\n"
        let match = try format.match(
            Self.lines(2), resultFile: try folder.file("p.txt", try TextEncoding.gb18030.encode(text)))
        #expect(match.pending == [1, 2])
        #expect(match.failed.isEmpty)
        #expect(!match.isComplete)
        #expect(try match.results(Self.lines(2)).map(\.isPaid) == [nil, nil])
    }

    @Test func aWrongTemplateNamesItsPlace() {
        func place(_ change: (inout [String: Value]) -> Void) -> String? {
            var members = Self.generic.map ?? [:]
            change(&members)
            do {
                _ = try BankFormat(.map(members))
                return nil
            } catch { return error.place }
        }
        #expect(place { $0["columns"] = ["seq", "acount_no"] } == "/columns/1")
        #expect(place { $0["columns"] = ["seq", "account_no", "account_name"] } == "/columns")
        #expect(place { $0["encoding"] = "latin" } == "/encoding")
        #expect(place { $0["delimeter"] = "," } == "/delimeter")
        #expect(place { _ in } == nil)
    }
}
