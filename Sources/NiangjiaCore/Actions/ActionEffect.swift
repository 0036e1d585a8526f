/// What an action that waits would do, as a second person has to see it before they agree.
public struct ActionEffect: Sendable, Hashable {
    /// What is done.
    public enum Deed: String, Sendable, CaseIterable { case open, move, revoke, put, remove, notify }

    /// Money that comes or goes by it.
    public struct Sum: Sendable, Hashable {
        /// What becomes of an amount.
        public enum Change: String, Sendable, CaseIterable {
            /// What the rule gives, once the case has passed its reviews.
            case given
            /// Reserved, and may be paid or delivered afterwards.
            case approved
            /// Reserved, and free again.
            case released
            /// Paid, and claimed back.
            case claimed
            /// Written into a record.
            case written
        }
        /// What becomes of it.
        public var change: Change
        /// How much, in fen.
        public var amount: Money
        /// Who gets it, got it or is claimed from; nil: nobody in particular.
        public var whom: SubjectRef?
        /// Fund lines in their order.
        public var lines: [String]
        /// The record's field; nil of cases.
        public var field: LocalText?
    }

    /// What is done.
    public var deed: Deed
    /// The case that it is done to; nil of records, and of a case that is yet to be opened.
    public var caseID: ID<CaseFile>?
    /// The form, the stage, the table or the message.
    public var name: String
    /// Why: a revocation's reason, or why the rule gives nothing.
    public var code: String?
    /// The values of the reason's placeholders.
    public var params: [String: Value] = [:]
    /// Money, by whom it concerns.
    public var sums: [Sum] = []
    /// Who hears of it: how many.
    public var recipients = 0
}

/// An action that waits for a second person, as that person sees it.
public struct PendingAction: Sendable {
    /// Its id.
    public var id: ID<ActionRun>
    /// The program.
    public var program: String
    /// The plugin that the action belongs to, as it was when it was asked for.
    public var plugin: Manifest
    /// The action's name.
    public var action: String
    /// The account that asked, and when.
    public var askedBy: String
    /// See ``askedBy``.
    public var at: Instant
    /// What it would do, in the order in which it was proposed.
    public var effects: [ActionEffect]
}

extension ActionStep {
    /// What the step comes to. Reads what stands now.
    func effect(_ asking: ActionRoom.Asking, in reader: any StoreReader) throws -> ActionEffect {
        switch self {
        case .put(let kind, let fields):
            let record = try asking.manifest.record(named: kind)
            var effect = ActionEffect(deed: .put, name: kind)
            // What no answer may hold, and what only some may read, isn't told here either.
            for field in record.fields where field.read.isEmpty && !record.secret.contains(field.name) {
                guard field.type == .money || field.type == .nullable(.money), let fen = fields[field.name]?.int else {
                    continue
                }
                let title = field.title ?? LocalText(zh: field.name, en: field.name)
                effect.sums.append(.init(change: .written, amount: Money(fen: fen), lines: [], field: title))
            }
            return effect
        case .remove(let kind, _): return ActionEffect(deed: .remove, name: kind)
        case .open(let filing):
            var effect = ActionEffect(deed: .open, name: filing.entry.submission.form)
            ActionStep.tell(filing.judged, filing.entry.context, filing.intake.applicant, in: &effect)
            return effect
        case .move(let move):
            var effect = ActionEffect(deed: .move, caseID: move.record.id, name: move.stage.name)
            if let judged = move.judged {
                ActionStep.tell(judged, move.context, move.record.applicant, in: &effect)
            } else {
                for one in try Entitlements.of(move.record.id, in: reader) where one.state == .held {
                    effect.sums.append(.init(.approved, one.amount, one))
                }
            }
            return effect
        case .revoke(let id, let code, let params):
            var effect = ActionEffect(deed: .revoke, caseID: id, name: "", code: code, params: params)
            for one in try Entitlements.of(id, in: reader) where one.amount > one.claimed {
                switch one.state {
                case .released, .delivered: continue
                case .paid, .clawedBack: effect.sums.append(.init(.claimed, one.amount - one.claimed, one))
                default: effect.sums.append(.init(.released, one.amount - one.claimed, one))
                }
            }
            return effect
        case .notify(let notice):
            return ActionEffect(
                deed: .notify, caseID: notice.about, name: notice.message, recipients: notice.recipients.count)
        }
    }

    private static func tell(
        _ judged: Corridor.JudgedCase, _ context: FormContext, _ applicant: ID<Person>?, in effect: inout ActionEffect
    ) {
        guard context.form.gives.movesMoney else { return }
        let lines = context.rules.funding.map(\.line)
        for line in judged.lines {
            let subject = line.gathered.subject
            guard line.judgement.gives else {
                if effect.code == nil { (effect.code, effect.params) = (line.judgement.code, line.judgement.params) }
                continue
            }
            let isApplicants = context.form.gives.to(of: "") == "applicant"
            let whom = isApplicants ? applicant.map { SubjectRef(.person, $0.rawValue) } ?? subject : subject
            effect.sums.append(.init(change: .given, amount: line.judgement.amount, whom: whom, lines: lines))
        }
    }
}

extension ActionEffect.Sum {
    fileprivate init(_ change: Change, _ amount: Money, _ one: Entitlement) {
        let kind: SubjectKind = one.payee.kind == .person ? .person : .organization
        self.init(
            change: change, amount: amount, whom: one.payee.id.map { SubjectRef(kind, $0) },
            lines: one.shares.map(\.line), field: nil)
    }
}

/// An action that waits for a second person, in short.
public struct WaitingAction: Hashable, Sendable {
    /// The run of the action.
    public var id: ID<ActionRun>
    /// The program that it was asked of.
    public var program: String
    /// The action's name in the manifest.
    public var action: String
    /// The account that asked for it.
    public var askedBy: String
    /// When it was asked for.
    public var at: Instant
}
