/// A payee's account that can't be opened: it was exchanged with another's, changed in the file, or its key is gone.
public struct UnreadableAccount: Sendable, Hashable {
    /// The batch and the line that pays it; nil: it is in none yet.
    public var line: Line?
    /// What is to be paid.
    public var entitlement: ID<Entitlement>
    /// Whose account it is, by the register's id; `-` where the case is sealed.
    public var payee: String

    /// A line of a batch.
    public struct Line: Sendable, Hashable {
        /// The batch's number, as people say it.
        public var batch: String
        /// The line's number in it, from 1.
        public var n: Int
    }

    init(of one: Entitlement, line: Line? = nil, in reader: any StoreReader) throws {
        self.line = line
        entitlement = one.id
        let text = one.payee.id.map { id in
            one.payee.kind == .person
                ? ID<Person>(rawValue: id).text : ID<Organization>(rawValue: id).text
        }
        payee = try SealedFilers.told(text ?? SealedFilers.nobody, of: one.caseID, in: reader)
    }

    /// Names it.
    public var words: LocalText {
        let place = line.map {
            LocalText(zh: "批次 \($0.batch) 第 \($0.n) 笔,", en: "line \($0.n) of batch \($0.batch), ")
        }
        return LocalText(
            zh: "\(place?.zh ?? "")收款人 \(payee)(\(entitlement)):登记的收款账号无法读取,内容被改动、被换成别人的,或密钥已销毁",
            en:
                "\(place?.en ?? "")payee \(payee) (\(entitlement)): the registered account can't be read; it was altered, exchanged with another's, or its key is gone"
        )
    }

    /// How somebody whose account can't be read gets paid.
    public static let remedy = LocalText(
        zh: "请向本人核实账号,重新导入登记资料,经收款人确认(niangjia batch confirm)后再制单;是谁改的,见 niangjia audit verify",
        en:
            "Ask the payees for their accounts, import them into the register again, have them confirmed (niangjia batch confirm) and build a batch then; who altered them: niangjia audit verify"
    )

    /// Names the first few.
    static func named(_ some: [UnreadableAccount], _ language: Language) -> String {
        let more = some.count > 3 ? LocalText(zh: "等 \(some.count) 笔", en: " and \(some.count - 3) more") : nil
        let names = some.prefix(3).map { $0.words[language] }.joined(separator: language == .zh ? ";" : "; ")
        return names + (more?[language] ?? "")
    }
}

extension PayeeAccounts {
    /// Accounts of batches that wait for their export which can't be opened; each is opened once.
    public static func unreadable(in reader: any StoreReader, _ crypto: any CryptoProvider) throws
        -> [UnreadableAccount]
    {
        let batches = try reader.all(
            "SELECT id FROM pay_batch WHERE state IN ('built', 'checked', 'approved') ORDER BY id", []
        ) { $0.id(0, PayBatch.self) }
        return try batches.flatMap { batch in
            try unreadable(in: Batches.storedLines(of: batch, in: reader), of: batch, in: reader, crypto)
        }
    }

    /// Those of some lines of a batch.
    static func unreadable(
        in lines: [Batches.StoredLine], of batch: ID<PayBatch>, in reader: any StoreReader, _ crypto: any CryptoProvider
    ) throws -> [UnreadableAccount] {
        let title = try Batches.load(batch, in: reader).title
        return try lines.compactMap { line in
            let one = try Entitlements.load(line.payment.entitlement, in: reader)
            do {
                _ = try account(of: one.payee, in: reader, crypto)
                return nil
            } catch let error as NiangjiaError where error.code == .unreadable {
                return try UnreadableAccount(of: one, line: .init(batch: title, n: line.n), in: reader)
            }
        }
    }
}

extension Batches {
    /// Names the first few, and says how the rest of the batch gets paid.
    static func unreadableAccounts(_ batch: PayBatch, _ unread: [UnreadableAccount]) -> NiangjiaError {
        return NiangjiaError(
            .unreadable,
            zh:
                "\(UnreadableAccount.named(unread, .zh))。没有导出:请运行 niangjia batch refresh \(batch.id) 取出这些笔并重新复核;向本人核实账号,重新导入登记资料,经收款人确认(niangjia batch confirm)后在下一批次支付;是谁改的,见 niangjia audit verify。",
            en:
                "\(UnreadableAccount.named(unread, .en)). Nothing was exported: run niangjia batch refresh \(batch.id), which takes them out, and have the batch approved again. Ask the payees for their accounts, import them into the register again, have them confirmed (niangjia batch confirm), and the next batch pays them; who altered them: niangjia audit verify."
        )
    }
}
