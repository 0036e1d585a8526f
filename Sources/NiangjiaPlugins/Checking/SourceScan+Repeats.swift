import NiangjiaCore

/// Forms that give to the same people again and again without anybody having meant it.
extension SourceScan {
    /// A batch skips whom it decided about for the very same day, and nobody else: what holds them back from one day to the
    /// next is a `unique`, or a rule that looks at what the form gave before.
    mutating func checkRepeats() {
        for form in manifest.forms.values.sorted(by: { $0.name < $1.name }) {
            guard form.by.contains("batch"), form.population != nil, form.gives.givesValue, form.unique.isEmpty,
                !form.facts.look.contains(where: { isOwn($0, form) })
            else { continue }
            addToManifest(
                .warning, at: "forms.\(form.name)",
                zh: "表单 \(form.name) 可以批量核定并给付钱物,却既没有 unique,也不看自己以前的裁定:每按一个日期核定一次,就再给同一批人一次。"
                    + "给一次的请写 unique,原因 ALREADY 的文字写在 reasons 里;可以多次的请声明 look: {before: {in: decisions, …}},由规则判断",
                en:
                    "form \(form.name) is decided in batches, gives money or goods, and has neither unique nor a look at its own decisions: "
                    + "it gives to the same people again on every day it is decided for. Where once is meant write unique, with the words of "
                    + "ALREADY under reasons; where more is meant declare look: {before: {in: decisions, …}} and let the rule decide",
                fix: PluginFix(
                    place: manifestLines.place("forms.\(form.name)"),
                    line: "unique: [{per: subject, within: season, reason: ALREADY}]"))
        }
    }

    private func isOwn(_ look: LookDefinition, _ form: FormDefinition) -> Bool {
        look.source == .decisions
            && (look.of.isEmpty || look.of.contains(form.name) || look.of.contains("\(manifest.id)/\(form.name)"))
    }
}
