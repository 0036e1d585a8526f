/// What a person is to the system. An account has one role or several, within one part of the organisation tree.
public enum Role: String, Hashable, Sendable, CaseIterable {
    /// 会员
    case member
    /// 单位经办
    case unit
    /// 工会经办
    case clerk
    /// 站点管理员
    case keeper
    /// 审核人, on one level
    case reviewer
    /// 财务
    case treasurer
    /// 出纳: approves what the treasurer built
    case payer
    /// 项目管理员
    case programAdmin = "program_admin"
    /// 系统管理员
    case systemAdmin = "system_admin"
    /// 安全管理员
    case securityOfficer = "security_officer"
    /// 审计员
    case auditor

    /// The word that people see.
    public var title: LocalText {
        switch self {
        case .member: LocalText(zh: "会员", en: "member")
        case .unit: LocalText(zh: "单位经办", en: "unit clerk")
        case .clerk: LocalText(zh: "工会经办", en: "clerk")
        case .keeper: LocalText(zh: "站点管理员", en: "station keeper")
        case .reviewer: LocalText(zh: "审核人", en: "reviewer")
        case .treasurer: LocalText(zh: "财务", en: "treasurer")
        case .payer: LocalText(zh: "出纳", en: "payer")
        case .programAdmin: LocalText(zh: "项目管理员", en: "program administrator")
        case .systemAdmin: LocalText(zh: "系统管理员", en: "system administrator")
        case .securityOfficer: LocalText(zh: "安全管理员", en: "security officer")
        case .auditor: LocalText(zh: "审计员", en: "auditor")
        }
    }

    /// The three administrators (三员) whom GB/T 22239 keeps apart: no person is two of them.
    public static let keptApart: Set<Role> = [.systemAdmin, .securityOfficer, .auditor]
}

/// A role as an account holds it; a reviewer's names its level.
public struct RoleGrant: Hashable, Sendable, CustomStringConvertible {
    /// What somebody is.
    public var role: Role
    /// basic, county, city, province; for reviewers only.
    public var level: String?

    /// The levels on which reviewers work, from the bottom up.
    public static let levels = ["basic", "county", "city", "province"]

    /// A role; a reviewer's with its level.
    public init(_ role: Role, level: String? = nil) {
        self.role = role
        self.level = level
    }

    /// Reads `clerk` or `reviewer:city`; nil for anything else, and for a reviewer without a level.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard let role = Role(rawValue: parts[0]) else { return nil }
        if role == .reviewer {
            guard parts.count == 2, RoleGrant.levels.contains(parts[1]) else { return nil }
            self.init(role, level: parts[1])
        } else {
            guard parts.count == 1 else { return nil }
            self.init(role)
        }
    }

    /// What ``init(_:)`` reads.
    public var description: String { level.map { "\(role.rawValue):\($0)" } ?? role.rawValue }
}

/// Something that only certain roles may do.
public enum Permission: String, Hashable, Sendable, CaseIterable {
    case seeOwn = "see_own"
    case submitOwn = "submit_own"
    case submitForUnit = "submit_for_unit"
    case submitForOthers = "submit_for_others"
    case seeCases = "see_cases"
    case checkCases = "check_cases"
    case reviewCases = "review_cases"
    case deliver
    case seeRegisters = "see_registers"
    case changeRegisters = "change_registers"
    case preview
    case decide
    case propose
    case approveProposal = "approve_proposal"
    case seeMoney = "see_money"
    case buildBatch = "build_batch"
    case approveBatch = "approve_batch"
    case seeJournal = "see_journal"
    case manageAccounts = "manage_accounts"
    case seeAccounts = "see_accounts"
    case audit
    case rotateKeys = "rotate_keys"

    /// The one table of who may do what.
    public var roles: Set<Role> {
        switch self {
        case .seeOwn: [.member, .unit, .clerk, .keeper, .reviewer]
        case .submitOwn: [.member]
        case .submitForUnit: [.unit, .clerk]
        case .submitForOthers: [.clerk]
        case .seeCases: [.clerk, .reviewer, .treasurer, .auditor, .programAdmin]
        case .checkCases: [.clerk]
        case .reviewCases: [.reviewer]
        case .deliver: [.keeper, .clerk]
        case .seeRegisters: [.clerk, .reviewer, .auditor]
        case .changeRegisters: [.clerk]
        case .preview: [.programAdmin, .clerk, .treasurer, .auditor]
        case .decide: [.programAdmin]
        case .propose: [.programAdmin]
        case .approveProposal: [.programAdmin, .securityOfficer]
        case .seeMoney: [.treasurer, .payer, .auditor, .programAdmin]
        case .buildBatch: [.treasurer]
        case .approveBatch: [.payer]
        case .seeJournal: [.auditor, .clerk, .reviewer]
        case .manageAccounts: [.systemAdmin]
        case .seeAccounts: [.systemAdmin, .securityOfficer, .auditor]
        case .audit: [.auditor]
        case .rotateKeys: [.securityOfficer]
        }
    }
}
