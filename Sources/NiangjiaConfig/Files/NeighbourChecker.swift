import NiangjiaCore

/// Checks what a manifest names outside itself: other plugins' forms, and standards of stations.
struct NeighbourChecker {
    let manifest: Manifest
    let surroundings: ConfigSurroundings
    /// The ids of `config/facilities.yaml`; nil: there is no such file.
    let standards: Set<String>?
    let problems: Problems

    func check(_ root: YAMLNode) {
        let stacking = StackingChecker(surroundings: surroundings, problems: problems, reasons: [])
        for form in root["forms"]?.members ?? [] {
            let path = "forms.\(form.key.text ?? "")"
            let facts = form.value["facts"]
            for look in facts?["look"]?.members ?? [] {
                for (index, item) in (look.value["of"]?.items ?? []).enumerated() {
                    stacking.checkForm(item, "\(path).facts.look.\(look.key.text ?? "").of[\(index)]")
                }
            }
            for (number, rule) in (form.value["unique"]?.items ?? []).enumerated() {
                for (index, item) in (rule["of"]?.items ?? []).enumerated() {
                    stacking.checkForm(item, "\(path).unique[\(number)].of[\(index)]")
                }
            }
            for (index, item) in (facts?["subject"]?.items ?? []).enumerated() {
                guard let standards, let name = item.text, name.hasPrefix("standards.") else { continue }
                let id = String(name.dropFirst("standards.".count))
                guard !standards.contains(id) else { continue }
                let hint = Suggestion.hint(for: id, among: standards.sorted())
                problems.error(
                    item, "\(path).facts.subject[\(index)]", zh: "config/facilities.yaml 中没有标准 \(id)\(hint.zh)",
                    en: "config/facilities.yaml has no standard \(id)\(hint.en)")
            }
        }
    }
}
