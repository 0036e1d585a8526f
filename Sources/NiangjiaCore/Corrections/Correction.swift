/// Amounts of a program that were found wrong, and what is to be done about them (补发与追回).
public struct Correction: Identified, Sendable {
    /// `cor-…`
    public static let idPrefix = "cor"

    /// `proposed → booking → booked`, or `withdrawn` before it is approved.
    public enum State: String, Sendable, CaseIterable { case proposed, booking, booked, withdrawn }

    /// Names it.
    public var id: ID<Correction>
    /// The program whose decisions it corrects.
    public var program: String
    /// The bundle under which the journaled facts were judged again.
    public var bundle: String
    /// Only decisions of this day and later; nil: all of them.
    public var since: CivilDate?
    /// Why, in the words of whoever proposed it.
    public var reason: String
    /// Who proposed it, and when.
    public var proposedBy: String
    /// When it was proposed.
    public var proposedAt: Instant
    /// Who approved it: another person.
    public var approvedBy: String?
    /// How far it has come.
    public var state: State
    /// SM3 over its lines.
    public var digest: String
    /// How many entitlements it changes.
    public var count: Int
    /// What is added to amounts in all.
    public var supplement: Money
    /// What is taken from amounts in all.
    public var clawback: Money
    /// Changes with each step.
    var version: Int64
}

/// What a correction does to one entitlement.
public struct CorrectionLine: Hashable, Sendable {
    /// The decision that gave it.
    public var decision: ID<Decision>
    /// The form of the program's plugin.
    public var form: String
    var decisionRevision: Int64
    /// The entitlement as it was first made.
    public var entitlement: ID<Entitlement>
    /// How many corrections it had had.
    public var basis: Int64
    /// Whom the decision is about.
    public var subject: SubjectRef
    /// Who is paid.
    public var payee: Entitlement.Payee
    /// What stands.
    public var before: Money
    /// What should stand.
    public var target: Money
    /// What the rule grants for the whole decision now, before caps.
    public var assessed: Money
    /// What the rule says now: granted, limited or refused.
    public var result: Outcome.Result
    /// Its reason, and the reason's placeholders.
    public var code: String?
    /// Placeholders of the reason.
    public var params: [String: Value]
    /// How the difference is made up, as it stands.
    public var steps: [CorrectionStep]

    /// More than stands: 补发; negative: 追回 or 核减.
    public var difference: Money { target - before }
}

/// One change of one row of an entitlement.
public struct CorrectionStep: Hashable, Sendable {
    /// What is done.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A further revision of what was paid, for the next batch (补发).
        case supplement
        /// What was not paid yet becomes more, as its next revision (补发,并入未发放部分).
        case raise
        /// What was claimed back and isn't there yet is claimed no more (撤销追回).
        case unclaim
        /// What was not paid yet becomes less, as its next revision (核减).
        case cut
        /// What was paid is claimed back (追回).
        case claim
    }

    /// What is done.
    public var kind: Kind
    /// The row that changes; for a supplement, the one that it adds to.
    public var entitlement: ID<Entitlement>
    /// By how much, always positive.
    public var amount: Money
}

/// A decision that is left as it is, and why.
public struct CorrectionGap: Hashable, Sendable {
    /// Why a decision can't be corrected by itself.
    public enum Reason: String, Hashable, Sendable, CaseIterable {
        /// Its facts were lawfully erased.
        case erased
        /// The rule fails on the journaled facts: it reads something now that nobody read then.
        case failed
        /// The rule leaves it to a person now.
        case review
        /// It was cut for want of money; what it should have been hangs on everybody else's.
        case cut
        /// Something of it was revoked or claimed back by a person.
        case changed
        /// Goods or a fee.
        case notMoney = "not_money"
        /// The rule divides it otherwise than then.
        case parts
        /// What would have to be taken back is with the bank.
        case atBank = "at_bank"
        /// It is more than one grant may be (`each_max`).
        case overEachMax = "over_each_max"

        /// For people.
        public var title: LocalText {
            switch self {
            case .erased: LocalText(zh: "事实已依法删除,不能重算", en: "its facts were lawfully erased")
            case .failed:
                LocalText(zh: "规则用到了当时没有记录的事实,不能重算", en: "the rule reads a fact that was not journaled then")
            case .review: LocalText(zh: "规则转人工", en: "the rule leaves it to a person")
            case .cut: LocalText(zh: "当时因资金不足被核减,须人工处理", en: "it was cut for want of money")
            case .changed: LocalText(zh: "其间已撤销、追回或另行变动", en: "something of it was revoked or claimed back meanwhile")
            case .notMoney: LocalText(zh: "实物或互助费,须人工处理", en: "goods or a fee")
            case .parts: LocalText(zh: "分项与当时不同,须人工处理", en: "the rule divides it otherwise than then")
            case .atBank: LocalText(zh: "银行处理中,待回单后再更正", en: "it is with the bank: wait for the result")
            case .overEachMax: LocalText(zh: "超过单笔上限 each_max", en: "it exceeds each_max")
            }
        }
    }

    /// The decision.
    public var decision: ID<Decision>
    /// Whom it is about.
    public var subject: SubjectRef
    /// Why it stays as it is.
    public var reason: Reason
}

/// What judging a program's decisions again would change, before anybody proposes it.
public struct CorrectionDraft: Sendable {
    /// The program.
    public var program: String
    /// The bundle under which the facts were judged.
    public var bundle: String
    /// Only decisions of this day and later.
    public var since: CivilDate?
    /// Decisions that were judged again.
    public var considered = 0
    /// Decisions that come to what they stand at.
    public var unchanged = 0
    /// Entitlements whose amounts differ, in the order of their decisions.
    public var lines: [CorrectionLine] = []
    /// Decisions that stay as they are, though the rule might say something else.
    public var gaps: [CorrectionGap] = []
    /// What is to be added and the funds don't have.
    public var missing = Money.zero

    /// What one kind of step comes to.
    public func total(_ kind: CorrectionStep.Kind) -> Money {
        lines.lazy.flatMap(\.steps).filter { $0.kind == kind }.reduce(.zero) { $0 + $1.amount }
    }

    /// What is added in all.
    public var supplement: Money { total(.supplement) + total(.raise) + total(.unclaim) }
    /// What is taken in all.
    public var clawback: Money { total(.claim) + total(.cut) }

    /// Names the content: the same corrections of the same amounts have one digest.
    func digest(_ crypto: any CryptoProvider) -> String {
        CorrectionLine.digest(lines.map { ($0.entitlement, $0.basis, $0.before, $0.target) }, crypto)
    }
}

extension CorrectionLine {
    /// What the chain commits to of lines.
    static func digest(
        _ lines: [(entitlement: ID<Entitlement>, basis: Int64, before: Money, target: Money)],
        _ crypto: any CryptoProvider
    ) -> String {
        let text = lines.map { "\($0.entitlement) \($0.basis) \($0.before.fen) \($0.target.fen)\n" }.joined()
        return Hex.text(crypto.digest(Array(text.utf8)))
    }
}
