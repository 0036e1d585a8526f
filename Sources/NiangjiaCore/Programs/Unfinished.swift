/// What a program still owes, is owed or has to decide. While there is any, its file stays: by it people are paid, given what is
/// theirs, heard and told why.
public struct Unfinished: Hashable, Sendable {
    /// How many of something, and what they come to.
    public struct Sum: Hashable, Sendable {
        /// How many.
        public var count: Int64
        /// What they come to.
        public var amount: Money
    }

    /// Applications that nobody has decided to the end.
    public var cases: Int64
    /// Runs that have begun and not ended, and corrections that wait or are being booked.
    public var works: Int64
    /// Whom runs left waiting for money, a place or a person's word.
    public var waiting: Int64
    /// Granted and neither paid, delivered nor released: queued, held, approved, in a batch, with the bank, failed.
    public var entitlements: Sum
    /// Asked back after payment, and what has not come in of that (追回).
    public var claims: Sum

    /// What of a program isn't finished.
    public static func of(_ program: String, in reader: any StoreReader) throws -> Unfinished {
        func count(_ rows: String) throws -> Int64 {
            try reader.integer("SELECT COUNT(*) FROM \(rows)", [.text(program)]) ?? 0
        }
        func sum(_ amount: String, _ condition: String) throws -> Sum {
            try reader.first(
                "SELECT COUNT(*), COALESCE(SUM(\(amount)), 0) FROM entitlement WHERE program = $1 AND \(condition)",
                [.text(program)]
            ) { Sum(count: $0.int(0), amount: $0.money(1)) } ?? Sum(count: 0, amount: .zero)
        }
        return Unfinished(
            cases: try count("case_file WHERE program = $1 AND state IN (\(openCases))"),
            works: try count("run WHERE program = $1 AND \(RunRecord.isOpen)")
                + count("correction WHERE program = $1 AND state IN ('proposed', 'booking')"),
            // An application that waits is counted as such.
            waiting: try count(
                "decision WHERE program = $1 AND run IS NOT NULL AND state IN ('waitlisted', 'open')"),
            entitlements: try sum("amount", "state IN ('queued', 'held', 'approved', 'batched', 'exported', 'failed')"),
            claims: try sum("claimed - recovered", "state = 'clawed_back' AND claimed > recovered"))
    }

    private static let openCases = CaseState.allCases.filter(\.isOpen).map { "'\($0.rawValue)'" }
        .joined(separator: ", ")

    /// What there is of it, in words; nil: nothing.
    public var words: LocalText? {
        var (zh, en): ([String], [String]) = ([], [])
        func tell(_ count: Int64, _ zhWords: String, _ enWords: String) {
            guard count > 0 else { return }
            zh.append(zhWords)
            en.append(enWords)
        }
        tell(
            entitlements.count, "未付未发的待遇 \(entitlements.count) 笔 \(entitlements.amount) 元",
            "\(entitlements.count) entitlements of \(entitlements.amount) yuan that are neither paid nor delivered")
        tell(
            claims.count, "未收回的追回 \(claims.count) 笔 \(claims.amount) 元",
            "\(claims.count) claims of which \(claims.amount) yuan have not come in")
        tell(cases, "未办结的申请 \(cases) 件", "\(cases) applications that are open")
        tell(waiting, "候补或待人工的 \(waiting) 人", "\(waiting) who wait")
        tell(works, "进行中的核定或更正 \(works) 项", "\(works) runs or corrections that are under way")
        guard !zh.isEmpty else { return nil }
        return LocalText(zh: zh.joined(separator: "、"), en: en.joined(separator: ", "))
    }
}

extension CaseState {
    /// Whether somebody still has to do something about it: review it, pay it, or wait for what is missing.
    var isOpen: Bool {
        switch self {
        case .inCheck, .returned, .underNotice, .approved, .waitlisted, .manual, .underWay, .entered: true
        case .done, .refused, .rejected, .withdrawn, .clawedBack, .revoked, .lapsed: false
        }
    }
}
