import NiangjiaCore

/// What the bank says about one payment.
public struct BankResultLine: Hashable, Sendable {
    /// The line in the bank's file, from 1.
    public var line: Int
    public var seq: Int?
    public var accountNo: String
    /// The holder as the bank knows it; empty where its answer leaves the name out.
    public var accountName = ""
    public var amount: Money?
    public var status: String
    public var message: String
    /// The batch's title as the bank tells it; nil: the template has no column for it.
    public var batch: String?
    /// nil: the bank doesn't know yet.
    public var isPaid: Bool?
}

/// A result file held against its batch.
public struct BankMatch: Hashable, Sendable {
    /// Sequence numbers that were paid.
    public var paid: [Int] = []
    /// Sequence numbers that failed, with the bank's words.
    public var failed: [Failure] = []
    /// Sequence numbers of which the bank doesn't know yet.
    public var pending: [Int] = []
    /// Sequence numbers that the file doesn't answer.
    public var unanswered: [Int] = []
    /// Lines that agree with no payment of the batch: nothing may be booked while there are any.
    public var problems: [Problem] = []
    public var paidTotal = Money.zero
    public var failedTotal = Money.zero

    public struct Failure: Hashable, Sendable {
        public var seq: Int
        public var message: String
    }

    public struct Problem: Hashable, Sendable {
        /// The line in the bank's file.
        public var line: Int
        public var message: LocalText
    }

    /// Whether every payment is answered and nothing else is: paid + failed = the batch's total.
    public var isComplete: Bool { unanswered.isEmpty && pending.isEmpty && problems.isEmpty }
}

extension BankFormat {
    /// Reads a bank's result file: its own template, the encoding detected; header and total lines are passed over.
    public func readResult(path: String) throws(NiangjiaError) -> [BankResultLine] {
        guard !resultColumns.isEmpty, !resultOK.isEmpty else {
            throw BankFormat.wrong(
                "/result", "格式 \(id) 没有写明回盘文件的列(result.columns)和成功状态(result.ok)",
                "the format \(id) has no result.columns or result.ok")
        }
        let reader = try CSVReader(path: path, separator: delimiter)
        let total = totalLine.map { $0.prefix { $0 != "{" && $0 != delimiter } }
        var found: [BankResultLine] = []
        while let row = try reader.next() {
            if row.isBlank { continue }
            if let total, !total.isEmpty, row[0] == String(total) { continue }
            try refuseUnseen(row)
            let line = result(row)
            if found.isEmpty, line.seq == nil, line.amount == nil { continue }
            found.append(line)
        }
        return found
    }

    /// A file with a character that nobody sees, and no text of ours holds, is refused whole: half a result is booked by nobody.
    private func refuseUnseen(_ row: SheetRow) throws(NiangjiaError) {
        for index in resultColumns.indices {
            guard let found = TextFolding.refused(in: row[index]) else { continue }
            throw NiangjiaError(
                .invalid, zh: "回盘文件中有看不见的控制字符 \(found):请向银行要一份没有它的文件。",
                en: "The bank's answer holds a control character, \(found): ask the bank for a file without it.",
                place: row.place(column: index))
        }
    }

    private func result(_ row: SheetRow) -> BankResultLine {
        var line = BankResultLine(
            line: row.number, seq: nil, accountNo: "", amount: nil, status: "", message: "", isPaid: nil)
        for (index, column) in resultColumns.enumerated() {
            let cell = TextFolding.halfWidth(row[index])
            switch column {
            case .seq: line.seq = Int(cell)
            case .accountNo: line.accountNo = cell.filter { $0 != " " && $0 != "'" }
            case .accountName: line.accountName = cell
            case .amountYuan: line.amount = Money(yuan: cell)
            case .amountFen: line.amount = Int64(cell).map { Money(fen: $0) }
            case .status: line.status = cell
            case .message: line.message = cell
            case .batch: line.batch = cell
            default: continue
            }
        }
        if resultOK.contains(line.status) {
            line.isPaid = true
        } else if resultFailed.contains(line.status) {
            line.isPaid = false
        }
        return line
    }

