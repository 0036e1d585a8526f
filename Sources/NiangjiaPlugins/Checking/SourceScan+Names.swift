import NiangjiaCore

/// Names that the script asks for and the manifest doesn't declare would be errors in the first case that comes; here they are
/// found before.
extension SourceScan {
    mutating func checkNames() {
        let forms = Array(manifest.forms.values)
        check(["settings"], Set(manifest.settings.map(\.name)), zh: "settings 中没有声明", en: "settings doesn't declare")
        check(
            ["facts", "subject"], Set(forms.flatMap(\.facts.subject) + ["ref"]), zh: "facts.subject 中没有声明",
            en: "facts.subject doesn't declare")
        check(
            ["facts", "household"], Set(forms.flatMap(\.facts.household)), zh: "facts.household 中没有声明",
            en: "facts.household doesn't declare")
        check(
            ["facts", "look"], Set(forms.flatMap { $0.facts.look.map(\.name) }), zh: "facts.look 中没有声明",
            en: "facts.look doesn't declare")
        let contexts = APITable.entries.filter { $0.section == .context }.compactMap {
            $0.name.split(separator: ".").dropFirst().first.map(String.init)
        }
        let actions =
            manifest.actions.isEmpty && forms.allSatisfy { $0.recheck == nil } ? [] : ["today", "now", "actor"]
        check(["context"], Set(contexts + actions), zh: "context 中没有", en: "context has no")
        let named = Set(tokens.filter { $0.kind != .symbol }.map(\.text)).union(settingsOfManifest)
        for setting in manifest.settings where !named.contains(setting.name) {
            addToManifest(
                .warning, zh: "设置 \(setting.name) 声明了但没有用到", en: "setting \(setting.name) is declared and never used")
        }
    }

    /// Reports `a.b.name` where the name is not among those that may stand there.
    private mutating func check(_ path: [String], _ known: Set<String>, zh: String, en: String) {
        let words = path.flatMap { [$0, "."] }
        for start in tokens.indices where start + words.count < tokens.count {
            let isStart = start == 0 || ![".", ":"].contains(tokens[start - 1].text) || tokens[start - 1].kind == .text
            guard isStart, tokens[start].kind == .name, zip(tokens[start...], words).allSatisfy({ $0.text == $1 })
            else { continue }
            let name = tokens[start + words.count]
            guard name.kind == .name, !known.contains(name.text) else { continue }
            let list = known.sorted().joined(separator: ", ")
            add(.error, name.line, zh: "\(zh) \(name.text);有: \(list)", en: "\(en) \(name.text); there are: \(list)")
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
        }
        return found
    }
}
