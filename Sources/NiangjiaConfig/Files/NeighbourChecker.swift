import NiangjiaCore

/// Checks what a manifest names outside itself: other plugins' forms, and what looks compare of them.
struct NeighbourChecker {
    let manifest: Manifest
    let surroundings: ConfigSurroundings
    let problems: Problems

    func check(_ root: YAMLNode) {
        let stacking = StackingChecker(surroundings: surroundings, problems: problems, reasons: [])
        for form in root["forms"]?.members ?? [] {
            let path = "forms.\(form.key.text ?? "")"
            for look in form.value["facts"]?["look"]?.members ?? [] {
                let at = "\(path).facts.look.\(look.key.text ?? "")"
                for (index, item) in (look.value["of"]?.items ?? []).enumerated() {
                    stacking.checkForm(item, "\(at).of[\(index)]")
                }
                checkColumns(look.value, at)
            }
            for (number, rule) in (form.value["unique"]?.items ?? []).enumerated() {
                for (index, item) in (rule["of"]?.items ?? []).enumerated() {
                    stacking.checkForm(item, "\(path).unique[\(number)].of[\(index)]")
                }
            }
        }
    }

    /// What a look compares of decisions by another plugin's forms, these must keep. Constants are read as texts there.
    private func checkColumns(_ look: YAMLNode, _ at: String) {
        let names = Reading.texts(look["of"])
        let parts = names.map { $0.split(separator: "/").map(String.init) }
        guard look["in"]?.text == "decisions", parts.contains(where: { $0.count == 2 && $0[0] != manifest.id }) else {
            return
        }
        let forms = parts.compactMap { name in
            name.count == 2 ? surroundings.plugins?[name[0]]?.forms[name[1]] : manifest.forms[name.last ?? ""]
        }
        // A form that isn't there was told as such.
        guard forms.count == names.count else { return }
        let kept = KeptColumns(forms: zip(names, forms).map { ($0, $1.keeps) })
        let columns = kept.common
        func words(_ name: String) -> (zh: String, en: String) {
            kept.gap(name) ?? ("历史核定只有 keeps 中的值:没有", "past decisions have what keeps names: there is no")
        }
        for member in look["where"]?.members ?? [] {
            let key = member.key.text ?? ""
            PathChecker.expect(member.key, in: columns.map(\.name), "\(at).where.\(key)", words(key), problems)
            guard member.value.isSequence, let type = columns.first(where: { $0.name == key })?.type,
                !type.isComparedAsText
            else { continue }
            problems.error(
                member.value, "\(at).where.\(key)", zh: "其他插件的 \(key) 是 \(type.word),只能与路径比较,不能与常数比较",
                en: "\(key) of another plugin is \(type.word): compare it with a path, not with constants")
        }
        if let item = look["distinct"] {
            PathChecker.expect(item, in: columns.map(\.name), "\(at).distinct", words(item.text ?? ""), problems)
        }
    }
}

extension FieldType {
    /// Whether a stored value is the very text that a file writes.
    fileprivate var isComparedAsText: Bool {
        switch self {
        case .integer, .boolean, .money, .rate: false
        case .nullable(let inner), .list(let inner): inner.isComparedAsText
        default: true
        }
    }
}
