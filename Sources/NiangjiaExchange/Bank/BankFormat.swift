import NiangjiaCore

/// A bank's template for batch payments (代发), as a city writes it down: there is no national standard.
public struct BankFormat: Hashable, Sendable {
    /// What a column of a line holds.
    public enum Column: String, Sendable, Hashable, CaseIterable {
        case seq
        case accountNo = "account_no"
        case accountName = "account_name"
        case amountYuan = "amount_yuan"
        case amountFen = "amount_fen"
        case bankName = "bank_name"
        case remark
        case currency
        case status
        case message
        /// The batch's title, `2026-0007`: of a bank that takes a reference of ours and answers with it, so that no answer is taken for
        /// another batch.
        case batch
        /// A column of the result that nothing is read from.
        case ignored = "_"

        /// Its title in files with a header.
        var title: String {
            switch self {
            case .seq: "序号"
            case .accountNo: "账号"
            case .accountName: "户名"
            case .amountYuan, .amountFen: "金额"
            case .bankName: "开户行"
            case .remark: "摘要"
            case .currency: "币种"
            case .status: "状态"
            case .message: "说明"
            case .batch: "批次"
            case .ignored: ""
            }
        }
    }

    public var id: String
    public var encoding: TextEncoding
    public var lineEnd: String
    public var delimiter: Character
    public var hasHeader: Bool
    /// `T|{count}|{sum_yuan}`; nil writes none.
    public var totalLine: String?
    /// Whether the total stands before the lines; else behind them.
    public var isTotalFirst: Bool
    public var columns: [Column]
    /// Digits of the sequence number, with leading zeros; 0 writes it plain.
    public var seqDigits: Int
    /// Decimals of amounts in yuan: 2, or 0 where the bank takes whole yuan only.
    public var decimals: Int
    public var hasThousands: Bool
    /// The longest remark in bytes of the file's encoding.
    public var remarkBytes: Int
    /// Characters that a remark may not hold; they are left out.
    public var remarkForbidden: Set<Character>
    /// The most lines of a file; a longer batch becomes several.
    public var maxRows: Int
    /// `DF{date:yyyyMMdd}{batch:03}.txt`; `{part:02}` numbers the files of a split batch.
    public var fileName: String
    public var resultColumns: [Column]
    /// The statuses that mean paid.
    public var resultOK: Set<String>
    /// The statuses that mean failed for good. Any other is unknown, and unknown is never failed: it would be paid twice.
    public var resultFailed: Set<String>

    /// What means failed at every bank, where a format names nothing. A bank's own codes must be named.
    public static let failedWords: Set<String> = ["失败", "交易失败", "支付失败", "付款失败"]

    /// Reads the map under `bank_format`. The error's place is a JSON pointer.
    public init(_ value: Value) throws(NiangjiaError) {
        let known: Set<String> = [
            "id", "encoding", "line_end", "delimiter", "header", "total_line", "total_position", "columns",
            "seq_digits", "amount",
            "remark", "max_rows", "file_name", "result",
        ]
        if let stranger = value.map?.keys.filter({ !known.contains($0) }).min() {
            throw BankFormat.wrong("/\(stranger)", "不认识的键 \(stranger)", "unknown key \(stranger)")
        }
        guard let id = value["id"].text, !id.isEmpty else {
            throw BankFormat.wrong("/id", "缺少 id", "the id is missing")
        }
        self.id = id
        let name = value["encoding"].text ?? "gb18030"
        guard let encoding = TextEncoding(rawValue: name) else {
            throw BankFormat.wrong("/encoding", "不支持的编码 \(name)", "unknown encoding \(name)")
        }
        self.encoding = encoding
        lineEnd = value["line_end"].text ?? "\r\n"
        let delimiter = value["delimiter"].text ?? "|"
        guard delimiter.count == 1, let mark = delimiter.first, mark.isASCII else {
            throw BankFormat.wrong("/delimiter", "分隔符应为一个 ASCII 字符", "the delimiter is one ASCII character")
        }
        self.delimiter = mark
        hasHeader = value["header"].bool ?? false
        totalLine = value["total_line"].text
        isTotalFirst = value["total_position"].text == "first"
        columns = try BankFormat.columns(value["columns"], at: "/columns")
        for needed in [Column.accountNo, .accountName] where !columns.contains(needed) {
            throw BankFormat.wrong("/columns", "缺少列 \(needed.rawValue)", "the column \(needed.rawValue) is missing")
        }
        guard columns.contains(.amountYuan) || columns.contains(.amountFen) else {
            throw BankFormat.wrong("/columns", "缺少金额列", "no column holds the amount")
        }
        seqDigits = Int(value["seq_digits"].int ?? 6)
        decimals = Int(value.at(path: "amount.decimals").int ?? 2)
        guard decimals == 2 || decimals == 0 else {
            throw BankFormat.wrong("/amount/decimals", "小数位应为 2 或 0", "decimals are 2 or 0")
        }
        hasThousands = value.at(path: "amount.thousands").bool ?? false
        remarkBytes = Int(value.at(path: "remark.max_bytes").int ?? 40)
        remarkForbidden = Set((value.at(path: "remark.forbid").list ?? []).compactMap { $0.text?.first })
        remarkForbidden.formUnion([mark, "\r", "\n", "\r\n", "\""])
        maxRows = Int(value["max_rows"].int ?? 5000)
        guard maxRows > 0 else { throw BankFormat.wrong("/max_rows", "max_rows 应大于 0", "max_rows is above 0") }
        fileName = value["file_name"].text ?? "DF{date:yyyyMMdd}{batch:03}.txt"
        guard !fileName.contains("/") else {
            throw BankFormat.wrong("/file_name", "文件名不能含 /", "a file name holds no slash")
        }
        resultColumns =
            value["result"]["columns"].isNull
            ? [] : try BankFormat.columns(value["result"]["columns"], at: "/result/columns")
        resultOK = BankFormat.words(value["result"]["ok"])
        resultFailed =
            value["result"]["failed"].isNull ? BankFormat.failedWords : BankFormat.words(value["result"]["failed"])
    }

    private static func columns(_ value: Value, at place: String) throws(NiangjiaError) -> [Column] {
        var found: [Column] = []
        for (index, item) in (value.list ?? []).enumerated() {
            guard let column = item.text.flatMap(Column.init) else {
                let names = Column.allCases.map(\.rawValue).joined(separator: ", ")
                throw wrong("\(place)/\(index)", "不认识的列;可用:\(names)", "unknown column; there are: \(names)")
            }
            found.append(column)
        }
        guard !found.isEmpty else { throw wrong(place, "缺少列", "columns are missing") }
        return found
    }

    private static func words(_ value: Value) -> Set<String> {
        Set((value.list ?? []).compactMap { $0.text ?? $0.int.map(String.init) })
    }

    static func wrong(_ place: String, _ zh: String, _ en: String) -> NiangjiaError {
        NiangjiaError(.configuration, zh: zh, en: en, place: place)
    }
}
