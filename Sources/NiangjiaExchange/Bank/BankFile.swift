import NiangjiaCore

/// One payment of a batch, without knowledge of ledgers.
public struct BankFileLine: Hashable, Sendable {
    /// From 1, unique in the batch; a split batch goes on counting.
    public var seq: Int
    public var accountNo: String
    public var accountName: String
    public var amount: Money
    public var bankName: String
    public var remark: String

    public init(
        seq: Int, accountNo: String, accountName: String, amount: Money, bankName: String = "", remark: String = ""
    ) {
        self.seq = seq
        self.accountNo = accountNo
        self.accountName = accountName
        self.amount = amount
        self.bankName = bankName
        self.remark = remark
    }
}

/// A file for the bank; its digest is kept by whoever exports it.
public struct BankFile: Hashable, Sendable {
    public var name: String
    public var bytes: [UInt8]
    public var count: Int
    public var total: Money
}

extension BankFormat {
    /// What a treasurer should see before approving: accounts without a right check digit, and lines that look like one payment
    /// twice. Errors are what ``files(_:on:batch:)`` refuses.
    public func findings(_ lines: [BankFileLine]) -> [(seq: Int, finding: Finding)] {
        var found: [(Int, Finding)] = []
        var seen: [String: Int] = [:]
        for line in lines {
            if !BankCard.passesLuhn(line.accountNo) {
                found.append(
                    (line.seq, Finding(.warning, "CARD_CHECK", zh: "账号校验位不符", en: "the account's check digit is wrong"))
                )
            }
            if let other = seen.updateValue(line.seq, forKey: "\(line.accountNo)/\(line.amount.fen)") {
                found.append(
                    (
                        line.seq,
                        Finding(
                            .warning, "REPEATED", zh: "与第 \(other) 笔账号、金额相同",
                            en: "the same account and amount as line \(other)")
                    ))
            }
        }
        return found
    }

    /// Writes a batch in the bank's template. Throws, and writes nothing, when a line can't be written as it is: the account, the
    /// name and the amount must reach the bank unchanged. Remarks are shortened.
    ///
    /// - Parameter title: the batch's, `2026-0007`, where the template has a column for it.
    public func files(
        _ lines: [BankFileLine], on date: CivilDate, batch: Int, title: String = ""
    ) throws(NiangjiaError) -> [BankFile] {
        guard !lines.isEmpty else { throw NiangjiaError(.invalid, zh: "批次中没有付款", en: "the batch has no payments") }
        guard Set(lines.map(\.seq)).count == lines.count else {
            throw NiangjiaError(.invalid, zh: "批次中序号重复", en: "a sequence number stands twice in the batch")
        }
        let parts = stride(from: 0, to: lines.count, by: maxRows).map {
            Array(lines[$0..<min($0 + maxRows, lines.count)])
        }
        var files: [BankFile] = []
        for (index, part) in parts.enumerated() {
            let total = part.reduce(Money.zero) { $0 + $1.amount }
            var bytes: [UInt8] = encoding == .utf8BOM ? [0xEF, 0xBB, 0xBF] : []
            if hasHeader {
                bytes += try encoding.encode(columns.map(\.title).joined(separator: String(delimiter)) + lineEnd)
            }
            let summed = totalLine.map {
                $0.replacing("{count}", with: String(part.count)).replacing("{sum_yuan}", with: total.yuan).replacing(
                    "{sum_fen}", with: String(total.fen))
            }
            if let summed, isTotalFirst { bytes += try encoding.encode(summed + lineEnd) }
            for line in part { bytes += try written(line, title) }
            if let summed, !isTotalFirst { bytes += try encoding.encode(summed + lineEnd) }
            let name = name(on: date, batch: batch, part: index + 1, of: parts.count)
            files.append(BankFile(name: name, bytes: bytes, count: part.count, total: total))
        }
        return files
    }

    private func written(_ line: BankFileLine, _ title: String) throws(NiangjiaError) -> [UInt8] {
        func refuse(_ zh: String, _ en: String) -> NiangjiaError {
            NiangjiaError(.invalid, zh: "第 \(line.seq) 笔:\(zh)", en: "line \(line.seq): \(en)")
        }
        guard line.amount.fen > 0 else { throw refuse("金额应大于 0", "the amount must be above 0") }
        guard decimals == 2 || line.amount.fen % 100 == 0 else {
            throw refuse("银行只收整元", "the bank takes whole yuan only")
        }
        let mustStay: Set<Character> = [delimiter, "\r", "\n", "\r\n"]
        for (text, zh, en) in [(line.accountNo, "账号", "account"), (line.accountName, "户名", "account name")] {
            guard !text.isEmpty else { throw refuse("缺少\(zh)", "the \(en) is missing") }
            guard !text.contains(where: mustStay.contains) else {
                throw refuse("\(zh)含有分隔符", "the \(en) holds the delimiter")
            }
        }
        let cells = columns.map { column in
            switch column {
            case .seq: padded(line.seq, seqDigits)
            case .accountNo: line.accountNo
            case .accountName: line.accountName
            case .amountYuan: amount(line.amount)
            case .amountFen: String(line.amount.fen)
            case .bankName: line.bankName.filter { !mustStay.contains($0) }
            case .remark: remark(line.remark)
            case .currency: "CNY"
            case .batch: title
            case .status, .message, .ignored: ""
            }
        }
        do {
            return try encoding.encode(cells.joined(separator: String(delimiter)) + lineEnd)
        } catch {
            throw refuse(error.message.zh, error.message.en)
        }
    }

    private func amount(_ money: Money) -> String {
        let text = hasThousands ? money.description : money.yuan
        return decimals == 0 ? String(text.dropLast(3)) : text
    }

    /// A remark without forbidden characters, cut between characters to the bytes that the bank takes.
    func remark(_ text: String) -> String {
        var out = ""
        var bytes = 0
        for character in text where !remarkForbidden.contains(character) {
            guard let count = try? encoding.encode(String(character)).count else { continue }
            bytes += count
            if bytes > remarkBytes { break }
            out.append(character)
        }
        return out
    }

    private func padded(_ number: Int, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    private func name(on date: CivilDate, batch: Int, part: Int, of parts: Int) -> String {
        let (year, month, day) = date.parts
        var name = fileName.replacing("{date:yyyyMMdd}", with: "\(padded(year, 4))\(padded(month, 2))\(padded(day, 2))")
        for digits in 1...9 {
            name = name.replacing("{batch:0\(digits)}", with: padded(batch, digits)).replacing(
                "{part:0\(digits)}", with: padded(part, digits))
        }
        name = name.replacing("{batch}", with: String(batch))
        if name.contains("{part}") { return name.replacing("{part}", with: String(part)) }
        if parts == 1 || fileName.contains("{part:") { return name }
        guard let dot = name.lastIndex(of: ".") else { return name + "-\(part)" }
        return name[..<dot] + "-\(part)" + name[dot...]
    }
}