    /// Holds a result against the batch: sequence number, account and amount must all agree.
    public static func match(_ lines: [BankFileLine], _ results: [BankResultLine], hasSeq: Bool = true) -> BankMatch {
        var match = BankMatch()
        let bySeq = Dictionary(lines.map { ($0.seq, $0) }, uniquingKeysWith: { first, _ in first })
        // A bank that leaves the sequence number out is answered by account and amount, where only one payment has both.
        let byAccount = Dictionary(grouping: lines) { "\($0.accountNo)/\($0.amount.fen)" }
        var answered: Set<Int> = []
        for result in results {
            func problem(_ zh: String, _ en: String) {
                match.problems.append(.init(line: result.line, message: LocalText(zh: zh, en: en)))
            }
            var line: BankFileLine?
            if let seq = result.seq {
                line = bySeq[seq]
            } else if !hasSeq, let amount = result.amount {
                let same = byAccount["\(result.accountNo)/\(amount.fen)"] ?? []
                if same.count == 1 { line = same[0] }
            }
            guard let line else {
                problem("批次中没有这一笔", "no payment of the batch is meant")
                continue
            }
            guard line.accountNo == result.accountNo, line.amount == result.amount else {
                problem("第 \(line.seq) 笔的账号或金额与批次不符", "account or amount of line \(line.seq) differ from the batch")
                continue
            }
            guard answered.insert(line.seq).inserted else {
                problem("第 \(line.seq) 笔有两个结果", "line \(line.seq) is answered twice")
                continue
            }
            switch result.isPaid {
            case true:
                match.paid.append(line.seq)
                match.paidTotal += line.amount
            case false:
                let message = result.message.isEmpty ? result.status : result.message
                match.failed.append(.init(seq: line.seq, message: message))
                match.failedTotal += line.amount
            default: match.pending.append(line.seq)
            }
        }
        match.unanswered = lines.map(\.seq).filter { !answered.contains($0) }
        return match
    }

    /// Reads a result file and holds it against its batch.
    public func match(_ lines: [BankFileLine], resultFile path: String) throws(NiangjiaError) -> BankMatch {
        BankFormat.match(lines, try readResult(path: path), hasSeq: resultColumns.contains(.seq))
    }
}

extension BankFileLine {
    /// The neutral line of a batch as a file's line.
    public init(_ line: BankLine) {
        self.init(
            seq: line.n, accountNo: line.account.number, accountName: line.account.holder, amount: line.amount,
            bankName: line.account.bank ?? "", remark: line.remark)
    }
}

extension BankMatch {
    /// What the ledger is told: one result for each payment that the file answers. Throws while something in the file agrees with
    /// no payment: half a result is booked by nobody.
    public func results(_ lines: [BankFileLine]) throws(NiangjiaError) -> [BankResult] {
        if let first = problems.first {
            throw NiangjiaError(
                .invalid, zh: "回盘文件第 \(first.line) 行:\(first.message.zh)(共 \(problems.count) 处)",
                en: "result file, line \(first.line): \(first.message.en) (\(problems.count) in all)")
        }
        let messages = Dictionary(failed.map { ($0.seq, $0.message) }, uniquingKeysWith: { first, _ in first })
        let isPaid = Set(paid)
        let isPending = Set(pending)
        return lines.filter { isPaid.contains($0.seq) || isPending.contains($0.seq) || messages[$0.seq] != nil }.map {
            line in
            BankResult(
                n: line.seq, account: line.accountNo, amount: line.amount,
                isPaid: isPaid.contains(line.seq) ? true : isPending.contains(line.seq) ? nil : false,
                message: messages[line.seq] ?? "")
        }
    }
}
