/// One thing changed about an application that was refused, to be judged again.
struct AdviceTrial: Sendable {
    var advice: Advice
    var intake: Intake
    /// Facts of the subject by name, in place of the register's.
    var facts: [String: SQLValue] = [:]
    /// Answers in place of the looks' own.
    var looks: [String: LookAnswer] = [:]
    /// Several trials of one piece of advice must all succeed where nobody can know which of them comes true.
    var mustAll = false
}

/// Everything that may be tried, from a closed list. What is economic, about health, a household or a hardship class is left as it
/// is, and so is what only other people know.
struct AdviceTrials {
    let context: FormContext
    /// As it would be handed in today.
    let intake: Intake
    let today: CivilDate
    /// The subject's facts as they stand, in the order of the reader's definitions.
    let row: SubjectReader.Row
    let facts: [FactDefinition]
    /// What the looks answer today, by name.
    let looks: [String: LookAnswer]

    /// The longest wait that is told (days).
    static let longestWait = 366

    private var isGoods: Bool { context.form.gives.kind.values.contains(.goods) }
    private var subjectFacts: [(n: Int, fact: FactDefinition)] {
        Array(facts.enumerated().prefix(context.form.facts.subject.count)).map { ($0.offset, $0.element) }
    }
    /// Forms about illness, need or secrets are never talked about in detail.
    private var isSensitive: Bool {
        [.health, .economic, .secret].contains(context.form.sensitive) || context.form.sealed != nil
    }

    /// Asking today, and on every day of the season after it.
    func waits() -> [AdviceTrial] {
        let last = min(AdviceTrials.longestWait, max(0, context.rules.season.to - today))
        return (0...last).map { wait($0) }
    }

    private func wait(_ days: Int) -> AdviceTrial {
        var later = intake
        later.submittedAt = intake.submittedAt + Int64(days) * 86_400_000
        if case .submission = context.form.datedBy { later.onDate = intake.onDate + days }
        return AdviceTrial(advice: .wait(days: days, isGoods: isGoods), intake: later)
    }

    /// The same wait, with every private date as far away as it is today: if that no longer helps, the wait would tell of a
    /// birth, a household or a hardship file, and is not told.
    func unprivate(_ days: Int) -> AdviceTrial {
        var trial = wait(days)
        for (n, fact) in facts.enumerated() where fact.kind == .date {
            let isHousehold = n >= context.form.facts.subject.count
            guard isHousehold || fact.sensitivity != .plain, case .int(let day) = row.values[n] else { continue }
            trial.facts[(isHousehold ? "household." : "subject.") + fact.name] = .int(day + Int64(days))
        }
        for look in context.form.facts.look where look.per != "subject" {
            guard var answer = looks[look.name] else { continue }
            answer.first = answer.first.map { $0 + days }
            answer.last = answer.last.map { $0 + days }
            trial.looks[look.name] = answer
        }
        return trial
    }

    /// Papers, enrolments and corrections.
    func others() -> [AdviceTrial] { papers() + memberships() + enrolments() + corrections() }

    private func papers() -> [AdviceTrial] {
        guard !isSensitive else { return [] }
        func isPaper(_ field: Field) -> Bool { field.type == .file || field.type == .nullable(.file) }
        var trials: [AdviceTrial] = []
        for field in context.form.fields where isPaper(field) && (intake.fields[field.name] ?? .null).isNull {
            var more = intake
            more.fields[field.name] = "handed-in"
            trials.append(AdviceTrial(advice: .handIn(title(field)), intake: more))
        }
        for field in FactTableBuilder.lineFields(of: context) where isPaper(field) {
            guard let line = intake.lines.first, line.element[field.name].isNull, var element = line.element.map else {
                continue
            }
            var more = intake
            element[field.name] = "handed-in"
            more.lines[0].element = .map(element)
            trials.append(AdviceTrial(advice: .handIn(title(field)), intake: more))
        }
        return trials
    }

    private func title(_ field: Field) -> LocalText { field.title ?? LocalText(zh: field.name, en: field.name) }

    private func memberships() -> [AdviceTrial] {
        let isMember = looksLikeMember()
        guard !isMember else { return [] }
        var trial = AdviceTrial(advice: .enrol(LocalText(zh: "加入工会", en: "the union")), intake: intake)
        for (_, fact) in subjectFacts {
            if fact.name == "is_member" { trial.facts["subject.is_member"] = .int(1) }
            if fact.name == "member_status" { trial.facts["subject.member_status"] = .text("active") }
        }
        return [trial]
    }

    private func looksLikeMember() -> Bool {
        subjectFacts.contains { n, fact in
            (fact.name == "is_member" && row.values[n] == .int(1))
                || (fact.name == "member_status" && row.values[n] == .text("active"))
        }
    }

    /// What another form would keep isn't known: the advice holds only if the earliest and the latest dates of it both help.
    private func enrolments() -> [AdviceTrial] {
        let own = context.plugin.manifest.id
        return context.form.facts.look.flatMap { look -> [AdviceTrial] in
            guard look.source == .decisions, look.per == "subject", look.state == "standing", !look.of.isEmpty,
                !look.of.contains(context.form.name), looks[look.name]?.count == 0, let name = look.of.first
            else { return [] }
            let parts = name.split(separator: "/").map(String.init)
            let plugin = context.bundle.plugins[parts.count == 2 ? parts[0] : own]
            guard let plugin, let form = plugin.manifest.forms[parts.last ?? name] else { return [] }
            return [context.rules.season.from, context.rules.season.to].map { date in
                var answer = LookAnswer()
                (answer.count, answer.first, answer.last) = (1, today, today)
                var kept: [String: Value] = ["on": .text(today.description), "amount": .int(0)]
                for field in form.keeps {
                    switch field.type {
                    case .date, .nullable(.date): kept[field.name] = .text(date.description)
                    case .integer, .money, .rate: kept[field.name] = .int(0)
                    case .boolean: kept[field.name] = .bool(false)
                    default: kept[field.name] = .text("")
                    }
                }
                answer.lastRow = .map(kept)
                return AdviceTrial(
                    advice: .enrol(plugin.manifest.title), intake: intake, looks: [look.name: answer], mustAll: true)
            }
        }
    }

    /// Plain facts of the person's own: any other code that the vocabulary, or the program's settings, know.
    private func corrections() -> [AdviceTrial] {
        guard !isSensitive else { return [] }
        return subjectFacts.filter { $0.fact.sensitivity == .plain && $0.fact.join == .none }.flatMap { n, fact in
            values(of: fact).filter { $0 != row.values[n] }.map { value in
                AdviceTrial(
                    advice: .correct(fact.title), intake: intake, facts: ["subject." + fact.name: value])
            }
        }
    }

    private func values(of fact: FactDefinition) -> [SQLValue] {
        switch fact.kind {
        case .boolean: return [.int(0), .int(1)]
        case .text where !fact.values.isEmpty && !FactCatalogue.mayGrow(fact.values):
            return fact.values.map { .text($0) }
        case .text:
            let rules = context.rules
            let tables = [rules.settings] + rules.changes.map(\.settings) + rules.byOrganization.values
            let own = tables.flatMap { AdviceTrials.texts(.map($0)) }
            return Set(fact.values + own).sorted().map { .text($0) }
        case .integer, .date: return []
        }
    }

    /// Every short text in settings.
    private static func texts(_ value: Value) -> [String] {
        switch value {
        case .text(let text) where text.utf8.count <= 40: [text]
        case .list(let items): items.flatMap(texts)
        case .map(let members): members.values.flatMap(texts)
        default: []
        }
    }
}
