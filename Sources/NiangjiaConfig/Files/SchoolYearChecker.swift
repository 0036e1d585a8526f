import NiangjiaCore

/// Tells where 1 September, on which a school year begins, lies within a form's own days: what is once in a school year can be had
/// on either side of it.
struct SchoolYearChecker {
    let program: Program
    let manifest: Manifest
    let stacking: StackingSettings?
    let problems: Problems

    func check(_ form: FormDefinition, _ root: YAMLNode) {
        let users = users(of: form)
        guard !users.isEmpty, let days = days(of: form), let cut = SchoolYearChecker.start(within: days) else { return }
        let own = root["forms"]?[form.name]
        let places = [(own, "apply"), (own, "season"), (root, "apply"), (root, "season")]
        guard let (node, key) = places.first(where: { $0.0?[$0.1] != nil }) else { return }
        let path = node === own ? YAMLPath.child("forms.\(form.name)", key) : key
        let names = users.joined(separator: ", ")
        problems.warning(
            node?[key]?["to"] ?? node?[key], path,
            zh:
                "表单 \(form.name) 的 \(names) 按学年(school_year):学年从 9 月 1 日起,依办理的日期;\(days.from) 至 \(days.to) 跨过 \(cut),前一天和当天各算一个学年。请按季节的第一天算(unique 里写 dated_by: season_start),或改用 calendar_year、season",
            en:
                "\(names) of form \(form.name): a school_year begins on 1 September by the day of filing, and \(days.from) to \(days.to) crosses \(cut): the day before and the day itself are two of them. Date it by the season's first day (dated_by: season_start in the unique rule), or use calendar_year or season"
        )
    }

    /// What of a form counts by school years, and by the day on which it is filed or decided.
    private func users(of form: FormDefinition) -> [String] {
        let isFiled = isDatedByFiling(form)
        let unique = form.unique.contains {
            $0.within == .schoolYear && ($0.datedBy.map { $0 == "submitted_on" } ?? isFiled)
        }
        var users = unique ? ["unique"] : []
        guard isFiled else { return users }
        users += form.facts.look.filter { $0.within == .schoolYear }.map { "look.\($0.name)" }
        let name = manifest.id + "/" + form.name
        users += (stacking?.sharedCaps ?? []).filter { $0.within == .schoolYear && $0.of.contains(name) }.map {
            "stacking.yaml shared_caps \($0.name)"
        }
        if (stacking?.exclusions ?? []).contains(where: { $0.within == .schoolYear && $0.of.contains(name) }) {
            users.append("stacking.yaml exclusions")
        }
        return users
    }

    private func isDatedByFiling(_ form: FormDefinition) -> Bool {
        switch form.datedBy {
        case .submission: true
        case .setting(let name): program.rules(for: form.name).settings[name]?.text == "submitted_on"
        case .seasonStart, .field: false
        }
    }

    /// The days on which it may be filed; of the season where it is decided for everybody at once. nil: there are none, as where one
    /// ends before it begins, which is told elsewhere.
    private func days(of form: FormDefinition) -> DateRange? {
        let rules = program.rules(for: form.name)
        var days = rules.season
        if !form.by.contains("batch") {
            days = DateRange(
                from: max(days.from, rules.apply.from.date), to: min(days.to, (rules.apply.to + -1).date))
        }
        return days.from <= days.to ? days : nil
    }

    /// The first 1 September of some days that isn't the first of them.
    private static func start(within days: DateRange) -> CivilDate? {
        (days.from.parts.0...days.to.parts.0).lazy.compactMap { CivilDate(year: $0, month: 9, day: 1) }.first {
            days.from < $0 && $0 <= days.to
        }
    }
}
