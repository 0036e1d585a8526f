import Foundation
import NiangjiaCore
import NiangjiaExchange

/// Files for the bank and from it.
enum BankFiles {
    /// A template of the bundle by name; without a name, the only one.
    static func format(_ name: String?, in bundle: NiangjiaCore.Bundle) throws -> BankFormat {
        let names = bundle.banks.keys.sorted()
        let chosen = name ?? (names.count == 1 ? names[0] : nil)
        guard let chosen, let value = bundle.banks[chosen] else {
            throw NiangjiaError(
                .invalid, zh: "请用 --template 指定银行模板:\(names.joined(separator: " "))",
                en: "Name the bank's template with --template: \(names.joined(separator: " "))", place: "/template")
        }
        do {
            return try BankFormat(value)
        } catch {
            throw NiangjiaError(
                error.code, zh: error.message.zh, en: error.message.en,
                place: "config/banks/\(chosen).yaml" + (error.place.map { ": \($0)" } ?? ""))
        }
    }

    /// The bank's files of a batch. Pure: the same batch gives the same bytes.
    static func files(_ export: BatchExport, _ format: BankFormat, on date: CivilDate) throws -> [BankFile] {
        let lines = export.lines.map {
            BankFileLine(
                seq: $0.n, accountNo: $0.account.number, accountName: $0.account.holder, amount: $0.amount,
                bankName: $0.account.bank ?? "", remark: $0.remark)
        }
        let number = Int(export.title.split(separator: "-").last ?? "") ?? 0
        return try format.files(lines, on: date, batch: number, title: export.title)
    }

    /// What was entered from the bank's answer is never sent: the bank has had it.
    static let isAnswered = NiangjiaError(
        .conflict, zh: "这个批次是恢复后凭银行回单补登的:银行已经收到过,不再写出文件。",
        en: "This batch was entered from the bank's answer after a restore: the bank has had it, no file is written.")

    /// Writes one file, readable by the owner only, complete or not at all.
    static func put(_ bytes: [UInt8], name: String, in folder: String) throws {
        let path = "\(folder)/\(name)"
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        } catch {
            throw NiangjiaError(
                .store, zh: "银行文件没有写成:加 --again 再次导出,会写出相同的文件。",
                en: "The bank's file could not be written: exporting with --again writes the same.", place: path,
                cause: "\(error)")
        }
    }

    /// The sheet that goes with the files: sums, digest and the chain's head, which so leaves the machine.
    static func sheet(_ export: BatchExport, number: Int64, files: [String], digest: String, head: String) -> String {
        """
        代发批次交接单  \(export.title)
        导出序号 \(number)
        笔数 \(export.count)  金额 \(export.total) 元
        文件 \(files.joined(separator: ", "))
        文件摘要(SM3) \(digest)
        事件链头 \(head)
        (审计人员可用 niangjia audit verify --head 上面的字符 核对;恢复备份后用导出序号和链头解锁:niangjia batch entered)

        """
    }

    /// A bank's answer as the batches take it, and what in it is no reason to refuse it, but to look: another holder's name.
    static func results(
        _ path: String, _ format: BankFormat, _ sent: BatchExport
    ) throws -> (results: [BankResult], warnings: [LocalText]) {
        let answers = try format.readResult(path: path)
        guard !answers.isEmpty else {
            throw NiangjiaError(
                .conflict, zh: "回单文件中没有一行对得上这个批次,什么都没有登记:请核对文件和银行模板(--template)。",
                en:
                    "No line of this file answers the batch; nothing was entered. Check the file and the bank's template.",
                place: (path as NSString).lastPathComponent)
        }
        let byAccount = Dictionary(grouping: sent.lines) { "\($0.account.number)/\($0.amount.fen)" }
        let holders = Dictionary(sent.lines.map { ($0.n, $0.account.holder) }, uniquingKeysWith: { first, _ in first })
        var warnings: [LocalText] = []
        let results = try answers.map { answer in
            if let batch = answer.batch, batch != sent.title {
                throw NiangjiaError(
                    .conflict, zh: "回单这一行属于批次“\(batch)”,不是 \(sent.title),什么都没有登记:请核对文件。",
                    en: "This line of the answer is about batch “\(batch)”, not \(sent.title); nothing was entered.",
                    place: "\((path as NSString).lastPathComponent):\(answer.line)")
            }
            let amount = answer.amount ?? .zero
            let alone = byAccount["\(answer.accountNo)/\(amount.fen)"].flatMap { $0.count == 1 ? $0[0].n : nil }
            guard let n = answer.seq ?? alone else {
                throw NiangjiaError(
                    .invalid, zh: "回单这一行对不上任何一笔付款。", en: "This line of the answer means no payment.",
                    place: "\((path as NSString).lastPathComponent):\(answer.line)")
            }
            if let holder = holders[n], !isHolder(answer.accountName, holder) {
                let (sent, said) = (Masking.name(holder), Masking.name(answer.accountName))
                warnings.append(
                    LocalText(
                        zh: "第 \(n) 笔户名不符:发送的是 \(sent),回单是 \(said),请向银行核实是否付给了本人",
                        en: "line \(n): sent to \(sent), the bank names \(said); ask the bank whom it paid"))
            }
            if answer.isPaid == nil, !answer.status.isEmpty { warnings.append(unknownStatus(answer, n)) }
            return BankResult(
                n: n, account: answer.accountNo, amount: amount, isPaid: answer.isPaid,
                message: answer.message.isEmpty && answer.isPaid == false ? answer.status : answer.message)
        }
        return (results, warnings)
    }

    /// What a bank's file is known by: SM3 of it as it came.
    static func digest(_ path: String, _ crypto: any CryptoProvider) throws -> [UInt8] {
        do { return crypto.digest([UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))) } catch {
            throw NiangjiaError(
                .invalid, zh: "回单文件读不出来。", en: "The bank's file can't be read.",
                place: (path as NSString).lastPathComponent, cause: "\(error)")
        }
    }

    /// A status that the template doesn't know is no failure, or it might be paid twice; but somebody must ask the bank.
    private static func unknownStatus(_ answer: BankResultLine, _ n: Int) -> LocalText {
        let status = answer.status.prefix(40)
        return LocalText(
            zh: "第 \(n) 笔(文件第 \(answer.line) 行)的结果代码“\(status)”不在银行模板的 ok、failed 中,按未回登记:请向银行核实,或补进模板后再读入回单",
            en:
                "line \(n) (row \(answer.line) of the file): the template doesn't know the status “\(status)”, so it counts as not told; ask the bank, or add it to the template's ok or failed and enter the answer again"
        )
    }

    /// Whether a bank's name for the holder may be the one that was sent; banks leave it out, or mask characters with `*`.
    static func isHolder(_ answered: String, _ sent: String) -> Bool {
        let (said, known) = (plain(answered), plain(sent))
        guard !said.isEmpty else { return true }
        guard said.contains("*") else { return said == known }
        return said.count == known.count && zip(said, known).allSatisfy { $0 == "*" || $0 == $1 }
    }

    private static func plain(_ name: String) -> [Character] {
        TextFolding.halfWidth(name).lowercased().filter { !$0.isWhitespace }.map { $0 }
    }
}
