import NiangjiaCore

/// Checks the figures that a manifest defines: what they count, by what they tell groups apart, and which figure they are.
struct MetricChecker {
    private let manifest: Manifest
    private let problems: Problems

    init(_ manifest: Manifest, _ problems: Problems) {
        self.manifest = manifest
        self.problems = problems
    }

    func check(_ name: String, _ node: YAMLNode) {
        guard let metric = manifest.metrics[name] else { return }
        let path = "metrics.\(name)"
        let faults = metric.faults(in: manifest)
        for fault in faults {
            let at = fault.key.isEmpty ? path : "\(path).\(fault.key)"
            let place = fault.key.isEmpty ? node : node.at(path: fault.key) ?? node
            let hint =
                fault.among.isEmpty ? LocalText(zh: "", en: "") : Suggestion.hint(for: fault.word, among: fault.among)
            problems.error(
                place, at, zh: "\(at): \(fault.message.zh)\(hint.zh)", en: "\(at): \(fault.message.en)\(hint.en)")
        }
        if let tells = node["tells"] {
            PathChecker.expect(
                tells, in: ToldFigures.names, "\(path).tells", ("年报没有这一项", "the year report has no such figure"),
                problems)
            checkTells(tells, metric, path)
        }
        // Whoever wants to know who was helped has to say so.
        if faults.isEmpty, metric.at == nil, manifest.forms[metric.of] != nil {
            problems.warning(
                node, path,
                zh: "\(path) 没有写 at,数的是提交的申请,不符合条件的也在内:数核准的写 at: approved,就是数申请的写 at: submitted",
                en:
                    "\(path) has no at and counts applications, refused ones too: write at: approved for grants, or at: submitted where applications are meant"
            )
        }
    }

    /// A figure of the report is one number, in its own unit.
    private func checkTells(_ tells: YAMLNode, _ metric: MetricDefinition, _ path: String) {
        guard let name = tells.text, ToldFigures.names.contains(name),
            metric.target != nil || metric.isMoney(in: manifest) != ToldFigures.isMoney(name)
        else { return }
        problems.error(
            tells, "\(path).tells", zh: ToldFigures.isMoney(name) ? "\(name) 是金额,须对 money 字段求和" : "\(name) 是个数,不是金额或比率",
            en: ToldFigures.isMoney(name)
                ? "\(name) is an amount: sum a money field" : "\(name) is a number, no amount or rate")
    }
}
