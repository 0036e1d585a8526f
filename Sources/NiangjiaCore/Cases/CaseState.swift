/// What became of an objection during public notice, or of an applicant's to a refusal.
public enum Objection: String, Hashable, Sendable {
    case open
    case upheld
    case rejected
}

/// The states of a case, and which follow which: the one state machine of cases.
///
/// Each transition is conditional on state and version in the database; nothing else moves a case.
public enum CaseState: String, Hashable, Sendable, CaseIterable {
    /// With a reviewer of a level (审核中).
    case inCheck = "in_check"
    /// Sent back for correction or missing papers (退回补正).
    case returned
    /// On public notice (公示中).
    case underNotice = "under_notice"
    /// Approved; what it gives is on its way (已核准).
    case approved
    /// Everything that was approved has been paid or delivered (已发放).
    case done
    /// The rule says no (不符合条件).
    case refused
    /// A person says no (不予通过).
    case rejected
    /// Waits for money or a place (候补).
    case waitlisted
    /// Waits for a person to decide what the rule can't (转人工).
    case manual
    /// On its way through the stages of its form; what it gives is held (办理中).
    case underWay = "under_way"
    /// Entered, and decided together with all others when entries have closed or the season has ended (待统一评定).
    case entered
    /// Taken back by the applicant (撤回).
    case withdrawn
    /// Paid and asked back (追回中 / 已追回).
    case clawedBack = "clawed_back"
    /// What was granted fell, by a recheck or an action (已撤销).
    case revoked
    /// Nobody came for it in time (逾期失效).
    case lapsed

    /// Where a case may go from here.
    public var next: Set<CaseState> {
        switch self {
        case .inCheck:
            // Straight to done where what stands gives nothing: a place, a claim below the deductible.
            [
                .inCheck, .returned, .underNotice, .approved, .done, .refused, .rejected, .waitlisted, .manual,
                .withdrawn, .underWay, .entered,
            ]
        case .underWay:
            [
                .underWay, .inCheck, .underNotice, .approved, .done, .refused, .rejected, .returned, .waitlisted,
                .manual, .withdrawn, .revoked,
            ]
        case .entered:
            [
                .entered, .inCheck, .returned, .underNotice, .approved, .done, .refused, .waitlisted, .manual,
                .underWay,
                .withdrawn,
            ]
        case .returned:
            [
                .inCheck, .approved, .done, .refused, .waitlisted, .manual, .underNotice, .withdrawn, .rejected,
                .returned, .underWay, .entered,
            ]
        case .underNotice: [.approved, .done, .inCheck, .rejected, .refused, .waitlisted, .manual, .withdrawn]
        case .approved: [.done, .withdrawn, .clawedBack, .revoked, .lapsed]
        // Open again: the bank sent the money back, or a correction adds to it.
        case .done: [.approved, .withdrawn, .clawedBack, .revoked, .lapsed]
        // By a waiver, and then as any judged case.
        case .refused: [.inCheck, .approved, .done, .refused, .underNotice, .waitlisted, .manual, .entered]
        case .rejected: [.inCheck]
        case .waitlisted:
            [
                .approved, .done, .refused, .manual, .inCheck, .underNotice, .returned, .withdrawn, .waitlisted,
                .underWay,
            ]
        case .manual:
            [
                .inCheck, .approved, .done, .rejected, .returned, .refused, .waitlisted, .underNotice, .withdrawn,
                .underWay, .entered,
            ]
        case .withdrawn, .clawedBack, .revoked, .lapsed: []
        }
    }

    /// The word that people see.
    public var title: LocalText {
        switch self {
        case .inCheck: LocalText(zh: "审核中", en: "under review")
        case .returned: LocalText(zh: "退回补正", en: "returned for correction")
        case .underNotice: LocalText(zh: "公示中", en: "on public notice")
        case .approved: LocalText(zh: "已核准", en: "approved")
        case .done: LocalText(zh: "已发放", en: "paid or delivered")
        case .refused: LocalText(zh: "不符合条件", en: "not eligible")
        case .rejected: LocalText(zh: "不予通过", en: "rejected")
        case .waitlisted: LocalText(zh: "候补", en: "waiting list")
        case .manual: LocalText(zh: "转人工", en: "with a person for review")
        case .underWay: LocalText(zh: "办理中", en: "under way")
        case .withdrawn: LocalText(zh: "已撤回", en: "withdrawn")
        case .clawedBack: LocalText(zh: "已追回", en: "clawed back")
        case .entered: LocalText(zh: "待统一评定", en: "entered; all are decided together")
        case .revoked: LocalText(zh: "已撤销", en: "revoked")
        case .lapsed: LocalText(zh: "逾期失效", en: "lapsed")
        }
    }
}

extension CaseAction {
    /// Where a case must be for this. A case that waits for money or a place, or that a person has turned down, is moved by its
    /// applicant or by the host alone.
    var states: Set<CaseState> {
        switch self {
        case .approve, .sendBack: [.inCheck, .manual]
        case .reject: [.inCheck, .manual, .returned, .underNotice, .underWay]
        case .resubmit: [.returned, .inCheck, .manual]
        // Done where a place is all that it gives.
        case .withdraw:
            [.inCheck, .returned, .underNotice, .approved, .waitlisted, .manual, .underWay, .entered, .done]
        case .object: [.underNotice, .refused, .rejected]
        case .resolveObjection: [.underNotice]
        case .waive: [.inCheck, .manual, .refused]
        case .clawBack: [.approved, .done]
        case .retry: [.manual, .inCheck]
        }
    }
}
