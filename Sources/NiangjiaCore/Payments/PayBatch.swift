/// A batch of payments for the bank (代发批次).
///
/// `building → built → checked → approved → exported → settled`, or `void` before it is exported. Who built it doesn't approve it.
///
/// Its lines are moved in blocks, so that people's writes get their turn between them (decision 0094): they come in while it is
/// `building`, and where it is exported or void they follow it (``isUnderWay``).
public struct PayBatch: Identified {
    public static let idPrefix = "bat"

    public enum State: String, Sendable, CaseIterable {
        case building, built, checked, approved, exported, settled, void
    }

    public var id: ID<PayBatch>
    /// The number that people say: year and running number, without gaps.
    public var year: Int
    public var number: Int64
    public var program: String
    public var state: State
    public var version: Int64
    public var count: Int
    public var total: Money
    public var builtBy: String
    public var approvedBy: String?
    public var exportedBy: String?
    public var exportedAt: Instant?
    /// SM3 of what was exported, for the bank's second operator.
    public var digest: [UInt8]?
    /// What was written for the bank: its names, joined by `, `.
    public var fileName: String?
    /// SM3 of the bytes of what was written, one file after another.
    public var fileDigest: [UInt8]?
    /// Up to which line they have followed the batch to its state; nil: all of them have.
    public var followed: Int?

    /// Whether some of its lines still have to follow it to its state.
    public var isUnderWay: Bool { followed != nil }

    /// `2026-0007`.
    public var title: String { PayBatch.title(year: year, number: number) }

    static func title(year: Int, number: Int64) -> String {
        let text = String(number)
        return "\(year)-" + String(repeating: "0", count: max(0, 4 - text.count)) + text
    }
}

/// A payee's bank account in the clear: only on its way into a sealed column or a bank file.
public struct BankAccount: Sendable, Hashable {
    public var number: String
    public var holder: String
    public var bank: String?

    public init(number: String, holder: String, bank: String? = nil) {
        self.number = number
        self.holder = holder
        self.bank = bank
    }
}

/// A line of a batch in the neutral form from which any bank's file is written.
public struct BankLine: Sendable, Hashable {
    /// From 1.
    public var n: Int
    public var payment: ID<Payment>
    public var account: BankAccount
    public var amount: Money
    public var remark: String
}

/// What building made, and whom it had to leave out.
public struct BuiltBatch: Sendable, Hashable {
    public var batch: ID<PayBatch>
    public var title: String
    public var count: Int
    public var total: Money
    /// Approved entitlements that can't be paid yet, for want of an account.
    public var withoutAccount: [ID<Entitlement>]
    /// Approved entitlements whose payees' accounts can't be read: somebody altered or exchanged them, or their key is gone.
    public var unreadable: [UnreadableAccount]
    /// Approved entitlements whose payees have changed their account since the approval, or since a batch had them, and not
    /// confirmed it yet.
    public var unconfirmed: [ID<Entitlement>]
    /// Approved entitlements for which the like was sent before a restore: a person says first whether that was they.
    public var sentBefore: [ID<Entitlement>]
    /// Approved entitlements that aren't paid before a day which hasn't come (`pay.from`).
    public var early: [ID<Entitlement>]
}

/// What checking found.
public struct BatchCheck: Sendable, Hashable {
    public struct Finding: Sendable, Hashable {
        /// Stable: `SUM`, `DUPLICATE_PAYMENT`, `SHARED_ACCOUNT`, `LUHN`, `ACCOUNT_NAME`, `PAYEE_DECEASED`.
        public var code: String
        /// The line, where it concerns one.
        public var n: Int?
        public var text: LocalText
        /// Whether the batch can't be approved with it; other findings are for the approver's eyes.
        public var blocks: Bool
    }

    public var count: Int
    public var total: Money
    public var findings: [Finding]
    public var isPassed: Bool { !findings.contains(where: \.blocks) }
}

/// What was exported: the lines, and what the bank's second operator compares.
public struct BatchExport: Sendable, Hashable {
    public var batch: ID<PayBatch>
    public var title: String
    public var lines: [BankLine]
    public var count: Int
    public var total: Money
    public var digest: [UInt8]
}

/// A line of the bank's answer.
public struct BankResult: Sendable, Hashable {
    public var n: Int
    public var account: String
    public var amount: Money
    /// nil: the bank doesn't say yet. Unknown is not failed.
    public var isPaid: Bool?
    public var message: String

    public init(n: Int, account: String, amount: Money, isPaid: Bool?, message: String = "") {
        self.n = n
        self.account = account
        self.amount = amount
        self.isPaid = isPaid
        self.message = message
    }
}

/// What a result file did.
public struct BatchOutcome: Sendable, Hashable {
    public var paid: Int
    public var failed: Int
    /// Lines that are still with the bank.
    public var unknown: Int
    public var isSettled: Bool { unknown == 0 }

    public init(paid: Int, failed: Int, unknown: Int) {
        self.paid = paid
        self.failed = failed
        self.unknown = unknown
    }
}
