import NiangjiaCore

/// What is declared and never read. A fact of a person that no rule reads is asked for without need, and the law on personal
/// information wants no more than is needed.
extension SourceScan {
    mutating func checkNecessity() {
        checkUnusedSettings()
        for form in manifest.forms.values.sorted(by: { $0.name < $1.name }) {
            let base = "forms.\(form.name).facts"
            let own = pathsOfManifest(form)
            for (key, declared) in [("subject", form.facts.subject), ("household", form.facts.household)] {
                for (n, name) in declared.enumerated() {
                    let part = String(name.prefix { $0 != "." })
                    guard !uses.reads("facts.\(key)", part, in: form), !own.contains("\(key).\(name)") else { continue }
                    let rest = manifestLines.list(key, declared.filter { $0 != name }, "forms.\(form.name)")
                    addToManifest(
                        .warning, at: "\(base).\(key)[\(n)]",
                        zh: "表单 \(form.name) 要了事实 \(key).\(name),规则没有读:个人信息只取必需的",
                        en:
                            "form \(form.name) asks for the fact \(key).\(name) and never reads it: take no more than is needed",
                        fix: PluginFix(place: rest.place, line: declared.count > 1 ? rest.line : ""))
                }
            }
            for look in form.facts.look where !uses.reads("facts.look", look.name, in: form) {
                addToManifest(
                    .warning, at: "\(base).look.\(look.name)",
                    zh: "表单 \(form.name) 声明了历史查看 look.\(look.name),规则没有读",
                    en: "form \(form.name) declares the look \(look.name) and never reads it",
                    fix: PluginFix(place: manifestLines.place("\(base).look.\(look.name)"), line: ""))
            }
        }
    }

    private mutating func checkUnusedSettings() {
        let named = settingsOfManifest
        for setting in manifest.settings
        where !uses.reads("settings", setting.name, in: nil) && !named.contains(setting.name) {
            addToManifest(
                .warning, at: "settings.\(setting.name)", zh: "设置 \(setting.name) 声明了但没有用到",
                en: "setting \(setting.name) is declared and never used",
                fix: PluginFix(place: manifestLines.place("settings.\(setting.name)"), line: ""))
        }
    }

    /// Settings that the manifest itself refers to (`{setting: min_unit_share}`).
    private var settingsOfManifest: Set<String> {
        var found: Set<String> = []
        func note<Literal>(_ value: Configured<Literal>?) {
            if case .setting(let name) = value { found.insert(name) }
        }
        for form in manifest.forms.values {
            note(form.together?.atLeast)
            note(form.places?.count)
            note(form.delivery?.withinDays)
            for stage in form.stages { note(stage.within) }
            if case .setting(let name) = form.datedBy { found.insert(name) }
            for path in pathsOfManifest(form) where path.hasPrefix("settings.") {
                found.insert(String(path.dropFirst("settings.".count).prefix { $0 != "." }))
            }
        }
        return found
    }

    /// The paths that a form's own declarations follow.
    private func pathsOfManifest(_ form: FormDefinition) -> Set<String> {
        var found: [String?] = [form.together?.of, form.together?.per, form.gives.from, form.delivery?.until]
        found += form.unique.flatMap { [$0.per, $0.with, $0.nights?.from, $0.nights?.to, $0.datedBy] }
        found += Array(form.gives.to.values)
        found += [form.places?.per, form.places?.countPath, form.places?.take, form.places?.closes]
        found += form.stages.flatMap { [$0.all, $0.until, $0.withinBy] } + [form.recheck?.until, form.sealed?.unless]
        for look in form.facts.look {
            found.append(look.per)
            for case .path(let path) in look.filter.values { found.append(path) }
        }
        found += manifest.metrics.values.flatMap { $0.by + [$0.target] }
        return Set(found.compactMap { $0 })
    }
}
