/// A report of the books as rows: the terminal, CSV, xlsx and JSON all show the same.
public struct FundTable: Sendable, Hashable {
    /// A column.
    public struct Column: Sendable, Hashable, ExpressibleByStringLiteral {
        /// Its name in JSON; money ends in `_fen`.
        public var name: String
        /// What people read.
        public var title: LocalText
        /// What people read instead of stable words, by these; empty: the text as it is.
        public var words: [String: LocalText]
        /// Whether programs, too, read ``words``: what stands there is a title, no stable word.
        var isTold: Bool
        /// What people read where there is nothing.
        public var none: LocalText?

        /// Whether it holds money.
        public var isMoney: Bool { name.hasSuffix("_fen") }

        /// A column of ``known``, with words for what its texts may be.
        init(_ name: String, words: [String: LocalText] = [:], isTold: Bool = false, none: LocalText? = nil) {
            self.name = name
            self.words = words
            self.isTold = isTold
            self.none = none
            let title = Column.known[name] ?? (name, name)
            self.title = LocalText(zh: title.0, en: title.1)
        }

        /// The subjects of the trade unions' accounting system in English; a city's own ones stay as it wrote them.
        static let subjects: [String: LocalText] = Dictionary(
            uniqueKeysWithValues: [
                ("拨缴经费收入", "Dues income"), ("上级补助收入", "Subsidies from upper unions"),
                ("政府补助收入", "Government subsidies"), ("会费收入", "Membership fees"), ("其他收入", "Other income"),
                ("捐赠收入", "Donations"), ("工会资金结余", "Union fund balance"), ("专用基金", "Special-purpose funds"),
                ("专用基金(已承诺未付)", "Special-purpose funds (committed, unpaid)"), ("银行存款", "Bank deposits"),
                ("银行存款(代发在途)", "Bank deposits (payments in transit)"), ("其他应付款", "Other payables"),
                ("其他应收款", "Other receivables"),
                ("其他应收款(垫付)", "Other receivables (advanced)"), ("职工服务支出", "Spending on services for workers"),
                ("维权支出", "Spending on the defence of rights"),
                ("业务支出", "Programme spending"), ("职工活动支出", "Spending on workers' activities"),
                ("补助下级支出", "Subsidies to lower unions"), ("其他支出", "Other spending"),
            ].map { ($0.0, LocalText(zh: $0.0, en: $0.1)) })

        /// A column of ``known``.
        public init(stringLiteral name: String) {
            self.init(name)
        }

        /// What columns are called, wherever they stand.
        private static let known: [String: (String, String)] = [
            "account": ("账户", "account"),
            "subject": ("科目编号", "subject"),
            "subject_title": ("会计科目", "title"),
            "opening_fen": ("期初余额", "opening"),
            "debit_fen": ("本期增加", "in"),
            "credit_fen": ("本期减少", "out"),
            "closing_fen": ("期末余额", "closing"),
            "line": ("资金", "line"),
            "source": ("来源", "source"),
            "purpose": ("用途", "purpose"),
            "budget_fen": ("年初预算", "budget"),
            "given_fen": ("实有额度", "given"),
            "committed_fen": ("已承诺未付", "committed"),
            "paid_fen": ("已支付", "paid"),
            "claims_fen": ("追回应收", "claims"),
            "available_fen": ("可用", "available"),
            "queued_fen": ("现有排队待付", "queued now"),
            "rate": ("执行率", "executed"),
            "state": ("状态", "state"),
            "program": ("项目", "program"),
            "count": ("笔数", "count"),
            "free_fen": ("未使用", "free"),
            "voucher": ("凭证", "voucher"),
            "booked_on": ("记账日期", "booked"),
            "effective_on": ("业务日期", "effective"),
            "stage": ("阶段", "stage"),
            "amount_fen": ("金额", "amount"),
            "balance_fen": ("余额", "balance"),
            "memo": ("摘要", "memo"),
            "about": ("关联", "about"),
            "actor": ("经办", "actor"),
            "entitlement": ("待遇", "entitlement"),
            "on": ("核定日期", "decided for"),
            "age_days": ("天数", "days"),
        ]
    }

    /// What it is called.
    public var title: LocalText
    /// In the order in which they are shown.
    public var columns: [Column]
    /// One value a column: text, integers, null for what is not known.
    public var rows: [[Value]]

    /// A row's cells as people read them: money in yuan, nothing for what isn't known.
    public func cells(of row: [Value], _ language: Language = .zh) -> [String] {
        zip(columns, row).map { column, value in
            if column.isMoney, let fen = value.int { return Money(fen: fen).yuan }
            return value.text.map { column.words[$0]?[language] ?? $0 } ?? value.int.map(String.init)
                ?? column.none?[language] ?? ""
        }
    }

    /// For programs: stable words, money in fen, titles in a language.
    public func value(_ language: Language) -> Value {
        .list(
            rows.map { row in
                let members = zip(columns, row).map { column, cell -> (String, Value) in
                    let title = column.isTold ? cell.text.flatMap { column.words[$0] } : nil
                    return (column.name, title.map { .text($0[language]) } ?? cell)
                }
                return .map(Dictionary(uniqueKeysWithValues: members))
            })
    }
}
